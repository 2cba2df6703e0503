/* What nobody asks for any more. */

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/store_internal.h"

enum {
	GIVE_BACK_PAGES = 1024,	   /* to the file system, at a time */
	MAX_ID = 64 * 1024 * 1024, /* beyond it ids are no longer ours */
};

static int delete_where(struct store *store, const char *sql, int64_t value, struct err *err)
{
	sqlite3_stmt *stmt = store_sql(store, sql, err);

	if (!stmt)
		return -1;
	sqlite3_bind_int64(stmt, 1, value);
	return store_run(store, stmt, err);
}

/* ---- git's intervals that ended long ago ---- */

struct rewritten {
	int64_t service;
	struct buf cells;
};

struct rewrites {
	struct rewritten *rows;
	size_t count, cap;
};

static bool drop_old_cells(struct store_cells *cells, int64_t before)
{
	size_t kept = 0;

	for (size_t i = 0; i < cells->count; i++)
		if (!cells->cells[i].until || cells->cells[i].until >= before)
			cells->cells[kept++] = cells->cells[i];
	if (kept == cells->count)
		return false;
	cells->count = kept;
	return true;
}

static int find_old_past(struct store *store, int64_t before, struct rewrites *out, struct err *err)
{
	sqlite3_stmt *stmt = store_sql(store, "SELECT service, cells FROM past", err);
	struct store_cells cells = {0};
	int rc;

	if (!stmt)
		return -1;
	while (store_step(store, stmt, &rc, err)) {
		const void *bytes = sqlite3_column_blob(stmt, 1);
		struct rewritten *row;

		cells.count = 0;
		store_cells_decode(&cells, bytes, (size_t)sqlite3_column_bytes(stmt, 1));
		if (!drop_old_cells(&cells, before))
			continue;
		GROW(out->rows, out->count, out->cap);
		row = &out->rows[out->count++];
		*row = (struct rewritten){.service = sqlite3_column_int64(stmt, 0)};
		store_cells_encode(&cells, &row->cells);
	}
	sqlite3_reset(stmt);
	free(cells.cells);
	return rc;
}

static int expire_past(struct store *store, int64_t before, struct err *err)
{
	struct rewrites rewrites = {0};
	int result = find_old_past(store, before, &rewrites, err);

	for (size_t i = 0; i < rewrites.count; i++) {
		struct rewritten *row = &rewrites.rows[i];
		sqlite3_stmt *stmt =
		    result ? NULL
			   : store_sql(store, "UPDATE past SET cells = ?2 WHERE service = ?1", err);

		if (stmt) {
			sqlite3_bind_int64(stmt, 1, row->service);
			sqlite3_bind_blob64(stmt, 2, row->cells.len ? row->cells.data : "",
					    row->cells.len, SQLITE_STATIC);
		}
		if (!result)
			result = store_run(store, stmt, err);
		buf_free(&row->cells);
	}
	free(rewrites.rows);
	return result;
}

/* ---- names and commits that nothing refers to any more ---- */

/* A bit an id. */
struct used {
	unsigned char *bits;
	int64_t max;
};

static int used_new(struct store *store, const char *sql, struct used *out, struct err *err)
{
	sqlite3_stmt *stmt = store_sql(store, sql, err);
	int rc;

	*out = (struct used){0};
	if (!stmt)
		return -1;
	if (store_step(store, stmt, &rc, err))
		out->max = sqlite3_column_int64(stmt, 0);
	sqlite3_reset(stmt);
	if (out->max < 0 || out->max > MAX_ID)
		out->max = 0;
	out->bits = xcalloc((size_t)out->max / 8 + 1, 1);
	return rc;
}

static void use(struct used *used, int64_t id)
{
	if (id > 0 && id <= used->max)
		used->bits[id / 8] |= (unsigned char)(1U << (id % 8));
}

static bool is_used(const struct used *used, int64_t id)
{
	return id <= 0 || id > used->max || used->bits[id / 8] & 1U << (id % 8);
}

struct marks {
	struct used names, commits;
};

static void mark_cell(struct marks *marks, const struct store_cell *cell)
{
	use(&marks->names, cell->check);
	use(&marks->names, cell->owner);
	use(&marks->commits, cell->opened.commit);
	use(&marks->commits, cell->closed.commit);
}

/* Columns: a name, another one or 0, cells. */
static int mark_rows(struct store *store, const char *sql, struct marks *marks, struct err *err)
{
	sqlite3_stmt *stmt = store_sql(store, sql, err);
	struct store_cells cells = {0};
	int rc;

	if (!stmt)
		return -1;
	while (store_step(store, stmt, &rc, err)) {
		const void *bytes = sqlite3_column_blob(stmt, 2);

		use(&marks->names, sqlite3_column_int64(stmt, 0));
		use(&marks->names, sqlite3_column_int64(stmt, 1));
		cells.count = 0;
		store_cells_decode(&cells, bytes, (size_t)sqlite3_column_bytes(stmt, 2));
		for (size_t i = 0; i < cells.count; i++)
			mark_cell(marks, &cells.cells[i]);
	}
	sqlite3_reset(stmt);
	free(cells.cells);
	return rc;
}

struct ids {
	int64_t *ids;
	size_t count, cap;
};

/* Columns id, and of commits two names. Those that nothing uses; of the others, marks names. */
static int find_unused(struct store *store, const char *sql, const struct used *used,
		       struct used *names, struct ids *out, struct err *err)
{
	sqlite3_stmt *stmt = store_sql(store, sql, err);
	int rc;

	if (!stmt)
		return -1;
	while (store_step(store, stmt, &rc, err)) {
		int64_t id = sqlite3_column_int64(stmt, 0);

		if (is_used(used, id)) {
			use(names, sqlite3_column_int64(stmt, 1));
			use(names, sqlite3_column_int64(stmt, 2));
			continue;
		}
		GROW(out->ids, out->count, out->cap);
		out->ids[out->count++] = id;
	}
	sqlite3_reset(stmt);
	return rc;
}

static int drop_unused(struct store *store, const char *select, const char *drop,
		       const struct used *used, struct used *names, struct err *err)
{
	struct ids unused = {0};
	int result = find_unused(store, select, used, names, &unused, err);

	for (size_t i = 0; !result && i < unused.count; i++)
		result = delete_where(store, drop, unused.ids[i], err);
	free(unused.ids);
	return result;
}

static int sweep(struct store *store, struct err *err)
{
	static const char *const users[] = {
	    "SELECT service, 0, cells FROM open",
	    "SELECT service, 0, cells FROM closed",
	    "SELECT service, roots, cells FROM past",
	};
	struct marks marks = {0};
	int result = used_new(store, "SELECT max(id) FROM name", &marks.names, err);

	if (!result)
		result = used_new(store, "SELECT max(id) FROM revision", &marks.commits, err);
	for (size_t i = 0; !result && i < ARRAY_LEN(users); i++)
		result = mark_rows(store, users[i], &marks, err);
	if (!result)
		result = drop_unused(store, "SELECT id, checkout, author FROM revision",
				     "DELETE FROM revision WHERE id = ?1", &marks.commits,
				     &marks.names, err);
	if (!result)
		result =
		    drop_unused(store, "SELECT id, 0, 0 FROM name",
				"DELETE FROM name WHERE id = ?1", &marks.names, &marks.names, err);
	free(marks.names.bits);
	free(marks.commits.bits);
	store_names_forget(store);
	return result;
}

/* ---- all of it ---- */

int store_expire(struct store *store, int64_t before, struct err *err)
{
	static const char *const old[] = {
	    "DELETE FROM closed WHERE ended < ?1",
	    "DELETE FROM day WHERE day < ?1",
	    "DELETE FROM checkout WHERE scanned_with IS NULL AND dropped_at < ?1",
	};
	bool own;
	int result;

	if (store_enter(store, STORE_WRITER_ONLY, &own, err) < 0)
		return -1;
	result = store_write_open(store, err);
	store_forget_open(store);
	for (size_t i = 0; !result && i < ARRAY_LEN(old); i++)
		result = delete_where(store, old[i], before, err);
	if (!result)
		result = expire_past(store, before, err);
	if (!result)
		result = sweep(store, err);
	result = store_leave(store, own, result, err);
	if (!result && own) {
		char *sql = xasprintf("PRAGMA incremental_vacuum(%d)", GIVE_BACK_PAGES);

		/* It is a courtesy. */
		sqlite3_exec(store->db, sql, NULL, NULL, NULL);
		free(sql);
	}
	return result;
}
