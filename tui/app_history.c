/* What is known of findings over time, for the panes; where it comes from is another matter. */

#include "tui/app_history.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tui/app_history_internal.h"
#include "tui/app_internal.h"

static struct history_memory *memory_of(struct app *app)
{
	if (!app->memory)
		app->memory = xcalloc(1, sizeof(*app->memory));
	return app->memory;
}

void app_history_free(struct app *app)
{
	if (!app->memory)
		return;
	interval_merge_free(app->memory->merge);
	free(app->memory->problem);
	free(app->memory);
	app->memory = NULL;
}

static void changed(struct app *app)
{
	struct view *view = app->stacks[app->root].depth > 0 ? app_view(app) : NULL;

	app->memory->stale = true;
	if (view && view->ops->follows_history && view->ops->update)
		view->ops->update(view);
	app->dirty = true;
}

void app_history_moved(struct app *app)
{
	if (memory_of(app)->read)
		changed(app);
}

void app_history_source(struct app *app, history_read *read, void *ctx, const char *problem)
{
	struct history_memory *memory = memory_of(app);

	memory->read = read;
	memory->ctx = ctx;
	free(memory->problem);
	memory->problem = problem ? xstrdup(problem) : NULL;
	changed(app);
}

void app_history_progress(struct app *app, bool running, size_t done, size_t total)
{
	struct history_memory *memory = memory_of(app);

	if (memory->running == running && memory->shown.done == done &&
	    memory->shown.total == total)
		return;
	memory->running = running;
	memory->shown.done = done;
	memory->shown.total = total;
	if (memory->shown.until == 0)
		changed(app);
}

/* ---- reading ---- */

static void read_again(struct history_memory *memory)
{
	struct err err = {0};

	interval_merge_free(memory->merge);
	memory->merge = interval_merge_new();
	memory->since = memory->until = 0;
	memory->failed = false;
	if (memory->read && memory->read(memory->ctx, memory, &err) < 0) {
		memory->failed = true;
		free(memory->problem);
		memory->problem = err_line(&err);
	}
	err_clear(&err);
	interval_merge_end(memory->merge, memory->until);
	memory->stale = false;
}

static enum history_state state_of(const struct history_memory *memory)
{
	if (!memory->read)
		return HISTORY_NONE_KEPT;
	if (memory->failed)
		return HISTORY_FAILED;
	if (memory->until != 0)
		return HISTORY_THERE;
	return memory->running ? HISTORY_READING : HISTORY_NOT_YET;
}

const struct app_history *app_history(struct app *app)
{
	struct history_memory *memory = memory_of(app);
	uint64_t fleet = fleet_generation(app->options.fleet);

	if (memory->merge && !memory->stale && memory->fleet == fleet)
		return &memory->shown;
	if (!memory->merge || memory->stale)
		read_again(memory);
	memory->fleet = fleet;
	memory->shown.intervals = interval_merge_now(memory->merge, app->options.fleet,
						     app_now(app), &memory->shown.count);
	memory->shown.since = memory->since;
	memory->shown.until = memory->until;
	memory->shown.problem = memory->problem;
	memory->shown.state = state_of(memory);
	memory->shown.generation++;
	return &memory->shown;
}
