#ifndef SVCTOP_TESTS_SUPPORT_PASTFIX_H
#define SVCTOP_TESTS_SUPPORT_PASTFIX_H

/*
 * A made-up past of the made-up fleet (tests/support/fakefleet.h): what a store would hold of it,
 * the same for the same fleet, and ending as its findings are now.
 */

#include <stddef.h>

#include "core/fleet.h"
#include "core/interval.h"

#define PAST_DAY   INT64_C(86400)
#define PAST_SINCE (FAKE_NOW - 730 * PAST_DAY)

struct fake_past {
	struct arena *arena;
	struct interval *intervals;
	size_t count, cap;
};

/*
 * Each outstanding gap of the fleet was met before (every third), or is as old as the history; what
 * is met was a gap before in half of the cases. Commits open and close them.
 */
void fake_past_make(struct fake_past *past, const struct fleet *fleet);
void fake_past_free(struct fake_past *past);

/* One more: from and until are days before FAKE_NOW, until 0: it still is. */
struct interval *fake_past_add(struct fake_past *past, const char *service, const char *check,
			       enum status status, int from, int until);

/* A commit by somebody, so many days before FAKE_NOW, in past's arena. */
struct cause fake_past_commit(struct fake_past *past, const char *author, const char *subject,
			      int days);

#endif
