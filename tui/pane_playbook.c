/* The playbook pane: what to do when a service misbehaves, read from its checkout. */

#include <stdlib.h>
#include <string.h>

#include "core/markdown.h"
#include "core/mem.h"
#include "core/playbooks.h"
#include "core/text.h"
#include "tui/app.h"
#include "tui/lines.h"
#include "tui/panes.h"

#define FILE_CAP  (1024u * 1024)
#define TEXT_COLS 100 /* longer lines are hard to read */

struct playbook_view {
	char *service;
	char *wanted;  /* path of the one to show, NULL: the first */
	char *heading; /* to begin at; NULL: at its top */
	struct lines *lines;
	struct arena *arena; /* of shown */
	struct playbook shown;
	size_t index, count; /* which of how many */
	uint32_t request;
	char *bytes;
	size_t len;
	char *problem;
	char *filter;
	int cols; /* that the text was made for; 0: it is to be made */
};

static enum role role_of(enum markdown_style style)
{
	switch (style) {
	case MARKDOWN_HEADING1:
	case MARKDOWN_HEADING2:
	case MARKDOWN_HEADING3:
		return ROLE_HEADING;
	case MARKDOWN_BOLD:
	case MARKDOWN_ITALIC:
		return ROLE_EMPH;
	case MARKDOWN_CODE:
	case MARKDOWN_CODEBLOCK:
		return ROLE_CODE;
	case MARKDOWN_LINK:
		return ROLE_LINK;
	case MARKDOWN_QUOTE:
	case MARKDOWN_MARKER:
	case MARKDOWN_BORDER:
	case MARKDOWN_RULE:
		return ROLE_LINE;
	default:
		return ROLE_TEXT;
	}
}

/* ---- which one ---- */

static void show(struct view *view, const struct playbook *playbook)
{
	struct playbook_view *state = view->state;

	arena_free(state->arena);
	state->arena = arena_new();
	state->shown = (struct playbook){
	    .name = arena_strdup(state->arena, playbook->name),
	    .checkout = arena_strdup(state->arena, playbook->checkout),
	    .commit = arena_strdup(state->arena, playbook->commit),
	    .path = arena_strdup(state->arena, playbook->path),
	    .url = arena_strdup(state->arena, playbook->url),
	};
	free(state->bytes);
	free(state->problem);
	lines_free(state->lines);
	state->lines = lines_new(); /* from its top */
	state->bytes = NULL;
	state->problem = NULL;
	state->request = 0;
	state->cols = 0;
	if (!playbook->path) {
		state->problem = xstrdup(playbook->url);
		return;
	}
	state->request = app_blob(view->app, state->shown.checkout, state->shown.commit,
				  state->shown.path, FILE_CAP);
	if (!state->request)
		state->problem = xstrdup("there is no scanner to read it with");
}

/* Shows the playbook that is steps further in the list, around its ends. False: there is none. */
static bool choose(struct view *view, size_t steps)
{
	struct playbook_view *state = view->state;
	const struct fleet *fleet = app_fleet(view->app);
	int32_t service = fleet_find(fleet, state->service);
	struct playbook_list list = {0};

	if (service < 0)
		return false;
	playbooks_of(fleet, fleet_at(fleet, (size_t)service), &list);
	state->count = list.count;
	if (list.count) {
		size_t start = state->index % list.count;

		for (size_t i = 0; state->wanted && i < list.count; i++)
			if (list.playbooks[i].path &&
			    !strcmp(list.playbooks[i].path, state->wanted))
				start = i;
		state->index = (start + steps) % list.count;
		show(view, &list.playbooks[state->index]);
	}
	free(state->wanted);
	state->wanted = NULL;
	playbooks_free(&list);
	return state->count > 0;
}

/* ---- the view ---- */

static void playbook_close(struct view *view)
{
	struct playbook_view *state = view->state;

	lines_free(state->lines);
	arena_free(state->arena);
	free(state->service);
	free(state->wanted);
	free(state->heading);
	free(state->bytes);
	free(state->problem);
	free(state->filter);
	free(state);
	view->state = NULL;
}

static bool playbook_open(struct view *view, const struct target *target)
{
	struct playbook_view *state;

	if (!target->service) {
		app_message(view->app, ROLE_WARN, "there is no service under the cursor");
		return false;
	}
	state = xcalloc(1, sizeof(*state));
	view->state = state;
	state->service = xstrdup(target->service);
	state->lines = lines_new();
	if (target->check && !strcmp(target->check, "playbooks"))
		state->wanted = xstrdup(target->path);
	state->heading = xstrdup(target->title);
	if (choose(view, 0))
		return true;
	app_message(view->app, ROLE_WARN,
		    "%s has no playbook: write docs/playbooks/, or link one in "
		    "service.yml",
		    target->service);
	playbook_close(view);
	return false;
}

static void playbook_title(struct view *view, struct buf *out)
{
	const struct playbook_view *state = view->state;

	buf_addf(out, "playbook %s", state->shown.name);
	if (state->count > 1)
		buf_addf(out, " %zu/%zu", state->index + 1, state->count);
}

static void playbook_place(struct view *view, struct buf *out)
{
	const struct playbook_view *state = view->state;
	char place[48];

	lines_place(state->lines, place, sizeof(place));
	if (state->shown.commit)
		buf_addf(out, "%.7s%s", state->shown.commit, *place ? " " : "");
	buf_adds(out, place);
}

static void playbook_answer(struct view *view, const struct scanner_event *event)
{
	struct playbook_view *state = view->state;

	if (event->kind != SCANNER_BLOB || !state->request || event->request != state->request)
		return;
	if (event->bytes) {
		state->bytes = xmemdup0(event->bytes, event->len);
		state->len = event->len;
	} else {
		state->problem = xstrdup(event->text ? event->text : "cannot be read");
	}
	app_redraw(view->app);
}

/* Once: who turns the page or another playbook up begins at its top. */
static void show_heading(struct playbook_view *state, const struct markdown_doc *doc)
{
	for (size_t i = 0; state->heading && i < doc->heading_count; i++)
		if (!strcmp(doc->headings[i].text, state->heading))
			lines_show(state->lines, doc->headings[i].line);
	free(state->heading);
	state->heading = NULL;
}

static void render(struct playbook_view *state, const struct canvas *canvas)
{
	int width = canvas->cols - 2 < TEXT_COLS ? canvas->cols - 2 : TEXT_COLS;
	bool ascii = canvas->glyphs == glyphs_ascii();
	struct markdown_doc *doc = markdown_render(
	    state->bytes, state->len, width > 0 ? (size_t)width : 1, ascii ? MARKDOWN_ASCII : 0);

	lines_reset(state->lines);
	for (size_t i = 0; i < doc->line_count; i++) {
		lines_begin(state->lines, 0, -1);
		lines_span(state->lines, ROLE_TEXT, " ");
		for (size_t s = 0; s < doc->lines[i].count; s++)
			lines_span(state->lines, role_of(doc->lines[i].spans[s].style),
				   doc->lines[i].spans[s].text);
	}
	show_heading(state, doc);
	if (!doc->line_count)
		lines_add(state->lines, 0, 1, ROLE_WARN, " This playbook is empty.");
	if (doc->cut)
		lines_add(state->lines, 0, 1, ROLE_WARN, " The file is too large; it goes on.");
	markdown_free(doc);
	state->cols = canvas->cols;
	if (state->filter)
		lines_search(state->lines, state->filter);
}

/* Why there is no text, and what helps. */
static void say_problem(struct playbook_view *state, const struct canvas *canvas)
{
	bool elsewhere = !state->shown.path;

	lines_reset(state->lines);
	lines_blank(state->lines);
	lines_add(state->lines, 0, 1, ROLE_WARN,
		  elsewhere ? " This playbook is a page elsewhere:"
			    : " This playbook cannot be read from the checkout:");
	lines_begin(state->lines, 0, 3);
	lines_span(state->lines, ROLE_TEXT, "   ");
	lines_span(state->lines, elsewhere ? ROLE_LINK : ROLE_TEXT, state->problem);
	if (!elsewhere && state->shown.url)
		lines_spanf(state->lines, ROLE_LINK, "  %s", state->shown.url);
	lines_blank(state->lines);
	if (state->shown.url)
		lines_add(state->lines, 0, 1, ROLE_TEXT,
			  " o opens it in the browser, y copies the link.");
	state->cols = canvas->cols;
	if (state->filter)
		lines_search(state->lines, state->filter);
}

static void playbook_draw(struct view *view, const struct canvas *canvas)
{
	struct playbook_view *state = view->state;
	static const char *const reading[] = {"reading ...", NULL};

	if (!state->bytes && !state->problem) {
		draw_empty(canvas, reading);
		return;
	}
	if (state->cols != canvas->cols && state->bytes)
		render(state, canvas);
	else if (state->cols != canvas->cols)
		say_problem(state, canvas);
	lines_draw(state->lines, canvas);
}

static bool playbook_action(struct view *view, enum action action)
{
	struct playbook_view *state = view->state;

	switch (action) {
	case ACTION_PLAYBOOK:
		choose(view, 1);
		return true;
	case ACTION_CLEAR:
		lines_search(state->lines, "");
		free(state->filter);
		state->filter = NULL;
		return true;
	default:
		return lines_action(state->lines, action);
	}
}

static void playbook_set_filter(struct view *view, const char *text)
{
	struct playbook_view *state = view->state;

	free(state->filter);
	state->filter = *text ? xstrdup(text) : NULL;
	lines_search(state->lines, text);
}

static const char *playbook_filter(struct view *view)
{
	const struct playbook_view *state = view->state;

	return state->filter ? state->filter : "";
}

static void playbook_narrowed(struct view *view, struct buf *out)
{
	const struct playbook_view *state = view->state;

	lines_say_matches(state->lines, out);
}

static bool playbook_selection(struct view *view, struct target *out)
{
	const struct playbook_view *state = view->state;

	*out = (struct target){
	    .service = state->service,
	    .checkout = state->shown.checkout,
	    .commit = state->shown.commit,
	    .path = state->shown.path,
	    .url = state->shown.url,
	    .yank = state->shown.url ? state->shown.url : state->shown.path,
	};
	return true;
}

const struct view_ops pane_playbook_ops = {
    .pane = PANE_PLAYBOOK,
    .open = playbook_open,
    .close = playbook_close,
    .title = playbook_title,
    .place = playbook_place,
    .draw = playbook_draw,
    .action = playbook_action,
    .set_filter = playbook_set_filter,
    .filter = playbook_filter,
    .narrowed = playbook_narrowed,
    .selection = playbook_selection,
    .answer = playbook_answer,
};
