#include "core/glob_pattern.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/glob.h"
#include "core/mem.h"

/* Braces */

struct expansion {
	char **patterns;
	size_t count, cap;
	unsigned steps;
};

/* The closing brace of the opening one at open; NULL: it has none. */
static const char *brace_end(const char *open)
{
	unsigned depth = 0;

	for (const char *s = open; *s; s = glob_next_token(s)) {
		if (*s == '{')
			depth++;
		else if (*s == '}' && --depth == 0)
			return s;
	}
	return NULL;
}

static int expand(struct expansion *out, const char *pattern, struct err *err);

/* Expands head + alternative + tail for each alternative between open and close. */
static int expand_group(struct expansion *out, const char *pattern, const char *open,
			const char *close, struct err *err)
{
	const char *from = open + 1;
	unsigned depth = 0;

	for (const char *s = from; s <= close; s = glob_next_token(s)) {
		if (s < close && *s == '{')
			depth++;
		else if (s < close && *s == '}')
			depth--;
		if (s == close || (*s == ',' && depth == 0)) {
			struct buf one = {0};
			int rc;

			buf_add(&one, pattern, (size_t)(open - pattern));
			buf_add(&one, from, (size_t)(s - from));
			buf_adds(&one, close + 1);
			rc = expand(out, buf_str(&one), err);
			buf_free(&one);
			if (rc < 0)
				return rc;
			from = s + 1;
		}
	}
	return 0;
}

static int expand(struct expansion *out, const char *pattern, struct err *err)
{
	const char *s = pattern;

	if (++out->steps > 4 * GLOB_MAX_BRACES || out->count >= GLOB_MAX_BRACES)
		return err_set(err, NULL, "write several patterns",
			       "braces stand for more than %d patterns", GLOB_MAX_BRACES);
	while (*s && *s != '{' && *s != '}')
		s = glob_next_token(s);
	if (*s) {
		const char *close = *s == '{' ? brace_end(s) : NULL;

		if (!close)
			return err_set(err, NULL, "\\{ and \\} stand for themselves",
				       "a brace without its partner in \"%s\"", pattern);
		return expand_group(out, pattern, s, close, err);
	}
	GROW(out->patterns, out->count, out->cap);
	out->patterns[out->count++] = xstrdup(pattern);
	return 0;
}

int glob_braces(const char *pattern, char ***out, size_t *count, struct err *err)
{
	struct expansion all = {0};

	*out = NULL;
	*count = 0;
	if (strlen(pattern) > GLOB_MAX_PATTERN)
		return err_set(err, NULL, NULL, "a pattern of more than %d characters",
			       GLOB_MAX_PATTERN);
	if (expand(&all, pattern, err) < 0) {
		glob_braces_free(all.patterns, all.count);
		return -1;
	}
	*out = all.patterns;
	*count = all.count;
	return 0;
}

void glob_braces_free(char **patterns, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(patterns[i]);
	free(patterns);
}

/* Parts */

/* Removes escapes in place. */
static void unescape(struct glob_part *part)
{
	size_t to = 0, prefix = part->prefix;

	for (size_t i = 0; i < part->len; i++) {
		if (part->text[i] == '\\' && i + 1 < part->len) {
			if (i < prefix)
				part->prefix--;
			i++;
		}
		part->text[to++] = part->text[i];
	}
	part->text[to] = '\0';
	part->len = to;
}

/* Finds the cheapest way to match a part that has wildcards or not. */
static void classify(struct glob_part *part)
{
	size_t stars = 0, others = 0, star = 0;

	for (const char *s = part->text; *s; s = glob_next_token(s)) {
		if (*s == '*') {
			stars++;
			star = (size_t)(s - part->text);
		} else if (*s == '?' || *s == '[') {
			others++;
		}
	}
	part->kind = PART_GENERAL;
	if (part->len && stars == part->len) {
		part->kind = PART_ANY;
	} else if (!others && stars == 0) {
		part->kind = PART_LITERAL;
		unescape(part);
	} else if (!others && stars == 1) {
		part->kind = PART_AFFIX;
		memmove(part->text + star, part->text + star + 1, part->len - star);
		part->len--;
		part->prefix = star;
		unescape(part);
	}
}

/* Sets the bytes that let a walk rule a name out at once. */
static void set_ends(struct glob_part *part)
{
	const char *s = part->text;
	size_t len = part->len;

	if (part->kind == PART_LITERAL || part->kind == PART_AFFIX) {
		bool has_suffix = part->kind == PART_LITERAL || part->prefix < len;

		part->first = part->prefix || part->kind == PART_LITERAL ? glob_lower(s[0]) : 0;
		part->last = has_suffix ? glob_lower(s[len - 1]) : 0;
	} else if (part->kind == PART_GENERAL) {
		part->first = strchr("*?[\\", s[0]) ? 0 : glob_lower(s[0]);
		part->program = glob_program_new(s, part->icase);
		part->last = len < 2 || strchr("*?]", s[len - 1]) || s[len - 2] == '\\'
				 ? 0
				 : glob_lower(s[len - 1]);
	}
}

static int check_part(const char *text, struct err *err)
{
	if (strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
		return err_set(err, NULL, "patterns start at the folder that is searched",
			       "\"%s\" never matches: paths have no such part", text);
	for (const char *s = text; *s; s = glob_next_token(s)) {
		if (*s == '[' && !glob_class_end(s))
			return err_set(err, NULL, "\\[ stands for itself",
				       "a [ without its ] in \"%s\"", text);
		if (*s == '\\' && !s[1])
			return err_set(err, NULL, "\\\\ stands for itself",
				       "a lone \\ at the end of \"%s\"", text);
	}
	return 0;
}

static int add_part(struct glob_parts *parts, const char *text, size_t len, unsigned flags,
		    struct err *err)
{
	struct glob_part *part = &parts->part[parts->count];
	bool deep = len == 2 && memcmp(text, "**", 2) == 0;

	if (deep && parts->count && part[-1].kind == PART_DEEP)
		return 0;
	/* One place stays free for the "*" that glob_parts_parse() may add. */
	if (parts->count >= GLOB_MAX_PARTS - 2)
		return err_set(err, NULL, NULL, "a pattern of more than %d folders",
			       GLOB_MAX_PARTS - 2);
	*part = (struct glob_part){.text = xmemdup0(text, len), .len = len};
	part->icase = (flags & GLOB_ICASE) != 0;
	parts->count++;
	if (deep) {
		part->kind = PART_DEEP;
		return 0;
	}
	if (check_part(part->text, err) < 0)
		return -1;
	classify(part);
	set_ends(part);
	return 0;
}

/* Adds what stands between the slashes. */
static int add_parts(struct glob_parts *parts, const char *pattern, unsigned flags, struct err *err)
{
	const char *from = pattern;

	for (const char *s = pattern;; s++) {
		if (*s == '\\' && s[1] && s[1] != '/') {
			s++;
			continue;
		}
		if (*s && *s != '/')
			continue;
		if (s > from && add_part(parts, from, (size_t)(s - from), flags, err) < 0)
			return -1;
		if (!*s)
			return 0;
		from = s + 1;
	}
}

int glob_parts_parse(const char *pattern, unsigned flags, struct glob_parts *parts, struct err *err)
{
	size_t len = strlen(pattern);
	const char *slash = strchr(pattern, '/');

	parts->count = 0;
	parts->dir_only = len > 1 && pattern[len - 1] == '/';
	if (len > GLOB_MAX_PATTERN)
		return err_set(err, NULL, NULL, "a pattern of more than %d characters",
			       GLOB_MAX_PATTERN);
	if (!(flags & GLOB_ANCHORED) && (!slash || slash == pattern + len - 1))
		add_part(parts, "**", 2, 0, NULL);
	if (add_parts(parts, pattern, flags, err) < 0) {
		glob_parts_free(parts);
		return -1;
	}
	if (parts->count == 0 || (parts->count == 1 && !pattern[strspn(pattern, "/")])) {
		glob_parts_free(parts);
		return err_set(err, NULL, NULL, "an empty pattern");
	}
	/* Two stars at the end are everything below, so at least one name. */
	if (parts->part[parts->count - 1].kind == PART_DEEP) {
		struct glob_part *any = &parts->part[parts->count++];

		*any = (struct glob_part){.kind = PART_ANY, .text = xstrdup("*"), .len = 1};
	}
	return 0;
}

void glob_part_free(struct glob_part *part)
{
	free(part->text);
	free(part->program);
}

void glob_parts_free(struct glob_parts *parts)
{
	for (size_t i = 0; i < parts->count; i++)
		glob_part_free(&parts->part[i]);
	parts->count = 0;
}

/* Matching one name */

static bool same(const char *a, const char *b, size_t len, bool icase)
{
	if (!icase)
		return memcmp(a, b, len) == 0;
	for (size_t i = 0; i < len; i++) {
		if (glob_lower(a[i]) != glob_lower(b[i]))
			return false;
	}
	return true;
}

bool glob_part_match(const struct glob_part *part, const char *name, size_t len)
{
	size_t suffix;

	switch (part->kind) {
	case PART_LITERAL:
		return len == part->len && same(part->text, name, len, part->icase);
	case PART_AFFIX:
		suffix = part->len - part->prefix;
		return len >= part->len && same(part->text, name, part->prefix, part->icase) &&
		       same(part->text + part->prefix, name + len - suffix, suffix, part->icase);
	case PART_GENERAL:
		return glob_program_match(part->program, name, len);
	case PART_ANY:
	case PART_DEEP:
		break;
	}
	return true;
}

/* The same star trick as in match_general(), over folders. */
static bool match_parts(const struct glob_parts *parts, const char *path)
{
	size_t p = 0, deep = SIZE_MAX;
	const char *at = path, *deep_at = NULL;

	while (*at) {
		size_t len = strcspn(at, "/");
		const char *next = at + len + (at[len] == '/');

		if (p < parts->count && parts->part[p].kind == PART_DEEP) {
			deep = ++p;
			deep_at = at;
		} else if (p < parts->count && glob_part_match(&parts->part[p], at, len)) {
			p++;
			at = next;
		} else if (deep != SIZE_MAX) {
			p = deep;
			deep_at += strcspn(deep_at, "/");
			deep_at += *deep_at == '/';
			at = deep_at;
		} else {
			return false;
		}
	}
	return p == parts->count;
}

/* -1: a bad pattern. */
static int match_one(const char *pattern, const char *path, unsigned flags)
{
	struct glob_parts parts;
	size_t len = strlen(path);
	bool is_dir = len && path[len - 1] == '/';
	bool matches;

	if (glob_parts_parse(pattern, flags, &parts, NULL) < 0)
		return -1;
	matches = (is_dir ? parts.dir_only || !(flags & GLOB_FILES) : !parts.dir_only) &&
		  match_parts(&parts, path);
	glob_parts_free(&parts);
	return matches;
}

bool glob_match(const char *pattern, const char *path, unsigned flags)
{
	char **patterns;
	size_t count;
	int matches = 0;

	if (glob_braces(pattern, &patterns, &count, NULL) < 0)
		return false;
	for (size_t i = 0; i < count && matches >= 0; i++) {
		int one = match_one(patterns[i], path, flags);

		if (one)
			matches = one;
	}
	glob_braces_free(patterns, count);
	return matches > 0;
}
