#ifndef SVCTOP_CORE_LIVE_INTERNAL_H
#define SVCTOP_CORE_LIVE_INTERNAL_H

/* What the files of core/live share. Nobody else includes this. */

#include "core/live.h"

/*
 * Fills in since when a state began, for signals whose source does not know: probes and
 * questions see the state of a moment. The same thing in the same state as before keeps its
 * time, a change of state is noted with at. What is fine the first time has no time: it may
 * have been fine for years.
 */
void live_note_since(struct signal *signals, size_t count, const struct signal *before,
		     size_t before_count, int64_t at);

#endif
