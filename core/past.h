#ifndef SVCTOP_CORE_PAST_H
#define SVCTOP_CORE_PAST_H

/*
 * The past of one checkout: what a scan would have found at each commit of the
 * first-parent line where that was something else than before, and at each point in
 * time where dates alone changed it (who committed within a year). Of history only what
 * probes ask counts: a commit by somebody who commits all the time makes no version.
 * The last version is how it is now. Kept small: each holds what differs from the one
 * before it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/checkout.h"
#include "core/wire.h"

/* Strings live as long as the past. */
struct past_version {
	int64_t at;	     /* from when it is so: the committer's time, never before the version
				before it; or the point in time */
	const char *hash;    /* the commit that made it so; NULL: none, a date went by */
	const char *author;  /* after .mailmap */
	const char *subject; /* first line of the message */
	uint32_t among;	     /* first-parent commits since the version before; 1: hash alone */
};

struct past;

struct past *past_new(const char *path);
void past_free(struct past *past); /* NULL is allowed */

/*
 * Adds the next version. The first one is how it was at the beginning: at is `since`, and the
 * commit is from before; or at is later, the time of the oldest commit that could be looked at.
 * checkout stays the caller's; its head, head_time are those of then.
 */
void past_add(struct past *past, const struct past_version *version,
	      const struct checkout *checkout);

/* The line was not followed to its end: shallow, missing objects, too many commits; why. */
void past_cut(struct past *past, const char *why);
const char *past_cut_reason(const struct past *past); /* NULL: whole */

const char *past_path(const struct past *past);
size_t past_count(const struct past *past);
const struct past_version *past_at(const struct past *past, size_t index);

/* Version index as a checkout of the caller's; cheap when asked in order. NULL: damaged. */
struct checkout *past_checkout(struct past *past, size_t index);

/* Bytes that it takes. */
size_t past_size(const struct past *past);

void past_encode(const struct past *past, struct buf *out);
struct past *past_decode(struct wire_reader *in); /* NULL: no past */

#endif
