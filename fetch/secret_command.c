#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/text.h"
#include "fetch/child_process.h"
#include "fetch/secret_internal.h"

#define COMMAND_MS     10000
#define LINE_SHOWN     200
#define SCRUB_AT_LEAST 4 /* shorter outputs are in every sentence */

extern char **environ;

static int spawn(const struct secret_command *command, int out, int complaints, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	/* A session of its own has no terminal, and a group that can be ended as a whole. */
	short flags = POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
	sigset_t none, all;
	int failed = 0;

	sigemptyset(&none);
	sigfillset(&all);
	sigdelset(&all, SIGKILL);
	sigdelset(&all, SIGSTOP);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	failed |= posix_spawnattr_setflags(&attributes, flags);
	failed |= posix_spawnattr_setsigmask(&attributes, &none);
	failed |= posix_spawnattr_setsigdefault(&attributes, &all);
	failed |= posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	failed |= posix_spawn_file_actions_adddup2(&actions, out, 1);
	failed |= posix_spawn_file_actions_adddup2(&actions, complaints, 2);
	/* The socket to the face is ours alone. */
	failed |= posix_spawn_file_actions_addclosefrom_np(&actions, 3);
	if (!failed)
		failed = posix_spawnp(pid, command->words[0], &actions, &attributes,
				      (char *const *)command->words, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return failed;
}

int secret_command_start(struct secret_command *command, int64_t now_ms)
{
	int out[2], complaints[2], error;

	command->out = command->complaints = command->ended = -1;
	if (pipe2(out, O_CLOEXEC))
		return errno;
	if (pipe2(complaints, O_CLOEXEC)) {
		error = errno;
		close(out[0]);
		close(out[1]);
		return error;
	}
	error = spawn(command, out[1], complaints[1], &command->pid);
	close(out[1]);
	close(complaints[1]);
	if (error) {
		command->pid = 0;
		close(out[0]);
		close(complaints[0]);
		return error;
	}
	command->out = out[0];
	command->complaints = complaints[0];
	fcntl(command->out, F_SETFL, O_NONBLOCK);
	fcntl(command->complaints, F_SETFL, O_NONBLOCK);
	command->deadline_ms = now_ms + COMMAND_MS;
#ifdef SYS_pidfd_open
	command->ended = (int)syscall(SYS_pidfd_open, command->pid, 0);
#endif
	return 0;
}

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void secret_command_end(struct secret_command *command)
{
	close_end(&command->out);
	close_end(&command->complaints);
	close_end(&command->ended);
	if (!command->pid)
		return;
	kill(-command->pid, SIGKILL);
	child_reap(command->pid, true, NULL);
	command->pid = 0;
}

/* False: nothing more comes. */
static bool read_output(struct secret_command *command)
{
	ssize_t n;

	while (command->len < sizeof(command->output)) {
		n = read(command->out, command->output + command->len,
			 sizeof(command->output) - command->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 && errno == EAGAIN;
		command->len += (size_t)n;
	}
	command->too_much = true;
	return false;
}

static bool read_complaints(struct secret_command *command)
{
	char chunk[COMPLAINT_MAX];
	ssize_t n;

	for (;;) {
		size_t len, over;

		n = read(command->complaints, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 && errno == EAGAIN;
		len = (size_t)n;
		over = command->complaint_len + len > COMPLAINT_MAX
			   ? command->complaint_len + len - COMPLAINT_MAX
			   : 0;
		memmove(command->complaint, command->complaint + over,
			command->complaint_len - over);
		command->complaint_len -= over;
		memcpy(command->complaint + command->complaint_len, chunk, len);
		command->complaint_len += len;
	}
}

bool secret_command_service(struct secret_command *command, int64_t now_ms)
{
	/* Asked first: what it wrote before it ended is read below. Others that it left running may
	 * hold its output for ever. */
	bool ended = waitpid(command->pid, &command->status, WNOHANG) != 0;

	if (command->out >= 0 && !read_output(command))
		close_end(&command->out);
	if (command->complaints >= 0 && !read_complaints(command))
		close_end(&command->complaints);
	if (ended)
		command->pid = 0;
	else if (!command->too_much && now_ms < command->deadline_ms)
		return false;
	else
		command->timed_out = !command->too_much;
	secret_command_end(command);
	return true;
}

/* Some programs repeat on stderr what they print, or the part of it that is the secret. */
static bool repeats_output(const struct secret_command *command, const char *text)
{
	const char *at = command->output, *end = at + command->len;

	for (const char *next; at < end; at = next + 1) {
		size_t len;

		next = memchr(at, '\n', (size_t)(end - at));
		if (!next)
			next = end;
		len = (size_t)(next - at);
		while (len && strchr("\r\t ", at[len - 1]))
			len--;
		if (len >= SCRUB_AT_LEAST && memmem(text, strlen(text), at, len))
			return true;
	}
	return false;
}

const char *secret_command_complaint(const struct secret_command *command, struct arena *arena)
{
	const char *end = command->complaint + command->complaint_len, *start;
	struct buf line = {0};
	const char *shown;
	char *copy;

	while (end > command->complaint && strchr("\r\n \t", end[-1]))
		end--;
	for (start = end; start > command->complaint && start[-1] != '\n'; start--)
		continue;
	copy = arena_memdup0(arena, start, (size_t)(end - start));
	if (repeats_output(command, copy))
		return "";
	text_sanitise(&line, copy, strlen(copy), 0);
	shown = arena_memdup0(arena, buf_str(&line), line.len < LINE_SHOWN ? line.len : LINE_SHOWN);
	buf_free(&line);
	return shown;
}
