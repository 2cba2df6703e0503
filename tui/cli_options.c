#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/mem.h"
#include "core/text.h"
#include "tui/command.h"

enum option_id {
	OPT_HELP,
	OPT_VERSION,
	OPT_CONFIG,
	OPT_CHECKLIST,
	OPT_FORMAT,
	OPT_PLAIN,
	OPT_ASCII,
	OPT_COLOR,
	OPT_THEME,
	OPT_JOBS,
	OPT_REF,
	OPT_AT,
	OPT_SCRIPT,
	OPT_UTC,
	OPT_READ_ONLY,
	OPT_OFFLINE,
	OPT_STORE,
	OPT_VERBOSE,
	OPT_QUIET,
	OPT_SERVICE,
	OPT_TIER,
	OPT_OWNER,
	OPT_CHECK,
	OPT_STATUS,
	OPT_FAIL_ON,
	OPT_VALIDATE,
	OPT_NAME,
	OPT_RANGE,
	OPT_DRIFT,
	OPT_SINCE,
	OPT_EVERY,
	OPT_ONCE,
	OPT_LISTEN,
};

static const struct option {
	enum option_id id;
	const char *name;
	char letter;
	const char *argument; /* NULL: takes none */
	unsigned group;
	const char *help;
} options_known[] = {
    {OPT_SERVICE, "service", 0, "NAME", OPTIONS_FILTER, "only this service (may be repeated)"},
    {OPT_TIER, "tier", 0, "TIER", OPTIONS_FILTER, "only services of tier 1, 2, 3, 4 or unset"},
    {OPT_OWNER, "owner", 0, "OWNER", OPTIONS_FILTER, "only services of org/team, team or login"},
    {OPT_CHECK, "check", 0, "ITEM", OPTIONS_FILTER, "only this item of the checklist"},
    {OPT_STATUS, "status", 0, "STATUS", OPTIONS_STATUS,
     "only findings that are pass, gap, unknown, waived or n/a"},
    {OPT_FAIL_ON, "fail-on", 0, "TIER", OPTIONS_CHECK,
     "exit 1 only for gaps in services of this tier or a more important one (4)"},
    {OPT_NAME, "name", 0, "NAME", OPTIONS_PLAYBOOK, "the playbook of this name"},
    {OPT_RANGE, "version", 0, "RANGE", OPTIONS_DEPS, "only versions in this range"},
    {OPT_DRIFT, "drift", 0, NULL, OPTIONS_DEPS, "the spread of versions of each package"},
    {OPT_SINCE, "since", 0, "WHEN", OPTIONS_HISTORY,
     "from then on: a span such as 1y, 6mo, 30d, or a date (1y)"},
    {OPT_EVERY, "every", 0, "SPAN", OPTIONS_HISTORY, "count every 1d, 1w, 4w ... (1w)"},
    {OPT_ONCE, "once", 0, NULL, OPTIONS_COLLECT, "refresh once and end, for cron"},
    {OPT_EVERY, "every", 0, "TIME", OPTIONS_COLLECT, "look at all checkouts this often (1m)"},
    {OPT_LISTEN, "listen", 0, "ADDRESS", OPTIONS_COLLECT,
     "serve /metrics and /healthz at :PORT (loopback), HOST:PORT or unix:PATH"},
    {OPT_VALIDATE, "validate", 0, "FILE", OPTIONS_VALIDATE,
     "check this file and say what is wrong"},
    {OPT_FORMAT, "format", 0, "FORMAT", OPTIONS_FORMAT, "text, json, jsonl, csv or markdown"},
    {OPT_PLAIN, "plain", 0, NULL, OPTIONS_FORMAT,
     "text without borders and drawings, for screen readers and pipes"},
    {OPT_REF, "ref", 0, "REV", OPTIONS_SCAN, "read this revision, not the default branch"},
    {OPT_AT, "at", 0, "DATE|REV", OPTIONS_AT,
     "as of then: 2026-05-01, 2026-05-01T10:00, 2w (ago), a tag or a commit"},
    {OPT_CHECKLIST, "checklist", 0, "FILE", OPTIONS_SCAN, "this checklist, not the built-in one"},
    {OPT_JOBS, "jobs", 0, "N", OPTIONS_SCAN, "scan so many checkouts at once (cores)"},
    {OPT_STORE, "store", 0, "URL", OPTIONS_SCAN,
     "where the memory between runs is; none: no memory"},
    {OPT_OFFLINE, "offline", 0, NULL, OPTIONS_SCAN, "ask no source, only read checkouts"},
    {OPT_THEME, "theme", 0, "NAME", OPTIONS_SCREEN, "colours: see `svctop themes`"},
    {OPT_SCRIPT, "script", 0, "FILE", OPTIONS_SCREEN, "play keys from a file and save screens"},
    {OPT_UTC, "utc", 0, NULL, OPTIONS_SCREEN, "times in UTC"},
    {OPT_READ_ONLY, "read-only", 0, NULL, OPTIONS_SCREEN, "no key changes anything outside"},
    {OPT_CONFIG, "config", 0, "FILE", OPTIONS_ALL, "this configuration"},
    {OPT_ASCII, "ascii", 0, NULL, OPTIONS_ALL, "ASCII characters alone"},
    {OPT_COLOR, "color", 0, "WHEN", OPTIONS_ALL, "auto, always or never"},
    {OPT_VERBOSE, "verbose", 'v', NULL, OPTIONS_ALL, "say more"},
    {OPT_QUIET, "quiet", 'q', NULL, OPTIONS_ALL, "no progress, and no warnings on stderr"},
    {OPT_HELP, "help", 'h', NULL, OPTIONS_ALL, "this help"},
    {OPT_VERSION, "version", 'V', NULL, OPTIONS_ALL, "print the version"},
};

static void add_word(struct words *words, const char *word)
{
	GROW(words->words, words->count, words->cap);
	words->words[words->count++] = word;
}

static int one_of(const char *option, const char *word, const char *const *known, size_t count)
{
	const char *near = text_suggest(word, known, count);
	struct buf fix = {0};

	for (size_t i = 0; i < count; i++)
		if (!strcmp(word, known[i]))
			return (int)i;
	if (near)
		buf_addf(&fix, "did you mean %s?", near);
	for (size_t i = 0; !near && i < count; i++)
		buf_addf(&fix, "%s%s", i ? ", " : "one of ", known[i]);
	cli_errorf(NULL, buf_str(&fix), "--%s does not know \"%s\"", option, word);
	buf_free(&fix);
	return -1;
}

static int parse_tier(const char *option, const char *word)
{
	static const char *const known[] = {"unset", "1", "2", "3", "4"};
	const char *digit = word[0] == 'T' || word[0] == 't' ? word + 1 : word;

	if (digit[0] >= '1' && digit[0] <= '4' && !digit[1])
		return digit[0] - '0';
	return one_of(option, word, known, ARRAY_LEN(known));
}

static int parse_format(struct options *options, const char *word)
{
	static const char *names[REPORT_FORMATS + 1];
	int format;

	for (size_t i = 0; i < REPORT_FORMATS; i++)
		names[i] = report_format_name((enum report_format)i);
	names[REPORT_FORMATS] = "yaml";
	format = one_of("format", word, names, ARRAY_LEN(names));
	if (format < 0)
		return -1;
	options->yaml = format == REPORT_FORMATS;
	options->format = options->yaml ? REPORT_TEXT : (enum report_format)format;
	options->format_given = true;
	return 0;
}

static int parse_jobs(struct options *options, const char *word)
{
	char *end;
	unsigned long jobs = strtoul(word, &end, 10);

	if (*word < '0' || *word > '9' || *end || !jobs || jobs > 1024) {
		cli_errorf(NULL, "a number from 1 to 1024", "--jobs does not know \"%s\"", word);
		return -1;
	}
	options->jobs = (unsigned)jobs;
	return 0;
}

static int parse_color(struct options *options, const char *word)
{
	static const char *const known[] = {"auto", "always", "never"};
	int color = one_of("color", word, known, ARRAY_LEN(known));

	if (color < 0)
		return -1;
	options->color = (enum config_color)color;
	options->color_given = true;
	return 0;
}

static int parse_status(struct options *options, const char *word)
{
	static const char *const known[] = {"pass", "gap", "unknown", "waived", "n/a"};
	int status = one_of("status", word, known, ARRAY_LEN(known));

	if (status < 0)
		return -1;
	options->statuses |= 1U << status;
	return 0;
}

/* A path, or that behind "sqlite:"; nothing else speaks of a store yet. */
static int parse_store(struct options *options, const char *word)
{
	if (*word && !strstr(word, "://")) {
		options->store = word;
		return 0;
	}
	cli_errorf(NULL, "a path, sqlite:PATH or none", "--store does not know \"%s\"", word);
	return -1;
}

static int set_number(struct options *options, enum option_id id, const char *value)
{
	int tier;

	switch (id) {
	case OPT_TIER:
		tier = parse_tier("tier", value);
		if (tier >= 0)
			options->tiers |= 1U << tier;
		return tier < 0 ? -1 : 0;
	case OPT_FAIL_ON:
		options->fail_on = parse_tier("fail-on", value);
		if (!options->fail_on)
			cli_errorf(NULL, "a tier from 1 to 4", "--fail-on does not know \"%s\"",
				   value);
		return options->fail_on < 1 ? -1 : 0;
	case OPT_FORMAT:
		return parse_format(options, value);
	case OPT_JOBS:
		return parse_jobs(options, value);
	case OPT_COLOR:
		return parse_color(options, value);
	case OPT_STATUS:
		return parse_status(options, value);
	default:
		return parse_store(options, value);
	}
}

static void set_flag(struct options *options, enum option_id id)
{
	switch (id) {
	case OPT_HELP:
		options->help = true;
		break;
	case OPT_VERSION:
		options->version = true;
		break;
	case OPT_PLAIN:
		options->plain = true;
		break;
	case OPT_ASCII:
		options->ascii = true;
		break;
	case OPT_UTC:
		options->utc = true;
		break;
	case OPT_READ_ONLY:
		options->read_only = true;
		break;
	case OPT_VERBOSE:
		options->verbose = true;
		break;
	case OPT_QUIET:
		options->quiet = true;
		break;
	case OPT_OFFLINE:
		options->offline = true;
		break;
	case OPT_DRIFT:
		options->drift = true;
		break;
	case OPT_ONCE:
		options->once = true;
		break;
	default:
		break;
	}
}

static int set_option(struct options *options, enum option_id id, const char *value)
{
	switch (id) {
	case OPT_CONFIG:
		options->config = value;
		return 0;
	case OPT_CHECKLIST:
		options->checklist = value;
		return 0;
	case OPT_THEME:
		options->theme = value;
		return 0;
	case OPT_REF:
		options->rev = value;
		return 0;
	case OPT_AT:
		options->at = value;
		return 0;
	case OPT_SCRIPT:
		options->script = value;
		return 0;
	case OPT_VALIDATE:
		options->validate = value;
		return 0;
	case OPT_NAME:
		options->name = value;
		return 0;
	case OPT_LISTEN:
		options->listen = value;
		return 0;
	case OPT_RANGE:
		options->range = value;
		return 0;
	case OPT_SINCE:
		options->since = value;
		return 0;
	case OPT_EVERY:
		options->every = value;
		return 0;
	case OPT_SERVICE:
		add_word(&options->services, value);
		return 0;
	case OPT_OWNER:
		add_word(&options->owners, *value == '@' ? value + 1 : value);
		return 0;
	case OPT_CHECK:
		add_word(&options->checks, value);
		return 0;
	case OPT_TIER:
	case OPT_FAIL_ON:
	case OPT_FORMAT:
	case OPT_JOBS:
	case OPT_COLOR:
	case OPT_STATUS:
	case OPT_STORE:
		return set_number(options, id, value);
	default:
		set_flag(options, id);
		return 0;
	}
}

/* What is common to many commands is understood by all, so that an alias may carry it. */
#define EVERYWHERE (OPTIONS_SCAN | OPTIONS_FORMAT | OPTIONS_SCREEN)

static bool takes(const struct command *command, const struct option *option)
{
	return !option->group || option->group & EVERYWHERE ||
	       (command && command->groups & option->group);
}

/* `deps --version RANGE` is another option than --version: what the command takes counts. */
static const struct option *find_option(const struct command *command, const char *name, size_t len)
{
	const struct option *found = NULL;

	for (size_t i = 0; i < ARRAY_LEN(options_known); i++) {
		const struct option *option = &options_known[i];

		if (strlen(option->name) != len || strncmp(option->name, name, len) != 0)
			continue;
		if (!found || (takes(command, option) && !takes(command, found)))
			found = option;
	}
	return found;
}

static int unknown_option(const struct command *command, const char *name, size_t len)
{
	const char *known[ARRAY_LEN(options_known)];
	char *word = xmemdup0(name, len), *fix = NULL;
	const char *near;
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_LEN(options_known); i++)
		if (takes(command, &options_known[i]))
			known[count++] = options_known[i].name;
	near = text_suggest(word, known, count);
	if (near)
		fix = xasprintf("did you mean --%s?", near);
	else if (command && *command->name)
		fix = xasprintf("see `svctop %s --help`", command->name);
	else
		fix = xstrdup("see `svctop --help`");
	cli_errorf(NULL, fix, "unknown option --%s", word);
	free(word);
	free(fix);
	return -1;
}

struct arguments {
	int count;
	char **words;
	int at;
};

static int parse_long(struct options *options, const struct command *command,
		      struct arguments *args)
{
	const char *word = args->words[args->at] + 2;
	size_t len = strcspn(word, "=");
	const struct option *option = find_option(command, word, len);
	const char *value = word[len] ? word + len + 1 : NULL;

	if (!option)
		return unknown_option(command, word, len);
	if (!takes(command, option)) {
		cli_errorf(NULL, "see its --help", "%s%s does not take --%s",
			   command && *command->name ? "svctop " : "the dashboard",
			   command ? command->name : "", option->name);
		return -1;
	}
	if (!option->argument && value) {
		cli_errorf(NULL, NULL, "--%s takes no value", option->name);
		return -1;
	}
	if (option->argument && !value) {
		if (args->at + 1 >= args->count) {
			cli_errorf(NULL, NULL, "--%s needs %s", option->name, option->argument);
			return -1;
		}
		value = args->words[++args->at];
	}
	return set_option(options, option->id, value);
}

static int parse_letters(struct options *options, const char *letters)
{
	for (; *letters; letters++) {
		size_t i = 0;

		while (i < ARRAY_LEN(options_known) && options_known[i].letter != *letters)
			i++;
		if (i == ARRAY_LEN(options_known)) {
			cli_errorf(NULL, "see `svctop --help`", "unknown option -%c", *letters);
			return -1;
		}
		set_flag(options, options_known[i].id);
	}
	return 0;
}

static int unknown_command(const char *word)
{
	const char **known = xcalloc(command_count, sizeof(*known));
	const char *near;
	char *fix;

	for (size_t i = 0; i < command_count; i++)
		known[i] = commands[i].name;
	near = text_suggest(word, known, command_count);
	fix = near ? xasprintf("did you mean `svctop %s`?", near) : xstrdup("see `svctop --help`");
	cli_errorf(NULL, fix, "\"%s\" is neither a command nor a path", word);
	free(known);
	free(fix);
	return -1;
}

/* The first word is a command, or else a path for the dashboard. 1: "help", another may follow. */
static int first_word(struct options *options, const char *word)
{
	struct stat st;

	if (!strcmp(word, "help") && stat(word, &st) < 0) {
		options->help = true;
		return 1;
	}
	if (command_find(word)) {
		options->command = word;
		return 0;
	}
	if (!strchr(word, '/') && stat(word, &st) < 0)
		return unknown_command(word);
	add_word(&options->words, word);
	return 0;
}

/* The command, wherever it stands among options: it decides which of them are known. */
static const struct command *look_ahead(const struct arguments *args)
{
	for (int i = 1; i < args->count && strcmp(args->words[i], "--") != 0; i++) {
		const char *word = args->words[i];
		size_t len = strncmp(word, "--", 2) ? 0 : strcspn(word + 2, "=");
		const struct option *option = len ? find_option(NULL, word + 2, len) : NULL;

		if (option && option->argument && !word[2 + len])
			i++;
		else if (*word != '-')
			return command_find(word) ? command_find(word) : command_find("");
	}
	return command_find("");
}

int options_parse(struct options *options, int argc, char **argv)
{
	struct arguments args = {argc, argv, 1};
	const struct command *command = look_ahead(&args);
	bool named = false, ended = false;

	options->fail_on = 4;
	for (; args.at < argc; args.at++) {
		const char *word = argv[args.at];
		int result = 0;

		if (!ended && !strcmp(word, "--"))
			ended = true;
		else if (!ended && !strncmp(word, "--", 2))
			result = parse_long(options, command, &args);
		else if (!ended && word[0] == '-' && word[1])
			result = parse_letters(options, word + 1);
		else if (!named && !ended)
			result = first_word(options, word);
		else
			add_word(&options->words, word);
		if (result < 0)
			return -1;
		named |= (word[0] != '-' || ended) && !result;
	}
	return 0;
}

void options_free(struct options *options)
{
	free(options->words.words);
	free(options->services.words);
	free(options->owners.words);
	free(options->checks.words);
}

void options_help(struct buf *out, unsigned groups)
{
	for (size_t i = 0; i < ARRAY_LEN(options_known); i++) {
		const struct option *option = &options_known[i];
		char *left;

		if (option->group && !(groups & option->group))
			continue;
		left = xasprintf("%s--%s%s%s", option->letter ? "-x, " : "    ", option->name,
				 option->argument ? " " : "",
				 option->argument ? option->argument : "");
		if (option->letter)
			left[1] = option->letter;
		buf_addf(out, "  %-24s %s\n", left, option->help);
		free(left);
	}
}
