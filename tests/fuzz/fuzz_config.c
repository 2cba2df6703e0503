#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* A file is either read or refused with words that say why and where. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct err err = {0};
	struct config *config =
	    config_parse("/home/me/config.yml", "/home/me", (const char *)bytes, len, &err);

	if (!config && (!err.what || !err.where))
		abort();
	config_free(config);
	err_clear(&err);
	return 0;
}
