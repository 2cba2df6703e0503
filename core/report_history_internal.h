#ifndef SVCTOP_CORE_REPORT_HISTORY_INTERNAL_H
#define SVCTOP_CORE_REPORT_HISTORY_INTERNAL_H

/* What the files of the history's report share. Nobody else includes this. */

#include "core/report_history.h"
#include "core/report_internal.h"
#include "core/text.h"
#include "core/trend.h"

/* A gap that opened or was closed. */
struct history_change {
	int64_t at, from; /* from: when the gap began */
	bool opened, regressed;
	const struct interval *gap;
	const struct interval *other; /* what was before it, or came after it; NULL: nothing */
	const struct cause *cause;
};

/* What is reported of, narrowed to the report's scope. */
struct history_view {
	const struct report *report;
	const struct report_history *history;
	struct interval *intervals;
	size_t count;
	struct trend *trend;
	struct trend_point *points; /* the first is `since` */
	size_t point_count;
	struct trend_total total;
	struct history_change *changes; /* newest first */
	size_t change_count;
};

/* Whether single gaps were asked for. */
bool history_is_list(const struct history_view *view);

bool history_has_due(const struct history_view *view, const struct replay_due *due);

/* "pass", "new", "not asked": what it was before, or is after. */
const char *history_before(const struct history_change *change);
const char *history_after(const struct history_change *change);

/* "week", "day", "12 days". */
#define HISTORY_STEP_MAX 32
const char *history_step(const struct history_view *view, char out[HISTORY_STEP_MAX]);

/* "2026-11-23" */
#define HISTORY_DATE_MAX 16
const char *history_date(int64_t time, char out[HISTORY_DATE_MAX]);

/* An age as text_gap_age() has it, with `none` for less than an hour. */
const char *history_age(int64_t seconds, const char *none, char out[TEXT_GAP_AGE_MAX]);

/* Groups, worst first; the caller frees them. */
struct trend_group *history_groups(const struct history_view *view, enum trend_key key,
				   size_t *count);

void history_text(const struct history_view *view, struct report_out *out);
void history_changes_text(const struct history_view *view, struct report_out *out);
void history_json(const struct history_view *view, struct report_out *out);
void history_rows(const struct history_view *view, struct report_out *out); /* CSV, JSONL */
void history_markdown(const struct history_view *view, struct report_out *out);

#endif
