#include "tui/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"

enum { MAX_OTHERS = 256 };

static const int caught[] = {SIGWINCH, SIGTSTP, SIGCONT, SIGTERM, SIGHUP, SIGINT, SIGQUIT};

struct loop {
	int tty;
	int pipe[2];
	int end_signal;
	struct sigaction before[ARRAY_LEN(caught)];
	struct sigaction before_pipe;
	struct pollfd fds[MAX_OTHERS + 2];
};

/* All that a signal handler can reach: the pipe's writing end. */
static volatile sig_atomic_t signal_fd = -1;

static void on_signal(int number)
{
	int saved = errno;
	unsigned char byte = (unsigned char)number;
	if (signal_fd >= 0 && write(signal_fd, &byte, 1) < 0) {
		/* the pipe is full: enough to wake up on is in it */
	}
	errno = saved;
}

static int set_flags(int fd)
{
	return fcntl(fd, F_SETFL, O_NONBLOCK) < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ? -1 : 0;
}

struct loop *loop_new(int tty, struct err *err)
{
	struct loop *loop = xcalloc(1, sizeof(*loop));
	loop->tty = tty;
	if (pipe(loop->pipe) < 0 || set_flags(loop->pipe[0]) < 0 || set_flags(loop->pipe[1]) < 0) {
		err_set(err, NULL, NULL, "cannot make a pipe: %s", strerror(errno));
		free(loop);
		return NULL;
	}
	signal_fd = loop->pipe[1];
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	sigfillset(&action.sa_mask);
	for (size_t i = 0; i < ARRAY_LEN(caught); i++)
		sigaction(caught[i], &action, &loop->before[i]);
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	sigaction(SIGPIPE, &ignore, &loop->before_pipe);
	return loop;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	for (size_t i = 0; i < ARRAY_LEN(caught); i++)
		sigaction(caught[i], &loop->before[i], NULL);
	sigaction(SIGPIPE, &loop->before_pipe, NULL);
	signal_fd = -1;
	close(loop->pipe[0]);
	close(loop->pipe[1]);
	free(loop);
}

static unsigned read_signals(struct loop *loop)
{
	unsigned char numbers[64];
	unsigned what = 0;
	for (ssize_t got; (got = read(loop->pipe[0], numbers, sizeof(numbers))) > 0;)
		for (ssize_t i = 0; i < got; i++)
			switch (numbers[i]) {
			case SIGWINCH:
				what |= LOOP_RESIZE;
				break;
			case SIGTSTP:
				what |= LOOP_STOP;
				break;
			case SIGCONT:
				what |= LOOP_CONTINUE;
				break;
			default:
				/* Who takes SIGHUP for something else must not miss the end. */
				if (!loop->end_signal || loop->end_signal == SIGHUP)
					loop->end_signal = numbers[i];
				what |= LOOP_END;
			}
	return what;
}

unsigned loop_wait(struct loop *loop, struct pollfd *others, size_t count, int timeout_ms)
{
	if (count > MAX_OTHERS)
		count = MAX_OTHERS;
	loop->fds[0] = (struct pollfd){.fd = loop->pipe[0], .events = POLLIN};
	loop->fds[1] = (struct pollfd){.fd = loop->tty, .events = POLLIN};
	if (count > 0)
		memcpy(&loop->fds[2], others, count * sizeof(*others));
	int ready = poll(loop->fds, count + 2, timeout_ms);
	if (ready == 0 || (ready < 0 && errno != EINTR))
		return 0;
	unsigned what = read_signals(loop);
	if (ready < 0)
		return what;
	if (loop->fds[1].revents & (POLLHUP | POLLERR | POLLNVAL))
		what |= LOOP_HANGUP;
	else if (loop->fds[1].revents & POLLIN)
		what |= LOOP_KEYS;
	for (size_t i = 0; i < count; i++) {
		others[i].revents = loop->fds[i + 2].revents;
		if (others[i].revents)
			what |= LOOP_OTHERS;
	}
	return what;
}

void loop_suspend(void)
{
	struct sigaction ours, stop = {.sa_handler = SIG_DFL};
	sigaction(SIGTSTP, &stop, &ours);
	kill(0, SIGTSTP);
	sigaction(SIGTSTP, &ours, NULL);
}

int loop_signal(const struct loop *loop)
{
	return loop->end_signal;
}
