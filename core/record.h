#ifndef SVCTOP_CORE_RECORD_H
#define SVCTOP_CORE_RECORD_H

/*
 * What is remembered of findings: since when each has the status it has. A fleet that
 * has a record (fleet_set_record()) tells it every finding that it works out, and gets
 * its age back; what changed comes out as intervals that ended and began, for a store
 * or a replay to keep. No clock, no I/O.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/checklist.h"
#include "core/finding.h"
#include "core/interval.h"

struct record;

/*
 * Called for each change: closed is the interval that ended (until and closed are set; NULL: none
 * was known), opened the one that begins (NULL: the service is gone). Valid during the call.
 * evidence is told with opened alone; owner of closed is the one that was noted last.
 */
typedef void record_change(void *ctx, const struct interval *closed, const struct interval *opened);

/* changed may be NULL. checklist gives the ids, which are copied. */
struct record *record_new(const struct checklist *checklist, record_change *changed, void *ctx);
void record_free(struct record *record); /* NULL is allowed */

/* On a reload: keeps what is known of ids that are in both. A fleet does it for its record. */
void record_set_checklist(struct record *record, const struct checklist *checklist);

/*
 * No source is asked, as in a replay of the past: that only a source knows is an answer like
 * others then, which ends what was before.
 */
void record_without_sources(struct record *record);

/*
 * Called when a service has a new name: its intervals go on under it, nothing began or ended.
 * Who keeps intervals by name gives them the new one. ctx: record_new()'s.
 */
typedef void record_renamed(void *ctx, const char *before, const char *now);
void record_on_rename(struct record *record, record_renamed *renamed);

/*
 * An open interval from the store or from a replay, taken as known (copied). One that was known
 * before stays unless this one has the same status, was as much asked for, and says more: it
 * began earlier, or its beginning is known where the other's was not.
 */
void record_learn(struct record *record, const struct interval *open);

/*
 * As record_learn(), of what was seen while svctop ran: where another status, or another tier's
 * demand, is known from before that, this one is what became of it.
 */
void record_learn_seen(struct record *record, const struct interval *open);

/* Counts up with what is learnt: ages that were asked for before may be others now. */
uint64_t record_generation(const struct record *record);

/*
 * What is the cause of changes that are noted from now on; copied. NULL: not known. Where findings
 * of services in other checkouts than cause->checkout change, the same cause is theirs.
 */
void record_cause(struct record *record, const struct cause *cause);

/* The cause that was set last, of kind CAUSE_NONE without any; valid until the next is set. */
const struct cause *record_cause_now(const struct record *record);

/*
 * The findings of a service as they are now; fills since and since_at_least of each. Changes are
 * reported. A status whose required differs from before is a change as well. A finding that is
 * unknown because a source does not answer, because nothing is configured or since something
 * could not be read begins and ends nothing, its since is 0: the interval of before goes on when
 * the same status comes back.
 *
 * What is seen for the first time is `at_least` and has no cause, unless the service was not known
 * and a commit is the cause: that commit made it. owner: the service's first, NULL none.
 * A clock that went back: nothing is since later than now.
 */
void record_note(struct record *record, const char *service, int tier, const char *owner,
		 struct finding *findings, size_t count, int64_t now);

/* As far as findings are as they were: fills since and since_at_least, else 0; notes nothing. */
void record_ask(const struct record *record, const char *service, struct finding *findings,
		size_t count, int64_t now);

/* The service left the fleet: its intervals end. */
void record_gone(struct record *record, const char *service, int64_t now);

/* The service has a new name. False, and nothing done: before is not known, or now is. */
bool record_rename(struct record *record, const char *before, const char *now);

/* Whether anything is known of the service. */
bool record_knows(const struct record *record, const char *service);

/*
 * The open interval of a finding, without evidence, valid until the next call that changes the
 * record; false: none.
 */
bool record_open(const struct record *record, const char *service, const char *check,
		 struct interval *out);

/* All open ones, by service and then in the checklist's order. */
typedef void record_each_interval(void *ctx, const struct interval *open);
void record_each(const struct record *record, record_each_interval *each, void *ctx);

#endif
