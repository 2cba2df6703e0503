#include <locale.h>
#include <ncurses.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include <yaml.h>

#include "core/store.h"
#include "core/text.h"
#include "fetch/git.h"
#include "fetch/scanner.h"
#include "tui/command.h"

#define LEVEL_SECONDS 3

/* `bug-report`: what a bug report needs. Nothing of repositories, URLs or tokens is in it. */

static void add_versions(struct buf *out)
{
	char pcre[64] = "", libgit2[32];
	struct utsname system;

	repo_library_version(libgit2, sizeof(libgit2));
	pcre2_config(PCRE2_CONFIG_VERSION, pcre);
	buf_adds(out, "svctop " VERSION "\n");
	buf_addf(out, "%s\n", curses_version());
	buf_addf(out, "libgit2 %s, pcre2 %s, libyaml %s\n", libgit2, pcre,
		 yaml_get_version_string());
	if (!uname(&system))
		buf_addf(out, "%s %s %s\n", system.sysname, system.release, system.machine);
}

static void add_variable(struct buf *out, const char *name)
{
	const char *value = getenv(name);

	buf_addf(out, "%s: ", name);
	text_sanitise(out, value ? value : "-", value ? strlen(value) : 1, TEXT_ASCII);
	buf_addc(out, '\n');
}

static void add_terminal(struct buf *out)
{
	static const char *const names[] = {"TERM", "COLORTERM", "NO_COLOR",
					    "LANG", "LC_ALL",	 "TERM_PROGRAM"};
	struct winsize size;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		add_variable(out, names[i]);
	buf_addf(out, "locale: %s\n", setlocale(LC_CTYPE, NULL));
	buf_addf(out, "in tmux: %s, in screen: %s\n", getenv("TMUX") ? "yes" : "no",
		 getenv("STY") ? "yes" : "no");
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		buf_addf(out, "size: %ux%u\n", (unsigned)size.ws_col, (unsigned)size.ws_row);
	else
		buf_adds(out, "size: no terminal\n");
}

/* What a scanner says of its sandbox; it is asked for a file that is not there. */
static void add_sandbox(struct buf *out)
{
	const char *root = "/";
	struct scanner_options options = {.roots = &root, .root_count = 1, .jobs = 1};
	struct scanner_pool *pool = scanner_pool_new(&options, NULL);
	time_t end = time(NULL) + LEVEL_SECONDS;
	struct scanner_event event;

	if (pool)
		scanner_blob(pool, "/", "0000000000000000000000000000000000000000", "x", 1);
	while (pool && !scanner_sandbox_level(pool) && time(NULL) < end) {
		struct pollfd fds[8];
		int timeout;

		scanner_service(pool);
		poll(fds, (nfds_t)scanner_pollfds(pool, fds, 8, &timeout), 100);
		scanner_service(pool);
		while (scanner_next(pool, &event))
			;
	}
	buf_addf(out, "sandbox: %s\n",
		 pool && scanner_sandbox_level(pool) ? scanner_sandbox_level(pool) : "not known");
	scanner_pool_free(pool);
}

static void add_config(struct buf *out, const struct cli *cli)
{
	const struct config *config = cli->config;

	buf_addf(out, "configuration: %s\n", config->path ? "a file" : "none");
	for (size_t i = 0; i < CONFIG_KEYS; i++)
		if (config->lines[i])
			buf_addf(out, "  %s is set\n", config_key_name((enum config_key)i));
	for (size_t i = 0; i < config->source_count; i++)
		buf_addf(out, "  source of type %s\n", config->sources[i].type);
	buf_addf(out, "checklist: %s %s, %zu items\n",
		 cli->options.checklist || config->checklist ? "own" : "built-in or beside",
		 cli->checklist->digest, cli->checklist->check_count);
}

/* Opened for reading: whatever is wrong with it stays as it is. */
static void add_store(struct buf *out, const struct cli *cli)
{
	struct store_options options = {.access = STORE_READ,
					.command = "svctop bug-report",
					.version = VERSION,
					.now = (int64_t)time(NULL)};
	struct buf text = {0};
	struct err err = {0};
	char *url = cli_store(cli, &err), *line;
	struct store *store = NULL;

	options.url = url;
	if (url)
		store = store_open(&options, &err);
	if (store) {
		store_describe(store, &text);
		buf_adds(out, "store:\n");
		for (char *at = text.data, *save = NULL; (line = strtok_r(at, "\n", &save));
		     at = NULL) {
			buf_adds(out, "  ");
			text_sanitise(out, line, strlen(line), TEXT_ASCII);
			buf_addc(out, '\n');
		}
	} else {
		line = err.what ? err_line(&err) : NULL;
		buf_adds(out, "store: ");
		text_sanitise(out, line ? line : "none", line ? strlen(line) : 4, TEXT_ASCII);
		buf_addc(out, '\n');
		free(line);
	}
	store_close(store);
	buf_free(&text);
	err_clear(&err);
	free(url);
}

int command_bug_report(struct cli *cli)
{
	struct buf *out = &cli->out.text;

	if (cli_load_config(cli) < 0 || cli_load_checklist(cli) < 0)
		return EXIT_USAGE;
	add_versions(out);
	add_sandbox(out);
	add_terminal(out);
	add_config(out, cli);
	add_store(out, cli);
	return cli_finish(cli);
}
