#ifndef SVCTOP_TESTS_FUZZ_DOC_H
#define SVCTOP_TESTS_FUZZ_DOC_H

/* What the targets of document formats share: parse, and walk what came of it. */

#include "core/doc.h"

/* Depth is the document's own limit; the count keeps alias graphs from taking for ever. */
static size_t fuzz_walk(const struct doc *node, size_t left)
{
	int64_t number;
	bool truth;

	if (!left)
		return 0;
	left--;
	doc_int(node, &number);
	doc_bool(node, &truth);
	if (node->kind == DOC_SEQ) {
		for (size_t i = 0; i < node->len; i++)
			left = fuzz_walk(doc_item(node, i), left);
	}
	if (node->kind == DOC_MAP) {
		doc_get(node, "name");
		for (size_t i = 0; i < node->len; i++) {
			left = fuzz_walk(&node->pairs[i].key, left);
			left = fuzz_walk(&node->pairs[i].value, left);
		}
	}
	return left;
}

/* Traps when a document is broken without an error, or has one without being broken. */
static void fuzz_document(enum doc_format format, const char *name, const uint8_t *data,
			  size_t size)
{
	struct doc_file *file;
	struct err err = {0};
	enum doc_state state = doc_parse(&file, format, name, (const char *)data, size, &err);

	if ((state == DOC_BROKEN) != (err.what != NULL))
		__builtin_trap();
	for (size_t i = 0; i < doc_count(file); i++)
		fuzz_walk(doc_at(file, i), 10000);
	doc_free(file);
	err_clear(&err);
}

#endif
