#include "core/fleet_recall.h"

#include <stdlib.h>
#include <string.h>

#include "core/fleet_internal.h"
#include "core/fleet_row.h"
#include "core/mem.h"

struct recalled {
	const struct checklist *checklist;
	struct arena *arena;
	unsigned char *bytes; /* of all rows */
	struct recalled_service *services;
	struct recalled_service **order; /* by name */
	size_t count;
	struct fleet_summary summary;
	const struct checkout **checkouts; /* by path, once they are asked for */
	size_t checkout_count;
	bool ended;
};

void recalled_free(struct recalled *recalled)
{
	if (!recalled)
		return;
	arena_free(recalled->arena);
	free(recalled->bytes);
	free(recalled->services);
	free(recalled->order);
	free(recalled->checkouts);
	free(recalled);
}

/* ---- reading rows ---- */

/* All bytes in one piece: rows come from a database, whose memory ends with the query. */
static void copy_rows(struct recalled *recalled, const struct fleet_row *rows, size_t count)
{
	size_t total = 0;

	for (size_t i = 0; i < count; i++)
		total += rows[i].len;
	recalled->bytes = xmalloc_large(total + 1);
	total = 0;
	for (size_t i = 0; i < count; i++) {
		if (rows[i].len)
			memcpy(recalled->bytes + total, rows[i].bytes, rows[i].len);
		total += rows[i].len;
	}
}

static int compare_services(const void *a, const void *b)
{
	const struct recalled_service *x = *(struct recalled_service *const *)a,
				      *y = *(struct recalled_service *const *)b;
	int order = fleet_name_order(x->pub.name, y->pub.name);

	return order ? order : (x > y) - (x < y);
}

static void sort_services(struct recalled *recalled)
{
	struct recalled_service **order = recalled->order;
	size_t kept = 0;

	qsort(order, recalled->count, sizeof(struct recalled_service *), compare_services);
	for (size_t i = 0; i < recalled->count; i++)
		if (!i || strcmp(order[i]->pub.name, order[kept - 1]->pub.name) != 0)
			order[kept++] = order[i];
	recalled->count = kept;
}

static void read_rows(struct recalled *recalled, const struct fleet_row *rows, size_t count)
{
	struct row_places *places = row_places_new(recalled->checklist, recalled->arena);
	const unsigned char *at = recalled->bytes;
	bool sorted = true;

	if (count > SIZE_MAX / sizeof(*recalled->services))
		count = 0;
	recalled->services = xmalloc_large(count * sizeof(*recalled->services));
	recalled->order = xreallocarray(NULL, count, sizeof(struct recalled_service *));
	for (size_t i = 0; i < count; at += rows[i++].len) {
		struct recalled_service *service = &recalled->services[recalled->count];

		if (!fleet_row_outline(at, rows[i].len, places, recalled->arena, service))
			continue;
		if (recalled->count &&
		    fleet_name_order(service[-1].pub.name, service->pub.name) >= 0)
			sorted = false;
		recalled->order[recalled->count++] = service;
	}
	if (!sorted)
		sort_services(recalled);
}

/* ---- counts ---- */

static void summarise(struct recalled *recalled)
{
	struct fleet_summary *summary = &recalled->summary;

	memset(summary, 0, sizeof(*summary));
	for (size_t i = 0; i < recalled->count; i++) {
		fleet_row_count(recalled->order[i], recalled->checklist, summary->checks);
		fleet_summary_count(summary, &recalled->order[i]->pub, 1);
		summary->checkouts += recalled->order[i]->first;
	}
	summary->services = recalled->count;
	fleet_summary_measure(summary, recalled->checklist);
}

/* ---- what is shown ---- */

size_t recalled_count(const struct recalled *recalled)
{
	return recalled->count;
}

const struct service *recalled_outline(const struct recalled *recalled, size_t index)
{
	return &recalled->order[index]->pub;
}

static int32_t find_name(void *ctx, const char *name)
{
	const struct recalled *recalled = ctx;
	size_t low = 0, high = recalled->count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = fleet_name_order(recalled->order[middle]->pub.name, name);

		if (!order)
			return (int32_t)middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return -1;
}

const struct service *recalled_at(struct recalled *recalled, size_t index)
{
	struct recalled_service *service = recalled->order[index];

	if (!service->whole)
		fleet_row_rest(service, recalled->checklist, recalled->arena, find_name, recalled);
	return &service->pub;
}

static int compare_checkouts(const void *a, const void *b)
{
	return strcmp((*(const struct checkout *const *)a)->path,
		      (*(const struct checkout *const *)b)->path);
}

/* Seldom asked for: where the checkouts of services are is in the part that is read late. */
static void list_checkouts(struct recalled *recalled)
{
	size_t kept = 0;

	recalled->checkouts = xcalloc(recalled->count + 1, sizeof(struct checkout *));
	for (size_t i = 0; i < recalled->count; i++)
		recalled->checkouts[i] = recalled_at(recalled, i)->checkout;
	qsort(recalled->checkouts, recalled->count, sizeof(struct checkout *), compare_checkouts);
	for (size_t i = 0; i < recalled->count; i++)
		if (!i || strcmp(recalled->checkouts[i]->path, recalled->checkouts[kept - 1]->path))
			recalled->checkouts[kept++] = recalled->checkouts[i];
	recalled->checkout_count = kept;
}

size_t recalled_checkout_count(struct recalled *recalled)
{
	if (!recalled->checkouts)
		list_checkouts(recalled);
	return recalled->checkout_count;
}

const struct checkout *recalled_checkout_at(struct recalled *recalled, size_t index)
{
	return recalled->checkouts[index];
}

const struct fleet_summary *recalled_summary(const struct recalled *recalled)
{
	return &recalled->summary;
}

bool recalled_ended(const struct recalled *recalled)
{
	return recalled->ended;
}

void recalled_set_checklist(struct recalled *recalled, const struct checklist *checklist)
{
	struct row_places *places = row_places_new(checklist, recalled->arena);
	size_t kept = 0;

	recalled->checklist = checklist;
	for (size_t i = 0; i < recalled->count; i++)
		if (fleet_row_replace(recalled->order[i], places, recalled->arena))
			recalled->order[kept++] = recalled->order[i];
	recalled->count = kept;
	free(recalled->checkouts);
	recalled->checkouts = NULL;
	summarise(recalled);
}

/* ---- the fleet ---- */

size_t fleet_recall(struct fleet *fleet, const struct fleet_row *rows, size_t count)
{
	struct recalled *recalled;

	if (!count)
		return 0;
	recalled = xcalloc(1, sizeof(*recalled));
	recalled->checklist = fleet->checklist;
	recalled->arena = arena_new_sized(64 * 1024);
	copy_rows(recalled, rows, count);
	read_rows(recalled, rows, count);
	if (!recalled->count) {
		recalled_free(recalled);
		return 0;
	}
	summarise(recalled);
	recalled_free(fleet->recalled);
	fleet->recalled = recalled;
	fleet->generation++;
	return recalled->count;
}

bool fleet_is_recalled(const struct fleet *fleet)
{
	return fleet->recalled;
}

void fleet_recall_end(struct fleet *fleet)
{
	if (fleet->recalled)
		fleet->recalled->ended = true;
}

/* ---- evidence of what was read meanwhile ---- */

static const struct evidence *copy_evidence(struct arena *arena, const struct evidence *from,
					    size_t count)
{
	struct evidence *copies = arena_alloc(arena, count * sizeof(*copies));

	for (size_t i = 0; i < count; i++)
		copies[i] = (struct evidence){.checkout = arena_strdup(arena, from[i].checkout),
					      .path = arena_strdup(arena, from[i].path),
					      .line = from[i].line,
					      .commit = arena_strdup(arena, from[i].commit),
					      .url = arena_strdup(arena, from[i].url),
					      .value = arena_strdup(arena, from[i].value),
					      .text = arena_strdup(arena, from[i].text)};
	return copies;
}

/* What came out otherwise may lack what lies in checkouts that are still to be read. */
static void show_findings(struct recalled *recalled, struct service *service,
			  const struct finding *settled)
{
	size_t count = recalled->checklist->check_count;
	struct finding *findings = arena_alloc(recalled->arena, count * sizeof(*findings));

	memcpy(findings, service->findings, count * sizeof(*findings));
	for (size_t i = 0; i < count; i++) {
		if (settled[i].status != findings[i].status || settled[i].code != findings[i].code)
			continue;
		findings[i].reason = arena_strdup(recalled->arena, settled[i].reason);
		findings[i].strength = settled[i].strength;
		findings[i].evidence_count = settled[i].evidence_count;
		findings[i].evidence =
		    copy_evidence(recalled->arena, settled[i].evidence, settled[i].evidence_count);
	}
	service->findings = findings;
}

void fleet_recall_show(struct fleet *fleet, const char *path)
{
	const struct fleet_checkout *home = strmap_get(fleet->by_path, path);
	struct recalled *recalled = fleet->recalled;

	/* With another checklist their findings are others, until they are worked out anew. */
	if (!recalled || !home || !home->checkout || fleet->reevaluate)
		return;
	for (size_t i = 0; i < home->node_count; i++) {
		const struct fleet_node *node = &home->nodes[i];
		int32_t at = find_name(recalled, node->short_name);
		struct service *service;

		if (at < 0 || !node->answers || node->dirty)
			continue;
		recalled_at(recalled, (size_t)at);
		service = &recalled->order[at]->pub;
		if (!strcmp(service->checkout->path, path) &&
		    !strcmp(service->subdir, node->pub.subdir))
			show_findings(recalled, service, node->answers);
	}
	fleet->generation++;
}
