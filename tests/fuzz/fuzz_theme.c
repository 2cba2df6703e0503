#include "tui/theme.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct theme theme;
	struct err err = {0};
	theme_parse(&theme, "fuzz.yaml", (const char *)data, size, &err);
	err_clear(&err);
	return 0;
}
