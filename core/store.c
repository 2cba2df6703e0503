/* The store as a whole: opened and closed, who refreshes it, transactions. */

#include <errno.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/store_internal.h"

struct store *store_open(const struct store_options *options, struct err *err)
{
	return store_open_with(options, &(struct store_setup){0}, err);
}

static int open_locked(struct store *store, struct err *err)
{
	bool readonly = store->access == STORE_READ;
	int result;

	if (store_lock_open(store->lock, store->path, readonly, err) < 0)
		return -1;
	if (!store_lock_enter(store->lock, readonly)) {
		int error = errno;

		store_lock_ask(store->lock);
		return err_set(err, store->path, "start svctop again in a while",
			       error == EAGAIN || error == EACCES
				   ? "nothing is kept in this run: another svctop is making or "
				     "mending the store"
				   : "nothing is kept in this run: files cannot be locked there");
	}
	if (store->access == STORE_WRITE)
		store_lock_take(store->lock, store->now);
	result = store_attach(store, err);
	store_lock_leave(store->lock);
	return result;
}

struct store *store_open_with(const struct store_options *options, const struct store_setup *setup,
			      struct err *err)
{
	struct store *store = xcalloc(1, sizeof(*store));

	store->setup = *setup;
	store->access = options->access;
	store->now = options->now;
	store->version = xstrdup(options->version ? options->version : "");
	store->lock = xcalloc(1, sizeof(*store->lock));
	store->lock->fd = -1;
	store->lock->command = xstrdup(options->command);
	store->lock->covers = xstrdup(options->covers);
	store->sequence = -1;
	store_fleets_init(store, options->roots, options->root_count);
	if (store_place(store, options->url ? options->url : "", err) < 0 ||
	    open_locked(store, err) < 0) {
		store_close(store);
		return NULL;
	}
	store_moved(store);
	return store;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	if (store->db) {
		store_rollback(store);
		store_detach(store);
	}
	store_lock_close(store->lock);
	store_names_forget(store);
	store_fleets_free(store);
	store_forget_open(store);
	arena_free(store->open_arena);
	free(store->open_cells.cells);
	arena_free(store->history);
	libdeflate_free_compressor(store->compressor);
	libdeflate_free_decompressor(store->decompressor);
	err_clear(&store->failure);
	free(store->lock);
	free(store->path);
	free(store->folder);
	free(store->version);
	free(store->notice);
	free(store);
}

const char *store_notice(const struct store *store)
{
	return store->notice;
}

const char *store_path(const struct store *store)
{
	return store->path;
}

bool store_broken(const struct store *store)
{
	return store->broken;
}

bool store_busy(const struct store *store)
{
	return store->busy;
}

/* ---- roles ---- */

void store_writer(const struct store *store, struct store_writer *out)
{
	store_lock_ask(store->lock);
	*out = store->lock->who;
}

void store_looked(struct store *store, int64_t now)
{
	store->now = now;
	store_lock_look(store->lock, now);
}

int64_t store_looked_at(const struct store *store)
{
	return store_lock_looked(store->lock);
}

static int64_t data_version(struct store *store)
{
	sqlite3_stmt *stmt = store_sql(store, "PRAGMA data_version", NULL);
	int64_t version = -1;

	if (stmt && sqlite3_step(stmt) == SQLITE_ROW)
		version = sqlite3_column_int64(stmt, 0);
	sqlite3_reset(stmt);
	return version;
}

/* Another process may have moved the file aside, or brought it to a newer layout. */
static int check_file(struct store *store, struct err *err)
{
	int64_t version = 0;
	size_t known;

	if (!store_same_file(store)) {
		store->broken = true;
		return err_set(err, store->path, "it is opened anew",
			       "the store was moved away or replaced");
	}
	store_setup_steps(&store->setup, &known);
	if (store_pragma(store->db, "PRAGMA user_version", &version) == SQLITE_OK &&
	    version != (int64_t)known) {
		store->broken = true;
		return err_set(err, store->path, "start this svctop anew, from the newer version",
			       "another svctop brought the store to another layout; nothing more "
			       "is kept here");
	}
	return 0;
}

bool store_take_over(struct store *store)
{
	if (store->lock->writer)
		return true;
	if ((store->access != STORE_FOLLOW && store->access != STORE_WRITE) || store->broken ||
	    !store_lock_take(store->lock, store->now))
		return false;
	if (check_file(store, NULL) < 0)
		store_lock_give_up(store->lock);
	return store->lock->writer;
}

bool store_moved(struct store *store)
{
	int64_t version = data_version(store);
	bool moved = version != store->told_version;

	store->told_version = version;
	if (moved)
		store_fleets_forget(store);
	if (!store->broken && (moved || !store_same_file(store)))
		moved |= check_file(store, NULL) < 0;
	return moved;
}

/* ---- transactions ---- */

static int no_right(struct store *store, struct err *err)
{
	return err_set(err, store->path, NULL,
		       store->access == STORE_READ ? "the store was opened for reading only"
						   : "another svctop refreshes the store");
}

/* What this process remembers of ids may be gone since another one wrote. */
static int look_again(struct store *store, struct err *err)
{
	int64_t version = data_version(store);

	if (version == store->cached_version)
		return 0;
	store->cached_version = version;
	store_names_forget(store);
	store_fleets_forget(store);
	store->sequence = -1;
	return check_file(store, err);
}

static void end_transaction(struct store *store)
{
	if (store->db && !sqlite3_get_autocommit(store->db))
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	store->open = false;
	store_forget_open(store);
}

int store_begin(struct store *store, struct err *err)
{
	sqlite3_stmt *stmt;

	if (!store->lock->writer && store->access != STORE_SHARED)
		return no_right(store, err);
	err_clear(&store->failure);
	store->busy = false;
	if (!store_same_file(store))
		return check_file(store, err);
	stmt = store_sql(store, "BEGIN IMMEDIATE", err);
	if (store_run(store, stmt, err) < 0)
		return -1;
	store->open = true;
	if (look_again(store, err) < 0) {
		end_transaction(store);
		return -1;
	}
	return 0;
}

static int write_sequence(struct store *store, struct err *err)
{
	static const char sql[] = "INSERT INTO meta(name, value) VALUES('sequence', ?1)"
				  " ON CONFLICT(name) DO UPDATE SET value = ?1";
	sqlite3_stmt *stmt;

	if (store->sequence < 0 || store->sequence == store->sequence_read)
		return 0;
	stmt = store_sql(store, sql, err);
	if (!stmt)
		return -1;
	sqlite3_bind_int64(stmt, 1, store->sequence);
	return store_run(store, stmt, err);
}

static void take_failure(struct store *store, struct err *err)
{
	err_set(err, store->failure.where, store->failure.fix, "%s",
		store->failure.what ? store->failure.what : "nothing was begun");
}

int store_commit(struct store *store, struct err *err)
{
	struct err failure = {0};

	if (!store->open) {
		take_failure(store, err);
		err_clear(&store->failure);
		return -1;
	}
	if (store_write_open(store, &failure) < 0 || write_sequence(store, &failure) < 0 ||
	    store_run(store, store_sql(store, "COMMIT", &failure), &failure) < 0) {
		err_set(err, failure.where, failure.fix, "%s",
			failure.what ? failure.what : "the store cannot be written");
		err_clear(&failure);
		store_rollback(store);
		return -1;
	}
	store->open = false;
	store->sequence_read = store->sequence;
	store_forget_open(store);
	return 0;
}

void store_rollback(struct store *store)
{
	bool was = store->open;

	end_transaction(store);
	err_clear(&store->failure);
	if (!was)
		return;
	/* Ids that were given in it are gone, and so are its sequence numbers. */
	store_names_forget(store);
	store_fleets_forget(store);
	store->sequence = -1;
}

int store_enter(struct store *store, int who, bool *own, struct err *err)
{
	*own = false;
	if (store->failure.what && !store->open) {
		take_failure(store, err);
		return -1;
	}
	if (who == STORE_WRITER_ONLY && !store->lock->writer)
		return no_right(store, err);
	if (store->open)
		return 0;
	*own = true;
	return store_begin(store, err);
}

int store_leave(struct store *store, bool own, int result, struct err *err)
{
	if (result < 0) {
		store_rollback(store);
		if (!own)
			err_set(&store->failure, err ? err->where : NULL, err ? err->fix : NULL,
				"%s", err && err->what ? err->what : "the store cannot be written");
		return -1;
	}
	return own ? store_commit(store, err) : 0;
}

static int64_t read_sequence(struct store *store)
{
	sqlite3_stmt *stmt =
	    store_sql(store, "SELECT value FROM meta WHERE name = 'sequence'", NULL);
	int64_t sequence = 0;

	if (stmt && sqlite3_step(stmt) == SQLITE_ROW)
		sequence = sqlite3_column_int64(stmt, 0);
	sqlite3_reset(stmt);
	return sequence < 0 || sequence > INT64_MAX / 2 ? 0 : sequence;
}

int64_t store_sequence(struct store *store)
{
	return store->open && store->sequence >= 0 ? store->sequence : read_sequence(store);
}

int64_t store_next_sequence(struct store *store)
{
	if (store->sequence < 0)
		store->sequence = store->sequence_read = read_sequence(store);
	return ++store->sequence;
}
