#ifndef SVCTOP_FETCH_PAST_MAKE_H
#define SVCTOP_FETCH_PAST_MAKE_H

/*
 * The past of a checkout (core/past.h) from its git history: the same probes on the tree of
 * every commit of the first-parent line since a time, and what the commits and their dates
 * say of each folder as of then. Runs in a scanner process.
 */

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/past.h"
#include "fetch/scan.h"

#define PAST_COMMITS 20000 /* of the first-parent line, looked at */

struct past_options {
	const char *rev; /* instead of the default branch; NULL */
	int64_t since;
	int64_t until; /* now, as a scan's reference time */
	int64_t every; /* seconds between two dates at which dates alone are looked at */
	enum dependency_detail dependencies; /* in the versions */
	size_t commits;			     /* at most; 0: PAST_COMMITS */
	void (*alive)(void *data);	     /* called after each commit; NULL */
	void *data;
};

/*
 * The first version is how it was at since, by the newest commit that is not younger; where
 * there is none, the oldest commit, at its time. The last one is how it is at until. In
 * between there is one for each commit with which probes or descriptors say something else,
 * or with which a question about history is answered otherwise (who commits, how often), and
 * one for each date at which the latter is so without a commit; what the date had changed by
 * the time of a commit comes before that commit's. Times are those of the committers, made to
 * go forward. No version at all where there is no commit yet. NULL on error.
 */
struct past *past_make(struct scan_engine *engine, const char *path,
		       const struct past_options *options, struct err *err);

#endif
