#ifndef SVCTOP_FETCH_DISCOVER_REPO_H
#define SVCTOP_FETCH_DISCOVER_REPO_H

/*
 * The repositories that a walk came across: tells main work trees, linked ones and
 * submodules apart, and reports each repository once. Linked worktrees and submodules
 * wait for the end: what is found later may make them one too many.
 */

#include "fetch/discover.h"

struct found_set;

struct found_set *found_new(const struct discover_sink *sink);

/* The directory open at fd has an entry .git. */
void found_work_tree(struct found_set *set, int fd, const char *path);

/* The directory open at fd has HEAD, objects and refs. */
void found_bare(struct found_set *set, int fd, const char *path);

/* Reports those that waited, and frees the set. */
void found_finish(struct found_set *set);

#endif
