#ifndef SVCTOP_CORE_INTERVAL_H
#define SVCTOP_CORE_INTERVAL_H

/*
 * A finding over time: from when until when it had one status, and what began and
 * ended that. Replays of git (core/replay.h), the running program (core/record.h), the
 * store (core/store.h) and trends (core/trend.h) all speak of these.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/checklist.h"

enum cause_kind {
	CAUSE_NONE,	/* not known: it was so when svctop first looked, or git was not asked */
	CAUSE_COMMIT,	/* a commit; the fields below say which */
	CAUSE_LIVE,	/* a live source said something else */
	CAUSE_TIME,	/* a date went by: a waiver ended, nobody committed for a year */
	CAUSE_APPEARED, /* the service came into the fleet */
	CAUSE_GONE,	/* it left the fleet */
};

/* Strings are NULL but where a commit is the cause. */
struct cause {
	enum cause_kind kind;
	const char *checkout; /* path; of a commit elsewhere than in the service's own, that one */
	const char *hash;     /* 40 hex digits */
	const char *author;   /* after .mailmap */
	const char *subject;
	int64_t time;	/* committer's, seconds */
	uint32_t among; /* commits that may be it, hash being the last of them; 0 or 1: it is */
};

struct interval {
	const char *service; /* name */
	const char *check;   /* id */
	enum status status;
	enum unknown_code code;
	bool required; /* the service's tier asked for it: only then is a gap outstanding */
	bool at_least; /* from is when it was first seen; it may be older */
	uint8_t tier;  /* of the service then: 1..4, 0 unset */
	int64_t from;  /* seconds */
	int64_t until; /* 0: it still is */
	struct cause opened, closed;
	const char *owner;    /* the service's first; NULL */
	const char *evidence; /* "path:line", a URL or a value, of when it began; NULL */
};

/* An outstanding gap. */
static inline bool interval_is_gap(const struct interval *interval)
{
	return interval->required && interval->status == STATUS_GAP;
}

/* Deep copies, strings in arena. */
struct interval interval_copy(const struct interval *interval, struct arena *arena);
struct cause cause_copy(const struct cause *cause, struct arena *arena);

#endif
