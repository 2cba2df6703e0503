#ifndef SVCTOP_TUI_LINES_H
#define SVCTOP_TUI_LINES_H

/*
 * A text that scrolls: lines of spans in roles, wrapped by cells at the canvas's
 * width, some of which the cursor can stop at. Drill-downs, files, playbooks and
 * help are built with it. Spans are sanitised when added.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "tui/draw.h"
#include "tui/keymap.h"

struct lines;

struct lines *lines_new(void);
void lines_free(struct lines *lines); /* NULL is allowed */

/* Empties it; cursor, scroll place and search stay and are found again after the next adds. */
void lines_reset(struct lines *lines);

/*
 * Starts a line. id: what the cursor stops at and is kept by (never 0), or 0 for a
 * line that it passes over. In a text without such lines the arrows scroll.
 * indent: cells that wrapped rows are moved in; -1: the line is never wrapped but
 * clipped, and scrolls sideways (code, tables).
 */
void lines_begin(struct lines *lines, uint64_t id, int indent);

/* Adds to the line begun last. Text is copied; a tab becomes blanks. */
void lines_span(struct lines *lines, enum role role, const char *text);
void lines_spanf(struct lines *lines, enum role role, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Blanks up to a column from the line's start, at least one. */
void lines_tab(struct lines *lines, int column);
/* What follows stands at the right edge where the line fits into one row. */
void lines_right(struct lines *lines);

/* A line of one span. */
void lines_add(struct lines *lines, uint64_t id, int indent, enum role role, const char *text);
/* An empty line; several in a row become one. */
void lines_blank(struct lines *lines);
/* A rule with a title, and a text at its right end (NULL: none). */
void lines_rule(struct lines *lines, const char *title, const char *right);

size_t lines_count(const struct lines *lines);

void lines_draw(struct lines *lines, const struct canvas *canvas);

/* Moves and searches (next, previous match); false when the action is none of a text's. */
bool lines_action(struct lines *lines, enum action action);

/* id of the line under the cursor, 0: none. */
uint64_t lines_cursor(const struct lines *lines);
bool lines_seek(struct lines *lines, uint64_t id);
/* Scrolls so that line number index (from 0, as added) is visible with some context. */
void lines_show(struct lines *lines, size_t index);
/* The line's number for the row of the canvas of the last lines_draw(), -1: none. */
ptrdiff_t lines_at(const struct lines *lines, int row);
void lines_move(struct lines *lines, size_t index); /* the cursor to a line that has an id */
/* The text of a line, for `y`; valid until the next change. */
const char *lines_text(struct lines *lines, size_t index);

/* Marks every occurrence (case ignored) and goes to the first one at or after the top; "" ends. */
void lines_search(struct lines *lines, const char *text);
/* How many lines have a match. */
size_t lines_matches(const struct lines *lines);

/* Adds "3 lines match" or "no match" while something is searched for, for view_ops.narrowed. */
void lines_say_matches(const struct lines *lines, struct buf *out);

/* Where it stands: "12-40/213", or "" when all is visible. In out. */
const char *lines_place(const struct lines *lines, char *out, size_t size);

#endif
