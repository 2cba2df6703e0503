/* The sources pane: each live source, how it is and how old what it said is; what fails first. */

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/source_view.h"
#include "core/text.h"
#include "tui/app.h"
#include "tui/panes.h"
#include "tui/table.h"

enum column {
	COLUMN_STATE,
	COLUMN_NAME,
	COLUMN_TYPE,
	COLUMN_AGE,
	COLUMN_SERVICES,
	COLUMN_UNMAPPED,
	COLUMN_WHAT,
};

static const struct table_column columns[] = {
    [COLUMN_STATE] = {.name = "STATE", .word = "state", .width = 16, .max = 16},
    [COLUMN_NAME] = {.name = "SOURCE", .word = "source", .width = 12, .max = 24},
    [COLUMN_TYPE] = {.name = "TYPE", .word = "type", .width = 12, .max = 12, .priority = 3},
    [COLUMN_AGE] = {.name = "SAID", .word = "said", .width = 5, .max = 6, .priority = 1},
    [COLUMN_SERVICES] = {.name = "SERVICES",
			 .word = "services",
			 .width = 8,
			 .max = 9,
			 .priority = 2,
			 .align = ALIGN_RIGHT},
    [COLUMN_UNMAPPED] = {.name = "UNMAPPED",
			 .word = "unmapped",
			 .width = 8,
			 .max = 9,
			 .priority = 4,
			 .align = ALIGN_RIGHT},
    [COLUMN_WHAT] = {.name = "ABOUT", .word = "about", .width = 44},
};

struct sources_view {
	struct table *table;
	struct arena *arena; /* owns views */
	struct source_view *views;
	size_t count;  /* of those shown */
	bool broken;   /* only those that fail */
	char *text;    /* filter */
	size_t hidden; /* by it */
};

/* ---- rows ---- */

static bool fails(const struct source_view *view)
{
	return view->state == SOURCE_FAILING || view->state == SOURCE_PARTLY;
}

static bool shown(const struct sources_view *state, const struct source_view *view)
{
	if (state->broken && !fails(view))
		return false;
	return text_contains(view->name, state->text) || text_contains(view->type, state->text) ||
	       text_contains(view->url ? view->url : "", state->text) ||
	       text_contains(source_state_name(view->state), state->text);
}

static void refill(struct view *view)
{
	struct sources_view *state = view->state;
	size_t all, kept = 0;

	arena_free(state->arena);
	state->arena = arena_new();
	state->views =
	    source_views(app_fleet(view->app), app_live(view->app), app_options(view->app)->config,
			 app_asking(view->app), state->arena, &all);
	source_views_sort(state->views, all);
	for (size_t i = 0; i < all; i++)
		if (shown(state, &state->views[i]))
			state->views[kept++] = state->views[i];
	state->count = kept;
	state->hidden = all - kept;
	table_changed(state->table);
}

static size_t sources_count(void *ctx)
{
	return ((struct sources_view *)((struct view *)ctx)->state)->count;
}

static uint64_t sources_id(void *ctx, size_t index)
{
	const struct sources_view *state = ((struct view *)ctx)->state;

	return table_id("source", state->views[index].name);
}

static enum role state_role(enum source_state state)
{
	switch (state) {
	case SOURCE_FAILING:
		return ROLE_GAP;
	case SOURCE_PARTLY:
		return ROLE_WARN;
	case SOURCE_OK:
		return ROLE_PASS;
	default:
		return ROLE_UNKNOWN;
	}
}

static const char *state_mark(const struct glyphs *glyphs, enum source_state state)
{
	switch (state) {
	case SOURCE_FAILING:
		return glyphs->word_mark[STATUS_GAP];
	case SOURCE_PARTLY:
		return "!";
	case SOURCE_OK:
		return glyphs->word_mark[STATUS_PASS];
	default:
		return glyphs->word_mark[STATUS_UNKNOWN];
	}
}

static void draw_what(struct view *view, const struct source_view *source,
		      const struct canvas *canvas)
{
	struct buf text = {0};

	source_view_summary(source, app_now(view->app), &text);
	draw_text(canvas, 0, 0, canvas->cols, fails(source) ? ROLE_ERROR : ROLE_TEXT,
		  buf_str(&text));
	buf_free(&text);
}

static void sources_cell(void *ctx, size_t index, size_t column, const struct canvas *canvas)
{
	struct view *view = ctx;
	const struct sources_view *state = view->state;
	const struct source_view *source = &state->views[index];
	char age[TEXT_AGE_MAX];

	switch ((enum column)column) {
	case COLUMN_STATE:
		draw_textf(canvas, 0, 0, canvas->cols, state_role(source->state), "%s %s",
			   state_mark(canvas->glyphs, source->state),
			   source_state_name(source->state));
		break;
	case COLUMN_NAME:
		draw_text(canvas, 0, 0, canvas->cols, ROLE_TEXT, source->name);
		break;
	case COLUMN_TYPE:
		draw_text(canvas, 0, 0, canvas->cols, ROLE_TEXT, source->type);
		break;
	case COLUMN_AGE:
		draw_text(canvas, 0, 0, canvas->cols, ROLE_TEXT,
			  draw_age(source->live ? source_heard_at(source->live) : 0,
				   app_now(view->app), age));
		break;
	case COLUMN_SERVICES:
		draw_textf(canvas, 0, 0, canvas->cols, ROLE_TEXT, "%8zu", source->services);
		break;
	case COLUMN_UNMAPPED:
		draw_textf(canvas, 0, 0, canvas->cols,
			   source->unmapped_signals ? ROLE_WARN : ROLE_TEXT, "%8zu",
			   source->unmapped_signals);
		break;
	case COLUMN_WHAT:
		draw_what(view, source, canvas);
		break;
	}
}

static const struct table_source table_source = {
    .columns = columns,
    .column_count = ARRAY_LEN(columns),
    .count = sources_count,
    .id = sources_id,
    .cell = sources_cell,
};

/* ---- the view ---- */

static bool sources_open(struct view *view, const struct target *target)
{
	struct sources_view *state = xcalloc(1, sizeof(*state));

	(void)target;
	view->state = state;
	state->text = xstrdup("");
	state->table = table_new(&table_source, view);
	return true;
}

static void sources_close(struct view *view)
{
	struct sources_view *state = view->state;

	table_free(state->table);
	arena_free(state->arena);
	free(state->text);
	free(state);
}

static void sources_place(struct view *view, struct buf *out)
{
	const struct sources_view *state = view->state;

	buf_addf(out, "%zu source%s", state->count, state->count == 1 ? "" : "s");
}

static void sources_draw(struct view *view, const struct canvas *canvas)
{
	static const char *const none[] = {
	    "No live source is configured.",
	    "`svctop init` writes a configuration that says what each needs.", NULL};
	static const char *const narrowed[] = {"No source is like that.", "* shows all of them.",
					       NULL};
	struct sources_view *state = view->state;

	if (state->count)
		table_draw(state->table, canvas);
	else
		draw_empty(canvas, state->hidden ? narrowed : none);
}

static struct source_view *at_cursor(const struct sources_view *state)
{
	ptrdiff_t row = table_cursor(state->table);

	return row >= 0 && (size_t)row < state->count ? &state->views[row] : NULL;
}

static bool sources_selection(struct view *view, struct target *out)
{
	const struct source_view *source = at_cursor(view->state);

	if (!source)
		return false;
	*out =
	    (struct target){.url = source->url, .yank = source->url ? source->url : source->name};
	return true;
}

static void add_line(void *ctx, enum source_tone tone, unsigned depth, const char *text)
{
	(void)tone;
	for (unsigned i = 0; i <= depth; i++)
		buf_adds(ctx, "  ");
	buf_addf(ctx, "%s\n", text);
}

static void sources_enter(struct view *view)
{
	const struct sources_view *state = view->state;
	struct source_view *source = at_cursor(state);
	struct target target = {0};
	struct buf text = {0};

	if (!source)
		return;
	source_view_suggest(source, app_fleet(view->app), app_live(view->app), state->arena);
	buf_addf(&text, " %s  %s  %s%s%s\n\n", source->name, source->type,
		 source_state_name(source->state), source->url ? "  " : "",
		 source->url ? source->url : "");
	source_view_lines(source, app_now(view->app), add_line, &text);
	target.text = buf_str(&text);
	target.title = source->name;
	target.wrap = true;
	app_open(view->app, PANE_TEXT, &target);
	buf_free(&text);
}

static void set_text(struct sources_view *state, const char *text)
{
	char *copy = xstrdup(text);

	free(state->text);
	state->text = copy;
}

static bool sources_action(struct view *view, enum action action)
{
	struct sources_view *state = view->state;

	switch (action) {
	case ACTION_OPEN:
		sources_enter(view);
		return true;
	case ACTION_BROKEN:
		state->broken = !state->broken;
		break;
	case ACTION_CLEAR:
		state->broken = false;
		set_text(state, "");
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

static void sources_click(struct view *view, int row, int col, bool twice)
{
	struct sources_view *state = view->state;

	(void)col;
	if (table_click(state->table, row) && twice)
		sources_enter(view);
}

static void sources_set_filter(struct view *view, const char *text)
{
	set_text(view->state, text);
	refill(view);
}

static const char *sources_filter(struct view *view)
{
	return ((const struct sources_view *)view->state)->text;
}

static void sources_narrowed(struct view *view, struct buf *out)
{
	if (((const struct sources_view *)view->state)->broken)
		buf_adds(out, "only what fails");
}

const struct view_ops pane_sources_ops = {
    .pane = PANE_SOURCES,
    .open = sources_open,
    .close = sources_close,
    .place = sources_place,
    .update = refill,
    .draw = sources_draw,
    .action = sources_action,
    .click = sources_click,
    .set_filter = sources_set_filter,
    .filter = sources_filter,
    .narrowed = sources_narrowed,
    .selection = sources_selection,
    .follows_sources = true,
};
