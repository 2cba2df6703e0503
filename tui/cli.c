#include "tui/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/text.h"
#include "fetch/source.h"
#include "tui/command.h"
#include "tui/file.h"

#define MAX_FILE (1 << 20)

void cli_error(const struct err *err)
{
	char *line = err_line(err);
	struct buf clean = {0};

	text_sanitise(&clean, line, strlen(line), TEXT_LINES);
	fprintf(stderr, "svctop: %s\n", buf_str(&clean));
	buf_free(&clean);
	free(line);
}

void cli_errorf(const char *where, const char *fix, const char *fmt, ...)
{
	struct err err = {0};
	va_list ap;
	char *what;

	va_start(ap, fmt);
	what = xvasprintf(fmt, ap);
	va_end(ap);
	err_set(&err, where, fix, "%s", what);
	cli_error(&err);
	err_clear(&err);
	free(what);
}

void cli_note(struct cli *cli, struct err *err)
{
	GROW(cli->errors, cli->error_count, cli->error_cap);
	cli->errors[cli->error_count++] = *err;
	*err = (struct err){0};
}

char *cli_read_file(const char *path, size_t max, size_t *len, struct err *err)
{
	struct buf text = {0};

	if (file_read(path, max, &text, err) < 0) {
		buf_free(&text);
		return NULL;
	}
	*len = text.len;
	return buf_detach(&text);
}

/* $XDG_CONFIG_HOME/svctop, ~/.config/svctop; NULL without a home. */
static char *default_config_dir(void)
{
	const char *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (base && *base == '/')
		return xasprintf("%s/svctop", base);
	return home && *home ? xasprintf("%s/.config/svctop", home) : NULL;
}

/* Which file is read; named says that the person chose it, so that it must be there. */
static void choose_config(struct cli *cli, bool *named)
{
	const char *chosen = cli->options.config, *slash;

	if (!chosen) {
		chosen = getenv("SVCTOP_CONFIG");
		if (chosen && !*chosen)
			chosen = NULL;
	}
	*named = chosen != NULL;
	if (chosen) {
		cli->config_path = xstrdup(chosen);
		slash = strrchr(chosen, '/');
		cli->config_dir =
		    !slash ? xstrdup(".")
			   : xmemdup0(chosen, (size_t)(slash - chosen) + (slash == chosen));
		return;
	}
	cli->config_dir = default_config_dir();
	if (cli->config_dir)
		cli->config_path = xasprintf("%s/config.yml", cli->config_dir);
}

static int read_config(struct cli *cli, struct err *err)
{
	bool named;

	choose_config(cli, &named);
	if (!named && cli->options.config_text) {
		cli->config_text = xstrdup(cli->options.config_text);
		cli->config_len = strlen(cli->config_text);
		cli->config =
		    config_parse("demo", getenv("HOME"), cli->config_text, cli->config_len, err);
		return cli->config ? source_check_all(cli->config, err) : -1;
	}
	if (!cli->config_path || (!named && access(cli->config_path, F_OK) < 0)) {
		cli->config = config_default();
		return 0;
	}
	cli->config_text = cli_read_file(cli->config_path, MAX_FILE, &cli->config_len, err);
	if (cli->config_text)
		cli->config = config_parse(cli->config_path, getenv("HOME"), cli->config_text,
					   cli->config_len, err);
	return cli->config ? source_check_all(cli->config, err) : -1;
}

static int print_error(struct err *err)
{
	cli_error(err);
	err_clear(err);
	return -1;
}

int cli_load_config(struct cli *cli)
{
	struct err err = {0};

	return cli->config || read_config(cli, &err) == 0 ? 0 : print_error(&err);
}

/* --checklist, the config's, checklist.yml beside the config, the built-in one. */
static char *choose_checklist(const struct cli *cli)
{
	char *beside;

	if (cli->options.checklist)
		return xstrdup(cli->options.checklist);
	if (cli->config->checklist)
		return xstrdup(cli->config->checklist);
	if (!cli->config_dir)
		return NULL;
	beside = xasprintf("%s/checklist.yml", cli->config_dir);
	if (access(beside, F_OK) == 0)
		return beside;
	free(beside);
	return NULL;
}

/* What sources answer about items is about items that there are. */
static int check_items(const struct cli *cli, const struct config_source *source, struct err *err)
{
	const struct checklist *checklist = cli->checklist;
	const char *ids[CHECKLIST_MAX_CHECKS], *near;
	char *where, *fix;

	for (size_t c = 0; c < checklist->check_count; c++)
		ids[c] = checklist->checks[c].id;
	for (size_t i = 0; i < source->check_count; i++) {
		const struct config_pair *pair = &source->checks[i];

		if (checklist_find(checklist, pair->name) >= 0)
			continue;
		near = text_suggest(pair->name, ids, checklist->check_count);
		where = xasprintf("%s:%u", cli->config->path, (unsigned)pair->line);
		fix =
		    near ? xasprintf("did you mean %s?", near) : xstrdup("see `svctop checklist`");
		err_set(err, where, fix, "source %s: the checklist has no item \"%s\"",
			source->name, pair->name);
		free(where);
		free(fix);
		return -1;
	}
	return 0;
}

static int read_checklist(struct cli *cli, struct err *err)
{
	char *path = choose_checklist(cli), *text = NULL;
	size_t len;

	if (path)
		text = cli_read_file(path, MAX_FILE, &len, err);
	if (text)
		cli->checklist = checklist_parse(path, text, len, err);
	else if (!path)
		cli->checklist = checklist_builtin();
	free(text);
	free(path);
	for (size_t i = 0; cli->checklist && i < cli->config->source_count; i++)
		if (check_items(cli, &cli->config->sources[i], err) < 0)
			return -1;
	return cli->checklist ? 0 : -1;
}

int cli_load_checklist(struct cli *cli)
{
	struct err err = {0};

	return read_checklist(cli, &err) == 0 ? 0 : print_error(&err);
}

void cli_forget_files(struct cli *cli)
{
	config_free(cli->config);
	checklist_free(cli->checklist);
	free(cli->config_dir);
	free(cli->config_path);
	free(cli->config_text);
	for (size_t i = 0; i < cli->root_count; i++)
		free((char *)cli->roots[i]);
	free(cli->roots);
	cli->config = NULL;
	cli->checklist = NULL;
	cli->config_dir = cli->config_path = cli->config_text = NULL;
	cli->roots = NULL;
	cli->root_count = 0;
}

int cli_check_files(const struct cli *cli, struct err *err)
{
	struct cli fresh = {.options = cli->options};
	int result = read_config(&fresh, err);

	if (result == 0)
		result = read_checklist(&fresh, err);
	cli_forget_files(&fresh);
	return result;
}

char *cli_checklist_path(const struct cli *cli)
{
	char *chosen = choose_checklist(cli);

	/* One that appears later counts as well. */
	if (!chosen && cli->config_dir)
		chosen = xasprintf("%s/checklist.yml", cli->config_dir);
	return chosen;
}

static int add_root(struct cli *cli, const char *path)
{
	char *whole = realpath(path, NULL);
	struct stat st;

	if (!whole || stat(whole, &st) < 0) {
		cli_errorf(path, NULL, "%s", strerror(errno));
		free(whole);
		return -1;
	}
	if (!S_ISDIR(st.st_mode)) {
		cli_errorf(path, "name a folder", "not a folder");
		free(whole);
		return -1;
	}
	for (size_t i = 0; i < cli->root_count; i++)
		if (!strcmp(cli->roots[i], whole)) {
			free(whole);
			return 0;
		}
	cli->roots[cli->root_count++] = whole;
	return 0;
}

int cli_load_roots(struct cli *cli, size_t skip)
{
	const struct words *words = &cli->options.words;
	size_t given = words->count - skip;
	size_t count = given ? given : cli->config->root_count;

	cli->roots = xcalloc(count + 1, sizeof(*cli->roots));
	for (size_t i = 0; i < count; i++)
		if (add_root(cli, given ? words->words[skip + i] : cli->config->roots[i]) < 0)
			return -1;
	return count ? 0 : add_root(cli, ".");
}

/* $XDG_STATE_HOME/svctop/svctop.db, ~/.local/state/svctop/svctop.db; NULL without a home. */
static char *default_store(void)
{
	const char *base = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (base && *base == '/')
		return xasprintf("%s/svctop/svctop.db", base);
	return home && *home ? xasprintf("%s/.local/state/svctop/svctop.db", home) : NULL;
}

char *cli_store(const struct cli *cli, struct err *err)
{
	err_clear(err);
	return cli->options.at ? NULL : cli_store_of_past(cli, err);
}

char *cli_store_of_past(const struct cli *cli, struct err *err)
{
	const struct options *options = &cli->options;
	const char *chosen = options->store ? options->store : cli->config->store;
	char *store;

	err_clear(err);
	/* A script shows the same whenever it is played. */
	if (options->rev || (options->script && !options->store))
		return NULL;
	if (chosen)
		return strcmp(chosen, "none") ? xstrdup(chosen) : NULL;
	store = default_store();
	if (!store)
		err_set(err, NULL, "set HOME or XDG_STATE_HOME, or name a file with --store",
			"there is no place to keep a memory in");
	return store;
}

bool cli_is_folder(const struct cli *cli, size_t word)
{
	struct stat st;

	return !stat(cli->options.words.words[word], &st) && S_ISDIR(st.st_mode);
}

/* COLUMNS, the terminal's width, 80. */
static unsigned output_width(void)
{
	const char *columns = getenv("COLUMNS");
	unsigned long asked = columns ? strtoul(columns, NULL, 10) : 0;
	struct winsize size;

	if (asked >= 20 && asked <= 1000)
		return (unsigned)asked;
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col >= 20)
		return size.ws_col;
	return 80;
}

struct report cli_report(struct cli *cli, const struct fleet *fleet,
			 const struct report_scope *scope, int64_t now)
{
	return (struct report){
	    .fleet = fleet,
	    .scope = scope,
	    .format = cli->options.format,
	    .now = now,
	    .made_at = cli->options.at ? cli->started : 0,
	    .errors = cli->errors,
	    .error_count = cli->error_count,
	    .width = cli->options.plain ? 0 : output_width(),
	    .plain = cli->options.plain,
	    .ascii = cli->options.ascii || cli->config->ascii || MB_CUR_MAX == 1,
	    .verbose = cli->options.verbose,
	    .version = VERSION,
	};
}

/* Writes all that is there; a reader that went away is no error worth a message. */
static void write_out(struct report_out *out)
{
	struct cli *cli = out->ctx;
	size_t at = 0;

	while (at < out->text.len && !cli->out_failed) {
		ssize_t n = write(STDOUT_FILENO, out->text.data + at, out->text.len - at);

		if (n > 0) {
			at += (size_t)n;
		} else if (n < 0 && errno == EAGAIN) {
			/* someone who shares the terminal or the pipe made it non-blocking */
			poll(&(struct pollfd){.fd = STDOUT_FILENO, .events = POLLOUT}, 1, -1);
		} else if (n < 0 && errno != EINTR) {
			cli->out_failed = true;
			cli->out_error = errno != EPIPE;
			if (cli->out_error)
				cli_errorf("standard output", NULL, "%s", strerror(errno));
		}
	}
	buf_reset(&out->text);
}

int cli_finish(struct cli *cli)
{
	write_out(&cli->out);
	return cli->out_error ? EXIT_INCOMPLETE : EXIT_OK;
}

static void print_help(struct cli *cli, const struct command *command)
{
	struct buf *out = &cli->out.text;

	if (!*command->name) {
		buf_adds(out, "Usage: svctop [PATH...]\n"
			      "       svctop COMMAND [...] [PATH...]\n\n");
		buf_addf(out, "%s\n%s\nCommands:\n", command->summary, command->help);
		for (size_t i = 0; i < command_count; i++)
			if (*commands[i].name)
				buf_addf(out, "  %-12s %s\n", commands[i].name,
					 commands[i].summary);
		buf_adds(out, "\n`svctop COMMAND --help` has more of each, with examples.\n");
	} else {
		buf_addf(out, "Usage: svctop %s%s%s\n\n%s\n%s", command->name,
			 *command->usage ? " " : "", command->usage, command->summary,
			 command->help);
	}
	buf_adds(out, "\nOptions:\n");
	options_help(out, command->groups);
}

static int check_words(const struct cli *cli, const struct command *command)
{
	size_t words = command->words, given = cli->options.words.count;

	if (given < words && !(cli->options.drift && given == 0)) {
		cli_errorf(NULL, NULL, "usage: svctop %s %s", command->name, command->usage);
		return -1;
	}
	if (given > words && !command->paths) {
		cli_errorf(NULL, "see its --help", "svctop %s takes no \"%s\"", command->name,
			   cli->options.words.words[words]);
		return -1;
	}
	return 0;
}

static int check_format(const struct cli *cli, const struct command *command)
{
	const struct options *options = &cli->options;

	if (options->yaml && strcmp(command->name, "checklist") != 0) {
		cli_errorf(NULL, NULL, "only `svctop checklist` prints yaml");
		return -1;
	}
	if (options->format > REPORT_MARKDOWN && !command->report) {
		cli_errorf(NULL, "text, json, jsonl, csv or markdown",
			   "only `svctop check` prints %s", report_format_name(options->format));
		return -1;
	}
	return 0;
}

static int run(struct cli *cli, int argc, char **argv)
{
	const struct command *command;

	if (options_parse(&cli->options, argc, argv) < 0)
		return EXIT_USAGE;
	cli->err_tty = isatty(STDERR_FILENO) && !cli->options.quiet;
	command = command_find(cli->options.command ? cli->options.command : "");
	if (cli->options.version && !cli->options.help) {
		buf_adds(&cli->out.text, "svctop " VERSION "\n");
		return cli_finish(cli);
	}
	if (cli->options.help) {
		print_help(cli, command);
		return cli_finish(cli);
	}
	if (check_words(cli, command) < 0 || check_format(cli, command) < 0)
		return EXIT_USAGE;
	return command->run(cli);
}

static void cli_free(struct cli *cli)
{
	options_free(&cli->options);
	cli_forget_files(cli);
	for (size_t i = 0; i < cli->error_count; i++)
		err_clear(&cli->errors[i]);
	free(cli->errors);
	buf_free(&cli->out.text);
}

/* Descriptors 0 to 2 must be somebody's, or a repository's file might be taken for a stream. */
static void open_streams(void)
{
	for (int fd = open("/dev/null", O_RDWR); fd >= 0; fd = open("/dev/null", O_RDWR))
		if (fd > STDERR_FILENO) {
			close(fd);
			return;
		}
}

int cli_main(int argc, char **argv)
{
	struct cli cli = {.program = argv[0], .out = {.flush = write_out}};
	int code;

	cli.out.ctx = &cli;
	open_streams();
	setlocale(LC_ALL, "");
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a limit on files is an error of the write, not the end */
	code = run(&cli, argc, argv);
	cli_free(&cli);
	return code;
}
