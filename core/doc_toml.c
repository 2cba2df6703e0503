#include "core/doc_internal.h"

enum doc_state doc_parse_toml(struct doc_file *file, const char *name, const char *bytes,
			      size_t len, struct err *err)
{
	(void)file;
	(void)bytes;
	(void)len;
	err_set(err, name, NULL, "TOML is not read yet");
	return DOC_BROKEN;
}
