#include "fetch/scan_memo.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/strmap.h"
#include "fetch/scan_internal.h"

#define MEMO_BYTES (192u << 20) /* over it all is forgotten: neighbours share most of it */

/* What one file says to all who ask about it. Strings and lists are in the memo's arena. */
struct memo_file {
	struct hit *hits;
	size_t hit_count;
	struct miss *misses;
	size_t miss_count;
	struct descriptor *descriptors;
	size_t descriptor_count;
	struct dependency *dependencies;
	size_t dependency_count;
	const char *language; /* NULL: none */
	const char *path;
	struct owners_file owners; /* rank -1: it is none */
	uint32_t blobs;
	size_t bytes;
	bool missing;
	bool says; /* anything */
};

/* What lies below a folder, and what it cost. */
struct memo_folder {
	struct memo_file **files;
	size_t count;
	uint32_t trees, blobs;
	size_t entries, bytes;
	bool missing;
};

/* What the search for services found in a folder. */
struct memo_search {
	bool is_service;
	struct memo_child {
		const char *name;
		struct repo_id tree;
	} * children;
	size_t count;
};

struct file_list {
	struct memo_file **files;
	size_t count, cap;
};

struct scan_memo {
	struct scan_engine *engine;
	const struct scan_options *options;
	struct repo *repo;
	struct repo_head head;
	struct arena *arena;
	struct strmap *kept; /* of all kinds, by key() */
	struct strmap *last; /* files by path: the one that was read last */
	struct buf key;
	struct scan scan;	  /* the look that goes on or was last; its checkout NULL: none */
	struct kept_trees *trees; /* that were read, for the next look */
	struct repo_id tree;
	struct file_list files; /* of the last look, in its order */
	struct file_list before;
	struct buf folders, folders_before; /* of services, a line each */
	bool cut_before;
	/* what the manifests of a look were joined to */
	struct file_list manifests;
	struct matcher_answers joined_answers;
	struct manifest joined;
};

/* ---- memory ---- */

static void clear(struct scan_memo *memo)
{
	strmap_free(memo->kept);
	strmap_free(memo->last);
	free(memo->manifests.files);
	free(memo->joined_answers.hits);
	free(memo->joined_answers.misses);
	free(memo->joined.dependencies);
	memo->manifests = (struct file_list){0};
	memo->joined_answers = (struct matcher_answers){0};
	memo->joined = (struct manifest){0};
	memo->before.count = memo->files.count = 0;
	arena_free(memo->arena);
	memo->arena = NULL;
}

static void start(struct scan_memo *memo)
{
	memo->arena = arena_new();
	memo->kept = strmap_new();
	memo->last = strmap_new();
}

struct scan_memo *scan_memo_new(struct scan_engine *engine, struct repo *repo,
				const struct repo_head *head, const struct scan_options *options)
{
	struct scan_memo *memo = xcalloc(1, sizeof(*memo));

	memo->engine = engine;
	memo->options = options;
	memo->repo = repo;
	memo->head = *head;
	start(memo);
	return memo;
}

static void end_look(struct scan_memo *memo)
{
	struct scan *scan = &memo->scan;

	if (!scan->checkout)
		return;
	free(scan->checkout->warnings);
	free(scan->folders);
	checkout_free(scan->checkout);
	*scan = (struct scan){0};
}

void scan_memo_free(struct scan_memo *memo)
{
	if (!memo)
		return;
	memo->scan.kept = memo->trees;
	scan_trees_free(&memo->scan);
	end_look(memo);
	clear(memo);
	free(memo->files.files);
	free(memo->before.files);
	buf_free(&memo->folders);
	buf_free(&memo->folders_before);
	buf_free(&memo->key);
	free(memo);
}

size_t scan_memo_size(const struct scan_memo *memo)
{
	return arena_size(memo->arena);
}

static void *keep_array(struct arena *arena, void *array, size_t count, size_t size)
{
	void *copy = count ? memcpy(arena_alloc(arena, count * size), array, count * size) : NULL;

	free(array);
	return copy;
}

#define KEEP(memo, array, count) keep_array((memo)->arena, (array), (count), sizeof(*(array)))

/* ---- keys ---- */

/*
 * Services' folders above and below a path decide which probes ask about what is there. What
 * they are is part of the key, so that a new service elsewhere makes nothing new here.
 */
static void add_relations(const struct scan *scan, const char *path, size_t len, struct buf *key)
{
	for (size_t i = 0; i < scan->folder_count; i++) {
		const char *folder = scan->folders[i];
		size_t folder_len = strlen(folder), shorter = folder_len < len ? folder_len : len;
		char next = folder_len < len ? path[shorter] : folder[shorter];

		if (!memcmp(folder, path, shorter) && (!len || folder_len == len || next == '/')) {
			buf_addc(key, '\n');
			buf_add(key, folder, folder_len);
		}
	}
}

/* path may be followed by more. One with a line break may be mixed up with others of its own
 * repository. */
static const char *key_of(struct scan_memo *memo, char kind, const char *path, size_t len,
			  const struct repo_id *id, bool related)
{
	char hex[REPO_HEX + 1] = "";

	if (id)
		repo_id_hex(id, hex);
	buf_reset(&memo->key);
	buf_addc(&memo->key, kind);
	buf_add(&memo->key, hex, id ? REPO_HEX : 0);
	buf_add(&memo->key, path, len);
	if (related)
		add_relations(&memo->scan, path, len, &memo->key);
	return buf_str(&memo->key);
}

static void put(struct scan_memo *memo, struct strmap *map, void *value)
{
	strmap_put(map, arena_memdup0(memo->arena, memo->key.data, memo->key.len), value);
}

/* ---- files ---- */

/* What scan_file() adds to, while one file is read. */
struct aside {
	struct matcher_answers answers;
	struct descriptor_list descriptors;
	struct owners_file owners;
	struct manifest manifest;
	struct arena *arena;
	struct language *languages;
	size_t language_count, language_cap;
	struct warning *warnings;
	size_t warning_count, warning_cap;
	uint32_t blobs;
	size_t bytes;
	bool missing;
};

/* Changes what is in the scan with what is aside. */
static void swap(struct scan *scan, struct aside *aside)
{
	struct checkout *checkout = scan->checkout;
	struct aside now = {
	    .answers = scan->answers,
	    .descriptors = scan->descriptors,
	    .owners = scan->owners,
	    .manifest = scan->manifest,
	    .arena = scan->arena,
	    .languages = checkout->languages,
	    .language_count = checkout->language_count,
	    .language_cap = scan->language_cap,
	    .warnings = checkout->warnings,
	    .warning_count = checkout->warning_count,
	    .warning_cap = scan->warning_cap,
	    .blobs = checkout->blobs_read,
	    .bytes = scan->bytes,
	    .missing = scan->missing,
	};

	scan->answers = aside->answers;
	scan->descriptors = aside->descriptors;
	scan->owners = aside->owners;
	scan->manifest = aside->manifest;
	scan->arena = aside->arena;
	checkout->languages = aside->languages;
	checkout->language_count = aside->language_count;
	scan->language_cap = aside->language_cap;
	checkout->warnings = aside->warnings;
	checkout->warning_count = aside->warning_count;
	scan->warning_cap = aside->warning_cap;
	checkout->blobs_read = aside->blobs;
	scan->bytes = aside->bytes;
	scan->missing = aside->missing;
	*aside = now;
}

static struct memo_file *read_file(struct scan_memo *memo, const char *path,
				   const struct repo_id *id, bool is_dir, const unsigned *ids,
				   size_t count)
{
	struct memo_file *file = arena_alloc(memo->arena, sizeof(*file));
	struct aside aside = {
	    .answers = {.arena = memo->arena},
	    .descriptors = {.arena = memo->arena},
	    .owners = {.rank = -1},
	    .manifest = {.arena = memo->arena},
	    .arena = memo->arena,
	};

	swap(&memo->scan, &aside);
	scan_file(&memo->scan, path, id, is_dir, ids, count);
	swap(&memo->scan, &aside);
	file->path = arena_strdup(memo->arena, path);
	file->hit_count = aside.answers.hit_count;
	file->hits = KEEP(memo, aside.answers.hits, file->hit_count);
	file->miss_count = aside.answers.miss_count;
	file->misses = KEEP(memo, aside.answers.misses, file->miss_count);
	file->descriptor_count = aside.descriptors.count;
	file->descriptors = KEEP(memo, aside.descriptors.descriptors, file->descriptor_count);
	file->dependency_count = aside.manifest.count;
	file->dependencies = KEEP(memo, aside.manifest.dependencies, file->dependency_count);
	file->language = aside.language_count ? aside.languages[0].name : NULL;
	file->owners = aside.owners;
	file->blobs = aside.blobs;
	file->bytes = aside.bytes;
	file->missing = aside.missing;
	file->says = file->hit_count || file->miss_count || file->descriptor_count ||
		     file->dependency_count || file->language || file->owners.rank >= 0;
	free(aside.languages);
	free(aside.warnings);
	free(aside.descriptors.warnings);
	return file;
}

static void encode_file(const struct memo_file *file, struct buf *out)
{
	const struct checkout plain = {
	    .path = "",
	    .hits = file->hits,
	    .hit_count = file->hit_count,
	    .misses = file->misses,
	    .miss_count = file->miss_count,
	    .descriptors = file->descriptors,
	    .descriptor_count = file->descriptor_count,
	};

	checkout_encode(&plain, out);
}

/*
 * Whether two contents of a file say the same: most changes are not about what is asked. Where
 * it is not worth to look, as in lockfiles, they do not.
 */
static bool is_same(const struct memo_file *a, const struct memo_file *b)
{
	struct buf left = {0}, right = {0};
	bool same;

	if (a->hit_count != b->hit_count || a->miss_count != b->miss_count ||
	    a->descriptor_count != b->descriptor_count || a->dependency_count ||
	    b->dependency_count || a->owners.rank >= 0 || b->owners.rank >= 0 ||
	    !a->language != !b->language ||
	    (a->language && strcmp(a->language, b->language) != 0) || a->missing != b->missing)
		return false;
	encode_file(a, &left);
	encode_file(b, &right);
	same = left.len == right.len && !memcmp(left.data, right.data, left.len);
	buf_free(&left);
	buf_free(&right);
	return same;
}

static void add_file(struct file_list *list, struct memo_file *file)
{
	if (!file->says)
		return;
	GROW(list->files, list->count, list->cap);
	list->files[list->count++] = file;
}

void scan_memo_file(struct scan *scan, const char *path, const struct repo_id *id, bool is_dir,
		    const unsigned *ids, size_t count)
{
	struct scan_memo *memo = scan->memo;
	size_t len = strlen(path);
	struct memo_file *file = strmap_get(
	    memo->kept, key_of(memo, is_dir ? 'p' : 'f', path, len, is_dir ? NULL : id, true));

	if (!file) {
		struct memo_file *last;

		file = read_file(memo, path, id, is_dir, ids, count);
		key_of(memo, is_dir ? 'P' : 'F', path, len, NULL, true);
		last = strmap_get(memo->last, buf_str(&memo->key));
		/* the costs are those of the other content: near enough */
		if (last && is_same(last, file))
			file = last;
		else
			put(memo, memo->last, file);
		key_of(memo, is_dir ? 'p' : 'f', path, len, is_dir ? NULL : id, true);
		put(memo, memo->kept, file);
	}
	scan->checkout->blobs_read += file->blobs;
	scan->bytes += file->bytes;
	scan->missing |= file->missing;
	add_file(&memo->files, file);
}

/* ---- folders ---- */

struct scan_mark scan_memo_mark(struct scan *scan)
{
	struct scan_mark mark = {.files = scan->memo ? scan->memo->files.count : 0,
				 .trees = scan->checkout->trees_read,
				 .blobs = scan->checkout->blobs_read,
				 .entries = scan->entries,
				 .bytes = scan->bytes,
				 .missing = scan->missing};

	scan->missing = false;
	return mark;
}

void scan_memo_keep(struct scan *scan, const char *path, size_t len, const struct repo_id *id,
		    const struct scan_mark *mark, bool keep)
{
	struct scan_memo *memo = scan->memo;
	struct memo_folder *folder;

	if (keep) {
		folder = arena_alloc(memo->arena, sizeof(*folder));
		folder->count = memo->files.count - mark->files;
		folder->files =
		    arena_alloc(memo->arena, (folder->count + 1) * sizeof(*folder->files));
		if (folder->count)
			memcpy(folder->files, memo->files.files + mark->files,
			       folder->count * sizeof(*folder->files));
		folder->trees = scan->checkout->trees_read - mark->trees;
		folder->blobs = scan->checkout->blobs_read - mark->blobs;
		folder->entries = scan->entries - mark->entries;
		folder->bytes = scan->bytes - mark->bytes;
		folder->missing = scan->missing;
		key_of(memo, 't', path, len, id, true);
		put(memo, memo->kept, folder);
	}
	scan->missing |= mark->missing;
}

bool scan_memo_folder(struct scan *scan, const char *path, const struct repo_id *id)
{
	struct scan_memo *memo = scan->memo;
	const struct memo_folder *folder =
	    strmap_get(memo->kept, key_of(memo, 't', path, strlen(path), id, true));

	/* where a cap is reached in the middle of it, it is where it is without a memo */
	if (!folder || scan->checkout->trees_read + folder->trees > SCAN_TREES_MAX ||
	    scan->entries + folder->entries > SCAN_ENTRIES_MAX ||
	    scan->bytes + folder->bytes > SCAN_BYTES_MAX)
		return false;
	for (size_t i = 0; i < folder->count; i++)
		add_file(&memo->files, folder->files[i]);
	scan->checkout->trees_read += folder->trees;
	scan->checkout->blobs_read += folder->blobs;
	scan->entries += folder->entries;
	scan->bytes += folder->bytes;
	scan->missing |= folder->missing;
	return true;
}

/* ---- the search for services ---- */

const struct memo_search *scan_memo_search(struct scan *scan, const char *path,
					   const struct repo_id *id)
{
	return strmap_get(scan->memo->kept, key_of(scan->memo, 's', path, strlen(path), id, false));
}

size_t scan_memo_children(const struct memo_search *search, bool *is_service)
{
	*is_service = search->is_service;
	return search->count;
}

void scan_memo_child(const struct memo_search *search, size_t i, struct repo_entry *entry)
{
	*entry = (struct repo_entry){.kind = REPO_DIR,
				     .name = search->children[i].name,
				     .name_len = strlen(search->children[i].name),
				     .id = search->children[i].tree};
}

struct memo_search *scan_memo_searched(struct scan *scan, const char *path,
				       const struct repo_id *id, bool is_service, size_t count)
{
	struct scan_memo *memo = scan->memo;
	struct memo_search *search = arena_alloc(memo->arena, sizeof(*search));

	search->is_service = is_service;
	search->count = count;
	search->children = arena_alloc(memo->arena, (count + 1) * sizeof(*search->children));
	key_of(memo, 's', path, strlen(path), id, false);
	put(memo, memo->kept, search);
	return search;
}

void scan_memo_set_child(struct scan *scan, struct memo_search *search, size_t i, const char *name,
			 const struct repo_id *tree)
{
	search->children[i].name = arena_strdup(scan->memo->arena, name);
	search->children[i].tree = *tree;
}

/* ---- a look ---- */

static void note_folders(struct scan_memo *memo)
{
	buf_reset(&memo->folders);
	for (size_t i = 0; i < memo->scan.folder_count; i++) {
		buf_adds(&memo->folders, memo->scan.folders[i]);
		buf_addc(&memo->folders, '\n');
	}
}

static bool lists_equal(const struct file_list *a, const struct file_list *b)
{
	return a->count == b->count &&
	       (!a->count || !memcmp(a->files, b->files, a->count * sizeof(*a->files)));
}

struct scan_memo_look scan_memo_look(struct scan_memo *memo, const struct repo_id *tree)
{
	struct scan *scan = &memo->scan;
	struct scan_memo_look look = {.missing = scan->missing};
	struct file_list list = memo->before;
	struct buf folders = memo->folders_before;
	bool first = !scan->checkout, cut_before = scan->cut_short;

	if (!first && repo_id_equal(tree, &memo->tree)) {
		look.same = true;
		return look;
	}
	end_look(memo);
	if (arena_size(memo->arena) > MEMO_BYTES) {
		clear(memo);
		start(memo);
		first = true;
	}
	memo->before = memo->files;
	memo->files = list;
	memo->files.count = 0;
	memo->folders_before = memo->folders;
	memo->folders = folders;
	memo->tree = *tree;
	*scan = scan_begin(memo->engine, repo_facts(memo->repo)->path, memo->options);
	scan->memo = memo;
	scan->repo = memo->repo;
	scan->head = memo->head;
	scan->head.tree = *tree;
	scan->checkout->partial = repo_facts(memo->repo)->partial;
	scan->kept = memo->trees;
	scan_find_folders(scan);
	scan_walk(scan);
	if (scan->kept && scan->kept->count > SCAN_KEPT_SLOTS / 4)
		scan_trees_free(scan);
	memo->trees = scan->kept;
	scan->kept = NULL;
	note_folders(memo);
	look.missing = scan->missing;
	look.same = !first && cut_before == scan->cut_short &&
		    lists_equal(&memo->files, &memo->before) &&
		    !strcmp(buf_str(&memo->folders), buf_str(&memo->folders_before));
	return look;
}

/* ---- what it says ---- */

#define APPEND(array, count, cap, from, more)                                                      \
	do {                                                                                       \
		for (size_t i_ = 0; i_ < (more); i_++) {                                           \
			GROW(array, count, cap);                                                   \
			(array)[(count)++] = (from)[i_];                                           \
		}                                                                                  \
	} while (0)

static void append_answers(struct matcher_answers *to, const struct hit *hits, size_t hit_count,
			   const struct miss *misses, size_t miss_count)
{
	APPEND(to->hits, to->hit_count, to->hit_cap, hits, hit_count);
	APPEND(to->misses, to->miss_count, to->miss_cap, misses, miss_count);
}

/* Manifests seldom change, lockfiles are long: joined once for as long as they are the same. */
static void join_manifests(struct scan_memo *memo, struct scan *scan)
{
	struct file_list manifests = {0};
	struct matcher_answers *answers = &memo->joined_answers;
	struct manifest *joined = &memo->joined;

	for (size_t i = 0; i < memo->files.count; i++)
		if (memo->files.files[i]->dependency_count)
			add_file(&manifests, memo->files.files[i]);
	if (lists_equal(&manifests, &memo->manifests)) {
		free(manifests.files);
	} else {
		struct matcher_answers aside = scan->answers;

		free(memo->manifests.files);
		memo->manifests = manifests;
		scan->answers = (struct matcher_answers){.arena = memo->arena,
							 .hits = answers->hits,
							 .hit_cap = answers->hit_cap,
							 .misses = answers->misses,
							 .miss_cap = answers->miss_cap};
		scan->manifest = (struct manifest){
		    .arena = memo->arena, .dependencies = joined->dependencies, .cap = joined->cap};
		for (size_t i = 0; i < manifests.count; i++)
			APPEND(scan->manifest.dependencies, scan->manifest.count,
			       scan->manifest.cap, manifests.files[i]->dependencies,
			       manifests.files[i]->dependency_count);
		scan_settle_dependencies(scan);
		*answers = scan->answers;
		*joined = scan->manifest;
		scan->answers = aside;
		scan->manifest = (struct manifest){.arena = scan->arena};
	}
	append_answers(&scan->answers, answers->hits, answers->hit_count, answers->misses,
		       answers->miss_count);
	APPEND(scan->manifest.dependencies, scan->manifest.count, scan->manifest.cap,
	       joined->dependencies, joined->count);
}

static void take_file(struct scan *scan, const struct memo_file *file)
{
	append_answers(&scan->answers, file->hits, file->hit_count, file->misses, file->miss_count);
	APPEND(scan->descriptors.descriptors, scan->descriptors.count, scan->descriptors.cap,
	       file->descriptors, file->descriptor_count);
	if (file->language)
		scan_add_language(scan, file->path, file->language);
	if (file->owners.rank >= 0 &&
	    (scan->owners.rank < 0 || scan->owners.rank > file->owners.rank))
		scan->owners = file->owners;
}

static void name_histories(struct scan *scan)
{
	struct checkout *checkout = scan->checkout;

	checkout->history_count = scan->folder_count + 1;
	checkout->histories =
	    arena_alloc(scan->arena, checkout->history_count * sizeof(*checkout->histories));
	for (size_t i = 0; i <= scan->folder_count; i++)
		checkout->histories[i].subdir = i ? scan->folders[i - 1] : "";
}

struct checkout *scan_memo_checkout(struct scan_memo *memo)
{
	struct scan scan = scan_begin(memo->engine, repo_facts(memo->repo)->path, memo->options);
	struct checkout *checkout = scan.checkout;

	scan.repo = memo->repo;
	scan.head = memo->head;
	scan.cut_short = memo->scan.cut_short;
	scan.folder_count = memo->scan.folder_count;
	scan.folders = arena_alloc(scan.arena, (scan.folder_count + 1) * sizeof(*scan.folders));
	for (size_t i = 0; i < scan.folder_count; i++)
		scan.folders[i] = arena_strdup(scan.arena, memo->scan.folders[i]);
	scan_take_facts(&scan);
	scan_take_head(&scan);
	for (size_t i = 0; i < memo->files.count; i++)
		take_file(&scan, memo->files.files[i]);
	join_manifests(memo, &scan);
	scan_settle(&scan);
	name_histories(&scan);
	scan_hand_over(&scan);
	checkout->warning_count = 0;
	return checkout;
}
