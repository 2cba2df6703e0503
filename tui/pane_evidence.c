/* The evidence pane: a file at the commit that was read, at the line that counts. */

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tui/app.h"
#include "tui/lines.h"
#include "tui/panes.h"

#define FILE_CAP (1024u * 1024)

struct evidence_view {
	struct lines *lines;
	char *service, *check, *checkout, *commit, *path;
	uint32_t line;
	char *filter;
	uint32_t request;
	bool loaded; /* lines has the text, or why there is none */
};

/* The reason instead of the text. */
static void fail(struct evidence_view *state, const char *why)
{
	lines_reset(state->lines);
	lines_blank(state->lines);
	lines_add(state->lines, 0, 1, ROLE_WARN, " This file cannot be shown:");
	lines_begin(state->lines, 0, 3);
	lines_span(state->lines, ROLE_TEXT, "   ");
	lines_span(state->lines, ROLE_TEXT, why);
	lines_blank(state->lines);
	lines_add(state->lines, 0, 1, ROLE_TEXT,
		  " e tries to open it in the editor, r reads the checkouts again.");
	state->loaded = true;
}

static bool evidence_open(struct view *view, const struct target *target)
{
	struct evidence_view *state;

	if (!target->checkout || !target->path) {
		app_message(view->app, ROLE_WARN, "there is no file behind this");
		return false;
	}
	state = xcalloc(1, sizeof(*state));
	view->state = state;
	state->lines = lines_new();
	state->service = xstrdup(target->service);
	state->check = xstrdup(target->check);
	state->checkout = xstrdup(target->checkout);
	state->commit = xstrdup(target->commit);
	state->path = xstrdup(target->path);
	state->line = target->line;
	state->request = app_blob(view->app, state->checkout, state->commit, state->path, FILE_CAP);
	if (!state->request)
		fail(state, "there is no scanner to read it with");
	return true;
}

static void evidence_close(struct view *view)
{
	struct evidence_view *state = view->state;

	lines_free(state->lines);
	free(state->service);
	free(state->check);
	free(state->checkout);
	free(state->commit);
	free(state->path);
	free(state->filter);
	free(state);
}

static void evidence_title(struct view *view, struct buf *out)
{
	const struct evidence_view *state = view->state;
	const char *slash = strrchr(state->path, '/');

	/* Where it lies is on the headline: the breadcrumb has no room for it. */
	buf_adds(out, slash ? slash + 1 : state->path);
	if (state->line)
		buf_addf(out, ":%u", state->line);
}

static void evidence_place(struct view *view, struct buf *out)
{
	const struct evidence_view *state = view->state;
	char place[48];

	buf_adds(out, lines_place(state->lines, place, sizeof(place)));
}

static void evidence_headline(struct view *view, const struct canvas *canvas)
{
	const struct evidence_view *state = view->state;
	const char *slash = strrchr(state->checkout, '/');
	int col = draw_text(canvas, 0, 1, canvas->cols - 1, ROLE_ORIGIN, state->path);

	col = draw_textf(canvas, 0, col, canvas->cols - col, ROLE_TEXT, " in %s",
			 slash && slash[1] ? slash + 1 : state->checkout);
	if (state->commit)
		draw_textf(canvas, 0, col, canvas->cols - col, ROLE_TEXT, " at %.7s%s%s",
			   state->commit, state->check ? ", evidence of " : "",
			   state->check ? state->check : "");
}

/* Text of a line without its end; a NUL in it shows as what it is. */
static void add_line(struct evidence_view *state, uint32_t number, const char *text, size_t len)
{
	bool is_evidence = number == state->line;
	char *copy;

	if (len && text[len - 1] == '\r')
		len--;
	copy = xmemdup0(text, len);
	for (size_t i = 0; i < len; i++)
		if (!copy[i])
			copy[i] = '\1';
	lines_begin(state->lines, 0, -1);
	lines_spanf(state->lines, is_evidence ? ROLE_MATCH : ROLE_LINE, "%5u ", number);
	lines_span(state->lines, is_evidence ? ROLE_MATCH : ROLE_CODE, copy);
	free(copy);
}

static void fill(struct evidence_view *state, const char *bytes, size_t len)
{
	const char *at = bytes, *end = bytes + len;

	lines_reset(state->lines);
	if (!len)
		lines_add(state->lines, 0, 0, ROLE_TEXT, "This file is empty.");
	for (uint32_t number = 1; at < end; number++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t line = newline ? (size_t)(newline - at) : (size_t)(end - at);

		add_line(state, number, at, line);
		at += line + (newline != NULL);
	}
	if (state->line)
		lines_show(state->lines, state->line - 1);
	state->loaded = true;
}

static void evidence_answer(struct view *view, const struct scanner_event *event)
{
	struct evidence_view *state = view->state;

	if (event->kind != SCANNER_BLOB || !state->request || event->request != state->request)
		return;
	if (!event->bytes)
		fail(state, event->text ? event->text : "it cannot be read");
	else if (memchr(event->bytes, '\0', event->len < 8000 ? event->len : 8000))
		fail(state, "it is binary");
	else
		fill(state, event->bytes, event->len);
	app_redraw(view->app);
}

static void evidence_draw(struct view *view, const struct canvas *canvas)
{
	struct evidence_view *state = view->state;
	static const char *const reading[] = {"reading ...", NULL};

	if (state->loaded)
		lines_draw(state->lines, canvas);
	else
		draw_empty(canvas, reading);
}

static bool evidence_action(struct view *view, enum action action)
{
	struct evidence_view *state = view->state;

	if (action == ACTION_CLEAR) {
		lines_search(state->lines, "");
		free(state->filter);
		state->filter = NULL;
		return true;
	}
	return lines_action(state->lines, action);
}

static void evidence_set_filter(struct view *view, const char *text)
{
	struct evidence_view *state = view->state;

	free(state->filter);
	state->filter = *text ? xstrdup(text) : NULL;
	lines_search(state->lines, text);
}

static const char *evidence_filter(struct view *view)
{
	const struct evidence_view *state = view->state;

	return state->filter ? state->filter : "";
}

static void evidence_narrowed(struct view *view, struct buf *out)
{
	const struct evidence_view *state = view->state;

	lines_say_matches(state->lines, out);
}

static bool evidence_selection(struct view *view, struct target *out)
{
	const struct evidence_view *state = view->state;

	*out = (struct target){
	    .service = state->service,
	    .check = state->check,
	    .checkout = state->checkout,
	    .commit = state->commit,
	    .path = state->path,
	    .line = state->line,
	    .yank = state->path,
	};
	return true;
}

const struct view_ops pane_evidence_ops = {
    .pane = PANE_EVIDENCE,
    .open = evidence_open,
    .close = evidence_close,
    .title = evidence_title,
    .place = evidence_place,
    .headline = evidence_headline,
    .draw = evidence_draw,
    .action = evidence_action,
    .set_filter = evidence_set_filter,
    .filter = evidence_filter,
    .narrowed = evidence_narrowed,
    .selection = evidence_selection,
    .answer = evidence_answer,
};
