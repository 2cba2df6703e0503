#ifndef SVCTOP_FETCH_PAST_LEDGER_INTERNAL_H
#define SVCTOP_FETCH_PAST_LEDGER_INTERNAL_H

/* What counting anew (past_ledger.c) and counting on (past_window.c) share. */

#include "core/strmap.h"
#include "fetch/history_count.h"
#include "fetch/past_ledger.h"

#define NOBODY UINT32_MAX
#define NEVER  UINT32_MAX

/* A name and an address as commits have them. */
struct person {
	struct repo_person raw;
	uint32_t known_as; /* the first person of this identity; NOBODY: not looked up yet */
	struct identity identity;
	uint32_t count; /* the last count that met the identity, and its number there */
	size_t number;
};

struct entry {
	struct repo_id id;
	int64_t time;
	uint32_t order;	  /* in which the walk gave it */
	uint32_t brought; /* the line's commit that brought it in; NEVER: none */
	uint32_t author, committer;
	uint32_t changed_at, changed_count; /* in changed: numbers of folders */
	bool merge, update, cut, unknown;   /* unknown: what it changed */
};

struct past_ledger {
	struct repo *repo;
	const struct past_line *line;
	struct arena *arena; /* of persons */
	struct strmap *persons_by_name;
	struct person *persons;
	size_t person_count, person_cap;
	struct mailmap *mailmap;
	struct arena *identity_arena;
	struct strmap *identities; /* under this mailmap: number of the person + 1 */
	struct entry *entries;	   /* newest first */
	size_t count, cap;
	uint32_t *changed;
	size_t changed_count, changed_cap;
	const char *const *folders;
	size_t folder_count;
	bool capped;
	uint32_t mailmaps; /* how many there were */
	uint32_t counts;
};

/* The person under whose number the identity is counted. */
struct person *past_ledger_person(struct past_ledger *ledger, uint32_t number);

/* The newest entry that is not after a time. */
size_t past_ledger_first(const struct past_ledger *ledger, int64_t time);

#endif
