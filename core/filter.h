#ifndef SVCTOP_CORE_FILTER_H
#define SVCTOP_CORE_FILTER_H

/*
 * Narrowing and ordering services and gaps, for the dashboard and the command line.
 * The language: words apart by blanks, all of which must hold.
 *
 *   pay            fuzzy: the letters in this order, in the name, the owner or a language
 *   owner:x        part of an owner's name          tier:1, tier:1-2, tier:none
 *   status:gap     a required item has the status   check:ci   with status: that item;
 *   lang:go        a language                                  alone: it is a gap
 *   type:library   lifecycle:production             dep:ledger  depends on that service
 *   state:broken   unreadable or crashed checkouts  mine:       (given by the caller)
 *   -word          not
 *
 * Alternatives are apart by commas (tier:1,2). An unknown key is an error that
 * suggests the nearest one.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/fleet.h"

/*
 * Small fields of all services side by side, so that a keystroke over 100,000 of
 * them stays below a millisecond. Rows 0..services-1 are fleet_at(); after them
 * come the checkouts that are broken or empty and have no service of their own.
 */
struct filter_index;

struct filter_index *filter_index_new(void);
void filter_index_free(struct filter_index *index); /* NULL is allowed */

/* Reads the fleet anew; after each fleet_settle() that changed something. */
void filter_index_build(struct filter_index *index, const struct fleet *fleet);

size_t filter_index_count(const struct filter_index *index); /* services and broken checkouts */
size_t filter_index_services(const struct filter_index *index);

/* Row's checkout where it is a broken one, else NULL. */
const struct checkout *filter_index_checkout(const struct filter_index *index, uint32_t row);

struct filter;

/*
 * Compiles a filter. "" keeps everything. mine: owners that `mine:` stands for. On
 * error NULL, with a column in err->where ("filter:12").
 */
struct filter *filter_parse(const char *text, const char *const *mine, size_t mine_count,
			    struct err *err);
void filter_free(struct filter *filter); /* NULL is allowed */
bool filter_is_empty(const struct filter *filter);

/* Whether one service passes (no index needed: for the command line). */
bool filter_service(const struct filter *filter, const struct fleet *fleet, size_t service);

/* Whether a finding (a gap's row) passes: service's own words, and status: and check: of it. */
bool filter_finding(const struct filter *filter, const struct fleet *fleet, size_t service,
		    const struct finding *finding);

enum filter_order {
	ORDER_TIER, /* what matters: tier, then most gaps, then name */
	ORDER_NAME,
	ORDER_OWNER,
	ORDER_HOLDS,
	ORDER_GAPS,
	ORDER_COMMIT, /* oldest last commit first */
	ORDER_LANGUAGE,
	ORDER_COUNT
};

const char *filter_order_name(enum filter_order order); /* "tier", "name", ... */

/*
 * The rows that pass, in order, into rows (room for filter_index_count()); returns
 * how many. Orders are worked out once a build and kept. With fuzzy words and
 * ORDER_TIER the order stays the table's: rows do not jump while one types.
 */
size_t filter_rows(struct filter_index *index, const struct filter *filter, enum filter_order order,
		   bool descending, uint32_t *rows);

#endif
