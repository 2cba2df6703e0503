#ifndef SVCTOP_CORE_MATCHER_INTERNAL_H
#define SVCTOP_CORE_MATCHER_INTERNAL_H

/* Inside of core/matcher.h. */

#include "core/doc.h"
#include "core/matcher.h"
#include "core/query.h"
#include "core/regex.h"

#define MATCHER_MAX_HITS 512 /* a probe and file: central files speak of many services */
#define MATCHER_MAX_TEXT 200 /* bytes of evidence */

/* A regex for lines of a file. */
struct line_regex {
	struct regex *regex;
	bool spans; /* (?s): may match across lines */
};

/*
 * A list of exceptions, often the same for many probes, which are asked about one path
 * after the other.
 */
struct except_set {
	const struct probe *like; /* a probe that has the list */
	struct glob_set *globs;
	char *path; /* the last one asked about */
	bool answer;
};

/*
 * What a probe asks of a file. Regexes, queries and exceptions are compiled when a
 * file first asks for them: most probes never see one.
 */
struct matcher_probe {
	const struct probe *probe;
	bool needs_content;
	bool compiled, broken; /* content */
	struct line_regex *lines;
	struct line_regex *without;
	struct query *query;	   /* NULL: no `where` */
	struct query_path *value;  /* NULL: none */
	struct except_set *except; /* NULL: none, or not compiled yet */
};

/* Who asks for a package of a name. */
struct package_slot {
	const char *name; /* lower case; NULL: free */
	uint32_t probe;
};

struct matcher {
	const struct checklist *checklist;
	struct glob_set *globs;
	struct glob_set *excluded; /* folders, by name */
	struct glob_state excluded_start;
	struct matcher_probe *probes; /* one a probe of the checklist */
	struct package_slot *slots;   /* exact names: hashed, a power of two */
	size_t slot_mask;
	struct package_slot *patterns; /* names with `*` */
	size_t pattern_count;
	uint32_t pattern_starts[257]; /* by first byte, and the end */
	struct except_set *excepts;   /* at most one a probe */
	size_t except_count;
	struct arena *arena;
};

/* matcher_compile.c */

/* Compiles what asks about content; false when something of it is broken. */
bool matcher_compile_content(struct matcher *matcher, struct matcher_probe *made);

/* The exceptions of a probe that has some. */
struct except_set *matcher_except(struct matcher *matcher, struct matcher_probe *made);

void matcher_free_compiled(struct matcher *matcher);

/* matcher_lines.c */

/* The next line at or behind from that regex matches on; spans[1] is its first group. */
enum regex_result line_search(const struct line_regex *regex, const char *text, size_t len,
			      size_t from, struct regex_span spans[2]);

/* Whether text has a line that is too long to be searched. */
bool line_too_long(const char *text, size_t len);

/* Start and end (without the line break) of the line at an offset. */
struct regex_span line_around(const char *text, size_t len, size_t at);

/* matcher_broken.c */

/*
 * Whether the `where` of a probe could hold of some element of a file that is no
 * document: false only where its lines rule it out.
 */
bool matcher_broken_may_hold(const struct probe *probe, const char *bytes, size_t len);

/* matcher_package.c */

void matcher_add_packages(struct matcher *matcher);

/* matcher_names.c: which services a place names. Lower case, each once. */

#define MATCHER_MAX_NAMES 32

struct place_names {
	struct arena *arena;
	const char *names[MATCHER_MAX_NAMES];
	size_t count;
};

/* Folders and file name of a path, without words that say nothing. */
void names_of_path(struct place_names *names, const char *path);

/* Labels of an element of a document, and those at the document's head. */
void names_of_element(struct place_names *names, const struct doc *root, const struct doc *element);

/* The names at the head of a document of a text, kept from one of its lines to the next. */
struct text_head {
	bool known;
	size_t start, end; /* of the document */
	struct place_names names;
};

/*
 * Labels in the block of text around the line at an offset, and at the document's head.
 * head is zeroed for the first line of a file.
 */
void names_of_text(struct place_names *names, struct text_head *head, const char *path,
		   const char *text, size_t len, size_t at);

/* Adds what other has. */
void names_add_all(struct place_names *names, const struct place_names *other);

/* matcher_label.c: single values and lines. */

/* A value of a label, which is kept whole and without generic words at its ends. */
void names_add_value(struct place_names *names, const char *text, size_t len);

/* A part of a path: nothing when it is generic. */
void names_add_part(struct place_names *names, const char *text, size_t len);

/* Whether a key's value names a service; `name` counts only where plain_name. */
bool names_is_key(const char *key, size_t len, bool plain_name);

/* Selectors in an expression: job="x", service=~"x|y". */
void names_add_selectors(struct place_names *names, const char *text, size_t len);

#endif
