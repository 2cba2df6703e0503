#ifndef SVCTOP_CORE_MARKDOWN_H
#define SVCTOP_CORE_MARKDOWN_H

/*
 * Markdown (CommonMark with GitHub's tables, task lists, strike-through and bare links)
 * as lines of styled text for so many cells: what the playbook pane draws and `svctop
 * playbook` prints. All text is sanitised. HTML is shown as the text it is, but for
 * <br> and comments. Front matter (--- or +++) is left out.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum markdown_style {
	MARKDOWN_TEXT,
	MARKDOWN_HEADING1,
	MARKDOWN_HEADING2,
	MARKDOWN_HEADING3, /* and deeper */
	MARKDOWN_BOLD,
	MARKDOWN_ITALIC,
	MARKDOWN_STRIKE,
	MARKDOWN_CODE,	    /* within a line */
	MARKDOWN_CODEBLOCK, /* a line of its own */
	MARKDOWN_LINK,
	MARKDOWN_QUOTE,	 /* the bar before quoted lines */
	MARKDOWN_MARKER, /* bullets, numbers, check boxes */
	MARKDOWN_BORDER, /* of tables */
	MARKDOWN_RULE,
};

enum {
	MARKDOWN_ASCII = 1, /* nothing beyond ASCII comes out */
	MARKDOWN_URLS = 2,  /* " (url)" behind links whose text is another: for paper and pipes */
};

struct markdown_span {
	enum markdown_style style;
	const char *text;
	size_t link; /* 1 and up: index + 1 in links; 0: none */
};

struct markdown_line {
	const struct markdown_span *spans;
	size_t count; /* 0: an empty line */
	size_t width; /* in cells; code and tables may be wider than asked for */
};

struct markdown_heading {
	unsigned level; /* 1..6 */
	const char *text;
	size_t line; /* index of its (first) line */
};

struct markdown_link {
	const char *url; /* sanitised; may be relative */
	size_t line;
};

struct markdown_doc {
	const struct markdown_line *lines;
	size_t line_count;
	const struct markdown_heading *headings;
	size_t heading_count;
	const struct markdown_link *links;
	size_t link_count;
	bool cut; /* it was too large, and ends early */
};

#define MARKDOWN_MAX_BYTES (256 << 10) /* what follows is cut off */

/* width: cells of a line, at least 20 are used. Never NULL. */
struct markdown_doc *markdown_render(const char *bytes, size_t len, size_t width, unsigned flags);
void markdown_free(struct markdown_doc *doc); /* NULL is allowed */

#endif
