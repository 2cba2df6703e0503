#ifndef SVCTOP_CORE_HASH_H
#define SVCTOP_CORE_HASH_H

/*
 * FNV-1a with 64 bits: for tables, identities of rows, and telling one text from the next. Who
 * writes the texts can make two of them collide; nothing may depend on that they do not.
 */

#include <stddef.h>
#include <stdint.h>

#define HASH_START UINT64_C(0xcbf29ce484222325)

static inline uint64_t hash_byte(uint64_t hash, unsigned char byte)
{
	return (hash ^ byte) * UINT64_C(0x100000001b3);
}

static inline uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		hash = hash_byte(hash, ((const unsigned char *)bytes)[i]);
	return hash;
}

/* With an end, so that "ab", "c" differs from "a", "bc"; NULL is as "". */
static inline uint64_t hash_text(uint64_t hash, const char *text)
{
	for (; text && *text; text++)
		hash = hash_byte(hash, (unsigned char)*text);
	return hash_byte(hash, 0xff);
}

#endif
