#include "tui/gone.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/mem.h"
#include "core/strmap.h"

enum { MAX_PROBLEMS = 1000 };

struct gone {
	struct arena *arena;
	struct strmap *paths;
	const char **problems;
	size_t problem_count, problem_cap;
	bool unknown; /* of very many problems the rest was not kept: nothing is taken for gone */
};

struct gone *gone_new(void)
{
	struct gone *gone = xcalloc(1, sizeof(*gone));

	gone->arena = arena_new();
	gone->paths = strmap_new();
	return gone;
}

void gone_free(struct gone *gone)
{
	if (!gone)
		return;
	strmap_free(gone->paths);
	arena_free(gone->arena);
	free(gone->problems);
	free(gone);
}

void gone_event(struct gone *gone, const struct scanner_event *event)
{
	char *path = event->path ? arena_strdup(gone->arena, event->path) : NULL;

	if (event->kind == SCANNER_FOUND) {
		strmap_put(gone->paths, path, path);
	} else if (event->kind == SCANNER_PROBLEM) {
		gone->unknown |= !path || gone->problem_count == MAX_PROBLEMS;
		if (gone->unknown)
			return;
		GROW(gone->problems, gone->problem_count, gone->problem_cap);
		gone->problems[gone->problem_count++] = path;
	}
}

static bool below_a_problem(const struct gone *gone, const char *path)
{
	for (size_t i = 0; i < gone->problem_count; i++) {
		size_t len = strlen(gone->problems[i]);

		if (strncmp(path, gone->problems[i], len) == 0 &&
		    (path[len] == '/' || path[len] == '\0'))
			return true;
	}
	return false;
}

void gone_each(const struct gone *gone, const struct fleet *fleet, gone_each_path *each, void *ctx)
{
	/* From behind, since one that is dropped moves those after it. */
	for (size_t i = gone->unknown ? 0 : fleet_checkout_count(fleet); i-- > 0;) {
		const struct checkout *checkout = fleet_checkout_at(fleet, i);

		if (checkout && !strmap_get(gone->paths, checkout->path) &&
		    !below_a_problem(gone, checkout->path))
			each(ctx, checkout->path);
	}
}
