#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/glob.h"
#include "core/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first line is a pattern, the second a path; the trie and the plain matcher must agree. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xmemdup0(data, size);
	char *path = strchr(text, '\n');
	struct glob_set *set = glob_set_new();
	struct glob_state at, next;
	unsigned id;

	if (path) {
		bool added;

		*path++ = '\0';
		added = glob_set_add(set, text, 0, 7, NULL) == 0;
		glob_set_compile(set);
		if (path[0] && !strchr(path, '/')) {
			glob_start(set, &at);
			if ((glob_entry(set, &at, path, strlen(path), false, &id, 1) > 0) !=
			    (added && glob_match(text, path, 0)))
				abort();
			glob_enter(set, &at, path, strlen(path), &next);
			glob_state_free(&next);
			glob_state_free(&at);
		} else {
			glob_match(text, path, GLOB_ICASE);
		}
	}
	glob_set_free(set);
	free(text);
	return 0;
}
