#ifndef SVCTOP_TUI_TABLE_H
#define SVCTOP_TUI_TABLE_H

/*
 * A table that scrolls: columns fold away where the screen is narrow, the cursor and
 * the marks belong to objects (ids), not to rows, so they stay where they are when
 * rows move. What the rows are is the pane's business (struct table_source).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tui/draw.h"
#include "tui/keymap.h"

struct table_column {
	const char *name; /* the heading */
	const char *word; /* for `C` and messages: "owner" */
	int width;	  /* cells at least */
	int max;	  /* cells at most; 0: whatever is left */
	int priority;	  /* 0 never folds away; otherwise the highest goes first */
	enum align align;
	bool hidden; /* at first; `C` shows it */
};

struct table_source {
	const struct table_column *columns;
	size_t column_count; /* at most 32 */
	size_t (*count)(void *ctx);
	/* What identifies row's object across changes; never 0. */
	uint64_t (*id)(void *ctx, size_t row);
	/* The row of an object, -1 when it is gone. NULL: all ids are compared. */
	ptrdiff_t (*find)(void *ctx, uint64_t id);
	/* Draws one cell; canvas is one row high and as wide as the column. */
	void (*cell)(void *ctx, size_t row, size_t column, const struct canvas *canvas);
	/* Draws a row that is a heading of a group and returns true. NULL: there are none. */
	bool (*heading)(void *ctx, size_t row, const struct canvas *canvas);
};

struct table;

struct table *table_new(const struct table_source *source, void *ctx);
void table_free(struct table *table); /* NULL is allowed */

/* After the rows changed: finds the cursor's object again, else stays near the row. */
void table_changed(struct table *table);

/* Headings and rows. */
void table_draw(struct table *table, const struct canvas *canvas);

/* Moves the cursor; false when the action is none of a table's. */
bool table_action(struct table *table, enum action action);

/* Row under the cursor, -1 in an empty table. */
ptrdiff_t table_cursor(const struct table *table);
/* Puts the cursor on an object; false when it is not there. */
bool table_seek(struct table *table, uint64_t id);
/* Puts the cursor on row, or the last one. */
void table_move(struct table *table, size_t row);
/* The row drawn at a line of the canvas of the last table_draw(), -1: none. */
ptrdiff_t table_row_at(const struct table *table, int line);
/* A click on that line: the cursor goes to its row; false where there is none. */
bool table_click(struct table *table, int line);
/* The column whose heading was drawn at (0, col), -1: none. */
int table_column_at(const struct table *table, int col);

/* Marks the object under the cursor, or no longer. */
void table_mark(struct table *table);
bool table_marked(const struct table *table, uint64_t id);
size_t table_mark_count(const struct table *table);
void table_unmark(struct table *table);

/* Which column the rows are in the order of, for the sign in its heading; -1: none. */
void table_set_sort(struct table *table, int column, bool descending);

/* Columns hidden by the person (bit set), `C`. */
uint32_t table_hidden(const struct table *table);
void table_set_hidden(struct table *table, uint32_t columns);
const struct table_column *table_columns(const struct table *table, size_t *count);

/* A stable 64-bit id of up to two strings (NULL allowed), never 0. */
uint64_t table_id(const char *a, const char *b);

#endif
