/* Counts over time made of intervals. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "core/trend.h"

#define DAY   INT64_C(86400)
#define WEEK  (7 * DAY)
#define START INT64_C(1700000000)
#define AT(d) (START + (d)*DAY)

static const struct trend_scope all;

static struct interval gap(const char *service, const char *check, int64_t from, int64_t until)
{
	return (struct interval){.service = service,
				 .check = check,
				 .status = STATUS_GAP,
				 .required = true,
				 .tier = 2,
				 .from = from,
				 .until = until,
				 .owner = "acme/web"};
}

static struct interval with(struct interval interval, enum status status)
{
	interval.status = status;
	return interval;
}

static void counts_open_opened_and_closed(void **state)
{
	struct interval intervals[] = {
	    gap("shop", "ci", AT(-5), AT(8)), gap("shop", "docs", AT(2), 0),
	    gap("mail", "ci", AT(9), AT(10)), /* between two points */
	    gap("mail", "docs", AT(14), 0),   /* at the very last */
	};
	struct trend *trend;
	struct trend_point points[8];
	struct trend_total total;

	(void)state;
	intervals[0].at_least = true;
	intervals[3].tier = 1;
	trend = trend_new(intervals, ARRAY_LEN(intervals), AT(0), AT(14), WEEK);
	assert_int_equal(trend_points(trend, &all, points, 8, &total), 3);
	assert_int_equal(points[0].at, AT(0));
	assert_int_equal(points[1].at, AT(7));
	assert_int_equal(points[2].at, AT(14));
	assert_int_equal(points[0].open, 1);
	assert_int_equal(points[0].opened, 0);
	assert_int_equal(points[1].open, 2);
	assert_int_equal(points[1].opened, 1);
	assert_int_equal(points[1].closed, 0);
	assert_int_equal(points[2].open, 2);
	assert_int_equal(points[2].open_by_tier[2], 1);
	assert_int_equal(points[2].open_by_tier[1], 1);
	assert_int_equal(points[2].opened, 2);
	assert_int_equal(points[2].closed, 2);
	assert_int_equal(points[0].services, 1);
	assert_int_equal(points[2].services, 2);
	assert_int_equal(points[1].mean_age, (12 * DAY + 5 * DAY) / 2);
	assert_int_equal(points[2].median_age, 6 * DAY);
	assert_int_equal(total.opened, 3);
	assert_int_equal(total.closed, 2);
	assert_int_equal(total.median_to_close, (13 * DAY + DAY) / 2);
	assert_int_equal(total.oldest, 12 * DAY);
	assert_true(total.at_least);
	trend_free(trend);
}

static void points_go_back_from_the_end(void **state)
{
	struct trend *trend = trend_new(NULL, 0, AT(0), AT(17), WEEK);
	struct trend_point points[8];
	struct trend_total total;

	(void)state;
	assert_int_equal(trend_points(trend, &all, points, 8, &total), 4);
	assert_int_equal(points[0].at, AT(0));
	assert_int_equal(points[1].at, AT(3));
	assert_int_equal(points[2].at, AT(10));
	assert_int_equal(points[3].at, AT(17));
	assert_int_equal(points[3].mean_age, -1);
	assert_int_equal(total.mean_to_close, -1);
	assert_int_equal(total.median_age, -1);
	assert_int_equal(total.oldest, -1);
	assert_false(total.at_least);
	/* Fewer: the newest. */
	assert_int_equal(trend_points(trend, &all, points, 2, NULL), 2);
	assert_int_equal(points[0].at, AT(10));
	assert_int_equal(points[1].at, AT(17));
	trend_free(trend);
}

static void time_of_no_length_has_one_point(void **state)
{
	struct interval one = gap("shop", "ci", AT(0), 0);
	struct trend *trend = trend_new(&one, 1, AT(0), AT(0), 0);
	struct trend_point points[4];

	(void)state;
	assert_int_equal(trend_points(trend, &all, points, 4, NULL), 1);
	assert_int_equal(points[0].open, 1);
	assert_int_equal(points[0].mean_age, 0);
	assert_int_equal(trend_points(trend, &all, points, 0, NULL), 0);
	trend_free(trend);
}

/* A list that was cut does not tell what was before it. */
static void more_points_than_there_may_be(void **state)
{
	struct interval intervals[] = {gap("shop", "ci", AT(1), AT(2)),
				       gap("shop", "docs", AT(2999), 0)};
	struct trend *trend = trend_new(intervals, 2, AT(0), AT(3000), DAY);
	struct trend_point *points = xcalloc(TREND_MAX_POINTS + 1, sizeof(*points));
	struct trend_total total;
	size_t count = trend_points(trend, &all, points, TREND_MAX_POINTS + 1, &total);
	uint32_t opened = 0;

	(void)state;
	assert_int_equal(count, TREND_MAX_POINTS);
	assert_int_equal(points[0].at, AT(3000 - TREND_MAX_POINTS + 1));
	for (size_t i = 0; i < count; i++)
		opened += points[i].opened;
	assert_int_equal(opened, 1);
	assert_int_equal(total.opened, 2);
	free(points);
	trend_free(trend);
}

static void regression_was_met_before(void **state)
{
	struct interval intervals[] = {
	    /* met, then not known, then a gap */
	    with(gap("a", "ci", AT(-9), AT(1)), STATUS_PASS),
	    with(gap("a", "ci", AT(1), AT(2)), STATUS_UNKNOWN),
	    gap("a", "ci", AT(2), 0),
	    /* not known before */
	    with(gap("b", "ci", AT(-9), AT(3)), STATUS_UNKNOWN),
	    gap("b", "ci", AT(3), 0),
	    /* waived before; n/a before */
	    with(gap("c", "ci", AT(-9), AT(4)), STATUS_WAIVED),
	    gap("c", "ci", AT(4), 0),
	    with(gap("c", "docs", AT(-9), AT(4)), STATUS_NA),
	    gap("c", "docs", AT(4), 0),
	    /* met, and lost before the time that is looked at */
	    with(gap("d", "ci", AT(-9), AT(-2)), STATUS_PASS),
	    gap("d", "ci", AT(-2), 0),
	    /* another service's pass */
	    with(gap("e", "ci", AT(-9), AT(5)), STATUS_PASS),
	    gap("f", "ci", AT(5), 0),
	    /* lost twice */
	    with(gap("g", "ci", AT(-9), AT(5)), STATUS_PASS),
	    gap("g", "ci", AT(5), AT(6)),
	    with(gap("g", "ci", AT(6), AT(7)), STATUS_PASS),
	    gap("g", "ci", AT(7), 0),
	};
	struct trend *trend = trend_new(intervals, ARRAY_LEN(intervals), AT(0), AT(7), WEEK);
	struct trend_point points[4];
	uint32_t indexes[8];

	(void)state;
	assert_int_equal(trend_points(trend, &all, points, 4, NULL), 2);
	assert_int_equal(points[1].opened, 7);
	assert_int_equal(points[1].regressed, 3);
	assert_int_equal(trend_regressions(trend, &all, indexes, 8), 3);
	assert_int_equal(indexes[0], 16);
	assert_int_equal(indexes[1], 14);
	assert_int_equal(indexes[2], 2);
	assert_int_equal(trend_regressions(trend, &all, indexes, 1), 1);
	assert_int_equal(indexes[0], 16);
	assert_int_equal(trend_openings(trend, &all, indexes, 8), 7);
	assert_int_equal(indexes[0], 16);
	assert_int_equal(indexes[6], 2);
	for (size_t i = 0; i < 7; i++)
		assert_int_equal(trend_is_regression(trend, indexes[i]),
				 indexes[i] == 16 || indexes[i] == 14 || indexes[i] == 2);
	trend_free(trend);
}

/* Tier, owner or evidence changed while it was open: it did not open again. */
static void gap_in_pieces_is_one(void **state)
{
	struct interval intervals[] = {
	    gap("shop", "ci", AT(-4), AT(3)), gap("shop", "ci", AT(3), AT(9)),
	    gap("shop", "docs", AT(3), AT(5)), gap("shop", "docs", AT(6), 0), /* this one did */
	};
	struct trend_scope ci = {.check = "ci"}, first = {.check = "ci", .tiers = 1 << 1},
			   second = {.check = "ci", .tiers = 1 << 2};
	struct trend *trend;
	struct trend_point points[4];
	struct trend_total total;
	uint32_t indexes[4];

	(void)state;
	intervals[1].tier = 1;
	trend = trend_new(intervals, ARRAY_LEN(intervals), AT(0), AT(14), WEEK);
	trend_points(trend, &ci, points, 4, &total);
	assert_int_equal(points[1].open, 1);
	assert_int_equal(points[1].opened, 0);
	assert_int_equal(points[1].mean_age, 11 * DAY);
	assert_int_equal(points[0].open_by_tier[2], 1);
	assert_int_equal(points[1].open_by_tier[1], 1);
	assert_int_equal(total.closed, 1);
	assert_int_equal(total.mean_to_close, 13 * DAY);
	assert_int_equal(trend_closures(trend, &ci, indexes, 4), 1);
	assert_int_equal(indexes[0], 1);
	assert_int_equal(trend_gap_from(trend, 1), AT(-4));
	assert_int_equal(trend_gap_from(trend, 3), AT(6));
	assert_int_equal(trend_closures(trend, &first, indexes, 4), 1);
	assert_int_equal(trend_closures(trend, &second, indexes, 4), 0);
	trend_points(trend, &all, points, 4, &total);
	assert_int_equal(total.opened, 2);
	assert_int_equal(total.closed, 2);
	trend_free(trend);
}

static void what_went_out_of_sight_was_not_closed_by_work(void **state)
{
	struct interval intervals[] = {
	    gap("shop", "ci", AT(0), AT(3)),
	    gap("mail", "ci", AT(0), AT(5)),
	    gap("mail", "docs", AT(0), AT(1)),
	    with(gap("mail", "docs", AT(1), 0), STATUS_UNKNOWN),
	};
	struct trend *trend;
	struct trend_total total;
	uint32_t indexes[4];

	(void)state;
	intervals[0].closed.kind = CAUSE_GONE;
	intervals[1].closed.kind = CAUSE_COMMIT;
	trend = trend_new(intervals, 4, AT(0), AT(7), WEEK);
	trend_points(trend, &all, NULL, 0, &total);
	assert_int_equal(total.closed, 3);
	assert_int_equal(total.mean_to_close, 5 * DAY);
	assert_int_equal(trend_closures(trend, &all, indexes, 4), 3);
	assert_int_equal(indexes[0], 1);
	assert_int_equal(indexes[1], 0);
	assert_int_equal(indexes[2], 2);
	trend_free(trend);
}

/* Its age is known from then on only; it does not look as if somebody had just broken it. */
static void what_was_merely_first_seen_did_not_open(void **state)
{
	struct interval seen = gap("shop", "ci", AT(3), 0);
	struct trend *trend;
	struct trend_point points[4];
	struct trend_total total;

	(void)state;
	seen.at_least = true;
	trend = trend_new(&seen, 1, AT(0), AT(7), WEEK);
	trend_points(trend, &all, points, 4, &total);
	assert_int_equal(points[1].open, 1);
	assert_int_equal(points[1].opened, 0);
	assert_int_equal(total.opened, 0);
	assert_true(total.at_least);
	trend_free(trend);
}

static void only_required_gaps_count(void **state)
{
	struct interval intervals[] = {gap("shop", "ci", AT(1), 0),
				       with(gap("shop", "docs", AT(1), 0), STATUS_UNKNOWN)};
	struct trend *trend;
	struct trend_point points[4];

	(void)state;
	intervals[0].required = false;
	trend = trend_new(intervals, 2, AT(0), AT(7), WEEK);
	trend_points(trend, &all, points, 4, NULL);
	assert_int_equal(points[1].open, 0);
	assert_int_equal(points[1].services, 1);
	trend_free(trend);
}

static void scopes_narrow(void **state)
{
	struct interval intervals[] = {gap("shop", "ci", AT(1), 0), gap("shop", "docs", AT(1), 0),
				       gap("mail", "ci", AT(1), 0), gap("lost", "ci", AT(1), 0)};
	static const struct {
		struct trend_scope scope;
		uint32_t open;
	} cases[] = {
	    {{.service = NULL}, 4},	  {{.service = "shop"}, 2},
	    {{.check = "ci"}, 3},	  {{.owner = "WEB"}, 2},
	    {{.owner = "acme/web"}, 2},	  {{.owner = "acme"}, 0},
	    {{.tiers = 1 << 1}, 1},	  {{.tiers = 1 << 1 | 1 << 2}, 4},
	    {{.tiers = 1 << 0}, 0},	  {{.service = "shop", .check = "ci"}, 1},
	    {{.service = "nobody's"}, 0},
	};
	struct trend *trend;
	struct trend_point points[4];

	(void)state;
	intervals[2].owner = "acme/mail";
	intervals[2].tier = 1;
	intervals[3].owner = NULL;
	trend = trend_new(intervals, ARRAY_LEN(intervals), AT(0), AT(7), WEEK);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		trend_points(trend, &cases[i].scope, points, 4, NULL);
		if (points[1].open != cases[i].open)
			fail_msg("case %zu: %u open", i, (unsigned)points[1].open);
	}
	trend_free(trend);
}

static void groups_come_worst_first(void **state)
{
	struct interval intervals[] = {
	    gap("a", "ci", AT(-30), 0),	     gap("b", "ci", AT(1), 0),
	    gap("b", "docs", AT(2), 0),	     gap("c", "ci", AT(-3), AT(4)),
	    gap("d", "ci", AT(-40), AT(-1)), gap("e", "ci", AT(-20), 0),
	};
	struct trend *trend;
	struct trend_group groups[8];

	(void)state;
	intervals[1].tier = 1;
	intervals[5].owner = NULL;
	trend = trend_new(intervals, ARRAY_LEN(intervals), AT(0), AT(7), WEEK);
	/* d was closed before the time that is looked at. */
	assert_int_equal(trend_groups(trend, &all, TREND_BY_SERVICE, groups, 8), 4);
	assert_string_equal(groups[0].name, "b"); /* a gap of tier 1 */
	assert_string_equal(groups[1].name, "a"); /* as many, older */
	assert_string_equal(groups[2].name, "e");
	assert_string_equal(groups[3].name, "c");
	assert_int_equal(groups[0].open, 2);
	assert_int_equal(groups[0].open_by_tier[1], 1);
	assert_int_equal(groups[0].change, 2);
	assert_int_equal(groups[1].change, 0);
	assert_int_equal(groups[1].total.oldest, 37 * DAY);
	assert_int_equal(groups[3].change, -1);
	assert_int_equal(groups[3].total.closed, 1);
	assert_int_equal(trend_groups(trend, &all, TREND_BY_OWNER, groups, 8), 2);
	assert_string_equal(groups[0].name, "acme/web");
	assert_null(groups[1].name);
	assert_int_equal(trend_groups(trend, &all, TREND_BY_CHECK, groups, 1), 1);
	assert_string_equal(groups[0].name, "ci");
	assert_int_equal(groups[0].open, 3);
	trend_free(trend);
}

static void neighbours_of_an_interval(void **state)
{
	struct interval intervals[] = {
	    with(gap("shop", "ci", AT(5), 0), STATUS_WAIVED),
	    gap("shop", "ci", AT(0), AT(5)),
	    gap("shop", "docs", AT(0), 0),
	};
	struct trend *trend = trend_new(intervals, 3, AT(0), AT(7), WEEK);

	(void)state;
	assert_ptr_equal(trend_after(trend, 1), &intervals[0]);
	assert_ptr_equal(trend_before(trend, 0), &intervals[1]);
	assert_null(trend_before(trend, 1));
	assert_null(trend_after(trend, 0));
	assert_null(trend_before(trend, 2));
	assert_null(trend_after(trend, 2));
	trend_free(trend);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* Random pasts of a few findings: statuses that follow each other, with holes. */
static size_t random_intervals(struct interval *intervals, size_t max, uint32_t *seed)
{
	static const char *const services[] = {"a", "b", "c", "d", "e"};
	static const char *const checks[] = {"ci", "docs", "slo"};
	size_t count = 0;

	for (size_t s = 0; s < ARRAY_LEN(services); s++)
		for (size_t c = 0; c < ARRAY_LEN(checks); c++) {
			int64_t at = AT(-20) + next_random(seed) % 1000;

			while (count < max && at < AT(100)) {
				struct interval *one = &intervals[count++];
				int64_t until = at + 1 + next_random(seed) % (30 * DAY);

				*one = gap(services[s], checks[c], at, until);
				one->status = (enum status)(next_random(seed) % 3);
				one->required = next_random(seed) % 8;
				one->tier = (uint8_t)(next_random(seed) % 5);
				if (until >= AT(90))
					one->until = 0;
				if (!one->until)
					break;
				at = until + (next_random(seed) % 4 ? 0 : DAY);
			}
		}
	return count;
}

static int compare_i64(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Begins at the interval's own begin or, as it goes on from another gap, at that one's. */
static int64_t begin_of(const struct interval *intervals, size_t count, size_t i)
{
	while (i && i < count && interval_is_gap(&intervals[i - 1]) &&
	       intervals[i - 1].until == intervals[i].from &&
	       !strcmp(intervals[i - 1].service, intervals[i].service) &&
	       !strcmp(intervals[i - 1].check, intervals[i].check))
		i--;
	return intervals[i].from;
}

static void check_point(const struct interval *intervals, size_t count,
			const struct trend_point *point)
{
	int64_t ages[512], sum = 0;
	uint32_t open = 0, by_tier[5] = {0};

	for (size_t i = 0; i < count; i++) {
		const struct interval *one = &intervals[i];

		if (!interval_is_gap(one) || one->from > point->at ||
		    (one->until && one->until <= point->at))
			continue;
		by_tier[one->tier]++;
		ages[open++] = point->at - begin_of(intervals, count, i);
		sum += ages[open - 1];
	}
	assert_int_equal(point->open, open);
	assert_memory_equal(point->open_by_tier, by_tier, sizeof(by_tier));
	if (!open)
		return;
	qsort(ages, open, sizeof(*ages), compare_i64);
	assert_true(llabs(point->mean_age - sum / open) <= 1);
	assert_true(llabs(point->median_age - (ages[(open - 1) / 2] + ages[open / 2]) / 2) <= 1);
}

/* Against counting each point by itself. */
static void random_pasts_add_up(void **state)
{
	struct interval intervals[512];
	struct trend_point points[64];
	struct trend_total total;
	uint32_t seed = 7;

	(void)state;
	for (int round = 0; round < 200; round++) {
		size_t count = random_intervals(intervals, 512, &seed), point_count;
		struct trend *trend = trend_new(intervals, count, AT(0), AT(90), WEEK);
		uint32_t opened = 0, closed = 0;

		point_count = trend_points(trend, &all, points, 64, &total);
		assert_int_equal(point_count, 14);
		for (size_t i = 0; i < point_count; i++) {
			check_point(intervals, count, &points[i]);
			opened += points[i].opened;
			closed += points[i].closed;
			assert_int_equal(points[0].open + opened - closed, points[i].open);
		}
		assert_int_equal(opened, total.opened);
		assert_int_equal(closed, total.closed);
		trend_free(trend);
	}
}

/* A store may have been written by anybody. */
static void senseless_times_and_tiers_do_no_harm(void **state)
{
	struct interval intervals[] = {
	    gap("a", "ci", INT64_MIN, 0),	  gap("b", "ci", INT64_MIN, INT64_MAX),
	    gap("c", "ci", INT64_MAX, INT64_MIN), gap("d", "ci", AT(3), AT(1)),
	    gap("d", "ci", AT(2), AT(9)),	  gap("d", "ci", AT(2), AT(9)),
	};
	struct trend_scope none = {.tiers = 1 << 0};
	struct trend_point points[4];
	struct trend_total total;
	struct trend_group groups[4];
	struct trend *trend;

	(void)state;
	intervals[0].tier = 255;
	trend = trend_new(intervals, ARRAY_LEN(intervals), INT64_MIN, INT64_MAX, INT64_MAX);
	trend_points(trend, &all, points, 4, &total);
	trend_free(trend);
	trend = trend_new(intervals, ARRAY_LEN(intervals), AT(0), AT(7), WEEK);
	assert_int_equal(trend_points(trend, &none, points, 4, &total), 2);
	assert_int_equal(points[1].open, 1);
	assert_true(total.oldest > 0);
	assert_true(trend_groups(trend, &all, TREND_BY_SERVICE, groups, 4) <= 4);
	trend_free(trend);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(counts_open_opened_and_closed),
	    cmocka_unit_test(points_go_back_from_the_end),
	    cmocka_unit_test(time_of_no_length_has_one_point),
	    cmocka_unit_test(more_points_than_there_may_be),
	    cmocka_unit_test(regression_was_met_before),
	    cmocka_unit_test(gap_in_pieces_is_one),
	    cmocka_unit_test(what_went_out_of_sight_was_not_closed_by_work),
	    cmocka_unit_test(what_was_merely_first_seen_did_not_open),
	    cmocka_unit_test(only_required_gaps_count),
	    cmocka_unit_test(scopes_narrow),
	    cmocka_unit_test(groups_come_worst_first),
	    cmocka_unit_test(neighbours_of_an_interval),
	    cmocka_unit_test(senseless_times_and_tiers_do_no_harm),
	    cmocka_unit_test(random_pasts_add_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
