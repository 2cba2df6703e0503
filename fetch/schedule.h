#ifndef SVCTOP_FETCH_SCHEDULE_H
#define SVCTOP_FETCH_SCHEDULE_H

/*
 * When each topic of one source is asked. The first round comes at once, later ones
 * are spread over the period; what fails is asked later and later; what a server says
 * about its limits is heeded; a source that keeps failing is left alone but for a trial
 * now and then. No clock: times are milliseconds of a clock of the caller's that does
 * not jump. The caller limits how many are asked at a time.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/live.h"

/* What the schedule keeps for a topic; part of the caller's own struct, zeroed at first. */
struct schedule_entry {
	int64_t every; /* period, ms */
	int64_t due;
	unsigned failures; /* in a row */
	bool spread;	   /* has its own place within the period */
	uint64_t turn;	   /* of those due at the same time the one that came first is first */
	size_t place;	   /* in the queue, from 1; 0: not in it */
};

struct schedule;

/* seed: for jitter; the same one gives the same times. */
struct schedule *schedule_new(uint64_t seed);
void schedule_free(struct schedule *schedule); /* NULL is allowed; entries are the caller's */

/* Due at once. */
void schedule_add(struct schedule *schedule, struct schedule_entry *entry, int64_t every,
		  int64_t now);
void schedule_remove(struct schedule *schedule, struct schedule_entry *entry);

/*
 * One that is due, and asked from now on: schedule_done() tells how it went. NULL: none may
 * be asked at the moment.
 */
struct schedule_entry *schedule_take(struct schedule *schedule, int64_t now);

/* When schedule_take() will give one; INT64_MAX: not before something else happens. */
int64_t schedule_next(const struct schedule *schedule);

/*
 * How asking went; the entry waits for its next time. Returns true when this failure was the one
 * that made the schedule leave the source alone.
 */
bool schedule_done(struct schedule *schedule, struct schedule_entry *entry, enum failure failure,
		   int64_t now);

/* Puts an entry that was taken back without a verdict, to be asked at due. */
void schedule_again(struct schedule *schedule, struct schedule_entry *entry, int64_t due);

/* Everything is due now, and a source that is left alone gets its trial; a hold stays. */
void schedule_refresh(struct schedule *schedule, int64_t now);

/* Nothing is asked before: the server said so. The later one counts. */
void schedule_hold(struct schedule *schedule, int64_t until);
int64_t schedule_held_until(const struct schedule *schedule); /* may be over; 0: none yet */

/* The breaker; 0: closed. */
int64_t schedule_open_until(const struct schedule *schedule);

#endif
