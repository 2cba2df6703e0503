#include <stdint.h>
#include <stdlib.h>

#include "core/checklist.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A checklist is the user's own file, but may come from a repository. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err = {0};
	struct checklist *list = checklist_parse("fuzz.yml", (const char *)data, size, &err);

	if (!list && (!err.what || !err.where))
		abort();
	if (list && list->check_count == 0)
		abort();
	err_clear(&err);
	checklist_free(list);
	return 0;
}
