/* Keys and clicks: what they do everywhere, and what goes to the view. */

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tui/app_internal.h"

enum { DOUBLE_CLICK_MS = 400, HEADER_ROWS = 2 };

/* Prompts */

static void start_prompt(struct app *app, enum prompt_mode mode)
{
	struct view *view = app_view(app);
	if (mode == PROMPT_FILTER && !view->ops->set_filter)
		return;
	app->prompting = mode;
	free(app->filter_before);
	app->filter_before = NULL;
	if (mode == PROMPT_COMMAND) {
		prompt_set(app->command, "");
		return;
	}
	const char *now = view->ops->filter ? view->ops->filter(view) : "";
	app->filter_before = xstrdup(now);
	prompt_set(app->filter, now);
}

static void filter_typed(struct app *app, enum prompt_result result)
{
	struct view *view = app_view(app);
	if (result == PROMPT_CHANGED)
		view->ops->set_filter(view, prompt_text(app->filter));
	else if (result == PROMPT_CANCELLED)
		view->ops->set_filter(view, app->filter_before);
	if (result == PROMPT_CANCELLED || result == PROMPT_DONE)
		app->prompting = PROMPT_OFF;
}

static void command_typed(struct app *app, enum prompt_result result)
{
	if (result == PROMPT_CANCELLED || result == PROMPT_DONE)
		app->prompting = PROMPT_OFF;
	if (result == PROMPT_DONE) {
		char *line = xstrdup(prompt_text(app->command));
		app_run_command(app, line);
		free(line);
	}
}

void app_ask(struct app *app, const char *text)
{
	app->prompting = PROMPT_ASK;
	prompt_set(app->ask, text);
	app->dirty = true;
}

static void line_typed(struct app *app, enum prompt_result result)
{
	struct view *view = app_view(app);
	if (result != PROMPT_CANCELLED && result != PROMPT_DONE)
		return;
	app->prompting = PROMPT_OFF;
	if (result == PROMPT_DONE && view->ops->typed) {
		char *line = xstrdup(prompt_text(app->ask));
		view->ops->typed(view, line);
		free(line);
	}
}

/* Actions that are the same in every view */

static void go_next(struct app *app, int step)
{
	int root = app->root;
	for (int i = 0; i < ROOT_COUNT; i++) {
		root = (root + step + ROOT_COUNT) % ROOT_COUNT;
		if (root == app->root)
			return;
		int before = app->root;
		app_go(app, root);
		if (app->root != before)
			return;
	}
}

static void go_back(struct app *app, uint32_t key)
{
	struct view *view = app_view(app);
	bool top = app->stacks[app->root].depth <= 1;
	if (!top) {
		app_back(app);
	} else if (key != KEYC_ESC) {
		app->quit = true;
	} else if (view->ops->filter && *view->ops->filter(view)) {
		view->ops->set_filter(view, "");
	}
}

static void open_playbook(struct app *app)
{
	struct view *view = app_view(app);
	struct target target = {0};
	if (view->ops->selection && view->ops->selection(view, &target) && target.service)
		app_open(app, PANE_PLAYBOOK, &target);
}

static void toggle_mouse(struct app *app)
{
	app->mouse = !app->mouse;
	screen_mouse(app->screen, app->mouse);
	app_message(app, ROLE_TEXT, app->mouse ? "mouse on: click, wheel" : "mouse off");
}

static void open_help(struct app *app)
{
	struct target target = {.text = pane_word(app_view(app)->ops->pane)};
	if (app_view(app)->ops->pane != PANE_HELP)
		app_open(app, PANE_HELP, &target);
}

static void clear_filter(struct app *app)
{
	struct view *view = app_view(app);
	if (view->ops->set_filter)
		view->ops->set_filter(view, "");
}

static void start_filter(struct app *app)
{
	start_prompt(app, PROMPT_FILTER);
}

static void start_command(struct app *app)
{
	start_prompt(app, PROMPT_COMMAND);
}

static void go_services(struct app *app)
{
	app_go(app, ROOT_SERVICES);
}

static void go_sources(struct app *app)
{
	if (app_view(app)->ops->pane != PANE_SOURCES)
		app_open(app, PANE_SOURCES, NULL);
}

static void go_tiers(struct app *app)
{
	app_go(app, ROOT_TIERS);
}

static void go_gaps(struct app *app)
{
	app_go(app, ROOT_GAPS);
}

static void go_incident(struct app *app)
{
	app_go(app, ROOT_INCIDENT);
}

static void go_history(struct app *app)
{
	app_go(app, ROOT_HISTORY);
}

static void go_right(struct app *app)
{
	go_next(app, 1);
}

static void go_left(struct app *app)
{
	go_next(app, -1);
}

static void next_row(struct app *app)
{
	app_view(app)->ops->action(app_view(app), ACTION_DOWN);
}

static void previous_row(struct app *app)
{
	app_view(app)->ops->action(app_view(app), ACTION_UP);
}

static void redraw(struct app *app)
{
	screen_redraw(app->screen);
}

static void quit(struct app *app)
{
	app->quit = true;
}

/* What an action does in a view that does nothing of its own with it. */
static void (*const general[ACTION_COUNT])(struct app *app) = {
    [ACTION_QUIT] = quit,
    [ACTION_GO_SERVICES] = go_services,
    [ACTION_GO_TIERS] = go_tiers,
    [ACTION_GO_SOURCES] = go_sources,
    [ACTION_GO_GAPS] = go_gaps,
    [ACTION_GO_INCIDENT] = go_incident,
    [ACTION_GO_HISTORY] = go_history,
    [ACTION_NEXT_PANE] = go_right,
    [ACTION_PREV_PANE] = go_left,
    [ACTION_LAST_VIEW] = app_last,
    [ACTION_FILTER] = start_filter,
    [ACTION_COMMAND] = start_command,
    [ACTION_NEXT_MATCH] = next_row,
    [ACTION_PREV_MATCH] = previous_row,
    [ACTION_CLEAR] = clear_filter,
    [ACTION_PLAYBOOK] = open_playbook,
    [ACTION_EDIT] = app_edit,
    [ACTION_BROWSE] = app_browse,
    [ACTION_YANK] = app_yank,
    [ACTION_REFRESH] = app_refresh,
    [ACTION_THEME] = app_pick_theme,
    [ACTION_MOUSE] = toggle_mouse,
    [ACTION_HELP] = open_help,
    [ACTION_REDRAW] = redraw,
    [ACTION_SUSPEND] = app_suspend,
};

void app_action(struct app *app, enum action action, uint32_t key)
{
	struct view *view = app_view(app);
	if (view->ops->action(view, action))
		return;
	if (action == ACTION_BACK)
		go_back(app, key);
	else if (action < ACTION_COUNT && general[action])
		general[action](app);
}

/* A picker's keys are those of a table, whatever the view below it. */
static void picker_key(struct app *app, uint32_t key)
{
	enum action action = keymap_action(app->keymap, PANE_SERVICES, key);
	if (!picker_action(app->picker, action)) {
		picker_free(app->picker);
		app->picker = NULL;
	}
}

static void take_key(struct app *app, const struct input *input)
{
	free(app->message);
	app->message = NULL;
	if (app->prompting == PROMPT_FILTER) {
		filter_typed(app, prompt_key(app->filter, input->code, input->pasted));
		return;
	}
	if (app->prompting == PROMPT_COMMAND) {
		command_typed(app, prompt_key(app->command, input->code, input->pasted));
		return;
	}
	if (app->prompting == PROMPT_ASK) {
		line_typed(app, prompt_key(app->ask, input->code, input->pasted));
		return;
	}
	if (input->pasted) /* text, not commands */
		return;
	if (app->picker) {
		picker_key(app, input->code);
		return;
	}
	enum action action = keymap_action(app->keymap, app_view(app)->ops->pane, input->code);
	if (action != ACTION_NONE)
		app_action(app, action, input->code);
}

static void take_click(struct app *app, const struct input *input)
{
	struct view *view = app_view(app);
	struct canvas body = app_body(app);
	int64_t now = app_clock_ms();
	bool twice = input->row == app->click_row && now - app->click_ms < DOUBLE_CLICK_MS;
	app->click_row = input->row;
	app->click_ms = twice ? 0 : now;
	int row = input->row - HEADER_ROWS;
	if (view->ops->click && !app->picker && row >= 0 && row < body.rows)
		view->ops->click(view, row, input->col, twice);
}

static void take_wheel(struct app *app, uint32_t code)
{
	enum action action = code == KEYC_UP ? ACTION_UP : ACTION_DOWN;
	for (int i = 0; i < 3; i++)
		app_action(app, action, code);
}

void app_input(struct app *app, const struct input *input)
{
	if (input->kind == INPUT_KEY)
		take_key(app, input);
	else if (input->kind == INPUT_CLICK)
		take_click(app, input);
	else if (input->kind == INPUT_WHEEL && !app->picker)
		take_wheel(app, input->code);
	app->dirty = true;
}
