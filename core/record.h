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
 */
typedef void record_change(void *ctx, const struct interval *closed, const struct interval *opened);

/*
 * changed may be NULL. checklist gives the ids; record_set_checklist() on a reload keeps what is
 * known of ids that are in both.
 */
struct record *record_new(const struct checklist *checklist, record_change *changed, void *ctx);
void record_free(struct record *record); /* NULL is allowed */
void record_set_checklist(struct record *record, const struct checklist *checklist);

/*
 * An open interval from the store or from a replay, taken as known (copied). One that was known
 * before stays unless this one has the same status and began earlier or is not `at_least`.
 */
void record_learn(struct record *record, const struct interval *open);

/*
 * What is the cause of changes that are noted from now on; copied. NULL: not known. Where findings
 * of services in other checkouts than cause->checkout change, the same cause is theirs.
 */
void record_cause(struct record *record, const struct cause *cause);

/*
 * The findings of a service as they are now; fills since and since_at_least of each. Changes are
 * reported. A status whose required differs from before is a change as well. A finding that is
 * unknown because a source does not answer, or because nothing is configured, ends nothing by
 * itself: the interval of before goes on when the same status comes back.
 * owner: the service's first, NULL none. first: no interval being known is normal (the
 * service was never seen), so what begins now is `at_least`, else it begins now.
 */
void record_note(struct record *record, const char *service, int tier, const char *owner,
		 struct finding *findings, size_t count, int64_t now);

/* The service left the fleet: its intervals end. */
void record_gone(struct record *record, const char *service, int64_t now);

/* Whether anything is known of the service. */
bool record_knows(const struct record *record, const char *service);

/* The open interval of a finding, valid until the next call that changes the record; false: none.
 */
bool record_open(const struct record *record, const char *service, const char *check,
		 struct interval *out);

/* All open ones, by service and then in the checklist's order. */
typedef void record_each_interval(void *ctx, const struct interval *open);
void record_each(const struct record *record, record_each_interval *each, void *ctx);

#endif
