#include <stdlib.h>
#include <string.h>

#include "core/fleet_internal.h"
#include "core/mem.h"

/* "from depends on to", as from's or to's descriptor says. */
struct edge {
	int32_t from;
	struct dependency_ref ref;
};

struct edges {
	struct edge *edges;
	size_t count, cap;
};

/* The one service of that name; of several, the one that has it as its own, or is near. */
static int32_t resolve_name(const struct fleet *fleet, const struct fleet_node *from,
			    const char *name)
{
	const struct name_entry *entry = fleet_name(fleet, name);
	const struct fleet_node *any = NULL, *near = NULL;
	size_t all = 0, close = 0;
	int32_t exact;

	for (size_t i = 0; entry && i < entry->services.count && i < FLEET_MAX_NAMESAKES; i++) {
		const struct fleet_node *node = fleet_ref_node(fleet, &entry->services.refs[i]);

		if (!node)
			continue;
		all++;
		any = node;
		if (node->home == from->home) {
			close++;
			near = node;
		}
	}
	if (all == 1)
		return any->index;
	exact = fleet_find(fleet, name);
	if (exact >= 0)
		return exact;
	return close == 1 ? near->index : -1;
}

/* As written, then without a kind ("component:pay"), then without a namespace ("default/pay"). */
static int32_t resolve(const struct fleet *fleet, const struct fleet_node *from, const char *name)
{
	int32_t found = resolve_name(fleet, from, name);
	const char *colon = strchr(name, ':'), *slash = strrchr(name, '/');

	if (found < 0 && colon)
		found = resolve_name(fleet, from, colon + 1);
	if (found < 0 && slash)
		found = resolve_name(fleet, from, slash + 1);
	return found;
}

static void add_edge(struct edges *edges, int32_t from, struct dependency_ref ref)
{
	GROW(edges->edges, edges->count, edges->cap);
	edges->edges[edges->count++] = (struct edge){from, ref};
}

static void collect_edges(struct fleet *fleet, struct edges *edges)
{
	for (size_t i = 0; i < fleet->order_count; i++) {
		const struct fleet_node *node = fleet->order[i];

		for (size_t n = 0; n < node->need_count; n++) {
			struct dependency_ref ref = node->needs[n];

			ref.service = resolve(fleet, node, ref.name);
			add_edge(edges, node->index, ref);
		}
		for (size_t d = 0; d < node->descriptor_count; d++) {
			const struct descriptor *desc = node->descriptors[d];

			for (size_t k = 0; k < desc->dependency_of_count; k++) {
				const struct fact *fact = &desc->dependency_of[k];
				int32_t from = resolve(fleet, node, fact->value);

				if (from >= 0)
					add_edge(edges, from,
						 (struct dependency_ref){node->pub.name,
									 node->index, fact->at});
			}
		}
	}
}

/* Lays edges out by the service at their tail; keeps one of each pair. */
static void set_dependencies(struct fleet *fleet, const struct edges *edges)
{
	struct dependency_ref *room = arena_alloc(fleet->links, edges->count * sizeof(*room));
	size_t *starts = xcalloc(fleet->order_count + 1, sizeof(*starts));
	int32_t *seen = xcalloc(fleet->order_count, sizeof(*seen));
	size_t at = 0;

	for (size_t i = 0; i < edges->count; i++)
		starts[edges->edges[i].from]++;
	for (size_t i = 0; i < fleet->order_count; i++) {
		struct service *service = &fleet->order[i]->pub;

		service->depends_on = room + at;
		service->depends_count = 0;
		at += starts[i];
	}
	for (size_t i = 0; i < edges->count; i++) {
		struct service *service = &fleet->order[edges->edges[i].from]->pub;

		service->depends_on[service->depends_count++] = edges->edges[i].ref;
	}
	for (size_t i = 0; i < fleet->order_count; i++) {
		struct service *service = &fleet->order[i]->pub;
		size_t kept = 0;

		for (size_t d = 0; d < service->depends_count; d++) {
			struct dependency_ref ref = service->depends_on[d];

			if (ref.service >= 0 && seen[ref.service] == (int32_t)i + 1)
				continue;
			if (ref.service >= 0)
				seen[ref.service] = (int32_t)i + 1;
			service->depends_on[kept++] = ref;
		}
		service->depends_count = kept;
	}
	free(starts);
	free(seen);
}

static void set_dependents(struct fleet *fleet, size_t most)
{
	int32_t *room = arena_alloc(fleet->links, most * sizeof(*room));
	size_t *counts = xcalloc(fleet->order_count, sizeof(*counts));

	for (size_t i = 0; i < fleet->order_count; i++)
		for (size_t d = 0; d < fleet->order[i]->pub.depends_count; d++)
			if (fleet->order[i]->pub.depends_on[d].service >= 0)
				counts[fleet->order[i]->pub.depends_on[d].service]++;
	for (size_t i = 0; i < fleet->order_count; i++) {
		struct service *service = &fleet->order[i]->pub;

		service->dependents = room;
		service->dependent_count = 0;
		room += counts[i];
	}
	for (size_t i = 0; i < fleet->order_count; i++)
		for (size_t d = 0; d < fleet->order[i]->pub.depends_count; d++) {
			int32_t to = fleet->order[i]->pub.depends_on[d].service;
			struct service *service = to >= 0 ? &fleet->order[to]->pub : NULL;

			if (service)
				service->dependents[service->dependent_count++] = (int32_t)i;
		}
	free(counts);
}

void fleet_link(struct fleet *fleet)
{
	struct edges edges = {0};

	arena_free(fleet->links);
	fleet->links = arena_new();
	collect_edges(fleet, &edges);
	set_dependencies(fleet, &edges);
	set_dependents(fleet, edges.count);
	free(edges.edges);
}
