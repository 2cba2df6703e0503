#ifndef SVCTOP_CORE_JSON_SCAN_H
#define SVCTOP_CORE_JSON_SCAN_H

/*
 * JSON as a stream of tokens over bytes in memory: no tree, no allocation, about the
 * speed of reading the bytes. For lockfiles and answers that are large beside what is
 * wanted of them; core/doc.h makes trees. Strict (RFC 8259) but for comments and a
 * comma before a closing bracket, which configuration files have; a BOM is skipped.
 * Text between quotes is not checked for UTF-8.
 *
 *	json_scan_init(&scan, bytes, len, 0);
 *	if (json_next(&scan) == JSON_OBJECT)
 *		while (json_next(&scan) == JSON_KEY) {
 *			if (json_text_is(&scan, "name") && json_next(&scan) == JSON_STRING)
 *				name = json_strdup(&scan, arena);
 *			else
 *				json_skip(&scan);
 *		}
 *	if (scan.token == JSON_ERROR)
 *		... scan.error, json_line(&scan)
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/buf.h"

enum json_token {
	JSON_START, /* before the first json_next() */
	JSON_END,   /* the one value was read and nothing follows */
	JSON_ERROR, /* error says what; every further call gives it again */
	JSON_OBJECT,
	JSON_OBJECT_END,
	JSON_ARRAY,
	JSON_ARRAY_END,
	JSON_KEY, /* its value follows */
	JSON_STRING,
	JSON_NUMBER,
	JSON_TRUE,
	JSON_FALSE,
	JSON_NULL
};

enum {
	JSON_FIVE = 1, /* JSON5: bare keys, single quotes, +1, .5, 0x1f, Infinity */
	JSON_MAX_DEPTH = 512,
};

struct json_scan {
	enum json_token token; /* the last one */
	const char *text;      /* of keys and strings without quotes, of numbers and words */
	size_t len;
	bool escaped;	   /* text has backslashes: json_unescape() */
	unsigned depth;	   /* containers open after the token */
	const char *error; /* what is wrong, static; NULL */

	/* Not for the caller. */
	const char *base, *next, *end;
	unsigned flags;
	uint8_t state;
	uint64_t objects[JSON_MAX_DEPTH / 64]; /* which of the open containers are objects */
	const char *line_start;		       /* of the line that json_line() last gave */
	uint32_t line;
	const char *counted; /* where json_line() looked last: no newline from line_start to here */
};

/* The bytes must stay until the last call. */
void json_scan_init(struct json_scan *scan, const char *bytes, size_t len, unsigned flags);

enum json_token json_next(struct json_scan *scan);

/*
 * Passes over the value that the last token began: after a key its value, after an
 * opening bracket everything up to and with the closing one; after others nothing.
 * False on error.
 */
bool json_skip(struct json_scan *scan);

/* Whether the last token's text, unescaped, is s. */
bool json_text_is(const struct json_scan *scan, const char *s);

/* The last token's text, unescaped, in arena. */
char *json_strdup(const struct json_scan *scan, struct arena *arena);

/* The line (from 1) of the last token or error. Cheap when asked in the order of the file. */
uint32_t json_line(struct json_scan *scan);

/* The column, from 1, in bytes. */
uint32_t json_column(struct json_scan *scan);

/*
 * Adds the meaning of a raw text to out. What UTF-8 cannot hold (a lone surrogate) and
 * \u0000 become U+FFFD. False where a backslash begins no escape; it is kept then.
 */
bool json_unescape(const char *raw, size_t len, struct buf *out);

#endif
