/*
 * A first byte that says what the rest is: a file of the HTTP cache, with its checksum made right
 * so that what is behind it is reached; or a URL and where it redirects to.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "fetch/http_private.h"
#include "fetch/siphash.h"

static const unsigned char key[SIPHASH_KEY];

static void cache_file(char *bytes, size_t len)
{
	struct arena *arena = arena_new();
	struct http_entry entry;
	size_t head_len;
	uint64_t hash;
	uint32_t rest;

	http_entry_decode(key, bytes, len, arena, &entry, &head_len, &hash);
	if (len >= HTTP_CACHE_HEAD) {
		memcpy(&rest, bytes + 8, sizeof(rest));
		if (rest <= len - HTTP_CACHE_HEAD) {
			hash = siphash(key, bytes + HTTP_CACHE_HEAD, rest);
			memcpy(bytes + 12, &hash, sizeof(hash));
		}
		if (http_entry_decode(key, bytes, len, arena, &entry, &head_len, &hash)) {
			struct buf again = {0};

			entry.body = "";
			entry.len = 0;
			http_entry_encode(key, &entry, &again);
			buf_free(&again);
		}
	}
	arena_free(arena);
}

static void redirect(const char *bytes, size_t len)
{
	struct arena *arena = arena_new();
	char *url = xmemdup0(bytes, len);
	size_t url_len = strlen(url);
	const char *location = url_len < len ? url + url_len + 1 : "";
	const char *target, *origin = http_url_origin(arena, url, NULL);

	if (origin && http_url_redirect(arena, url, location, &target) == REDIRECT_FOLLOW) {
		const char *next = http_url_origin(arena, target, NULL);

		/* Only http and https, and never from the second to the first. */
		if (!next || (strncmp(origin, "https:", 6) == 0 && strncmp(next, "https:", 6) != 0))
			abort();
	}
	/* The same beginning is the same origin. */
	if (origin && len < 1000) {
		size_t same = http_url_origin_len(url);
		const char *other = arena_printf(arena, "%.*s/x", (int)same, url);
		const char *again = http_url_origin(arena, other, NULL);

		if (!again || strcmp(again, origin) != 0)
			abort();
	}
	http_url_host(arena, url);
	http_url_port(arena, location);
	free(url);
	arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes;

	if (!size)
		return 0;
	bytes = xmemdup0(data + 1, size - 1);
	if (data[0] & 1)
		cache_file(bytes, size - 1);
	else
		redirect(bytes, size - 1);
	free(bytes);
	return 0;
}
