#include <stdlib.h>
#include <string.h>

#include "core/fleet_internal.h"
#include "core/mem.h"

#define LONGEST_NAME 255

static char fold_char(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c == '_' ? '-' : c;
}

char *fleet_fold(struct arena *arena, const char *name)
{
	char *folded = arena_strdup(arena, name);

	for (char *c = folded; *c; c++)
		*c = fold_char(*c);
	return folded;
}

bool fleet_name_same(const char *a, const char *b)
{
	while (*a && fold_char(*a) == fold_char(*b)) {
		a++;
		b++;
	}
	return fold_char(*a) == fold_char(*b);
}

/* By letter whatever the case, so that people find a name where they look for it. */
int fleet_name_order(const char *a, const char *b)
{
	size_t i = 0;

	while (a[i] && fold_char(a[i]) == fold_char(b[i]))
		i++;
	if (fold_char(a[i]) != fold_char(b[i]))
		return (unsigned char)fold_char(a[i]) < (unsigned char)fold_char(b[i]) ? -1 : 1;
	return strcmp(a, b);
}

/* False for names that are empty or too long to be one. */
static bool fold_into(char *folded, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; len <= LONGEST_NAME && i <= len; i++)
		folded[i] = fold_char(name[i]);
	return len && len <= LONGEST_NAME;
}

struct name_entry *fleet_name(const struct fleet *fleet, const char *name)
{
	char folded[LONGEST_NAME + 1];

	return fold_into(folded, name) ? strmap_get(fleet->names, folded) : NULL;
}

static struct name_entry *make_name(struct fleet *fleet, const char *name)
{
	char folded[LONGEST_NAME + 1];
	struct name_entry *entry = fleet_name(fleet, name);

	if (entry || !fold_into(folded, name))
		return entry;
	entry = arena_alloc(fleet->name_arena, sizeof(*entry));
	entry->name = arena_strdup(fleet->name_arena, folded);
	strmap_put(fleet->names, entry->name, entry);
	return entry;
}

bool fleet_ref_live(const struct fleet *fleet, const struct name_ref *ref)
{
	return fleet->checkouts[ref->slot]->generation == ref->generation;
}

struct fleet_node *fleet_ref_node(const struct fleet *fleet, const struct name_ref *ref)
{
	return fleet_ref_live(fleet, ref) ? &fleet->checkouts[ref->slot]->nodes[ref->item] : NULL;
}

static void note_change(struct fleet *fleet, struct name_entry *entry, bool services)
{
	if (!entry->services_changed && !entry->hits_changed) {
		GROW(fleet->changed_names, fleet->changed_count, fleet->changed_cap);
		fleet->changed_names[fleet->changed_count++] = entry;
	}
	entry->services_changed |= services;
	entry->hits_changed |= !services;
}

static void add_ref(struct name_refs *refs, const struct fleet_checkout *home, uint32_t item)
{
	/* Most names are rare: start small. */
	if (refs->count == refs->cap) {
		refs->cap = refs->cap ? refs->cap + refs->cap / 2 + 1 : 1;
		refs->refs = xreallocarray(refs->refs, refs->cap, sizeof(*refs->refs));
	}
	refs->refs[refs->count++] = (struct name_ref){home->slot, home->generation, item};
}

/* Calls back for each name of each hit; add or take away is the only difference. */
static void each_hit_name(struct fleet *fleet, struct fleet_checkout *home, bool add)
{
	const struct checkout *co = home->checkout;

	for (size_t i = 0; i < co->hit_count; i++)
		for (size_t n = 0; n < co->hits[i].name_count; n++) {
			const char *name = co->hits[i].names[n];
			struct name_entry *entry =
			    add ? make_name(fleet, name) : fleet_name(fleet, name);

			if (!entry)
				continue;
			note_change(fleet, entry, false);
			if (add)
				add_ref(&entry->hits, home, (uint32_t)i);
			else
				entry->hits.stale++;
		}
}

void fleet_names_add(struct fleet *fleet, struct fleet_checkout *home)
{
	for (size_t i = 0; i < home->node_count; i++)
		for (size_t k = 0; k < home->nodes[i].key_count; k++) {
			struct name_entry *entry = make_name(fleet, home->nodes[i].keys[k]);

			if (!entry)
				continue;
			add_ref(&entry->services, home, (uint32_t)i);
			note_change(fleet, entry, true);
		}
	each_hit_name(fleet, home, true);
}

/* The references stay behind, stale: fleet_names_settle() drops them when they are many. */
void fleet_names_remove(struct fleet *fleet, struct fleet_checkout *home)
{
	for (size_t i = 0; i < home->node_count; i++)
		for (size_t k = 0; k < home->nodes[i].key_count; k++) {
			struct name_entry *entry = fleet_name(fleet, home->nodes[i].keys[k]);

			if (!entry)
				continue;
			entry->services.stale++;
			note_change(fleet, entry, true);
		}
	each_hit_name(fleet, home, false);
}

static void drop_stale(const struct fleet *fleet, struct name_refs *refs)
{
	size_t kept = 0;

	for (size_t i = 0; i < refs->count; i++)
		if (fleet_ref_live(fleet, &refs->refs[i]))
			refs->refs[kept++] = refs->refs[i];
	refs->count = kept;
	refs->stale = 0;
}

struct placed_ref {
	uint64_t place;
	struct name_ref ref;
};

static int compare_placed(const void *a, const void *b)
{
	const struct placed_ref *x = a, *y = b;

	return (x->place > y->place) - (x->place < y->place);
}

static void sort_by_path(const struct fleet *fleet, struct name_refs *refs)
{
	struct placed_ref *placed = xcalloc(refs->count, sizeof(*placed));

	for (size_t i = 0; i < refs->count; i++) {
		const struct name_ref *ref = &refs->refs[i];

		placed[i].place = (uint64_t)fleet->checkouts[ref->slot]->rank << 32 | ref->item;
		placed[i].ref = *ref;
	}
	qsort(placed, refs->count, sizeof(*placed), compare_placed);
	for (size_t i = 0; i < refs->count; i++)
		refs->refs[i] = placed[i].ref;
	free(placed);
}

/* When only the first few are looked at, it must not matter which came first. */
static void tidy(const struct fleet *fleet, struct name_refs *refs, size_t looked_at)
{
	if (refs->stale * 2 > refs->count || refs->count > looked_at)
		drop_stale(fleet, refs);
	if (refs->count > looked_at)
		sort_by_path(fleet, refs);
}

/* "acme" of https://host/acme/pay.git and git@host:acme/pay; NULL when there is none. */
static char *organisation(const char *remote)
{
	size_t end, start;

	if (!remote)
		return NULL;
	end = strlen(remote);
	while (end && remote[end - 1] == '/')
		end--;
	while (end && remote[end - 1] != '/' && remote[end - 1] != ':')
		end--;
	if (!end || remote[end - 1] == ':')
		return NULL;
	end--;
	for (start = end; start && remote[start - 1] != '/' && remote[start - 1] != ':';)
		start--;
	return end > start ? xmemdup0(remote + start, end - start) : NULL;
}

/* The last parts components of a path. */
static const char *tail(const char *path, unsigned parts)
{
	const char *at = path + strlen(path);

	while (at > path && (at[-1] != '/' || --parts))
		at--;
	return at;
}

enum { QUALIFY_ORG, QUALIFY_FOLDER, QUALIFY_PATH, QUALIFY_NUMBER };

/* A longer name for one of several services that are called the same. */
static char *qualified(const struct fleet_node *node, int level, size_t number)
{
	const char *path = node->home->path;
	const char *subdir = node->pub.subdir;
	char *org, *name;

	switch (level) {
	case QUALIFY_ORG:
		org = organisation(node->home->checkout->remote);
		if (org)
			name = xasprintf("%s/%s", org, node->short_name);
		else
			name = qualified(node, QUALIFY_FOLDER, number);
		free(org);
		return name;
	case QUALIFY_FOLDER:
		return xasprintf("%s%s%s", tail(path, 2), *subdir ? "/" : "", subdir);
	case QUALIFY_PATH:
		return xasprintf("%s/%s (%s)", path, subdir, node->short_name);
	default:
		return xasprintf("%s #%zu", node->short_name, number + 1);
	}
}

static int compare_places(const void *a, const void *b)
{
	const struct fleet_node *x = *(struct fleet_node *const *)a,
				*y = *(struct fleet_node *const *)b;
	int order = strcmp(x->home->path, y->home->path);

	if (!order)
		order = (x > y) - (x < y);
	return order;
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_called(const struct fleet *fleet, const char *name)
{
	const struct name_entry *entry = fleet_name(fleet, name);

	for (size_t i = 0; entry && i < entry->services.count; i++)
		if (fleet_ref_live(fleet, &entry->services.refs[i]))
			return true;
	return false;
}

static bool distinct(struct fleet *fleet, char *const *names, size_t count)
{
	char **sorted = xreallocarray(NULL, count, sizeof(*sorted));
	bool ok = true;

	memcpy(sorted, names, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), compare_strings);
	for (size_t i = 0; i < count && ok; i++) {
		ok = !(i && !strcmp(sorted[i - 1], sorted[i])) && !is_called(fleet, sorted[i]);
	}
	free(sorted);
	return ok;
}

/* Takes name over. */
static void rename_node(struct fleet *fleet, struct fleet_node *node, char *name)
{
	const char *new_name = name ? name : node->short_name;

	if (node->pub.name && !strcmp(node->pub.name, new_name)) {
		free(name);
		return;
	}
	fleet_record_former(fleet, node);
	free(node->qualified);
	node->qualified = name;
	node->pub.name = new_name;
	node->renamed = true;
	fleet->renamed |= node->index >= 0;
}

static void tell_apart(struct fleet *fleet, struct fleet_node **nodes, size_t count)
{
	char **names = xcalloc(count, sizeof(*names));

	qsort(nodes, count, sizeof(*nodes), compare_places);
	for (int level = QUALIFY_ORG; level <= QUALIFY_NUMBER; level++) {
		for (size_t i = 0; i < count; i++) {
			free(names[i]);
			names[i] = qualified(nodes[i], level, i);
		}
		if (distinct(fleet, names, count))
			break;
	}
	for (size_t i = 0; i < count; i++)
		rename_node(fleet, nodes[i], names[i]);
	free(names);
}

/* Gives the services whose own name is the entry's names that are theirs alone. */
static void name_services(struct fleet *fleet, struct name_entry *entry)
{
	struct fleet_node **nodes = xreallocarray(NULL, entry->services.count + 1, sizeof(*nodes));
	size_t count = 0;

	for (size_t i = 0; i < entry->services.count; i++) {
		struct fleet_node *node = fleet_ref_node(fleet, &entry->services.refs[i]);

		if (node && !strcmp(node->keys[0], entry->name))
			nodes[count++] = node;
	}
	if (count == 1)
		rename_node(fleet, nodes[0], NULL);
	else if (count)
		tell_apart(fleet, nodes, count);
	free(nodes);
}

void fleet_make_due(struct fleet *fleet, struct fleet_node *node)
{
	if (node->dirty)
		return;
	node->dirty = true;
	GROW(fleet->due, fleet->due_count, fleet->due_cap);
	fleet->due[fleet->due_count++] = node;
}

void fleet_names_settle(struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->changed_count; i++) {
		struct name_entry *entry = fleet->changed_names[i];

		tidy(fleet, &entry->services, FLEET_MAX_NAMESAKES);
		tidy(fleet, &entry->hits, FLEET_MAX_NAMED_HITS);
		if (entry->services_changed)
			name_services(fleet, entry);
		for (size_t s = 0; entry->hits_changed && s < entry->services.count; s++) {
			struct fleet_node *node = fleet_ref_node(fleet, &entry->services.refs[s]);

			if (node)
				fleet_make_due(fleet, node);
		}
		entry->services_changed = entry->hits_changed = false;
	}
	fleet->changed_count = 0;
}

static void note_crowd(const char *name, void *value, void *ctx)
{
	struct name_entry *entry = value;

	(void)name;
	if (entry->services.count > FLEET_MAX_NAMESAKES)
		note_change(ctx, entry, true);
	if (entry->hits.count > FLEET_MAX_NAMED_HITS)
		note_change(ctx, entry, false);
}

void fleet_names_crowded(struct fleet *fleet)
{
	strmap_each(fleet->names, note_crowd, fleet);
}
