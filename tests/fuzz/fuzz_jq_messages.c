/* What a jq child that was taken over may send, and what it gets. */
#include <stdint.h>

#include "core/arena.h"
#include "fetch/jq_messages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct jq_reply reply;
	struct jq_order order;
	struct buf again = {0};

	if (jq_reply_decode(&reply, data, size, arena))
		jq_reply_encode(&reply, &again);
	if (jq_order_decode(&order, data, size, arena))
		jq_order_encode(&order, &again);
	buf_free(&again);
	arena_free(arena);
	return 0;
}
