#ifndef SVCTOP_TUI_FILE_H
#define SVCTOP_TUI_FILE_H

/* Reading the person's own small files: themes, keys, scripts. */

#include "core/buf.h"
#include "core/err.h"

/* Appends a regular file of at most max bytes to out; -1 with errno's words in err. */
int file_read(const char *path, size_t max, struct buf *out, struct err *err);

#endif
