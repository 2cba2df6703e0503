/* Reading values of a checklist's YAML, with errors that show the place. */

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/checklist_build.h"
#include "core/mem.h"
#include "core/regex.h"
#include "core/text.h"

#define MAX_SHOWN 160 /* bytes of the offending line */

/* Errors */

/* Adds line number `line` of the source and a caret under column to out. */
static void add_excerpt(struct buf *out, const struct checklist_source *source, uint32_t line,
			uint32_t column)
{
	const char *s = source->text, *end = source->text + source->len;
	size_t len, from = 0, indent;

	for (uint32_t i = 1; i < line && s; i++) {
		s = memchr(s, '\n', (size_t)(end - s));
		s = s ? s + 1 : NULL;
	}
	if (!s || line == 0)
		return;
	len = (size_t)(end - s);
	len = memchr(s, '\n', len) ? (size_t)((const char *)memchr(s, '\n', len) - s) : len;
	if (len && s[len - 1] == '\r')
		len--;
	if (column > MAX_SHOWN - 40)
		from = column - (MAX_SHOWN - 40);
	if (from > len)
		from = len;
	indent = column > from ? column - from - 1 : 0;
	len = len - from > MAX_SHOWN ? MAX_SHOWN : len - from;
	buf_addf(out, "\n%5u | ", line);
	buf_add(out, s + from, len);
	if (column == 0)
		return;
	buf_adds(out, "\n      | ");
	for (size_t i = 0; i < indent; i++)
		buf_addc(out, i < len && s[from + i] == '\t' ? '\t' : ' ');
	buf_addc(out, '^');
}

/* A list or mapping has the line of the key that it stands under: its first word is nearer. */
static const struct doc *first_word(const struct doc *node)
{
	while (node->kind != DOC_SCALAR && node->len)
		node = node->kind == DOC_MAP ? &node->pairs[0].key : &node->items[0];
	return node;
}

int checklist_bad(struct checklist_build *build, const struct doc *at, const char *fix,
		  const char *fmt, ...)
{
	struct buf what = {0}, where = {0};
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&what, fmt, ap);
	va_end(ap);
	buf_adds(&where, build->source->path);
	if (at) {
		at = first_word(at);
		buf_addf(&where, ":%u", at->line);
		add_excerpt(&what, build->source, at->line, at->column);
	}
	err_set(build->err, buf_str(&where), fix, "%s", buf_str(&what));
	buf_free(&what);
	buf_free(&where);
	return -1;
}

int checklist_unknown(struct checklist_build *build, const struct doc *at, const char *what,
		      const char *word, const char *const *known, size_t count)
{
	const char *closest = text_suggest(word, known, count);
	struct buf list = {0};
	int rc;

	if (closest)
		return checklist_bad(build, at, NULL, "unknown %s \"%.60s\": did you mean \"%s\"?",
				     what, word, closest);
	buf_adds(&list, "one of: ");
	for (size_t i = 0; i < count; i++)
		buf_addf(&list, "%s%s", i ? ", " : "", known[i]);
	rc = checklist_bad(build, at, buf_str(&list), "unknown %s \"%.60s\"", what, word);
	buf_free(&list);
	return rc;
}

/* Mappings */

static int check_key(struct checklist_build *build, const struct doc *map, size_t i,
		     const char *what, const char *const *known, size_t count)
{
	const struct doc *key = &map->pairs[i].key;
	const char *name = doc_str(key);

	if (!name)
		return checklist_bad(build, key, NULL, "a key must be a word");
	for (size_t j = 0; j < i; j++) {
		const char *other = doc_str(&map->pairs[j].key);

		if (other && strcmp(other, name) == 0)
			return checklist_bad(build, key, "keep one of the two",
					     "\"%.60s\" stands here twice", name);
	}
	for (size_t j = 0; j < count; j++) {
		if (strcmp(known[j], name) == 0)
			return 0;
	}
	return checklist_unknown(build, key, what, name, known, count);
}

int checklist_keys(struct checklist_build *build, const struct doc *map, const char *what,
		   const char *const *known, size_t count)
{
	if (!map || map->kind != DOC_MAP)
		return checklist_bad(build, map, NULL, "expected a mapping (key: value)");
	/* More keys than there are known ones: one is unknown or stands twice. */
	for (size_t i = 0; i < map->len && i <= count; i++) {
		const struct doc *key = &map->pairs[i].key;

		if (!key->quoted && doc_str(key) && strcmp(doc_str(key), "<<") == 0)
			return checklist_bad(build, key, "alias whole rules: any: [*a, *b]",
					     "merge keys are not supported here");
		if (check_key(build, map, i, what, known, count) < 0)
			return -1;
	}
	return 0;
}

static const char *copy_text(struct checklist_build *build, const struct doc *node)
{
	const char *text = doc_str(node);
	size_t len;

	if (!text) {
		checklist_bad(build, node, NULL, "expected a text");
		return NULL;
	}
	while (isspace((unsigned char)*text))
		text++;
	len = strlen(text);
	while (len && isspace((unsigned char)text[len - 1]))
		len--;
	if (len == 0) {
		checklist_bad(build, node, NULL, "an empty text");
		return NULL;
	}
	return arena_memdup0(build->arena, text, len);
}

int checklist_text(struct checklist_build *build, const struct doc *map, const char *key,
		   const char **out)
{
	const struct doc *node = doc_get(map, key);
	const char *text;

	if (!node)
		return 0;
	text = copy_text(build, node);
	if (!text)
		return -1;
	*out = text;
	return 0;
}

int checklist_texts(struct checklist_build *build, const struct doc *map, const char *key,
		    const char ***out, size_t *count)
{
	const struct doc *node = doc_get(map, key);
	size_t n;

	if (!node)
		return 0;
	n = node->kind == DOC_SEQ ? node->len : 1;
	if (n == 0)
		return checklist_bad(build, node, NULL, "an empty list");
	*out = arena_alloc(build->arena, n * sizeof(**out));
	for (size_t i = 0; i < n; i++) {
		(*out)[i] = copy_text(build, node->kind == DOC_SEQ ? &node->items[i] : node);
		if (!(*out)[i])
			return -1;
	}
	*count = n;
	return 0;
}

const struct doc *checklist_nth(const struct doc *map, const char *key, size_t i)
{
	const struct doc *node = doc_get(map, key);

	return node && node->kind == DOC_SEQ ? doc_item(node, i) : node;
}

int checklist_number(struct checklist_build *build, const struct doc *map, const char *key,
		     int64_t min, int64_t max, int64_t *out)
{
	const struct doc *node = doc_get(map, key);

	if (!node)
		return 0;
	if (!doc_int(node, out) || *out < min || *out > max)
		return checklist_bad(build, node, NULL, "%s must be a number from %lld to %lld",
				     key, (long long)min, (long long)max);
	return 0;
}

int checklist_count(struct checklist_build *build, const struct doc *map, const char *key,
		    uint32_t min, uint32_t *out)
{
	int64_t value = *out;

	if (!doc_get(map, key))
		return 0;
	if (checklist_number(build, map, key, min, 1000000, &value) < 0)
		return -1;
	*out = (uint32_t)value;
	return 0;
}

int checklist_bool(struct checklist_build *build, const struct doc *map, const char *key, bool *out)
{
	const struct doc *node = doc_get(map, key);

	if (node && !doc_bool(node, out))
		return checklist_bad(build, node, NULL, "%s must be true or false", key);
	return 0;
}

int checklist_duration(struct checklist_build *build, const struct doc *map, const char *key,
		       int64_t *out)
{
	const struct doc *node = doc_get(map, key);

	if (!node || doc_duration(node, out))
		return 0;
	return checklist_bad(build, node, "a number and one of s, m, h, d, w, y",
			     "%s must be a duration like 180d, 12h or 1y", key);
}

int checklist_word(struct checklist_build *build, const struct doc *map, const char *key,
		   const char *const *words, size_t count, unsigned *out)
{
	const struct doc *node = doc_get(map, key);
	const char *text = doc_str(node);

	if (!node)
		return 0;
	for (size_t i = 0; text && i < count; i++) {
		if (strcmp(words[i], text) == 0) {
			*out = (unsigned)i;
			return 0;
		}
	}
	return checklist_unknown(build, node, key, text ? text : "", words, count);
}

struct regex *checklist_compile(struct checklist_build *build, const struct doc *at,
				const char *pattern, bool ignore_case)
{
	unsigned flags = REGEX_ONCE | REGEX_MULTILINE | (ignore_case ? REGEX_ICASE : 0);
	struct err err = {0};
	struct regex *regex = regex_new(pattern, flags, &err);

	if (!regex) {
		checklist_bad(build, at, "in YAML, regexes are best in single quotes", "%s",
			      err.what);
		err_clear(&err);
		return NULL;
	}
	GROW(build->regexes, build->regex_count, build->regex_cap);
	build->regexes[build->regex_count++] = regex;
	return regex;
}

int checklist_regex(struct checklist_build *build, const struct doc *at, const char *pattern,
		    bool ignore_case)
{
	if (build->source->trusted)
		return 0;
	if (!checklist_compile(build, at, pattern, ignore_case))
		return -1;
	regex_free(build->regexes[--build->regex_count]);
	return 0;
}
