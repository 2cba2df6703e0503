#ifndef SVCTOP_CORE_BUF_H
#define SVCTOP_CORE_BUF_H

/* A growing string of bytes. Zero-initialised is empty; data is NUL-terminated once non-NULL. */

#include <stdarg.h>
#include <stddef.h>

struct buf {
	char *data;
	size_t len;
	size_t cap;
};

void buf_add(struct buf *buf, const void *bytes, size_t len);
void buf_addc(struct buf *buf, char c);
void buf_adds(struct buf *buf, const char *s);
void buf_addf(struct buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vaddf(struct buf *buf, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

/* The buffer's text, never NULL; valid until the buffer changes. */
const char *buf_str(const struct buf *buf);

/* Empties the buffer and keeps its memory. */
void buf_reset(struct buf *buf);

/* Hands the text (never NULL) to the caller, who frees it; the buffer is empty then. */
char *buf_detach(struct buf *buf);

void buf_free(struct buf *buf);

#endif
