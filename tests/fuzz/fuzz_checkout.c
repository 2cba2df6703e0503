#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/checkout.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* What can be read must come out the same when written and read again. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct wire_reader in;
	struct checkout *first, *second;
	struct buf once = {0}, twice = {0};

	wire_reader_init(&in, bytes, len);
	first = checkout_decode(&in);
	if (!first)
		return 0;
	checkout_encode(first, &once);
	wire_reader_init(&in, once.data, once.len);
	second = checkout_decode(&in);
	if (!second)
		abort();
	checkout_encode(second, &twice);
	if (once.len != twice.len || memcmp(once.data, twice.data, once.len) != 0)
		abort();
	checkout_free(first);
	checkout_free(second);
	buf_free(&once);
	buf_free(&twice);
	return 0;
}
