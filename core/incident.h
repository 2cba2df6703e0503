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
	BURN_ALERT,
	BURN_INCIDENT,
	BURN_UPTIME,
	BURN_CI,
	BURN_SLO,
	BURN_CERT,
	BURN_WATCHDOG, /* the alert that always fires does not */
	BURN_SOURCE,   /* a monitoring system that does not answer: what it would say is unknown */
};

/* Everything of one kind of trouble that one service has. */
struct burn {
	enum burn_kind kind;
	enum signal_state state; /* the worst */
	int32_t service;	 /* index in the fleet; -1: unmapped, or a source */
	int tier;		 /* 0: unset or none */
	const char *name;	 /* of the service, of what the alert calls it, of the source */
	const char *owner;	 /* NULL: nobody, or none to have */
	const char *what;	 /* one line: "CheckoutErrorsHigh critical +2" */
	const char *environment;
	int64_t since; /* the earliest; 0: not known */
	bool quiet;    /* all of it is silenced or inhibited: stands apart, below */
	bool stale;    /* known from an answer of before: its source fails now */
	bool playbook; /* there is one */
	bool production;
	uint64_t id;			/* the same row has the same one next time */
	const struct observed *signals; /* worst first */
	size_t signal_count;
};

struct incident_options {
	bool mine_only; /* those of owners */
	const char *const *owners;
	size_t owner_count;
	unsigned tiers;		 /* bit 1 << tier, bit 0: unset and unmapped; 0: all */
	const char *environment; /* NULL: all, production first */
	int64_t cert_days;	 /* a certificate with fewer days left burns; 0: 14 */
};

struct incident {
	struct burn *burns; /* worst first: loud before quiet, production first, tier, state, age */
	size_t count;
	size_t loud; /* burns before the quiet ones */
	size_t unmapped;
	size_t by_tier[5];   /* loud ones, by tier, 0: unset or unmapped */
	int64_t observed_at; /* the oldest answer it rests on; 0: none */
	bool measured; /* a source of some kind has answered: nothing burning means something */
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
	EVENT_INCIDENT
};

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
	int64_t from; /* how far back was looked */
};

/* What changed is looked for from so long before the start on. */
#define INCIDENT_BEFORE (6 * 3600)

/* The services whose commits incident_detail() wants: the burn's own and what it needs. */
size_t incident_wants(const struct fleet *fleet, const struct burn *burn, int32_t *services,
		      size_t max);
struct incident_detail *incident_detail(const struct fleet *fleet, const struct incident *incident,
					const struct burn *burn,
					const struct incident_commits *commits, size_t commit_count,
					int64_t now, struct arena *arena);

/* How well a playbook's heading or name fits an alert's name; 0: not at all. */
unsigned incident_fit(const char *alert, const char *heading);

/* ---- a service's live state at a glance ---- */

struct health {
	enum signal_state
	    state; /* the worst of alerts, incidents, uptime; UNKNOWN: nothing measures */
	enum signal_state ci, uptime;
	bool ci_known, uptime_known;
	const struct observed *worst; /* NULL */
	size_t alerts;		      /* firing, loud */
	bool stale;
};

struct health service_health(const struct service *service);

#endif
