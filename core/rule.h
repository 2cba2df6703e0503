#ifndef SVCTOP_CORE_RULE_H
#define SVCTOP_CORE_RULE_H

/*
 * From what is known of a service to the answer of a check. Pure: the same facts and
 * time give the same finding; nothing is read, no clock asked. docs/checklist.md has
 * the order in which an item is decided.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/checklist.h"
#include "core/checkout.h"
#include "core/finding.h"
#include "core/live.h"

#define RULE_MAX_EVIDENCE 8

/* A hit or a miss that counts for the service, and the checkout it lies in. */
struct rule_hit {
	const struct checkout *checkout;
	const struct hit *hit;
};

struct rule_miss {
	const struct checkout *checkout;
	const struct miss *miss;
};

/*
 * What scans say of one probe, for this service. Whose hits count is for the caller
 * to decide by the probe's scope:
 * - SERVICE: those of the service's checkout under its folder;
 * - REPOSITORY: as well those that the probe's globs give from the checkout's root;
 * - FLEET: as well those of any checkout whose hit->names have the service.
 * Misses: those of the service's own checkout that lie where such a hit could.
 * Own checkout first, then by path and line, so that the same fleet gives the same
 * evidence.
 */
struct rule_probe {
	const struct rule_hit *hits;
	size_t hit_count;
	const struct rule_miss *misses;
	size_t miss_count;
};

struct rule_owner {
	const char *name; /* placeholders and duplicates may be among them */
	bool team;	  /* else a person */
	struct origin at;
};

/* Kleene's three values. */
enum answer { ANSWER_NO, ANSWER_YES, ANSWER_UNKNOWN };

/* A source that cannot say what it would be asked. */
struct rule_trouble {
	uint64_t kinds;			  /* of signals: bit 1 << enum signal_kind */
	const struct live_source *source; /* whose environment counts; NULL: several */
	const char *text;		  /* "prod: no answer within 10 s" */
};

/* What live sources say of the service, and what they could say. */
struct rule_live {
	uint64_t configured; /* kinds that some source gives */
	const bool *seen;    /* one a probe: some service has such a signal, whatever its state */
	const struct rule_trouble *troubles; /* that concern every service */
	size_t trouble_count;
	const struct rule_trouble *own; /* that concern this one */
	size_t own_count;
	const struct observed *signals;
	size_t signal_count;
};

/* Everything that rules may ask about one service; all of it is the caller's. */
struct rule_facts {
	const struct checkout *checkout; /* where the service and its descriptors live */
	const struct rule_probe *probes; /* one a probe of the checklist, same index */
	const struct rule_owner *owners; /* of descriptors and CODEOWNERS */
	size_t owner_count;
	const struct named_fact *fields;
	size_t field_count;
	const struct link *links;
	size_t link_count;
	const struct statement *attestations;
	size_t attestation_count;
	const struct statement *waivers;
	size_t waiver_count;
	const struct statement *not_applicable;
	size_t not_applicable_count;
	const char *type;      /* NULL: unset, taken for "service" */
	const char *lifecycle; /* NULL: unset */
	const char *const *languages;
	size_t language_count;
	int tier;		       /* 1..4, 0 unset */
	const struct history *history; /* of the service's folder; NULL: not known */
	enum answer deployed;	       /* what rule_deployed() said */
	const struct rule_live *live;  /* NULL: no live sources */
	int64_t *turns; /* brought down to the next time at which an answer may be another because
			   of the date alone; 0: none yet. NULL: not asked */
};

/*
 * Whether the fleet deploys the service, by the checklist's `deployed` rule. Ask once
 * a service and put it into facts->deployed before rule_evaluate(). NO without a rule.
 */
enum answer rule_deployed(const struct checklist *checklist, const struct rule_facts *facts,
			  int64_t now);

/*
 * Answers check (an index) into out; `required` is left false. now: seconds. Reason
 * and evidence point into arena, the checklist and what facts point to.
 */
void rule_evaluate(const struct checklist *checklist, size_t check, const struct rule_facts *facts,
		   int64_t now, struct arena *arena, struct finding *out);

/* Whether a signal is what a probe of signals asks for, but for its state, age and flags. */
bool rule_signal_fits(const struct probe *probe, const struct observed *observed);

/* Whether an owner's name stands for nobody: "nobody", "todo", "your-team" ... */
bool rule_owner_is_placeholder(const char *name);

#endif
