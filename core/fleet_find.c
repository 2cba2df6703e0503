/* What is shown of a fleet, and found in it: its own services, or those that are recalled. */

#include <string.h>

#include "core/fleet_internal.h"
#include "core/fleet_recall.h"

/* recalled: NULL for the fleet's own, whatever is shown. */
static const struct service *service_at(const struct fleet *fleet, const struct recalled *recalled,
					size_t index)
{
	return recalled ? recalled_outline(recalled, index) : &fleet->order[index]->pub;
}

static size_t count_of(const struct fleet *fleet, const struct recalled *recalled)
{
	return recalled ? recalled_count(recalled) : fleet->order_count;
}

size_t fleet_count(const struct fleet *fleet)
{
	return count_of(fleet, fleet->recalled);
}

const struct service *fleet_at(const struct fleet *fleet, size_t index)
{
	return fleet->recalled ? recalled_at(fleet->recalled, index) : &fleet->order[index]->pub;
}

const struct service *fleet_outline(const struct fleet *fleet, size_t index)
{
	return service_at(fleet, fleet->recalled, index);
}

/* The first service whose name does not stand before name. */
static size_t lower_bound(const struct fleet *fleet, const struct recalled *recalled,
			  const char *name)
{
	size_t low = 0, high = count_of(fleet, recalled);

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (fleet_name_order(service_at(fleet, recalled, middle)->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int32_t find_alias(const struct fleet *fleet, const char *name)
{
	const struct name_entry *entry = fleet_name(fleet, name);
	int32_t found = -1;

	for (size_t i = 0; entry && i < entry->services.count; i++) {
		const struct fleet_node *node = fleet_ref_node(fleet, &entry->services.refs[i]);

		if (!node || node->index == found)
			continue;
		if (found >= 0)
			return -1;
		found = node->index;
	}
	return found;
}

/* The only service of that name when case, '-' and '_' do not matter. */
static int32_t find_folded(const struct fleet *fleet, const char *name, size_t at)
{
	const struct recalled *recalled = fleet->recalled;
	size_t count = count_of(fleet, recalled);
	int32_t found = -1;

	while (at && fleet_name_same(service_at(fleet, recalled, at - 1)->name, name))
		at--;
	for (; at < count && fleet_name_same(service_at(fleet, recalled, at)->name, name); at++) {
		if (found >= 0)
			return -1;
		found = (int32_t)at;
	}
	return found;
}

static bool is_at(const struct fleet *fleet, const struct recalled *recalled, size_t at,
		  const char *name)
{
	return at < count_of(fleet, recalled) &&
	       !strcmp(service_at(fleet, recalled, at)->name, name);
}

bool fleet_has_name(const struct fleet *fleet, const char *name)
{
	return is_at(fleet, NULL, lower_bound(fleet, NULL, name), name);
}

int32_t fleet_find(const struct fleet *fleet, const char *name)
{
	size_t at = lower_bound(fleet, fleet->recalled, name);
	int32_t found;

	if (is_at(fleet, fleet->recalled, at, name))
		return (int32_t)at;
	found = find_folded(fleet, name, at);
	/* Rows have no aliases. */
	return found >= 0 || fleet->recalled ? found : find_alias(fleet, name);
}

size_t fleet_checkout_count(const struct fleet *fleet)
{
	return fleet->recalled ? recalled_checkout_count(fleet->recalled) : fleet->listed_count;
}

const struct checkout *fleet_checkout_at(const struct fleet *fleet, size_t index)
{
	return fleet->recalled ? recalled_checkout_at(fleet->recalled, index)
			       : fleet->listed[index]->checkout;
}

const struct checkout *fleet_checkout(const struct fleet *fleet, const char *path)
{
	const struct fleet_checkout *home = strmap_get(fleet->by_path, path);

	return home ? home->checkout : NULL;
}

const struct fleet_summary *fleet_summary(const struct fleet *fleet)
{
	return fleet->recalled ? recalled_summary(fleet->recalled) : &fleet->summary;
}
