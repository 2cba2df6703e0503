#include "tui/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/mem.h"

int spawn_split(char *command, char *words[SPAWN_WORDS + 1])
{
	int count = 0;
	char *save = NULL;
	for (char *word = strtok_r(command, " \t", &save); word && count < SPAWN_WORDS;
	     word = strtok_r(NULL, " \t", &save))
		words[count++] = word;
	words[count] = NULL;
	return count;
}

static void default_signals(void)
{
	static const int signals[] = {SIGINT,  SIGQUIT, SIGTSTP, SIGTERM, SIGHUP,
				      SIGPIPE, SIGXFSZ, SIGCONT, SIGWINCH};
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		signal(signals[i], SIG_DFL);
}

/* In the child: runs argv, or tells the parent errno through the pipe, which exec closes. */
static _Noreturn void become(char *const argv[], int report)
{
	default_signals();
	execvp(argv[0], argv);
	int reason = errno;
	if (write(report, &reason, sizeof(reason)) < 0)
		_exit(126);
	_exit(127);
}

static void detach(void)
{
	int null = open("/dev/null", O_RDWR);
	setsid();
	for (int fd = 0; null >= 0 && fd < 3; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
	if (fork() > 0) /* nobody has to wait for the one that goes on */
		_exit(0);
}

static pid_t start(char *const argv[], bool apart, struct err *err)
{
	int report[2], reason = 0;
	if (pipe2(report, O_CLOEXEC) < 0)
		return err_set(err, argv[0], NULL, "cannot be started: %s", strerror(errno));
	pid_t pid = fork();
	if (pid == 0) {
		if (apart)
			detach();
		become(argv, report[1]);
	}
	close(report[1]);
	bool failed = pid >= 0 && read(report[0], &reason, sizeof(reason)) == sizeof(reason);
	close(report[0]);
	if (pid < 0)
		reason = errno;
	if (pid >= 0 && !failed)
		return pid;
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return err_set(err, argv[0], NULL, "cannot be started: %s", strerror(reason));
}

static int wait_for(pid_t pid)
{
	int status;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int spawn_wait(char *const argv[], struct err *err)
{
	/* ^C and ^\ in the editor are the editor's. */
	struct sigaction ignore = {.sa_handler = SIG_IGN}, before[2];
	sigaction(SIGINT, &ignore, &before[0]);
	sigaction(SIGQUIT, &ignore, &before[1]);
	pid_t pid = start(argv, false, err);
	int code = pid < 0 ? -1 : wait_for(pid);
	sigaction(SIGINT, &before[0], NULL);
	sigaction(SIGQUIT, &before[1], NULL);
	return code;
}

int spawn_apart(char *const argv[], struct err *err)
{
	pid_t pid = start(argv, true, err);
	return pid < 0 ? -1 : wait_for(pid) < 0 ? -1 : 0;
}
