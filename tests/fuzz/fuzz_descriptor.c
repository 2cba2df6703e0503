/* The first byte picks the file's name. */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/descriptor.h"
#include "core/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = {
	    "service.yml",	   "a/service.yml", "catalog-info.yaml",
	    "opslevel.yml",	   "cortex.yaml",   "service.datadog.yaml",
	    "entity.datadog.yaml", "compass.yml",   "runbooks/x.md"};
	struct descriptor_list out = {0};

	if (!size)
		return 0;
	out.arena = arena_new();
	descriptor_read(paths[data[0] % ARRAY_LEN(paths)], (const char *)data + 1, size - 1, &out);
	free(out.descriptors);
	free(out.warnings);
	arena_free(out.arena);
	return 0;
}
