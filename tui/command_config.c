#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/report_table.h"
#include "fetch/jq.h"
#include "fetch/source.h"
#include "tui/command.h"
#include "tui/file.h"
#include "tui/theme.h"

#define MAX_FILE (1 << 20)

/* `config`, `checklist`, `themes`, `init`: what is in force. */

static int said_error(struct err *err)
{
	cli_error(err);
	err_clear(err);
	return EXIT_USAGE;
}

static int validate_config(struct cli *cli)
{
	const char *path = cli->options.validate;
	struct err err = {0};
	size_t len;
	char *text = cli_read_file(path, MAX_FILE, &len, &err);

	if (!text)
		return said_error(&err);
	cli->config = config_parse(path, getenv("HOME"), text, len, &err);
	free(text);
	if (!cli->config || source_check_all(cli->config, &err) < 0 ||
	    jq_check(NULL, cli->config, &err) < 0)
		return said_error(&err);
	buf_addf(&cli->out.text, "%s is valid\n", path);
	return cli_finish(cli);
}

static void add_list(struct buf *out, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buf_addf(out, "%s%s", i ? ", " : "", words[i]);
}

static void add_store(struct buf *out, const struct cli *cli)
{
	struct err err = {0};
	char *store = cli_store(cli, &err);

	buf_adds(out, store ? store : "none");
	err_clear(&err);
	free(store);
}

/* The value that is in force, empty where there is none. */
static void add_value(struct buf *out, const struct cli *cli, enum config_key key)
{
	static const char *const colors[] = {"auto", "always", "never"};
	const struct config *config = cli->config;
	const struct options *options = &cli->options;
	unsigned jobs = options->jobs ? options->jobs : config->jobs;

	switch (key) {
	case CONFIG_ROOTS:
		add_list(out, config->roots, config->root_count);
		break;
	case CONFIG_EXCLUDE:
		add_list(out, config->exclude, config->exclude_count);
		break;
	case CONFIG_CHECKLIST:
		buf_adds(out, cli->checklist->path);
		break;
	case CONFIG_THEME:
		buf_adds(out, options->theme  ? options->theme
			      : config->theme ? config->theme
					      : theme_builtin_name(0));
		break;
	case CONFIG_SOURCES:
		if (config->source_count)
			buf_addf(out, "%zu", config->source_count);
		break;
	case CONFIG_ME:
		add_list(out, config->owners, config->owner_count);
		break;
	case CONFIG_READ_ONLY:
		buf_adds(out, options->read_only || config->read_only ? "true" : "false");
		break;
	case CONFIG_ASCII:
		buf_adds(out, options->ascii || config->ascii ? "true" : "false");
		break;
	case CONFIG_COLOR:
		buf_adds(out, colors[options->color_given ? options->color : config->color]);
		break;
	case CONFIG_JOBS:
		if (jobs)
			buf_addf(out, "%u", jobs);
		else
			buf_addf(out, "%ld", sysconf(_SC_NPROCESSORS_ONLN));
		break;
	case CONFIG_NOTIFY:
		buf_addf(out, "%s%s%s", config->notify_bell ? "bell" : "",
			 config->notify_bell && config->notify_terminal ? ", " : "",
			 config->notify_terminal ? "terminal" : "");
		break;
	case CONFIG_STORE:
		add_store(out, cli);
		break;
	case CONFIG_KEYS:
		break;
	}
}

/* The option that sets a key on the command line; NULL: it was not given. */
static const char *option_of(const struct options *options, enum config_key key)
{
	switch (key) {
	case CONFIG_CHECKLIST:
		return options->checklist ? "--checklist" : NULL;
	case CONFIG_THEME:
		return options->theme ? "--theme" : NULL;
	case CONFIG_READ_ONLY:
		return options->read_only ? "--read-only" : NULL;
	case CONFIG_ASCII:
		return options->ascii ? "--ascii" : NULL;
	case CONFIG_COLOR:
		return options->color_given ? "--color" : NULL;
	case CONFIG_JOBS:
		return options->jobs ? "--jobs" : NULL;
	case CONFIG_STORE:
		return options->store ? "--store" : NULL;
	default:
		return NULL;
	}
}

/* For people the file's name, whose path stands above the table. */
static char *config_origin(const struct cli *cli, enum config_key key)
{
	const char *option = option_of(&cli->options, key), *path = cli->config->path;

	if (path && strrchr(path, '/') && cli->options.format == REPORT_TEXT)
		path = strrchr(path, '/') + 1;

	if (option)
		return xstrdup(option);
	if (cli->config->lines[key])
		return xasprintf("%s:%u", path, (unsigned)cli->config->lines[key]);
	return xstrdup("default");
}

/* A row for each source, never with a secret, for none stands in the file. */
static void add_sources(struct report_table *table, const struct cli *cli)
{
	const struct config *config = cli->config;
	const char *slash = strrchr(config->path ? config->path : "", '/');
	const char *file = slash && cli->options.format == REPORT_TEXT ? slash + 1 : config->path;

	for (size_t i = 0; i < config->source_count; i++) {
		const struct config_source *source = &config->sources[i];
		char *key = xasprintf("source %s", source->name);
		char *value = xasprintf("%s%s%s", source->type, source->url ? " " : "",
					source->url ? source->url : "");
		char *from = xasprintf("%s:%u", file, (unsigned)source->line);

		report_table_add(table, (const char *[]){key, value, from});
		free(key);
		free(value);
		free(from);
	}
}

int command_config(struct cli *cli)
{
	static const struct report_column columns[] = {
	    {.title = "KEY", .key = "key"},
	    {.title = "VALUE", .key = "value", .flexible = true},
	    {.title = "FROM", .key = "from", .flexible = true},
	};
	struct report report;
	struct report_table *table;

	if (cli->options.validate)
		return validate_config(cli);
	if (cli_load_config(cli) < 0 || cli_load_checklist(cli) < 0)
		return EXIT_USAGE;
	report = cli_report(cli, NULL, NULL, 0);
	if (cli->options.format == REPORT_TEXT)
		buf_addf(&cli->out.text, "%s%s\n\n",
			 cli->config->path ? "" : "no configuration file",
			 cli->config->path ? cli->config->path : "");
	table = report_table_new(&report, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < CONFIG_KEYS; i++) {
		struct buf value = {0};
		char *origin = config_origin(cli, (enum config_key)i);

		add_value(&value, cli, (enum config_key)i);
		report_table_add(table, (const char *[]){config_key_name((enum config_key)i),
							 value.len ? value.data : NULL, origin});
		buf_free(&value);
		free(origin);
	}
	add_sources(table, cli);
	report_table_print(table, "config", &cli->out);
	report_table_free(table);
	return cli_finish(cli);
}

static int validate_checklist(struct cli *cli)
{
	const char *path = cli->options.validate;
	struct err err = {0};
	size_t len;
	char *text = cli_read_file(path, MAX_FILE, &len, &err);

	if (!text)
		return said_error(&err);
	cli->checklist = checklist_parse(path, text, len, &err);
	free(text);
	if (!cli->checklist)
		return said_error(&err);
	buf_addf(&cli->out.text, "%s is valid: %zu items\n", path, cli->checklist->check_count);
	return cli_finish(cli);
}

int command_checklist(struct cli *cli)
{
	static const char *const tiers[] = {"", "1", "2", "3", "4"};
	static const struct report_column columns[] = {
	    {.title = "T", .key = "tier", .number = true},
	    {.title = "ITEM", .key = "check"},
	    {.title = "TITLE", .key = "title", .flexible = true},
	    {.title = "WHY", .key = "why", .flexible = true},
	    {.key = "fix", .data_only = true},
	    {.key = "source", .data_only = true},
	};
	struct report report;
	struct report_table *table;

	if (cli->options.validate)
		return validate_checklist(cli);
	if (cli_load_config(cli) < 0 || cli_load_checklist(cli) < 0)
		return EXIT_USAGE;
	if (cli->options.yaml) {
		buf_add(&cli->out.text, cli->checklist->text, cli->checklist->text_len);
		return cli_finish(cli);
	}
	report = cli_report(cli, NULL, NULL, 0);
	table = report_table_new(&report, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < cli->checklist->check_count; i++) {
		const struct check *check = &cli->checklist->checks[i];

		report_table_add(table,
				 (const char *[]){tiers[check->tier], check->id, check->title,
						  check->why, check->close, check->source});
	}
	report_table_print(table, "checks", &cli->out);
	report_table_free(table);
	return cli_finish(cli);
}

int command_themes(struct cli *cli)
{
	static const struct report_column columns[] = {
	    {.title = "THEME", .key = "theme"},
	    {.title = "IN USE", .key = "in_use"},
	};
	struct report report;
	struct report_table *table;
	const char *used;
	char *dir, **names;
	size_t count;

	if (cli_load_config(cli) < 0)
		return EXIT_USAGE;
	used = cli->options.theme   ? cli->options.theme
	       : cli->config->theme ? cli->config->theme
				    : theme_builtin_name(0);
	dir = cli->config_dir ? xasprintf("%s/themes", cli->config_dir) : NULL;
	names = theme_list(dir, &count);
	report = cli_report(cli, NULL, NULL, 0);
	table = report_table_new(&report, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < count; i++) {
		report_table_add(table,
				 (const char *[]){names[i], strcmp(names[i], used) ? "" : "yes"});
		free(names[i]);
	}
	report_table_print(table, "themes", &cli->out);
	report_table_free(table);
	free(names);
	free(dir);
	return cli_finish(cli);
}

static int write_example(const char *path)
{
	/* O_EXCL: what is there stays, be it a link to nowhere. */
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	size_t len = strlen(config_example), at = 0;

	if (fd < 0)
		return -1;
	while (at < len) {
		ssize_t n = write(fd, config_example + at, len - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			close(fd);
			return -1;
		}
		at += (size_t)n;
	}
	return close(fd);
}

int command_init(struct cli *cli)
{
	const char *home = getenv("HOME"), *base = getenv("XDG_CONFIG_HOME");
	const char *named = cli->options.config ? cli->options.config : getenv("SVCTOP_CONFIG");
	char *dir = NULL, *path;
	int code = EXIT_OK;

	if (named && *named)
		path = xstrdup(named);
	else if (base && *base == '/')
		path = xasprintf("%s/svctop/config.yml", base);
	else if (home && *home)
		path = xasprintf("%s/.config/svctop/config.yml", home);
	else {
		cli_errorf(NULL, "name a file with --config", "no home folder is known");
		return EXIT_USAGE;
	}
	if (strrchr(path, '/') > path)
		dir = xmemdup0(path, (size_t)(strrchr(path, '/') - path));
	if ((dir && file_make_folders(dir, 0755) < 0) || write_example(path) < 0) {
		cli_errorf(path, errno == EEXIST ? "it was left as it is" : NULL,
			   "cannot be written: %s", strerror(errno));
		code = EXIT_USAGE;
	} else {
		buf_addf(&cli->out.text, "wrote %s\n", path);
		code = cli_finish(cli);
	}
	free(dir);
	free(path);
	return code;
}
