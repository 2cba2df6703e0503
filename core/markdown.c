#include "core/markdown.h"

#include <md4c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/markdown_layout.h"
#include "core/markdown_source.h"
#include "core/mem.h"

#define MAX_EVENTS  400000
#define MAX_OPEN    64 /* lists and items whose state is kept */
#define TAB_WIDTH   4
#define LEAST_CELLS 20

struct list {
	bool ordered;
	bool tight;
	unsigned number;
	char delimiter;
};

struct render {
	struct markdown_doc doc; /* first: what is handed out */
	struct arena *arena;
	struct layout layout;
	unsigned flags;
	struct styled text; /* of the block that is being read */
	bool code;	    /* the block is code */
	bool html;	    /* or HTML */
	unsigned heading;   /* its level, 0: none */
	size_t column;	    /* that code has reached in its line, for tabs */
	unsigned bold, italic, strike, in_code;
	unsigned image, image_link; /* how many are open, and the one that is a link */
	size_t link;		    /* the one that the text is in, from 1 */
	size_t link_start;
	struct list lists[MAX_OPEN];
	size_t list_depth; /* may exceed MAX_OPEN */
	struct table *table;
	size_t events;
	bool stop; /* it is too much */
	struct markdown_heading *headings;
	size_t heading_count, heading_cap;
	struct markdown_link *links;
	size_t link_count, link_cap;
};

static enum markdown_style style_of(const struct render *r)
{
	if (r->in_code)
		return MARKDOWN_CODE;
	if (r->link)
		return MARKDOWN_LINK;
	if (r->heading)
		return r->heading == 1	 ? MARKDOWN_HEADING1
		       : r->heading == 2 ? MARKDOWN_HEADING2
					 : MARKDOWN_HEADING3;
	if (r->bold)
		return MARKDOWN_BOLD;
	if (r->italic)
		return MARKDOWN_ITALIC;
	return r->strike ? MARKDOWN_STRIKE : MARKDOWN_TEXT;
}

static struct styled *target(struct render *r)
{
	if (r->table && r->table->count)
		return &r->table->cells[r->table->count - 1];
	return &r->text;
}

static unsigned text_flags(const struct render *r)
{
	return r->flags & MARKDOWN_ASCII ? TEXT_ASCII : 0;
}

static void add_text(struct render *r, const char *bytes, size_t len)
{
	struct buf clean = {0};

	text_sanitise(&clean, bytes, len, text_flags(r) | (r->html ? TEXT_LINES : 0));
	styled_add(target(r), buf_str(&clean), clean.len, style_of(r), r->link);
	buf_free(&clean);
}

/* Code keeps its lines, and its tabs become the spaces they stand for. */
static void add_code(struct render *r, const char *bytes, size_t len)
{
	struct buf spaced = {0}, clean = {0};

	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == '\t') {
			do
				buf_addc(&spaced, ' ');
			while (++r->column % TAB_WIDTH);
			continue;
		}
		buf_addc(&spaced, bytes[i]);
		r->column = bytes[i] == '\n' ? 0 : r->column + 1;
	}
	text_sanitise(&clean, buf_str(&spaced), spaced.len, text_flags(r) | TEXT_LINES);
	styled_add(&r->text, buf_str(&clean), clean.len, MARKDOWN_CODEBLOCK, 0);
	buf_free(&spaced);
	buf_free(&clean);
}

static char *attribute(struct render *r, const MD_ATTRIBUTE *from)
{
	struct buf text = {0};
	struct buf clean = {0};
	char *copy;

	for (size_t i = 0; from->size && from->substr_offsets[i] < from->size; i++) {
		MD_OFFSET at = from->substr_offsets[i];
		MD_OFFSET end = from->substr_offsets[i + 1];

		if (from->substr_types[i] == MD_TEXT_ENTITY)
			markdown_entity(&text, from->text + at, end - at);
		else
			buf_add(&text, from->text + at, end - at);
	}
	text_sanitise(&clean, buf_str(&text), text.len, text_flags(r));
	copy = arena_memdup0(r->arena, buf_str(&clean), clean.len);
	buf_free(&text);
	buf_free(&clean);
	return copy;
}

/* Comments are what nobody was meant to read. */
static void drop_comments(struct styled *text)
{
	char *bytes = text->text.data;
	size_t len = 0;
	const char *p = bytes;

	while (*p) {
		const char *start = strstr(p, "<!--");
		size_t n = start ? (size_t)(start - p) : strlen(p);
		const char *end = start ? strstr(start, "-->") : NULL;

		memmove(bytes + len, p, n);
		len += n;
		p = end ? end + 3 : p + strlen(p);
	}
	while (len && (bytes[len - 1] == '\n' || bytes[len - 1] == ' '))
		len--;
	bytes[len] = '\0';
	text->text.len = len;
	text->runs[text->count - 1].end = len;
}

/* Lays out the text read so far, as the kind of block that it is in. */
static void flush(struct render *r)
{
	if (r->table || !r->text.text.len)
		return;
	if (r->html)
		drop_comments(&r->text);
	if (r->code)
		layout_code(&r->layout, &r->text);
	else
		layout_paragraph(&r->layout, &r->text);
	styled_reset(&r->text);
}

static void note_heading(struct render *r)
{
	struct markdown_heading heading = {
	    .level = r->heading,
	    .text = arena_strdup(r->arena, buf_str(&r->text.text)),
	    .line = r->layout.line_count + (r->layout.gap && r->layout.line_count),
	};
	bool ascii = r->flags & MARKDOWN_ASCII;
	size_t cells = text_width(heading.text);

	if (cells) {
		GROW(r->headings, r->heading_count, r->heading_cap);
		r->headings[r->heading_count++] = heading;
	}
	flush(r);
	if (cells > layout_width(&r->layout))
		cells = layout_width(&r->layout);
	if (r->heading == 1 && cells)
		layout_rule(&r->layout, ascii ? "=" : "\xe2\x95\x90", cells, MARKDOWN_HEADING1);
	r->heading = 0;
	r->layout.gap = true;
}

static struct list *current_list(struct render *r)
{
	return r->list_depth && r->list_depth <= MAX_OPEN ? &r->lists[r->list_depth - 1] : NULL;
}

static void open_list(struct render *r, struct list list)
{
	if (r->list_depth < MAX_OPEN)
		r->lists[r->list_depth] = list;
	r->list_depth++;
}

static void open_item(struct render *r, const MD_BLOCK_LI_DETAIL *item)
{
	static const char *const bullets[] = {"\xe2\x80\xa2 ", "\xe2\x97\xa6 ", "\xe2\x96\xaa "};
	static const char *const ascii[] = {"* ", "- ", "+ "};
	struct list *list = current_list(r);
	size_t level = (r->list_depth - 1) % ARRAY_LEN(bullets);
	char marker[16];

	if (item->is_task)
		snprintf(marker, sizeof(marker), "[%c] ", item->task_mark == ' ' ? ' ' : 'x');
	else if (list && list->ordered)
		snprintf(marker, sizeof(marker), "%u%c ", list->number++, list->delimiter);
	else
		snprintf(marker, sizeof(marker), "%s",
			 r->flags & MARKDOWN_ASCII ? ascii[level] : bullets[level]);
	layout_open_item(&r->layout, marker);
}

static void close_list(struct render *r)
{
	r->list_depth--;
	/* A list within an item of a tight list is no block of its own. */
	if (!r->list_depth || (current_list(r) && !current_list(r)->tight))
		r->layout.gap = true;
}

static int open_table(struct render *r, const MD_BLOCK_TABLE_DETAIL *detail)
{
	size_t rows = (size_t)detail->head_row_count + detail->body_row_count;

	if (detail->col_count > LAYOUT_MAX_COLUMNS || rows * detail->col_count > LAYOUT_MAX_CELLS)
		return -1;
	r->table = xcalloc(1, sizeof(*r->table));
	r->table->columns = detail->col_count;
	r->table->head_rows = detail->head_row_count;
	return 0;
}

static void open_cell(struct render *r, const MD_BLOCK_TD_DETAIL *detail)
{
	struct table *table = r->table;

	GROW(table->cells, table->count, table->cap);
	table->align[table->count % table->columns] = detail->align == MD_ALIGN_RIGHT ? TEXT_RIGHT
						      : detail->align == MD_ALIGN_CENTER
							  ? TEXT_CENTRE
							  : TEXT_LEFT;
	table->cells[table->count++] = (struct styled){0};
}

static void free_table(struct render *r)
{
	for (size_t i = 0; r->table && i < r->table->count; i++)
		styled_free(&r->table->cells[i]);
	if (r->table)
		free(r->table->cells);
	free(r->table);
	r->table = NULL;
}

static void close_table(struct render *r)
{
	layout_table(&r->layout, r->table);
	free_table(r);
	r->layout.gap = true;
}

static int too_much(struct render *r)
{
	if (++r->events > MAX_EVENTS || r->layout.full)
		r->stop = true;
	return r->stop ? -1 : 0;
}

static int on_enter_block(MD_BLOCKTYPE type, void *detail, void *arg)
{
	struct render *r = arg;
	const MD_BLOCK_OL_DETAIL *ordered = detail;

	flush(r);
	switch (type) {
	case MD_BLOCK_QUOTE:
		layout_open_quote(&r->layout);
		break;
	case MD_BLOCK_UL:
		open_list(r, (struct list){.tight = ((MD_BLOCK_UL_DETAIL *)detail)->is_tight});
		break;
	case MD_BLOCK_OL:
		open_list(r, (struct list){true, ordered->is_tight, ordered->start,
					   ordered->mark_delimiter});
		break;
	case MD_BLOCK_LI:
		open_item(r, detail);
		break;
	case MD_BLOCK_H:
		r->heading = ((MD_BLOCK_H_DETAIL *)detail)->level;
		break;
	case MD_BLOCK_CODE:
		r->code = true;
		r->column = 0;
		break;
	case MD_BLOCK_HTML:
		r->html = true;
		break;
	case MD_BLOCK_TABLE:
		r->stop = open_table(r, detail) < 0;
		break;
	case MD_BLOCK_TH:
	case MD_BLOCK_TD:
		open_cell(r, detail);
		r->bold += type == MD_BLOCK_TH;
		break;
	default:
		break;
	}
	return too_much(r);
}

static int on_leave_block(MD_BLOCKTYPE type, void *detail, void *arg)
{
	struct render *r = arg;
	bool ascii = r->flags & MARKDOWN_ASCII;

	(void)detail;
	if (type == MD_BLOCK_H)
		note_heading(r);
	flush(r);
	switch (type) {
	case MD_BLOCK_QUOTE:
		layout_close(&r->layout);
		r->layout.gap = true;
		break;
	case MD_BLOCK_LI:
		layout_close(&r->layout);
		break;
	case MD_BLOCK_UL:
	case MD_BLOCK_OL:
		close_list(r);
		break;
	case MD_BLOCK_HR:
		layout_rule(&r->layout, ascii ? "-" : "\xe2\x94\x80", layout_width(&r->layout),
			    MARKDOWN_RULE);
		r->layout.gap = true;
		break;
	case MD_BLOCK_TABLE:
		close_table(r);
		break;
	case MD_BLOCK_TH:
		r->bold--;
		break;
	case MD_BLOCK_P:
	case MD_BLOCK_CODE:
	case MD_BLOCK_HTML:
		r->code = r->html = false;
		r->layout.gap = true;
		break;
	default:
		break;
	}
	return too_much(r);
}

static void open_link(struct render *r, const MD_ATTRIBUTE *href)
{
	GROW(r->links, r->link_count, r->link_cap);
	r->links[r->link_count++] = (struct markdown_link){attribute(r, href), SIZE_MAX};
	r->link = r->link_count;
	r->link_start = target(r)->text.len;
}

static void close_link(struct render *r)
{
	const struct styled *text = target(r);
	const char *url;

	if (!r->link)
		return;
	url = r->links[r->link - 1].url;
	if (r->flags & MARKDOWN_URLS && *url &&
	    (text->text.len < r->link_start ||
	     !strstr(url, buf_str(&text->text) + r->link_start))) {
		add_text(r, " (", 2);
		add_text(r, url, strlen(url));
		add_text(r, ")", 1);
	}
	r->link = 0;
}

/* A badge is an image in a link, and leads where the link does. */
static void open_image(struct render *r, const MD_ATTRIBUTE *src)
{
	r->image++;
	if (!r->link) {
		open_link(r, src);
		r->image_link = r->image;
	}
	add_text(r, "[image: ", 8);
}

static void close_image(struct render *r)
{
	add_text(r, "]", 1);
	if (r->image_link == r->image) {
		close_link(r);
		r->image_link = 0;
	}
	r->image--;
}

static int on_enter_span(MD_SPANTYPE type, void *detail, void *arg)
{
	struct render *r = arg;

	switch (type) {
	case MD_SPAN_EM:
		r->italic++;
		break;
	case MD_SPAN_STRONG:
		r->bold++;
		break;
	case MD_SPAN_DEL:
		r->strike++;
		break;
	case MD_SPAN_CODE:
		r->in_code++;
		break;
	case MD_SPAN_A:
		open_link(r, &((MD_SPAN_A_DETAIL *)detail)->href);
		break;
	case MD_SPAN_IMG:
		open_image(r, &((MD_SPAN_IMG_DETAIL *)detail)->src);
		break;
	default:
		break;
	}
	return too_much(r);
}

static int on_leave_span(MD_SPANTYPE type, void *detail, void *arg)
{
	struct render *r = arg;

	(void)detail;
	switch (type) {
	case MD_SPAN_EM:
		r->italic--;
		break;
	case MD_SPAN_STRONG:
		r->bold--;
		break;
	case MD_SPAN_DEL:
		r->strike--;
		break;
	case MD_SPAN_CODE:
		r->in_code--;
		break;
	case MD_SPAN_IMG:
		close_image(r);
		break;
	case MD_SPAN_A:
		close_link(r);
		break;
	default:
		break;
	}
	return 0;
}

static bool is_line_break(const char *text, size_t len)
{
	return (len == 4 && !strncasecmp(text, "<br>", 4)) ||
	       (len == 5 && !strncasecmp(text, "<br/>", 5)) ||
	       (len == 6 && !strncasecmp(text, "<br />", 6));
}

static int on_text(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE len, void *arg)
{
	struct render *r = arg;
	struct buf decoded = {0};

	if (r->code) {
		add_code(r, text, len);
		return too_much(r);
	}
	switch (type) {
	case MD_TEXT_NULLCHAR:
		add_text(r, "\xef\xbf\xbd", 3);
		break;
	case MD_TEXT_SOFTBR:
		add_text(r, " ", 1);
		break;
	case MD_TEXT_BR:
		styled_add(target(r), "\n", 1, style_of(r), r->link);
		break;
	case MD_TEXT_ENTITY:
		markdown_entity(&decoded, text, len);
		add_text(r, buf_str(&decoded), decoded.len);
		buf_free(&decoded);
		break;
	default:
		if (type == MD_TEXT_HTML && is_line_break(text, len))
			styled_add(target(r), "\n", 1, style_of(r), r->link);
		else if (type != MD_TEXT_HTML || r->html || len < 4 || memcmp(text, "<!--", 4) != 0)
			add_text(r, text, len);
	}
	return too_much(r);
}

static void parse(struct render *r, const char *bytes, size_t len)
{
	const MD_PARSER parser = {
	    .flags = MD_DIALECT_GITHUB,
	    .enter_block = on_enter_block,
	    .leave_block = on_leave_block,
	    .enter_span = on_enter_span,
	    .leave_span = on_leave_span,
	    .text = on_text,
	};

	struct buf text = {0};

	markdown_source(&text, bytes, len);
	md_parse(buf_str(&text), (MD_SIZE)text.len, &parser, r);
	buf_free(&text);
	if (!r->stop && !r->doc.cut)
		return;
	/* Whatever was open when it became too much. */
	r->doc.cut = true;
	free_table(r);
	if (r->layout.line_count > LAYOUT_MAX_LINES - 2)
		r->layout.line_count = LAYOUT_MAX_LINES - 2;
	r->layout.depth = 0;
	r->layout.full = false;
	r->layout.gap = true;
	r->code = r->html = false;
	r->heading = r->bold = r->italic = r->strike = r->in_code = 0;
	r->link = 0;
	styled_reset(&r->text);
	add_text(r, "(too large: the rest is not shown)", 34);
	flush(r);
}

/* Where each link came to stand; one without a text stands where the one before it does. */
static void place_links(struct render *r)
{
	for (size_t i = 0; i < r->layout.line_count; i++) {
		const struct markdown_line *line = &r->layout.lines[i];

		for (size_t k = 0; k < line->count; k++) {
			size_t link = line->spans[k].link;

			if (link && r->links[link - 1].line == SIZE_MAX)
				r->links[link - 1].line = i;
		}
	}
	for (size_t i = 0; i < r->link_count; i++) {
		if (r->links[i].line == SIZE_MAX)
			r->links[i].line = i ? r->links[i - 1].line : 0;
	}
}

struct markdown_doc *markdown_render(const char *bytes, size_t len, size_t width, unsigned flags)
{
	struct render *r = xcalloc(1, sizeof(*r));

	r->arena = arena_new();
	r->flags = flags;
	r->layout.arena = r->arena;
	r->layout.flags = flags;
	r->layout.width = width < LEAST_CELLS ? LEAST_CELLS : width;
	if (len > MARKDOWN_MAX_BYTES) {
		len = MARKDOWN_MAX_BYTES;
		r->doc.cut = true;
	}
	parse(r, bytes, len);
	place_links(r);
	r->doc.lines = r->layout.lines;
	r->doc.line_count = r->layout.line_count;
	r->doc.headings = r->headings;
	r->doc.heading_count = r->heading_count;
	r->doc.links = r->links;
	r->doc.link_count = r->link_count;
	layout_free(&r->layout);
	styled_free(&r->text);
	return &r->doc;
}

void markdown_free(struct markdown_doc *doc)
{
	struct render *r = (struct render *)(void *)doc;

	if (!r)
		return;
	free(r->layout.lines);
	free(r->headings);
	free(r->links);
	arena_free(r->arena);
	free(r);
}
