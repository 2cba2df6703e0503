#ifndef SVCTOP_TUI_HISTORY_FILTER_H
#define SVCTOP_TUI_HISTORY_FILTER_H

/*
 * Which intervals the history pane speaks of. Words apart by blanks, all of which must hold,
 * whatever the case:
 *
 *	pay           part of a service's, an item's or an owner's name
 *	owner:x       part of an owner's name; owner:none without any
 *	check:ci      the item of that name, or those whose names begin so with a * at the end
 *	service:x     part of a service's name
 *	tier:1        also tier:none
 *	-word         not
 *
 * Alternatives are apart by commas.
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/interval.h"

struct history_filter;

/* NULL: it is not one, err says why. "" keeps everything. */
struct history_filter *history_filter_parse(const char *text, struct err *err);
void history_filter_free(struct history_filter *filter); /* NULL is allowed */

/* More that must hold: bits 1 << tier (0: any), one of these owners (none: anybody's). */
void history_filter_narrow(struct history_filter *filter, unsigned tiers, const char *const *owners,
			   size_t owner_count);

bool history_filter_has(const struct history_filter *filter, const struct interval *interval);

#endif
