#ifndef SVCTOP_FETCH_HTTP_CACHE_H
#define SVCTOP_FETCH_HTTP_CACHE_H

/*
 * Answers on disk, to be asked for conditionally: one file an answer, in a folder that only its
 * owner may enter. A file's name is a keyed hash of everything that the answer depends on,
 * credentials included, so that nobody reads what another token was given, and names
 * tell nothing. Broken and foreign files count as not there. A folder that cannot
 * be written to only means that nothing is kept.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/buf.h"
#include "fetch/http.h"

#define HTTP_CACHE_NAME 33 /* 32 hex digits */

struct http_cache;

/* dir/http, made where it is missing. NULL: nothing can be kept there. limit in bytes; 0: 256 MiB
 */
struct http_cache *http_cache_open(const char *dir, uint64_t limit);
void http_cache_close(struct http_cache *cache); /* NULL is allowed */

/* headers: what is asked with, NULL-terminated, may be NULL; secret: NULL: none. */
void http_cache_name(const struct http_cache *cache, const char *url, const char *const *headers,
		     const char *secret, char name[HTTP_CACHE_NAME]);

struct http_entry {
	const char *etag, *modified; /* NULL: had none; not both */
	const struct http_header *headers;
	size_t header_count;
	const char *body; /* only for writing */
	size_t len;
};

/* All but the body, in arena. False: nothing usable is there. */
bool http_cache_look(const struct http_cache *cache, const char *name, struct arena *arena,
		     struct http_entry *entry);

/*
 * The body of what http_cache_look() gave as entry, into body (emptied first), at most cap bytes.
 * False: it is gone or is another one by now.
 */
bool http_cache_read(const struct http_cache *cache, const char *name,
		     const struct http_entry *entry, size_t cap, struct buf *body);

/* Takes the place of what was there; the oldest go when there is too much. */
void http_cache_write(struct http_cache *cache, const char *name, const struct http_entry *entry);
void http_cache_drop(struct http_cache *cache, const char *name);

/*
 * The file's format, apart from the disk, for tests and fuzzing: HTTP_CACHE_HEAD bytes (magic,
 * length of the rest of the head, its hash, the hash of the body), the head, the body.
 */
#define HTTP_CACHE_HEAD	    28
#define HTTP_CACHE_HEAD_MAX 16384

/* -1: the head is larger than HTTP_CACHE_HEAD_MAX. */
int http_entry_encode(const unsigned char *key, const struct http_entry *entry, struct buf *head);
bool http_entry_decode(const unsigned char *key, const void *bytes, size_t len, struct arena *arena,
		       struct http_entry *entry, size_t *head_len, uint64_t *body_hash);

#endif
