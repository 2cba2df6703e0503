#ifndef SVCTOP_CORE_TEXT_H
#define SVCTOP_CORE_TEXT_H

/*
 * Text as a terminal shows it. Everything that comes from outside and reaches a screen
 * or a text file passes text_sanitise() first; the other functions count cells and
 * expect sanitised UTF-8 (bytes that are not count as one cell each).
 *
 * Widths are wcwidth()'s in the current LC_CTYPE, since ncurses lays out by the same;
 * where that is no UTF-8 locale a coarse table stands in.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/buf.h"

enum {
	TEXT_ASCII = 1, /* nothing beyond ASCII comes out */
	TEXT_LINES = 2, /* newlines are kept (but no carriage returns) */
};

/* UTF-8. The length of the character at p (len > 0 bytes left), 0 when there is none; the
 * character in *c. */
size_t text_decode(const char *p, size_t len, uint32_t *c);

/* Whether c changes the direction of text: it can make a text read as another. */
bool text_is_bidi(uint32_t c);

/* Adds a character; U+0000, surrogates and what is beyond Unicode become U+FFFD. */
void text_encode(struct buf *out, uint32_t c);

/* The offset of the first byte that is not UTF-8, len when all are. */
size_t text_utf8_bad(const char *bytes, size_t len);

/* The value of a hex digit, -1 for others. */
int text_hex_digit(char c);

/*
 * Adds bytes from outside to out in a form that is safe and has a known width:
 * newlines and tabs become spaces; other control characters, bidirectional controls,
 * bytes that are not UTF-8 and characters that have no width U+FFFD ('?' in ASCII);
 * joiners, variation selectors and other invisible characters are dropped, and so are
 * more than four combining marks on one letter. In ASCII mode typographic signs get
 * their usual substitutes.
 */
void text_sanitise(struct buf *out, const char *bytes, size_t len, unsigned flags);

/* The same for a string, in arena; NULL gives "". */
char *text_clean(struct arena *arena, const char *s, unsigned flags);

/* Cells of one character: 0, 1 or 2; -1 for what must not be shown. */
int text_char_width(uint32_t c);

/* Cells of a text. */
size_t text_width(const char *s);
size_t text_width_n(const char *s, size_t len);

/* How many bytes of s fit in so many cells; what they take in *used unless NULL. */
size_t text_fit(const char *s, size_t len, size_t cells, size_t *used);

/*
 * Adds s, cut to at most cells with an ellipsis ("~" in ASCII) where it is longer.
 * Returns the cells added, at most one short of the limit where a wide character did
 * not fit.
 */
size_t text_clip(struct buf *out, const char *s, size_t cells, unsigned flags);

enum text_align { TEXT_LEFT, TEXT_RIGHT, TEXT_CENTRE };

/* As text_clip(), then filled with spaces to exactly cells. */
void text_pad(struct buf *out, const char *s, size_t cells, enum text_align align, unsigned flags);

/*
 * Breaks text into lines of at most cells (0 counts as 1): at spaces, before wide
 * characters, within words that are longer than a line, and at newlines. *at is where
 * to go on, 0 at first; the line is s[*start .. *start + *n). False when no line is left.
 * An empty text has no lines.
 */
bool text_wrap(const char *s, size_t len, size_t cells, size_t *at, size_t *start, size_t *n);

/* A coarse age: "now", "2m", "3h", "5d" (to 59 d), "7mo", "2y". Returns out. */
#define TEXT_AGE_MAX 24
const char *text_age(int64_t seconds, char out[TEXT_AGE_MAX]);

/*
 * How long a gap has been open: "now", "5h", then in days, by which gaps are compared: "213d",
 * "12y" from a thousand of them. "213d+": at least so long. "-": since is not known, or only
 * that it was there earlier today. Returns out.
 */
#define TEXT_GAP_AGE_MAX 24
const char *text_gap_age(int64_t since, bool at_least, int64_t now, char out[TEXT_GAP_AGE_MAX]);

/* Lower case of a character: ASCII, Latin, Greek and Cyrillic letters. */
uint32_t text_fold(uint32_t c);

/* Whether needle occurs in hay, whatever the case; an empty one does. */
bool text_contains(const char *hay, const char *needle);

/*
 * Which letters a text has, whatever their case, one bit for several rare ones: where
 * mask(hay) lacks a bit of mask(needle), hay neither contains needle nor has its letters.
 */
uint64_t text_mask(const char *s);

/* The candidate that word was probably meant to be, NULL when none is near. */
const char *text_suggest(const char *word, const char *const *candidates, size_t count);

#endif
