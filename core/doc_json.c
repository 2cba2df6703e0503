#include "core/doc_internal.h"

enum doc_state doc_parse_json(struct doc_file *file, const char *name, const char *bytes,
			      size_t len, struct err *err)
{
	(void)file;
	(void)bytes;
	(void)len;
	err_set(err, name, NULL, "JSON is not read yet");
	return DOC_BROKEN;
}
