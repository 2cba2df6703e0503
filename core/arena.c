#include "core/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

#define FIRST_BLOCK   1024
#define LEAST_BLOCK   128
#define LARGEST_BLOCK (64 * 1024)
#define ALIGNMENT     (_Alignof(max_align_t))

struct block {
	struct block *next;
	size_t used;
	size_t size;
	_Alignas(max_align_t) char bytes[];
};

struct arena {
	struct block *blocks;
	size_t next; /* size of the block after this one */
	size_t total;
};

struct arena *arena_new(void)
{
	return arena_new_sized(FIRST_BLOCK);
}

struct arena *arena_new_sized(size_t bytes)
{
	struct arena *arena = xcalloc(1, sizeof(*arena));

	arena->next = bytes < LEAST_BLOCK ? LEAST_BLOCK : bytes;
	return arena;
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	for (struct block *block = arena->blocks, *next; block; block = next) {
		next = block->next;
		free(block);
	}
	free(arena);
}

/* Blocks grow with what is there already, so that at most a fifth of it is left empty. */
static size_t next_size(size_t total)
{
	if (total / 4 < LEAST_BLOCK)
		return LEAST_BLOCK;
	return total / 4 > LARGEST_BLOCK ? LARGEST_BLOCK : total / 4;
}

static struct block *add_block(struct arena *arena, size_t need)
{
	size_t size = arena->next > need ? arena->next : need;
	struct block *block;

	block = xmalloc(sizeof(*block) + size);
	block->next = arena->blocks;
	block->used = 0;
	block->size = size;
	arena->blocks = block;
	arena->total += sizeof(*block) + size;
	arena->next = next_size(arena->total);
	return block;
}

static void *take(struct arena *arena, size_t size, size_t alignment)
{
	struct block *block = arena->blocks;
	size_t start = block ? (block->used + alignment - 1) / alignment * alignment : 0;

	if (!block || start > block->size || block->size - start < size) {
		block = add_block(arena, size);
		start = 0;
	}
	block->used = start + size;
	return block->bytes + start;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	return memset(take(arena, size, ALIGNMENT), 0, size);
}

char *arena_memdup0(struct arena *arena, const void *bytes, size_t len)
{
	char *copy = take(arena, len + 1, 1);

	if (len)
		memcpy(copy, bytes, len);
	copy[len] = '\0';
	return copy;
}

char *arena_strdup(struct arena *arena, const char *s)
{
	return s ? arena_memdup0(arena, s, strlen(s)) : NULL;
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list ap;
	char *text, *copy;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	copy = arena_strdup(arena, text);
	free(text);
	return copy;
}

bool arena_holds(const struct arena *arena, const void *address)
{
	uintptr_t at = (uintptr_t)address;

	for (const struct block *block = arena->blocks; block; block = block->next) {
		uintptr_t first = (uintptr_t)block->bytes;

		if (at >= first && at - first < block->used)
			return true;
	}
	return false;
}

size_t arena_used(const struct arena *arena)
{
	size_t used = 0;

	for (const struct block *block = arena->blocks; block; block = block->next)
		used += block->used;
	return used;
}

size_t arena_size(const struct arena *arena)
{
	return arena->total;
}
