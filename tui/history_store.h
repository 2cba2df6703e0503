#ifndef SVCTOP_TUI_HISTORY_STORE_H
#define SVCTOP_TUI_HISTORY_STORE_H

/* What `svctop history` takes from the store, and leaves there for the dashboard. */

#include "core/arena.h"
#include "core/interval.h"
#include "tui/cli.h"

/* What git's history is of. */
struct git_history {
	const struct interval *intervals; /* all of them, as the replay gives them */
	size_t count;
	int64_t since, until;
};

/*
 * git's intervals, and what svctop saw of findings that git knows nothing of, as they are told
 * by live sources alone; an array in arena. Without a store git's alone.
 */
const struct interval *history_with_seen(const struct cli *cli, const struct git_history *git,
					 struct arena *arena, size_t *count);

/*
 * Puts git's intervals into the store, and days of the fleet, its owners and items. Nothing
 * happens where there is no store yet, or where it knows as much of a longer time. A failure is
 * told, and is no failure of the command.
 */
void history_keep(const struct cli *cli, const struct git_history *git);

#endif
