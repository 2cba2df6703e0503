/* YAML documents, read and walked. */

#include "tests/fuzz/fuzz_doc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_document(DOC_YAML, "fuzz.yml", data, size);
	return 0;
}
