#ifndef SVCTOP_CORE_TREND_INTERNAL_H
#define SVCTOP_CORE_TREND_INTERNAL_H

/* What the files of the trend share. Nobody else includes this. */

#include "core/trend.h"

/* An interval where the trend sorts it. */
struct trend_slot {
	uint32_t index; /* in the intervals */
	uint32_t service, check;
	int64_t from;
};

/* A gap from its beginning to its end, though owner or tier changed meanwhile. */
struct trend_gap {
	uint32_t first, last; /* intervals */
	int64_t from, until;  /* until 0: it is open */
	bool regressed;	      /* it had been met */
	bool lost;	      /* it ended with its service, or with that it could be known */
	bool at_least;
};

struct trend {
	const struct interval *intervals;
	size_t count;
	int64_t since, until, every;
	struct trend_slot *slots;    /* by service, check, from */
	struct trend_slot *by_begin; /* by service, from */
	uint32_t *place;	     /* of each interval in slots */
	struct trend_gap *gaps;	     /* by from */
	size_t gap_count;
};

/* The gaps in scope, by from; the caller frees them. */
const struct trend_gap **trend_gaps_in(const struct trend *trend, const struct trend_scope *scope,
				       size_t *count);

static inline unsigned trend_tier(const struct interval *interval)
{
	return interval->tier < 5 ? interval->tier : 0;
}

static inline bool trend_gap_open(const struct trend_gap *gap, int64_t at)
{
	return gap->from <= at && (!gap->until || gap->until > at);
}

/* Within the time that is looked at. */
static inline bool trend_gap_opened(const struct trend *trend, const struct trend_gap *gap)
{
	return !gap->at_least && gap->from > trend->since && gap->from <= trend->until;
}

static inline bool trend_gap_closed(const struct trend *trend, const struct trend_gap *gap)
{
	return gap->until > trend->since && gap->until <= trend->until;
}

/* What is known of these gaps together. */
void trend_sum(const struct trend *trend, const struct trend_gap *const *gaps, size_t count,
	       struct trend_total *total);

#endif
