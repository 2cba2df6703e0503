/* go.mod: requirements as Go itself has selected them, and what replaces them. */

#include <stdlib.h>
#include <string.h>

#include "core/manifest_read.h"
#include "core/mem.h"

struct replacement {
	struct span module;
	struct span version; /* empty: a folder takes its place, the version says nothing */
};

struct replacements {
	struct replacement *list;
	size_t count, cap;
};

static struct span strip_comment(struct span line)
{
	ptrdiff_t at = span_find(line, "//");

	/* a comment stands after a space, "https://" is none */
	if (at == 0 || (at > 0 && strchr(" \t", line.at[at - 1])))
		line.len = (size_t)at;
	return span_trim(line);
}

static struct span take_word(struct span *rest)
{
	struct span word = {rest->at, 0};

	while (word.len < rest->len && !strchr(" \t", word.at[word.len]))
		word.len++;
	*rest = span_trim(span_skip(*rest, word.len));
	return span_unquote(word);
}

static void add_require(struct manifest_file *file, struct span text, bool indirect)
{
	struct found found = {.ecosystem = "go",
			      .scope = DEP_RUNTIME,
			      .direct = !indirect,
			      .resolved = true,
			      .line = file->lines.number};

	found.name = take_word(&text);
	found.version = take_word(&text);
	if (span_starts(found.version, "v"))
		manifest_add(file, &found);
}

/* "module [version] => module version" or "=> ../folder". */
static void add_replace(struct replacements *replacements, struct span text)
{
	ptrdiff_t arrow = span_find(text, "=>");
	struct span left, right;
	struct replacement *entry;

	if (arrow < 0 || replacements->count >= MANIFEST_MAX_DEPENDENCIES)
		return;
	left = span_trim((struct span){text.at, (size_t)arrow});
	right = span_trim(span_skip(text, (size_t)arrow + 2));
	GROW(replacements->list, replacements->count, replacements->cap);
	entry = &replacements->list[replacements->count++];
	entry->module = take_word(&left);
	take_word(&right);
	entry->version = take_word(&right);
}

static int compare_modules(struct span a, struct span b)
{
	int order = memcmp(a.at, b.at, a.len < b.len ? a.len : b.len);

	return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_replacements(const void *a, const void *b)
{
	return compare_modules(((const struct replacement *)a)->module,
			       ((const struct replacement *)b)->module);
}

static void apply_replacements(struct manifest *out, const struct replacements *replacements)
{
	for (size_t i = 0; replacements->count && i < out->count; i++) {
		struct dependency *dependency = &out->dependencies[i];
		struct replacement key = {.module = span_of(dependency->name)}, *hit;

		hit = bsearch(&key, replacements->list, replacements->count, sizeof(key),
			      compare_replacements);
		if (hit && hit->version.len && hit->version.len <= MANIFEST_MAX_NAME)
			dependency->version =
			    arena_memdup0(out->arena, hit->version.at, hit->version.len);
	}
}

/* The word that opened the block, or the line's own first word; *rest is what follows it. */
static struct span directive(struct span line, struct span *block, struct span *rest)
{
	struct span word;

	*rest = line;
	if (block->len) {
		if (!span_is(line, ")"))
			return *block;
		*block = span_of(NULL);
		return *block;
	}
	word = take_word(rest);
	if (span_starts(*rest, "("))
		*block = word;
	return word;
}

void manifest_go_mod(struct manifest_file *file)
{
	struct replacements replacements = {0};
	struct span line, block = span_of(NULL);

	while (lines_next(&file->lines, &line)) {
		bool indirect = span_find(line, "// indirect") >= 0;
		struct span rest, word = directive(strip_comment(line), &block, &rest);

		if (!rest.len || span_starts(rest, "("))
			continue;
		if (span_is(word, "require"))
			add_require(file, rest, indirect);
		else if (span_is(word, "replace"))
			add_replace(&replacements, rest);
	}
	if (replacements.count)
		qsort(replacements.list, replacements.count, sizeof(*replacements.list),
		      compare_replacements);
	apply_replacements(file->out, &replacements);
	free(replacements.list);
}
