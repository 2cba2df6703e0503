/* Dependency probes: who asks for which package. */

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/matcher_internal.h"
#include "core/mem.h"
#include "core/version.h"

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static uint32_t hash_name(const char *name)
{
	uint32_t hash = 2166136261u;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)lower(*name)) * 16777619u;
	return hash;
}

static void add_exact(struct matcher *matcher, const char *name, uint32_t probe)
{
	size_t at = hash_name(name) & matcher->slot_mask;

	while (matcher->slots[at].name)
		at = (at + 1) & matcher->slot_mask;
	matcher->slots[at] = (struct package_slot){name, probe};
}

static unsigned char first_byte(const char *name)
{
	return (unsigned char)lower(name[0]);
}

static int by_first_byte(const void *a, const void *b)
{
	const struct package_slot *x = a, *y = b;

	return first_byte(x->name) - first_byte(y->name);
}

/* Patterns by the byte that they begin with: a name is tried with few of them. */
static void index_patterns(struct matcher *matcher)
{
	size_t at = 0;

	if (matcher->pattern_count)
		qsort(matcher->patterns, matcher->pattern_count, sizeof(*matcher->patterns),
		      by_first_byte);
	for (unsigned byte = 0; byte < 256; byte++) {
		matcher->pattern_starts[byte] = (uint32_t)at;
		while (at < matcher->pattern_count &&
		       first_byte(matcher->patterns[at].name) == byte)
			at++;
	}
	matcher->pattern_starts[256] = (uint32_t)at;
}

void matcher_add_packages(struct matcher *matcher)
{
	const struct checklist *list = matcher->checklist;
	size_t names = 0, size = 16;

	for (size_t i = 0; i < list->probe_count; i++)
		names += list->probes[i].package_count;
	while (size < 2 * names)
		size *= 2;
	matcher->slots = arena_alloc(matcher->arena, size * sizeof(*matcher->slots));
	matcher->slot_mask = size - 1;
	matcher->patterns = arena_alloc(matcher->arena, (names + 1) * sizeof(*matcher->patterns));
	for (uint32_t i = 0; i < list->probe_count; i++) {
		const struct probe *probe = &list->probes[i];

		for (size_t j = 0; j < probe->package_count; j++) {
			if (strchr(probe->packages[j], '*'))
				matcher->patterns[matcher->pattern_count++] =
				    (struct package_slot){probe->packages[j], i};
			else
				add_exact(matcher, probe->packages[j], i);
		}
	}
	index_patterns(matcher);
}

/* A star is any run of characters; only the last one is taken back. */
static bool star_match(const char *pattern, const char *name)
{
	const char *star = NULL, *back = NULL;

	while (*name) {
		if (*pattern == '*') {
			star = ++pattern;
			back = name;
		} else if (*pattern && lower(*pattern) == lower(*name)) {
			pattern++;
			name++;
		} else if (star) {
			pattern = star;
			name = ++back;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

static bool counts(const struct probe *probe, const struct dependency *dep)
{
	if (probe->ecosystem && (!dep->ecosystem || strcmp(probe->ecosystem, dep->ecosystem) != 0))
		return false;
	if (dep->scope == DEP_DEV && !probe->dev_too)
		return false;
	if (!dep->direct && !probe->indirect_too)
		return false;
	return !probe->version || (dep->version && version_satisfies(dep->version, probe->version));
}

static void answer(struct matcher *matcher, uint32_t index, const struct dependency *dep,
		   struct matcher_answers *answers)
{
	struct hit hit = {.probe = index, .at = dep->at, .value = dep->version};

	if (!counts(&matcher->checklist->probes[index], dep))
		return;
	hit.text = dep->version
		       ? arena_printf(answers->arena, "%.100s %.60s", dep->name, dep->version)
		       : dep->name;
	GROW(answers->hits, answers->hit_count, answers->hit_cap);
	answers->hits[answers->hit_count++] = hit;
}

/* Tries the patterns that begin with a byte. */
static void try_patterns(struct matcher *matcher, unsigned char first, const struct dependency *dep,
			 struct matcher_answers *answers)
{
	for (size_t i = matcher->pattern_starts[first]; i < matcher->pattern_starts[first + 1]; i++)
		if (star_match(matcher->patterns[i].name, dep->name))
			answer(matcher, matcher->patterns[i].probe, dep, answers);
}

void matcher_dependencies(struct matcher *matcher, const struct dependency *dependencies,
			  size_t count, struct matcher_answers *answers)
{
	for (size_t i = 0; i < count; i++) {
		const struct dependency *dep = &dependencies[i];
		size_t at = hash_name(dep->name) & matcher->slot_mask;

		for (; matcher->slots[at].name; at = (at + 1) & matcher->slot_mask) {
			if (strcasecmp(matcher->slots[at].name, dep->name) == 0)
				answer(matcher, matcher->slots[at].probe, dep, answers);
		}
		if (first_byte(dep->name) != '*')
			try_patterns(matcher, first_byte(dep->name), dep, answers);
		try_patterns(matcher, '*', dep, answers);
	}
}
