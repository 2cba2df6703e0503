#include "core/mem.h"
#include "tests/support/itemfix.h"

int main(void)
{
	static const char *const checks[] = {"on-call",	     "alerts",	    "metrics",
					     "dedicated-db", "load-tested", "rolling-deploy"};

	return itemfix_main(checks, ARRAY_LEN(checks));
}
