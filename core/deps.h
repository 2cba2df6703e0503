#ifndef SVCTOP_CORE_DEPS_H
#define SVCTOP_CORE_DEPS_H

/*
 * Questions about the dependencies of many services: who uses a package, at which
 * version, and how far its versions have drifted apart. Pure; all pointers given in
 * stay the caller's and must outlive the answers, which point into them.
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/arena.h"
#include "core/checkout.h"

/* One service uses one package. */
struct deps_use {
	const char *service;
	const struct dependency *dependency;
};

/*
 * Whether a dependency is meant by package: its name in any case, "ecosystem:name" to
 * tell gem from npm, a Maven artifact without its group, the last part of a Go module's
 * path. PyPI's names are compared as PyPI does.
 */
bool deps_matches(const struct dependency *dependency, const char *package);

/*
 * The uses of package whose version satisfies range (NULL: any version, also those that
 * are not known), by service, ecosystem, name, version and place; in arena.
 */
size_t deps_find(const struct deps_use *uses, size_t count, const char *package, const char *range,
		 struct arena *arena, struct deps_use **out);

struct deps_version {
	const char *version;
	const char **services; /* each once, by name */
	size_t service_count;
};

/* The versions of one package, the oldest first. */
struct deps_spread {
	const char *ecosystem;
	const char *name;
	struct deps_version *versions;
	size_t version_count;
	const char *newest;   /* that was seen; versions[version_count - 1].version */
	size_t service_count; /* services that use it at a known version */
};

/*
 * The spread of each package (of those that package means, unless NULL) that is used at
 * min_versions different versions or more, the widest first, then those with the most
 * services, then by ecosystem and name; in arena. Only resolved versions count. Give it
 * the direct dependencies alone to leave out what merely came along.
 */
size_t deps_drift(const struct deps_use *uses, size_t count, const char *package,
		  size_t min_versions, struct arena *arena, struct deps_spread **out);

#endif
