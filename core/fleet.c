#include "core/fleet.h"

#include <stdlib.h>
#include <string.h>

#include "core/fleet_internal.h"
#include "core/mem.h"

/* Ages in findings are worked out anew when so many seconds have gone by. */
#define REEVALUATE_AFTER 3600

struct fleet *fleet_new(const struct checklist *checklist)
{
	struct fleet *fleet = xcalloc(1, sizeof(*fleet));

	fleet->checklist = checklist;
	fleet->by_path = strmap_new();
	fleet->names = strmap_new();
	fleet->name_arena = arena_new();
	fleet->links = arena_new();
	fleet->gathered = fleet_gathered_new();
	fleet->reasons = fleet_reasons_new();
	return fleet;
}

static void free_nodes(struct fleet_node *nodes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(nodes[i].qualified);
		free(nodes[i].answers);
	}
	free(nodes);
}

static void free_remains(struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->remains_count; i++) {
		struct fleet_remains *remains = &fleet->remains[i];

		free_nodes(remains->nodes, remains->node_count);
		arena_free(remains->arena);
		checkout_free(remains->checkout);
	}
	fleet->remains_count = 0;
}

static void free_entry(const char *name, void *value, void *ctx)
{
	struct name_entry *entry = value;

	(void)name;
	(void)ctx;
	free(entry->services.refs);
	free(entry->hits.refs);
}

void fleet_free(struct fleet *fleet)
{
	if (!fleet)
		return;
	free_remains(fleet);
	for (size_t i = 0; i < fleet->checkout_count; i++) {
		struct fleet_checkout *home = fleet->checkouts[i];

		free_nodes(home->nodes, home->node_count);
		arena_free(home->arena);
		checkout_free(home->checkout);
		fleet_record_forget(home);
		free(home->path);
		free(home);
	}
	strmap_each(fleet->names, free_entry, NULL);
	strmap_free(fleet->names);
	strmap_free(fleet->by_path);
	fleet_live_free(fleet);
	fleet_record_free(fleet);
	recalled_free(fleet->recalled);
	arena_free(fleet->name_arena);
	arena_free(fleet->links);
	fleet_gathered_free(fleet->gathered);
	fleet_reasons_free(fleet->reasons);
	free(fleet->checkouts);
	free(fleet->dirty);
	free(fleet->listed);
	free(fleet->changed_names);
	free(fleet->order);
	free(fleet->due);
	free(fleet->remains);
	free(fleet);
}

const struct checklist *fleet_checklist(const struct fleet *fleet)
{
	return fleet->checklist;
}

static struct fleet_checkout *slot_of(struct fleet *fleet, const char *path)
{
	struct fleet_checkout *home = strmap_get(fleet->by_path, path);

	if (home)
		return home;
	home = xcalloc(1, sizeof(*home));
	home->path = xstrdup(path);
	home->slot = (uint32_t)fleet->checkout_count;
	GROW(fleet->checkouts, fleet->checkout_count, fleet->checkout_cap);
	fleet->checkouts[fleet->checkout_count++] = home;
	strmap_put(fleet->by_path, home->path, home);
	return home;
}

static void mark_dirty(struct fleet *fleet, struct fleet_checkout *home)
{
	if (home->dirty)
		return;
	home->dirty = true;
	GROW(fleet->dirty, fleet->dirty_count, fleet->dirty_cap);
	fleet->dirty[fleet->dirty_count++] = home->slot;
}

/* Puts aside what the slot holds; what refers to it is stale from now on. */
static void retire(struct fleet *fleet, struct fleet_checkout *home)
{
	if (!home->checkout)
		return;
	if (home->arena)
		fleet_names_remove(fleet, home);
	GROW(fleet->remains, fleet->remains_count, fleet->remains_cap);
	fleet->remains[fleet->remains_count++] =
	    (struct fleet_remains){home->checkout, home->arena, home->nodes, home->node_count};
	if (home->arena && !home->before) {
		home->before = home->nodes;
		home->before_count = home->node_count;
	}
	home->checkout = NULL;
	home->arena = NULL;
	home->nodes = NULL;
	home->node_count = 0;
	home->generation++;
}

void fleet_apply(struct fleet *fleet, struct checkout *checkout)
{
	struct fleet_checkout *home = slot_of(fleet, checkout->path);

	retire(fleet, home);
	home->checkout = checkout;
	home->checklist = fleet->checklist_serial;
	fleet_record_cause(fleet, home);
	mark_dirty(fleet, home);
}

void fleet_drop(struct fleet *fleet, const char *path)
{
	struct fleet_checkout *home = strmap_get(fleet->by_path, path);

	if (!home || !home->checkout)
		return;
	retire(fleet, home);
	fleet_record_cause(fleet, home);
	mark_dirty(fleet, home);
}

void fleet_set_checklist(struct fleet *fleet, const struct checklist *checklist)
{
	fleet->checklist = checklist;
	fleet->checklist_serial++;
	fleet->reevaluate = true;
	if (fleet->telling.record)
		record_set_checklist(fleet->telling.record, checklist);
	if (fleet->recalled)
		recalled_set_checklist(fleet->recalled, checklist);
}

static int compare_homes(const void *a, const void *b)
{
	const struct fleet_checkout *x = *(struct fleet_checkout *const *)a,
				    *y = *(struct fleet_checkout *const *)b;

	return strcmp(x->path, y->path);
}

static int compare_nodes(const void *a, const void *b)
{
	const struct fleet_node *x = *(struct fleet_node *const *)a,
				*y = *(struct fleet_node *const *)b;
	int order = fleet_name_order(x->pub.name, y->pub.name);

	if (!order)
		order = strcmp(x->home->path, y->home->path);
	if (!order)
		order = (x > y) - (x < y);
	return order;
}

/* Merges the sorted pointers a and b into one new array. */
static void **merge(void **a, size_t a_count, void **b, size_t b_count,
		    int (*compare)(const void *, const void *))
{
	void **out = xreallocarray(NULL, a_count + b_count, sizeof(*out));
	size_t i = 0, j = 0;

	while (i < a_count || j < b_count) {
		bool first = j == b_count || (i < a_count && compare(&a[i], &b[j]) <= 0);

		out[i + j] = first ? a[i] : b[j];
		if (first)
			i++;
		else
			j++;
	}
	return out;
}

static bool same_listed(const struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->dirty_count; i++) {
		const struct fleet_checkout *home = fleet->checkouts[fleet->dirty[i]];

		if (home->in_listed != (home->checkout != NULL))
			return false;
	}
	return true;
}

/* Brings the list of checkouts by path up to date with the slots that changed. */
static void list_checkouts(struct fleet *fleet)
{
	struct fleet_checkout **added, **merged;
	size_t count = 0, kept = 0;

	if (same_listed(fleet))
		return;
	added = xcalloc(fleet->dirty_count, sizeof(*added));
	for (size_t i = 0; i < fleet->listed_count; i++) {
		fleet->listed[i]->in_listed = fleet->listed[i]->checkout != NULL;
		if (fleet->listed[i]->in_listed)
			fleet->listed[kept++] = fleet->listed[i];
	}
	for (size_t i = 0; i < fleet->dirty_count; i++) {
		struct fleet_checkout *home = fleet->checkouts[fleet->dirty[i]];

		if (!home->checkout || home->in_listed)
			continue;
		home->in_listed = true;
		added[count++] = home;
	}
	qsort(added, count, sizeof(*added), compare_homes);
	merged = (struct fleet_checkout **)merge((void **)fleet->listed, kept, (void **)added,
						 count, compare_homes);
	free(added);
	free(fleet->listed);
	fleet->listed = merged;
	fleet->listed_count = kept + count;
	for (size_t i = 0; i < fleet->listed_count; i++)
		merged[i]->rank = (uint32_t)i;
}

static void build_services(struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->dirty_count; i++) {
		struct fleet_checkout *home = fleet->checkouts[fleet->dirty[i]];

		if (!home->checkout || home->arena)
			continue;
		fleet_build_services(home);
		fleet_names_add(fleet, home);
		for (size_t n = 0; n < home->node_count; n++)
			fleet_make_due(fleet, &home->nodes[n]);
	}
}

/* The services that are new or have a new name; order keeps the others. */
static struct fleet_node **take_moved(struct fleet *fleet, size_t *moved_count)
{
	struct fleet_node **moved = NULL;
	size_t count = 0, cap = 0, kept = 0;

	for (size_t i = 0; i < fleet->order_count; i++) {
		struct fleet_node *node = fleet->order[i];

		if (node->generation != node->home->generation)
			continue;
		if (!node->renamed) {
			fleet->order[kept++] = node;
			continue;
		}
		GROW(moved, count, cap);
		moved[count++] = node;
	}
	fleet->order_count = kept;
	for (size_t i = 0; i < fleet->dirty_count; i++) {
		struct fleet_checkout *home = fleet->checkouts[fleet->dirty[i]];

		for (size_t n = 0; n < home->node_count; n++) {
			GROW(moved, count, cap);
			moved[count++] = &home->nodes[n];
		}
	}
	*moved_count = count;
	return moved;
}

/* Whatever made two names the same in the end: a number tells them apart. */
static bool number_namesakes(struct fleet *fleet)
{
	bool changed = false;

	for (size_t i = 0, run; i < fleet->order_count; i += run) {
		const char *name = fleet->order[i]->pub.name;

		for (run = 1;
		     i + run < fleet->order_count && !strcmp(name, fleet->order[i + run]->pub.name);
		     run++)
			;
		for (size_t k = 1; k < run; k++) {
			struct fleet_node *node = fleet->order[i + k];
			char *numbered = xasprintf("%s #%zu", name, k + 1);

			fleet_record_former(fleet, node);
			free(node->qualified);
			node->qualified = numbered;
			node->pub.name = numbered;
			changed = true;
		}
	}
	return changed;
}

static void order_services(struct fleet *fleet)
{
	size_t count;
	struct fleet_node **moved = take_moved(fleet, &count), **merged;

	if (count)
		qsort(moved, count, sizeof(struct fleet_node *), compare_nodes);
	merged = (struct fleet_node **)merge((void **)fleet->order, fleet->order_count,
					     (void **)moved, count, compare_nodes);
	free(moved);
	free(fleet->order);
	fleet->order = merged;
	fleet->order_count += count;
	for (int round = 0; round < 3 && number_namesakes(fleet); round++)
		qsort(fleet->order, fleet->order_count, sizeof(struct fleet_node *), compare_nodes);
	for (size_t i = 0; i < fleet->order_count; i++) {
		fleet->order[i]->index = (int32_t)i;
		fleet->order[i]->renamed = false;
	}
}

/* anew: services were made behind recalled ones and stand in no order yet. */
static void take_in_changes(struct fleet *fleet, bool anew)
{
	fleet->renamed = false;
	list_checkouts(fleet);
	build_services(fleet);
	if (anew)
		fleet_names_crowded(fleet);
	fleet_names_settle(fleet);
	if (!anew && fleet_swap(fleet))
		return;
	order_services(fleet);
	fleet_link(fleet);
}

static void forget_changes(struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->dirty_count; i++) {
		struct fleet_checkout *home = fleet->checkouts[fleet->dirty[i]];

		home->dirty = false;
		home->before = NULL;
		home->before_count = 0;
	}
	fleet->dirty_count = 0;
	fleet->reevaluate = false;
	free_remains(fleet);
}

static void evaluate_all(struct fleet *fleet, int64_t now)
{
	struct reasons *old = fleet->reasons;

	fleet->reasons = fleet_reasons_new();
	fleet->turns = 0;
	for (size_t i = 0; i < fleet->order_count; i++)
		fleet_evaluate(fleet, fleet->order[i], now);
	fleet_reasons_free(old);
	fleet->evaluated_at = now;
	fleet_summarise(fleet);
}

/* Works out what is due; what it was and what is gone leaves the summary first. */
static void evaluate_due(struct fleet *fleet, int64_t now)
{
	for (size_t i = 0; i < fleet->dirty_count; i++) {
		struct fleet_checkout *home = fleet->checkouts[fleet->dirty[i]];

		for (size_t n = 0; n < home->before_count; n++)
			fleet_summary_remove(fleet, &home->before[n]);
	}
	for (size_t i = 0; i < fleet->due_count; i++) {
		fleet_summary_remove(fleet, fleet->due[i]);
		fleet_evaluate(fleet, fleet->due[i], now);
		fleet_summary_add(fleet, fleet->due[i]);
	}
}

/* What the date changed is due, too. */
static void make_turned_due(struct fleet *fleet, int64_t now)
{
	int64_t next = 0;

	if (!fleet->turns || now < fleet->turns)
		return;
	for (size_t i = 0; i < fleet->order_count; i++) {
		struct fleet_node *node = fleet->order[i];

		if (node->turns && node->turns <= now)
			fleet_make_due(fleet, node);
		else
			next = fleet_earlier(next, node->turns);
	}
	fleet->turns = next;
}

/*
 * Behind recalled services: what was applied becomes services with findings, so that little is left
 * for the end. With live state all findings are worked out there, once it is known whose it is.
 */
static void settle_behind(struct fleet *fleet, int64_t now)
{
	build_services(fleet);
	fleet_names_settle(fleet);
	if (fleet->live && live_count(fleet->live))
		fleet->reevaluate = true;
	for (size_t i = 0; i < fleet->due_count; i++) {
		struct fleet_node *node = fleet->due[i];

		if (!fleet->reevaluate)
			fleet_evaluate(fleet, node, now);
		node->dirty = false;
	}
	fleet->due_count = 0;
	if (!fleet->evaluated_at)
		fleet->evaluated_at = now;
}

static void settle(struct fleet *fleet, int64_t now, bool all)
{
	bool moved, anew = fleet->recalled && recalled_ended(fleet->recalled);

	fleet_record_begin(fleet);
	if (fleet->recalled && !anew) {
		settle_behind(fleet, now);
		return;
	}
	if (anew) {
		recalled_free(fleet->recalled);
		fleet->recalled = NULL;
	}
	moved = fleet_live_moved(fleet);
	if (!fleet->dirty_count && !all && !anew && !moved && !fleet_record_moved(fleet) &&
	    fleet->generation && (!fleet->turns || now < fleet->turns))
		return;
	if (fleet->dirty_count)
		take_in_changes(fleet, anew);
	fleet_record_names(fleet, now);
	if (moved)
		all |= fleet->telling.by_live = fleet_live_map(fleet);
	make_turned_due(fleet, now);
	if (all)
		evaluate_all(fleet, now);
	else
		evaluate_due(fleet, now);
	if (anew && !all)
		fleet_summarise(fleet);
	fleet_summary_finish(fleet);
	fleet_record_finish(fleet, all || anew, now);
	forget_changes(fleet);
	fleet->generation++;
}

void fleet_settle(struct fleet *fleet, int64_t now)
{
	settle(fleet, now,
	       fleet->reevaluate || now < fleet->evaluated_at ||
		   now - fleet->evaluated_at >= REEVALUATE_AFTER);
}

void fleet_advance(struct fleet *fleet, int64_t now)
{
	settle(fleet, now, fleet->reevaluate);
}

int64_t fleet_turns(const struct fleet *fleet)
{
	return fleet->turns;
}

uint64_t fleet_generation(const struct fleet *fleet)
{
	return fleet->generation;
}
