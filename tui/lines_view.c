/* Wrapping, drawing and moving in a text. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "core/text.h"
#include "tui/lines_internal.h"

/* Rows */

static void add_row(struct lines *lines, size_t line, size_t start, size_t len, int indent)
{
	GROW(lines->rows, lines->row_count, lines->row_cap);
	lines->rows[lines->row_count++] = (struct row){line, start, len, indent};
}

static void wrap_line(struct lines *lines, size_t index, int width)
{
	const struct line *line = &lines->lines[index];
	const char *text = buf_str(&lines->text) + line->start;
	if (line->indent < 0 || line->len == 0 || text_width_n(text, line->len) <= (size_t)width) {
		add_row(lines, index, line->start, line->len, 0);
		return;
	}
	int indent = line->indent < width / 2 ? line->indent : width / 2;
	size_t at = 0, start, len;
	/* The first row has the whole width, the others what the indent leaves. */
	if (!text_wrap(text, line->len, (size_t)width, &at, &start, &len))
		return;
	add_row(lines, index, line->start + start, len, 0);
	while (text_wrap(text, line->len, (size_t)(width - indent), &at, &start, &len))
		add_row(lines, index, line->start + start, len, indent);
}

static size_t row_of(const struct lines *lines, size_t line)
{
	size_t low = 0, high = lines->row_count;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (lines->rows[mid].line < line)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool is_stop(const struct lines *lines, size_t line)
{
	return line < lines->count && lines->lines[line].id != 0;
}

static size_t next_stop(const struct lines *lines, size_t line)
{
	while (line < lines->count && !is_stop(lines, line))
		line++;
	return line;
}

static void set_cursor(struct lines *lines, size_t line)
{
	lines->cursor = line;
	lines->cursor_id = is_stop(lines, line) ? lines->lines[line].id : 0;
	lines->follow = true;
}

/* The cursor's line after the text was built anew. */
static void find_cursor(struct lines *lines)
{
	if (!lines->stops)
		return;
	for (size_t i = 0; i < lines->count && lines->cursor_id; i++)
		if (lines->lines[i].id == lines->cursor_id) {
			lines->cursor = i;
			return;
		}
	size_t at = next_stop(lines, lines->cursor < lines->count ? lines->cursor : 0);
	set_cursor(lines, at < lines->count ? at : next_stop(lines, 0));
}

/* How far below the top the cursor's line is drawn, SIZE_MAX: it is not in sight. */
static size_t cursor_offset(const struct lines *lines)
{
	size_t row = row_of(lines, lines->cursor);
	bool in_sight = lines->cursor_id && row >= lines->top && row < lines->row_count &&
			row - lines->top < (size_t)lines->height;
	return in_sight ? row - lines->top : SIZE_MAX;
}

/* The cursor's line stays where it is on the screen when lines above it come or go. */
static void make_rows(struct lines *lines, int width)
{
	if (lines->width == width)
		return;
	size_t line = lines->top < lines->row_count ? lines->rows[lines->top].line : 0;
	size_t offset = cursor_offset(lines);
	bool same_text = lines->width != 0;
	lines->row_count = 0;
	for (size_t i = 0; i < lines->count; i++)
		wrap_line(lines, i, width);
	lines->width = width;
	if (same_text)
		lines->top = row_of(lines, line);
	lines_find(lines);
	find_cursor(lines);
	size_t row = row_of(lines, lines->cursor);
	if (offset != SIZE_MAX && lines->stops)
		lines->top = row > offset ? row - offset : 0;
}

/* Drawing */

static void draw_part(struct lines *lines, const struct canvas *canvas, int row, int *col,
		      enum role role, size_t start, size_t len)
{
	char *text = xmemdup0(buf_str(&lines->text) + start, len);
	*col = draw_text(canvas, row, *col, canvas->cols, role, text);
	free(text);
}

/* A part of one span, with what the search found set apart. */
static void draw_span(struct lines *lines, const struct canvas *canvas, int row, int *col,
		      enum role role, size_t start, size_t len)
{
	const char *text = buf_str(&lines->text);
	size_t needle = strlen(lines->needle), plain = start, end = start + len;
	for (size_t at = start; needle > 0 && at + needle <= end; at++) {
		if (strncasecmp(text + at, lines->needle, needle) != 0)
			continue;
		draw_part(lines, canvas, row, col, role, plain, at - plain);
		draw_part(lines, canvas, row, col, ROLE_MATCH, at, needle);
		plain = at + needle;
		at = plain - 1;
	}
	draw_part(lines, canvas, row, col, role, plain, end - plain);
}

static void draw_rule_line(struct lines *lines, const struct canvas *canvas, int row,
			   const struct line *line)
{
	const char *text = buf_str(&lines->text) + line->start;
	size_t left = 0;
	for (size_t i = 0; i < line->spans && i < line->right_span; i++)
		left += lines->spans[line->first_span + i].len;
	char *title = xmemdup0(text, left), *right = xmemdup0(text + left, line->len - left);
	draw_rule(canvas, row, title, right);
	free(title);
	free(right);
}

static void draw_spans(struct lines *lines, const struct canvas *canvas, int at, int col,
		       const struct row *row, size_t from, size_t to)
{
	const struct line *line = &lines->lines[row->line];
	size_t end = row->start + row->len;
	for (size_t i = from; i < to; i++) {
		const struct span *span = &lines->spans[line->first_span + i];
		size_t start = span->start > row->start ? span->start : row->start;
		size_t stop = span->start + span->len < end ? span->start + span->len : end;
		if (start < stop)
			draw_span(lines, canvas, at, &col, span->role, start, stop - start);
	}
}

static void draw_row(struct lines *lines, const struct canvas *canvas, int at,
		     const struct row *row)
{
	const struct line *line = &lines->lines[row->line];
	struct canvas part = *canvas;
	part.on_cursor = lines->stops && row->line == lines->cursor;
	if (line->rule) {
		draw_rule_line(lines, canvas, at, line);
		return;
	}
	if (part.on_cursor)
		draw_rest(&part, at, 0, ROLE_TEXT);
	size_t spans = line->spans;
	const char *whole = buf_str(&lines->text) + line->start;
	if (line->right_span < spans && row->len == line->len &&
	    text_width_n(whole, line->len) < (size_t)canvas->cols) {
		size_t start = lines->spans[line->first_span + line->right_span].start;
		size_t len = line->start + line->len - start;
		int width = (int)text_width_n(buf_str(&lines->text) + start, len);
		draw_spans(lines, &part, at, canvas->cols - width, row, line->right_span, spans);
		spans = line->right_span;
		part.cols -= width + 1;
	}
	if (line->indent >= 0 || lines->left == 0) {
		draw_spans(lines, &part, at, row->indent, row, 0, spans);
		return;
	}
	size_t used;
	const char *text = buf_str(&lines->text) + row->start;
	struct row rest = *row;
	size_t skip = text_fit(text, row->len, (size_t)lines->left, &used);
	rest.start += skip;
	rest.len -= skip;
	draw_spans(lines, &part, at, 0, &rest, 0, spans);
}

static void keep_in_sight(struct lines *lines)
{
	size_t height = (size_t)lines->height;
	if (lines->show != SIZE_MAX) {
		size_t row = row_of(lines, lines->show);
		if (row < lines->top || row >= lines->top + height)
			lines->top = row > height / 3 ? row - height / 3 : 0;
		if (lines->stops && is_stop(lines, lines->show))
			set_cursor(lines, lines->show);
		lines->show = SIZE_MAX;
	} else if (lines->follow && lines->stops) {
		size_t first = row_of(lines, lines->cursor);
		size_t last = row_of(lines, lines->cursor + 1);
		if (last > lines->top + height)
			lines->top = last - height;
		if (first < lines->top)
			lines->top = first;
	}
	lines->follow = false;
	if (lines->top + height > lines->row_count)
		lines->top = lines->row_count > height ? lines->row_count - height : 0;
}

void lines_draw(struct lines *lines, const struct canvas *canvas)
{
	/* As in tables, the cursor's sign stands left of the text. */
	int margin = lines->stops;
	struct canvas text = canvas_part(canvas, 0, margin, canvas->rows, canvas->cols - margin);
	struct canvas sign = *canvas;
	if (text.cols <= 0 || text.rows <= 0)
		return;
	make_rows(lines, text.cols);
	lines->height = text.rows;
	keep_in_sight(lines);
	sign.on_cursor = true;
	for (int i = 0; i < text.rows && lines->top + (size_t)i < lines->row_count; i++) {
		const struct row *row = &lines->rows[lines->top + (size_t)i];
		draw_row(lines, &text, i, row);
		if (lines->stops && row->line == lines->cursor)
			draw_text(&sign, i, 0, 1, ROLE_CURSOR, canvas->glyphs->cursor);
	}
}

/* Moving */

static void scroll(struct lines *lines, long rows)
{
	long top = (long)lines->top + rows;
	long last = (long)lines->row_count - lines->height;
	top = top > last ? last : top;
	lines->top = top < 0 ? 0 : (size_t)top;
}

/* To the next stop when it is near, else one row on, so that nothing is jumped over. */
static void step(struct lines *lines, bool down)
{
	if (!lines->stops) {
		scroll(lines, down ? 1 : -1);
		return;
	}
	size_t to = lines->cursor;
	do
		to = down ? to + 1 : to - 1;
	while (to < lines->count && !is_stop(lines, to));
	bool none = to >= lines->count; /* also when it wrapped below 0 */
	size_t row = none ? 0 : row_of(lines, to), height = (size_t)lines->height;
	bool near = !none && row < lines->top + height + 3 && row + 3 >= lines->top;
	if (!near) {
		scroll(lines, down ? 1 : -1);
		return;
	}
	set_cursor(lines, to);
	if (lines->width != 0)
		keep_in_sight(lines); /* now: the next key may come before the next frame */
}

static void page(struct lines *lines, long rows)
{
	size_t before = lines->top;
	scroll(lines, rows);
	if (!lines->stops)
		return;
	size_t first = lines->top < lines->row_count ? lines->rows[lines->top].line : 0;
	size_t stop = next_stop(lines, first);
	if (before == lines->top && rows > 0) /* at the end already: the last one */
		for (size_t i = lines->count; i-- > 0 && !is_stop(lines, stop = i);)
			;
	if (is_stop(lines, stop) && row_of(lines, stop) < lines->top + (size_t)lines->height)
		set_cursor(lines, stop);
}

static void go_to_end(struct lines *lines, bool bottom)
{
	lines->top = bottom && lines->row_count > (size_t)lines->height
			 ? lines->row_count - (size_t)lines->height
			 : 0;
	if (!lines->stops)
		return;
	size_t stop = next_stop(lines, 0);
	for (size_t i = lines->count; bottom && i-- > 0;)
		if (is_stop(lines, i)) {
			stop = i;
			break;
		}
	lines->cursor = stop;
	lines->cursor_id = is_stop(lines, stop) ? lines->lines[stop].id : 0;
}

static void next_match(struct lines *lines, bool down)
{
	size_t count = lines->count;
	size_t from = lines->found < count ? lines->found : 0;
	for (size_t i = 1; i <= count && lines->matches > 0; i++) {
		size_t at = down ? (from + i) % count : (from + count - i % count) % count;
		if (lines->lines[at].match) {
			lines_show(lines, at);
			return;
		}
	}
}

bool lines_action(struct lines *lines, enum action action)
{
	long half = (lines->height + 1) / 2;
	switch (action) {
	case ACTION_DOWN:
	case ACTION_UP:
		step(lines, action == ACTION_DOWN);
		return true;
	case ACTION_HALF_DOWN:
	case ACTION_HALF_UP:
		page(lines, action == ACTION_HALF_DOWN ? half : -half);
		return true;
	case ACTION_PAGE_DOWN:
	case ACTION_PAGE_UP:
		page(lines, action == ACTION_PAGE_DOWN ? lines->height : -lines->height);
		return true;
	case ACTION_TOP:
	case ACTION_BOTTOM:
		go_to_end(lines, action == ACTION_BOTTOM);
		return true;
	case ACTION_LEFT:
		lines->left = lines->left > 8 ? lines->left - 8 : 0;
		return true;
	case ACTION_RIGHT:
		lines->left += 8;
		return true;
	case ACTION_NEXT_MATCH:
	case ACTION_PREV_MATCH:
		next_match(lines, action == ACTION_NEXT_MATCH);
		return true;
	default:
		return false;
	}
}

uint64_t lines_cursor(const struct lines *lines)
{
	return lines->stops && is_stop(lines, lines->cursor) ? lines->lines[lines->cursor].id : 0;
}

bool lines_seek(struct lines *lines, uint64_t id)
{
	for (size_t i = 0; i < lines->count; i++)
		if (id != 0 && lines->lines[i].id == id) {
			set_cursor(lines, i);
			return true;
		}
	return false;
}

void lines_show(struct lines *lines, size_t index)
{
	lines->show = lines->found = index;
}

ptrdiff_t lines_at(const struct lines *lines, int row)
{
	size_t at = lines->top + (size_t)row;
	return row >= 0 && at < lines->row_count ? (ptrdiff_t)lines->rows[at].line : -1;
}

void lines_move(struct lines *lines, size_t index)
{
	if (is_stop(lines, index))
		set_cursor(lines, index);
}

const char *lines_place(const struct lines *lines, char *out, size_t size)
{
	size_t bottom = lines->top + (size_t)lines->height;
	if (lines->row_count <= (size_t)lines->height) {
		snprintf(out, size, "%s", "");
		return out;
	}
	snprintf(out, size, "%zu-%zu/%zu", lines->top + 1,
		 bottom < lines->row_count ? bottom : lines->row_count, lines->row_count);
	return out;
}
