#ifndef SVCTOP_TUI_GAP_ROWS_H
#define SVCTOP_TUI_GAP_ROWS_H

/*
 * The outstanding gaps of a fleet as rows: grouped by service, item or owner, the
 * most important first (tier, then how many), each group under a heading of its own;
 * in it the most important tier first, then the oldest.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/filter.h"
#include "core/fleet.h"

enum gap_grouping { GROUP_SERVICE, GROUP_ITEM, GROUP_OWNER, GROUP_COUNT };

const char *gap_grouping_name(enum gap_grouping grouping); /* "service", "item", "owner" */

struct gap_row {
	uint32_t service; /* index in the fleet */
	uint16_t check;	  /* index in the checklist */
	bool heading;	  /* a group begins; service and check are those of its first row */
	uint32_t count;	  /* of a heading: its gaps */
	uint8_t tier;	  /* of a heading: the most important one in it, 0 none */
};

struct gap_rows {
	struct gap_row *rows;
	size_t count, cap;
	size_t gaps; /* rows that are no heading */
};

/*
 * Replaces rows with gaps (of filter_gaps()) in groups. Rows refer to the fleet by
 * index, so they are dead after fleet_settle().
 */
void gap_rows_build(struct gap_rows *rows, const struct fleet *fleet, const struct filter_gap *gaps,
		    size_t count, enum gap_grouping grouping);
void gap_rows_free(struct gap_rows *rows);

/* The first owner of a service, "no owner" when it has none. */
const char *gap_owner(const struct service *service);

#endif
