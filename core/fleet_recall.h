#ifndef SVCTOP_CORE_FLEET_RECALL_H
#define SVCTOP_CORE_FLEET_RECALL_H

/*
 * The fleet as it was when svctop last ran: a packed row a service, with what tables
 * show. A fleet that recalls rows shows them at once, findings without evidence and
 * with RECALLED_REASON; meanwhile checkouts are applied and settled behind them. Rows come
 * from a file that anybody may have written to: nothing in them is trusted.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/fleet.h"

#define RECALLED_REASON "from the last run; its evidence is being read"

struct fleet_row {
	const void *bytes; /* read until fleet_recall() returns */
	size_t len;
};

/*
 * Packs what tables and headers show of a service of the fleet: facts, links, names of what it
 * depends on and of what depends on it, findings without their evidence, ages; not signals. The
 * same service gives the same bytes.
 */
void fleet_row_encode(const struct fleet *fleet, const struct service *service, struct buf *out);

/*
 * Shows the services of rows from now on, instead of what is settled: fleet_count(), fleet_at(),
 * fleet_find(), fleet_summary(), fleet_checkout_at() give them. The ids of checks in the rows need
 * not be those of the fleet's checklist: what is in no row is unknown. Rows that cannot be
 * read are left out; returns how many services are shown (0: nothing changes). Cheapest where they
 * come in the order of fleet_name_order().
 *
 * Until fleet_recall_end(), fleet_settle() works out what was applied since the last one and
 * nothing more, and nobody hears of it: neither fleet_changes() nor the record.
 */
size_t fleet_recall(struct fleet *fleet, const struct fleet_row *rows, size_t count);

/* Whether recalled services are what is shown. */
bool fleet_is_recalled(const struct fleet *fleet);

/*
 * The recalled services of a checkout that was applied and settled get their evidence: for one that
 * somebody opens while the others are still being read.
 */
void fleet_recall_show(struct fleet *fleet, const char *path);

/* What was applied is shown from the next fleet_settle() on: all of it is there. */
void fleet_recall_end(struct fleet *fleet);

/* The order of services in a fleet: by letter, whatever the case, '_' as '-'. */
int fleet_name_order(const char *a, const char *b);

#endif
