#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/report_history_internal.h"
#include "core/report_table.h"
#include "core/text.h"

/* The history for people. */

#define SHOWN	  10 /* owners, items, regressions; -v: all */
#define BAR_CELLS 16
#define NARROW	  60 /* without the bar */

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

static const char *number(struct arena *arena, uint64_t value)
{
	return arena_printf(arena, "%llu", (unsigned long long)value);
}

/* Nothing happened is the rule: a dash lets the rest stand out. */
static const char *some(struct arena *arena, uint64_t value)
{
	return value ? number(arena, value) : "-";
}

/* As the gaps' ages elsewhere, in days; seconds below 0: "-". */
static const char *span(struct arena *arena, int64_t seconds)
{
	char age[TEXT_GAP_AGE_MAX];

	return seconds < 0 ? "-" : arena_strdup(arena, history_age(seconds, "now", age));
}

static const char *oldest(struct arena *arena, const struct trend_total *total)
{
	return arena_printf(arena, "%s%s", span(arena, total->oldest),
			    total->oldest >= 86400 && total->at_least ? "+" : "");
}

/* Within a sentence. */
static const char *said(struct arena *arena, int64_t seconds)
{
	char age[TEXT_GAP_AGE_MAX];

	return arena_strdup(arena, history_age(seconds, "under 1h", age));
}

static const char *bar(const struct report *report, struct arena *arena, uint32_t value,
		       uint32_t most)
{
	static const char *const parts[] = {"",	      "\u258f", "\u258e", "\u258d",
					    "\u258c", "\u258b", "\u258a", "\u2589"};
	uint64_t eighths = most ? (uint64_t)value * BAR_CELLS * 8 / most : 0;
	struct buf out = {0};
	const char *made;

	for (uint64_t i = 0; i < eighths / 8; i++)
		buf_adds(&out, report->ascii ? "#" : "\u2588");
	if (!report->ascii)
		buf_adds(&out, parts[eighths % 8]);
	else if (eighths % 8 >= 4 || (value && eighths < 8))
		buf_addc(&out, '#');
	made = arena_strdup(arena, buf_str(&out));
	buf_free(&out);
	return made;
}

/* ---- the first lines ---- */

static void put_summary(const struct history_view *view, struct report_out *out)
{
	const struct trend_point *first = &view->points[0],
				 *last = &view->points[view->point_count - 1];
	char from[HISTORY_DATE_MAX], until[HISTORY_DATE_MAX];
	int64_t more = (int64_t)last->open - first->open;
	struct buf text = {0};

	buf_addf(&text, "%s to %s: %u gap%s open in %u service%s, ", history_date(first->at, from),
		 history_date(last->at, until), last->open, plural(last->open), last->services,
		 plural(last->services));
	if (more)
		buf_addf(&text, "%lld %s than at the beginning", (long long)llabs(more),
			 more > 0 ? "more" : "fewer");
	else
		buf_adds(&text, "as many as at the beginning");
	buf_addf(&text, "; %u opened", view->total.opened);
	if (view->total.regressed && view->total.regressed == view->total.opened)
		buf_adds(&text, " (all had been met)");
	else if (view->total.regressed)
		buf_addf(&text, " (%u had been met)", view->total.regressed);
	buf_addf(&text, ", %u closed", view->total.closed);
	report_hang(&out->text, view->report, "", 0, buf_str(&text));
	buf_free(&text);
}

static void put_ages(const struct history_view *view, struct report_out *out)
{
	const struct trend_total *total = &view->total;
	struct arena *arena = arena_new();
	struct buf text = {0};

	if (total->mean_age >= 0)
		buf_addf(&text,
			 "open for %s on average, half of them for over %s, the oldest for %s%s",
			 said(arena, total->mean_age), said(arena, total->median_age),
			 said(arena, total->oldest), total->at_least ? " at least" : "");
	if (total->mean_to_close >= 0)
		buf_addf(&text, "%stime to close: %s on average, half within %s",
			 text.len ? "; " : "", said(arena, total->mean_to_close),
			 said(arena, total->median_to_close));
	if (text.len)
		report_hang(&out->text, view->report, "", 0, buf_str(&text));
	if (total->at_least)
		report_hang(
		    &out->text, view->report, "", 0,
		    "some gaps are older than the time looked at; their age counts from its "
		    "beginning (--since)");
	buf_free(&text);
	arena_free(arena);
}

/* ---- counts over time ---- */

static const struct report_column step_columns[] = {
    {.title = "UNTIL"},
    {.title = "OPEN", .number = true},
    {.title = "T1", .number = true, .spare = 2},
    {.title = "T2", .number = true, .spare = 3},
    {.title = "T3", .number = true, .spare = 4},
    {.title = "T4", .number = true, .spare = 5},
    {.title = "NO TIER", .number = true, .spare = 6},
    {.title = "OPENED", .number = true},
    {.title = "CLOSED", .number = true},
    {.title = "MEAN AGE", .number = true, .spare = 7},
    {.title = "MEDIAN", .number = true, .spare = 8},
    {.title = "", .spare = 9},
};

static void add_step(const struct history_view *view, const struct trend_point *point, bool first,
		     uint32_t most, struct report_table *table)
{
	struct arena *arena = arena_new();
	char date[HISTORY_DATE_MAX];

	report_table_add(
	    table,
	    (const char *[]){
		history_date(point->at, date), number(arena, point->open),
		some(arena, point->open_by_tier[1]), some(arena, point->open_by_tier[2]),
		some(arena, point->open_by_tier[3]), some(arena, point->open_by_tier[4]),
		some(arena, point->open_by_tier[0]), first ? "" : some(arena, point->opened),
		first ? "" : some(arena, point->closed), first ? "" : span(arena, point->mean_age),
		first ? "" : span(arena, point->median_age),
		bar(view->report, arena, point->open, most)});
	arena_free(arena);
}

static void put_steps(const struct history_view *view, struct report_out *out)
{
	const struct report *report = view->report;
	size_t columns = ARRAY_LEN(step_columns) - (report->plain ? 1 : 0);
	struct report_table *table = report_table_new(report, step_columns, columns);
	uint32_t most = 0;

	for (size_t i = 0; i < view->point_count; i++)
		if (view->points[i].open > most)
			most = view->points[i].open;
	for (size_t i = 0; i < view->point_count; i++)
		add_step(view, &view->points[i], i == 0, most, table);
	buf_addc(&out->text, '\n');
	report_table_print(table, NULL, out);
	report_table_free(table);
}

/* ---- whose they are, and which ---- */

static const struct report_column group_columns[] = {
    {.title = "OWNER", .flexible = true},
    {.title = "OPEN", .number = true},
    {.title = "T1", .number = true},
    {.title = "T2", .number = true, .spare = 1},
    {.title = "T3", .number = true, .spare = 2},
    {.title = "T4", .number = true, .spare = 3},
    {.title = "NO TIER", .number = true, .spare = 4},
    {.title = "CHANGE", .number = true},
    {.title = "OPENED", .number = true, .spare = 5},
    {.title = "CLOSED", .number = true, .spare = 6},
    {.title = "OLDEST", .number = true},
};

static void add_group(const struct trend_group *group, struct report_table *table)
{
	struct arena *arena = arena_new();

	report_table_add(
	    table, (const char *[]){
		       group->name ? group->name : "(no owner)", number(arena, group->open),
		       some(arena, group->open_by_tier[1]), some(arena, group->open_by_tier[2]),
		       some(arena, group->open_by_tier[3]), some(arena, group->open_by_tier[4]),
		       some(arena, group->open_by_tier[0]),
		       group->change ? arena_printf(arena, "%+d", (int)group->change) : "-",
		       some(arena, group->total.opened), some(arena, group->total.closed),
		       oldest(arena, &group->total)});
	arena_free(arena);
}

static void put_groups(const struct history_view *view, enum trend_key key, const char *title,
		       struct report_out *out)
{
	struct report_column columns[ARRAY_LEN(group_columns)];
	struct report_table *table;
	size_t count, shown;
	struct trend_group *groups = history_groups(view, key, &count);

	memcpy(columns, group_columns, sizeof(columns));
	columns[0].title = title;
	table = report_table_new(view->report, columns, ARRAY_LEN(columns));
	shown = count > SHOWN && !view->report->verbose ? SHOWN : count;
	for (size_t i = 0; i < shown; i++)
		add_group(&groups[i], table);
	if (count) {
		buf_addc(&out->text, '\n');
		report_table_print(table, NULL, out);
	}
	if (count > shown)
		buf_addf(&out->text, "... and %zu more (-v)\n", count - shown);
	report_table_free(table);
	free(groups);
}

/* ---- single gaps ---- */

static const struct report_column change_columns[] = {
    {.title = "DATE"},
    {.title = "WHAT"},
    {.title = "SERVICE", .flexible = true},
    {.title = "ITEM"},
    {.title = "STATUS", .spare = 2},
    {.title = "COMMIT"},
    {.title = "BY", .flexible = true, .spare = 1},
    {.title = "SUBJECT", .flexible = true},
};

/* All of these opened, and were a pass. */
static const struct report_column regression_columns[] = {
    {.title = "DATE"},
    {.title = "SERVICE", .flexible = true},
    {.title = "ITEM"},
    {.title = "COMMIT"},
    {.title = "BY", .flexible = true, .spare = 1},
    {.title = "SUBJECT", .flexible = true},
};

static const char *last_part(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash && slash[1] ? slash + 1 : path;
}

/* What the change came of, in the words of the commit, or in ours. */
static const char *subject_of(struct arena *arena, const struct history_change *change,
			      bool elsewhere)
{
	const struct cause *cause = change->cause;
	const char *subject = cause->subject ? cause->subject : "";

	switch (cause->kind) {
	case CAUSE_TIME:
		return "a date went by";
	case CAUSE_LIVE:
		return "a live source said so";
	case CAUSE_NONE:
		return "found so, why is not known";
	case CAUSE_GONE:
		if (!cause->hash)
			return "the service is gone";
		break;
	default:
		break;
	}
	if (elsewhere)
		subject = arena_printf(arena, "%s: %s", last_part(cause->checkout), subject);
	if (cause->among > 1)
		subject = arena_printf(arena, "%s (or one of %u before it)", subject,
				       (unsigned)cause->among - 1);
	return subject;
}

/* Only what is met or accepted now was closed. */
static const char *what_of(const struct history_change *change)
{
	const char *after = history_after(change);

	if (change->opened)
		return "OPENED";
	if (!strcmp(after, "unknown"))
		return "UNKNOWN";
	return strcmp(after, "gone") ? "CLOSED" : "GONE";
}

/* Whether the commit was made in another repository than the service's. */
static bool made_elsewhere(const struct history_view *view, const struct history_change *change)
{
	int32_t index = fleet_find(view->report->fleet, change->gap->service);
	const char *home =
	    index >= 0 ? fleet_at(view->report->fleet, (size_t)index)->checkout->path : NULL;

	return home && change->cause->checkout && strcmp(home, change->cause->checkout) != 0;
}

/* regression: a row of regression_columns. */
static void add_change(const struct history_view *view, const struct history_change *change,
		       bool regression, struct report_table *table)
{
	const char *to = view->report->ascii || view->report->plain ? "to" : "\u2192";
	const struct cause *cause = change->cause;
	struct arena *arena = arena_new();
	char date[HISTORY_DATE_MAX];
	const char *hash = cause->hash ? arena_printf(arena, "%.8s", cause->hash) : NULL;
	const char *subject = subject_of(arena, change, made_elsewhere(view, change));
	const char *status =
	    arena_printf(arena, "%s %s %s", history_before(change), to, history_after(change));

	history_date(change->at, date);
	if (regression)
		report_table_add(table,
				 (const char *[]){date, change->gap->service, change->gap->check,
						  hash, cause->author, subject});
	else
		report_table_add(table, (const char *[]){date, what_of(change),
							 change->gap->service, change->gap->check,
							 status, hash, cause->author, subject});
	arena_free(arena);
}

void history_changes_text(const struct history_view *view, struct report_out *out)
{
	struct report_table *table =
	    report_table_new(view->report, change_columns, ARRAY_LEN(change_columns));

	for (size_t i = 0; i < view->change_count; i++)
		add_change(view, &view->changes[i], false, table);
	buf_addc(&out->text, '\n');
	if (view->change_count)
		report_table_print(table, NULL, out);
	else
		buf_adds(&out->text, "nothing opened or closed in this time\n");
	report_table_free(table);
}

static void put_regressions(const struct history_view *view, struct report_out *out)
{
	size_t most = view->report->verbose ? SIZE_MAX : SHOWN, shown = 0;
	struct report_table *table;

	if (!view->total.regressed)
		return;
	table = report_table_new(view->report, regression_columns, ARRAY_LEN(regression_columns));
	for (size_t i = 0; i < view->change_count && shown < most; i++) {
		if (!view->changes[i].regressed)
			continue;
		add_change(view, &view->changes[i], true, table);
		shown++;
	}
	buf_adds(&out->text, "\nwere met, and opened again; the newest first\n");
	report_table_print(table, NULL, out);
	if (view->total.regressed > shown)
		buf_addf(&out->text, "... and %zu more (-v)\n", view->total.regressed - shown);
	report_table_free(table);
}

void history_text(const struct history_view *view, struct report_out *out)
{
	put_summary(view, out);
	put_ages(view, out);
	if (history_is_list(view)) {
		history_changes_text(view, out);
		return;
	}
	put_steps(view, out);
	put_groups(view, TREND_BY_OWNER, "OWNER", out);
	put_groups(view, TREND_BY_CHECK, "ITEM", out);
	put_regressions(view, out);
}
