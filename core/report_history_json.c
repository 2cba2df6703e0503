#include <stdio.h>
#include <stdlib.h>

#include "core/mem.h"
#include "core/report_history_internal.h"
#include "core/report_table.h"

/* The history for programs. Spans are seconds. */

static const char *const tier_keys[] = {"unset", "1", "2", "3", "4"};
static const int tier_order[] = {1, 2, 3, 4, 0};

static void put_span(struct json_writer *json, const char *key, int64_t span)
{
	if (span >= 0)
		json_int(json, key, span);
	else
		json_none(json, key);
}

static void put_by_tier(struct json_writer *json, const uint32_t by_tier[5])
{
	json_open(json, "open_by_tier", '{');
	for (size_t i = 0; i < ARRAY_LEN(tier_order); i++)
		json_int(json, tier_keys[tier_order[i]], by_tier[tier_order[i]]);
	json_close(json, '}');
}

static void put_point(struct json_writer *json, const struct trend_point *point)
{
	json_open(json, NULL, '{');
	json_time(json, "at", point->at);
	json_int(json, "services", point->services);
	json_int(json, "open", point->open);
	put_by_tier(json, point->open_by_tier);
	json_int(json, "opened", point->opened);
	json_int(json, "closed", point->closed);
	json_int(json, "regressed", point->regressed);
	put_span(json, "mean_age", point->mean_age);
	put_span(json, "median_age", point->median_age);
	json_close(json, '}');
}

static void put_total(struct json_writer *json, const struct trend_total *total)
{
	json_int(json, "opened", total->opened);
	json_int(json, "closed", total->closed);
	json_int(json, "regressed", total->regressed);
	put_span(json, "mean_to_close", total->mean_to_close);
	put_span(json, "median_to_close", total->median_to_close);
	put_span(json, "mean_age", total->mean_age);
	put_span(json, "median_age", total->median_age);
	put_span(json, "oldest", total->oldest);
	json_bool(json, "at_least", total->at_least);
}

static void put_groups(struct json_writer *json, const struct history_view *view, const char *key,
		       enum trend_key by)
{
	size_t count;
	struct trend_group *groups = history_groups(view, by, &count);

	json_open(json, key, '[');
	for (size_t i = 0; i < count; i++) {
		json_open(json, NULL, '{');
		json_str(json, "name", groups[i].name);
		json_int(json, "open", groups[i].open);
		json_int(json, "change", groups[i].change);
		put_by_tier(json, groups[i].open_by_tier);
		put_total(json, &groups[i].total);
		json_close(json, '}');
	}
	json_close(json, ']');
	free(groups);
}

static void put_cause(struct json_writer *json, const struct cause *cause)
{
	static const char *const kinds[] = {"unknown", "commit",   "live",
					    "time",    "appeared", "gone"};

	json_open(json, "cause", '{');
	json_str(json, "kind", kinds[cause->kind]);
	json_str(json, "checkout", cause->checkout);
	json_str(json, "commit", cause->hash);
	json_str(json, "author", cause->author);
	json_str(json, "subject", cause->subject);
	json_time(json, "time", cause->time);
	if (cause->hash)
		json_int(json, "among", cause->among ? cause->among : 1);
	else
		json_none(json, "among");
	json_close(json, '}');
}

static void put_tier(struct json_writer *json, int tier)
{
	if (tier >= 1 && tier <= 4)
		json_int(json, "tier", tier);
	else
		json_none(json, "tier");
}

static void put_change(struct json_writer *json, const struct history_change *change)
{
	json_open(json, NULL, '{');
	json_time(json, "at", change->at);
	json_str(json, "change", change->opened ? "opened" : "closed");
	json_str(json, "service", change->gap->service);
	json_str(json, "check", change->gap->check);
	put_tier(json, change->gap->tier);
	json_str(json, "owner", change->gap->owner);
	json_str(json, "before", history_before(change));
	json_str(json, "after", history_after(change));
	json_bool(json, "regression", change->regressed);
	json_time(json, "open_since", change->from);
	json_bool(json, "at_least", change->gap->at_least);
	json_str(json, "evidence",
		 change->opened || !change->other ? change->gap->evidence
						  : change->other->evidence);
	put_cause(json, change->cause);
	json_close(json, '}');
}

static void put_due(struct json_writer *json, const struct history_view *view)
{
	json_open(json, "due", '[');
	for (size_t i = 0; i < view->history->due_count; i++) {
		const struct replay_due *due = &view->history->due[i];

		if (!history_has_due(view, due))
			continue;
		json_open(json, NULL, '{');
		json_time(json, "at", due->at);
		json_str(json, "service", due->service);
		json_str(json, "check", due->check);
		put_tier(json, due->tier);
		json_str(json, "owner", due->owner);
		json_str(json, "reason", due->reason);
		json_close(json, '}');
	}
	json_close(json, ']');
}

void history_json(const struct history_view *view, struct report_out *out)
{
	const struct checklist *checklist = fleet_checklist(view->report->fleet);
	struct json_writer json = {.out = &out->text, .pretty = true};

	json_open(&json, NULL, '{');
	json_int(&json, "schema", 1);
	json_time(&json, "generated_at", view->report->now);
	json_open(&json, "checklist", '{');
	json_str(&json, "name", checklist->name);
	json_str(&json, "digest", checklist->digest);
	json_close(&json, '}');
	json_time(&json, "since", view->history->since);
	json_time(&json, "until", view->history->until);
	json_int(&json, "every", view->history->every);
	json_open(&json, "points", '[');
	for (size_t i = 0; i < view->point_count; i++)
		put_point(&json, &view->points[i]);
	json_close(&json, ']');
	json_open(&json, "totals", '{');
	put_total(&json, &view->total);
	json_close(&json, '}');
	json_open(&json, "groups", '{');
	put_groups(&json, view, "owners", TREND_BY_OWNER);
	put_groups(&json, view, "checks", TREND_BY_CHECK);
	put_groups(&json, view, "services", TREND_BY_SERVICE);
	json_close(&json, '}');
	json_open(&json, "changes", '[');
	for (size_t i = 0; i < view->change_count; i++) {
		put_change(&json, &view->changes[i]);
		report_flush(out);
	}
	json_close(&json, ']');
	put_due(&json, view);
	report_json_errors(&json, view->report);
	json_close(&json, '}');
	buf_addc(&out->text, '\n');
}

/* ---- rows ---- */

static const struct report_column step_columns[] = {
    {.key = "until"},
    {.key = "tier"},
    {.key = "services", .number = true},
    {.key = "open", .number = true},
    {.key = "opened", .number = true},
    {.key = "closed", .number = true},
    {.key = "regressed", .number = true},
    {.key = "mean_age", .number = true},
    {.key = "median_age", .number = true},
};

static const char *number(struct arena *arena, int64_t value)
{
	return value < 0 ? NULL : arena_printf(arena, "%lld", (long long)value);
}

/* points: those of one tier; one row for each step. */
static void add_step(struct report_table *table, const struct trend_point *point, const char *tier)
{
	struct arena *arena = arena_new();
	char at[TIME_TEXT_MAX];

	report_table_add(
	    table,
	    (const char *[]){time_text(point->at, at), tier, number(arena, point->services),
			     number(arena, point->open), number(arena, point->opened),
			     number(arena, point->closed), number(arena, point->regressed),
			     number(arena, point->mean_age), number(arena, point->median_age)});
	arena_free(arena);
}

static void print_steps(const struct history_view *view, struct report_out *out)
{
	struct report_table *table =
	    report_table_new(view->report, step_columns, ARRAY_LEN(step_columns));
	struct trend_point *points = xcalloc(5 * view->point_count, sizeof(*points));

	for (size_t t = 0; t < 5; t++) {
		struct trend_scope scope = {.tiers = 1U << t};

		trend_points(view->trend, &scope, points + t * view->point_count, view->point_count,
			     NULL);
	}
	for (size_t i = 0; i < view->point_count; i++)
		for (size_t t = 0; t < ARRAY_LEN(tier_order); t++)
			add_step(table, &points[(size_t)tier_order[t] * view->point_count + i],
				 tier_keys[tier_order[t]]);
	report_table_print(table, "points", out);
	report_table_free(table);
	free(points);
}

static const struct report_column change_columns[] = {
    {.key = "at"},	   {.key = "change"},	{.key = "service"},
    {.key = "check"},	   {.key = "tier"},	{.key = "owner"},
    {.key = "before"},	   {.key = "after"},	{.key = "regression"},
    {.key = "open_since"}, {.key = "checkout"}, {.key = "commit"},
    {.key = "author"},	   {.key = "subject"},	{.key = "among", .number = true},
};

static void print_changes(const struct history_view *view, struct report_out *out)
{
	struct report_table *table =
	    report_table_new(view->report, change_columns, ARRAY_LEN(change_columns));

	for (size_t i = 0; i < view->change_count; i++) {
		const struct history_change *change = &view->changes[i];
		const struct cause *cause = change->cause;
		char at[TIME_TEXT_MAX], from[TIME_TEXT_MAX], among[16];
		unsigned tier = change->gap->tier < 5 ? change->gap->tier : 0;

		snprintf(among, sizeof(among), "%u", cause->among ? (unsigned)cause->among : 1U);
		report_table_add(
		    table,
		    (const char *[]){time_text(change->at, at),
				     change->opened ? "opened" : "closed", change->gap->service,
				     change->gap->check, tier ? tier_keys[tier] : NULL,
				     change->gap->owner, history_before(change),
				     history_after(change), change->regressed ? "yes" : "no",
				     time_text(change->from, from), cause->checkout, cause->hash,
				     cause->author, cause->subject, cause->hash ? among : NULL});
	}
	report_table_print(table, "changes", out);
	report_table_free(table);
}

void history_rows(const struct history_view *view, struct report_out *out)
{
	if (history_is_list(view))
		print_changes(view, out);
	else
		print_steps(view, out);
}
