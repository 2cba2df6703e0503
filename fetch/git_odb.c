/* Commits, trees, blobs and tags by id, and paths below a tree. */

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "fetch/git_private.h"

#define MAX_TAG_DEPTH 8

static const char *type_name(enum object_type type)
{
	static const char *const names[] = {"object", "commit", "tree", "blob", "tag"};

	return (size_t)type < ARRAY_LEN(names) ? names[type] : names[0];
}

static enum repo_code fail(const struct repo *repo, const struct repo_id *id, const char *what,
			   enum repo_code code, const char *reason, struct err *err)
{
	char hex[REPO_HEX + 1];

	repo_id_hex(id, hex);
	if (code == REPO_MISSING)
		err_set(err, repo->facts.path,
			repo->facts.partial ? "git fetch --refetch --no-filter" : "git fsck",
			"%s %s is not here%s", what, hex,
			repo->facts.partial ? ": the clone is partial" : "");
	else
		err_set(err, repo->facts.path, "git fsck", "%s %s cannot be read: %s", what, hex,
			reason);
	return code;
}

/* Reads an object that must be of the type. */
static enum repo_code read_object(struct repo *repo, const struct repo_id *id,
				  enum object_type type, size_t cap, struct object *out,
				  struct err *err)
{
	const char *what = type_name(type), *reason = NULL;
	char hex[REPO_HEX + 1];
	enum repo_code code = objects_read(repo->odb, id, cap, out, &reason);

	if (code && code != REPO_TOO_LARGE)
		return fail(repo, id, what, code, reason, err);
	repo_id_hex(id, hex);
	if (out->type != type) {
		free(out->bytes);
		err_set(err, repo->facts.path, "git fsck", "%s is a %s, not a %s", hex,
			type_name(out->type), what);
		return REPO_CORRUPT;
	}
	if (code)
		err_set(err, repo->facts.path, NULL,
			"%s %s has %zu bytes, more than the %zu that are read", what, hex, out->len,
			cap);
	return code;
}

enum repo_code repo_commit(struct repo *repo, const struct repo_id *id, struct repo_commit *commit,
			   struct err *err)
{
	struct object object;
	char hex[REPO_HEX + 1];
	enum repo_code code;

	*commit = (struct repo_commit){0};
	code = read_object(repo, id, OBJECT_COMMIT, REPO_COMMIT_MAX, &object, err);
	if (code)
		return code;
	if (repo_commit_parse(object.bytes, object.len, commit)) {
		free(object.bytes);
		repo_id_hex(id, hex);
		err_set(err, repo->facts.path, "git fsck", "commit %s is malformed", hex);
		return REPO_CORRUPT;
	}
	commit->memory = object.bytes;
	return REPO_OK;
}

void repo_commit_free(struct repo_commit *commit)
{
	free(commit->memory);
	commit->memory = NULL;
}

enum repo_code repo_tree(struct repo *repo, const struct repo_id *id, struct repo_tree *tree,
			 struct err *err)
{
	struct object object;
	enum repo_code code;

	*tree = (struct repo_tree){0};
	code = read_object(repo, id, OBJECT_TREE, REPO_TREE_MAX, &object, err);
	if (code)
		return code;
	tree->bytes = object.bytes;
	tree->len = object.len;
	tree->memory = object.bytes;
	return REPO_OK;
}

void repo_tree_free(struct repo_tree *tree)
{
	free(tree->memory);
	*tree = (struct repo_tree){0};
}

enum repo_code repo_blob(struct repo *repo, const struct repo_id *id, size_t cap,
			 struct repo_bytes *out, struct err *err)
{
	struct object object;
	enum repo_code code;

	*out = (struct repo_bytes){0};
	code = read_object(repo, id, OBJECT_BLOB, cap, &object, err);
	if (code)
		return code;
	out->bytes = object.bytes;
	out->len = object.len;
	out->memory = object.bytes;
	return REPO_OK;
}

void repo_bytes_free(struct repo_bytes *bytes)
{
	free(bytes->memory);
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
static bool tag_target(const struct object *tag, struct repo_id *id)
{
	return tag->len > 7 + REPO_HEX && !memcmp(tag->bytes, "object ", 7) &&
	       repo_id_parse(tag->bytes + 7, id);
}

enum repo_code repo_peel(struct repo *repo, struct repo_id *id, struct err *err)
{
	for (int depth = 0; depth < MAX_TAG_DEPTH; depth++) {
		enum object_type type;
		struct object tag;
		const char *reason = NULL;
		size_t len;
		bool ok;
		enum repo_code code = objects_stat(repo->odb, id, &type, &len, &reason);

		if (code)
			return fail(repo, id, "commit", code, reason, err);
		if (type != OBJECT_TAG)
			return REPO_OK; /* reading it as a commit says what else it is */
		code = read_object(repo, id, OBJECT_TAG, REPO_COMMIT_MAX, &tag, err);
		if (code)
			return code;
		ok = tag_target(&tag, id);
		free(tag.bytes);
		if (!ok)
			break;
	}
	err_set(err, repo->facts.path, "git fsck", "the tag leads to no commit");
	return REPO_CORRUPT;
}

enum repo_code repo_expand(struct repo *repo, const char *hex, struct repo_id *id, struct err *err)
{
	size_t len = strspn(hex, "0123456789abcdefABCDEF"), count;
	char padded[REPO_HEX + 1];
	struct repo_id prefix;

	if (hex[len] || len < 4 || len > REPO_HEX)
		return REPO_NO_ENTRY;
	memset(padded, '0', sizeof(padded));
	memcpy(padded, hex, len);
	repo_id_parse(padded, &prefix);
	count = objects_expand(repo->odb, &prefix, len, id);
	if (count > 1) {
		err_set(err, repo->facts.path, "give more digits", "has several objects %s", hex);
		return REPO_FAILED;
	}
	return count ? REPO_OK : REPO_NO_ENTRY;
}
