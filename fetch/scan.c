#include "fetch/scan.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/mem.h"
#include "fetch/history.h"
#include "fetch/scan_internal.h"

#define DAY 86400

/* ---- the engine ---- */

/* Only what lies right in a folder marks it as a service's; .datadog/ and the like go with the
 * root. */
static int add_descriptor_globs(struct glob_set *set, struct err *err)
{
	for (size_t i = 0; i < descriptor_glob_count; i++) {
		const char *glob = descriptor_globs[i];

		if (strchr(glob, '/') || strstr(glob, ".md") || strstr(glob, ".MD"))
			continue;
		if (glob_set_add(set, glob, GLOB_ANCHORED, 0, err))
			return -1;
	}
	glob_set_compile(set);
	return 0;
}

struct scan_engine *scan_engine_new(const struct checklist *checklist, struct err *err)
{
	struct scan_engine *engine = xcalloc(1, sizeof(*engine));

	engine->checklist = checklist;
	engine->matcher = matcher_new(checklist, err);
	engine->descriptors = glob_set_new();
	if (!engine->matcher || add_descriptor_globs(engine->descriptors, err)) {
		scan_engine_free(engine);
		return NULL;
	}
	return engine;
}

void scan_engine_free(struct scan_engine *engine)
{
	if (!engine)
		return;
	matcher_free(engine->matcher);
	glob_set_free(engine->descriptors);
	free(engine);
}

/* ---- what follows the walk ---- */

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
static void settle_dependencies(struct scan *scan)
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
static void settle_touched(struct scan *scan)
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

static void settle_history(struct scan *scan)
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

static void hand_over(struct scan *scan)
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

/* ---- the head ---- */

static void take_facts(struct scan *scan)
{
	const struct repo_facts *facts = repo_facts(scan->repo);
	struct checkout *checkout = scan->checkout;

	checkout->bare = facts->bare;
	checkout->linked = facts->linked;
	checkout->shallow = facts->shallow;
	checkout->partial = facts->partial;
	checkout->remote = arena_strdup(scan->arena, facts->remote);
	if (facts->foreign_owned)
		scan_warn(scan, "", 0,
			  "this repository belongs to another user; git itself refuses it unless "
			  "safe.directory names it");
}

static void take_head(struct scan *scan)
{
	struct checkout *checkout = scan->checkout;
	char hex[REPO_HEX + 1];

	repo_id_hex(&scan->head.id, hex);
	checkout->head = arena_strdup(scan->arena, hex);
	checkout->ref = arena_strdup(scan->arena, scan->head.ref);
	checkout->head_time = scan->head.time;
	checkout->fetched_at = scan->head.fetched_at;
	checkout->detached = scan->head.detached;
	if (scan->head.note)
		scan_warn(scan, "", 0, scan->head.note);
}

static void cannot_read(struct scan *scan, enum checkout_state state, const char *problem,
			const char *fix)
{
	scan->checkout->state = state;
	scan->checkout->problem = arena_strdup(scan->arena, problem);
	scan->checkout->fix = arena_strdup(scan->arena, fix);
}

/* The checkout's path is told elsewhere: which of its files is it, or which other one? */
static void cannot_open(struct scan *scan, const struct err *err)
{
	const char *path = scan->checkout->path, *file = err->where, *fix = err->fix;
	size_t len = strlen(path);
	bool inside = file && !strncmp(file, path, len) && (file[len] == '/' || !file[len]) &&
		      !strstr(file, "/../");

	if (file && !inside && !fix)
		fix = "svctop reads only below the folders it is given: name that one as well";
	if (inside)
		file += file[len] ? len + 1 : len;
	cannot_read(
	    scan, CHECKOUT_UNREADABLE,
	    file && *file ? arena_printf(scan->arena, "%s: %s", file, err->what) : err->what, fix);
}

/* What the head was resolved from, for who looks again; as it is now. */
static const char *resolved_so_far(const struct scan *scan)
{
	const struct buf *text = &scan->notes.text;

	return text->len && text->len <= RESOLVED_MAX ? buf_str(text) : NULL;
}

/* Facts of which time alone makes others are good for a day at least. */
static void settle_resolved(struct scan *scan)
{
	struct checkout *checkout = scan->checkout;
	int64_t until = scan->missing ? 1 : 0;

	if (!scan->notes.text.len)
		return;
	for (size_t i = 0; i < checkout->history_count; i++) {
		int64_t next = checkout->histories[i].stays_until;

		if (next && (!until || next < until))
			until = next;
	}
	if (scan->missing)
		resolved_note_packs(&scan->notes, repo_facts(scan->repo)->common_dir);
	if (until)
		resolved_note_until(&scan->notes, until > scan->options->now + DAY
						      ? until
						      : scan->options->now + DAY);
	checkout->resolved = arena_strdup(scan->arena, resolved_so_far(scan));
	buf_free(&scan->notes.text);
}

/* False when there is no commit to read; the checkout's state says why. */
static bool open_head(struct scan *scan)
{
	struct checkout *checkout = scan->checkout;
	struct err err = {0};
	bool there = false;

	scan->repo =
	    repo_open_noting(checkout->path, scan->options->rev ? NULL : &scan->notes, &err);
	if (!scan->repo) {
		cannot_open(scan, &err);
	} else if (take_facts(scan),
		   repo_head(scan->repo, scan->options->rev, &scan->head, &err) != REPO_OK) {
		cannot_open(scan, &err);
	} else if (scan->head.unborn) {
		checkout->ref = arena_strdup(scan->arena, scan->head.ref);
		cannot_read(scan, CHECKOUT_EMPTY, "no commit yet", "commit and push something");
	} else {
		take_head(scan);
		there = true;
	}
	err_clear(&err);
	return there;
}

static void scan_tree(struct scan *scan)
{
	scan_find_folders(scan);
	scan_walk(scan);
	scan_trees_free(scan);
	settle_dependencies(scan);
	settle_touched(scan);
	settle_owners(scan);
	settle_history(scan);
	if (scan->cut_short)
		miss_everything(scan);
}

static uint32_t elapsed_us(const struct timespec *start)
{
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	return (uint32_t)((end.tv_sec - start->tv_sec) * 1000000 +
			  (end.tv_nsec - start->tv_nsec) / 1000);
}

static struct scan new_scan(struct scan_engine *engine, const char *path,
			    const struct scan_options *options)
{
	struct checkout *checkout = checkout_new(path);

	return (struct scan){
	    .engine = engine,
	    .options = options,
	    .checkout = checkout,
	    .arena = checkout->arena,
	    .owners = {.rank = -1},
	    .answers = {.arena = checkout->arena},
	    .descriptors = {.arena = checkout->arena},
	    .manifest = {.arena = checkout->arena},
	};
}

struct checkout *scan_checkout(struct scan_engine *engine, const char *path,
			       const struct scan_options *options)
{
	struct scan scan = new_scan(engine, path, options);
	struct checkout *checkout = scan.checkout;
	struct timespec start;

	clock_gettime(CLOCK_MONOTONIC, &start);
	if (open_head(&scan)) {
		if (options->crashed_head && !strcmp(options->crashed_head, checkout->head)) {
			cannot_read(&scan, CHECKOUT_CRASHED,
				    "crashed the scanner at this commit; not tried again until its "
				    "tip changes",
				    "check it with `git fsck`");
		} else {
			if (options->on_head)
				options->on_head(options->data, checkout->head,
						 resolved_so_far(&scan));
			scan_tree(&scan);
		}
	}
	hand_over(&scan);
	settle_resolved(&scan);
	free(scan.folders);
	repo_close(scan.repo);
	checkout->scan_us = elapsed_us(&start);
	return checkout;
}

struct checkout *scan_commit(struct scan_engine *engine, struct repo *repo,
			     const struct repo_head *head, const struct scan_options *options)
{
	struct scan scan = new_scan(engine, repo_facts(repo)->path, options);

	scan.repo = repo;
	scan.head = *head;
	take_facts(&scan);
	take_head(&scan);
	scan_tree(&scan);
	hand_over(&scan);
	free(scan.folders);
	return scan.checkout;
}

/* ---- single files ---- */

static enum repo_code find_blob(struct repo *repo, const char *commit, const char *path,
				struct repo_entry *entry, struct err *err)
{
	struct repo_head head = {0};
	enum repo_code code = repo_head(repo, commit, &head, err);

	if (code != REPO_OK)
		return code;
	if (head.unborn) {
		err_set(err, path, NULL, "the repository has no commit yet");
		return REPO_NO_ENTRY;
	}
	code = repo_find(repo, &head.tree, path, entry, err);
	if (code == REPO_OK && entry->kind != REPO_FILE && entry->kind != REPO_EXEC) {
		err_set(err, path, NULL, "not a file");
		return REPO_NO_ENTRY;
	}
	return code;
}

char *scan_blob(const char *checkout, const char *commit, const char *path, size_t cap, size_t *len,
		struct err *err)
{
	struct repo *repo = repo_open(checkout, err);
	struct repo_entry entry;
	struct repo_bytes blob;
	char *copy = NULL;

	if (!repo)
		return NULL;
	if (find_blob(repo, commit, path, &entry, err) == REPO_OK &&
	    repo_blob(repo, &entry.id, cap, &blob, err) == REPO_OK) {
		copy = xmemdup0(blob.bytes, blob.len);
		*len = blob.len;
		repo_bytes_free(&blob);
	}
	repo_close(repo);
	return copy;
}
