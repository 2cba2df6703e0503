#ifndef SVCTOP_CORE_REPLAY_H
#define SVCTOP_CORE_REPLAY_H

/*
 * The fleet's past, worked out by the fleet itself: the checkouts' versions are applied
 * in the order of time, and a record notes which commit changed which finding. So
 * evidence in other repositories counts in the past as it does today. Dates that decide
 * (a waiver ends) are met to the second. Live state is not known of the past: what only
 * sources can tell has no interval, unless more had been known of it before.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/checklist.h"
#include "core/fleet.h"
#include "core/interval.h"
#include "core/past.h"

struct replay;

/* From since until until (seconds); checklist is the one that the pasts were scanned with. */
struct replay *replay_new(const struct checklist *checklist, int64_t since, int64_t until);
void replay_free(struct replay *replay); /* NULL is allowed */

/* Takes the past over; one path once, all of them before the first step. */
void replay_add(struct replay *replay, struct past *past);

/* How many versions there are, and how many of them were applied: for progress. */
size_t replay_total(const struct replay *replay);
size_t replay_done(const struct replay *replay);

/*
 * Goes on for about `versions` of them; true: the end is reached. Then the intervals are there, in
 * the order in which they began; open ones have until 0. They live as long as the replay.
 *
 * Findings that are there at the beginning are `at_least`, from `since`. A finding that a service
 * came or went with has cause APPEARED or GONE, with the commit that brought or took it. An
 * interval's tier and owner are those that the service had last during it; a service that was
 * renamed has its last name throughout.
 */
bool replay_step(struct replay *replay, size_t versions);
const struct interval *replay_intervals(const struct replay *replay, size_t *count);

/* A gap that the date alone will open: a waiver or an attestation ends, a file gets too old. */
struct replay_due {
	const char *service, *check;
	const char *owner;  /* NULL: none */
	const char *reason; /* what will be said of it */
	int tier;
	int64_t at;
};

/*
 * What opens until then if nobody does anything, soonest first; once, after the end. The fleet goes
 * on to that time; intervals stay. Live as long as the replay.
 */
const struct replay_due *replay_ahead(struct replay *replay, int64_t until, size_t *count);

/* The fleet as far as the replay is: between steps, and at the end that of `until`. */
const struct fleet *replay_fleet(const struct replay *replay);

/* The checkouts whose past is not whole, and why (past_cut_reason()). */
typedef void replay_each_cut(void *ctx, const char *path, const char *why);
void replay_cuts(const struct replay *replay, replay_each_cut *each, void *ctx);

#endif
