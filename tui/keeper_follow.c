/* What other processes write into the store: the one that scans for us, and `svctop history`. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "core/mem.h"
#include "tui/keeper_internal.h"

enum {
	SLICE_MS = 8,
	SOON_MS = 30,
	LATE_MS = 1000,
	POLL_MS = 5000 /* without inotify */
};

/*
 * The folder is watched: the log beside the file comes and goes. Where there is no inotify, or not
 * for this file system, it is looked at every few seconds.
 */
void keeper_watch(struct keeper *keeper)
{
	char *folder, *slash;

	keeper->look_at = keeper_clock_ns(); /* what was written before is not told */
	if (keeper->watch >= 0 || !keeper->store)
		return;
	keeper->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	folder = xstrdup(store_path(keeper->store));
	slash = strrchr(folder, '/');
	if (slash)
		*slash = '\0';
	if (keeper->watch >= 0 && inotify_add_watch(keeper->watch, slash ? folder : ".",
						    IN_MODIFY | IN_CREATE | IN_MOVED_TO) < 0)
		keeper_unwatch(keeper);
	free(folder);
}

void keeper_unwatch(struct keeper *keeper)
{
	if (keeper->watch >= 0)
		close(keeper->watch);
	keeper->watch = -1;
}

int keeper_fd(const struct keeper *keeper)
{
	return keeper->watch;
}

/* Whether the files changed since they were asked. */
static bool drain(const struct keeper *keeper)
{
	char events[4096];
	bool any = false;

	while (keeper->watch >= 0 && read(keeper->watch, events, sizeof(events)) > 0)
		any = true;
	return any;
}

/*
 * The log is written a moment before readers are let see what stands in it, and nothing tells of
 * that moment: it is looked again shortly after each change, and once more for a busy machine.
 */
static bool moved_since(struct keeper *keeper)
{
	int64_t now = keeper_clock_ns();

	if (drain(keeper)) {
		keeper->look_at = now + (int64_t)SOON_MS * MS;
		keeper->look_late = true;
	} else if (!keeper->look_at || now < keeper->look_at) {
		return false;
	} else if (keeper->look_late) {
		keeper->look_at = now + (int64_t)LATE_MS * MS;
		keeper->look_late = false;
	} else {
		keeper->look_at =
		    keeper->watch < 0 && keeper->follows ? now + (int64_t)POLL_MS * MS : 0;
	}
	return store_moved(keeper->store);
}

static bool take_in(struct keeper *keeper, const struct store_checkout *from)
{
	struct checkout *checkout = NULL;

	if (!from->scanned_with) {
		fleet_drop(keeper->fleet, from->path);
		return true;
	}
	checkout = keeper_decode(keeper, from);
	if (!checkout)
		return false;
	keeper->took_in = true;
	/* For when we go on in the place of whoever wrote it. */
	if (keeper->pool && from->resolved)
		scanner_know(keeper->pool, from->path, from->resolved);
	keeper_cause(keeper, checkout);
	fleet_apply(keeper->fleet, checkout);
	record_cause(keeper->record, NULL);
	return true;
}

/* What was written since we looked last, as far as time allows. */
static bool take_checkouts(struct keeper *keeper, int64_t end_ns)
{
	struct store_checkout from;
	bool moved = false;

	if (!keeper->walk) {
		int64_t sequence = store_sequence(keeper->store);

		if (sequence == keeper->sequence)
			return false;
		keeper->walk =
		    store_checkouts(keeper->store, keeper->cli->roots, keeper->cli->root_count,
				    keeper->sequence, true, NULL);
		keeper->sequence_next = sequence;
	}
	while (keeper->walk && keeper_clock_ns() < end_ns) {
		if (store_next_checkout(keeper->walk, &from)) {
			moved |= take_in(keeper, &from);
			continue;
		}
		if (store_walk_end(keeper->walk, NULL) == 0)
			keeper->sequence = keeper->sequence_next;
		keeper->walk = NULL;
	}
	return moved;
}

/* Whether git's history is another one than before. */
static bool history_moved(struct keeper *keeper)
{
	struct store_history history = {0};
	int64_t until = store_get_history(keeper->store, &history) ? history.until : 0;

	if (until == keeper->history_until)
		return false;
	keeper->history_until = until;
	return true;
}

bool keeper_follow(struct keeper *keeper)
{
	int64_t end_ns = keeper_clock_ns() + (int64_t)SLICE_MS * MS;
	bool moved = false;

	if (!keeper->store || keeper->phase != KEEPER_LOADED)
		return false;
	if (moved_since(keeper)) {
		keeper->past++;
		keeper->others_wrote = keeper->follows;
		if (history_moved(keeper))
			keeper_learn_all(keeper);
	}
	if (keeper->follows && (keeper->others_wrote || keeper->walk))
		moved = take_checkouts(keeper, end_ns);
	keeper->others_wrote = false;
	/* Ages that were learnt are asked for by the next settle. */
	if (keeper->names.len)
		moved |= keeper_learn(keeper, end_ns);
	if (moved && !keeper->walk && keeper->follows)
		keeper_whole(keeper);
	return moved;
}

uint64_t keeper_past_generation(const struct keeper *keeper)
{
	return keeper->past;
}
