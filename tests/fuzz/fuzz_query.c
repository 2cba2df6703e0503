/* A term in the first line, the document that it is asked of below. */

#include "core/query.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const struct query_term *term, const struct doc *root)
{
	struct query *query = query_new("**", term, 1, QUERY_ICASE, NULL);
	struct query_hit hits[4];
	size_t count;

	if (!query)
		return;
	if (query_run(query, root, hits, 4, &count) == QUERY_NO && count)
		__builtin_trap();
	for (size_t i = 0; i < count; i++) {
		if (!hits[i].element->line || !hits[i].at->line)
			__builtin_trap();
	}
	query_free(query);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *line = memchr(data, '\n', size);
	struct arena *arena = arena_new();
	struct query_term term;
	struct doc_file *file;
	char *text;

	if (line) {
		const char *rest = (const char *)line + 1;

		text = arena_memdup0(arena, data, (size_t)(line - data));
		doc_parse(&file, DOC_YAML, "fuzz.yml", rest, size - (size_t)(line - data) - 1,
			  NULL);
		if (query_term_parse(arena, text, &term, NULL) == 0)
			ask(&term, doc_at(file, 0));
		doc_free(file);
	}
	arena_free(arena);
	return 0;
}
