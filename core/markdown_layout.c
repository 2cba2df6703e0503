#include "core/markdown_layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

#define LEAST_WIDTH 10 /* that deep nesting leaves */

void styled_add(struct styled *styled, const char *text, size_t len, enum markdown_style style,
		size_t link)
{
	struct run *last = styled->count ? &styled->runs[styled->count - 1] : NULL;

	if (!len)
		return;
	buf_add(&styled->text, text, len);
	if (last && last->style == style && last->link == link) {
		last->end = styled->text.len;
		return;
	}
	GROW(styled->runs, styled->count, styled->cap);
	styled->runs[styled->count++] = (struct run){styled->text.len, style, link};
}

void styled_reset(struct styled *styled)
{
	buf_reset(&styled->text);
	styled->count = 0;
}

void styled_free(struct styled *styled)
{
	buf_free(&styled->text);
	free(styled->runs);
}

static void add_span(struct layout *layout, enum markdown_style style, const char *text, size_t len,
		     size_t link)
{
	if (!len)
		return;
	GROW(layout->spans, layout->span_count, layout->span_cap);
	layout->spans[layout->span_count++] = (struct markdown_span){
	    .style = style, .text = arena_memdup0(layout->arena, text, len), .link = link};
	layout->cells += text_width_n(text, len);
}

static void add_spaces(struct layout *layout, size_t count, enum markdown_style style)
{
	char spaces[64];

	memset(spaces, ' ', sizeof(spaces));
	for (size_t n; count; count -= n) {
		n = count < sizeof(spaces) ? count : sizeof(spaces);
		add_span(layout, style, spaces, n, 0);
	}
}

static void add_repeated(struct layout *layout, const char *sign, size_t count,
			 enum markdown_style style)
{
	struct buf text = {0};

	while (count--)
		buf_adds(&text, sign);
	add_span(layout, style, buf_str(&text), text.len, 0);
	buf_free(&text);
}

static void end_line(struct layout *layout)
{
	struct markdown_line line = {.count = layout->span_count, .width = layout->cells};

	if (layout->line_count == LAYOUT_MAX_LINES) {
		layout->full = true;
	} else {
		if (line.count) {
			size_t size = line.count * sizeof(*layout->spans);
			struct markdown_span *spans = arena_alloc(layout->arena, size);

			memcpy(spans, layout->spans, size);
			line.spans = spans;
		}
		GROW(layout->lines, layout->line_count, layout->line_cap);
		layout->lines[layout->line_count++] = line;
	}
	layout->span_count = 0;
	layout->cells = 0;
}

static size_t drawn_depth(const struct layout *layout)
{
	return layout->depth < LAYOUT_MAX_DEPTH ? layout->depth : LAYOUT_MAX_DEPTH;
}

/* What stands before the text: the bars of quotes, the markers of items or their indent. */
static void add_prefix(struct layout *layout, bool empty_line)
{
	size_t depth = drawn_depth(layout);

	/* Nothing but indent needs no spaces in an empty line. */
	while (empty_line && depth && !layout->containers[depth - 1].quote)
		depth--;
	for (size_t i = 0; i < depth; i++) {
		struct container *in = &layout->containers[i];

		if (in->quote) {
			const char *bar = layout->flags & MARKDOWN_ASCII ? "|" : "\xe2\x94\x82";

			add_span(layout, MARKDOWN_QUOTE, bar, strlen(bar), 0);
			if (!empty_line || i + 1 < depth)
				add_spaces(layout, 1, MARKDOWN_QUOTE);
		} else if (in->marked || empty_line) {
			add_spaces(layout, in->width, MARKDOWN_TEXT);
		} else {
			add_span(layout, MARKDOWN_MARKER, in->marker, strlen(in->marker), 0);
			in->marked = true;
		}
	}
}

/* The empty line between two blocks. */
static void fill_gap(struct layout *layout)
{
	if (layout->gap && layout->line_count) {
		add_prefix(layout, true);
		end_line(layout);
	}
	layout->gap = false;
}

static void start_line(struct layout *layout)
{
	fill_gap(layout);
	add_prefix(layout, false);
}

size_t layout_width(const struct layout *layout)
{
	size_t used = 0;

	for (size_t i = 0; i < drawn_depth(layout); i++)
		used += layout->containers[i].width;
	return used + LEAST_WIDTH < layout->width ? layout->width - used : LEAST_WIDTH;
}

static struct container *open_container(struct layout *layout)
{
	size_t depth = layout->depth++;

	if (depth >= LAYOUT_MAX_DEPTH)
		return NULL;
	layout->containers[depth] = (struct container){0};
	return &layout->containers[depth];
}

void layout_open_quote(struct layout *layout)
{
	struct container *in;

	fill_gap(layout); /* before the quote's bar, not beside it */
	in = open_container(layout);
	if (!in)
		return;
	in->quote = true;
	in->width = 2;
}

void layout_open_item(struct layout *layout, const char *marker)
{
	struct container *in = open_container(layout);

	if (!in)
		return;
	snprintf(in->marker, sizeof(in->marker), "%s", marker);
	in->width = text_width(in->marker);
}

void layout_close(struct layout *layout)
{
	struct container *in;

	if (layout->depth > LAYOUT_MAX_DEPTH) {
		layout->depth--;
		return;
	}
	in = &layout->containers[layout->depth - 1];
	if (!in->quote && !in->marked) {
		start_line(layout); /* an item without a text */
		end_line(layout);
	}
	layout->depth--;
}

/* The spans of text[start, end); *run is where to look on, 0 at first. */
static void add_range(struct layout *layout, const struct styled *text, size_t start, size_t end,
		      size_t *run)
{
	while (start < end) {
		const struct run *at;
		size_t stop;

		while (text->runs[*run].end <= start)
			(*run)++;
		at = &text->runs[*run];
		stop = at->end < end ? at->end : end;
		add_span(layout, at->style, text->text.data + start, stop - start, at->link);
		start = stop;
	}
}

void layout_paragraph(struct layout *layout, const struct styled *text)
{
	size_t at = 0, start, n, run = 0;

	while (!layout->full && text_wrap(buf_str(&text->text), text->text.len,
					  layout_width(layout), &at, &start, &n)) {
		start_line(layout);
		add_range(layout, text, start, start + n, &run);
		end_line(layout);
	}
}

void layout_code(struct layout *layout, const struct styled *text)
{
	const char *p = buf_str(&text->text);
	const char *end = p + text->text.len;

	while (p < end && !layout->full) {
		size_t len = strcspn(p, "\n");

		start_line(layout);
		add_span(layout, MARKDOWN_CODEBLOCK, p, len, 0);
		end_line(layout);
		p += len + 1;
	}
}

void layout_rule(struct layout *layout, const char *sign, size_t cells, enum markdown_style style)
{
	start_line(layout);
	add_repeated(layout, sign, cells, style);
	end_line(layout);
}

void layout_free(struct layout *layout)
{
	free(layout->spans);
}

static size_t row_count(const struct table *table)
{
	return (table->count + table->columns - 1) / table->columns;
}

static const struct styled *cell_at(const struct table *table, size_t row, size_t column)
{
	size_t i = row * table->columns + column;

	return i < table->count ? &table->cells[i] : NULL;
}

/* Takes cells off the widest columns until the table fits, but leaves three to each. */
static void fit_columns(size_t *widths, size_t count, size_t room)
{
	size_t total = 0;

	for (size_t i = 0; i < count; i++)
		total += widths[i];
	while (total > room) {
		size_t widest = 0, next = 3, holders = 0, take;

		for (size_t i = 0; i < count; i++)
			widest = widths[i] > widest ? widths[i] : widest;
		if (widest <= 3)
			return;
		for (size_t i = 0; i < count; i++) {
			holders += widths[i] == widest;
			if (widths[i] != widest && widths[i] > next)
				next = widths[i];
		}
		take = (total - room + holders - 1) / holders;
		if (take > widest - next)
			take = widest - next;
		for (size_t i = 0; i < count; i++) {
			if (widths[i] == widest && total > room) {
				size_t off = take < total - room ? take : total - room;

				widths[i] -= off;
				total -= off;
			}
		}
	}
}

static void measure_columns(const struct layout *layout, const struct table *table, size_t *widths)
{
	size_t room = layout_width(layout);
	size_t borders = 3 * table->columns + 1;

	for (size_t column = 0; column < table->columns; column++) {
		widths[column] = 1;
		for (size_t row = 0; row < row_count(table); row++) {
			const struct styled *cell = cell_at(table, row, column);
			size_t width = cell ? text_width(buf_str(&cell->text)) : 0;

			if (width > widths[column])
				widths[column] = width;
		}
	}
	fit_columns(widths, table->columns, room > borders ? room - borders : 0);
}

enum border { BORDER_TOP, BORDER_MIDDLE, BORDER_BOTTOM };

static void add_border(struct layout *layout, const size_t *widths, size_t columns,
		       enum border border)
{
	static const char *const joints[3][3] = {
	    {"\xe2\x94\x8c", "\xe2\x94\xac", "\xe2\x94\x90"},
	    {"\xe2\x94\x9c", "\xe2\x94\xbc", "\xe2\x94\xa4"},
	    {"\xe2\x94\x94", "\xe2\x94\xb4", "\xe2\x94\x98"},
	};
	bool ascii = layout->flags & MARKDOWN_ASCII;
	struct buf text = {0};

	start_line(layout);
	for (size_t i = 0; i <= columns; i++) {
		buf_adds(&text, ascii ? "+" : joints[border][i == 0 ? 0 : i < columns ? 1 : 2]);
		for (size_t k = 0; i < columns && k < widths[i] + 2; k++)
			buf_adds(&text, ascii ? "-" : "\xe2\x94\x80");
	}
	add_span(layout, MARKDOWN_BORDER, buf_str(&text), text.len, 0);
	buf_free(&text);
	end_line(layout);
}

struct cell_walk {
	size_t at, run;
};

/* One line of one cell, filled to its column's width. */
static void add_cell(struct layout *layout, const struct styled *cell, size_t width,
		     enum text_align align, struct cell_walk *walk)
{
	size_t start = 0, n = 0, used = 0, before = 0;

	if (cell && text_wrap(buf_str(&cell->text), cell->text.len, width, &walk->at, &start, &n))
		used = text_width_n(cell->text.data + start, n);
	else
		cell = NULL;
	if (used < width)
		before = align == TEXT_RIGHT	? width - used
			 : align == TEXT_CENTRE ? (width - used) / 2
						: 0;
	add_spaces(layout, before, MARKDOWN_TEXT);
	if (cell)
		add_range(layout, cell, start, start + n, &walk->run);
	add_spaces(layout, used + before < width ? width - used - before : 0, MARKDOWN_TEXT);
}

static bool row_goes_on(const struct table *table, size_t row, const struct cell_walk *walks)
{
	for (size_t i = 0; i < table->columns; i++) {
		const struct styled *cell = cell_at(table, row, i);

		if (cell && walks[i].at < cell->text.len)
			return true;
	}
	return false;
}

static void add_row(struct layout *layout, const struct table *table, size_t row,
		    const size_t *widths)
{
	struct cell_walk walks[LAYOUT_MAX_COLUMNS] = {0};
	const char *bar = layout->flags & MARKDOWN_ASCII ? "|" : "\xe2\x94\x82";

	do {
		start_line(layout);
		add_span(layout, MARKDOWN_BORDER, bar, strlen(bar), 0);
		for (size_t i = 0; i < table->columns; i++) {
			add_spaces(layout, 1, MARKDOWN_BORDER);
			add_cell(layout, cell_at(table, row, i), widths[i], table->align[i],
				 &walks[i]);
			add_spaces(layout, 1, MARKDOWN_BORDER);
			add_span(layout, MARKDOWN_BORDER, bar, strlen(bar), 0);
		}
		end_line(layout);
	} while (!layout->full && row_goes_on(table, row, walks));
}

void layout_table(struct layout *layout, const struct table *table)
{
	size_t widths[LAYOUT_MAX_COLUMNS];

	if (!table->columns || !table->count)
		return;
	measure_columns(layout, table, widths);
	add_border(layout, widths, table->columns, BORDER_TOP);
	for (size_t row = 0; row < row_count(table) && !layout->full; row++) {
		add_row(layout, table, row, widths);
		if (row + 1 == table->head_rows)
			add_border(layout, widths, table->columns, BORDER_MIDDLE);
	}
	add_border(layout, widths, table->columns, BORDER_BOTTOM);
}
