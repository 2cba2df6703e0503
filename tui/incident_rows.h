#ifndef SVCTOP_TUI_INCIDENT_ROWS_H
#define SVCTOP_TUI_INCIDENT_ROWS_H

/* The rows of the incident pane: what burns, narrowed, in groups, with headings. No screen. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/incident.h"

enum incident_grouping { BURNS_BY_SERVICE, BURNS_BY_ALERT, BURNS_BY_OWNER, BURN_GROUPINGS };

const char *incident_grouping_name(enum incident_grouping grouping); /* "service", ... */

struct incident_row {
	const struct burn *burn; /* NULL: a heading */
	const char *heading;
	size_t count; /* of the heading's burns */
	uint64_t id;  /* never 0 */
};

struct incident_rows {
	struct arena *arena;
	struct incident *incident;
	struct incident_row *rows;
	size_t count;
	size_t burns; /* of them no heading */
	bool oncall;  /* a source says who is on call */
};

struct incident_rows_options {
	enum incident_grouping grouping;
	/*
	 * Words apart by blanks, all of which must hold: part of a service's, an owner's or an
	 * alert's name, or owner:x, kind:ci, env:staging, tier:1, state:critical. A minus before
	 * it: not. Case is ignored.
	 */
	const char *filter;
	int tier;	/* 0: all */
	bool loud_only; /* without those that nobody is called for */
	const char *const *owners;
	size_t owner_count; /* 0: everybody's */
};

/* Replaces what rows held. It points into the fleet, until the next settle. */
void incident_rows_build(struct incident_rows *rows, const struct fleet *fleet,
			 const struct incident_rows_options *options, int64_t now);
void incident_rows_free(struct incident_rows *rows);

/* Who is on call for a service of the fleet: NULL: nobody says; "" nobody is. */
const struct observed *incident_oncall(const struct fleet *fleet, const struct burn *burn);

#endif
