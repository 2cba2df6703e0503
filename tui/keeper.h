#ifndef SVCTOP_TUI_KEEPER_H
#define SVCTOP_TUI_KEEPER_H

/*
 * The fleet's memory while svctop runs: recalls the last fleet from the store, reads its
 * facts in slices, tells scanners what need not be scanned, notes what changed and writes
 * it back; follows another process that refreshes the same store. For the
 * dashboard and `svctop collect`. Without a store all of it does nothing, and says so.
 */

#include "core/fleet.h"
#include "core/record.h"
#include "core/store.h"
#include "fetch/scanner.h"
#include "tui/cli.h"

struct keeper;

struct keeper_options {
	struct cli *cli; /* config, checklist, roots, --store, --at, --ref: which store, if any */
	enum store_access access;
	int64_t now;
	/* A finding changed, as record_change() has it; after it was queued for the store. NULL. */
	record_change *changed;
	void *ctx;
};

/*
 * What decides what a scan finds, as the store keeps it of facts and of history: the checklist's
 * digest, this version of svctop, the format of facts. Freed by the caller.
 */
char *keeper_scanned_with(const struct checklist *checklist);

/* Never NULL: keeper_problem() says when nothing is kept. */
struct keeper *keeper_new(const struct keeper_options *options);
void keeper_free(struct keeper *keeper); /* writes what is left; NULL is allowed */

/* Why nothing is kept, and what to do about it ("--store none": what NULL); NULL: it is. */
const struct err *keeper_problem(const struct keeper *keeper);
/* What a person should hear of now; NULL: nothing. It stays until keeper_heard(). */
const char *keeper_notice(const struct keeper *keeper);
void keeper_heard(struct keeper *keeper);
struct store *keeper_store(struct keeper *keeper);   /* NULL: none */
struct record *keeper_record(struct keeper *keeper); /* always there */

/* Whether another process scans for us: then nothing is to be discovered or scanned. */
bool keeper_follows(const struct keeper *keeper);

/* Whether another process keeps the store for other folders: nothing of this run is kept. */
bool keeper_is_shut_out(const struct keeper *keeper);

/* Who does: "collector", "other svctop". */
const char *keeper_writer_word(const struct keeper *keeper);

/* First: recalls rows into the fleet and gives it the record, which is held until the fleet is
 * whole. Returns how many services are shown. */
size_t keeper_recall(struct keeper *keeper, struct fleet *fleet);
/* What sources said when svctop last ran, marked as old until they answer (live_recall()). */
void keeper_recall_live(struct keeper *keeper, struct live *live, int64_t now);
/* When what the store has was last looked at or scanned, as far as is known; 0: not known. */
int64_t keeper_seen_at(const struct keeper *keeper);

/*
 * Then, between frames: tells the pool what is known, reads facts and applies them, each time for
 * about so long; true: all are there. What is scanned meanwhile is to wait with keeper_cause() and
 * fleet_apply() until then. Where facts could be used for every checkout, the fleet is whole.
 */
bool keeper_load(struct keeper *keeper, struct scanner_pool *pool, unsigned ms);
/* Whether the pool has been told: checkouts may be looked for from now on. */
bool keeper_told(const struct keeper *keeper);

/* One checkout's facts now, since somebody opens a service of it. */
void keeper_load_one(struct keeper *keeper, const char *path);

/*
 * After SCANNER_IDLE: nothing is missing any more. The fleet shows its own services from its next
 * settle on, and changes are noted and written.
 */
void keeper_whole(struct keeper *keeper);

/* Before a scanned checkout is applied: its commit is the cause of what changes. */
void keeper_cause(struct keeper *keeper, const struct checkout *checkout);
/* A scan said this, and the fleet was given the checkout. */
void keeper_scanned(struct keeper *keeper, const struct checkout *checkout);
void keeper_dropped(struct keeper *keeper, const char *path);
/* A scan or a look at all checkouts came to its end. */
void keeper_looked(struct keeper *keeper, int64_t now);
/* What a source said was applied to the fleet's live state: it is kept for the next start. */
void keeper_topic(struct keeper *keeper, const struct topic_report *report);

/* After each fleet_settle(). */
void keeper_settled(struct keeper *keeper, int64_t now);

/*
 * Writes for about so long; true: there is nothing to do now. A failure is in keeper_problem()
 * until a later write succeeds, which keeper_timeout() tells the time of.
 */
bool keeper_write(struct keeper *keeper, unsigned ms);
/* After so many ms keeper_write() has something to do again; -1: it has not. */
int keeper_timeout(const struct keeper *keeper);

/*
 * What is done once a minute: a writer that ended is followed by us, a store that could not be
 * opened is tried again, git's history is worked out in the background. True: we do not follow
 * any more, and the roots are to be looked at.
 */
bool keeper_tick(struct keeper *keeper, int64_t now);

/* Takes in what other processes wrote; true: the fleet must be settled. */
bool keeper_follow(struct keeper *keeper);
/* Counts up when findings over time were written, by us or by others. */
uint64_t keeper_past_generation(const struct keeper *keeper);
/* Whether git's history is being worked out in the background. */
bool keeper_works_past(const struct keeper *keeper);
/* A descriptor to poll for that (inotify), -1: look every few seconds. */
int keeper_fd(const struct keeper *keeper);

#endif
