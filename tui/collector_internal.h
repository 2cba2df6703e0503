#ifndef SVCTOP_TUI_COLLECTOR_INTERNAL_H
#define SVCTOP_TUI_COLLECTOR_INTERNAL_H

/* What the files of the collector share. Nobody else includes this. */

#include "core/interval.h"
#include "core/strmap.h"
#include "fetch/http_server.h"
#include "fetch/scanner.h"
#include "tui/collector.h"
#include "tui/feed.h"
#include "tui/file.h"
#include "tui/gone.h"
#include "tui/journal.h"
#include "tui/keeper.h"
#include "tui/loop.h"
#include "tui/supervisor.h"

/* What is counted since the start, over reloads. Tiers as in services: 0 unset. */
struct collector_counts {
	uint64_t refreshes, failures, scans, scan_us;
	uint64_t opened[5], closed[5], regressed[5];
	uint64_t write_failures;
};

/* A service that comes or goes changes as many findings as there are items: one line tells it. */
struct collector_arrival {
	char *service; /* NULL: none waits to be told */
	bool gone;
	int tier;
	unsigned items, gaps;
};

/* How a source was when it was last told of. */
struct collector_source {
	char *name;
	bool fails;
};

struct collector {
	struct cli *cli;
	const struct collector_options *options;
	struct journal journal;
	struct loop *loop;
	struct http_server *server;
	struct supervisor supervisor;
	int signal;	 /* that asked to end; 0 */
	int64_t started; /* wall clock */

	/* Built anew on a reload: */
	struct fleet *fleet;
	struct scanner_pool *pool;
	struct keeper *keeper;
	struct file_watch watched[2]; /* configuration, checklist */

	struct feed feed; /* live stays over a reload */
	struct collector_source *sources;
	size_t source_count;
	uint64_t statuses;    /* live_status_generation() that was told of */
	bool asked, answered; /* --once: after the scan; everything */
	int64_t heard_of_ms;  /* when the courier last said something */
	unsigned couriers_lost;
	bool subjects_due;

	/* A refresh: a look at what is known, or a walk of the roots. */
	struct gone *gone;	    /* of a walk that goes on; NULL: none does */
	bool refreshing, refreshed; /* one goes on; one came to its end */
	bool missed;		    /* a look did not find a checkout where it was */
	bool unsettled;
	bool failed;	/* the last one: a root could not be read, or scanners cannot be had */
	char *cause;	/* of that; NULL */
	unsigned looks; /* since the last walk */
	int64_t begun_ms, settled_ms, next_ms, tick_ms, progress_ms; /* monotonic */
	int64_t refreshed_at;					     /* wall clock; 0: never */
	double refresh_seconds;

	struct strmap *problems, *problems_before; /* lines said of this walk, of the one before */
	struct arena *problem_arena, *problem_arena_before;
	size_t problem_count;	 /* that make --once incomplete */
	bool keeper_failed;	 /* told */
	bool following, waiting; /* told */
	bool recalled;		 /* something was known at the start */
	struct collector_arrival arrival;
	struct collector_counts counts;
};

/* collector.c */
int64_t collector_clock_ms(void);
/* A problem, told once until a walk of the roots has not met it. */
void collector_problem(struct collector *in, const char *where, const char *what, const char *fix);

/* collector_scan.c: what scanners say */
void collector_begin(struct collector *in, bool walk);
void collector_take_scans(struct collector *in);
/* Says what is wrong with it, if anything is. */
void collector_note_checkout(struct collector *in, const struct checkout *checkout);

/* collector_sources.c */
int collector_open_sources(struct collector *in);
void collector_take_answers(struct collector *in);
void collector_send_subjects(struct collector *in);
/* --once: every source has answered, or will not. */
bool collector_sources_done(struct collector *in);
void collector_free_sources(struct collector *in);

/* collector_changes.c: a record_change; and the line that waits for the next service. */
void collector_changed(void *ctx, const struct interval *closed, const struct interval *opened);
void collector_tell_arrival(struct collector *in);

/* collector_pages.c: a http_server_answer */
void collector_answer(void *ctx, const struct http_server_request *request,
		      struct http_server_reply *reply);
/* When a refresh ended last, ours or that of the process that is followed; 0: not known. */
int64_t collector_refreshed_at(const struct collector *in);
/* Why something is wrong with the collecting itself; NULL: nothing is. Freed by the caller. */
char *collector_sick(const struct collector *in);

/* collector_metrics.c */
void collector_metrics(const struct collector *in, struct buf *out, bool openmetrics);

#endif
