#ifndef SVCTOP_CORE_LIVE_H
#define SVCTOP_CORE_LIVE_H

/*
 * Live state: every configured source, what each of its topics last said, and how it
 * is. A topic is one thing that is asked of a source ("alerts", "rules",
 * "https://shop.example/"); an answer replaces all its signals at once, a failure
 * keeps them, with their age and the cause. The fleet maps signals to services
 * (fleet_set_live()). No clock, no I/O.
 *
 * How long things live: what live_at() and live_find() give is there until the next call
 * that changes the live state. Who keeps pointers for longer, as the fleet does with
 * `struct observed`, calls live_hold(): all signals, topics, sources and texts that are
 * there at that moment stay until the next live_hold(), also when they are replaced.
 * Topics and sources are then brought up to date in place: failing_since and so on are
 * those of now.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/signal.h"

/* Why a question has no answer. Only NONE and ABSENT say something about what was asked. */
enum failure {
	FAILURE_NONE,
	FAILURE_ABSENT,	 /* a real "not found" of the thing itself */
	FAILURE_RESOLVE, /* the host's name */
	FAILURE_CONNECT,
	FAILURE_TIMEOUT,
	FAILURE_TLS,
	FAILURE_REFUSED,  /* 401, 403: the token, its rights */
	FAILURE_RATE,	  /* 429, 403 with an empty budget */
	FAILURE_SERVER,	  /* 5xx */
	FAILURE_ANSWER,	  /* not what it should be: no JSON, wrong shape, too large, other status */
	FAILURE_SECRET,	  /* the configured secret could not be had */
	FAILURE_COURIER,  /* the courier ended */
	FAILURE_RECALLED, /* not asked yet since svctop started: what is known is from the last run
			   */
	FAILURES
};

const char *failure_name(enum failure failure); /* "timeout", "refused", ... */

/* What the courier tells after a question was answered or not. */
struct topic_report {
	const char *source; /* name */
	const char *topic;
	const char *subject; /* name of the one service that the topic is about; NULL: all */
	enum failure failure;
	const char *cause; /* one line for a tired person: "no answer within 10 s"; NULL: none */
	const char *fix;   /* what to do about it; NULL */
	int64_t at;	   /* when it ended; 0: no answer yet, it will be asked */
	bool gone;	   /* is asked no more: forget it */
	bool unchanged; /* a good answer with the signals and the note of the last good one, which
			   are left out */
	uint64_t kinds; /* bit 1 << enum signal_kind: what this topic is about */
	struct signal_list signals; /* of NONE and ABSENT */
	const char *note;	    /* "results 1-500 of 2,310 only", NULL: whole */
};

void topic_report_encode(const struct topic_report *report, struct buf *out);
bool topic_report_decode(struct topic_report *report, const void *bytes, size_t len,
			 struct arena *arena);

/* How a source is, apart from what it says. */
struct source_status {
	const char *source;
	const char *version;   /* "Prometheus 2.42.0"; NULL */
	uint64_t requests;     /* since the courier started */
	uint64_t not_modified; /* of them answered 304 */
	uint64_t failures;
	uint64_t bytes;	     /* received, as sent */
	int64_t limit, left; /* the rate limit's budget; -1: none told */
	int64_t resets_at;   /* of it */
	int64_t next_at;     /* when it is asked next */
	int64_t open_until;  /* the breaker: asked no more before; 0: closed */
	uint32_t latency_ms; /* of the last answer */
};

void source_status_encode(const struct source_status *status, struct buf *out);
bool source_status_decode(struct source_status *status, const void *bytes, size_t len,
			  struct arena *arena);

struct live_topic {
	const char *name;
	const char *subject; /* the one service that it is about; NULL */
	uint64_t kinds;
	int64_t observed_at;   /* last good answer; 0: none yet */
	int64_t failing_since; /* 0: the last answer was good */
	enum failure failure;
	const char *cause, *fix, *note;
	const struct signal *signals; /* of the last good answer */
	const uint64_t *digests;      /* signal_digest() of each */
	size_t signal_count;
};

/* Has answered, well or not. */
static inline bool topic_answered(const struct live_topic *topic)
{
	return (topic->observed_at || topic->failing_since) && topic->failure != FAILURE_RECALLED;
}

struct live_source {
	const char *name, *type, *url;		/* url: NULL where there is none */
	const char *environment;		/* NULL: not said */
	uint64_t kinds;				/* that this type of source can give */
	int64_t every;				/* seconds between two questions */
	const struct live_topic *const *topics; /* by name */
	size_t topic_count;
	struct source_status status;
	/* Of all topics: */
	int64_t observed_at;   /* the oldest last good answer among those that answered; 0: none */
	int64_t failing_since; /* the earliest; 0: no topic fails */
	size_t failing;	       /* topics that fail */
	size_t recalled;       /* topics not asked yet, which are no failures (live_recall()) */
	const char *cause, *fix; /* of the first of them; NULL */
	enum failure failure;	 /* likewise */
	bool answered; /* there are topics, and every one has answered at least once, well or not */
};

/* What is configured. */
struct live_config {
	const char *name, *type, *url, *environment, *service_label;
	uint64_t kinds;
	int64_t every;
	const struct signal_label
	    *match; /* name: our service; value: how the source calls it, a glob */
	size_t match_count;
};

struct live;

struct live *live_new(void);
void live_free(struct live *live); /* NULL is allowed */

/* The sources from now on; what a source of the same name, type and URL said stays. Copies. */
void live_configure(struct live *live, const struct live_config *sources, size_t count);

#define LIVE_MAX_TOPICS 100000 /* of one source */

/*
 * Takes in a report (copied). Of a source that is not configured: nothing. One that says what is
 * known already changes the times alone and leaves live_generation() as it is.
 */
void live_apply(struct live *live, const struct topic_report *report);
void live_apply_status(struct live *live, const struct source_status *status);

/*
 * What a topic said when svctop last ran (report: its last good answer). It counts as what a source
 * said that does not answer now, with its age, until the topic is asked: a topic that has been
 * asked already stays as it is.
 */
void live_recall(struct live *live, const struct topic_report *report, int64_t now);

/* Forgets what was recalled and is asked no more. each hears of it first; NULL. */
typedef void live_each_forgotten(void *ctx, const char *source, const char *topic);
void live_forget_recalled(struct live *live, live_each_forgotten *each, void *ctx);

/* Every topic fails from now on with this cause, what it said stays: the courier ended. */
void live_lost(struct live *live, const char *cause, int64_t now);

/* Counts up with every change of what is said; live_status_generation() with the rest too. */
uint64_t live_generation(const struct live *live);
uint64_t live_status_generation(const struct live *live);

size_t live_count(const struct live *live);
const struct live_source *live_at(const struct live *live, size_t index);
const struct live_config *live_config_at(const struct live *live, size_t index);
const struct live_source *live_find(const struct live *live, const char *name); /* NULL */

/* Whether a source that can give this kind is configured and a topic of that kind has answered. */
bool live_measures(const struct live *live, enum signal_kind kind);
/* Whether a topic of that kind fails: not all of it is known. */
bool live_fails(const struct live *live, enum signal_kind kind);
/* Whether a source that can give this kind is configured at all. */
bool live_configured(const struct live *live, enum signal_kind kind);

/* See above. */
void live_hold(struct live *live);

/* Bytes taken by what is said and by what is held, for budgets and tests. */
size_t live_size(const struct live *live);

/* One signal with where it comes from; pointers live until the next fleet_settle(). */
struct observed {
	const struct signal *signal;
	const struct live_source *source;
	const struct live_topic *topic;
};

/* The environment that counts: the signal's, else the source's; "" when nobody says. */
const char *observed_environment(const struct observed *observed);
/* Whether it is production as far as is known: no environment, "prod", "production", "live", ... */
bool observed_production(const struct observed *observed);

/*
 * Whether signal number index of a service's is an alert that another source, which knows
 * silences, tells as well, in the same environment: that one counts, and this one is not shown
 * beside it.
 */
bool observed_told_better(const struct observed *signals, size_t count, size_t index);

#endif
