#include <stdlib.h>
#include <string.h>

#include "core/fleet_internal.h"
#include "core/mem.h"

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *hit_path(const struct checkout *co, size_t index)
{
	return co->hits[index].at.path;
}

static const char *miss_path(const struct checkout *co, size_t index)
{
	return co->misses[index].at.path;
}

static const char *dependency_path(const struct checkout *co, size_t index)
{
	return co->dependencies[index].at.path;
}

static void list_folders(struct fleet_checkout *home)
{
	const struct checkout *co = home->checkout;
	const char **all = xcalloc(co->descriptor_count + 1, sizeof(*all));
	size_t count = co->descriptor_count + 1, kept = 1;

	all[0] = "";
	for (size_t i = 1; i < count; i++)
		all[i] = co->descriptors[i - 1].subdir;
	qsort(all, count, sizeof(*all), compare_strings);
	for (size_t i = 1; i < count; i++)
		if (strcmp(all[i], all[kept - 1]) != 0)
			all[kept++] = all[i];
	home->folders = arena_alloc(home->arena, kept * sizeof(*all));
	memcpy(home->folders, all, kept * sizeof(*all));
	home->folder_count = kept;
	free(all);
}

void fleet_build_folders(struct fleet_checkout *home)
{
	const struct checkout *co = home->checkout;

	list_folders(home);
	home->hits = fleet_sort_in(home, home->arena, co->hit_count, hit_path);
	home->misses = fleet_sort_in(home, home->arena, co->miss_count, miss_path);
	home->dependencies =
	    fleet_sort_in(home, home->arena, co->dependency_count, dependency_path);
}

static void add_dependencies(const struct fleet_checkout *home, uint32_t folder,
			     fleet_each_dependency *callback, const struct service *service,
			     void *ctx)
{
	const struct buckets *buckets = &home->dependencies;

	for (uint32_t i = buckets->starts[folder]; i < buckets->starts[folder + 1]; i++)
		callback(service, &home->checkout->dependencies[bucket_item(buckets, i)], ctx);
}

void fleet_dependencies(const struct service *service, fleet_each_dependency *callback, void *ctx)
{
	const struct fleet_node *node = (const struct fleet_node *)service;

	if (service->recalled)
		return;
	add_dependencies(node->home, node->folder, callback, service, ctx);
	/* Nodes stand in the order of their folders. */
	if (node->folder && node->home->nodes[0].folder)
		add_dependencies(node->home, 0, callback, service, ctx);
}

/* Compares a folder with the first len bytes of path. */
static int compare_prefix(const char *folder, const char *path, size_t len)
{
	int order = strncmp(folder, path, len);

	return order ? order : folder[len] != '\0';
}

static bool find_folder(const struct fleet_checkout *home, const char *path, size_t len,
			uint32_t *index)
{
	size_t low = 0, high = home->folder_count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = compare_prefix(home->folders[middle], path, len);

		if (!order) {
			*index = (uint32_t)middle;
			return true;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

uint32_t fleet_folder_of(const struct fleet_checkout *home, const char *path)
{
	size_t len = home->folder_count > 1 && path ? strlen(path) : 0;
	uint32_t index;

	while (len) {
		if (find_folder(home, path, len, &index))
			return index;
		while (len && path[len - 1] != '/')
			len--;
		while (len && path[len - 1] == '/')
			len--;
	}
	return 0;
}

struct buckets fleet_sort_in(const struct fleet_checkout *home, struct arena *arena, size_t count,
			     path_of *path_at)
{
	size_t folders = home->folder_count;
	struct buckets out = {arena_alloc(arena, (folders + 1) * sizeof(*out.starts)), NULL};
	uint32_t *folder, *next;

	out.starts[folders] = (uint32_t)count;
	if (folders == 1)
		return out;
	out.items = arena_alloc(arena, count * sizeof(*out.items));
	folder = xcalloc(count, sizeof(*folder));
	next = xcalloc(folders + 1, sizeof(*next));
	for (size_t i = 0; i < count; i++) {
		folder[i] = fleet_folder_of(home, path_at(home->checkout, i));
		next[folder[i] + 1]++;
	}
	for (size_t f = 0; f < folders; f++) {
		out.starts[f] = next[f];
		next[f + 1] += next[f];
	}
	for (size_t i = 0; i < count; i++)
		out.items[next[folder[i]]++] = (uint32_t)i;
	free(folder);
	free(next);
	return out;
}
