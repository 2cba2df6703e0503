#ifndef SVCTOP_TESTS_ITEMFIX_H
#define SVCTOP_TESTS_ITEMFIX_H

/*
 * Checklist items tried on small made-up repositories. tests/fixtures/items/ID.txt
 * holds the cases of an item: real git repositories are made of each, scanned and
 * taken into a fleet as the program does it, and the item's finding is compared.
 *
 *	== pass configured: a workflow runs the tests      status, code, strength: title
 *	-> .github/workflows/ci.yml:5                       must be among the evidence
 *	because: part of the reason
 *	past: Ann 3, dependabot[bot] 2                      commits of the month before
 *	aged: 200d                                          how old the files are, 10d if not said
 *	service: pay                                        which service, "shop" if not said
 *	--- .github/workflows/ci.yml                        a file of the repository "shop"
 *	...
 *	--- central!rules/shop.yml                          a file of another repository
 *
 * Today is 2026-06-01.
 */

#include <stddef.h>

/* Runs all cases of these items, a test each; returns the number that failed. */
int itemfix_main(const char *const *checks, size_t count);

#endif
