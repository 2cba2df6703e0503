#ifndef SVCTOP_CORE_SIGNAL_H
#define SVCTOP_CORE_SIGNAL_H

/*
 * A signal: one thing that a live system says about a service, at one moment. What
 * adapters make of an answer, what travels from the courier to the face, what rules
 * ask about and what the incident view shows. Everything in it comes from outside and
 * is filtered where it is shown (core/text.h).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/wire.h"

enum signal_kind {
	SIGNAL_ALERT,	 /* a firing (or pending) alert */
	SIGNAL_CI,	 /* the default branch's last build */
	SIGNAL_INCIDENT, /* somebody declared one */
	SIGNAL_ONCALL,	 /* who is on call */
	SIGNAL_UPTIME,	 /* a probe from outside */
	SIGNAL_CERT,	 /* a certificate: until is its end */
	SIGNAL_VULNERABILITY,
	SIGNAL_ERRORS,
	SIGNAL_DEPLOY, /* since: when; commit: what */
	SIGNAL_SLO,
	SIGNAL_CONTRACT_KINDS, /* the kinds up to here are told as signals; the next ones only as
				  evidence of findings */
	SIGNAL_RULE = SIGNAL_CONTRACT_KINDS, /* an alerting rule that is loaded; bad: not healthy */
	SIGNAL_TARGET,			     /* a scrape target; critical: down */
	SIGNAL_SCHEDULE, /* something that runs by a schedule, and how it went */
	SIGNAL_CHECK,	 /* the user's own question about an item: title is the check's id, ok or
			    critical the answer */
	SIGNAL_SILENCE,	 /* a silence: id, author, text the comment, labels the matchers, until */
	SIGNAL_KINDS
};

enum signal_state { SIGNAL_OK, SIGNAL_WARNING, SIGNAL_CRITICAL, SIGNAL_UNKNOWN };

enum {
	SIGNAL_PENDING = 1,   /* the alert's condition holds, but not yet for long enough */
	SIGNAL_SILENCED = 2,  /* refs: ids of silences */
	SIGNAL_INHIBITED = 4, /* refs: ids of alerts that cause it */
	SIGNAL_WATCHDOG =
	    8, /* fires always, to show that alerting works; its absence is the alert */
	SIGNAL_DISABLED = 16, /* a schedule or workflow that somebody or something switched off */
};

const char *signal_kind_name(enum signal_kind kind);	/* "alert", "ci", ... */
int signal_kind_find(const char *name);			/* -1: none */
const char *signal_state_name(enum signal_state state); /* "ok", "warning", "critical", "unknown" */

/*
 * Labels of alerts are those that Prometheus and Alertmanager tell, with alertname, and of
 * Alertmanager's also SIGNAL_RECEIVERS. Of silences: one a matcher, its value with the operator
 * before it: "=checkout", "!=x", "=~pay.*", "!~x".
 */
#define SIGNAL_RECEIVERS "sent to" /* "pager, slack" */

struct signal_label {
	const char *name;
	const char *value;
};

/* Strings may be NULL where nothing was said, but for id and title. */
struct signal {
	enum signal_kind kind;
	enum signal_state state;
	unsigned flags;
	const char *id; /* the same thing has the same one in the next answer; unique in a topic */
	/*
	 * Whom it is about, as the source knows it, best first. Names: "service" (a name or
	 * alias), "subject" (exactly what struct subject has as name), "repo" ("owner/name"),
	 * "url", or an annotation ("pagerduty.com/service-id") whose value a descriptor has.
	 */
	struct signal_label *keys;
	size_t key_count;
	const char *title;	 /* an alert's name, a URL, "main", a check's id */
	const char *text;	 /* the alert's own text, why a probe failed */
	const char *severity;	 /* as the source words it */
	const char *value;	 /* "7.2 %", "41 % of the budget left", "142 ms" */
	const char *url;	 /* where a person looks at it */
	const char *runbook;	 /* URL or path */
	const char *environment; /* NULL: that of the source */
	const char *commit;	 /* CI: the first bad one; DEPLOY: what was deployed; hex */
	const char *author;	 /* of the commit, the silence, the deployment; who is on call */
	int64_t since;		 /* of the state; 0: not known */
	int64_t until;		 /* end of a silence, a certificate, a shift; 0 */
	double number;		 /* what value says, to compare with: days, a share, seconds */
	struct signal_label *labels;
	size_t label_count;
	const char **refs;
	size_t ref_count;
};

/* Signals in the making; zeroed but for arena, which owns all strings and lists. */
struct signal_list {
	struct arena *arena;
	struct signal *signals; /* in arena */
	size_t count, cap;
	size_t dropped; /* over SIGNALS_MAX */
};

#define SIGNALS_MAX 200000 /* that one topic may give */

/* A zeroed signal at the end; strings are the caller's or the arena's. NULL: the list is full. */
struct signal *signal_add(struct signal_list *list, enum signal_kind kind, enum signal_state state,
			  const char *id, const char *title);
void signal_add_key(struct signal_list *list, struct signal *signal, const char *name,
		    const char *value); /* copies; nothing for NULL or "" */
void signal_add_label(struct signal_list *list, struct signal *signal, const char *name,
		      const char *value);
void signal_add_ref(struct signal_list *list, struct signal *signal, const char *ref);
const char *signal_label(const struct signal *signal, const char *name); /* NULL: has none */

/*
 * A copy of everything in arena, which may be sized by what signals_size() says. Of NULL and 0:
 * NULL.
 */
struct signal *signals_copy(const struct signal *signals, size_t count, struct arena *arena);
size_t signals_size(const struct signal *signals, size_t count);

/* A number that is the same for signals that say the same. */
uint64_t signal_digest(const struct signal *signal);

/*
 * Whether two alerts are one thing told by two sources: a Prometheus, and the Alertmanager that it
 * sends to. The same id (Alertmanager's fingerprint of the labels) is; so are the same labels but
 * for those that one of both adds (external labels: cluster, replica, ...), which are more on one
 * side only.
 */
bool signal_same_alert(const struct signal *a, const struct signal *b);

/* The encoding; decode gives false for bytes that are no list. */
void signals_encode(const struct signal *signals, size_t count, struct buf *out);
bool signals_decode(struct signal_list *list, struct wire_reader *in);

#endif
