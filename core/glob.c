#include "core/glob.h"

#include <stdlib.h>
#include <string.h>

#include "core/glob_pattern.h"
#include "core/mem.h"

/*
 * A trie whose edges are parts of patterns. Edges with a plain name are found by one
 * hash lookup a node, whatever their number; edges with wildcards are tried in turn,
 * most ruled out by their first or last byte. Two stars are a node of their own that
 * a walk never leaves (LOOP), reached from its parent without consuming a folder.
 */

#define NO_NODE	       UINT32_MAX
#define GLOB_MAX_NODES 1000000

struct edge {
	struct glob_part part;
	uint32_t to;
};

enum accept_kind { ACCEPT_ANY, ACCEPT_DIR, ACCEPT_FILE };

struct accept {
	unsigned id;
	enum accept_kind kind;
};

struct node {
	struct edge *wild; /* once compiled: for folders alone, for both, for files alone */
	size_t wild_count, wild_cap;
	size_t folders_end, files_start;
	struct edge *names;
	size_t name_count, name_cap;
	struct accept *accepts; /* by id once compiled */
	size_t accept_count, accept_cap;
	uint32_t deep; /* the LOOP node under this one, NO_NODE: none */
	bool loop;
};

/* A named edge in the hash table. */
struct slot {
	uint32_t hash;
	uint32_t from;
	const struct edge *edge; /* NULL: free */
};

struct glob_set {
	struct node *nodes;
	size_t count, cap;
	struct slot *slots; /* a power of two, at most half full */
	size_t slot_mask;
};

/* Building */

static uint32_t add_node(struct glob_set *set, bool loop)
{
	GROW(set->nodes, set->count, set->cap);
	set->nodes[set->count] = (struct node){.deep = NO_NODE, .loop = loop};
	return (uint32_t)set->count++;
}

struct glob_set *glob_set_new(void)
{
	struct glob_set *set = xcalloc(1, sizeof(*set));

	add_node(set, false);
	return set;
}

static void free_edges(struct edge *edges, size_t count)
{
	for (size_t i = 0; i < count; i++)
		glob_part_free(&edges[i].part);
	free(edges);
}

void glob_set_free(struct glob_set *set)
{
	if (!set)
		return;
	for (size_t i = 0; i < set->count; i++) {
		free_edges(set->nodes[i].wild, set->nodes[i].wild_count);
		free_edges(set->nodes[i].names, set->nodes[i].name_count);
		free(set->nodes[i].accepts);
	}
	free(set->nodes);
	free(set->slots);
	free(set);
}

static bool same_part(const struct glob_part *a, const struct glob_part *b)
{
	return a->kind == b->kind && a->icase == b->icase && a->len == b->len &&
	       a->prefix == b->prefix && memcmp(a->text, b->text, a->len) == 0;
}

/* The node behind the edge that says part, made where it is missing. */
static uint32_t follow(struct glob_set *set, uint32_t from, struct glob_part *part)
{
	struct node *node = &set->nodes[from];
	bool literal = part->kind == PART_LITERAL;
	struct edge edge = {.part = *part};
	const struct edge *edges = literal ? node->names : node->wild;
	size_t count = literal ? node->name_count : node->wild_count;

	if (part->kind == PART_DEEP) {
		if (node->deep == NO_NODE) {
			uint32_t deep = add_node(set, true);

			set->nodes[from].deep = deep;
		}
		return set->nodes[from].deep;
	}
	for (size_t i = 0; i < count; i++) {
		if (same_part(&edges[i].part, part))
			return edges[i].to;
	}
	/* The edge owns the part now. */
	part->text = NULL;
	part->program = NULL;
	edge.to = add_node(set, false);
	node = &set->nodes[from];
	if (literal) {
		GROW(node->names, node->name_count, node->name_cap);
		node->names[node->name_count++] = edge;
	} else {
		GROW(node->wild, node->wild_count, node->wild_cap);
		node->wild[node->wild_count++] = edge;
	}
	return edge.to;
}

/* The node at which the pattern ends, or -1. */
static int add_one(struct glob_set *set, const char *pattern, unsigned flags, unsigned id,
		   struct err *err)
{
	struct glob_parts parts;
	struct node *node;
	uint32_t at = 0;

	if (glob_parts_parse(pattern, flags, &parts, err) < 0)
		return -1;
	if (set->count + parts.count > GLOB_MAX_NODES) {
		glob_parts_free(&parts);
		return err_set(err, NULL, NULL, "too many patterns");
	}
	for (size_t i = 0; i < parts.count; i++)
		at = follow(set, at, &parts.part[i]);
	node = &set->nodes[at];
	GROW(node->accepts, node->accept_count, node->accept_cap);
	node->accepts[node->accept_count++] =
	    (struct accept){.id = id,
			    .kind = parts.dir_only	 ? ACCEPT_DIR
				    : flags & GLOB_FILES ? ACCEPT_FILE
							 : ACCEPT_ANY};
	glob_parts_free(&parts);
	return (int)at;
}

int glob_set_add(struct glob_set *set, const char *pattern, unsigned flags, unsigned id,
		 struct err *err)
{
	int ends[GLOB_MAX_BRACES];
	char **patterns;
	size_t count, added = 0;
	int rc = 0;

	if (glob_braces(pattern, &patterns, &count, err) < 0)
		return -1;
	while (added < count && rc >= 0) {
		rc = add_one(set, patterns[added], flags, id, err);
		if (rc >= 0)
			ends[added++] = rc;
	}
	/* All of a pattern or nothing. */
	while (rc < 0 && added > 0)
		set->nodes[ends[--added]].accept_count--;
	glob_braces_free(patterns, count);
	return rc < 0 ? -1 : 0;
}

/* Compiling */

/* Upper and lower case hash alike, as may a few other characters that differ in that bit. */
static uint32_t hash_name(const char *name, size_t len)
{
	uint64_t hash = len, word;
	size_t n;

	for (size_t at = 0; at < len; at += n) {
		n = len - at < sizeof(word) ? len - at : sizeof(word);
		word = 0;
		if (n == sizeof(word))
			memcpy(&word, name + at, sizeof(word));
		else
			for (size_t i = 0; i < n; i++)
				word = word << 8 | (unsigned char)name[at + i];
		hash =
		    (hash ^ (word | UINT64_C(0x2020202020202020))) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 32;
	}
	return (uint32_t)hash;
}

static uint32_t hash_edge(uint32_t name_hash, uint32_t from)
{
	uint32_t hash = (name_hash ^ (from * 2654435761u)) * 2246822519u;

	return hash ^ (hash >> 15);
}

static void add_slot(struct glob_set *set, uint32_t from, const struct edge *edge)
{
	uint32_t hash = hash_edge(hash_name(edge->part.text, edge->part.len), from);
	size_t at = hash & set->slot_mask;

	while (set->slots[at].edge)
		at = (at + 1) & set->slot_mask;
	set->slots[at] = (struct slot){.hash = hash, .from = from, .edge = edge};
}

static int by_id(const void *a, const void *b)
{
	const struct accept *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static bool leads_on(const struct node *node)
{
	return node->name_count || node->wild_count || node->deep != NO_NODE;
}

static bool accepts(const struct node *node, bool is_dir)
{
	for (size_t i = 0; i < node->accept_count; i++)
		if (node->accepts[i].kind != (is_dir ? ACCEPT_FILE : ACCEPT_DIR))
			return true;
	return false;
}

/* 0: an edge that only folders need, 2: that only files need. */
static int edge_rank(const struct glob_set *set, const struct edge *edge)
{
	const struct node *to = &set->nodes[edge->to];

	if (!leads_on(to) && !accepts(to, true))
		return 2;
	return accepts(to, false) ? 1 : 0;
}

/* Most of the edges are of no use for a folder: it is not to try them. */
static void sort_wild(const struct glob_set *set, struct node *node)
{
	struct edge *sorted = xcalloc(node->wild_count, sizeof(*sorted));
	size_t count = 0;

	for (int rank = 0; rank < 3; rank++) {
		if (rank == 1)
			node->files_start = count;
		if (rank == 2)
			node->folders_end = count;
		for (size_t i = 0; i < node->wild_count; i++)
			if (edge_rank(set, &node->wild[i]) == rank)
				sorted[count++] = node->wild[i];
	}
	free(node->wild);
	node->wild = sorted;
	node->wild_cap = count;
}

void glob_set_compile(struct glob_set *set)
{
	size_t names = 0, size = 16;

	for (size_t i = 0; i < set->count; i++)
		names += set->nodes[i].name_count;
	while (size < 2 * names)
		size *= 2;
	free(set->slots);
	set->slots = xcalloc(size, sizeof(*set->slots));
	set->slot_mask = size - 1;
	for (size_t i = 0; i < set->count; i++) {
		struct node *node = &set->nodes[i];

		if (node->wild_count)
			sort_wild(set, node);
		for (size_t j = 0; j < node->name_count; j++)
			add_slot(set, (uint32_t)i, &node->names[j]);
		if (node->accept_count)
			qsort(node->accepts, node->accept_count, sizeof(*node->accepts), by_id);
	}
}

/* Walking */

/* Adds a node, and the LOOP node under it, when something can come behind it. */
static void add_position(const struct glob_set *set, struct glob_state *state, uint32_t node)
{
	for (; node != NO_NODE; node = set->nodes[node].deep) {
		bool known = !leads_on(&set->nodes[node]);

		for (uint32_t i = 0; i < state->len && !known; i++)
			known = state->nodes[i] == node;
		if (known)
			continue;
		if (state->len >= state->cap) {
			state->cap = state->cap ? 2 * state->cap : 8;
			state->nodes =
			    xreallocarray(state->nodes, state->cap, sizeof(*state->nodes));
		}
		state->nodes[state->len++] = node;
	}
}

void glob_start(const struct glob_set *set, struct glob_state *state)
{
	*state = (struct glob_state){0};
	glob_restart(set, state);
}

void glob_restart(const struct glob_set *set, struct glob_state *state)
{
	add_position(set, state, 0);
}

/* A name on its way through the edges. */
struct name {
	const char *text;
	size_t len;
	bool is_dir;
	uint32_t hash;
	unsigned char first, last;
};

static struct name name_of(const char *text, size_t len, bool is_dir)
{
	return (struct name){.text = text,
			     .len = len,
			     .is_dir = is_dir,
			     .hash = hash_name(text, len),
			     .first = len ? glob_lower(text[0]) : 0,
			     .last = len ? glob_lower(text[len - 1]) : 0};
}

/*
 * The next node that name leads to from node `from`. *at counts through the node's
 * edges, 0 at first; NO_NODE when there are no more.
 */
static uint32_t next_match(const struct glob_set *set, uint32_t from, const struct name *name,
			   size_t *at)
{
	const struct node *node = &set->nodes[from];
	size_t start = name->is_dir ? 0 : node->files_start;
	size_t wild_count = (name->is_dir ? node->folders_end : node->wild_count) - start;

	for (; *at < wild_count; ++*at) {
		const struct edge *edge = &node->wild[start + *at];

		if ((edge->part.first && edge->part.first != name->first) ||
		    (edge->part.last && edge->part.last != name->last))
			continue;
		if (glob_part_match(&edge->part, name->text, name->len)) {
			++*at;
			return edge->to;
		}
	}
	if (!node->name_count)
		return NO_NODE;
	/* A name may have two edges: one that minds its case and one that does not. */
	for (uint32_t hash = hash_edge(name->hash, from);; ++*at) {
		const struct slot *slot = &set->slots[(hash + (*at - wild_count)) & set->slot_mask];

		if (!slot->edge)
			return NO_NODE;
		if (slot->hash == hash && slot->from == from &&
		    glob_part_match(&slot->edge->part, name->text, name->len)) {
			++*at;
			return slot->edge->to;
		}
	}
}

/* Puts id into the ascending ids; those that max leaves no room for are only counted. */
static void add_id(unsigned *ids, size_t *count, size_t max, unsigned id)
{
	size_t stored = *count < max ? *count : max;
	size_t at = stored;

	while (at > 0 && ids[at - 1] > id)
		at--;
	if (at > 0 && ids[at - 1] == id)
		return;
	if (at < max) {
		size_t moved = stored - at - (stored == max ? 1 : 0);

		memmove(ids + at + 1, ids + at, moved * sizeof(*ids));
		ids[at] = id;
	}
	++*count;
}

static void add_ids(const struct node *node, bool is_dir, unsigned *ids, size_t *count, size_t max)
{
	for (size_t i = 0; i < node->accept_count; i++)
		if (node->accepts[i].kind != (is_dir ? ACCEPT_FILE : ACCEPT_DIR))
			add_id(ids, count, max, node->accepts[i].id);
}

size_t glob_entry(const struct glob_set *set, const struct glob_state *state, const char *name,
		  size_t len, bool is_dir, unsigned *ids, size_t max)
{
	struct name entry = name_of(name, len, is_dir);
	size_t count = 0;

	for (uint32_t i = 0; i < state->len; i++) {
		uint32_t next;
		size_t at = 0;

		while ((next = next_match(set, state->nodes[i], &entry, &at)) != NO_NODE)
			add_ids(&set->nodes[next], is_dir, ids, &count, max);
	}
	return count;
}

size_t glob_folder(const struct glob_set *set, const struct glob_state *from, const char *name,
		   size_t len, unsigned *ids, size_t max, struct glob_state *to)
{
	struct name entry = name_of(name, len, true);
	size_t count = 0;

	*to = (struct glob_state){0};
	for (uint32_t i = 0; i < from->len; i++) {
		uint32_t node = from->nodes[i], next;
		size_t at = 0;

		if (set->nodes[node].loop)
			add_position(set, to, node);
		while ((next = next_match(set, node, &entry, &at)) != NO_NODE) {
			add_ids(&set->nodes[next], true, ids, &count, max);
			add_position(set, to, next);
		}
	}
	return count;
}

bool glob_enter(const struct glob_set *set, const struct glob_state *from, const char *name,
		size_t len, struct glob_state *to)
{
	glob_folder(set, from, name, len, NULL, 0, to);
	return to->len > 0;
}

void glob_state_free(struct glob_state *state)
{
	free(state->nodes);
	*state = (struct glob_state){0};
}
