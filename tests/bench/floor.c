/*
 * The floor under a scan: reads HEAD and its ref, finds the listed objects in packs or as
 * loose files, and inflates them, nothing more. Reads what objects.c writes on stdin and
 * prints how many objects and bytes there were.
 */

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "core/mem.h"

enum { ID = 20, MAX_PACKS = 16, MAX_DEPTH = 64, OFS_DELTA = 6, REF_DELTA = 7 };

struct map {
	const unsigned char *bytes;
	size_t len;
};

struct pack {
	struct map idx, data;
};

struct repo {
	char *git_dir;
	struct pack packs[MAX_PACKS];
	size_t count;
};

struct bytes {
	unsigned char *at;
	size_t len;
};

static struct bytes read_at(const struct repo *repo, const struct pack *pack, uint64_t offset,
			    int depth);

static void die(const char *what, const char *which)
{
	fprintf(stderr, "floor: %s: %s\n", what, which);
	exit(1);
}

static struct map map_file(const char *path)
{
	struct map map = {0};
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *at;

	if (fd < 0 || fstat(fd, &st) < 0)
		die("cannot open", path);
	map.len = (size_t)st.st_size;
	at = mmap(NULL, map.len, PROT_READ, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED)
		die("cannot map", path);
	map.bytes = at;
	close(fd);
	return map;
}

static uint32_t be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* HEAD and the ref that it names: what a scan has to ask in any case. */
static void read_head(const struct repo *repo)
{
	static const char *const names[] = {"HEAD", "packed-refs"};
	char bytes[4096], *path;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		path = xasprintf("%s/%s", repo->git_dir, names[i]);
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		if (fd >= 0 && read(fd, bytes, sizeof(bytes)) < 0)
			die("cannot read", path);
		if (fd >= 0)
			close(fd);
		free(path);
	}
}

static void open_repo(struct repo *repo, const char *path)
{
	struct dirent *entry;
	char *dir;
	DIR *in;

	repo->git_dir = xasprintf("%s/.git", path);
	if (access(repo->git_dir, F_OK) != 0) {
		free(repo->git_dir);
		repo->git_dir = xstrdup(path);
	}
	read_head(repo);
	dir = xasprintf("%s/objects/pack", repo->git_dir);
	in = opendir(dir);
	while (in && (entry = readdir(in))) {
		size_t len = strlen(entry->d_name);

		if (len < 5 || strcmp(entry->d_name + len - 4, ".idx") != 0)
			continue;
		if (repo->count == MAX_PACKS)
			die("too many packs", dir);
		char *idx = xasprintf("%s/%s", dir, entry->d_name);
		char *data = xasprintf("%s/%.*s.pack", dir, (int)len - 4, entry->d_name);

		repo->packs[repo->count].idx = map_file(idx);
		repo->packs[repo->count++].data = map_file(data);
		free(idx);
		free(data);
	}
	if (in)
		closedir(in);
	free(dir);
}

static void close_repo(struct repo *repo)
{
	for (size_t i = 0; i < repo->count; i++) {
		munmap((void *)(uintptr_t)repo->packs[i].idx.bytes, repo->packs[i].idx.len);
		munmap((void *)(uintptr_t)repo->packs[i].data.bytes, repo->packs[i].data.len);
	}
	free(repo->git_dir);
	memset(repo, 0, sizeof(*repo));
}

/* gitformat-pack(5), version 2 of the index. */
static bool find_in_pack(const struct pack *pack, const unsigned char *id, uint64_t *offset)
{
	const unsigned char *fanout = pack->idx.bytes + 8;
	uint32_t total = be32(fanout + 255 * 4L);
	uint32_t low = id[0] ? be32(fanout + (id[0] - 1) * 4L) : 0,
		 high = be32(fanout + id[0] * 4L);
	const unsigned char *ids = fanout + 1024, *offsets = ids + (size_t)total * (ID + 4);

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		int order = memcmp(ids + (size_t)mid * ID, id, ID);

		if (order == 0) {
			*offset = be32(offsets + (size_t)mid * 4);
			return true;
		}
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

static struct bytes inflate_bytes(const unsigned char *from, size_t avail, size_t size)
{
	struct bytes out = {.at = xmalloc(size + 1), .len = size};
	z_stream z = {.next_in = (unsigned char *)(uintptr_t)from,
		      .avail_in = (uInt)(avail > 1u << 30 ? 1u << 30 : avail),
		      .next_out = out.at,
		      .avail_out = (uInt)size + 1};

	if (inflateInit(&z) != Z_OK || inflate(&z, Z_FINISH) != Z_STREAM_END)
		die("cannot inflate", "an object");
	inflateEnd(&z);
	return out;
}

static struct bytes read_id(const struct repo *repo, const unsigned char *id, int depth);

static size_t delta_size(const unsigned char **p)
{
	size_t size = 0;

	for (unsigned shift = 0;; shift += 7) {
		unsigned char c = *(*p)++;

		size |= (size_t)(c & 0x7f) << shift;
		if (!(c & 0x80))
			return size;
	}
}

/* The offset and length of a copy, of which only the bytes named in op are there. */
static void copy_range(const unsigned char **p, unsigned op, size_t *offset, size_t *len)
{
	*offset = *len = 0;
	for (unsigned i = 0; i < 4; i++)
		if (op & 1u << i)
			*offset |= (size_t) * (*p)++ << (8 * i);
	for (unsigned i = 0; i < 3; i++)
		if (op & 16u << i)
			*len |= (size_t) * (*p)++ << (8 * i);
	if (!*len)
		*len = 0x10000;
}

static struct bytes apply(struct bytes base, struct bytes delta)
{
	const unsigned char *p = delta.at, *end = delta.at + delta.len;
	struct bytes out = {0};
	size_t at = 0;

	delta_size(&p);
	out.len = delta_size(&p);
	out.at = xmalloc(out.len + 1);
	while (p < end) {
		unsigned op = *p++;
		size_t offset, len = op;

		if (op & 0x80) {
			copy_range(&p, op, &offset, &len);
			memcpy(out.at + at, base.at + offset, len);
		} else {
			memcpy(out.at + at, p, len);
			p += len;
		}
		at += len;
	}
	free(base.at);
	free(delta.at);
	return out;
}

static struct bytes read_delta(const struct repo *repo, const struct pack *pack, unsigned type,
			       uint64_t offset, const unsigned char *p, size_t size, int depth)
{
	const unsigned char *end = pack->data.bytes + pack->data.len;
	struct bytes base;

	if (type == OFS_DELTA) {
		uint64_t back = *p & 0x7f;

		while (*p++ & 0x80)
			back = (back + 1) << 7 | (*p & 0x7f);
		base = read_at(repo, pack, offset - back, depth + 1);
	} else {
		base = read_id(repo, p, depth + 1);
		p += ID;
	}
	return apply(base, inflate_bytes(p, (size_t)(end - p), size));
}

static struct bytes read_at(const struct repo *repo, const struct pack *pack, uint64_t offset,
			    int depth)
{
	const unsigned char *p = pack->data.bytes + offset,
			    *end = pack->data.bytes + pack->data.len;
	unsigned type = *p >> 4 & 7;
	size_t size = *p & 15;

	if (depth > MAX_DEPTH)
		die("too deep", repo->git_dir);
	for (unsigned shift = 4; *p++ & 0x80; shift += 7)
		size |= (size_t)(*p & 0x7f) << shift;
	if (type == OFS_DELTA || type == REF_DELTA)
		return read_delta(repo, pack, type, offset, p, size, depth);
	return inflate_bytes(p, (size_t)(end - p), size);
}

/* A loose object; its size is in a header of its own, so the buffer grows as needed. */
static struct bytes read_loose(const struct repo *repo, const unsigned char *id)
{
	struct bytes out = {.at = NULL};
	char hex[2 * ID + 1], *path;
	struct map map;
	z_stream z = {0};
	size_t cap = 4096;

	for (int i = 0; i < ID; i++)
		snprintf(hex + 2 * i, 3, "%02x", id[i]);
	path = xasprintf("%s/objects/%.2s/%s", repo->git_dir, hex, hex + 2);
	map = map_file(path);
	free(path);
	z.next_in = (unsigned char *)(uintptr_t)map.bytes;
	z.avail_in = (uInt)map.len;
	inflateInit(&z);
	for (int rc = Z_OK; rc != Z_STREAM_END;) {
		cap *= 4;
		out.at = xrealloc(out.at, cap);
		z.next_out = out.at + out.len;
		z.avail_out = (uInt)(cap - out.len);
		rc = inflate(&z, Z_NO_FLUSH);
		out.len = cap - z.avail_out;
		if (rc != Z_OK && rc != Z_STREAM_END)
			die("cannot inflate", hex);
	}
	inflateEnd(&z);
	munmap((void *)(uintptr_t)map.bytes, map.len);
	return out;
}

static struct bytes read_id(const struct repo *repo, const unsigned char *id, int depth)
{
	uint64_t offset;

	for (size_t i = 0; i < repo->count; i++)
		if (find_in_pack(&repo->packs[i], id, &offset))
			return read_at(repo, &repo->packs[i], offset, depth);
	return read_loose(repo, id);
}

int main(void)
{
	struct repo repo = {0};
	unsigned long objects = 0, bytes = 0;
	char line[4096];

	while (fgets(line, sizeof(line), stdin)) {
		unsigned char id[ID];
		struct bytes object;

		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "repo ", 5) == 0) {
			close_repo(&repo);
			open_repo(&repo, line + 5);
			continue;
		}
		for (size_t i = 0; i < ID; i++) {
			char digits[3] = {line[2 * i], line[2 * i + 1], 0};
			id[i] = (unsigned char)strtoul(digits, NULL, 16);
		}
		object = read_id(&repo, id, 0);
		objects++;
		bytes += object.len;
		free(object.at);
	}
	close_repo(&repo);
	printf("%lu objects, %lu bytes\n", objects, bytes);
	return 0;
}
