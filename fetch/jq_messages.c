#include "fetch/jq_messages.h"

#include "core/wire.h"

void jq_order_encode(const struct jq_order *order, struct buf *out)
{
	wire_put_str(out, order->expression);
	wire_put_uint(out, order->run);
	wire_put_bytes(out, order->body, order->len);
}

bool jq_order_decode(struct jq_order *order, const void *bytes, size_t len, struct arena *arena)
{
	struct wire_reader in;

	wire_reader_init(&in, bytes, len);
	order->expression = wire_get_str(&in, arena);
	order->run = wire_get_capped(&in, 1);
	order->body = wire_get_bytes(&in, &order->len);
	return !in.failed && order->expression && in.next == in.end;
}

void jq_reply_encode(const struct jq_reply *reply, struct buf *out)
{
	wire_put_str(out, reply->error);
	wire_put_uint(out, reply->cut);
	wire_put_uint(out, reply->compiled);
	wire_put_bytes(out, reply->lines, reply->len);
}

bool jq_reply_decode(struct jq_reply *reply, const void *bytes, size_t len, struct arena *arena)
{
	struct wire_reader in;

	wire_reader_init(&in, bytes, len);
	reply->error = wire_get_str(&in, arena);
	reply->cut = wire_get_capped(&in, 1);
	reply->compiled = wire_get_capped(&in, 1);
	reply->lines = wire_get_bytes(&in, &reply->len);
	return !in.failed && in.next == in.end;
}
