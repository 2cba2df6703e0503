#include "fetch/scan_internal.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

#define IDS_MAX 512

/* A folder that the walk is in. */
struct level {
	struct repo_tree tree;
	struct glob_state state;
	size_t path_len; /* of the folder's path in walk.path, with its slash */
	struct repo_id id;
	bool linked;	       /* something below it depends on what lies elsewhere */
	struct scan_mark mark; /* with a memo */
};

struct walk {
	struct scan *scan;
	const struct glob_set *globs;
	struct level levels[SCAN_DEPTH_MAX];
	size_t depth;
	struct buf path;
};

static void cut_short(struct scan *scan, const char *path, const char *why)
{
	if (!scan->cut_short)
		scan_warn(scan, path, 0, why);
	scan->cut_short = true;
}

/* 1: path is a service's folder; 2: one lies below it; 0: neither. */
static int folder_relation(const struct scan *scan, const char *path)
{
	size_t len = strlen(path);
	int relation = 0;

	for (size_t i = 0; i < scan->folder_count; i++) {
		if (strncmp(scan->folders[i], path, len) != 0)
			continue;
		if (!scan->folders[i][len])
			return 1;
		if (scan->folders[i][len] == '/')
			relation = 2;
	}
	return relation;
}

/* Takes the state over, also when it does not enter. */
static void enter(struct walk *walk, const struct repo_id *id, struct glob_state *state)
{
	struct scan *scan = walk->scan;
	struct level *level = &walk->levels[walk->depth];
	enum repo_code code;
	struct err err = {0};

	if (walk->depth == SCAN_DEPTH_MAX || scan->checkout->trees_read >= SCAN_TREES_MAX) {
		cut_short(scan, buf_str(&walk->path),
			  walk->depth == SCAN_DEPTH_MAX
			      ? "folders nested too deep: not read further"
			      : "too many folders to read: what comes after this is left out");
		glob_state_free(state);
		return;
	}
	code = scan_tree_read(scan, id, &level->tree, &err);
	if (code != REPO_OK) {
		scan->missing = true;
		cut_short(scan, buf_str(&walk->path), err.what ? err.what : "cannot be read");
		err_clear(&err);
		glob_state_free(state);
		return;
	}
	level->state = *state;
	level->id = *id;
	level->linked = false;
	if (scan->memo)
		level->mark = scan_memo_mark(scan);
	scan->checkout->trees_read++;
	if (walk->path.len)
		buf_addc(&walk->path, '/');
	level->path_len = walk->path.len;
	walk->depth++;
}

static void leave(struct walk *walk)
{
	struct scan *scan = walk->scan;
	struct level *level = &walk->levels[--walk->depth];

	if (level->tree.corrupt)
		cut_short(scan, buf_str(&walk->path), "a damaged tree: check with `git fsck`");
	if (scan->memo)
		scan_memo_keep(scan, buf_str(&walk->path), level->path_len - (level->path_len > 0),
			       &level->id, &level->mark, !level->linked && !scan->cut_short);
	if (walk->depth)
		walk->levels[walk->depth - 1].linked |= level->linked;
	repo_tree_free(&level->tree);
	glob_state_free(&level->state);
}

/* Takes the state over. */
static void visit_folder(struct walk *walk, const struct repo_entry *entry,
			 struct glob_state *inside)
{
	struct scan *scan = walk->scan;
	int relation = scan->folder_count ? folder_relation(scan, buf_str(&walk->path)) : 0;
	bool go_on = inside->len || relation;

	if (relation == 1)
		glob_restart(walk->globs, inside);
	if (go_on && !relation)
		go_on = !matcher_excluded(scan->engine->matcher, entry->name, entry->name_len);
	if (go_on && !(scan->memo && scan_memo_folder(scan, buf_str(&walk->path), &entry->id)))
		enter(walk, &entry->id, inside);
	else
		glob_state_free(inside);
}

/* Where a symbolic link leads inside the tree, NULL when out of it; owned by the caller. */
static char *link_target(const char *link_path, const char *target)
{
	struct buf path = {0};
	const char *slash = strrchr(link_path, '/');

	if (target[0] == '/')
		return NULL;
	if (slash)
		buf_add(&path, link_path, (size_t)(slash - link_path));
	for (const char *part = target; *part;) {
		size_t len = strcspn(part, "/");

		if (len == 2 && !strncmp(part, "..", 2)) {
			char *last = path.len ? strrchr(path.data, '/') : NULL;

			if (!path.len) {
				buf_free(&path);
				return NULL;
			}
			path.len = last ? (size_t)(last - path.data) : 0;
			path.data[path.len] = '\0';
		} else if (len && !(len == 1 && *part == '.')) {
			if (path.len)
				buf_addc(&path, '/');
			buf_add(&path, part, len);
		}
		part += len + (part[len] == '/');
	}
	return buf_detach(&path);
}

/* Follows a link to a file of the same tree, one step. */
static bool follow_link(struct scan *scan, const char *path, const struct repo_id *link,
			struct repo_id *file)
{
	struct repo_bytes blob;
	struct repo_entry entry;
	char *target;
	bool found;

	if (repo_blob(scan->repo, link, 4096, &blob, NULL) != REPO_OK)
		return false;
	target = link_target(path, blob.bytes);
	repo_bytes_free(&blob);
	found = target &&
		repo_find(scan->repo, &scan->head.tree, target, &entry, NULL) == REPO_OK &&
		(entry.kind == REPO_FILE || entry.kind == REPO_EXEC);
	if (found)
		*file = entry.id;
	free(target);
	return found;
}

static void visit(struct walk *walk, struct level *level, const struct repo_entry *entry)
{
	struct scan *scan = walk->scan;
	bool is_dir = entry->kind == REPO_DIR;
	struct repo_id id = entry->id;
	struct glob_state inside = {0};
	unsigned ids[IDS_MAX];
	size_t count;

	if (entry->kind == REPO_GITLINK)
		return;
	if (is_dir)
		count = glob_folder(walk->globs, &level->state, entry->name, entry->name_len, ids,
				    IDS_MAX, &inside);
	else
		count = glob_entry(walk->globs, &level->state, entry->name, entry->name_len, false,
				   ids, IDS_MAX);
	if (count > IDS_MAX)
		count = IDS_MAX;
	/* most folders: nothing asks for them, nor for what is in them */
	if (!count && !inside.len && !(is_dir && scan->folder_count))
		return;
	buf_add(&walk->path, entry->name, entry->name_len);
	level->linked |= count && entry->kind == REPO_LINK;
	if (count &&
	    (entry->kind != REPO_LINK || follow_link(scan, buf_str(&walk->path), &entry->id, &id)))
		(scan->memo ? scan_memo_file : scan_file)(scan, buf_str(&walk->path), &id, is_dir,
							  ids, count);
	if (is_dir)
		visit_folder(walk, entry, &inside);
}

void scan_walk(struct scan *scan)
{
	struct walk *walk = xcalloc(1, sizeof(*walk));
	struct glob_state state = {0};

	walk->scan = scan;
	walk->globs = matcher_globs(scan->engine->matcher);
	glob_start(walk->globs, &state);
	enter(walk, &scan->head.tree, &state);
	while (walk->depth) {
		struct level *level = &walk->levels[walk->depth - 1];
		struct repo_entry entry;

		walk->path.len = level->path_len;
		if (walk->path.data)
			walk->path.data[walk->path.len] = '\0';
		if (++scan->entries > SCAN_ENTRIES_MAX || scan->bytes > SCAN_BYTES_MAX) {
			cut_short(scan, buf_str(&walk->path),
				  "too much to read: what comes after this is left out");
			leave(walk);
		} else if (repo_tree_next(&level->tree, &entry)) {
			visit(walk, level, &entry);
		} else {
			leave(walk);
		}
	}
	buf_free(&walk->path);
	free(walk);
}
