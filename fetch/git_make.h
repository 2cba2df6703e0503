#ifndef SVCTOP_FETCH_GIT_MAKE_H
#define SVCTOP_FETCH_GIT_MAKE_H

/*
 * Makes small git repositories, for the demo fleet: files are put, commits follow each
 * other on the branch "main", and finishing writes all objects as one pack, the refs
 * as a clone would have them, and the work tree.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

struct git_make;

struct git_signature_text {
	const char *name;
	const char *email;
	int64_t time; /* Unix time */
};

/* Around all other calls: libgit2 takes milliseconds to start, so once for a whole fleet. */
void git_make_init(void);
void git_make_shutdown(void);

/*
 * A new repository at path, which must not exist or be empty; missing parents are made.
 * remote is the URL of origin; NULL: none. NULL on error.
 */
struct git_make *git_make_new(const char *path, bool bare, const char *remote, struct err *err);

/* Puts a file, new or in place of the one at that path, into the next commit. -1 on error. */
int git_make_file(struct git_make *make, const char *path, const char *bytes, size_t len,
		  struct err *err);

/* Takes a file out of the next commit. -1: there is none at that path. */
int git_make_remove(struct git_make *make, const char *path, struct err *err);

/* Commits what was put. Author and committer are the same. -1 on error. */
int git_make_commit(struct git_make *make, const char *message,
		    const struct git_signature_text *who, struct err *err);

enum git_make_flags {
	GIT_MAKE_SHALLOW = 1, /* as `git clone --depth` leaves it: the oldest commit's parent is not
				 there (before the first commit) */
	GIT_MAKE_BROKEN = 2,  /* the newest commit is missing (at the end) */
};

void git_make_flag(struct git_make *make, enum git_make_flags flags);

/*
 * Writes everything out. With a remote, refs/remotes/origin/main and origin/HEAD are
 * set and their log says that they were fetched at fetched_at. -1 on error.
 */
int git_make_finish(struct git_make *make, int64_t fetched_at, struct err *err);

void git_make_free(struct git_make *make); /* NULL is allowed */

#endif
