/*
 * A delta and its base; or a pack and its index, as two files: a byte that says which,
 * two for the length of the first part.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "fetch/git_objects.h"

static void delta(const uint8_t *first, size_t len, const uint8_t *second, size_t second_len)
{
	size_t base, result, used;
	char *out;

	if (!delta_sizes(first, len, &base, &result, &used) || result > 1 << 20)
		return;
	out = xmalloc(result + 1);
	delta_apply(first, len, (const char *)second, second_len, out, result);
	free(out);
}

static void put(const char *dir, const char *name, const uint8_t *bytes, size_t len)
{
	char *path = xasprintf("%s/pack/%s", dir, name);
	FILE *file = fopen(path, "wb");

	if (!file || fwrite(bytes, 1, len, file) != len || fclose(file))
		abort();
	free(path);
}

static void pack(const uint8_t *first, size_t len, const uint8_t *second, size_t second_len)
{
	static char dir[] = "/tmp/fuzz-gitpack-XXXXXX";
	static bool made;
	struct objects *odb;
	struct pack *index;

	if (!made) {
		char *sub;

		made = mkdtemp(dir) != NULL;
		sub = xasprintf("%s/pack", dir);
		if (!made || mkdir(sub, 0700))
			abort();
		free(sub);
	}
	put(dir, "p.pack", first, len);
	put(dir, "p.idx", second, second_len);
	index = pack_open(dir, "pack/p");
	odb = objects_open(dir, NULL);
	for (size_t i = 0; index && i < pack_count(index) && i < 64; i++) {
		struct repo_id id = pack_id(index, i);
		struct object object;
		const char *reason;

		objects_read(odb, &id, 1 << 20, &object, &reason);
		free(object.bytes);
	}
	if (index)
		pack_close(index);
	objects_close(odb);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t first;

	if (size < 3)
		return 0;
	first = (size_t)(data[1] | data[2] << 8);
	first = first < size - 3 ? first : size - 3;
	(data[0] & 1 ? pack : delta)(data + 3, first, data + 3 + first, size - 3 - first);
	return 0;
}
