#ifndef SVCTOP_FETCH_DISCOVER_H
#define SVCTOP_FETCH_DISCOVER_H

/*
 * Finds git checkouts below directories: work trees, bare repositories, linked
 * worktrees and submodules, at any depth. No symbolic link is followed but a root
 * itself. A repository is reported once, however many worktrees it has (the main one
 * when it lies below the roots), a submodule once however many checkouts hold it.
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

enum discover_kind {
	DISCOVER_WORKTREE,  /* .git is a directory */
	DISCOVER_BARE,	    /* the directory is the repository */
	DISCOVER_LINKED,    /* a linked worktree whose main one is not below the roots */
	DISCOVER_SUBMODULE, /* .git is a file that leads into another checkout's modules/ */
	DISCOVER_BROKEN,    /* there is a .git, but no repository in it */
};

struct discover_sink {
	void *data;
	/* A checkout; path is absolute when its root is, and only valid during the call. */
	void (*found)(void *data, const char *path, enum discover_kind kind);
	/* A directory that could not be entered or read, with the system's reason. */
	void (*problem)(void *data, const char *path, const char *reason);
	/* Called now and then, at most every 20 ms, so that a long walk is no hang; NULL. */
	void (*alive)(void *data);
};

struct discover_options {
	const char *const *roots;
	size_t root_count;
	const char *const *exclude; /* globs (core/glob.h): relative to the root, or absolute */
	size_t exclude_count;
};

/*
 * Walks all roots, each directory in name order. -1: a root is no directory that can
 * be read (err names it); the other roots have been walked all the same.
 */
int discover(const struct discover_options *options, const struct discover_sink *sink,
	     struct err *err);

#endif
