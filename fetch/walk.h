#ifndef SVCTOP_FETCH_WALK_H
#define SVCTOP_FETCH_WALK_H

/* Walks history from a commit, newest first by committer time, each commit once. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "fetch/git.h"

struct walk;

struct walk_step {
	struct repo_id id;
	struct repo_commit commit; /* valid until the next step */
	/* Tree of the first parent; has_parent is false at a root and where history is cut. */
	struct repo_id parent_tree;
	bool has_parent;
	bool cut; /* a parent is not here: a shallow or partial clone */
	/* Numbers that tell the walk's commits from each other, from 0 on, also those that it
	 * does not hand out: its own, its parents' as far as they are here, the first one first.
	 * Valid until the next step. */
	uint32_t number;
	const uint32_t *parents;
	size_t parent_count;
};

/*
 * since: commits before it end the walk, but for a few that are looked behind, as clocks
 * are wrong here and there. max: commits at most.
 */
enum repo_code walk_new(struct repo *repo, const struct repo_id *head, int64_t since, size_t max,
			struct walk **walk, struct err *err);
void walk_free(struct walk *walk); /* NULL is allowed */

/* The next commit not older than since; false at the end. */
bool walk_next(struct walk *walk, struct walk_step *step);

/* How many numbers there are so far. */
size_t walk_count(const struct walk *walk);

/* Whether the walk ended at max commits. */
bool walk_was_capped(const struct walk *walk);

#endif
