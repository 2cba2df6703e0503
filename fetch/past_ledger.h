#ifndef SVCTOP_FETCH_PAST_LEDGER_H
#define SVCTOP_FETCH_PAST_LEDGER_H

/*
 * All commits that count for a past, read once: what history_collect() would say as of each
 * commit of the first-parent line, at any time.
 */

#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/checkout.h"
#include "fetch/git.h"
#include "fetch/mailmap.h"
#include "fetch/past_line.h"

struct past_ledger;

/*
 * Commits of the windows that end at first or later. folders: all of which history is asked,
 * each once; they and the line must outlive the ledger. NULL: the head cannot be read.
 */
struct past_ledger *past_ledger_new(struct repo *repo, const struct past_line *line, int64_t first,
				    const char *const *folders, size_t count);
void past_ledger_free(struct past_ledger *ledger); /* NULL is allowed */

/* The .mailmap from here on; it stays the caller's. NULL: none. */
void past_ledger_set_mailmap(struct past_ledger *ledger, struct mailmap *mailmap);

/*
 * Fills out[i], whose subdir is the folder of the number folders[i], with what there was at
 * the time now of the line's commit at. Strings live in arena. last_commit of a folder without
 * a commit in the window is not set.
 */
void past_ledger_count(struct past_ledger *ledger, size_t at, int64_t now, const size_t *folders,
		       size_t count, struct arena *arena, struct history *out);

/* Sets the last commit of a folder. Strings live in arena. */
void past_ledger_last(struct past_ledger *ledger, const struct repo_id *id, struct arena *arena,
		      struct history *out);

#endif
