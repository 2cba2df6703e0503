#ifndef SVCTOP_CORE_FLEET_H
#define SVCTOP_CORE_FLEET_H

/*
 * The fleet: all services known at this moment, made of the checkouts that scans
 * returned. fleet_apply() takes a checkout in; fleet_settle() then works out the
 * services (descriptors merged, conflicts kept), evidence that lies in other
 * checkouts, dependents and findings, for what changed alone. One owner, no
 * threads, no clock: the reference time is an argument.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/checklist.h"
#include "core/checkout.h"
#include "core/interval.h"
#include "core/live.h"
#include "core/rule.h"

struct fleet;
struct record;

/* One source of a field's value: which descriptor said it. */
struct sourced {
	const char *value;  /* NULL when nobody said anything */
	const char *format; /* "service.yml", "catalog-info", "CODEOWNERS", ... */
	struct origin at;
};

/* A descriptor said something else than the one that is trusted more. */
struct conflict {
	const char *field;
	struct sourced kept;
	struct sourced other;
};

struct dependency_ref {
	const char *name;
	int32_t service; /* index in the fleet, -1: no service of that name is known */
	struct origin at;
};

/* A service as the screens show it. All strings live until the next fleet_settle(). */
struct service {
	const char *name; /* unique in the fleet; "org/name" or "folder/name" where it must be */
	const char *title;
	const struct checkout *checkout;
	const char *subdir;
	int tier;    /* 1..4, 0 unset */
	int reached; /* 4 the least, 1 the most; 0 none. Only what is measured and met counts */
	int reached_unknown; /* as if every unknown passed: what "T3?" shows */
	struct sourced tier_at, type, lifecycle, description;
	struct sourced *owners;
	size_t owner_count;
	struct link *links;
	size_t link_count;
	struct dependency_ref *depends_on;
	size_t depends_count;
	int32_t *dependents; /* indexes, by name */
	size_t dependent_count;
	struct conflict *conflicts;
	size_t conflict_count;
	const char **languages;
	size_t language_count;
	const struct history *history;	     /* of its folder; NULL: not known */
	const struct descriptor *descriptor; /* the most trusted; NULL: none */
	struct warning *warnings;
	size_t warning_count;
	const struct finding *findings; /* one a check, in the checklist's order */
	const struct observed *signals; /* what live sources say of it, by kind, then worst first */
	size_t signal_count;
	uint16_t counts[5]; /* of required items by enum status */
	uint16_t gaps;	    /* required items that are a gap */
	uint16_t measured;  /* items that are not unknown */
	bool recalled;	    /* as it was when svctop last ran (core/fleet_recall.h) */
};

struct fleet *fleet_new(const struct checklist *checklist);
void fleet_free(struct fleet *fleet); /* NULL is allowed */

const struct checklist *fleet_checklist(const struct fleet *fleet);

/* Takes the checkout over, replacing the one of the same path. */
void fleet_apply(struct fleet *fleet, struct checkout *checkout);

/* Forgets the checkout at path. */
void fleet_drop(struct fleet *fleet, const char *path);

/*
 * Replaces the checklist (a reload). What was applied before was scanned with the old one, so its
 * findings are unknown until it is scanned and applied again.
 */
void fleet_set_checklist(struct fleet *fleet, const struct checklist *checklist);

/*
 * Live state that findings take into account from the next settle on; NULL: none. It stays the
 * caller's and outlives the fleet, or the settle after it was replaced; after each change of it
 * fleet_settle() maps its signals to services anew, and holds (live_hold()) what it points to.
 */
void fleet_set_live(struct fleet *fleet, struct live *live);
const struct live *fleet_live(const struct fleet *fleet);

/*
 * The record hears of every finding that is worked out and gives its age (core/record.h); services
 * that leave or have a new name are told to it as well, but for those of a checkout that cannot be
 * read for now. What record_cause() said when a checkout was applied is the cause of what changes
 * by it; where nothing was applied live sources are, or time. The record stays the caller's and
 * outlives the fleet; NULL: none.
 */
void fleet_set_record(struct fleet *fleet, struct record *record);

/*
 * The fleet is shown as it was at the time that fleet_settle() is given (--at). What only live
 * sources can tell is not known of the past, but for what `seen` remembers: it fills out with the
 * interval that a finding was seen in at that time; false: nobody saw it. seen may be NULL.
 */
typedef bool fleet_seen_then(void *ctx, const char *service, const char *check, int64_t time,
			     struct interval *out);
void fleet_set_past(struct fleet *fleet, fleet_seen_then *seen, void *ctx);
/* When the newest of the commits that were applied is from, 0: none. A revision has a time of its
 * own in each checkout; of these it is the one to look from. */
int64_t fleet_newest_commit(const struct fleet *fleet);

/*
 * While checkouts are still to come (a first scan, all of them anew), evidence may be missing that
 * only was not read yet: the record is asked for ages then, and told nothing until the first settle
 * after the hold has ended. What record_cause() said when a checkout was applied is kept for it.
 */
void fleet_hold_record(struct fleet *fleet, bool hold);

/*
 * The names that left with the last settle (service is NULL), then the services that it worked out
 * anew: for who keeps a copy of them. Findings that came out the same are told too, each once.
 */
typedef void fleet_each_changed(void *ctx, const char *name, const struct service *service);
void fleet_changes(const struct fleet *fleet, fleet_each_changed *each, void *ctx);

/* Signals that belong to no service of the fleet, as of the last settle. */
const struct observed *fleet_unmapped(const struct fleet *fleet, size_t *count);

/*
 * Brings services and findings up to date. now: seconds, decides ages and expiries; they are
 * worked out anew when an hour has gone by, findings of what changed at once.
 * Pointers into the fleet got before are invalid afterwards.
 */
void fleet_settle(struct fleet *fleet, int64_t now);

/*
 * The same for who leads a fleet through time: however long it was, only what changed and what the
 * date changed is worked out. The same findings come out, but for ages told in reasons.
 */
void fleet_advance(struct fleet *fleet, int64_t now);

/* When a date alone may change a finding next (a waiver ends); 0: never. */
int64_t fleet_turns(const struct fleet *fleet);

/* Counts up with every settle that changed anything: screens redraw when it moved. */
uint64_t fleet_generation(const struct fleet *fleet);

/* Services by name. */
size_t fleet_count(const struct fleet *fleet);
const struct service *fleet_at(const struct fleet *fleet, size_t index);
/*
 * The same for who goes through all of them, and asks for nothing but name, tier, what it holds,
 * counts, type, lifecycle, languages, owners' values, signals and when its history's last commit
 * was: of one that is recalled there may be nothing else yet.
 */
const struct service *fleet_outline(const struct fleet *fleet, size_t index);
/* Index by name (exact, then case-folded, then a unique alias); -1: none. */
int32_t fleet_find(const struct fleet *fleet, const char *name);

/*
 * The dependencies of a service, where the scan was asked to send all: those of manifests in its
 * folder, and of ones at the checkout's root that no service of its own has.
 */
typedef void fleet_each_dependency(const struct service *service,
				   const struct dependency *dependency, void *ctx);
void fleet_dependencies(const struct service *service, fleet_each_dependency *callback, void *ctx);

/* Checkouts by path, those without a service (unreadable, crashed, empty) as well. */
size_t fleet_checkout_count(const struct fleet *fleet);
const struct checkout *fleet_checkout_at(const struct fleet *fleet, size_t index);
/* The one that was applied last for a path, settled or not; NULL: none. */
const struct checkout *fleet_checkout(const struct fleet *fleet, const char *path);

/* What a tier has reached. tier 0: services whose tier is unset. */
struct tier_summary {
	size_t services;
	size_t reached;		/* measured and met */
	size_t reached_unknown; /* as far as measured: "T3?" */
	size_t counts[5];	/* findings of required items, by enum status */
};

/* One item among the services whose tier asks for it. */
struct check_summary {
	size_t services;
	size_t counts[5]; /* by enum status */
};

struct fleet_summary {
	size_t services;
	struct tier_summary tiers[5];
	struct check_summary checks[CHECKLIST_MAX_CHECKS];
	size_t gaps;
	size_t checks_measured; /* checks that are a pass, a gap or waived for at least one service
				   that asks for them */
	size_t checkouts, unreadable;
};

const struct fleet_summary *fleet_summary(const struct fleet *fleet);

#endif
