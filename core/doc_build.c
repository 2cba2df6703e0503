#include <stdlib.h>
#include <string.h>

#include "core/doc_internal.h"
#include "core/hash.h"
#include "core/mem.h"

int doc_error(const char *name, struct err *err, uint32_t line, const char *fix, const char *fmt,
	      ...)
{
	char *where = line ? xasprintf("%s:%u", name, line) : xstrdup(name);
	va_list ap;
	char *what;

	va_start(ap, fmt);
	what = xvasprintf(fmt, ap);
	va_end(ap);
	err_set(err, where, fix, "%s", what);
	free(what);
	free(where);
	return -1;
}

static int too_deep(struct doc_builder *build, uint32_t line)
{
	return doc_error(build->name, build->err, line, NULL, "nested more than %d levels deep",
			 DOC_MAX_DEPTH);
}

static void push(struct doc_builder *build, const struct doc *node, unsigned height)
{
	struct doc_frame *frame = build->depth ? &build->frames[build->depth - 1] : NULL;

	if (frame && frame->height < height)
		frame->height = height;
	GROW(build->stack, build->len, build->cap);
	build->stack[build->len++] = *node;
}

int doc_build_push(struct doc_builder *build, const struct doc *node, unsigned height)
{
	if (++build->nodes > DOC_MAX_EVENTS)
		return doc_error(build->name, build->err, node->line, NULL, "more than %d values",
				 DOC_MAX_EVENTS);
	if (build->depth + height > DOC_MAX_DEPTH)
		return too_deep(build, node->line);
	push(build, node, height);
	return 0;
}

int doc_build_open(struct doc_builder *build, enum doc_kind kind, uint32_t line, uint32_t column,
		   size_t tag)
{
	if (build->depth == DOC_MAX_DEPTH)
		return too_deep(build, line);
	build->frames[build->depth++] = (struct doc_frame){
	    .kind = kind, .line = line, .column = column, .start = build->len, .tag = tag};
	return 0;
}

const struct doc *doc_build_close(struct doc_builder *build, size_t *tag)
{
	struct doc_frame *frame = &build->frames[--build->depth];
	size_t count = build->len - frame->start;
	struct doc node = {
	    .kind = frame->kind, .line = frame->line, .column = frame->column, .text = ""};

	_Static_assert(sizeof(struct doc_pair) == 2 * sizeof(struct doc), "a pair is two nodes");
	node.len = node.kind == DOC_MAP ? count / 2 : count;
	if (count) {
		struct doc *items = arena_alloc(build->file->arena, count * sizeof(*items));

		memcpy(items, build->stack + frame->start, count * sizeof(*items));
		if (node.kind == DOC_MAP)
			node.pairs = (const struct doc_pair *)(const void *)items;
		else
			node.items = items;
	}
	build->len = frame->start;
	if (tag)
		*tag = frame->tag;
	build->height = frame->height + 1;
	push(build, &node, build->height);
	return &build->stack[build->len - 1];
}

bool doc_build_at_key(const struct doc_builder *build)
{
	const struct doc_frame *frame;

	if (!build->depth)
		return false;
	frame = &build->frames[build->depth - 1];
	return frame->kind == DOC_MAP && (build->len - frame->start) % 2 == 0;
}

void doc_build_finish(struct doc_builder *build)
{
	struct doc_file *file = build->file;

	if (build->len) {
		GROW(file->docs, file->count, file->cap);
		file->docs[file->count++] = build->stack[0];
	}
	build->len = 0;
	build->depth = 0;
}

void doc_build_free(struct doc_builder *build)
{
	free(build->stack);
}

/* Keys made to collide only use up the caller's probes. */
static uint64_t hash_of(const void *scope, const char *key, size_t len)
{
	uint64_t hash =
	    hash_bytes(HASH_START ^ (uint64_t)(uintptr_t)scope * 0x9e3779b97f4a7c15u, key, len);

	return hash ^ hash >> 29;
}

static void index_grow(struct doc_index *index)
{
	struct doc_index_entry *old = index->entries;
	size_t cap = index->cap;

	index->cap = cap ? cap * 2 : 64;
	index->entries = xcalloc(index->cap, sizeof(*index->entries));
	for (size_t i = 0; i < cap; i++) {
		size_t at;

		if (!old[i].key)
			continue;
		for (at = old[i].hash & (index->cap - 1); index->entries[at].key;
		     at = (at + 1) & (index->cap - 1))
			index->probes++;
		index->entries[at] = old[i];
	}
	free(old);
}

void **doc_index_at(struct doc_index *index, const void *scope, const char *key, size_t len,
		    bool add)
{
	uint64_t hash = hash_of(scope, key, len);
	struct doc_index_entry *entry;
	size_t at;

	if (index->count * 2 >= index->cap) {
		if (!index->cap && !add)
			return NULL;
		index_grow(index);
	}
	for (at = hash & (index->cap - 1);; at = (at + 1) & (index->cap - 1)) {
		entry = &index->entries[at];
		if (!entry->key)
			break;
		if (entry->hash == hash && entry->scope == scope && entry->len == len &&
		    !memcmp(entry->key, key, len))
			return &entry->value;
		index->probes++;
	}
	if (!add)
		return NULL;
	*entry = (struct doc_index_entry){scope, key, len, hash, NULL};
	index->count++;
	return &entry->value;
}

void doc_index_free(struct doc_index *index)
{
	free(index->entries);
}
