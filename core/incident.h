#ifndef SVCTOP_CORE_INCIDENT_H
#define SVCTOP_CORE_INCIDENT_H

/*
 * What burns: the rows of the incident overview, worst first, and for one of them what
 * the on-call engineer asks next: what changed, whom it hits, what the playbook says.
 * Made of the fleet and its live state; no I/O, the time is an argument. The pane, the
 * command and the status update show these structs.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/fleet.h"
#include "core/live.h"
#include "core/report.h"

enum burn_kind {
	BURN_INCIDENT,
	BURN_ALERT,
	BURN_UPTIME,
	BURN_SLO,
	BURN_CI,
	BURN_CERT,
	BURN_WATCHDOG, /* the alert that always fires does not */
	BURN_SOURCE,   /* a monitoring system that does not answer: what it would say is unknown */
	BURN_KINDS
};

const char *burn_kind_name(enum burn_kind kind); /* "alert", "uptime", ..., "source" */

/*
 * Everything of one kind of trouble that one service has, in production or elsewhere. Alerts that
 * are silenced, inhibited, pending (not yet for long enough) or of no severity that calls for
 * somebody are rows of their own, quiet ones. What belongs to no service of the fleet is grouped by
 * what the source calls it.
 *
 * How bad: an alert, an incident, a probe as its source says. A red branch and a burning budget are
 * warnings, a certificate as well until it has ended or does not verify. A source that is not
 * heard, and a watchdog that does not fire, come after tier 1: what would be said of tier 1 is not
 * known then.
 */
struct burn {
	enum burn_kind kind;
	enum signal_state state; /* the worst */
	int32_t service;	 /* index in the fleet; -1: unmapped, or a source */
	int tier;		 /* 0: unset or none */
	const char *name;	 /* of the service, of what the alert calls it, of the source */
	const char *owner;	 /* NULL: nobody, or none to have */
	const char *what;	 /* one line: "CheckoutErrorsHigh critical +2" */
	const char *environment; /* "" when nobody says */
	int64_t since;		 /* the earliest; 0: not known */
	bool quiet;		 /* nobody is called for it: stands apart, below */
	bool stale;		 /* known from an answer of before: its source fails now */
	bool playbook;		 /* there is one */
	bool production;
	uint64_t id;			/* the same row has the same one next time */
	const struct observed *signals; /* worst first; none: BURN_SOURCE */
	size_t signal_count;
	const struct live_source *source; /* of SOURCE and WATCHDOG; else NULL */
	struct observed silence; /* the one that lasts longest; its signal is NULL: none known */
};

struct incident_options {
	/* Services and owners and tiers (bit 0: unset and unmapped); NULL: all. What is unmapped is
	 * nobody's; sources and watchdogs concern everybody. */
	const struct report_scope *scope;
	const char *environment; /* NULL: all, production first */
	int64_t cert_days;	 /* a certificate with fewer days left burns; 0: 14 */
	bool each;		 /* a row for each signal, not for each service */
};

struct incident {
	struct burn *burns; /* worst first: loud before quiet, production first, tier, state, age */
	size_t count;
	size_t loud;	     /* burns before the quiet ones */
	size_t unmapped;     /* loud ones of no service of the fleet */
	size_t by_tier[5];   /* loud ones, by tier, 0: unset or unmapped */
	int64_t observed_at; /* the oldest answer it rests on; 0: none */
	/* Bits 1 << enum signal_kind of what burns: that some source is there for, and of these
	 * what has been answered. Nothing burns only as far as something answered. */
	uint64_t configured, answered;
};

/* In arena; it points into the fleet and its live state, until the next settle. */
struct incident *incident_build(const struct fleet *fleet, const struct incident_options *options,
				int64_t now, struct arena *arena);

/* One event around a burn. */
enum event_kind {
	EVENT_COMMIT,
	EVENT_DEPLOY,
	EVENT_ALERT,
	EVENT_CI,
	EVENT_UPTIME,
	EVENT_SILENCE,
	EVENT_INCIDENT,
	EVENT_BURN, /* the start of something that is none of these: a budget, a source */
};

const char *event_kind_name(enum event_kind kind); /* "commit", "deploy", ... */

struct incident_event {
	enum event_kind kind;
	enum signal_state state;
	int64_t at;
	const char *service;  /* where it happened */
	const char *relation; /* NULL: the service itself; "checkout needs it" */
	const char *what;     /* the subject, the alert's name, the deployment */
	const char *author;
	const char *commit; /* hex */
	const char *url;
	bool start;   /* the burn's own start: the line to look from */
	bool suspect; /* named by CI as what broke it, or the last change before the start */
};

/* Commits of one service, as scanners give them (fetch/scanner.h, LOG). */
struct incident_commits {
	int32_t service;
	const struct report_commit *commits;
	size_t count;
};

struct incident_hit {
	int32_t service;
	unsigned distance; /* 1: needs it directly */
	bool burning;
};

struct incident_detail {
	const struct burn *burn;
	struct incident_event *events; /* oldest first */
	size_t event_count;
	struct incident_hit *hits; /* dependents, by tier, then distance and name */
	size_t hit_count;
	struct incident_hit *needs; /* what it needs, burning ones first */
	size_t need_count;
	int64_t from;	    /* how far back was looked */
	size_t events_left; /* that are not told, there are too many */
};

/* What changed is looked for from so long before the start on. */
#define INCIDENT_BEFORE (6 * 3600)

/*
 * At most. Beyond them: the events nearest to the start, the dependents nearest to the service, the
 * alerts that are worst.
 */
#define INCIDENT_EVENTS 200
#define INCIDENT_AROUND 500

/* The services whose commits incident_detail() wants: the burn's own first, then what it needs. */
size_t incident_wants(const struct fleet *fleet, const struct burn *burn, int32_t *services,
		      size_t max);
struct incident_detail *incident_detail(const struct fleet *fleet, const struct burn *burn,
					const struct incident_commits *commits, size_t commit_count,
					int64_t now, struct arena *arena);

/* How well a playbook's heading or name fits an alert's name; 0: not at all. */
unsigned incident_fit(const char *alert, const char *heading);

/* ---- a service's live state at a glance ---- */

/*
 * Of production alone, but for CI. OK only where something looks: a probe that got its answer, an
 * alerting rule that is loaded, a target that is scraped. UNKNOWN: nothing does.
 */
struct health {
	enum signal_state state; /* the worst of alerts, incidents, uptime */
	enum signal_state ci, uptime;
	bool ci_known, uptime_known;
	const struct observed *worst;		  /* what makes it burn; NULL: nothing does */
	const struct observed *uptime_at, *ci_at; /* NULL: not known */
	size_t alerts;				  /* firing, loud */
	size_t quiet;				  /* firing, but silenced or inhibited */
	bool stale; /* what it rests on is known from before: a source fails now */
};

struct health service_health(const struct service *service);
/*
 * Whether signal number index is an alert that a source which knows silences tells of the service
 * as well: that one counts, and this one is not shown beside it.
 */
bool signal_told_better(const struct service *service, size_t index);
/* "critical", "warning", "down", "silenced", "ok", "ok?" when stale, "-": nothing measures. */
const char *health_word(const struct health *health);

#endif
