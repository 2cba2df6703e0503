/* What live sources say, and which service it is about. */

#include "core/fleet_internal.h"

void fleet_set_live(struct fleet *fleet, struct live *live)
{
	fleet->live = live;
}

const struct live *fleet_live(const struct fleet *fleet)
{
	return fleet->live;
}

const struct observed *fleet_unmapped(const struct fleet *fleet, size_t *count)
{
	*count = fleet->unmapped_count;
	return fleet->unmapped;
}
