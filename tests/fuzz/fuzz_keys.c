/* keys.yml, scripts and filters: what a person writes or pastes. The first byte chooses. */

#include <stdlib.h>

#include "core/filter.h"
#include "core/mem.h"
#include "tui/keymap.h"
#include "tui/script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void keys(const char *text, size_t len)
{
	struct keymap *keymap = keymap_new();
	struct err err = {0};
	keymap_load(keymap, "keys.yml", text, len, &err);
	err_clear(&err);
	keymap_free(keymap);
}

static void script(const char *text, size_t len)
{
	struct err err = {0};
	script_free(script_parse("script", text, len, &err));
	err_clear(&err);
}

static void filter(const char *text, size_t len)
{
	struct err err = {0};
	char *line = xmemdup0(text, len);
	filter_free(filter_parse(line, &err));
	err_clear(&err);
	free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;
	if (size == 0)
		return 0;
	if (data[0] % 3 == 0)
		keys(text, size - 1);
	else if (data[0] % 3 == 1)
		script(text, size - 1);
	else
		filter(text, size - 1);
	return 0;
}
