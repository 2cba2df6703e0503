/* What a new look at the roots does not find again is no longer there (tui/gone.h). */

#include <stdlib.h>

#include "core/mem.h"
#include "tui/app_internal.h"
#include "tui/gone.h"

void app_found_free(struct app *app)
{
	gone_free(app->found);
	app->found = NULL;
}

void app_found_start(struct app *app)
{
	app_found_free(app);
	app->found = gone_new();
	app->problems = 0;
	free(app->first_problem);
	app->first_problem = NULL;
}

void app_found_event(struct app *app, const struct scanner_event *event)
{
	if (app->found)
		gone_event(app->found, event);
	if (event->kind != SCANNER_PROBLEM)
		return;
	app->problems++;
	if (!app->first_problem)
		app->first_problem = xasprintf("%s: %s", event->path ? event->path : "",
					       event->text ? event->text : "");
}

static void drop(void *ctx, const char *path)
{
	app_memory_drop(ctx, path);
}

void app_found_end(struct app *app)
{
	if (app->found)
		gone_each(app->found, app->options.fleet, drop, app);
	app_found_free(app);
}
