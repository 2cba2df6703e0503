#include "tui/gap_rows.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

const char *gap_grouping_name(enum gap_grouping grouping)
{
	static const char *const names[] = {"service", "item", "owner"};

	return names[grouping];
}

const char *gap_owner(const struct service *service)
{
	return service->owner_count ? service->owners[0].value : "no owner";
}

/* A gap with what it is ordered by. */
struct gap {
	uint32_t group; /* rank of its group */
	uint8_t tier;	/* of the service; 5: unset */
	uint32_t service;
	uint16_t check;
	int64_t since; /* INT64_MAX: not known */
};

struct group {
	const char *name; /* by owner */
	uint32_t index;	  /* of the service or the check */
	uint32_t count;
	uint8_t tier; /* the most important; 5: unset */
	uint8_t check_tier;
};

static uint8_t tier_rank(const struct service *service)
{
	return service->tier ? (uint8_t)service->tier : 5;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* All owners once, sorted; the caller frees. */
static const char **owner_names(const struct fleet *fleet, size_t *count)
{
	size_t services = fleet_count(fleet), kept = 0;
	const char **names = xcalloc(services + 1, sizeof(*names));

	for (size_t i = 0; i < services; i++)
		names[i] = gap_owner(fleet_at(fleet, i));
	qsort(names, services, sizeof(*names), compare_names);
	for (size_t i = 0; i < services; i++)
		if (!kept || strcmp(names[kept - 1], names[i]) != 0)
			names[kept++] = names[i];
	*count = kept;
	return names;
}

static struct gap *with_tiers(const struct fleet *fleet, const struct filter_gap *from,
			      size_t count)
{
	struct gap *gaps = xcalloc(count + 1, sizeof(*gaps));

	for (size_t i = 0; i < count; i++) {
		const struct service *service = fleet_at(fleet, from[i].service);
		int64_t since = service->findings[from[i].check].since;

		gaps[i] = (struct gap){.tier = tier_rank(service),
				       .service = from[i].service,
				       .check = from[i].check,
				       .since = since > 0 ? since : INT64_MAX};
	}
	return gaps;
}

static size_t group_of(const struct fleet *fleet, enum gap_grouping grouping, const struct gap *gap,
		       const char *const *owners, size_t owner_count)
{
	const char *owner, **found;

	if (grouping == GROUP_SERVICE)
		return gap->service;
	if (grouping == GROUP_ITEM)
		return gap->check;
	owner = gap_owner(fleet_at(fleet, gap->service));
	found = bsearch(&owner, owners, owner_count, sizeof(*owners), compare_names);
	return (size_t)(found - (const char **)owners);
}

static int compare_groups(const void *a, const void *b)
{
	const struct group *left = *(struct group *const *)a, *right = *(struct group *const *)b;

	if (!left->count != !right->count)
		return left->count ? -1 : 1;
	if (left->check_tier != right->check_tier)
		return left->check_tier - right->check_tier;
	if (left->tier != right->tier)
		return left->tier - right->tier;
	if (left->count != right->count)
		return left->count > right->count ? -1 : 1;
	return left->index < right->index ? -1 : left->index > right->index;
}

/* Gives each group its rank: what matters most is 0. */
static void rank_groups(struct group *groups, size_t count, uint32_t *ranks)
{
	struct group **order = xcalloc(count + 1, sizeof(struct group *));

	for (size_t i = 0; i < count; i++)
		order[i] = &groups[i];
	qsort(order, count, sizeof(struct group *), compare_groups);
	for (size_t i = 0; i < count; i++)
		ranks[order[i] - groups] = (uint32_t)i;
	free(order);
}

static int compare_gaps(const void *a, const void *b)
{
	const struct gap *left = a, *right = b;

	if (left->group != right->group)
		return left->group < right->group ? -1 : 1;
	if (left->tier != right->tier)
		return left->tier - right->tier;
	if (left->since != right->since)
		return left->since < right->since ? -1 : 1;
	if (left->service != right->service)
		return left->service < right->service ? -1 : 1;
	/* The checklist stands tier 4 first; the item of the most important tier comes last there.
	 */
	return right->check - left->check;
}

static void assign_groups(const struct fleet *fleet, enum gap_grouping grouping, struct gap *gaps,
			  size_t count)
{
	const struct checklist *checklist = fleet_checklist(fleet);
	size_t owner_count = 0;
	const char **owners = grouping == GROUP_OWNER ? owner_names(fleet, &owner_count) : NULL;
	size_t group_count = grouping == GROUP_SERVICE ? fleet_count(fleet)
			     : grouping == GROUP_ITEM  ? checklist->check_count
						       : owner_count;
	struct group *groups = xcalloc(group_count + 1, sizeof(*groups));
	uint32_t *ranks = xcalloc(group_count + 1, sizeof(*ranks));

	for (size_t i = 0; i < group_count; i++)
		groups[i] = (struct group){
		    .index = (uint32_t)i,
		    .tier = UINT8_MAX,
		    .check_tier = grouping == GROUP_ITEM ? (uint8_t)checklist->checks[i].tier : 0};
	for (size_t i = 0; i < count; i++) {
		size_t group = group_of(fleet, grouping, &gaps[i], owners, owner_count);

		gaps[i].group = (uint32_t)group;
		groups[group].count++;
		if (gaps[i].tier < groups[group].tier)
			groups[group].tier = gaps[i].tier;
	}
	rank_groups(groups, group_count, ranks);
	for (size_t i = 0; i < count; i++)
		gaps[i].group = ranks[gaps[i].group];
	free(groups);
	free(ranks);
	free(owners);
}

static void add_row(struct gap_rows *rows, const struct gap *gap, bool heading)
{
	GROW(rows->rows, rows->count, rows->cap);
	rows->rows[rows->count++] =
	    (struct gap_row){.service = gap->service, .check = gap->check, .heading = heading};
}

void gap_rows_build(struct gap_rows *rows, const struct fleet *fleet, const struct filter_gap *from,
		    size_t count, enum gap_grouping grouping)
{
	struct gap *gaps = with_tiers(fleet, from, count);
	size_t heading = 0;

	rows->count = 0;
	rows->gaps = count;
	if (count) {
		assign_groups(fleet, grouping, gaps, count);
		qsort(gaps, count, sizeof(*gaps), compare_gaps);
	}
	for (size_t i = 0; i < count; i++) {
		if (!i || gaps[i].group != gaps[i - 1].group) {
			heading = rows->count;
			add_row(rows, &gaps[i], true);
			rows->rows[heading].tier = gaps[i].tier == 5 ? 0 : gaps[i].tier;
		}
		rows->rows[heading].count++;
		add_row(rows, &gaps[i], false);
	}
	free(gaps);
}

void gap_rows_free(struct gap_rows *rows)
{
	free(rows->rows);
	*rows = (struct gap_rows){0};
}
