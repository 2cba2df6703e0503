#include "tui/history_data.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/strmap.h"

enum { DAY = 86400, MAX_ROWS = 5000 };

/* ---- in scope ---- */

static void take_intervals(struct history_data *data, const struct interval *intervals,
			   size_t count, const struct history_filter *filter)
{
	data->intervals = xcalloc(count + 1, sizeof(*data->intervals));
	for (size_t i = 0; i < count; i++)
		if (history_filter_has(filter, &intervals[i]))
			data->intervals[data->count++] = intervals[i];
}

/* ---- counted ---- */

static void count_points(struct history_data *data)
{
	static const struct trend_scope all = {0};
	int64_t every = (data->until - data->since) / (TREND_MAX_POINTS - 2) + 1;

	every = every > DAY ? every : DAY;
	data->trend = trend_new(data->intervals, data->count, data->since, data->until, every);
	data->points = xcalloc(TREND_MAX_POINTS, sizeof(*data->points));
	data->point_count =
	    trend_points(data->trend, &all, data->points, TREND_MAX_POINTS, &data->total);
}

static void compare(struct history_data *data)
{
	int64_t then = data->until - HISTORY_COMPARE;

	data->compare = 0;
	while (data->compare + 1 < data->point_count && data->points[data->compare].at < then)
		data->compare++;
	for (size_t i = data->compare + 1; i < data->point_count; i++) {
		data->opened += data->points[i].opened;
		data->closed += data->points[i].closed;
		data->regressed += data->points[i].regressed;
	}
}

static bool is_open(const struct interval *interval, int64_t at)
{
	return interval_is_gap(interval) && interval->from <= at &&
	       (interval->until == 0 || interval->until > at);
}

static int tier_rank(const struct interval *interval)
{
	return interval->tier >= 1 && interval->tier <= 4 ? interval->tier : 5;
}

/* ---- gaps ---- */

const struct interval *history_end(const struct history_data *data, const struct interval *gap)
{
	const struct interval *next;

	while ((next = trend_after(data->trend, (uint32_t)(gap - data->intervals))) &&
	       interval_is_gap(next) && next->from == gap->until)
		gap = next;
	return gap;
}

const struct interval *history_begin(const struct history_data *data, const struct interval *gap)
{
	const struct interval *before;

	while ((before = trend_before(data->trend, (uint32_t)(gap - data->intervals))) &&
	       interval_is_gap(before) && before->until == gap->from)
		gap = before;
	return gap;
}

static void look_at_open(struct history_data *data)
{
	for (size_t i = 0; i < data->count; i++) {
		const struct interval *interval = &data->intervals[i];
		int order;

		if (!is_open(interval, data->until))
			continue;
		interval = history_begin(data, interval);
		if (interval->at_least && interval->from > data->points[data->compare].at) {
			data->first_seen++;
			data->first_seen_top += tier_rank(interval) <= 2;
		}
		order = data->oldest ? tier_rank(interval) - tier_rank(data->oldest) : -1;
		if (order < 0 || (order == 0 && interval->from < data->oldest->from))
			data->oldest = interval;
	}
	data->worst_tier = data->oldest && data->oldest->tier <= 4 ? data->oldest->tier : 0;
}

/* ---- groups ---- */

void history_spark_add(uint32_t *spark, const struct interval *interval, int64_t since,
		       int64_t until)
{
	for (int i = 0; i < HISTORY_SPARK; i++)
		spark[i] += is_open(interval, since + (until - since) * (i + 1) / HISTORY_SPARK);
}

static const char *without_organisation(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash && slash[1] ? slash + 1 : name;
}

const char *history_group_name(const struct history_group *group)
{
	const char *name = group->group.name ? group->group.name : "no owner";

	return group->shortened ? without_organisation(name) : name;
}

static void shorten(struct history_group *groups, size_t count)
{
	struct strmap *taken = strmap_new();

	for (size_t i = 0; i < count; i++) {
		const char *name = without_organisation(history_group_name(&groups[i]));
		struct history_group *other = strmap_get(taken, name);

		groups[i].shortened = !other;
		if (other)
			other->shortened = false;
		else
			strmap_put(taken, name, &groups[i]);
	}
	strmap_free(taken);
}

static const char *name_in(const struct interval *interval, enum history_table table)
{
	if (table == HISTORY_OWNERS)
		return interval->owner ? interval->owner : "";
	return table == HISTORY_CHECKS ? interval->check : interval->service;
}

static void add_sparks(struct history_data *data, enum history_table table)
{
	struct history_group *groups = data->groups[table];
	struct strmap *places = strmap_new();

	for (size_t i = 0; i < data->counts[table]; i++) {
		const char *name = groups[i].group.name;

		strmap_put(places, name ? name : "", &groups[i]);
	}
	for (size_t i = 0; i < data->count; i++) {
		const struct interval *interval = &data->intervals[i];
		struct history_group *group = strmap_get(places, name_in(interval, table));

		if (!group || !interval_is_gap(interval))
			continue;
		history_spark_add(group->spark, interval, data->since, data->until);
		group->tier = interval->tier;
		if (is_open(interval, data->until)) {
			const struct interval *begin = history_begin(data, interval);

			if (begin->at_least && begin->from > data->since)
				group->group.change--;
			if (!group->oldest || begin->from < group->oldest->from)
				group->oldest = begin;
		}
	}
	strmap_free(places);
}

static void count_groups(struct history_data *data, enum history_table table, enum trend_key key)
{
	static const struct trend_scope all = {0};
	struct trend_group *groups = xcalloc(MAX_ROWS, sizeof(*groups));
	size_t count = trend_groups(data->trend, &all, key, groups, MAX_ROWS);

	data->groups[table] = xcalloc(count + 1, sizeof(*data->groups[table]));
	data->counts[table] = count;
	for (size_t i = 0; i < count; i++)
		data->groups[table][i].group = groups[i];
	free(groups);
	if (key == TREND_BY_OWNER)
		shorten(data->groups[table], count);
	add_sparks(data, table);
}

static void list_gaps(struct history_data *data, bool open_only)
{
	static const struct trend_scope all = {0};
	uint32_t *regressions = xcalloc(MAX_ROWS, sizeof(uint32_t));
	uint32_t *closed = xcalloc(MAX_ROWS, sizeof(uint32_t));
	size_t count = trend_regressions(data->trend, &all, regressions, MAX_ROWS), kept = 0;

	for (size_t i = 0; i < count; i++)
		if (!open_only || history_end(data, &data->intervals[regressions[i]])->until == 0)
			regressions[kept++] = regressions[i];
	data->indexes[HISTORY_REGRESSIONS] = regressions;
	data->counts[HISTORY_REGRESSIONS] = kept;
	data->indexes[HISTORY_CLOSED] = closed;
	data->counts[HISTORY_CLOSED] = trend_closures(data->trend, &all, closed, MAX_ROWS);
}

void history_data_build(struct history_data *data, const struct interval *intervals, size_t count,
			const struct history_filter *filter, int64_t since, int64_t until,
			bool open_only)
{
	history_data_free(data);
	data->since = since < until ? since : until;
	data->until = until;
	take_intervals(data, intervals, count, filter);
	count_points(data);
	compare(data);
	look_at_open(data);
	count_groups(data, HISTORY_OWNERS, TREND_BY_OWNER);
	count_groups(data, HISTORY_CHECKS, TREND_BY_CHECK);
	count_groups(data, HISTORY_SERVICES, TREND_BY_SERVICE);
	list_gaps(data, open_only);
}

void history_data_free(struct history_data *data)
{
	trend_free(data->trend);
	for (int i = 0; i < HISTORY_TABLES; i++) {
		free(data->groups[i]);
		free(data->indexes[i]);
	}
	free(data->points);
	free(data->intervals);
	*data = (struct history_data){0};
}
