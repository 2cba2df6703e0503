/* What follows the walk: facts that need all of it, and the result's own memory. */

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "fetch/history.h"
#include "fetch/scan_internal.h"

static int compare_strings(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int compare_hits(const void *a, const void *b)
{
	const struct hit *left = a, *right = b;
	int order;

	if (left->probe != right->probe)
		return left->probe < right->probe ? -1 : 1;
	order = compare_strings(left->at.path, right->at.path);
	if (order)
		return order;
	if (left->at.line != right->at.line)
		return left->at.line < right->at.line ? -1 : 1;
	return compare_strings(left->text, right->text);
}

static size_t folder_len(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? (size_t)(slash - path) : 0;
}

static int compare_folders(const void *a, const void *b)
{
	const struct dependency *left = a, *right = b;
	size_t left_len = folder_len(left->at.path), right_len = folder_len(right->at.path);
	size_t len = left_len < right_len ? left_len : right_len;
	int order = len ? memcmp(left->at.path, right->at.path, len) : 0;

	if (order)
		return order;
	return left_len < right_len ? -1 : left_len > right_len;
}

/* Joins the manifests of each folder, and answers the dependency probes from them. */
void scan_settle_dependencies(struct scan *scan)
{
	struct manifest *manifest = &scan->manifest;
	size_t kept = 0, end;

	if (manifest->count)
		qsort(manifest->dependencies, manifest->count, sizeof(*manifest->dependencies),
		      compare_folders);
	for (size_t start = 0; start < manifest->count; start = end) {
		struct dependency *group = &manifest->dependencies[start];
		size_t count;

		for (end = start; end < manifest->count &&
				  !compare_folders(group, &manifest->dependencies[end]);)
			end++;
		count = end - start;
		manifest_merge(group, &count);
		matcher_dependencies(scan->engine->matcher, group, count, &scan->answers);
		memmove(&manifest->dependencies[kept], group, count * sizeof(*group));
		kept += count;
	}
	manifest->count = kept;
}

/* When the files of probes that ask for it were last changed, in one walk of the past. */
void scan_settle_touched(struct scan *scan)
{
	struct matcher_answers *answers = &scan->answers;
	const struct checklist *checklist = scan->engine->checklist;
	const char **paths = xcalloc(answers->hit_count + 1, sizeof(*paths));
	struct hit **hits = xcalloc(answers->hit_count + 1, sizeof(*hits));
	int64_t *times = xcalloc(answers->hit_count + 1, sizeof(*times));
	int64_t max_age = 0;
	size_t count = 0;

	for (size_t i = 0; i < answers->hit_count; i++) {
		int64_t within = checklist->probes[answers->hits[i].probe].touched_within;

		if (!within)
			continue;
		if (within > max_age)
			max_age = within;
		paths[count] = answers->hits[i].at.path;
		hits[count++] = &answers->hits[i];
	}
	if (count && history_touched(scan->repo, &scan->head.id, paths, count, scan->options->now,
				     max_age, times, NULL) == REPO_OK)
		for (size_t i = 0; i < count; i++)
			hits[i]->touched = times[i];
	free(paths);
	free(hits);
	free(times);
}

static void settle_owners(struct scan *scan)
{
	struct checkout *checkout = scan->checkout;

	if (scan->owners.rank < 0)
		return;
	checkout->code_owners =
	    arena_alloc(scan->arena, (scan->folder_count + 1) * sizeof(*checkout->code_owners));
	for (size_t i = 0; i <= scan->folder_count; i++) {
		struct code_owners *owners = &checkout->code_owners[checkout->code_owners_count++];

		owners->subdir = i ? scan->folders[i - 1] : "";
		owners->owner_count = codeowners_of(scan->owners.owners, owners->subdir,
						    scan->arena, &owners->owners);
	}
}

void scan_settle_history(struct scan *scan)
{
	struct checkout *checkout = scan->checkout;
	size_t count = scan->folder_count + 1;
	const char **subdirs = arena_alloc(scan->arena, count * sizeof(*subdirs));
	struct err err = {0};

	subdirs[0] = "";
	for (size_t i = 0; i < scan->folder_count; i++)
		subdirs[i + 1] = scan->folders[i];
	checkout->histories = arena_alloc(scan->arena, count * sizeof(*checkout->histories));
	if (history_collect(scan->repo, &scan->head.id, scan->options->now, subdirs, count,
			    scan->arena, checkout->histories, &err) == REPO_OK)
		checkout->history_count = count;
	else
		scan_warn(scan, "", 0, err.what ? err.what : "the history cannot be read");
	err_clear(&err);
}

static void miss_below(struct scan *scan, const char *folder)
{
	struct matcher_answers *answers = &scan->answers;
	const struct checklist *checklist = scan->engine->checklist;

	for (size_t i = 0; i < checklist->probe_count; i++) {
		if (checklist->probes[i].kind != PROBE_FILES)
			continue;
		GROW(answers->misses, answers->miss_count, answers->miss_cap);
		answers->misses[answers->miss_count++] =
		    (struct miss){.probe = (uint32_t)i,
				  .at = {.path = folder},
				  .reason = "a part of the repository could not be read"};
	}
}

/* A part of the tree was not read: no probe about files may answer "not there". */
static void miss_everything(struct scan *scan)
{
	miss_below(scan, "");
	for (size_t i = 0; i < scan->folder_count; i++)
		miss_below(scan, scan->folders[i]);
}

/* Growing arrays are malloc'ed; the checkout's live in its arena. */
static void *into_arena(struct arena *arena, void *array, size_t count, size_t size)
{
	void *copy = count ? memcpy(arena_alloc(arena, count * size), array, count * size) : NULL;

	free(array);
	return copy;
}

#define INTO_ARENA(arena, array, count) into_arena((arena), (array), (count), sizeof(*(array)))

/* Drops what the result is not to have; returns how many stay. */
static size_t keep_dependencies(struct scan *scan)
{
	struct manifest *manifest = &scan->manifest;
	size_t kept = 0;

	if (scan->options->dependencies == DEPENDENCIES_ALL)
		return manifest->count;
	for (size_t i = 0; i < manifest->count; i++)
		if (manifest->dependencies[i].direct &&
		    scan->options->dependencies == DEPENDENCIES_DIRECT)
			manifest->dependencies[kept++] = manifest->dependencies[i];
	return kept;
}

void scan_hand_over(struct scan *scan)
{
	struct checkout *checkout = scan->checkout;
	struct matcher_answers *answers = &scan->answers;

	if (answers->hit_count)
		qsort(answers->hits, answers->hit_count, sizeof(*answers->hits), compare_hits);
	for (size_t i = 0; i < scan->descriptors.warning_count; i++) {
		const struct warning *warning = &scan->descriptors.warnings[i];

		scan_warn(scan, warning->at.path, warning->at.line, warning->text);
	}
	free(scan->descriptors.warnings);
	checkout->descriptor_count = scan->descriptors.count;
	checkout->descriptors =
	    INTO_ARENA(scan->arena, scan->descriptors.descriptors, scan->descriptors.count);
	checkout->hit_count = answers->hit_count;
	checkout->hits = INTO_ARENA(scan->arena, answers->hits, answers->hit_count);
	checkout->miss_count = answers->miss_count;
	checkout->misses = INTO_ARENA(scan->arena, answers->misses, answers->miss_count);
	checkout->dependency_count = keep_dependencies(scan);
	checkout->dependencies =
	    INTO_ARENA(scan->arena, scan->manifest.dependencies, checkout->dependency_count);
	checkout->languages =
	    INTO_ARENA(scan->arena, checkout->languages, checkout->language_count);
	checkout->warnings = INTO_ARENA(scan->arena, checkout->warnings, checkout->warning_count);
}

void scan_settle(struct scan *scan)
{
	settle_owners(scan);
	if (scan->cut_short)
		miss_everything(scan);
}
