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
/* What a person should hear of once; NULL. */
const char *keeper_notice(const struct keeper *keeper);
struct store *keeper_store(struct keeper *keeper);   /* NULL: none */
struct record *keeper_record(struct keeper *keeper); /* always there */

/* Whether another process scans for us: then nothing is to be discovered or scanned. */
bool keeper_follows(const struct keeper *keeper);

/* First: recalls rows into the fleet and gives it the record. Returns how many services are shown.
 */
size_t keeper_recall(struct keeper *keeper, struct fleet *fleet);

/*
 * Then, between frames: reads facts for about so long, applies them and tells the pool what is
 * known; true: all are there, and the fleet's own services are shown from its next settle on.
 */
bool keeper_load(struct keeper *keeper, struct scanner_pool *pool, unsigned ms);

/* One checkout's facts now, since somebody opens a service of it. */
void keeper_load_one(struct keeper *keeper, const char *path);

/* A scan or look said this; the fleet was given the checkout already. */
void keeper_scanned(struct keeper *keeper, const struct checkout *checkout);
void keeper_unchanged(struct keeper *keeper, const char *path);
void keeper_dropped(struct keeper *keeper, const char *path);
/* Before a changed checkout is applied: its commit is the cause of what changes. */
void keeper_cause(struct keeper *keeper, const struct checkout *checkout);
/* What a source said, for the next start. */
void keeper_topic(struct keeper *keeper, const struct topic_report *report);
void keeper_status(struct keeper *keeper, const struct source_status *status);

/* After each fleet_settle(). */
void keeper_settled(struct keeper *keeper, int64_t now);

/* Writes for about so long; true: nothing is left. A failure is in keeper_problem() until a later
 * write succeeds. */
bool keeper_write(struct keeper *keeper, unsigned ms);

/* Following: takes in what the other process wrote; true: the fleet must be settled. */
bool keeper_follow(struct keeper *keeper);
/* A descriptor to poll for that (inotify), -1: look every few seconds. */
int keeper_fd(const struct keeper *keeper);

#endif
