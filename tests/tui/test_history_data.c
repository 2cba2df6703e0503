/* What the history pane makes of intervals: the verdict in words, what is worst, filters. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "tests/support/fakefleet.h"
#include "tests/support/pastfix.h"
#include "tui/history_data.h"

#define YEAR 365

/* ---- the verdict ---- */

static void build(struct history_data *data, const struct fake_past *past, const char *text,
		  int days)
{
	struct history_filter *filter = history_filter_parse(text, NULL);

	assert_non_null(filter);
	history_data_build(data, past->intervals, past->count, filter, FAKE_NOW - days * PAST_DAY,
			   FAKE_NOW, false);
	history_filter_free(filter);
}

typedef void say(const struct history_data *data, bool brief, struct buf *out);

static void says(const struct history_data *data, say *words, bool brief, const char *expected)
{
	struct buf text = {0};

	words(data, brief, &text);
	assert_string_equal(buf_str(&text), expected);
	buf_free(&text);
}

static struct interval *gap(struct fake_past *past, const char *service, int tier, int from,
			    int until)
{
	struct interval *interval = fake_past_add(past, service, "ci", STATUS_GAP, from, until);

	interval->tier = (uint8_t)tier;
	interval->owner = "acme/web";
	return interval;
}

static void verdicts(void **state)
{
	static const struct {
		int tier, from, until; /* a second gap beside one of tier 2 */
		const char *text, *brief;
	} cases[] = {
	    {4, 100, 0, "Steady: 2 gaps open, as many as 4 weeks ago",
	     "Steady: 2 gaps, as 4 weeks ago"},
	    {4, 100, 5, "Better: 1 gap open, 1 fewer than 4 weeks ago",
	     "Better: 1 gap, 1 fewer in 4 weeks"},
	    {1, 5, 0, "Worse: 2 gaps open, 1 more than 4 weeks ago",
	     "Worse: 2 gaps, 1 more in 4 weeks"},
	    {3, 20, 10, "Steady: 1 gap open, as many as 4 weeks ago",
	     "Steady: 1 gap, as 4 weeks ago"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fake_past past = {0};
		struct history_data data = {0};

		gap(&past, "ledger", 2, 200, 0);
		gap(&past, "other", cases[i].tier, cases[i].from, cases[i].until);
		build(&data, &past, "", YEAR);
		says(&data, history_words, false, cases[i].text);
		says(&data, history_words, true, cases[i].brief);
		history_data_free(&data);
		fake_past_free(&past);
	}
}

/* Fewer gaps in all, one more where it matters: that is not better. */
static void mixed(void **state)
{
	struct fake_past past = {0};
	struct history_data data = {0};

	(void)state;
	gap(&past, "checkout", 1, 5, 0);
	gap(&past, "a", 4, 100, 9);
	gap(&past, "b", 4, 100, 9);
	build(&data, &past, "", YEAR);
	says(&data, history_words, false,
	     "Mixed: 1 gap open, 1 fewer than 4 weeks ago, but 1 more in tiers 1 and 2");
	says(&data, history_words_tier, false, "tier 1: 1, oldest 5d (checkout ci)");
	says(&data, history_words_change, false, "4 weeks: 2 closed, 1 opened");
	history_data_free(&data);
	fake_past_free(&past);
}

/* What a new source measured for the first time made nothing worse. */
static void first_seen(void **state)
{
	struct fake_past past = {0};
	struct history_data data = {0};

	(void)state;
	gap(&past, "checkout", 1, 200, 0);
	gap(&past, "ledger", 1, 2, 0)->at_least = true;
	build(&data, &past, "", YEAR);
	says(&data, history_words, false, "Steady: 2 gaps open, as many as 4 weeks ago");
	says(&data, history_words_change, true, "4 weeks: 0 closed, 0 opened, 1 first seen");
	says(&data, history_words_change, false,
	     "4 weeks: 0 closed, 0 opened, 1 first seen (not counted above)");
	assert_int_equal(data.counts[HISTORY_OWNERS], 1);
	assert_int_equal(data.groups[HISTORY_OWNERS][0].group.open, 2);
	/* One opened within the year, of the other nobody knows. */
	assert_int_equal(data.groups[HISTORY_OWNERS][0].group.change, 1);
	history_data_free(&data);
	fake_past_free(&past);
}

static void a_few_days_alone(void **state)
{
	struct fake_past past = {0};
	struct history_data data = {0};

	(void)state;
	gap(&past, "checkout", 1, 2, 0);
	build(&data, &past, "", 3);
	says(&data, history_words, false, "Worse: 1 gap open, 1 more than 3 days ago");
	history_data_free(&data);
	build(&data, &past, "service:nobody", 3);
	says(&data, history_words, false, "Steady: 0 gaps open, as many as 3 days ago");
	says(&data, history_words_tier, false, "");
	history_data_free(&data);
	fake_past_free(&past);
}

/* Another owner or tier meanwhile: it is one gap, as old as its beginning. */
static void a_gap_in_parts(void **state)
{
	struct fake_past past = {0};
	struct history_data data = {0};
	const struct interval *closed;

	(void)state;
	fake_past_add(&past, "checkout", "ci", STATUS_PASS, 300, 200);
	gap(&past, "checkout", 3, 200, 100);
	gap(&past, "checkout", 1, 100, 50);
	fake_past_add(&past, "checkout", "ci", STATUS_PASS, 50, 0);
	build(&data, &past, "", YEAR);
	assert_int_equal(data.counts[HISTORY_REGRESSIONS], 1);
	assert_int_equal(data.counts[HISTORY_CLOSED], 1);
	closed = &data.intervals[data.indexes[HISTORY_CLOSED][0]];
	assert_int_equal(closed->tier, 1);
	assert_int_equal(history_begin(&data, closed)->from, FAKE_NOW - 200 * PAST_DAY);
	assert_ptr_equal(history_end(&data, history_begin(&data, closed)), closed);
	history_data_free(&data);
	fake_past_free(&past);
}

static void owners_of_the_same_name(void **state)
{
	static const char *const owners[] = {"acme/web", "acme/sre", "other/web", "web"};
	static const char *const shown[] = {"acme/web", "sre", "other/web", "web"};
	struct fake_past past = {0};
	struct history_data data = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(owners); i++)
		gap(&past, owners[i], 1, 100 - (int)i, 0)->owner = owners[i];
	build(&data, &past, "", YEAR);
	assert_int_equal(data.counts[HISTORY_OWNERS], ARRAY_LEN(owners));
	for (size_t i = 0; i < ARRAY_LEN(owners); i++)
		assert_string_equal(history_group_name(&data.groups[HISTORY_OWNERS][i]), shown[i]);
	history_data_free(&data);
	fake_past_free(&past);
}

static void sparks(void **state)
{
	struct interval interval = {
	    .status = STATUS_GAP, .required = true, .from = 300, .until = 700};
	uint32_t spark[HISTORY_SPARK] = {0};
	static const uint32_t expected[HISTORY_SPARK] = {0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0};

	(void)state;
	history_spark_add(spark, &interval, 0, 1200);
	assert_memory_equal(spark, expected, sizeof(spark));
}

/* ---- filters ---- */

static void filters(void **state)
{
	static const struct interval interval = {
	    .service = "Checkout-API", .check = "load-tests", .owner = "acme/Payments", .tier = 2};
	static const struct {
		const char *text;
		bool has;
	} cases[] = {
	    {"", true},
	    {"checkout", true},
	    {"PAY", true},
	    {"load", true},
	    {"nothing", false},
	    {"owner:pay", true},
	    {"owner:web,pay", true},
	    {"owner:none", false},
	    {"check:load", false},
	    {"check:load*", true},
	    {"check:load-tests", true},
	    {"service:api tier:2", true},
	    {"service:api tier:1", false},
	    {"-tier:1", true},
	    {"-owner:payments", false},
	    {"tier:", true},
	    {"tier:none", false},
	    {"  owner:  api  ", true},
	    {"-", true}, /* a letter of the name */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct history_filter *filter = history_filter_parse(cases[i].text, NULL);

		assert_non_null(filter);
		if (history_filter_has(filter, &interval) != cases[i].has)
			fail_msg("'%s'", cases[i].text);
		history_filter_free(filter);
	}
}

static void what_is_mine(void **state)
{
	static const char *const mine[] = {"@acme/payments", "web"};
	struct history_filter *filter = history_filter_parse("", NULL);
	struct interval interval = {.service = "a", .check = "b", .owner = "acme/payments"};

	(void)state;
	history_filter_narrow(filter, 1u << 0 | 1u << 3, mine, 2);
	assert_true(history_filter_has(filter, &interval));
	interval.tier = 2;
	assert_false(history_filter_has(filter, &interval));
	interval.tier = 3;
	interval.owner = "other/web";
	assert_true(history_filter_has(filter, &interval));
	interval.owner = "acme/sre";
	assert_false(history_filter_has(filter, &interval));
	interval.owner = NULL;
	assert_false(history_filter_has(filter, &interval));
	history_filter_free(filter);
}

static void what_is_no_filter(void **state)
{
	static const char *const texts[] = {"lang:go", "tier:5", "tier:11", ":x", "-nonsense:1"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct err err = {0};

		assert_null(history_filter_parse(texts[i], &err));
		assert_non_null(err.fix);
		err_clear(&err);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(verdicts),	      cmocka_unit_test(mixed),
	    cmocka_unit_test(first_seen),     cmocka_unit_test(a_few_days_alone),
	    cmocka_unit_test(a_gap_in_parts), cmocka_unit_test(owners_of_the_same_name),
	    cmocka_unit_test(sparks),	      cmocka_unit_test(filters),
	    cmocka_unit_test(what_is_mine),   cmocka_unit_test(what_is_no_filter),
	};

	return cmocka_run_group_tests_name("history_data", tests, NULL, NULL);
}
