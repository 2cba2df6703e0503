#ifndef SVCTOP_FETCH_SCANNER_H
#define SVCTOP_FETCH_SCANNER_H

/*
 * Scanner processes, seen from the face: jobs go in, events come out, whoever polls
 * moves the bytes. Each scanner is this same binary, re-executed with a clean
 * environment and one socket, in a sandbox (fetch/sandbox.h). One job at a time a
 * scanner, so a crash is attributed: the checkout is reported as crashed, the
 * others go on. One more scanner serves the person at the keyboard (blobs, logs).
 */

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/checkout.h"
#include "core/err.h"
#include "core/past.h"

struct scanner_pool;

struct scanner_options {
	const char *const *roots; /* absolute paths: the only places a scanner may read */
	size_t root_count;
	const char *const *exclude;
	size_t exclude_count;
	const char *checklist; /* YAML text; NULL: the built-in one */
	size_t checklist_len;
	const char *checklist_path; /* for messages */
	const char *rev;	    /* --ref: instead of the default branch; NULL */
	int64_t now;		    /* the reference time of history facts */
	bool find_only;		    /* discovery tells what it finds, and scans nothing */
	int64_t at; /* --at DATE: the last commit of the first-parent line that is not younger; 0 */
	bool at_rev; /* --at REV: at rev, with its commit's time for history facts; who has no such
			revision is ABSENT */
	unsigned jobs;			     /* scanners; 0: the number of cores */
	unsigned job_seconds;		     /* a job's deadline; 0: 60 */
	enum dependency_detail dependencies; /* to send, beyond what probes ask */
	const char *program; /* what to execute as a scanner; NULL: this program itself */
};

enum scanner_event_kind {
	SCANNER_FOUND,	   /* path: a checkout was found and is queued */
	SCANNER_CHECKOUT,  /* checkout: scanned (or unreadable, crashed); the receiver owns it */
	SCANNER_PROBLEM,   /* path, text: something that could not be entered or read */
	SCANNER_BLOB,	   /* answer to scanner_blob() */
	SCANNER_LOG,	   /* answer to scanner_log() */
	SCANNER_UNCHANGED, /* path: found, and still as it is known: not scanned */
	SCANNER_GONE,	   /* path: looked at, and no longer there; it is not known any more */
	SCANNER_ABSENT,	   /* path: it did not exist at that time, or has no such revision (--at) */
	SCANNER_PAST,	   /* answer to scanner_past(); the receiver owns past */
	SCANNER_IDLE,	   /* discovery and all scans are done */
};

struct scanner_commit {
	const char *hash;
	int64_t time;
	const char *author;
	const char *subject;
};

struct scanner_event {
	enum scanner_event_kind kind;
	const char *path; /* valid until the next call on the pool */
	const char *text;
	struct checkout *checkout;
	uint32_t request;  /* BLOB, LOG: what the question returned */
	const char *bytes; /* BLOB: content, or NULL and text says why not */
	size_t len;
	const struct scanner_commit *commits; /* LOG */
	size_t commit_count;
	struct past *past; /* PAST; NULL: the checkout could not be read at all, text says why */
};

struct scanner_progress {
	size_t found;	  /* checkouts found so far */
	size_t done;	  /* scanned, or unchanged */
	bool discovering; /* the walk of the roots still goes on */
	const char *slow; /* the checkout that is being scanned the longest, NULL under a second */
	unsigned slow_seconds;
};

/* Starts no process yet: that happens when there is work. */
struct scanner_pool *scanner_pool_new(const struct scanner_options *options, struct err *err);

/* Ends all scanners (their sockets close; SIGKILL for those that do not follow). */
void scanner_pool_free(struct scanner_pool *pool);

/* Walks the roots and scans all that is found. */
void scanner_discover(struct scanner_pool *pool);

/* Scans one checkout (again). */
void scanner_scan(struct scanner_pool *pool, const char *path);

/* Asks for a file at a commit (hex), at most cap bytes; returns the request's number. */
uint32_t scanner_blob(struct scanner_pool *pool, const char *checkout, const char *commit,
		      const char *path, size_t cap);

/* Asks for the last max commits that changed subdir ("" for all). */
uint32_t scanner_log(struct scanner_pool *pool, const char *checkout, const char *commit,
		     const char *subdir, size_t max);

/*
 * What is known of a checkout: checkout->resolved of a scan with this checklist. As long as these
 * files say the same, discovery gives UNCHANGED (after FOUND) and does not scan it. What the pool
 * itself scans is known from then on; this is for what a store kept. scanner_scan() scans in any
 * case. resolved NULL: nothing is known any more. With --ref and --at nothing ever is.
 */
void scanner_know(struct scanner_pool *pool, const char *path, const char *resolved);

/*
 * Looks at everything that is known without walking the roots: what changed is scanned, what is
 * not there any more is GONE. The others are not told one by one. SCANNER_IDLE ends it.
 */
void scanner_look(struct scanner_pool *pool);

/* The reference time of what is scanned and looked at from now on, in place of options.now. */
void scanner_set_now(struct scanner_pool *pool, int64_t now);

/*
 * Asks for a checkout's past (core/past.h) from since on, dates looked at every `every` seconds;
 * returns the request's number. It waits behind scans.
 */
uint32_t scanner_past(struct scanner_pool *pool, const char *path, int64_t since, int64_t every);

/* Fills fds with what to poll; returns how many. *timeout_ms: at most so long, -1: no deadline. */
size_t scanner_pollfds(const struct scanner_pool *pool, struct pollfd *fds, size_t max,
		       int *timeout_ms);

/* After poll: reads, writes, starts and ends processes as needed. Never blocks. */
void scanner_service(struct scanner_pool *pool);

/* The next event; false when there is none for now. */
bool scanner_next(struct scanner_pool *pool, struct scanner_event *event);

struct scanner_progress scanner_progress(const struct scanner_pool *pool);

/* The sandbox level that scanners reported: "landlock 5, seccomp", "none: ..."; NULL before one
 * ran. */
const char *scanner_sandbox_level(const struct scanner_pool *pool);

/* The hidden argument by which main() knows that it is a scanner. */
#define SCANNER_ARGUMENT "--scanner-child"

/* The child's side: main() calls it when started as a scanner; returns the exit code. */
int scanner_main(int socket);

#endif
