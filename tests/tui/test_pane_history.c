/*
 * The history pane over a made-up fleet with a made-up past, in a real terminal: this program
 * starts itself as the dashboard.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "core/mem.h"
#include "tests/support/dashboard.h"
#include "tests/support/fakefleet.h"
#include "tests/support/gitfix.h"
#include "tests/support/pastfix.h"
#include "tests/support/run.h"
#include "tui/app_history_internal.h"
#include "tui/app_internal.h"

#define SERVICES 24

/* ---- the dashboard ---- */

static int read_past(void *ctx, struct history_memory *memory, struct err *err)
{
	const struct fake_past *past = ctx;

	(void)err;
	memory->since = PAST_SINCE;
	memory->until = FAKE_NOW;
	for (size_t i = 0; i < past->count; i++)
		interval_merge_add(memory->merge, &past->intervals[i], false);
	return 0;
}

static int read_nothing(void *ctx, struct history_memory *memory, struct err *err)
{
	(void)ctx;
	(void)memory;
	(void)err;
	return 0;
}

static int read_in_vain(void *ctx, struct history_memory *memory, struct err *err)
{
	(void)ctx;
	(void)memory;
	return err_set(err, "/state/svctop.db", "free some space", "the disk is full");
}

static void add_strange(struct fake_past *past)
{
	struct interval *gap;

	fake_past_add(past, "checkout", "ci", STATUS_PASS, 100, 0)->until = FAKE_NOW - PAST_DAY;
	gap = fake_past_add(past, "checkout", "ci", STATUS_GAP, 1, 0);
	gap->opened =
	    fake_past_commit(past, "\033[31mEve\u202e", "日本語 \033]0;title\007 subject\nnext", 1);
	gap->owner = "acme/payments";
}

/* How the dashboard is to come by its past. */
static void give_past(struct app *app, const char *how, struct fake_past *past)
{
	if (!strcmp(how, "none"))
		app_history_source(app, NULL, NULL, "the folder /state cannot be written to");
	else if (!strcmp(how, "new"))
		app_history_source(app, read_nothing, NULL, NULL);
	else if (!strcmp(how, "reading")) {
		app_history_source(app, read_nothing, NULL, NULL);
		app_history_progress(app, true, 312, 1000);
	} else if (!strcmp(how, "failed"))
		app_history_source(app, read_in_vain, NULL, NULL);
	else {
		if (!strcmp(how, "strange"))
			add_strange(past);
		app_history_source(app, read_past, past, NULL);
	}
}

/* The fleet whose findings are as old as its past says. */
static struct fleet *make_fleet(const struct checklist *checklist, struct record *record,
				struct fake_past *past, size_t services)
{
	struct fleet *without = fake_fleet(checklist, services), *fleet = fleet_new(checklist);

	fake_past_make(past, without);
	fleet_free(without);
	for (size_t i = 0; i < past->count; i++)
		if (past->intervals[i].until == 0)
			record_learn(record, &past->intervals[i]);
	fleet_set_record(fleet, record);
	for (size_t i = 0; i < services; i++)
		fleet_apply(fleet, fake_checkout(checklist, i));
	fleet_settle(fleet, FAKE_NOW);
	return fleet;
}

/* --history HOW ascii|utf8 */
static int run(const char *how, bool ascii)
{
	static const char *const mine[] = {"payments"};
	struct checklist *checklist = checklist_builtin();
	struct record *record = record_new(checklist, NULL, NULL);
	struct fake_past past = {0};
	struct err err = {0};
	struct app_options options = {
	    .fleet = strcmp(how, "past")
			 ? fake_fleet(checklist, strcmp(how, "empty") ? SERVICES : 0)
			 : make_fleet(checklist, record, &past, SERVICES),
	    .record = record,
	    .now = FAKE_NOW,
	    .ascii = ascii,
	    .mine = mine,
	    .mine_count = 1,
	};
	struct app *app = app_start(&options, &err);
	int code = 2;

	if (app) {
		give_past(app, how, &past);
		while (!app->quit)
			app_step(app, -1);
		code = app->code;
		app_end(app);
	}
	err_clear(&err);
	fake_past_free(&past);
	fleet_free(options.fleet);
	record_free(record);
	checklist_free(checklist);
	return code;
}

static struct term *start(const char *how, int rows, int cols, bool ascii, const char *const env[])
{
	char self[PATH_MAX];
	const char *argv[] = {self, "--history", how, ascii ? "ascii" : "utf8", NULL};
	struct term *term;

	assert_non_null(realpath("/proc/self/exe", self));
	term = term_start((char *const *)argv, (char *const *)env, rows, cols);
	assert_true(term_expect(term, "services"));
	dashboard_keys(term, "b");
	return term;
}

static bool shows(struct term *term, const char *text)
{
	return term_find(term, text, NULL, NULL);
}

/* ---- what it says ---- */

static void better_or_worse_and_where_the_effort_should_go(void **state)
{
	struct term *term = start("past", 24, 80, false, NULL);

	(void)state;
	dashboard_shows(term, "svctop › history, 1 year");
	dashboard_shows(term, "64 gaps · ");
	dashboard_shows(term, "Better: 64 gaps open, 3 fewer than 4 weeks ago · tier 1: 18, ");
	dashboard_shows(term, "4 weeks: 3 closed, 0 opened · worst: lena 21, web 8, no owner 9");
	dashboard_shows(term, "── regressions, met before and lost since: 7 ─");
	dashboard_cursor_on(term, "77d 1 search-1      security-review ✗ open   abc0004 Ana Lima");
	dashboard_shows(term, "abc0004d00 Ana Lima 2026-09-02: search-1 security-review");
	dashboard_stop(term);
}

static void tables_in_turn(void **state)
{
	struct term *term = start("past", 24, 100, false, NULL);

	(void)state;
	dashboard_keys(term, "v");
	dashboard_shows(term, "── owners: 7 ─");
	dashboard_cursor_on(term, "lena ");
	dashboard_cursor_on(term, " 21 ███████▇▇▆▆▆    -18 ");
	dashboard_keys(term, "v");
	dashboard_shows(term, "── items: ");
	dashboard_cursor_on(term, "security-bugs ");
	dashboard_keys(term, "v");
	dashboard_shows(term, "── services: ");
	dashboard_keys(term, "v");
	dashboard_shows(term, "── closed: 57 ─");
	dashboard_cursor_on(term, "11d 1 search-1 ");
	dashboard_cursor_on(term, "719d+ ");
	dashboard_keys(term, "v");
	dashboard_shows(term, "── regressions");
	dashboard_keys(term, ":group items\r");
	dashboard_shows(term, "── items: ");
	dashboard_keys(term, ":group nonsense\r");
	dashboard_shows(term, "group regressions, owners, items, services or closed");
	dashboard_stop(term);
}

static void the_time_that_is_looked_at(void **state)
{
	struct term *term = start("past", 24, 80, false, NULL);

	(void)state;
	dashboard_shows(term, "2025-11-18 ");
	dashboard_keys(term, "z");
	dashboard_shows(term, "history, 2 years");
	dashboard_shows(term, "2024-11-18 ");
	dashboard_keys(term, "zz");
	dashboard_shows(term, "history, 3 months");
	dashboard_shows(term, "2026-08-19 ");
	dashboard_shows(term, "regressions, met before and lost since: 1 ");
	dashboard_keys(term, ":range 1y\r");
	dashboard_shows(term, "history, 1 year");
	dashboard_keys(term, ":range 9\r");
	dashboard_shows(term, "range 3mo, 1y, 2y or all");
	dashboard_stop(term);
}

/* ---- where it leads ---- */

static void a_regression_opens_its_item_and_yanks_its_commit(void **state)
{
	struct term *term = start("past", 24, 80, false, NULL);

	(void)state;
	term_mark(term);
	dashboard_keys(term, "y");
	dashboard_shows(term, "copied: abc0004d00000000000000000000000000000");
	assert_non_null(strstr(term_raw(term, NULL), "\033]52;c;YWJjMDAwNGQ"));
	dashboard_keys(term, "\r");
	dashboard_shows(term, "history, 1 year › search-1");
	dashboard_cursor_on(term, "security-review");
	dashboard_keys(term, "\033");
	dashboard_cursor_on(term, "77d 1 search-1");
	dashboard_stop(term);
}

static void from_owner_to_item_to_service(void **state)
{
	struct term *term = start("past", 24, 80, false, NULL);

	(void)state;
	dashboard_keys(term, "v\r");
	dashboard_shows(term, "/owner:lena");
	dashboard_shows(term, "21 gaps · ");
	dashboard_shows(term, "── items: ");
	dashboard_keys(term, "\r");
	dashboard_shows(term, "/owner:lena check:second-owner");
	dashboard_shows(term, "── services: ");
	dashboard_hides(term, "21 gaps · ");
	dashboard_keys(term, "\r");
	dashboard_hides(term, "── services: ");
	dashboard_shows(term, "history, 1 year › ");
	dashboard_keys(term, "q*");
	dashboard_shows(term, "64 gaps · ");
	dashboard_hides(term, "/owner:lena");
	dashboard_stop(term);
}

/* ---- scope ---- */

static void narrowed(void **state)
{
	struct term *term = start("past", 24, 80, false, NULL);

	(void)state;
	dashboard_keys(term, "1");
	dashboard_shows(term, "18 gaps · ");
	dashboard_shows(term, " tier 1");
	dashboard_keys(term, "0M");
	dashboard_shows(term, "5 gaps · ");
	dashboard_shows(term, " mine");
	dashboard_keys(term, "M/owner:sre tier:1\r");
	dashboard_shows(term, "3 gaps · ");
	dashboard_keys(term, "*/-owner:lena\r");
	dashboard_shows(term, "43 gaps · ");
	dashboard_keys(term, "*/lang:go\r");
	dashboard_shows(term,
			"'lang:' is not known here: the history knows owner: check: service:");
	dashboard_keys(term, "*/tier:7\r");
	dashboard_shows(term, "'7' is not a tier");
	dashboard_keys(term, "*/nobody has this name\r");
	dashboard_shows(term, "No gap passes the filter, now or before.");
	dashboard_keys(term, "\ryopv");
	dashboard_keys(term, "\033");
	dashboard_shows(term, "64 gaps · ");
	dashboard_stop(term);
}

/* ---- sizes and alphabets ---- */

/* The plot at 24x80: seven rows, after "120│", with 63 cells. */
static void cells_of_the_chart(void **state)
{
	struct term *term = start("past", 24, 80, false, NULL);
	struct term_cell cell;
	int row, col;

	(void)state;
	assert_true(term_find(term, "120│", &row, &col));
	assert_true(shows(term, "  60│"));
	/* All of tier 1 is at the bottom, from the left to the right. */
	for (int x = 4; x < 4 + 63; x++) {
		cell = term_cell(term, row + 6, col + x);
		assert_string_equal(cell.text, "⣿");
	}
	/* It went down: the top row is full at the left and empty at the right. */
	assert_string_equal(term_cell(term, row, col + 4).text, "⣶");
	assert_string_equal(term_cell(term, row, col + 60).text, "");
	assert_true(shows(term, "⣿ T1 18"));
	assert_true(shows(term, "⠁ T- 3"));
	dashboard_stop(term);
}

static void in_ascii(void **state)
{
	struct term *term = start("past", 24, 80, true, NULL);
	const char *screen;

	(void)state;
	assert_true(shows(term, " 120|4444"));
	assert_true(shows(term, "1 T1 18"));
	assert_true(shows(term, "3 T3 20"));
	assert_true(shows(term, "x open"));
	dashboard_keys(term, "v");
	assert_true(shows(term, " 21 #####"));
	screen = term_screen(term);
	for (; *screen; screen++)
		assert_true((unsigned char)*screen < 0x80);
	dashboard_stop(term);
}

/* The console's font has no braille: shades tell the tiers. */
static void on_a_console(void **state)
{
	static const char *const env[] = {"TERM=linux", NULL};
	struct term *term = start("past", 24, 80, false, env);

	(void)state;
	assert_true(shows(term, "120│░░░░"));
	assert_true(shows(term, "█ T1 18"));
	dashboard_keys(term, "v");
	assert_true(shows(term, " 21 ####"));
	dashboard_stop(term);
}

static void narrow(void **state)
{
	struct term *term = start("past", 12, 40, false, NULL);

	(void)state;
	assert_true(shows(term, "Better: 64 gaps, 3 fewer in 4 weeks"));
	assert_true(shows(term, " 1 year ███████▇▇"));
	assert_true(shows(term, "── regressions: 7 ─"));
	dashboard_cursor_on(term, "77d 1 search-1 ");
	dashboard_keys(term, "vG");
	assert_true(shows(term, "── owners: 7 ─"));
	dashboard_keys(term, "z");
	assert_true(shows(term, "2 years █"));
	dashboard_stop(term);
}

/* What there is to say where there is nothing is said whole on the narrowest screen. */
static void nothing_kept_at_40_columns(void **state)
{
	struct term *term = start("none", 12, 40, false, NULL);

	(void)state;
	assert_true(shows(term, "the folder /state cannot be written"));
	assert_true(shows(term, "commits and prints it."));
	dashboard_stop(term);
}

static void wide(void **state)
{
	struct term *term = start("past", 50, 170, false, NULL);

	(void)state;
	assert_true(shows(term, "── worst owners ─"));
	assert_true(shows(term, "── worst items ─"));
	assert_true(shows(term, "── at the cursor ─"));
	assert_true(shows(term, "│  abc0004d00 Ana Lima 2026-09-02: search-1 security-review"));
	dashboard_stop(term);
}

static void at_every_size(void **state)
{
	static const int sizes[][2] = {{12, 40},  {13, 300}, {20, 41}, {21, 139}, {24, 140},
				       {60, 200}, {100, 60}, {11, 39}, {24, 80}};
	struct term *term = start("past", 24, 80, false, NULL);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		term_resize(term, sizes[i][0], sizes[i][1]);
		dashboard_keys(term, "vjz");
	}
	dashboard_shows(term, "gaps open");
	dashboard_stop(term);
}

/* ---- ages elsewhere ---- */

static void ages_of_gaps(void **state)
{
	struct term *term = start("past", 30, 100, false, NULL);
	int old, young;

	(void)state;
	dashboard_keys(term, "a");
	dashboard_shows(term, "  AGE WHAT IS MISSING");
	dashboard_keys(term, "/service-that-is-not\r*/search-1\r");
	/* In a group the oldest comes first. */
	assert_true(term_find(term, " 730d+ ", &old, NULL));
	assert_true(term_find(term, "  77d ", &young, NULL));
	assert_true(old < young);
	assert_non_null(strstr(term_row(term, young), "security-review"));
	dashboard_keys(term, "*v/security-review\r");
	dashboard_shows(term, "gaps by item");
	assert_true(term_find(term, " 581d ", &old, NULL));
	assert_true(term_find(term, "  77d ", &young, NULL));
	assert_true(old < young);
	dashboard_stop(term);
}

static void age_and_commit_in_a_service(void **state)
{
	struct term *term = start("past", 30, 100, false, NULL);

	(void)state;
	dashboard_keys(term, "\r");
	dashboard_shows(term, "security-review      open 77d   ");
	dashboard_shows(term, "    since: abc0004 Ana Lima: Remove the old workflow");
	dashboard_stop(term);
	term = start("new", 30, 100, false, NULL);
	dashboard_keys(term, "a\r");
	dashboard_shows(term, "security-review      gap ");
	dashboard_stop(term);
}

static void weeks_in_the_tiers(void **state)
{
	struct term *term = start("past", 40, 120, false, NULL);

	(void)state;
	dashboard_keys(term, "t");
	dashboard_shows(term, " 12 WEEKS ");
	dashboard_shows(term, "TIER 1 Critical  0 of 4 reach it  18 gaps ██████████▇▇");
	dashboard_shows(term, " 1/4          3  ▇▇▇▇▇▇▇▇▇▇▇▇");
	dashboard_shows(term, " 4/4          0  ▃▃▃▃▃▃▃▃▃▃▁▁          CI runs");
	dashboard_stop(term);
	term = start("new", 40, 120, false, NULL);
	dashboard_keys(term, "t");
	dashboard_shows(term, "TIER 1 Critical");
	dashboard_hides(term, "12 WEEKS");
	dashboard_stop(term);
}

static void the_oldest_gap_of_each_service(void **state)
{
	struct term *term = start("past", 30, 120, false, NULL);

	(void)state;
	dashboard_keys(term, "s");
	dashboard_hides(term, "OLDEST");
	dashboard_keys(term, "Cjjjjjjjjjj");
	dashboard_shows(term, "▌[ ] oldest gap");
	dashboard_keys(term, " \033");
	dashboard_shows(term, " OLDEST");
	dashboard_shows(term, " 730d+");
	dashboard_stop(term);
}

static void without_colours(void **state)
{
	static const char *const env[] = {"NO_COLOR=1", NULL};
	struct term *term = start("past", 24, 80, false, env);

	(void)state;
	for (int row = 0; row < term_rows(term); row++)
		for (int col = 0; col < term_cols(term); col++)
			assert_int_equal(term_cell(term, row, col).fg.kind, TERM_COLOR_DEFAULT);
	assert_true(shows(term, "⣿ T1 18"));
	assert_true(shows(term, "✗ open"));
	dashboard_stop(term);
}

/* ---- from git to the screen ---- */

static struct term *open_store(const char *const argv[])
{
	struct term *term = term_start((char *const *)argv, NULL, 24, 100);

	assert_true(term_expect(term, "checkout"));
	assert_true(term_wait_gone(term, "git: reading", TERM_PATIENCE));
	return term;
}

/* What a real store has after `svctop history`. */
static void a_commit_that_lost_something(void **state)
{
	char *dir = gitfix_tmp(), *root = xasprintf("%s/src", dir);
	char *store = xasprintf("%s/svctop.db", dir);
	const char *history[] = {"svctop",  "history", "-q", "--since", "2y",
				 "--store", store,     root, NULL};
	const char *argv[] = {"svctop", "--store", store, root, NULL};
	struct gitfix *fix;
	struct run run;
	struct term *term;

	(void)state;
	assert_int_equal(mkdir(root, 0700), 0);
	fix = gitfix_new(root, "checkout");
	gitfix_time(fix, time(NULL) - 300 * PAST_DAY);
	gitfix_file(fix, "service.yml", "name: checkout\ntier: 3\nowners: [acme/payments]\n");
	gitfix_file(fix, "bin/setup", "#!/bin/sh\nmake build\n");
	gitfix_commit(fix, "Start");
	gitfix_time(fix, time(NULL) - 40 * PAST_DAY);
	gitfix_drop_file(fix, "bin/setup");
	gitfix_author(fix, "Mina", "mina@example.com");
	gitfix_commit(fix, "Tidy the root folder up");
	gitfix_free(fix);
	/* Once to make the store; then history in front, which in the background takes its time. */
	term = open_store(argv);
	dashboard_stop(term);
	run = run_program(history);
	assert_int_equal(run.status, 0);
	run_free(&run);
	term = open_store(argv);
	term_send(term, "b");
	dashboard_shows(term, "── regressions, met before and lost since: 1 ─");
	dashboard_cursor_on(term, "40d 3 checkout");
	dashboard_cursor_on(term, "dev-setup");
	dashboard_cursor_on(term, "Mina");
	dashboard_shows(term, "Tidy the root folder up");
	term_send(term, "a");
	dashboard_shows(term, "dev-setup               40d ");
	dashboard_stop(term);
	gitfix_rmtree(dir);
	free(store);
	free(root);
	free(dir);
}

/* ---- nothing to show ---- */

static void why_there_is_nothing(void **state)
{
	static const struct {
		const char *how, *text;
	} cases[] = {
	    {"none", "the folder /state cannot be written to"},
	    {"new", "`svctop history` works it out from the commits;"},
	    {"reading", "git's history is being read: 312 of 1000 checkouts"},
	    {"failed", "/state/svctop.db: the disk is full (free some space)"},
	    {"empty", "No services, so nothing has a history."},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct term *term = start(cases[i].how, 24, 80, false, NULL);

		dashboard_shows(term, cases[i].text);
		dashboard_keys(term, "jkG\ryopevz1M0/x\r*");
		dashboard_shows(term, cases[i].text);
		term_resize(term, 12, 40);
		dashboard_keys(term, "v");
		dashboard_stop(term);
	}
}

/* What a commit says is not obeyed by the terminal. */
static void hostile_subjects(void **state)
{
	struct term *term = start("strange", 24, 100, false, NULL);

	(void)state;
	term_mark(term);
	dashboard_keys(term, ":group regressions\r");
	dashboard_shows(term, "日本語");
	dashboard_shows(term, "[31mEve");
	assert_null(strstr(term_raw(term, NULL), "\033[31mEve"));
	assert_null(strstr(term_raw(term, NULL), "\033]0;"));
	assert_null(strstr(term_screen(term), "\u202e"));
	dashboard_stop(term);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(better_or_worse_and_where_the_effort_should_go),
	    cmocka_unit_test(tables_in_turn),
	    cmocka_unit_test(the_time_that_is_looked_at),
	    cmocka_unit_test(a_regression_opens_its_item_and_yanks_its_commit),
	    cmocka_unit_test(from_owner_to_item_to_service),
	    cmocka_unit_test(narrowed),
	    cmocka_unit_test(cells_of_the_chart),
	    cmocka_unit_test(in_ascii),
	    cmocka_unit_test(on_a_console),
	    cmocka_unit_test(narrow),
	    cmocka_unit_test(nothing_kept_at_40_columns),
	    cmocka_unit_test(wide),
	    cmocka_unit_test(at_every_size),
	    cmocka_unit_test(ages_of_gaps),
	    cmocka_unit_test(age_and_commit_in_a_service),
	    cmocka_unit_test(weeks_in_the_tiers),
	    cmocka_unit_test(the_oldest_gap_of_each_service),
	    cmocka_unit_test(without_colours),
	    cmocka_unit_test(a_commit_that_lost_something),
	    cmocka_unit_test(why_there_is_nothing),
	    cmocka_unit_test(hostile_subjects),
	};

	if (argc == 4 && !strcmp(argv[1], "--history"))
		return run(argv[2], !strcmp(argv[3], "ascii"));
	return cmocka_run_group_tests_name("pane_history", tests, NULL, NULL);
}
