#ifndef SVCTOP_CORE_STORE_INTERNAL_H
#define SVCTOP_CORE_STORE_INTERNAL_H

/*
 * What the files of the store share:
 *
 *	store.c           open, close, roles, transactions
 *	store_open.c      what is found at the path, and what is done about it
 *	store_place.c     the folder, whose file it is, on which file system
 *	store_lock.c      who refreshes it
 *	store_schema.c    tables, and steps from one layout to the next
 *	store_mend.c      a damaged file: moved aside, statements salvaged
 *	store_sql.c       prepared statements, what an error of SQLite's means
 *	store_checkout.c  checkouts and services
 *	store_cell.c      packed cells
 *	store_interval.c  findings over time: what was seen
 *	store_past.c      the same as git has it, days
 *	store_name.c      dictionaries of names and commits
 *	store_live.c      topics, sources, statements
 *	store_expire.c    what nobody asks for any more
 */

#include <sqlite3.h>
#include <sys/types.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/store.h"
#include "core/strmap.h"

#define STORE_CACHE	     "PRAGMA cache_size = -4096" /* KB, of pages */
#define STORE_APPLICATION_ID 0x73766374			 /* "svct", in the file's header */

/* One step of the layout: from the version that is its index to the next one. */
struct store_step {
	const char *sql;
};

extern const struct store_step store_steps[];
extern const size_t store_step_count;

/* What tests and benches set; zeroed is what svctop does. */
struct store_setup {
	const struct store_step *steps; /* NULL: ours */
	size_t step_count;
	const char *vfs; /* of SQLite; NULL: its default */
	enum { NETWORK_ASK, NETWORK_YES, NETWORK_NO } network;
	unsigned page_size; /* of a new file; 0: 8192 */
	unsigned max_pages; /* 0: no limit */
	/* Called between what belongs together, with its name: a test ends the process there. */
	void (*point)(void *ctx, const char *name);
	void *ctx;
};

struct store *store_open_with(const struct store_options *options, const struct store_setup *setup,
			      struct err *err);

/*
 * Who refreshes: an advisory lock on a file beside the store, byte 0, that the kernel gives back
 * when its holder ends, however it ends; the file's text says who. Byte 1 is held while a file is
 * opened, made, migrated or moved aside. Open file description locks: on NFS the client asks the
 * server for them as for any fcntl() lock.
 */
struct store_lock {
	int fd; /* -1: there is none (READ where nobody ever wrote) */
	bool writer;
	char *command, *covers; /* of this process; NULL */
	char *text;		/* what `who` points to */
	struct store_writer who;
};

int store_lock_open(struct store_lock *lock, const char *path, bool readonly, struct err *err);
void store_lock_close(struct store_lock *lock);
/* Waits for it for at most two seconds. */
bool store_lock_enter(struct store_lock *lock, bool readonly);
void store_lock_leave(struct store_lock *lock);
bool store_lock_take(struct store_lock *lock, int64_t now);
void store_lock_give_up(struct store_lock *lock);
void store_lock_ask(struct store_lock *lock);
void store_lock_look(const struct store_lock *lock, int64_t now);
int64_t store_lock_looked(const struct store_lock *lock);

/* A cause as it stands in a cell. */
struct store_cause {
	enum cause_kind kind;
	uint32_t among;
	int64_t commit; /* id; 0: none */
};

/* An interval of one service; names by id, 0: none. */
struct store_cell {
	enum status status;
	enum unknown_code code;
	bool required, at_least;
	uint8_t tier;
	int64_t check, owner;
	int64_t from, until;
	struct store_cause opened, closed;
	const char *evidence; /* in the store's or the caller's memory; NULL */
	size_t evidence_len;
};

struct store_cells {
	struct store_cell *cells;
	size_t count, cap;
};

#define STORE_MAX_TIME	   (INT64_C(1) << 40) /* seconds: the year 36812 */
#define STORE_MAX_EVIDENCE 512
#define STORE_MAX_BYTES	   (64 << 20) /* of one row, packed or not */

/* Cells one after the other. evidence points into bytes. false: they are no cells; what was read
 * before is there. */
void store_cells_encode(const struct store_cells *cells, struct buf *out);
bool store_cells_decode(struct store_cells *cells, const void *bytes, size_t len);
/* Times in order and in range, also when a clock was set back. */
void store_cell_tame(struct store_cell *cell);

/*
 * Bytes compressed, with the version of svctop that wrote them in front: the encodings of
 * checkouts and topics carry none. unpack gives NULL where another version wrote them, or nobody.
 */
void store_pack(struct store *store, const void *bytes, size_t len, struct buf *out);
const char *store_unpack(struct store *store, const void *packed, size_t len, struct buf *out);

struct store_names; /* store_name.c */

/* Those of the file that have to do with the roots of this process: store_fleet.c. */
struct store_fleets {
	char **roots;
	size_t root_count;
	char *text; /* of the roots, as it is kept */
	int64_t *ids;
	size_t count, cap;
	int64_t home; /* that a new service is of; 0: not made yet */
	bool read;
};

struct store {
	sqlite3 *db;
	struct store_setup setup;
	char *path, *folder, *version, *notice;
	enum store_access access;
	int64_t now;
	bool network; /* on a network's file system: no WAL */
	struct store_lock *lock;
	dev_t device;
	ino_t inode;

	bool broken, busy;
	bool open;	    /* a transaction is */
	struct err failure; /* of the first call of it that failed; what NULL: none */
	int64_t sequence, sequence_read;
	int64_t told_version, cached_version; /* PRAGMA data_version at store_moved(), at begin */

	struct store_statement {
		const char *sql; /* by address */
		sqlite3_stmt *stmt;
	} * statements;
	size_t statement_count, statement_cap;

	struct store_names *names;
	struct store_fleets fleets;
	/* Open intervals of the service that was changed last, not yet written. */
	int64_t open_service; /* 0: none */
	struct store_cells open_cells;
	struct arena *open_arena;
	bool open_dirty;

	struct libdeflate_compressor *compressor;
	struct libdeflate_decompressor *decompressor;
	struct arena *history; /* of what store_get_history() gave */
};

/* ---- store_place.c ---- */

/* Sets path, folder and network; makes the folder. -1: err, whose what is NULL where READ finds
 * nothing. */
int store_place(struct store *store, const char *url, struct err *err);
/* Looks whose file it is. 1: there is one, 0: none, -1: err. */
int store_place_look(struct store *store, struct err *err);
bool store_same_file(const struct store *store);

/* ---- store_open.c ---- */

int store_attach(struct store *store, struct err *err);
void store_detach(struct store *store);
void store_add_notice(struct store *store, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- store_schema.c ---- */

/* Runs the steps from version on, all or none. An SQLite code. */
int store_migrate(sqlite3 *db, const struct store_setup *setup, int version);
/* The same on a copy beside it, which is checked and thrown away. */
int store_migrate_copy(struct store *store, int version, struct err *err);
const struct store_step *store_setup_steps(const struct store_setup *setup, size_t *count);
int store_pragma(sqlite3 *db, const char *sql, int64_t *out);

/* ---- store_mend.c ---- */

/* Notes for the next open that the file is to be looked at. */
void store_suspect(const struct store *store);
bool store_suspected(const struct store *store);
/* Whether all of it can be read and has our tables. */
bool store_is_whole(struct store *store);
/* A name that is free, of what was at path; the caller frees it. NULL: err. */
char *store_move_aside(struct store *store, struct err *err);
void store_salvage(struct store *store, const char *aside);

/* ---- store_sql.c ---- */

/* Prepared once; reset, without bindings. NULL: err. sql must stay where it is. */
sqlite3_stmt *store_sql(struct store *store, const char *sql, struct err *err);
void store_sql_free(struct store *store);
/* Steps to the end and resets. */
int store_run(struct store *store, sqlite3_stmt *stmt, struct err *err);
/* True: a row. False: none, or -1 in *rc with err. The caller resets. */
bool store_step(struct store *store, sqlite3_stmt *stmt, int *rc, struct err *err);
/* What code means for the user; -1. Notes that the store is busy, broken. */
int store_fail(struct store *store, int code, struct err *err);
void store_bind_text(sqlite3_stmt *stmt, int index, const char *text);
const char *store_column_text(sqlite3_stmt *stmt, int index); /* NULL: none */

/* ---- store.c ---- */

enum { STORE_WRITER_ONLY, STORE_ANY_WRITER };
/* Around each change: begins a transaction where the caller has none; *own says so. */
int store_enter(struct store *store, int who, bool *own, struct err *err);
/* Ends it; result is what the change gave, whose failure undoes the transaction. */
int store_leave(struct store *store, bool own, int result, struct err *err);
int64_t store_next_sequence(struct store *store);

/* ---- store_name.c ---- */

/* The id of a name, made where it is new; NULL: 0. -1: err. */
int64_t store_name_id(struct store *store, const char *name, struct err *err);
/* 0: there is no such name. */
int64_t store_name_find(struct store *store, const char *name, struct err *err);
/* NULL: none. Valid until the next begin. */
const char *store_name(struct store *store, int64_t id);
int64_t store_commit_id(struct store *store, const struct cause *cause, struct err *err);
/* Fills all but kind and among; false: there is none. */
bool store_commit_get(struct store *store, int64_t id, struct cause *out);
/* Reads all names and commits at once: cheaper, for who needs most of them. */
void store_names_load(struct store *store);
void store_names_forget(struct store *store);

/* NULL: none, or one of another fleet. As long. */
const char *store_service_name(struct store *store, int64_t id);

/* ---- store_fleet.c ---- */

void store_fleets_init(struct store *store, const char *const *roots, size_t count);
void store_fleets_free(struct store *store);
void store_fleets_forget(struct store *store); /* others may have made some */
/* As store_name_id() and store_name_find(), of a service. */
int64_t store_service_id(struct store *store, const char *name, struct err *err);
int64_t store_service_find(struct store *store, const char *name, struct err *err);
/* How much of what stands in the file is the name; SIZE_MAX: it is of another fleet. */
size_t store_service_name_len(struct store *store, const char *key);

/* ---- store_interval.c, store_past.c ---- */

int store_write_open(struct store *store, struct err *err);
void store_forget_open(struct store *store);
int store_make_cell(struct store *store, const struct interval *interval, struct store_cell *out,
		    struct err *err);

/* ---- store_live.c ---- */

#define STORE_SELECT_STATEMENTS                                                                    \
	"SELECT service, kind, item, by, reason, link, date, until, path, line FROM statement"

/* Strings live until the statement is stepped. false: it is none. */
bool store_read_statement(sqlite3_stmt *stmt, const char **service, enum statement_kind *kind,
			  struct statement *out);

/* ---- store_checkout.c ---- */

bool store_below(const char *path, const char *const *roots, size_t count);

#endif
