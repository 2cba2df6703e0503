/* What is found where the store should be, and what is done about it. */

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/store_internal.h"

enum found { FOUND_ERROR, FOUND_NOTHING, FOUND_OURS, FOUND_OLDER, FOUND_DAMAGED };

enum {
	OPENING_MS = 2000, /* another one may be recovering it */
	SCREEN_MS = 20,	   /* nobody sees that */
	COMMAND_MS = 1000, /* nobody watches it */
	HISTORY_MS = 30000,
};

void store_add_notice(struct store *store, const char *fmt, ...)
{
	va_list ap;
	char *text, *all;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	if (!store->notice) {
		store->notice = text;
		return;
	}
	all = xasprintf("%s %s", store->notice, text);
	free(store->notice);
	free(text);
	store->notice = all;
}

void store_detach(struct store *store)
{
	store_sql_free(store);
	store_names_forget(store);
	store_fleets_forget(store);
	sqlite3_close(store->db);
	store->db = NULL;
}

static bool is_damage(int code)
{
	return (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB ||
	       code == SQLITE_IOERR_SHORT_READ;
}

/* The file may be anybody's work: nothing in its schema runs. */
static int harden(sqlite3 *db)
{
	static const struct {
		int option, value;
	} options[] = {
	    {SQLITE_DBCONFIG_DEFENSIVE, 1},	 {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
	    {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0}, {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
	    {SQLITE_DBCONFIG_DQS_DML, 0},	 {SQLITE_DBCONFIG_DQS_DDL, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		(void)sqlite3_db_config(db, options[i].option, options[i].value, NULL);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, STORE_MAX_BYTES + (1 << 20));
	sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_extended_result_codes(db, 1);
	return sqlite3_exec(db, "PRAGMA cell_size_check = ON", NULL, NULL, NULL);
}

static int open_file(struct store *store, bool immutable)
{
	int flags = store->access == STORE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
	char *uri = NULL;
	int code;

	if (immutable) {
		char *escaped = sqlite3_mprintf("%s", store->path);
		struct buf name = {0};

		/* As URIs have it. */
		for (const char *c = escaped; *c; c++) {
			if (*c == '?' || *c == '#' || *c == '%')
				buf_addf(&name, "%%%02x", (unsigned char)*c);
			else
				buf_addc(&name, *c);
		}
		uri = xasprintf("file:%s?immutable=1", buf_str(&name));
		buf_free(&name);
		sqlite3_free(escaped);
		flags |= SQLITE_OPEN_URI;
	}
	code =
	    sqlite3_open_v2(uri ? uri : store->path, &store->db,
			    flags | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX, store->setup.vfs);
	free(uri);
	if (!code) {
		/* Files beside it that are there already cost less than new ones. */
		int keep = !store->network;

		sqlite3_busy_timeout(store->db, OPENING_MS);
		sqlite3_file_control(store->db, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
		code = harden(store->db);
	}
	return code;
}

struct inside {
	int64_t id, version; /* application_id, user_version */
	int64_t tables;	     /* and indexes */
	int64_t odd;	     /* views, triggers, virtual tables: none is ours */
};

static int look_inside(sqlite3 *db, struct inside *out)
{
	sqlite3_stmt *stmt;
	int code = sqlite3_prepare_v2(db,
				      "SELECT count(*), total(ifnull(rootpage, 0) = 0 OR type NOT "
				      "IN ('table', 'index')) FROM sqlite_schema",
				      -1, &stmt, NULL);

	*out = (struct inside){0};
	if (code)
		return sqlite3_extended_errcode(db);
	code = sqlite3_step(stmt);
	if (code == SQLITE_ROW) {
		out->tables = sqlite3_column_int64(stmt, 0);
		out->odd = sqlite3_column_int64(stmt, 1);
		code = SQLITE_OK;
	}
	sqlite3_finalize(stmt);
	if (!code)
		code = store_pragma(db, "PRAGMA application_id", &out->id);
	if (!code)
		code = store_pragma(db, "PRAGMA user_version", &out->version);
	return !code && out->id == STORE_APPLICATION_ID && out->odd ? SQLITE_CORRUPT : code;
}

/* SQLite reads what is missing of the last page as zeros. With a log beside it, that may have it.
 */
static bool cut_in_a_page(struct store *store)
{
	char *wal = xasprintf("%s-wal", store->path);
	struct stat st = {0}, log = {0};
	int64_t page = 0;

	(void)stat(store->path, &st);
	(void)stat(wal, &log);
	free(wal);
	return !log.st_size && store_pragma(store->db, "PRAGMA page_size", &page) == SQLITE_OK &&
	       page > 0 && st.st_size % page;
}

static enum found judge(struct store *store, int code, const struct inside *inside, char **damage,
			struct err *err)
{
	size_t known;

	store_setup_steps(&store->setup, &known);
	if (is_damage(code)) {
		*damage = xstrdup(sqlite3_errstr(code));
		return FOUND_DAMAGED;
	}
	if (code) {
		store_fail(store, code, err);
		return FOUND_ERROR;
	}
	if (!inside->tables && (!inside->id || inside->id == STORE_APPLICATION_ID))
		return FOUND_NOTHING;
	if (inside->id != STORE_APPLICATION_ID) {
		err_set(err, store->path, "choose another place with --store PATH",
			"nothing is kept in this run: the file is another program's database");
		return FOUND_ERROR;
	}
	if (inside->version > (int64_t)known) {
		err_set(err, store->path,
			"use the newer svctop, or another place with --store PATH",
			"nothing is kept in this run: the store is of a newer svctop (layout %lld, "
			"this one knows %zu), and was left alone",
			(long long)inside->version, known);
		return FOUND_ERROR;
	}
	if (store->access != STORE_READ && (store_suspected(store) || cut_in_a_page(store)) &&
	    !store_is_whole(store)) {
		*damage = xstrdup("a check found errors in it");
		return FOUND_DAMAGED;
	}
	return inside->version < (int64_t)known ? FOUND_OLDER : FOUND_OURS;
}

static enum found look(struct store *store, char **damage, struct err *err)
{
	int there = store_place_look(store, err);
	struct inside inside = {0};
	int code;

	if (there < 0)
		return FOUND_ERROR;
	if (!there)
		return FOUND_NOTHING;
	code = open_file(store, false);
	if (!code)
		code = look_inside(store->db, &inside);
	/* Nobody can make the files that WAL needs beside it, so nobody writes. */
	if (store->access == STORE_READ &&
	    ((code & 0xff) == SQLITE_CANTOPEN || (code & 0xff) == SQLITE_READONLY)) {
		store_detach(store);
		code = open_file(store, true);
		if (!code)
			code = look_inside(store->db, &inside);
	}
	return judge(store, code, &inside, damage, err);
}

/* ---- modes ---- */

static int exec(struct store *store, const char *sql, struct err *err)
{
	int code = sqlite3_exec(store->db, sql, NULL, NULL, NULL);

	return code ? store_fail(store, sqlite3_extended_errcode(store->db), err) : 0;
}

/* What the file says: "wal", "delete" for any of the others. */
static bool is_wal(sqlite3 *db)
{
	sqlite3_stmt *stmt;
	bool wal = false;

	if (!sqlite3_prepare_v2(db, "PRAGMA journal_mode", -1, &stmt, NULL) &&
	    sqlite3_step(stmt) == SQLITE_ROW)
		wal = !strcmp((const char *)sqlite3_column_text(stmt, 0), "wal");
	sqlite3_finalize(stmt);
	return wal;
}

/*
 * WAL needs memory that all who have the file open share: not there on a network. The other mode
 * is as safe with full syncs; readers wait while one commits.
 */
static int set_modes(struct store *store, struct err *err)
{
	bool wal = is_wal(store->db);

	if (store->access != STORE_READ) {
		if (store->network && wal &&
		    exec(store,
			 "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = TRUNCATE;"
			 "PRAGMA locking_mode = NORMAL; SELECT count(*) FROM sqlite_schema",
			 err))
			return -1;
		if (store->network &&
		    exec(store, "PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL", err))
			return -1;
		/* Where another one has it open, it stays as it is. */
		if (!store->network && !wal &&
		    sqlite3_exec(store->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL) ==
			SQLITE_OK)
			wal = is_wal(store->db);
		if (!store->network &&
		    exec(store,
			 wal ? "PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 4194304"
			     : "PRAGMA synchronous = FULL",
			 err))
			return -1;
		if (store->setup.max_pages) {
			char *sql = xasprintf("PRAGMA max_page_count = %u", store->setup.max_pages);
			int result = exec(store, sql, err);

			free(sql);
			if (result < 0)
				return result;
		}
	}
	/*
	 * Nothing is mapped: a file that somebody cuts short would end the program (SIGBUS), and
	 * reading costs little more.
	 */
	return exec(store, "PRAGMA mmap_size = 0; " STORE_CACHE, err);
}

/* ---- what is done about it ---- */

/* Only the writer may; a follower becomes it for as long. */
static bool may_change(struct store *store, bool *borrowed, const char *why, struct err *err)
{
	*borrowed = false;
	if (store->lock->writer)
		return true;
	if (store_lock_take(store->lock, store->now)) {
		*borrowed = true;
		return true;
	}
	store_lock_ask(store->lock);
	err_set(err, store->path, "end that one, and start svctop again",
		"nothing is kept in this run: the store %s, and is in use by process %lld%s%s", why,
		(long long)store->lock->who.pid, store->lock->who.command ? ", " : "",
		store->lock->who.command ? store->lock->who.command : "");
	return false;
}

static int make_file(struct store *store, struct err *err)
{
	int fd = open(store->path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct stat st;

	if (fd < 0 || fstat(fd, &st)) {
		int error = errno;

		if (fd >= 0)
			close(fd);
		return err_set(err, store->path,
			       "make its folder writable, or choose another place with --store "
			       "PATH",
			       "nothing is kept in this run: the store cannot be made: %s",
			       strerror(error));
	}
	close(fd);
	store->device = st.st_dev;
	store->inode = st.st_ino;
	return 0;
}

static int create(struct store *store, struct err *err)
{
	char *sql;
	int result;

	if (!store->db) {
		int code;

		if (make_file(store, err) < 0)
			return -1;
		code = open_file(store, false);
		if (code)
			return store_fail(store, code, err);
	}
	sql = xasprintf("PRAGMA page_size = %u; PRAGMA auto_vacuum = INCREMENTAL",
			store->setup.page_size ? store->setup.page_size : 8192);
	result = exec(store, sql, err);
	free(sql);
	if (!result)
		result = set_modes(store, err);
	if (!result) {
		int code = store_migrate(store->db, &store->setup, 0);

		result = code ? store_fail(store, code, err) : 0;
	}
	if (!result && store->network)
		store_add_notice(store,
				 "%s is on a network's file system: there one svctop waits while "
				 "another one writes.",
				 store->path);
	return result;
}

static int bring_up(struct store *store, struct err *err)
{
	int64_t version = 0;
	size_t known;
	int code;

	store_setup_steps(&store->setup, &known);
	if (set_modes(store, err) < 0 ||
	    store_pragma(store->db, "PRAGMA user_version", &version) != SQLITE_OK ||
	    store_migrate_copy(store, (int)version, err) < 0)
		return -1;
	code = store_migrate(store->db, &store->setup, (int)version);
	if (code)
		return store_fail(store, code, err);
	store_add_notice(store, "%s was brought from layout %lld to %zu.", store->path,
			 (long long)version, known);
	return 0;
}

static int mend(struct store *store, const char *damage, struct err *err)
{
	char *aside;
	int result;

	store_detach(store);
	aside = store_move_aside(store, err);
	if (!aside)
		return -1;
	store_add_notice(store, "%s was damaged (%s): it is %s now, and a new one was begun.",
			 store->path, damage, strrchr(aside, '/') + 1);
	result = create(store, err);
	if (!result)
		store_salvage(store, aside);
	free(aside);
	return result;
}

static int change(struct store *store, enum found found, const char *damage, struct err *err)
{
	bool borrowed;
	int result;

	if (!may_change(store, &borrowed,
			found == FOUND_NOTHING	 ? "is not there"
			: found == FOUND_DAMAGED ? "is damaged"
						 : "is of an older svctop",
			err))
		return -1;
	result = found == FOUND_NOTHING	  ? create(store, err)
		 : found == FOUND_DAMAGED ? mend(store, damage, err)
					  : bring_up(store, err);
	if (borrowed)
		store_lock_give_up(store->lock);
	return result;
}

static int refuse(struct store *store, enum found found, const char *damage, struct err *err)
{
	if (found == FOUND_DAMAGED)
		return err_set(err, store->path,
			       "the dashboard moves it aside at its next start, and begins anew",
			       "the store is damaged: %s", damage);
	if (found == FOUND_OLDER)
		return err_set(err, store->path,
			       "start the dashboard once: it brings it up to date",
			       "the store is of an older svctop, and is not read");
	return -1; /* nothing there */
}

int store_attach(struct store *store, struct err *err)
{
	char *damage = NULL;
	enum found found = look(store, &damage, err);
	int result = 0;

	if (found == FOUND_ERROR)
		result = -1;
	else if (found == FOUND_OURS)
		result = set_modes(store, err);
	else if (store->access == STORE_READ)
		result = refuse(store, found, damage, err);
	else
		result = change(store, found, damage, err);
	free(damage);
	if (result < 0)
		store_detach(store);
	else
		sqlite3_busy_timeout(store->db, store->access == STORE_SHARED ? HISTORY_MS
						: store->access == STORE_READ ? COMMAND_MS
									      : SCREEN_MS);
	return result;
}
