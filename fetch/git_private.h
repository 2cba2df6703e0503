#ifndef SVCTOP_FETCH_GIT_PRIVATE_H
#define SVCTOP_FETCH_GIT_PRIVATE_H

/* What the files of fetch/git share with each other, and with their tests and fuzz targets. */

#include <sys/stat.h>
#include <sys/types.h>

#include "core/arena.h"
#include "core/buf.h"
#include "fetch/git.h"
#include "fetch/git_objects.h"
#include "fetch/resolved.h"

#define REPO_CONFIG_MAX	     (1u << 20)
#define REPO_POINTER_MAX     4096u /* HEAD, refs, commondir, .git files */
#define REPO_PACKED_REFS_MAX (64u << 20)
#define REPO_SHALLOW_MAX     (16u << 20)
#define REPO_REF_NAME_MAX    1024

struct git_repository; /* libgit2's */

struct repo {
	struct arena *arena;
	struct repo_facts facts;
	struct objects *odb;
	struct resolved_notes *notes; /* of whoever opened it; NULL */
	bool libgit2_started;
	struct git_repository *fallback; /* asked for refs that we can't read; else NULL */
	struct repo_id *boundary;	 /* sorted ids of the shallow file */
	size_t boundary_count;
};

/*
 * Reads a regular file of at most cap bytes into out (emptied first), without waiting on
 * FIFOs and devices. REPO_NO_ENTRY when there is none; that alone leaves err unset.
 * st, what it was when it was opened, may be NULL.
 */
enum repo_code repo_file_read(const char *path, size_t cap, struct buf *out, struct stat *st,
			      struct err *err);
/* Opens a regular file of at most cap bytes likewise; the descriptor goes to *fd. */
enum repo_code repo_file_open(const char *path, size_t cap, int *fd, struct stat *st,
			      struct err *err);

/* Calls each for every variable; section and name in lower case, subsection NULL when none. */
typedef void repo_config_fn(void *data, const char *section, const char *subsection,
			    const char *name, const char *value);
/* -1: not the syntax of git-config(1) at some line; what came before was reported. */
int repo_config_parse(const char *text, size_t len, repo_config_fn *each, void *data);

/* What the config says that matters here. Strings live in the arena. */
struct repo_config {
	const char *remote; /* as written */
	int version;
	const char *unsupported; /* "extensions.refstorage = reftable"; NULL */
	const char *extension;	 /* its name, "refstorage", where libgit2 may know more */
	bool partial;
	bool bare;
};
int repo_config_read(const char *text, size_t len, struct arena *arena, struct repo_config *out);

/* An URL without user and password (ssh keeps its user); NULL when it can't be told apart. */
char *repo_url_public(struct arena *arena, const char *url);

/* The path after "gitdir:"; NULL: not the text of a .git file. */
char *repo_gitfile_parse(struct arena *arena, const char *text, size_t len);

enum ref_kind { REF_NONE, REF_ID, REF_SYMBOLIC };

struct ref_value {
	enum ref_kind kind;
	struct repo_id id;
	char target[REPO_REF_NAME_MAX]; /* of a symbolic one */
	int64_t mtime;			/* of the file that holds it */
};

/* The text of a loose ref; REPO_CORRUPT when it is none. */
enum repo_code repo_ref_parse(const char *text, size_t len, struct ref_value *out);
/* Whether the name can be made part of a path: "HEAD", or "refs/" and no "." or ".." in it. */
bool repo_ref_name_ok(const char *name);
/* Whether a linked worktree has a ref of this name of its own, whether packed-refs may hold it. */
bool repo_ref_per_worktree(const char *name);
bool repo_ref_packs(const char *name);
/* Looks a name up in an open packed-refs file. REPO_NO_ENTRY: not in it. */
enum repo_code repo_packed_find(int fd, off_t size, const char *name, struct repo_id *id);

/* Parse a raw object; fields point into text. -1: corrupt. */
int repo_commit_parse(const char *text, size_t len, struct repo_commit *commit);

/* Peels tags: *id becomes the commit's. */
enum repo_code repo_peel(struct repo *repo, struct repo_id *id, struct err *err);
/* An abbreviated id, 4 to 40 digits. */
enum repo_code repo_expand(struct repo *repo, const char *hex, struct repo_id *id, struct err *err);

/* "what failed: libgit2's reason" */
const char *repo_git_reason(void);

#endif
