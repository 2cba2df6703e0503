#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "core/doc_internal.h"
#include "core/mem.h"

/* libyaml compares every %TAG with all before it. */
#define MAX_TAG_DIRECTIVES 64

struct anchor {
	struct doc node;
	unsigned height;
	bool open; /* its container has not ended yet */
};

struct reader {
	yaml_parser_t parser;
	struct doc_builder build;
	struct doc_index index; /* name to struct anchor, of the current document */
	struct anchor **anchors;
	size_t anchor_count, anchor_cap;
	size_t events;
	const char *name;
	const char *bytes;
	size_t len;
	struct err *err;
	bool template;
	yaml_mark_t flow_map; /* where the last event opened a `{` */
	bool after_flow_map;
};

static uint32_t line_of(yaml_mark_t mark)
{
	return (uint32_t)mark.line + 1;
}

static void forget_anchors(struct reader *in)
{
	doc_index_free(&in->index);
	in->index = (struct doc_index){.probes = in->index.probes};
	in->anchor_count = 0;
}

/* The anchor's number from 1 for the frame's tag, 0 without an anchor. */
static size_t note_anchor(struct reader *in, const yaml_char_t *name, const struct doc *node)
{
	struct arena *arena = in->build.file->arena;
	const char *key = (const char *)name;
	struct anchor *anchor;
	void **at;

	if (!name)
		return 0;
	anchor = arena_alloc(arena, sizeof(*anchor));
	if (node)
		anchor->node = *node;
	anchor->open = !node;
	GROW(in->anchors, in->anchor_count, in->anchor_cap);
	in->anchors[in->anchor_count++] = anchor;
	key = arena_strdup(arena, key);
	at = doc_index_at(&in->index, NULL, key, strlen(key), true);
	*at = anchor; /* a redefined anchor means the newest from here on */
	return in->anchor_count;
}

static bool is_null(const yaml_event_t *event)
{
	static const char *const words[] = {"", "~", "null", "Null", "NULL"};
	const char *text = (const char *)event->data.scalar.value;

	if (event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE ||
	    !event->data.scalar.plain_implicit)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!strcmp(text, words[i]))
			return true;
	}
	return false;
}

static bool is_template_text(const char *text)
{
	return !strncmp(text, "{%", 2) || strstr(text, "<%") || !strncmp(text, "{{", 2);
}

static int on_scalar(struct reader *in, const yaml_event_t *event)
{
	const char *tag = (const char *)event->data.scalar.tag;
	struct doc node = {.kind = DOC_SCALAR,
			   .line = line_of(event->start_mark),
			   .column = (uint32_t)event->start_mark.column + 1,
			   .text = ""};

	node.quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE ||
		      (tag && (!strcmp(tag, "!") || !strcmp(tag, YAML_STR_TAG)));
	if (!doc_build_at_key(&in->build) && is_null(event))
		node.kind = DOC_NULL;
	else
		node.text = arena_memdup0(in->build.file->arena, event->data.scalar.value,
					  event->data.scalar.length);
	if (!in->build.depth && !node.quoted && is_template_text(node.text))
		in->template = true;
	note_anchor(in, event->data.scalar.anchor, &node);
	return doc_build_push(&in->build, &node, 0);
}

static int on_alias(struct reader *in, const yaml_event_t *event)
{
	const char *name = (const char *)event->data.alias.anchor;
	uint32_t line = line_of(event->start_mark);
	void **at = doc_index_at(&in->index, NULL, name, strlen(name), false);
	const struct anchor *anchor = at ? *at : NULL;

	if (!anchor)
		return doc_error(in->name, in->err, line, NULL,
				 "the alias *%s has no anchor before it", name);
	if (anchor->open)
		return doc_error(in->name, in->err, line, NULL,
				 "the alias *%s stands inside itself", name);
	return doc_build_push(&in->build, &anchor->node, anchor->height);
}

/* `{{` outside quotes is a map in a map to YAML, and a template to everybody else. */
static void note_flow_map(struct reader *in, const yaml_event_t *event)
{
	yaml_mark_t mark = event->start_mark;

	if (event->data.mapping_start.style != YAML_FLOW_MAPPING_STYLE)
		return;
	if (in->after_flow_map && mark.line == in->flow_map.line &&
	    mark.column == in->flow_map.column + 1)
		in->template = true;
	in->flow_map = mark;
	in->after_flow_map = true;
}

/* The key that a container stands below, as blocks are written: its place to a reader. */
static const struct doc *key_above(const struct reader *in, const yaml_event_t *event)
{
	const struct doc_builder *build = &in->build;
	const struct doc *key;

	if (!build->depth || build->frames[build->depth - 1].kind != DOC_MAP ||
	    doc_build_at_key(build))
		return NULL;
	key = &build->stack[build->len - 1];
	return key->line < line_of(event->start_mark) ? key : NULL;
}

static int on_start(struct reader *in, const yaml_event_t *event)
{
	bool map = event->type == YAML_MAPPING_START_EVENT;
	const yaml_char_t *anchor =
	    map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
	const struct doc *key = key_above(in, event);
	uint32_t column = (uint32_t)event->start_mark.column + 1;

	if (map)
		note_flow_map(in, event);
	return doc_build_open(&in->build, map ? DOC_MAP : DOC_SEQ,
			      key ? key->line : line_of(event->start_mark),
			      key ? key->column : column, note_anchor(in, anchor, NULL));
}

static int on_end(struct reader *in)
{
	size_t tag;
	const struct doc *node = doc_build_close(&in->build, &tag);

	if (tag) {
		in->anchors[tag - 1]->node = *node;
		in->anchors[tag - 1]->height = in->build.height;
		in->anchors[tag - 1]->open = false;
	}
	if (++in->build.nodes > DOC_MAX_EVENTS)
		return doc_error(in->name, in->err, node->line, NULL, "more than %d values",
				 DOC_MAX_EVENTS);
	return 0;
}

/* 1 at the end of the file, 0 to go on, -1 on error. */
static int on_event(struct reader *in, const yaml_event_t *event)
{
	if (++in->events > DOC_MAX_EVENTS || in->index.probes > DOC_MAX_PROBES)
		return doc_error(in->name, in->err, line_of(event->start_mark), NULL,
				 "more than %d values", DOC_MAX_EVENTS);
	if (event->type != YAML_MAPPING_START_EVENT)
		in->after_flow_map = false;
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return on_scalar(in, event);
	case YAML_ALIAS_EVENT:
		return on_alias(in, event);
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		return on_start(in, event);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return on_end(in);
	case YAML_DOCUMENT_END_EVENT:
		doc_build_finish(&in->build);
		forget_anchors(in);
		return 0;
	case YAML_STREAM_END_EVENT:
		return 1;
	default:
		return 0;
	}
}

/* libyaml's words for what went wrong, in ours. */
static const struct {
	const char *theirs, *ours, *fix;
} problems[] = {
    {"mapping values are not allowed", "a ':' where no key can stand",
     "put the value in quotes, or check the indentation"},
    {"did not find expected key", "this line does not fit the map it stands in",
     "check the indentation and the quotes above it"},
    {"could not find expected ':'", "a key without ':'", NULL},
    {"did not find expected '-' indicator", "this line does not fit the list it stands in",
     "check the indentation"},
    {"did not find expected ',' or ']'", "a list is not closed with ']'", NULL},
    {"did not find expected ',' or '}'", "a map is not closed with '}'", NULL},
    {"found unexpected end of stream", "a quote is not closed", NULL},
    {"found unexpected document indicator", "a quote is not closed", NULL},
    {"block sequence entries are not allowed", "a '-' where no list can stand",
     "start the list on its own line"},
    {"found undefined tag handle", "a tag that nothing declares", NULL},
    {"found unknown escape character", "an unknown escape after '\\'",
     "use single quotes, or '\\\\'"},
    {"did not find expected <document start>", "text after the end of the document", NULL},
    {"control characters are not allowed", "a control character", NULL},
    {"found a tab character", "a tab indents this line", "indent with spaces"},
    {"found character that cannot start any token", "a value cannot start with this character",
     "put the value in quotes"},
    {"octet", "bytes that are not UTF-8", NULL},
    {"invalid Unicode character", "bytes that are not UTF-8", NULL},
    {"incomplete", "bytes that are not UTF-8", NULL},
};

/* The text of a line from 1, up to its end; NULL when there are fewer. */
static const char *line_text(const struct reader *in, uint32_t line, size_t *len)
{
	const char *p = in->bytes;
	const char *end = in->bytes + in->len;
	const char *stop;

	while (--line && p && p < end) {
		p = memchr(p, '\n', (size_t)(end - p));
		p = p ? p + 1 : NULL;
	}
	if (!p || p >= end)
		return NULL;
	stop = memchr(p, '\n', (size_t)(end - p));
	*len = (size_t)((stop ? stop : end) - p);
	return p;
}

/* libyaml says the same of a tab, an '@' and a '`'. */
static int bad_start(struct reader *in, uint32_t line)
{
	size_t column = in->parser.problem_mark.column;
	size_t len = 0;
	const char *text = line_text(in, line, &len);

	if (text && column < len && text[column] == '\t')
		return doc_error(in->name, in->err, line, "indent with spaces",
				 "a tab where YAML takes only spaces");
	if (text && column < len && text[column] > ' ' && text[column] < 127)
		return doc_error(in->name, in->err, line, "put the value in quotes",
				 "a value cannot start with '%c'", text[column]);
	return doc_error(in->name, in->err, line, "put the value in quotes",
			 "a value cannot start with this character");
}

static int parser_error(struct reader *in)
{
	const char *theirs = in->parser.problem ? in->parser.problem : "it is not YAML";
	uint32_t line = line_of(in->parser.problem_mark);

	if (in->parser.error == YAML_READER_ERROR)
		line = doc_line_of(in->bytes, in->len, in->parser.problem_offset);
	if (!strcmp(theirs, "found character that cannot start any token"))
		return bad_start(in, line);
	/* An open quote or bracket is only noticed far below it. */
	if (in->parser.context &&
	    (strstr(theirs, "unexpected end of stream") || strstr(theirs, "document indicator") ||
	     strstr(theirs, "',' or")))
		line = line_of(in->parser.context_mark);
	for (size_t i = 0; i < ARRAY_LEN(problems); i++) {
		if (strstr(theirs, problems[i].theirs))
			return doc_error(in->name, in->err, line, problems[i].fix, "%s",
					 problems[i].ours);
	}
	return doc_error(in->name, in->err, line, NULL, "%s", theirs);
}

/* Whether a `{{` stands where a value or a line starts; `${{ }}` of workflows does not count. */
static bool opens_template(const char *bytes, const char *at)
{
	while (at > bytes && (at[-1] == ' ' || at[-1] == '\t'))
		at--;
	return at == bytes || strchr("\n:-,[{?", at[-1]);
}

/* Only asked of text that is not YAML. */
static bool has_template(const struct reader *in)
{
	const char *end = in->bytes + in->len;
	const char *p = in->bytes;
	size_t len = 0;
	const char *line;

	if (memmem(in->bytes, in->len, "<%", 2))
		return true;
	while ((p = memchr(p, '{', (size_t)(end - p))) && p + 1 < end) {
		if ((p[1] == '{' || p[1] == '%') && opens_template(in->bytes, p))
			return true;
		p += p[1] == '{' ? 2 : 1;
	}
	line = line_text(in, line_of(in->parser.problem_mark), &len);
	p = line ? memmem(line, len, "{{", 2) : NULL;
	return p && (p == line || p[-1] != '$');
}

static int read_events(struct reader *in)
{
	int rc = 0;

	while (!rc && !in->template) {
		yaml_event_t event;

		if (!yaml_parser_parse(&in->parser, &event)) {
			in->template = has_template(in);
			return in->template ? 0 : parser_error(in);
		}
		rc = on_event(in, &event);
		yaml_event_delete(&event);
	}
	return rc < 0 ? -1 : 0;
}

static bool too_many_tags(const char *bytes, size_t len)
{
	const char *end = bytes + len;
	unsigned count = 0;

	for (const char *p = bytes; (p = memmem(p, (size_t)(end - p), "%TAG", 4)); p += 4)
		count++;
	return count > MAX_TAG_DIRECTIVES;
}

enum doc_state doc_parse_yaml(struct doc_file *file, const char *name, const char *bytes,
			      size_t len, struct err *err)
{
	struct reader in = {.name = name, .bytes = bytes, .len = len, .err = err};
	int rc;

	if (too_many_tags(bytes, len)) {
		doc_error(name, err, 1, NULL, "more than %d %%TAG directives", MAX_TAG_DIRECTIVES);
		return DOC_BROKEN;
	}
	in.build = (struct doc_builder){.file = file, .name = name, .err = err};
	if (!yaml_parser_initialize(&in.parser))
		return DOC_BROKEN;
	yaml_parser_set_input_string(&in.parser, (const unsigned char *)bytes, len);
	rc = read_events(&in);
	yaml_parser_delete(&in.parser);
	doc_index_free(&in.index);
	free(in.anchors);
	doc_build_free(&in.build);
	if (in.template) {
		file->count = 0;
		return DOC_TEMPLATE;
	}
	return rc < 0 ? DOC_BROKEN : DOC_OK;
}
