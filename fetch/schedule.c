#include "fetch/schedule.h"

#include <stdlib.h>

#include "core/mem.h"

#define SECOND	      INT64_C(1000)
#define RETRY_FIRST   (30 * SECOND)
#define RETRY_MOST    (10 * 60 * SECOND)
#define EVERY_MOST    (366 * 24 * 3600 * SECOND)
#define OPEN_AFTER    5 /* topics that failed in a row */
#define OPEN_FIRST    (30 * SECOND)
#define OPEN_MOST     (5 * 60 * SECOND)
#define TOGETHER      256 /* ms: what is due so close is asked with one waking up */
#define DOUBLINGS_MAX 16

struct schedule {
	struct schedule_entry **queue; /* a heap: the one due first at 0 */
	size_t count, cap;
	uint64_t turns;
	uint64_t random;
	uint64_t phase; /* where within the period the next new entry has its place */
	int64_t hold_until;
	/* The breaker. */
	unsigned failed_topics; /* in a row */
	const struct schedule_entry *last_failed;
	unsigned opened; /* times in a row */
	int64_t open_until;
	const struct schedule_entry *trial; /* the one question that is asked of an open source */
};

struct schedule *schedule_new(uint64_t seed)
{
	struct schedule *schedule = xcalloc(1, sizeof(*schedule));

	schedule->random = seed | 1;
	schedule->phase = seed;
	return schedule;
}

void schedule_free(struct schedule *schedule)
{
	if (!schedule)
		return;
	free(schedule->queue);
	free(schedule);
}

/* ---- the queue ---- */

static void put(struct schedule *schedule, size_t place, struct schedule_entry *entry)
{
	schedule->queue[place - 1] = entry;
	entry->place = place;
}

static bool before(const struct schedule_entry *a, const struct schedule_entry *b)
{
	return a->due != b->due ? a->due < b->due : a->turn < b->turn;
}

/* Moves the entry at place to where it belongs. */
static void settle(struct schedule *schedule, size_t place)
{
	struct schedule_entry *entry = schedule->queue[place - 1];

	while (place > 1 && before(entry, schedule->queue[place / 2 - 1])) {
		put(schedule, place, schedule->queue[place / 2 - 1]);
		place /= 2;
	}
	for (size_t child; (child = 2 * place) <= schedule->count; place = child) {
		if (child < schedule->count &&
		    before(schedule->queue[child], schedule->queue[child - 1]))
			child++;
		if (before(entry, schedule->queue[child - 1]))
			break;
		put(schedule, place, schedule->queue[child - 1]);
	}
	put(schedule, place, entry);
}

static void enqueue(struct schedule *schedule, struct schedule_entry *entry, int64_t due)
{
	entry->due = due;
	entry->turn = schedule->turns++;
	if (!entry->place) {
		GROW(schedule->queue, schedule->count, schedule->cap);
		schedule->queue[schedule->count++] = entry;
		entry->place = schedule->count;
	}
	settle(schedule, entry->place);
}

static void dequeue(struct schedule *schedule, struct schedule_entry *entry)
{
	size_t place = entry->place;
	struct schedule_entry *last;

	if (!place)
		return;
	entry->place = 0;
	last = schedule->queue[--schedule->count];
	if (last == entry)
		return;
	put(schedule, place, last);
	settle(schedule, place);
}

/* ---- times ---- */

/* xorshift64*: 0 to below. */
static int64_t random_below(struct schedule *schedule, int64_t below)
{
	uint64_t x = schedule->random;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	schedule->random = x;
	return below > 0 ? (int64_t)((x * UINT64_C(0x2545f4914f6cdd1d) >> 33) % (uint64_t)below)
			 : 0;
}

static int64_t together(int64_t due)
{
	return (due + TOGETHER - 1) & ~(int64_t)(TOGETHER - 1);
}

/*
 * The golden ratio's multiples fall evenly however many there are. At first a period is
 * a quarter to the whole of what it is later: nobody waits longer than asked for.
 */
static int64_t first_period(struct schedule *schedule, int64_t every)
{
	schedule->phase += UINT64_C(0x9e3779b97f4a7c15);
	return every / 4 + every / 4 * 3 * (int64_t)(schedule->phase >> 52) / (1 << 12);
}

static int64_t backoff(struct schedule *schedule, int64_t every, unsigned failures)
{
	int64_t delay = every < RETRY_FIRST ? every : RETRY_FIRST;
	int64_t most = every > RETRY_MOST ? every : RETRY_MOST;
	unsigned doublings = failures < DOUBLINGS_MAX ? failures : DOUBLINGS_MAX;

	while (doublings-- > 1 && delay < most)
		delay *= 2;
	if (delay > most)
		delay = most;
	return delay - delay / 4 + random_below(schedule, delay / 2);
}

/* ---- asking ---- */

void schedule_add(struct schedule *schedule, struct schedule_entry *entry, int64_t every,
		  int64_t now)
{
	if (schedule->trial == entry)
		schedule->trial = NULL;
	entry->every = every < SECOND ? SECOND : every > EVERY_MOST ? EVERY_MOST : every;
	enqueue(schedule, entry, now);
}

void schedule_remove(struct schedule *schedule, struct schedule_entry *entry)
{
	dequeue(schedule, entry);
	if (schedule->trial == entry)
		schedule->trial = NULL;
	if (schedule->last_failed == entry)
		schedule->last_failed = NULL;
}

int64_t schedule_next(const struct schedule *schedule)
{
	int64_t next;

	if (!schedule->count || schedule->trial)
		return INT64_MAX;
	next = schedule->queue[0]->due;
	if (next < schedule->hold_until)
		next = schedule->hold_until;
	return schedule->open_until > next ? schedule->open_until : next;
}

struct schedule_entry *schedule_take(struct schedule *schedule, int64_t now)
{
	struct schedule_entry *entry;

	if (schedule_next(schedule) > now)
		return NULL;
	entry = schedule->queue[0];
	dequeue(schedule, entry);
	/* Those that had to wait are asked together now, and should not be for ever. */
	if (now - entry->due > entry->every / 4)
		entry->spread = false;
	if (schedule->open_until)
		schedule->trial = entry;
	return entry;
}

void schedule_again(struct schedule *schedule, struct schedule_entry *entry, int64_t due)
{
	if (schedule->trial == entry)
		schedule->trial = NULL;
	enqueue(schedule, entry, due);
}

/* Whether a failure says that the source as a whole is not well. */
static bool concerns_source(enum failure failure)
{
	switch (failure) {
	case FAILURE_RESOLVE:
	case FAILURE_CONNECT:
	case FAILURE_TIMEOUT:
	case FAILURE_TLS:
	case FAILURE_REFUSED:
	case FAILURE_SERVER:
		return true;
	default:
		return false;
	}
}

/* The source answers again: what failed meanwhile need not wait for its turn. */
static void close_breaker(struct schedule *schedule, int64_t now)
{
	struct schedule_entry **failed = xcalloc(schedule->count + 1, sizeof(*failed));
	size_t count = 0;

	schedule->open_until = 0;
	schedule->opened = 0;
	for (size_t i = 0; i < schedule->count; i++)
		if (schedule->queue[i]->failures)
			failed[count++] = schedule->queue[i];
	for (size_t i = 0; i < count; i++) {
		failed[i]->spread = false;
		enqueue(schedule, failed[i], now);
	}
	free(failed);
}

/* True: the source is left alone from now on. */
static bool note_failure(struct schedule *schedule, const struct schedule_entry *entry, int64_t now)
{
	bool was_open = schedule->open_until != 0;
	int64_t delay = OPEN_FIRST;

	if (!was_open && schedule->last_failed != entry)
		schedule->failed_topics++;
	schedule->last_failed = entry;
	if (was_open ? schedule->trial != entry : schedule->failed_topics < OPEN_AFTER)
		return false;
	for (unsigned i = 0; i < schedule->opened && delay < OPEN_MOST; i++)
		delay *= 2;
	if (delay > OPEN_MOST)
		delay = OPEN_MOST;
	schedule->opened++;
	schedule->open_until = together(now + delay - random_below(schedule, delay / 4));
	return !was_open;
}

bool schedule_done(struct schedule *schedule, struct schedule_entry *entry, enum failure failure,
		   int64_t now)
{
	bool good = failure == FAILURE_NONE || failure == FAILURE_ABSENT, opened = false;
	int64_t delay;

	entry->failures = good ? 0 : entry->failures + 1;
	if (!good) {
		delay = backoff(schedule, entry->every, entry->failures);
	} else if (!entry->spread) {
		entry->spread = true;
		delay = first_period(schedule, entry->every);
	} else {
		delay = entry->every - random_below(schedule, entry->every / 20);
	}
	if (concerns_source(failure)) {
		opened = note_failure(schedule, entry, now);
	} else if (failure != FAILURE_RATE) {
		schedule->failed_topics = 0;
		schedule->last_failed = NULL;
		if (schedule->open_until)
			close_breaker(schedule, now);
	}
	if (schedule->trial == entry)
		schedule->trial = NULL;
	enqueue(schedule, entry, together(now + delay));
	return opened;
}

void schedule_refresh(struct schedule *schedule, int64_t now)
{
	if (schedule->open_until > now)
		schedule->open_until = now;
	/* A heap stays one where every due is the same and turns go up. */
	for (size_t i = 0; i < schedule->count; i++) {
		schedule->queue[i]->due = now;
		schedule->queue[i]->turn = schedule->turns++;
		schedule->queue[i]->spread = false;
	}
}

void schedule_hold(struct schedule *schedule, int64_t until)
{
	if (until > schedule->hold_until)
		schedule->hold_until = until;
}

int64_t schedule_held_until(const struct schedule *schedule)
{
	return schedule->hold_until;
}

int64_t schedule_open_until(const struct schedule *schedule)
{
	return schedule->open_until;
}
