/* The incident pane: what burns, and for the row at hand all that is known about it. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/report_incident.h"
#include "core/text.h"
#include "tui/app.h"
#include "tui/incident_draw.h"
#include "tui/incident_facts.h"
#include "tui/incident_lines.h"
#include "tui/incident_rows.h"
#include "tui/panes.h"
#include "tui/table.h"

#define BESIDE_COLS 140 /* from here on the detail stands beside the table */
#define ROOMY	    100 /* cells of the table */
#define LEAST_TABLE 4	/* rows, with the headings */
#define LEAST_LINES 3
#define LOOKED_AT   2  /* seconds: a row that stood under the cursor so long keeps it */
#define STALE_AFTER 30 /* seconds: ages, and sources that fall silent */

enum column {
	COLUMN_TIER,
	COLUMN_SERVICE,
	COLUMN_OWNER,
	COLUMN_ONCALL,
	COLUMN_SINCE,
	COLUMN_PLAYBOOK,
	COLUMN_WHAT
};

static const struct table_column columns[] = {
    [COLUMN_TIER] = {.name = "T", .word = "tier", .width = 1, .max = 1},
    [COLUMN_SERVICE] = {.name = "SERVICE", .word = "service", .width = 11, .max = 16},
    [COLUMN_OWNER] = {.name = "OWNER", .word = "owner", .width = 10, .max = 12, .priority = 2},
    [COLUMN_ONCALL] = {.name = "ON CALL", .word = "on call", .width = 14, .max = 18, .priority = 3},
    [COLUMN_SINCE] = {.name = "SINCE", .word = "since", .width = 5, .max = 5, .align = ALIGN_RIGHT},
    [COLUMN_PLAYBOOK] = {.name = "P", .word = "playbook", .width = 1, .max = 1, .priority = 1},
    [COLUMN_WHAT] = {.name = "WHAT", .word = "what", .width = 12},
};

struct incident_view {
	struct table_column columns[ARRAY_LEN(columns)]; /* wider where there is room */
	struct table_source source;
	struct table *table;
	struct incident_rows rows;
	struct incident_facts *facts;
	enum incident_grouping grouping;
	char *text; /* the filter as typed */
	int tier;
	bool mine, loud_only;
	bool oncall; /* the column is there */
	int64_t built_at;
	int top; /* the first row of the table on the canvas */

	/* Of the row at hand: */
	const struct glyphs *glyphs; /* of the last frame; NULL: none was drawn */
	struct lines *lines;
	struct arena *arena; /* of detail and playbook */
	struct incident_detail *detail;
	struct incident_playbook playbook;
	uint64_t detail_id;
	int64_t detail_since; /* that it has been that one */
	bool stale, waiting;
	struct buf yank;
};

/* ---- rows ---- */

/* A column that nobody fills is no column. */
static void show_oncall(struct incident_view *state)
{
	uint32_t hidden = table_hidden(state->table);

	if (state->oncall == state->rows.oncall)
		return;
	state->oncall = state->rows.oncall;
	table_set_hidden(state->table, state->oncall ? hidden & ~(1u << COLUMN_ONCALL)
						     : hidden | 1u << COLUMN_ONCALL);
}

/* It points into the rows. */
static void drop_detail(struct incident_view *state)
{
	arena_free(state->arena);
	state->arena = NULL;
	state->detail = NULL;
	state->playbook = (struct incident_playbook){0};
}

/* The cursor stays with the row at hand, also when it was there from the start. */
static void pin(struct incident_view *state)
{
	ptrdiff_t row = table_cursor(state->table);

	if (row >= 0 && (size_t)row < state->rows.count && state->detail_id &&
	    state->rows.rows[row].id == state->detail_id)
		table_seek(state->table, state->detail_id);
}

/* A heading says nothing about itself: the row below it does. */
static void leave_heading(struct incident_view *state)
{
	ptrdiff_t row = table_cursor(state->table);

	if (row == 0 && state->rows.count > 1 && !state->rows.rows[0].burn)
		table_move(state->table, 1);
}

static void refill(struct view *view)
{
	struct incident_view *state = view->state;
	const struct app_options *options = app_options(view->app);
	const struct incident_rows_options narrowing = {
	    .grouping = state->grouping,
	    .filter = state->text,
	    .tier = state->tier,
	    .loud_only = state->loud_only,
	    .owners = options->mine,
	    .owner_count = state->mine ? options->mine_count : 0,
	};

	if (app_now(view->app) - state->detail_since >= LOOKED_AT)
		pin(state);
	drop_detail(state);
	incident_rows_build(&state->rows, app_fleet(view->app), &narrowing, app_now(view->app));
	state->built_at = app_now(view->app);
	state->stale = true;
	show_oncall(state);
	table_changed(state->table);
	if (!state->detail_id)
		leave_heading(state);
}

static size_t row_count(void *ctx)
{
	const struct incident_view *state = ((struct view *)ctx)->state;

	return state->rows.count;
}

static uint64_t row_id(void *ctx, size_t row)
{
	const struct incident_view *state = ((struct view *)ctx)->state;

	return state->rows.rows[row].id;
}

static const struct burn *burn_at_cursor(const struct incident_view *state)
{
	ptrdiff_t row = table_cursor(state->table);

	return row >= 0 && (size_t)row < state->rows.count ? state->rows.rows[row].burn : NULL;
}

static void draw_cell(void *ctx, size_t row, size_t column, const struct canvas *canvas)
{
	struct view *view = ctx;
	const struct incident_view *state = view->state;
	const struct burn *burn = state->rows.rows[row].burn;
	char age[TEXT_AGE_MAX];

	switch ((enum column)column) {
	case COLUMN_TIER:
		draw_textf(canvas, 0, 0, canvas->cols, TIER_ROLE(burn->tier),
			   burn->tier ? "%d" : "-", burn->tier);
		break;
	case COLUMN_SERVICE:
		draw_text(canvas, 0, 0, canvas->cols,
			  burn->tier == 1 && !burn->quiet ? ROLE_TIER_1 : ROLE_TEXT, burn->name);
		break;
	case COLUMN_OWNER:
		incident_draw_owner(burn, canvas);
		break;
	case COLUMN_ONCALL:
		incident_draw_oncall(app_fleet(view->app), burn, canvas);
		break;
	case COLUMN_SINCE:
		draw_field(canvas, 0, 0, canvas->cols, ALIGN_RIGHT, ROLE_TEXT,
			   draw_age(burn->since, app_now(view->app), age));
		break;
	case COLUMN_PLAYBOOK:
		draw_text(canvas, 0, 0, 1, ROLE_TEXT, burn->playbook ? "p" : "");
		break;
	case COLUMN_WHAT:
		incident_draw_what(burn, canvas);
		break;
	}
}

static bool draw_heading(void *ctx, size_t index, const struct canvas *canvas)
{
	const struct incident_view *state = ((struct view *)ctx)->state;
	const struct incident_row *row = &state->rows.rows[index];
	int col;

	if (row->burn)
		return false;
	col = draw_textf(canvas, 0, 0, canvas->cols, ROLE_HEADING, "%s", row->heading);
	draw_textf(canvas, 0, col, canvas->cols - col, ROLE_TEXT, "  %zu", row->count);
	return true;
}

static const struct table_source source = {
    .columns = columns,
    .column_count = ARRAY_LEN(columns),
    .count = row_count,
    .id = row_id,
    .cell = draw_cell,
    .heading = draw_heading,
};

/* ---- the row at hand ---- */

/* Works out what is known about the row under the cursor, and asks for what is not. */
static void look_at(struct view *view)
{
	struct incident_view *state = view->state;
	const struct burn *burn = burn_at_cursor(state);
	struct incident_commits *commits;
	bool reading, same = burn && burn->id == state->detail_id;
	size_t count;

	if ((same && !state->stale) || !state->glyphs)
		return;
	drop_detail(state);
	state->stale = false;
	state->detail_id = burn ? burn->id : 0;
	if (!same) {
		state->detail_since = app_now(view->app);
		lines_free(state->lines); /* from its top */
		state->lines = lines_new();
	}
	if (!burn) {
		lines_reset(state->lines);
		return;
	}
	state->arena = arena_new();
	state->waiting = !incident_facts_ask(state->facts, burn);
	count = incident_facts_commits(state->facts, burn, state->arena, &commits, &reading);
	state->detail = incident_detail(app_fleet(view->app), burn, commits, count,
					app_now(view->app), state->arena);
	incident_facts_playbook(state->facts, burn, state->arena, &state->playbook);
	incident_lines_build(
	    state->lines, state->detail,
	    &(struct incident_lines_options){.fleet = app_fleet(view->app),
					     .glyphs = state->glyphs,
					     .now = app_now(view->app),
					     .utc = app_options(view->app)->utc,
					     .reading = reading,
					     .playbook = &state->playbook,
					     .playbook_key = app_key(view->app, ACTION_PLAYBOOK)});
}

/* ---- the view ---- */

static bool incident_open(struct view *view, const struct target *target)
{
	struct incident_view *state = xcalloc(1, sizeof(*state));

	view->state = state;
	state->text = xstrdup(target->text ? target->text : "");
	memcpy(state->columns, columns, sizeof(columns));
	state->source = source;
	state->source.columns = state->columns;
	state->table = table_new(&state->source, view);
	state->lines = lines_new();
	state->facts = incident_facts_new(view->app);
	table_set_hidden(state->table, 1u << COLUMN_ONCALL);
	return true;
}

static void incident_close(struct view *view)
{
	struct incident_view *state = view->state;

	drop_detail(state);
	incident_rows_free(&state->rows);
	incident_facts_free(state->facts);
	lines_free(state->lines);
	table_free(state->table);
	buf_free(&state->yank);
	free(state->text);
	free(state);
}

static void incident_title(struct view *view, struct buf *out)
{
	const struct incident_view *state = view->state;

	buf_adds(out, "incident");
	if (state->grouping != BURNS_BY_SERVICE)
		buf_addf(out, " by %s", incident_grouping_name(state->grouping));
}

static void incident_place(struct view *view, struct buf *out)
{
	const struct incident_view *state = view->state;
	const struct incident *incident = state->rows.incident;

	buf_addf(out, "%zu burning", incident ? incident->loud : 0);
	if (incident && incident->unmapped)
		buf_addf(out, ", %zu unmapped", incident->unmapped);
}

static void incident_headline(struct view *view, const struct canvas *canvas)
{
	const struct incident_view *state = view->state;

	if (state->rows.incident)
		incident_draw_summary(state->rows.incident, canvas);
}

static void incident_update(struct view *view)
{
	refill(view);
}

/* Rows are made anew as time passes: a source that fails burns only after a while. */
static void keep_fresh(struct view *view)
{
	const struct incident_view *state = view->state;

	if (app_now(view->app) - state->built_at >= STALE_AFTER)
		refill(view);
}

/* The table as tall as its rows, as far as the detail keeps what it needs. */
static int table_height(const struct incident_view *state, int rows)
{
	int wanted = (int)(state->rows.count < 1000 ? state->rows.count : 1000) + 1;
	int most = rows * 2 / 5;

	if (most < LEAST_TABLE)
		most = LEAST_TABLE;
	if (most > rows - LEAST_LINES - 1)
		most = rows - LEAST_LINES - 1;
	return wanted < most ? wanted : most;
}

static void draw_rule_of(struct view *view, const struct canvas *canvas, int row)
{
	const struct burn *burn = burn_at_cursor(view->state);
	char *title = burn ? xasprintf("%s: %s", burn->name, burn->what) : NULL;
	struct buf clipped = {0};

	if (title)
		text_clip(&clipped, title, canvas->cols > 8 ? (size_t)canvas->cols - 8 : 1, 0);
	draw_rule(canvas, row, buf_str(&clipped), NULL);
	buf_free(&clipped);
	free(title);
}

static void incident_draw(struct view *view, const struct canvas *canvas)
{
	struct incident_view *state = view->state;
	struct canvas top, below;
	int height, left;

	keep_fresh(view);
	if (!state->rows.count) {
		incident_draw_nothing(state->rows.incident,
				      *state->text || state->tier || state->mine ||
					  state->loud_only,
				      !app_live(view->app) && app_options(view->app)->config &&
					  app_options(view->app)->config->source_count,
				      canvas);
		return;
	}
	if (canvas->cols >= BESIDE_COLS) {
		left = canvas->cols * 11 / 20;
		top = canvas_part(canvas, 0, 0, canvas->rows, left - 1);
		below = canvas_part(canvas, 0, left + 1, canvas->rows, canvas->cols - left - 1);
		for (int row = 0; row < canvas->rows; row++)
			draw_text(canvas, row, left - 1, 1, ROLE_LINE, canvas->glyphs->vertical);
	} else {
		height = table_height(state, canvas->rows);
		top = canvas_part(canvas, 0, 0, height, canvas->cols);
		below = canvas_part(canvas, height, 0, canvas->rows - height, canvas->cols);
	}
	/* First what burns has room, then the names. */
	state->columns[COLUMN_SERVICE].max = top.cols < ROOMY ? columns[COLUMN_SERVICE].max : 32;
	state->columns[COLUMN_OWNER].max = top.cols < ROOMY ? columns[COLUMN_OWNER].max : 20;
	table_draw(state->table, &top);
	state->glyphs = canvas->glyphs;
	look_at(view);
	draw_rule_of(view, &below, 0);
	below = canvas_part(&below, 1, 1, below.rows - 1, below.cols - 1);
	lines_draw(state->lines, &below);
}

static bool incident_selection(struct view *view, struct target *out)
{
	struct incident_view *state = view->state;
	const struct burn *burn = burn_at_cursor(state);

	if (!burn)
		return false;
	buf_reset(&state->yank);
	buf_addf(&state->yank, "%s: %s", burn->name, burn->what);
	*out = (struct target){.owner = burn->owner, .yank = buf_str(&state->yank)};
	if (burn->service >= 0)
		out->service = burn->name;
	for (size_t i = 0; i < burn->signal_count && !out->url; i++)
		out->url = burn->signals[i].signal->url;
	if (!out->url && burn->source)
		out->url = burn->source->url;
	return true;
}

/* ---- keys ---- */

static void show_update(struct view *view)
{
	struct incident_view *state = view->state;
	static const struct report_scope all;
	const struct report report = {.fleet = app_fleet(view->app),
				      .scope = &all,
				      .format = REPORT_MARKDOWN,
				      .now = app_now(view->app)};
	struct buf text = {0};
	struct target target = {.title = "status update", .wrap = true};

	look_at(view);
	if (!state->detail) {
		app_message(view->app, ROLE_TEXT, "there is nothing under the cursor to tell of");
		return;
	}
	report_incident_update(&report, state->detail, &text);
	app_copy(view->app, buf_str(&text));
	target.text = buf_str(&text);
	app_open(view->app, PANE_TEXT, &target);
	app_message(view->app, ROLE_TEXT, "copied to the terminal's clipboard");
	buf_free(&text);
}

static void open_playbook(struct view *view)
{
	const struct incident_view *state = view->state;
	const struct burn *burn = burn_at_cursor(state);
	const struct incident_playbook *playbook = &state->playbook;
	struct target target = {0};

	look_at(view);
	if (!burn || burn->service < 0) {
		app_message(view->app, ROLE_WARN, "no service of this fleet, so no playbook");
		return;
	}
	target.service = burn->name;
	if (playbook->path) {
		target.check = "playbooks";
		target.path = playbook->path;
		target.title = playbook->fits ? playbook->headings[0] : NULL;
	}
	app_open(view->app, PANE_PLAYBOOK, &target);
}

/* What is no service of the fleet is told as text, whole. */
static void open_row(struct view *view)
{
	struct incident_view *state = view->state;
	const struct burn *burn = burn_at_cursor(state);
	struct target target = {0};
	struct buf text = {0};

	if (!burn)
		return;
	if (burn->service >= 0) {
		target.service = burn->name;
		app_open(view->app, PANE_SERVICE, &target);
		return;
	}
	for (size_t i = 0; i < lines_count(state->lines); i++)
		buf_addf(&text, "%s\n", lines_text(state->lines, i));
	target.text = buf_str(&text);
	target.title = burn->name;
	target.wrap = true;
	app_open(view->app, PANE_TEXT, &target);
	buf_free(&text);
}

static void open_silence(struct view *view)
{
	struct target target = {.burn = burn_at_cursor(view->state)};

	pin(view->state);
	if (target.burn)
		app_open(view->app, PANE_SILENCE, &target);
}

static bool toggle_mine(struct view *view)
{
	struct incident_view *state = view->state;

	if (!app_options(view->app)->mine_count) {
		app_message(view->app, ROLE_WARN,
			    "nothing is yours yet: set `me: {owner: [team]}` in the configuration");
		return false;
	}
	state->mine = !state->mine;
	return true;
}

static void clear_all(struct incident_view *state)
{
	state->tier = 0;
	state->mine = state->loud_only = false;
	free(state->text);
	state->text = xstrdup("");
}

/* Rows of another grouping are others: the cursor goes to the one that tells of the same. */
static void regroup(struct view *view)
{
	struct incident_view *state = view->state;
	const struct burn *burn = burn_at_cursor(state), *other;
	struct burn at = burn ? *burn : (struct burn){0};
	char *name = xstrdup(burn ? burn->name : "");

	state->grouping = (state->grouping + 1) % BURN_GROUPINGS;
	refill(view);
	for (size_t i = 0; burn && i < state->rows.count; i++) {
		other = state->rows.rows[i].burn;
		if (other && other->kind == at.kind && other->quiet == at.quiet &&
		    other->production == at.production && !strcmp(other->name, name)) {
			table_seek(state->table, state->rows.rows[i].id);
			break;
		}
	}
	free(name);
}

static bool narrow(struct view *view, enum action action)
{
	struct incident_view *state = view->state;
	int tier = (int)(action - ACTION_TIER_1) + 1;

	switch (action) {
	case ACTION_TIER_1:
	case ACTION_TIER_2:
	case ACTION_TIER_3:
	case ACTION_TIER_4:
		state->tier = state->tier == tier ? 0 : tier;
		break;
	case ACTION_TIER_ALL:
		state->tier = 0;
		break;
	case ACTION_BROKEN:
		state->loud_only = !state->loud_only;
		break;
	case ACTION_MINE:
		if (!toggle_mine(view))
			return true;
		break;
	case ACTION_CLEAR:
		clear_all(state);
		break;
	case ACTION_GROUP:
		regroup(view);
		return true;
	default:
		return false;
	}
	refill(view);
	return true;
}

static bool incident_action(struct view *view, enum action action)
{
	struct incident_view *state = view->state;

	switch (action) {
	case ACTION_OPEN:
		open_row(view);
		return true;
	case ACTION_PLAYBOOK:
		open_playbook(view);
		return true;
	case ACTION_SILENCE:
		open_silence(view);
		return true;
	case ACTION_UPDATE:
		show_update(view);
		return true;
	case ACTION_COLUMNS:
		app_pick_columns(view->app, state->table);
		return true;
	case ACTION_HALF_DOWN:
	case ACTION_HALF_UP:
		return lines_action(state->lines, action);
	default:
		return narrow(view, action) || table_action(state->table, action);
	}
}

static void incident_click(struct view *view, int row, int col, bool twice)
{
	struct incident_view *state = view->state;

	(void)col;
	if (table_click(state->table, row) && twice)
		open_row(view);
}

static void incident_set_filter(struct view *view, const char *text)
{
	struct incident_view *state = view->state;

	free(state->text);
	state->text = xstrdup(text);
	refill(view);
}

static const char *incident_filter(struct view *view)
{
	const struct incident_view *state = view->state;

	return state->text;
}

static void incident_narrowed(struct view *view, struct buf *out)
{
	const struct incident_view *state = view->state;
	size_t before = out->len;

	if (state->tier)
		buf_addf(out, "tier %d", state->tier);
	if (state->mine)
		buf_addf(out, "%smine", out->len > before ? ", " : "");
	if (state->loud_only)
		buf_addf(out, "%sonly what burns", out->len > before ? ", " : "");
}

static void incident_answer(struct view *view, const struct scanner_event *event)
{
	struct incident_view *state = view->state;

	if (!incident_facts_answer(state->facts, event))
		return;
	state->stale = true;
	app_redraw(view->app);
}

static bool incident_command(struct view *view, const char *word, const char *rest)
{
	struct incident_view *state = view->state;

	if (strcmp(word, "group") != 0)
		return false;
	for (int i = 0; i < BURN_GROUPINGS; i++) {
		if (strcmp(rest, incident_grouping_name((enum incident_grouping)i)) != 0)
			continue;
		state->grouping = (enum incident_grouping)i;
		refill(view);
		return true;
	}
	app_message(view->app, ROLE_WARN, "group by service, alert or owner");
	return true;
}

const struct view_ops pane_incident_ops = {
    .pane = PANE_INCIDENT,
    .open = incident_open,
    .close = incident_close,
    .title = incident_title,
    .place = incident_place,
    .headline = incident_headline,
    .update = incident_update,
    .draw = incident_draw,
    .action = incident_action,
    .click = incident_click,
    .set_filter = incident_set_filter,
    .filter = incident_filter,
    .narrowed = incident_narrowed,
    .selection = incident_selection,
    .answer = incident_answer,
    .command = incident_command,
    .follows_sources = true,
};
