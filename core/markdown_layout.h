#ifndef SVCTOP_CORE_MARKDOWN_LAYOUT_H
#define SVCTOP_CORE_MARKDOWN_LAYOUT_H

/* Turns styled texts, lists, quotes and tables into lines of a width; for core/markdown*.c. */

#include "core/arena.h"
#include "core/buf.h"
#include "core/markdown.h"
#include "core/text.h"

enum {
	LAYOUT_MAX_DEPTH = 12, /* of lists and quotes that still indent */
	LAYOUT_MAX_LINES = 100000,
	LAYOUT_MAX_COLUMNS = 64,
	LAYOUT_MAX_CELLS = 20000,
};

/* Text with styles: each run reaches from the end of the one before to its own. */
struct run {
	size_t end;
	enum markdown_style style;
	size_t link;
};

struct styled {
	struct buf text;
	struct run *runs;
	size_t count, cap;
};

/* Adds clean text. */
void styled_add(struct styled *styled, const char *text, size_t len, enum markdown_style style,
		size_t link);
void styled_reset(struct styled *styled);
void styled_free(struct styled *styled);

/* A list item or a quote around what is laid out. */
struct container {
	bool quote;
	bool marked; /* the item's marker stands already */
	size_t width;
	char marker[16];
};

struct layout {
	struct arena *arena;
	size_t width;
	unsigned flags;
	struct container containers[LAYOUT_MAX_DEPTH];
	size_t depth; /* may exceed LAYOUT_MAX_DEPTH */
	bool gap;     /* an empty line comes before the next one */
	bool full;
	struct markdown_line *lines;
	size_t line_count, line_cap;
	struct markdown_span *spans; /* of the line that is being made */
	size_t span_count, span_cap;
	size_t cells; /* of them */
};

void layout_open_quote(struct layout *layout);
void layout_open_item(struct layout *layout, const char *marker);
void layout_close(struct layout *layout);

/* Cells within the containers. */
size_t layout_width(const struct layout *layout);

void layout_paragraph(struct layout *layout, const struct styled *text);

/* Each line of text as it is, in one style. */
void layout_code(struct layout *layout, const struct styled *text);

/* A line of one sign, so many cells long. */
void layout_rule(struct layout *layout, const char *sign, size_t cells, enum markdown_style style);

struct table {
	size_t columns;
	enum text_align align[LAYOUT_MAX_COLUMNS];
	struct styled *cells; /* row by row */
	size_t count, cap;
	size_t head_rows;
};

void layout_table(struct layout *layout, const struct table *table);

void layout_free(struct layout *layout);

#endif
