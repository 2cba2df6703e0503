#ifndef SVCTOP_TUI_LOOP_H
#define SVCTOP_TUI_LOOP_H

/*
 * Waiting: the terminal, the scanners' sockets, signals (by a self-pipe, so that they
 * arrive like everything else), and a time limit. Nothing to do means no wake-up.
 */

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

enum {
	LOOP_KEYS = 1,	   /* the terminal has input */
	LOOP_RESIZE = 2,   /* SIGWINCH */
	LOOP_STOP = 4,	   /* SIGTSTP from outside */
	LOOP_CONTINUE = 8, /* SIGCONT */
	LOOP_END = 16,	   /* SIGTERM, SIGHUP, SIGINT, SIGQUIT: loop_signal() says which */
	LOOP_HANGUP = 32,  /* the terminal is gone */
	LOOP_OTHERS = 64,  /* one of the other descriptors is ready */
};

struct loop;

/* tty: descriptor to read keys from, -1: none. One loop a process: it takes the signals over. */
struct loop *loop_new(int tty, struct err *err);
/* Gives the signals back. NULL is allowed. */
void loop_free(struct loop *loop);

/*
 * Waits for anything of the above, at most timeout_ms (-1: without end), and returns
 * what happened. others: more descriptors to poll; their revents are filled.
 */
unsigned loop_wait(struct loop *loop, struct pollfd *others, size_t count, int timeout_ms);

/* Stops the whole process group as ^Z of a terminal does; returns when it goes on. */
void loop_suspend(void);

/* The number of the signal that asked to end, 0: none did. */
int loop_signal(const struct loop *loop);

#endif
