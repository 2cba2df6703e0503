#ifndef SVCTOP_FETCH_SANDBOX_H
#define SVCTOP_FETCH_SANDBOX_H

/*
 * What a scanner gives up before it reads the first byte of a repository: the
 * network, new processes, every write, and all files outside the roots. Landlock
 * (Linux 5.13) and a seccomp deny-list (libseccomp); where the system has neither,
 * the scanner works without and says so.
 */

#include <stddef.h>

/*
 * Cannot be undone. Files below roots stay readable, nothing else. level, of size
 * bytes, gets what was reached, for people: "landlock 7, seccomp", "seccomp",
 * "none: ...". Roots that do not exist are passed over.
 */
void sandbox_enter(const char *const *roots, size_t root_count, char *level, size_t size);

#endif
