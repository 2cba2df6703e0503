#ifndef SVCTOP_CORE_QUERY_H
#define SVCTOP_CORE_QUERY_H

/*
 * Questions to documents, as checklist rules ask them: a path chooses nodes, a term
 * is a condition on what its path chooses, a query is terms that must all hold of
 * the same element.
 *
 * A path is keys with dots between them: `spec.template.metadata`. `*` is any key
 * of a map or any item of a list, `**` any number of levels, also none; a number
 * is an item's index (from 0) in a list; "quoted keys" may have dots and spaces. `.`
 * alone is the node itself. YAML's merge keys are followed.
 *
 * A term is PATH, PATH absent, PATH exists, or PATH OPERATOR VALUE:
 *   = !=          the text is equal; true and false also match yes, no, on, off
 *   < <= > >=     numbers
 *   ~ !~          a regex (core/regex.h) matches somewhere in the text
 * It holds where some chosen node fulfils it; != and !~ hold where none fulfils
 * their opposite, so also where nothing is chosen. A null is as good as absent.
 * The value may stand in quotes; spaces around it do not count.
 *
 * Documents may be hostile (aliases make 10^20 paths): a run ends after a number of
 * steps and says so.
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/arena.h"
#include "core/checklist.h"
#include "core/doc.h"
#include "core/err.h"

enum query_result { QUERY_GAVE_UP = -1, QUERY_NO, QUERY_YES };

enum { QUERY_ICASE = 1 }; /* the case of texts does not matter; keys' does */

struct query_path;

/* NULL: no path; err->what says why. */
struct query_path *query_path_new(const char *text, struct err *err);
void query_path_free(struct query_path *path); /* NULL is allowed */

/*
 * Calls visit for each node that path chooses, in file order, until it returns false.
 * YES when there was one. Nulls are visited too. root may be NULL.
 */
enum query_result query_select(const struct query_path *path, const struct doc *root,
			       bool (*visit)(void *arg, const struct doc *node), void *arg);

/* The first node that path chooses and that is no null; NULL where there is none. */
const struct doc *query_first(const struct query_path *path, const struct doc *root);

/* Reads a term as its author writes it; the texts live in arena. -1: err->what says why. */
int query_term_parse(struct arena *arena, const char *text, struct query_term *term,
		     struct err *err);

struct query;

/* each: the path of the elements, NULL for the document itself. Copies what it is given. */
struct query *query_new(const char *each, const struct query_term *terms, size_t count,
			unsigned flags, struct err *err);
void query_free(struct query *query); /* NULL is allowed */

struct query_hit {
	const struct doc *element;
	const struct doc *at; /* what the last term chose that chose something, else element */
};

/*
 * Finds the elements of a document for which all terms hold, in file order; at most
 * max are stored, *count is how many are. YES when there is one. GAVE_UP: there may
 * be more than *count, and also with none it is not sure that there is none.
 */
enum query_result query_run(const struct query *query, const struct doc *root,
			    struct query_hit *hits, size_t max, size_t *count);

#endif
