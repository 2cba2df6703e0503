#ifndef SVCTOP_CORE_DIFFERENCE_H
#define SVCTOP_CORE_DIFFERENCE_H

/*
 * What bytes have that older bytes do not, for things that are kept again and again with
 * little changed: copies from the older ones, and what is new in between. Linear in both
 * lengths, whatever the bytes are.
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"

/* Adds to out what makes new from old. */
void difference_make(const char *old, size_t old_len, const char *new, size_t new_len,
		     struct buf *out);

/*
 * How many bytes a difference makes from old_len older ones, at most max. False: it is no
 * difference to that many.
 */
bool difference_size(size_t old_len, const void *difference, size_t len, size_t max, size_t *size);

/* Adds to out what it makes, under the same conditions; where false, out means nothing. */
bool difference_apply(const char *old, size_t old_len, const void *difference, size_t len,
		      size_t max, struct buf *out);

#endif
