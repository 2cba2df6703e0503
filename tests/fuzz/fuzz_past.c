#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/past.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* What can be read comes out the same when written and read again, and so do its versions. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct wire_reader in;
	struct past *first, *second, *again;
	struct buf once = {0}, twice = {0};

	wire_reader_init(&in, bytes, len);
	first = past_decode(&in);
	if (!first)
		return 0;
	past_encode(first, &once);
	wire_reader_init(&in, once.data, once.len);
	second = past_decode(&in);
	if (!second)
		abort();
	past_encode(second, &twice);
	if (once.len != twice.len || memcmp(once.data, twice.data, once.len) != 0)
		abort();
	again = past_new(past_path(first));
	for (size_t i = 0; i < past_count(first) && i < 64; i++) {
		struct checkout *checkout = past_checkout(first, i), *same;

		if (!checkout)
			continue;
		past_add(again, past_at(first, i), checkout);
		same = past_checkout(again, past_count(again) - 1);
		if (!same || same->hit_count != checkout->hit_count ||
		    same->head_time != checkout->head_time)
			abort();
		checkout_free(same);
		checkout_free(checkout);
	}
	past_free(first);
	past_free(second);
	past_free(again);
	buf_free(&once);
	buf_free(&twice);
	return 0;
}
