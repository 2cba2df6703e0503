#ifndef SVCTOP_CORE_FILTER_H
#define SVCTOP_CORE_FILTER_H

/*
 * Narrowing and ordering services and gaps, for the dashboard and the command line.
 * The language: words apart by blanks, all of which must hold; case is ignored.
 *
 *   pay             the name has these letters in this order, or an owner or a language
 *                   contains them; among gaps also the item's id or title
 *   owner:x         part of an owner's name; owner:none without any
 *   tier:1          also tier:1-2, tier:2,3, tier:none
 *   status:gap      a required item has this status (pass gap unknown waived n/a)
 *   check:ci        that item, with status: in that status, alone: it is a gap
 *   lang:go         type:library         lifecycle:production
 *   dep:rails       uses this package (a * at the end: any that begins so), or needs
 *                   the service of this name
 *   state:broken    checkouts that are unreadable or crashed; state:empty
 *   live:burning    alerts fire or a probe fails (also live:critical, warning, down, silenced,
 *                   ok, unknown); live:red the default branch does not build
 *   -word           not
 *
 * Alternatives are apart by commas. An unknown key is an error that suggests the
 * nearest one.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/fleet.h"

/*
 * Small fields of all services side by side, so that a keystroke over 100,000 of
 * them stays below a millisecond. Rows 0 .. filter_index_services() - 1 are
 * fleet_at(); after them come checkouts that are broken or empty and so have no
 * service.
 */
struct filter_index;

struct filter_index *filter_index_new(void);
void filter_index_free(struct filter_index *index); /* NULL is allowed */

/*
 * Reads the fleet anew, after each fleet_settle() that changed something. The index
 * points into the fleet and is good until the next settle.
 */
void filter_index_build(struct filter_index *index, const struct fleet *fleet);

size_t filter_index_count(const struct filter_index *index);
size_t filter_index_services(const struct filter_index *index);

/* Row's checkout where it is a broken or empty one, NULL where it is a service. */
const struct checkout *filter_index_checkout(const struct filter_index *index, uint32_t row);

struct filter;

/*
 * Compiles a filter; "" keeps everything. NULL on error, with the word in err->where
 * and a fix.
 */
struct filter *filter_parse(const char *text, struct err *err);
void filter_free(struct filter *filter); /* NULL is allowed */

/* More that must hold, set apart from the text: the dashboard's `1`..`4`, `f` and `M`. */
void filter_set_tiers(struct filter *filter, unsigned tiers); /* bits 1 << tier; 0: all */
void filter_set_broken(struct filter *filter,
		       bool broken); /* a gap, what burns, a broken checkout */
void filter_set_mine(struct filter *filter, const char *const *owners, size_t count);

enum filter_order {
	ORDER_TIER, /* what matters: tier, then most gaps, then name; broken checkouts last */
	ORDER_NAME,
	ORDER_OWNER,
	ORDER_HOLDS,  /* least first */
	ORDER_GAPS,   /* most first */
	ORDER_COMMIT, /* oldest first */
	ORDER_LANGUAGE,
	ORDER_LIVE, /* critical first, what is not measured last */
	ORDER_COUNT
};

const char *filter_order_name(enum filter_order order); /* "tier", "name", ... */
int filter_order_find(const char *name);		/* -1: none of that name */

/*
 * The rows that pass, in order, into rows (room for filter_index_count()); returns
 * how many. An order is worked out once a build and kept, so rows do not jump while
 * one types.
 */
size_t filter_rows(struct filter_index *index, struct filter *filter, enum filter_order order,
		   bool descending, uint32_t *rows);

/* A required item of a service in a status that the filter asks for (a gap unless it has status:).
 */
struct filter_gap {
	uint32_t service; /* index in the fleet */
	uint16_t check;	  /* index in the checklist */
};

/* The gaps that pass, services in order and checks as listed; the caller frees them. */
struct filter_gap *filter_gaps(struct filter_index *index, struct filter *filter,
			       enum filter_order order, size_t *count);

/* What may stand behind live:, for completion; NULL past the last. */
const char *filter_live_word(size_t index);

/* Keys of the language ("owner:" ...), for completion; NULL past the last. */
const char *filter_key(size_t index);

#endif
