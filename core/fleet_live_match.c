/* `match:` of a source: how it calls our services. */

#include <stdlib.h>
#include <string.h>

#include "core/fleet_live_internal.h"
#include "core/glob.h"
#include "core/mem.h"

#define MAX_DEPTH 64

struct live_match {
	const struct live_config *config;
	struct glob_set *globs;
	struct glob_state top;
};

struct live_match *live_match_new(const struct live_config *config)
{
	struct live_match *match;

	if (!config->match_count)
		return NULL;
	match = xcalloc(1, sizeof(*match));
	match->config = config;
	match->globs = glob_set_new();
	/* A pattern that is none was told when the configuration was read; it matches nothing. */
	for (size_t i = 0; i < config->match_count; i++)
		glob_set_add(match->globs, config->match[i].value, GLOB_ICASE | GLOB_ANCHORED,
			     (unsigned)i, NULL);
	glob_set_compile(match->globs);
	glob_start(match->globs, &match->top);
	return match;
}

void live_match_free(struct live_match *match)
{
	if (!match)
		return;
	glob_state_free(&match->top);
	glob_set_free(match->globs);
	free(match);
}

/* The first of the patterns, in the order of the file, that matches the whole name. */
const char *live_match_find(const struct live_match *match, const char *name)
{
	struct glob_state states[2] = {{0}};
	const struct glob_state *at;
	const char *slash, *found = NULL;
	unsigned first;
	size_t depth = 0;

	if (!match)
		return NULL;
	at = &match->top;
	while (at && (slash = strchr(name, '/')) && depth < MAX_DEPTH) {
		struct glob_state *next = &states[depth++ % 2];

		glob_state_free(next);
		if (!glob_enter(match->globs, at, name, (size_t)(slash - name), next))
			at = NULL;
		else
			at = next;
		name = slash + 1;
	}
	if (at && !strchr(name, '/') &&
	    glob_entry(match->globs, at, name, strlen(name), false, &first, 1) > 0)
		found = match->config->match[first].name;
	glob_state_free(&states[0]);
	glob_state_free(&states[1]);
	return found;
}
