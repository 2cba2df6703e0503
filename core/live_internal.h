#ifndef SVCTOP_CORE_LIVE_INTERNAL_H
#define SVCTOP_CORE_LIVE_INTERNAL_H

/* What the files of core/live share. Nobody else includes this. */

#include "core/live.h"

/*
 * Fills in since when a state began, for signals whose source does not know: probes and
 * questions see the state of a moment. The same thing in the same state as before keeps its
 * time, a change of state is noted with at. What is fine the first time has no time: it may
 * have been fine for years. So it is with a source that says that it began days from now.
 */
void live_note_since(struct signal *signals, size_t count, const struct signal *before,
		     size_t before_count, int64_t at);

/*
 * An alert that always fires (SIGNAL_WATCHDOG) did in the answer before and is gone from this one:
 * the list gets it nevertheless, critical since at, until it fires again, so that it burns. One
 * that has only got other labels is not gone. Gives what owns the list from then on, to be freed
 * by the caller; NULL: the list is as it was.
 */
struct arena *live_keep_watchdogs(struct signal_list *list, const struct signal *before,
				  size_t before_count, int64_t at);

#endif
