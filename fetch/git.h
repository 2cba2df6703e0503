#ifndef SVCTOP_FETCH_GIT_H
#define SVCTOP_FETCH_GIT_H

/*
 * Reading a git repository without trusting it: which commit its default branch is at,
 * and the trees and blobs below. Nothing is written, no process is started, no hook or
 * filter is run. HEAD, refs, packed-refs, config, .git files and objects are read here;
 * refs in a format that this code doesn't know are asked of libgit2, and a repository
 * that neither can read is an error that names why.
 *
 * Names begin with repo_ because git_ is libgit2's. Formats: gitrepository-layout(5),
 * gitformat-pack(5), git-config(1), Documentation/technical of git.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

#define REPO_HEX 40 /* characters of an id in hex */

/* Caps on what comes from a repository, in bytes. */
#define REPO_TREE_MAX	(64u << 20)
#define REPO_COMMIT_MAX (4u << 20)

struct repo;

struct repo_id {
	unsigned char bytes[20];
};

/* What reading gives: functions that return one fill err for every code but REPO_OK. */
enum repo_code {
	REPO_OK = 0,
	REPO_FAILED = -1,    /* the system or the layout: see err */
	REPO_MISSING = -2,   /* the object is not here (a partial or shallow clone, or corrupt) */
	REPO_CORRUPT = -3,   /* the bytes are not what they should be */
	REPO_TOO_LARGE = -4, /* over the cap; nothing was read */
	REPO_NO_ENTRY = -5,  /* no such path, no such revision */
};

/* What the repository is. Strings live as long as the repo. */
struct repo_facts {
	const char *path;	/* as given to repo_open() */
	const char *git_dir;	/* where HEAD is */
	const char *common_dir; /* where objects and refs are; git_dir but for linked worktrees */
	const char *remote; /* URL of origin (or the only remote) without user and password; NULL */
	bool bare;
	bool linked;	    /* .git is a file: a linked worktree or a submodule */
	bool shallow;	    /* history ends early */
	bool partial;	    /* objects may be missing on purpose */
	bool foreign_owned; /* owned by somebody else than this user and root */
};

/* The commit that a scan reads. Strings live as long as the repo. */
struct repo_head {
	bool unborn;	   /* no commit yet: only ref and note are set */
	bool detached;	   /* HEAD itself holds the id */
	struct repo_id id; /* the commit */
	struct repo_id tree;
	int64_t time;	    /* committer time */
	int64_t fetched_at; /* when the remote was last asked, as far as files tell; 0 not known */
	const char *ref;    /* "refs/remotes/origin/main"; "HEAD" when detached; the id for an id */
	const char *note;   /* something that its owner should know; NULL */
};

/* A commit's fields point into memory of its own: repo_commit_free(). */
struct repo_person {
	const char *name; /* not terminated, maybe not UTF-8 */
	size_t name_len;
	const char *email;
	size_t email_len;
	int64_t time; /* 0 when it can't be read */
};

struct repo_commit {
	struct repo_id tree;
	const char *parents; /* "parent <hex>\n" times parent_count: repo_commit_parent() */
	size_t parent_count;
	struct repo_person author;
	struct repo_person committer;
	const char *message;
	size_t message_len;
	void *memory;
};

enum repo_kind { REPO_FILE, REPO_EXEC, REPO_LINK, REPO_DIR, REPO_GITLINK };

struct repo_entry {
	enum repo_kind kind;
	const char *name; /* terminated; never empty, ".", ".." or with a '/' */
	size_t name_len;
	struct repo_id id;
};

/* One tree object and a position in it. */
struct repo_tree {
	const char *bytes;
	size_t len;
	size_t pos;
	bool corrupt; /* repo_tree_next() ended early */
	void *memory;
};

struct repo_bytes {
	const char *bytes; /* terminated; never NULL after REPO_OK */
	size_t len;
	void *memory;
};

/* libgit2's version, "1.5.1", for bug reports. */
void repo_library_version(char *out, size_t size);

/*
 * Opens a work tree (with a .git directory or file) or a bare repository. NULL: it
 * can't be read; err says why, and names the extension (reftable, sha256) if one is.
 */
struct repo *repo_open(const char *path, struct err *err);
/*
 * The same; which files say what it is, and then what its head is (repo_head()), goes into
 * notes, whether or not it can be opened. notes must live as long as the repo.
 */
struct resolved_notes;
struct repo *repo_open_noting(const char *path, struct resolved_notes *notes, struct err *err);
void repo_close(struct repo *repo); /* NULL is allowed */

const struct repo_facts *repo_facts(const struct repo *repo);

/*
 * The commit to read. rev NULL: where refs/remotes/origin/HEAD points, else HEAD. Else
 * a branch, tag, remote's branch, full ref name, or an id of at least 4 hex digits.
 */
enum repo_code repo_head(struct repo *repo, const char *rev, struct repo_head *head,
			 struct err *err);

enum repo_code repo_commit(struct repo *repo, const struct repo_id *id, struct repo_commit *commit,
			   struct err *err);
void repo_commit_free(struct repo_commit *commit);
/* i < parent_count */
struct repo_id repo_commit_parent(const struct repo_commit *commit, size_t i);
/* Whether the commit is where a shallow clone was cut: its parents are not here. */
bool repo_is_boundary(const struct repo *repo, const struct repo_id *id);

enum repo_code repo_tree(struct repo *repo, const struct repo_id *id, struct repo_tree *tree,
			 struct err *err);
void repo_tree_free(struct repo_tree *tree);
/* The next entry in the tree's order; false at its end, or where it is corrupt. */
bool repo_tree_next(struct repo_tree *tree, struct repo_entry *entry);
void repo_tree_rewind(struct repo_tree *tree);

/* A blob of at most cap bytes; its size is known, and judged, before it is inflated. */
enum repo_code repo_blob(struct repo *repo, const struct repo_id *id, size_t cap,
			 struct repo_bytes *out, struct err *err);
void repo_bytes_free(struct repo_bytes *bytes);

/*
 * Finds path ('/'-separated, no leading slash) below a tree. entry->name points into
 * path. "" is the tree itself, a REPO_DIR. REPO_NO_ENTRY: nothing there.
 */
enum repo_code repo_find(struct repo *repo, const struct repo_id *tree, const char *path,
			 struct repo_entry *entry, struct err *err);

/* Hex of an id, terminated; and back (exactly 40 digits at hex, of either case). */
void repo_id_hex(const struct repo_id *id, char hex[REPO_HEX + 1]);
bool repo_id_parse(const char *hex, struct repo_id *id);
bool repo_id_equal(const struct repo_id *a, const struct repo_id *b);

#endif
