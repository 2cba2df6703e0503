#ifndef SVCTOP_FETCH_SOURCE_BUILDBOT_H
#define SVCTOP_FETCH_SOURCE_BUILDBOT_H

/*
 * What Buildbot's builds say of their builders: which of them count, since when they have one
 * colour, and the signal that comes of it. fetch/source_buildbot.c asks for them; others see
 * fetch/source.h alone. The JSON is that of /api/v2 and belongs to the caller.
 */

#include <jansson.h>

#include "fetch/source.h"

/*
 * A walk back through one builder's builds, newest first. last is the newest that counts,
 * edge the oldest in a row with the same colour; ended: the build before edge had the other
 * colour, so that edge is where the colour began. The JSON belongs to whoever made the walk.
 */
struct buildbot_walk {
	const json_t *builder;
	json_t *last, *edge;
	bool ended;
	int64_t pages;
};

/* Goes on with a walk over builds, newest first; -1 and err: they are in another order. */
int buildbot_walk(const struct source_context *context, struct buildbot_walk *walk,
		  const json_t *builds, struct arena *arena, struct err *err);

/* Whether a build that counts passed, with warnings or without. */
bool buildbot_is_good(const json_t *build);

/* The builder's signal; last and edge are there. changes: of the first bad build; NULL. */
void buildbot_tell(const struct source_context *context, const struct buildbot_walk *walk,
		   const json_t *changes, struct signal_list *list);
void buildbot_tell_never_built(const struct source_context *context,
			       const struct buildbot_walk *walk, struct signal_list *list);

#endif
