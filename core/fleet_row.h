#ifndef SVCTOP_CORE_FLEET_ROW_H
#define SVCTOP_CORE_FLEET_ROW_H

/*
 * Rows of recalled services (core/fleet_recall.h). A row begins with its outline, which is read
 * at once of all services: name, tier, counts, what filters ask. The rest is read when somebody
 * looks at the service. Strings stand in it with their NUL, so that they are pointed to where they
 * are.
 */

#include "core/fleet.h"
#include "core/wire.h"

struct recalled_service {
	struct service pub; /* first: a service's address is its own */
	struct history history;
	const unsigned char *flags;  /* two bytes a finding, in the row's order */
	const int16_t *places;	     /* by check of the list: where it is in the row, -1 */
	const unsigned char *rest;   /* of the row */
	const unsigned char *end;    /* of the row */
	unsigned char finding_count; /* in the row */
	unsigned char bits;	     /* of its checkout */
	bool first;		     /* of its checkout */
	bool whole;		     /* the rest was read */
};

/* Where the checks of rows are in a checklist: nearly always the same for all of them. */
struct row_places {
	const struct checklist *checklist;
	uint32_t *ids; /* of the checklist, hashed */
	const unsigned char *last;
	size_t last_len;
	const int16_t *places;
	size_t made;
};

struct row_places *row_places_new(const struct checklist *checklist, struct arena *arena);

/* bytes must live as long as the service. False: it is no row. */
bool fleet_row_outline(const unsigned char *bytes, size_t len, struct row_places *places,
		       struct arena *arena, struct recalled_service *out);

/* For another checklist: the rest is to be read again. False: there is no room for its ids. */
bool fleet_row_replace(struct recalled_service *service, struct row_places *places,
		       struct arena *arena);

/* How the row's finding of a check was; unknown where it has none. since is not filled. */
struct finding fleet_row_finding(const struct checklist *checklist,
				 const struct recalled_service *service, size_t check);

/* Counts what fleet_row_finding() gives for each check: the service's counts, and into checks. */
void fleet_row_count(struct recalled_service *service, const struct checklist *checklist,
		     struct check_summary *checks);

/* Reads the rest, as far as it can be read. names: to find an index by name, -1 none. */
typedef int32_t row_find(void *ctx, const char *name);
void fleet_row_rest(struct recalled_service *service, const struct checklist *checklist,
		    struct arena *arena, row_find *find, void *ctx);

#endif
