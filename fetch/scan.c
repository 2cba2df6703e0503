#include "fetch/scan.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/mem.h"
#include "fetch/history.h"
#include "fetch/past_line.h"
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

/* ---- the head ---- */

void scan_take_facts(struct scan *scan)
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

void scan_take_head(struct scan *scan)
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

/*
 * Moves the head back to what it was at options->at: the last commit of the line whose time, with
 * wrong clocks put right as history does (past_line.h), is not later. False: none is known.
 */
static bool go_back(struct scan *scan)
{
	struct past_line line;
	size_t last;
	bool there = past_line_read(scan->repo, &scan->head.id, scan->options->at, INT64_MAX,
				    HISTORY_MAX_COMMITS, &line, NULL) == REPO_OK;

	for (last = line.count; there && last && line.commits[last - 1].time > scan->options->at;)
		last--;
	if (there && last) {
		scan->head.id = line.commits[last - 1].id;
		scan->head.tree = line.commits[last - 1].tree;
		scan->head.time = line.commits[last - 1].time;
		scan->head.fetched_at = 0;
	} else if (line.cut) {
		cannot_read(scan, CHECKOUT_UNREADABLE,
			    arena_printf(scan->arena, "how it was then is not known: %s", line.cut),
			    "git fetch --unshallow brings the rest of the history");
	} else {
		scan->checkout->state = CHECKOUT_ABSENT;
	}
	there = there && last;
	past_line_free(&line);
	return there;
}

/* False when there is no commit to read; the checkout's state says why. */
static bool open_head(struct scan *scan)
{
	const struct scan_options *options = scan->options;
	struct checkout *checkout = scan->checkout;
	enum repo_code code = REPO_FAILED;
	struct err err = {0};
	bool there = false, noting = !options->rev && !options->at;

	scan->repo = repo_open_noting(checkout->path, noting ? &scan->notes : NULL, &err);
	if (scan->repo) {
		scan_take_facts(scan);
		code = repo_head(scan->repo, options->rev, &scan->head, &err);
	}
	if (code == REPO_NO_ENTRY && options->at_rev) {
		checkout->state = CHECKOUT_ABSENT;
	} else if (code) {
		cannot_open(scan, &err);
	} else if (scan->head.unborn && (options->at || options->at_rev)) {
		checkout->state = CHECKOUT_ABSENT;
	} else if (scan->head.unborn) {
		checkout->ref = arena_strdup(scan->arena, scan->head.ref);
		cannot_read(scan, CHECKOUT_EMPTY, "no commit yet", "commit and push something");
	} else if (!options->at || go_back(scan)) {
		scan_take_head(scan);
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
	scan_settle_dependencies(scan);
	scan_settle(scan);
	scan_settle_touched(scan);
	scan_settle_history(scan);
}

static uint32_t elapsed_us(const struct timespec *start)
{
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	return (uint32_t)((end.tv_sec - start->tv_sec) * 1000000 +
			  (end.tv_nsec - start->tv_nsec) / 1000);
}

struct scan scan_begin(struct scan_engine *engine, const char *path,
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
	struct scan_options own = *options;
	struct scan scan = scan_begin(engine, path, &own);
	struct checkout *checkout = scan.checkout;
	struct timespec start;

	clock_gettime(CLOCK_MONOTONIC, &start);
	if (open_head(&scan)) {
		if (options->at_rev)
			own.now = scan.head.time;
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
	scan_hand_over(&scan);
	settle_resolved(&scan);
	free(scan.folders);
	repo_close(scan.repo);
	checkout->scan_us = elapsed_us(&start);
	return checkout;
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
