#ifndef SVCTOP_TESTS_SUPPORT_FAKEFLEET_H
#define SVCTOP_TESTS_SUPPORT_FAKEFLEET_H

/*
 * A made-up fleet without repositories: checkouts as a scanner would send them, the
 * same for the same arguments. For tests and benchmarks of what stands on a fleet.
 */

#include <stddef.h>
#include <stdint.h>

#include "core/fleet.h"

#define FAKE_NOW INT64_C(1795000000) /* in November 2026 */

/* One checkout with one service; number decides all that it has. Every 40th is broken. */
struct checkout *fake_checkout(const struct checklist *checklist, size_t number);

/* A settled fleet of so many checkouts. checklist must outlive it. */
struct fleet *fake_fleet(const struct checklist *checklist, size_t count);

#endif
