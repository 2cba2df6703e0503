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

static void do_suspend(struct app *app)
{
	screen_leave(app->screen);
	loop_suspend();
	screen_return(app->screen);
}

static void search_next(struct app *app, enum action action)
{
	struct view *view = app_view(app);
	view->ops->action(view, action == ACTION_NEXT_MATCH ? ACTION_DOWN : ACTION_UP);
}

static void clear_filter(struct app *app)
{
	struct view *view = app_view(app);
	if (view->ops->set_filter)
		view->ops->set_filter(view, "");
}

static void general_action(struct app *app, enum action action, uint32_t key)
{
	switch (action) {
	case ACTION_BACK:
		go_back(app, key);
		break;
	case ACTION_QUIT:
		app->quit = true;
		break;
	case ACTION_GO_SERVICES:
		app_go(app, ROOT_SERVICES);
		break;
	case ACTION_GO_TIERS:
		app_go(app, ROOT_TIERS);
		break;
	case ACTION_GO_GAPS:
		app_go(app, ROOT_GAPS);
		break;
	case ACTION_NEXT_PANE:
		go_next(app, 1);
		break;
	case ACTION_PREV_PANE:
		go_next(app, -1);
		break;
	case ACTION_LAST_VIEW:
		app_last(app);
		break;
	case ACTION_FILTER:
		start_prompt(app, PROMPT_FILTER);
		break;
	case ACTION_COMMAND:
		start_prompt(app, PROMPT_COMMAND);
		break;
	case ACTION_NEXT_MATCH:
	case ACTION_PREV_MATCH:
		search_next(app, action);
		break;
	case ACTION_CLEAR:
		clear_filter(app);
		break;
	case ACTION_PLAYBOOK:
		open_playbook(app);
		break;
	case ACTION_EDIT:
		app_edit(app);
		break;
	case ACTION_BROWSE:
		app_browse(app);
		break;
	case ACTION_YANK:
		app_yank(app);
		break;
	case ACTION_REFRESH:
		app_refresh(app);
		break;
	case ACTION_THEME:
		app_pick_theme(app);
		break;
	case ACTION_MOUSE:
		toggle_mouse(app);
		break;
	case ACTION_HELP:
		open_help(app);
		break;
	case ACTION_REDRAW:
		screen_redraw(app->screen);
		break;
	case ACTION_SUSPEND:
		do_suspend(app);
		break;
	default:
		break;
	}
}

void app_action(struct app *app, enum action action, uint32_t key)
{
	struct view *view = app_view(app);
	if (!view->ops->action(view, action))
		general_action(app, action, key);
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
