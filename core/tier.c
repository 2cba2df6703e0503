#include "core/tier.h"

#include <stdio.h>

const char *tier_name(int tier)
{
	static const char *const names[] = {"no tier", "Critical", "Important", "Useful",
					    "Experiment"};

	return tier >= 1 && tier <= 4 ? names[tier] : names[0];
}

const char *tier_reached(int reached, int reached_unknown, char out[TIER_REACHED_MAX])
{
	if (!reached_unknown)
		snprintf(out, TIER_REACHED_MAX, "none");
	else
		snprintf(out, TIER_REACHED_MAX, "T%d%s", reached_unknown % 10,
			 reached == reached_unknown ? "" : "?");
	return out;
}
