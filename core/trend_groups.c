#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/trend_internal.h"

/* Where the effort should go: gaps by owner, check or service. */

static const char *key_of(const struct trend *trend, const struct trend_gap *gap,
			  enum trend_key key)
{
	const struct interval *last = &trend->intervals[gap->last];

	switch (key) {
	case TREND_BY_OWNER:
		return last->owner;
	case TREND_BY_CHECK:
		return last->check;
	default:
		return last->service;
	}
}

struct keyed {
	const char *key;
	const struct trend_gap *gap;
};

static int compare_keys(const char *a, const char *b)
{
	if (!a || !b)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

static int compare_keyed(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;
	int order = compare_keys(x->key, y->key);

	return order ? order : (x->gap > y->gap) - (x->gap < y->gap);
}

static int compare_groups(const void *a, const void *b)
{
	static const int tiers[] = {1, 2, 3, 4, 0};
	const struct trend_group *x = a, *y = b;

	for (size_t i = 0; i < ARRAY_LEN(tiers); i++) {
		uint32_t mine = x->open_by_tier[tiers[i]], other = y->open_by_tier[tiers[i]];

		if (mine != other)
			return mine < other ? 1 : -1;
	}
	if (x->total.oldest != y->total.oldest)
		return x->total.oldest < y->total.oldest ? 1 : -1;
	return compare_keys(x->name, y->name);
}

static void sum_group(const struct trend *trend, const struct trend_gap *const *gaps, size_t count,
		      struct trend_group *group)
{
	trend_sum(trend, gaps, count, &group->total);
	for (size_t i = 0; i < count; i++) {
		unsigned tier = trend_tier(&trend->intervals[gaps[i]->last]);

		group->change -= trend_gap_open(gaps[i], trend->since);
		if (!trend_gap_open(gaps[i], trend->until))
			continue;
		group->change++;
		group->open++;
		group->open_by_tier[tier]++;
	}
}

size_t trend_groups(const struct trend *trend, const struct trend_scope *scope, enum trend_key key,
		    struct trend_group *groups, size_t max)
{
	size_t count, group_count = 0;
	const struct trend_gap **gaps = trend_gaps_in(trend, scope, &count);
	struct keyed *keyed = xcalloc(count, sizeof(*keyed));
	struct trend_group *all = xcalloc(count, sizeof(*all));

	for (size_t i = 0; i < count; i++)
		keyed[i] = (struct keyed){key_of(trend, gaps[i], key), gaps[i]};
	if (count)
		qsort(keyed, count, sizeof(*keyed), compare_keyed);
	for (size_t i = 0, run; i < count; i += run) {
		struct trend_group group = {.name = keyed[i].key};

		for (run = 0; i + run < count && !compare_keys(keyed[i].key, keyed[i + run].key);
		     run++)
			gaps[run] = keyed[i + run].gap;
		sum_group(trend, gaps, run, &group);
		if (group.open || group.total.opened || group.total.closed)
			all[group_count++] = group;
	}
	if (group_count)
		qsort(all, group_count, sizeof(*all), compare_groups);
	max = max < group_count ? max : group_count;
	if (max)
		memcpy(groups, all, max * sizeof(*all));
	free(all);
	free(keyed);
	free(gaps);
	return max;
}
