/*
 * The dashboard and its memory: what the last run knew is there at once, what changed since is
 * found, what happens to the store does not touch the screen. This program is the test, the
 * dashboards it starts in a terminal, their scanners, and what they start for the past.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/fleet_recall.h"
#include "core/json_write.h"
#include "core/mem.h"
#include "core/store.h"
#include "tests/support/dashboard.h"
#include "tests/support/gitfix.h"
#include "tests/support/run.h"
#include "tests/support/term.h"
#include "tui/app_internal.h"

#define RUN "--remembering"

/* The dashboard: RUN ROOT STORE SCANNER; SCANNER "-": this program */

static void cli_of(struct cli *cli, const char *root, const char *store)
{
	*cli = (struct cli){.program = "svctop", .options = {.store = store, .fail_on = 4}};
	cli->config = config_default();
	cli->checklist = checklist_builtin();
	cli->roots = xcalloc(1, sizeof(*cli->roots));
	cli->roots[0] = xstrdup(root);
	cli->root_count = 1;
}

struct memory {
	struct cli cli;
	struct fleet *fleet;
	struct scanner_pool *pool;
	struct keeper *keeper;
	struct app_options options;
};

static void memory_open(struct memory *memory, const char *root, const char *store,
			const char *scanner)
{
	struct keeper_options keeping = {
	    .cli = &memory->cli, .access = STORE_WRITE, .now = (int64_t)time(NULL)};
	struct scanner_options scanning = {.root_count = 1,
					   .now = keeping.now,
					   .jobs = 1,
					   .dependencies = DEPENDENCIES_DIRECT,
					   .program = scanner};

	cli_of(&memory->cli, root, store);
	scanning.roots = memory->cli.roots;
	scanning.checklist = memory->cli.checklist->text;
	scanning.checklist_len = memory->cli.checklist->text_len;
	memory->pool = scanner_pool_new(&scanning, NULL);
	memory->fleet = fleet_new(memory->cli.checklist);
	memory->keeper = keeper_new(&keeping);
	memory->options = (struct app_options){.fleet = memory->fleet,
					       .pool = memory->pool,
					       .keeper = memory->keeper,
					       .roots = memory->cli.roots,
					       .root_count = 1};
}

static void memory_close(struct memory *memory)
{
	keeper_free(memory->keeper);
	scanner_pool_free(memory->pool);
	fleet_free(memory->fleet);
	cli_forget_files(&memory->cli);
}

static int run_dashboard(char **argv)
{
	struct memory memory;
	struct err err = {0};
	int code;

	signal(SIGXFSZ, SIG_IGN); /* as on a full disk, writes just fail */
	memory_open(&memory, argv[2], argv[3], strcmp(argv[4], "-") ? argv[4] : NULL);
	code = app_run(&memory.options, &err);
	err_clear(&err);
	memory_close(&memory);
	return code;
}

/* What is started for the past: it leaves in the folder of the store since when that was wanted. */
static int run_history(int argc, char **argv)
{
	const char *store = NULL, *since = "";
	char *path, *new;
	FILE *file;

	for (int i = 1; i + 1 < argc; i++) {
		if (!strcmp(argv[i], "--store"))
			store = argv[i + 1];
		if (!strcmp(argv[i], "--since"))
			since = argv[i + 1];
	}
	if (!store)
		return 1;
	path = xasprintf("%s.history", store);
	new = xasprintf("%s.new", path);
	file = fopen(new, "we");
	if (file) {
		fputs(since, file);
		fclose(file);
		rename(new, path);
	}
	free(path);
	free(new);
	return 0;
}

/* The test's side */

struct fix {
	char *dir, *root, *store;
	struct gitfix *pay, *search;
};

static void set_tier(struct gitfix *repository, const char *name, int tier, const char *message)
{
	char *text = xasprintf("name: %s\ntier: %d\nowner: acme/shop\n", name, tier);

	gitfix_file(repository, "service.yml", text);
	gitfix_time(repository, (int64_t)time(NULL) - 60);
	gitfix_commit(repository, message);
	free(text);
}

static int set_up(void **state)
{
	struct fix *fix = xcalloc(1, sizeof(*fix));

	fix->dir = gitfix_tmp();
	fix->root = xasprintf("%s/src", fix->dir);
	fix->store = xasprintf("%s/state/svctop.db", fix->dir);
	assert_int_equal(mkdir(fix->root, 0700), 0);
	fix->pay = gitfix_new(fix->root, "pay");
	fix->search = gitfix_new(fix->root, "search");
	set_tier(fix->pay, "pay", 2, "Pay begins");
	set_tier(fix->search, "search", 3, "Search begins");
	*state = fix;
	return 0;
}

static int tear_down(void **state)
{
	struct fix *fix = *state;

	gitfix_free(fix->pay);
	gitfix_free(fix->search);
	gitfix_rmtree(fix->dir);
	free(fix->dir);
	free(fix->root);
	free(fix->store);
	free(fix);
	return 0;
}

static struct term *start(const struct fix *fix, const char *store, const char *scanner)
{
	char self[PATH_MAX];
	const char *argv[] = {self, RUN, fix->root, store, scanner ? scanner : "-", NULL};

	assert_non_null(realpath("/proc/self/exe", self));
	return term_start((char *const *)argv, NULL, 24, 100);
}

/* A run that reads everything, and leaves. */
static void run_once(const struct fix *fix)
{
	struct term *term = start(fix, fix->store, NULL);

	dashboard_shows(term, "search");
	dashboard_shows(term, "git ");
	dashboard_hides(term, "reading");
	dashboard_stop(term);
}

/* A program that is started as a scanner and never says anything. */
static char *mute_scanner(const struct fix *fix)
{
	char *path = xasprintf("%s/mute", fix->dir);

	gitfix_write(fix->dir, "mute", "#!/bin/sh\nexec sleep 1000\n");
	assert_int_equal(chmod(path, 0700), 0);
	return path;
}

/* Starting */

static void test_the_last_fleet_is_there_without_scanners(void **state)
{
	struct fix *fix = *state;
	char *mute = mute_scanner(fix);
	struct term *term;

	run_once(fix);
	term = start(fix, fix->store, mute);
	dashboard_shows(term, "pay");
	dashboard_shows(term, "search");
	dashboard_shows(term, "git now, reading");
	/* its evidence as well: nothing of it had to be read again */
	dashboard_cursor_to(term, "pay", "j");
	dashboard_keys(term, "\r");
	dashboard_shows(term, "TIER 2");
	dashboard_hides(term, "its evidence is being read");
	dashboard_keys(term, "q");
	dashboard_stop(term);
	free(mute);
}

static void test_what_changed_meanwhile_is_found(void **state)
{
	struct fix *fix = *state;
	struct gitfix *third;
	struct term *term;

	run_once(fix);
	set_tier(fix->pay, "wallet", 1, "Pay is the wallet now");
	third = gitfix_new(fix->root, "third");
	set_tier(third, "third", 4, "One more");
	gitfix_rmtree(gitfix_path(fix->search));
	term = start(fix, fix->store, NULL);
	dashboard_shows(term, "wallet");
	dashboard_shows(term, "third");
	dashboard_hides(term, "search");
	dashboard_stop(term);
	/* and this is what is known from then on */
	term = start(fix, fix->store, NULL);
	dashboard_shows(term, "wallet");
	assert_false(term_find(term, "search", NULL, NULL));
	dashboard_stop(term);
	gitfix_free(third);
}

static void test_one_that_is_damaged_is_read_again(void **state)
{
	struct fix *fix = *state;
	struct term *term;

	run_once(fix);
	gitfix_write(fix->dir, "state/svctop.db", "this is no database, whatever its name says");
	term = start(fix, fix->store, NULL);
	dashboard_shows(term, "pay");
	dashboard_shows(term, "search");
	dashboard_stop(term);
}

/* Nothing is kept */

static bool is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

static void test_none_keeps_nothing(void **state)
{
	struct fix *fix = *state;
	char *folder = xasprintf("%s/state", fix->dir);
	struct term *term = start(fix, "none", NULL);

	dashboard_shows(term, "pay");
	dashboard_hides(term, "reading");
	assert_false(term_find(term, "not kept", NULL, NULL)); /* it was asked for */
	dashboard_stop(term);
	assert_false(is_there(folder));
	free(folder);
}

static void play(const struct fix *fix, bool store)
{
	char *script = xasprintf("%s/script", fix->dir), *state = xasprintf("%s/xdg", fix->dir);
	const char *argv[] = {"svctop",
			      "--script",
			      script,
			      store ? "--store" : "--utc",
			      store ? fix->store : fix->root,
			      fix->root,
			      NULL};
	struct run run;

	gitfix_write(fix->dir, "script", "wait pay\nidle\n");
	setenv("XDG_STATE_HOME", state, 1);
	run = run_program(argv);
	assert_string_equal(run.err, "");
	assert_int_equal(run.status, 0);
	run_free(&run);
	free(script);
	free(state);
}

static void test_scripts_keep_nothing_unless_asked(void **state)
{
	struct fix *fix = *state;
	char *kept = xasprintf("%s/xdg/svctop/svctop.db", fix->dir);

	play(fix, false);
	assert_false(is_there(kept));
	assert_false(is_there(fix->store));
	play(fix, true);
	assert_false(is_there(kept));
	assert_true(is_there(fix->store));
	free(kept);
}

static void test_no_place_for_it(void **state)
{
	struct fix *fix = *state;
	char *store = xasprintf("%s/file/below/svctop.db", fix->dir);
	struct term *term;

	gitfix_write(fix->dir, "file", "a file where a folder should be");
	term = start(fix, store, NULL);
	dashboard_shows(term, "nothing is kept: ");
	dashboard_shows(term, "pay");
	dashboard_shows(term, "not kept");
	dashboard_keys(term, "j");
	dashboard_stop(term);
	free(store);
}

/* The disk is full for a while: said once, kept in memory, and written when there is room. */
static void test_full_disk(void **state)
{
	struct fix *fix = *state;
	struct rlimit before, none = {0, 0};
	struct term *term;

	run_once(fix);
	term = start(fix, fix->store, NULL);
	dashboard_shows(term, "search");
	dashboard_hides(term, "reading");
	assert_true(term_wait_quiet(term, 300, TERM_PATIENCE));
	assert_int_equal(prlimit(term_pid(term), RLIMIT_FSIZE, NULL, &before), 0);
	none.rlim_max = before.rlim_max;
	assert_int_equal(prlimit(term_pid(term), RLIMIT_FSIZE, &none, NULL), 0);
	set_tier(fix->pay, "wallet", 1, "Pay is the wallet now");
	dashboard_keys(term, "r");
	dashboard_shows(term, "wallet");
	dashboard_shows(term, "not kept");
	assert_int_equal(prlimit(term_pid(term), RLIMIT_FSIZE, &before, NULL), 0);
	dashboard_hides(term, "not kept");
	dashboard_stop(term);
	term = start(fix, fix->store, NULL);
	dashboard_shows(term, "wallet");
	dashboard_stop(term);
}

/* Two of them */

static void test_the_second_follows_the_first(void **state)
{
	struct fix *fix = *state;
	struct term *first = start(fix, fix->store, NULL), *second;

	dashboard_shows(first, "search");
	dashboard_hides(first, "reading");
	assert_true(term_wait_quiet(first, 300, TERM_PATIENCE));
	second = start(fix, fix->store, NULL);
	dashboard_shows(second, "search");
	dashboard_shows(second, "other svctop");
	set_tier(fix->pay, "wallet", 1, "Pay is the wallet now");
	dashboard_keys(first, "r");
	dashboard_shows(first, "wallet");
	dashboard_shows(second, "wallet");
	/* whoever kept it is gone: nothing is lost, and the next one keeps it */
	kill(term_pid(first), SIGKILL);
	term_free(first);
	dashboard_keys(second, "j");
	dashboard_stop(second);
	first = start(fix, fix->store, NULL);
	dashboard_shows(first, "wallet");
	assert_false(term_find(first, "other svctop", NULL, NULL));
	dashboard_stop(first);
}

/* Whoever opens a service before everything is read sees its evidence nevertheless. */
static size_t evidence_of(struct app *app, const char *name)
{
	const struct fleet *fleet = app_fleet(app);
	const struct service *service = fleet_at(fleet, (size_t)fleet_find(fleet, name));
	size_t count = 0;

	for (size_t i = 0; i < fleet_checklist(fleet)->check_count; i++)
		count += service->findings[i].evidence_count;
	return count;
}

static void test_what_is_opened_is_read_first(void **state)
{
	struct fix *fix = *state;
	const struct target target = {.service = "pay"};
	struct memory memory;
	struct app *app;

	run_once(fix);
	memory_open(&memory, fix->root, fix->store, NULL);
	memory.options.headless = true;
	app = app_start(&memory.options, NULL);
	assert_non_null(app);
	assert_true(fleet_is_recalled(memory.fleet));
	assert_int_equal(evidence_of(app, "pay"), 0);
	assert_true(app_open(app, PANE_SERVICE, &target));
	assert_true(fleet_is_recalled(memory.fleet));
	assert_int_not_equal(evidence_of(app, "pay"), 0);
	assert_int_equal(evidence_of(app, "search"), 0);
	app_end(app);
	memory_close(&memory);
}

/* Once a minute: without a terminal, so that the minute can be made to pass */

static void step_until(struct app *app, bool (*done)(struct app *app, void *arg), void *arg)
{
	time_t end = time(NULL) + TERM_PATIENCE / 1000;

	while (!done(app, arg)) {
		assert_true(time(NULL) < end);
		app_step(app, 20);
	}
}

static bool has_service(struct app *app, void *arg)
{
	int32_t at = fleet_find(app_fleet(app), arg);

	return at >= 0 && !strcmp(fleet_at(app_fleet(app), (size_t)at)->name, arg);
}

static bool rests(struct app *app, void *arg)
{
	(void)arg;
	return !app_busy(app) && app->read_at != 0;
}

static void let_a_minute_pass(struct app *app)
{
	app->looked_at_ms -= 60 * 1000;
}

static struct app *start_here(struct memory *memory, const struct fix *fix)
{
	struct app *app;

	memory_open(memory, fix->root, fix->store, NULL);
	memory->options.headless = true;
	app = app_start(&memory->options, NULL);
	assert_non_null(app);
	app_memory_begin(app);
	return app;
}

static void test_looks_once_a_minute(void **state)
{
	struct fix *fix = *state;
	struct memory memory;
	struct app *app = start_here(&memory, fix);

	step_until(app, rests, NULL);
	assert_true(has_service(app, (void *)"pay"));
	set_tier(fix->pay, "wallet", 1, "Pay is the wallet now");
	app_step(app, 0);
	assert_false(app->looking);
	let_a_minute_pass(app);
	step_until(app, has_service, (void *)"wallet");
	app_end(app);
	memory_close(&memory);
}

static bool has_problem(struct app *app, void *arg)
{
	(void)arg;
	return rests(app, NULL) && app->problems;
}

static bool lacks_service(struct app *app, void *arg)
{
	return !has_service(app, arg);
}

/* What is below a root that cannot be read for now is not gone; one that is deleted is. */
static void test_what_is_missed_is_walked_for(void **state)
{
	struct fix *fix = *state;
	struct memory memory;
	struct app *app = start_here(&memory, fix);
	char *aside = xasprintf("%s.aside", fix->root), *search = xasprintf("%s/search", fix->root);

	step_until(app, rests, NULL);
	assert_int_equal(rename(fix->root, aside), 0);
	let_a_minute_pass(app);
	step_until(app, has_problem, NULL);
	assert_true(has_service(app, (void *)"pay"));
	assert_true(has_service(app, (void *)"search"));
	assert_int_equal(rename(aside, fix->root), 0);
	gitfix_rmtree(search);
	app_refresh(app);
	step_until(app, rests, NULL);
	assert_true(has_service(app, (void *)"pay"));
	assert_true(lacks_service(app, (void *)"search"));
	app_end(app);
	memory_close(&memory);
	free(aside);
	free(search);
}

static bool has_past(struct app *app, void *arg)
{
	(void)app;
	return is_there(arg);
}

static void expect_since(const char *path, const char *since)
{
	size_t len;
	char *said = cli_read_file(path, 100, &len, NULL);

	assert_non_null(said);
	assert_string_equal(said, since);
	free(said);
}

static void test_the_past_is_worked_out_behind(void **state)
{
	struct fix *fix = *state;
	char *said = xasprintf("%s.history", fix->store);
	struct memory memory;
	struct app *app = start_here(&memory, fix);

	step_until(app, has_past, said);
	app_end(app);
	memory_close(&memory);
	expect_since(said, "1y");
	free(said);
}

/* Somebody asked for more than a year before: it is worked out anew as far back. */
static void test_a_longer_past_stays(void **state)
{
	struct fix *fix = *state;
	char *said = xasprintf("%s.history", fix->store), since[TIME_TEXT_MAX];
	struct store_history longer = {.since = (int64_t)time(NULL) - INT64_C(800) * 86400,
				       .until = (int64_t)time(NULL) - INT64_C(3) * 86400,
				       .scanned_with = "x",
				       .roots = fix->root};
	struct store_options options = {
	    .url = fix->store, .access = STORE_SHARED, .command = "test", .version = "1"};
	struct memory memory;
	struct store *store;
	struct app *app;

	run_once(fix);
	unlink(said);
	store = store_open(&options, NULL);
	assert_non_null(store);
	assert_int_equal(store_put_history(store, &longer, NULL, 0, NULL), 0);
	store_close(store);
	app = start_here(&memory, fix);
	step_until(app, has_past, said);
	app_end(app);
	memory_close(&memory);
	expect_since(said, time_text(longer.since, since));
	free(said);
}

static void find_change(void *ctx, const struct interval *interval, enum interval_origin origin)
{
	int *found = ctx;

	(void)origin;
	if (interval->until && interval->closed.kind == CAUSE_COMMIT && interval->closed.subject &&
	    !strcmp(interval->closed.subject, "Set up with devbox"))
		++*found;
}

/* What changes while it is open is kept with the commit that did it. */
static void test_commits_are_the_cause(void **state)
{
	struct fix *fix = *state;
	struct store_options options = {
	    .url = fix->store, .access = STORE_READ, .version = VERSION, .now = time(NULL)};
	struct store_scope scope = {.service = "pay"};
	struct memory memory;
	struct app *app = start_here(&memory, fix);
	struct store *store;
	int found = 0;

	step_until(app, rests, NULL);
	gitfix_file(fix->pay, "devbox.json", "{\"packages\": [\"go@1.22\"]}\n");
	gitfix_commit(fix->pay, "Set up with devbox");
	let_a_minute_pass(app);
	app_step(app, 0);
	assert_true(app->looking);
	while (app->looking)
		app_step(app, 20);
	step_until(app, rests, NULL);
	app_end(app);
	memory_close(&memory);
	store = store_open(&options, NULL);
	assert_non_null(store);
	assert_int_equal(store_intervals(store, &scope, find_change, &found, NULL), 0);
	assert_int_not_equal(found, 0);
	store_close(store);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_the_last_fleet_is_there_without_scanners, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(test_what_changed_meanwhile_is_found, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(test_one_that_is_damaged_is_read_again, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(test_none_keeps_nothing, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_scripts_keep_nothing_unless_asked, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(test_no_place_for_it, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_full_disk, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_the_second_follows_the_first, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_what_is_opened_is_read_first, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_looks_once_a_minute, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_what_is_missed_is_walked_for, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_the_past_is_worked_out_behind, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_a_longer_past_stays, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_commits_are_the_cause, set_up, tear_down),
	};
	int code = dashboard_child(argc, argv);

	if (code >= 0)
		return code;
	if (argc > 1 && !strcmp(argv[1], "history"))
		return run_history(argc, argv);
	if (argc == 5 && !strcmp(argv[1], RUN))
		return run_dashboard(argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
