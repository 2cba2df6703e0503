#ifndef SVCTOP_TUI_LINES_INTERNAL_H
#define SVCTOP_TUI_LINES_INTERNAL_H

/* A text as lines.c builds it and lines_view.c shows it. */

#include "core/buf.h"
#include "tui/lines.h"

struct span {
	enum role role;
	size_t start, len; /* in lines->text */
};

struct line {
	uint64_t id;
	int indent;
	size_t start, len;	  /* of its whole text, which its spans cover */
	size_t first_span, spans; /* in lines->spans */
	size_t right_span;	  /* number of the first one at the right; SIZE_MAX: none */
	bool rule;
	bool match;
};

/* A row of the screen: a part of a line. */
struct row {
	size_t line;
	size_t start, len; /* in lines->text */
	int indent;
};

struct lines {
	struct buf text;
	struct span *spans;
	size_t span_count, span_cap;
	struct line *lines;
	size_t count, cap;
	bool stops; /* some line has an id */

	struct row *rows;
	size_t row_count, row_cap;
	int width;  /* that rows were made for; 0: anew */
	int height; /* of the last draw */
	size_t top; /* row */
	int left;   /* cells scrolled sideways */
	size_t cursor;
	uint64_t cursor_id;
	size_t show; /* line to bring into sight with the next draw; SIZE_MAX: none */
	bool follow; /* the cursor moved: keep it in sight */

	char *needle;
	size_t matches;
	size_t found;	  /* line that the search is at */
	struct buf shown; /* lines_text() */
};

/* Finds the lines that have the needle. */
void lines_find(struct lines *lines);

#endif
