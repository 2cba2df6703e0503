#include "core/mem.h"
#include "tests/support/itemfix.h"

int main(void)
{
	static const char *const checks[] = {
	    "second-owner",   "deploy-automation", "ci",      "dev-setup", "uptime",
	    "error-tracking", "log-retention",	   "backups", "tls"};

	return itemfix_main(checks, ARRAY_LEN(checks));
}
