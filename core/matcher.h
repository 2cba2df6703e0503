#ifndef SVCTOP_CORE_MATCHER_H
#define SVCTOP_CORE_MATCHER_H

/*
 * A checklist's file and dependency probes compiled for scans: one glob matcher for
 * all paths, JIT-compiled regexes (PCRE2 with match limits), parsed queries. It
 * answers what a path or a file's bytes say; walking the tree is fetch/scan's work.
 * One serves a scanner process for its whole life.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/checklist.h"
#include "core/checkout.h"
#include "core/err.h"
#include "core/glob.h"

/*
 * Beside the probes, the walk looks for files that have readers of their own. Their
 * glob ids stand above the probes': id >= MATCHER_READERS is a reader.
 */
enum matcher_reader {
	READER_DESCRIPTOR, /* core/descriptor.h */
	READER_CODEOWNERS, /* core/codeowners.h */
	READER_MANIFEST,   /* core/manifest.h */
	READER_MAILMAP,	   /* .mailmap at the root */
	READER_COUNT
};

#define MATCHER_READERS 0x10000u

struct matcher;

/*
 * checklist must outlive the matcher. NULL on error: a glob that is none, with its line.
 * Regexes and queries are compiled when a file first needs them.
 */
struct matcher *matcher_new(const struct checklist *checklist, struct err *err);
void matcher_free(struct matcher *matcher); /* NULL is allowed */

/*
 * The compiled globs. Walk with glob_start() at the checkout's root and
 * glob_restart() in each folder that a service owns. Ids are probe indexes, once
 * per probe (its `files`), and MATCHER_READERS + reader.
 */
const struct glob_set *matcher_globs(const struct matcher *matcher);

/* Trees that never count: vendor/, node_modules/ ... path is from the checkout's root. */
bool matcher_excluded(const struct matcher *matcher, const char *name, size_t len);

/* False when a path alone answers the probe and its blob need not be read. */
bool matcher_needs_content(const struct matcher *matcher, uint32_t probe);

/* Whether path (relative to the scope's root) is taken back by the probe's `except`. */
bool matcher_excepted(struct matcher *matcher, uint32_t probe, const char *path);

/* Where the answers about one file go. Arrays grow in place; strings live in arena. */
struct matcher_answers {
	struct arena *arena;
	struct hit *hits;
	size_t hit_count, hit_cap;
	struct miss *misses;
	size_t miss_count, miss_cap;
};

/*
 * Answers the given probes about one file: bytes are its content, NULL where none of
 * the probes needs it. path is from the checkout's root. The file is parsed at most
 * once whatever the number of probes. At most 512 hits a probe and file are kept.
 * Hits of fleet-scope probes carry the service names found at the place (folder and
 * file names of the path, name/app/service/job labels of the matched element).
 */
void matcher_file(struct matcher *matcher, const uint32_t *probes, size_t count, const char *path,
		  const char *bytes, size_t len, struct matcher_answers *answers);

/* Answers all dependency probes from one manifest's dependencies. */
void matcher_dependencies(struct matcher *matcher, const struct dependency *dependencies,
			  size_t count, struct matcher_answers *answers);

#endif
