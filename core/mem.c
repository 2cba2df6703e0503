#include "core/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static void *or_die(void *ptr)
{
	if (!ptr) {
		fputs("svctop: out of memory\n", stderr);
		abort();
	}
	return ptr;
}

void *xmalloc(size_t size)
{
	return or_die(malloc(size ? size : 1));
}

void *xcalloc(size_t count, size_t size)
{
	return or_die(calloc(count ? count : 1, size ? size : 1));
}

void *xrealloc(void *ptr, size_t size)
{
	return or_die(realloc(ptr, size ? size : 1));
}

void *xreallocarray(void *ptr, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		or_die(NULL);
	return xrealloc(ptr, count * size);
}

#define LARGE_PAGE ((size_t)2 << 20)

void *xmalloc_large(size_t size)
{
	size_t whole;
	void *bytes;

	if (size < LARGE_PAGE / 2 || size > SIZE_MAX - LARGE_PAGE)
		return xmalloc(size);
	whole = (size + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
	bytes = or_die(aligned_alloc(LARGE_PAGE, whole));
	madvise(bytes, whole, MADV_HUGEPAGE); /* no more than a wish */
	return bytes;
}

char *xstrdup(const char *s)
{
	return s ? xmemdup0(s, strlen(s)) : NULL;
}

char *xmemdup0(const void *bytes, size_t len)
{
	char *copy = xmalloc(len + 1);

	if (len)
		memcpy(copy, bytes, len);
	copy[len] = '\0';
	return copy;
}

char *xvasprintf(const char *fmt, va_list ap)
{
	char *s;

	if (vasprintf(&s, fmt, ap) < 0)
		or_die(NULL);
	return s;
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = xvasprintf(fmt, ap);
	va_end(ap);
	return s;
}

size_t mem_grown(size_t cap, size_t need)
{
	size_t grown = cap ? cap + cap / 2 : 8;

	return grown < need ? need : grown;
}
