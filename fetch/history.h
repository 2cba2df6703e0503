#ifndef SVCTOP_FETCH_HISTORY_H
#define SVCTOP_FETCH_HISTORY_H

/*
 * What a repository's past says: who works on it, when a file last changed, the last
 * commits. One walk bounded by dates and a count, on raw commits; .mailmap applied,
 * robots counted apart from people. The reference time is an argument: same
 * repository and time, same answer.
 */

#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/checkout.h"
#include "core/err.h"
#include "fetch/git.h"

#define HISTORY_WINDOW	    (365 * INT64_C(86400)) /* seconds in which authors count */
#define HISTORY_BOT_WINDOW  (180 * INT64_C(86400)) /* dependency bots' commits */
#define HISTORY_MAX_AUTHORS 500			   /* the busiest, a folder */
#define HISTORY_MAX_COMMITS 200000		   /* a walk's end; what is told then is a part */

/*
 * Fills out[i] for subdirs[i] ("" is the whole checkout) with commits of the window
 * before now that head reaches. A commit counts for a folder when the folder differs
 * from the first parent's. Strings live in arena. Not REPO_OK only when the head
 * itself can't be read; a missing parent makes `complete` false.
 */
enum repo_code history_collect(struct repo *repo, const struct repo_id *head, int64_t now,
			       const char *const *subdirs, size_t count, struct arena *arena,
			       struct history *out, struct err *err);

#define HISTORY_UNKNOWN (-1) /* a shallow clone, a missing object: nobody can say */
#define HISTORY_OLDER	1    /* before the window, or further back than was looked */

/*
 * times[i]: committer time of the last commit that changed paths[i], or one of the two
 * above. A merge changed a path only when it differs from all its parents. Looks back
 * max_age seconds before now.
 */
enum repo_code history_touched(struct repo *repo, const struct repo_id *head,
			       const char *const *paths, size_t count, int64_t now, int64_t max_age,
			       int64_t *times, struct err *err);

/*
 * As history_touched(), since a time and within max commits; ids[i] gets the commit that
 * changed paths[i] where times[i] is greater than HISTORY_OLDER. ids may be NULL.
 */
enum repo_code history_last_change(struct repo *repo, const struct repo_id *head,
				   const char *const *paths, size_t count, int64_t since,
				   size_t max, int64_t *times, struct repo_id *ids,
				   struct err *err);

struct history_commit {
	char hash[REPO_HEX + 1];
	int64_t time;	     /* committer's */
	const char *author;  /* after .mailmap */
	const char *subject; /* first line of the message */
};

/* The last max commits that changed subdir ("" for all; merges left out), newest first. */
enum repo_code history_log(struct repo *repo, const struct repo_id *head, const char *subdir,
			   size_t max, struct arena *arena, struct history_commit **commits,
			   size_t *count, struct err *err);

#endif
