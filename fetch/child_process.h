#ifndef SVCTOP_FETCH_CHILD_PROCESS_H
#define SVCTOP_FETCH_CHILD_PROCESS_H

/*
 * Starting and ending processes of our own: this same binary, executed again with a
 * hidden argument by which main() knows its role, and one socket. Scanners, the courier
 * and the one that runs jq programs are such children.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "core/err.h"

#define CHILD_FD 3 /* the child's end of the socket */

struct child_options {
	const char *program;	  /* NULL: this one */
	const char *argument;	  /* the role */
	char *const *environment; /* NULL: nothing but a UTF-8 locale */
	const char *stderr_name;  /* with this variable set for us, it keeps our stderr */
	const char *what;	  /* for messages: "a scanner" */
};

/*
 * Executes the child in a process group of its own, without a terminal: input, output
 * and errors are /dev/null. Gives its process and our end of the socket, non-blocking.
 */
int child_spawn(const struct child_options *options, pid_t *pid, int *fd, struct err *err);

/*
 * Takes the end of a process whose socket is closed, for at most a moment, then with
 * SIGKILL. *why gets words for how it ended ("signal 11 (Segmentation fault)",
 * "exit code 1"), owned by the caller; why may be NULL.
 */
void child_reap(pid_t pid, bool kill_now, char **why);

/*
 * The same for one that ends by itself, and at once, when its socket closes: it is waited
 * for some milliseconds only.
 */
void child_quit(pid_t pid);

/*
 * The child's side, first thing: takes its name, ends with the process that started it, and
 * keeps no descriptor beyond CHILD_FD that was left open for it.
 */
void child_enter(const char *name);

#endif
