#ifndef SVCTOP_TESTS_SUPPORT_RUN_H
#define SVCTOP_TESTS_SUPPORT_RUN_H

/* Runs a program to its end, without a terminal, and keeps what it printed. */

#include <stddef.h>

struct run {
	int status; /* exit code, or 128 + signal */
	char *out;  /* NUL-terminated */
	size_t out_len;
	char *err;
};

/*
 * argv is NULL-terminated; argv[0] is searched in PATH, "svctop" alone stands for the
 * program under test ($SVCTOP, else ./svctop). Standard input is empty. The environment
 * is the test's own.
 */
struct run run_program(const char *const argv[]);
void run_free(struct run *run);

#endif
