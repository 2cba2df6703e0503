/* An answer of GitHub at each step; the first byte says which. */

#include <stdint.h>
#include <stdlib.h>

#include "tests/fuzz/fuzz_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const args[] = {
	    "[[\"acme/api\",\"api\"],[\"acme/cart\"]]",
	    "[[\"acme/api\",\"api\"],[\"acme/cart\"]]",
	    "[[\"acme/api\",\"api\"],[\"acme/cart\"]]",
	    "{\"repo\":\"acme/api\",\"subject\":\"api\"}",
	    "{\"repo\":\"acme/api\",\"page\":1,\"workflows\":[{\"id\":1,\"state\":\"active\"},"
	    "{\"id\":2,\"state\":\"disabled_manually\",\"name\":\"Load\"}]}",
	};

	if (size)
		fuzz_source(&source_github, data[0] % 5, args[data[0] % 5], data + 1, size - 1);
	return 0;
}
