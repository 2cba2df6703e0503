#ifndef SVCTOP_CORE_INCIDENT_INTERNAL_H
#define SVCTOP_CORE_INCIDENT_INTERNAL_H

/* What the files of the incident overview share. Nobody else includes this. */

#include "core/incident.h"
#include "core/strmap.h"

/* One signal that burns. */
struct burn_item {
	struct observed seen;
	int32_t service; /* -1: of none */
	enum burn_kind kind;
	enum signal_state state; /* as it counts here */
	bool quiet, production;
	const char *name; /* where service is -1: what the source calls it */
};

struct burn_items {
	struct arena *arena; /* of strings and merged signals; the list itself is on the heap */
	struct burn_item *items;
	size_t count, cap;
};

/* incident_items.c */

/* Fills in kind, state, quiet and production; false: it does not burn. */
bool burn_classify(const struct observed *seen, int64_t cert_days, int64_t now,
		   struct burn_item *out);
/*
 * Makes one of alerts that several sources tell (of the same id and environment): a source that
 * knows silences is believed, what it does not say is taken from the others.
 */
void burn_merge(struct burn_items *items);
/* What the source calls what a signal is about. */
const char *burn_name(const struct observed *seen);

/* incident_sources.c: burns of sources that do not answer, added behind count. */
size_t burn_sources(const struct live *live, const char *environment, int64_t now,
		    struct arena *arena, struct burn *burns, size_t count);
/* The kinds of signals that may burn, as bits. */
uint64_t burn_kinds_known(void);
/* What is measured at all. */
void burn_measured(const struct live *live, struct incident *incident);

/* incident_words.c: what the row says; all in arena. */
const char *burn_what(const struct burn *burn, int64_t now, struct arena *arena);
/* At most max bytes of a text from outside, cut between characters. */
const char *burn_clip(struct arena *arena, const char *text, size_t max);

/* report_incident_json.c */
void report_incident_json(const struct report *report, const struct incident *incident,
			  const struct incident_detail *const *details, size_t count,
			  struct report_out *out);

bool burn_in_environment(const struct observed *seen, const char *environment);

#endif
