/*
 * What a new look at the roots does not find again is no longer there. Below what
 * could not be entered nothing is said to be gone.
 */

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/mem.h"
#include "core/strmap.h"
#include "tui/app_internal.h"

enum { MAX_PROBLEMS = 1000 };

struct found {
	struct arena *arena;
	struct strmap *paths;
	const char **problems;
	size_t problem_count, problem_cap;
};

void app_found_free(struct app *app)
{
	struct found *found = app->found;
	if (!found)
		return;
	strmap_free(found->paths);
	arena_free(found->arena);
	free(found->problems);
	free(found);
	app->found = NULL;
}

void app_found_start(struct app *app)
{
	app_found_free(app);
	app->found = xcalloc(1, sizeof(*app->found));
	app->found->arena = arena_new();
	app->found->paths = strmap_new();
	app->problems = 0;
	free(app->first_problem);
	app->first_problem = NULL;
}

static void note_problem(struct app *app, const char *path, const char *text)
{
	struct found *found = app->found;
	app->problems++;
	if (!app->first_problem)
		app->first_problem = xasprintf("%s: %s", path ? path : "", text ? text : "");
	if (!found)
		return;
	/* Of very many the rest is forgotten, and nothing is taken for gone. */
	if (!path || found->problem_count == MAX_PROBLEMS) {
		app_found_free(app);
		return;
	}
	GROW(found->problems, found->problem_count, found->problem_cap);
	found->problems[found->problem_count++] = arena_strdup(found->arena, path);
}

void app_found_event(struct app *app, const struct scanner_event *event)
{
	if (event->kind == SCANNER_PROBLEM)
		note_problem(app, event->path, event->text);
	if (event->kind == SCANNER_FOUND && app->found) {
		char *path = arena_strdup(app->found->arena, event->path);
		strmap_put(app->found->paths, path, path);
	}
}

static bool below_a_problem(const struct found *found, const char *path)
{
	for (size_t i = 0; i < found->problem_count; i++) {
		size_t len = strlen(found->problems[i]);
		if (strncmp(path, found->problems[i], len) == 0 &&
		    (path[len] == '/' || path[len] == '\0'))
			return true;
	}
	return false;
}

void app_found_end(struct app *app)
{
	const struct found *found = app->found;
	struct fleet *fleet = app->options.fleet;
	if (!found)
		return;
	for (size_t i = fleet_checkout_count(fleet); i-- > 0;) {
		const struct checkout *checkout = fleet_checkout_at(fleet, i);
		if (!checkout || strmap_get(found->paths, checkout->path) ||
		    below_a_problem(found, checkout->path))
			continue;
		fleet_drop(fleet, checkout->path);
		app->unsettled = app->subjects_due = true;
	}
	app_found_free(app);
}
