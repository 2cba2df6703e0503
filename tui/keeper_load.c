/*
 * What the store has, into the fleet and the record, in slices between two frames: how old
 * findings are, which checkouts need no scan as long as their refs stand still, and what was
 * found in them.
 */

#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/mem.h"
#include "tui/keeper_internal.h"

/*
 * Who committed lately, and how much, is asked of a window of time that goes on: facts are scanned
 * again about once a week, not all on one day. What crashed the scanner is tried again after a day.
 */
enum { FACTS_DAYS = 6, FACTS_SPREAD = 2 * DAY, CRASH_DAYS = 1 };

void keeper_load_free(struct keeper *keeper)
{
	buf_free(&keeper->names);
	buf_free(&keeper->rows);
	free(keeper->row_places);
	strmap_free(keeper->loaded);
	arena_free(keeper->loaded_arena);
}

/* Ages */

void keeper_learn_all(struct keeper *keeper)
{
	buf_reset(&keeper->names);
	keeper->names_at = 0;
	for (size_t i = 0; i < fleet_count(keeper->fleet); i++) {
		const char *name = fleet_at(keeper->fleet, i)->name;

		buf_add(&keeper->names, name, strlen(name) + 1);
	}
}

static void learn(void *ctx, const struct interval *interval, enum interval_origin origin)
{
	struct keeper *keeper = ctx;

	if (origin == INTERVAL_SEEN)
		record_learn_seen(keeper->record, interval);
	else
		record_learn(keeper->record, interval);
}

void keeper_learn_service(struct keeper *keeper, const char *name)
{
	const struct store_scope scope = {.service = name, .open = true};

	store_intervals(keeper->store, &scope, learn, keeper, NULL);
}

static void learn_next(struct keeper *keeper, const char *name)
{
	keeper_learn_service(keeper, name);
	if (keeper->row_at < keeper->row_count) {
		const struct fleet_row *row = &keeper->row_places[keeper->row_at++];

		keeper_service(keeper, name)->row = hash_bytes(HASH_START, row->bytes, row->len);
	}
}

bool keeper_learn(struct keeper *keeper, int64_t end_ns)
{
	while (keeper->store && keeper->names_at < keeper->names.len) {
		const char *name = keeper->names.data + keeper->names_at;

		if (keeper_clock_ns() >= end_ns)
			return false;
		learn_next(keeper, name);
		keeper->names_at += strlen(name) + 1;
	}
	buf_free(&keeper->names);
	keeper->names_at = 0;
	buf_free(&keeper->rows);
	free(keeper->row_places);
	keeper->row_places = NULL;
	keeper->row_count = keeper->row_cap = keeper->row_at = 0;
	return true;
}

/* Checkouts */

static bool too_old(const struct keeper *keeper, const char *path, int64_t scanned_at,
		    enum checkout_state state)
{
	int64_t most = FACTS_DAYS * DAY + (int64_t)(hash_text(HASH_START, path) % FACTS_SPREAD);
	int64_t age = keeper->now - scanned_at;

	if (state == CHECKOUT_CRASHED)
		most = CRASH_DAYS * DAY;
	/* A clock that was ahead then: nobody knows how old it is. */
	return age > most || age < -DAY;
}

static bool ours(const struct keeper *keeper, const struct store_checkout *from)
{
	return from->scanned_with && !strcmp(from->scanned_with, keeper->scanned_with);
}

static struct store_walk *walk(struct keeper *keeper, bool facts)
{
	return store_checkouts(keeper->store, keeper->cli->roots, keeper->cli->root_count, 0, facts,
			       NULL);
}

/* Tells scanners what they need not scan; true: all of it. */
static bool tell_known(struct keeper *keeper, int64_t end_ns)
{
	struct store_checkout from;

	while (keeper_clock_ns() < end_ns) {
		if (!store_next_checkout(keeper->walk, &from))
			return true;
		if (!keeper->pool || !ours(keeper, &from) || !from.resolved)
			continue;
		if (!too_old(keeper, from.path, from.scanned_at, CHECKOUT_OK))
			scanner_know(keeper->pool, from.path, from.resolved);
	}
	return false;
}

static void set_loaded(struct keeper *keeper, const char *path)
{
	char *copy;

	if (strmap_get(keeper->loaded, path))
		return;
	copy = arena_strdup(keeper->loaded_arena, path);
	strmap_put(keeper->loaded, copy, copy);
}

/* Its facts cannot be used: what was known of it is nothing. */
static void scan_again(struct keeper *keeper, const char *path, bool ours)
{
	keeper->missing++;
	if (!keeper->pool || keeper->follows || !ours)
		return; /* it was not told as known: it is scanned when it is found */
	scanner_know(keeper->pool, path, NULL);
	scanner_scan(keeper->pool, path);
}

struct checkout *keeper_decode(const struct keeper *keeper, const struct store_checkout *from)
{
	struct checkout *checkout;
	struct wire_reader in;

	if (!ours(keeper, from) || !from->facts)
		return NULL;
	wire_reader_init(&in, from->facts, from->facts_len);
	checkout = checkout_decode(&in);
	if (checkout && checkout->path && !strcmp(checkout->path, from->path))
		return checkout;
	checkout_free(checkout);
	return NULL;
}

static void load_facts(struct keeper *keeper, const struct store_checkout *from)
{
	struct checkout *checkout;

	if (strmap_get(keeper->loaded, from->path))
		return;
	checkout = keeper_decode(keeper, from);
	if (!checkout) {
		scan_again(keeper, from->path, ours(keeper, from));
		return;
	}
	if (checkout->state == CHECKOUT_CRASHED && keeper->pool && !keeper->follows &&
	    too_old(keeper, from->path, from->scanned_at, checkout->state))
		scanner_scan(keeper->pool, from->path);
	set_loaded(keeper, from->path);
	keeper->applied++;
	fleet_apply(keeper->fleet, checkout);
}

static bool read_facts(struct keeper *keeper, int64_t end_ns)
{
	struct store_checkout from;

	while (keeper_clock_ns() < end_ns) {
		if (!store_next_checkout(keeper->walk, &from))
			return true;
		load_facts(keeper, &from);
	}
	return false;
}

static void end_walk(struct keeper *keeper)
{
	if (keeper->walk && store_walk_end(keeper->walk, NULL) < 0)
		keeper->missing++;
	keeper->walk = NULL;
}

/* One part of the way, as far as time allows; true: it is behind us. */
static bool load_phase(struct keeper *keeper, int64_t end_ns)
{
	bool done = true;

	switch (keeper->phase) {
	case KEEPER_START:
		keeper->sequence = store_sequence(keeper->store);
		return true;
	case KEEPER_AGES:
		return keeper_learn(keeper, end_ns);
	case KEEPER_KNOWN:
	case KEEPER_FACTS:
		if (!keeper->walk)
			keeper->walk = walk(keeper, keeper->phase == KEEPER_FACTS);
		if (!keeper->walk)
			keeper->missing++;
		else if (keeper->phase == KEEPER_KNOWN)
			done = tell_known(keeper, end_ns);
		else
			done = read_facts(keeper, end_ns);
		if (done)
			end_walk(keeper);
		return done;
	case KEEPER_LOADED:
		break;
	}
	return false;
}

bool keeper_load(struct keeper *keeper, struct scanner_pool *pool, unsigned ms)
{
	int64_t end_ns = keeper_clock_ns() + (int64_t)ms * MS;

	keeper->pool = pool;
	if (!keeper->store)
		keeper->phase = KEEPER_LOADED;
	while (keeper->phase != KEEPER_LOADED && load_phase(keeper, end_ns))
		keeper->phase++;
	if (keeper->phase != KEEPER_LOADED)
		return false;
	/* Rows of the last run are better than a fleet of which parts are missing. */
	if (keeper->applied && !keeper->missing)
		keeper_whole(keeper);
	return true;
}

bool keeper_told(const struct keeper *keeper)
{
	return keeper->phase > KEEPER_KNOWN;
}

void keeper_load_one(struct keeper *keeper, const char *path)
{
	struct store_checkout from;
	struct store_walk *walk;

	if (!keeper->store || keeper->phase == KEEPER_LOADED || strmap_get(keeper->loaded, path))
		return;
	walk = store_checkout(keeper->store, path, NULL);
	if (!walk)
		return;
	if (store_next_checkout(walk, &from) && ours(keeper, &from))
		load_facts(keeper, &from);
	store_walk_end(walk, NULL);
}
