#include "tui/lines.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "tui/lines_internal.h"

enum { TAB_CELLS = 8, MAX_LINE = 16 * 1024 };

struct lines *lines_new(void)
{
	struct lines *lines = xcalloc(1, sizeof(*lines));
	lines->needle = xstrdup("");
	lines->show = SIZE_MAX;
	return lines;
}

void lines_free(struct lines *lines)
{
	if (!lines)
		return;
	buf_free(&lines->text);
	buf_free(&lines->shown);
	free(lines->spans);
	free(lines->lines);
	free(lines->rows);
	free(lines->needle);
	free(lines);
}

void lines_reset(struct lines *lines)
{
	buf_reset(&lines->text);
	lines->span_count = lines->count = 0;
	lines->stops = false;
	lines->width = 0;
}

void lines_begin(struct lines *lines, uint64_t id, int indent)
{
	GROW(lines->lines, lines->count, lines->cap);
	lines->lines[lines->count++] = (struct line){
	    .id = id,
	    .indent = indent,
	    .start = lines->text.len,
	    .first_span = lines->span_count,
	    .right_span = SIZE_MAX,
	};
	lines->stops = lines->stops || id != 0;
	lines->width = 0;
}

static struct line *last_line(struct lines *lines)
{
	if (lines->count == 0)
		lines_begin(lines, 0, 0);
	return &lines->lines[lines->count - 1];
}

static void add_clean(struct lines *lines, enum role role, const char *bytes, size_t len)
{
	struct line *line = last_line(lines);
	size_t start = lines->text.len;
	if (line->len + len > MAX_LINE)
		len = line->len < MAX_LINE ? MAX_LINE - line->len : 0;
	text_sanitise(&lines->text, bytes, len, 0);
	GROW(lines->spans, lines->span_count, lines->span_cap);
	lines->spans[lines->span_count++] = (struct span){role, start, lines->text.len - start};
	line->spans++;
	line->len = lines->text.len - line->start;
}

static int width_so_far(struct lines *lines)
{
	const struct line *line = last_line(lines);
	return (int)text_width_n(buf_str(&lines->text) + line->start, line->len);
}

static void add_blanks(struct lines *lines, enum role role, int count)
{
	static const char blanks[] = "                                ";
	while (count > 0) {
		int some = count < (int)sizeof(blanks) - 1 ? count : (int)sizeof(blanks) - 1;
		add_clean(lines, role, blanks, (size_t)some);
		count -= some;
	}
}

void lines_span(struct lines *lines, enum role role, const char *text)
{
	while (text && *text) {
		size_t len = strcspn(text, "\t");
		if (len > 0)
			add_clean(lines, role, text, len);
		text += len;
		if (*text == '\t') {
			add_blanks(lines, role, TAB_CELLS - width_so_far(lines) % TAB_CELLS);
			text++;
		}
	}
}

void lines_spanf(struct lines *lines, enum role role, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *text = xvasprintf(fmt, ap);
	va_end(ap);
	lines_span(lines, role, text);
	free(text);
}

void lines_tab(struct lines *lines, int column)
{
	int blanks = column - width_so_far(lines);
	add_blanks(lines, ROLE_TEXT, blanks > 1 ? blanks : 1);
}

void lines_right(struct lines *lines)
{
	struct line *line = last_line(lines);
	line->right_span = line->spans;
}

void lines_add(struct lines *lines, uint64_t id, int indent, enum role role, const char *text)
{
	lines_begin(lines, id, indent);
	lines_span(lines, role, text);
}

void lines_blank(struct lines *lines)
{
	if (lines->count > 0 && lines->lines[lines->count - 1].len > 0)
		lines_begin(lines, 0, 0);
}

void lines_rule(struct lines *lines, const char *title, const char *right)
{
	lines_begin(lines, 0, -1);
	lines->lines[lines->count - 1].rule = true;
	lines_span(lines, ROLE_HEADING, title);
	lines_right(lines);
	lines_span(lines, ROLE_TEXT, right);
}

size_t lines_count(const struct lines *lines)
{
	return lines->count;
}

const char *lines_text(struct lines *lines, size_t index)
{
	buf_reset(&lines->shown);
	if (index < lines->count)
		buf_add(&lines->shown, buf_str(&lines->text) + lines->lines[index].start,
			lines->lines[index].len);
	return buf_str(&lines->shown);
}

/* Searching */

void lines_find(struct lines *lines)
{
	lines->matches = 0;
	for (size_t i = 0; i < lines->count; i++) {
		struct line *line = &lines->lines[i];
		line->match = *lines->needle && text_contains(lines_text(lines, i), lines->needle);
		lines->matches += line->match;
	}
}

void lines_search(struct lines *lines, const char *text)
{
	free(lines->needle);
	lines->needle = xstrdup(text);
	lines_find(lines);
	size_t from = lines->top < lines->row_count ? lines->rows[lines->top].line : 0;
	for (size_t i = 0; i < lines->count && lines->matches > 0; i++) {
		size_t at = (from + i) % lines->count;
		if (lines->lines[at].match) {
			lines_show(lines, at);
			return;
		}
	}
}

size_t lines_matches(const struct lines *lines)
{
	return lines->matches;
}

void lines_say_matches(const struct lines *lines, struct buf *out)
{
	if (!*lines->needle)
		return;
	if (lines->matches == 0)
		buf_adds(out, "no match");
	else
		buf_addf(out, "%zu line%s", lines->matches,
			 lines->matches == 1 ? " matches" : "s match");
}
