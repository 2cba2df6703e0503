#include "tests/support/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/mem.h"

enum { STEP_MS = 20 };

struct daemon {
	pid_t pid; /* 0: it has ended */
	int code;
	int fd;
	struct buf said;
};

static void run_child(const char *const argv[], int fd, pid_t parent)
{
	const char *program = argv[0];
	int null = open("/dev/null", O_RDWR);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(126);
	if (!strcmp(program, "svctop"))
		program = getenv("SVCTOP") ? getenv("SVCTOP") : "./svctop";
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(fd, 2) < 0)
		_exit(126);
	execvp(program, (char *const *)(uintptr_t)argv);
	_exit(127);
}

struct daemon *daemon_start(const char *dir, const char *const argv[])
{
	struct daemon *daemon = xcalloc(1, sizeof(*daemon));
	char *path = xasprintf("%s/stderr-XXXXXX", dir);
	pid_t parent = getpid();

	daemon->fd = mkostemp(path, O_CLOEXEC | O_APPEND);
	if (daemon->fd < 0) {
		perror(path);
		abort();
	}
	free(path);
	daemon->pid = fork();
	if (daemon->pid == 0)
		run_child(argv, daemon->fd, parent);
	if (daemon->pid < 0) {
		perror("fork");
		abort();
	}
	return daemon;
}

void daemon_free(struct daemon *daemon)
{
	if (!daemon)
		return;
	daemon_end(daemon, SIGKILL, 30);
	close(daemon->fd);
	buf_free(&daemon->said);
	free(daemon);
}

pid_t daemon_pid(const struct daemon *daemon)
{
	return daemon->pid;
}

const char *daemon_said(struct daemon *daemon)
{
	char chunk[4096];
	ssize_t got;

	while ((got = pread(daemon->fd, chunk, sizeof(chunk), (off_t)daemon->said.len)) > 0)
		buf_add(&daemon->said, chunk, (size_t)got);
	return buf_str(&daemon->said);
}

static size_t occurrences(const char *text, const char *of)
{
	size_t count = 0;

	for (; (text = strstr(text, of)); text += strlen(of))
		count++;
	return count;
}

static bool has_ended(struct daemon *daemon)
{
	int status;

	if (daemon->pid && waitpid(daemon->pid, &status, WNOHANG) == daemon->pid) {
		daemon->pid = 0;
		daemon->code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	}
	return !daemon->pid;
}

bool daemon_says(struct daemon *daemon, const char *text, size_t count, int seconds)
{
	for (int ms = 0; ms < seconds * 1000; ms += STEP_MS) {
		bool ended = has_ended(daemon);

		if (occurrences(daemon_said(daemon), text) >= count)
			return true;
		if (ended)
			break;
		poll(NULL, 0, STEP_MS);
	}
	fprintf(stderr, "\"%s\" is not among:\n%s", text, daemon_said(daemon));
	return false;
}

int daemon_end(struct daemon *daemon, int signal, int seconds)
{
	if (daemon->pid && signal)
		kill(daemon->pid, signal);
	for (int ms = 0; !has_ended(daemon) && ms < seconds * 1000; ms += STEP_MS)
		poll(NULL, 0, STEP_MS);
	return daemon->pid ? -1 : daemon->code;
}
