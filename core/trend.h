#ifndef SVCTOP_CORE_TREND_H
#define SVCTOP_CORE_TREND_H

/*
 * Are things getting better or worse, and where should the effort go? Counts over time
 * made of intervals: open gaps, opened, closed, ages, time to close, regressions, for
 * the fleet, a tier, an owner, a check or a service.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/checklist.h"
#include "core/interval.h"

struct trend;

/* Which gaps are counted; zero-initialised: all. */
struct trend_scope {
	const char *service, *check; /* NULL: any */
	const char *owner;	     /* "org/team" or "team", whatever the case; NULL: any */
	unsigned tiers;		     /* bit 1 << tier of the service, bit 0: unset; 0: all */
};

#define TREND_MAX_POINTS 1200

/* One point in time, and the time from the point before until it. */
struct trend_point {
	int64_t at;
	uint32_t services;	  /* in the fleet then, as far as the scope has findings */
	uint32_t open;		  /* gaps */
	uint32_t open_by_tier[5]; /* by the service's tier, 0 unset */
	uint32_t opened, closed;  /* since the point before; not what was merely first seen */
	uint32_t regressed; /* of the opened: it had been a pass, as the last that was known */
	int64_t mean_age, median_age; /* of what is open, seconds; -1: nothing is */
};

struct trend_total {
	uint32_t opened, closed, regressed;
	/*
	 * Of what was closed, seconds; -1: nothing was. Not of what went with its service, or
	 * became unknown: nobody closed that.
	 */
	int64_t mean_to_close, median_to_close;
	int64_t mean_age, median_age, oldest; /* of what is open at the end; -1: nothing is */
	bool at_least; /* some ages are lower bounds: gaps older than what was looked at */
};

/*
 * intervals must outlive the trend; in any order, those of one service and check not overlapping.
 * Gaps that follow each other without a break are one gap. Points stand at since and at until,
 * until - every, until - 2 * every ... as long as that is after since: the newest are whole.
 */
struct trend *trend_new(const struct interval *intervals, size_t count, int64_t since,
			int64_t until, int64_t every);
void trend_free(struct trend *trend); /* NULL is allowed */

/*
 * Fills points (the last max of them), oldest first; returns how many. total may be NULL. What a
 * gap's scope is goes by the interval that it ended with, or is in.
 */
size_t trend_points(const struct trend *trend, const struct trend_scope *scope,
		    struct trend_point *points, size_t max, struct trend_total *total);

enum trend_key { TREND_BY_OWNER, TREND_BY_CHECK, TREND_BY_SERVICE };

/*
 * One owner, check or service; worst first: gaps of tier 1 before tier 2 ..., then older ones.
 * Those with nothing open, opened or closed are left out.
 */
struct trend_group {
	const char *name; /* NULL: no owner */
	struct trend_total total;
	uint32_t open, open_by_tier[5];
	int32_t change; /* open at the end less open at the beginning */
};
size_t trend_groups(const struct trend *trend, const struct trend_scope *scope, enum trend_key key,
		    struct trend_group *groups, size_t max);

/*
 * Gaps that opened; of these the ones whose item had been met; gaps that were closed. Newest first.
 * Indexes into intervals: the first or the last of the gap. Returns how many, at most max.
 */
size_t trend_openings(const struct trend *trend, const struct trend_scope *scope, uint32_t *indexes,
		      size_t max);
size_t trend_regressions(const struct trend *trend, const struct trend_scope *scope,
			 uint32_t *indexes, size_t max);
size_t trend_closures(const struct trend *trend, const struct trend_scope *scope, uint32_t *indexes,
		      size_t max);

/*
 * The interval of the same service and check before and after; NULL: none. What a gap became is
 * what comes after trend_closures()' index.
 */
const struct interval *trend_before(const struct trend *trend, uint32_t index);
const struct interval *trend_after(const struct trend *trend, uint32_t index);

/* Of an interval that is a gap: when the gap began, perhaps as an interval before. */
int64_t trend_gap_from(const struct trend *trend, uint32_t index);

/* Of an interval that begins a gap: whether the item had been met, as the last that was known. */
bool trend_is_regression(const struct trend *trend, uint32_t index);

bool trend_has(const struct trend_scope *scope, const struct interval *interval);

#endif
