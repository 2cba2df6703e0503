/* What is to be written: the newest of each thing, however often it changed until then. */

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tui/keeper_internal.h"

#define MAX_CHANGES 200000 /* that wait while nothing can be written; then the oldest go */

/* Names */

bool keeper_names_add(struct keeper_names *names, const char *name)
{
	char *copy;

	if (!names->index)
		names->index = strmap_new();
	if ((uintptr_t)strmap_get(names->index, name) > names->at)
		return false;
	GROW(names->names, names->count, names->cap);
	copy = xstrdup(name);
	names->names[names->count++] = copy;
	strmap_put(names->index, copy, (void *)(uintptr_t)names->count);
	return true;
}

void keeper_names_clear(struct keeper_names *names)
{
	strmap_free(names->index);
	for (size_t i = 0; i < names->count; i++)
		free(names->names[i]);
	free(names->names);
	*names = (struct keeper_names){0};
}

/* Services */

struct dirty_service *keeper_service(struct keeper *keeper, const char *name)
{
	struct dirty_service *service = strmap_get(keeper->services, name);

	if (service)
		return service;
	service = xcalloc(1, sizeof(*service));
	service->name = xstrdup(name);
	strmap_put(keeper->services, service->name, service);
	return service;
}

void keeper_service_due(struct keeper *keeper, struct dirty_service *service)
{
	keeper_names_add(&keeper->due, service->name);
}

static void free_service(const char *name, void *value, void *ctx)
{
	struct dirty_service *service = value;

	(void)name;
	(void)ctx;
	free(service->name);
	free(service);
}

/* Changes of findings */

static void set_seen(struct keeper *keeper, const struct interval *opened, bool on)
{
	struct dirty_service *service = keeper_service(keeper, opened->service);
	int check = checklist_find(keeper->cli->checklist, opened->check);

	if (check < 0)
		return;
	if (!on) {
		service->seen &= ~(UINT64_C(1) << check);
		return;
	}
	service->seen |= UINT64_C(1) << check;
	keeper_service_due(keeper, service);
}

/* Whether it is as new services have it: the record knows it then, and tells it when it is written.
 */
static bool is_first(const struct interval *closed, const struct interval *opened)
{
	return !closed && opened && opened->opened.kind != CAUSE_COMMIT;
}

static void drop_oldest(struct keeper *keeper)
{
	size_t left = keeper->change_count / 2;

	memmove(keeper->changes, keeper->changes + (keeper->change_count - left),
		left * sizeof(*keeper->changes));
	keeper->change_count = left;
}

static void add_change(struct keeper *keeper, const struct interval *closed,
		       const struct interval *opened)
{
	struct dirty_change *change;

	if (keeper->change_count == MAX_CHANGES)
		drop_oldest(keeper);
	GROW(keeper->changes, keeper->change_count, keeper->change_cap);
	change = &keeper->changes[keeper->change_count++];
	*change = (struct dirty_change){.has_closed = closed, .has_opened = opened};
	if (closed)
		change->closed = interval_copy(closed, keeper->change_arena);
	if (opened)
		change->opened = interval_copy(opened, keeper->change_arena);
}

void keeper_note_change(void *ctx, const struct interval *closed, const struct interval *opened)
{
	struct keeper *keeper = ctx;

	if (keeper_keeps(keeper)) {
		if (is_first(closed, opened)) {
			set_seen(keeper, opened, true);
		} else {
			if (opened)
				set_seen(keeper, opened, false);
			add_change(keeper, closed, opened);
		}
	}
	if (keeper->changed)
		keeper->changed(keeper->ctx, closed, opened);
}

/* It goes on as old as it was: the store has to be told all of it under the new name. */
void keeper_note_rename(void *ctx, const char *before, const char *now)
{
	struct keeper *keeper = ctx;
	const struct checklist *checklist = keeper->cli->checklist;
	struct interval open;

	(void)before; /* its row and what is open of it go with the name that left */
	for (size_t i = 0; keeper_keeps(keeper) && i < checklist->check_count; i++)
		if (record_open(keeper->record, now, checklist->checks[i].id, &open))
			set_seen(keeper, &open, true);
}

/* Everything */

bool keeper_waits(const struct keeper *keeper)
{
	return keeper->change_count || keeper->due.count || keeper->checkouts.count ||
	       keeper->dropped.count || keeper->topics.count;
}

static void seen_again(void *ctx, const struct interval *open)
{
	set_seen(ctx, open, true);
}

void keeper_all_due(struct keeper *keeper)
{
	for (size_t i = 0; i < fleet_count(keeper->fleet); i++) {
		struct dirty_service *service =
		    keeper_service(keeper, fleet_at(keeper->fleet, i)->name);

		service->row = 0;
		keeper_service_due(keeper, service);
	}
	for (size_t i = 0; i < fleet_checkout_count(keeper->fleet); i++) {
		const struct checkout *checkout = fleet_checkout_at(keeper->fleet, i);

		if (checkout)
			keeper_names_add(&keeper->checkouts, checkout->path);
	}
	record_each(keeper->record, seen_again, keeper);
}

void keeper_queue_free(struct keeper *keeper)
{
	keeper_names_clear(&keeper->due);
	keeper_names_clear(&keeper->checkouts);
	keeper_names_clear(&keeper->dropped);
	free(keeper->changes);
	arena_free(keeper->change_arena);
	keeper_names_clear(&keeper->topics);
	strmap_each(keeper->services, free_service, NULL);
	strmap_free(keeper->services);
}
