#include "core/trend.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/owner.h"
#include "core/strmap.h"
#include "core/trend_internal.h"

/* Numbers for names: the first that comes is 1. */
static uint32_t number_of(struct strmap *map, const char *name)
{
	uintptr_t number = (uintptr_t)strmap_get(map, name);

	if (!number) {
		number = strmap_count(map) + 1;
		strmap_put(map, name, (void *)number); /* NOLINT(performance-no-int-to-ptr) */
	}
	return (uint32_t)number;
}

/* Intervals may come from a file that anybody wrote to: differences of times must not overflow. */
#define TIME_LIMIT (INT64_C(1) << 59)

static int64_t sane(int64_t time)
{
	if (time < -TIME_LIMIT)
		return -TIME_LIMIT;
	return time > TIME_LIMIT ? TIME_LIMIT : time;
}

static int compare_times(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int by_begin(const void *a, const void *b)
{
	const struct trend_slot *x = a, *y = b;
	int order = (x->service > y->service) - (x->service < y->service);

	order = order ? order : compare_times(x->from, y->from);
	return order ? order : (x->index > y->index) - (x->index < y->index);
}

static int by_check(const void *a, const void *b)
{
	const struct trend_slot *x = a, *y = b;

	if (x->service == y->service && x->check != y->check)
		return x->check > y->check ? 1 : -1;
	return by_begin(a, b);
}

static void sort_intervals(struct trend *trend)
{
	struct strmap *services = strmap_new(), *checks = strmap_new();

	trend->slots = xcalloc(trend->count, sizeof(*trend->slots));
	trend->by_begin = xcalloc(trend->count, sizeof(*trend->by_begin));
	trend->place = xcalloc(trend->count, sizeof(*trend->place));
	for (size_t i = 0; i < trend->count; i++) {
		const struct interval *interval = &trend->intervals[i];

		trend->slots[i] =
		    (struct trend_slot){(uint32_t)i, number_of(services, interval->service),
					number_of(checks, interval->check), interval->from};
		trend->by_begin[i] = trend->slots[i];
	}
	if (trend->count) {
		qsort(trend->slots, trend->count, sizeof(*trend->slots), by_check);
		qsort(trend->by_begin, trend->count, sizeof(*trend->by_begin), by_begin);
	}
	for (size_t i = 0; i < trend->count; i++)
		trend->place[trend->slots[i].index] = (uint32_t)i;
	strmap_free(services);
	strmap_free(checks);
}

static bool same_finding(const struct trend_slot *a, const struct trend_slot *b)
{
	return a->service == b->service && a->check == b->check;
}

static int compare_gaps(const void *a, const void *b)
{
	const struct trend_gap *x = a, *y = b;
	int order = compare_times(x->from, y->from);

	return order ? order : (x->first > y->first) - (x->first < y->first);
}

static bool becomes_unknown(const struct trend *trend, size_t slot)
{
	const struct interval *last = &trend->intervals[trend->slots[slot].index], *next;

	if (slot + 1 >= trend->count || !same_finding(&trend->slots[slot], &trend->slots[slot + 1]))
		return false;
	next = &trend->intervals[trend->slots[slot + 1].index];
	return next->from == last->until && next->status == STATUS_UNKNOWN;
}

/* The gap that begins at slot; *slot is moved to its last interval. */
static struct trend_gap gap_at(const struct trend *trend, size_t *slot, bool was_met)
{
	const struct interval *first = &trend->intervals[trend->slots[*slot].index], *last = first;
	size_t at = *slot;

	for (; at + 1 < trend->count; at++) {
		const struct trend_slot *next = &trend->slots[at + 1];
		const struct interval *interval = &trend->intervals[next->index];

		if (!same_finding(&trend->slots[at], next) || !interval_is_gap(interval) ||
		    interval->from != last->until)
			break;
		last = interval;
	}
	*slot = at;
	return (struct trend_gap){
	    .first = (uint32_t)(first - trend->intervals),
	    .last = (uint32_t)(last - trend->intervals),
	    .from = sane(first->from),
	    .until = sane(last->until),
	    .regressed = was_met && !first->at_least,
	    .lost = last->until && (last->closed.kind == CAUSE_GONE || becomes_unknown(trend, at)),
	    .at_least = first->at_least,
	};
}

static void find_gaps(struct trend *trend)
{
	size_t cap = 0;
	bool was_met = false;

	for (size_t i = 0; i < trend->count; i++) {
		const struct interval *interval = &trend->intervals[trend->slots[i].index];

		if (i && !same_finding(&trend->slots[i - 1], &trend->slots[i]))
			was_met = false;
		if (interval_is_gap(interval)) {
			GROW(trend->gaps, trend->gap_count, cap);
			trend->gaps[trend->gap_count++] = gap_at(trend, &i, was_met);
		}
		if (interval->status != STATUS_UNKNOWN)
			was_met = interval->status == STATUS_PASS;
	}
	if (trend->gap_count)
		qsort(trend->gaps, trend->gap_count, sizeof(*trend->gaps), compare_gaps);
}

struct trend *trend_new(const struct interval *intervals, size_t count, int64_t since,
			int64_t until, int64_t every)
{
	struct trend *trend = xcalloc(1, sizeof(*trend));

	trend->intervals = intervals;
	trend->count = count;
	trend->since = sane(since);
	trend->until = sane(until > since ? until : since);
	trend->every = every > 0 ? every : 1;
	sort_intervals(trend);
	find_gaps(trend);
	return trend;
}

void trend_free(struct trend *trend)
{
	if (!trend)
		return;
	free(trend->slots);
	free(trend->by_begin);
	free(trend->place);
	free(trend->gaps);
	free(trend);
}

bool trend_has(const struct trend_scope *scope, const struct interval *interval)
{
	return (!scope->service || !strcmp(scope->service, interval->service)) &&
	       (!scope->check || !strcmp(scope->check, interval->check)) &&
	       (!scope->tiers || scope->tiers >> trend_tier(interval) & 1) &&
	       (!scope->owner || (interval->owner && owner_is(scope->owner, interval->owner)));
}

const struct trend_gap **trend_gaps_in(const struct trend *trend, const struct trend_scope *scope,
				       size_t *count)
{
	const struct trend_gap **gaps = xcalloc(trend->gap_count, sizeof(*gaps));

	*count = 0;
	for (size_t i = 0; i < trend->gap_count; i++)
		if (trend_has(scope, &trend->intervals[trend->gaps[i].last]))
			gaps[(*count)++] = &trend->gaps[i];
	return gaps;
}

static const struct interval *neighbour(const struct trend *trend, uint32_t index, int step)
{
	size_t at = trend->place[index], other = at + (size_t)step;

	if ((step < 0 && !at) || other >= trend->count ||
	    !same_finding(&trend->slots[at], &trend->slots[other]))
		return NULL;
	return &trend->intervals[trend->slots[other].index];
}

const struct interval *trend_before(const struct trend *trend, uint32_t index)
{
	return neighbour(trend, index, -1);
}

const struct interval *trend_after(const struct trend *trend, uint32_t index)
{
	return neighbour(trend, index, 1);
}

static int compare_spans(const void *a, const void *b)
{
	return compare_times(*(const int64_t *)a, *(const int64_t *)b);
}

/* Mean and median; -1 of nothing. */
static void middle(int64_t *spans, size_t count, int64_t *mean, int64_t *median)
{
	double sum = 0;

	*mean = *median = -1;
	if (!count)
		return;
	qsort(spans, count, sizeof(*spans), compare_spans);
	for (size_t i = 0; i < count; i++)
		sum += (double)spans[i];
	*mean = (int64_t)(sum / (double)count);
	*median = spans[(count - 1) / 2] + (spans[count / 2] - spans[(count - 1) / 2]) / 2;
}

void trend_sum(const struct trend *trend, const struct trend_gap *const *gaps, size_t count,
	       struct trend_total *total)
{
	int64_t *ages = xcalloc(count, sizeof(*ages)), *closing = xcalloc(count, sizeof(*closing));
	size_t open = 0, closed = 0;

	*total = (struct trend_total){.oldest = -1};
	for (size_t i = 0; i < count; i++) {
		const struct trend_gap *gap = gaps[i];
		bool counts = false;

		total->opened += trend_gap_opened(trend, gap);
		total->regressed += trend_gap_opened(trend, gap) && gap->regressed;
		total->closed += trend_gap_closed(trend, gap);
		if (trend_gap_open(gap, trend->until)) {
			ages[open++] = trend->until - gap->from;
			counts = true;
		} else if (trend_gap_closed(trend, gap) && !gap->lost) {
			closing[closed++] = gap->until - gap->from;
			counts = true;
		}
		total->at_least |= counts && gap->at_least;
	}
	middle(ages, open, &total->mean_age, &total->median_age);
	middle(closing, closed, &total->mean_to_close, &total->median_to_close);
	if (open)
		total->oldest = ages[open - 1];
	free(ages);
	free(closing);
}
