/* Objects, through libgit2's object database: the only place that inflates anything. */

#include <errno.h>
#include <git2.h>
#include <git2/sys/odb_backend.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/git_private.h"

#define MAX_TAG_DEPTH 8

const char *repo_git_reason(void)
{
	const git_error *error = git_error_last();

	return error && error->message ? error->message : "no reason given";
}

static const git_oid *oid_of(const struct repo_id *id)
{
	_Static_assert(sizeof(git_oid) == sizeof(struct repo_id), "both are 20 bytes");
	return (const git_oid *)(const void *)id->bytes;
}

static enum repo_code fail(const struct repo *repo, const struct repo_id *id, const char *what,
			   int ret, struct err *err)
{
	char hex[REPO_HEX + 1];

	repo_id_hex(id, hex);
	if (ret == GIT_ENOTFOUND) {
		err_set(err, repo->facts.path,
			repo->facts.partial ? "git fetch --refetch --no-filter" : "git fsck",
			"%s %s is not here%s", what, hex,
			repo->facts.partial ? ": the clone is partial" : "");
		return REPO_MISSING;
	}
	err_set(err, repo->facts.path, "git fsck", "%s %s cannot be read: %s", what, hex,
		repo_git_reason());
	return REPO_CORRUPT;
}

/* Reads an object of the type after its header said that it is one and small enough. */
static enum repo_code read_object(struct repo *repo, const struct repo_id *id, git_object_t type,
				  size_t cap, git_odb_object **out, struct err *err)
{
	const char *what = git_object_type2string(type);
	char hex[REPO_HEX + 1];
	git_object_t is;
	size_t len;
	int ret = git_odb_read_header(&len, &is, repo->odb, oid_of(id));

	if (ret)
		return fail(repo, id, what, ret, err);
	repo_id_hex(id, hex);
	if (is != type) {
		err_set(err, repo->facts.path, "git fsck", "%s is a %s, not a %s", hex,
			git_object_type2string(is), what);
		return REPO_CORRUPT;
	}
	if (len > cap) {
		err_set(err, repo->facts.path, NULL,
			"%s %s has %zu bytes, more than the %zu that are read", what, hex, len,
			cap);
		return REPO_TOO_LARGE;
	}
	ret = git_odb_read(out, repo->odb, oid_of(id));
	if (ret)
		return fail(repo, id, what, ret, err);
	/* the two may differ where a repository holds an object twice */
	if (git_odb_object_type(*out) != type || git_odb_object_size(*out) > cap) {
		git_odb_object_free(*out);
		err_set(err, repo->facts.path, "git fsck", "%s %s changed its size", what, hex);
		return REPO_CORRUPT;
	}
	return REPO_OK;
}

enum repo_code repo_commit(struct repo *repo, const struct repo_id *id, struct repo_commit *commit,
			   struct err *err)
{
	git_odb_object *object;
	char hex[REPO_HEX + 1];
	enum repo_code code;

	*commit = (struct repo_commit){0};
	code = read_object(repo, id, GIT_OBJECT_COMMIT, REPO_COMMIT_MAX, &object, err);
	if (code)
		return code;
	if (repo_commit_parse(git_odb_object_data(object), git_odb_object_size(object), commit)) {
		git_odb_object_free(object);
		repo_id_hex(id, hex);
		err_set(err, repo->facts.path, "git fsck", "commit %s is malformed", hex);
		return REPO_CORRUPT;
	}
	commit->memory = object;
	return REPO_OK;
}

void repo_commit_free(struct repo_commit *commit)
{
	git_odb_object_free(commit->memory);
	commit->memory = NULL;
}

enum repo_code repo_tree(struct repo *repo, const struct repo_id *id, struct repo_tree *tree,
			 struct err *err)
{
	git_odb_object *object;
	enum repo_code code;

	*tree = (struct repo_tree){0};
	code = read_object(repo, id, GIT_OBJECT_TREE, REPO_TREE_MAX, &object, err);
	if (code)
		return code;
	tree->bytes = git_odb_object_data(object);
	tree->len = git_odb_object_size(object);
	tree->memory = object;
	return REPO_OK;
}

void repo_tree_free(struct repo_tree *tree)
{
	git_odb_object_free(tree->memory);
	*tree = (struct repo_tree){0};
}

enum repo_code repo_blob(struct repo *repo, const struct repo_id *id, size_t cap,
			 struct repo_bytes *out, struct err *err)
{
	git_odb_object *object;
	enum repo_code code;

	*out = (struct repo_bytes){0};
	code = read_object(repo, id, GIT_OBJECT_BLOB, cap, &object, err);
	if (code)
		return code;
	out->bytes = git_odb_object_data(object);
	out->len = git_odb_object_size(object);
	out->memory = object;
	return REPO_OK;
}

void repo_bytes_free(struct repo_bytes *bytes)
{
	git_odb_object_free(bytes->memory);
	*bytes = (struct repo_bytes){0};
}

/* The entry called name in a tree object; REPO_NO_ENTRY. */
static enum repo_code find_in(struct repo *repo, const struct repo_id *id, const char *name,
			      size_t len, struct repo_entry *entry, struct err *err)
{
	struct repo_tree tree;
	enum repo_code code = repo_tree(repo, id, &tree, err);

	if (code)
		return code;
	code = REPO_NO_ENTRY;
	while (code == REPO_NO_ENTRY && repo_tree_next(&tree, entry))
		if (entry->name_len == len && !memcmp(entry->name, name, len))
			code = REPO_OK;
	if (code && tree.corrupt) {
		err_set(err, repo->facts.path, "git fsck", "the tree that holds %.*s is malformed",
			(int)len, name);
		code = REPO_CORRUPT;
	}
	entry->name = name;
	repo_tree_free(&tree);
	return code;
}

enum repo_code repo_find(struct repo *repo, const struct repo_id *tree, const char *path,
			 struct repo_entry *entry, struct err *err)
{
	const char *p = path;

	*entry = (struct repo_entry){.kind = REPO_DIR, .name = path, .id = *tree};
	while (*p) {
		size_t len = strcspn(p, "/");
		enum repo_code code = REPO_NO_ENTRY;

		if (entry->kind == REPO_DIR) {
			struct repo_id dir = entry->id;

			code = find_in(repo, &dir, p, len, entry, err);
		}
		if (code) {
			if (code == REPO_NO_ENTRY)
				err_set(err, repo->facts.path, NULL, "there is no %s", path);
			return code;
		}
		p += len;
		p += *p == '/';
	}
	return REPO_OK;
}

/* The id after "object " in a tag. */
static bool tag_target(git_odb_object *tag, struct repo_id *id)
{
	const char *text = git_odb_object_data(tag);
	size_t len = git_odb_object_size(tag);

	return len > 7 + REPO_HEX && !memcmp(text, "object ", 7) && repo_id_parse(text + 7, id);
}

enum repo_code repo_peel(struct repo *repo, struct repo_id *id, struct err *err)
{
	for (int depth = 0; depth < MAX_TAG_DEPTH; depth++) {
		git_odb_object *tag;
		git_object_t type;
		size_t len;
		bool ok;
		enum repo_code code;
		int ret = git_odb_read_header(&len, &type, repo->odb, oid_of(id));

		if (ret)
			return fail(repo, id, "commit", ret, err);
		if (type != GIT_OBJECT_TAG)
			return REPO_OK; /* reading it as a commit says what else it is */
		code = read_object(repo, id, GIT_OBJECT_TAG, REPO_COMMIT_MAX, &tag, err);
		if (code)
			return code;
		ok = tag_target(tag, id);
		git_odb_object_free(tag);
		if (!ok)
			break;
	}
	err_set(err, repo->facts.path, "git fsck", "the tag leads to no commit");
	return REPO_CORRUPT;
}

enum repo_code repo_expand(struct repo *repo, const char *hex, struct repo_id *id, struct err *err)
{
	size_t len = strspn(hex, "0123456789abcdefABCDEF");
	git_oid prefix, full;
	int ret;

	if (hex[len] || len < 4 || len > REPO_HEX || git_oid_fromstrn(&prefix, hex, len))
		return REPO_NO_ENTRY;
	ret = git_odb_exists_prefix(&full, repo->odb, &prefix, len);
	if (ret == GIT_EAMBIGUOUS) {
		err_set(err, repo->facts.path, "give more digits", "has several objects %s", hex);
		return REPO_FAILED;
	}
	if (ret)
		return REPO_NO_ENTRY;
	memcpy(id->bytes, full.id, sizeof(id->bytes));
	return REPO_OK;
}

int repo_odb_open(struct repo *repo, struct err *err)
{
	char *objects = arena_printf(repo->arena, "%s/objects", repo->facts.common_dir);

	if (git_odb_open(&repo->odb, objects) == 0)
		return 0;
	return err_set(err, objects, NULL, "cannot be opened: %s", repo_git_reason());
}
