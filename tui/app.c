#include "tui/app.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "tui/app_history.h"
#include "tui/app_internal.h"
#include "tui/notify.h"
#include "tui/panes.h"
#include "tui/script.h"

enum {
	FRAME_MS = 33,
	MAX_POLLFDS = 200,
	MAX_EVENTS = 500,
	SLOW_MS = 1000,
	MAX_KEYS_YML = 64 * 1024,
	LOOK_MS = 1000
};

static const enum pane root_panes[ROOT_COUNT] = {PANE_SERVICES, PANE_TIERS, PANE_GAPS,
						 PANE_INCIDENT, PANE_HISTORY};

/* For panes */

const struct app_options *app_options(const struct app *app)
{
	return &app->options;
}

struct fleet *app_fleet(const struct app *app)
{
	return app->options.fleet;
}

const struct keymap *app_keymap(const struct app *app)
{
	return app->keymap;
}

int64_t app_now(const struct app *app)
{
	return app->options.now ? app->options.now : (int64_t)time(NULL);
}

int64_t app_clock_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct filter_index *app_index(struct app *app)
{
	uint64_t generation = fleet_generation(app->options.fleet);
	if (!app->index_built || app->index_generation != generation)
		filter_index_build(app->index, app->options.fleet);
	app->index_built = true;
	app->index_generation = generation;
	return app->index;
}

void app_message(struct app *app, enum role role, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	free(app->message);
	app->message = xvasprintf(fmt, ap);
	app->message_role = role;
	app->dirty = true;
	va_end(ap);
}

void app_redraw(struct app *app)
{
	app->dirty = true;
}

const char *app_key(struct app *app, enum action action)
{
	uint32_t key;
	if (keymap_keys(app->keymap, action, &key, 1) == 0)
		return "";
	return keymap_key_name(key, app->key_text, sizeof(app->key_text));
}

uint32_t app_blob(struct app *app, const char *checkout, const char *commit, const char *path,
		  size_t cap)
{
	if (!app->options.pool || !checkout || !commit || !path)
		return 0;
	return scanner_blob(app->options.pool, checkout, commit, path, cap);
}

uint32_t app_log(struct app *app, const char *checkout, const char *commit, const char *subdir,
		 size_t max)
{
	if (!app->options.pool || !checkout || !commit)
		return 0;
	return scanner_log(app->options.pool, checkout, commit, subdir ? subdir : "", max);
}

bool app_scanning(const struct app *app)
{
	return app->scanning;
}

void app_rescan(struct app *app, const char *checkout)
{
	if (app->options.pool && checkout) {
		scanner_scan(app->options.pool, checkout);
		app->scanning = true;
	}
}

/* Views */

struct view *app_view(const struct app *app)
{
	const struct stack *stack = &app->stacks[app->root];
	return stack->views[stack->depth - 1];
}

static void close_view(struct view *view)
{
	if (!view)
		return;
	view->ops->close(view);
	free(view);
}

bool app_push(struct app *app, const struct view_ops *ops, const struct target *target)
{
	static const struct target nothing = {0};
	struct stack *stack = &app->stacks[app->root];
	if (stack->depth == MAX_DEPTH) {
		app_message(app, ROLE_WARN, "that is deep enough; esc goes back");
		return false;
	}
	struct view *view = xcalloc(1, sizeof(*view));
	view->ops = ops;
	view->app = app;
	if (!ops->open(view, target ? target : &nothing)) {
		free(view);
		return false;
	}
	stack->views[stack->depth++] = view;
	if (ops->update)
		ops->update(view);
	app->last = LAST_PUSHED;
	app->dirty = true;
	return true;
}

bool app_open(struct app *app, enum pane pane, const struct target *target)
{
	const struct view_ops *ops = pane_ops(pane);
	app_memory_open(app, target);
	return ops && app_push(app, ops, target);
}

void app_back(struct app *app)
{
	struct stack *stack = &app->stacks[app->root];
	if (stack->depth <= 1)
		return;
	close_view(app->popped);
	app->popped = stack->views[--stack->depth];
	app->last = LAST_POPPED;
	struct view *view = app_view(app);
	if (view->ops->update)
		view->ops->update(view);
	app->dirty = true;
}

void app_go(struct app *app, int root)
{
	if (root == app->root) {
		while (app->stacks[root].depth > 1)
			app_back(app);
		return;
	}
	int before = app->root;
	app->root = root;
	if (app->stacks[root].depth == 0 && !app_open(app, root_panes[root], NULL)) {
		app->root = before;
		return;
	}
	app->last = LAST_ROOT;
	app->last_root = before;
	struct view *view = app_view(app);
	if (view->ops->update)
		view->ops->update(view);
	app->dirty = true;
}

static void reopen_popped(struct app *app)
{
	struct stack *stack = &app->stacks[app->root];
	if (!app->popped || stack->depth == MAX_DEPTH)
		return;
	stack->views[stack->depth++] = app->popped;
	if (app->popped->ops->update)
		app->popped->ops->update(app->popped);
	app->popped = NULL;
	app->last = LAST_PUSHED;
	app->dirty = true;
}

void app_last(struct app *app)
{
	if (app->last == LAST_PUSHED)
		app_back(app);
	else if (app->last == LAST_POPPED)
		reopen_popped(app);
	else if (app->last == LAST_ROOT)
		app_go(app, app->last_root);
}

static void close_all(struct app *app)
{
	for (int i = 0; i < ROOT_COUNT; i++)
		while (app->stacks[i].depth > 0)
			close_view(app->stacks[i].views[--app->stacks[i].depth]);
	close_view(app->popped);
}

/* The fleet */

void app_settle(struct app *app)
{
	uint64_t before = fleet_generation(app->options.fleet);
	int64_t start = app_clock_ms();
	fleet_settle(app->options.fleet, app_now(app));
	app->unsettled = false;
	app_memory_settled(app);
	app_live_notify(app);
	if (fleet_generation(app->options.fleet) != before) {
		struct view *view = app_view(app);
		if (view->ops->update)
			view->ops->update(view);
		app->dirty = true;
	}
	app->settled_ms = app_clock_ms();
	app->settle_cost_ms = app->settled_ms - start;
}

void app_scan(struct app *app)
{
	app_found_start(app);
	scanner_set_now(app->options.pool, app_now(app));
	scanner_discover(app->options.pool);
	app->scanning = true;
	app->dirty = true;
}

void app_refresh(struct app *app)
{
	if (app->options.courier)
		courier_refresh(app->options.courier);
	if (app->options.keeper && keeper_follows(app->options.keeper))
		app_message(app, ROLE_TEXT, "another svctop reads git for this one, once a minute");
	else if (app->options.pool)
		app_scan(app);
	else if (!app->options.courier)
		app_message(app, ROLE_TEXT, "nothing to scan");
}

static void pass_answer(struct app *app, const struct scanner_event *event)
{
	app_edit_answer(app, event);
	for (int i = 0; i < ROOT_COUNT; i++)
		for (int v = 0; v < app->stacks[i].depth; v++) {
			struct view *view = app->stacks[i].views[v];
			if (view->ops->answer)
				view->ops->answer(view, event);
		}
	if (app->popped && app->popped->ops->answer)
		app->popped->ops->answer(app->popped, event);
}

static void take_event(struct app *app, struct scanner_event *event)
{
	switch (event->kind) {
	case SCANNER_CHECKOUT:
		app_memory_take(app, event->checkout);
		break;
	case SCANNER_BLOB:
	case SCANNER_LOG:
		pass_answer(app, event);
		break;
	case SCANNER_ABSENT:
		app->absent++;
		break;
	case SCANNER_GONE:
		app->missed = true;
		break;
	case SCANNER_PAST:
		past_free(event->past);
		break;
	case SCANNER_IDLE:
		app_memory_idle(app);
		break;
	case SCANNER_FOUND:
	case SCANNER_UNCHANGED:
	case SCANNER_PROBLEM:
		app_found_event(app, event);
		break;
	}
	app->dirty = true;
}

/* True when there may be more. */
static bool take_events(struct app *app)
{
	struct scanner_event event;
	if (!app->options.pool)
		return false;
	for (int i = 0; i < MAX_EVENTS; i++) {
		if (!scanner_next(app->options.pool, &event))
			return false;
		take_event(app, &event);
	}
	return true;
}

/* The loop */

/* Settling a large fleet takes time: then at most a quarter of all time goes into it. */
static int64_t frame_due(const struct app *app)
{
	int64_t due = app->frame_ms + FRAME_MS;
	if (app->unsettled && app->settled_ms + 3 * app->settle_cost_ms > due)
		due = app->settled_ms + 3 * app->settle_cost_ms;
	return due;
}

static void draw_now(struct app *app)
{
	app_draw(app);
	app->dirty = app->unsettled;
	app->answered = false;
	app->frame_ms = app_clock_ms();
}

static void frame(struct app *app)
{
	int64_t now = app_clock_ms();
	bool due = now >= frame_due(app);
	if (app->unsettled && due)
		app_settle(app);
	app_live_settled(app);
	if (!app->dirty || (!due && !app->answered))
		return;
	draw_now(app);
}

/* The shorter of two limits, of which -1 is none. */
static int sooner(int a, int b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

static int timeout_of(const struct app *app, bool more, int children_timeout)
{
	int timeout = sooner(children_timeout, app_live_timeout(app));
	timeout = sooner(timeout, app_memory_timeout(app));
	if (more)
		return 0;
	if (app->scanning)
		timeout = sooner(timeout, SLOW_MS);
	if (app->dirty || app->unsettled) {
		int64_t wait = frame_due(app) - app_clock_ms();
		timeout = sooner(timeout, wait > 0 ? (int)wait : 0);
	}
	return timeout;
}

void app_leave(struct app *app)
{
	input_stop(app->screen);
	screen_leave(app->screen);
}

void app_return(struct app *app)
{
	screen_return(app->screen);
	input_start(app->screen);
	app->dirty = app->answered = true;
}

void app_suspend(struct app *app)
{
	app_leave(app);
	loop_suspend();
	app_return(app);
}

/* A view lays its text out when it is drawn, so a new one is drawn before the next key. */
static void take_keys(struct app *app)
{
	for (;;) {
		struct input input = input_next(&app->input, app->screen);
		if (input.kind == INPUT_NONE || app->quit)
			break;
		const struct view *before = app_view(app);
		app_input(app, &input);
		app->answered = true;
		if (app_view(app) != before && !app->quit)
			draw_now(app);
	}
	/* Behind the keys, which would clear what it has to say. */
	if (!app->quit)
		app_reload_changed(app);
}

static void take_signals(struct app *app, unsigned what)
{
	if (what & LOOP_RESIZE) {
		screen_resize(app->screen, 0, 0);
		app->dirty = app->answered = true;
	}
	if (what & LOOP_CONTINUE) {
		app_return(app);
	}
	if (what & LOOP_STOP)
		app_suspend(app);
	if (what & (LOOP_END | LOOP_HANGUP)) {
		app->quit = true;
		app->code = 128 + (what & LOOP_END ? loop_signal(app->loop) : SIGHUP);
	}
}

/* What the children are to be polled for; how long at most in *timeout. */
static size_t children_pollfds(const struct app *app, struct pollfd *fds, int *timeout)
{
	size_t count = 0;
	int of_courier = -1;
	*timeout = -1;
	if (app->options.pool)
		count = scanner_pollfds(app->options.pool, fds, MAX_POLLFDS, timeout);
	if (app->options.courier)
		count += courier_pollfds(app->options.courier, fds + count, MAX_POLLFDS - count,
					 &of_courier);
	*timeout = sooner(*timeout, of_courier);
	if (app_memory_fd(app) >= 0 && count < MAX_POLLFDS)
		fds[count++] = (struct pollfd){.fd = app_memory_fd(app), .events = POLLIN};
	return count;
}

void app_step(struct app *app, int max_wait_ms)
{
	struct pollfd fds[MAX_POLLFDS];
	int timeout;
	bool more = take_events(app);
	more |= app_live_take(app);
	more |= app_memory_step(app);
	frame(app);
	size_t count = children_pollfds(app, fds, &timeout);
	timeout = sooner(timeout_of(app, more, timeout), max_wait_ms);
	unsigned what = loop_wait(app->loop, fds, count, timeout);
	take_signals(app, what);
	if (what == 0 && (app->scanning || app_live_timeout(app) == 0))
		app->dirty = true; /* "slow: monorepo 4s" counts on, and so do ages */
	if (app->options.pool)
		scanner_service(app->options.pool);
	if (app->options.courier)
		courier_service(app->options.courier);
	if (what & LOOP_KEYS)
		take_keys(app);
}

bool app_busy(const struct app *app)
{
	return app->loading || app->scanning || app->unsettled || app->dirty;
}

/* Starting */

static bool wants_no_colour(const struct app_options *options)
{
	const char *no_color = getenv("NO_COLOR");
	if (options->color == COLOR_AUTO)
		return no_color && *no_color;
	return options->color == COLOR_NEVER;
}

static int open_screen(struct app *app, struct err *err)
{
	struct screen_options options = {
	    .headless = app->script || app->options.headless,
	    .rows = 24,
	    .cols = 80,
	    .ascii = app->options.ascii,
	    .no_colour = wants_no_colour(&app->options),
	    .log_path = app->options.log_path,
	};
	app->screen = screen_open(&options, err);
	if (!app->screen)
		return -1;
	app->loop = loop_new(screen_tty(app->screen), err);
	if (!app->loop)
		return -1;
	input_start(app->screen);
	return 0;
}

static void open_first(struct app *app)
{
	fleet_settle(app->options.fleet, app_now(app));
	app_open(app, PANE_SERVICES, NULL);
	app->last = LAST_NONE;
	if (app->options.service) {
		struct target target = {.service = app->options.service};
		app_open(app, PANE_SERVICE, &target);
	}
}

void app_end(struct app *app)
{
	close_all(app);
	if (app->screen)
		input_stop(app->screen);
	screen_close(app->screen);
	loop_free(app->loop);
	script_free(app->script);
	picker_free(app->picker);
	prompt_free(app->command);
	prompt_free(app->filter);
	prompt_free(app->ask);
	app_burning_free(app);
	keymap_free(app->keymap);
	file_watch_free(&app->keys_file);
	file_watch_free(&app->theme_file);
	for (size_t i = 0; i < ARRAY_LEN(app->watched); i++)
		file_watch_free(&app->watched[i]);
	filter_index_free(app->index);
	notify_free(app->notify);
	free(app->filter_before);
	free(app->message);
	app_found_free(app);
	app_history_free(app);
	app_memory_free(app);
	free(app->first_problem);
	free(app->edit_name);
	free(app);
}

static int start(struct app *app, struct err *err)
{
	if (app->options.script && !(app->script = script_open(app->options.script, err)))
		return -1;
	if (open_screen(app, err) < 0)
		return -1;
	app_load_keys(app);
	app_set_theme(app, app->options.theme ? app->options.theme : "terminal");
	app_memory_recall(app);
	open_first(app);
	app->scanning = app->options.pool && !app->loading;
	app_draw(app); /* before any process is started */
	return 0;
}

struct app *app_start(const struct app_options *options, struct err *err)
{
	struct app *app = xcalloc(1, sizeof(*app));
	app->options = *options;
	app->index = filter_index_new();
	for (size_t i = 0; i < ARRAY_LEN(app->watched); i++)
		file_watch(&app->watched[i], options->watched[i]);
	app->command = prompt_new(":", app_complete_command, app);
	app->filter = prompt_new("/", app_complete_filter, app);
	app->ask = prompt_new("> ", NULL, NULL);
	if (start(app, err) < 0) {
		app_end(app);
		return NULL;
	}
	return app;
}

int app_run(const struct app_options *options, struct err *err)
{
	struct app *app = app_start(options, err);
	if (!app)
		return 2;
	app_live_start(app);
	app_memory_begin(app);
	if (app->script && script_play(app->script, app, err) < 0)
		app->code = 2;
	while (!app->quit && !app->script)
		app_step(app, -1);
	int code = app->code;
	app_end(app);
	return code;
}
