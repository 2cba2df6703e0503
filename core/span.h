#ifndef SVCTOP_CORE_SPAN_H
#define SVCTOP_CORE_SPAN_H

/* Parts of texts that somebody else owns, and the lines of a file, for readers that copy nothing.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes without a NUL at their end; at is never NULL, also when len is 0. */
struct span {
	const char *at;
	size_t len;
};

struct span span_of(const char *text);	 /* NULL gives an empty one */
struct span span_trim(struct span span); /* without white space at both ends */
struct span span_skip(struct span span, size_t count);

bool span_is(struct span span, const char *text);
bool span_is_icase(struct span span, const char *text);
bool span_starts(struct span span, const char *prefix);
bool span_ends(struct span span, const char *suffix);

/* Where text begins in span; -1: nowhere. */
ptrdiff_t span_find(struct span span, const char *text);

/* How many spaces it begins with. */
size_t span_indent(struct span span);

/* The span before and after the first c; false and untouched when there is none. */
bool span_cut(struct span span, char c, struct span *before, struct span *after);

/* Takes the next text in single or double quotes out of *rest; false when there is none. */
bool span_quoted(struct span *rest, struct span *text);

/* Trimmed, and without the quotes around it. */
struct span span_unquote(struct span span);

/* The leading letters, digits, '_', and what else `more` holds. */
struct span span_word(struct span span, const char *more);

/* Walks over the lines of a text: {bytes, bytes + len, 0}. */
struct lines {
	const char *next;
	const char *end;
	uint32_t number; /* of the line that was given last, from 1 */
};

/* The next line without its end (LF or CR LF); false after the last. */
bool lines_next(struct lines *lines, struct span *line);

#endif
