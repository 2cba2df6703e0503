#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/fleet_internal.h"
#include "core/mem.h"

#define MAX_CONFLICTS 32
#define MAX_WARNINGS  64
#define MAX_LANGUAGES 16
#define MAX_KEYS      64
#define FACTS_SIZE    384 /* what a simple checkout needs */

/* A descriptor on its way to the service it describes. */
struct claim {
	const struct descriptor *descriptor;
	uint32_t folder;
	uint32_t group; /* the node */
};

static int compare_claims(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	const struct descriptor *d = x->descriptor, *e = y->descriptor;
	int order;

	if (x->folder != y->folder)
		return x->folder < y->folder ? -1 : 1;
	if (d->trust != e->trust)
		return d->trust < e->trust ? -1 : 1;
	order = strcmp(d->at.path ? d->at.path : "", e->at.path ? e->at.path : "");
	if (!order)
		order = (d > e) - (d < e);
	return order;
}

static bool last_resort(const struct descriptor *d)
{
	return !strcmp(d->format, "runbook");
}

/*
 * Which of a folder's services the descriptor speaks of: the one of its name; or,
 * when each of two formats describes one service, that one, whatever they call it.
 */
static uint32_t group_of(struct strmap *named, struct arena *arena, const struct claim *claim,
			 bool only_of_format, uint32_t first, uint32_t next)
{
	const struct descriptor *d = claim->descriptor;
	char *folded = d->name.value && *d->name.value ? fleet_fold(arena, d->name.value) : NULL;
	void *known = folded ? strmap_get(named, folded) : NULL;
	uint32_t group = next;

	if (known)
		return (uint32_t)(uintptr_t)known - 1;
	if (next > first && (!folded || last_resort(d) || (only_of_format && next == first + 1)))
		group = first;
	if (folded)
		strmap_put(named, folded, (void *)((uintptr_t)group + 1));
	return group;
}

/* Numbers the services of one folder's claims from first on; returns the next free number. */
static uint32_t group_folder(struct claim *claims, size_t count, uint32_t first)
{
	struct strmap *named = strmap_new();
	struct arena *arena = arena_new();
	uint32_t next = first;

	for (size_t i = 0; i < count; i++) {
		unsigned trust = claims[i].descriptor->trust;
		bool only = (!i || claims[i - 1].descriptor->trust != trust) &&
			    (i + 1 == count || claims[i + 1].descriptor->trust != trust);

		claims[i].group = group_of(named, arena, &claims[i], only, first, next);
		if (claims[i].group == next)
			next++;
	}
	strmap_free(named);
	arena_free(arena);
	return next;
}

/* Room for what one service collects before its size is known. */
struct scratch {
	struct conflict conflicts[MAX_CONFLICTS];
	struct warning warnings[MAX_WARNINGS];
	const char *languages[MAX_LANGUAGES];
	const char *keys[MAX_KEYS];
};

/* What of a checkout belongs to which folder, while its services are made. */
struct sorted_in {
	struct buckets languages, warnings, histories, owners;
};

static struct sourced sourced_of(const struct descriptor *d, const struct fact *fact)
{
	return (struct sourced){fact->value, d->format, fact->at.path ? fact->at : d->at};
}

static void add_conflict(struct fleet_node *node, const char *field, struct sourced kept,
			 struct sourced other)
{
	struct service *service = &node->pub;

	if (service->conflict_count < MAX_CONFLICTS)
		service->conflicts[service->conflict_count++] =
		    (struct conflict){field, kept, other};
}

/* The first value wins; one that says something else is kept beside it. offset: of the fact. */
static struct sourced merge_fact(struct fleet_node *node, const char *field, size_t offset)
{
	struct sourced kept = {0};

	for (size_t i = 0; i < node->descriptor_count; i++) {
		const struct descriptor *d = node->descriptors[i];
		const struct fact *fact = (const void *)((const char *)d + offset);

		if (!fact->value || !*fact->value)
			continue;
		if (!kept.value)
			kept = sourced_of(d, fact);
		else if (field && strcasecmp(kept.value, fact->value) != 0)
			add_conflict(node, field, kept, sourced_of(d, fact));
	}
	return kept;
}

/* A tier that is understood beats one that is not, else it is as merge_fact(). */
static void merge_tier(struct fleet_node *node)
{
	struct service *service = &node->pub;

	for (size_t i = 0; i < node->descriptor_count; i++) {
		const struct descriptor *d = node->descriptors[i];

		if (!d->tier_text.value || !*d->tier_text.value)
			continue;
		if (!service->tier && (d->tier || !service->tier_at.value)) {
			service->tier = d->tier;
			service->tier_at = sourced_of(d, &d->tier_text);
		} else if (d->tier && d->tier != service->tier) {
			add_conflict(node, "tier", service->tier_at, sourced_of(d, &d->tier_text));
		}
	}
}

/* All values in one line, for a conflict. */
static struct sourced listed(struct arena *arena, const struct sourced *values, size_t count)
{
	struct sourced line = values[0];

	for (size_t i = 1; i < count && i < 8; i++)
		line.value = arena_printf(arena, "%s, %s", line.value, values[i].value);
	return line;
}

static struct sourced *sourced_owners(struct arena *arena, const char *format,
				      const struct fact *owners, size_t count)
{
	struct sourced *out = arena_alloc(arena, count * sizeof(*out));

	for (size_t i = 0; i < count; i++)
		out[i] = (struct sourced){owners[i].value, format, owners[i].at};
	return out;
}

static bool same_owners(const struct service *service, const struct descriptor *d)
{
	if (service->owner_count != d->owner_count)
		return false;
	for (size_t i = 0; i < d->owner_count; i++)
		if (strcasecmp(service->owners[i].value, d->owners[i].value) != 0)
			return false;
	return true;
}

static const struct code_owners *owners_in(const struct fleet_checkout *home,
					   const struct buckets *sorted, uint32_t folder)
{
	for (uint32_t i = sorted->starts[folder]; i < sorted->starts[folder + 1]; i++) {
		const struct code_owners *owners =
		    &home->checkout->code_owners[bucket_item(sorted, i)];

		if (!strcmp(owners->subdir, home->folders[folder]))
			return owners;
	}
	return NULL;
}

static void find_file_owners(struct fleet_node *node, const struct buckets *sorted)
{
	const struct code_owners *owners = owners_in(node->home, sorted, node->folder);

	node->file_owners = owners ? owners : owners_in(node->home, sorted, 0);
}

static void merge_owners(struct fleet_node *node)
{
	struct arena *arena = node->home->arena;
	struct service *service = &node->pub;

	for (size_t i = 0; i < node->descriptor_count; i++) {
		const struct descriptor *d = node->descriptors[i];
		struct sourced *owners;

		if (!d->owner_count)
			continue;
		owners = sourced_owners(arena, d->format, d->owners, d->owner_count);
		if (!service->owner_count) {
			service->owners = owners;
			service->owner_count = d->owner_count;
		} else if (!same_owners(service, d)) {
			add_conflict(node, "owners",
				     listed(arena, service->owners, service->owner_count),
				     listed(arena, owners, d->owner_count));
		}
	}
	if (!service->owner_count && node->file_owners && node->file_owners->owner_count) {
		service->owner_count = node->file_owners->owner_count;
		service->owners = sourced_owners(arena, "CODEOWNERS", node->file_owners->owners,
						 service->owner_count);
	}
}

static void merge_links(struct fleet_node *node)
{
	struct service *service = &node->pub;
	struct strmap *seen = strmap_new();
	size_t most = 0;

	for (size_t i = 0; i < node->descriptor_count; i++)
		most += node->descriptors[i]->link_count;
	service->links = most ? arena_alloc(node->home->arena, most * sizeof(struct link)) : NULL;
	for (size_t i = 0; i < node->descriptor_count; i++) {
		const struct descriptor *d = node->descriptors[i];

		for (size_t l = 0; l < d->link_count; l++) {
			if (strmap_get(seen, d->links[l].url))
				continue;
			strmap_put(seen, d->links[l].url, &d->links[l]);
			service->links[service->link_count++] = d->links[l];
		}
	}
	strmap_free(seen);
}

static void merge_needs(struct fleet_node *node)
{
	struct strmap *seen = strmap_new();
	size_t most = 0;

	for (size_t i = 0; i < node->descriptor_count; i++)
		most += node->descriptors[i]->depends_count;
	node->needs = most ? arena_alloc(node->home->arena, most * sizeof(*node->needs)) : NULL;
	for (size_t i = 0; i < node->descriptor_count; i++) {
		const struct descriptor *d = node->descriptors[i];

		for (size_t n = 0; n < d->depends_count; n++) {
			const struct fact *fact = &d->depends_on[n];

			if (strmap_get(seen, fact->value))
				continue;
			strmap_put(seen, fact->value, node);
			node->needs[node->need_count++] =
			    (struct dependency_ref){fact->value, -1, fact->at};
		}
	}
	strmap_free(seen);
}

static void find_languages(struct fleet_node *node, const struct buckets *sorted)
{
	const struct checkout *co = node->home->checkout;
	struct service *service = &node->pub;

	for (uint32_t i = sorted->starts[node->folder]; i < sorted->starts[node->folder + 1]; i++) {
		const char *name = co->languages[bucket_item(sorted, i)].name;
		size_t k = 0;

		while (k < service->language_count && strcmp(service->languages[k], name) != 0)
			k++;
		if (k == service->language_count && k < MAX_LANGUAGES)
			service->languages[service->language_count++] = name;
	}
}

static void add_warning(struct fleet_node *node, struct origin at, const char *text)
{
	struct service *service = &node->pub;

	if (service->warning_count < MAX_WARNINGS)
		service->warnings[service->warning_count++] = (struct warning){at, text};
}

static void add_warnings_of(struct fleet_node *node, const struct buckets *sorted, uint32_t folder)
{
	const struct checkout *co = node->home->checkout;

	for (uint32_t i = sorted->starts[folder];
	     i < sorted->starts[folder + 1] && node->pub.warning_count < MAX_WARNINGS; i++) {
		const struct warning *warning = &co->warnings[bucket_item(sorted, i)];

		add_warning(node, warning->at, warning->text);
	}
}

/* What the scan warned of in the service's folder, and in files that concern the whole checkout. */
static void collect_warnings(struct fleet_node *node, const struct buckets *sorted)
{
	struct service *service = &node->pub;

	if (!node->descriptor_count)
		add_warning(node, (struct origin){0},
			    "no descriptor: the repository itself is taken as one service");
	if (!service->tier && service->tier_at.value)
		add_warning(node, service->tier_at.at,
			    arena_printf(node->home->arena, "tier \"%s\" is not understood",
					 service->tier_at.value));
	else if (!service->tier)
		add_warning(node, (struct origin){0},
			    "no tier: only the items of tier 4 are asked for");
	add_warnings_of(node, sorted, node->folder);
	if (node->folder)
		add_warnings_of(node, sorted, 0);
}

/* The last component of a remote's URL or of a path, without a ".git". */
static char *last_component(struct arena *arena, const char *path)
{
	size_t end = strlen(path), start;

	while (end && path[end - 1] == '/')
		end--;
	if (end > 5 && !strncmp(path + end - 5, "/.git", 5))
		end -= 5;
	else if (end > 4 && !strncmp(path + end - 4, ".git", 4))
		end -= 4;
	for (start = end; start && path[start - 1] != '/' && path[start - 1] != ':';)
		start--;
	return end > start ? arena_memdup0(arena, path + start, end - start) : NULL;
}

static const char *name_of_place(const struct fleet_checkout *home, uint32_t folder)
{
	const struct checkout *co = home->checkout;
	const char *name = NULL;

	if (*home->folders[folder])
		name = last_component(home->arena, home->folders[folder]);
	if (!name && co->remote)
		name = last_component(home->arena, co->remote);
	if (!name)
		name = last_component(home->arena, co->path);
	return name ? name : "unnamed";
}

static void add_key(struct fleet_node *node, const char *name)
{
	char *folded;

	if (!name || !*name || node->key_count == MAX_KEYS)
		return;
	folded = fleet_fold(node->home->arena, name);
	for (size_t i = 0; i < node->key_count; i++)
		if (!strcmp(node->keys[i], folded))
			return;
	node->keys[node->key_count++] = folded;
}

/*
 * By what others call it: its name, the repository's when it has the checkout to itself, what
 * other descriptors call it, its aliases.
 */
static void find_keys(struct fleet_node *node)
{
	add_key(node, node->short_name);
	if (node->home->node_count == 1)
		add_key(node, name_of_place(node->home, 0));
	for (size_t i = 0; i < node->descriptor_count; i++) {
		const struct descriptor *d = node->descriptors[i];

		if (!last_resort(d))
			add_key(node, d->name.value);
		for (size_t a = 0; a < d->alias_count && node->key_count < MAX_KEYS; a++)
			add_key(node, d->aliases[a].value);
	}
}

static void find_history(struct fleet_node *node, const struct buckets *sorted)
{
	const struct checkout *co = node->home->checkout;

	for (uint32_t i = sorted->starts[node->folder]; i < sorted->starts[node->folder + 1]; i++) {
		const struct history *history = &co->histories[bucket_item(sorted, i)];

		if (!strcmp(history->subdir, node->pub.subdir))
			node->pub.history = history;
	}
}

static void *keep(struct arena *arena, const void *array, size_t count, size_t size)
{
	return count ? memcpy(arena_alloc(arena, count * size), array, count * size) : NULL;
}

static void borrow_scratch(struct fleet_node *node, struct scratch *scratch)
{
	node->pub.conflicts = scratch->conflicts;
	node->pub.warnings = scratch->warnings;
	node->pub.languages = scratch->languages;
	node->keys = scratch->keys;
}

static void leave_scratch(struct fleet_node *node)
{
	struct arena *arena = node->home->arena;
	struct service *s = &node->pub;

	s->conflicts = keep(arena, s->conflicts, s->conflict_count, sizeof(*s->conflicts));
	s->warnings = keep(arena, s->warnings, s->warning_count, sizeof(*s->warnings));
	s->languages = keep(arena, s->languages, s->language_count, sizeof(*s->languages));
	node->keys = keep(arena, node->keys, node->key_count, sizeof(*node->keys));
}

/* A further environment of a nameless service is called "/staging": it goes by the place's name. */
static const char *name_of_node(const struct fleet_node *node, const char *name)
{
	const char *place;

	if (name && *name != '/')
		return name;
	place = name_of_place(node->home, node->folder);
	return name ? arena_printf(node->home->arena, "%s%s", place, name) : place;
}

static void fill_node(struct fleet_node *node, const struct sorted_in *sorted)
{
	struct service *service = &node->pub;
	struct scratch scratch;
	struct sourced name;

	borrow_scratch(node, &scratch);
	name = merge_fact(node, "name", offsetof(struct descriptor, name));
	service->checkout = node->home->checkout;
	service->subdir = node->home->folders[node->folder];
	service->descriptor = node->descriptor_count ? node->descriptors[0] : NULL;
	node->short_name = name_of_node(node, name.value);
	service->name = node->short_name;
	service->title = merge_fact(node, NULL, offsetof(struct descriptor, title)).value;
	service->type = merge_fact(node, "type", offsetof(struct descriptor, type));
	service->lifecycle = merge_fact(node, "lifecycle", offsetof(struct descriptor, lifecycle));
	service->description = merge_fact(node, NULL, offsetof(struct descriptor, description));
	merge_tier(node);
	find_file_owners(node, &sorted->owners);
	merge_owners(node);
	merge_links(node);
	merge_needs(node);
	find_keys(node);
	find_languages(node, &sorted->languages);
	find_history(node, &sorted->histories);
	collect_warnings(node, &sorted->warnings);
	leave_scratch(node);
	node->index = -1;
	node->renamed = true;
}

static const char *language_path(const struct checkout *co, size_t index)
{
	return co->languages[index].subdir;
}

static const char *warning_path(const struct checkout *co, size_t index)
{
	return co->warnings[index].at.path;
}

static const char *history_path(const struct checkout *co, size_t index)
{
	return co->histories[index].subdir;
}

static const char *owners_path(const struct checkout *co, size_t index)
{
	return co->code_owners[index].subdir;
}

static void fill_nodes(struct fleet_checkout *home)
{
	const struct checkout *co = home->checkout;
	struct arena *arena = arena_new();
	struct sorted_in sorted = {
	    fleet_sort_in(home, arena, co->language_count, language_path),
	    fleet_sort_in(home, arena, co->warning_count, warning_path),
	    fleet_sort_in(home, arena, co->history_count, history_path),
	    fleet_sort_in(home, arena, co->code_owners_count, owners_path),
	};

	for (size_t i = 0; i < home->node_count; i++) {
		home->nodes[i].home = home;
		home->nodes[i].generation = home->generation;
		fill_node(&home->nodes[i], &sorted);
	}
	arena_free(arena);
}

/* Gives each node its descriptors, which stand in the order of trust already. */
static void hand_out(struct fleet_checkout *home, const struct claim *claims, size_t count)
{
	for (size_t i = 0; i < count; i++)
		home->nodes[claims[i].group].descriptor_count++;
	for (size_t i = 0; i < home->node_count; i++) {
		struct fleet_node *node = &home->nodes[i];

		node->descriptors =
		    arena_alloc(home->arena, node->descriptor_count * sizeof(*node->descriptors));
		node->descriptor_count = 0;
	}
	for (size_t i = 0; i < count; i++) {
		struct fleet_node *node = &home->nodes[claims[i].group];

		node->folder = claims[i].folder;
		node->descriptors[node->descriptor_count++] = claims[i].descriptor;
	}
}

static size_t group_claims(struct claim *claims, size_t count)
{
	uint32_t next = 0;

	for (size_t i = 0, end; i < count; i = end) {
		for (end = i; end < count && claims[end].folder == claims[i].folder;)
			end++;
		next = group_folder(claims + i, end - i, next);
	}
	return next;
}

void fleet_build_services(struct fleet_checkout *home)
{
	const struct checkout *co = home->checkout;
	size_t count = co->descriptor_count;
	struct claim *claims = xcalloc(count, sizeof(*claims));

	home->arena = arena_new_sized(FACTS_SIZE);
	fleet_build_folders(home);
	if (co->state == CHECKOUT_OK) {
		for (size_t i = 0; i < count; i++)
			claims[i] =
			    (struct claim){&co->descriptors[i],
					   fleet_folder_of(home, co->descriptors[i].subdir), 0};
		qsort(claims, count, sizeof(*claims), compare_claims);
		home->node_count = count ? group_claims(claims, count) : 1;
		home->nodes = xcalloc(home->node_count, sizeof(*home->nodes));
		hand_out(home, claims, count);
		fill_nodes(home);
	}
	free(claims);
}
