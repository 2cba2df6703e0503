#include <stdlib.h>

#include "core/mem.h"
#include "core/trend_internal.h"

/* Counts at points in time. */

/* How many points the time has, at most TREND_MAX_POINTS: since, and back from until. */
static size_t point_count(const struct trend *trend)
{
	int64_t steps = (trend->until - trend->since) / trend->every +
			((trend->until - trend->since) % trend->every != 0);

	return steps < TREND_MAX_POINTS ? (size_t)steps + 1 : TREND_MAX_POINTS;
}

static void place_points(const struct trend *trend, struct trend_point *points, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int64_t at = trend->until - (int64_t)(count - 1 - i) * trend->every;

		points[i] = (struct trend_point){.at = at > trend->since ? at : trend->since};
	}
}

/* The first point that is not before time; count: none. */
static size_t point_from(const struct trend_point *points, size_t count, int64_t time)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t at = (low + high) / 2;

		if (points[at].at < time)
			low = at + 1;
		else
			high = at;
	}
	return low;
}

/* One more (or fewer) at points [from, until). */
static void count_span(int32_t *steps, size_t from, size_t until)
{
	if (from >= until)
		return;
	steps[from]++;
	steps[until]--;
}

/* Services that have findings in scope, and open gaps, by the tier that they had then. */
static void count_intervals(const struct trend *trend, const struct trend_scope *scope,
			    struct trend_point *points, size_t count)
{
	int32_t *services = xcalloc(count + 1, sizeof(*services));
	int32_t *open[5], all = 0, by_tier[5] = {0};
	size_t covered = 0;

	for (int t = 0; t < 5; t++)
		open[t] = xcalloc(count + 1, sizeof(*open[t]));
	for (size_t i = 0; i < trend->count; i++) {
		const struct trend_slot *slot = &trend->by_begin[i];
		const struct interval *interval = &trend->intervals[slot->index];
		size_t from, until;

		if (i && slot->service != slot[-1].service)
			covered = 0;
		if (!trend_has(scope, interval))
			continue;
		from = point_from(points, count, interval->from);
		until = interval->until ? point_from(points, count, interval->until) : count;
		if (interval_is_gap(interval))
			count_span(open[trend_tier(interval)], from, until);
		count_span(services, from > covered ? from : covered, until);
		covered = until > covered ? until : covered;
	}
	for (size_t i = 0; i < count; i++) {
		all += services[i];
		points[i].services = (uint32_t)all;
		for (int t = 0; t < 5; t++) {
			by_tier[t] += open[t][i];
			points[i].open_by_tier[t] = (uint32_t)by_tier[t];
			points[i].open += (uint32_t)by_tier[t];
		}
	}
	for (int t = 0; t < 5; t++)
		free(open[t]);
	free(services);
}

/* What happened in the time before each point. */
static void count_changes(const struct trend *trend, const struct trend_gap *const *gaps,
			  size_t gap_count, struct trend_point *points, size_t count)
{
	for (size_t i = 0; i < gap_count; i++) {
		const struct trend_gap *gap = gaps[i];
		size_t at;

		/* What is before the first point of a list that was cut is not told. */
		if (trend_gap_opened(trend, gap) && gap->from > points[0].at) {
			at = point_from(points, count, gap->from);
			points[at].opened++;
			points[at].regressed += gap->regressed;
		}
		if (trend_gap_closed(trend, gap) && gap->until > points[0].at)
			points[point_from(points, count, gap->until)].closed++;
	}
}

/* Which gaps are open, by rank of their beginning: a Fenwick tree finds the one in the middle. */
struct ranks {
	uint32_t *tree;
	size_t size, top; /* top: the highest power of two that is not above size */
};

static void rank_add(struct ranks *ranks, size_t rank, uint32_t step)
{
	for (size_t i = rank + 1; i <= ranks->size; i += i & -i)
		ranks->tree[i] += step;
}

/* The rank of the nth that is open, n from 0. */
static size_t rank_find(const struct ranks *ranks, uint32_t n)
{
	size_t at = 0;

	for (size_t step = ranks->top; step; step /= 2) {
		if (at + step > ranks->size || ranks->tree[at + step] > n)
			continue;
		at += step;
		n -= ranks->tree[at];
	}
	return at;
}

struct ending {
	int64_t until;
	size_t rank;
};

static int compare_endings(const void *a, const void *b)
{
	const struct ending *x = a, *y = b;

	return (x->until > y->until) - (x->until < y->until);
}

static struct ending *endings_of(const struct trend_gap *const *gaps, size_t gap_count,
				 size_t *count)
{
	struct ending *endings = xcalloc(gap_count, sizeof(*endings));

	*count = 0;
	for (size_t i = 0; i < gap_count; i++)
		if (gaps[i]->until)
			endings[(*count)++] = (struct ending){gaps[i]->until, i};
	if (*count)
		qsort(endings, *count, sizeof(*endings), compare_endings);
	return endings;
}

static void take_age(const struct ranks *ranks, const struct trend_gap *const *gaps, uint32_t open,
		     double sum, struct trend_point *point)
{
	int64_t low, high;

	point->mean_age = point->median_age = -1;
	if (!open)
		return;
	low = gaps[rank_find(ranks, (open - 1) / 2)]->from;
	high = gaps[rank_find(ranks, open / 2)]->from;
	point->median_age = point->at - (low + (high - low) / 2);
	point->mean_age = (int64_t)((double)point->at - sum / open);
}

static void take_ages(const struct trend_gap *const *gaps, size_t gap_count,
		      struct trend_point *points, size_t count)
{
	struct ranks ranks = {xcalloc(gap_count + 1, sizeof(uint32_t)), gap_count, 1};
	size_t ending_count, begun = 0, ended = 0;
	struct ending *endings = endings_of(gaps, gap_count, &ending_count);
	uint32_t open = 0;
	double sum = 0; /* of the beginnings */

	while (ranks.top * 2 <= gap_count)
		ranks.top *= 2;
	for (size_t p = 0; p < count; p++) {
		for (; begun < gap_count && gaps[begun]->from <= points[p].at; begun++, open++) {
			rank_add(&ranks, begun, 1);
			sum += (double)gaps[begun]->from;
		}
		for (; ended < ending_count && endings[ended].until <= points[p].at; ended++) {
			rank_add(&ranks, endings[ended].rank, (uint32_t)-1);
			sum -= (double)gaps[endings[ended].rank]->from;
			open--;
		}
		take_age(&ranks, gaps, open, sum, &points[p]);
	}
	free(endings);
	free(ranks.tree);
}

size_t trend_points(const struct trend *trend, const struct trend_scope *scope,
		    struct trend_point *points, size_t max, struct trend_total *total)
{
	size_t gap_count, count = point_count(trend);
	const struct trend_gap **gaps = trend_gaps_in(trend, scope, &gap_count);

	count = count < max ? count : max;
	if (count) {
		place_points(trend, points, count);
		count_intervals(trend, scope, points, count);
		count_changes(trend, gaps, gap_count, points, count);
		take_ages(gaps, gap_count, points, count);
	}
	if (total)
		trend_sum(trend, gaps, gap_count, total);
	free(gaps);
	return count;
}
