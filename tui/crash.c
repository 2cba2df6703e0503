#include "tui/crash.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "core/mem.h"

static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

struct crash {
	int in, out;
	bool cooked_known;
	struct termios cooked;
	volatile sig_atomic_t quiet;
	struct sigaction before[ARRAY_LEN(fatal)];
	stack_t stack_before;
	void *stack;
};

/* All that a signal handler can reach. */
static struct crash *volatile guarded;

/* End of a synchronized update, mouse and paste off, cursor on, plain text, first screen. */
static const char restore[] = "\033[?2026l\033[?1006l\033[?1002l\033[?1000l\033[?2004l"
			      "\033[?1l\033>\033[0m\033[?1049l\033[?25h";

/* Only async-signal-safe calls; SA_RESETHAND made the signal's own effect the next one. */
static void on_crash(int number)
{
	struct crash *crash = guarded;
	if (crash && !crash->quiet) {
		if (write(crash->out, restore, sizeof(restore) - 1) < 0) {
			/* nothing more can be done */
		}
		if (crash->cooked_known)
			tcsetattr(crash->in, TCSANOW, &crash->cooked);
	}
	raise(number);
}

struct crash *crash_guard(int in, int out)
{
	enum { STACK = 64 * 1024 };
	struct crash *crash = xcalloc(1, sizeof(*crash));
	crash->in = in;
	crash->out = out;
	crash->cooked_known = tcgetattr(in, &crash->cooked) == 0;
	crash->stack = xmalloc(STACK);
	stack_t stack = {.ss_sp = crash->stack, .ss_size = STACK};
	sigaltstack(&stack, &crash->stack_before);
	guarded = crash;
	struct sigaction action = {.sa_handler = on_crash, .sa_flags = SA_RESETHAND | SA_ONSTACK};
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < ARRAY_LEN(fatal); i++)
		sigaction(fatal[i], &action, &crash->before[i]);
	return crash;
}

void crash_quiet(struct crash *crash, bool quiet)
{
	crash->quiet = quiet;
}

void crash_release(struct crash *crash)
{
	if (!crash)
		return;
	for (size_t i = 0; i < ARRAY_LEN(fatal); i++)
		sigaction(fatal[i], &crash->before[i], NULL);
	guarded = NULL;
	sigaltstack(&crash->stack_before, NULL);
	if (crash->cooked_known)
		tcsetattr(crash->in, TCSADRAIN, &crash->cooked);
	free(crash->stack);
	free(crash);
}

void crash_own_keys(void)
{
	struct termios tty;
	if (tcgetattr(STDIN_FILENO, &tty) < 0)
		return;
	tty.c_iflag &= ~(tcflag_t)(IXON | IXOFF);
	tty.c_cc[VSUSP] = _POSIX_VDISABLE;
#ifdef VLNEXT
	tty.c_cc[VLNEXT] = _POSIX_VDISABLE;
#endif
#ifdef VDISCARD
	tty.c_cc[VDISCARD] = _POSIX_VDISABLE;
#endif
	tcsetattr(STDIN_FILENO, TCSANOW, &tty);
}
