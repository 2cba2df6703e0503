#ifndef SVCTOP_CORE_FLEET_LIVE_H
#define SVCTOP_CORE_FLEET_LIVE_H

/*
 * How the signals of live sources were mapped to services at the last fleet_settle(),
 * so that `svctop sources` can say what to mend. The services of a signal are, the
 * first of these that gives any:
 * 1. those whose `prometheus.io/labels` ("app=pay,team=x": all must be among the signal's
 *    labels) fits; `prometheus.io/alert` beside it narrows it to these alerts;
 * 2. those of the signal's keys, in their order:
 *    "subject"  the service that has exactly this name;
 *    "service"  the source's `match:` (the service whose glob fits), then fleet_find();
 *    "repo"     all services of that repository, whatever the case;
 *    "url"      all services that list it, whatever its scheme, usual port and last slash;
 *    others     all services with a descriptor's field of that name and value, where the
 *               value may be a list with commas or blanks;
 * 3. of alerts and rules: those whose `prometheus.io/alert` has the title.
 *
 * Unmapped (fleet_unmapped()) is what belongs to no service although it says whose it is, that
 * is, has keys, and alerts, incidents, builds and uptime without keys as well; never silences,
 * which belong to alerts.
 */

#include "core/fleet.h"

/* Services that one signal may be about: more are left out. */
#define FLEET_SERVICES_A_SIGNAL 4096

struct fleet_stranger {
	const char *key; /* "service", "repo", ... */
	const char *name;
	size_t signals;
};

struct fleet_source {
	const struct live_source *source;
	size_t signals;
	size_t services; /* that it says something of */
	size_t unmapped; /* signals; the Watchdog is not counted */
	/* What it calls things that are no service here, most signals first, at most 100. */
	const struct fleet_stranger *strangers;
	size_t stranger_count;
};

/* By index as live_at(); NULL: there is none, or it was configured after the last settle. */
const struct fleet_source *fleet_source_at(const struct fleet *fleet, size_t index);

/*
 * The services it says nothing of, by name, in out (max of them); returns how many there
 * are. tiers: bit 1 << tier, bit 0: unset; 0: all.
 */
size_t fleet_source_missing(const struct fleet *fleet, size_t index, unsigned tiers,
			    const struct service **out, size_t max);

#endif
