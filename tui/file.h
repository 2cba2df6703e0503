#ifndef SVCTOP_TUI_FILE_H
#define SVCTOP_TUI_FILE_H

/* The person's own small files: themes, keys, scripts. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"

/* Appends a regular file of at most max bytes to out; -1 with errno's words in err. */
int file_read(const char *path, size_t max, struct buf *out, struct err *err);

/* Makes a folder and those above it where they are not there yet; -1 with errno. */
int file_make_folders(const char *path, unsigned mode);

/* A file that may change while we run. Zero-initialised it watches nothing. */
struct file_watch {
	char *path;
	int64_t changed_ns, size; /* -1: not there */
};

/* Watches path from now on (NULL: nothing). */
void file_watch(struct file_watch *watch, const char *path);

/* Whether the file changed, came or went since the last time that it was asked. */
bool file_changed(struct file_watch *watch);

void file_watch_free(struct file_watch *watch);

#endif
