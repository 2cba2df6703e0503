#ifndef SVCTOP_TESTS_SUPPORT_DAEMON_H
#define SVCTOP_TESTS_SUPPORT_DAEMON_H

/*
 * svctop running beside the test, what it says on stderr in a file. It ends with the test,
 * however that ends.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct daemon;

/* dir: where the file may be; argv: as run_program() takes it, "svctop" first. */
struct daemon *daemon_start(const char *dir, const char *const argv[]);
/* SIGKILL where it still runs; NULL is allowed. */
void daemon_free(struct daemon *daemon);

pid_t daemon_pid(const struct daemon *daemon);

/* What it has said so far; valid until the next call. */
const char *daemon_said(struct daemon *daemon);
/* Waits until text stands there, count times; false: not within so many seconds, or it ended. */
bool daemon_says(struct daemon *daemon, const char *text, size_t count, int seconds);

/* Sends a signal (0: none) and waits for the end; the exit code, 128 + N where signal N killed it,
 * -1: it did not end within so many seconds. */
int daemon_end(struct daemon *daemon, int signal, int seconds);

#endif
