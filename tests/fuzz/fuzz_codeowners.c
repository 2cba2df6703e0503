/* The first byte picks where the file lies; owners of some folders are asked for. */

#include <stddef.h>
#include <stdint.h>

#include "core/codeowners.h"
#include "core/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const places[] = {".github/CODEOWNERS", "CODEOWNERS",
					     ".gitlab/CODEOWNERS"};
	static const char *const folders[] = {"", "a", "src/lib", "a/b/c/a/b/c"};
	struct arena *arena;
	struct codeowners *owners;
	struct warning *warnings;
	struct fact *out;
	size_t warning_count;

	if (!size)
		return 0;
	arena = arena_new();
	owners = codeowners_parse(places[data[0] % ARRAY_LEN(places)], (const char *)data + 1,
				  size - 1, arena, &warnings, &warning_count);
	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		codeowners_of(owners, folders[i], arena, &out);
	arena_free(arena);
	return 0;
}
