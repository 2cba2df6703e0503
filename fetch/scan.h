#ifndef SVCTOP_FETCH_SCAN_H
#define SVCTOP_FETCH_SCAN_H

/*
 * Reads one checkout for all checks in one pass over the tree of its default
 * branch: only folders that some glob can match in, only blobs that some probe or
 * reader asks about. Runs in a scanner process.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/checklist.h"
#include "core/checkout.h"
#include "core/err.h"

/* The compiled checklist; one serves any number of scans. */
struct scan_engine;

/* checklist must outlive the engine. */
struct scan_engine *scan_engine_new(const struct checklist *checklist, struct err *err);
void scan_engine_free(struct scan_engine *engine); /* NULL is allowed */

struct scan_options {
	const char *rev; /* instead of the default branch; NULL */
	int64_t at;	 /* the last commit of the first-parent line that is not younger; 0 */
	bool at_rev;	 /* rev may not be there (CHECKOUT_ABSENT), and its time is now */
	int64_t now;	 /* reference time of history facts, seconds */
	enum dependency_detail dependencies; /* in the result */
	const char
	    *crashed_head; /* a commit that crashed a scanner before: it is not read again; NULL */
	/* Called with the commit's id, and what it was resolved from (NULL with rev), before
	 * anything of its tree is read; NULL. */
	void (*on_head)(void *data, const char *hex, const char *resolved);
	void *data;
};

/*
 * Never NULL and never an error: a checkout that cannot be read says so in its
 * state, what could not be read inside of it is in its misses and warnings.
 */
struct checkout *scan_checkout(struct scan_engine *engine, const char *path,
			       const struct scan_options *options);

/* A file at a commit (hex, or NULL for the default branch), at most cap bytes, malloc'ed; NULL on
 * error. */
char *scan_blob(const char *checkout, const char *commit, const char *path, size_t cap, size_t *len,
		struct err *err);

#endif
