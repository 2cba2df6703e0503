/* Which commit to read: refs by name, the default branch, --ref. */

#include <errno.h>
#include <git2.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "fetch/git_private.h"

#define MAX_SYMREF_DEPTH 5 /* as git */
#define ORIGIN_HEAD	 "refs/remotes/origin/HEAD"

/* A path in the repository; false when it is too long for the system. */
static bool path_in(char path[PATH_MAX], const char *dir, const char *name)
{
	int n = snprintf(path, PATH_MAX, "%s/%s", dir, name);

	return n > 0 && n < PATH_MAX;
}

static int64_t mtime_of(const char *dir, const char *name)
{
	char path[PATH_MAX];
	struct stat st;

	if (!path_in(path, dir, name) || stat(path, &st))
		return 0;
	return st.st_mtime;
}

static enum repo_code read_packed(struct repo *repo, const char *name, struct ref_value *out,
				  struct err *err)
{
	char path[PATH_MAX];
	struct stat st;
	int fd;
	enum repo_code code;

	if (!path_in(path, repo->facts.common_dir, "packed-refs"))
		return REPO_NO_ENTRY;
	code = repo_file_open(path, REPO_PACKED_REFS_MAX, &fd, &st, err);
	if (code == REPO_OK || code == REPO_NO_ENTRY)
		resolved_note_packed(repo->notes, code ? NULL : &st);
	else
		resolved_note_odd(repo->notes);
	if (code)
		return code;
	out->mtime = st.st_mtime;
	code = repo_packed_find(fd, st.st_size, name, &out->id);
	close(fd);
	if (code == REPO_OK)
		out->kind = REF_ID;
	else if (code == REPO_CORRUPT)
		err_set(err, path, NULL, "holds no valid id for %s", name);
	return code;
}

/* HEAD may be a symbolic link to its branch's file: git made them so once. */
static bool read_link(const char *path, struct ref_value *out)
{
	ssize_t n = readlink(path, out->target, sizeof(out->target) - 1);

	if (n <= 0)
		return false;
	out->target[n] = '\0';
	if (strncmp(out->target, "refs/", 5) != 0 || !repo_ref_name_ok(out->target))
		return false;
	out->kind = REF_SYMBOLIC;
	return true;
}

static enum repo_code read_fallback(struct repo *repo, const char *name, struct ref_value *out,
				    struct err *err)
{
	git_reference *ref;
	int ret = git_reference_lookup(&ref, repo->fallback, name);
	const char *target;
	enum repo_code code = REPO_OK;

	if (ret == GIT_ENOTFOUND || ret == GIT_EINVALIDSPEC)
		return REPO_NO_ENTRY;
	if (ret) {
		err_set(err, repo->facts.path, NULL, "%s cannot be read: %s", name,
			repo_git_reason());
		return REPO_FAILED;
	}
	if (git_reference_type(ref) == GIT_REFERENCE_DIRECT) {
		out->kind = REF_ID;
		memcpy(out->id.bytes, git_reference_target(ref)->id, sizeof(out->id.bytes));
	} else {
		target = git_reference_symbolic_target(ref);
		out->kind = REF_SYMBOLIC;
		if (!target || !repo_ref_name_ok(target))
			code = REPO_CORRUPT;
		else
			snprintf(out->target, sizeof(out->target), "%s", target);
	}
	git_reference_free(ref);
	return code;
}

static enum repo_code read_loose(const char *path, struct ref_value *out, struct stat *st,
				 struct err *err)
{
	struct buf text = {0};
	enum repo_code code = repo_file_read(path, REPO_POINTER_MAX, &text, st, err);

	if (code == REPO_OK) {
		out->mtime = st->st_mtime;
		code = repo_ref_parse(buf_str(&text), text.len, out);
		if (code)
			err_set(err, path, "git fsck, or fetch again",
				text.len ? "is no ref: neither an id nor the name of another ref"
					 : "is empty, as after a crash of the machine");
	}
	buf_free(&text);
	return code;
}

static enum repo_code read_ref(struct repo *repo, const char *name, struct ref_value *out,
			       struct err *err)
{
	const char *dir =
	    repo_ref_per_worktree(name) ? repo->facts.git_dir : repo->facts.common_dir;
	char path[PATH_MAX];
	struct stat st = {0};
	enum repo_code code;

	out->kind = REF_NONE;
	out->mtime = 0;
	if (repo->fallback)
		return read_fallback(repo, name, out, err);
	if (!path_in(path, dir, name))
		return REPO_NO_ENTRY;
	code = read_loose(path, out, &st, err);
	if (!strcmp(name, "HEAD")) {
		if ((code == REPO_NO_ENTRY || out->kind == REF_ID) && read_link(path, out)) {
			resolved_note_odd(repo->notes);
			code = REPO_OK;
		}
	} else if (code == REPO_NO_ENTRY && repo_ref_packs(name)) {
		code = read_packed(repo, name, out, err);
	}
	if (code == REPO_FAILED || code == REPO_TOO_LARGE)
		resolved_note_odd(repo->notes);
	resolved_note_ref(repo->notes, name, st.st_ino ? &st : NULL, out);
	return code;
}

/*
 * Follows symbolic refs from name to an id. final gets the name of the ref that holds it,
 * also when that one does not exist (REPO_NO_ENTRY).
 */
static enum repo_code resolve(struct repo *repo, const char *name, char final[REPO_REF_NAME_MAX],
			      struct ref_value *value, struct err *err)
{
	snprintf(final, REPO_REF_NAME_MAX, "%s", name);
	for (int depth = 0; depth <= MAX_SYMREF_DEPTH; depth++) {
		enum repo_code code = read_ref(repo, final, value, err);

		if (code || value->kind == REF_ID)
			return code;
		memcpy(final, value->target, strlen(value->target) + 1);
	}
	err_set(err, repo->facts.path, NULL, "%s leads in a circle of symbolic refs", name);
	return REPO_CORRUPT;
}

/*
 * The best that files tell of the last fetch: FETCH_HEAD is written by each, the reflog and
 * the ref when it brought something.
 */
static int64_t fetched_at(const struct repo *repo, const char *ref, int64_t ref_mtime)
{
	const char *common = repo->facts.common_dir;
	int64_t best, other;
	char log[REPO_REF_NAME_MAX + 8];

	if (!repo->facts.remote && strncmp(ref, "refs/remotes/", 13) != 0)
		return 0;
	best = mtime_of(common, "FETCH_HEAD");
	if (repo->facts.git_dir != common) {
		other = mtime_of(repo->facts.git_dir, "FETCH_HEAD");
		best = other > best ? other : best;
	}
	if (best)
		return best;
	if (strncmp(ref, "refs/remotes/", 13) != 0)
		return repo->facts.bare ? ref_mtime : 0; /* a branch's own mtime is a commit's */
	snprintf(log, sizeof(log), "logs/%s", ref);
	best = mtime_of(common, log);
	return best ? best : ref_mtime;
}

/* Peels what the ref holds, and reads the commit. */
static enum repo_code fill_head(struct repo *repo, const char *ref, const struct ref_value *value,
				struct repo_head *head, struct err *err)
{
	struct repo_commit commit;
	enum repo_code code;

	head->id = value->id;
	head->ref = arena_strdup(repo->arena, ref);
	head->fetched_at = fetched_at(repo, ref, value->mtime);
	code = repo_peel(repo, &head->id, err);
	if (code == REPO_OK)
		code = repo_commit(repo, &head->id, &commit, err);
	if (code) {
		resolved_note_odd(repo->notes); /* a commit that is not here may come */
		return code;
	}
	head->tree = commit.tree;
	head->time = commit.committer.time;
	repo_commit_free(&commit);
	return REPO_OK;
}

/* Nothing at HEAD's branch. Often that is a new repository; where others exist, say so. */
static enum repo_code unborn(struct repo *repo, const char *ref, struct repo_head *head)
{
	struct stat st;
	char path[PATH_MAX];

	head->unborn = true;
	head->ref = arena_strdup(repo->arena, ref);
	if (path_in(path, repo->facts.common_dir, "packed-refs") && !stat(path, &st) &&
	    st.st_size > 64)
		head->note = arena_printf(
		    repo->arena, "HEAD names %s, which does not exist, but other refs do", ref);
	return REPO_OK;
}

/* Where origin's default branch was when it was cloned or set; false: use HEAD. */
static bool origin_head(struct repo *repo, struct repo_head *head)
{
	struct ref_value value;
	char ref[REPO_REF_NAME_MAX];
	struct err err = {0};
	enum repo_code code = resolve(repo, ORIGIN_HEAD, ref, &value, &err);

	if (code == REPO_OK)
		code = fill_head(repo, ref, &value, head, &err);
	else if (code == REPO_NO_ENTRY && !strcmp(ref, ORIGIN_HEAD))
		return false; /* not there: never cloned, or removed */
	else if (code == REPO_NO_ENTRY)
		err_set(&err, NULL, NULL, "%s does not exist here", ref);
	if (code) {
		*head = (struct repo_head){0};
		head->note = arena_printf(
		    repo->arena, ORIGIN_HEAD " is of no use (%s); HEAD was read", err.what);
		err_clear(&err);
	}
	return code == REPO_OK;
}

static enum repo_code default_head(struct repo *repo, struct repo_head *head, struct err *err)
{
	struct ref_value value;
	char ref[REPO_REF_NAME_MAX];
	enum repo_code code;

	if (origin_head(repo, head))
		return REPO_OK;
	code = resolve(repo, "HEAD", ref, &value, err);
	if (code == REPO_NO_ENTRY && strcmp(ref, "HEAD") != 0)
		return unborn(repo, ref, head);
	if (code == REPO_NO_ENTRY)
		err_set(err, repo->facts.git_dir, "git init there repairs it",
			"has no HEAD: not a whole git repository");
	if (code)
		return code == REPO_NO_ENTRY ? REPO_CORRUPT : code;
	head->detached = !strcmp(ref, "HEAD");
	return fill_head(repo, ref, &value, head, err);
}

/* The rules of gitrevisions(7) for a name, and a branch of origin last: what CI has. */
static enum repo_code named_head(struct repo *repo, const char *rev, struct repo_head *head,
				 struct err *err)
{
	static const char *const forms[] = {"%s",
					    "refs/%s",
					    "refs/tags/%s",
					    "refs/heads/%s",
					    "refs/remotes/%s",
					    "refs/remotes/%s/HEAD",
					    "refs/remotes/origin/%s"};
	struct ref_value value = {0};
	char name[REPO_REF_NAME_MAX], ref[REPO_REF_NAME_MAX];
	enum repo_code code;

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		const char *mark = strstr(forms[i], "%s");
		int n = snprintf(name, sizeof(name), "%.*s%s%s", (int)(mark - forms[i]), forms[i],
				 rev, mark + 2);

		if (n >= (int)sizeof(name) || !repo_ref_name_ok(name))
			continue;
		code = resolve(repo, name, ref, &value, err);
		if (code == REPO_OK) {
			head->detached = !strcmp(ref, "HEAD");
			return fill_head(repo, ref, &value, head, err);
		}
		if (code != REPO_NO_ENTRY)
			return code;
	}
	code = repo_expand(repo, rev, &value.id, err);
	if (code == REPO_NO_ENTRY)
		err_set(err, repo->facts.path, NULL, "has no branch, tag or commit %s", rev);
	if (code)
		return code;
	repo_id_hex(&value.id, name);
	return fill_head(repo, name, &value, head, err);
}

enum repo_code repo_head(struct repo *repo, const char *rev, struct repo_head *head,
			 struct err *err)
{
	*head = (struct repo_head){0};
	return rev ? named_head(repo, rev, head, err) : default_head(repo, head, err);
}
