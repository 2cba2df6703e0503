#include "fetch/git_objects.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/buf.h"
#include "core/mem.h"
#include "fetch/git_private.h"

#define MAX_DIRS	    32		 /* alternates, and theirs */
#define MAX_ALTERNATE_DEPTH 5		 /* as git */
#define ALTERNATES_MAX	    65536u	 /* bytes of such a file */
#define LOOSE_MAX	    (128u << 20) /* bytes of a loose object's file */
#define LOOSE_HEADER	    64		 /* bytes in which its type and size are */
#define FILE_KEPT	    (1u << 20)	 /* bytes of memory kept for the next loose object */
#define MAX_DELTAS	    4096	 /* in a chain, as git */
#define BASE_MAX	    (64u << 20) /* bytes of a delta's base, which the caller's cap isn't about */
#define CHAIN_MAX	    (256u << 20) /* bytes made of one chain */
#define SMALL_DELTA	    65536u	 /* bytes of a delta that is inflated at once */
#define CACHE_SLOTS	    256
#define CACHED_MAX	    (512u << 10)
#define CACHE_MAX	    (8u << 20)

/* A delta's base, kept since its neighbours are likely to ask for it as well. */
struct cached {
	const struct pack *pack; /* NULL: free */
	uint64_t offset;
	struct object object;
};

/* One entry on the way from the object asked for to the one that all rests on. */
struct link {
	struct pack_entry entry;
	uint64_t offset;
};

struct chain {
	struct link *links;
	size_t count, cap;
	char *delta;	    /* the first link's, inflated; NULL: not yet */
	struct object base; /* bytes NULL: the last link is whole */
	bool base_cached;
};

struct objects_dir {
	char *path;
	unsigned char fanout[32]; /* a bit for each of its directories 00 to ff */
	bool fanout_listed;	  /* not before something is missing from the packs */
	int64_t packs_mtime, fanout_mtime;
	bool bad_pack; /* there is one that can't be opened */
	struct pack **packs;
	size_t count, cap;
};

struct objects {
	struct objects_dir dirs[MAX_DIRS];
	size_t dir_count;
	struct pack *last; /* where the last object was */
	struct inflater *inflater;
	struct cached cache[CACHE_SLOTS];
	size_t cached_bytes;
	struct chain chain; /* its memory is used again */
	struct buf file;    /* of a loose object */
	char *unreadable;   /* the first directory that can't be listed, and why; NULL */
};

/* Where an object is. */
struct location {
	struct pack *pack; /* NULL: loose, in odb->file */
	uint64_t offset;
};

static int64_t mtime_ns(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

/* What is missing later may be in there. */
static DIR *open_dir(struct objects *odb, const char *path, bool optional)
{
	DIR *dir = opendir(path);

	if (!dir && !odb->unreadable && !(optional && errno == ENOENT))
		odb->unreadable = xasprintf("%s cannot be read: %s%s", path, strerror(errno),
					    errno == EACCES ? ", or it is not below the folders "
							      "that svctop was given"
							    : "");
	return dir;
}

/* (Re)reads the names of packs; those known stay open. */
static void list_packs(struct objects *odb, struct objects_dir *dir)
{
	char *path = xasprintf("%s/pack", dir->path);
	DIR *packs = open_dir(odb, path, true);
	size_t known = dir->count;
	struct dirent *entry;
	struct stat st;

	if (packs && !fstat(dirfd(packs), &st))
		dir->packs_mtime = mtime_ns(&st);
	while (packs && (entry = readdir(packs))) {
		size_t len = strlen(entry->d_name);
		struct pack *pack = NULL;
		bool seen = false;

		if (len <= 4 || strcmp(entry->d_name + len - 4, ".idx") != 0)
			continue;
		entry->d_name[len - 4] = '\0';
		for (size_t i = 0; i < known && !seen; i++)
			seen = pack_is(dir->packs[i], entry->d_name);
		if (!seen)
			pack = pack_open(path, entry->d_name);
		dir->bad_pack |= !seen && !pack;
		if (!pack)
			continue;
		GROW(dir->packs, dir->count, dir->cap);
		dir->packs[dir->count++] = pack;
	}
	if (packs)
		closedir(packs);
	free(path);
}

static int hex_pair(const char *name)
{
	struct repo_id id;
	char hex[REPO_HEX + 1];

	if (strlen(name) != 2)
		return -1;
	snprintf(hex, sizeof(hex), "%s00000000000000000000000000000000000000", name);
	return repo_id_parse(hex, &id) ? id.bytes[0] : -1;
}

static void list_fanout(struct objects *odb, struct objects_dir *dir)
{
	DIR *objects = open_dir(odb, dir->path, false);
	struct dirent *entry;
	struct stat st;

	dir->fanout_listed = true;
	memset(dir->fanout, 0, sizeof(dir->fanout));
	if (objects && !fstat(dirfd(objects), &st))
		dir->fanout_mtime = mtime_ns(&st);
	while (objects && (entry = readdir(objects))) {
		int first = hex_pair(entry->d_name);

		if (first >= 0)
			dir->fanout[first / 8] |= (unsigned char)(1 << first % 8);
	}
	if (objects)
		closedir(objects);
}

static int add_dir(struct objects *odb, const char *path, unsigned depth, struct err *err);

/* Directories of other repositories whose objects this one uses; those gone are passed over. */
static int add_alternates(struct objects *odb, const char *path, unsigned depth, struct err *err)
{
	char *file = xasprintf("%s/info/alternates", path);
	struct buf text = {0};
	enum repo_code code = repo_file_read(file, ALTERNATES_MAX, &text, NULL, err);
	int ret = code && code != REPO_NO_ENTRY ? -1 : 0;
	char *line = text.data, *end;

	for (; !ret && line && *line; line = end) {
		char *other;

		end = line + strcspn(line, "\n");
		if (*end)
			*end++ = '\0';
		if (!*line || *line == '#')
			continue;
		other = line[0] == '/' ? xstrdup(line) : xasprintf("%s/%s", path, line);
		ret = add_dir(odb, other, depth + 1, err);
		free(other);
	}
	buf_free(&text);
	free(file);
	return ret;
}

static int add_dir(struct objects *odb, const char *path, unsigned depth, struct err *err)
{
	struct objects_dir *dir;

	if (depth > MAX_ALTERNATE_DEPTH || odb->dir_count == MAX_DIRS)
		return 0;
	for (size_t i = 0; i < odb->dir_count; i++)
		if (!strcmp(odb->dirs[i].path, path))
			return 0;
	dir = &odb->dirs[odb->dir_count++];
	dir->path = xstrdup(path);
	list_packs(odb, dir);
	return add_alternates(odb, path, depth, err);
}

struct objects *objects_open(const char *objects, struct err *err)
{
	struct objects *odb = xcalloc(1, sizeof(*odb));

	odb->inflater = inflater_new();
	if (!odb->inflater)
		err_set(err, objects, NULL, "there is no memory to inflate objects with");
	if (odb->inflater && !add_dir(odb, objects, 0, err))
		return odb;
	objects_close(odb);
	return NULL;
}

void objects_close(struct objects *odb)
{
	if (!odb)
		return;
	for (size_t i = 0; i < odb->dir_count; i++) {
		for (size_t k = 0; k < odb->dirs[i].count; k++)
			pack_close(odb->dirs[i].packs[k]);
		free(odb->dirs[i].packs);
		free(odb->dirs[i].path);
	}
	for (size_t i = 0; i < CACHE_SLOTS; i++)
		free(odb->cache[i].object.bytes);
	free(odb->chain.links);
	buf_free(&odb->file);
	free(odb->unreadable);
	inflater_free(odb->inflater);
	free(odb);
}

/* Reads the file of a loose object into odb->file. */
static enum repo_code read_loose(struct objects *odb, const struct repo_id *id, const char **reason)
{
	char hex[REPO_HEX + 1];
	enum repo_code code = REPO_NO_ENTRY;

	repo_id_hex(id, hex);
	for (size_t i = 0; i < odb->dir_count && code == REPO_NO_ENTRY; i++) {
		struct objects_dir *dir = &odb->dirs[i];
		char path[PATH_MAX];

		if (!dir->fanout_listed)
			list_fanout(odb, dir);
		if (!(dir->fanout[id->bytes[0] / 8] >> id->bytes[0] % 8 & 1) ||
		    snprintf(path, sizeof(path), "%s/%.2s/%s", dir->path, hex, hex + 2) >=
			(int)sizeof(path))
			continue;
		code = repo_file_read(path, LOOSE_MAX, &odb->file, NULL, NULL);
	}
	if (code && code != REPO_NO_ENTRY)
		*reason =
		    code == REPO_TOO_LARGE ? "its file is too large" : "its file cannot be read";
	return code;
}

static bool find_packed(struct objects *odb, const struct repo_id *id, struct location *at)
{
	if (odb->last && pack_find(odb->last, id, &at->offset)) {
		at->pack = odb->last;
		return true;
	}
	for (size_t i = 0; i < odb->dir_count; i++) {
		for (size_t k = 0; k < odb->dirs[i].count; k++) {
			struct pack *pack = odb->dirs[i].packs[k];

			if (pack != odb->last && pack_find(pack, id, &at->offset)) {
				odb->last = at->pack = pack;
				return true;
			}
		}
	}
	return false;
}

static int64_t mtime_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : mtime_ns(&st);
}

/* Commits and git gc may come meanwhile: looks again if the directories changed. */
static bool refresh(struct objects *odb)
{
	bool changed = false;

	for (size_t i = 0; i < odb->dir_count; i++) {
		struct objects_dir *dir = &odb->dirs[i];
		char path[PATH_MAX];

		if (mtime_of(dir->path) != dir->fanout_mtime) {
			list_fanout(odb, dir);
			changed = true;
		}
		if (snprintf(path, sizeof(path), "%s/pack", dir->path) < (int)sizeof(path) &&
		    mtime_of(path) != dir->packs_mtime) {
			list_packs(odb, dir);
			changed = true;
		}
	}
	return changed;
}

/* An object that is nowhere may be in what can't be opened. */
static enum repo_code missing(const struct objects *odb, const char **reason)
{
	*reason = "a pack has no index that can be read";
	for (size_t i = 0; i < odb->dir_count; i++)
		if (odb->dirs[i].bad_pack)
			return REPO_CORRUPT;
	*reason = odb->unreadable;
	return odb->unreadable ? REPO_CORRUPT : REPO_MISSING;
}

static enum repo_code locate(struct objects *odb, const struct repo_id *id, struct location *at,
			     const char **reason)
{
	for (int round = 0; round < 2; round++) {
		enum repo_code code;

		*at = (struct location){0};
		if (find_packed(odb, id, at))
			return REPO_OK;
		code = read_loose(odb, id, reason);
		if (code != REPO_NO_ENTRY)
			return code ? REPO_CORRUPT : REPO_OK;
		if (!refresh(odb))
			break;
	}
	return missing(odb, reason);
}

static bool parse_type(const char *s, size_t len, enum object_type *type)
{
	static const struct {
		const char *name;
		enum object_type type;
	} types[] = {{"commit", OBJECT_COMMIT},
		     {"tree", OBJECT_TREE},
		     {"blob", OBJECT_BLOB},
		     {"tag", OBJECT_TAG}};

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (strlen(types[i].name) == len && !memcmp(types[i].name, s, len)) {
			*type = types[i].type;
			return true;
		}
	}
	return false;
}

/* "blob 123" and a NUL; *used is the length of both. */
static bool parse_header(const char *s, size_t len, enum object_type *type, size_t *size,
			 size_t *used)
{
	const char *nul = memchr(s, '\0', len);
	const char *space = nul ? memchr(s, ' ', (size_t)(nul - s)) : NULL;

	if (!space || space + 1 == nul || nul - space > 16 ||
	    !parse_type(s, (size_t)(space - s), type))
		return false;
	*size = 0;
	for (const char *p = space + 1; p < nul; p++) {
		if (*p < '0' || *p > '9')
			return false;
		*size = *size * 10 + (size_t)(*p - '0');
	}
	*used = (size_t)(nul - s) + 1;
	return true;
}

static enum repo_code loose_read(struct objects *odb, size_t cap, struct object *out,
				 const char **reason)
{
	const unsigned char *in = (const unsigned char *)buf_str(&odb->file);
	char head[LOOSE_HEADER];
	size_t used, len = inflate_head(odb->inflater, in, odb->file.len, head, sizeof(head));
	char *all;

	*reason = "its file is damaged";
	if (!parse_header(head, len, &out->type, &out->len, &used))
		return REPO_CORRUPT;
	if (out->len > cap)
		return REPO_TOO_LARGE;
	all = xmalloc(used + out->len + 1);
	if (!inflate_all(odb->inflater, in, odb->file.len, all, used + out->len)) {
		free(all);
		return REPO_CORRUPT;
	}
	memmove(all, all + used, out->len);
	all[out->len] = '\0';
	out->bytes = all;
	if (odb->file.cap > FILE_KEPT)
		buf_free(&odb->file);
	return REPO_OK;
}

static struct cached *cache_slot(struct objects *odb, const struct pack *pack, uint64_t offset)
{
	uint64_t hash = (offset ^ (uintptr_t)pack) * UINT64_C(0x9e3779b97f4a7c15);

	return &odb->cache[hash >> 56];
}

/* Takes the object over. */
static void cache_put(struct objects *odb, const struct pack *pack, uint64_t offset,
		      struct object *object)
{
	struct cached *slot = cache_slot(odb, pack, offset);

	if (object->len > CACHED_MAX) {
		free(object->bytes);
		return;
	}
	if (odb->cached_bytes + object->len > CACHE_MAX) {
		for (size_t i = 0; i < CACHE_SLOTS; i++) {
			free(odb->cache[i].object.bytes);
			odb->cache[i] = (struct cached){0};
		}
		odb->cached_bytes = 0;
	}
	odb->cached_bytes += object->len;
	odb->cached_bytes -= slot->pack ? slot->object.len : 0;
	free(slot->object.bytes);
	*slot = (struct cached){pack, offset, *object};
}

static enum repo_code follow_chain(struct objects *odb, const struct location *at,
				   struct chain *chain, const char **reason)
{
	uint64_t offset = at->offset;

	for (;;) {
		struct cached *slot = cache_slot(odb, at->pack, offset);
		struct link *link;

		if (slot->pack == at->pack && slot->offset == offset) {
			chain->base = slot->object;
			chain->base_cached = true;
			return REPO_OK;
		}
		if (chain->count == MAX_DELTAS) {
			*reason = "its pack has too long a chain of deltas";
			return REPO_CORRUPT;
		}
		GROW(chain->links, chain->count, chain->cap);
		link = &chain->links[chain->count++];
		link->offset = offset;
		if (!pack_read_entry(at->pack, offset, &link->entry, reason))
			return REPO_CORRUPT;
		if (link->entry.type)
			return REPO_OK;
		offset = link->entry.base;
	}
}

static char *inflate_entry(struct objects *odb, const struct pack_entry *entry)
{
	char *bytes = xmalloc(entry->len + 1);

	if (!inflate_all(odb->inflater, entry->data, entry->data_len, bytes, entry->len)) {
		free(bytes);
		return NULL;
	}
	bytes[entry->len] = '\0';
	return bytes;
}

/*
 * The length of the object that the chain makes, told by its first delta. A small one is
 * inflated whole and kept: starting twice would cost more than what is left of it.
 */
static bool result_len(struct objects *odb, struct chain *chain, size_t *len)
{
	const struct pack_entry *delta = &chain->links[0].entry;
	char head[32];
	size_t got, base, used;

	if (delta->len <= SMALL_DELTA) {
		chain->delta = inflate_entry(odb, delta);
		return chain->delta &&
		       delta_sizes((unsigned char *)chain->delta, delta->len, &base, len, &used);
	}
	got = inflate_head(odb->inflater, delta->data, delta->data_len, head, sizeof(head));
	return delta_sizes((unsigned char *)head, got, &base, len, &used);
}

/* Makes the object of a base and the chain's delta i. */
static enum repo_code apply_one(struct objects *odb, struct chain *chain, size_t i,
				const struct object *base, struct object *out, const char **reason)
{
	const struct pack_entry *entry = &chain->links[i].entry;
	size_t base_len, used;
	char *delta = NULL;
	bool ok;

	*reason = "its pack is damaged";
	if (entry->len > BASE_MAX)
		return REPO_CORRUPT;
	if (i == 0) {
		delta = chain->delta;
		chain->delta = NULL;
	}
	if (!delta)
		delta = inflate_entry(odb, entry);
	if (!delta)
		return REPO_CORRUPT;
	out->bytes = NULL;
	out->type = base->type;
	ok = delta_sizes((unsigned char *)delta, entry->len, &base_len, &out->len, &used) &&
	     out->len <= BASE_MAX;
	if (ok) {
		out->bytes = xmalloc(out->len + 1);
		ok = delta_apply((unsigned char *)delta, entry->len, base->bytes, base->len,
				 out->bytes, out->len);
		out->bytes[out->len] = '\0';
	}
	free(delta);
	if (!ok) {
		free(out->bytes);
		out->bytes = NULL;
	}
	return ok ? REPO_OK : REPO_CORRUPT;
}

/* Applies the chain's deltas, the last first; each base goes to the cache when it was used. */
static enum repo_code resolve_chain(struct objects *odb, struct pack *pack, struct chain *chain,
				    struct object *out, const char **reason)
{
	size_t i = chain->count, made = 0;
	struct object base = chain->base;
	enum repo_code code = REPO_OK;

	if (!chain->base_cached) {
		const struct pack_entry *entry = &chain->links[--i].entry;

		*reason = "its pack is damaged";
		if (i && entry->len > BASE_MAX)
			return REPO_CORRUPT;
		base = (struct object){entry->type, inflate_entry(odb, entry), entry->len};
		if (!base.bytes)
			return REPO_CORRUPT;
	}
	while (i-- && code == REPO_OK) {
		struct object next;
		bool cached = chain->base_cached && i + 1 == chain->count;

		code = apply_one(odb, chain, i, &base, &next, reason);
		made += code ? 0 : next.len;
		if (made > CHAIN_MAX) {
			free(next.bytes);
			code = REPO_CORRUPT;
		}
		if (!cached && code)
			free(base.bytes);
		else if (!cached)
			cache_put(odb, pack, chain->links[i + 1].offset, &base);
		base = next;
	}
	if (code)
		return code;
	*out = base;
	if (chain->base_cached && !chain->count)
		out->bytes = xmemdup0(base.bytes, base.len);
	return REPO_OK;
}

static enum repo_code packed_read(struct objects *odb, const struct location *at, size_t cap,
				  struct object *out, const char **reason)
{
	struct chain *chain = &odb->chain;
	enum repo_code code;

	chain->count = 0;
	chain->base_cached = false;
	chain->base = (struct object){0};
	code = follow_chain(odb, at, chain, reason);
	if (code == REPO_OK && chain->count) {
		const struct pack_entry *last = &chain->links[chain->count - 1].entry;

		out->type = chain->base_cached ? chain->base.type : last->type;
		out->len = last->len;
		if (!chain->links[0].entry.type && !result_len(odb, chain, &out->len)) {
			*reason = "its pack is damaged";
			code = REPO_CORRUPT;
		}
	} else if (code == REPO_OK) {
		out->type = chain->base.type;
		out->len = chain->base.len;
	}
	if (code == REPO_OK && out->len > cap)
		code = REPO_TOO_LARGE;
	if (code == REPO_OK)
		code = resolve_chain(odb, at->pack, chain, out, reason);
	free(chain->delta);
	chain->delta = NULL;
	return code;
}

enum repo_code objects_read(struct objects *odb, const struct repo_id *id, size_t cap,
			    struct object *out, const char **reason)
{
	struct location at;
	enum repo_code code = locate(odb, id, &at, reason);

	*out = (struct object){0};
	if (code)
		return code;
	return at.pack ? packed_read(odb, &at, cap, out, reason)
		       : loose_read(odb, cap, out, reason);
}

enum repo_code objects_stat(struct objects *odb, const struct repo_id *id, enum object_type *type,
			    size_t *len, const char **reason)
{
	struct object object;
	/* with no room at all, reading ends when type and size are known */
	enum repo_code code = objects_read(odb, id, 0, &object, reason);

	*type = object.type;
	*len = object.len;
	free(object.bytes);
	return code == REPO_TOO_LARGE ? REPO_OK : code;
}

static bool has_prefix(const struct repo_id *id, const struct repo_id *prefix, size_t digits)
{
	size_t whole = digits / 2;

	if (memcmp(id->bytes, prefix->bytes, whole) != 0)
		return false;
	return digits % 2 == 0 || id->bytes[whole] >> 4 == prefix->bytes[whole] >> 4;
}

static size_t note(size_t found, const struct repo_id *id, struct repo_id *out)
{
	if (found && repo_id_equal(id, out))
		return found;
	if (!found)
		*out = *id;
	return found + 1;
}

static size_t expand_loose(const struct objects_dir *dir, const struct repo_id *prefix,
			   size_t digits, size_t found, struct repo_id *out)
{
	char hex[REPO_HEX + 1], whole[REPO_HEX + 1];
	struct dirent *entry;
	char *path;
	DIR *loose;

	repo_id_hex(prefix, hex);
	path = xasprintf("%s/%.2s", dir->path, hex);
	loose = opendir(path);
	free(path);
	while (loose && found < 2 && (entry = readdir(loose))) {
		struct repo_id id;

		if (strlen(entry->d_name) != REPO_HEX - 2)
			continue;
		snprintf(whole, sizeof(whole), "%.2s%.38s", hex, entry->d_name);
		if (repo_id_parse(whole, &id) && has_prefix(&id, prefix, digits))
			found = note(found, &id, out);
	}
	if (loose)
		closedir(loose);
	return found;
}

size_t objects_expand(struct objects *odb, const struct repo_id *prefix, size_t digits,
		      struct repo_id *out)
{
	size_t found = 0;

	for (size_t i = 0; i < odb->dir_count && found < 2; i++) {
		const struct objects_dir *dir = &odb->dirs[i];

		for (size_t k = 0; k < dir->count && found < 2; k++) {
			size_t at = pack_lower_bound(dir->packs[k], prefix);

			for (; at < pack_count(dir->packs[k]) && found < 2; at++) {
				struct repo_id id = pack_id(dir->packs[k], at);

				if (!has_prefix(&id, prefix, digits))
					break;
				found = note(found, &id, out);
			}
		}
		found = expand_loose(dir, prefix, digits, found, out);
	}
	return found;
}
