#ifndef SVCTOP_FETCH_SCANNER_POOL_H
#define SVCTOP_FETCH_SCANNER_POOL_H

/* What scanner.c (processes and jobs) and scanner_events.c (what they answer) share. */

#include "core/strmap.h"
#include "fetch/channel.h"
#include "fetch/scanner.h"
#include "fetch/scanner_messages.h"

#include <sys/types.h>

#define DISCOVERY_SECONDS 60 /* between two signs of life */

/* A checkout of which something is known. Lives as long as the pool. */
struct known {
	char *resolved; /* NULL: nothing any more */
	char path[];
};

struct job {
	struct job *next;
	enum scanner_message kind;
	char *checkout; /* NULL for DISCOVER */
	char *commit;
	char *path;
	uint64_t most;
	int64_t since, every;
	uint32_t request;
	bool again;	      /* DISCOVER: the scanner of the first try ended */
	struct known **looks; /* LOOK: which */
	uint8_t *verdicts;    /* of those, once they were looked at */
	size_t look_count, looks_told;
	bool found; /* LOOK: discovery found them, and each is told */
};

struct job_queue {
	struct job *first;
	struct job **last;
	size_t count;
};

struct scanner {
	pid_t pid; /* 0: not running */
	struct channel channel;
	struct job *job;  /* NULL: idle */
	int64_t since_ms; /* when it took the job, or last said that it goes on */
	bool ready;
	bool refused; /* it said why it cannot work */
	bool timed_out;
	char head[72];	/* the commit being scanned */
	char *resolved; /* what it was resolved from; NULL */
};

/* A checkout that ended a scanner, and at which commit. */
struct crash {
	char *path;
	char *head;
};

struct scanner_pool {
	struct arena *arena; /* of the settings */
	struct scanner_settings settings;
	char *program;
	unsigned job_seconds;
	bool find_only;
	struct scanner *scanners; /* the last one serves the person at the keyboard */
	size_t count;
	struct job_queue scans;
	struct job_queue pasts; /* for when nothing is to be scanned */
	struct job_queue questions;
	struct crash *crashes;
	size_t crash_count, crash_cap;
	struct arena *event_arena;
	char *level;
	char *broken; /* why no scanner can be started */
	unsigned start_failures;
	uint32_t last_request;
	struct arena *found_arena; /* of the paths that discovery gave so far */
	struct strmap *found_paths;
	struct strmap *known_paths; /* values are the list's */
	struct known **known;
	size_t known_count, known_cap;
	struct known **found_known; /* by discovery, and not given to a scanner yet */
	size_t found_known_count, found_known_cap;
	struct job_queue looked; /* what of it is not told yet */
	size_t found, done;
	bool discovering;
	bool working; /* IDLE is still to be said */
};

/* Milliseconds of a clock that does not jump. */
int64_t scanner_now_ms(void);

/* Where jobs of a kind wait. */
struct job_queue *scanner_queue_of(struct scanner_pool *pool, enum scanner_message kind);
void scanner_queue_init(struct job_queue *queue);
struct job *scanner_job_new(enum scanner_message kind, const char *checkout);
struct job *scanner_queue_pop(struct job_queue *queue);
void scanner_queue_push(struct job_queue *queue, struct job *job);
void scanner_job_free(struct job *job); /* NULL is allowed */

/* The crash remembered for a checkout, NULL: none. */
struct crash *scanner_find_crash(struct scanner_pool *pool, const char *path);

/* Ends the process and drops its job. *why gets words for how it ended; NULL: kill it, no matter
 * how. */
void scanner_end(struct scanner *scanner, char **why);

/* ---- scanner_look.c ---- */

/* Whether discovery that found path leaves it to a look, as it is known. */
bool scanner_will_look(struct scanner_pool *pool, const char *path);
/* All that discovery found and that is known is given to scanners. */
void scanner_look_at_found(struct scanner_pool *pool);
/* Scans those that a look tells nothing of. */
void scanner_scan_looks(struct scanner_pool *pool, const struct job *job);
/* The next event of looks that are done; false: none. */
bool scanner_next_look(struct scanner_pool *pool, struct scanner_event *event);
void scanner_forget_known(struct scanner_pool *pool);

/* ---- scanner.c ---- */

/* Gives waiting jobs to idle scanners, and starts those. */
void scanner_assign_jobs(struct scanner_pool *pool);

#endif
