#ifndef SVCTOP_CORE_DOC_INTERNAL_H
#define SVCTOP_CORE_DOC_INTERNAL_H

/* What the readers of the three formats share; for core/doc*.c and core/query*.c alone. */

#include "core/arena.h"
#include "core/doc.h"

enum {
	DOC_MAX_BYTES = 4 << 20,
	DOC_MAX_DEPTH = 64,
	DOC_MAX_EVENTS = 500000,  /* of the YAML parser; nodes of the others */
	DOC_MAX_PROBES = 5000000, /* of an index: keys that were made to collide */
};

struct doc_file {
	struct arena *arena;
	struct doc *docs;
	size_t count, cap;
};

/*
 * Makes a tree from events. Nodes wait on one stack until their container closes
 * and then move into the arena, so nothing recurses.
 */
struct doc_frame {
	enum doc_kind kind;
	uint32_t line, column;
	size_t start;	 /* on the stack */
	unsigned height; /* levels below, through aliases too */
	size_t tag;	 /* the caller's */
};

struct doc_builder {
	struct doc_file *file;
	const char *name; /* of the file, for errors */
	struct err *err;
	struct doc *stack;
	size_t len, cap;
	struct doc_frame frames[DOC_MAX_DEPTH];
	size_t depth;
	unsigned height; /* of the container that was closed last */
	size_t nodes;
};

/* -1 (with err) where a limit is passed. height: levels of containers in the node. */
int doc_build_push(struct doc_builder *build, const struct doc *node, unsigned height);
int doc_build_open(struct doc_builder *build, enum doc_kind kind, uint32_t line, uint32_t column,
		   size_t tag);

/* Closes the innermost container and pushes it; gives its frame's tag in *tag unless NULL. */
const struct doc *doc_build_close(struct doc_builder *build, size_t *tag);

/* Whether the next node is a key of the innermost map. */
bool doc_build_at_key(const struct doc_builder *build);

/* Moves the finished root into the file. */
void doc_build_finish(struct doc_builder *build);
void doc_build_free(struct doc_builder *build);

/* doc_get() for a key of len bytes; *cost is how many pairs it looked at. */
const struct doc *doc_find(const struct doc *map, const char *key, size_t len, size_t *cost);

/* Sets err with name:line as its place; returns -1. */
int doc_error(const char *name, struct err *err, uint32_t line, const char *fix, const char *fmt,
	      ...) __attribute__((format(printf, 5, 6)));

/* A map from (scope, key) to a pointer; the caller keeps the keys alive. */
struct doc_index_entry {
	const void *scope;
	const char *key;
	size_t len;
	uint64_t hash;
	void *value;
};

struct doc_index {
	struct doc_index_entry *entries; /* cap of them, a power of two */
	size_t count, cap;
	size_t probes; /* so far; beyond DOC_MAX_PROBES the caller gives up */
};

/* The place of the value, NULL where there is none yet; made where `add` is set. */
void **doc_index_at(struct doc_index *index, const void *scope, const char *key, size_t len,
		    bool add);
void doc_index_free(struct doc_index *index);

enum doc_state doc_parse_yaml(struct doc_file *file, const char *name, const char *bytes,
			      size_t len, struct err *err);
enum doc_state doc_parse_json(struct doc_file *file, const char *name, const char *bytes,
			      size_t len, struct err *err);
enum doc_state doc_parse_toml(struct doc_file *file, const char *name, const char *bytes,
			      size_t len, struct err *err);

#endif
