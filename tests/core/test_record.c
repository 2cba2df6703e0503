/* Since when a finding has its status, and what is told of changes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/buf.h"
#include "core/record.h"

#define NOW 1800000000
#define DAY 86400

static const char list_text[] = "schema: 1\n"
				"name: test\n"
				"checks:\n"
				"  - {id: readme, tier: 4, title: R, why: w, close: c,\n"
				"     pass: {files: [README.md]}}\n"
				"  - {id: ci, tier: 3, title: C, why: w, close: c,\n"
				"     pass: {files: [ci.yml]}}\n";
static const char other_list_text[] = "schema: 1\n"
				      "name: other\n"
				      "checks:\n"
				      "  - {id: backup, tier: 4, title: B, why: w, close: c,\n"
				      "     pass: {files: [backup.yml]}}\n"
				      "  - {id: ci, tier: 3, title: C, why: w, close: c,\n"
				      "     pass: {files: [ci.yml]}}\n";

enum { README, CI, CHECKS };

struct fixture {
	struct checklist *list;
	struct record *record;
	struct buf told; /* a line each */
	struct finding findings[CHECKS];
};

static struct checklist *parse(const char *text)
{
	struct err err = {0};
	struct checklist *list = checklist_parse("list.yml", text, strlen(text), &err);

	if (!list)
		fail_msg("%s: %s", err.where, err.what);
	return list;
}

static void put_cause(struct buf *out, const struct cause *cause)
{
	static const char *const kinds[] = {"nothing", "commit",   "live",
					    "time",    "appeared", "gone"};

	buf_addf(out, " by %s", kinds[cause->kind]);
	if (cause->hash)
		buf_addf(out, " %s", cause->hash);
}

static void changed(void *ctx, const struct interval *closed, const struct interval *opened)
{
	struct fixture *f = ctx;
	struct buf *out = &f->told;

	if (closed) {
		buf_addf(out, "%s/%s was %s for %d", closed->service, closed->check,
			 status_name(closed->status), (int)(closed->until - closed->from));
		put_cause(out, &closed->closed);
	}
	if (opened) {
		assert_int_equal(opened->until, 0);
		buf_addf(out, "%s%s/%s is %s%s since %d%s", closed ? ", " : "", opened->service,
			 opened->check, status_name(opened->status),
			 opened->required ? "" : " (not asked for)", (int)(opened->from - NOW),
			 opened->at_least ? "+" : "");
		put_cause(out, &opened->opened);
		if (opened->evidence)
			buf_addf(out, " at %s", opened->evidence);
	}
	buf_addc(out, '\n');
}

static void renamed(void *ctx, const char *before, const char *now)
{
	struct fixture *f = ctx;

	buf_addf(&f->told, "%s is %s\n", before, now);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->list = parse(list_text);
	f->record = record_new(f->list, changed, f);
	record_on_rename(f->record, renamed);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	record_free(f->record);
	checklist_free(f->list);
	buf_free(&f->told);
	free(f);
	return 0;
}

static struct finding is(enum status status)
{
	return (struct finding){.status = status, .required = true, .reason = "because"};
}

static struct finding unknown(enum unknown_code code)
{
	struct finding finding = is(STATUS_UNKNOWN);

	finding.code = code;
	return finding;
}

/* Notes both findings of "pay". */
static void note(struct fixture *f, int64_t now, struct finding readme, struct finding ci)
{
	f->findings[README] = readme;
	f->findings[CI] = ci;
	record_note(f->record, "pay", 2, "acme/payments", f->findings, CHECKS, now);
}

static void note_readme(struct fixture *f, int64_t now, struct finding readme)
{
	note(f, now, readme, unknown(UNKNOWN_NO_SOURCE));
}

static void assert_told(struct fixture *f, const char *lines)
{
	assert_string_equal(buf_str(&f->told), lines);
	buf_reset(&f->told);
}

static void assert_since(const struct fixture *f, size_t check, int64_t since, bool at_least)
{
	assert_int_equal(f->findings[check].since, since);
	assert_int_equal(f->findings[check].since_at_least, at_least);
}

static struct cause commit(const char *hash)
{
	return (struct cause){.kind = CAUSE_COMMIT,
			      .checkout = "/src/pay",
			      .hash = hash,
			      .author = "Mina R.",
			      .subject = "tidy up",
			      .time = NOW,
			      .among = 1};
}

static struct interval learnt(enum status status, int64_t from)
{
	return (struct interval){.service = "pay",
				 .check = "readme",
				 .status = status,
				 .required = true,
				 .from = from,
				 .owner = "acme/payments"};
}

static void what_is_seen_first_may_be_older(void **state)
{
	struct fixture *f = *state;

	note(f, NOW, is(STATUS_GAP), is(STATUS_PASS));
	assert_told(f, "pay/readme is gap since 0+ by nothing\n"
		       "pay/ci is pass since 0+ by nothing\n");
	assert_since(f, README, NOW, true);
	note(f, NOW + DAY, is(STATUS_GAP), is(STATUS_PASS));
	assert_told(f, "");
	assert_since(f, README, NOW, true);
	assert_true(record_knows(f->record, "pay"));
	assert_false(record_knows(f->record, "ledger"));
}

static void a_service_that_a_commit_made_begins_with_it(void **state)
{
	struct fixture *f = *state;
	struct cause cause = commit("c0ffee");

	record_cause(f->record, &cause);
	note_readme(f, NOW, is(STATUS_GAP));
	assert_told(f, "pay/readme is gap since 0 by commit c0ffee\n");
	assert_since(f, README, NOW, false);
	/* What was not known of a service that was, is older than the commit for all we know. */
	note(f, NOW + 1, is(STATUS_GAP), is(STATUS_GAP));
	assert_told(f, "pay/ci is gap since 1+ by nothing\n");
}

static void a_change_ends_one_interval_and_begins_another(void **state)
{
	struct fixture *f = *state;
	struct evidence evidence = {.checkout = "/src/pay", .path = "README.md", .line = 3};
	struct finding pass = is(STATUS_PASS);
	struct cause cause = commit("c0ffee");
	struct interval open;

	note_readme(f, NOW, is(STATUS_GAP));
	buf_reset(&f->told);
	pass.evidence = &evidence;
	pass.evidence_count = 1;
	record_cause(f->record, &cause);
	note_readme(f, NOW + DAY, pass);
	assert_told(f, "pay/readme was gap for 86400 by commit c0ffee, "
		       "pay/readme is pass since 86400 by commit c0ffee at README.md:3\n");
	assert_since(f, README, NOW + DAY, false);
	assert_true(record_open(f->record, "pay", "readme", &open));
	assert_string_equal(open.opened.author, "Mina R.");
	assert_string_equal(open.opened.subject, "tidy up");
	assert_int_equal(open.tier, 2);
	assert_string_equal(open.owner, "acme/payments");
	assert_false(record_open(f->record, "pay", "ci", &open));
	assert_false(record_open(f->record, "pay", "no-such-check", &open));
	record_cause(f->record, NULL);
	assert_int_equal(record_cause_now(f->record)->kind, CAUSE_NONE);
	note_readme(f, NOW + 2 * DAY, is(STATUS_GAP));
	assert_told(f, "pay/readme was pass for 86400 by nothing, "
		       "pay/readme is gap since 172800 by nothing\n");
}

static void silence_ends_nothing(void **state)
{
	static const enum unknown_code blind[] = {UNKNOWN_NO_SOURCE, UNKNOWN_FAILED};
	struct fixture *f = *state;

	note_readme(f, NOW, is(STATUS_PASS));
	buf_reset(&f->told);
	for (size_t i = 0; i < 2; i++) {
		note_readme(f, NOW + DAY, unknown(blind[i]));
		assert_since(f, README, 0, false);
		note_readme(f, NOW + 2 * DAY, is(STATUS_PASS));
		assert_since(f, README, NOW, true);
	}
	assert_told(f, "");
	note_readme(f, NOW + 3 * DAY, unknown(UNKNOWN_FAILED));
	note_readme(f, NOW + 4 * DAY, is(STATUS_GAP));
	assert_told(f, "pay/readme was pass for 345600 by nothing, "
		       "pay/readme is gap since 345600 by nothing\n");
}

static void silence_begins_nothing(void **state)
{
	struct fixture *f = *state;

	note_readme(f, NOW, unknown(UNKNOWN_FAILED));
	assert_told(f, "");
	assert_since(f, README, 0, false);
	note_readme(f, NOW + DAY, is(STATUS_GAP));
	assert_told(f, "pay/readme is gap since 86400+ by nothing\n");
}

/* That something is not to be seen from here was found out, unlike that nobody answered. */
static void not_visible_is_an_answer(void **state)
{
	struct fixture *f = *state;

	note_readme(f, NOW, is(STATUS_GAP));
	buf_reset(&f->told);
	note_readme(f, NOW + 10, unknown(UNKNOWN_NOT_VISIBLE));
	assert_told(f, "pay/readme was gap for 10 by nothing, "
		       "pay/readme is unknown since 10 by nothing\n");
	assert_since(f, README, NOW + 10, false);
}

static void being_asked_for_is_part_of_it(void **state)
{
	struct fixture *f = *state;
	struct finding spare = is(STATUS_GAP);
	struct cause cause = commit("beef");

	spare.required = false;
	note_readme(f, NOW, spare);
	assert_told(f, "pay/readme is gap (not asked for) since 0+ by nothing\n");
	record_cause(f->record, &cause);
	note_readme(f, NOW + 5, is(STATUS_GAP));
	assert_told(f, "pay/readme was gap for 5 by commit beef, "
		       "pay/readme is gap since 5 by commit beef\n");
	assert_since(f, README, NOW + 5, false);
}

static void a_service_that_leaves_ends_all(void **state)
{
	struct fixture *f = *state;

	note(f, NOW, is(STATUS_GAP), is(STATUS_PASS));
	buf_reset(&f->told);
	record_gone(f->record, "pay", NOW + 7);
	assert_told(f, "pay/readme was gap for 7 by gone\npay/ci was pass for 7 by gone\n");
	assert_false(record_knows(f->record, "pay"));
	record_gone(f->record, "pay", NOW + 8);
	assert_told(f, "");
	note_readme(f, NOW + 9, is(STATUS_GAP));
	assert_told(f, "pay/readme is gap since 9+ by nothing\n");
}

static void a_new_name_keeps_the_age(void **state)
{
	struct fixture *f = *state;
	struct interval open;

	note_readme(f, NOW, is(STATUS_GAP));
	buf_reset(&f->told);
	assert_true(record_rename(f->record, "pay", "payments"));
	assert_told(f, "pay is payments\n");
	assert_false(record_knows(f->record, "pay"));
	assert_true(record_open(f->record, "payments", "readme", &open));
	assert_int_equal(open.from, NOW);
	assert_string_equal(open.service, "payments");
	assert_string_equal(open.owner, "acme/payments");
	note_readme(f, NOW, is(STATUS_GAP));
	assert_false(record_rename(f->record, "pay", "payments"));
	assert_false(record_rename(f->record, "ledger", "books"));
	assert_false(record_knows(f->record, "books"));
}

static void a_clock_that_goes_back_makes_no_sense_of_it(void **state)
{
	struct fixture *f = *state;

	note(f, NOW, is(STATUS_GAP), is(STATUS_PASS));
	buf_reset(&f->told);
	note(f, NOW - DAY, is(STATUS_PASS), is(STATUS_PASS));
	/* It did not end before it began, and is not since tomorrow. */
	assert_told(f, "pay/readme was gap for 0 by nothing, "
		       "pay/readme is pass since -86400 by nothing\n");
	assert_since(f, CI, NOW - DAY, true);
	record_learn(f->record, &(struct interval){.service = "mail",
						   .check = "ci",
						   .status = STATUS_GAP,
						   .required = true,
						   .from = NOW + DAY});
	f->findings[CI] = is(STATUS_GAP);
	record_ask(f->record, "mail", f->findings, CHECKS, NOW);
	assert_since(f, CI, NOW, true);
	record_gone(f->record, "mail", NOW);
	assert_told(f, "mail/ci was gap for 0 by gone\n");
}

static void times_that_cannot_be_are_bounded(void **state)
{
	struct fixture *f = *state;
	struct interval odd = learnt(STATUS_GAP, INT64_MAX), open;

	record_learn(f->record, &odd);
	assert_true(record_open(f->record, "pay", "readme", &open));
	assert_int_equal(open.from, INT64_C(253402300799));
	odd = learnt(STATUS_GAP, INT64_MIN);
	record_learn(f->record, &odd);
	assert_true(record_open(f->record, "pay", "readme", &open));
	assert_int_equal(open.from, 0);
}

static void what_is_learnt_is_as_if_it_had_been_seen(void **state)
{
	struct fixture *f = *state;
	struct interval open = learnt(STATUS_GAP, NOW - 100 * DAY);
	uint64_t generation = record_generation(f->record);

	open.opened = commit("f00d");
	record_learn(f->record, &open);
	assert_told(f, "");
	assert_int_not_equal(record_generation(f->record), generation);
	note_readme(f, NOW, is(STATUS_GAP));
	assert_told(f, "");
	assert_since(f, README, NOW - 100 * DAY, false);
	note_readme(f, NOW, is(STATUS_PASS));
	assert_told(f, "pay/readme was gap for 8640000 by nothing, "
		       "pay/readme is pass since 0 by nothing\n");
}

static void assert_learns(struct fixture *f, struct interval open, int64_t from, bool at_least)
{
	struct interval known;

	record_learn(f->record, &open);
	assert_true(record_open(f->record, "pay", "readme", &known));
	assert_int_equal(known.from, from);
	assert_int_equal(known.at_least, at_least);
	assert_int_equal(known.status, STATUS_GAP);
}

/* What git was asked before a commit arrived does not hide what the commit made of it. */
static void what_was_seen_later_is_what_became_of_it(void **state)
{
	struct fixture *f = *state;
	struct interval then = learnt(STATUS_PASS, NOW - 100 * DAY),
			seen = learnt(STATUS_GAP, NOW - DAY),
			older = learnt(STATUS_PASS, NOW - 9 * DAY);
	struct interval known;

	record_learn(f->record, &then);
	record_learn_seen(f->record, &seen);
	assert_true(record_open(f->record, "pay", "readme", &known));
	assert_int_equal(known.status, STATUS_GAP);
	assert_int_equal(known.from, NOW - DAY);
	record_learn_seen(f->record, &older);
	assert_true(record_open(f->record, "pay", "readme", &known));
	assert_int_equal(known.status, STATUS_GAP);
}

static void the_one_that_says_more_is_kept(void **state)
{
	struct fixture *f = *state;
	struct interval open;

	note_readme(f, NOW, is(STATUS_GAP));
	open = learnt(STATUS_PASS, NOW - 9 * DAY);
	assert_learns(f, open, NOW, true);
	open = learnt(STATUS_GAP, NOW - 9 * DAY);
	open.required = false;
	assert_learns(f, open, NOW, true);
	open = learnt(STATUS_GAP, NOW - DAY);
	open.at_least = true;
	assert_learns(f, open, NOW - DAY, true);
	open.from = NOW - DAY / 2;
	assert_learns(f, open, NOW - DAY, true);
	open = learnt(STATUS_GAP, NOW - 2 * DAY);
	assert_learns(f, open, NOW - 2 * DAY, false);
	assert_learns(f, learnt(STATUS_GAP, NOW - DAY), NOW - 2 * DAY, false);
	open.from = NOW - 3 * DAY;
	open.at_least = true;
	assert_learns(f, open, NOW - 2 * DAY, false);
	assert_learns(f, learnt(STATUS_GAP, NOW - 4 * DAY), NOW - 4 * DAY, false);
	/* Ended ones, other lists' checks and silence are not for a record. */
	open = learnt(STATUS_GAP, NOW - 50 * DAY);
	open.until = NOW;
	assert_learns(f, open, NOW - 4 * DAY, false);
	open = learnt(STATUS_GAP, NOW - 50 * DAY);
	open.check = "no-such-check";
	assert_learns(f, open, NOW - 4 * DAY, false);
	open = learnt(STATUS_UNKNOWN, NOW - 50 * DAY);
	open.check = "ci";
	open.code = UNKNOWN_NO_SOURCE;
	record_learn(f->record, &open);
	assert_false(record_open(f->record, "pay", "ci", &open));
}

static void asking_notes_nothing(void **state)
{
	struct fixture *f = *state;

	note_readme(f, NOW, is(STATUS_GAP));
	buf_reset(&f->told);
	f->findings[README] = is(STATUS_GAP);
	f->findings[CI] = is(STATUS_GAP);
	record_ask(f->record, "pay", f->findings, CHECKS, NOW + 1);
	assert_since(f, README, NOW, true);
	assert_since(f, CI, 0, false);
	f->findings[README] = is(STATUS_PASS);
	record_ask(f->record, "pay", f->findings, CHECKS, NOW + 1);
	assert_since(f, README, 0, false);
	record_ask(f->record, "nobody", f->findings, CHECKS, NOW + 1);
	assert_told(f, "");
	assert_false(record_knows(f->record, "nobody"));
	note_readme(f, NOW + 1, is(STATUS_GAP));
	assert_since(f, README, NOW, true);
}

static void another_checklist_keeps_what_both_have(void **state)
{
	struct fixture *f = *state;
	struct checklist *other = parse(other_list_text);
	struct interval open;

	note(f, NOW, is(STATUS_GAP), is(STATUS_GAP));
	buf_reset(&f->told);
	record_set_checklist(f->record, other);
	checklist_free(f->list);
	f->list = other;
	assert_false(record_open(f->record, "pay", "readme", &open));
	assert_true(record_open(f->record, "pay", "ci", &open));
	assert_int_equal(open.from, NOW);
	note(f, NOW + 3, is(STATUS_PASS), is(STATUS_GAP));
	assert_told(f, "pay/backup is pass since 3+ by nothing\n");
	assert_since(f, CI, NOW, true);
}

static void put_open(void *ctx, const struct interval *open)
{
	buf_addf(ctx, "%s/%s ", open->service, open->check);
}

static void all_come_by_name_and_check(void **state)
{
	static const char *const names[] = {"stock", "mail", "pay"};
	struct fixture *f = *state;
	struct buf all = {0};

	for (size_t i = 0; i < 3; i++) {
		f->findings[README] = f->findings[CI] = is(STATUS_GAP);
		record_note(f->record, names[i], 0, NULL, f->findings, CHECKS, NOW);
	}
	record_gone(f->record, "pay", NOW);
	record_each(f->record, put_open, &all);
	assert_string_equal(buf_str(&all), "mail/readme mail/ci stock/readme stock/ci ");
	buf_free(&all);
}

/* Commits and services come and go for years; those that are of use stay as they are. */
static void what_is_of_no_use_is_dropped(void **state)
{
	struct fixture *f = *state;
	struct cause cause = commit("first");
	struct interval open;

	record_cause(f->record, &cause);
	note(f, NOW, is(STATUS_GAP), is(STATUS_GAP));
	for (int i = 0; i < 5000; i++) {
		char hash[16], name[16];

		snprintf(hash, sizeof(hash), "%d", i);
		snprintf(name, sizeof(name), "s%d", i);
		cause = commit(hash);
		record_cause(f->record, &cause);
		note(f, NOW + i, is(STATUS_GAP), is(i % 2 ? STATUS_GAP : STATUS_PASS));
		record_note(f->record, name, 1, NULL, f->findings, CHECKS, NOW);
		record_gone(f->record, name, NOW);
		buf_reset(&f->told);
	}
	assert_true(record_open(f->record, "pay", "readme", &open));
	assert_string_equal(open.opened.hash, "first");
	assert_true(record_open(f->record, "pay", "ci", &open));
	assert_string_equal(open.opened.hash, "4999");
	assert_false(record_knows(f->record, "s77"));
}

static void copies_are_whole(void **state)
{
	struct arena *arena = arena_new();
	char hash[] = "c0ffee", service[] = "pay";
	struct interval open = learnt(STATUS_GAP, NOW), copy;

	(void)state;
	open.service = service;
	open.opened = commit(hash);
	open.evidence = "README.md:3";
	copy = interval_copy(&open, arena);
	memset(hash, 'x', 6);
	memset(service, 'x', 3);
	assert_string_equal(copy.service, "pay");
	assert_string_equal(copy.check, "readme");
	assert_string_equal(copy.opened.hash, "c0ffee");
	assert_string_equal(copy.opened.subject, "tidy up");
	assert_null(copy.closed.hash);
	assert_string_equal(copy.owner, "acme/payments");
	assert_string_equal(copy.evidence, "README.md:3");
	assert_true(interval_is_gap(&copy));
	arena_free(arena);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(what_is_seen_first_may_be_older),
	    TEST(a_service_that_a_commit_made_begins_with_it),
	    TEST(a_change_ends_one_interval_and_begins_another),
	    TEST(silence_ends_nothing),
	    TEST(silence_begins_nothing),
	    TEST(not_visible_is_an_answer),
	    TEST(being_asked_for_is_part_of_it),
	    TEST(a_service_that_leaves_ends_all),
	    TEST(a_new_name_keeps_the_age),
	    TEST(a_clock_that_goes_back_makes_no_sense_of_it),
	    TEST(times_that_cannot_be_are_bounded),
	    TEST(what_is_learnt_is_as_if_it_had_been_seen),
	    TEST(what_was_seen_later_is_what_became_of_it),
	    TEST(the_one_that_says_more_is_kept),
	    TEST(asking_notes_nothing),
	    TEST(another_checklist_keeps_what_both_have),
	    TEST(all_come_by_name_and_check),
	    TEST(what_is_of_no_use_is_dropped),
	    TEST(copies_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
