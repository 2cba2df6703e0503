#ifndef SVCTOP_TUI_DRAW_H
#define SVCTOP_TUI_DRAW_H

/*
 * Drawing into a rectangle of the screen. Texts may come from anywhere: they are
 * sanitised here (core/text.h), measured in cells and clipped to the rectangle, so a
 * pane need not care. Places are relative to the canvas; what lies outside is not
 * drawn.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/checklist.h"
#include "core/text.h"
#include "tui/theme.h"

struct screen;

/* Signs of one width, in three alphabets: with braille, block characters alone, or ASCII. */
struct glyphs {
	const char *ellipsis;
	const char *status[5];	  /* by enum status, for the checklist bar: one cell */
	const char *word_mark[5]; /* by enum status, before a word in a list: one cell */
	const char *failed;	  /* an item that could not be measured, in the bar */
	const char *full, *empty; /* a bar's cells */
	const char *part[8];	  /* eighths of a cell, [0] unused; ASCII: all NULL */
	const char *rule;	  /* horizontal line */
	const char *vertical;
	const char *cursor, *mark, *open, *closed, *bullet, *arrow, *dot, *up, *down, *crumb;
	const char *spark[8]; /* a count in one cell, [0] for 0 */
	const char *shade[5]; /* layers of a chart where there is no braille */
	bool braille;
};

const struct glyphs *glyphs_utf8(void);
const struct glyphs *glyphs_console(void); /* Linux' own: a font of 256 signs */
const struct glyphs *glyphs_ascii(void);

struct canvas {
	struct screen *screen;
	const struct glyphs *glyphs;
	int y, x;
	int rows, cols;
	bool on_cursor; /* draw with the styles of the cursor's row */
};

enum align { ALIGN_LEFT, ALIGN_RIGHT };

/* A part of canvas, clipped to it. */
struct canvas canvas_part(const struct canvas *canvas, int row, int col, int rows, int cols);

/*
 * Draws text from (row, col), clipped with an ellipsis where it does not fit into
 * width cells (0 or less: nothing). Returns the column after what was drawn.
 */
int draw_text(const struct canvas *canvas, int row, int col, int width, enum role role,
	      const char *text);
int draw_textf(const struct canvas *canvas, int row, int col, int width, enum role role,
	       const char *fmt, ...) __attribute__((format(printf, 6, 7)));

/* The same, filled up with blanks to exactly width cells; returns col + width. */
int draw_field(const struct canvas *canvas, int row, int col, int width, enum align align,
	       enum role role, const char *text);

/* The same sign (one cell wide) count times. */
int draw_repeat(const struct canvas *canvas, int row, int col, int count, enum role role,
		const char *glyph);

/* Blanks from col to the end of the row in the role's colours. */
void draw_rest(const struct canvas *canvas, int row, int col, enum role role);

/* A bar of width cells of which value/total are filled, in eighths where the glyphs have them. */
int draw_bar(const struct canvas *canvas, int row, int col, int width, size_t value, size_t total,
	     enum role role);

/* Sign and word of a status: "+ pass", "x gap". Returns the column after. */
int draw_status(const struct canvas *canvas, int row, int col, enum status status);

enum role status_role(enum status status);

/* A line with a title in it: "-- TIER 1 ------ right --". */
void draw_rule(const struct canvas *canvas, int row, const char *title, const char *right);

/* Lines of text in the middle of the canvas, broken to its width, for empty states; NULL ends. */
void draw_empty(const struct canvas *canvas, const char *const *lines);

/* A coarse age (text_age()); "-" when then is 0, which means not known. Returns out. */
const char *draw_age(int64_t then, int64_t now, char out[TEXT_AGE_MAX]);

#endif
