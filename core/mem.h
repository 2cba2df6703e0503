#ifndef SVCTOP_CORE_MEM_H
#define SVCTOP_CORE_MEM_H

/*
 * Memory that is there or the program ends: a dashboard has nothing useful to do
 * without it. Sizes that come from outside are capped by whoever reads them,
 * before they reach these functions.
 */

#include <stdarg.h>
#include <stddef.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *ptr, size_t size);

/* realloc() to count * size bytes; ends the program when that overflows. */
void *xreallocarray(void *ptr, size_t count, size_t size);

/*
 * As xmalloc(), for megabytes that are filled at once: in large pages where the system has them,
 * since taking it page by page costs more than filling it.
 */
void *xmalloc_large(size_t size);

/* NULL gives NULL. */
char *xstrdup(const char *s);

/* A NUL-terminated copy of len bytes. */
char *xmemdup0(const void *bytes, size_t len);

char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *xvasprintf(const char *fmt, va_list ap) __attribute__((format(printf, 1, 0)));

/* The capacity that an array of cap elements grows to so that it holds need. */
size_t mem_grown(size_t cap, size_t need);

/* Makes room for one more element in an array kept as pointer, length, capacity. */
#define GROW(ptr, len, cap)                                                                        \
	do {                                                                                       \
		if ((len) >= (cap)) {                                                              \
			(cap) = mem_grown((cap), (len) + 1);                                       \
			(ptr) = xreallocarray((ptr), (cap), sizeof(*(ptr)));                       \
		}                                                                                  \
	} while (0)

#endif
