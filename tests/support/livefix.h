#ifndef SVCTOP_TESTS_SUPPORT_LIVEFIX_H
#define SVCTOP_TESTS_SUPPORT_LIVEFIX_H

/*
 * A live state made by hand, and services to have one: what sources would have said, without any.
 *
 *	struct livefix *fix = livefix_new(checklist);
 *	livefix_service(fix, "checkout", 1, "acme/payments", "ledger");
 *	livefix_source(fix, "prom", "prometheus", "production");
 *	livefix_say(fix, "prom", "alerts", SIGNAL_ALERT, now);
 *	struct signal *alert = livefix_signal(fix, "checkout", SIGNAL_ALERT, SIGNAL_CRITICAL,
 *"Down"); alert->since = now - 60; livefix_settle(fix, now);
 */

#include "core/fleet.h"
#include "core/live.h"

struct livefix {
	const struct checklist *checklist;
	struct fleet *fleet;
	struct live *live;
	struct arena *arena;
	struct live_config *sources;
	size_t source_count, source_cap;
	struct topic_report report; /* in the making; source NULL: none */
	size_t ids;
};

struct livefix *livefix_new(const struct checklist *checklist);
void livefix_free(struct livefix *fix);

/* A service in a checkout of its own; needs: names apart by blanks. */
struct checkout *livefix_service(struct livefix *fix, const char *name, int tier, const char *owner,
				 const char *needs);

/* A source; it can give every kind, silences only as "alertmanager". environment may be NULL. */
void livefix_source(struct livefix *fix, const char *name, const char *type,
		    const char *environment);

/* Begins what a topic says; what is added until the next call of another one belongs to it. */
void livefix_say(struct livefix *fix, const char *source, const char *topic, enum signal_kind kind,
		 int64_t at);
/* service: the value of its key "service"; NULL: none. Its id is a number of its own. */
struct signal *livefix_signal(struct livefix *fix, const char *service, enum signal_kind kind,
			      enum signal_state state, const char *title);
/* The topic fails. */
void livefix_fail(struct livefix *fix, const char *source, const char *topic, enum signal_kind kind,
		  enum failure failure, const char *cause, int64_t at);

/* All of it into the fleet. */
void livefix_settle(struct livefix *fix, int64_t now);

#endif
