#include "core/doc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/doc_internal.h"
#include "core/mem.h"
#include "core/when.h"

/* How many merged pairs one lookup may pass: `<<` chains fan out exponentially when meant to. */
#define MERGE_BUDGET 20000

static const struct {
	const char *ending;
	enum doc_format format;
} endings[] = {
    {".yml", DOC_YAML},		{".yaml", DOC_YAML},	     {".json", DOC_JSON},
    {".jsonc", DOC_JSON},	{".json5", DOC_JSON},	     {".toml", DOC_TOML},
    {"cargo.lock", DOC_TOML},	{"poetry.lock", DOC_TOML},   {"uv.lock", DOC_TOML},
    {"pdm.lock", DOC_TOML},	{"pipfile", DOC_TOML},	     {"pipfile.lock", DOC_JSON},
    {"flake.lock", DOC_JSON},	{"composer.lock", DOC_JSON}, {"deno.lock", DOC_JSON},
    {"pubspec.lock", DOC_YAML}, {".renovaterc", DOC_JSON},   {".babelrc", DOC_JSON},
};

int doc_format_of(const char *path)
{
	const char *name = strrchr(path, '/');
	size_t len;

	name = name ? name + 1 : path;
	len = strlen(name);
	for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
		size_t n = strlen(endings[i].ending);
		bool whole = endings[i].ending[0] != '.';

		if (len < n || (whole && len != n))
			continue;
		if (!strcasecmp(name + len - n, endings[i].ending))
			return endings[i].format;
	}
	return -1;
}

enum doc_state doc_parse(struct doc_file **out, enum doc_format format, const char *name,
			 const char *bytes, size_t len, struct err *err)
{
	struct doc_file *file = xcalloc(1, sizeof(*file));

	*out = file;
	file->arena = arena_new();
	if (len > DOC_MAX_BYTES) {
		err_set(err, name, NULL, "larger than %d MiB", DOC_MAX_BYTES >> 20);
		return DOC_BROKEN;
	}
	if (format == DOC_JSON)
		return doc_parse_json(file, name, bytes, len, err);
	if (format == DOC_TOML)
		return doc_parse_toml(file, name, bytes, len, err);
	return doc_parse_yaml(file, name, bytes, len, err);
}

void doc_free(struct doc_file *file)
{
	if (!file)
		return;
	arena_free(file->arena);
	free(file->docs);
	free(file);
}

size_t doc_count(const struct doc_file *file)
{
	return file ? file->count : 0;
}

const struct doc *doc_at(const struct doc_file *file, size_t index)
{
	return file && index < file->count ? &file->docs[index] : NULL;
}

static bool key_is(const struct doc *key, const char *name, size_t len)
{
	return key->kind == DOC_SCALAR && !strncmp(key->text, name, len) && !key->text[len];
}

static bool is_merge(const struct doc *key)
{
	return key->kind == DOC_SCALAR && !key->quoted && !strcmp(key->text, "<<");
}

static const struct doc *get(const struct doc *map, const char *key, size_t len, unsigned depth,
			     size_t *budget);

/* What the maps named by `<<` say: of several the first one wins. */
static const struct doc *get_merged(const struct doc *from, const char *key, size_t len,
				    unsigned depth, size_t *budget)
{
	if (!depth)
		return NULL;
	if (from->kind != DOC_SEQ)
		return get(from, key, len, depth - 1, budget);
	for (size_t i = 0; i < from->len; i++) {
		const struct doc *found = get(&from->items[i], key, len, depth - 1, budget);

		if (found)
			return found;
	}
	return NULL;
}

static const struct doc *get(const struct doc *map, const char *key, size_t len, unsigned depth,
			     size_t *budget)
{
	bool merges = false;

	if (map->kind != DOC_MAP || *budget < map->len)
		return NULL;
	*budget -= map->len;
	for (size_t i = map->len; i-- > 0;) {
		if (key_is(&map->pairs[i].key, key, len))
			return &map->pairs[i].value;
		merges |= is_merge(&map->pairs[i].key);
	}
	for (size_t i = 0; merges && i < map->len; i++) {
		const struct doc *found;

		if (!is_merge(&map->pairs[i].key))
			continue;
		found = get_merged(&map->pairs[i].value, key, len, depth, budget);
		if (found)
			return found;
	}
	return NULL;
}

const struct doc *doc_find(const struct doc *map, const char *key, size_t len, size_t *cost)
{
	const struct doc *found;
	size_t budget;

	*cost = 0;
	if (!map || map->kind != DOC_MAP)
		return NULL;
	*cost = budget = map->len + MERGE_BUDGET;
	found = get(map, key, len, DOC_MAX_DEPTH, &budget);
	*cost -= budget;
	return found;
}

const struct doc *doc_get(const struct doc *map, const char *key)
{
	size_t cost;

	return doc_find(map, key, strlen(key), &cost);
}

const struct doc *doc_item(const struct doc *seq, size_t index)
{
	return seq && seq->kind == DOC_SEQ && index < seq->len ? &seq->items[index] : NULL;
}

const struct doc *doc_path(const struct doc *node, const char *path)
{
	size_t cost;

	while (node && *path) {
		size_t len = strcspn(path, ".");

		node = doc_find(node, path, len, &cost);
		path += len;
		if (*path)
			path++;
	}
	return node;
}

const char *doc_str(const struct doc *node)
{
	return node && node->kind == DOC_SCALAR ? node->text : NULL;
}

bool doc_int(const struct doc *node, int64_t *value)
{
	const char *s = doc_str(node);
	const char *digits;
	char *end;

	if (!s)
		return false;
	digits = s + (*s == '-' || *s == '+');
	if (*digits < '0' || *digits > '9' || (*digits == '0' && digits[1]))
		return false;
	errno = 0;
	*value = strtoll(s, &end, 10);
	return !errno && !*end;
}

bool doc_bool(const struct doc *node, bool *value)
{
	static const char *const yes[] = {"true", "yes", "on"};
	static const char *const no[] = {"false", "no", "off"};
	const char *s = doc_str(node);

	if (!s || node->quoted)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
		*value = !strcasecmp(s, yes[i]);
		if (*value || !strcasecmp(s, no[i]))
			return true;
	}
	return false;
}

bool doc_duration(const struct doc *node, int64_t *seconds)
{
	return when_span(doc_str(node), seconds);
}

uint32_t doc_line_of(const char *bytes, size_t len, size_t offset)
{
	const char *p = bytes;
	const char *end = bytes + (offset < len ? offset : len);
	uint32_t line = 1;

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
		line++;
		p++;
	}
	return line;
}
