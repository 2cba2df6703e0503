/* Headers by which servers tell their limits: lines of "name: value". */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "fetch/ratelimit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The value is the line behind the name; lines end in NUL here. */
static const char *header(const void *ctx, const char *name)
{
	const char *text = ctx;
	size_t len = strlen(name);

	for (; *text; text += strlen(text) + 1)
		if (!strncmp(text, name, len) && text[len] == ':')
			return text + len + 1;
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xmalloc(size + 2);
	struct ratelimit limits;
	int64_t pause;

	memcpy(text, data, size);
	text[size] = text[size + 1] = '\0';
	for (size_t i = 0; i < size; i++)
		if (text[i] == '\n')
			text[i] = '\0';
	ratelimit_read(&limits, header, text, INT64_C(1795400000));
	pause = ratelimit_pause(&limits);
	if (pause < 0 || pause > 3600)
		abort();
	free(text);
	return 0;
}
