#ifndef SVCTOP_TESTS_SUPPORT_DASHBOARD_H
#define SVCTOP_TESTS_SUPPORT_DASHBOARD_H

/*
 * The dashboard over real repositories, in a terminal of a test. The test program is
 * all three: the test, the dashboard it starts in a pty, and that one's scanners; so
 * sanitizers see them all.
 *
 *	int main(int argc, char **argv)
 *	{
 *		int code = dashboard_child(argc, argv);
 *		if (code >= 0)
 *			return code;
 *		return cmocka_run_group_tests(...);
 *	}
 */

#include <stdint.h>

#include "tests/support/term.h"

/* What the dashboard takes for now: ten days after gitfix's first commit. */
#define DASHBOARD_NOW INT64_C(1768089600)

/* Runs as the dashboard or as a scanner when started as one: the exit code, else -1. */
int dashboard_child(int argc, char **argv);

/*
 * Opens it over root and waits until all is read. theme NULL: the default one; env as
 * term_start() has it.
 */
struct term *dashboard_start(const char *root, int rows, int cols);
struct term *dashboard_start_as(const char *root, int rows, int cols, const char *theme,
				const char *const env[]);

/* Types keys and waits until the screen rests. */
void dashboard_keys(struct term *term, const char *keys);

/* Leaves it: it must end with 0 and the terminal must be as it was. */
void dashboard_stop(struct term *term);

/* Text must be on the screen, or not, before patience ends; the screen on stderr otherwise. */
void dashboard_shows(struct term *term, const char *text);
void dashboard_hides(struct term *term, const char *text);

/* The row that the cursor is on; "" when there is none. */
const char *dashboard_cursor(struct term *term);

/* The cursor's row must have text; the second one types key until it has. */
void dashboard_cursor_on(struct term *term, const char *text);
void dashboard_cursor_to(struct term *term, const char *text, const char *key);

#endif
