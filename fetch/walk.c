#include "fetch/walk.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

#define SLOP	    5	/* old commits looked behind before the walk ends */
#define MAX_PARENTS 256 /* the largest known octopus has 66 */

struct node {
	struct repo_id id;
	struct repo_id tree;
	int64_t time;
	struct repo_commit commit; /* until it was handed out */
};

struct walk {
	struct repo *repo;
	int64_t since;
	size_t max, given;
	unsigned old;
	bool capped;
	struct node *nodes;
	size_t count, cap;
	uint32_t *heap; /* indexes of nodes that wait, the newest first */
	size_t heap_len, heap_cap;
	uint32_t *table; /* open addressing by id: index + 1, 0 is free */
	size_t table_size;
	uint32_t current; /* the node handed out last */
	bool has_current;
	uint32_t parents[MAX_PARENTS]; /* of the node handed out last */
};

static bool is_before(const struct walk *walk, uint32_t a, uint32_t b)
{
	const struct node *x = &walk->nodes[a], *y = &walk->nodes[b];

	/* found first, first out among equals: the same answer every time */
	return x->time != y->time ? x->time > y->time : a < b;
}

static void heap_push(struct walk *walk, uint32_t index)
{
	size_t i;

	GROW(walk->heap, walk->heap_len, walk->heap_cap);
	for (i = walk->heap_len++; i; i = (i - 1) / 2) {
		uint32_t parent = walk->heap[(i - 1) / 2];

		if (!is_before(walk, index, parent))
			break;
		walk->heap[i] = parent;
	}
	walk->heap[i] = index;
}

static uint32_t heap_pop(struct walk *walk)
{
	uint32_t top = walk->heap[0], last = walk->heap[--walk->heap_len];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < walk->heap_len) {
		if (child + 1 < walk->heap_len &&
		    is_before(walk, walk->heap[child + 1], walk->heap[child]))
			child++;
		if (!is_before(walk, walk->heap[child], last))
			break;
		walk->heap[i] = walk->heap[child];
		i = child;
	}
	walk->heap[i] = last;
	return top;
}

/* The id's place in the table: its own, or the free one where it goes. */
static uint32_t *place(const struct walk *walk, const struct repo_id *id)
{
	uint64_t hash;
	size_t i;

	memcpy(&hash, id->bytes, sizeof(hash));
	hash *= UINT64_C(0x9e3779b97f4a7c15);
	for (i = (hash >> 20) & (walk->table_size - 1); walk->table[i];
	     i = (i + 1) & (walk->table_size - 1))
		if (repo_id_equal(&walk->nodes[walk->table[i] - 1].id, id))
			break;
	return &walk->table[i];
}

static void grow_table(struct walk *walk)
{
	walk->table_size = walk->table_size ? walk->table_size * 2 : 256;
	free(walk->table);
	walk->table = xcalloc(walk->table_size, sizeof(*walk->table));
	for (size_t i = 0; i < walk->count; i++)
		*place(walk, &walk->nodes[i].id) = (uint32_t)i + 1;
}

/* Reads a commit into the walk, unless it was seen; *index is its node. */
static enum repo_code add(struct walk *walk, const struct repo_id *id, uint32_t *index,
			  struct err *err)
{
	struct node node = {.id = *id};
	uint32_t *slot;
	enum repo_code code;

	if (walk->count * 2 >= walk->table_size)
		grow_table(walk);
	slot = place(walk, id);
	if (*slot) {
		*index = *slot - 1;
		return REPO_OK;
	}
	code = repo_commit(walk->repo, id, &node.commit, err);
	if (code)
		return code;
	node.tree = node.commit.tree;
	node.time = node.commit.committer.time;
	GROW(walk->nodes, walk->count, walk->cap);
	walk->nodes[walk->count] = node;
	*index = (uint32_t)walk->count++;
	*slot = *index + 1;
	heap_push(walk, *index);
	return REPO_OK;
}

enum repo_code walk_new(struct repo *repo, const struct repo_id *head, int64_t since, size_t max,
			struct walk **out, struct err *err)
{
	struct walk *walk = xcalloc(1, sizeof(*walk));
	uint32_t index;
	enum repo_code code;

	walk->repo = repo;
	walk->since = since;
	walk->max = max;
	code = add(walk, head, &index, err);
	if (code) {
		walk_free(walk);
		walk = NULL;
	}
	*out = walk;
	return code;
}

static void release_current(struct walk *walk)
{
	if (walk->has_current)
		repo_commit_free(&walk->nodes[walk->current].commit);
	walk->has_current = false;
}

void walk_free(struct walk *walk)
{
	if (!walk)
		return;
	release_current(walk);
	for (size_t i = 0; i < walk->heap_len; i++)
		repo_commit_free(&walk->nodes[walk->heap[i]].commit);
	free(walk->nodes);
	free(walk->heap);
	free(walk->table);
	free(walk);
}

/* Queues the node's parents and fills what the step says of them. */
static void expand(struct walk *walk, uint32_t index, struct walk_step *step)
{
	struct repo_commit commit = walk->nodes[index].commit;

	if (repo_is_boundary(walk->repo, &step->id)) {
		step->cut = commit.parent_count > 0;
		return;
	}
	step->cut = commit.parent_count > MAX_PARENTS;
	for (size_t i = 0; i < commit.parent_count && i < MAX_PARENTS; i++) {
		struct repo_id id = repo_commit_parent(&commit, i);
		uint32_t parent;

		if (add(walk, &id, &parent, NULL)) {
			step->cut = true;
			continue;
		}
		if (i == 0) {
			step->has_parent = true;
			step->parent_tree = walk->nodes[parent].tree;
		}
		walk->parents[step->parent_count++] = parent;
	}
}

bool walk_next(struct walk *walk, struct walk_step *step)
{
	release_current(walk);
	while (walk->heap_len) {
		uint32_t index;
		bool old;

		if (walk->given >= walk->max) {
			walk->capped = true;
			return false;
		}
		index = heap_pop(walk);
		walk->current = index;
		walk->has_current = true;
		*step = (struct walk_step){
		    .id = walk->nodes[index].id, .number = index, .parents = walk->parents};
		old = walk->nodes[index].time < walk->since;
		walk->old = old ? walk->old + 1 : 0;
		if (walk->old > SLOP)
			return false;
		expand(walk, index, step);
		if (!old) {
			step->commit = walk->nodes[index].commit;
			walk->given++;
			return true;
		}
		release_current(walk);
	}
	return false;
}

size_t walk_count(const struct walk *walk)
{
	return walk->count;
}

bool walk_was_capped(const struct walk *walk)
{
	return walk->capped;
}
