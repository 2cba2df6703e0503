#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "fetch/http_server.h"
#include "tui/command.h"
#include "tui/demo.h"
#include "tui/demo_feed.h"

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

/*
 * A process that does something until this one is gone, in whatever way it went: it sees the end
 * of a pipe that only we hold open. The janitor then removes the folder; the player plays the live
 * systems as long.
 */
struct helper {
	pid_t pid; /* 0: was not started */
	int fd;
};

static void detach(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	setpgid(0, 0); /* the terminal's signals are not for it */
	for (int std = STDIN_FILENO; std <= STDERR_FILENO; std++)
		close(std);
}

static int start(struct helper *helper, void (*work)(int fd, void *ctx), void *ctx)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	helper->fd = ends[1];
	helper->pid = fork();
	if (!helper->pid) {
		close(ends[1]);
		detach();
		work(ends[0], ctx);
		_exit(0);
	}
	close(ends[0]);
	if (helper->pid > 0)
		return 0;
	close(ends[1]);
	helper->pid = 0;
	return -1;
}

static void dismiss(const struct helper *helper)
{
	if (!helper->pid)
		return;
	close(helper->fd);
	while (waitpid(helper->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static void wait_and_clean(int fd, void *dir)
{
	char byte;

	while (read(fd, &byte, 1) < 0 && errno == EINTR)
		;
	remove_tree(dir);
}

enum { MAX_BODY = 256 * 1024 };

struct stage {
	struct http_listeners listeners;
	struct demo_feed *feed;
};

static void play(int fd, void *ctx)
{
	struct stage *stage = ctx;
	const struct http_server_options options = {
	    .answer = demo_feed_answer, .ctx = stage->feed, .max_body = MAX_BODY};

	http_server_run(&stage->listeners, &options, fd);
}

/* The live systems of the demo, and the configuration that asks them. */
static int start_player(struct helper *player, struct cli *cli, const char *dir, struct buf *config,
			struct err *err)
{
	struct stage stage;
	int result;

	if (cli->options.offline || cli->options.config)
		return 0;
	if (http_listen("127.0.0.1:0", &stage.listeners, err) < 0)
		return -1;
	stage.feed = demo_feed_new(dir, (int64_t)time(NULL));
	demo_feed_config(stage.listeners.port, config);
	cli->options.config_text = buf_str(config);
	result = start(player, play, &stage);
	if (result < 0)
		err_set(err, NULL, NULL, "cannot start a process: %s", strerror(errno));
	http_listen_end(&stage.listeners);
	demo_feed_free(stage.feed);
	return result;
}

/* The dashboard answers signals itself; one that comes after it would leave the folder behind. */
static void ignore_endings(void)
{
	const struct sigaction ignore = {.sa_handler = SIG_IGN};

	sigaction(SIGINT, &ignore, NULL);
	sigaction(SIGTERM, &ignore, NULL);
	sigaction(SIGHUP, &ignore, NULL);
}

static int run_in(struct cli *cli, const struct command *command, const char *dir)
{
	struct helper janitor, player = {0};
	struct err err = {0};
	struct buf config = {0};
	char *store = xasprintf("%s/.svctop.db", dir);
	int code;

	/* Its memory is its own, and goes with it. */
	if (!cli->options.store)
		cli->options.store = store;
	if (start(&janitor, wait_and_clean, (void *)dir) < 0) {
		cli_errorf(NULL, NULL, "cannot start a process: %s", strerror(errno));
		remove_tree(dir);
		free(store);
		return EXIT_INCOMPLETE;
	}
	if (demo_make(dir, (int64_t)time(NULL), &err) < 0 ||
	    start_player(&player, cli, dir, &config, &err) < 0) {
		cli_error(&err);
		err_clear(&err);
		code = EXIT_INCOMPLETE;
	} else {
		if (command == command_find(""))
			ignore_endings();
		code = command->run(cli);
		ignore_endings();
	}
	dismiss(&player);
	dismiss(&janitor);
	cli->options.config_text = NULL;
	cli->options.store = NULL;
	buf_free(&config);
	free(store);
	return code;
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

int command_demo(struct cli *cli)
{
	const char *tmp = getenv("TMPDIR");
	char *dir = xasprintf("%s/svctop-demo-XXXXXX", tmp && *tmp == '/' ? tmp : "/tmp");
	const struct command *command = take_command(&cli->options, dir);
	int code = EXIT_USAGE;

	if (command && !mkdtemp(dir))
		cli_errorf(dir, "set TMPDIR", "cannot be made: %s", strerror(errno));
	else if (command)
		code = run_in(cli, command, dir);
	free(dir);
	return code;
}
