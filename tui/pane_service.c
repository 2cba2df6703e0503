/* The service pane: one service whole. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "tui/app.h"
#include "tui/panes.h"
#include "tui/service_lines.h"

#define COMMITS 10

struct service_view {
	char *name;
	char *check; /* the item to go to first, NULL: none */
	struct lines *lines;
	struct service_lines items;
	char *filter;
	bool only_broken;
	bool stale;  /* the text is to be made anew */
	int cols;    /* ... and for which width it was */
	char *asked; /* the commit whose log was asked for */
	uint32_t request;
	struct arena *commit_arena;
	struct scanner_commit *commits;
	size_t commit_count;
	bool commits_known;
};

static const struct service *service_of(const struct view *view)
{
	const struct service_view *state = view->state;
	const struct fleet *fleet = app_fleet(view->app);
	int32_t index = fleet_find(fleet, state->name);

	return index >= 0 ? fleet_at(fleet, (size_t)index) : NULL;
}

static bool service_open(struct view *view, const struct target *target)
{
	struct service_view *state;

	if (!target->service) {
		app_message(view->app, ROLE_WARN, "there is no service under the cursor");
		return false;
	}
	state = xcalloc(1, sizeof(*state));
	state->name = xstrdup(target->service);
	state->check = xstrdup(target->check);
	state->lines = lines_new();
	state->stale = true;
	view->state = state;
	return true;
}

static void service_close(struct view *view)
{
	struct service_view *state = view->state;

	lines_free(state->lines);
	service_lines_free(&state->items);
	arena_free(state->commit_arena);
	free(state->commits);
	free(state->asked);
	free(state->filter);
	free(state->check);
	free(state->name);
	free(state);
}

static void service_title(struct view *view, struct buf *out)
{
	const struct service_view *state = view->state;

	buf_adds(out, state->name);
}

static void service_place(struct view *view, struct buf *out)
{
	const struct service_view *state = view->state;
	char place[48];

	buf_adds(out, lines_place(state->lines, place, sizeof(place)));
}

/* Asks for the log once a commit: not again with every change of the fleet. */
static void ask_for_commits(struct view *view, const struct service *service)
{
	struct service_view *state = view->state;
	const char *head = service->checkout->head;

	if (!head || (state->asked && !strcmp(state->asked, head)))
		return;
	free(state->asked);
	state->asked = xstrdup(head);
	state->request =
	    app_log(view->app, service->checkout->path, head, service->subdir, COMMITS);
	if (!state->request)
		state->commits_known = true;
}

static void service_update(struct view *view)
{
	struct service_view *state = view->state;
	const struct service *service = service_of(view);

	state->stale = true;
	if (service)
		ask_for_commits(view, service);
}

static void service_answer(struct view *view, const struct scanner_event *event)
{
	struct service_view *state = view->state;

	if (event->kind != SCANNER_LOG || !state->request || event->request != state->request)
		return;
	arena_free(state->commit_arena);
	free(state->commits);
	state->commit_arena = arena_new();
	state->commits = xcalloc(event->commit_count + 1, sizeof(*state->commits));
	state->commit_count = event->commit_count;
	for (size_t i = 0; i < event->commit_count; i++)
		state->commits[i] = (struct scanner_commit){
		    .hash = arena_strdup(state->commit_arena, event->commits[i].hash),
		    .time = event->commits[i].time,
		    .author = arena_strdup(state->commit_arena, event->commits[i].author),
		    .subject = arena_strdup(state->commit_arena, event->commits[i].subject)};
	state->commits_known = true;
	state->stale = true;
	app_redraw(view->app);
}

static void rebuild(struct view *view, const struct service *service, const struct canvas *canvas)
{
	struct service_view *state = view->state;
	const struct service_lines_options options = {
	    .fleet = app_fleet(view->app),
	    .record = app_options(view->app)->record,
	    .glyphs = canvas->glyphs,
	    .now = app_now(view->app),
	    .cols = canvas->cols,
	    .only_broken = state->only_broken,
	    .commits = state->commits,
	    .commit_count = state->commit_count,
	    .commits_known = state->commits_known,
	};

	service_lines_build(state->lines, &state->items, service, &options);
	if (state->check)
		service_lines_seek(state->lines, &state->items, state->check);
	free(state->check);
	state->check = NULL;
	state->stale = false;
	state->cols = canvas->cols;
}

static void service_draw(struct view *view, const struct canvas *canvas)
{
	struct service_view *state = view->state;
	const struct service *service = service_of(view);

	if (!service) {
		static const char *const gone[] = {"This service is no longer in the fleet.",
						   "Its checkout was moved or its descriptor "
						   "changed; Esc goes back.",
						   NULL};

		draw_empty(canvas, gone);
		return;
	}
	if (state->stale || state->cols != canvas->cols)
		rebuild(view, service, canvas);
	lines_draw(state->lines, canvas);
}

static const struct service_line *item_at_cursor(const struct service_view *state)
{
	return service_lines_find(&state->items, lines_cursor(state->lines));
}

/* ---- what Enter leads to ---- */

static void add_evidence_text(struct buf *text, const struct evidence *evidence)
{
	buf_adds(text, "  ");
	if (evidence->path)
		buf_addf(text, "%s", evidence->path);
	if (evidence->path && evidence->line)
		buf_addf(text, ":%u", evidence->line);
	if (evidence->url)
		buf_addf(text, "%s%s", evidence->path ? " " : "", evidence->url);
	if (evidence->value && (!evidence->text || !strstr(evidence->text, evidence->value)))
		buf_addf(text, "  %s", evidence->value);
	if (evidence->text)
		buf_addf(text, "  %s", evidence->text);
	if (evidence->checkout && evidence->path)
		buf_addf(text, "  (%s)", evidence->checkout);
	buf_addc(text, '\n');
}

/* The item in full: why it matters, the answer, all its evidence, how to close it. */
static void open_item(struct view *view, const struct service *service, size_t index)
{
	const struct finding *finding = &service->findings[index];
	const struct check *check = &fleet_checklist(app_fleet(view->app))->checks[finding->check];
	struct buf text = {0}, title = {0};
	struct target target = {.service = service->name, .check = check->id, .wrap = true};

	buf_addf(&text, "%s, an item of tier %d\n\n", check->title, check->tier);
	buf_addf(&text, "answer  %s%s%s\n        %s\n", status_name(finding->status),
		 finding->code ? ", " : "", finding->code ? unknown_code_name(finding->code) : "",
		 finding->reason);
	buf_addf(&text, "\nwhy     %s\n", check->why);
	buf_addf(&text, "close   %s\n", check->close);
	if (check->source)
		buf_addf(&text, "source  %s would measure more\n", check->source);
	if (finding->evidence_count)
		buf_adds(&text, "\nevidence\n");
	for (size_t i = 0; i < finding->evidence_count; i++)
		add_evidence_text(&text, &finding->evidence[i]);
	buf_addf(&title, "%s", check->id);
	target.text = buf_str(&text);
	target.title = buf_str(&title);
	app_open(view->app, PANE_TEXT, &target);
	buf_free(&text);
	buf_free(&title);
}

static bool service_enter(struct view *view)
{
	const struct service_view *state = view->state;
	const struct service *service = service_of(view);
	const struct service_line *item = item_at_cursor(state);

	if (!item || !service)
		return true;
	if (item->other >= 0) {
		struct target target = {
		    .service = fleet_at(app_fleet(view->app), (size_t)item->other)->name};

		app_open(view->app, PANE_SERVICE, &target);
	} else if (item->target.path) {
		app_open(view->app, PANE_EVIDENCE, &item->target);
	} else if (item->finding >= 0) {
		open_item(view, service, (size_t)item->finding);
	} else if (item->target.url) {
		app_message(view->app, ROLE_TEXT, "%s opens the link, %s copies it",
			    app_key(view->app, ACTION_BROWSE), app_key(view->app, ACTION_YANK));
	}
	return true;
}

static bool service_action(struct view *view, enum action action)
{
	struct service_view *state = view->state;

	switch (action) {
	case ACTION_OPEN:
		return service_enter(view);
	case ACTION_BROKEN:
		state->only_broken = !state->only_broken;
		state->stale = true;
		return true;
	case ACTION_CLEAR:
		state->only_broken = false;
		state->stale = true;
		lines_search(state->lines, "");
		free(state->filter);
		state->filter = NULL;
		return true;
	default:
		return lines_action(state->lines, action);
	}
}

static void service_click(struct view *view, int row, int col, bool twice)
{
	struct service_view *state = view->state;
	ptrdiff_t index = lines_at(state->lines, row);

	(void)col;
	if (index < 0)
		return;
	lines_move(state->lines, (size_t)index);
	if (twice)
		service_enter(view);
}

static void service_set_filter(struct view *view, const char *text)
{
	struct service_view *state = view->state;

	free(state->filter);
	state->filter = *text ? xstrdup(text) : NULL;
	lines_search(state->lines, text);
}

static const char *service_filter(struct view *view)
{
	const struct service_view *state = view->state;

	return state->filter ? state->filter : "";
}

static void service_narrowed(struct view *view, struct buf *out)
{
	const struct service_view *state = view->state;

	lines_say_matches(state->lines, out);
	if (state->only_broken)
		buf_addf(out, "%sonly what is broken", out->len ? ", " : "");
}

static bool service_selection(struct view *view, struct target *out)
{
	const struct service_view *state = view->state;
	const struct service_line *item = item_at_cursor(state);

	*out = (struct target){.service = state->name, .yank = state->name};
	if (item)
		*out = item->target;
	return true;
}

static void service_draw_detail(struct app *app, const struct target *target,
				const struct canvas *canvas)
{
	const struct fleet *fleet = app_fleet(app);
	int32_t index = target->service ? fleet_find(fleet, target->service) : -1;
	const struct service_lines_options options = {.fleet = fleet,
						      .record = app_options(app)->record,
						      .glyphs = canvas->glyphs,
						      .now = app_now(app),
						      .cols = canvas->cols,
						      .brief = true};
	struct service_lines items = {0};
	struct lines *lines;

	if (index < 0)
		return;
	lines = lines_new();
	service_lines_build(lines, &items, fleet_at(fleet, (size_t)index), &options);
	lines_draw(lines, canvas);
	service_lines_free(&items);
	lines_free(lines);
}

const struct view_ops pane_service_ops = {
    .pane = PANE_SERVICE,
    .open = service_open,
    .close = service_close,
    .title = service_title,
    .place = service_place,
    .update = service_update,
    .draw = service_draw,
    .action = service_action,
    .click = service_click,
    .set_filter = service_set_filter,
    .filter = service_filter,
    .narrowed = service_narrowed,
    .selection = service_selection,
    .answer = service_answer,
    .draw_detail = service_draw_detail,
};
