#ifndef SVCTOP_CORE_CHECKLIST_BUILD_H
#define SVCTOP_CORE_CHECKLIST_BUILD_H

/*
 * Inside of core/checklist.h: reading a checklist's YAML with errors that point at
 * the place. All functions that return int give -1 with the error set.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/checklist.h"
#include "core/doc.h"
#include "core/err.h"

/* One file; an extended checklist is made of two. */
struct checklist_source {
	const char *path;
	const char *text;
	size_t len;
	struct doc_file *file;
	const struct doc *root;
	bool trusted; /* our own: its globs and regexes are checked by the tests */
};

/* A rule that was read already: a YAML alias leads to the same pairs again. */
struct checklist_seen {
	const struct doc_pair *pairs;
	const struct rule *rule;
	size_t size;	/* rules inside it, itself included */
	unsigned depth; /* of the deepest of them below it */
};

struct checklist_build {
	struct arena *arena;
	const struct checklist_source *source; /* of the nodes being read */
	struct probe *probes;
	struct checklist_place *places; /* of probes[i] */
	size_t probe_count, probe_cap, place_cap;
	struct checklist_seen *seen;
	size_t seen_count, seen_cap;
	struct regex **regexes; /* freed with the checklist */
	size_t regex_count, regex_cap;
	struct err *err;
};

/* Where something was written, for errors that are found later. */
struct checklist_place {
	const struct checklist_source *source;
	const struct doc *node;
};

/* Sets the error for the place of a node, with its line and a caret; -1. */
int checklist_bad(struct checklist_build *build, const struct doc *at, const char *fix,
		  const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Says that word is unknown, with a suggestion or the list of known ones; -1. */
int checklist_unknown(struct checklist_build *build, const struct doc *at, const char *what,
		      const char *word, const char *const *known, size_t count);

/* That map is a mapping, each of whose keys is among the known ones and stands once. */
int checklist_keys(struct checklist_build *build, const struct doc *map, const char *what,
		   const char *const *known, size_t count);

/*
 * Values of a mapping by key. A missing key leaves *out as it is, which is no error.
 * Texts are copied to the arena, without white space at their ends, and are not empty.
 */
int checklist_text(struct checklist_build *build, const struct doc *map, const char *key,
		   const char **out);
int checklist_texts(struct checklist_build *build, const struct doc *map, const char *key,
		    const char ***out, size_t *count); /* a list, or one text */
int checklist_number(struct checklist_build *build, const struct doc *map, const char *key,
		     int64_t min, int64_t max, int64_t *out);
int checklist_count(struct checklist_build *build, const struct doc *map, const char *key,
		    uint32_t min, uint32_t *out);
int checklist_bool(struct checklist_build *build, const struct doc *map, const char *key,
		   bool *out);
int checklist_duration(struct checklist_build *build, const struct doc *map, const char *key,
		       int64_t *out);
int checklist_word(struct checklist_build *build, const struct doc *map, const char *key,
		   const char *const *words, size_t count, unsigned *out); /* index of the word */

/* A regex that compiles; at is its node. */
int checklist_regex(struct checklist_build *build, const struct doc *at, const char *pattern,
		    bool ignore_case);

/* The same, compiled; the build owns it. NULL on error. */
struct regex *checklist_compile(struct checklist_build *build, const struct doc *at,
				const char *pattern, bool ignore_case);

/* That the texts of key are globs. */
int checklist_globs(struct checklist_build *build, const struct doc *map, const char *key,
		    const char **globs, size_t count);

/* The i-th text of the value of key, which is a list or one text: for errors. */
const struct doc *checklist_nth(const struct doc *map, const char *key, size_t i);

/* RULE, shared when it was read before. NULL on error. */
const struct rule *checklist_rule(struct checklist_build *build, const struct doc *node);

/* The key of map that says which probe it is; NULL: none of them. */
const char *checklist_probe_key(const struct doc *map);

/* The probe written in map under key; its index, or -1. */
int checklist_probe(struct checklist_build *build, const struct doc *map, const char *key);

/* The strongest evidence that a rule can give when it holds. */
enum strength checklist_reach(const struct rule *rule, const struct probe *probes);

#endif
