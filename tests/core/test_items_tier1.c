#include "core/mem.h"
#include "tests/support/itemfix.h"

int main(void)
{
	static const char *const checks[] = {
	    "playbooks",      "slo", "resiliency", "failover", "load-tests-scheduled",
	    "security-review"};

	return itemfix_main(checks, ARRAY_LEN(checks));
}
