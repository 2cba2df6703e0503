/* A checkout's past, from its commits: which versions there are, who made them, and that the last
 * one is what a scan gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "fetch/past_make.h"
#include "fetch/scan.h"
#include "tests/support/gitfix.h"

#define DAY   INT64_C(86400)
#define NOW   INT64_C(1767312000) /* 2026-01-02 */
#define SINCE (NOW - 365 * DAY)
#define EVERY (7 * DAY)

static const char checklist_text[] =
    "schema: 1\n"
    "name: test\n"
    "excluded: [vendor/, node_modules/]\n"
    "checks:\n"
    "  - id: readme\n"
    "    tier: 4\n"
    "    title: Readme\n"
    "    why: w\n"
    "    close: c\n"
    "    pass: {files: ['README.md'], lines: '^# (.+)'}\n"
    "  - id: playbooks\n"
    "    tier: 3\n"
    "    title: Playbooks\n"
    "    why: w\n"
    "    close: c\n"
    "    pass: {files: ['docs/**/*.md'], except: ['docs/drafts/**'], touched_within: 30d}\n"
    "  - id: people\n"
    "    tier: 2\n"
    "    title: People\n"
    "    why: w\n"
    "    close: c\n"
    "    pass: {authors: {at_least: 2, commits: 2}}\n"
    "  - id: rails\n"
    "    tier: 1\n"
    "    title: Rails\n"
    "    why: w\n"
    "    close: c\n"
    "    pass: {dependency: [rails], ecosystem: gem}\n";

struct fixture {
	struct checklist *checklist;
	struct scan_engine *engine;
	char *dir;
};

static int setup(void **state)
{
	struct fixture *fixture = xcalloc(1, sizeof(*fixture));
	struct err err = {0};

	fixture->checklist =
	    checklist_parse("test.yml", checklist_text, sizeof(checklist_text) - 1, &err);
	if (!fixture->checklist)
		fail_msg("%s: %s", err.where, err.what);
	fixture->engine = scan_engine_new(fixture->checklist, NULL);
	assert_non_null(fixture->engine);
	fixture->dir = gitfix_tmp();
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	gitfix_rmtree(fixture->dir);
	scan_engine_free(fixture->engine);
	checklist_free(fixture->checklist);
	free(fixture->dir);
	free(fixture);
	return 0;
}

/* What does not count between a version and a scan. */
static void plain(struct checkout *co)
{
	co->trees_read = co->blobs_read = co->scan_us = 0;
	co->warning_count = 0;
	co->resolved = NULL;
}

static void same_facts(struct checkout *expected, struct checkout *got)
{
	struct buf a = {0}, b = {0};

	plain(expected);
	plain(got);
	checkout_encode(expected, &a);
	checkout_encode(got, &b);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.data, b.data, a.len);
	buf_free(&a);
	buf_free(&b);
}

/* Checks that each version is what a scan of its commit at its time gives. */
static void check_versions(struct fixture *fixture, struct gitfix *fix, struct past *past)
{
	const char *hash = NULL;

	for (size_t i = 0; i < past_count(past); i++) {
		const struct past_version *version = past_at(past, i);
		struct scan_options options = {.now = version->at,
					       .dependencies = DEPENDENCIES_DIRECT};
		struct checkout *got = past_checkout(past, i), *expected;

		assert_non_null(got);
		if (version->hash)
			assert_string_equal(got->head, version->hash);
		hash = got->head;
		options.rev = hash;
		expected = scan_checkout(fixture->engine, gitfix_path(fix), &options);
		expected->ref = got->ref;
		expected->detached = got->detached;
		same_facts(expected, got);
		checkout_free(expected);
		checkout_free(got);
	}
}

static struct past *made(struct fixture *fixture, struct gitfix *fix, int64_t since)
{
	const struct past_options options = {
	    .since = since, .until = NOW, .every = EVERY, .dependencies = DEPENDENCIES_DIRECT};
	const struct scan_options now = {.now = NOW, .dependencies = DEPENDENCIES_DIRECT};
	struct past *past = past_make(fixture->engine, gitfix_path(fix), &options, NULL);
	struct checkout *scanned, *last;

	assert_non_null(past);
	assert_true(past_count(past) >= 2);
	check_versions(fixture, fix, past);
	scanned = scan_checkout(fixture->engine, gitfix_path(fix), &now);
	last = past_checkout(past, past_count(past) - 1);
	same_facts(scanned, last);
	assert_int_equal(past_at(past, past_count(past) - 1)->at, NOW);
	checkout_free(scanned);
	checkout_free(last);
	return past;
}

/* "subject@days-since-SINCE", "-" for dates alone. */
static const char *story_of(const struct past *past)
{
	static char text[4096];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < past_count(past); i++) {
		const struct past_version *version = past_at(past, i);

		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s@%lld", len ? " " : "",
					version->hash ? version->subject : "-",
					(long long)((version->at - SINCE) / DAY));
	}
	return text;
}

static void commit_at(struct gitfix *fix, int day, const char *message)
{
	gitfix_time(fix, SINCE + day * DAY);
	gitfix_commit(fix, message);
}

static void test_versions_are_commits_that_change_something(void **state)
{
	struct fixture *fixture = *state;
	struct gitfix *fix = gitfix_new(fixture->dir, "one");
	struct past *past;

	gitfix_file(fix, "main.go", "package main\n");
	commit_at(fix, -100, "Start");
	gitfix_file(fix, "main.go", "package main // more\n");
	commit_at(fix, -10, "Before");
	gitfix_file(fix, "main.go", "package main // more and more\n");
	commit_at(fix, 5, "Code");
	gitfix_file(fix, "README.md", "# One\n");
	commit_at(fix, 10, "Readme");
	gitfix_file(fix, "README.md", "# One\n\nMore words.\n");
	commit_at(fix, 15, "Words");
	gitfix_file(fix, "service.yml", "name: one\ntier: 2\n");
	commit_at(fix, 20, "Describe");
	gitfix_drop_file(fix, "README.md");
	commit_at(fix, 30, "Drop");
	past = made(fixture, fix, SINCE);
	assert_string_equal(story_of(past), "Before@0 Readme@10 Describe@20 Drop@30 -@365");
	assert_string_equal(past_at(past, 1)->author, "Ann");
	assert_int_equal(past_at(past, 1)->among, 1);
	assert_null(past_cut_reason(past));
	past_free(past);
	gitfix_free(fix);
}

static void test_it_begins_with_the_first_commit(void **state)
{
	struct fixture *fixture = *state;
	struct gitfix *fix = gitfix_new(fixture->dir, "young");
	struct past *past;

	gitfix_file(fix, "main.go", "package main\n");
	commit_at(fix, 100, "Start");
	gitfix_file(fix, "README.md", "# One\n");
	commit_at(fix, 110, "Readme");
	past = made(fixture, fix, SINCE);
	assert_string_equal(story_of(past), "Start@100 Readme@110 -@365");
	assert_null(past_cut_reason(past));
	past_free(past);
	gitfix_free(fix);
}

static void test_people_come_and_go(void **state)
{
	struct fixture *fixture = *state;
	struct gitfix *fix = gitfix_new(fixture->dir, "people");
	struct past *past;
	int day = -200;

	gitfix_file(fix, "a", "1");
	gitfix_author(fix, "Bo", "bo@example.com");
	commit_at(fix, day, "Bo");
	gitfix_file(fix, "a", "2");
	commit_at(fix, day + 1, "Bo again");
	gitfix_author(fix, "Ann", "ann@example.com");
	gitfix_file(fix, "a", "3");
	commit_at(fix, 10, "Ann");
	gitfix_file(fix, "a", "4");
	commit_at(fix, 20, "Ann again");
	/* from day 20 on there are two people with two commits; Bo's leave the window */
	past = made(fixture, fix, SINCE);
	assert_string_equal(story_of(past), "Bo again@0 Ann again@20 -@168 -@365");
	past_free(past);
	gitfix_free(fix);
}

/* Nobody left by the commit that happened to come next, long before the next date is looked at. */
static void test_the_date_is_not_the_next_commits_doing(void **state)
{
	struct fixture *fixture = *state;
	const struct past_options options = {.since = SINCE, .until = NOW, .every = 100 * DAY};
	struct gitfix *fix = gitfix_new(fixture->dir, "date");
	struct past *past;

	gitfix_file(fix, "a", "1");
	gitfix_author(fix, "Bo", "bo@example.com");
	commit_at(fix, -200, "Bo");
	gitfix_file(fix, "a", "2");
	commit_at(fix, -199, "Bo again");
	gitfix_author(fix, "Ann", "ann@example.com");
	gitfix_file(fix, "a", "3");
	commit_at(fix, -10, "Ann");
	gitfix_file(fix, "a", "4");
	commit_at(fix, -9, "Ann again");
	gitfix_file(fix, "README.md", "# One\n");
	commit_at(fix, 170, "Readme");
	past = past_make(fixture->engine, gitfix_path(fix), &options, NULL);
	assert_string_equal(story_of(past), "Ann again@0 -@170 Readme@170 -@365");
	past_free(past);
	gitfix_free(fix);
}

static void test_merges_count_where_they_come_in(void **state)
{
	struct fixture *fixture = *state;
	struct gitfix *fix = gitfix_new(fixture->dir, "merge");
	struct past *past;
	char side[41];

	gitfix_file(fix, "a", "1");
	commit_at(fix, 1, "Start");
	gitfix_branch(fix, "side");
	gitfix_file(fix, "docs/play.md", "text\n");
	commit_at(fix, 2, "Play");
	gitfix_file(fix, "README.md", "# One\n");
	commit_at(fix, 3, "Readme");
	memcpy(side, gitfix_head(fix), sizeof(side));
	gitfix_checkout(fix, "main");
	gitfix_file(fix, "a", "2");
	commit_at(fix, 4, "Code");
	gitfix_file(fix, "docs/play.md", "text\n");
	gitfix_file(fix, "README.md", "# One\n");
	gitfix_time(fix, SINCE + 6 * DAY);
	gitfix_merge(fix, side, "Merge side");
	past = made(fixture, fix, SINCE);
	assert_string_equal(story_of(past), "Start@1 Merge side@6 -@365");
	past_free(past);
	gitfix_free(fix);
}

static void test_services_come_and_go(void **state)
{
	struct fixture *fixture = *state;
	struct gitfix *fix = gitfix_new(fixture->dir, "mono");
	struct past *past;

	gitfix_file(fix, "services/pay/main.go", "x");
	gitfix_file(fix, "services/pay/README.md", "# Pay\n");
	gitfix_file(fix, "services/ship/README.md", "# Ship\n");
	commit_at(fix, 1, "Start");
	gitfix_file(fix, "services/pay/service.yml", "name: pay\ntier: 1\nowners: [acme/pay]\n");
	commit_at(fix, 10, "Pay");
	gitfix_file(fix, "services/ship/service.yml", "name: ship\ntier: 1\nowners: [acme/pay]\n");
	commit_at(fix, 20, "Ship");
	gitfix_file(fix, "services/ship/main.go", "y");
	commit_at(fix, 30, "Code");
	gitfix_drop_file(fix, "services/pay/service.yml");
	commit_at(fix, 40, "No pay");
	gitfix_file(fix, "services/pay/service.yml", "name: pay\ntier: 1\nowners: [acme/pay]\n");
	commit_at(fix, 50, "Pay again");
	past = made(fixture, fix, SINCE);
	assert_string_equal(story_of(past), "Start@1 Pay@10 Ship@20 No pay@40 Pay again@50 -@365");
	past_free(past);
	gitfix_free(fix);
}

static void test_cuts_are_told(void **state)
{
	struct fixture *fixture = *state;
	struct past_options options = {.since = SINCE, .until = NOW, .every = EVERY, .commits = 2};
	struct gitfix *fix = gitfix_new(fixture->dir, "cut");
	struct past *past;
	char second[41];

	gitfix_file(fix, "a", "1");
	commit_at(fix, 1, "Start");
	gitfix_file(fix, "README.md", "# A\n");
	memcpy(second, (gitfix_time(fix, SINCE + 2 * DAY), gitfix_commit(fix, "Readme")), 41);
	gitfix_file(fix, "a", "3");
	commit_at(fix, 3, "Third");
	past = past_make(fixture->engine, gitfix_path(fix), &options, NULL);
	assert_string_equal(story_of(past), "Readme@2 -@365");
	assert_non_null(strstr(past_cut_reason(past), "too many"));
	past_free(past);
	gitfix_shallow(fix, second);
	past = made(fixture, fix, SINCE);
	assert_string_equal(story_of(past), "Readme@2 -@365");
	assert_non_null(strstr(past_cut_reason(past), "shallow"));
	past_free(past);
	/* one that begins behind the cut is whole */
	past = made(fixture, fix, SINCE + 3 * DAY);
	assert_null(past_cut_reason(past));
	past_free(past);
	gitfix_free(fix);
}

static void test_what_is_no_past(void **state)
{
	struct fixture *fixture = *state;
	const struct past_options options = {.since = SINCE, .until = NOW, .every = EVERY};
	struct gitfix *fix = gitfix_new(fixture->dir, "empty");
	struct past *past;
	struct err err = {0};

	past = past_make(fixture->engine, gitfix_path(fix), &options, &err);
	assert_int_equal(past_count(past), 0);
	past_free(past);
	assert_null(past_make(fixture->engine, fixture->dir, &options, &err));
	assert_non_null(err.what);
	err_clear(&err);
	gitfix_free(fix);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_versions_are_commits_that_change_something, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(test_it_begins_with_the_first_commit, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_people_come_and_go, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_the_date_is_not_the_next_commits_doing, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(test_merges_count_where_they_come_in, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_services_come_and_go, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_cuts_are_told, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_what_is_no_past, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
