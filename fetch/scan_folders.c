#include "fetch/scan_internal.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

/*
 * A descriptor may lie anywhere, but looking everywhere would mean to read every
 * tree of every repository. Monorepos have a few shapes; these are looked at.
 */
#define TREES_MAX    256
#define QUEUE_MAX    (TREES_MAX * 4)
#define CHILDREN_MAX 64 /* folders in the root that are looked into whatever their name */

static const char *const container_names[] = {
    "apps",	     "backend", "cmd",	    "components", "domains",  "functions", "libs",
    "microservices", "modules", "packages", "pkgs",	  "platform", "plugins",   "projects",
    "server",	     "service", "services", "src",	  "systems",  "teams",	   "workloads",
};

/* Never a service's folder, and often large. */
static const char *const code_names[] = {
    "assets", "bin",	 "build",  "charts",  "config", "db",	  "dist", "doc",   "docs",
    "lib",    "locales", "public", "scripts", "spec",	"static", "test", "tests", "tools",
};

struct folder_queue {
	struct pending {
		char *path;
		struct repo_id tree;
		int depth;
		bool contained; /* below a container */
	} * items;
	size_t count, cap, next;
};

static int compare_name(const void *name, const void *entry)
{
	return strcmp(name, *(const char *const *)entry);
}

/* names are sorted. */
static bool is_one_of(const char *name, const char *const *names, size_t count)
{
	return bsearch(name, names, count, sizeof(*names), compare_name) != NULL;
}

/* Whether the file really describes a service: a Kubernetes object of that name does not. */
static bool describes_service(struct scan *scan, const char *path, const struct repo_id *id)
{
	struct descriptor_list list = {.arena = arena_new()};
	struct repo_bytes blob;
	bool describes = false;

	if (repo_blob(scan->repo, id, SCAN_FILE_MAX, &blob, NULL) == REPO_OK) {
		descriptor_read(path, blob.bytes, blob.len, &list);
		describes = list.count > 0;
		repo_bytes_free(&blob);
	}
	free(list.descriptors);
	free(list.warnings);
	arena_free(list.arena);
	return describes;
}

static void queue_folder(struct folder_queue *queue, const struct pending *from,
			 const struct repo_entry *entry)
{
	bool container = is_one_of(entry->name, container_names, ARRAY_LEN(container_names));
	/* src/ holds services in some monorepos, and all the code in the others: one level. */
	bool in_source = !strcmp(from->path, "src");

	if (queue->count >= QUEUE_MAX)
		return;
	GROW(queue->items, queue->count, queue->cap);
	queue->items[queue->count++] = (struct pending){
	    .path =
		*from->path ? xasprintf("%s/%s", from->path, entry->name) : xstrdup(entry->name),
	    .tree = entry->id,
	    .depth = from->depth + 1,
	    .contained = container || (from->contained && from->depth < 2 && !in_source),
	};
}

static void add_folder(struct scan *scan, const char *path)
{
	GROW(scan->folders, scan->folder_count, scan->folder_cap);
	scan->folders[scan->folder_count++] = arena_strdup(scan->arena, path);
}

/* What was found in the same folder of another tree. */
static bool look_again(struct scan *scan, struct folder_queue *queue, const struct pending *from)
{
	const struct memo_search *search = scan_memo_search(scan, from->path, &from->tree);
	bool is_service;
	size_t count;

	if (!search)
		return false;
	scan->checkout->trees_read++;
	count = scan_memo_children(search, &is_service);
	for (size_t i = 0; i < count; i++) {
		struct repo_entry entry;

		scan_memo_child(search, i, &entry);
		queue_folder(queue, from, &entry);
	}
	if (is_service)
		add_folder(scan, from->path);
	return true;
}

/* items: what the folder added to the queue. */
static void keep_look(struct scan *scan, const struct pending *from, const struct pending *items,
		      size_t count, bool is_service)
{
	struct memo_search *search =
	    scan_memo_searched(scan, from->path, &from->tree, is_service, count);
	size_t skip = strlen(from->path) + (from->path[0] != '\0');

	for (size_t i = 0; i < count; i++)
		scan_memo_set_child(scan, search, i, items[i].path + skip, &items[i].tree);
}

/* Notes the folder when a descriptor lies in it, and queues what is below. */
static void look_into(struct scan *scan, struct folder_queue *queue, struct pending from,
		      size_t *children)
{
	struct glob_state state = {0};
	struct repo_tree tree;
	struct repo_entry entry;
	bool is_service = from.depth == 0;
	bool look = from.depth == 0 || (from.contained && from.depth < 3);
	size_t queued = queue->count;

	if (scan->memo && look_again(scan, queue, &from))
		return;
	if (scan_tree_read(scan, &from.tree, &tree, NULL) != REPO_OK)
		return;
	scan->checkout->trees_read++;
	glob_start(scan->engine->descriptors, &state);
	while (repo_tree_next(&tree, &entry)) {
		unsigned id;

		if (entry.kind == REPO_DIR) {
			if (!look || entry.name[0] == '.' ||
			    matcher_excluded(scan->engine->matcher, entry.name, entry.name_len) ||
			    is_one_of(entry.name, code_names, ARRAY_LEN(code_names)))
				continue;
			if (from.depth == 0 && ++*children > CHILDREN_MAX &&
			    !is_one_of(entry.name, container_names, ARRAY_LEN(container_names)))
				continue;
			queue_folder(queue, &from, &entry);
		} else if (!is_service && (entry.kind == REPO_FILE || entry.kind == REPO_EXEC) &&
			   glob_entry(scan->engine->descriptors, &state, entry.name, entry.name_len,
				      false, &id, 1)) {
			char *path = xasprintf("%s/%s", from.path, entry.name);

			is_service = describes_service(scan, path, &entry.id);
			free(path);
			if (is_service)
				add_folder(scan, from.path);
		}
	}
	glob_state_free(&state);
	/* a full queue has not taken all */
	if (scan->memo && queue->count < QUEUE_MAX && !tree.corrupt)
		keep_look(scan, &from, queue->items + queued, queue->count - queued,
			  is_service && from.depth > 0);
	scan_tree_keep(scan, &from.tree, &tree);
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void scan_find_folders(struct scan *scan)
{
	struct folder_queue queue = {0};
	size_t children = 0;

	GROW(queue.items, queue.count, queue.cap);
	queue.items[queue.count++] = (struct pending){.path = xstrdup(""), .tree = scan->head.tree};
	while (queue.next < queue.count && queue.next < TREES_MAX)
		/* By value: looking grows the queue. */
		look_into(scan, &queue, queue.items[queue.next++], &children);
	if (scan->folder_count && queue.next < queue.count)
		scan_warn(scan, "", 0,
			  "services deeper in this repository were not looked for: it has too many "
			  "folders");
	for (size_t i = 0; i < queue.count; i++)
		free(queue.items[i].path);
	free(queue.items);
	if (scan->folder_count)
		qsort(scan->folders, scan->folder_count, sizeof(*scan->folders), compare_paths);
}

const char *scan_folder_of(const struct scan *scan, const char *path)
{
	const char *best = "";

	for (size_t i = 0; i < scan->folder_count; i++) {
		size_t len = strlen(scan->folders[i]);

		if (len > strlen(best) && !strncmp(path, scan->folders[i], len) &&
		    (path[len] == '/' || !path[len]))
			best = scan->folders[i];
	}
	return best;
}
