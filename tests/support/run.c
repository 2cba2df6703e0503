#include "tests/support/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/buf.h"

static void die(const char *what)
{
	perror(what);
	abort();
}

static void run_child(const char *const argv[], int out, int err)
{
	const char *program = argv[0];
	int null = open("/dev/null", O_RDONLY);

	if (strcmp(program, "svctop") == 0)
		program = getenv("SVCTOP") ? getenv("SVCTOP") : "./svctop";
	if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		_exit(126);
	execvp(program, (char *const *)(uintptr_t)argv);
	dprintf(2, "%s: %s\n", program, strerror(errno));
	_exit(127);
}

/* Reads both pipes until both ends are closed. */
static void collect(int out_fd, int err_fd, struct buf *out, struct buf *err)
{
	struct pollfd fds[2] = {{.fd = out_fd, .events = POLLIN}, {.fd = err_fd, .events = POLLIN}};
	struct buf *const bufs[2] = {out, err};
	char bytes[65536];

	while (fds[0].fd >= 0 || fds[1].fd >= 0) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			die("poll");
		for (int i = 0; i < 2; i++) {
			ssize_t n;

			if (fds[i].fd < 0 || !fds[i].revents)
				continue;
			n = read(fds[i].fd, bytes, sizeof(bytes));
			if (n > 0) {
				buf_add(bufs[i], bytes, (size_t)n);
			} else {
				close(fds[i].fd);
				fds[i].fd = -1;
			}
		}
	}
}

struct run run_program(const char *const argv[])
{
	struct run run = {0};
	struct buf out = {0}, err = {0};
	int out_pipe[2], err_pipe[2], status;
	pid_t pid;

	if (pipe2(out_pipe, O_CLOEXEC) < 0 || pipe2(err_pipe, O_CLOEXEC) < 0)
		die("pipe2");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0)
		run_child(argv, out_pipe[1], err_pipe[1]);
	close(out_pipe[1]);
	close(err_pipe[1]);
	collect(out_pipe[0], err_pipe[0], &out, &err);
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	run.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	run.out_len = out.len;
	run.out = buf_detach(&out);
	run.err = buf_detach(&err);
	return run;
}

void run_free(struct run *run)
{
	free(run->out);
	free(run->err);
	memset(run, 0, sizeof(*run));
}
