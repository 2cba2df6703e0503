/* Statements, and what SQLite's errors mean for who reads them. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/store_internal.h"

sqlite3_stmt *store_sql(struct store *store, const char *sql, struct err *err)
{
	struct store_statement *new;
	sqlite3_stmt *stmt;

	for (size_t i = 0; i < store->statement_count; i++) {
		if (store->statements[i].sql == sql) {
			sqlite3_reset(store->statements[i].stmt);
			sqlite3_clear_bindings(store->statements[i].stmt);
			return store->statements[i].stmt;
		}
	}
	if (sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL)) {
		store_fail(store, sqlite3_extended_errcode(store->db), err);
		return NULL;
	}
	GROW(store->statements, store->statement_count, store->statement_cap);
	new = &store->statements[store->statement_count++];
	*new = (struct store_statement){sql, stmt};
	return stmt;
}

void store_sql_free(struct store *store)
{
	for (size_t i = 0; i < store->statement_count; i++)
		sqlite3_finalize(store->statements[i].stmt);
	free(store->statements);
	store->statements = NULL;
	store->statement_count = store->statement_cap = 0;
}

bool store_step(struct store *store, sqlite3_stmt *stmt, int *rc, struct err *err)
{
	int code = sqlite3_step(stmt);

	*rc = 0;
	if (code == SQLITE_ROW)
		return true;
	if (code != SQLITE_DONE)
		*rc = store_fail(store, code, err);
	return false;
}

int store_run(struct store *store, sqlite3_stmt *stmt, struct err *err)
{
	int rc;

	if (!stmt)
		return -1;
	while (store_step(store, stmt, &rc, err))
		;
	sqlite3_reset(stmt);
	return rc;
}

void store_bind_text(sqlite3_stmt *stmt, int index, const char *text)
{
	if (text)
		sqlite3_bind_text(stmt, index, text, -1, SQLITE_STATIC);
}

const char *store_column_text(sqlite3_stmt *stmt, int index)
{
	return (const char *)sqlite3_column_text(stmt, index);
}

/* ---- errors ---- */

static int broken(struct store *store, int code, struct err *err)
{
	store->broken = true;
	if (store->access != STORE_READ)
		store_suspect(store);
	return err_set(err, store->path,
		       store->access == STORE_READ
			   ? "the dashboard moves it aside at its next start, and begins anew"
			   : "it is moved aside, and begun anew, when it is opened next",
		       "the store is damaged: %s", sqlite3_errstr(code));
}

static int not_written(struct store *store, int error, struct err *err)
{
	if (error == ENOSPC || error == EDQUOT)
		return err_set(
		    err, store->folder, "make room; svctop goes on, and tries again by itself",
		    "nothing more is kept: %s",
		    error == EDQUOT ? "the user's share of the disk is full" : "the disk is full");
	if (error == EFBIG)
		return err_set(err, store->path,
			       "raise the limit on the size of files (ulimit -f); svctop goes on, "
			       "and tries again by itself",
			       "nothing more is kept: the file may not grow any more");
	return err_set(err, store->path,
		       "look at the disk (dmesg says more); svctop goes on, and tries again",
		       "the store cannot be read or written: %s",
		       error ? strerror(error) : sqlite3_errmsg(store->db));
}

/* The layout is no longer that which we know. */
static int not_ours(struct store *store, int code, struct err *err)
{
	size_t steps;
	int64_t version = 0;

	store_setup_steps(&store->setup, &steps);
	if (store_pragma(store->db, "PRAGMA user_version", &version) == SQLITE_OK &&
	    version > (int64_t)steps) {
		store->broken = true;
		return err_set(err, store->path, "start this svctop anew, from the newer version",
			       "another svctop brought the store to a newer layout; nothing more "
			       "is kept here");
	}
	return broken(store, code, err);
}

/* The system's reason: by now errno may be another's. */
static int last_errno(sqlite3 *db)
{
	static const int files[] = {SQLITE_FCNTL_JOURNAL_POINTER, SQLITE_FCNTL_FILE_POINTER};
	int error = 0;

	for (size_t i = 0; db && !error && i < ARRAY_LEN(files); i++) {
		sqlite3_file *file = NULL;

		if (!sqlite3_file_control(db, "main", files[i], &file) && file && file->pMethods)
			(void)file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &error);
	}
	return error ? error : sqlite3_system_errno(db);
}

int store_fail(struct store *store, int code, struct err *err)
{
	int error = last_errno(store->db);

	store->busy = false;
	switch (code & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		store->busy = true;
		return err_set(err, store->path, "svctop tries again by itself",
			       "another svctop is writing to the store just now");
	case SQLITE_FULL:
		return not_written(store, error == EDQUOT ? EDQUOT : ENOSPC, err);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return broken(store, code, err);
	case SQLITE_ERROR:
	case SQLITE_SCHEMA:
	case SQLITE_CONSTRAINT:
		return not_ours(store, code, err);
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return err_set(err, store->path,
			       "make the file and its folder writable, or choose another place "
			       "with --store PATH",
			       "nothing more is kept: the store cannot be written");
	case SQLITE_IOERR:
		/* A short read of a page that should be there. */
		if (code == SQLITE_IOERR_SHORT_READ)
			return broken(store, code, err);
		return not_written(store, error, err);
	case SQLITE_CANTOPEN:
		return err_set(err, store->path,
			       "make its folder writable, or choose another place with --store "
			       "PATH",
			       "the store cannot be opened: %s",
			       error ? strerror(error) : sqlite3_errstr(code));
	default:
		return err_set(err, store->path, "svctop goes on, and tries again",
			       "the store cannot be used: %s", sqlite3_errstr(code));
	}
}
