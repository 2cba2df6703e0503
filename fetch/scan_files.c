#include "fetch/scan_internal.h"

#include <string.h>

#include "core/mem.h"

/* What is asked of one file, taken apart. */
struct asked {
	uint32_t probes[CHECKLIST_MAX_CHECKS * 32];
	size_t probe_count;
	bool readers[READER_COUNT];
	bool content;
};

void scan_warn(struct scan *scan, const char *path, uint32_t line, const char *text)
{
	struct checkout *checkout = scan->checkout;

	GROW(checkout->warnings, checkout->warning_count, scan->warning_cap);
	checkout->warnings[checkout->warning_count++] =
	    (struct warning){.at = {.path = arena_strdup(scan->arena, path), .line = line},
			     .text = arena_strdup(scan->arena, text)};
}

static const char *relative_to(const char *path, const char *folder)
{
	size_t len = strlen(folder);

	return len ? path + len + (path[len] == '/') : path;
}

static void take_apart(struct scan *scan, const char *path, const unsigned *ids, size_t count,
		       struct asked *asked)
{
	struct matcher *matcher = scan->engine->matcher;
	const char *relative = relative_to(path, scan_folder_of(scan, path));

	asked->probe_count = 0;
	asked->content = false;
	memset(asked->readers, 0, sizeof(asked->readers));
	for (size_t i = 0; i < count; i++) {
		if (ids[i] >= MATCHER_READERS) {
			unsigned reader = ids[i] - MATCHER_READERS;

			/* history reads .mailmap itself; that it cannot is said here */
			if (reader < READER_COUNT)
				asked->readers[reader] = asked->content = true;
		} else if (asked->probe_count < ARRAY_LEN(asked->probes) &&
			   !matcher_excepted(matcher, ids[i], path) &&
			   (relative == path || !matcher_excepted(matcher, ids[i], relative))) {
			asked->probes[asked->probe_count++] = ids[i];
			asked->content |= matcher_needs_content(matcher, ids[i]);
		}
	}
}

static void add_miss(struct scan *scan, uint32_t probe, const char *path, const char *reason)
{
	struct matcher_answers *answers = &scan->answers;

	GROW(answers->misses, answers->miss_count, answers->miss_cap);
	answers->misses[answers->miss_count++] =
	    (struct miss){.probe = probe, .at = {.path = path}, .reason = reason};
}

/* The file could not be read: what asked for its content is not answered. */
static void file_unread(struct scan *scan, const char *path, const struct asked *asked,
			enum repo_code code, const struct err *err)
{
	const char *kept = arena_strdup(scan->arena, path);
	const char *reason;

	scan->missing |= code == REPO_MISSING || code == REPO_FAILED;
	if (code == REPO_TOO_LARGE)
		reason = "the file is too large to be read";
	else if (code == REPO_MISSING && scan->checkout->partial)
		reason = "not in this partial clone: `git fetch` it to have it read";
	else
		reason = arena_strdup(scan->arena, err->what ? err->what : "cannot be read");
	for (size_t i = 0; i < asked->probe_count; i++)
		if (matcher_needs_content(scan->engine->matcher, asked->probes[i]))
			add_miss(scan, asked->probes[i], kept, reason);
	for (size_t i = 0; i < READER_COUNT; i++) {
		if (asked->readers[i]) {
			scan_warn(scan, path, 0, reason);
			return;
		}
	}
}

static void read_descriptor(struct scan *scan, const char *path, const struct repo_bytes *blob)
{
	/* A service's folder was found by its descriptor; elsewhere only the root has any. */
	descriptor_read(path, blob->bytes, blob->len, &scan->descriptors);
}

static void read_codeowners(struct scan *scan, const char *path, const struct repo_bytes *blob)
{
	int rank = codeowners_rank(path);
	struct warning *warnings = NULL;
	size_t count = 0;

	if (rank < 0 || (scan->owners.rank >= 0 && scan->owners.rank <= rank))
		return;
	scan->owners.rank = rank;
	scan->owners.owners =
	    codeowners_parse(path, blob->bytes, blob->len, scan->arena, &warnings, &count);
	for (size_t i = 0; i < count; i++)
		scan_warn(scan, path, warnings[i].at.line, warnings[i].text);
}

void scan_add_language(struct scan *scan, const char *path, const char *name)
{
	struct checkout *checkout = scan->checkout;
	const char *folder = scan_folder_of(scan, path);

	for (size_t i = 0; i < checkout->language_count; i++)
		if (!strcmp(checkout->languages[i].name, name) &&
		    !strcmp(checkout->languages[i].subdir, folder))
			return;
	GROW(checkout->languages, checkout->language_count, scan->language_cap);
	checkout->languages[checkout->language_count++] =
	    (struct language){.subdir = arena_strdup(scan->arena, folder),
			      .name = arena_strdup(scan->arena, name),
			      .at = {.path = arena_strdup(scan->arena, path)}};
}

static void read_manifest(struct scan *scan, const char *path, const struct repo_bytes *blob)
{
	struct manifest *manifest = &scan->manifest;

	manifest->arena = scan->arena;
	manifest->language = NULL;
	manifest->problem = NULL;
	manifest->problem_line = 0;
	if (!manifest_read(arena_strdup(scan->arena, path), blob->bytes, blob->len, manifest))
		return;
	if (manifest->language)
		scan_add_language(scan, path, manifest->language);
	if (manifest->problem)
		scan_warn(scan, path, manifest->problem_line, manifest->problem);
}

void scan_file(struct scan *scan, const char *path, const struct repo_id *id, bool is_dir,
	       const unsigned *ids, size_t count)
{
	struct repo_bytes blob = {0};
	struct err err = {0};
	struct asked asked;
	enum repo_code code;

	take_apart(scan, path, ids, count, &asked);
	if (is_dir || !asked.content) {
		matcher_file(scan->engine->matcher, asked.probes, asked.probe_count, path, NULL, 0,
			     &scan->answers);
		return;
	}
	code =
	    repo_blob(scan->repo, id,
		      asked.readers[READER_MANIFEST] ? SCAN_LOCK_MAX : SCAN_FILE_MAX, &blob, &err);
	if (code != REPO_OK) {
		file_unread(scan, path, &asked, code, &err);
		err_clear(&err);
		return;
	}
	scan->checkout->blobs_read++;
	scan->bytes += blob.len;
	if (asked.readers[READER_DESCRIPTOR])
		read_descriptor(scan, path, &blob);
	if (asked.readers[READER_CODEOWNERS])
		read_codeowners(scan, path, &blob);
	if (asked.readers[READER_MANIFEST])
		read_manifest(scan, path, &blob);
	if (asked.probe_count)
		matcher_file(scan->engine->matcher, asked.probes, asked.probe_count, path,
			     blob.bytes, blob.len, &scan->answers);
	repo_bytes_free(&blob);
}
