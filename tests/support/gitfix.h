#ifndef SVCTOP_TESTS_GITFIX_H
#define SVCTOP_TESTS_GITFIX_H

/*
 * Small git repositories for tests, made with libgit2. Every function fails the
 * process on an error: a test can't go on without its fixture.
 *
 *	char *dir = gitfix_tmp();
 *	struct gitfix *fix = gitfix_new(dir, "app");
 *	gitfix_file(fix, "service.yml", "tier: 1\n");
 *	gitfix_commit(fix, "First");
 *	... gitfix_path(fix) ...
 *	gitfix_free(fix);
 *	gitfix_rmtree(dir);
 *	free(dir);
 */

#include <stddef.h>
#include <stdint.h>

struct gitfix;

/* A fresh temporary directory (no links in its name); the caller removes and frees it. */
char *gitfix_tmp(void);
void gitfix_rmtree(const char *path);

/* dir/name. The branch is "main", the remote none, the clock at 2026-01-01T00:00:00Z. */
struct gitfix *gitfix_new(const char *dir, const char *name);
struct gitfix *gitfix_bare(const char *dir, const char *name);
void gitfix_free(struct gitfix *fix);

const char *gitfix_path(const struct gitfix *fix);    /* the work tree, or the bare repository */
const char *gitfix_git_dir(const struct gitfix *fix); /* ends in a slash */

/* Puts a file in the next commit (not in the work tree: scans do not read that). */
void gitfix_file(struct gitfix *fix, const char *path, const char *text);
void gitfix_bytes(struct gitfix *fix, const char *path, const void *bytes, size_t len);
void gitfix_exec(struct gitfix *fix, const char *path, const char *text);
void gitfix_link(struct gitfix *fix, const char *path, const char *target);
void gitfix_gitlink(struct gitfix *fix, const char *path, const char *hex);
void gitfix_drop_file(struct gitfix *fix, const char *path);

/* Author and committer of the next commits; NULL leaves it. Default "Ann <ann@example.com>". */
void gitfix_author(struct gitfix *fix, const char *name, const char *email);
void gitfix_committer(struct gitfix *fix, const char *name, const char *email);
/* Time of the next commit; each commit moves the clock on by an hour. */
void gitfix_time(struct gitfix *fix, int64_t time);

/* Commits what was put on HEAD's branch. The id in hex lives until the next call or free. */
const char *gitfix_commit(struct gitfix *fix, const char *message);
/* With a second parent. */
const char *gitfix_merge(struct gitfix *fix, const char *hex, const char *message);
/* The commit that HEAD is at. */
const char *gitfix_head(struct gitfix *fix);

/* Makes branch at HEAD's commit and goes there; back to an existing one with its files. */
void gitfix_branch(struct gitfix *fix, const char *name);
void gitfix_checkout(struct gitfix *fix, const char *name);
void gitfix_tag(struct gitfix *fix, const char *name, const char *message); /* NULL: lightweight */

/* Sets remote origin in the config. */
void gitfix_remote(struct gitfix *fix, const char *url);

/* All objects into one pack, loose ones removed; all refs into packed-refs. */
void gitfix_pack(struct gitfix *fix);
void gitfix_pack_refs(struct gitfix *fix);

/* Cuts every pack to its first len bytes. */
void gitfix_truncate_packs(struct gitfix *fix, int64_t len);
/* Path of the only pack ("pack") or its index ("idx"), made writable; the caller frees it. */
char *gitfix_pack_path(struct gitfix *fix, const char *extension);
/* Makes libgit2, in this process, accept repositories with extensions.<name>. */
void gitfix_know_extension(const char *name);

/* Removes one loose object. */
void gitfix_drop_object(struct gitfix *fix, const char *hex);
/* The id of a path at HEAD, until the next call or free. */
const char *gitfix_id(struct gitfix *fix, const char *path);
/* Cuts history at the commit: its parents are removed and `shallow` names it. */
void gitfix_shallow(struct gitfix *fix, const char *hex);
/* Writes an object of any type ("tree", "commit", "blob", "tag") with these bytes, loose. */
const char *gitfix_object(struct gitfix *fix, const char *type, const void *bytes, size_t len);

/* The same, but its header claims another size, and its id is the number seed. */
const char *gitfix_liar(struct gitfix *fix, const char *type, const char *size, const void *bytes,
			size_t len, int seed);

/* A linked worktree of fix in dir/name, on a branch of its last component. */
void gitfix_worktree(struct gitfix *fix, const char *dir, const char *name);
/* Moves sub's .git under fix's .git/modules/name and sub's work tree to fix's path. */
void gitfix_submodule(struct gitfix *fix, struct gitfix *sub, const char *path);

/* A file in any directory, parents made: gitfix_write(dir, "a/b.txt", "text"). */
void gitfix_write(const char *dir, const char *path, const char *text);
void gitfix_write_bytes(const char *dir, const char *path, const void *bytes, size_t len);

#endif
