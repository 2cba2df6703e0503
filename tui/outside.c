#include "tui/outside.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "tui/command.h"
#include "tui/spawn.h"

#define MAX_OUTPUT (1 << 20)
#define MAX_ROOTS  64
#define SECONDS	   60

extern char **environ;

static const char *const outside_commands[] = {"deps",	 "check",  "checklist",
					       "config", "themes", "bug-report"};

static const struct command *outside_command(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(outside_commands); i++)
		if (!strcmp(outside_commands[i], word))
			return command_find(word);
	return NULL;
}

struct arguments {
	char *words[SPAWN_WORDS + MAX_ROOTS + 16];
	size_t count;
};

/* posix_spawn() wants words that it may not change either. */
static void add(struct arguments *args, const char *word)
{
	args->words[args->count++] = (char *)word;
	args->words[args->count] = NULL;
}

static void add_option(struct arguments *args, const char *name, const char *value)
{
	if (!value)
		return;
	add(args, name);
	add(args, value);
}

/* The person's words, what this run was started with, and its paths. */
static void fill(struct arguments *args, const struct cli *cli, const struct command *command,
		 char *const *words)
{
	add(args, "svctop");
	for (size_t i = 0; words[i]; i++)
		add(args, words[i]);
	add_option(args, "--config", cli->options.config);
	add_option(args, "--checklist", cli->options.checklist);
	if (command->groups & OPTIONS_SCAN)
		add_option(args, "--ref", cli->options.rev);
	if (command->groups & OPTIONS_AT)
		add_option(args, "--at", cli->options.at);
	if (cli->options.offline)
		add(args, "--offline");
	if (!command->paths)
		return;
	add(args, "--");
	for (size_t i = 0; i < cli->root_count && i < MAX_ROOTS; i++)
		add(args, cli->roots[i]);
}

static int start(struct arguments *args, int fd, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int error;

	sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, fd, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, fd, STDERR_FILENO);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setpgroup(&attributes, 0);
	error = posix_spawn(pid, "/proc/self/exe", &actions, &attributes, args->words, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

/* Reads until the end, the cap or the deadline; false when it was cut short. */
static bool read_output(int fd, struct buf *out)
{
	time_t end = time(NULL) + SECONDS;
	size_t start_at = out->len;
	char part[8192];

	while (out->len - start_at < MAX_OUTPUT) {
		struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
		time_t left = end - time(NULL);
		ssize_t n;

		if (left <= 0)
			return false;
		if (poll(&poll_fd, 1, (int)left * 1000) <= 0)
			continue;
		n = read(fd, part, sizeof(part));
		if (n > 0)
			buf_add(out, part, (size_t)n);
		else if (!n || errno != EINTR)
			return true;
	}
	return false;
}

static void run(struct arguments *args, struct buf *out)
{
	int ends[2], error;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0) {
		buf_addf(out, "svctop: no pipe: %s\n", strerror(errno));
		return;
	}
	error = start(args, ends[1], &pid);
	close(ends[1]);
	if (error) {
		buf_addf(out, "svctop: cannot start again: %s\n", strerror(error));
	} else {
		if (!read_output(ends[0], out)) {
			buf_adds(out, "\nsvctop: cut short here\n");
			kill(pid, SIGTERM);
		}
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	close(ends[0]);
}

bool outside_run(void *ctx, const char *line, struct buf *out)
{
	char *words[SPAWN_WORDS + 1], *copy = xstrdup(line);
	const struct command *command = spawn_split(copy, words) ? outside_command(words[0]) : NULL;
	struct arguments args = {.count = 0};

	if (command) {
		fill(&args, ctx, command, words);
		run(&args, out);
	}
	free(copy);
	return command != NULL;
}

void outside_complete(void *ctx, const char *line, struct buf *out)
{
	size_t len = strlen(line);

	(void)ctx;
	for (size_t i = 0; i < ARRAY_LEN(outside_commands); i++)
		if (!strncmp(outside_commands[i], line, len))
			buf_addf(out, "%s%s\n", outside_commands[i],
				 command_find(outside_commands[i])->words ? " " : "");
}
