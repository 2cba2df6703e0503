#ifndef SVCTOP_CORE_FINDING_H
#define SVCTOP_CORE_FINDING_H

/* The answer of one check for one service, and what shows it. */

#include <stdbool.h>
#include <stdint.h>

#include "core/checklist.h"

struct evidence {
	const char *checkout; /* path */
	const char *path;     /* NULL for a URL or a bare value */
	uint32_t line;
	const char *commit; /* hex id of what was read */
	const char *url;
	const char *value;
	const char *text;
};

/* The answer of one check for one service. */
struct finding {
	const char *reason; /* one line without a full stop, never NULL */
	const struct evidence *evidence;
	uint16_t check;		/* index in the checklist */
	uint8_t evidence_count; /* at most RULE_MAX_EVIDENCE */
	bool required;		/* the service's tier asks for it; the fleet sets it */
	bool since_at_least;	/* it may be older than since: it was so when svctop first looked */
	/* A byte each: a fleet keeps one finding for each service and check. */
	enum status status : 8;
	enum unknown_code code : 8;
	enum strength strength : 8; /* of the strongest evidence; NONE without any */
	int64_t since; /* when it came to this status, seconds; 0: not known (core/record.h) */
};

#endif
