#ifndef SVCTOP_FETCH_HISTORY_COUNT_H
#define SVCTOP_FETCH_HISTORY_COUNT_H

/*
 * Counts the commits of a window into who did how much in which folder: what
 * history_collect() does with each commit, for whoever brings commits by another way.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/checkout.h"
#include "fetch/git.h"
#include "fetch/mailmap.h"

#define HISTORY_FUTURE 86400 /* seconds that a commit may be ahead: clocks differ */
#define HISTORY_QUIET  5000  /* commits looked through for the last one before the window */

/* A name and an address as commits have them, after .mailmap. */
struct identity {
	const char *name;
	const char *email;
	uint64_t hash;
	bool bot, dependency_bot;
};

/* What is kept of a folder while commits are counted. */
struct folder_count;

struct history_count {
	struct repo *repo;
	struct arena *arena;
	struct mailmap *mailmap;
	struct identity *identities;
	size_t identity_count, identity_cap;
	uint32_t *table; /* of identities, open addressing: index + 1 */
	size_t table_size;
	struct folder_count *folders;
	struct history *out;
	size_t count;
	int64_t now;
	int64_t stays_until; /* when the first of the counted commits leaves a window; 0: none */
};

/* A commit as it is counted. */
struct counted {
	struct repo_id id;
	const struct repo_commit *commit; /* NULL: is read where that is needed */
	int64_t time;			  /* committer's */
	bool merge;
	size_t author; /* an identity's number */
	bool update;   /* by a dependency bot, or a merge of its work */
};

/*
 * Begins: repo, arena, mailmap, out, count and now are set, all else is zero.
 * out[i].subdir is set; those that are "" have the head as last commit.
 */
void history_count_begin(struct history_count *c, const struct repo_id *head);

/* The number of the identity that the commit's person has after .mailmap. */
size_t history_identify(struct history_count *c, const struct repo_person *person);
/* The identity that it would be. Strings live in arena. */
void history_identity(struct arena *arena, const struct mailmap *map,
		      const struct repo_person *person, struct identity *out);
/* Adds an identity that is not there yet; returns its number. */
size_t history_add_identity(struct history_count *c, const struct identity *identity);

/* Counts a commit, newest first, for the folders whose changed[] is set and for "". */
void history_count_one(struct history_count *c, const struct counted *one, const bool *changed);

/* Whether the folder has a last commit so far. */
bool history_has_last(const struct history_count *c, size_t i);
/* Notes the commit as the folder's last. */
void history_set_last(struct history_count *c, size_t i, const struct repo_id *id);

/* The same, of any history. */
void history_note_last(struct history *out, struct arena *arena, const struct repo_id *id,
		       const struct repo_commit *commit, const char *author);

/* Fills out; frees what was needed for it, not the mailmap. */
void history_count_end(struct history_count *c);

#endif
