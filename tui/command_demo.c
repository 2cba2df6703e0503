#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "tui/command.h"
#include "tui/demo.h"

/* The demo fleet in a temporary folder, and whatever command was asked for over it. */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void remove_tree(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Makes the fleet with signals held back, so that none leaves half of it behind. */
static int make_fleet(const char *dir)
{
	struct err err = {0};
	sigset_t ending, pending, before;
	int result;

	sigemptyset(&ending);
	sigaddset(&ending, SIGINT);
	sigaddset(&ending, SIGTERM);
	sigaddset(&ending, SIGHUP);
	sigprocmask(SIG_BLOCK, &ending, &before);
	result = demo_make(dir, (int64_t)time(NULL), &err);
	if (result < 0) {
		cli_error(&err);
		err_clear(&err);
		result = EXIT_INCOMPLETE;
	}
	sigpending(&pending);
	for (int number = 1; number <= SIGTERM; number++)
		if (sigismember(&ending, number) == 1 && sigismember(&pending, number) == 1)
			result = EXIT_SIGNAL + number;
	if (result > EXIT_SIGNAL)
		remove_tree(dir);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return result;
}

/* The words after "demo" are a command and its words; the fleet is its path. */
static const struct command *take_command(struct options *options, const char *dir)
{
	struct words *words = &options->words;
	const char *name = words->count ? words->words[0] : "";
	const struct command *command = command_find(name);

	if (!command || command->run == command_demo) {
		cli_errorf(NULL, "see `svctop --help`", "\"%s\" is no command for the demo", name);
		return NULL;
	}
	if (words->count)
		memmove(words->words, words->words + 1, --words->count * sizeof(*words->words));
	if (words->count < command->words && !options->drift) {
		cli_errorf(NULL, NULL, "usage: svctop demo %s %s", command->name, command->usage);
		return NULL;
	}
	if (options->format > REPORT_MARKDOWN && !command->report) {
		cli_errorf(NULL, NULL, "only `check` prints %s",
			   report_format_name(options->format));
		return NULL;
	}
	GROW(words->words, words->count, words->cap);
	words->words[words->count++] = dir;
	return command;
}

/* The dashboard answers signals itself; one that comes after it would leave the folder behind. */
static void ignore_endings(void)
{
	const struct sigaction ignore = {.sa_handler = SIG_IGN};

	sigaction(SIGINT, &ignore, NULL);
	sigaction(SIGTERM, &ignore, NULL);
	sigaction(SIGHUP, &ignore, NULL);
}

int command_demo(struct cli *cli)
{
	const char *tmp = getenv("TMPDIR");
	char *dir = xasprintf("%s/svctop-demo-XXXXXX", tmp && *tmp == '/' ? tmp : "/tmp");
	const struct command *command = take_command(&cli->options, dir);
	int code = EXIT_USAGE;

	if (command && !mkdtemp(dir)) {
		cli_errorf(dir, "set TMPDIR", "cannot be made: %s", strerror(errno));
	} else if (command) {
		code = make_fleet(dir);
		if (!code && command == command_find(""))
			ignore_endings();
		if (!code)
			code = command->run(cli);
		ignore_endings();
		remove_tree(dir);
	}
	free(dir);
	return code;
}
