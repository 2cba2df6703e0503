#ifndef SVCTOP_CORE_OWNER_H
#define SVCTOP_CORE_OWNER_H

/* How people ask for an owner: "org/team" or "team", whatever the case. */

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static inline bool owner_is(const char *wanted, const char *owner)
{
	const char *slash = strrchr(owner, '/');

	return !strcasecmp(wanted, owner) || (slash && !strcasecmp(wanted, slash + 1));
}

#endif
