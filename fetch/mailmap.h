#ifndef SVCTOP_FETCH_MAILMAP_H
#define SVCTOP_FETCH_MAILMAP_H

/*
 * A .mailmap file: the names and addresses that people want to be known by. Syntax and
 * matching as gitmailmap(5): by address, and by name where the line gives one, without
 * regard to ASCII case; a later line wins over an earlier.
 */

#include <stddef.h>

struct mailmap;

/* Lines that are none are passed over, as git does. Text beyond 1 MiB is not read. */
struct mailmap *mailmap_parse(const char *text, size_t len);
void mailmap_free(struct mailmap *map); /* NULL is allowed */

/* Replaces name and email (neither terminated) by what the map says; what it gives lives as
 * long as the map. map may be NULL. */
void mailmap_apply(const struct mailmap *map, const char **name, size_t *name_len,
		   const char **email, size_t *email_len);

#endif
