/* --at: the fleet as it was, from the commits of then. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/store.h"
#include "tests/support/gitfix.h"
#include "tests/support/run.h"

#define DAY	INT64_C(86400)
#define MARCH_1 INT64_C(1772323200) /* 2026-03-01 */
#define MAY_1	INT64_C(1777593600) /* 2026-05-01 */

static const char list_text[] =
    "schema: 1\n"
    "name: test\n"
    "checks:\n"
    "  - {id: readme, tier: 4, title: R, why: w, close: add one,\n"
    "     pass: {files: [README.md]}}\n"
    "  - {id: watched, tier: 4, title: W, why: w, close: watch it, source: monitoring,\n"
    "     pass: {signal: alert}, absent: no-source}\n"
    "  - {id: docs, tier: 4, title: D, why: w, close: write some,\n"
    "     pass: {files: [docs/*.md]}}\n";

struct fixture {
	char *dir, *home, *list;
	char *second; /* id of pay's second commit */
};

static const char waived[] =
    "name: pay\ntier: 2\nowners: [acme/pay]\n"
    "waivers:\n  - {check: docs, reason: soon, by: Ann, until: 2026-04-01}\n";

/* pay has its README from March 10 on, and lost it on April 20; web began on April 1. */
static int set_up(void **state)
{
	struct fixture *fix = xcalloc(1, sizeof(*fix));
	struct gitfix *repo;

	fix->dir = gitfix_tmp();
	fix->home = gitfix_tmp();
	fix->list = xasprintf("%s/list.yml", fix->home);
	gitfix_write(fix->home, "list.yml", list_text);
	repo = gitfix_new(fix->dir, "pay");
	gitfix_time(repo, MARCH_1);
	gitfix_file(repo, "service.yml", waived);
	gitfix_commit(repo, "Describe it");
	gitfix_time(repo, MARCH_1 + 9 * DAY + 36000);
	gitfix_file(repo, "README.md", "# Read me\n");
	fix->second = xstrdup(gitfix_commit(repo, "Explain it"));
	gitfix_tag(repo, "v1.0", NULL);
	gitfix_time(repo, MAY_1 - 11 * DAY);
	gitfix_drop_file(repo, "README.md");
	gitfix_commit(repo, "Lose it");
	gitfix_free(repo);
	repo = gitfix_new(fix->dir, "web");
	gitfix_time(repo, MARCH_1 + 31 * DAY);
	gitfix_file(repo, "service.yml", "name: web\ntier: 3\nowners: [acme/web]\n");
	gitfix_file(repo, "README.md", "# Web\n");
	gitfix_commit(repo, "Begin");
	gitfix_free(repo);
	setenv("XDG_CONFIG_HOME", fix->home, 1);
	setenv("XDG_STATE_HOME", fix->home, 1);
	setenv("XDG_CACHE_HOME", fix->home, 1);
	setenv("HOME", fix->home, 1);
	unsetenv("SVCTOP_CONFIG");
	setenv("LC_ALL", "C.UTF-8", 1);
	*state = fix;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fix = *state;

	gitfix_rmtree(fix->dir);
	gitfix_rmtree(fix->home);
	free(fix->dir);
	free(fix->home);
	free(fix->list);
	free(fix->second);
	free(fix);
	return 0;
}

/* svctop COMMAND --at AT --checklist LIST OPTION=VALUE DIR; extra NULL: no such option. */
static struct run svctop(const struct fixture *fix, const char *command, const char *at,
			 const char *extra)
{
	const char *argv[] = {
	    "svctop", command, "--at", at, "--checklist", fix->list, extra ? extra : "--verbose",
	    fix->dir, NULL};

	return run_program(argv);
}

/* What `check` says as of then: texts on stdout, NULL after the last. */
static void expect(const struct fixture *fix, const char *at, int status, const char *const texts[])
{
	struct run run = svctop(fix, "check", at, "--format=json");

	if (run.status != status)
		fail_msg("--at %s: exit code %d, not %d\n%s%s", at, run.status, status, run.out,
			 run.err);
	for (size_t i = 0; texts[i]; i++) {
		bool absent = *texts[i] == '!';

		if (!strstr(run.out, texts[i] + absent) != absent)
			fail_msg("--at %s: %s\n%s", at, texts[i], run.out);
	}
	run_free(&run);
}

/* The status of a check of pay. */
static void expect_status(const struct fixture *fix, const char *at, const char *check,
			  const char *status)
{
	const char *argv[] = {"svctop",	  "check",	  "--at",	   at,	      "--checklist",
			      fix->list,  "--format=csv", "--service=pay", "--check", check,
			      "--status", status,	  fix->dir,	   NULL};
	struct run run = run_program(argv);
	char *cell = xasprintf(",%s,", status);

	if (!strstr(run.out, cell))
		fail_msg("--at %s: %s is not %s\n%s%s", at, check, status, run.out, run.err);
	free(cell);
	run_free(&run);
}

static void a_date_reads_the_commits_of_then(void **state)
{
	const struct fixture *fix = *state;

	expect_status(fix, "2026-03-05", "readme", "gap");
	/* A day counts to its end; a time to the second, in UTC or in its zone. */
	expect_status(fix, "2026-03-09", "readme", "gap");
	expect_status(fix, "2026-03-10", "readme", "pass");
	expect_status(fix, "2026-03-10T09:59", "readme", "gap");
	expect_status(fix, "2026-03-10T10:00", "readme", "pass");
	expect_status(fix, "2026-03-10T11:59+02:00", "readme", "gap");
	expect_status(fix, "2026-03-10T12:00+02:00", "readme", "pass");
	expect_status(fix, "2026-04-25", "readme", "gap");
}

static void the_data_says_as_of_when(void **state)
{
	const struct fixture *fix = *state;
	char *head = xasprintf("\"head\": \"%s\"", fix->second);

	expect(fix, "2026-03-12T08:00Z", 0,
	       (const char *const[]){"\"as_of\": \"2026-03-12T08:00:00Z\"", head,
				     "!\"generated_at\": \"2026-03", "\"status\": \"waived\"",
				     "not known of the past", NULL});
	free(head);
}

static void waivers_are_those_of_then(void **state)
{
	const struct fixture *fix = *state;

	expect_status(fix, "2026-03-31", "docs", "waived");
	expect_status(fix, "2026-04-05", "docs", "gap");
}

static void what_did_not_exist_is_left_out(void **state)
{
	const struct fixture *fix = *state;
	struct run run = svctop(fix, "services", "2026-03-15", "--format=csv");

	assert_int_equal(run.status, 0);
	assert_non_null(strstr(run.out, "pay"));
	assert_null(strstr(run.out, "web"));
	assert_non_null(strstr(run.err, "1 checkout did not exist at 2026-03-15 23:59Z"));
	run_free(&run);
	run = svctop(fix, "services", "2026-03-15", "--quiet");
	assert_string_equal(run.err, "");
	assert_memory_equal(run.out, "As of 2026-03-15 23:59Z\n", 24);
	run_free(&run);
	run = svctop(fix, "services", "2020-01-01", NULL);
	assert_int_equal(run.status, 2);
	assert_non_null(strstr(run.err, "no checkout existed at 2020-01-01"));
	run_free(&run);
}

static void a_revision_is_read_where_it_is(void **state)
{
	const struct fixture *fix = *state;
	const char *const revisions[] = {"v1.0", "refs/tags/v1.0", fix->second};

	for (size_t i = 0; i < ARRAY_LEN(revisions); i++) {
		struct run run = svctop(fix, "check", revisions[i], "--format=json");

		assert_int_equal(run.status, 0);
		/* Its time is when things are seen from. */
		assert_non_null(strstr(run.out, "\"as_of\": \"2026-03-10T10:00:00Z\""));
		assert_non_null(strstr(run.out, "\"status\": \"waived\""));
		assert_null(strstr(run.out, "\"name\": \"web\""));
		assert_non_null(strstr(run.err, "1 checkout left out: no branch, tag or commit "));
		run_free(&run);
	}
}

static void a_commit_that_nobody_has_is_2(void **state)
{
	static const char *const revisions[] = {"v9", "4d2c9ab",
						"0123456789012345678901234567890123456789"};
	const struct fixture *fix = *state;

	for (size_t i = 0; i < ARRAY_LEN(revisions); i++) {
		struct run run = svctop(fix, "check", revisions[i], NULL);

		if (run.status != 2 || *run.out || !strstr(run.err, "no checkout has a branch"))
			fail_msg("--at %s: %d\n%s%s", revisions[i], run.status, run.out, run.err);
		run_free(&run);
	}
}

static void wrong_usage_is_2(void **state)
{
	const struct fixture *fix = *state;
	struct run run = svctop(fix, "check", "2999-01-01", NULL);

	assert_int_equal(run.status, 2);
	assert_non_null(strstr(run.err, "lies ahead"));
	run_free(&run);
	run = svctop(fix, "check", "2026-03-15", "--ref=v1.0");
	assert_int_equal(run.status, 2);
	assert_non_null(strstr(run.err, "--ref"));
	run_free(&run);
	run = svctop(fix, "incident", "2026-03-15", NULL);
	assert_int_equal(run.status, 2);
	assert_non_null(strstr(run.err, "does not take --at"));
	run_free(&run);
	run = svctop(fix, "check", "", NULL);
	assert_int_equal(run.status, 2);
	run_free(&run);
}

/* Before its end nobody knows: that is no "did not exist". */
static void a_shallow_clone_says_so(void **state)
{
	const struct fixture *fix = *state;
	struct gitfix *repo = gitfix_new(fix->dir, "cut");
	struct run run;

	gitfix_time(repo, MARCH_1);
	gitfix_file(repo, "service.yml", "name: cut\n");
	gitfix_commit(repo, "First");
	gitfix_time(repo, MARCH_1 + 20 * DAY);
	gitfix_file(repo, "README.md", "# Two\n");
	gitfix_shallow(repo, gitfix_commit(repo, "Second"));
	gitfix_free(repo);
	run = svctop(fix, "check", "2026-03-15", NULL);
	assert_int_equal(run.status, 3);
	assert_non_null(strstr(run.err, "a shallow clone"));
	assert_non_null(strstr(run.err, "--unshallow"));
	run_free(&run);
	run = svctop(fix, "check", "2026-03-25", "--format=json");
	assert_int_not_equal(run.status, 3);
	assert_non_null(strstr(run.out, "\"name\": \"cut\""));
	run_free(&run);
}

/* One commit with a clock far ahead, and one far behind. */
static void wrong_clocks_are_put_right(void **state)
{
	const struct fixture *fix = *state;
	struct gitfix *repo = gitfix_new(fix->dir, "skewed");
	const int64_t days[] = {0, 2, 60, 6, 8, 1, 12};
	struct run run;

	gitfix_file(repo, "service.yml", "name: skewed\nowners: [acme/x]\n");
	for (size_t i = 0; i < ARRAY_LEN(days); i++) {
		char *text = xasprintf("# %zu\n", i);

		gitfix_time(repo, MARCH_1 + days[i] * DAY);
		gitfix_file(repo, "README.md", text);
		gitfix_commit(repo, i == 4 ? "Wanted" : i == 5 ? "Behind" : "Other");
		free(text);
	}
	gitfix_free(repo);
	/* On the tenth the one that claims to be from the second day was made already. */
	run = run_program((const char *const[]){"svctop", "show", "skewed", "--at", "2026-03-11",
						"--checklist", fix->list, fix->dir, NULL});
	assert_non_null(strstr(run.out, "Behind"));
	run_free(&run);
	run = run_program((const char *const[]){"svctop", "show", "skewed", "--at", "2026-03-04",
						"--checklist", fix->list, fix->dir, NULL});
	assert_int_equal(run.status, 0);
	assert_null(strstr(run.out, "Wanted"));
	run_free(&run);
}

static void other_commands_read_the_past(void **state)
{
	const struct fixture *fix = *state;
	struct run run =
	    run_program((const char *const[]){"svctop", "show", "pay", "--at", "2026-03-12",
					      "--checklist", fix->list, fix->dir, NULL});

	assert_int_equal(run.status, 0);
	assert_non_null(strstr(run.out, "Explain it"));
	assert_null(strstr(run.out, "Lose it"));
	assert_non_null(strstr(run.out, "As of 2026-03-12 23:59Z"));
	run_free(&run);
	run = svctop(fix, "gaps", "2026-03-12", "--format=csv");
	assert_int_equal(run.status, 0);
	assert_null(strstr(run.out, "readme"));
	run_free(&run);
	run = svctop(fix, "tiers", "2026-03-12", "--format=json");
	assert_int_equal(run.status, 0);
	assert_non_null(strstr(run.out, "\"as_of\": \"2026-03-12T23:59:59Z\""));
	run_free(&run);
}

/* A store that saw monitoring say that pay is watched until March 20, and not from then on. */
static char *make_store(const struct fixture *fix)
{
	char *path = xasprintf("%s/seen.db", fix->home);
	struct store_options options = {
	    .url = path, .access = STORE_WRITE, .command = "test", .version = "0", .now = MAY_1};
	struct interval first = {.service = "pay",
				 .check = "watched",
				 .status = STATUS_PASS,
				 .required = true,
				 .tier = 2,
				 .from = MARCH_1 + DAY,
				 .opened = {.kind = CAUSE_LIVE}};
	struct interval next = first;
	struct store *store = store_open(&options, NULL);

	assert_non_null(store);
	assert_int_equal(store_begin(store, NULL), 0);
	assert_int_equal(store_put_change(store, NULL, &first, NULL), 0);
	first.until = next.from = MARCH_1 + 19 * DAY;
	first.closed = next.opened;
	next.status = STATUS_GAP;
	assert_int_equal(store_put_change(store, &first, &next, NULL), 0);
	assert_int_equal(store_commit(store, NULL), 0);
	store_close(store);
	return path;
}

static void what_was_seen_then_is_known(void **state)
{
	const struct fixture *fix = *state;
	char *path = make_store(fix), *option = xasprintf("--store=%s", path);
	static const struct {
		const char *at, *status, *reason;
	} cases[] = {
	    {"2026-03-01", "unknown", "not known of the past"}, /* nobody had looked yet */
	    {"2026-03-12", "pass", "svctop saw it then, since 2026-03-02"},
	    {"v1.0", "pass", "svctop saw it then, since 2026-03-02"},
	    {"2026-04-01", "gap", "svctop saw it then, since 2026-03-20"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct run run = run_program((const char *const[]){
		    "svctop", "check", "--at", cases[i].at, "--checklist", fix->list, option,
		    "--check=watched", "--service=pay", "--status", cases[i].status,
		    "--format=json", fix->dir, NULL});

		if (!strstr(run.out, cases[i].reason))
			fail_msg("--at %s\n%s%s", cases[i].at, run.out, run.err);
		if (i == 1)
			assert_non_null(strstr(run.out, "\"since\": \"2026-03-02T00:00:00Z\""));
		run_free(&run);
	}
	free(option);
	free(path);
}

/* The dashboard of then, played by a script. */
static void the_dashboard_says_as_of_when(void **state)
{
	const struct fixture *fix = *state;
	char *script = xasprintf("%s/script", fix->home);
	struct run run;

	gitfix_write(fix->home, "script",
		     "resize 60x100\nidle\nexpect as of 2026-03-12 23:59Z\nexpect 1 checkout did "
		     "not exist then\nexpect pay\nkeys r\nidle\nexpect as of 2026-03-12 23:59Z\n"
		     "keys enter\nwait Explain it\nquit\n");
	run = run_program((const char *const[]){"svctop", "--at", "2026-03-12", "--checklist",
						fix->list, "--script", script, fix->dir, NULL});
	if (run.status)
		fail_msg("%d\n%s%s", run.status, run.out, run.err);
	run_free(&run);
	gitfix_write(fix->home, "script",
		     "resize 24x100\nidle\nexpect as of v1.0, 2026-03-10 10:00Z\nquit\n");
	run = run_program((const char *const[]){"svctop", "--at", "v1.0", "--checklist", fix->list,
						"--script", script, fix->dir, NULL});
	if (run.status)
		fail_msg("%d\n%s%s", run.status, run.out, run.err);
	run_free(&run);
	free(script);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_date_reads_the_commits_of_then),
	    TEST(the_data_says_as_of_when),
	    TEST(waivers_are_those_of_then),
	    TEST(what_did_not_exist_is_left_out),
	    TEST(a_revision_is_read_where_it_is),
	    TEST(a_commit_that_nobody_has_is_2),
	    TEST(wrong_usage_is_2),
	    TEST(a_shallow_clone_says_so),
	    TEST(wrong_clocks_are_put_right),
	    TEST(other_commands_read_the_past),
	    TEST(what_was_seen_then_is_known),
	    TEST(the_dashboard_says_as_of_when),
	};

	return cmocka_run_group_tests_name("--at", tests, NULL, NULL);
}
