/* Pack files and their indexes, gitformat-pack(5), mapped and read with bounds. */

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "fetch/git_objects.h"

#define ID_LEN	     20
#define INDEX_HEADER (8 + 256 * 4)
#define TRAILER	     20

struct map {
	const unsigned char *bytes;
	size_t len;
};

struct pack {
	char *path; /* of the .pack */
	struct map index;
	struct map data; /* bytes is NULL until it is needed */
	bool broken;
	size_t count;
};

static uint32_t get32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool map_file(const char *path, struct map *map)
{
	struct stat st;
	void *bytes = MAP_FAILED;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return false;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size > 0)
		bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (bytes == MAP_FAILED)
		return false;
	*map = (struct map){bytes, (size_t)st.st_size};
	return true;
}

static void unmap(struct map *map)
{
	if (map->bytes)
		munmap((void *)(uintptr_t)map->bytes, map->len);
	map->bytes = NULL;
}

struct pack *pack_open(const char *dir, const char *name)
{
	struct pack *pack = xcalloc(1, sizeof(*pack));
	char *path = xasprintf("%s/%s.idx", dir, name);
	bool ok = map_file(path, &pack->index);

	free(path);
	pack->path = xasprintf("%s/%s.pack", dir, name);
	/* version 2, which git writes since 2007 */
	ok = ok && pack->index.len >= INDEX_HEADER + 2 * TRAILER &&
	     !memcmp(pack->index.bytes, "\377tOc\0\0\0\2", 8);
	if (ok) {
		pack->count = get32(pack->index.bytes + INDEX_HEADER - 4);
		ok = (pack->index.len - INDEX_HEADER - 2 * TRAILER) / (ID_LEN + 8) >= pack->count;
	}
	if (ok)
		return pack;
	pack_close(pack);
	return NULL;
}

void pack_close(struct pack *pack)
{
	unmap(&pack->index);
	unmap(&pack->data);
	free(pack->path);
	free(pack);
}

bool pack_is(const struct pack *pack, const char *name)
{
	const char *slash = strrchr(pack->path, '/');
	size_t len = strlen(name);

	return !strncmp(slash + 1, name, len) && !strcmp(slash + 1 + len, ".pack");
}

static const unsigned char *id_at(const struct pack *pack, size_t i)
{
	return pack->index.bytes + INDEX_HEADER + i * ID_LEN;
}

size_t pack_lower_bound(const struct pack *pack, const struct repo_id *id)
{
	const unsigned char *fanout = pack->index.bytes + 8;
	unsigned first = id->bytes[0];
	size_t low = first ? get32(fanout + (size_t)(first - 1) * 4) : 0;
	size_t high = get32(fanout + (size_t)first * 4);

	if (high > pack->count || low > high)
		return pack->count; /* the index lies */
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (memcmp(id_at(pack, mid), id->bytes, ID_LEN) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

size_t pack_count(const struct pack *pack)
{
	return pack->count;
}

struct repo_id pack_id(const struct pack *pack, size_t i)
{
	struct repo_id id;

	memcpy(id.bytes, id_at(pack, i), ID_LEN);
	return id;
}

bool pack_find(const struct pack *pack, const struct repo_id *id, uint64_t *offset)
{
	size_t i = pack_lower_bound(pack, id), large_at;
	const unsigned char *offsets = id_at(pack, pack->count) + pack->count * 4;
	uint32_t small;

	if (i >= pack->count || memcmp(id_at(pack, i), id->bytes, ID_LEN) != 0)
		return false;
	small = get32(offsets + i * 4);
	*offset = small;
	if (!(small & 0x80000000u))
		return true;
	/* beyond 2 GiB: an index into a table of 64-bit offsets */
	large_at = (size_t)(offsets - pack->index.bytes) + pack->count * 4 +
		   (size_t)(small & 0x7fffffffu) * 8;
	if (large_at + 8 > pack->index.len - 2 * TRAILER)
		return false;
	*offset = (uint64_t)get32(pack->index.bytes + large_at) << 32 |
		  get32(pack->index.bytes + large_at + 4);
	return true;
}

static bool open_data(struct pack *pack)
{
	if (!pack->data.bytes && !pack->broken)
		pack->broken = !map_file(pack->path, &pack->data) ||
			       pack->data.len < 12 + TRAILER ||
			       memcmp(pack->data.bytes, "PACK\0\0\0", 7) != 0;
	return !pack->broken;
}

/* The size that follows a type, seven bits a byte. Zlib counts in 32 bits at a time. */
static bool entry_size(const unsigned char **p, const unsigned char *end, unsigned *type,
		       size_t *size)
{
	unsigned shift = 4;
	unsigned char c;

	if (*p >= end)
		return false;
	c = *(*p)++;
	*type = c >> 4 & 7;
	*size = c & 15;
	while (c & 0x80) {
		if (*p >= end || shift > 56)
			return false;
		c = *(*p)++;
		*size |= (size_t)(c & 0x7f) << shift;
		shift += 7;
	}
	return true;
}

static bool base_offset(const unsigned char **p, const unsigned char *end, uint64_t offset,
			uint64_t *base)
{
	uint64_t back = 0;
	unsigned char c = 0x80;

	for (bool first = true; c & 0x80; first = false) {
		if (*p >= end || back >> 56)
			return false;
		c = *(*p)++;
		back = (first ? 0 : (back + 1) << 7) | (c & 0x7f);
	}
	if (!back || back >= offset)
		return false;
	*base = offset - back;
	return true;
}

bool pack_read_entry(struct pack *pack, uint64_t offset, struct pack_entry *entry,
		     const char **reason)
{
	const unsigned char *p, *end;
	struct repo_id id;
	unsigned type;
	bool ok;

	if (!open_data(pack)) {
		*reason = "its pack cannot be opened";
		return false;
	}
	*reason = "its pack is damaged";
	end = pack->data.bytes + pack->data.len - TRAILER;
	if (offset < 12 || offset >= (uint64_t)(end - pack->data.bytes))
		return false;
	p = pack->data.bytes + offset;
	if (!entry_size(&p, end, &type, &entry->len))
		return false;
	entry->type = 0;
	switch (type) {
	case OBJECT_COMMIT:
	case OBJECT_TREE:
	case OBJECT_BLOB:
	case OBJECT_TAG:
		entry->type = (enum object_type)type;
		ok = true;
		break;
	case 6: /* a delta, its base so many bytes before */
		ok = base_offset(&p, end, offset, &entry->base);
		break;
	case 7: /* a delta, its base by id: on disk it is in the same pack */
		ok = end - p > ID_LEN;
		if (ok) {
			memcpy(id.bytes, p, ID_LEN);
			p += ID_LEN;
			ok = pack_find(pack, &id, &entry->base);
		}
		break;
	default:
		ok = false;
	}
	entry->data = p;
	entry->data_len = (size_t)(end - p);
	return ok;
}

static bool delta_size(const unsigned char **p, const unsigned char *end, size_t *size)
{
	unsigned char c = 0x80;

	*size = 0;
	for (unsigned shift = 0; c & 0x80; shift += 7) {
		if (*p >= end || shift > 56)
			return false;
		c = *(*p)++;
		*size |= (size_t)(c & 0x7f) << shift;
	}
	return true;
}

bool delta_sizes(const unsigned char *delta, size_t len, size_t *base, size_t *result, size_t *used)
{
	const unsigned char *p = delta, *end = delta + len;

	if (!delta_size(&p, end, base) || !delta_size(&p, end, result))
		return false;
	*used = (size_t)(p - delta);
	return true;
}

/* A copy's offset (4 bytes) or size (3): a bit of the instruction for each byte given. */
static bool take_bytes(const unsigned char **p, const unsigned char *end, unsigned bits,
		       unsigned count, size_t *value)
{
	*value = 0;
	for (unsigned i = 0; i < count; i++) {
		if (!(bits >> i & 1))
			continue;
		if (*p >= end)
			return false;
		*value |= (size_t) * (*p)++ << (8 * i);
	}
	return true;
}

bool delta_apply(const unsigned char *delta, size_t len, const char *base, size_t base_len,
		 char *result, size_t result_len)
{
	const unsigned char *p, *end = delta + len;
	size_t want_base, want_result, used, at = 0;

	if (!delta_sizes(delta, len, &want_base, &want_result, &used) || want_base != base_len ||
	    want_result != result_len)
		return false;
	for (p = delta + used; p < end;) {
		unsigned char op = *p++;
		size_t offset, size;

		if (op & 0x80) {
			if (!take_bytes(&p, end, op, 4, &offset) ||
			    !take_bytes(&p, end, op >> 4, 3, &size))
				return false;
			size = size ? size : 0x10000;
			if (offset > base_len || size > base_len - offset || size > result_len - at)
				return false;
			memcpy(result + at, base + offset, size);
		} else {
			size = op;
			if (!size || size > (size_t)(end - p) || size > result_len - at)
				return false;
			memcpy(result + at, p, size);
			p += size;
		}
		at += size;
	}
	return at == result_len;
}
