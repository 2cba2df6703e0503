/* A checkout's past, from its commits: which versions there are, who made them, and that the last
 * one is what a scan gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "fetch/git.h"
#include "fetch/past_line.h"
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

/* ---- made-up histories ---- */

static uint32_t seed;

static uint32_t next_random(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

/* One path's next content; some say the same to all who ask. */
static void change_something(struct gitfix *fix)
{
	static const char *const paths[] = {"README.md",
					    "CODEOWNERS",
					    ".github/CODEOWNERS",
					    ".mailmap",
					    "service.yml",
					    "main.go",
					    "Gemfile.lock",
					    "docs/play.md",
					    "docs/a/b.md",
					    "docs/drafts/c.md",
					    "services/pay/service.yml",
					    "services/pay/README.md",
					    "services/pay/docs/play.md",
					    "services/pay/Gemfile.lock",
					    "services/ship/service.yml",
					    "services/ship/docs/x.md",
					    "services/ship/main.go",
					    "vendor/README.md"};
	const char *path = paths[next_random(ARRAY_LEN(paths))];
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	uint32_t n = next_random(4);
	char text[256];

	if (next_random(6) == 0) {
		gitfix_file(fix, path, "there or not");
		gitfix_drop_file(fix, path);
		return;
	}
	if (!strcmp(name, "README.md") && next_random(5) == 0) {
		gitfix_link(fix, path, strchr(path, '/') ? "../../docs/a/b.md" : "docs/play.md");
		return;
	}
	if (!strcmp(name, "service.yml"))
		snprintf(text, sizeof(text), "tier: %u\nowners: [acme/t%u]\n", n + 1, n / 2);
	else if (!strcmp(name, "CODEOWNERS"))
		snprintf(text, sizeof(text), "* @acme/%u\n/services/pay/ @acme/pay%u\n", n, n / 2);
	else if (!strcmp(name, ".mailmap"))
		snprintf(text, sizeof(text), "Person %u <p%u@example.com> <p%u@example.com>\n", n,
			 n, (n + 1) % 4);
	else if (!strcmp(name, "Gemfile.lock"))
		snprintf(text, sizeof(text),
			 "GEM\n  remote: https://example.com/\n  specs:\n    %s (7.1.%u)\n\n"
			 "DEPENDENCIES\n  %s\n",
			 n % 2 ? "rails" : "rack", n, n % 2 ? "rails" : "rack");
	else
		snprintf(text, sizeof(text), "%s\nwords %u\n", n % 2 ? "# Title" : "title",
			 next_random(100));
	gitfix_file(fix, path, text);
}

/* commit false: the same changes, for a merge that brings them in. */
static void commit_something(struct gitfix *fix, int64_t *time, bool commit)
{
	static const char *const names[] = {"Person 0", "Person 1", "P. Two", "dependabot[bot]"};
	uint32_t who = next_random(4);
	char email[64];

	snprintf(email, sizeof(email), "p%u@example.com", who);
	for (uint32_t i = next_random(3); i < 3; i++)
		change_something(fix);
	*time += next_random(20) * DAY + next_random(5) * 3600;
	if (!commit)
		return;
	gitfix_author(fix, names[who], email);
	gitfix_time(fix, *time);
	gitfix_commit(fix, "Something");
}

static void merge_something(struct gitfix *fix, int64_t *time)
{
	uint32_t start, count = 1 + next_random(3);
	int64_t again = 0;
	char name[32], side[41];

	snprintf(name, sizeof(name), "side-%lld", (long long)*time);
	gitfix_branch(fix, name);
	start = seed;
	for (uint32_t i = 0; i < count; i++)
		commit_something(fix, time, true);
	memcpy(side, gitfix_head(fix), sizeof(side));
	gitfix_checkout(fix, "main");
	if (next_random(2))
		commit_something(fix, time, true);
	seed = start;
	for (uint32_t i = 0; i < count; i++)
		commit_something(fix, &again, false);
	if (next_random(3) == 0)
		change_something(fix);
	*time += DAY;
	gitfix_time(fix, *time);
	gitfix_merge(fix, side, "Merge");
}

static void make_something(struct gitfix *fix)
{
	int64_t time = SINCE - 300 * DAY;

	gitfix_file(fix, "main.go", "package main\n");
	commit_something(fix, &time, true);
	while (time < NOW - 150 * DAY) {
		commit_something(fix, &time, true);
		if (next_random(5) == 0)
			merge_something(fix, &time);
	}
}

/* Without what dates and commits say. */
static void tree_alone(struct checkout *co)
{
	plain(co);
	co->head = co->ref = NULL;
	co->head_time = 0;
	co->detached = false;
	co->history_count = 0;
	for (size_t i = 0; i < co->hit_count; i++)
		co->hits[i].touched = 0;
}

/* Whether two people have two commits, as the checklist asks. */
static bool enough_people(const struct history *history)
{
	int count = 0;

	for (size_t i = 0; i < history->author_count; i++)
		count += !history->authors[i].bot && history->authors[i].commits >= 2;
	return count >= 2;
}

/* At the time of a commit, the version of then answers as the commit does. */
static void check_people(const struct checkout *scanned, struct past *past, size_t at, int64_t time)
{
	struct checkout *version;

	while (at && past_at(past, at)->at > time)
		at--;
	version = past_checkout(past, at);
	assert_int_equal(scanned->history_count, version->history_count);
	for (size_t i = 0; i < scanned->history_count; i++)
		assert_int_equal(enough_people(&scanned->histories[i]),
				 enough_people(&version->histories[i]));
	checkout_free(version);
}

/* Each commit of the line says what the version says that it made, or the last one before it. */
static void check_line(struct fixture *fixture, struct gitfix *fix, struct past *past)
{
	struct repo *repo = repo_open(gitfix_path(fix), NULL);
	struct past_line line;
	struct repo_head head;
	size_t at = 0;

	assert_int_equal(repo_head(repo, NULL, &head, NULL), REPO_OK);
	assert_int_equal(past_line_read(repo, &head.id, SINCE, NOW, 1000, &line, NULL), REPO_OK);
	assert_true(line.count > 10);
	for (size_t i = 0; i < line.count; i++) {
		struct scan_options options = {.now = NOW, .dependencies = DEPENDENCIES_DIRECT};
		struct checkout *scanned, *version;
		char hex[REPO_HEX + 1];

		repo_id_hex(&line.commits[i].id, hex);
		while (at + 1 < past_count(past) &&
		       (!past_at(past, at + 1)->hash || !strcmp(past_at(past, at + 1)->hash, hex)))
			at++;
		options.rev = hex;
		options.now = i ? line.commits[i].time : SINCE;
		scanned = scan_checkout(fixture->engine, gitfix_path(fix), &options);
		check_people(scanned, past, at, options.now);
		version = past_checkout(past, at);
		tree_alone(scanned);
		tree_alone(version);
		same_facts(scanned, version);
		checkout_free(version);
		checkout_free(scanned);
	}
	assert_int_equal(at + 1, past_count(past));
	past_line_free(&line);
	repo_close(repo);
}

static void test_made_up_histories(void **state)
{
	struct fixture *fixture = *state;
	size_t versions = 0;

	for (uint32_t i = 0; i < 8; i++) {
		struct gitfix *fix;
		struct past *past;
		char name[16];

		seed = i + 1;
		snprintf(name, sizeof(name), "made-%u", i);
		fix = gitfix_new(fixture->dir, name);
		make_something(fix);
		past = made(fixture, fix, SINCE);
		versions += past_count(past);
		check_line(fixture, fix, past);
		past_free(past);
		gitfix_free(fix);
	}
	assert_true(versions > 100);
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

/* A partial clone has the files of its head, and of commits before it those that are the same. */
static void test_it_begins_behind_missing_files(void **state)
{
	struct fixture *fixture = *state;
	struct gitfix *fix = gitfix_new(fixture->dir, "partial");
	char blob[41], tree[41];
	struct past *past;

	gitfix_file(fix, "a", "1");
	commit_at(fix, 1, "Start");
	gitfix_file(fix, "README.md", "# Old\n");
	commit_at(fix, 2, "Old");
	memcpy(blob, gitfix_id(fix, "README.md"), sizeof(blob));
	gitfix_file(fix, "README.md", "# New\n");
	gitfix_file(fix, "docs/a.md", "text\n");
	commit_at(fix, 3, "New");
	memcpy(tree, gitfix_id(fix, "docs"), sizeof(tree));
	gitfix_file(fix, "docs/a.md", "text and more\n");
	commit_at(fix, 4, "Docs");
	gitfix_drop_file(fix, "README.md");
	commit_at(fix, 5, "None");
	gitfix_drop_object(fix, blob);
	past = made(fixture, fix, SINCE);
	assert_string_equal(story_of(past), "New@3 None@5 -@365");
	assert_non_null(strstr(past_cut_reason(past), "missing"));
	past_free(past);
	gitfix_drop_object(fix, tree);
	past = made(fixture, fix, SINCE);
	/* what cannot be compared is not known until it is too old in any case */
	assert_string_equal(story_of(past), "Docs@4 None@5 -@35 -@365");
	past_free(past);
	gitfix_free(fix);
}

/* What the head misses as well is no reason: it is not known at any time. */
static void test_what_the_head_misses_is_unknown(void **state)
{
	struct fixture *fixture = *state;
	struct gitfix *fix = gitfix_new(fixture->dir, "missing");
	struct checkout *first;
	struct past *past;

	gitfix_file(fix, "README.md", "# Title\n");
	commit_at(fix, 1, "Start");
	gitfix_file(fix, "docs/a.md", "text\n");
	commit_at(fix, 2, "Docs");
	gitfix_drop_object(fix, gitfix_id(fix, "README.md"));
	past = made(fixture, fix, SINCE);
	assert_string_equal(story_of(past), "Start@1 Docs@2 -@365");
	assert_null(past_cut_reason(past));
	first = past_checkout(past, 0);
	assert_int_equal(first->miss_count, 1);
	checkout_free(first);
	past_free(past);
	gitfix_free(fix);
}

static void test_damaged_repositories_end_it(void **state)
{
	struct fixture *fixture = *state;
	const struct past_options options = {.since = SINCE, .until = NOW, .every = EVERY};
	struct gitfix *fix = gitfix_new(fixture->dir, "damaged");
	char first[41], tree[128];
	struct past *past;

	gitfix_file(fix, "README.md", "# Title\n");
	commit_at(fix, 1, "Start");
	memcpy(first, gitfix_head(fix), sizeof(first));
	gitfix_file(fix, "README.md", "title\n");
	commit_at(fix, 2, "No title");
	/* a commit that is gone */
	gitfix_drop_object(fix, first);
	past = past_make(fixture->engine, gitfix_path(fix), &options, NULL);
	assert_string_equal(story_of(past), "No title@2 -@365");
	assert_non_null(strstr(past_cut_reason(past), "missing"));
	past_free(past);
	/* a commit whose tree is none */
	snprintf(
	    tree, sizeof(tree),
	    "tree %s\nauthor A <a@example.com> 1 +0000\ncommitter A <a@example.com> 1 +0000\n\n"
	    "x\n",
	    gitfix_id(fix, "README.md"));
	gitfix_write(gitfix_git_dir(fix), "HEAD", gitfix_object(fix, "commit", tree, strlen(tree)));
	past = past_make(fixture->engine, gitfix_path(fix), &options, NULL);
	assert_int_equal(past_count(past), 2);
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
	    cmocka_unit_test_setup_teardown(test_made_up_histories, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_cuts_are_told, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_it_begins_behind_missing_files, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_what_the_head_misses_is_unknown, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_damaged_repositories_end_it, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_what_is_no_past, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
