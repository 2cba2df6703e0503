#include "core/report_history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/owner.h"
#include "core/report_history_internal.h"

#define DAY INT64_C(86400)

static const struct trend_scope everything;

bool history_is_list(const struct history_view *view)
{
	return view->report->scope->service_count || view->report->scope->checks;
}

const char *history_date(int64_t time, char out[HISTORY_DATE_MAX])
{
	char text[TIME_TEXT_MAX];

	time_text(time, text);
	snprintf(out, HISTORY_DATE_MAX, "%.10s", text);
	return out;
}

const char *history_age(int64_t seconds, const char *none, char out[TEXT_GAP_AGE_MAX])
{
	if (seconds >= 3600)
		return text_gap_age(1, false, seconds + 1, out);
	snprintf(out, TEXT_GAP_AGE_MAX, "%s", none);
	return out;
}

const char *history_step(const struct history_view *view, char out[HISTORY_STEP_MAX])
{
	int64_t every = view->history->every;

	if (every == 7 * DAY)
		return "week";
	if (every == DAY)
		return "day";
	if (every % (7 * DAY) == 0)
		snprintf(out, HISTORY_STEP_MAX, "%lld weeks", (long long)(every / (7 * DAY)));
	else if (every % DAY == 0)
		snprintf(out, HISTORY_STEP_MAX, "%lld days", (long long)(every / DAY));
	else
		snprintf(out, HISTORY_STEP_MAX, "%lld hours", (long long)((every + 1800) / 3600));
	return out;
}

/* ---- what is in scope ---- */

static bool owned(const struct report_scope *scope, const char *owner)
{
	for (size_t i = 0; i < scope->owner_count; i++)
		if (owner && owner_is(scope->owners[i], owner))
			return true;
	return !scope->owner_count;
}

/* By its name of today, or, where it is gone, by the one that it had. */
static bool named(const struct report *report, const char *name)
{
	const struct report_scope *scope = report->scope;

	for (size_t i = 0; i < scope->service_count; i++) {
		int32_t index = fleet_find(report->fleet, scope->services[i]);

		if (!strcmp(index >= 0 ? fleet_at(report->fleet, (size_t)index)->name
				       : scope->services[i],
			    name))
			return true;
	}
	return !scope->service_count;
}

static bool checked(const struct report *report, const char *check)
{
	int index;

	if (!report->scope->checks)
		return true;
	index = checklist_find(fleet_checklist(report->fleet), check);
	return index >= 0 && report->scope->checks >> index & 1;
}

static bool in_scope(const struct report *report, const struct interval *interval)
{
	unsigned tiers = report->scope->tiers;

	return (!tiers || (interval->tier < 5 && tiers >> interval->tier & 1)) &&
	       owned(report->scope, interval->owner) && checked(report, interval->check) &&
	       named(report, interval->service);
}

bool history_has_due(const struct history_view *view, const struct replay_due *due)
{
	const struct interval interval = {.service = due->service,
					  .check = due->check,
					  .owner = due->owner,
					  .tier = (uint8_t)due->tier};

	return in_scope(view->report, &interval);
}

/* ---- changes ---- */

const char *history_before(const struct history_change *change)
{
	if (!change->opened)
		return "gap";
	if (change->cause->kind == CAUSE_APPEARED)
		return "new";
	/* What only a source could tell has no interval. */
	if (!change->other || change->other->until != change->at)
		return status_name(STATUS_UNKNOWN);
	if (change->other->status == STATUS_GAP)
		return "not asked";
	return status_name(change->other->status);
}

const char *history_after(const struct history_change *change)
{
	if (change->opened)
		return "gap";
	if (change->cause->kind == CAUSE_GONE)
		return "gone";
	if (!change->other || change->other->from != change->at)
		return status_name(STATUS_UNKNOWN);
	if (change->other->status == STATUS_GAP)
		return "not asked";
	return status_name(change->other->status);
}

static struct history_change opening(const struct history_view *view, uint32_t index)
{
	const struct interval *gap = &view->intervals[index];

	return (struct history_change){.at = gap->from,
				       .from = gap->from,
				       .opened = true,
				       .regressed = trend_is_regression(view->trend, index),
				       .gap = gap,
				       .other = trend_before(view->trend, index),
				       .cause = &gap->opened};
}

static struct history_change closing(const struct history_view *view, uint32_t index)
{
	const struct interval *gap = &view->intervals[index];

	return (struct history_change){.at = gap->until,
				       .from = trend_gap_from(view->trend, index),
				       .gap = gap,
				       .other = trend_after(view->trend, index),
				       .cause = &gap->closed};
}

/* Newest first; what one commit did stands together, in the order of services and checks. */
static int compare_changes(const void *a, const void *b)
{
	const struct history_change *x = a, *y = b;
	int order;

	if (x->at != y->at)
		return x->at < y->at ? 1 : -1;
	order = strcmp(x->cause->hash ? x->cause->hash : "", y->cause->hash ? y->cause->hash : "");
	order = order ? order : strcmp(x->gap->service, y->gap->service);
	order = order ? order : strcmp(x->gap->check, y->gap->check);
	return order ? order : x->opened - y->opened;
}

static void find_changes(struct history_view *view)
{
	uint32_t *indexes = xcalloc(view->count, sizeof(*indexes));
	size_t count = trend_openings(view->trend, &everything, indexes, view->count);

	view->changes = xcalloc(2 * view->count, sizeof(*view->changes));
	for (size_t i = 0; i < count; i++)
		view->changes[view->change_count++] = opening(view, indexes[i]);
	count = trend_closures(view->trend, &everything, indexes, view->count);
	for (size_t i = 0; i < count; i++)
		view->changes[view->change_count++] = closing(view, indexes[i]);
	if (view->change_count)
		qsort(view->changes, view->change_count, sizeof(*view->changes), compare_changes);
	free(indexes);
}

struct trend_group *history_groups(const struct history_view *view, enum trend_key key,
				   size_t *count)
{
	struct trend_group *groups = xcalloc(view->count, sizeof(*groups));

	*count = trend_groups(view->trend, &everything, key, groups, view->count);
	return groups;
}

static void look(struct history_view *view)
{
	const struct report_history *history = view->history;

	view->intervals = xcalloc(history->count, sizeof(*view->intervals));
	for (size_t i = 0; i < history->count; i++)
		if (in_scope(view->report, &history->intervals[i]))
			view->intervals[view->count++] = history->intervals[i];
	view->trend =
	    trend_new(view->intervals, view->count, history->since, history->until, history->every);
	view->points = xcalloc(TREND_MAX_POINTS, sizeof(*view->points));
	view->point_count =
	    trend_points(view->trend, &everything, view->points, TREND_MAX_POINTS, &view->total);
	find_changes(view);
}

void report_history(const struct report *report, const struct report_history *history,
		    struct report_out *out)
{
	struct history_view view = {.report = report, .history = history};

	look(&view);
	switch (report->format) {
	case REPORT_JSON:
		history_json(&view, out);
		break;
	case REPORT_JSONL:
	case REPORT_CSV:
		history_rows(&view, out);
		break;
	case REPORT_MARKDOWN:
		history_markdown(&view, out);
		break;
	default:
		history_text(&view, out);
		break;
	}
	trend_free(view.trend);
	free(view.intervals);
	free(view.points);
	free(view.changes);
}
