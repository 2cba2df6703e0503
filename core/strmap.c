#include "core/strmap.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"

struct slot {
	const char *key; /* NULL: free */
	void *value;
	uint32_t hash;
};

struct strmap {
	struct slot *slots;
	size_t size; /* a power of two */
	size_t count;
	uint64_t seed;
};

struct strmap *strmap_new(void)
{
	struct strmap *map = xcalloc(1, sizeof(*map));

	map->size = 16;
	map->slots = xcalloc(map->size, sizeof(*map->slots));
	if (getentropy(&map->seed, sizeof(map->seed)) < 0)
		map->seed = (uint64_t)(uintptr_t)map;
	return map;
}

void strmap_free(struct strmap *map)
{
	if (!map)
		return;
	free(map->slots);
	free(map);
}

static uint64_t mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint32_t hash_of(const struct strmap *map, const char *key)
{
	size_t len = strlen(key);
	uint64_t hash = map->seed ^ len, part;

	for (; len >= sizeof(part); key += sizeof(part), len -= sizeof(part)) {
		memcpy(&part, key, sizeof(part));
		hash = mix(hash ^ part, UINT64_C(0x9e3779b97f4a7c15)) + map->seed;
	}
	part = 0;
	memcpy(&part, key, len);
	hash = mix(hash ^ part, UINT64_C(0xd6e8feb86659fd93)) ^ map->seed;
	return (uint32_t)(hash ^ hash >> 32);
}

static struct slot *find(const struct strmap *map, const char *key, uint32_t hash)
{
	size_t i = hash & (map->size - 1);

	while (map->slots[i].key &&
	       (map->slots[i].hash != hash || strcmp(map->slots[i].key, key) != 0))
		i = (i + 1) & (map->size - 1);
	return &map->slots[i];
}

void *strmap_get(const struct strmap *map, const char *key)
{
	return find(map, key, hash_of(map, key))->value;
}

static void grow(struct strmap *map)
{
	struct slot *old = map->slots;
	size_t old_size = map->size;

	map->size *= 2;
	map->slots = xcalloc(map->size, sizeof(*map->slots));
	for (size_t i = 0; i < old_size; i++)
		if (old[i].key)
			*find(map, old[i].key, old[i].hash) = old[i];
	free(old);
}

void strmap_put(struct strmap *map, const char *key, void *value)
{
	uint32_t hash = hash_of(map, key);
	struct slot *slot;

	if ((map->count + 1) * 4 > map->size * 3)
		grow(map);
	slot = find(map, key, hash);
	if (!slot->key)
		map->count++;
	*slot = (struct slot){key, value, hash};
}

void strmap_each(const struct strmap *map,
		 void (*callback)(const char *key, void *value, void *ctx), void *ctx)
{
	for (size_t i = 0; i < map->size; i++)
		if (map->slots[i].key)
			callback(map->slots[i].key, map->slots[i].value, ctx);
}

size_t strmap_count(const struct strmap *map)
{
	return map->count;
}
