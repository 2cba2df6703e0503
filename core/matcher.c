#include "core/matcher.h"

#include <stdlib.h>
#include <string.h>

#include "core/descriptor.h"
#include "core/manifest.h"
#include "core/matcher_internal.h"
#include "core/mem.h"

static const char *const codeowners_globs[] = {
    "CODEOWNERS",
    ".github/CODEOWNERS",
    "docs/CODEOWNERS",
    ".gitlab/CODEOWNERS",
};

/* Says in which probe of the user's file it went wrong. */
static int failed(const struct checklist *list, const struct probe *probe, struct err *why,
		  struct err *err)
{
	char *where = xasprintf("%s:%u", list->path, probe->line);

	err_set(err, where, why->fix, "%s", why->what ? why->what : "bad probe");
	err_clear(why);
	free(where);
	return -1;
}

static int add_files(struct matcher *matcher, const struct probe *probe, struct err *err)
{
	unsigned flags = GLOB_ANCHORED | GLOB_FILES | (probe->ignore_case ? GLOB_ICASE : 0);

	for (size_t i = 0; i < probe->file_count; i++) {
		if (glob_set_add(matcher->globs, probe->files[i], flags, probe->index, err) < 0)
			return -1;
	}
	return 0;
}

static int add_reader(struct matcher *matcher, const char *const *globs, size_t count,
		      enum matcher_reader reader, struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		if (glob_set_add(matcher->globs, globs[i], GLOB_ANCHORED | GLOB_FILES,
				 MATCHER_READERS + reader, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * Reads names at the top of a service's folder and in other folders of it. No glob may
 * match at any depth, or no folder of a repository could be passed over.
 */
static int add_readers_in(struct matcher *matcher, const char *const *names, size_t count,
			  const char *folder, enum matcher_reader reader, struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		bool deep = strncmp(names[i], "**/", 3) == 0;
		const char *name = names[i] + (deep ? 3 : 0);
		char *below = xasprintf("%s/%s", folder, name);
		const char *globs[] = {name, below};
		int rc = add_reader(matcher, globs, ARRAY_LEN(globs), reader, err);

		free(below);
		if (rc < 0)
			return -1;
	}
	return 0;
}

/* Those that are right in the folder, and for patterns of any depth those under docs/. */
static int add_descriptors(struct matcher *matcher, struct err *err)
{
	for (size_t i = 0; i < descriptor_glob_count; i++) {
		const char *const *glob = &descriptor_globs[i];
		int rc = strncmp(*glob, "**/", 3) == 0
			     ? add_readers_in(matcher, glob, 1, "docs", READER_DESCRIPTOR, err)
			     : add_reader(matcher, glob, 1, READER_DESCRIPTOR, err);

		if (rc < 0)
			return -1;
	}
	return 0;
}

static int compile(struct matcher *matcher, struct err *err)
{
	static const char *const mailmap[] = {".mailmap"};
	const struct checklist *list = matcher->checklist;
	struct err why = {0};

	for (size_t i = 0; i < list->probe_count; i++) {
		struct matcher_probe *made = &matcher->probes[i];

		made->probe = &list->probes[i];
		made->needs_content = made->probe->line_count || made->probe->without_count ||
				      made->probe->where_count || made->probe->min_bytes ||
				      made->probe->dated_within;
		if (add_files(matcher, made->probe, &why) < 0)
			return failed(list, made->probe, &why, err);
	}
	for (size_t i = 0; i < list->excluded_count; i++) {
		if (glob_set_add(matcher->excluded, list->excluded[i], 0, 0, err) < 0)
			return -1;
	}
	if (add_descriptors(matcher, err) < 0 ||
	    add_reader(matcher, codeowners_globs, ARRAY_LEN(codeowners_globs), READER_CODEOWNERS,
		       err) < 0 ||
	    add_reader(matcher, mailmap, 1, READER_MAILMAP, err) < 0)
		return -1;
	/* server/, frontend/ */
	return add_readers_in(matcher, manifest_names, manifest_name_count, "*", READER_MANIFEST,
			      err);
}

struct matcher *matcher_new(const struct checklist *checklist, struct err *err)
{
	struct matcher *matcher = xcalloc(1, sizeof(*matcher));

	matcher->checklist = checklist;
	matcher->arena = arena_new();
	matcher->globs = glob_set_new();
	matcher->excluded = glob_set_new();
	matcher->probes = xcalloc(checklist->probe_count + 1, sizeof(*matcher->probes));
	matcher->excepts = xcalloc(checklist->probe_count + 1, sizeof(*matcher->excepts));
	if (compile(matcher, err) < 0) {
		matcher_free(matcher);
		return NULL;
	}
	glob_set_compile(matcher->globs);
	glob_set_compile(matcher->excluded);
	glob_start(matcher->excluded, &matcher->excluded_start);
	matcher_add_packages(matcher);
	return matcher;
}

void matcher_free(struct matcher *matcher)
{
	if (!matcher)
		return;
	matcher_free_compiled(matcher);
	free(matcher->probes);
	free(matcher->excepts);
	glob_set_free(matcher->globs);
	glob_set_free(matcher->excluded);
	glob_state_free(&matcher->excluded_start);
	arena_free(matcher->arena);
	free(matcher);
}

const struct glob_set *matcher_globs(const struct matcher *matcher)
{
	return matcher->globs;
}

bool matcher_excluded(const struct matcher *matcher, const char *name, size_t len)
{
	unsigned id;

	return glob_entry(matcher->excluded, &matcher->excluded_start, name, len, true, &id, 1) > 0;
}

bool matcher_needs_content(const struct matcher *matcher, uint32_t probe)
{
	return matcher->probes[probe].needs_content;
}

/* A pattern may take a file back, or one of the folders that it lies in. */
static bool takes_back(const struct glob_set *set, const char *path)
{
	struct glob_state at, inside;
	bool found = false, goes_on = true;

	glob_start(set, &at);
	while (goes_on && !found) {
		size_t len = strcspn(path, "/");
		unsigned id;

		found = glob_entry(set, &at, path, len, path[len] == '/', &id, 1) > 0;
		goes_on = path[len] && glob_enter(set, &at, path, len, &inside);
		if (goes_on) {
			glob_state_free(&at);
			at = inside;
			path += len + 1;
		}
	}
	glob_state_free(&at);
	return found;
}

bool matcher_excepted(struct matcher *matcher, uint32_t probe, const char *path)
{
	struct matcher_probe *made = &matcher->probes[probe];
	struct except_set *set;

	if (!made->probe->except_count)
		return false;
	set = matcher_except(matcher, made);
	if (!set->path || strcmp(set->path, path) != 0) {
		free(set->path);
		set->path = xstrdup(path);
		set->answer = takes_back(set->globs, path);
	}
	return set->answer;
}
