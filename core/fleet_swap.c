#include <string.h>

#include "core/fleet_internal.h"

static bool same_keys(const struct fleet_node *a, const struct fleet_node *b)
{
	if (a->key_count != b->key_count)
		return false;
	for (size_t i = 0; i < a->key_count; i++)
		if (strcmp(a->keys[i], b->keys[i]) != 0)
			return false;
	return true;
}

static bool same_needs(const struct fleet_node *a, const struct fleet_node *b)
{
	if (a->need_count != b->need_count)
		return false;
	for (size_t i = 0; i < a->need_count; i++)
		if (strcmp(a->needs[i].name, b->needs[i].name) != 0)
			return false;
	return true;
}

/* Whether it says what others depend on: those keep strings of its descriptors. */
static bool speaks_for_others(const struct fleet_node *node)
{
	for (size_t i = 0; i < node->descriptor_count; i++)
		if (node->descriptors[i]->dependency_of_count)
			return true;
	return false;
}

static bool same_services(const struct fleet_checkout *home)
{
	if (home->node_count != home->before_count)
		return false;
	for (size_t i = 0; i < home->node_count; i++) {
		const struct fleet_node *old = &home->before[i], *new = &home->nodes[i];

		if (strcmp(old->pub.name, new->pub.name) != 0 || !same_keys(old, new) ||
		    !same_needs(old, new) || speaks_for_others(old) || speaks_for_others(new))
			return false;
	}
	return true;
}

/* What the old node's own descriptors said is now said by those of the new one. */
static void take_dependencies(struct fleet_node *new, const struct fleet_node *old)
{
	struct service *service = &new->pub;
	size_t need = 0;

	service->depends_on = old->pub.depends_on;
	service->depends_count = old->pub.depends_count;
	service->dependents = old->pub.dependents;
	service->dependent_count = old->pub.dependent_count;
	for (size_t i = 0; i < service->depends_count; i++) {
		struct dependency_ref *ref = &service->depends_on[i];

		/* Both stand in the order of the descriptors; some needs are left out. */
		for (size_t n = need; n < old->need_count; n++)
			if (old->needs[n].name == ref->name) {
				ref->name = new->needs[n].name;
				ref->at = new->needs[n].at;
				need = n + 1;
				break;
			}
	}
}

static void swap_nodes(struct fleet *fleet, struct fleet_checkout *home)
{
	for (size_t i = 0; i < home->node_count; i++) {
		struct fleet_node *new = &home->nodes[i];
		const struct fleet_node *old = &home->before[i];

		take_dependencies(new, old);
		new->index = old->index;
		new->renamed = false;
		fleet->order[new->index] = new;
	}
}

bool fleet_swap(struct fleet *fleet)
{
	if (fleet->renamed)
		return false;
	for (size_t i = 0; i < fleet->dirty_count; i++)
		if (!same_services(fleet->checkouts[fleet->dirty[i]]))
			return false;
	for (size_t i = 0; i < fleet->dirty_count; i++)
		swap_nodes(fleet, fleet->checkouts[fleet->dirty[i]]);
	return true;
}
