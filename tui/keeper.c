#include "tui/keeper.h"

#include "core/mem.h"

/* What checkout_encode() makes; another number, and what older versions kept is scanned anew. */
#define FACTS_FORMAT 1

char *keeper_scanned_with(const struct checklist *checklist)
{
	return xasprintf("%s facts %d, svctop %s", checklist->digest, FACTS_FORMAT, VERSION);
}
