/* Markdown for a width in the first byte; what comes out must be clean. */

#include "core/markdown.h"

#include <locale.h>
#include <string.h>

#include "core/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text)
{
	struct buf clean = {0};

	text_sanitise(&clean, text, strlen(text), 0);
	/* A mark may have been parted from its letter by a change of style. */
	if (clean.len > strlen(text))
		__builtin_trap();
	for (const char *p = text; *p; p++) {
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			__builtin_trap();
	}
	buf_free(&clean);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct markdown_doc *doc;

	if (!size)
		return 0;
	setlocale(LC_CTYPE, "C.UTF-8");
	doc = markdown_render((const char *)data + 1, size - 1, data[0], data[0] & 3);
	for (size_t i = 0; i < doc->line_count; i++) {
		for (size_t k = 0; k < doc->lines[i].count; k++)
			check_text(doc->lines[i].spans[k].text);
	}
	for (size_t i = 0; i < doc->link_count; i++) {
		check_text(doc->links[i].url);
		if (doc->links[i].line && doc->links[i].line >= doc->line_count)
			__builtin_trap();
	}
	for (size_t i = 0; i < doc->heading_count; i++) {
		if (doc->headings[i].line > doc->line_count)
			__builtin_trap();
	}
	markdown_free(doc);
	return 0;
}
