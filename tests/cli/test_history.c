/* `svctop history` over made-up repositories whose commits open and close gaps. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/json_write.h"
#include "core/mem.h"
#include "core/store.h"
#include "tests/support/gitfix.h"
#include "tests/support/run.h"

#define DAY INT64_C(86400)

static const char list_text[] =
    "schema: 1\n"
    "name: test\n"
    "checks:\n"
    "  - {id: readme, tier: 4, title: R, why: w, close: c, pass: {files: [README.md]}}\n"
    "  - {id: owner, least: declared, tier: 4, title: O, why: w, close: c,\n"
    "     pass: {owners: {at_least: 1}}}\n"
    "  - {id: ci, tier: 3, title: C, why: w, close: c,\n"
    "     pass: {files: ['.github/workflows/*.yml'], lines: 'test'}}\n"
    "  - {id: playbook, tier: 3, title: P, why: w, close: c,\n"
    "     pass: {files: ['docs/playbooks/*.md']}}\n"
    "  - {id: review, least: declared, tier: 2, title: V, why: w, close: c,\n"
    "     pass: {attestation: {max_age: 60d}}}\n"
    "  - {id: alerts, tier: 2, title: A, why: w, close: c,\n"
    "     pass: {files: ['rules/*.yml'], scope: fleet}}\n"
    "  - {id: pager, tier: 1, title: X, why: w, close: c, absent: no-source, source: A pager,\n"
    "     pass: {signal: oncall, state: ok}}\n";

#define SHA 41

struct fixture {
	char *dir, *repos, *list, *store;
	int64_t now;
	char start[SHA], adds_ci[SHA], drops[SHA], reverts[SHA], raises[SHA], play[SHA], merge[SHA],
	    rules[SHA], unruled[SHA], young[SHA], waives[SHA];
};

static void commit(struct fixture *fixture, struct gitfix *fix, int days_ago, const char *author,
		   const char *subject, char sha[SHA])
{
	gitfix_author(fix, author, "someone@example.com");
	gitfix_time(fix, fixture->now - days_ago * DAY);
	memcpy(sha, gitfix_commit(fix, subject), SHA);
}

static void descriptor(struct fixture *fixture, struct gitfix *fix, int tier, bool statements)
{
	char waived[TIME_TEXT_MAX], reviewed[TIME_TEXT_MAX], *text;

	time_text(fixture->now - 50 * DAY, waived);
	time_text(fixture->now - 45 * DAY, reviewed);
	text = xasprintf("name: shop\ntier: %d\nowners: [acme/web]\n"
			 "%swaivers: [{check: ci, until: %.10s, reason: soon}]\n"
			 "%sattestations: [{check: review, date: %.10s, by: eve}]\n",
			 tier, statements ? "" : "#", waived, statements ? "" : "#", reviewed);
	gitfix_file(fix, "service.yml", text);
	free(text);
}

/* Each commit's doing is known. */
static void make_shop(struct fixture *fixture)
{
	struct gitfix *fix = gitfix_new(fixture->repos, "shop");
	char side[SHA], unused[SHA];

	descriptor(fixture, fix, 4, false);
	gitfix_file(fix, "README.md", "# Shop\n");
	commit(fixture, fix, 300, "Ada", "Start", fixture->start);
	gitfix_file(fix, ".github/workflows/ci.yml", "run: make test\n");
	commit(fixture, fix, 200, "Bo", "Adds CI", fixture->adds_ci);
	descriptor(fixture, fix, 3, false);
	commit(fixture, fix, 150, "Cy", "Shop matters", fixture->raises);
	gitfix_drop_file(fix, "README.md");
	commit(fixture, fix, 140, "Di", "Drops the README", fixture->drops);
	gitfix_file(fix, "README.md", "# Shop\n");
	commit(fixture, fix, 130, "Ed", "Revert \"Drops the README\"", fixture->reverts);
	gitfix_branch(fix, "side");
	gitfix_file(fix, "docs/playbooks/shop.md", "# Down\n");
	commit(fixture, fix, 120, "Flo", "A playbook", fixture->play);
	memcpy(side, gitfix_head(fix), sizeof(side));
	gitfix_checkout(fix, "main");
	gitfix_file(fix, "main.go", "package main\n");
	commit(fixture, fix, 110, "Gus", "Code", unused);
	gitfix_file(fix, "docs/playbooks/shop.md", "# Down\n");
	gitfix_author(fix, "Hal", "someone@example.com");
	gitfix_time(fix, fixture->now - 100 * DAY);
	memcpy(fixture->merge, gitfix_merge(fix, side, "Merge the playbook"), SHA);
	gitfix_drop_file(fix, ".github/workflows/ci.yml");
	descriptor(fixture, fix, 2, true);
	commit(fixture, fix, 55, "Ida", "Waives CI", fixture->waives);
	gitfix_free(fix);
}

static void make_others(struct fixture *fixture)
{
	struct gitfix *fix = gitfix_new(fixture->repos, "rules");
	char unused[SHA];

	gitfix_file(fix, "service.yml", "name: rules\ntier: 4\nowners: [acme/sre]\n");
	commit(fixture, fix, 290, "Ada", "Rules", unused);
	gitfix_file(fix, "rules/shop.yml", "groups: []\n");
	commit(fixture, fix, 40, "Jo", "Rules of shop", fixture->rules);
	gitfix_drop_file(fix, "rules/shop.yml");
	commit(fixture, fix, 3, "Kim", "Cleans up", fixture->unruled);
	gitfix_free(fix);
	fix = gitfix_new(fixture->repos, "young");
	gitfix_file(fix, "main.go", "package main\n");
	commit(fixture, fix, 2, "Lou", "Begins", fixture->young);
	gitfix_free(fix);
	fix = gitfix_new(fixture->repos, "empty");
	gitfix_free(fix);
}

static int set_up(void **state)
{
	struct fixture *fixture = xcalloc(1, sizeof(*fixture));

	fixture->dir = gitfix_tmp();
	fixture->repos = xasprintf("%s/repos", fixture->dir);
	fixture->list = xasprintf("%s/list.yml", fixture->dir);
	fixture->store = xasprintf("%s/store.db", fixture->dir);
	fixture->now = (int64_t)time(NULL);
	gitfix_write_bytes(fixture->dir, "list.yml", list_text, sizeof(list_text) - 1);
	make_shop(fixture);
	make_others(fixture);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	gitfix_rmtree(fixture->dir);
	free(fixture->dir);
	free(fixture->repos);
	free(fixture->list);
	free(fixture->store);
	free(fixture);
	return 0;
}

/* Up to ten more words; NULL ends them. */
static struct run history(struct fixture *fixture, const char *store, const char *const *words)
{
	const char *argv[24] = {"svctop",      "history", "--checklist",
				fixture->list, "--store", store};
	size_t count = 6;

	for (; *words; words++)
		argv[count++] = *words;
	argv[count++] = fixture->repos;
	argv[count] = NULL;
	return run_program(argv);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no \"%s\" in\n%s", part, text);
}

static void has_not(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("\"%s\" is in\n%s", part, text);
}

static const char *date_of(const struct fixture *fixture, int days_ago)
{
	static char text[TIME_TEXT_MAX];

	time_text(fixture->now - days_ago * DAY, text);
	text[10] = '\0';
	return text;
}

static void expect_row(const struct run *run, const char *change, const char *check,
		       const char *before, const char *after, const char *sha, const char *author)
{
	char *words = xasprintf(",%s,shop,%s,", change, check);
	char *rest = xasprintf(",%s,%s,", before, after);
	char *who = xasprintf(",%s,%s,", sha ? sha : "", author ? author : "");

	for (const char *line = run->out; line && *line;) {
		const char *end = strchr(line, '\n');
		char *one = xmemdup0(line, end ? (size_t)(end - line) : strlen(line));
		bool found = strstr(one, words) && strstr(one, rest) && strstr(one, who);

		free(one);
		line = end ? end + 1 : NULL;
		if (!found)
			continue;
		free(words);
		free(rest);
		free(who);
		return;
	}
	fail_msg("no %s ... %s ... %s in\n%s", words, rest, who, run->out);
}

static size_t count_lines(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

static void each_change_names_its_commit(void **state)
{
	struct fixture *f = *state;
	struct run run = history(f, "none", WORDS("--service", "shop", "--format", "csv"));

	assert_int_equal(run.status, 0);
	assert_string_equal(run.err, "");
	/* CI was there before its tier asked for it; a playbook was not. */
	expect_row(&run, "opened", "playbook", "not asked", "gap", f->raises, "Cy");
	expect_row(&run, "closed", "playbook", "gap", "pass", f->merge, "Hal");
	expect_row(&run, "opened", "readme", "pass", "gap", f->drops, "Di");
	expect_row(&run, "closed", "readme", "gap", "pass", f->reverts, "Ed");
	/* It was removed and waived in one commit; the waiver ended by itself. */
	expect_row(&run, "opened", "ci", "waived", "gap", NULL, NULL);
	/* In another repository. */
	expect_row(&run, "closed", "alerts", "gap", "pass", f->rules, "Jo");
	expect_row(&run, "opened", "alerts", "pass", "gap", f->unruled, "Kim");
	has(run.out, "/repos/rules,");
	expect_row(&run, "opened", "alerts", "not asked", "gap", f->waives, "Ida");
	/* Attested ten days after: of the future until then. */
	expect_row(&run, "opened", "review", "not asked", "gap", f->waives, "Ida");
	expect_row(&run, "closed", "review", "gap", "pass", NULL, NULL);
	assert_int_equal(count_lines(run.out), 1 + 10);
	run_free(&run);
}

static void text_lists_them_newest_first(void **state)
{
	struct fixture *f = *state;
	struct run run = history(f, "none", WORDS("--service", "shop", "--check", "readme"));
	char *lost = xasprintf("%s  OPENED", date_of(f, 140)), *found;

	assert_int_equal(run.status, 0);
	has(run.out, lost);
	found = xasprintf("%s  CLOSED", date_of(f, 130));
	has(run.out, found);
	assert_true(strstr(run.out, found) < strstr(run.out, lost));
	has(run.out, "Drops the README");
	has_not(run.out, "Adds CI");
	free(lost);
	free(found);
	run_free(&run);
}

static void counts_stand_a_week(void **state)
{
	struct fixture *f = *state;
	struct run run = history(f, "none", WORDS("--since", "8w"));

	assert_int_equal(run.status, 0);
	has(run.out, "gaps open in 3 services");
	has(run.out, "UNTIL");
	has(run.out, date_of(f, 0));
	has(run.out, date_of(f, 56));
	has(run.out, "acme/web");
	has(run.out, "were met, and opened again");
	has(run.out, "rules: Cleans up");
	run_free(&run);
	run = history(f, "none", WORDS("--since", "8w", "--plain", "--ascii"));
	for (const char *c = run.out; *c; c++)
		assert_true((unsigned char)*c < 0x80);
	has_not(run.out, "##");
	has_not(run.out, "---");
	run_free(&run);
}

static void mail_says_who_and_what(void **state)
{
	struct fixture *f = *state;
	struct run run = history(f, "none", WORDS("--since", "12w", "--format", "markdown"));
	char *lost;

	assert_int_equal(run.status, 0);
	has(run.out, "# Gaps, the week to ");
	has(run.out, "## Regressed: were met, and are not any more");
	lost = xasprintf("**shop** lost *alerts* on %s (tier 2, acme/web): `%.8s` Cleans up, Kim",
			 date_of(f, 3), f->unruled);
	has(run.out, lost);
	has(run.out, "## Where effort helps most");
	has(run.out, "**acme/web**: 2 open (2 in tier 2), the oldest for ");
	/* The attestation of 45 days ago ends 60 days after. */
	has(run.out, "## Due: gaps again unless somebody acts before");
	has(run.out, " shop, *review* (tier 2, acme/web): the attestation of ");
	/* One line for what is equally old, in days as everywhere. */
	has(run.out, "## Open the longest in tiers 1 and 2\n\n- **shop** (tier 2, acme/web): *");
	has_not(run.out, "2mo");
	has_not(run.out, "with thanks");
	free(lost);
	run_free(&run);
	/* Seen with steps of fourteen weeks the playbook was closed in the last one. */
	run = history(f, "none", WORDS("--since", "30w", "--every", "15w", "--format", "markdown"));
	has(run.out, "## Closed, with thanks to");
	has(run.out, "- **Hal**: *playbook* of shop (`");
	has(run.out, "the 15 weeks before");
	run_free(&run);
}

static void data_fits_its_schema(void **state)
{
	static const char *const scopes[][2] = {
	    {"--service", "shop"}, {"--check", "alerts"}, {"--owner", "web"}, {"--tier", "2"},
	    {"--since", "3d"},	   {"--every", "1d"},	  {"--jobs", "1"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(scopes); i++) {
		struct run run = history(f, "none",
					 WORDS(scopes[i][0], scopes[i][1], "--format", "json")),
			   judge;
		char *path = xasprintf("%s/out", f->dir);

		assert_int_equal(run.status, 0);
		gitfix_write_bytes(f->dir, "out", run.out, run.out_len);
		judge = run_program((const char *const[]){
		    "/usr/bin/python3", "tests/cli/validate.py", "history", path, NULL});
		if (judge.status)
			fail_msg("%s %s: %s%s", scopes[i][0], scopes[i][1], judge.out, judge.err);
		run_free(&judge);
		run_free(&run);
		free(path);
	}
}

static void spreadsheet_has_a_row_a_week_and_tier(void **state)
{
	struct fixture *f = *state;
	struct run run = history(f, "none", WORDS("--since", "4w", "--format", "csv"));

	assert_int_equal(run.status, 0);
	has(run.out, "until,tier,services,open,opened,closed,regressed,mean_age,median_age\n");
	has(run.out, ",2,1,2,1,0,1,");
	assert_int_equal(count_lines(run.out), 1 + 5 * 5);
	run_free(&run);
	run = history(f, "none", WORDS("--since", "4w", "--format", "jsonl"));
	assert_int_equal(count_lines(run.out), 5 * 5);
	run_free(&run);
}

static void what_is_wrong_is_said(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *words[2];
		const char *says;
	} cases[] = {
	    {{"--status", "gap"}, "does not take --status"},
	    {{"--since", "tomorrow"}, "--since does not know \"tomorrow\""},
	    {{"--since", "2999-01-01"}, "--since does not know"},
	    {{"--every", "1s"}, "--every does not know \"1s\""},
	    {{"--every", "1h"}, "a longer one for so long a time"},
	    {{"--service", "shopp"}, "did you mean shop?"},
	    {{"--check", "nothing"}, "the checklist has no item \"nothing\""},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct run run = history(f, "none", WORDS(cases[i].words[0], cases[i].words[1]));

		assert_int_equal(run.status, 2);
		has(run.err, cases[i].says);
		assert_string_equal(run.out, "");
		run_free(&run);
	}
}

/* What was there before a shallow clone begins nobody knows. */
static void shallow_history_is_incomplete(void **state)
{
	struct fixture *f = *state;
	struct gitfix *fix = gitfix_new(f->repos, "cut");
	char first[SHA], second[SHA];
	struct run run;

	gitfix_file(fix, "a", "1");
	commit(f, fix, 60, "Ada", "First", first);
	gitfix_file(fix, "a", "2");
	commit(f, fix, 50, "Ada", "Second", second);
	gitfix_file(fix, "README.md", "2");
	commit(f, fix, 40, "Ada", "Third", first);
	gitfix_shallow(fix, second);
	run = history(f, "none", WORDS("--service", "cut", "--format", "csv"));
	assert_int_equal(run.status, 3);
	has(run.err, "its history is not whole");
	has(run.err, "git fetch --unshallow");
	has(run.out, first);
	has_not(run.out, second);
	assert_int_equal(count_lines(run.out), 2);
	run_free(&run);
	gitfix_free(fix);
}

/* ---- the store ---- */

static struct store *open_store(const struct fixture *f, enum store_access access)
{
	struct store_options options = {
	    .url = f->store, .access = access, .command = "a test", .version = "0", .now = f->now};
	struct err err = {0};
	struct store *store = store_open(&options, &err);

	if (!store && err.what)
		fail_msg("%s", err.what);
	err_clear(&err);
	return store;
}

struct looked {
	size_t git, seen;
	char opened[SHA]; /* the commit of shop's gap in alerts */
};

static void look(void *ctx, const struct interval *interval, enum interval_origin origin)
{
	struct looked *in = ctx;

	in->git += origin == INTERVAL_GIT;
	in->seen += origin == INTERVAL_SEEN;
	if (!strcmp(interval->service, "shop") && !strcmp(interval->check, "alerts") &&
	    !interval->until && interval->opened.hash)
		memcpy(in->opened, interval->opened.hash, SHA);
}

static void count_day(void *ctx, const struct store_day *day)
{
	size_t *count = ctx;

	(void)day;
	(*count)++;
}

static void store_is_not_made_for_it(void **state)
{
	struct fixture *f = *state;
	struct run run = history(f, f->store, WORDS("-v"));

	assert_int_equal(run.status, 0);
	has_not(run.err, "written to");
	assert_null(open_store(f, STORE_READ));
	run_free(&run);
}

static void store_gets_what_git_knows(void **state)
{
	struct fixture *f = *state;
	struct store *store = open_store(f, STORE_WRITE);
	const struct store_scope everything = {0};
	struct store_history kept;
	struct looked looked = {0};
	struct err err = {0};
	size_t days = 0;
	struct run run;

	/* What a source said of shop, and what git knows better. */
	assert_int_equal(store_put_change(store, NULL,
					  &(struct interval){.service = "shop",
							     .check = "pager",
							     .status = STATUS_GAP,
							     .required = true,
							     .tier = 1,
							     .from = f->now - 9 * DAY,
							     .opened = {.kind = CAUSE_LIVE},
							     .owner = "acme/web"},
					  &err),
			 0);
	assert_int_equal(store_put_change(store, NULL,
					  &(struct interval){.service = "shop",
							     .check = "readme",
							     .status = STATUS_GAP,
							     .required = true,
							     .from = f->now - 9 * DAY},
					  &err),
			 0);
	run = history(f, f->store, WORDS("--service", "shop", "--format", "csv"));
	assert_int_equal(run.status, 0);
	assert_string_equal(run.err, "");
	has(run.out, ",opened,shop,pager,1,acme/web,");
	assert_int_equal(count_lines(run.out), 1 + 10 + 1);
	run_free(&run);
	assert_true(store_get_history(store, &kept));
	assert_true(kept.until >= f->now && kept.until < f->now + 600);
	assert_string_equal(kept.roots, f->repos);
	assert_int_equal(store_intervals(store, &everything, look, &looked, &err), 0);
	assert_true(looked.git > 10);
	assert_int_equal(looked.seen, 2);
	assert_string_equal(looked.opened, f->unruled);
	assert_int_equal(store_days(store, "owner:acme/web", 0, f->now, count_day, &days, &err), 0);
	assert_true(days > 2 && days < 30);
	/* A look at a shorter time takes nothing from it. */
	run = history(f, f->store, WORDS("--since", "2w", "-v"));
	has(run.err, "knows of a longer time");
	run_free(&run);
	assert_true(store_get_history(store, &kept));
	assert_true(kept.until - kept.since > 360 * DAY);
	run = history(f, f->store, WORDS("-v"));
	has(run.err, "svctop: written to ");
	run_free(&run);
	run = history(f, f->store, WORDS("-q"));
	assert_string_equal(run.err, "");
	run_free(&run);
	store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(each_change_names_its_commit, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(text_lists_them_newest_first, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(counts_stand_a_week, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(mail_says_who_and_what, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(data_fits_its_schema, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(spreadsheet_has_a_row_a_week_and_tier, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(what_is_wrong_is_said, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(shallow_history_is_incomplete, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(store_is_not_made_for_it, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(store_gets_what_git_knows, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
