#include <stdlib.h>

#include "core/trend_internal.h"

/* What opened, regressed and was closed, one by one. */

static size_t openings(const struct trend *trend, const struct trend_scope *scope, bool regressed,
		       uint32_t *indexes, size_t max)
{
	size_t count, found = 0;
	const struct trend_gap **gaps = trend_gaps_in(trend, scope, &count);

	while (count-- && found < max)
		if (trend_gap_opened(trend, gaps[count]) && (!regressed || gaps[count]->regressed))
			indexes[found++] = gaps[count]->first;
	free(gaps);
	return found;
}

size_t trend_openings(const struct trend *trend, const struct trend_scope *scope, uint32_t *indexes,
		      size_t max)
{
	return openings(trend, scope, false, indexes, max);
}

size_t trend_regressions(const struct trend *trend, const struct trend_scope *scope,
			 uint32_t *indexes, size_t max)
{
	return openings(trend, scope, true, indexes, max);
}

static int compare_closed(const void *a, const void *b)
{
	const struct trend_gap *x = *(const struct trend_gap *const *)a,
			       *y = *(const struct trend_gap *const *)b;

	if (x->until != y->until)
		return x->until < y->until ? 1 : -1;
	return (x->last > y->last) - (x->last < y->last);
}

size_t trend_closures(const struct trend *trend, const struct trend_scope *scope, uint32_t *indexes,
		      size_t max)
{
	size_t count, closed = 0;
	const struct trend_gap **gaps = trend_gaps_in(trend, scope, &count);

	for (size_t i = 0; i < count; i++)
		if (trend_gap_closed(trend, gaps[i]))
			gaps[closed++] = gaps[i];
	if (closed)
		qsort(gaps, closed, sizeof(struct trend_gap *), compare_closed);
	closed = closed < max ? closed : max;
	for (size_t i = 0; i < closed; i++)
		indexes[i] = gaps[i]->last;
	free(gaps);
	return closed;
}

int64_t trend_gap_from(const struct trend *trend, uint32_t index)
{
	const struct interval *gap = &trend->intervals[index], *before;

	while ((before = trend_before(trend, (uint32_t)(gap - trend->intervals))) &&
	       interval_is_gap(before) && before->until == gap->from)
		gap = before;
	return gap->from;
}

bool trend_is_regression(const struct trend *trend, uint32_t index)
{
	const struct interval *before = &trend->intervals[index];

	if (before->at_least)
		return false;
	do
		before = trend_before(trend, (uint32_t)(before - trend->intervals));
	while (before && before->status == STATUS_UNKNOWN);
	return before && before->status == STATUS_PASS;
}
