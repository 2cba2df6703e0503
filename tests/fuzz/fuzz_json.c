/* JSON documents, read and walked; and the scanner alone, as lockfile readers use it. */

#include "core/json_scan.h"
#include "tests/fuzz/fuzz_doc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
	scan_all((const char *)data, size);
	fuzz_document(DOC_JSON, "fuzz.json5", data, size);
	return 0;
}
