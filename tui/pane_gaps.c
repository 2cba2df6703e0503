/* The gaps pane: every outstanding gap of the fleet, in groups. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "tui/app.h"
#include "tui/gap_rows.h"
#include "tui/panes.h"
#include "tui/table.h"

#define COUNT_COLUMN 48 /* of a group's number of gaps */

enum column { COLUMN_TIER, COLUMN_ITEM, COLUMN_SERVICE, COLUMN_OWNER, COLUMN_AGE, COLUMN_REASON };

static const struct table_column columns[] = {
    [COLUMN_TIER] = {.name = "T", .word = "tier", .width = 1, .max = 1},
    [COLUMN_ITEM] = {.name = "ITEM", .word = "item", .width = 14, .max = 22},
    [COLUMN_SERVICE] = {.name = "SERVICE", .word = "service", .width = 12, .max = 24},
    [COLUMN_OWNER] = {.name = "OWNER", .word = "owner", .width = 8, .max = 16, .priority = 2},
    [COLUMN_AGE] = {.name = "AGE",
		    .word = "age",
		    .width = 5,
		    .max = 6,
		    .priority = 1,
		    .align = ALIGN_RIGHT,
		    .hidden = true},
    [COLUMN_REASON] = {.name = "WHAT IS MISSING", .word = "reason", .width = 16, .priority = 3},
};

struct gaps_view {
	struct table *table;
	struct gap_rows rows;
	enum gap_grouping grouping;
	char *text; /* the filter as typed */
	int tier;
	bool mine;
	bool ages;	 /* some are known: the column is there */
	struct buf yank; /* what is marked */
};

/* ---- rows ---- */

/* What a group's heading says already needs no column. */
static void set_grouping(struct gaps_view *state, enum gap_grouping grouping)
{
	static const uint32_t said[] = {
	    [GROUP_SERVICE] = 1u << COLUMN_SERVICE | 1u << COLUMN_OWNER | 1u << COLUMN_TIER,
	    [GROUP_ITEM] = 1u << COLUMN_ITEM,
	    [GROUP_OWNER] = 1u << COLUMN_OWNER,
	};
	uint32_t hidden = table_hidden(state->table) & ~said[state->grouping];

	state->grouping = grouping;
	table_set_hidden(state->table, hidden | said[grouping]);
}

/* The column appears with what fills it; what the person does with it after that stays. */
static void show_ages(struct view *view, const struct filter_gap *gaps, size_t count)
{
	struct gaps_view *state = view->state;
	char age[TEXT_GAP_AGE_MAX];
	bool known = false;

	for (size_t i = 0; i < count && !known && !state->ages; i++) {
		const struct service *service = fleet_at(app_fleet(view->app), gaps[i].service);
		const struct finding *finding = &service->findings[gaps[i].check];

		text_gap_age(finding->since, finding->since_at_least, app_now(view->app), age);
		known = strcmp(age, "-") != 0;
	}
	if (!known)
		return;
	state->ages = true;
	table_set_hidden(state->table, table_hidden(state->table) & ~(1u << COLUMN_AGE));
}

/* False (the rows stay): the filter is not one, and a message says why. */
static bool refill(struct view *view)
{
	struct gaps_view *state = view->state;
	const struct app_options *options = app_options(view->app);
	struct err err = {0};
	struct filter *filter = filter_parse(state->text, &err);
	struct filter_gap *gaps;
	size_t count;

	if (!filter) {
		app_message(view->app, ROLE_WARN, "%s%s%s", err.what, err.fix ? ": " : "",
			    err.fix ? err.fix : "");
		err_clear(&err);
		return false;
	}
	if (state->tier)
		filter_set_tiers(filter, 1u << state->tier);
	if (state->mine)
		filter_set_mine(filter, options->mine, options->mine_count);
	gaps = filter_gaps(app_index(view->app), filter, ORDER_TIER, &count);
	show_ages(view, gaps, count);
	gap_rows_build(&state->rows, app_fleet(view->app), gaps, count, state->grouping);
	free(gaps);
	filter_free(filter);
	table_changed(state->table);
	return true;
}

static const struct service *row_service(struct view *view, const struct gap_row *row)
{
	return fleet_at(app_fleet(view->app), row->service);
}

static const struct check *row_check(struct view *view, const struct gap_row *row)
{
	return &fleet_checklist(app_fleet(view->app))->checks[row->check];
}

static const char *group_name(struct view *view, const struct gap_row *row)
{
	const struct gaps_view *state = view->state;

	switch (state->grouping) {
	case GROUP_ITEM:
		return row_check(view, row)->id;
	case GROUP_OWNER:
		return gap_owner(row_service(view, row));
	default:
		return row_service(view, row)->name;
	}
}

static size_t gaps_count(void *ctx)
{
	const struct gaps_view *state = ((struct view *)ctx)->state;

	return state->rows.count;
}

static uint64_t gaps_id(void *ctx, size_t index)
{
	struct view *view = ctx;
	const struct gaps_view *state = view->state;
	const struct gap_row *row = &state->rows.rows[index];

	if (row->heading)
		return table_id(gap_grouping_name(state->grouping), group_name(view, row));
	return table_id(row_service(view, row)->name, row_check(view, row)->id);
}

/* The team without its organisation, as in the other tables. */
static const char *short_owner(const struct service *service)
{
	const char *owner = gap_owner(service), *team = strrchr(owner, '/');

	return team && team[1] ? team + 1 : owner;
}

static void gaps_cell(void *ctx, size_t index, size_t column, const struct canvas *canvas)
{
	struct view *view = ctx;
	const struct gaps_view *state = view->state;
	const struct gap_row *row = &state->rows.rows[index];
	const struct service *service = row_service(view, row);
	const struct finding *finding = &service->findings[row->check];
	char age[TEXT_GAP_AGE_MAX];

	switch ((enum column)column) {
	case COLUMN_TIER:
		draw_textf(canvas, 0, 0, canvas->cols, TIER_ROLE(service->tier),
			   service->tier ? "%d" : "-", service->tier);
		break;
	case COLUMN_ITEM:
		/* Without a column before it, it stands below its group's name. */
		draw_textf(canvas, 0, 0, canvas->cols, ROLE_GAP, "%s%s",
			   state->grouping == GROUP_SERVICE ? "  " : "", row_check(view, row)->id);
		break;
	case COLUMN_SERVICE:
		draw_text(canvas, 0, 0, canvas->cols, ROLE_TEXT, service->name);
		break;
	case COLUMN_OWNER:
		draw_text(canvas, 0, 0, canvas->cols, service->owner_count ? ROLE_OWNER : ROLE_WARN,
			  short_owner(service));
		break;
	case COLUMN_AGE:
		text_gap_age(finding->since, finding->since_at_least, app_now(view->app), age);
		draw_field(canvas, 0, 0, canvas->cols, ALIGN_RIGHT, ROLE_TEXT, age);
		break;
	case COLUMN_REASON:
		draw_text(canvas, 0, 0, canvas->cols, ROLE_TEXT, finding->reason);
		break;
	}
}

static bool gaps_heading(void *ctx, size_t index, const struct canvas *canvas)
{
	struct view *view = ctx;
	const struct gaps_view *state = view->state;
	const struct gap_row *row = &state->rows.rows[index];
	char count[32];
	int col, room;

	if (!row->heading)
		return false;
	snprintf(count, sizeof(count), " %u gap%s", row->count, row->count == 1 ? "" : "s");
	room = canvas->cols - (int)strlen(count);
	if (row->tier)
		col =
		    draw_textf(canvas, 0, 0, canvas->cols, TIER_ROLE(row->tier), "%d ", row->tier);
	else
		col = draw_text(canvas, 0, 0, canvas->cols, ROLE_TEXT, "- ");
	col = draw_text(canvas, 0, col, room - col, ROLE_HEADING, group_name(view, row));
	if (state->grouping == GROUP_ITEM)
		col = draw_textf(canvas, 0, col, room - col, ROLE_TEXT, "  %s",
				 row_check(view, row)->title);
	if (state->grouping == GROUP_SERVICE)
		col = draw_textf(canvas, 0, col, room - col, ROLE_OWNER, "  %s",
				 short_owner(row_service(view, row)));
	/* A rule up to where the counts stand below each other: not longer, it is many bytes. */
	room = room < COUNT_COLUMN ? room : COUNT_COLUMN;
	if (col + 1 < room)
		col = draw_repeat(canvas, 0, col + 1, room - col - 1, ROLE_LINE,
				  canvas->glyphs->rule);
	draw_text(canvas, 0, col, canvas->cols - col, ROLE_TEXT, count);
	return true;
}

static const struct table_source source = {
    .columns = columns,
    .column_count = ARRAY_LEN(columns),
    .count = gaps_count,
    .id = gaps_id,
    .cell = gaps_cell,
    .heading = gaps_heading,
};

/* ---- the view ---- */

static bool gaps_open(struct view *view, const struct target *target)
{
	struct gaps_view *state = xcalloc(1, sizeof(*state));

	view->state = state;
	state->text = xstrdup(target->text ? target->text : "");
	state->table = table_new(&source, view);
	set_grouping(state, target->check ? GROUP_ITEM : GROUP_SERVICE);
	return true;
}

static void gaps_close(struct view *view)
{
	struct gaps_view *state = view->state;

	table_free(state->table);
	gap_rows_free(&state->rows);
	buf_free(&state->yank);
	free(state->text);
	free(state);
}

static void gaps_title(struct view *view, struct buf *out)
{
	const struct gaps_view *state = view->state;

	buf_addf(out, "gaps by %s", gap_grouping_name(state->grouping));
}

static void gaps_place(struct view *view, struct buf *out)
{
	const struct gaps_view *state = view->state;

	buf_addf(out, "%zu gap%s", state->rows.gaps, state->rows.gaps == 1 ? "" : "s");
}

static void gaps_update(struct view *view)
{
	refill(view);
}

static void gaps_draw(struct view *view, const struct canvas *canvas)
{
	static const char *const none[] = {"No gaps.",
					   "Every item that could be measured is met; the tiers "
					   "pane shows what was not measured.",
					   NULL};
	static const char *const filtered[] = {"No gap passes the filter.",
					       "* clears it, / changes it.", NULL};
	static const char *const empty[] = {"No services yet.",
					    "Gaps appear here as checkouts are read.", NULL};
	struct gaps_view *state = view->state;

	if (state->rows.count)
		table_draw(state->table, canvas);
	else if (!fleet_count(app_fleet(view->app)))
		draw_empty(canvas, empty);
	else
		draw_empty(canvas, *state->text || state->tier || state->mine ? filtered : none);
}

static const struct gap_row *row_at_cursor(const struct gaps_view *state)
{
	ptrdiff_t row = table_cursor(state->table);

	return row >= 0 && (size_t)row < state->rows.count ? &state->rows.rows[row] : NULL;
}

/* "service item", a line each, of the marked gaps. */
static const char *marked_text(struct view *view)
{
	struct gaps_view *state = view->state;

	buf_reset(&state->yank);
	for (size_t i = 0; i < state->rows.count; i++) {
		const struct gap_row *row = &state->rows.rows[i];

		if (!row->heading && table_marked(state->table, gaps_id(view, i)))
			buf_addf(&state->yank, "%s %s\n", row_service(view, row)->name,
				 row_check(view, row)->id);
	}
	return state->yank.len ? buf_str(&state->yank) : NULL;
}

static bool gaps_selection(struct view *view, struct target *out)
{
	const struct gaps_view *state = view->state;
	const struct gap_row *row = row_at_cursor(state);
	const struct service *service;
	const struct finding *finding;

	if (!row)
		return false;
	service = row_service(view, row);
	finding = &service->findings[row->check];
	*out = (struct target){.service = service->name,
			       .check = row_check(view, row)->id,
			       .owner = gap_owner(service),
			       .yank = service->name};
	if (row->heading) {
		out->check = NULL;
		out->yank = group_name(view, row);
		if (state->grouping != GROUP_SERVICE)
			out->service = NULL;
	}
	if (table_mark_count(state->table))
		out->yank = marked_text(view);
	if (!out->service)
		return true;
	for (size_t i = 0; !row->heading && i < finding->evidence_count; i++) {
		const struct evidence *evidence = &finding->evidence[i];

		if (evidence->url && !out->url)
			out->url = evidence->url;
		if (!evidence->path || out->path)
			continue;
		out->checkout = evidence->checkout;
		out->commit = evidence->commit;
		out->path = evidence->path;
		out->line = evidence->line;
	}
	if (!out->url)
		out->url = service->checkout->remote;
	return true;
}

static void gaps_enter(struct view *view)
{
	struct target target;

	if (!gaps_selection(view, &target))
		return;
	if (target.service)
		app_open(view->app, PANE_SERVICE, &target);
	else
		app_message(view->app, ROLE_TEXT, "this is a group; open one of its gaps");
}

static bool gaps_narrow(struct view *view, enum action action)
{
	struct gaps_view *state = view->state;

	switch (action) {
	case ACTION_TIER_1:
	case ACTION_TIER_2:
	case ACTION_TIER_3:
	case ACTION_TIER_4:
		state->tier = (int)(action - ACTION_TIER_1) + 1;
		break;
	case ACTION_TIER_ALL:
		state->tier = 0;
		break;
	case ACTION_MINE:
		if (!app_options(view->app)->mine_count) {
			app_message(view->app, ROLE_WARN,
				    "nothing is yours yet: set `me: {owner: [team]}` in the "
				    "configuration");
			return true;
		}
		state->mine = !state->mine;
		break;
	case ACTION_CLEAR:
		state->tier = 0;
		state->mine = false;
		table_unmark(state->table);
		free(state->text);
		state->text = xstrdup("");
		break;
	default:
		return false;
	}
	refill(view);
	return true;
}

/* A group's heading cannot be marked. */
static void mark(struct view *view)
{
	struct gaps_view *state = view->state;
	const struct gap_row *row = row_at_cursor(state);

	if (row && !row->heading)
		table_mark(state->table);
	table_action(state->table, ACTION_DOWN);
}

static bool gaps_action(struct view *view, enum action action)
{
	struct gaps_view *state = view->state;

	switch (action) {
	case ACTION_OPEN:
		gaps_enter(view);
		return true;
	case ACTION_GROUP:
		set_grouping(state, (state->grouping + 1) % GROUP_COUNT);
		refill(view);
		return true;
	case ACTION_BROKEN:
		app_message(view->app, ROLE_TEXT, "everything here is broken already");
		return true;
	case ACTION_COLUMNS:
		app_pick_columns(view->app, state->table);
		return true;
	case ACTION_MARK:
		mark(view);
		return true;
	default:
		return gaps_narrow(view, action) || table_action(state->table, action);
	}
}

static void gaps_click(struct view *view, int row, int col, bool twice)
{
	struct gaps_view *state = view->state;

	(void)col;
	if (table_click(state->table, row) && twice)
		gaps_enter(view);
}

static void gaps_set_filter(struct view *view, const char *text)
{
	struct gaps_view *state = view->state;

	free(state->text);
	state->text = xstrdup(text);
	refill(view);
}

static const char *gaps_filter(struct view *view)
{
	const struct gaps_view *state = view->state;

	return state->text;
}

static void gaps_narrowed(struct view *view, struct buf *out)
{
	const struct gaps_view *state = view->state;

	if (state->tier)
		buf_addf(out, "tier %d", state->tier);
	if (state->mine)
		buf_addf(out, "%smine", state->tier ? ", " : "");
}

static bool gaps_command(struct view *view, const char *word, const char *rest)
{
	struct gaps_view *state = view->state;

	if (strcmp(word, "group") != 0)
		return false;
	for (int i = 0; i < GROUP_COUNT; i++) {
		if (strcmp(rest, gap_grouping_name((enum gap_grouping)i)) != 0)
			continue;
		set_grouping(state, (enum gap_grouping)i);
		refill(view);
		return true;
	}
	app_message(view->app, ROLE_WARN, "group by service, item or owner");
	return true;
}

const struct view_ops pane_gaps_ops = {
    .pane = PANE_GAPS,
    .open = gaps_open,
    .close = gaps_close,
    .title = gaps_title,
    .place = gaps_place,
    .update = gaps_update,
    .draw = gaps_draw,
    .action = gaps_action,
    .click = gaps_click,
    .set_filter = gaps_set_filter,
    .filter = gaps_filter,
    .narrowed = gaps_narrowed,
    .selection = gaps_selection,
    .command = gaps_command,
    .wants_detail = true,
};
