#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "core/wire.h"
#include "fetch/http_cache.h"
#include "fetch/siphash.h"

static const char magic[8] = "svctopH1";

#define HEADERS_MAX 200

/* Of no use for the same answer another time. */
static bool worth_keeping(const char *name)
{
	static const char *const passing[] = {
	    "Age",  "Connection", "Content-Encoding", "Content-Length",
	    "Date", "Keep-Alive", "Set-Cookie",	      "Transfer-Encoding"};

	for (size_t i = 0; i < ARRAY_LEN(passing); i++) {
		if (strcasecmp(name, passing[i]) == 0)
			return false;
	}
	return true;
}

int http_entry_encode(const unsigned char *key, const struct http_entry *entry, struct buf *out)
{
	struct buf head = {0};
	size_t count = 0;
	uint64_t hash;
	uint32_t len;

	for (size_t i = 0; i < entry->header_count; i++)
		count += worth_keeping(entry->headers[i].name);
	wire_put_str(&head, entry->etag);
	wire_put_str(&head, entry->modified);
	wire_put_uint(&head, entry->len);
	wire_put_uint(&head, count);
	for (size_t i = 0; i < entry->header_count; i++) {
		if (!worth_keeping(entry->headers[i].name))
			continue;
		wire_put_str(&head, entry->headers[i].name);
		wire_put_str(&head, entry->headers[i].value);
	}
	len = (uint32_t)head.len;
	if (head.len <= HTTP_CACHE_HEAD_MAX - HTTP_CACHE_HEAD) {
		buf_add(out, magic, sizeof(magic));
		buf_add(out, &len, sizeof(len));
		hash = siphash(key, head.data, head.len);
		buf_add(out, &hash, sizeof(hash));
		hash = siphash(key, entry->body, entry->len);
		buf_add(out, &hash, sizeof(hash));
		buf_add(out, head.data, head.len);
		len = 0;
	}
	buf_free(&head);
	return len ? -1 : 0;
}

bool http_entry_decode(const unsigned char *key, const void *bytes, size_t len, struct arena *arena,
		       struct http_entry *entry, size_t *head_len, uint64_t *body_hash)
{
	const unsigned char *at = bytes;
	struct http_header *headers;
	struct wire_reader in;
	uint64_t hash;
	uint32_t rest;

	memset(entry, 0, sizeof(*entry));
	if (len < HTTP_CACHE_HEAD || memcmp(at, magic, sizeof(magic)) != 0)
		return false;
	memcpy(&rest, at + 8, sizeof(rest));
	memcpy(&hash, at + 12, sizeof(hash));
	memcpy(body_hash, at + 20, sizeof(*body_hash));
	if (rest > len - HTTP_CACHE_HEAD || hash != siphash(key, at + HTTP_CACHE_HEAD, rest))
		return false;
	*head_len = HTTP_CACHE_HEAD + rest;
	wire_reader_init(&in, at + HTTP_CACHE_HEAD, rest);
	entry->etag = wire_get_str(&in, arena);
	entry->modified = wire_get_str(&in, arena);
	entry->len = (size_t)wire_get_capped(&in, SIZE_MAX / 2);
	entry->header_count = (size_t)wire_get_capped(&in, HEADERS_MAX);
	entry->headers = headers = arena_alloc(arena, (entry->header_count + 1) * sizeof(*headers));
	for (size_t i = 0; i < entry->header_count; i++) {
		headers[i].name = wire_get_str(&in, arena);
		headers[i].value = wire_get_str(&in, arena);
		if (!headers[i].name || !headers[i].value)
			return false;
	}
	return !in.failed && (entry->etag || entry->modified);
}
