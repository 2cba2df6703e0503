#ifndef SVCTOP_CORE_DOC_H
#define SVCTOP_CORE_DOC_H

/*
 * A YAML, JSON or TOML file as one kind of tree, each node with its place in the
 * file, so that evidence and warnings can name a line. Scalars stay text: `on:`,
 * `yes` and `0755` arrive as they were written.
 *
 * Input is untrusted: 4 MiB, 64 levels (counted through aliases, so walkers may
 * recurse) and 500,000 nodes are the limits. An alias shares its target and is never
 * expanded, so a document is a graph without cycles and a walker that follows every
 * path must count its steps.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

enum doc_kind { DOC_NULL, DOC_SCALAR, DOC_SEQ, DOC_MAP };

struct doc_pair;

struct doc {
	enum doc_kind kind;
	bool quoted;   /* a quoted scalar is text, never null, a number or a boolean */
	uint32_t line; /* from 1; a list or map that begins below its key stands at the key */
	uint32_t column;
	const char *text; /* of a scalar, NUL-terminated UTF-8; "" for other kinds */
	size_t len;	  /* items of a sequence, pairs of a map */
	union {
		const struct doc *items;
		const struct doc_pair *pairs; /* in file order, duplicates kept */
	};
};

struct doc_pair {
	struct doc key;
	struct doc value;
};

enum doc_format { DOC_YAML, DOC_JSON, DOC_TOML };

enum doc_state {
	DOC_OK,
	DOC_TEMPLATE, /* Helm, Go or ERB template: not YAML until rendered, and no error */
	DOC_BROKEN    /* err says what and where */
};

struct doc_file; /* the documents of one file; owns all nodes */

/*
 * Parses bytes. name is the file's path, for err->where. *out is set in every
 * state and must be freed with doc_free(): a broken file has the documents that
 * came before the error, a template has none.
 */
enum doc_state doc_parse(struct doc_file **out, enum doc_format format, const char *name,
			 const char *bytes, size_t len, struct err *err);
void doc_free(struct doc_file *file); /* NULL is allowed */

/* The format by a path's ending (.yml .yaml .json .toml, Cargo.lock ...); -1: none of them. */
int doc_format_of(const char *path);

size_t doc_count(const struct doc_file *file);
const struct doc *doc_at(const struct doc_file *file, size_t index);

/*
 * Reading a tree. All take NULL or a node of another kind and answer NULL then, so
 * that lookups can be chained. Nodes live as long as the file.
 */
const struct doc *doc_get(const struct doc *map,
			  const char *key); /* last duplicate wins; follows << */
const struct doc *doc_item(const struct doc *seq, size_t index);

/* A dotted path of keys: "spec.template.metadata". Keys with dots need doc_get(). */
const struct doc *doc_path(const struct doc *node, const char *path);

/* The text of a scalar; NULL for null (also a plain `~`, `null` or nothing) and other kinds. */
const char *doc_str(const struct doc *node);

/* An unquoted or quoted decimal integer; false when the node is none. */
bool doc_int(const struct doc *node, int64_t *value);

/* true, yes, on / false, no, off (YAML 1.1, any case) when not quoted; false when neither. */
bool doc_bool(const struct doc *node, bool *value);

/* A duration such as 30s, 12h, 180d or 1y (units s, m, h, d, w, y; more than 0), in seconds. */
bool doc_duration(const struct doc *node, int64_t *seconds);

/* The line number of text's byte offset, from 1. */
uint32_t doc_line_of(const char *bytes, size_t len, size_t offset);

#endif
