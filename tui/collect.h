#ifndef SVCTOP_TUI_COLLECT_H
#define SVCTOP_TUI_COLLECT_H

/*
 * Scanning for commands that print and end: everything under the roots into a fleet,
 * with progress on stderr where somebody looks; and the few questions that go to a
 * scanner afterwards.
 */

#include "core/fleet.h"
#include "core/record.h"
#include "core/report.h"
#include "fetch/scanner.h"
#include "tui/cli.h"
#include "tui/feed.h"

struct collection {
	struct cli *cli;
	struct fleet *fleet;
	struct scanner_pool *pool;
	struct feed feed;      /* what sources say, where collection_ask() was called */
	struct then *then;     /* what was seen at the time of --at; NULL */
	struct record *record; /* since when findings are as they are; NULL: no store */
	struct loop *loop;
	int64_t now;
	size_t problems;   /* that make the answer incomplete */
	size_t absent;	   /* checkouts that did not exist then, or have no such revision (--at) */
	int signal;	   /* that ended it; 0 */
	bool progress;	   /* a line of it stands on stderr */
	bool may_be_empty; /* no checkout is no mistake: `sources` has something to say without */
	bool asking;	   /* sources are waited for */
	bool answered;	   /* all there was to ask them has been */
	int64_t heard;	   /* when one of them was last heard of */
	unsigned lost;	   /* how often the courier ended */
};

/* Loads what the command line asks for (cli_load_*) and starts no process yet; -1: said why. */
int collection_open(struct collection *in, struct cli *cli, size_t words,
		    enum dependency_detail dependencies);
/* The same for who only looks which checkouts there are: nothing is scanned. */
int collection_open_to_find(struct collection *in, struct cli *cli, size_t words);
void collection_close(struct collection *in);

/*
 * Has the configured sources asked once, beside the scan; without any, or with --offline,
 * nothing happens. -1: said why.
 */
int collection_ask(struct collection *in);

/*
 * Scans; what could not be read is in cli->errors. 0, or the exit code when the command
 * must end here: nothing found, a signal.
 */
int collection_scan(struct collection *in);

/*
 * For a fleet of the past: what the store says of that time. Findings that only sources tell get
 * it from there, the record since when they were as they were. The fleet must be settled after it.
 */
void collect_then(struct collection *in, struct record *record, int64_t time);

/* The service that name means; NULL after printing that there is none, or which were meant. */
const struct service *collection_service(struct collection *in, const char *name);

/* The same of a fleet. */
const struct service *collection_service_of(const struct fleet *fleet, const char *name);

/* A file at a commit, at most cap bytes; NULL and err. Freed by the caller. */
char *collection_blob(struct collection *in, const char *checkout, const char *commit,
		      const char *path, size_t cap, size_t *len, struct err *err);

/* The last commits to a service's folder, into arena. */
size_t collection_log(struct collection *in, const struct service *service, size_t max,
		      struct arena *arena, struct report_commit **commits);

/* The exit code of a command that has printed all it has: 0, 3, or what cli_finish() says. */
int collection_finish(struct collection *in);

#endif
