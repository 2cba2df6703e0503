/* The tables of the history pane: regressions, owners, items, services, closed gaps. */

#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "tui/chart.h"
#include "tui/pane_history_internal.h"

enum { HASH_CELLS = 7 };

/* ---- gaps ---- */

enum gap_column {
	GAP_WHEN,
	GAP_TIER,
	GAP_SERVICE,
	GAP_ITEM,
	GAP_NOW,
	GAP_COMMIT,
	GAP_BY,
	GAP_WHAT
};

#define GAP_COLUMNS(when, now_name, now_word, now_width)                                           \
	[GAP_WHEN] = {when, "when", 5, 6, 0, ALIGN_RIGHT, false}, [GAP_TIER] = {"T",  "tier",      \
										1,    1,           \
										0,    ALIGN_LEFT,  \
										false},            \
	[GAP_SERVICE] = {"SERVICE", "service", 12, 24, 0, ALIGN_LEFT, false},                      \
	[GAP_ITEM] = {"ITEM", "item", 14, 22, 0, ALIGN_LEFT, false}, [GAP_NOW] = {now_name,        \
										  now_word,        \
										  now_width,       \
										  now_width,       \
										  1,               \
										  ALIGN_LEFT,      \
										  false},          \
	[GAP_COMMIT] = {"COMMIT", "commit", HASH_CELLS, HASH_CELLS, 2, ALIGN_LEFT, false},         \
	[GAP_BY] = {"BY", "author", 8, 18, 4, ALIGN_LEFT, false}, [GAP_WHAT] = {"WHAT IT SAYS",    \
										"subject",         \
										12,                \
										0,                 \
										3,                 \
										ALIGN_LEFT,        \
										false}

static const struct table_column regression_columns[] = {
    GAP_COLUMNS("WHEN", "NOW", "now", 8),
};
static const struct table_column closed_columns[] = {
    GAP_COLUMNS("WHEN", "OPEN FOR", "open for", 8),
};

static const struct interval *gap_at(const struct history_tab *tab, size_t row)
{
	const struct history_data *data = &tab->view->data;

	return &data->intervals[data->indexes[tab->kind][row]];
}

static size_t rows(void *ctx)
{
	const struct history_tab *tab = ctx;

	return tab->view->data.counts[tab->kind];
}

static uint64_t gap_id(void *ctx, size_t row)
{
	const struct interval *gap = gap_at(ctx, row);
	char from[24];

	/* The same gap may have opened several times. */
	snprintf(from, sizeof(from), "%lld", (long long)gap->from);
	return table_id(gap->service, gap->check) ^ table_id(from, NULL);
}

/* Whether it is open still, or what it turned into. */
static void draw_now(const struct history_tab *tab, const struct interval *gap,
		     const struct canvas *canvas)
{
	const struct history_data *data = &tab->view->data;
	const struct interval *end = history_end(data, gap), *next;
	enum status status;

	if (end->until == 0) {
		int col =
		    draw_text(canvas, 0, 0, 1, ROLE_GAP, canvas->glyphs->word_mark[STATUS_GAP]);

		draw_text(canvas, 0, col + 1, canvas->cols, ROLE_GAP, "open");
		return;
	}
	if (end->closed.kind == CAUSE_GONE) {
		draw_text(canvas, 0, 0, canvas->cols, ROLE_TEXT, "- gone");
		return;
	}
	next = trend_after(data->trend, (uint32_t)(end - data->intervals));
	status = next ? next->status : STATUS_PASS;
	if (status == STATUS_GAP) /* its tier no longer asks for it */
		draw_text(canvas, 0, 0, canvas->cols, ROLE_TEXT, "- asked");
	else
		draw_status(canvas, 0, 0, status);
}

static void draw_gap_cell(const struct history_tab *tab, const struct interval *gap,
			  enum gap_column column, const struct canvas *canvas)
{
	const struct cause *cause = history_cause(tab->view, gap);
	bool closed = tab->kind == HISTORY_CLOSED;
	int64_t when = closed ? gap->until : gap->from;
	const struct interval *begin;
	char age[TEXT_GAP_AGE_MAX];

	switch (column) {
	case GAP_WHEN:
		text_gap_age(when, false, app_now(tab->view->app), age);
		draw_field(canvas, 0, 0, canvas->cols, ALIGN_RIGHT, ROLE_TEXT, age);
		break;
	case GAP_TIER:
		draw_textf(canvas, 0, 0, 1, TIER_ROLE(gap->tier), gap->tier ? "%d" : "-",
			   gap->tier);
		break;
	case GAP_SERVICE:
		draw_text(canvas, 0, 0, canvas->cols, ROLE_TEXT, gap->service);
		break;
	case GAP_ITEM:
		draw_text(canvas, 0, 0, canvas->cols, closed ? ROLE_TEXT : ROLE_GAP, gap->check);
		break;
	case GAP_NOW:
		if (!closed) {
			draw_now(tab, gap, canvas);
			break;
		}
		begin = history_begin(&tab->view->data, gap);
		draw_text(canvas, 0, 0, canvas->cols, ROLE_TEXT,
			  text_gap_age(begin->from, begin->at_least, gap->until, age));
		break;
	case GAP_COMMIT:
		draw_textf(canvas, 0, 0, canvas->cols, ROLE_ORIGIN, "%.7s",
			   cause->hash ? cause->hash : "-");
		break;
	case GAP_BY:
		draw_text(canvas, 0, 0, canvas->cols, ROLE_OWNER,
			  cause->author ? cause->author : "-");
		break;
	case GAP_WHAT:
		draw_text(canvas, 0, 0, canvas->cols, ROLE_TEXT, history_cause_text(cause));
		break;
	}
}

static void gap_cell(void *ctx, size_t row, size_t column, const struct canvas *canvas)
{
	draw_gap_cell(ctx, gap_at(ctx, row), (enum gap_column)column, canvas);
}

const struct cause *history_cause(const struct history_view *state, const struct interval *gap)
{
	return state->shown == HISTORY_CLOSED ? &gap->closed : &gap->opened;
}

const char *history_cause_text(const struct cause *cause)
{
	switch (cause->kind) {
	case CAUSE_COMMIT:
		return cause->subject ? cause->subject : "(no subject)";
	case CAUSE_LIVE:
		return "a live source said so";
	case CAUSE_TIME:
		return "a date went by";
	case CAUSE_APPEARED:
		return "the service appeared";
	case CAUSE_GONE:
		return "the service left";
	default:
		return "found so, why is not known";
	}
}

/* ---- groups ---- */

enum group_column {
	GROUP_TIER,
	GROUP_NAME,
	GROUP_OPEN,
	GROUP_TREND,
	GROUP_CHANGE,
	GROUP_TIER_1,
	GROUP_TIER_2,
	GROUP_TIER_3,
	GROUP_TIER_4,
	GROUP_OLDEST,
	GROUP_OPENED,
	GROUP_CLOSED,
	GROUP_REGRESSED
};

#define GROUP_COLUMNS(name, word, no_tier)                                                         \
	[GROUP_TIER] = {"T", "tier", 1, 1, 0, ALIGN_LEFT, no_tier},                                \
	[GROUP_NAME] = {name, word, 14, 32, 0, ALIGN_LEFT, false}, [GROUP_OPEN] = {"GAPS",         \
										   "gaps",         \
										   5,              \
										   5,              \
										   0,              \
										   ALIGN_RIGHT,    \
										   false},         \
	[GROUP_TREND] = {"TREND", "trend", HISTORY_SPARK, HISTORY_SPARK, 3, ALIGN_LEFT, false},    \
	[GROUP_CHANGE] = {"CHANGE", "change", 6, 6, 0, ALIGN_RIGHT, false},                        \
	[GROUP_TIER_1] = {"T1", "tier 1", 3, 4, 2, ALIGN_RIGHT, !(no_tier)},                       \
	[GROUP_TIER_2] = {"T2", "tier 2", 3, 4, 2, ALIGN_RIGHT, !(no_tier)},                       \
	[GROUP_TIER_3] = {"T3", "tier 3", 3, 4, 2, ALIGN_RIGHT, !(no_tier)},                       \
	[GROUP_TIER_4] = {"T4", "tier 4", 3, 4, 2, ALIGN_RIGHT, !(no_tier)},                       \
	[GROUP_OLDEST] = {"OLDEST", "oldest", 6, 7, 1, ALIGN_RIGHT, false},                        \
	[GROUP_OPENED] = {"OPENED", "opened", 6, 6, 5, ALIGN_RIGHT, false},                        \
	[GROUP_CLOSED] = {"CLOSED", "closed", 6, 6, 4, ALIGN_RIGHT, false},                        \
	[GROUP_REGRESSED] = {"LOST", "regressed", 6, 6, 6, ALIGN_RIGHT, false}

static const struct table_column owner_columns[] = {GROUP_COLUMNS("OWNER", "owner", true)};
static const struct table_column check_columns[] = {GROUP_COLUMNS("ITEM", "item", true)};
static const struct table_column service_columns[] = {GROUP_COLUMNS("SERVICE", "service", false)};

static const struct history_group *group_at(const struct history_tab *tab, size_t row)
{
	return &tab->view->data.groups[tab->kind][row];
}

static uint64_t group_id(void *ctx, size_t row)
{
	const struct history_tab *tab = ctx;
	const char *name = group_at(tab, row)->group.name;

	return table_id(name ? name : "", "group");
}

static void draw_number(const struct canvas *canvas, enum role role, uint32_t number)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", number);
	draw_field(canvas, 0, 0, canvas->cols, ALIGN_RIGHT, role, text);
}

static void draw_change(const struct canvas *canvas, int32_t change)
{
	char text[16];

	snprintf(text, sizeof(text), change ? "%+d" : "%d", change);
	draw_field(canvas, 0, 0, canvas->cols, ALIGN_RIGHT,
		   change > 0	? ROLE_GAP
		   : change < 0 ? ROLE_PASS
				: ROLE_TEXT,
		   text);
}

static void draw_spark(const struct history_group *group, const struct canvas *canvas)
{
	uint32_t max = 0;

	for (int i = 0; i < HISTORY_SPARK; i++)
		max = group->spark[i] > max ? group->spark[i] : max;
	chart_spark(canvas, 0, 0, canvas->cols, ROLE_BAR, group->spark, HISTORY_SPARK, max);
}

static void draw_oldest(const struct history_group *group, int64_t until,
			const struct canvas *canvas)
{
	const struct interval *oldest = group->oldest;
	char age[TEXT_GAP_AGE_MAX] = "-";

	if (oldest)
		text_gap_age(oldest->from, oldest->at_least, until, age);
	draw_field(canvas, 0, 0, canvas->cols, ALIGN_RIGHT, ROLE_TEXT, age);
}

static void group_cell(void *ctx, size_t row, size_t column, const struct canvas *canvas)
{
	const struct history_tab *tab = ctx;
	const struct history_group *entry = group_at(tab, row);
	const struct trend_group *group = &entry->group;

	switch ((enum group_column)column) {
	case GROUP_TIER:
		draw_textf(canvas, 0, 0, 1, TIER_ROLE(entry->tier), entry->tier ? "%d" : "-",
			   entry->tier);
		break;
	case GROUP_NAME:
		draw_text(canvas, 0, 0, canvas->cols,
			  tab->kind == HISTORY_OWNERS ? ROLE_OWNER : ROLE_TEXT,
			  history_group_name(entry));
		break;
	case GROUP_OPEN:
		draw_number(canvas, group->open ? ROLE_GAP : ROLE_PASS, group->open);
		break;
	case GROUP_TREND:
		draw_spark(entry, canvas);
		break;
	case GROUP_CHANGE:
		draw_change(canvas, group->change);
		break;
	case GROUP_TIER_1:
	case GROUP_TIER_2:
	case GROUP_TIER_3:
	case GROUP_TIER_4:
		draw_number(canvas, TIER_ROLE((int)column - GROUP_TIER_1 + 1),
			    group->open_by_tier[column - GROUP_TIER_1 + 1]);
		break;
	case GROUP_OLDEST:
		draw_oldest(entry, tab->view->data.until, canvas);
		break;
	case GROUP_OPENED:
		draw_number(canvas, ROLE_TEXT, group->total.opened);
		break;
	case GROUP_CLOSED:
		draw_number(canvas, ROLE_TEXT, group->total.closed);
		break;
	case GROUP_REGRESSED:
		draw_number(canvas, ROLE_TEXT, group->total.regressed);
		break;
	}
}

/* ---- all of them ---- */

#define GAPS(columns_)                                                                             \
	{                                                                                          \
		.columns = (columns_), .column_count = ARRAY_LEN(columns_), .count = rows,         \
		.id = gap_id, .cell = gap_cell                                                     \
	}
#define GROUPS(columns_)                                                                           \
	{                                                                                          \
		.columns = (columns_), .column_count = ARRAY_LEN(columns_), .count = rows,         \
		.id = group_id, .cell = group_cell                                                 \
	}

static const struct table_source sources[HISTORY_TABLES] = {
    [HISTORY_REGRESSIONS] = GAPS(regression_columns), [HISTORY_OWNERS] = GROUPS(owner_columns),
    [HISTORY_CHECKS] = GROUPS(check_columns),	      [HISTORY_SERVICES] = GROUPS(service_columns),
    [HISTORY_CLOSED] = GAPS(closed_columns),
};

struct table *history_table_new(struct history_tab *tab)
{
	return table_new(&sources[tab->kind], tab);
}

const char *history_table_title(enum history_table table)
{
	static const char *const titles[HISTORY_TABLES] = {
	    [HISTORY_REGRESSIONS] = "regressions",
	    [HISTORY_OWNERS] = "owners",
	    [HISTORY_CHECKS] = "items",
	    [HISTORY_SERVICES] = "services",
	    [HISTORY_CLOSED] = "closed",
	};

	return titles[table];
}

static ptrdiff_t cursor(const struct history_view *state)
{
	ptrdiff_t row = table_cursor(state->tabs[state->shown].table);

	return row >= 0 && (size_t)row < state->data.counts[state->shown] ? row : -1;
}

const struct interval *history_gap_at_cursor(const struct history_view *state)
{
	ptrdiff_t row = cursor(state);

	if (row < 0 || history_is_grouped(state->shown))
		return NULL;
	return gap_at(&state->tabs[state->shown], (size_t)row);
}

const struct history_group *history_group_at_cursor(const struct history_view *state)
{
	ptrdiff_t row = cursor(state);

	if (row < 0 || !history_is_grouped(state->shown))
		return NULL;
	return group_at(&state->tabs[state->shown], (size_t)row);
}
