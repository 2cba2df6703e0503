/* What is told of a settle: to the record, and to who keeps a copy of services. */

#include <stdlib.h>
#include <string.h>

#include "core/fleet_internal.h"
#include "core/mem.h"

void fleet_set_record(struct fleet *fleet, struct record *record)
{
	fleet->telling.record = record;
	fleet->telling.all = record;
	if (record)
		record_set_checklist(record, fleet->checklist);
}

void fleet_hold_record(struct fleet *fleet, bool hold)
{
	fleet->telling.held = hold;
}

bool fleet_record_moved(const struct fleet *fleet)
{
	const struct telling *telling = &fleet->telling;

	return telling->record && ((telling->all && !telling->held) ||
				   telling->learnt != record_generation(telling->record));
}

static void free_names(char **names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(names[i]);
}

static void clear_formers(struct telling *telling)
{
	for (size_t i = 0; i < telling->former_count; i++) {
		telling->formers[i].node->has_former = false;
		free(telling->formers[i].name);
	}
	telling->former_count = 0;
}

void fleet_record_free(struct fleet *fleet)
{
	struct telling *telling = &fleet->telling;

	for (size_t i = 0; i < telling->former_count; i++)
		free(telling->formers[i].name);
	free_names(telling->left, telling->left_count);
	free(telling->left);
	free(telling->formers);
	free(telling->changed);
}

void fleet_record_forget(struct fleet_checkout *home)
{
	arena_free(home->cause_in);
	free_names(home->lost, home->lost_count);
	free(home->lost);
}

void fleet_record_begin(struct fleet *fleet)
{
	struct telling *telling = &fleet->telling;

	free_names(telling->left, telling->left_count);
	telling->left_count = 0;
	telling->changed_count = 0;
	telling->changed_all = false;
	telling->by_live = false;
}

/* ---- names ---- */

void fleet_record_former(struct fleet *fleet, struct fleet_node *node)
{
	struct telling *telling = &fleet->telling;

	if (node->index < 0 || node->has_former)
		return;
	node->has_former = true;
	GROW(telling->formers, telling->former_count, telling->former_cap);
	telling->formers[telling->former_count++] =
	    (struct former_name){node, xstrdup(node->pub.name)};
}

static void add_left(struct telling *telling, const char *name)
{
	GROW(telling->left, telling->left_count, telling->left_cap);
	telling->left[telling->left_count++] = xstrdup(name);
}

static bool is_unreadable(const struct fleet_checkout *home)
{
	return home->checkout && (home->checkout->state == CHECKOUT_UNREADABLE ||
				  home->checkout->state == CHECKOUT_CRASHED);
}

static void add_lost(struct fleet_checkout *home, const char *name)
{
	GROW(home->lost, home->lost_count, home->lost_cap);
	home->lost[home->lost_count++] = xstrdup(name);
}

/* The only service of a folder; NULL: none or several. Nodes stand in the order of their folders.
 */
static const struct fleet_node *only_in(const struct fleet_node *nodes, size_t count,
					const char *subdir)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (strcmp(nodes[middle].pub.subdir, subdir) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == count || strcmp(nodes[low].pub.subdir, subdir) != 0 ||
	    (low + 1 < count && !strcmp(nodes[low + 1].pub.subdir, subdir)))
		return NULL;
	return &nodes[low];
}

/* The name is nobody's any more. heir: what the service is called now; NULL. */
static void tell_left(struct fleet *fleet, struct fleet_checkout *home, const char *name,
		      const struct fleet_node *heir, int64_t now)
{
	struct telling *telling = &fleet->telling;

	add_left(telling, name);
	if (is_unreadable(home))
		add_lost(home, name);
	else if (telling->record && !(heir && record_rename(telling->record, name, heir->pub.name)))
		record_gone(telling->record, name, now);
}

static void tell_before(struct fleet *fleet, struct fleet_checkout *home, int64_t now)
{
	for (size_t i = 0; i < home->before_count; i++) {
		const struct fleet_node *old = &home->before[i], *heir;

		/* Nearly always it comes again as it was. */
		if ((i < home->node_count && !strcmp(home->nodes[i].pub.name, old->pub.name)) ||
		    fleet_has_name(fleet, old->pub.name))
			continue;
		heir = only_in(home->before, home->before_count, old->pub.subdir)
			   ? only_in(home->nodes, home->node_count, old->pub.subdir)
			   : NULL;
		tell_left(fleet, home, old->pub.name, heir, now);
	}
}

/* A checkout that could not be read came again, or is gone. */
static void tell_lost(struct fleet *fleet, struct fleet_checkout *home, int64_t now)
{
	struct record *record = fleet->telling.record;

	if (!home->lost_count || is_unreadable(home))
		return;
	for (size_t i = 0; record && i < home->lost_count; i++)
		if (!fleet_has_name(fleet, home->lost[i]))
			record_gone(record, home->lost[i], now);
	free_names(home->lost, home->lost_count);
	home->lost_count = 0;
}

static void tell_formers(struct fleet *fleet, int64_t now)
{
	struct telling *telling = &fleet->telling;

	for (size_t i = 0; i < telling->former_count; i++) {
		const struct former_name *former = &telling->formers[i];
		struct fleet_node *node = former->node;
		/* Behind recalled services a checkout may have come again since. */
		bool there = node->generation == node->home->generation;

		if (there && !strcmp(former->name, node->pub.name))
			continue;
		if (there)
			fleet_make_due(fleet, node);
		if (!fleet_has_name(fleet, former->name))
			tell_left(fleet, node->home, former->name, there ? node : NULL, now);
	}
	clear_formers(telling);
}

static void save_cause(struct telling *telling)
{
	telling->saved_in = arena_new();
	telling->saved = cause_copy(record_cause_now(telling->record), telling->saved_in);
}

void fleet_record_names(struct fleet *fleet, int64_t now)
{
	if (fleet->telling.record)
		save_cause(&fleet->telling);
	for (size_t i = 0; i < fleet->dirty_count; i++) {
		tell_before(fleet, fleet->checkouts[fleet->dirty[i]], now);
		tell_lost(fleet, fleet->checkouts[fleet->dirty[i]], now);
	}
	tell_formers(fleet, now);
}

/* ---- causes ---- */

static void forget_cause(struct fleet *fleet, struct fleet_checkout *home)
{
	fleet->telling.cause_count -= home->cause != NULL;
	arena_free(home->cause_in);
	home->cause_in = NULL;
	home->cause = NULL;
}

void fleet_record_cause(struct fleet *fleet, struct fleet_checkout *home)
{
	struct record *record = fleet->telling.record;
	const struct cause *cause = record ? record_cause_now(record) : NULL;
	struct cause *copy;

	forget_cause(fleet, home);
	if (!cause || cause->kind == CAUSE_NONE)
		return;
	home->cause_in = arena_new_sized(256);
	copy = arena_alloc(home->cause_in, sizeof(*copy));
	*copy = cause_copy(cause, home->cause_in);
	home->cause = copy;
	fleet->telling.cause_count++;
}

/* Of the checkouts that changed, one that the findings' evidence lies in. */
static const struct cause *cause_of_evidence(const struct fleet *fleet,
					     const struct finding *findings, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t e = 0; e < findings[i].evidence_count; e++) {
			const char *path = findings[i].evidence[e].checkout;
			const struct fleet_checkout *home =
			    path ? strmap_get(fleet->by_path, path) : NULL;

			if (home && home->cause)
				return home->cause;
		}
	return NULL;
}

static const struct cause *cause_of(const struct fleet *fleet, const struct fleet_node *node,
				    const struct finding *before)
{
	static const struct cause live = {.kind = CAUSE_LIVE}, time = {.kind = CAUSE_TIME};
	const struct telling *telling = &fleet->telling;
	size_t count = fleet->checklist->check_count;
	const struct cause *cause = node->home->cause;

	if (!cause && telling->cause_count)
		cause = cause_of_evidence(fleet, node->pub.findings, count);
	if (!cause && telling->cause_count && before && !fleet->reevaluate)
		cause = cause_of_evidence(fleet, before, count);
	if (cause)
		return cause;
	if (node->heard || telling->by_live)
		return &live;
	if (node->turned)
		return &time;
	return fleet->dirty_count == 1 ? fleet->checkouts[fleet->dirty[0]]->cause : NULL;
}

/* ---- findings ---- */

static void note(struct fleet *fleet, struct fleet_node *node, const struct finding *before,
		 int64_t now)
{
	struct record *record = fleet->telling.record;
	const struct service *service = &node->pub;

	record_cause(record, cause_of(fleet, node, before));
	record_note(record, service->name, service->tier,
		    service->owner_count ? service->owners[0].value : NULL, node->answers,
		    fleet->checklist->check_count, now);
}

void fleet_record_note(struct fleet *fleet, struct fleet_node *node, const struct finding *before,
		       int64_t now)
{
	struct telling *telling = &fleet->telling;

	if (!telling->record)
		return;
	if (fleet->recalled) {
		telling->all = true;
		telling->learnt = UINT64_MAX;
		return;
	}
	if (!telling->held) {
		note(fleet, node, before, now);
		return;
	}
	record_ask(telling->record, node->pub.name, node->answers, fleet->checklist->check_count,
		   now);
	telling->all = true;
}

/* True: it concerned every service. */
static bool bring_up_to_date(struct fleet *fleet, int64_t now)
{
	struct telling *telling = &fleet->telling;
	bool tell = telling->all && !telling->held;
	bool ask = telling->learnt != record_generation(telling->record);

	for (size_t i = 0; (tell || ask) && i < fleet->order_count; i++) {
		struct fleet_node *node = fleet->order[i];

		if (tell)
			note(fleet, node, NULL, now);
		else
			record_ask(telling->record, node->pub.name, node->answers,
				   fleet->checklist->check_count, now);
	}
	for (size_t i = 0; tell && i < fleet->checkout_count; i++)
		forget_cause(fleet, fleet->checkouts[i]);
	if (tell)
		telling->all = false;
	telling->learnt = record_generation(telling->record);
	return tell || ask;
}

void fleet_record_finish(struct fleet *fleet, bool all, int64_t now)
{
	struct telling *telling = &fleet->telling;
	struct fleet_node **due = fleet->due;
	size_t cap = fleet->due_cap;

	if (telling->record) {
		all |= bring_up_to_date(fleet, now);
		for (size_t i = 0; !telling->held && i < fleet->dirty_count; i++)
			forget_cause(fleet, fleet->checkouts[fleet->dirty[i]]);
		record_cause(telling->record, &telling->saved);
		arena_free(telling->saved_in);
	}
	telling->changed_all = all;
	telling->changed_count = all ? 0 : fleet->due_count;
	fleet->due = telling->changed;
	fleet->due_cap = telling->changed_cap;
	fleet->due_count = 0;
	telling->changed = due;
	telling->changed_cap = cap;
}

void fleet_changes(const struct fleet *fleet, fleet_each_changed *each, void *ctx)
{
	const struct telling *telling = &fleet->telling;

	for (size_t i = 0; i < telling->left_count; i++)
		each(ctx, telling->left[i], NULL);
	for (size_t i = 0; !telling->changed_all && i < telling->changed_count; i++)
		each(ctx, telling->changed[i]->pub.name, &telling->changed[i]->pub);
	for (size_t i = 0; telling->changed_all && i < fleet->order_count; i++)
		each(ctx, fleet->order[i]->pub.name, &fleet->order[i]->pub);
}
