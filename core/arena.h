#ifndef SVCTOP_CORE_ARENA_H
#define SVCTOP_CORE_ARENA_H

/* Memory for many small objects that end together. Nothing in it is freed on its own. */

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct arena *arena_new(void);
/* One that will hold about so many bytes: little is wasted when there are many such arenas. */
struct arena *arena_new_sized(size_t bytes);
void arena_free(struct arena *arena); /* NULL is allowed */

/* Zeroed bytes, aligned for any type; they live as long as the arena. */
void *arena_alloc(struct arena *arena, size_t size);

/* Copies of strings; NULL gives NULL. */
char *arena_strdup(struct arena *arena, const char *s);
char *arena_memdup0(struct arena *arena, const void *bytes, size_t len);
char *arena_printf(struct arena *arena, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Whether it was the arena that gave the bytes at that address. */
bool arena_holds(const struct arena *arena, const void *address);

/* Bytes handed out, with what alignment took. */
size_t arena_used(const struct arena *arena);

/* Bytes taken from the system, for budgets and bench. */
size_t arena_size(const struct arena *arena);

#endif
