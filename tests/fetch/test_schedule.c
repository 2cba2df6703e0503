/* When topics are asked: a source is played through minutes and hours, none of them waited for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "fetch/ratelimit.h"
#include "fetch/schedule.h"

#define START  INT64_C(1000000)
#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)

/* ---- a topic alone ---- */

/* Asks at every time that the schedule names, until a time; how often. */
static unsigned play(struct schedule *schedule, int64_t *now, int64_t until, enum failure failure)
{
	unsigned asked = 0;

	while (schedule_next(schedule) <= until) {
		struct schedule_entry *entry;

		if (schedule_next(schedule) > *now)
			*now = schedule_next(schedule);
		entry = schedule_take(schedule, *now);
		assert_non_null(entry);
		schedule_done(schedule, entry, failure, *now);
		asked++;
	}
	*now = until;
	return asked;
}

static void test_a_topic_is_asked_at_once_then_by_its_period(void **state)
{
	struct schedule *schedule = schedule_new(1);
	struct schedule_entry entry = {0};
	int64_t now = START, last;

	(void)state;
	schedule_add(schedule, &entry, 30 * SECOND, now);
	assert_int_equal(schedule_next(schedule), now);
	assert_ptr_equal(schedule_take(schedule, now), &entry);
	assert_null(schedule_take(schedule, now));
	assert_int_equal(schedule_next(schedule), INT64_MAX);
	schedule_done(schedule, &entry, FAILURE_NONE, now);
	for (int i = 0; i < 100; i++) {
		last = now;
		now = schedule_next(schedule);
		assert_in_range(now - last, i ? 28 * SECOND : 7 * SECOND, 31 * SECOND);
		assert_null(schedule_take(schedule, now - 1));
		assert_ptr_equal(schedule_take(schedule, now), &entry);
		schedule_done(schedule, &entry, i % 2 ? FAILURE_NONE : FAILURE_ABSENT, now);
	}
	schedule_free(schedule);
}

static void test_what_fails_is_asked_later_and_later(void **state)
{
	struct schedule *schedule = schedule_new(2);
	struct schedule_entry entry = {0};
	int64_t now = START, last, longest = 0;

	(void)state;
	schedule_add(schedule, &entry, 30 * SECOND, now);
	for (int i = 0; i < 20; i++) {
		last = now;
		now = schedule_next(schedule);
		if (i == 1)
			assert_in_range(now - last, 20 * SECOND, 40 * SECOND);
		if (i == 3)
			assert_in_range(now - last, 80 * SECOND, 160 * SECOND);
		if (now - last > longest)
			longest = now - last;
		schedule_take(schedule, now);
		schedule_done(schedule, &entry, FAILURE_TIMEOUT, now);
	}
	assert_in_range(longest, 10 * MINUTE, 13 * MINUTE);
	/* One good answer and all is as it was. */
	now = schedule_next(schedule);
	schedule_take(schedule, now);
	schedule_done(schedule, &entry, FAILURE_NONE, now);
	assert_true(schedule_next(schedule) - now <= 31 * SECOND);
	schedule_free(schedule);
}

static void test_what_has_a_long_period_is_tried_again_before(void **state)
{
	struct schedule *schedule = schedule_new(3);
	struct schedule_entry entry = {0};
	int64_t now = START;

	(void)state;
	schedule_add(schedule, &entry, HOUR, now);
	schedule_take(schedule, now);
	schedule_done(schedule, &entry, FAILURE_SERVER, now);
	assert_true(schedule_next(schedule) - now < MINUTE);
	schedule_free(schedule);
}

/* ---- many ---- */

static struct schedule_entry *many(struct schedule *schedule, size_t count, int64_t every,
				   int64_t now)
{
	struct schedule_entry *entries = xcalloc(count, sizeof(*entries));

	for (size_t i = 0; i < count; i++)
		schedule_add(schedule, &entries[i], every, now);
	return entries;
}

static void test_a_thousand_topics_are_spread_over_the_period(void **state)
{
	struct schedule *schedule = schedule_new(4);
	struct schedule_entry *entries = many(schedule, 1000, 5 * MINUTE, START);
	int64_t now = START;
	unsigned most = 0;

	(void)state;
	/* The first round comes at once: somebody looks at an empty screen. */
	assert_int_equal(play(schedule, &now, START, FAILURE_NONE), 1000);
	for (int i = 0; i < 3600; i++) {
		unsigned asked = play(schedule, &now, START + i * SECOND, FAILURE_NONE);

		most = asked > most ? asked : most;
	}
	/* 3.4 a second would be even. */
	assert_in_range(most, 4, 16);
	schedule_free(schedule);
	free(entries);
}

static void test_each_topic_has_its_turn_in_each_period(void **state)
{
	struct schedule *schedule = schedule_new(5);
	struct schedule_entry *entries = many(schedule, 300, MINUTE, START);
	unsigned asked[300] = {0};
	int64_t now = START;

	(void)state;
	while (schedule_next(schedule) < START + HOUR) {
		struct schedule_entry *entry;

		if (schedule_next(schedule) > now)
			now = schedule_next(schedule);
		entry = schedule_take(schedule, now);
		asked[entry - entries]++;
		schedule_done(schedule, entry, FAILURE_NONE, now);
	}
	for (size_t i = 0; i < ARRAY_LEN(asked); i++)
		assert_in_range(asked[i], 60, 65);
	schedule_free(schedule);
	free(entries);
}

static void test_a_refresh_asks_all_at_once_and_spreads_them_again(void **state)
{
	struct schedule *schedule = schedule_new(6);
	struct schedule_entry *entries = many(schedule, 1000, 5 * MINUTE, START);
	int64_t now = START;
	unsigned most = 0;

	(void)state;
	play(schedule, &now, START + MINUTE, FAILURE_NONE);
	schedule_refresh(schedule, now);
	assert_int_equal(play(schedule, &now, now, FAILURE_NONE), 1000);
	for (int i = 0; i < 600; i++) {
		unsigned asked = play(schedule, &now, now + SECOND, FAILURE_NONE);

		most = asked > most ? asked : most;
	}
	assert_in_range(most, 4, 16);
	schedule_free(schedule);
	free(entries);
}

static void test_the_one_due_first_is_first_whatever_is_removed(void **state)
{
	struct schedule *schedule = schedule_new(7);
	struct schedule_entry *entries = xcalloc(500, sizeof(*entries));
	uint32_t random = 1;
	int64_t last = 0;
	size_t left = 500;

	(void)state;
	for (size_t i = 0; i < 500; i++) {
		random = random * 1664525 + 1013904223;
		schedule_again(schedule, &entries[i], random >> 8);
	}
	for (size_t i = 0; i < 500; i += 3, left--)
		schedule_remove(schedule, &entries[i]);
	for (size_t i = 1; i < 500; i += 3)
		schedule_again(schedule, &entries[i], (int64_t)i);
	for (struct schedule_entry *entry; (entry = schedule_take(schedule, INT64_MAX - 1));
	     left--) {
		assert_true(entry->due >= last);
		assert_int_not_equal((entry - entries) % 3, 0);
		last = entry->due;
	}
	assert_int_equal(left, 0);
	schedule_free(schedule);
	free(entries);
}

/* ---- a source that fails ---- */

static void test_a_source_that_fails_is_left_alone_but_for_a_trial(void **state)
{
	struct schedule *schedule = schedule_new(8);
	struct schedule_entry *entries = many(schedule, 1000, MINUTE, START);
	int64_t now = START;
	unsigned asked = 0;
	bool opened = false;

	(void)state;
	while (!opened) {
		opened =
		    schedule_done(schedule, schedule_take(schedule, now), FAILURE_CONNECT, now);
		asked++;
	}
	assert_int_equal(asked, 5);
	assert_true(schedule_open_until(schedule) > now);
	assert_null(schedule_take(schedule, now));
	/* A thousand topics, an hour: a trial every five minutes is what the server sees. */
	asked = play(schedule, &now, START + HOUR, FAILURE_CONNECT);
	assert_in_range(asked, 10, 20);
	/* One trial at a time. */
	now = schedule_next(schedule);
	assert_non_null(schedule_take(schedule, now));
	assert_null(schedule_take(schedule, now + HOUR));
	assert_int_equal(schedule_next(schedule), INT64_MAX);
	schedule_free(schedule);
	free(entries);
}

static void test_a_trial_that_succeeds_opens_the_way_for_all(void **state)
{
	struct schedule *schedule = schedule_new(9);
	struct schedule_entry *entries = many(schedule, 100, MINUTE, START);
	int64_t now = START;

	(void)state;
	play(schedule, &now, START + 10 * MINUTE, FAILURE_TIMEOUT);
	assert_true(schedule_open_until(schedule) != 0);
	now = schedule_next(schedule);
	schedule_done(schedule, schedule_take(schedule, now), FAILURE_NONE, now);
	assert_int_equal(schedule_open_until(schedule), 0);
	assert_int_equal(play(schedule, &now, now, FAILURE_NONE), 99);
	schedule_free(schedule);
	free(entries);
}

static void test_refresh_does_not_wait_for_the_trial(void **state)
{
	struct schedule *schedule = schedule_new(10);
	struct schedule_entry *entries = many(schedule, 100, MINUTE, START);
	int64_t now = START;

	(void)state;
	play(schedule, &now, START + SECOND, FAILURE_TIMEOUT);
	assert_null(schedule_take(schedule, now));
	schedule_refresh(schedule, now);
	assert_non_null(schedule_take(schedule, now));
	assert_null(schedule_take(schedule, now));
	schedule_free(schedule);
	free(entries);
}

static void test_one_bad_topic_does_not_close_a_source(void **state)
{
	struct schedule *schedule = schedule_new(11);
	struct schedule_entry entries[2] = {{0}};
	int64_t now = START;

	(void)state;
	schedule_add(schedule, &entries[0], MINUTE, now);
	for (int i = 0; i < 50; i++) {
		now = schedule_next(schedule);
		schedule_take(schedule, now);
		assert_false(schedule_done(schedule, &entries[0], FAILURE_SERVER, now));
	}
	/* Answers that make no sense are the topic's matter, not the server's. */
	schedule_add(schedule, &entries[1], MINUTE, now);
	for (int i = 0; i < 50; i++) {
		struct schedule_entry *entry;

		now = schedule_next(schedule);
		entry = schedule_take(schedule, now);
		assert_false(schedule_done(schedule, entry, FAILURE_ANSWER, now));
	}
	schedule_free(schedule);
}

/* ---- limits ---- */

static void test_a_hold_holds_also_against_a_refresh(void **state)
{
	struct schedule *schedule = schedule_new(12);
	struct schedule_entry entry = {0};
	int64_t now = START;

	(void)state;
	schedule_add(schedule, &entry, 30 * SECOND, now);
	schedule_take(schedule, now);
	schedule_hold(schedule, now + 10 * MINUTE);
	schedule_hold(schedule, now + MINUTE);
	schedule_done(schedule, &entry, FAILURE_RATE, now);
	schedule_refresh(schedule, now);
	assert_null(schedule_take(schedule, now + 10 * MINUTE - 1));
	assert_int_equal(schedule_next(schedule), now + 10 * MINUTE);
	assert_int_equal(schedule_held_until(schedule), now + 10 * MINUTE);
	assert_non_null(schedule_take(schedule, now + 10 * MINUTE));
	schedule_free(schedule);
}

static const char *header(const void *ctx, const char *name)
{
	const char *const *pairs = ctx;

	for (; *pairs; pairs += 2)
		if (!strcmp(pairs[0], name))
			return pairs[1];
	return NULL;
}

#define NOW INT64_C(1795400000)

#define LIMITS(...) limits_of((const char *const[]){__VA_ARGS__, NULL})

static struct ratelimit limits_of(const char *const *headers)
{
	struct ratelimit limits;

	ratelimit_read(&limits, header, headers, NOW);
	return limits;
}

static void test_limits_are_read_as_servers_word_them(void **state)
{
	struct ratelimit limits;

	(void)state;
	/* GitHub */
	limits = LIMITS("X-RateLimit-Limit", "5000", "X-RateLimit-Remaining", "4321",
			"X-RateLimit-Reset", "1795401800");
	assert_int_equal(limits.limit, 5000);
	assert_int_equal(limits.left, 4321);
	assert_int_equal(limits.reset_in, 1800);
	assert_int_equal(limits.retry_after, -1);
	/* GitLab: a time; PagerDuty: seconds */
	limits = LIMITS("RateLimit-Limit", "60", "RateLimit-Remaining", "0", "RateLimit-Reset",
			"1795400030");
	assert_int_equal(limits.reset_in, 30);
	limits =
	    LIMITS("RateLimit-Limit", "960", "RateLimit-Remaining", "12", "RateLimit-Reset", "7");
	assert_int_equal(limits.left, 12);
	assert_int_equal(limits.reset_in, 7);
	/* Sentry has times with a fraction. */
	limits = LIMITS("X-Sentry-Rate-Limit-Limit", "40", "X-Sentry-Rate-Limit-Remaining", "39",
			"X-Sentry-Rate-Limit-Reset", "1795400001.5");
	assert_int_equal(limits.limit, 40);
	assert_int_equal(limits.reset_in, 1);
	/* Drafts of the IETF: 03 with a list, 07 and 10 in one field. */
	limits = LIMITS("RateLimit-Limit", "100, 100;w=60", "RateLimit-Remaining", "50",
			"RateLimit-Reset", "50");
	assert_int_equal(limits.limit, 100);
	limits = LIMITS("RateLimit", "limit=100, remaining=50, reset=5");
	assert_int_equal(limits.limit, 100);
	assert_int_equal(limits.left, 50);
	assert_int_equal(limits.reset_in, 5);
	limits = LIMITS("RateLimit", "\"default\";r=49;t=31", "RateLimit-Policy",
			"\"default\";q=100;w=60");
	assert_int_equal(limits.limit, 100);
	assert_int_equal(limits.left, 49);
	assert_int_equal(limits.reset_in, 31);
	limits = LIMITS("X-RateLimit-Remaining", "soon", "Retry-After", "-5", "Date", "yesterday");
	assert_int_equal(limits.left, -1);
	assert_int_equal(limits.retry_after, -1);
}

static void test_times_are_those_of_the_server(void **state)
{
	struct ratelimit limits;

	(void)state;
	assert_int_equal(http_date_parse("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777);
	assert_int_equal(http_date_parse("Mon, 23 Nov 2026 02:00:00 GMT"), 1795399200);
	assert_int_equal(http_date_parse("Sunday, 06-Nov-94 08:49:37 GMT"), -1);
	assert_int_equal(http_date_parse("Sun, 06 ovD 1994 08:49:37 GMT"), -1);
	assert_int_equal(http_date_parse("Sun, 41 Nov 1994 08:49:37 GMT"), -1);
	assert_int_equal(http_date_parse("Sun, 06 Nov 1994 08:49:37 CET"), -1);
	assert_int_equal(http_date_parse(""), -1);
	limits = LIMITS("Retry-After", "90");
	assert_int_equal(limits.retry_after, 90);
	/* Their clock is an hour slow; ours is not asked. */
	limits = LIMITS("Retry-After", "Mon, 23 Nov 2026 01:02:00 GMT", "Date",
			"Mon, 23 Nov 2026 01:00:00 GMT");
	assert_int_equal(limits.retry_after, 120);
	limits = LIMITS("X-RateLimit-Limit", "60", "X-RateLimit-Remaining", "0",
			"X-RateLimit-Reset", "1795395660", "Date", "Mon, 23 Nov 2026 01:00:00 GMT");
	assert_int_equal(limits.reset_in, 60);
	limits = LIMITS("Retry-After", "Mon, 23 Nov 2020 01:02:00 GMT");
	assert_int_equal(limits.retry_after, 0);
}

static void test_how_long_to_pause(void **state)
{
	(void)state;
	assert_int_equal(ratelimit_pause(&(struct ratelimit){-1, -1, -1, -1}), 0);
	assert_int_equal(ratelimit_pause(&(struct ratelimit){5000, 4000, 1800, -1}), 0);
	assert_int_equal(ratelimit_pause(&(struct ratelimit){-1, -1, -1, 30}), 30);
	/* The last hundred are for the person's own gh. */
	assert_int_equal(ratelimit_pause(&(struct ratelimit){5000, 100, 1800, -1}), 1801);
	assert_int_equal(ratelimit_pause(&(struct ratelimit){40, 1, 10, -1}), 0);
	assert_int_equal(ratelimit_pause(&(struct ratelimit){40, 0, 10, -1}), 11);
	assert_int_equal(ratelimit_pause(&(struct ratelimit){40, 0, -1, -1}), 61);
	assert_int_equal(ratelimit_pause(&(struct ratelimit){40, 0, 10, 20}), 20);
	/* Nobody can silence us for good. */
	assert_int_equal(ratelimit_pause(&(struct ratelimit){-1, -1, -1, 99999999}), 3600);
	assert_int_equal(ratelimit_pause(&(struct ratelimit){1, 0, INT64_C(100000000000), -1}),
			 3600);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_topic_is_asked_at_once_then_by_its_period),
	    cmocka_unit_test(test_what_fails_is_asked_later_and_later),
	    cmocka_unit_test(test_what_has_a_long_period_is_tried_again_before),
	    cmocka_unit_test(test_a_thousand_topics_are_spread_over_the_period),
	    cmocka_unit_test(test_each_topic_has_its_turn_in_each_period),
	    cmocka_unit_test(test_a_refresh_asks_all_at_once_and_spreads_them_again),
	    cmocka_unit_test(test_the_one_due_first_is_first_whatever_is_removed),
	    cmocka_unit_test(test_a_source_that_fails_is_left_alone_but_for_a_trial),
	    cmocka_unit_test(test_a_trial_that_succeeds_opens_the_way_for_all),
	    cmocka_unit_test(test_refresh_does_not_wait_for_the_trial),
	    cmocka_unit_test(test_one_bad_topic_does_not_close_a_source),
	    cmocka_unit_test(test_a_hold_holds_also_against_a_refresh),
	    cmocka_unit_test(test_limits_are_read_as_servers_word_them),
	    cmocka_unit_test(test_times_are_those_of_the_server),
	    cmocka_unit_test(test_how_long_to_pause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
