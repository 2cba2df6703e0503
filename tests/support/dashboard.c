#include "tests/support/dashboard.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fetch/child_process.h"
#include "fetch/courier.h"
#include "fetch/jq.h"
#include "fetch/scanner.h"
#include "tui/app.h"

#define APP_ARGUMENT "--dashboard"
#define NARROW	     60

/* --dashboard ROOT THEME */
static int run(const char *root, const char *theme)
{
	const char *const roots[] = {root};
	struct err err = {0};
	struct scanner_options scanning = {
	    .roots = roots, .root_count = 1, .now = DASHBOARD_NOW, .jobs = 1};
	struct checklist *checklist = checklist_builtin();
	struct scanner_pool *pool = scanner_pool_new(&scanning, &err);
	struct app_options options = {.fleet = fleet_new(checklist),
				      .pool = pool,
				      .roots = roots,
				      .root_count = 1,
				      .now = DASHBOARD_NOW,
				      .theme = *theme ? theme : NULL};
	int code = pool ? app_run(&options, &err) : 2;

	if (err.what)
		fprintf(stderr, "%s\n", err.what);
	err_clear(&err);
	scanner_pool_free(pool);
	fleet_free(options.fleet);
	checklist_free(checklist);
	return code;
}

int dashboard_child(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], SCANNER_ARGUMENT))
		return scanner_main(CHILD_FD);
	if (argc == 2 && !strcmp(argv[1], COURIER_ARGUMENT))
		return courier_main(CHILD_FD);
	if (argc == 2 && !strcmp(argv[1], JQ_ARGUMENT))
		return jq_main(CHILD_FD);
	if (argc == 4 && !strcmp(argv[1], APP_ARGUMENT))
		return run(argv[2], argv[3]);
	return -1;
}

struct term *dashboard_start_as(const char *root, int rows, int cols, const char *theme,
				const char *const env[])
{
	char self[PATH_MAX];
	const char *argv[] = {self, APP_ARGUMENT, root, theme ? theme : "", NULL};
	struct term *term;

	assert_non_null(realpath("/proc/self/exe", self));
	/* A narrow screen has no room for what tells that all is read. */
	if (cols < NARROW)
		term = term_start((char *const *)argv, (char *const *)env, 24, 80);
	else
		term = term_start((char *const *)argv, (char *const *)env, rows, cols);
	assert_true(term_wait_gone(term, "git: reading", TERM_PATIENCE));
	assert_true(term_expect(term, "git 0"));
	if (cols < NARROW)
		term_resize(term, rows, cols);
	assert_true(term_wait_quiet(term, 60, TERM_PATIENCE));
	return term;
}

struct term *dashboard_start(const char *root, int rows, int cols)
{
	return dashboard_start_as(root, rows, cols, NULL, NULL);
}

void dashboard_keys(struct term *term, const char *keys)
{
	term_send(term, keys);
	assert_true(term_wait_quiet(term, 80, TERM_PATIENCE));
}

void dashboard_stop(struct term *term)
{
	term_send(term, "Q");
	assert_int_equal(term_wait_exit(term, TERM_PATIENCE), 0);
	assert_null(term_unrestored(term));
	term_free(term);
}

void dashboard_shows(struct term *term, const char *text)
{
	if (term_wait_text(term, text, TERM_PATIENCE))
		return;
	term_dump(term);
	fail_msg("'%s' is not on the screen", text);
}

void dashboard_hides(struct term *term, const char *text)
{
	if (term_wait_gone(term, text, TERM_PATIENCE))
		return;
	term_dump(term);
	fail_msg("'%s' is on the screen", text);
}

const char *dashboard_cursor(struct term *term)
{
	int row;

	return term_find(term, "▌", &row, NULL) ? term_row(term, row) : "";
}

static bool is_on(struct term *term, void *text)
{
	return strstr(dashboard_cursor(term), text);
}

void dashboard_cursor_on(struct term *term, const char *text)
{
	if (term_wait(term, is_on, (void *)text, TERM_PATIENCE))
		return;
	term_dump(term);
	fail_msg("the cursor is not on '%s'", text);
}

void dashboard_cursor_to(struct term *term, const char *text, const char *key)
{
	for (int i = 0; i < 80 && !strstr(dashboard_cursor(term), text); i++)
		dashboard_keys(term, key);
	if (strstr(dashboard_cursor(term), text))
		return;
	term_dump(term);
	fail_msg("the cursor does not come to '%s'", text);
}
