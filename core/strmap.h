#ifndef SVCTOP_CORE_STRMAP_H
#define SVCTOP_CORE_STRMAP_H

/*
 * A map from strings to pointers. Its hash is seeded at random, so that names from
 * outside cannot be made to collide; nothing may depend on an order in it.
 */

#include <stddef.h>

struct strmap;

struct strmap *strmap_new(void);
void strmap_free(struct strmap *map); /* NULL is allowed; keys and values are the caller's */

/* NULL when there is no such key. */
void *strmap_get(const struct strmap *map, const char *key);

/* Sets the value of key, which must stay valid as long as the map. value is not NULL. */
void strmap_put(struct strmap *map, const char *key, void *value);

/* Calls back for every key, in no order: for freeing what is in it. */
void strmap_each(const struct strmap *map,
		 void (*callback)(const char *key, void *value, void *ctx), void *ctx);

size_t strmap_count(const struct strmap *map);

#endif
