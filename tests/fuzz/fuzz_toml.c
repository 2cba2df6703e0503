/* TOML documents, read and walked. */

#include "core/doc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Depth is the document's own limit; the count keeps alias graphs from taking for ever. */
static size_t walk(const struct doc *node, size_t left)
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
			left = walk(doc_item(node, i), left);
	}
	if (node->kind == DOC_MAP) {
		doc_get(node, "name");
		for (size_t i = 0; i < node->len; i++) {
			left = walk(&node->pairs[i].key, left);
			left = walk(&node->pairs[i].value, left);
		}
	}
	return left;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct doc_file *file;
	struct err err = {0};
	enum doc_state state =
	    doc_parse(&file, DOC_TOML, "fuzz.toml", (const char *)data, size, &err);

	if ((state == DOC_BROKEN) != (err.what != NULL))
		__builtin_trap();
	for (size_t i = 0; i < doc_count(file); i++)
		walk(doc_at(file, i), 10000);
	doc_free(file);
	err_clear(&err);
	return 0;
}
