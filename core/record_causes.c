#include "core/record_causes.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/strmap.h"

struct causes {
	struct arena *arena;
	struct strmap *numbers; /* what tells them apart, to the number */
	struct cause *causes;	/* the first is that none is known */
	size_t count, cap;
	struct buf key;
};

struct causes *causes_new(void)
{
	struct causes *causes = xcalloc(1, sizeof(*causes));

	causes->arena = arena_new();
	causes->numbers = strmap_new();
	GROW(causes->causes, causes->count, causes->cap);
	causes->causes[causes->count++] = (struct cause){.kind = CAUSE_NONE};
	return causes;
}

void causes_free(struct causes *causes)
{
	if (!causes)
		return;
	strmap_free(causes->numbers);
	arena_free(causes->arena);
	free(causes->causes);
	buf_free(&causes->key);
	free(causes);
}

static const char *key_of(struct causes *causes, const struct cause *cause)
{
	buf_reset(&causes->key);
	buf_addf(&causes->key, "%d %" PRId64 " %" PRIu32 " %s %s", (int)cause->kind, cause->time,
		 cause->among, cause->hash ? cause->hash : "",
		 cause->checkout ? cause->checkout : "");
	return buf_str(&causes->key);
}

uint32_t causes_add(struct causes *causes, const struct cause *cause)
{
	const char *key;
	void *known;

	if (cause->kind == CAUSE_NONE || causes->count == UINT32_MAX)
		return 0;
	key = key_of(causes, cause);
	known = strmap_get(causes->numbers, key);
	if (known)
		return (uint32_t)(uintptr_t)known;
	GROW(causes->causes, causes->count, causes->cap);
	causes->causes[causes->count] = cause_copy(cause, causes->arena);
	strmap_put(causes->numbers, arena_strdup(causes->arena, key),
		   (void *)(uintptr_t)causes->count);
	return (uint32_t)causes->count++;
}

const struct cause *causes_at(const struct causes *causes, uint32_t number)
{
	return &causes->causes[number];
}

size_t causes_count(const struct causes *causes)
{
	return causes->count;
}
