#include <string.h>
#include <strings.h>

#include "core/doc_internal.h"
#include "core/json_scan.h"
#include "core/text.h"

struct reader {
	struct json_scan scan;
	struct doc_builder build;
};

static int fail(struct reader *in, const char *what)
{
	return doc_error(in->build.name, in->build.err, json_line(&in->scan), NULL, "%s", what);
}

/* Where JSON has a `{` in place of a key or a `<%`, something else makes JSON of it first. */
static bool is_template(const struct json_scan *scan)
{
	const char *at = scan->text;

	if (scan->end - at >= 2 && (!memcmp(at, "<%", 2) || !memcmp(at, "{%", 2)))
		return true;
	return at > scan->base && at < scan->end && *at == '{' && at[-1] == '{';
}

static int on_scalar(struct reader *in, enum json_token token)
{
	struct doc node = {.kind = token == JSON_NULL ? DOC_NULL : DOC_SCALAR,
			   .quoted = token == JSON_STRING || token == JSON_KEY,
			   .line = json_line(&in->scan),
			   .column = json_column(&in->scan),
			   .text = ""};
	struct buf text = {0};
	bool good = true;

	if (in->scan.escaped && node.quoted) {
		good = json_unescape(in->scan.text, in->scan.len, &text);
		node.text = arena_memdup0(in->build.file->arena, buf_str(&text), text.len);
		buf_free(&text);
	} else if (token != JSON_NULL) {
		node.text = arena_memdup0(in->build.file->arena, in->scan.text, in->scan.len);
	}
	if (!good)
		return fail(in, "an unknown escape after '\\'");
	return doc_build_push(&in->build, &node, 0);
}

/* 1 at the end of the file, 0 to go on, -1 on error. */
static int on_token(struct reader *in, enum json_token token)
{
	switch (token) {
	case JSON_END:
		doc_build_finish(&in->build);
		return 1;
	case JSON_ERROR:
		return fail(in, in->scan.error);
	case JSON_OBJECT:
	case JSON_ARRAY:
		return doc_build_open(&in->build, token == JSON_OBJECT ? DOC_MAP : DOC_SEQ,
				      json_line(&in->scan), json_column(&in->scan), 0);
	case JSON_OBJECT_END:
	case JSON_ARRAY_END:
		if (++in->build.nodes > DOC_MAX_EVENTS)
			return fail(in, "too many values");
		doc_build_close(&in->build, NULL);
		return 0;
	default:
		return on_scalar(in, token);
	}
}

enum doc_state doc_parse_json(struct doc_file *file, const char *name, const char *bytes,
			      size_t len, struct err *err)
{
	struct reader in = {.build = {.file = file, .name = name, .err = err}};
	size_t bad = text_utf8_bad(bytes, len);
	size_t ending = strlen(name);
	int rc = 0;

	if (bad < len) {
		doc_error(name, err, doc_line_of(bytes, len, bad), NULL,
			  "bytes that are not UTF-8");
		return DOC_BROKEN;
	}
	json_scan_init(&in.scan, bytes, len,
		       ending > 6 && !strcasecmp(name + ending - 6, ".json5") ? JSON_FIVE : 0);
	while (!rc)
		rc = on_token(&in, json_next(&in.scan));
	doc_build_free(&in.build);
	if (rc > 0)
		return DOC_OK;
	if (in.scan.token != JSON_ERROR || !is_template(&in.scan))
		return DOC_BROKEN;
	if (err)
		err_clear(err);
	return DOC_TEMPLATE;
}
