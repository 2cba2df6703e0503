/* The tiers pane: what each tier asks for, and how many of its services have it. */

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/strmap.h"
#include "core/tier.h"
#include "tui/app.h"
#include "tui/app_history.h"
#include "tui/chart.h"
#include "tui/history_data.h"
#include "tui/panes.h"
#include "tui/table.h"

enum column {
	COLUMN_ITEM,
	COLUMN_BAR,
	COLUMN_MET,
	COLUMN_GAPS,
	COLUMN_TREND,
	COLUMN_UNKNOWN,
	COLUMN_TITLE
};

#define TREND_TIME (INT64_C(12) * 7 * 86400)

static const struct table_column columns[] = {
    [COLUMN_ITEM] = {.name = "ITEM", .word = "item", .width = 20, .max = 22},
    [COLUMN_BAR] = {.name = "COVERAGE", .word = "coverage", .width = 8, .max = 20, .priority = 2},
    [COLUMN_MET] = {.name = "MET", .word = "met", .width = 9, .max = 11, .align = ALIGN_RIGHT},
    [COLUMN_GAPS] = {.name = "GAPS", .word = "gaps", .width = 5, .max = 6, .align = ALIGN_RIGHT},
    [COLUMN_TREND] = {.name = "12 WEEKS",
		      .word = "trend",
		      .width = HISTORY_SPARK,
		      .max = HISTORY_SPARK,
		      .priority = 4,
		      .hidden = true},
    [COLUMN_UNKNOWN] = {.name = "UNKNOWN",
			.word = "unknown",
			.width = 7,
			.max = 8,
			.priority = 1,
			.align = ALIGN_RIGHT},
    [COLUMN_TITLE] = {.name = "ABOUT", .word = "about", .width = 12, .priority = 3},
};

/* A tier's heading (check -1), or one of its items. */
struct tier_row {
	int tier; /* of the services counted: 1..4, 0: not set */
	int check;
};

struct tiers_view {
	struct table *table;
	struct tier_row rows[5 * (CHECKLIST_MAX_CHECKS + 1)];
	size_t count;
	struct check_summary cells[5][CHECKLIST_MAX_CHECKS]; /* by tier of the service */
	/* Gaps over the last weeks, by the tier that the service had; of all items the last one. */
	uint32_t sparks[5][CHECKLIST_MAX_CHECKS + 1][HISTORY_SPARK];
	uint64_t sparked; /* generation of the history that they are of */
	bool trends;	  /* there is one: the column is there */
	int only;	  /* one tier; 0: all */
	bool broken;	  /* only items with gaps */
	char *text;
};

static size_t met(const struct check_summary *summary)
{
	return summary->counts[STATUS_PASS] + summary->counts[STATUS_WAIVED] +
	       summary->counts[STATUS_NA];
}

/* ---- rows ---- */

static void count_findings(struct view *view)
{
	struct tiers_view *state = view->state;
	const struct fleet *fleet = app_fleet(view->app);
	size_t checks = fleet_checklist(fleet)->check_count;

	memset(state->cells, 0, sizeof(state->cells));
	for (size_t i = 0; i < fleet_count(fleet); i++) {
		const struct service *service = fleet_at(fleet, i);

		for (size_t c = 0; c < checks; c++) {
			const struct finding *finding = &service->findings[c];
			struct check_summary *cell = &state->cells[service->tier][c];

			if (!finding->required)
				continue;
			cell->services++;
			cell->counts[finding->status]++;
		}
	}
}

static void count_sparks(struct tiers_view *state, const struct app_history *known,
			 const struct checklist *checklist, int64_t now)
{
	struct strmap *checks = strmap_new();

	memset(state->sparks, 0, sizeof(state->sparks));
	for (size_t c = 0; c < checklist->check_count; c++)
		strmap_put(checks, checklist->checks[c].id, &checklist->checks[c]);
	for (size_t i = 0; i < known->count; i++) {
		const struct interval *interval = &known->intervals[i];
		const struct check *check = strmap_get(checks, interval->check);
		unsigned tier = interval->tier < 5 ? interval->tier : 0;

		if (!check || !interval_is_gap(interval))
			continue;
		history_spark_add(state->sparks[tier][check - checklist->checks], interval,
				  now - TREND_TIME, now);
		history_spark_add(state->sparks[tier][CHECKLIST_MAX_CHECKS], interval,
				  now - TREND_TIME, now);
	}
	strmap_free(checks);
}

/* The column appears with the history; what the person does with it after that stays. */
static void show_trends(struct view *view)
{
	struct tiers_view *state = view->state;
	const struct app_history *known = app_history(view->app);

	if (known->state != HISTORY_THERE)
		return;
	if (!state->trends)
		table_set_hidden(state->table, table_hidden(state->table) & ~(1u << COLUMN_TREND));
	state->trends = true;
	if (state->sparked != known->generation)
		count_sparks(state, known, fleet_checklist(app_fleet(view->app)),
			     app_now(view->app));
	state->sparked = known->generation;
}

/* Orders a tier's items: the share of gaps, then of what was not measured. */
struct weakness {
	int check;
	double gaps, unknown;
};

static int compare_weakness(const void *a, const void *b)
{
	const struct weakness *left = a, *right = b;

	if (left->gaps != right->gaps)
		return left->gaps > right->gaps ? -1 : 1;
	if (left->unknown != right->unknown)
		return left->unknown > right->unknown ? -1 : 1;
	return left->check - right->check;
}

static void add_tier(struct view *view, int tier)
{
	struct tiers_view *state = view->state;
	const struct checklist *checklist = fleet_checklist(app_fleet(view->app));
	struct weakness items[CHECKLIST_MAX_CHECKS];
	size_t count = 0;

	for (size_t c = 0; c < checklist->check_count; c++) {
		const struct check_summary *cell = &state->cells[tier][c];
		double services = cell->services ? (double)cell->services : 1;

		if (checklist->checks[c].tier < tier || !cell->services ||
		    (state->broken && !cell->counts[STATUS_GAP]) ||
		    (*state->text && !strstr(checklist->checks[c].id, state->text)))
			continue;
		items[count++] =
		    (struct weakness){.check = (int)c,
				      .gaps = (double)cell->counts[STATUS_GAP] / services,
				      .unknown = (double)cell->counts[STATUS_UNKNOWN] / services};
	}
	qsort(items, count, sizeof(*items), compare_weakness);
	state->rows[state->count++] = (struct tier_row){.tier = tier, .check = -1};
	for (size_t i = 0; i < count; i++)
		state->rows[state->count++] =
		    (struct tier_row){.tier = tier, .check = items[i].check};
}

static void refill(struct view *view)
{
	struct tiers_view *state = view->state;

	state->count = 0;
	for (int tier = 1; tier <= 4; tier++)
		if (!state->only || state->only == tier)
			add_tier(view, tier);
	if (!state->only && fleet_summary(app_fleet(view->app))->tiers[0].services)
		add_tier(view, 0);
	table_changed(state->table);
}

static const struct check *row_check(struct view *view, const struct tier_row *row)
{
	return &fleet_checklist(app_fleet(view->app))->checks[row->check];
}

static size_t tiers_count(void *ctx)
{
	const struct tiers_view *state = ((struct view *)ctx)->state;

	return state->count;
}

static uint64_t tiers_id(void *ctx, size_t index)
{
	struct view *view = ctx;
	const struct tiers_view *state = view->state;
	const struct tier_row *row = &state->rows[index];

	return table_id(tier_name(row->tier), row->check < 0 ? NULL : row_check(view, row)->id);
}

/* How many gaps there were, week by week; of is the most there can be. Never any: nothing. */
static void draw_trend(const uint32_t *spark, uint32_t of, int col, const struct canvas *canvas)
{
	uint32_t max = 0;

	for (int i = 0; i < HISTORY_SPARK; i++)
		max = spark[i] > max ? spark[i] : max;
	if (max > 0 && col + HISTORY_SPARK <= canvas->cols)
		chart_spark(canvas, 0, col, HISTORY_SPARK, ROLE_BAR, spark, HISTORY_SPARK,
			    of > max ? of : max);
}

static void tiers_cell(void *ctx, size_t index, size_t column, const struct canvas *canvas)
{
	struct view *view = ctx;
	const struct tiers_view *state = view->state;
	const struct tier_row *row = &state->rows[index];
	const struct check *check = row_check(view, row);
	const struct check_summary *cell = &state->cells[row->tier][row->check];
	size_t gaps = cell->counts[STATUS_GAP], unknown = cell->counts[STATUS_UNKNOWN];

	switch ((enum column)column) {
	case COLUMN_ITEM:
		draw_textf(canvas, 0, 0, canvas->cols, ROLE_TEXT, "  %s", check->id);
		break;
	case COLUMN_BAR:
		draw_bar(canvas, 0, 0, canvas->cols - 1, met(cell), cell->services, ROLE_BAR);
		break;
	case COLUMN_MET:
		draw_textf(canvas, 0, 0, canvas->cols, gaps ? ROLE_TEXT : ROLE_PASS, "%4zu/%zu",
			   met(cell), cell->services);
		break;
	case COLUMN_GAPS:
		draw_textf(canvas, 0, 0, canvas->cols, gaps ? ROLE_GAP : ROLE_TEXT, "%5zu", gaps);
		break;
	case COLUMN_TREND:
		draw_trend(state->sparks[row->tier][row->check], (uint32_t)cell->services, 0,
			   canvas);
		break;
	case COLUMN_UNKNOWN:
		if (unknown)
			draw_textf(canvas, 0, 0, canvas->cols, ROLE_UNKNOWN, "%7zu", unknown);
		break;
	case COLUMN_TITLE:
		draw_text(canvas, 0, 0, canvas->cols, ROLE_TEXT, check->title);
		break;
	}
}

static int draw_tier(const struct tier_summary *summary, int tier, const struct canvas *canvas)
{
	int col;

	if (!tier) {
		col = draw_text(canvas, 0, 0, canvas->cols, ROLE_WARN, "NO TIER ");
		return draw_textf(canvas, 0, col, canvas->cols - col, ROLE_HEADING,
				  " %zu service%s: what every tier asks for", summary->services,
				  summary->services == 1 ? "" : "s");
	}
	col = draw_textf(canvas, 0, 0, canvas->cols, TIER_ROLE(tier), "TIER %d %s ", tier,
			 tier_name(tier));
	if (!summary->services)
		return draw_text(canvas, 0, col, canvas->cols - col, ROLE_TEXT, " no services");
	if (summary->reached == summary->reached_unknown)
		return draw_textf(canvas, 0, col, canvas->cols - col, ROLE_HEADING,
				  " %zu of %zu reach it", summary->reached, summary->services);
	return draw_textf(canvas, 0, col, canvas->cols - col, ROLE_HEADING,
			  " %zu of %zu reach it, %zu as far as measured", summary->reached,
			  summary->services, summary->reached_unknown);
}

static bool tiers_heading(void *ctx, size_t index, const struct canvas *canvas)
{
	struct view *view = ctx;
	const struct tiers_view *state = view->state;
	const struct tier_row *row = &state->rows[index];
	const uint32_t *spark = state->sparks[row->tier][CHECKLIST_MAX_CHECKS];
	int col;

	if (row->check >= 0)
		return false;
	col = draw_tier(&fleet_summary(app_fleet(view->app))->tiers[row->tier], row->tier, canvas);
	if (!state->trends || col + 26 > canvas->cols)
		return true;
	col = draw_textf(canvas, 0, col, canvas->cols - col, ROLE_TEXT, "  %u gap%s ",
			 spark[HISTORY_SPARK - 1], spark[HISTORY_SPARK - 1] == 1 ? "" : "s");
	draw_trend(spark, 0, col, canvas);
	return true;
}

static const struct table_source source = {
    .columns = columns,
    .column_count = ARRAY_LEN(columns),
    .count = tiers_count,
    .id = tiers_id,
    .cell = tiers_cell,
    .heading = tiers_heading,
};

/* ---- the view ---- */

static bool tiers_open(struct view *view, const struct target *target)
{
	struct tiers_view *state = xcalloc(1, sizeof(*state));

	(void)target;
	view->state = state;
	state->text = xstrdup("");
	state->table = table_new(&source, view);
	return true;
}

static void tiers_close(struct view *view)
{
	struct tiers_view *state = view->state;

	table_free(state->table);
	free(state->text);
	free(state);
}

static void tiers_update(struct view *view)
{
	count_findings(view);
	show_trends(view);
	refill(view);
}

static void tiers_draw(struct view *view, const struct canvas *canvas)
{
	static const char *const empty[] = {"No services yet.",
					    "The tiers fill as checkouts are read.", NULL};
	struct tiers_view *state = view->state;

	if (fleet_count(app_fleet(view->app)))
		table_draw(state->table, canvas);
	else
		draw_empty(canvas, empty);
}

static const struct tier_row *row_at_cursor(const struct tiers_view *state)
{
	ptrdiff_t row = table_cursor(state->table);

	return row >= 0 && (size_t)row < state->count ? &state->rows[row] : NULL;
}

static bool tiers_selection(struct view *view, struct target *out)
{
	const struct tiers_view *state = view->state;
	const struct tier_row *row = row_at_cursor(state);

	if (!row)
		return false;
	*out = (struct target){.yank = tier_name(row->tier)};
	if (row->check >= 0)
		out->check = out->yank = row_check(view, row)->id;
	return true;
}

/* The services of the tier, or those of them that lack the item. */
static void tiers_enter(struct view *view)
{
	const struct tiers_view *state = view->state;
	const struct tier_row *row = row_at_cursor(state);
	struct target target = {0};
	struct buf text = {0};

	if (!row)
		return;
	if (row->tier)
		buf_addf(&text, "tier:%d", row->tier);
	else
		buf_adds(&text, "tier:none");
	if (row->check >= 0) {
		target.check = row_check(view, row)->id;
		buf_addf(&text, " check:%s", target.check);
	}
	target.text = buf_str(&text);
	app_open(view->app, row->check >= 0 ? PANE_GAPS : PANE_SERVICES, &target);
	buf_free(&text);
}

static bool tiers_action(struct view *view, enum action action)
{
	struct tiers_view *state = view->state;

	switch (action) {
	case ACTION_OPEN:
		tiers_enter(view);
		return true;
	case ACTION_TIER_1:
	case ACTION_TIER_2:
	case ACTION_TIER_3:
	case ACTION_TIER_4:
		state->only = (int)(action - ACTION_TIER_1) + 1;
		break;
	case ACTION_TIER_ALL:
		state->only = 0;
		break;
	case ACTION_BROKEN:
		state->broken = !state->broken;
		break;
	case ACTION_CLEAR:
		state->only = 0;
		state->broken = false;
		free(state->text);
		state->text = xstrdup("");
		break;
	case ACTION_COLUMNS:
		app_pick_columns(view->app, state->table);
		return true;
	default:
		return table_action(state->table, action);
	}
	refill(view);
	return true;
}

static void tiers_click(struct view *view, int row, int col, bool twice)
{
	struct tiers_view *state = view->state;

	(void)col;
	if (table_click(state->table, row) && twice)
		tiers_enter(view);
}

static void tiers_set_filter(struct view *view, const char *text)
{
	struct tiers_view *state = view->state;

	free(state->text);
	state->text = xstrdup(text);
	refill(view);
}

static const char *tiers_filter(struct view *view)
{
	const struct tiers_view *state = view->state;

	return state->text;
}

static void tiers_narrowed(struct view *view, struct buf *out)
{
	const struct tiers_view *state = view->state;

	if (state->only)
		buf_addf(out, "tier %d", state->only);
	if (state->broken)
		buf_addf(out, "%sitems with gaps", state->only ? ", " : "");
}

const struct view_ops pane_tiers_ops = {
    .pane = PANE_TIERS,
    .follows_history = true,
    .open = tiers_open,
    .close = tiers_close,
    .update = tiers_update,
    .draw = tiers_draw,
    .action = tiers_action,
    .click = tiers_click,
    .set_filter = tiers_set_filter,
    .filter = tiers_filter,
    .narrowed = tiers_narrowed,
    .selection = tiers_selection,
};
