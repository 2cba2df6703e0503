#ifndef SVCTOP_FETCH_SCAN_INTERNAL_H
#define SVCTOP_FETCH_SCAN_INTERNAL_H

/* What the parts of a scan share: scan.c leads, the others each do one step. */

#include "core/codeowners.h"
#include "core/descriptor.h"
#include "core/glob.h"
#include "core/manifest.h"
#include "core/matcher.h"
#include "fetch/git.h"
#include "fetch/resolved.h"
#include "fetch/scan.h"

/* Caps of one scan: a tree that is built to be endless ends here, and is named. */
#define SCAN_TREES_MAX	 100000u
#define SCAN_ENTRIES_MAX 4000000u
#define SCAN_BYTES_MAX	 (512u << 20) /* of blobs read */
#define SCAN_DEPTH_MAX	 64
#define SCAN_FILE_MAX	 (1u << 20)  /* of a file that probes look into */
#define SCAN_LOCK_MAX	 (32u << 20) /* of a lockfile */

struct scan_engine {
	const struct checklist *checklist;
	struct matcher *matcher;
	struct glob_set *descriptors; /* descriptor files right in a service's folder */
};

/* A CODEOWNERS file that was read; the best rank counts. */
struct owners_file {
	int rank; /* -1: none yet */
	struct codeowners *owners;
};

/* Trees that the search for folders has read, for the walk: see scan_tree_read(). */
#define SCAN_KEPT_SLOTS 512

struct kept_trees {
	struct kept_tree {
		struct repo_id id;
		struct repo_tree tree; /* memory NULL: free */
	} slots[SCAN_KEPT_SLOTS];
	size_t count, bytes;
};

struct scan {
	struct scan_engine *engine;
	const struct scan_options *options;
	struct repo *repo;
	struct repo_head head;
	struct checkout *checkout;
	struct arena *arena; /* the checkout's */

	const char **folders; /* that services own, sorted, without "" */
	size_t folder_count, folder_cap;

	struct matcher_answers answers;
	struct descriptor_list descriptors;
	struct owners_file owners;
	struct manifest manifest; /* dependencies of all manifests */
	size_t language_cap, warning_cap;

	struct kept_trees *kept; /* NULL: none */
	struct scan_memo *memo;	 /* NULL: none */
	size_t entries;
	size_t bytes;
	bool cut_short;		     /* a cap was reached */
	bool missing;		     /* an object was not there, or not to be read: it may come */
	struct resolved_notes notes; /* what the head was resolved from */
};

/* A scan with an empty checkout for its result. */
struct scan scan_begin(struct scan_engine *engine, const char *path,
		       const struct scan_options *options);

/* Into the checkout: what the repository is, and the head. */
void scan_take_facts(struct scan *scan);
void scan_take_head(struct scan *scan);

/* Adds a warning; path and text are copied. */
void scan_warn(struct scan *scan, const char *path, uint32_t line, const char *text);

/*
 * Finds the folders below the root that services own: those with a descriptor of
 * their own. Looks where monorepos keep them, at a bounded cost.
 */
void scan_find_folders(struct scan *scan);

/* The folder of folders that owns path, "" for the root's. */
const char *scan_folder_of(const struct scan *scan, const char *path);

/*
 * Reads a tree as repo_tree() does, or lends one that was kept: free it before the scan's
 * end, with repo_tree_free() in either case.
 */
enum repo_code scan_tree_read(struct scan *scan, const struct repo_id *id, struct repo_tree *tree,
			      struct err *err);

/* Takes a tree over that will be read again; where there is no room it is freed. */
void scan_tree_keep(struct scan *scan, const struct repo_id *id, struct repo_tree *tree);
void scan_trees_free(struct scan *scan);

/* A language of the folder that owns path, once. */
void scan_add_language(struct scan *scan, const char *path, const char *name);

/* Walks the tree and hands matching files to scan_file(). */
void scan_walk(struct scan *scan);

/*
 * Answers what ids (probes and readers) ask of one entry. relative is path from the
 * service's folder. id is of a blob; for a folder `is_dir`, and only its path counts.
 */
void scan_file(struct scan *scan, const char *path, const struct repo_id *id, bool is_dir,
	       const unsigned *ids, size_t count);

/* Joins the manifests of each folder, and answers the dependency probes from them. */
void scan_settle_dependencies(struct scan *scan);
/* Gives folders their owners; where a part was not read, no probe may answer "not there". */
void scan_settle(struct scan *scan);
/* When files were last changed, for probes that ask; who commits in the services' folders. */
void scan_settle_touched(struct scan *scan);
void scan_settle_history(struct scan *scan);
/* Moves what was found into the checkout. */
void scan_hand_over(struct scan *scan);

/* ---- scan_memo.c: only for a scan with a memo ---- */

/* As scan_file(), or what it gave for the same. */
void scan_memo_file(struct scan *scan, const char *path, const struct repo_id *id, bool is_dir,
		    const unsigned *ids, size_t count);

/* Where a scan is as it enters a folder. */
struct scan_mark {
	size_t files;
	uint32_t trees, blobs;
	size_t entries, bytes;
	bool missing;
};

struct scan_mark scan_memo_mark(struct scan *scan);
/* Leaves a folder; keep: what lies below it depends on nothing outside of it. */
void scan_memo_keep(struct scan *scan, const char *path, size_t len, const struct repo_id *id,
		    const struct scan_mark *mark, bool keep);
/* Takes what was kept of a folder; false: there is nothing. */
bool scan_memo_folder(struct scan *scan, const char *path, const struct repo_id *id);

/* The search for services: a folder's children that are looked into, and whether it is one. */
struct memo_search;
const struct memo_search *scan_memo_search(struct scan *scan, const char *path,
					   const struct repo_id *id); /* NULL: not kept */
size_t scan_memo_children(const struct memo_search *search, bool *is_service);
void scan_memo_child(const struct memo_search *search, size_t i, struct repo_entry *entry);
struct memo_search *scan_memo_searched(struct scan *scan, const char *path,
				       const struct repo_id *id, bool is_service, size_t count);
void scan_memo_set_child(struct scan *scan, struct memo_search *search, size_t i, const char *name,
			 const struct repo_id *tree);

#endif
