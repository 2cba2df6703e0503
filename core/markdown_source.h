#ifndef SVCTOP_CORE_MARKDOWN_SOURCE_H
#define SVCTOP_CORE_MARKDOWN_SOURCE_H

/* What md4c leaves to its callers; for core/markdown.c. */

#include <stddef.h>

#include "core/buf.h"

/* Adds a file's text as md4c shall read it: without BOM and front matter. */
void markdown_source(struct buf *out, const char *bytes, size_t len);

/* Adds what `&name;` or `&#number;` means; unknown ones as they are. */
void markdown_entity(struct buf *out, const char *text, size_t len);

#endif
