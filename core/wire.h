#ifndef SVCTOP_CORE_WIRE_H
#define SVCTOP_CORE_WIRE_H

/*
 * The one encoding of values, for the sockets between our processes and later for
 * the store: unsigned numbers as LEB128, signed ones zigzagged first, strings as
 * length and bytes. Same binary at both ends, so it carries no version. The reader
 * trusts nothing: a scanner may have been taken over by what it read.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/buf.h"

void wire_put_uint(struct buf *out, uint64_t value);
void wire_put_int(struct buf *out, int64_t value);
void wire_put_bytes(struct buf *out, const void *bytes, size_t len);
void wire_put_str(struct buf *out, const char *s); /* NULL and "" stay apart */

struct wire_reader {
	const unsigned char *next;
	const unsigned char *end;
	bool failed; /* once set, every get returns 0, NULL or "" */
};

void wire_reader_init(struct wire_reader *in, const void *bytes, size_t len);
uint64_t wire_get_uint(struct wire_reader *in);
int64_t wire_get_int(struct wire_reader *in);

/* A number that must be at most max; else the reader has failed and 0 is returned. */
uint64_t wire_get_capped(struct wire_reader *in, uint64_t max);

/* A count of elements of at least one byte each: more than the bytes left is a failure. */
size_t wire_get_count(struct wire_reader *in);

/* NUL-terminated copy in arena; NULL where NULL was put, or on failure. */
char *wire_get_str(struct wire_reader *in, struct arena *arena);

/* Bytes inside the message itself, valid as long as it is. */
const void *wire_get_bytes(struct wire_reader *in, size_t *len);

#endif
