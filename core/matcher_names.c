/* Which services a place in a document or a text names. */

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "core/matcher_internal.h"
#include "core/mem.h"

#define MAX_STEPS 2000 /* nodes of an element that are looked at */
#define MAX_DEPTH 16
#define MAX_LINES 400	/* lines of a block that are looked at */
#define MAX_ABOVE 400	/* lines above one where an ancestor is looked for */
#define MAX_HEAD  20000 /* lines of a document */

/* Elements */

struct element_walk {
	struct place_names *names;
	unsigned steps;
};

/* Below these keys `name` is that of a service; elsewhere of a port, a variable, a container. */
static bool names_below(const char *key)
{
	static const char *const keys[] = {"metadata",	  "service", "scaleTargetRef", "targetRef",
					   "destination", "app",     "release",	       "workload"};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		if (strcmp(keys[i], key) == 0)
			return true;
	}
	return false;
}

/* Lists of names: namespaces that a backup or a monitor takes in. */
static bool is_list_key(const char *key)
{
	static const char *const keys[] = {"includedNamespaces", "matchNames", "namespaces",
					   "services", "hosts"};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		if (strcmp(keys[i], key) == 0)
			return true;
	}
	return false;
}

static void walk_node(struct element_walk *walk, const struct doc *node, unsigned depth,
		      bool plain_name);

static void add_list(struct element_walk *walk, const struct doc *list)
{
	for (size_t i = 0; i < list->len && i < MATCHER_MAX_NAMES; i++) {
		const char *text = doc_str(&list->items[i]);

		if (text)
			names_add_value(walk->names, text, strlen(text));
	}
}

static void walk_pair(struct element_walk *walk, const struct doc_pair *pair, unsigned depth,
		      bool plain_name)
{
	const char *key = doc_str(&pair->key);
	const char *value = doc_str(&pair->value);

	if (!key)
		return;
	if (value && names_is_key(key, strlen(key), plain_name))
		names_add_value(walk->names, value, strlen(value));
	else if (pair->value.kind == DOC_SEQ && is_list_key(key))
		add_list(walk, &pair->value);
	walk_node(walk, &pair->value, depth + 1, names_below(key));
}

static void walk_node(struct element_walk *walk, const struct doc *node, unsigned depth,
		      bool plain_name)
{
	if (depth > MAX_DEPTH || walk->steps >= MAX_STEPS)
		return;
	walk->steps++;
	if (node->kind == DOC_SCALAR) {
		names_add_selectors(walk->names, node->text, strlen(node->text));
		return;
	}
	for (size_t i = 0; i < node->len && walk->steps < MAX_STEPS; i++) {
		if (node->kind == DOC_MAP)
			walk_pair(walk, &node->pairs[i], depth, plain_name);
		else
			walk_node(walk, &node->items[i], depth + 1, false);
	}
}

/* The document's own labels: metadata, and texts at the top. */
static void walk_head(struct element_walk *walk, const struct doc *root)
{
	for (size_t i = 0; root->kind == DOC_MAP && i < root->len && i < MAX_STEPS; i++) {
		const struct doc_pair *pair = &root->pairs[i];
		const char *key = doc_str(&pair->key);

		if (key && (pair->value.kind == DOC_SCALAR || strcmp(key, "metadata") == 0))
			walk_pair(walk, pair, 0, true);
	}
}

/*
 * Values of a chart or a whole environment, as opposed to one object or a list of
 * rules: names inside of it are those of parts, of which it may hold hundreds.
 */
static bool is_collection(const struct doc *root)
{
	return root->kind == DOC_MAP && !doc_get(root, "kind") && !doc_get(root, "groups") &&
	       !doc_get(root, "slos");
}

void names_of_element(struct place_names *names, const struct doc *root, const struct doc *element)
{
	struct element_walk walk = {.names = names};
	bool whole = element == root && is_collection(root);

	if (!whole)
		walk_node(&walk, element, 0, true);
	if (whole || element != root) {
		walk.steps = 0;
		walk_head(&walk, root);
	}
}

/* Text */

struct text {
	const char *bytes;
	size_t len;
	struct place_names *names;
};

static struct regex_span line_at(const struct text *text, size_t at)
{
	return line_around(text->bytes, text->len, at);
}

static size_t indent_of(const struct text *text, struct regex_span line)
{
	size_t n = 0;

	while (line.start + n < line.end &&
	       (text->bytes[line.start + n] == ' ' || text->bytes[line.start + n] == '\t'))
		n++;
	return n;
}

static bool is_blank(const struct text *text, struct regex_span line)
{
	size_t at = line.start + indent_of(text, line);

	return at == line.end || text->bytes[at] == '#';
}

static bool starts_with(const struct text *text, struct regex_span line, const char *start)
{
	size_t at = line.start + indent_of(text, line), len = strlen(start);

	return at + len <= line.end && memcmp(text->bytes + at, start, len) == 0;
}

static bool is_separator(const struct text *text, struct regex_span line)
{
	return line.end - line.start >= 3 && memcmp(text->bytes + line.start, "---", 3) == 0;
}

/* resource "aws_db_instance" "checkout" { */
static void add_resource(struct text *text, struct regex_span line)
{
	const char *s = text->bytes + line.start, *end = text->bytes + line.end;
	const char *last = NULL, *from;
	size_t len = 0;

	while ((from = memchr(s, '"', (size_t)(end - s)))) {
		const char *to = memchr(from + 1, '"', (size_t)(end - from - 1));

		if (!to)
			break;
		last = from + 1;
		len = (size_t)(to - last);
		s = to + 1;
	}
	if (last)
		names_add_part(text->names, last, len);
}

/* key: value, key = "value" */
static void add_assignment(struct text *text, struct regex_span line, bool plain_name)
{
	const char *s = text->bytes + line.start + indent_of(text, line);
	const char *end = text->bytes + line.end, *key, *value;
	size_t key_len;

	while (end - s >= 2 && s[0] == '-' && s[1] == ' ')
		for (s += 2; s < end && *s == ' ';)
			s++;
	if (s < end && (*s == '"' || *s == '\''))
		s++;
	key = s;
	while (s < end && (isalnum((unsigned char)*s) || strchr("_-./", *s)))
		s++;
	key_len = (size_t)(s - key);
	while (s < end && (*s == '"' || *s == '\'' || *s == ' '))
		s++;
	if (s >= end || (*s != ':' && *s != '=') || !names_is_key(key, key_len, plain_name))
		return;
	for (s++; s < end && (*s == ' ' || *s == '"' || *s == '\'');)
		s++;
	value = s;
	while (s < end && !strchr(" \"',;#{", *s))
		s++;
	names_add_value(text->names, value, (size_t)(s - value));
}

static void add_line(struct text *text, struct regex_span line, bool plain_name)
{
	if (is_blank(text, line))
		return;
	if (starts_with(text, line, "resource \"") || starts_with(text, line, "module \""))
		add_resource(text, line);
	add_assignment(text, line, plain_name);
	names_add_selectors(text->names, text->bytes + line.start, line.end - line.start);
}

static bool is_yaml(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot && (strcasecmp(dot, ".yml") == 0 || strcasecmp(dot, ".yaml") == 0 ||
		       strcasecmp(dot, ".tpl") == 0);
}

/* Goes up from a line over its ancestors, whose indentation is ever less; adds them. */
static struct regex_span add_ancestors(struct text *text, struct regex_span line)
{
	struct regex_span block = line;
	size_t indent = indent_of(text, line);
	bool found = starts_with(text, line, "- ");

	for (unsigned i = 0; i < MAX_ABOVE && line.start > 0 && indent > 0; i++) {
		size_t inner;

		line = line_at(text, line.start - 1);
		if (is_separator(text, line))
			break;
		inner = indent_of(text, line);
		if (is_blank(text, line) || inner >= indent)
			continue;
		indent = inner;
		add_line(text, line, true);
		if (!found) {
			block = line;
			found = starts_with(text, line, "- ");
		}
	}
	return block;
}

static bool next_line(const struct text *text, struct regex_span *line)
{
	if (line->end + 1 >= text->len)
		return false;
	*line = line_at(text, line->end + 1 + (text->bytes[line->end] == '\r'));
	return true;
}

/* Adds the lines of the block that begins at a line. */
static void add_block(struct text *text, struct regex_span line, bool whole_document)
{
	size_t indent = indent_of(text, line);
	bool after_head = true;

	for (unsigned i = 0; i < MAX_LINES; i++) {
		if (i > 0 &&
		    (is_separator(text, line) ||
		     (!whole_document && !is_blank(text, line) && indent_of(text, line) <= indent)))
			return;
		add_line(text, line, after_head || indent_of(text, line) <= indent + 4);
		after_head =
		    starts_with(text, line, "metadata:") || starts_with(text, line, "service:");
		if (!next_line(text, &line))
			return;
	}
}

/* Where the YAML document around a line begins. */
static struct regex_span document_start(struct text *text, struct regex_span line)
{
	for (unsigned i = 0; i < MAX_HEAD && line.start > 0; i++) {
		struct regex_span above = line_at(text, line.start - 1);

		if (is_separator(text, above))
			break;
		line = above;
	}
	return line;
}

/* The document's own labels: lines at its top and the block of its metadata. */
static void read_head(struct text *text, struct regex_span line, struct text_head *head)
{
	struct place_names *names = text->names;
	bool metadata = false;

	*head = (struct text_head){.known = true, .start = line.start, .names.arena = names->arena};
	text->names = &head->names;
	for (unsigned i = 0; i < MAX_HEAD; i++) {
		bool top = indent_of(text, line) == 0 && !is_blank(text, line);

		if (i > 0 && is_separator(text, line))
			break;
		head->end = line.end;
		if (top)
			metadata = starts_with(text, line, "metadata:");
		if ((top && !starts_with(text, line, "- ")) || metadata)
			add_line(text, line, true);
		if (!next_line(text, &line))
			break;
	}
	text->names = names;
}

void names_of_text(struct place_names *names, struct text_head *head, const char *path,
		   const char *bytes, size_t len, size_t at)
{
	struct text text = {.bytes = bytes, .len = len, .names = names};
	struct regex_span line = line_at(&text, at);

	if (!is_yaml(path)) {
		add_block(&text, add_ancestors(&text, line), false);
		return;
	}
	if (!head->known || at < head->start || at > head->end)
		read_head(&text, document_start(&text, line), head);
	if (indent_of(&text, line) == 0 && !starts_with(&text, line, "- "))
		add_block(&text, line_at(&text, head->start), true);
	else
		add_block(&text, add_ancestors(&text, line), false);
	names_add_all(names, &head->names);
}
