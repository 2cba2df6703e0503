/* What every view has around it: where one is, what burns, how it goes on, the keys. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/mem.h"
#include "core/text.h"
#include "tui/app_internal.h"
#include "tui/panes.h"

enum { MIN_ROWS = 12, MIN_COLS = 40, DETAIL_COLS = 140, HEADER = 2, FOOTER = 2 };
enum { MIN_CRUMBS = 20, BRIEFEST = 2 };

/* Header */

/* The way here from the view numbered first on; what is before it is left out. */
static void add_crumbs(struct app *app, struct buf *out, const struct glyphs *glyphs, int first)
{
	const struct stack *stack = &app->stacks[app->root];
	buf_addf(out, " %s", first ? glyphs->ellipsis : "svctop");
	for (int i = first; i < stack->depth; i++) {
		const struct view *view = stack->views[i];
		buf_addf(out, " %s ", glyphs->crumb);
		if (view->ops->title)
			view->ops->title(stack->views[i], out);
		else
			buf_adds(out, pane_word(view->ops->pane));
	}
}

/* Where there is no room for the whole way, its end matters most. */
static void draw_crumbs(struct app *app, const struct canvas *canvas, int width)
{
	int last = app->stacks[app->root].depth - 1;
	struct buf crumbs = {0};
	for (int first = 0; first <= last; first++) {
		buf_reset(&crumbs);
		add_crumbs(app, &crumbs, canvas->glyphs, first);
		if ((int)text_width(buf_str(&crumbs)) <= width)
			break;
	}
	draw_text(canvas, 0, 0, width, ROLE_TITLE, buf_str(&crumbs));
	buf_free(&crumbs);
}

/* "git 14:02": a time of day does not age, so an idle screen stays true. */
static void add_freshness(const struct app *app, struct buf *out)
{
	struct tm tm;
	char text[16];
	time_t at = (time_t)app->read_at;
	if (app_as_of(app, out) || app_memory_freshness(app, out))
		return;
	if (app->scanning) {
		buf_adds(out, "git: reading");
		return;
	}
	if (app->read_at == 0) {
		buf_adds(out, "git: not read");
		return;
	}
	if (app->options.utc ? !gmtime_r(&at, &tm) : !localtime_r(&at, &tm))
		return;
	strftime(text, sizeof(text), "%H:%M", &tm);
	buf_addf(out, "git %s%s", text, app->options.utc ? "Z" : "");
}

static void add_right(struct app *app, struct buf *out, const struct glyphs *glyphs, unsigned brief)
{
	struct view *view = app_view(app);
	size_t before = out->len;
	if (view->ops->place)
		view->ops->place(view, out);
	else
		buf_addf(out, "%zu service%s", fleet_count(app->options.fleet),
			 fleet_count(app->options.fleet) == 1 ? "" : "s");
	if (out->len > before)
		buf_addf(out, " %s ", glyphs->dot);
	add_freshness(app, out);
	if (app_memory_fails(app))
		buf_addf(out, " %s not kept", glyphs->dot);
	app_live_freshness(app, glyphs->dot, brief, out);
	buf_addc(out, ' ');
}

/* What sources say of their age is cut down before the way here is. */
static void draw_header(struct app *app, const struct canvas *canvas)
{
	struct buf right = {0}, crumbs = {0};
	add_crumbs(app, &crumbs, canvas->glyphs, 0);
	int way = (int)text_width(buf_str(&crumbs)), left = 0;
	for (unsigned brief = 0; brief <= BRIEFEST && left <= way; brief++) {
		buf_reset(&right);
		add_right(app, &right, canvas->glyphs, brief);
		left = canvas->cols - (int)text_width(buf_str(&right));
	}
	if (left < MIN_CRUMBS) /* too narrow for both: where one is goes first */
		left = canvas->cols;
	else
		draw_text(canvas, 0, left, canvas->cols - left,
			  app->options.as_of || app_live_failing(app) || app_memory_fails(app)
			      ? ROLE_WARN
			      : ROLE_FRESH,
			  buf_str(&right));
	draw_crumbs(app, canvas, left - 1);
	buf_free(&right);
	buf_free(&crumbs);
}

/* What nothing could be said about so far: "outages, uptime need a source". */
static void add_unmeasured(const struct fleet_summary *summary, const struct checklist *checklist,
			   struct buf *out)
{
	size_t named = 0, left = 0;

	for (size_t i = 0; i < checklist->check_count; i++) {
		const struct check_summary *check = &summary->checks[i];

		if (check->counts[STATUS_PASS] || check->counts[STATUS_GAP] ||
		    check->counts[STATUS_WAIVED])
			continue;
		if (named < 2)
			buf_addf(out, "%s%s", named++ ? ", " : "", checklist->checks[i].id);
		else
			left++;
	}
	if (left)
		buf_addf(out, " and %zu more", left);
	buf_addf(out, " need%s a source", named == 1 && !left ? "s" : "");
}

/* At the right, as much as there is room for. */
static void draw_measured(const struct canvas *canvas, int col, const struct fleet_summary *summary,
			  const struct checklist *checklist)
{
	struct buf text = {0};

	buf_addf(&text, "%zu of %zu measured", summary->checks_measured, checklist->check_count);
	if (summary->checks_measured < checklist->check_count) {
		size_t brief = text.len;

		buf_addf(&text, " %s ", canvas->glyphs->dot);
		add_unmeasured(summary, checklist, &text);
		if (col + 2 + (int)text_width(buf_str(&text)) >= canvas->cols) {
			text.len = brief;
			text.data[brief] = '\0';
		}
	}
	int width = (int)text_width(buf_str(&text)) + 1;
	if (col + width + 2 <= canvas->cols)
		draw_text(canvas, 0, canvas->cols - width, width, ROLE_FRESH, buf_str(&text));
	buf_free(&text);
}

/*
 * How many services of each tier hold it (with a question mark: as far as measured),
 * and how much of the checklist is measured at all.
 */
static void draw_fleet_line(struct app *app, const struct canvas *canvas)
{
	const struct fleet_summary *summary = fleet_summary(app->options.fleet);
	const struct checklist *checklist = fleet_checklist(app->options.fleet);
	if (summary->services == 0)
		return;
	int col = 1;
	for (int tier = 1; tier <= 4; tier++) {
		const struct tier_summary *t = &summary->tiers[tier];
		if (t->services == 0)
			continue;
		col = draw_textf(canvas, 0, col, canvas->cols, TIER_ROLE(tier), "T%d", tier);
		col = draw_textf(canvas, 0, col, canvas->cols, ROLE_TEXT, " %zu/%zu%s  ",
				 t->reached_unknown, t->services,
				 t->reached == t->reached_unknown ? "" : "?");
	}
	const char *rest = col > 1 ? "reach their tier" : "no service names its tier";
	if (col + (int)strlen(rest) <= canvas->cols)
		col = draw_text(canvas, 0, col, canvas->cols, ROLE_TEXT, rest);
	draw_measured(canvas, col, summary, checklist);
}

static void draw_headline(struct app *app, const struct canvas *canvas)
{
	struct view *view = app_view(app);
	struct canvas line = canvas_part(canvas, 1, 0, 1, canvas->cols);
	if (view->ops->headline)
		view->ops->headline(view, &line);
	else if (!app_draw_burning(app, &line))
		draw_fleet_line(app, &line);
}

/* The line above the footer */

static int draw_progress(struct app *app, const struct canvas *canvas, int row)
{
	const struct scanner_pool *pool = app->options.pool;
	if (!app->scanning || !pool)
		return 0;
	struct scanner_progress progress = scanner_progress(pool);
	int col = draw_textf(canvas, row, 1, canvas->cols, ROLE_TEXT, "scanning %zu/%zu%s",
			     progress.done, progress.found, progress.discovering ? "+" : "");
	if (progress.slow) {
		const char *name = strrchr(progress.slow, '/');
		col = draw_textf(canvas, row, col, canvas->cols - col, ROLE_TEXT,
				 " %s slow: %s %us", canvas->glyphs->dot,
				 name && name[1] ? name + 1 : progress.slow, progress.slow_seconds);
	}
	return col;
}

static void draw_narrowed(struct app *app, const struct canvas *canvas, int row, int col)
{
	struct view *view = app_view(app);
	struct buf text = {0};
	if (view->ops->filter && *view->ops->filter(view))
		buf_addf(&text, "/%s ", view->ops->filter(view));
	if (view->ops->narrowed)
		view->ops->narrowed(view, &text);
	int width = (int)text_width(buf_str(&text));
	if (width > 0) {
		int room = canvas->cols - col - 2;
		width = width < room ? width : room;
		draw_text(canvas, row, canvas->cols - width - 1, width, ROLE_WARN, buf_str(&text));
	}
	buf_free(&text);
}

static void draw_state(struct app *app, const struct canvas *canvas, int row)
{
	int col = 0;
	if (app->message)
		col = draw_text(canvas, row, 1, canvas->cols - 2, app->message_role, app->message);
	else
		col = draw_progress(app, canvas, row);
	if (col == 0 && app->problems > 0)
		col = draw_textf(canvas, row, 1, canvas->cols - 2, ROLE_WARN, "%zu not read: %s",
				 app->problems, app->first_problem);
	draw_narrowed(app, canvas, row, col);
}

/* Footer */

/* At the top Esc does not leave, so the key that does is shown. */
static const char *footer_key(struct app *app, enum action action)
{
	uint32_t keys[8];
	size_t count = keymap_keys(app->keymap, action, keys, ARRAY_LEN(keys));
	bool top = app->stacks[app->root].depth <= 1;
	if (action != ACTION_BACK || !top || count < 2 || keys[0] != KEYC_ESC)
		return app_key(app, action);
	return keymap_key_name(keys[1], app->key_text, sizeof(app->key_text));
}

static int draw_key(struct app *app, const struct canvas *canvas, int row, int col,
		    enum action action, const char *word)
{
	const char *key = footer_key(app, action);
	if (!*key)
		return col;
	col = draw_text(canvas, row, col, canvas->cols, ROLE_KEY, key);
	col = draw_text(canvas, row, col, canvas->cols, ROLE_FOOTER, " ");
	col = draw_text(canvas, row, col, canvas->cols, ROLE_FOOTER, word);
	return draw_text(canvas, row, col, canvas->cols, ROLE_FOOTER, "  ");
}

static int key_width(struct app *app, enum action action, const char *word)
{
	const char *key = footer_key(app, action);
	return *key ? (int)(text_width(key) + strlen(word)) + 3 : 0;
}

static void draw_footer(struct app *app, const struct canvas *canvas, int row)
{
	static const enum action root_actions[] = {[ROOT_SERVICES] = ACTION_GO_SERVICES,
						   [ROOT_TIERS] = ACTION_GO_TIERS,
						   [ROOT_GAPS] = ACTION_GO_GAPS,
						   [ROOT_INCIDENT] = ACTION_GO_INCIDENT,
						   [ROOT_HISTORY] = ACTION_GO_HISTORY};
	bool top = app->stacks[app->root].depth <= 1;
	const char *leave = top ? "quit" : "back";
	unsigned pane = IN(app_view(app)->ops->pane);
	int reserved = key_width(app, ACTION_HELP, "help") + key_width(app, ACTION_BACK, leave);
	int col = 1;
	draw_rest(canvas, row, 0, ROLE_FOOTER);
	for (int i = 0; i < ACTION_COUNT; i++) {
		const struct action_info *info = action_info((enum action)i);
		if (!info->footer || !(info->panes & pane) || i == ACTION_HELP ||
		    (top && (enum action)i == root_actions[app->root]))
			continue;
		int width = key_width(app, (enum action)i, info->footer);
		if (col + width + reserved > canvas->cols)
			continue;
		col = draw_key(app, canvas, row, col, (enum action)i, info->footer);
	}
	col = draw_key(app, canvas, row, col, ACTION_HELP, "help");
	draw_key(app, canvas, row, col, ACTION_BACK, leave);
}

/* The whole */

struct canvas app_body(const struct app *app)
{
	struct canvas canvas = screen_canvas(app->screen);
	return canvas_part(&canvas, HEADER, 0, canvas.rows - HEADER - FOOTER, canvas.cols);
}

static void draw_body(struct app *app)
{
	struct view *view = app_view(app);
	struct canvas body = app_body(app);
	const struct view_ops *drill = pane_ops(PANE_SERVICE);
	struct target target = {0};
	if (body.cols < DETAIL_COLS || !view->ops->wants_detail || !drill || !drill->draw_detail) {
		view->ops->draw(view, &body);
		return;
	}
	int left = body.cols * 11 / 20;
	struct canvas main = canvas_part(&body, 0, 0, body.rows, left - 1);
	struct canvas detail = canvas_part(&body, 0, left + 1, body.rows, body.cols - left - 1);
	view->ops->draw(view, &main);
	for (int row = 0; row < body.rows; row++)
		draw_text(&body, row, left - 1, 1, ROLE_LINE, body.glyphs->vertical);
	if (view->ops->selection && view->ops->selection(view, &target) && target.service)
		drill->draw_detail(app, &target, &detail);
}

static void draw_too_small(const struct canvas *canvas)
{
	draw_textf(canvas, 0, 0, canvas->cols, ROLE_TEXT, "svctop needs %dx%d, this is %dx%d",
		   MIN_COLS, MIN_ROWS, canvas->cols, canvas->rows);
}

void app_draw(struct app *app)
{
	struct canvas canvas = screen_canvas(app->screen);
	int col;
	screen_begin(app->screen);
	if (canvas.rows < MIN_ROWS || canvas.cols < MIN_COLS) {
		draw_too_small(&canvas);
		screen_end(app->screen);
		return;
	}
	draw_body(app); /* first: the header says where in it one is */
	draw_header(app, &canvas);
	draw_headline(app, &canvas);
	if (app->picker) {
		struct canvas body = app_body(app);
		picker_draw(app->picker, &body);
	}
	draw_state(app, &canvas, canvas.rows - 2);
	if (app->prompting != PROMPT_OFF) {
		struct prompt *prompts[] = {[PROMPT_COMMAND] = app->command,
					    [PROMPT_FILTER] = app->filter,
					    [PROMPT_ASK] = app->ask};
		prompt_draw(prompts[app->prompting], &canvas, &col);
		screen_cursor(app->screen, canvas.rows - 1, col, true);
	} else {
		draw_footer(app, &canvas, canvas.rows - 1);
	}
	screen_end(app->screen);
}
