#ifndef SVCTOP_FETCH_PAST_WINDOW_H
#define SVCTOP_FETCH_PAST_WINDOW_H

/*
 * Answers what probes ask of history (PROBE_AUTHORS, PROBE_COMMITS) as of each commit of a
 * line and at any time, by the commits that come and go since it was last asked: counting all
 * of a window again for each of ten thousand commits would take minutes.
 */

#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/checklist.h"
#include "fetch/past_ledger.h"

struct past_window;

/* Both must outlive it. */
struct past_window *past_window_new(struct past_ledger *ledger, const struct checklist *checklist);
void past_window_free(struct past_window *window); /* NULL is allowed */

/* Goes to the time now of the line's commit at; cheap where neither goes back. */
void past_window_move(struct past_window *window, size_t at, int64_t now);

/* Adds what probes see of a folder, by its number in the ledger: equal bytes, equal answers. */
void past_window_see(struct past_window *window, size_t folder, struct buf *out);

#endif
