/* An answer of a Prometheus; the first byte says to which question. */

#include <stdint.h>
#include <stdlib.h>

#include "tests/fuzz/fuzz_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size)
		fuzz_source(&source_prometheus, data[0] % 8, "check", data + 1, size - 1);
	return 0;
}
