#include "core/wire.h"

#include <string.h>

void wire_put_uint(struct buf *out, uint64_t value)
{
	unsigned char bytes[10];
	size_t len = 0;

	do {
		bytes[len++] = (unsigned char)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
		value >>= 7;
	} while (value);
	buf_add(out, bytes, len);
}

void wire_put_int(struct buf *out, int64_t value)
{
	wire_put_uint(out, ((uint64_t)value << 1) ^ (uint64_t)(value >> 63));
}

void wire_put_bytes(struct buf *out, const void *bytes, size_t len)
{
	wire_put_uint(out, len);
	buf_add(out, bytes, len);
}

void wire_put_str(struct buf *out, const char *s)
{
	size_t len = s ? strlen(s) : 0;

	wire_put_uint(out, s ? (uint64_t)len + 1 : 0);
	buf_add(out, s, len);
}

void wire_reader_init(struct wire_reader *in, const void *bytes, size_t len)
{
	in->next = bytes;
	in->end = in->next + len;
	in->failed = false;
}

uint64_t wire_get_uint(struct wire_reader *in)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		if (in->failed || in->next == in->end)
			break;
		value |= (uint64_t)(*in->next & 0x7f) << shift;
		if (!(*in->next++ & 0x80))
			return value;
	}
	in->failed = true;
	return 0;
}

int64_t wire_get_int(struct wire_reader *in)
{
	uint64_t value = wire_get_uint(in);

	return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

uint64_t wire_get_capped(struct wire_reader *in, uint64_t max)
{
	uint64_t value = wire_get_uint(in);

	if (value > max)
		in->failed = true;
	return in->failed ? 0 : value;
}

size_t wire_get_count(struct wire_reader *in)
{
	return (size_t)wire_get_capped(in, (uint64_t)(in->end - in->next));
}

const void *wire_get_bytes(struct wire_reader *in, size_t *len)
{
	const unsigned char *bytes;

	*len = wire_get_count(in);
	if (in->failed || *len > (size_t)(in->end - in->next)) {
		in->failed = true;
		*len = 0;
		return "";
	}
	bytes = in->next;
	in->next += *len;
	return bytes;
}

char *wire_get_str(struct wire_reader *in, struct arena *arena)
{
	uint64_t marked = wire_get_uint(in);
	char *copy;

	if (in->failed || !marked)
		return NULL;
	if (marked - 1 > (uint64_t)(in->end - in->next)) {
		in->failed = true;
		return NULL;
	}
	copy = arena_memdup0(arena, in->next, (size_t)(marked - 1));
	in->next += marked - 1;
	return copy;
}
