#ifndef SVCTOP_CORE_REPLAY_H
#define SVCTOP_CORE_REPLAY_H

/*
 * The fleet's past, worked out by the fleet itself: the checkouts' versions are applied
 * in the order of time, and a record notes which commit changed which finding. So
 * evidence in other repositories counts in the past as it does today. Live
 * state is not known of the past: what only sources can tell stays unknown.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/checklist.h"
#include "core/interval.h"
#include "core/past.h"

struct replay;

/* From since until until (seconds); dates are looked at every `every` seconds. */
struct replay *replay_new(const struct checklist *checklist, int64_t since, int64_t until,
			  int64_t every);
void replay_free(struct replay *replay); /* NULL is allowed */

/* Takes the past over. One path once. */
void replay_add(struct replay *replay, struct past *past);

/*
 * Goes on for about `versions` of them; true: the end is reached. Then the intervals are there, in
 * the order in which they began; open ones have until 0. They live as long as the replay.
 */
bool replay_step(struct replay *replay, size_t versions);
const struct interval *replay_intervals(const struct replay *replay, size_t *count);

#endif
