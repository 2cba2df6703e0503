#ifndef SVCTOP_CORE_REGEX_H
#define SVCTOP_CORE_REGEX_H

/*
 * Regexes that users and checklists write, against bytes that nobody controls: PCRE2,
 * JIT-compiled where the machine can, with a match limit so that no pattern runs for
 * long. Text is bytes, not UTF-8, so an invalid sequence is no error. A line ends at
 * CR, LF or both.
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

enum {
	REGEX_ICASE = 1,     /* case does not matter (ASCII) */
	REGEX_MULTILINE = 2, /* ^ and $ match at every line */
	REGEX_ONCE = 4,	     /* for a check of the pattern or a few matches: not compiled further */
};

enum regex_result { REGEX_GAVE_UP = -1, REGEX_NO, REGEX_YES };

/* A part of the text: offsets of its first byte and of the one after it. */
struct regex_span {
	size_t start;
	size_t end;
};

struct regex;

/* NULL: not a regex; err->what says why and where in it. Patterns over 4 KB are refused. */
struct regex *regex_new(const char *pattern, unsigned flags, struct err *err);
void regex_free(struct regex *regex); /* NULL is allowed */

/*
 * Searches text[from, len). With YES spans[0] is the match and spans[1..] its groups
 * ({0, 0} for one that took no part), as far as max goes; spans may be NULL with max 0.
 * GAVE_UP: the match limit was hit. Not to be used by two threads at once.
 */
enum regex_result regex_match(const struct regex *regex, const char *text, size_t len, size_t from,
			      struct regex_span *spans, size_t max);

/* Whether it matches anywhere in a string; giving up counts as no. */
bool regex_test(const struct regex *regex, const char *text);

#endif
