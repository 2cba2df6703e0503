/*
 * An answer of a Buildbot at each step. The first byte says which; the body is what it was
 * followed by, and what an earlier step hands on is made from a body as well.
 */

#include <stdint.h>
#include <stdlib.h>

#include "tests/fuzz/fuzz_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const args[] = {
	    NULL,
	    NULL,
	    "[{\"builderid\":1,\"name\":\"api\",\"tags\":[\"service:api\"]}]",
	    "{\"builder\":{\"builderid\":1,\"name\":\"api\"},\"ended\":false,\"pages\":1}",
	    "{\"builder\":{\"builderid\":1,\"name\":\"api\"},\"last\":{\"builderid\":1,"
	    "\"number\":3,\"results\":2},\"edge\":{\"buildid\":7,\"number\":2,\"results\":2},"
	    "\"ended\":true,\"pages\":1}",
	};

	if (size)
		fuzz_source(&source_buildbot, data[0] % 5, args[data[0] % 5], data + 1, size - 1);
	return 0;
}
