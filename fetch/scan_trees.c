#include "fetch/scan_internal.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

#define KEPT_MAX   (SCAN_KEPT_SLOTS / 2)
#define KEPT_BYTES (4u << 20)

/* Where the tree is or would be; at least half of the slots are free. */
static struct kept_tree *slot_of(struct kept_trees *kept, const struct repo_id *id)
{
	size_t at = (size_t)id->bytes[0] << 8 | id->bytes[1];

	for (;; at++) {
		struct kept_tree *slot = &kept->slots[at % SCAN_KEPT_SLOTS];

		if (!slot->tree.memory || repo_id_equal(&slot->id, id))
			return slot;
	}
}

enum repo_code scan_tree_read(struct scan *scan, const struct repo_id *id, struct repo_tree *tree,
			      struct err *err)
{
	const struct kept_tree *slot = scan->kept ? slot_of(scan->kept, id) : NULL;

	if (!slot || !slot->tree.memory)
		return repo_tree(scan->repo, id, tree, err);
	*tree = slot->tree;
	tree->memory = NULL;
	repo_tree_rewind(tree);
	return REPO_OK;
}

void scan_tree_keep(struct scan *scan, const struct repo_id *id, struct repo_tree *tree)
{
	struct kept_trees *kept;
	struct kept_tree *slot;

	if (!scan->kept)
		scan->kept = xcalloc(1, sizeof(*scan->kept));
	kept = scan->kept;
	slot = slot_of(kept, id);
	if (!tree->memory || slot->tree.memory || kept->count == KEPT_MAX ||
	    tree->len > KEPT_BYTES - kept->bytes) {
		repo_tree_free(tree);
		return;
	}
	slot->id = *id;
	slot->tree = *tree;
	kept->count++;
	kept->bytes += tree->len;
	*tree = (struct repo_tree){0};
}

void scan_trees_free(struct scan *scan)
{
	for (size_t i = 0; scan->kept && i < SCAN_KEPT_SLOTS; i++)
		repo_tree_free(&scan->kept->slots[i].tree);
	free(scan->kept);
	scan->kept = NULL;
}
