#include "core/mem.h"
#include "tests/support/itemfix.h"

int main(void)
{
	static const char *const checks[] = {"owner", "security-bugs", "outages"};

	return itemfix_main(checks, ARRAY_LEN(checks));
}
