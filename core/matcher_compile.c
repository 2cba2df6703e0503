/* What probes ask of a file, compiled when it is first asked. */

#include <stdlib.h>
#include <string.h>

#include "core/matcher_internal.h"

static bool compile_regexes(struct matcher *matcher, const char **patterns, size_t count,
			    bool icase, struct line_regex **out)
{
	unsigned flags = REGEX_MULTILINE | (icase ? REGEX_ICASE : 0);

	*out = arena_alloc(matcher->arena, (count + 1) * sizeof(**out));
	for (size_t i = 0; i < count; i++) {
		(*out)[i].regex = regex_new(patterns[i], flags, NULL);
		(*out)[i].spans = strncmp(patterns[i], "(?s)", 4) == 0;
		if (!(*out)[i].regex)
			return false;
	}
	return true;
}

static bool compile(struct matcher *matcher, struct matcher_probe *made)
{
	const struct probe *probe = made->probe;

	if (!compile_regexes(matcher, probe->lines, probe->line_count, probe->ignore_case,
			     &made->lines) ||
	    !compile_regexes(matcher, probe->without, probe->without_count, probe->ignore_case,
			     &made->without))
		return false;
	if (probe->where_count)
		made->query = query_new(probe->each, probe->where, probe->where_count,
					probe->ignore_case ? QUERY_ICASE : 0, NULL);
	if (probe->value)
		made->value = query_path_new(probe->value, NULL);
	return (made->query || !probe->where_count) && (made->value || !probe->value);
}

bool matcher_compile_content(struct matcher *matcher, struct matcher_probe *made)
{
	if (!made->compiled)
		made->broken = !compile(matcher, made);
	made->compiled = true;
	return !made->broken;
}

static bool same_exceptions(const struct probe *a, const struct probe *b)
{
	if (a->except_count != b->except_count || a->ignore_case != b->ignore_case)
		return false;
	for (size_t i = 0; i < a->except_count; i++) {
		if (strcmp(a->except[i], b->except[i]) != 0)
			return false;
	}
	return true;
}

struct except_set *matcher_except(struct matcher *matcher, struct matcher_probe *made)
{
	const struct probe *probe = made->probe;
	unsigned flags = GLOB_ANCHORED | (probe->ignore_case ? GLOB_ICASE : 0);
	struct except_set *set;

	for (size_t i = 0; i < matcher->except_count && !made->except; i++) {
		if (same_exceptions(matcher->excepts[i].like, probe))
			made->except = &matcher->excepts[i];
	}
	if (made->except)
		return made->except;
	set = made->except = &matcher->excepts[matcher->except_count++];
	set->like = probe;
	set->globs = glob_set_new();
	for (size_t i = 0; i < probe->except_count; i++)
		glob_set_add(set->globs, probe->except[i], flags, 0, NULL);
	glob_set_compile(set->globs);
	return set;
}

static void free_probe(struct matcher_probe *made)
{
	for (size_t i = 0; made->lines && i < made->probe->line_count; i++)
		regex_free(made->lines[i].regex);
	for (size_t i = 0; made->without && i < made->probe->without_count; i++)
		regex_free(made->without[i].regex);
	query_free(made->query);
	query_path_free(made->value);
}

void matcher_free_compiled(struct matcher *matcher)
{
	for (size_t i = 0; i < matcher->checklist->probe_count; i++)
		free_probe(&matcher->probes[i]);
	for (size_t i = 0; i < matcher->except_count; i++) {
		glob_set_free(matcher->excepts[i].globs);
		free(matcher->excepts[i].path);
	}
}
