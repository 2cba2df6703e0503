#ifndef SVCTOP_TUI_HISTORY_DATA_H
#define SVCTOP_TUI_HISTORY_DATA_H

/* What the history pane shows, worked out of intervals: no screen, no app. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/trend.h"
#include "tui/history_filter.h"

#define HISTORY_SPARK	12	     /* counts of a sparkline */
#define HISTORY_COMPARE (28 * 86400) /* better or worse than so many seconds ago */

enum history_table {
	HISTORY_REGRESSIONS,
	HISTORY_OWNERS,
	HISTORY_CHECKS,
	HISTORY_SERVICES,
	HISTORY_CLOSED,
	HISTORY_TABLES
};

/* An owner, an item or a service, with its open gaps over the time. */
struct history_group {
	struct trend_group group; /* change without what was merely first seen */
	uint32_t spark[HISTORY_SPARK];
	const struct interval *oldest; /* of its open gaps; NULL: none is open */
	int tier;		       /* of a service, at the end */
	bool shortened; /* an owner that is told from the others without the organisation */
};

struct history_data {
	int64_t since, until;
	struct interval *intervals; /* in scope */
	size_t count;
	struct trend *trend;
	struct trend_point *points; /* a day each, or more where those would be too many */
	size_t point_count;
	struct trend_total total;
	struct history_group *groups[HISTORY_TABLES]; /* of the three tables of groups */
	uint32_t *indexes[HISTORY_TABLES];	      /* into intervals, of the two others */
	size_t counts[HISTORY_TABLES];
	size_t compare;			    /* the point that now is compared with */
	uint32_t opened, closed, regressed; /* from then until now */
	/* Open now, and first seen since then: nobody knows whether they are new. */
	uint32_t first_seen, first_seen_top; /* top: those of tiers 1 and 2 */
	int worst_tier;			     /* the most important one with gaps; 0: none is open */
	const struct interval *oldest;	     /* of its open gaps; NULL: none is open */
};

/*
 * Works all of it out, for the time from since to until; what data held is freed. Strings stay
 * those of intervals, which must outlive it. open_only: regressions that were closed are left out.
 */
void history_data_build(struct history_data *data, const struct interval *intervals, size_t count,
			const struct history_filter *filter, int64_t since, int64_t until,
			bool open_only);
void history_data_free(struct history_data *data);

/* How tables name a group: an owner without the organisation, where no other is called so. */
const char *history_group_name(const struct history_group *group);

static inline bool history_is_grouped(enum history_table table)
{
	return table == HISTORY_OWNERS || table == HISTORY_CHECKS || table == HISTORY_SERVICES;
}

/* Where the gap that an interval is a part of ends, and where it began: owner or tier may change.
 */
const struct interval *history_end(const struct history_data *data, const struct interval *gap);
const struct interval *history_begin(const struct history_data *data, const struct interval *gap);

/* Counts an interval in the HISTORY_SPARK moments between since and until when it was there. */
void history_spark_add(uint32_t *spark, const struct interval *interval, int64_t since,
		       int64_t until);

/*
 * "Better: 41 gaps open, 6 fewer than 4 weeks ago"; brief: without what can be left out. So does
 * history_words_tier() with "tier 1: 3, oldest 213d (checkout load-tests)" and
 * history_words_change() with "4 weeks: 12 closed, 6 opened (2 met before), 3 first seen".
 */
void history_words(const struct history_data *data, bool brief, struct buf *out);
void history_words_tier(const struct history_data *data, bool brief, struct buf *out);
void history_words_change(const struct history_data *data, bool brief, struct buf *out);

#endif
