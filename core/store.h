#ifndef SVCTOP_CORE_STORE_H
#define SVCTOP_CORE_STORE_H

/*
 * What is kept between runs: the last fleet, findings over time, what sources said last,
 * statements made in svctop. One file of SQLite's today (core/store_internal.h); nothing
 * here says so, and a shared database can stand behind the same calls. Never kept: secrets,
 * bodies of answers, playbooks.
 *
 * One process refreshes (the writer), any number follow it. Whatever happens to the file,
 * svctop runs: calls fail with an err that says what happens next, nothing is half written.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/checkout.h"
#include "core/err.h"
#include "core/interval.h"
#include "core/live.h"

struct store;

enum store_access {
	STORE_READ,   /* never changes anything, not even when it must be repaired or migrated */
	STORE_FOLLOW, /* reads, and may become the writer when that one ends: store_take_over() */
	STORE_WRITE,  /* the writer where there is none, else as FOLLOW */
	STORE_SHARED, /* writes beside whoever is the writer: history, days and statements alone */
};

struct store_options {
	const char *url; /* a path, or "sqlite:PATH" */
	enum store_access access;
	const char *command; /* what this process is, for who comes later: "svctop collect" */
	const char *version; /* of svctop */
	/* Of a writer: what it refreshes and how, for who comes later to compare; any text, NULL */
	const char *covers;
	int64_t now; /* for the names of files that are moved aside */
	/*
	 * Of which fleet services are: those of the same name below other roots, where neither lies
	 * below the other, are others, and neither seen nor changed. 0: services of all fleets.
	 */
	const char *const *roots;
	size_t root_count;
};

/*
 * Opens, creates, migrates. NULL: there is no store for this run, err says why and what to do
 * (no such folder, read-only, written by a newer svctop, not a database ...). A file that is
 * damaged or no database is moved aside under a name with the date and begun anew: see
 * store_notice(). READ gives NULL with err->what NULL where there is nothing yet.
 */
struct store *store_open(const struct store_options *options, struct err *err);
void store_close(struct store *store); /* NULL is allowed */

/* What a person should hear of once: moved aside, migrated, on a network's file system. NULL. */
const char *store_notice(const struct store *store);

/* The file, as messages and watches need it. */
const char *store_path(const struct store *store);

/* Its layout, size, journal and place in words, a line each, for reports of bugs. */
void store_describe(const struct store *store, struct buf *out);

/* Who refreshes this store. */
struct store_writer {
	bool self;
	int64_t pid;	     /* 0: nobody; -1: somebody */
	const char *command; /* with " on HOST" where that is another one; NULL: not known */
	const char *covers;  /* NULL: not known */
	int64_t since;
};
void store_writer(const struct store *store, struct store_writer *out);
/*
 * The writer looked whether anything changed, whatever it wrote; the last time that it did, also
 * of one that has ended. 0: not known. Costs no write.
 */
void store_looked(struct store *store, int64_t now);
int64_t store_looked_at(const struct store *store);
/* FOLLOW: becomes the writer when there is none; true when it is. */
bool store_take_over(struct store *store);

/*
 * Whether something was committed since it was last asked, by another process. Cheap. Watches:
 * store_path() and that with "-wal" behind it change.
 */
bool store_moved(struct store *store);

/*
 * Writes stand between begin and commit: all or none; one alone is a transaction of its own. A call
 * that fails undoes all since begin, and what follows fails as well, up to commit. -1: the store is
 * as it was before begin (a full disk, an I/O error); try again later. Where store_broken() is true
 * afterwards the file is damaged: close it and open it anew, which begins a new one.
 */
int store_begin(struct store *store, struct err *err);
int store_commit(struct store *store, struct err *err);
void store_rollback(struct store *store);
bool store_broken(const struct store *store);
/* The last call failed only since another process is writing: nothing to tell anybody of. */
bool store_busy(const struct store *store);

/* ---- checkouts: scan cursors and facts ---- */

struct store_checkout {
	const char *path;
	const char *resolved;	  /* what its head was read from (checkout->resolved); NULL */
	const char *scanned_with; /* checklist's digest and whatever else decides what is found */
	int64_t scanned_at;
	const void *facts; /* checkout_encode()'s bytes, packed by the store; NULL: not asked for */
	size_t facts_len;
};

/* Without facts: those of before stay. */
int store_put_checkout(struct store *store, const struct store_checkout *checkout, struct err *err);
/* Its services' rows go with it. */
int store_drop_checkout(struct store *store, const char *path, struct err *err);

/*
 * A walk over what is below one of roots (0: all), by path, that can be interrupted between two
 * rows; rows are valid until the next call. after: only what changed since a store_sequence(), in
 * that order; a dropped one comes with scanned_with NULL then. facts: with them; checkouts whose
 * facts another version of svctop wrote are left out. Nothing stays locked between two calls.
 */
struct store_walk;
struct store_walk *store_checkouts(struct store *store, const char *const *roots, size_t count,
				   int64_t after, bool facts, struct err *err);
/* One, whatever its sequence; NULL: it is not there. */
struct store_walk *store_checkout(struct store *store, const char *path, struct err *err);
bool store_next_checkout(struct store_walk *walk, struct store_checkout *out);
/* The end, after or before the last row; -1: it broke off, with an error. */
int store_walk_end(struct store_walk *walk, struct err *err);

/* Counts up with every committed change of checkouts, services and topics. */
int64_t store_sequence(struct store *store);

/* ---- services: what the first frame shows (core/fleet_recall.h) ---- */

int store_put_service(struct store *store, const char *name, const char *checkout, const void *row,
		      size_t len, struct err *err);
int store_drop_service(struct store *store, const char *name, struct err *err);

typedef void store_each_row(void *ctx, const char *name, const void *row, size_t len);
/* Those of checkouts below one of roots, by name; bytes are valid during the call. -1: err. */
int store_services(struct store *store, const char *const *roots, size_t count,
		   store_each_row *each, void *ctx, struct err *err);

/* ---- findings over time ---- */

enum interval_origin {
	INTERVAL_SEEN, /* while svctop ran: live state, and commits as they came */
	INTERVAL_GIT,  /* worked out from git's history: replaced as a whole */
};

/*
 * What record_change() says: ends the open one of the service and check, begins another. Where a
 * clock was set back, times are moved so that none ends before it begins and no two overlap.
 */
int store_put_change(struct store *store, const struct interval *closed,
		     const struct interval *opened, struct err *err);

/* Of which past git's intervals are. */
struct store_history {
	int64_t since, until;	  /* seconds; until: when it was worked out; 0: never */
	const char *scanned_with; /* as of checkouts */
	const char *roots;	  /* those that were read, by newlines */
};

/* Replaces git's intervals of all services named in them and of those below history->roots. */
int store_put_history(struct store *store, const struct store_history *history,
		      const struct interval *intervals, size_t count, struct err *err);
/* The last one that was put; false: none yet. Strings live until the next call. */
bool store_get_history(struct store *store, struct store_history *out);

struct store_scope {
	const char *service, *check; /* NULL: any */
	int64_t from, until;	     /* that touch this time; 0 and 0: any time */
	bool open;		     /* only those that still are */
	bool gaps;		     /* only outstanding gaps */
};

/* Those of git first, then what was seen and ended, then what was seen and is open. */
typedef void store_each_interval(void *ctx, const struct interval *interval,
				 enum interval_origin origin);
int store_intervals(struct store *store, const struct store_scope *scope, store_each_interval *each,
		    void *ctx, struct err *err);

/* ---- the daily roll-up: what a trend of years needs without its intervals ---- */

struct store_day {
	int64_t day;	   /* midnight UTC, seconds */
	const char *scope; /* "": the fleet; "owner:acme/payments"; "check:ci" */
	uint32_t services, open, open_by_tier[5], opened, closed;
};
int store_put_day(struct store *store, const struct store_day *day, struct err *err);
typedef void store_each_day(void *ctx, const struct store_day *day);
int store_days(struct store *store, const char *scope, int64_t from, int64_t until,
	       store_each_day *each, void *ctx, struct err *err);

/* ---- live state: the last good answer of each topic ---- */

/* A failure changes nothing, `unchanged` the time alone, `gone` drops it. */
int store_put_topic(struct store *store, const struct topic_report *report, struct err *err);
int store_drop_source(struct store *store, const char *source, struct err *err);
typedef void store_each_topic(void *ctx, const struct topic_report *report);
int store_topics(struct store *store, store_each_topic *each, void *ctx, struct err *err);
int store_put_status(struct store *store, const struct source_status *status, struct err *err);
typedef void store_each_status(void *ctx, const struct source_status *status);
int store_statuses(struct store *store, store_each_status *each, void *ctx, struct err *err);

/* ---- waivers and attestations made in svctop ---- */

enum statement_kind { STATEMENT_WAIVER, STATEMENT_ATTESTATION, STATEMENT_NOT_APPLICABLE };

int store_put_statement(struct store *store, const char *service, enum statement_kind kind,
			const struct statement *statement, struct err *err);
int store_drop_statement(struct store *store, const char *service, enum statement_kind kind,
			 const char *check, struct err *err);
typedef void store_each_statement(void *ctx, const char *service, enum statement_kind kind,
				  const struct statement *statement);
int store_statements(struct store *store, store_each_statement *each, void *ctx, struct err *err);

/*
 * Drops what nobody asks for any more: closed intervals that ended before, days before, dropped
 * checkouts that followers know of by now. Reads all intervals: once a day is enough. Outside of a
 * transaction it gives room back to the file system, a few MB each time.
 */
int store_expire(struct store *store, int64_t before, struct err *err);

#endif
