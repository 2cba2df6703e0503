#ifndef SVCTOP_FETCH_TREEDIFF_H
#define SVCTOP_FETCH_TREEDIFF_H

/*
 * Which of some paths differ between two trees, reading only the directories on their
 * way, and none where the ids are equal. For questions of history: neighbours in it
 * share most trees, so the last ones read are kept.
 */

#include <stdbool.h>
#include <stddef.h>

#include "fetch/git.h"

struct treediff;

/* Paths stay the caller's and must outlive it. "" is the whole tree. */
struct treediff *treediff_new(struct repo *repo, const char *const *paths, size_t count);
void treediff_free(struct treediff *diff); /* NULL is allowed */

/*
 * Sets changed[i] for each path that is other in b than in a, kind and mode counting as
 * well, and leaves the others alone. NULL is an empty tree.
 */
enum repo_code treediff_run(struct treediff *diff, const struct repo_id *a, const struct repo_id *b,
			    bool *changed, struct err *err);

#endif
