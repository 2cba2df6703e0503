#ifndef SVCTOP_CORE_TIER_H
#define SVCTOP_CORE_TIER_H

/* The tiers in words, the same on every screen and in every report. */

#include <stddef.h>

/* "Critical", "Important", "Useful", "Experiment"; "no tier" for 0. */
const char *tier_name(int tier);

#define TIER_REACHED_MAX 8

/*
 * What a service holds: "T2"; "T3?" where that counts items that were not measured;
 * "none". Returns out.
 */
const char *tier_reached(int reached, int reached_unknown, char out[TIER_REACHED_MAX]);

#endif
