#ifndef SVCTOP_TUI_CRASH_H
#define SVCTOP_TUI_CRASH_H

/*
 * The terminal is given back even when the program crashes: SEGV, BUS, FPE, ILL and
 * ABRT write a fixed string and the terminal's first settings, then happen as they
 * would have.
 */

#include <stdbool.h>

struct crash;

/* Remembers how the terminal is now, before curses touches it. One at a time. */
struct crash *crash_guard(int in, int out);

/* While somebody else has the terminal there is nothing to restore. */
void crash_quiet(struct crash *crash, bool quiet);

/* Gives the signals back and the settings, in case curses did not. NULL is allowed. */
void crash_release(struct crash *crash);

/* ^Z, ^S, ^Q, ^V and ^O are keys like others; ^C stays the terminal's, so that it always ends us.
 */
void crash_own_keys(void);

#endif
