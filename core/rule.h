#ifndef SVCTOP_CORE_RULE_H
#define SVCTOP_CORE_RULE_H

/* Placeholder of the shape that the fleet needs; the rules part completes it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/checklist.h"
#include "core/checkout.h"

struct evidence {
	const char *checkout; /* path */
	const char *path;     /* NULL for a URL or a bare value */
	uint32_t line;
	const char *commit;
	const char *url;
	const char *value;
	const char *text;
};

/* The answer of one check for one service. */
struct finding {
	uint16_t check; /* index in the checklist */
	bool required;	/* the service's tier asks for it */
	enum status status;
	enum unknown_code code;
	enum strength strength;
	const char *reason; /* one line */
	const struct evidence *evidence;
	size_t evidence_count;
};

#endif
