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
	uint32_t services;	      /* in the fleet then */
	uint32_t open;		      /* gaps */
	uint32_t open_by_tier[5];     /* by the service's tier, 0 unset */
	uint32_t opened, closed;      /* since the point before */
	uint32_t regressed;	      /* of the opened: what was met before */
	int64_t mean_age, median_age; /* of what is open, seconds */
};

struct trend_total {
	uint32_t opened, closed, regressed;
	int64_t mean_to_close, median_to_close; /* of what was closed, seconds; -1: nothing was */
	int64_t mean_age, median_age, oldest;	/* of what is open at the end; -1: nothing is */
	bool at_least; /* some ages are lower bounds: gaps older than what was looked at */
};

/* intervals must outlive the trend. Points at since, since + every ... until. */
struct trend *trend_new(const struct interval *intervals, size_t count, int64_t since,
			int64_t until, int64_t every);
void trend_free(struct trend *trend); /* NULL is allowed */

/* Fills points (at most max), oldest first; returns how many. total may be NULL. */
size_t trend_points(const struct trend *trend, const struct trend_scope *scope,
		    struct trend_point *points, size_t max, struct trend_total *total);

enum trend_key { TREND_BY_OWNER, TREND_BY_CHECK, TREND_BY_SERVICE };

/* One owner, check or service; worst first: gaps of tier 1 before tier 2 ..., then older ones. */
struct trend_group {
	const char *name; /* NULL: no owner */
	struct trend_total total;
	uint32_t open, open_by_tier[5];
	int32_t change; /* open at the end less open at the beginning */
};
size_t trend_groups(const struct trend *trend, const struct trend_scope *scope, enum trend_key key,
		    struct trend_group *groups, size_t max);

/*
 * Gaps that opened where the item had been met, newest first; gaps that were closed, newest first.
 * Indexes into intervals; returns how many, at most max.
 */
size_t trend_regressions(const struct trend *trend, const struct trend_scope *scope,
			 uint32_t *indexes, size_t max);
size_t trend_closures(const struct trend *trend, const struct trend_scope *scope, uint32_t *indexes,
		      size_t max);

bool trend_has(const struct trend_scope *scope, const struct interval *interval);

#endif
