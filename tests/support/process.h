#ifndef SVCTOP_TESTS_SUPPORT_PROCESS_H
#define SVCTOP_TESTS_SUPPORT_PROCESS_H

/* Looks at processes through /proc. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Our children, at most max; how many. */
size_t process_children(pid_t *pids, size_t max);

/* Our child of that name (as prctl(PR_SET_NAME) set it); 0: none. */
pid_t process_child_named(const char *name);
/* The same for another's child. */
pid_t process_child_of(pid_t parent, const char *name);

/* Whether a process runs whose last word on the command line is this one. */
bool process_runs_with(const char *word);

/* Whether text stands in the command line of any process but our own. */
bool process_list_shows(const char *text);

/* Whether the process' memory or environment holds the text, which ends the test where we may not
 * look. What is mapped read-only is not looked at. */
bool process_holds(pid_t pid, const char *text);

#endif
