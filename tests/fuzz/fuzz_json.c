/* JSON documents, read and walked; and the scanner alone, as lockfile readers use it. */

#include "core/doc.h"
#include "core/json_scan.h"

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

static void scan_all(const char *bytes, size_t len)
{
	struct json_scan scan;
	struct buf text = {0};

	json_scan_init(&scan, bytes, len, 0);
	while (json_next(&scan) != JSON_END && scan.token != JSON_ERROR) {
		if (!json_line(&scan) || !json_column(&scan) || scan.depth > JSON_MAX_DEPTH)
			__builtin_trap();
		buf_reset(&text);
		if (scan.escaped)
			json_unescape(scan.text, scan.len, &text);
		if (scan.token == JSON_KEY && json_text_is(&scan, "skip") && !json_skip(&scan))
			break;
	}
	buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct doc_file *file;
	struct err err = {0};
	enum doc_state state =
	    doc_parse(&file, DOC_JSON, "fuzz.json5", (const char *)data, size, &err);

	if ((state == DOC_BROKEN) != (err.what != NULL))
		__builtin_trap();
	scan_all((const char *)data, size);
	for (size_t i = 0; i < doc_count(file); i++)
		walk(doc_at(file, i), 10000);
	doc_free(file);
	err_clear(&err);
	return 0;
}
