/*
 * The past, worked out from git in the background: `svctop history` as a child of ours, which
 * writes into the same store.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/json_write.h"
#include "core/mem.h"
#include "tui/keeper_internal.h"

enum {
	HISTORY_DAY = DAY,   /* so old it may be while nothing is committed */
	HISTORY_HOUR = 3600, /* and when something is; also after a try that failed */
	HISTORY_YEAR = 366 * DAY,
	HISTORY_NICE = 10,
	MOST_WORDS = 16
};

/* When it must be worked out again. */

static bool same_roots(const struct keeper *keeper, const char *roots)
{
	const char *ours = keeper->covers + strcspn(keeper->covers, "\n") + 1;
	size_t len = strlen(ours), theirs = roots ? strlen(roots) : 0;

	len -= len && ours[len - 1] == '\n';
	theirs -= theirs && roots[theirs - 1] == '\n';
	return roots && len == theirs && !memcmp(ours, roots, len);
}

static bool is_due(const struct keeper *keeper)
{
	struct store_history history = {0};
	int64_t age;

	if (keeper->history_at && keeper->now - keeper->history_at < HISTORY_HOUR)
		return false;
	if (!store_get_history(keeper->store, &history) || !history.scanned_with ||
	    strcmp(history.scanned_with, keeper->scanned_with) != 0 ||
	    !same_roots(keeper, history.roots))
		return true;
	age = keeper->now - history.until;
	return age > (keeper->heads_moved ? HISTORY_HOUR : HISTORY_DAY) || age < -HISTORY_DAY;
}

/* The child */

static void add(char **words, size_t *count, const char *name, const char *value)
{
	if (!value)
		return;
	words[(*count)++] = (char *)name;
	words[(*count)++] = (char *)value;
}

/* A year, or as far back as somebody asked before: what is known stays known. */
static void choose_since(const struct keeper *keeper, char out[TIME_TEXT_MAX])
{
	struct store_history history = {0};

	snprintf(out, TIME_TEXT_MAX, "1y");
	if (store_get_history(keeper->store, &history) && history.since > 0 &&
	    history.since < keeper->now - HISTORY_YEAR && same_roots(keeper, history.roots))
		time_text(history.since, out);
}

static char **words_of(const struct keeper *keeper, const char *since)
{
	const struct cli *cli = keeper->cli;
	char **words = xcalloc(MOST_WORDS + cli->root_count, sizeof(*words));
	size_t count = 0;

	add(words, &count, "svctop", "history");
	words[count++] = (char *)"-q";
	add(words, &count, "--since", since);
	add(words, &count, "--config", cli->options.config);
	add(words, &count, "--checklist", cli->options.checklist);
	add(words, &count, "--store", keeper->url);
	words[count++] = (char *)"--";
	for (size_t i = 0; i < cli->root_count; i++)
		words[count++] = (char *)cli->roots[i];
	return words;
}

/* Between fork and exec: nothing but system calls. */
static _Noreturn void become(char *const *words, pid_t parent)
{
	struct sigaction standard = {.sa_handler = SIG_DFL};
	int null = open("/dev/null", O_RDWR);
	sigset_t none;

	setpgid(0, 0); /* the terminal's signals are not for it */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(1);
	for (int fd = 0; null >= 0 && fd < 3; fd++)
		dup2(null, fd);
	for (int number = 1; number < NSIG; number++)
		sigaction(number, &standard, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setpriority(PRIO_PROCESS, 0, HISTORY_NICE);
	execv("/proc/self/exe", words);
	_exit(127);
}

static void begin(struct keeper *keeper)
{
	char since[TIME_TEXT_MAX];
	char **words;
	pid_t parent = getpid(), pid;

	choose_since(keeper, since);
	words = words_of(keeper, since);
	pid = fork();

	if (!pid)
		become(words, parent);
	free(words);
	keeper->history_at = keeper->now;
	if (pid < 0)
		return;
	keeper->history = pid;
	keeper->heads_moved = false;
	keeper_watch(keeper);
}

static void reap(struct keeper *keeper)
{
	if (!keeper->history || !waitpid(keeper->history, NULL, WNOHANG))
		return;
	keeper->history = 0;
	if (!keeper->follows)
		keeper_unwatch(keeper);
}

void keeper_history_tick(struct keeper *keeper)
{
	reap(keeper);
	/* Who refreshes the store does it: one of us is enough. */
	if (keeper->history || !keeper->whole || !keeper_keeps(keeper) || !is_due(keeper))
		return;
	begin(keeper);
}

bool keeper_works_past(const struct keeper *keeper)
{
	return keeper->history != 0;
}

void keeper_history_end(struct keeper *keeper)
{
	if (!keeper->history)
		return;
	kill(keeper->history, SIGTERM);
	for (int i = 0; i < 40 && keeper->history; i++) {
		const struct timespec step = {.tv_nsec = 5 * MS};

		if (waitpid(keeper->history, NULL, WNOHANG))
			keeper->history = 0;
		else
			nanosleep(&step, NULL);
	}
	if (!keeper->history)
		return;
	kill(keeper->history, SIGKILL);
	while (waitpid(keeper->history, NULL, 0) < 0 && errno == EINTR)
		;
	keeper->history = 0;
}
