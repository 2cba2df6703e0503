#ifndef SVCTOP_FETCH_SCANNER_PROCESS_H
#define SVCTOP_FETCH_SCANNER_PROCESS_H

/* Starting and ending one scanner process, on the face's side. */

#include <stdbool.h>
#include <sys/types.h>

#include "core/err.h"

/* The hidden argument by which main() knows that it is a scanner; its socket is SCANNER_FD. */
#define SCANNER_ARGUMENT "--scanner-child"
#define SCANNER_FD	 3

/*
 * Executes program (NULL: this one) as a scanner, with an empty environment but for
 * a UTF-8 locale. Gives its process and our end of the socket, non-blocking.
 */
int scanner_spawn(const char *program, pid_t *pid, int *fd, struct err *err);

/*
 * Takes the end of a process whose socket is closed, for at most a moment, then with
 * SIGKILL. *why gets words for how it ended ("signal 11 (Segmentation fault)",
 * "exit code 1"), owned by the caller; why may be NULL.
 */
void scanner_reap(pid_t pid, bool kill_now, char **why);

#endif
