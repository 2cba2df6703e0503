#ifndef SVCTOP_TUI_SPAWN_H
#define SVCTOP_TUI_SPAWN_H

/* Other programs: an editor in our place, a browser beside us. Never through a shell. */

#include "core/err.h"

enum { SPAWN_WORDS = 16 };

/*
 * Splits a command of the environment ("code -w") at blanks into at most SPAWN_WORDS
 * words, in place; the array ends with NULL. Returns how many.
 */
int spawn_split(char *command, char *words[SPAWN_WORDS + 1]);

/* Runs argv in the foreground and waits; its exit code, -1 when it could not be started. */
int spawn_wait(char *const argv[], struct err *err);

/* Starts argv apart from the terminal and forgets it; -1 when it could not be started. */
int spawn_apart(char *const argv[], struct err *err);

#endif
