/* What `svctop sources` says of the mapping, so that it can be mended. */

#include <stdlib.h>
#include <string.h>

#include "core/fleet_internal.h"
#include "core/fleet_live_internal.h"
#include "core/mem.h"

#define MAX_STRANGERS 100

void stranger_list_add(struct stranger_list *list, struct arena *arena,
		       const struct signal_label *key)
{
	struct fleet_stranger *stranger;

	buf_reset(&list->text);
	buf_addf(&list->text, "%s=%s", key->name, key->value);
	stranger = strmap_get(list->known, buf_str(&list->text));
	if (!stranger) {
		stranger = arena_alloc(arena, sizeof(*stranger));
		*stranger = (struct fleet_stranger){key->name, key->value, 0};
		strmap_put(list->known, arena_strdup(arena, buf_str(&list->text)), stranger);
		GROW(list->all, list->count, list->cap);
		list->all[list->count++] = stranger;
	}
	stranger->signals++;
}

static int compare_strangers(const void *a, const void *b)
{
	const struct fleet_stranger *x = *(struct fleet_stranger *const *)a,
				    *y = *(struct fleet_stranger *const *)b;
	int order;

	if (x->signals != y->signals)
		return x->signals > y->signals ? -1 : 1;
	order = strcmp(x->name, y->name);
	return order ? order : strcmp(x->key, y->key);
}

void stranger_list_keep(struct stranger_list *list, struct arena *arena,
			struct fleet_source *source)
{
	size_t count = list->count < MAX_STRANGERS ? list->count : MAX_STRANGERS;
	struct fleet_stranger *kept = count ? arena_alloc(arena, count * sizeof(*kept)) : NULL;

	if (list->count)
		qsort(list->all, list->count, sizeof(struct fleet_stranger *), compare_strangers);
	for (size_t i = 0; i < count; i++)
		kept[i] = *list->all[i];
	source->strangers = kept;
	source->stranger_count = count;
	strmap_free(list->known);
	free(list->all);
	buf_free(&list->text);
}

const struct fleet_source *fleet_source_at(const struct fleet *fleet, size_t index)
{
	const struct fleet_mapping *mapping = fleet->mapping;

	return mapping && index < mapping->source_count ? &mapping->sources[index] : NULL;
}

static bool speaks_of(const struct live_source *source, const struct service *service)
{
	for (size_t i = 0; i < service->signal_count; i++)
		if (service->signals[i].source == source)
			return true;
	return false;
}

size_t fleet_source_missing(const struct fleet *fleet, size_t index, unsigned tiers,
			    const struct service **out, size_t max)
{
	const struct fleet_source *source = fleet_source_at(fleet, index);
	size_t count = 0;

	for (size_t i = 0; source && i < fleet->order_count; i++) {
		const struct service *service = &fleet->order[i]->pub;

		if ((tiers && !(tiers >> service->tier & 1)) || speaks_of(source->source, service))
			continue;
		if (count < max)
			out[count] = service;
		count++;
	}
	return count;
}
