#ifndef SVCTOP_CORE_VERSION_H
#define SVCTOP_CORE_VERSION_H

/*
 * Versions and version ranges of the package managers, in the notation they share:
 * dotted numbers, then a pre-release ("-rc.1", ".pre", "b2") or a post-release
 * (".post1"); a leading v and build metadata after '+' do not count.
 */

#include <stdbool.h>

/*
 * Whether version satisfies range. Ranges of gem (~>), npm and Cargo (^ ~ 1.x "1.2 - 1.4" ||),
 * pip (~= == != ===), hex (and, or), Maven ("[1.0,2.0)") and composer are understood; comparators
 * side by side or after a comma must all hold. A bare "1.2" is exactly 1.2, which equals 1.2.0.
 * An upper bound below a release keeps out its pre-releases: 2.0-rc1 does not satisfy "< 2".
 * An empty range and "*" take any version. What is no version, or no range, does not satisfy.
 */
bool version_satisfies(const char *version, const char *range);

/*
 * Orders versions: numbers by value, pre-releases before and post-releases after their
 * release. What is no version stands before all that are. "1.2" and "v1.2.0" are equal.
 */
int version_compare(const char *a, const char *b);

#endif
