#ifndef SVCTOP_CORE_QUERY_PATH_H
#define SVCTOP_CORE_QUERY_PATH_H

/* Walking along a path with a budget of steps that several walks share; for core/query*.c. */

#include "core/query.h"

#define QUERY_MAX_STEPS 400000

struct query_walk {
	const struct query_path *path;
	bool (*visit)(void *arg, const struct doc *node);
	void *arg;
	size_t *steps; /* left */
	bool any;
};

/* False when the visitor stopped it or the steps ran out (*steps is 0 then). */
bool query_walk(struct query_walk *walk, const struct doc *root);

/* Takes steps off a budget; false, and none left, when there are not as many. */
bool query_spend(size_t *steps, size_t count);

#endif
