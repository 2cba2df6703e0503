/* What git says and what was seen, as one line of time. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/interval_merge.h"
#include "core/mem.h"
#include "tests/support/fakefleet.h"

#define GIT  false
#define SEEN true

static const struct cause by_commit = {.kind = CAUSE_COMMIT, .hash = "4f2c9ab", .subject = "Tidy"};

static struct interval part(const char *check, enum status status, int64_t from, int64_t until)
{
	return (struct interval){.service = "checkout",
				 .check = check,
				 .status = status,
				 .required = true,
				 .tier = 1,
				 .from = from,
				 .until = until};
}

static void add(struct interval_merge *merge, bool seen, const char *check, enum status status,
		int64_t from, int64_t until)
{
	struct interval interval = part(check, status, from, until);

	interval.opened = by_commit;
	interval_merge_add(merge, &interval, seen);
}

/* The lines must be these: "ci gap 10-20, ...", without a fleet. */
static void expect(struct interval_merge *merge, int64_t git_until, const char *expected)
{
	struct buf text = {0};
	const struct interval *intervals;
	size_t count;

	interval_merge_end(merge, git_until);
	intervals = interval_merge_now(merge, NULL, 0, &count);
	for (size_t i = 0; i < count; i++) {
		buf_addf(&text, "%s%s %s %d-", i ? ", " : "", intervals[i].check,
			 status_name(intervals[i].status), (int)intervals[i].from);
		if (intervals[i].until)
			buf_addf(&text, "%d", (int)intervals[i].until);
	}
	assert_string_equal(buf_str(&text), expected);
	buf_free(&text);
	interval_merge_free(merge);
}

static void only_git(void **state)
{
	struct interval_merge *merge = interval_merge_new();

	(void)state;
	add(merge, GIT, "ci", STATUS_GAP, 20, 0);
	add(merge, GIT, "ci", STATUS_PASS, 10, 20);
	add(merge, GIT, "alerts", STATUS_PASS, 10, 0); /* never a gap: nobody needs it */
	expect(merge, 100, "ci pass 10-20, ci gap 20-");
}

static void only_seen(void **state)
{
	struct interval_merge *merge = interval_merge_new();

	(void)state;
	add(merge, SEEN, "ci", STATUS_GAP, 20, 30);
	add(merge, SEEN, "ci", STATUS_PASS, 30, 0);
	expect(merge, 0, "ci gap 20-30, ci pass 30-");
}

/* git was read at 100, and knows when the commit was made that was seen at 60. */
static void git_is_believed_where_both_agree(void **state)
{
	struct interval_merge *merge = interval_merge_new();

	(void)state;
	add(merge, GIT, "ci", STATUS_PASS, 10, 50);
	add(merge, GIT, "ci", STATUS_GAP, 50, 0);
	add(merge, SEEN, "ci", STATUS_PASS, 20, 60);
	add(merge, SEEN, "ci", STATUS_GAP, 60, 120);
	add(merge, SEEN, "ci", STATUS_PASS, 120, 0);
	expect(merge, 100, "ci pass 10-50, ci gap 50-120, ci pass 120-");
}

/* A live source knew better than git. */
static void what_was_seen_is_believed_where_they_differ(void **state)
{
	struct interval_merge *merge = interval_merge_new();

	(void)state;
	add(merge, GIT, "ci", STATUS_GAP, 10, 0);
	add(merge, SEEN, "ci", STATUS_PASS, 60, 0);
	expect(merge, 100, "ci gap 10-60, ci pass 60-");
}

/* First seen as a gap on day 60: git says since when. */
static void what_was_first_seen_is_older(void **state)
{
	struct interval_merge *merge = interval_merge_new();
	struct interval seen = part("ci", STATUS_GAP, 60, 0);
	const struct interval *intervals;
	size_t count;

	(void)state;
	seen.at_least = true;
	interval_merge_add(merge, &seen, SEEN);
	add(merge, GIT, "ci", STATUS_GAP, 10, 0);
	interval_merge_end(merge, 55);
	intervals = interval_merge_now(merge, NULL, 0, &count);
	assert_int_equal(count, 1);
	assert_int_equal(intervals[0].from, 10);
	assert_false(intervals[0].at_least);
	assert_string_equal(intervals[0].opened.subject, "Tidy");
	interval_merge_free(merge);
}

static void a_service_that_went_after_git_was_read(void **state)
{
	struct interval_merge *merge = interval_merge_new();

	(void)state;
	add(merge, GIT, "ci", STATUS_GAP, 10, 0);
	add(merge, SEEN, "ci", STATUS_GAP, 60, 120);
	expect(merge, 100, "ci gap 10-120");
}

/* Whatever a damaged store says: times in order, nothing overlaps, nothing before it is lost. */
static void nonsense(void **state)
{
	uint32_t random = 1;

	(void)state;
	for (int round = 0; round < 300; round++) {
		struct interval_merge *merge = interval_merge_new();
		const struct interval *intervals;
		size_t count;

		for (int i = 0; i < 12; i++) {
			random = random * 1664525u + 1013904223u;
			add(merge, random >> 9 & 1, random >> 10 & 1 ? "ci" : "slo",
			    (enum status)((random >> 12) % 5), (int64_t)(random >> 16 & 63) - 8,
			    (int64_t)(random >> 24 & 63));
		}
		interval_merge_end(merge, (int64_t)(random >> 20 & 63));
		intervals = interval_merge_now(merge, NULL, 0, &count);
		for (size_t i = 0; i < count; i++) {
			assert_true(intervals[i].until == 0 ||
				    intervals[i].until > intervals[i].from);
			if (i > 0 && strcmp(intervals[i].check, intervals[i - 1].check) == 0)
				assert_true(intervals[i - 1].until != 0 &&
					    intervals[i].from >= intervals[i - 1].until);
		}
		interval_merge_free(merge);
	}
}

/* ---- with a fleet ---- */

struct fixture {
	struct checklist *checklist;
	struct fleet *fleet;
	const struct service *service;
	const struct check *gap, *pass; /* required of the service */
};

static const struct check *required(const struct fixture *fix, enum status status)
{
	for (size_t c = 0; c < fix->checklist->check_count; c++)
		if (fix->service->findings[c].required &&
		    fix->service->findings[c].status == status)
			return &fix->checklist->checks[c];
	return NULL;
}

static int set_up(void **state)
{
	struct fixture *fix = xcalloc(1, sizeof(*fix));

	fix->checklist = checklist_builtin();
	fix->fleet = fake_fleet(fix->checklist, 10);
	for (size_t i = 0; i < fleet_count(fix->fleet) && (!fix->gap || !fix->pass); i++) {
		fix->service = fleet_at(fix->fleet, i);
		fix->gap = required(fix, STATUS_GAP);
		fix->pass = required(fix, STATUS_PASS);
	}
	*state = fix;
	return fix->gap && fix->pass ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *fix = *state;

	fleet_free(fix->fleet);
	checklist_free(fix->checklist);
	free(fix);
	return 0;
}

static const struct interval *find(const struct interval *intervals, size_t count,
				   const struct fixture *fix, const struct check *check, int64_t at)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(intervals[i].service, fix->service->name) == 0 &&
		    strcmp(intervals[i].check, check->id) == 0 && intervals[i].from <= at &&
		    (intervals[i].until == 0 || intervals[i].until > at))
			return &intervals[i];
	return NULL;
}

/* What is open at the end is what the fleet says, whatever the store thinks. */
static void it_ends_as_the_fleet_is(void **state)
{
	struct fixture *fix = *state;
	struct interval_merge *merge = interval_merge_new();
	const struct interval *intervals;
	size_t count, open = 0;
	struct interval was_met = part(fix->gap->id, STATUS_PASS, 10, 0);
	struct interval was_gap = part(fix->pass->id, STATUS_GAP, 10, 0);

	was_met.service = was_gap.service = fix->service->name;
	interval_merge_add(merge, &was_met, GIT);
	interval_merge_add(merge, &was_gap, GIT);
	interval_merge_end(merge, 100);
	intervals = interval_merge_now(merge, fix->fleet, FAKE_NOW, &count);
	for (size_t i = 0; i < count; i++)
		open += interval_is_gap(&intervals[i]) && intervals[i].until == 0;
	assert_int_equal(open, fleet_summary(fix->fleet)->gaps);
	assert_int_equal(find(intervals, count, fix, fix->gap, FAKE_NOW - 1)->status, STATUS_PASS);
	assert_int_equal(find(intervals, count, fix, fix->gap, FAKE_NOW)->status, STATUS_GAP);
	assert_int_equal(find(intervals, count, fix, fix->pass, FAKE_NOW - 1)->status, STATUS_GAP);
	assert_int_equal(find(intervals, count, fix, fix->pass, FAKE_NOW)->status, STATUS_PASS);
	interval_merge_free(merge);
}

static void services_that_the_fleet_does_not_have(void **state)
{
	struct fixture *fix = *state;
	struct interval_merge *merge = interval_merge_new();
	struct interval elsewhere = part("ci", STATUS_GAP, 10, 0);
	struct interval ended = part("ci", STATUS_GAP, 10, 50);
	const struct interval *intervals;
	size_t count, found = 0;

	elsewhere.service = "elsewhere";
	ended.service = "ended";
	interval_merge_add(merge, &elsewhere, GIT);
	interval_merge_add(merge, &ended, GIT);
	interval_merge_end(merge, 100);
	intervals = interval_merge_now(merge, fix->fleet, FAKE_NOW, &count);
	for (size_t i = 0; i < count; i++) {
		assert_string_not_equal(intervals[i].service, "elsewhere");
		found += strcmp(intervals[i].service, "ended") == 0;
	}
	assert_int_equal(found, 1);
	interval_merge_free(merge);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_git),
	    cmocka_unit_test(only_seen),
	    cmocka_unit_test(git_is_believed_where_both_agree),
	    cmocka_unit_test(what_was_seen_is_believed_where_they_differ),
	    cmocka_unit_test(what_was_first_seen_is_older),
	    cmocka_unit_test(a_service_that_went_after_git_was_read),
	    cmocka_unit_test(nonsense),
	    cmocka_unit_test_setup_teardown(it_ends_as_the_fleet_is, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(services_that_the_fleet_does_not_have, set_up,
					    tear_down),
	};

	return cmocka_run_group_tests_name("interval_merge", tests, NULL, NULL);
}
