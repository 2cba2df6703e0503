#ifndef SVCTOP_CORE_INTERVAL_MERGE_H
#define SVCTOP_CORE_INTERVAL_MERGE_H

/*
 * What git's history says of findings and what was seen while svctop ran, brought into one
 * line of time for each service and check, that ends with what the fleet says now: for whoever
 * shows or counts both. Kept are outstanding gaps and what came right before one; nothing else
 * is needed for a trend (core/trend.h).
 */

#include <stddef.h>
#include <stdint.h>

#include "core/fleet.h"
#include "core/interval.h"

struct interval_merge;

struct interval_merge *interval_merge_new(void);
void interval_merge_free(struct interval_merge *merge); /* NULL is allowed */

/* Adds a copy, in any order. seen: while svctop ran; else from git's history. */
void interval_merge_add(struct interval_merge *merge, const struct interval *interval, bool seen);

/*
 * After the last one was added. git_until: when git's history was worked out (0: never). Where
 * both say the same of that moment, git is believed until then, since it knows when a commit
 * was made; what was seen is believed from then on. Where they differ something live had a say,
 * which git does not know, and what was seen is believed from its beginning on.
 */
void interval_merge_end(struct interval_merge *merge, int64_t git_until);

/*
 * The intervals by service, check and time, ended and begun as the fleet's findings say now; a
 * service that the fleet does not have is left out while anything of it is open (it lies
 * elsewhere), and kept when it ended. fleet NULL: as they were added. They live until the next
 * call or interval_merge_free(), their strings as long as the merge.
 */
const struct interval *interval_merge_now(struct interval_merge *merge, const struct fleet *fleet,
					  int64_t now, size_t *count);

#endif
