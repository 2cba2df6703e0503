#ifndef SVCTOP_TUI_KEEPER_INTERNAL_H
#define SVCTOP_TUI_KEEPER_INTERNAL_H

/* The keeper's own parts: keeper.c, keeper_load.c, keeper_queue.c, keeper_write.c ... */

#include <sys/types.h>

#include "core/buf.h"
#include "core/fleet_recall.h"
#include "core/strmap.h"
#include "tui/keeper.h"

enum { MS = 1000000 /* ns */, DAY = 86400 };

/* What there is to do before all that is kept is in the fleet. */
enum keeper_phase {
	KEEPER_START,
	KEEPER_AGES,  /* open intervals into the record */
	KEEPER_KNOWN, /* which checkouts there are, for the scanners */
	KEEPER_FACTS, /* their facts, into the fleet */
	KEEPER_LOADED,
};

/* Names or paths, each once, in the order they came. */
struct keeper_names {
	char **names;
	size_t count, cap;
	size_t at;	      /* those before it are done */
	struct strmap *index; /* name to its place + 1 */
};

/* What is to be written of a service. */
struct dirty_service {
	char *name;
	uint64_t row;  /* hash of the row that the store has; 0: not known */
	uint64_t seen; /* checks that were seen for the first time, bit 1 << index */
};

/* A change of one finding, strings in the arena of the queue. */
struct dirty_change {
	struct interval closed, opened;
	bool has_closed, has_opened;
};

struct keeper {
	struct cli *cli;
	struct store *store; /* NULL: none */
	struct record *record;
	struct fleet *fleet;
	struct scanner_pool *pool;
	enum store_access access;
	record_change *changed;
	void *ctx;

	char *url, *command, *scanned_with, *covers;
	struct err problem; /* why nothing is kept, or why the last write failed */
	struct buf notice;
	bool none;    /* --store none */
	bool follows; /* another process scans for us */
	bool foreign; /* another process writes, of other folders or with another checklist */
	int64_t now;

	/* keeper_load.c */
	enum keeper_phase phase;
	struct buf names; /* of services whose intervals are to be learnt, each with its NUL */
	size_t names_at;
	struct buf rows; /* of the same services, as they were recalled */
	struct fleet_row *row_places;
	size_t row_count, row_cap, row_at;
	struct store_walk *walk;
	struct strmap *loaded; /* paths whose facts were applied, or are newer in the fleet */
	struct arena *loaded_arena;
	size_t applied;	  /* checkouts whose facts are in the fleet */
	size_t missing;	  /* those whose facts cannot be used */
	int64_t sequence; /* of the store when what it has was read */
	int64_t sequence_next;
	bool others_wrote, took_in;

	bool whole;    /* nothing is missing: changes are noted */
	bool compared; /* the store has been compared with what is there */

	/* keeper_queue.c, keeper_write.c */
	struct strmap *services;       /* name to struct dirty_service */
	struct keeper_names due;       /* names of services */
	struct keeper_names checkouts; /* paths: facts */
	struct keeper_names dropped;   /* paths */
	struct dirty_change *changes;
	size_t change_count, change_cap, change_at;
	struct arena *change_arena;
	struct keeper_names topics;    /* source, a line feed, topic */
	int64_t topics_at;	       /* when they may be written again, of the monotonic clock */
	int64_t retry_at, retry_after; /* after a failure, likewise */
	bool told_failure;
	int64_t expired_at;

	/* keeper_follow.c */
	int watch;	       /* inotify; -1 */
	int64_t look_at;       /* when the store is to be looked at without an event; 0 */
	bool look_late;	       /* and once more after that */
	int64_t history_until; /* of git's history, as it was seen last */
	uint64_t past;	       /* counts up with what others write of the past */

	/* keeper_history.c */
	pid_t history; /* 0: none runs */
	int64_t history_at;
	bool heads_moved;
};

int64_t keeper_clock_ns(void);
/* Says something once. */
void keeper_say(struct keeper *keeper, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Opens the store, or says in keeper->problem why there is none. */
void keeper_open(struct keeper *keeper);
void keeper_close(struct keeper *keeper);

/* Whether what changes is for us to write. */
bool keeper_keeps(const struct keeper *keeper);

/* keeper_queue.c */
bool keeper_names_add(struct keeper_names *names, const char *name);
void keeper_names_clear(struct keeper_names *names);
void keeper_names_free(struct keeper_names *names);
static inline bool keeper_names_left(const struct keeper_names *names)
{
	return names->at < names->count;
}
void keeper_queue_free(struct keeper *keeper);
/* record_change() of the keeper's record; ctx is the keeper. */
void keeper_note_change(void *ctx, const struct interval *closed, const struct interval *opened);
void keeper_note_rename(void *ctx, const char *before, const char *now);
struct dirty_service *keeper_service(struct keeper *keeper, const char *name);
void keeper_service_due(struct keeper *keeper, struct dirty_service *service);
/* Everything is to be written: the store is a new one. */
void keeper_all_due(struct keeper *keeper);
bool keeper_waits(const struct keeper *keeper); /* something is to be written */

/* keeper_load.c */
void keeper_load_free(struct keeper *keeper);
/* What is known of a service, its open intervals, into the record. */
void keeper_learn_service(struct keeper *keeper, const char *name);
/* The same for all whose names wait, for about so long; true: none is left. */
bool keeper_learn(struct keeper *keeper, int64_t end_ns);
void keeper_learn_all(struct keeper *keeper); /* of the fleet, once more */
/* Facts as a checkout of the caller's; NULL: they cannot be used. */
struct checkout *keeper_decode(const struct keeper *keeper, const struct store_checkout *from);

/* keeper_write.c */
/* At the end: as much as goes into a moment. */
void keeper_write_rest(struct keeper *keeper);
void keeper_expire(struct keeper *keeper);

/* keeper_follow.c */
void keeper_watch(struct keeper *keeper);
void keeper_unwatch(struct keeper *keeper);

/* keeper_history.c */
void keeper_history_tick(struct keeper *keeper);
void keeper_history_end(struct keeper *keeper);

#endif
