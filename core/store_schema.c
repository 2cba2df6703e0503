/* The layout of the store, and how one becomes the next. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/store_internal.h"

/*
 * Version 1. Text is in UTF-8 as far as it was; names of files are what they are. Packed
 * columns: core/store_cell.c.
 */
static const char layout_1[] =
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;"

    /* scanned_with NULL: it was dropped, at that time */
    "CREATE TABLE checkout(id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, resolved TEXT,"
    " scanned_with TEXT, scanned_at INTEGER NOT NULL, sequence INTEGER NOT NULL,"
    " dropped_at INTEGER NOT NULL DEFAULT 0) STRICT;"
    "CREATE INDEX checkout_sequence ON checkout(sequence);"
    "CREATE TABLE facts(checkout INTEGER PRIMARY KEY, packed BLOB NOT NULL) STRICT;"

    /* by newlines; a service's name is followed by a newline and the fleet's number */
    "CREATE TABLE fleet(id INTEGER PRIMARY KEY, roots TEXT NOT NULL UNIQUE) STRICT;"
    "CREATE TABLE service(name TEXT PRIMARY KEY, checkout TEXT NOT NULL, row BLOB NOT NULL)"
    " STRICT, WITHOUT ROWID;"
    "CREATE INDEX service_checkout ON service(checkout);"

    /* dictionaries */
    "CREATE TABLE name(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;"
    "CREATE TABLE revision(id INTEGER PRIMARY KEY, hash BLOB NOT NULL, checkout INTEGER NOT NULL,"
    " author INTEGER NOT NULL, subject TEXT, time INTEGER NOT NULL, UNIQUE(hash, checkout))"
    " STRICT;"

    /* What was seen: the open intervals of a service in one row, closed ones appended; and what
     * git says, all of a service in one row. */
    "CREATE TABLE open(service INTEGER PRIMARY KEY, cells BLOB NOT NULL) STRICT;"
    "CREATE TABLE closed(service INTEGER NOT NULL, ended INTEGER NOT NULL, began INTEGER NOT NULL,"
    " item INTEGER NOT NULL, cells BLOB NOT NULL, PRIMARY KEY(service, ended, began, item))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE past(service INTEGER PRIMARY KEY, roots INTEGER NOT NULL, cells BLOB NOT NULL)"
    " STRICT;"
    "CREATE TABLE day(scope TEXT NOT NULL, day INTEGER NOT NULL, services INTEGER NOT NULL,"
    " open INTEGER NOT NULL, tier0 INTEGER NOT NULL, tier1 INTEGER NOT NULL,"
    " tier2 INTEGER NOT NULL, tier3 INTEGER NOT NULL, tier4 INTEGER NOT NULL,"
    " opened INTEGER NOT NULL, closed INTEGER NOT NULL, PRIMARY KEY(scope, day))"
    " STRICT, WITHOUT ROWID;"

    "CREATE TABLE topic(source TEXT NOT NULL, topic TEXT NOT NULL, at INTEGER NOT NULL,"
    " packed BLOB NOT NULL, PRIMARY KEY(source, topic)) STRICT;"
    "CREATE TABLE source(name TEXT PRIMARY KEY, packed BLOB NOT NULL) STRICT, WITHOUT ROWID;"

    "CREATE TABLE statement(service TEXT NOT NULL, kind INTEGER NOT NULL, item TEXT NOT NULL,"
    " by TEXT, reason TEXT, link TEXT, date INTEGER NOT NULL, until INTEGER NOT NULL,"
    " path TEXT, line INTEGER NOT NULL, PRIMARY KEY(service, kind, item))"
    " STRICT, WITHOUT ROWID;";

const struct store_step store_steps[] = {
    {layout_1},
};
const size_t store_step_count = ARRAY_LEN(store_steps);

const struct store_step *store_setup_steps(const struct store_setup *setup, size_t *count)
{
	*count = setup->steps ? setup->step_count : store_step_count;
	return setup->steps ? setup->steps : store_steps;
}

int store_pragma(sqlite3 *db, const char *sql, int64_t *out)
{
	sqlite3_stmt *stmt;
	int code = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);

	if (code)
		return sqlite3_extended_errcode(db);
	code = sqlite3_step(stmt);
	if (code == SQLITE_ROW && out)
		*out = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

static void reach(const struct store_setup *setup, const char *point)
{
	if (setup->point)
		setup->point(setup->ctx, point);
}

static int run(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) ? sqlite3_extended_errcode(db) : SQLITE_OK;
}

static int set_number(sqlite3 *db, const char *pragma, int64_t value)
{
	char *sql = xasprintf("PRAGMA %s = %lld", pragma, (long long)value);
	int code = run(db, sql);

	free(sql);
	return code;
}

int store_migrate(sqlite3 *db, const struct store_setup *setup, int version)
{
	size_t count;
	const struct store_step *steps = store_setup_steps(setup, &count);
	int code = run(db, "BEGIN IMMEDIATE");

	for (size_t i = (size_t)version; !code && i < count; i++) {
		reach(setup, "step");
		code = run(db, steps[i].sql);
		if (!code)
			code = set_number(db, "user_version", (int64_t)i + 1);
	}
	if (!code)
		code = set_number(db, "application_id", STORE_APPLICATION_ID);
	reach(setup, "steps");
	if (!code)
		code = run(db, "COMMIT");
	if (code && !sqlite3_get_autocommit(db))
		(void)run(db, "ROLLBACK");
	reach(setup, "migrated");
	return code;
}

/* ---- the copy ---- */

static void remove_copy(const char *path)
{
	static const char *const ends[] = {"", "-journal", "-wal", "-shm"};

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		char *name = xasprintf("%s%s", path, ends[i]);

		(void)unlink(name);
		free(name);
	}
}

static int copy_all(sqlite3 *from, sqlite3 *to)
{
	sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");

	if (!backup)
		return sqlite3_extended_errcode(to);
	(void)sqlite3_backup_step(backup, -1);
	return sqlite3_backup_finish(backup);
}

static int is_fine(sqlite3 *db)
{
	sqlite3_stmt *stmt;
	int code = sqlite3_prepare_v2(db, "PRAGMA integrity_check(1)", -1, &stmt, NULL);

	if (code)
		return code;
	code = sqlite3_step(stmt);
	if (code == SQLITE_ROW)
		code = !strcmp((const char *)sqlite3_column_text(stmt, 0), "ok") ? SQLITE_OK
										 : SQLITE_CORRUPT;
	sqlite3_finalize(stmt);
	return code;
}

static int try_on(struct store *store, const char *path, int version)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	sqlite3 *copy = NULL;
	int code;

	if (fd < 0)
		return SQLITE_CANTOPEN;
	close(fd);
	code = sqlite3_open_v2(path, &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW,
			       store->setup.vfs);
	/* It is thrown away: nothing needs to be safe. */
	if (!code)
		code = run(copy, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = OFF");
	if (!code)
		code = copy_all(store->db, copy);
	reach(&store->setup, "copied");
	if (!code)
		code = run(copy, "PRAGMA journal_mode = MEMORY");
	if (!code)
		code = store_migrate(copy, &store->setup, version);
	if (!code)
		code = is_fine(copy);
	sqlite3_close(copy);
	return code;
}

int store_migrate_copy(struct store *store, int version, struct err *err)
{
	char *path = xasprintf("%s-migrating", store->path);
	int code;

	remove_copy(path);
	code = try_on(store, path, version);
	remove_copy(path);
	free(path);
	if (!code)
		return 0;
	return err_set(err, store->path,
		       (code & 0xff) == SQLITE_FULL || (code & 0xff) == SQLITE_IOERR ||
			       (code & 0xff) == SQLITE_CANTOPEN
			   ? "make room for a copy of it in its folder, and start svctop again"
			   : "move it to another name, and svctop begins a new one",
		       "nothing is kept in this run: the store cannot be brought to this svctop's "
		       "layout, and was left as it is: %s",
		       sqlite3_errstr(code));
}
