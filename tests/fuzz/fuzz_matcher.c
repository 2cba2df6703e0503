#include <stdint.h>
#include <stdlib.h>

#include "core/matcher.h"
#include "core/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All probes of the built-in checklist about one file, whose first byte says what it is. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = {"k8s/a.yml",	  "main.tf",
					    "docs/2026-01-02.md", "a.json",
					    "pyproject.toml",	  "chart/templates/a.yaml"};
	static struct checklist *list;
	static struct matcher *matcher;
	struct matcher_answers answers = {.arena = arena_new()};
	const char *path;

	if (!list) {
		list = checklist_builtin();
		matcher = matcher_new(list, NULL);
	}
	path = paths[size ? data[0] % ARRAY_LEN(paths) : 0];
	for (uint32_t i = 0; i < list->probe_count; i++) {
		if (list->probes[i].kind != PROBE_FILES)
			continue;
		matcher_excepted(matcher, i, path);
		matcher_file(matcher, &i, 1, path, size ? (const char *)data + 1 : NULL,
			     size ? size - 1 : 0, &answers);
	}
	for (size_t i = 0; i < answers.hit_count; i++) {
		if (answers.hits[i].name_count && !answers.hits[i].names)
			abort();
	}
	free(answers.hits);
	free(answers.misses);
	arena_free(answers.arena);
	return 0;
}
