#ifndef SVCTOP_CORE_FLEET_ROW_FORMAT_H
#define SVCTOP_CORE_FLEET_ROW_FORMAT_H

/*
 * How rows are laid out: for who writes them (fleet_row_write.c) and who reads them (fleet_row.c).
 * Numbers are those of core/wire.h; a string is its length with a NUL, 0 for none, then the bytes
 * and the NUL.
 */

#include "core/hash.h"

#define ROW_FORMAT 1 /* the first byte */

/* More of these than anybody has are left out. */
#define ROW_MAX_OWNERS	  64
#define ROW_MAX_LANGUAGES 16
#define ROW_MAX_LINKS	  128
#define ROW_MAX_NAMES	  256 /* of what it depends on, and of what depends on it */
#define ROW_MAX_WARNINGS  16

#define ROW_ID_SIZE   4 /* bytes, the lowest first: fleet_row_id() of a check */
#define ROW_FLAG_SIZE 2

/* Bits of a row. */
enum {
	ROW_FIRST = 1, /* of the services of its checkout */
	ROW_BARE = 2,
	ROW_SHALLOW = 4,
	ROW_PARTIAL = 8,
	ROW_DETACHED = 16,
};

/* A finding's flags: status, code, strength, then single bits. */
enum {
	ROW_CODE_AT = 3,
	ROW_STRENGTH_AT = 5,
	ROW_REQUIRED = 1 << 7,
	ROW_AT_LEAST = 1 << 8,
};

/*
 * What most values of a service have in common: the file in which they stand, and its format. Each
 * is a 0 where it is as the one before, else a 1 and a string.
 */
struct row_common {
	const char *path, *format;
};

static inline uint32_t fleet_row_id(const char *check)
{
	uint64_t hash = hash_text(HASH_START, check);

	return (uint32_t)(hash ^ hash >> 32);
}

#endif
