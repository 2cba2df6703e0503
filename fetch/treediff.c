#include "fetch/treediff.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

#define CACHE_SLOTS 64
#define CACHED_MAX  (256u << 10) /* bytes of a tree that is kept */
#define MAX_DEPTH   128		 /* a path of more components is never found */

struct slot {
	struct repo_id id;
	struct repo_tree tree;
};

struct sorted_path {
	const char *path;
	size_t index;
};

struct treediff {
	struct repo *repo;
	struct sorted_path *paths; /* those below one directory are neighbours */
	size_t count;
	struct slot cache[CACHE_SLOTS];
};

/* Paths that go on with the same component, and what the two trees have by that name. */
struct group {
	const char *name;
	size_t len;
	size_t from, to;
	struct repo_entry entry[2];
	bool present[2];
};

/* '/' before every other character, so that a directory's paths follow it at once. */
static int compare_paths(const void *a, const void *b)
{
	const unsigned char *x = (const unsigned char *)((const struct sorted_path *)a)->path;
	const unsigned char *y = (const unsigned char *)((const struct sorted_path *)b)->path;

	while (*x && *x == *y) {
		x++;
		y++;
	}
	return (*x == '/' ? 1 : *x ? *x + 1 : 0) - (*y == '/' ? 1 : *y ? *y + 1 : 0);
}

static bool is_deep(const char *path)
{
	size_t slashes = 0;

	for (; *path; path++)
		slashes += *path == '/';
	return slashes >= MAX_DEPTH;
}

struct treediff *treediff_new(struct repo *repo, const char *const *paths, size_t count)
{
	struct treediff *diff = xcalloc(1, sizeof(*diff));

	diff->repo = repo;
	diff->paths = xreallocarray(NULL, count ? count : 1, sizeof(*diff->paths));
	for (size_t i = 0; i < count; i++)
		if (!is_deep(paths[i]))
			diff->paths[diff->count++] = (struct sorted_path){paths[i], i};
	qsort(diff->paths, diff->count, sizeof(*diff->paths), compare_paths);
	return diff;
}

void treediff_free(struct treediff *diff)
{
	if (!diff)
		return;
	for (size_t i = 0; i < CACHE_SLOTS; i++)
		repo_tree_free(&diff->cache[i].tree);
	free(diff->paths);
	free(diff);
}

/* A tree, from the cache if it's there. *kept says that it must not be freed. */
static enum repo_code get_tree(struct treediff *diff, const struct repo_id *id,
			       struct repo_tree *tree, bool *kept, struct err *err)
{
	struct slot *slot = &diff->cache[id->bytes[0] % CACHE_SLOTS];
	enum repo_code code;

	*kept = slot->tree.memory && repo_id_equal(&slot->id, id);
	if (*kept) {
		*tree = slot->tree;
		repo_tree_rewind(tree);
		return REPO_OK;
	}
	code = repo_tree(diff->repo, id, tree, err);
	if (code == REPO_OK && tree->len <= CACHED_MAX) {
		repo_tree_free(&slot->tree);
		slot->id = *id;
		slot->tree = *tree;
		*kept = true;
	}
	return code;
}

static int compare_name(const struct group *group, const char *name, size_t len)
{
	size_t n = len < group->len ? len : group->len;
	int order = memcmp(name, group->name, n);

	return order ? order : len < group->len ? -1 : len > group->len;
}

/* Groups are in the order of their names but for '/', which none contains. */
static struct group *find_group(struct group *groups, size_t count, const char *name, size_t len)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = compare_name(&groups[mid], name, len);

		if (!order)
			return &groups[mid];
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

/* Notes for each group what the tree (side 0 or 1) has by its name. */
static enum repo_code look(struct treediff *diff, const struct repo_id *id, struct group *groups,
			   size_t count, int side, struct err *err)
{
	struct repo_tree tree;
	struct repo_entry entry;
	bool kept, corrupt;
	enum repo_code code = get_tree(diff, id, &tree, &kept, err);

	if (code)
		return code;
	while (repo_tree_next(&tree, &entry)) {
		struct group *group = find_group(groups, count, entry.name, entry.name_len);

		if (group) {
			group->entry[side] = entry;
			group->present[side] = true;
		}
	}
	corrupt = tree.corrupt;
	if (!kept)
		repo_tree_free(&tree);
	if (corrupt)
		err_set(err, repo_facts(diff->repo)->path, "git fsck", "a tree is malformed");
	return corrupt ? REPO_CORRUPT : REPO_OK;
}

static size_t group_paths(const struct treediff *diff, size_t from, size_t to, size_t offset,
			  struct group **groups)
{
	size_t count = 0, cap = 0;

	*groups = NULL;
	for (size_t i = from; i < to; i++) {
		const char *name = diff->paths[i].path + offset;
		size_t len = strcspn(name, "/");

		if (count && !compare_name(&(*groups)[count - 1], name, len)) {
			(*groups)[count - 1].to = i + 1;
			continue;
		}
		GROW(*groups, count, cap);
		(*groups)[count++] =
		    (struct group){.name = name, .len = len, .from = i, .to = i + 1};
	}
	return count;
}

static bool is_same(const struct group *group)
{
	const struct repo_entry *a = &group->entry[0], *b = &group->entry[1];

	if (!group->present[0] || !group->present[1])
		return group->present[0] == group->present[1];
	return a->kind == b->kind && repo_id_equal(&a->id, &b->id);
}

static const struct repo_id *dir_of(const struct group *group, int side)
{
	return group->present[side] && group->entry[side].kind == REPO_DIR ? &group->entry[side].id
									   : NULL;
}

/*
 * The paths [from, to) are known to differ at their first offset bytes. Deep as the paths
 * are, at most MAX_DEPTH.
 */
static enum repo_code run(struct treediff *diff, size_t from, size_t to, size_t offset,
			  const struct repo_id *a, const struct repo_id *b, bool *changed,
			  struct err *err)
{
	struct group *groups;
	size_t count;
	enum repo_code code = REPO_OK;

	for (; from < to &&
	       (!offset ? !diff->paths[from].path[0]
			: !diff->paths[from].path[offset - 1] || !diff->paths[from].path[offset]);
	     from++)
		changed[diff->paths[from].index] = true;
	if (from == to || (!a && !b))
		return REPO_OK;
	count = group_paths(diff, from, to, offset, &groups);
	if (a)
		code = look(diff, a, groups, count, 0, err);
	if (b && code == REPO_OK)
		code = look(diff, b, groups, count, 1, err);
	for (size_t i = 0; i < count && code == REPO_OK; i++) {
		const struct group *group = &groups[i];

		if (!is_same(group))
			code = run(diff, group->from, group->to, offset + group->len + 1,
				   dir_of(group, 0), dir_of(group, 1), changed, err);
	}
	free(groups);
	return code;
}

enum repo_code treediff_run(struct treediff *diff, const struct repo_id *a, const struct repo_id *b,
			    bool *changed, struct err *err)
{
	if (a && b && repo_id_equal(a, b))
		return REPO_OK;
	return run(diff, 0, diff->count, 0, a, b, changed, err);
}
