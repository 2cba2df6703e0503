#ifndef SVCTOP_FETCH_RATELIMIT_H
#define SVCTOP_FETCH_RATELIMIT_H

/*
 * What a server says about how often it may be asked: Retry-After (seconds or a date,
 * RFC 9110), X-RateLimit-Limit, -Remaining and -Reset (GitHub and others; the reset as a
 * time or in seconds), the same without X- or with Sentry's prefix, and RateLimit in one
 * field (drafts 03 to 10 of the IETF's httpapi group).
 */

#include <stdbool.h>
#include <stdint.h>

/* -1 where nothing is said. */
struct ratelimit {
	int64_t limit, left; /* questions */
	int64_t reset_in;    /* seconds until left is limit again */
	int64_t retry_after; /* seconds */
};

/*
 * header gives the value of a header, NULL: none. now: seconds since 1970; times are
 * compared with the server's own clock where it tells it.
 */
void ratelimit_read(struct ratelimit *limits,
		    const char *(*header)(const void *ctx, const char *name), const void *ctx,
		    int64_t now);

/* Whether the budget is gone, but for a small rest that is left to the other programs that use the
 * same token. */
bool ratelimit_used_up(const struct ratelimit *limits);

/*
 * How many seconds to ask nothing after such an answer, an hour at most; 0: go on.
 */
int64_t ratelimit_pause(const struct ratelimit *limits);

/* "Sun, 06 Nov 1994 08:49:37 GMT" in seconds since 1970; -1: not one. */
int64_t http_date_parse(const char *text);

#endif
