#include "fetch/courier_messages.h"

#include "core/wire.h"

void courier_settings_encode(const struct courier_settings *settings, struct buf *out)
{
	wire_put_str(out, settings->config_path);
	wire_put_str(out, settings->home);
	wire_put_str(out, settings->cache_dir);
	wire_put_uint(out, settings->once);
	wire_put_bytes(out, settings->config, settings->config_len);
}

bool courier_settings_decode(struct courier_settings *settings, const char *body, size_t len,
			     struct arena *arena)
{
	struct wire_reader in;
	const void *config;

	wire_reader_init(&in, body, len);
	settings->config_path = wire_get_str(&in, arena);
	settings->home = wire_get_str(&in, arena);
	settings->cache_dir = wire_get_str(&in, arena);
	settings->once = wire_get_capped(&in, 1);
	config = wire_get_bytes(&in, &settings->config_len);
	if (in.failed || !settings->config_path)
		return false;
	settings->config = arena_memdup0(arena, config, settings->config_len);
	return true;
}

void courier_order_encode(const struct courier_order *order, struct buf *out)
{
	wire_put_uint(out, order->request);
	wire_put_str(out, order->source);
	wire_put_str(out, order->method);
	wire_put_str(out, order->path);
	wire_put_str(out, order->content_type);
	wire_put_bytes(out, order->body, order->len);
}

bool courier_order_decode(struct courier_order *order, const char *body, size_t len,
			  struct arena *arena)
{
	struct wire_reader in;

	wire_reader_init(&in, body, len);
	order->request = (uint32_t)wire_get_capped(&in, UINT32_MAX);
	order->source = wire_get_str(&in, arena);
	order->method = wire_get_str(&in, arena);
	order->path = wire_get_str(&in, arena);
	order->content_type = wire_get_str(&in, arena);
	order->body = wire_get_bytes(&in, &order->len);
	return !in.failed && order->source && order->method && order->path && order->path[0] == '/';
}

void courier_receipt_encode(const struct courier_receipt *receipt, struct buf *out)
{
	wire_put_uint(out, receipt->request);
	wire_put_int(out, receipt->status);
	wire_put_str(out, receipt->text);
	wire_put_bytes(out, receipt->body, receipt->len);
}

bool courier_receipt_decode(struct courier_receipt *receipt, const char *body, size_t len,
			    struct arena *arena)
{
	struct wire_reader in;

	wire_reader_init(&in, body, len);
	receipt->request = (uint32_t)wire_get_capped(&in, UINT32_MAX);
	receipt->status = wire_get_int(&in);
	receipt->text = wire_get_str(&in, arena);
	receipt->body = wire_get_bytes(&in, &receipt->len);
	return !in.failed && receipt->status >= 0 && receipt->status <= 999;
}

void courier_text_encode(const char *text, struct buf *out)
{
	wire_put_str(out, text);
}

bool courier_text_decode(const char **text, const char *body, size_t len, struct arena *arena)
{
	struct wire_reader in;

	wire_reader_init(&in, body, len);
	*text = wire_get_str(&in, arena);
	return !in.failed;
}

void courier_count_encode(uint64_t count, struct buf *out)
{
	wire_put_uint(out, count);
}

bool courier_count_decode(uint64_t *count, const char *body, size_t len)
{
	struct wire_reader in;

	wire_reader_init(&in, body, len);
	*count = wire_get_uint(&in);
	return !in.failed;
}
