#include <string.h>

#include "core/doc_internal.h"
#include "core/text.h"

/* TOML 1.0 (toml.io/en/v1.0.0), lenient where a file is clear all the same. */

/* Tables grow in any order, so the tree is linked until the end of the file. */
struct node {
	struct doc doc;
	struct doc key; /* in its table */
	struct node *first, *last, *next;
	size_t count;
	unsigned depth;
	bool closed; /* an inline table or a list in brackets: complete where it stands */
	bool headed; /* a table with a [header] of its own */
};

struct reader {
	const char *base, *p, *end;
	const char *line_start; /* of the line last asked for */
	uint32_t line;
	struct doc_file *file;
	const char *name;
	struct err *err;
	struct doc_index index; /* (table, key) to node */
	size_t nodes;
};

static void place(struct reader *in, const char *at, struct doc *node)
{
	const char *p;

	if (at < in->line_start) {
		in->line_start = in->base;
		in->line = 1;
	}
	p = in->line_start;
	while ((p = memchr(p, '\n', (size_t)(at - p)))) {
		in->line_start = ++p;
		in->line++;
	}
	node->line = in->line;
	node->column = (uint32_t)(at - in->line_start) + 1;
}

static int fail(struct reader *in, const char *what)
{
	struct doc at;

	place(in, in->p, &at);
	return doc_error(in->name, in->err, at.line, NULL, "%s", what);
}

static int fail_key(struct reader *in, const struct doc *key, const char *what)
{
	return doc_error(in->name, in->err, key->line, NULL, "'%s' %s", key->text, what);
}

static bool at(const struct reader *in, char c)
{
	return in->p < in->end && *in->p == c;
}

static bool at_triple(const struct reader *in, char c)
{
	return in->end - in->p >= 3 && in->p[0] == c && in->p[1] == c && in->p[2] == c;
}

static void skip_space(struct reader *in)
{
	while (at(in, ' ') || at(in, '\t'))
		in->p++;
}

/* Space, lines and comments. */
static void skip_blank(struct reader *in)
{
	for (;;) {
		skip_space(in);
		if (at(in, '#')) {
			const char *stop = memchr(in->p, '\n', (size_t)(in->end - in->p));

			in->p = stop ? stop : in->end;
		}
		if (!at(in, '\n') && !at(in, '\r'))
			return;
		in->p++;
	}
}

static struct node *new_node(struct reader *in, enum doc_kind kind, const char *from)
{
	struct node *node = arena_alloc(in->file->arena, sizeof(*node));

	in->nodes++;
	node->doc.kind = kind;
	node->doc.text = "";
	place(in, from, &node->doc);
	return node;
}

static int append(struct reader *in, struct node *parent, struct node *child)
{
	child->depth = parent->depth + 1;
	if (child->depth > DOC_MAX_DEPTH)
		return doc_error(in->name, in->err, child->doc.line, NULL,
				 "nested more than %d levels deep", DOC_MAX_DEPTH);
	if (in->nodes > DOC_MAX_EVENTS || in->index.probes > DOC_MAX_PROBES)
		return doc_error(in->name, in->err, child->doc.line, NULL, "more than %d values",
				 DOC_MAX_EVENTS);
	if (parent->last)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
	parent->count++;
	return 0;
}

static struct node *find(struct reader *in, const struct node *table, const struct doc *key)
{
	void **at_key = doc_index_at(&in->index, table, key->text, strlen(key->text), false);

	return at_key ? *at_key : NULL;
}

static int insert(struct reader *in, struct node *table, const struct doc *key, struct node *child)
{
	void **at_key;

	if (find(in, table, key))
		return fail_key(in, key, "is defined twice");
	at_key = doc_index_at(&in->index, table, key->text, strlen(key->text), true);
	*at_key = child;
	child->key = *key;
	return append(in, table, child);
}

/* Behind `\x`, `\u` or `\U`: so many hex digits. */
static int add_hex(struct reader *in, int digits, struct buf *out)
{
	uint32_t c = 0;

	for (; digits; digits--, in->p++) {
		int digit = in->p < in->end ? text_hex_digit(*in->p) : -1;

		if (digit < 0)
			return fail(in, "a unicode escape has too few digits");
		c = c << 4 | (uint32_t)digit;
	}
	text_encode(out, c);
	return 0;
}

static int add_escape(struct reader *in, bool lines, struct buf *out)
{
	static const char from[] = "btnfre\"\\";
	static const char to[] = "\b\t\n\f\r\033\"\\";
	char c = in->p + 1 < in->end ? in->p[1] : '\0';
	const char *known = c ? strchr(from, c) : NULL;

	if (known) {
		buf_addc(out, to[known - from]);
		in->p += 2;
		return 0;
	}
	if (c == 'u' || c == 'U' || c == 'x') {
		in->p += 2;
		return add_hex(in, c == 'U' ? 8 : c == 'u' ? 4 : 2, out);
	}
	if (lines && (c == '\n' || c == '\r' || c == ' ' || c == '\t')) {
		in->p++;
		while (in->p < in->end && strchr(" \t\r\n", *in->p) && *in->p)
			in->p++;
		return 0;
	}
	return fail(in, "an unknown escape after '\\'");
}

/* The text up to the closing quotes; p stands behind the opening ones. */
static int read_text(struct reader *in, const char *opening, bool lines, struct buf *out)
{
	char quote = *opening;

	while (in->p < in->end) {
		char c = *in->p;

		if (c == quote && (!lines || at_triple(in, quote))) {
			in->p += lines ? 3 : 1;
			/* Up to two quotes may stand right before the closing three. */
			for (int i = 0; lines && i < 2 && at(in, quote); i++, in->p++)
				buf_addc(out, quote);
			return 0;
		}
		if (c == '\n' && !lines)
			break;
		if (c == '\\' && quote == '"') {
			if (add_escape(in, lines, out) < 0)
				return -1;
			continue;
		}
		if (c != '\r' || !lines)
			buf_addc(out, c);
		in->p++;
	}
	in->p = opening;
	return fail(in, "a quote is not closed");
}

static int read_string(struct reader *in, struct doc *node)
{
	const char *opening = in->p;
	bool lines = at_triple(in, *opening);
	struct buf text = {0};
	int rc;

	in->p += lines ? 3 : 1;
	if (lines && at(in, '\r') && in->end - in->p > 1 && in->p[1] == '\n')
		in->p++;
	if (lines && at(in, '\n'))
		in->p++;
	rc = read_text(in, opening, lines, &text);
	node->kind = DOC_SCALAR;
	node->quoted = true;
	node->text = arena_memdup0(in->file->arena, buf_str(&text), text.len);
	buf_free(&text);
	return rc;
}

static bool is_bare(char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_' ||
	       c == '-';
}

static int read_key(struct reader *in, struct doc *key)
{
	const char *start;

	*key = (struct doc){.kind = DOC_SCALAR, .text = ""};
	skip_space(in);
	place(in, in->p, key);
	if (at(in, '"') || at(in, '\'')) {
		if (at_triple(in, *in->p))
			return fail(in, "a key cannot have several lines");
		return read_string(in, key);
	}
	start = in->p;
	while (in->p < in->end && is_bare(*in->p))
		in->p++;
	if (in->p == start)
		return fail(in, "a key is missing");
	key->text = arena_memdup0(in->file->arena, start, (size_t)(in->p - start));
	return 0;
}

/* The table that key names within table, made where it is not there. */
static struct node *descend(struct reader *in, struct node *table, const struct doc *key)
{
	struct node *child = find(in, table, key);

	if (!child) {
		child = new_node(in, DOC_MAP, in->p);
		child->doc.line = key->line;
		child->doc.column = key->column;
		return insert(in, table, key, child) < 0 ? NULL : child;
	}
	if (child->doc.kind == DOC_SEQ && !child->closed)
		child = child->last;
	if (child->doc.kind != DOC_MAP || child->closed) {
		fail_key(in, key, "is no table that can be added to");
		return NULL;
	}
	return child;
}

/* Reads `a.b.c` and gives the table that holds the last key. */
static struct node *read_path(struct reader *in, struct node *table, struct doc *last)
{
	for (;;) {
		if (read_key(in, last) < 0)
			return NULL;
		skip_space(in);
		if (!at(in, '.'))
			return table;
		in->p++;
		table = descend(in, table, last);
		if (!table)
			return NULL;
	}
}

/* A date and a time may have a space between: the only one in a bare value. */
static bool date_goes_on(const struct reader *in, const char *start)
{
	return in->p - start == 10 && start[4] == '-' && in->end - in->p > 2 && *in->p == ' ' &&
	       in->p[1] >= '0' && in->p[1] <= '9';
}

static int read_bare(struct reader *in, struct doc *node)
{
	const char *start = in->p;
	const char *word;
	size_t len;

	while (in->p < in->end && (is_bare(*in->p) || *in->p == '.' || *in->p == ':' ||
				   *in->p == '+' || date_goes_on(in, start)))
		in->p++;
	len = (size_t)(in->p - start);
	node->kind = DOC_SCALAR;
	node->text = arena_memdup0(in->file->arena, start, len);
	if (!strcmp(node->text, "true") || !strcmp(node->text, "false"))
		return 0;
	word = node->text + (*node->text == '-' || *node->text == '+');
	if ((*word >= '0' && *word <= '9') || !strcmp(word, "inf") || !strcmp(word, "nan"))
		return 0;
	in->p = start;
	return fail(in, len ? "a word that is not quoted" : "a value is missing");
}

static struct node *read_value(struct reader *in, struct node *parent);

static int read_pair(struct reader *in, struct node *table)
{
	struct doc key;
	struct node *value;

	table = read_path(in, table, &key);
	if (!table)
		return -1;
	if (!at(in, '='))
		return fail(in, "a '=' is missing");
	in->p++;
	value = read_value(in, table);
	return value ? insert(in, table, &key, value) : -1;
}

/* After an element of `[...]` or `{...}`: 1 at the end, 0 for another one, -1 on error. */
static int next_element(struct reader *in, char close)
{
	skip_blank(in);
	if (at(in, ',')) {
		in->p++;
		skip_blank(in);
	} else if (!at(in, close)) {
		return fail(in,
			    close == ']' ? "a ',' or ']' is missing" : "a ',' or '}' is missing");
	}
	if (!at(in, close))
		return 0;
	in->p++;
	return 1;
}

static int read_elements(struct reader *in, struct node *node)
{
	char close = *in->p++ == '[' ? ']' : '}';
	int rc = 0;

	skip_blank(in);
	if (at(in, close)) {
		in->p++;
		rc = 1;
	}
	while (!rc) {
		if (close == '}') {
			rc = read_pair(in, node);
		} else {
			struct node *item = read_value(in, node);

			rc = item ? append(in, node, item) : -1;
		}
		if (!rc)
			rc = next_element(in, close);
	}
	return rc < 0 ? -1 : 0;
}

/* parent only tells the depth: the caller appends. Recursion ends at DOC_MAX_DEPTH. */
static struct node *read_value(struct reader *in, struct node *parent)
{
	struct node *node;
	int rc;

	skip_space(in);
	node = new_node(in, DOC_SCALAR, in->p);
	node->depth = parent->depth + 1;
	if (node->depth > DOC_MAX_DEPTH) {
		fail(in, "nested too deep");
		return NULL;
	}
	if (at(in, '[') || at(in, '{')) {
		node->doc.kind = at(in, '[') ? DOC_SEQ : DOC_MAP;
		rc = read_elements(in, node);
		node->closed = true;
	} else if (at(in, '"') || at(in, '\'')) {
		rc = read_string(in, &node->doc);
	} else {
		rc = read_bare(in, &node->doc);
	}
	return rc < 0 ? NULL : node;
}

/* The table that `[[key]]` adds to its list. */
static struct node *add_list_table(struct reader *in, struct node *table, const struct doc *key,
				   const char *from)
{
	struct node *list = find(in, table, key);
	struct node *item;

	if (!list) {
		list = new_node(in, DOC_SEQ, from);
		if (insert(in, table, key, list) < 0)
			return NULL;
	} else if (list->doc.kind != DOC_SEQ || list->closed) {
		fail_key(in, key, "is no list of tables");
		return NULL;
	}
	item = new_node(in, DOC_MAP, from);
	item->headed = true;
	return append(in, list, item) < 0 ? NULL : item;
}

static struct node *head_table(struct reader *in, struct node *table, const struct doc *key)
{
	struct node *child = find(in, table, key);

	if (child && (child->headed || child->doc.kind != DOC_MAP)) {
		fail_key(in, key, "is defined twice");
		return NULL;
	}
	table = descend(in, table, key);
	if (table)
		table->headed = true;
	return table;
}

/* `[a.b]` or `[[a.b]]`: the table that the next pairs belong to. */
static struct node *read_header(struct reader *in, struct node *root)
{
	const char *from = in->p++;
	bool list = at(in, '[');
	struct node *table;
	struct doc key;

	if (list)
		in->p++;
	table = read_path(in, root, &key);
	if (!table)
		return NULL;
	if (!at(in, ']') || (list && (in->end - in->p < 2 || in->p[1] != ']'))) {
		fail(in, "a ']' is missing");
		return NULL;
	}
	in->p += list ? 2 : 1;
	return list ? add_list_table(in, table, &key, from) : head_table(in, table, &key);
}

static int read_lines(struct reader *in, struct node *root)
{
	struct node *table = root;

	for (;;) {
		skip_blank(in);
		if (in->p == in->end)
			return 0;
		if (at(in, '[')) {
			table = read_header(in, root);
			if (!table)
				return -1;
		} else if (read_pair(in, table) < 0) {
			return -1;
		}
		skip_space(in);
		if (in->p < in->end && !strchr("\r\n#", *in->p))
			return fail(in, "the line should end here");
	}
}

static struct doc freeze(struct reader *in, const struct node *node)
{
	bool map = node->doc.kind == DOC_MAP;
	struct doc doc = node->doc;
	struct doc_pair *pairs;
	struct doc *items;
	size_t i = 0;

	doc.len = node->count;
	if (!node->count)
		return doc;
	pairs = map ? arena_alloc(in->file->arena, node->count * sizeof(*pairs)) : NULL;
	items = map ? NULL : arena_alloc(in->file->arena, node->count * sizeof(*items));
	for (const struct node *child = node->first; child; child = child->next, i++) {
		struct doc value = freeze(in, child);

		if (map)
			pairs[i] = (struct doc_pair){child->key, value};
		else
			items[i] = value;
	}
	if (map)
		doc.pairs = pairs;
	else
		doc.items = items;
	return doc;
}

enum doc_state doc_parse_toml(struct doc_file *file, const char *name, const char *bytes,
			      size_t len, struct err *err)
{
	struct reader in = {.base = bytes,
			    .p = bytes,
			    .end = bytes + len,
			    .line_start = bytes,
			    .line = 1,
			    .file = file,
			    .name = name,
			    .err = err};
	struct doc_builder build = {.file = file, .name = name, .err = err};
	size_t bad = text_utf8_bad(bytes, len);
	struct node *root;
	struct doc frozen;
	int rc;

	if (bad < len) {
		doc_error(name, err, doc_line_of(bytes, len, bad), NULL,
			  "bytes that are not UTF-8");
		return DOC_BROKEN;
	}
	if (len >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3))
		in.p += 3;
	root = new_node(&in, DOC_MAP, in.p);
	rc = read_lines(&in, root);
	doc_index_free(&in.index);
	if (rc < 0)
		return DOC_BROKEN;
	frozen = freeze(&in, root);
	if (!doc_build_push(&build, &frozen, 0))
		doc_build_finish(&build);
	doc_build_free(&build);
	return DOC_OK;
}
