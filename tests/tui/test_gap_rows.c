/* Gaps in groups, over a made-up fleet: each gap once, the groups in their order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tests/support/fakefleet.h"
#include "tui/gap_rows.h"

#define SERVICES 120

struct fixture {
	struct checklist *checklist;
	struct fleet *fleet;
	struct filter_gap *gaps;
	size_t count;
};

static int setup(void **state)
{
	struct fixture *fix = xcalloc(1, sizeof(*fix));
	struct err err = {0};
	struct filter_index *index = filter_index_new();
	struct filter *filter = filter_parse("", &err);

	fix->checklist = checklist_builtin();
	fix->fleet = fake_fleet(fix->checklist, SERVICES);
	filter_index_build(index, fix->fleet);
	assert_non_null(filter);
	fix->gaps = filter_gaps(index, filter, ORDER_TIER, &fix->count);
	filter_free(filter);
	filter_index_free(index);
	*state = fix;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fix = *state;

	free(fix->gaps);
	fleet_free(fix->fleet);
	checklist_free(fix->checklist);
	free(fix);
	return 0;
}

static int rank(int tier)
{
	return tier ? tier : 5;
}

static const char *group_of(const struct fixture *fix, const struct gap_row *row,
			    enum gap_grouping grouping)
{
	const struct service *service = fleet_at(fix->fleet, row->service);

	switch (grouping) {
	case GROUP_ITEM:
		return fix->checklist->checks[row->check].id;
	case GROUP_OWNER:
		return gap_owner(service);
	default:
		return service->name;
	}
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Every gap of the list stands in the rows once, below the heading of its own group. */
static void check_rows(const struct fixture *fix, enum gap_grouping grouping)
{
	struct gap_rows rows = {0};
	bool *seen = xcalloc(fleet_count(fix->fleet) * CHECKLIST_MAX_CHECKS, sizeof(*seen));
	const char **groups = xcalloc(fix->count + 1, sizeof(*groups));
	size_t group_count = 0;
	const struct gap_row *heading = NULL;
	uint32_t below = 0;

	gap_rows_build(&rows, fix->fleet, fix->gaps, fix->count, grouping);
	assert_int_equal(rows.gaps, fix->count);
	assert_true(rows.rows[0].heading);
	for (size_t i = 0; i < rows.count; i++) {
		const struct gap_row *row = &rows.rows[i];
		const struct service *service = fleet_at(fix->fleet, row->service);
		bool *mark = &seen[row->service * CHECKLIST_MAX_CHECKS + row->check];

		if (row->heading) {
			if (heading)
				assert_int_equal(below, heading->count);
			heading = row;
			below = 0;
			groups[group_count++] = group_of(fix, row, grouping);
			continue;
		}
		below++;
		assert_false(*mark);
		*mark = true;
		assert_int_equal(service->findings[row->check].status, STATUS_GAP);
		assert_string_equal(group_of(fix, row, grouping), groups[group_count - 1]);
		assert_true(rank(heading->tier) <= rank(service->tier));
		/* Within a group the important services come first. */
		if (!rows.rows[i - 1].heading)
			assert_true(rank(fleet_at(fix->fleet, rows.rows[i - 1].service)->tier) <=
				    rank(service->tier));
	}
	assert_true(heading && below == heading->count);
	assert_int_equal(rows.count, rows.gaps + group_count);
	/* No group comes twice. */
	qsort(groups, group_count, sizeof(*groups), compare_names);
	for (size_t i = 1; i < group_count; i++)
		assert_string_not_equal(groups[i - 1], groups[i]);
	free(groups);
	free(seen);
	gap_rows_free(&rows);
}

static void each_gap_once_in_its_group(void **state)
{
	assert_true(((struct fixture *)*state)->count > 100);
	for (int grouping = 0; grouping < GROUP_COUNT; grouping++)
		check_rows(*state, (enum gap_grouping)grouping);
}

/* The most important tier first; in it, whoever has the most gaps. */
static void services_by_tier_then_number(void **state)
{
	struct fixture *fix = *state;
	struct gap_rows rows = {0};
	const struct gap_row *before = NULL;

	gap_rows_build(&rows, fix->fleet, fix->gaps, fix->count, GROUP_SERVICE);
	for (size_t i = 0; i < rows.count; i++) {
		const struct gap_row *row = &rows.rows[i];

		if (!row->heading)
			continue;
		if (before) {
			assert_true(rank(before->tier) <= rank(row->tier));
			if (before->tier == row->tier)
				assert_true(before->count >= row->count);
		}
		before = row;
	}
	gap_rows_free(&rows);
}

/* The items of tier 1 come first, whoever lacks them. */
static void items_by_their_tier(void **state)
{
	struct fixture *fix = *state;
	struct gap_rows rows = {0};
	int before = 0;

	gap_rows_build(&rows, fix->fleet, fix->gaps, fix->count, GROUP_ITEM);
	for (size_t i = 0; i < rows.count; i++) {
		int tier = fix->checklist->checks[rows.rows[i].check].tier;

		assert_true(before <= tier);
		before = tier;
	}
	gap_rows_free(&rows);
}

static void none_and_again(void **state)
{
	struct fixture *fix = *state;
	struct gap_rows rows = {0};

	gap_rows_build(&rows, fix->fleet, fix->gaps, fix->count, GROUP_OWNER);
	assert_true(rows.count > 0);
	gap_rows_build(&rows, fix->fleet, fix->gaps, 0, GROUP_OWNER);
	assert_int_equal(rows.count, 0);
	assert_int_equal(rows.gaps, 0);
	gap_rows_free(&rows);
}

static void owners_have_a_word_for_none(void **state)
{
	struct service service = {0};
	struct sourced owner = {.value = "acme/web"};

	(void)state;
	assert_string_equal(gap_owner(&service), "no owner");
	service.owners = &owner;
	service.owner_count = 1;
	assert_string_equal(gap_owner(&service), "acme/web");
	assert_string_equal(gap_grouping_name(GROUP_SERVICE), "service");
	assert_string_equal(gap_grouping_name(GROUP_ITEM), "item");
	assert_string_equal(gap_grouping_name(GROUP_OWNER), "owner");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_gap_once_in_its_group),
	    cmocka_unit_test(services_by_tier_then_number),
	    cmocka_unit_test(items_by_their_tier),
	    cmocka_unit_test(none_and_again),
	    cmocka_unit_test(owners_have_a_word_for_none),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
