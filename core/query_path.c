#include "core/query_path.h"

#include <stdlib.h>
#include <string.h>

#include "core/doc_internal.h"
#include "core/mem.h"

#define MAX_STEPS_IN_PATH 32
#define PAIRS_PER_STEP	  8 /* compared in looking for a key */

enum step_kind { STEP_KEY, STEP_ANY, STEP_DEEP };

struct step {
	enum step_kind kind;
	char *key;
	size_t len;
	bool numeric;
	size_t index; /* of a key that is a number, for lists */
};

struct query_path {
	struct step steps[MAX_STEPS_IN_PATH];
	size_t count;
};

static void read_index(struct step *step)
{
	const char *p = step->key;

	step->numeric = *p && strspn(p, "0123456789") == strlen(p) && strlen(p) < 10;
	if (step->numeric)
		step->index = strtoul(p, NULL, 10);
}

/* Reads one step at *text, which moves behind it. */
static int read_step(struct query_path *path, const char **text, struct err *err)
{
	struct step *step;
	const char *p = *text;
	bool quoted = *p == '"';
	size_t len = quoted ? strcspn(p + 1, "\"") : strcspn(p, ".");

	if (path->count == MAX_STEPS_IN_PATH)
		return err_set(err, NULL, NULL, "a path of more than %d keys", MAX_STEPS_IN_PATH);
	if (quoted && !p[len + 1])
		return err_set(err, NULL, NULL, "a quote in the path is not closed");
	if (!quoted && !len)
		return err_set(err, NULL, "put keys that have dots in double quotes",
			       "an empty key in the path");
	*text = quoted ? p + len + 2 : p + len;
	if (**text && **text != '.')
		return err_set(err, NULL, NULL, "a '.' is missing after a quoted key");
	step = &path->steps[path->count++];
	if (!quoted && len == 1 && *p == '*') {
		step->kind = STEP_ANY;
	} else if (!quoted && len == 2 && !strncmp(p, "**", 2)) {
		step->kind = STEP_DEEP;
	} else {
		step->kind = STEP_KEY;
		step->key = xmemdup0(p + quoted, len);
		step->len = len;
		read_index(step);
	}
	return 0;
}

struct query_path *query_path_new(const char *text, struct err *err)
{
	struct query_path *path = xcalloc(1, sizeof(*path));

	if (!strcmp(text, "."))
		return path;
	for (;;) {
		if (read_step(path, &text, err) < 0) {
			query_path_free(path);
			return NULL;
		}
		if (!*text)
			return path;
		text++;
	}
}

void query_path_free(struct query_path *path)
{
	if (!path)
		return;
	for (size_t i = 0; i < path->count; i++)
		free(path->steps[i].key);
	free(path);
}

bool query_spend(size_t *steps, size_t count)
{
	if (*steps <= count) {
		*steps = 0;
		return false;
	}
	*steps -= count;
	return true;
}

static bool walk_from(struct query_walk *walk, size_t i, const struct doc *node);

/* On to the children of a map or list; what `<<` brings in counts as the map's own. */
static bool walk_children(struct query_walk *walk, size_t i, const struct doc *node)
{
	if (!query_spend(walk->steps, 1))
		return false;
	if (node->kind == DOC_SEQ) {
		for (size_t k = 0; k < node->len; k++) {
			if (!walk_from(walk, i, &node->items[k]))
				return false;
		}
	}
	if (node->kind != DOC_MAP)
		return true;
	for (size_t k = 0; k < node->len; k++) {
		const struct doc *key = &node->pairs[k].key;
		const struct doc *value = &node->pairs[k].value;
		bool merge = !key->quoted && !strcmp(key->text, "<<");

		if (merge && value->kind == DOC_SEQ) {
			for (size_t m = 0; m < value->len; m++) {
				if (!walk_children(walk, i, &value->items[m]))
					return false;
			}
		} else if (!(merge ? walk_children : walk_from)(walk, i, value)) {
			return false;
		}
	}
	return true;
}

/* The steps that were left of the path start at i. Recursion ends with the document's depth. */
static bool walk_from(struct query_walk *walk, size_t i, const struct doc *node)
{
	const struct step *step = &walk->path->steps[i];
	size_t cost = 0;

	if (!query_spend(walk->steps, 1))
		return false;
	if (i == walk->path->count) {
		walk->any = true;
		return walk->visit(walk->arg, node);
	}
	if (step->kind == STEP_DEEP)
		return walk_from(walk, i + 1, node) && walk_children(walk, i, node);
	if (step->kind == STEP_ANY)
		return walk_children(walk, i + 1, node);
	if (node->kind == DOC_SEQ)
		node = step->numeric ? doc_item(node, step->index) : NULL;
	else
		node = doc_find(node, step->key, step->len, &cost);
	if (!query_spend(walk->steps, cost / PAIRS_PER_STEP))
		return false;
	return node ? walk_from(walk, i + 1, node) : true;
}

bool query_walk(struct query_walk *walk, const struct doc *root)
{
	return root ? walk_from(walk, 0, root) : true;
}

enum query_result query_select(const struct query_path *path, const struct doc *root,
			       bool (*visit)(void *arg, const struct doc *node), void *arg)
{
	size_t steps = QUERY_MAX_STEPS;
	struct query_walk walk = {path, visit, arg, &steps, false};

	if (!query_walk(&walk, root) && !steps)
		return QUERY_GAVE_UP;
	return walk.any ? QUERY_YES : QUERY_NO;
}

static bool take_first(void *arg, const struct doc *node)
{
	const struct doc **found = arg;

	if (node->kind != DOC_NULL)
		*found = node;
	return !*found;
}

const struct doc *query_first(const struct query_path *path, const struct doc *root)
{
	const struct doc *found = NULL;

	query_select(path, root, take_first, &found);
	return found;
}
