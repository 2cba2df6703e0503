#include "fetch/child_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

#include "core/mem.h"

#define REAP_STEPS   20
#define REAP_STEP_NS 5000000
#define QUIT_STEPS   20
#define QUIT_STEP_NS 1000000

/* The path of this program; the link itself where the file was replaced since. */
static char *own_program(void)
{
	static const char self[] = "/proc/self/exe";
	char path[4096];
	ssize_t len = readlink(self, path, sizeof(path) - 1);

	if (len <= 0)
		return xstrdup(self);
	path[len] = '\0';
	return xstrdup(access(path, X_OK) == 0 ? path : self);
}

static int prepare(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes, int socket,
		   const char *stderr_name)
{
	sigset_t none, all;
	/* A group of its own: Ctrl-C is for the face, which then closes the sockets. */
	short flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
	int failed = 0;

	sigemptyset(&none);
	sigfillset(&all);
	sigdelset(&all, SIGKILL);
	sigdelset(&all, SIGSTOP);
	failed |= posix_spawnattr_setflags(attributes, flags);
	failed |= posix_spawnattr_setpgroup(attributes, 0);
	failed |= posix_spawnattr_setsigmask(attributes, &none);
	failed |= posix_spawnattr_setsigdefault(attributes, &all);
	failed |= posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
	failed |= posix_spawn_file_actions_addopen(actions, 1, "/dev/null", O_WRONLY, 0);
	/* What it reads must not reach the terminal past our filter. */
	if (!stderr_name || !getenv(stderr_name))
		failed |= posix_spawn_file_actions_addopen(actions, 2, "/dev/null", O_WRONLY, 0);
	failed |= posix_spawn_file_actions_adddup2(actions, socket, CHILD_FD);
	return failed;
}

static int spawn(const struct child_options *options, const char *program, int socket, pid_t *pid)
{
	char name[] = "svctop", locale[] = "LC_ALL=C.UTF-8";
	char *argument = xstrdup(options->argument);
	char *const argv[] = {name, argument, NULL};
	char *const bare[] = {locale, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int error;

	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	error = prepare(&actions, &attributes, socket, options->stderr_name);
	if (!error)
		error = posix_spawn(pid, program, &actions, &attributes, argv,
				    options->environment ? options->environment : bare);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	free(argument);
	return error;
}

/* A socket numbered CHILD_FD would keep its close-on-exec flag through dup2(). */
static int moved_up(int fd)
{
	int moved = fd;

	if (fd <= CHILD_FD) {
		moved = fcntl(fd, F_DUPFD_CLOEXEC, CHILD_FD + 1);
		close(fd);
	}
	return moved;
}

int child_spawn(const struct child_options *options, pid_t *pid, int *fd, struct err *err)
{
	char *path = options->program ? xstrdup(options->program) : own_program();
	int ends[2], error;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)) {
		free(path);
		return err_set(err, NULL, "raise the limit of open files (ulimit -n)",
			       "cannot open a socket for %s: %s", options->what, strerror(errno));
	}
	ends[0] = moved_up(ends[0]);
	ends[1] = moved_up(ends[1]);
	error = ends[0] < 0 || ends[1] < 0 ? EMFILE : spawn(options, path, ends[1], pid);
	if (ends[1] >= 0)
		close(ends[1]);
	if (error) {
		if (ends[0] >= 0)
			close(ends[0]);
		err_set(err, path, NULL, "cannot start %s: %s", options->what, strerror(error));
		free(path);
		return -1;
	}
	free(path);
	fcntl(ends[0], F_SETFL, fcntl(ends[0], F_GETFL) | O_NONBLOCK);
	*fd = ends[0];
	return 0;
}

static char *ending(int status)
{
	if (WIFSIGNALED(status))
		return xasprintf("signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
	return xasprintf("exit code %d", WEXITSTATUS(status));
}

void child_reap(pid_t pid, bool kill_now, char **why)
{
	const struct timespec step = {.tv_nsec = REAP_STEP_NS};
	pid_t got = 0;
	int status = 0;

	for (int i = 0; i < REAP_STEPS && !kill_now; i++) {
		got = waitpid(pid, &status, WNOHANG);
		if (got)
			break;
		nanosleep(&step, NULL);
	}
	if (!got) {
		kill(pid, SIGKILL);
		/* One that the kernel holds in a dead file system does not end: leave it to init.
		 */
		for (int i = 0; i < REAP_STEPS && !got; i++) {
			got = waitpid(pid, &status, WNOHANG);
			if (!got)
				nanosleep(&step, NULL);
		}
	}
	if (why)
		*why = got == pid ? ending(status) : xstrdup("no answer to SIGKILL");
}

void child_quit(pid_t pid)
{
	const struct timespec step = {.tv_nsec = QUIT_STEP_NS};

	for (int i = 0; i < QUIT_STEPS; i++) {
		if (waitpid(pid, NULL, WNOHANG))
			return;
		nanosleep(&step, NULL);
	}
	child_reap(pid, true, NULL);
}

void child_enter(const char *name)
{
#ifdef __linux__
	prctl(PR_SET_NAME, name);
	/* Between jobs the socket says that the other side is gone; a long job does not look. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
#ifdef SYS_close_range
	syscall(SYS_close_range, CHILD_FD + 1, ~0u, 0);
#endif
#else
	(void)name;
#endif
}
