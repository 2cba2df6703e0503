#include "tui/draw.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/text.h"
#include "tui/screen.h"

enum { MAX_CELLS = 1024 };

/* What both alphabets beyond ASCII share. */
#define UTF8_GLYPHS                                                                                \
	.ellipsis = "…", .status = {"█", "·", " ", "~", "-"},                                      \
	.word_mark = {"✓", "✗", "?", "~", "-"}, .failed = "?", .full = "█", .empty = "░",          \
	.part = {NULL, "▏", "▎", "▍", "▌", "▋", "▊", "▉"}, .rule = "─", .vertical = "│",           \
	.cursor = "▌", .mark = "*", .open = "▾", .closed = "▸", .bullet = "•", .arrow = "→",       \
	.dot = "·", .up = "▲", .down = "▼", .crumb = "›"

const struct glyphs *glyphs_utf8(void)
{
	static const struct glyphs glyphs = {
	    UTF8_GLYPHS,
	    .spark = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
	    .shade = {"█", "▓", "▒", "░", "·"},
	    .braille = true,
	};
	return &glyphs;
}

const struct glyphs *glyphs_console(void)
{
	static const struct glyphs glyphs = {
	    UTF8_GLYPHS,
	    .spark = {"_", ".", ":", "-", "=", "+", "*", "#"},
	    .shade = {"█", "▓", "▒", "░", "·"},
	};
	return &glyphs;
}

const struct glyphs *glyphs_ascii(void)
{
	static const struct glyphs glyphs = {
	    .ellipsis = "~",
	    .status = {"#", ".", " ", "~", "-"},
	    .word_mark = {"+", "x", "?", "~", "-"},
	    .failed = "?",
	    .full = "#",
	    .empty = ".",
	    .rule = "-",
	    .vertical = "|",
	    .cursor = ">",
	    .mark = "*",
	    .open = "-",
	    .closed = "+",
	    .bullet = "*",
	    .arrow = "->",
	    .dot = "-",
	    .up = "^",
	    .down = "v",
	    .crumb = ">",
	    .spark = {"_", ".", ":", "-", "=", "+", "*", "#"},
	    .shade = {"1", "2", "3", "4", "-"},
	};
	return &glyphs;
}

static int min(int a, int b)
{
	return a < b ? a : b;
}

struct canvas canvas_part(const struct canvas *canvas, int row, int col, int rows, int cols)
{
	struct canvas part = *canvas;
	if (row < 0 || col < 0 || row >= canvas->rows || col >= canvas->cols)
		rows = cols = row = col = 0;
	part.y += row;
	part.x += col;
	part.rows = rows < 0 ? 0 : min(rows, canvas->rows - row);
	part.cols = cols < 0 ? 0 : min(cols, canvas->cols - col);
	return part;
}

static bool is_ascii(const char *s, size_t *len)
{
	const unsigned char *p = (const unsigned char *)s;
	while (*p >= 0x20 && *p < 0x7f)
		p++;
	*len = (size_t)((const char *)p - s);
	return *p == '\0';
}

/* Sanitised, clipped text of at most width cells to the screen; returns the cells. */
static int put_clean(const struct canvas *canvas, int row, int col, int width, enum role role,
		     const char *text)
{
	unsigned flags = canvas->glyphs == glyphs_ascii() ? TEXT_ASCII : 0;
	struct buf clean = {0}, clipped = {0};
	wchar_t wide[MAX_CELLS * 2];
	size_t count = 0;
	text_sanitise(&clean, text, strnlen(text, MAX_CELLS * 8), flags);
	int cells = (int)text_clip(&clipped, buf_str(&clean), (size_t)width, flags);
	for (size_t at = 0, len; at < clipped.len && count < ARRAY_LEN(wide); at += len) {
		uint32_t c;
		len = text_decode(clipped.data + at, clipped.len - at, &c);
		if (len == 0)
			break;
		wide[count++] = (wchar_t)c;
	}
	screen_put(canvas->screen, canvas->y + row, canvas->x + col, role, canvas->on_cursor, wide,
		   count);
	buf_free(&clean);
	buf_free(&clipped);
	return cells;
}

static int put(const struct canvas *canvas, int row, int col, int width, enum role role,
	       const char *text)
{
	size_t len;
	if (!is_ascii(text, &len))
		return put_clean(canvas, row, col, width, role, text);
	if (len > (size_t)width) {
		screen_put_ascii(canvas->screen, canvas->y + row, canvas->x + col, role,
				 canvas->on_cursor, text, (size_t)width - 1);
		return width - 1 +
		       put_clean(canvas, row, col + width - 1, 1, role, canvas->glyphs->ellipsis);
	}
	screen_put_ascii(canvas->screen, canvas->y + row, canvas->x + col, role, canvas->on_cursor,
			 text, len);
	return (int)len;
}

static bool outside(const struct canvas *canvas, int row, int col)
{
	return row < 0 || row >= canvas->rows || col < 0 || col >= canvas->cols;
}

int draw_text(const struct canvas *canvas, int row, int col, int width, enum role role,
	      const char *text)
{
	width = min(min(width, canvas->cols - col), MAX_CELLS);
	if (!text || width <= 0 || outside(canvas, row, col))
		return col;
	return col + put(canvas, row, col, width, role, text);
}

int draw_textf(const struct canvas *canvas, int row, int col, int width, enum role role,
	       const char *fmt, ...)
{
	char small[MAX_CELLS];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(small, sizeof(small), fmt, ap);
	va_end(ap);
	return draw_text(canvas, row, col, width, role, small);
}

static int blanks(const struct canvas *canvas, int row, int col, int count, enum role role)
{
	static const char spaces[] = "                                ";
	count = min(count, canvas->cols - col);
	while (count > 0 && !outside(canvas, row, col)) {
		int some = min(count, (int)sizeof(spaces) - 1);
		screen_put_ascii(canvas->screen, canvas->y + row, canvas->x + col, role,
				 canvas->on_cursor, spaces, (size_t)some);
		col += some;
		count -= some;
	}
	return col;
}

static int cells_of(const char *text)
{
	size_t len;
	if (is_ascii(text, &len))
		return (int)len;
	struct buf clean = {0};
	text_sanitise(&clean, text, strnlen(text, MAX_CELLS * 8), 0);
	int cells = (int)text_width(buf_str(&clean));
	buf_free(&clean);
	return cells;
}

int draw_field(const struct canvas *canvas, int row, int col, int width, enum align align,
	       enum role role, const char *text)
{
	if (!text)
		text = "";
	int end = col + width;
	if (align == ALIGN_RIGHT) {
		int cells = cells_of(text);
		if (cells < width)
			col = blanks(canvas, row, col, width - cells, role);
	}
	col = draw_text(canvas, row, col, end - col, role, text);
	blanks(canvas, row, col, end - col, role);
	return end;
}

int draw_repeat(const struct canvas *canvas, int row, int col, int count, enum role role,
		const char *glyph)
{
	struct buf text = {0};
	count = min(count, canvas->cols - col);
	for (int i = 0; i < count; i++)
		buf_adds(&text, glyph);
	col = draw_text(canvas, row, col, count, role, buf_str(&text));
	buf_free(&text);
	return col;
}

void draw_rest(const struct canvas *canvas, int row, int col, enum role role)
{
	blanks(canvas, row, col, canvas->cols - col, role);
}

int draw_bar(const struct canvas *canvas, int row, int col, int width, size_t value, size_t total,
	     enum role role)
{
	const struct glyphs *g = canvas->glyphs;
	if (value > total)
		value = total;
	size_t eighths = total > 0 ? (value * (size_t)width * 8 + total / 2) / total : 0;
	if (value < total && eighths >= (size_t)width * 8)
		eighths = (size_t)width * 8 - 1; /* full means all of them */
	if (value > 0 && eighths == 0)
		eighths = 1;
	int full = (int)(eighths / 8), part = (int)(eighths % 8);
	int end = col + width;
	col = draw_repeat(canvas, row, col, full, role, g->full);
	if (part > 0 && g->part[1])
		col = draw_text(canvas, row, col, 1, role, g->part[part]);
	draw_repeat(canvas, row, col, end - col, ROLE_BAR_REST, g->empty);
	return end;
}

enum role status_role(enum status status)
{
	static const enum role roles[] = {
	    [STATUS_PASS] = ROLE_PASS,	   [STATUS_GAP] = ROLE_GAP, [STATUS_UNKNOWN] = ROLE_UNKNOWN,
	    [STATUS_WAIVED] = ROLE_WAIVED, [STATUS_NA] = ROLE_NA,
	};
	return roles[status];
}

int draw_status(const struct canvas *canvas, int row, int col, enum status status)
{
	enum role role = status_role(status);
	col = draw_text(canvas, row, col, 1, role, canvas->glyphs->word_mark[status]);
	return draw_text(canvas, row, col + 1, 8, role, status_name(status));
}

void draw_rule(const struct canvas *canvas, int row, const char *title, const char *right)
{
	const char *rule = canvas->glyphs->rule;
	int col = 2;
	draw_repeat(canvas, row, 0, canvas->cols, ROLE_LINE, rule);
	if (title && *title)
		col = draw_textf(canvas, row, 2, canvas->cols - 4, ROLE_HEADING, " %s ", title);
	if (right && *right) {
		int width = cells_of(right) + 2;
		if (col + width + 2 <= canvas->cols)
			draw_textf(canvas, row, canvas->cols - width - 2, width, ROLE_TEXT, " %s ",
				   right);
	}
}

/* Lines broken to the width, from that row on; -1: only counted. Returns how many there are. */
static int draw_centred(const struct canvas *canvas, const char *const *lines, int row)
{
	size_t cells = canvas->cols > 2 ? (size_t)canvas->cols - 2 : 1;
	int count = 0;

	for (int i = 0; lines[i]; i++) {
		size_t at = 0, start, len;

		count += !*lines[i];
		while (text_wrap(lines[i], strlen(lines[i]), cells, &at, &start, &len)) {
			char *line = xasprintf("%.*s", (int)len, lines[i] + start);
			int width = cells_of(line);
			int col = width + 2 < canvas->cols ? (canvas->cols - width) / 2 : 1;

			if (row >= 0)
				draw_text(canvas, row + count, col, canvas->cols - col,
					  i == 0 ? ROLE_HEADING : ROLE_TEXT, line);
			free(line);
			count++;
		}
	}
	return count;
}

void draw_empty(const struct canvas *canvas, const char *const *lines)
{
	int count = draw_centred(canvas, lines, -1);

	draw_centred(canvas, lines, canvas->rows > count ? (canvas->rows - count) / 3 : 0);
}

const char *draw_age(int64_t then, int64_t now, char out[TEXT_AGE_MAX])
{
	if (then <= 0) {
		snprintf(out, TEXT_AGE_MAX, "-");
		return out;
	}
	return text_age(now > then ? now - then : 0, out);
}
