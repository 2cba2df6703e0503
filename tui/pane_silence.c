/*
 * The silence form: everything that will be sent is shown and can be changed line by line before
 * the person says yes. No is where the cursor begins.
 */

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "fetch/courier.h"
#include "fetch/silence.h"
#include "tui/app.h"
#include "tui/incident_lines.h"
#include "tui/lines.h"
#include "tui/panes.h"
#include "tui/silence_form.h"

#define VALUE_COLUMN 10

/* What the lines are that the cursor stops at. */
enum line {
	LINE_SOURCE = 1,
	LINE_LASTS,
	LINE_AUTHOR,
	LINE_COMMENT,
	LINE_NO,
	LINE_YES,
	LINE_MATCHER /* and the next ones */
};

enum stage { STAGE_ASKED, STAGE_SENT, STAGE_DONE };

struct silence_view {
	struct silence_form form;
	struct lines *lines;
	enum stage stage;
	uint32_t request;
	uint64_t typing;     /* which line is typed */
	struct arena *arena; /* of what is sent */
	struct silence_request sending;
	char *answer; /* what came back, in words */
	bool refused, stale;
};

static const struct live *live_of(const struct view *view)
{
	return fleet_live(app_fleet(view->app));
}

static const char *user_name(void)
{
	const char *user = getenv("USER");

	return user && *user ? user : getenv("LOGNAME");
}

static bool silence_open(struct view *view, const struct target *target)
{
	struct silence_view *state;
	struct silence_form form;
	struct err err = {0};

	if (!target->burn ||
	    silence_form_new(&form, app_fleet(view->app), target->burn, user_name(), &err) < 0) {
		app_message(view->app, ROLE_WARN, "%s%s%s", err.what ? err.what : "nothing here",
			    err.fix ? ": " : "", err.fix ? err.fix : "");
		err_clear(&err);
		return false;
	}
	state = xcalloc(1, sizeof(*state));
	state->form = form;
	state->lines = lines_new();
	state->stale = true;
	view->state = state;
	return true;
}

static void silence_close(struct view *view)
{
	struct silence_view *state = view->state;

	silence_form_free(&state->form);
	lines_free(state->lines);
	arena_free(state->arena);
	free(state->answer);
	free(state);
}

static void silence_title(struct view *view, struct buf *out)
{
	const struct silence_view *state = view->state;

	buf_addf(out, "%s %s", state->form.ends_id ? "end the silence of" : "silence",
		 state->form.alert);
}

static void silence_place(struct view *view, struct buf *out)
{
	const struct silence_view *state = view->state;
	char place[48];

	buf_adds(out, lines_place(state->lines, place, sizeof(place)));
}

/* ---- the lines ---- */

static void add_field(struct silence_view *state, uint64_t id, const char *name, const char *value)
{
	/* What has happened and what only ends is not changed any more. */
	bool fixed = state->stage != STAGE_ASKED || state->form.ends_id;

	lines_begin(state->lines, fixed ? 0 : id, VALUE_COLUMN);
	lines_span(state->lines, ROLE_HEADING, name);
	lines_tab(state->lines, VALUE_COLUMN);
	lines_span(state->lines, ROLE_EMPH, value);
}

static void add_matchers(struct silence_view *state)
{
	const struct silence_form *form = &state->form;

	for (size_t i = 0; i < form->matcher_count; i++)
		add_field(state, LINE_MATCHER + i, i ? "" : "matchers", form->matchers[i]);
	if (state->stage == STAGE_ASKED && !form->ends_id && form->matcher_count < FORM_MATCHERS)
		add_field(state, LINE_MATCHER + form->matcher_count,
			  form->matcher_count ? "" : "matchers", "+ one more");
}

static void add_fits(struct view *view)
{
	struct silence_view *state = view->state;
	size_t fits, all;

	if (state->form.ends_id || !silence_form_fits(&state->form, live_of(view), &fits, &all))
		return;
	lines_begin(state->lines, 0, VALUE_COLUMN);
	lines_span(state->lines, ROLE_HEADING, "fits");
	lines_tab(state->lines, VALUE_COLUMN);
	lines_spanf(state->lines, fits ? ROLE_TEXT : ROLE_WARN,
		    "%zu of the %zu alert%s that %s has", fits, all, all == 1 ? "" : "s",
		    state->form.source);
}

static void add_lasts(struct view *view)
{
	struct silence_view *state = view->state;
	const struct silence_form *form = &state->form;
	int64_t ends = form->ends_id ? form->ends_at : state->sending.ends;
	char time[INCIDENT_TIME_MAX];

	incident_time(ends, app_now(view->app), app_options(view->app)->utc, time);
	if (form->ends_id) {
		add_field(state, 0, "until", time);
		return;
	}
	add_field(state, LINE_LASTS, "for", form->lasts);
	if (ends)
		lines_spanf(state->lines, ROLE_TEXT, "  until %s", time);
}

/* As the courier joins them: one slash between. */
static size_t base_length(const char *url)
{
	size_t len = url ? strlen(url) : 0;

	while (len && url[len - 1] == '/')
		len--;
	return len;
}

/* The request as it goes out, byte for byte but for what no terminal may get. */
static void add_request(struct view *view, struct err *err)
{
	struct silence_view *state = view->state;

	lines_blank(state->lines);
	if (err->what) {
		lines_begin(state->lines, 0, 2);
		lines_spanf(state->lines, ROLE_WARN, "! %s", err->what);
		if (err->fix)
			lines_spanf(state->lines, ROLE_TEXT, ": %s", err->fix);
		return;
	}
	lines_rule(state->lines,
		   state->stage == STAGE_ASKED ? "this will be sent" : "this was sent", NULL);
	lines_begin(state->lines, 0, 2);
	lines_spanf(state->lines, ROLE_HEADING, "%s ", state->sending.method);
	lines_spanf(state->lines, ROLE_LINK, "%.*s%s", (int)base_length(state->form.url),
		    state->form.url ? state->form.url : "", state->sending.path);
	if (state->sending.body)
		lines_add(state->lines, 0, 2, ROLE_CODE, state->sending.body);
}

static void add_choice(struct view *view, bool possible)
{
	struct silence_view *state = view->state;

	lines_blank(state->lines);
	if (state->stage == STAGE_SENT) {
		lines_add(state->lines, 0, 2, ROLE_TEXT, "sent; no answer yet ...");
	} else if (state->stage == STAGE_DONE) {
		lines_begin(state->lines, LINE_NO, 2);
		lines_spanf(state->lines, state->refused ? ROLE_ERROR : ROLE_PASS, "%s %s",
			    state->refused ? "x" : "+", state->answer);
	} else {
		lines_add(state->lines, LINE_NO, 2, ROLE_EMPH, "No, send nothing");
		if (possible)
			lines_add(state->lines, LINE_YES, 2, ROLE_EMPH,
				  state->form.ends_id ? "Yes, end it now" : "Yes, send it");
	}
}

static void rebuild(struct view *view)
{
	struct silence_view *state = view->state;
	const struct silence_form *form = &state->form;
	struct err err = {0};

	/* Once sent it stays what was sent. */
	if (state->stage == STAGE_ASKED) {
		arena_free(state->arena);
		state->arena = arena_new();
		silence_form_request(form, app_now(view->app), state->arena, &state->sending, &err);
	}
	lines_reset(state->lines);
	add_field(state, LINE_SOURCE, "on", form->source);
	if (form->url)
		lines_spanf(state->lines, ROLE_LINK, "  %s", form->url);
	add_matchers(state);
	add_fits(view);
	add_lasts(view);
	add_field(state, LINE_AUTHOR, form->ends_id ? "by" : "author", form->author);
	add_field(state, LINE_COMMENT, "comment",
		  *form->comment ? form->comment : "why? enter writes it");
	add_request(view, &err);
	add_choice(view, !err.what);
	err_clear(&err);
	state->stale = false;
}

static void silence_draw(struct view *view, const struct canvas *canvas)
{
	struct silence_view *state = view->state;
	bool first = !lines_count(state->lines);

	if (state->stale)
		rebuild(view);
	if (first)
		lines_seek(state->lines, LINE_NO);
	lines_draw(state->lines, canvas);
}

/* ---- typing ---- */

static void edit(struct view *view, uint64_t id)
{
	struct silence_view *state = view->state;
	struct silence_form *form = &state->form;
	size_t matcher = id >= LINE_MATCHER ? (size_t)(id - LINE_MATCHER) : 0;

	state->typing = id;
	switch (id) {
	case LINE_SOURCE:
		silence_form_next_source(form, live_of(view));
		state->stale = true;
		break;
	case LINE_LASTS:
		app_ask(view->app, form->lasts);
		break;
	case LINE_AUTHOR:
		app_ask(view->app, form->author);
		break;
	case LINE_COMMENT:
		app_ask(view->app, form->comment);
		break;
	default:
		app_ask(view->app, matcher < form->matcher_count ? form->matchers[matcher] : "");
		break;
	}
}

static void silence_typed(struct view *view, const char *text)
{
	struct silence_view *state = view->state;
	struct silence_form *form = &state->form;

	if (state->stage != STAGE_ASKED)
		return;
	if (state->typing == LINE_LASTS)
		silence_form_set(form, &form->lasts, text);
	else if (state->typing == LINE_AUTHOR)
		silence_form_set(form, &form->author, text);
	else if (state->typing == LINE_COMMENT)
		silence_form_set(form, &form->comment, text);
	else if (state->typing >= LINE_MATCHER)
		silence_form_set_matcher(form, (size_t)(state->typing - LINE_MATCHER), text);
	state->stale = true;
}

/* ---- sending ---- */

static void finish(struct silence_view *state, bool refused, char *answer)
{
	free(state->answer);
	state->answer = answer;
	state->refused = refused;
	state->stage = STAGE_DONE;
	state->stale = true;
}

/* What is on the screen is what goes out. */
static void send_it(struct view *view)
{
	struct silence_view *state = view->state;

	if (app_options(view->app)->read_only)
		return;
	state->request =
	    app_send(view->app, state->form.source, state->sending.method, state->sending.path,
		     state->sending.body ? SILENCE_CONTENT_TYPE : NULL, state->sending.body);
	state->stage = STAGE_SENT;
	state->stale = true;
	if (!state->request)
		finish(state, true, xstrdup("nothing was sent: --offline talks to no server"));
}

static char *words_of(struct view *view, const struct courier_event *event, bool *refused)
{
	const struct silence_view *state = view->state;
	struct arena *arena = arena_new();
	struct err err = {0};
	char time[INCIDENT_TIME_MAX], *words;
	const char *id = NULL;

	if (event->http_status)
		id = silence_answer(event->http_status, event->body, event->len, arena, &err);
	*refused = !id;
	incident_time(state->sending.ends, app_now(view->app), app_options(view->app)->utc, time);
	if (!event->http_status)
		words = xasprintf("no answer: %s; whether it arrived is not known",
				  event->text ? event->text : "the connection ended");
	else if (!id)
		words = err_line(&err);
	else if (state->form.ends_id)
		words = xstrdup("the silence has ended");
	else
		words = xasprintf("silenced until %s, as %s", time, id);
	err_clear(&err);
	arena_free(arena);
	return words;
}

static void silence_sent(struct view *view, const struct courier_event *event)
{
	struct silence_view *state = view->state;
	bool refused;
	char *words;

	if (state->stage != STAGE_SENT || event->request != state->request)
		return;
	words = words_of(view, event, &refused);
	finish(state, refused, words);
	app_redraw(view->app);
	if (!refused && app_options(view->app)->courier)
		courier_refresh(app_options(view->app)->courier);
}

/* ---- keys ---- */

static void choose(struct view *view)
{
	struct silence_view *state = view->state;
	uint64_t id = lines_cursor(state->lines);

	if (state->stage == STAGE_SENT)
		return;
	if (id == LINE_NO || state->stage == STAGE_DONE)
		app_back(view->app);
	else if (id == LINE_YES)
		send_it(view);
	else if (id)
		edit(view, id);
}

static bool silence_action(struct view *view, enum action action)
{
	struct silence_view *state = view->state;

	if (action != ACTION_OPEN)
		return lines_action(state->lines, action);
	choose(view);
	return true;
}

static void silence_click(struct view *view, int row, int col, bool twice)
{
	struct silence_view *state = view->state;
	ptrdiff_t index = lines_at(state->lines, row);

	(void)col;
	if (index < 0)
		return;
	lines_move(state->lines, (size_t)index);
	if (twice && lines_cursor(state->lines) != LINE_YES)
		choose(view);
}

static bool silence_selection(struct view *view, struct target *out)
{
	const struct silence_view *state = view->state;

	*out = (struct target){.url = state->form.url, .yank = state->sending.body};
	return true;
}

static void silence_update(struct view *view)
{
	struct silence_view *state = view->state;

	state->stale = true;
}

const struct view_ops pane_silence_ops = {
    .pane = PANE_SILENCE,
    .open = silence_open,
    .close = silence_close,
    .title = silence_title,
    .place = silence_place,
    .update = silence_update,
    .draw = silence_draw,
    .action = silence_action,
    .click = silence_click,
    .selection = silence_selection,
    .sent = silence_sent,
    .typed = silence_typed,
};
