#include "fetch/http_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "fetch/siphash.h"

#define LIMIT	    (UINT64_C(256) << 20)
#define BLOCK	    4096u /* what a small file takes on disk */
#define STALE_TEMP  3600
#define STALE_ENTRY (30 * 86400)
#define TOUCH_AFTER 3600

/* Two keys of the name's halves, one of the checksums. */
#define KEYS (3 * SIPHASH_KEY)

struct http_cache {
	int dir;
	uint64_t limit;
	uint64_t total; /* bytes in the folder, about */
	bool counted;
	unsigned temps;
	unsigned char keys[KEYS];
};

static const unsigned char *content_key(const struct http_cache *cache)
{
	return cache->keys + 2 * SIPHASH_KEY;
}

/* The folder and those above it. */
static void make_folders(const char *path)
{
	char *copy = xstrdup(path);

	for (char *slash = copy + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(copy, 0700);
		*slash = '/';
	}
	mkdir(copy, 0700);
	free(copy);
}

static int open_folder(const char *dir)
{
	char *path = xasprintf("%s/http", dir);
	struct stat st;
	int fd;

	make_folders(path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	free(path);
	if (fd < 0)
		return -1;
	/* Somebody else's folder could be read, or filled, by them. */
	if (fstat(fd, &st) < 0 || st.st_uid != geteuid() ||
	    ((st.st_mode & 077) && fchmod(fd, 0700) < 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* A regular file that is ours alone; -1: there is none. */
static int open_own(int dir, const char *name, struct stat *st)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return -1;
	if (fstat(fd, st) < 0 || !S_ISREG(st->st_mode) || st->st_uid != geteuid() ||
	    (st->st_mode & 077)) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool write_all(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

static size_t read_all(int fd, char *bytes, size_t len, off_t from)
{
	size_t have = 0;

	while (have < len) {
		ssize_t n = pread(fd, bytes + have, len - have, from + (off_t)have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		have += (size_t)n;
	}
	return have;
}

/* A new file of a name that no other process takes; out: 32 bytes. */
static int open_temp(struct http_cache *cache, char *out, size_t size)
{
	snprintf(out, size, "tmp-%ld-%u", (long)getpid(), cache->temps++);
	unlinkat(cache->dir, out, 0);
	return openat(cache->dir, out, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
}

static bool read_keys(struct http_cache *cache)
{
	struct stat st;
	int fd = open_own(cache->dir, "key", &st);
	bool whole;

	if (fd < 0)
		return false;
	whole = st.st_size == KEYS && read_all(fd, (char *)cache->keys, KEYS, 0) == KEYS;
	close(fd);
	return whole;
}

/* Random keys; another process may be faster, then they are its. */
static bool make_keys(struct http_cache *cache)
{
	char temp[32];
	int fd;

	if (getentropy(cache->keys, KEYS) < 0)
		return false;
	fd = open_temp(cache, temp, sizeof(temp));
	if (fd < 0)
		return false;
	/* Where there is one that cannot be read, it is no key: this one takes its place. */
	if (write_all(fd, (const char *)cache->keys, KEYS) &&
	    linkat(cache->dir, temp, cache->dir, "key", 0) < 0 && !read_keys(cache) &&
	    renameat(cache->dir, temp, cache->dir, "key") < 0)
		unlinkat(cache->dir, "key", 0);
	close(fd);
	unlinkat(cache->dir, temp, 0);
	return read_keys(cache);
}

struct http_cache *http_cache_open(const char *dir, uint64_t limit)
{
	struct http_cache *cache;
	int fd = open_folder(dir);

	if (fd < 0)
		return NULL;
	cache = xcalloc(1, sizeof(*cache));
	cache->dir = fd;
	cache->limit = limit ? limit : LIMIT;
	if (!read_keys(cache) && !make_keys(cache)) {
		http_cache_close(cache);
		return NULL;
	}
	return cache;
}

void http_cache_close(struct http_cache *cache)
{
	if (!cache)
		return;
	close(cache->dir);
	explicit_bzero(cache->keys, KEYS);
	free(cache);
}

static void add_part(struct buf *out, const char *text)
{
	buf_add(out, text, strlen(text) + 1);
}

void http_cache_name(const struct http_cache *cache, const char *url, const char *const *headers,
		     const char *secret, char name[HTTP_CACHE_NAME])
{
	struct buf all = {0};

	add_part(&all, url);
	for (; headers && *headers; headers++)
		add_part(&all, *headers);
	add_part(&all, "");
	if (secret)
		add_part(&all, secret);
	snprintf(name, HTTP_CACHE_NAME, "%016llx%016llx",
		 (unsigned long long)siphash(cache->keys, all.data, all.len),
		 (unsigned long long)siphash(cache->keys + SIPHASH_KEY, all.data, all.len));
	explicit_bzero(all.data, all.len);
	buf_free(&all);
}

bool http_cache_look(const struct http_cache *cache, const char *name, struct arena *arena,
		     struct http_entry *entry)
{
	char bytes[HTTP_CACHE_HEAD_MAX];
	struct stat st;
	int fd = open_own(cache->dir, name, &st);
	size_t len, head_len;
	uint64_t hash;

	if (fd < 0)
		return false;
	len = read_all(fd, bytes, sizeof(bytes), 0);
	close(fd);
	return http_entry_decode(content_key(cache), bytes, len, arena, entry, &head_len, &hash) &&
	       (uint64_t)st.st_size == (uint64_t)head_len + entry->len;
}

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Reads the body of the open file where it still belongs to entry. */
static bool read_body(const struct http_cache *cache, int fd, off_t size,
		      const struct http_entry *entry, size_t cap, struct buf *body)
{
	struct arena *arena = arena_new();
	char head[HTTP_CACHE_HEAD_MAX];
	struct http_entry now;
	size_t head_len;
	uint64_t hash;
	bool good;

	good = http_entry_decode(content_key(cache), head, read_all(fd, head, sizeof(head), 0),
				 arena, &now, &head_len, &hash) &&
	       same(now.etag, entry->etag) && same(now.modified, entry->modified) &&
	       now.len <= cap && (uint64_t)size == (uint64_t)head_len + now.len;
	if (good) {
		char *bytes = xmalloc(now.len + 1);

		good = read_all(fd, bytes, now.len, (off_t)head_len) == now.len &&
		       siphash(content_key(cache), bytes, now.len) == hash;
		if (good)
			buf_add(body, bytes, now.len);
		free(bytes);
	}
	arena_free(arena);
	return good;
}

bool http_cache_read(const struct http_cache *cache, const char *name,
		     const struct http_entry *entry, size_t cap, struct buf *body)
{
	struct stat st;
	int fd = open_own(cache->dir, name, &st);
	bool good;

	buf_reset(body);
	if (fd < 0)
		return false;
	good = read_body(cache, fd, st.st_size, entry, cap, body);
	close(fd);
	/* What is used stays; that it is used need not be written down each time. */
	if (good && time(NULL) - st.st_mtime > TOUCH_AFTER)
		utimensat(cache->dir, name, NULL, 0);
	return good;
}

struct aged {
	char name[HTTP_CACHE_NAME];
	time_t when;
	uint64_t size;
};

static int by_age(const void *a, const void *b)
{
	const struct aged *left = a, *right = b;

	return (left->when > right->when) - (left->when < right->when);
}

static uint64_t on_disk(off_t size)
{
	return ((uint64_t)size + BLOCK - 1) / BLOCK * BLOCK;
}

static bool is_entry(const char *name)
{
	return strlen(name) == HTTP_CACHE_NAME - 1 &&
	       strspn(name, "0123456789abcdef") == HTTP_CACHE_NAME - 1;
}

/* All entries; what is left over from a crash, or unused for a month, is removed. */
static struct aged *list(struct http_cache *cache, size_t *count)
{
	struct aged *all = NULL;
	size_t cap = 0;
	int fd = openat(cache->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	time_t now = time(NULL);
	struct dirent *one;

	*count = 0;
	if (!dir && fd >= 0)
		close(fd);
	while (dir && (one = readdir(dir))) {
		bool temp = strncmp(one->d_name, "tmp-", 4) == 0;
		struct stat st;

		if ((!temp && !is_entry(one->d_name)) ||
		    fstatat(cache->dir, one->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (now - st.st_mtime > (temp ? STALE_TEMP : STALE_ENTRY)) {
			unlinkat(cache->dir, one->d_name, 0);
		} else if (!temp) {
			GROW(all, *count, cap);
			memcpy(all[*count].name, one->d_name, HTTP_CACHE_NAME);
			all[*count].when = st.st_mtime;
			all[(*count)++].size = on_disk(st.st_size);
		}
	}
	if (dir)
		closedir(dir);
	return all;
}

/* Counts what is there, and makes room where that is too much: for long enough. */
static void sweep(struct http_cache *cache)
{
	size_t count;
	struct aged *all = list(cache, &count);

	cache->counted = true;
	cache->total = 0;
	for (size_t i = 0; i < count; i++)
		cache->total += all[i].size;
	if (cache->total > cache->limit) {
		qsort(all, count, sizeof(*all), by_age);
		for (size_t i = 0; i < count && cache->total > cache->limit / 4 * 3; i++) {
			unlinkat(cache->dir, all[i].name, 0);
			cache->total -= all[i].size;
		}
	}
	free(all);
}

static void put_file(struct http_cache *cache, const char *name, const struct buf *head,
		     const struct http_entry *entry)
{
	struct stat old;
	char temp[32];
	int fd = open_temp(cache, temp, sizeof(temp));
	bool whole;

	if (fd < 0)
		return;
	whole = write_all(fd, head->data, head->len) && write_all(fd, entry->body, entry->len);
	if (close(fd) < 0)
		whole = false;
	if (fstatat(cache->dir, name, &old, AT_SYMLINK_NOFOLLOW) < 0)
		old.st_size = 0;
	if (!whole || renameat(cache->dir, temp, cache->dir, name) < 0) {
		unlinkat(cache->dir, temp, 0);
		return;
	}
	cache->total += on_disk((off_t)(head->len + entry->len));
	cache->total -= on_disk(old.st_size) < cache->total ? on_disk(old.st_size) : cache->total;
}

void http_cache_write(struct http_cache *cache, const char *name, const struct http_entry *entry)
{
	struct buf head = {0};

	if (entry->len < cache->limit / 4 &&
	    http_entry_encode(content_key(cache), entry, &head) == 0) {
		if (!cache->counted)
			sweep(cache);
		put_file(cache, name, &head, entry);
		if (cache->total > cache->limit)
			sweep(cache);
	}
	buf_free(&head);
}

void http_cache_drop(struct http_cache *cache, const char *name)
{
	unlinkat(cache->dir, name, 0);
}
