#ifndef SVCTOP_FETCH_GIT_OBJECTS_H
#define SVCTOP_FETCH_GIT_OBJECTS_H

/*
 * The objects of a repository: loose ones, packs and alternates, read here and not by
 * libgit2, whose version 1.5 writes past its memory for a loose object of another size
 * than it claims, and follows a pack index out of its file. Every size, offset and id
 * in these files is taken for a lie until checked. Hashes are not checked: they would
 * cost as much as all else, and prove nothing about content.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "fetch/git.h"

/* Numbers as in packs. */
enum object_type { OBJECT_COMMIT = 1, OBJECT_TREE, OBJECT_BLOB, OBJECT_TAG };

struct object {
	enum object_type type;
	char *bytes; /* terminated; the receiver frees it */
	size_t len;
};

struct objects;

/* NULL: err says what about the objects directory cannot be. */
struct objects *objects_open(const char *objects, struct err *err);
void objects_close(struct objects *odb); /* NULL is allowed */

/* Type and size without reading it all. reason: what is wrong, for REPO_CORRUPT. */
enum repo_code objects_stat(struct objects *odb, const struct repo_id *id, enum object_type *type,
			    size_t *len, const char **reason);

/* REPO_TOO_LARGE leaves out->type and out->len set, and bytes NULL. */
enum repo_code objects_read(struct objects *odb, const struct repo_id *id, size_t cap,
			    struct object *out, const char **reason);

/* Finds ids that begin with digits hex digits of prefix; returns how many, at most 2. */
size_t objects_expand(struct objects *odb, const struct repo_id *prefix, size_t digits,
		      struct repo_id *id);

/* Packs: what fetch/git_pack.c gives the odb. */

struct inflater; /* memory that is used again and again */

struct inflater *inflater_new(void);
void inflater_free(struct inflater *inflater);
/* Inflates to exactly len bytes of out; false: the stream is broken, or of another size. */
bool inflate_all(struct inflater *inflater, const unsigned char *in, size_t in_len, char *out,
		 size_t len);
/* Inflates the first len bytes at most; returns how many there are before an end or an error. */
size_t inflate_head(struct inflater *inflater, const unsigned char *in, size_t in_len, char *out,
		    size_t len);

struct pack;

/* Opens name.idx in dir; the .pack when it is first read from. NULL: not an index. */
struct pack *pack_open(const char *dir, const char *name);
void pack_close(struct pack *pack);
/* Whether it is the pack of this name, without ".idx". */
bool pack_is(const struct pack *pack, const char *name);
/* Where the object begins in the pack; false: it isn't there. */
bool pack_find(const struct pack *pack, const struct repo_id *id, uint64_t *offset);
/* The objects whose ids are not less than id: at(i) for i from here to pack_count(). */
size_t pack_lower_bound(const struct pack *pack, const struct repo_id *id);
size_t pack_count(const struct pack *pack);
struct repo_id pack_id(const struct pack *pack, size_t i);

/* One entry of a pack: an object, or a delta and its base. */
struct pack_entry {
	enum object_type type; /* 0: a delta */
	uint64_t base;	       /* of a delta */
	size_t len;	       /* inflated: of the object, or of the delta */
	const unsigned char *data;
	size_t data_len; /* deflated, at most */
};

/* reason is set when it returns false. */
bool pack_read_entry(struct pack *pack, uint64_t offset, struct pack_entry *entry,
		     const char **reason);

/* Size of what a delta makes, from its first bytes; false: broken. */
bool delta_sizes(const unsigned char *delta, size_t len, size_t *base, size_t *result,
		 size_t *used);
/* Fills result (delta_sizes() gave its length) from base; false: broken. */
bool delta_apply(const unsigned char *delta, size_t len, const char *base, size_t base_len,
		 char *result, size_t result_len);

#endif
