/*
 * All manifest readers and the merge. The first byte picks the file's name; the rest
 * is its content, of which the first half is merged with the whole.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/manifest.h"
#include "core/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void append(struct manifest *all, const char *name, const char *bytes, size_t len)
{
	struct manifest one = {.arena = all->arena};

	manifest_read(name, bytes, len, &one);
	for (size_t i = 0; i < one.count; i++) {
		GROW(all->dependencies, all->count, all->cap);
		all->dependencies[all->count++] = one.dependencies[i];
	}
	free(one.dependencies);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const stars[] = {"x.gemspec", "requirements-dev.txt",
					    "requirements/x.txt"};
	struct manifest all = {0};
	const char *name, *bytes = (const char *)data + 1;
	size_t pick;

	if (!size)
		return 0;
	pick = data[0] % (manifest_name_count + ARRAY_LEN(stars));
	name =
	    pick < manifest_name_count ? manifest_names[pick] : stars[pick - manifest_name_count];
	all.arena = arena_new();
	append(&all, name, bytes, size - 1);
	append(&all, name, bytes, (size - 1) / 2);
	manifest_merge(all.dependencies, &all.count);
	for (size_t i = 1; i < all.count; i++) {
		if (all.dependencies[i].version && all.dependencies[i - 1].version)
			version_satisfies(all.dependencies[i].version,
					  all.dependencies[i - 1].version);
	}
	free(all.dependencies);
	arena_free(all.arena);
	return 0;
}
