/* Checkouts with their facts, and the services' packed rows. */

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/store_internal.h"

enum { PAGE_ROWS = 32, PAGE_BYTES = 512 << 10 };

bool store_below(const char *path, const char *const *roots, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(roots[i]);

		while (len && roots[i][len - 1] == '/')
			len--;
		if (!strncmp(path, roots[i], len) && (!path[len] || path[len] == '/'))
			return true;
	}
	return !count;
}

/* ---- changes ---- */

static int put_row(struct store *store, const struct store_checkout *checkout, int64_t *id,
		   struct err *err)
{
	static const char sql[] =
	    "INSERT INTO checkout(path, resolved, scanned_with, scanned_at, sequence)"
	    " VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT(path) DO UPDATE SET resolved = ?2,"
	    " scanned_with = ?3, scanned_at = ?4, sequence = ?5, dropped_at = 0 RETURNING id";
	sqlite3_stmt *stmt = store_sql(store, sql, err);
	int rc;

	if (!stmt)
		return -1;
	store_bind_text(stmt, 1, checkout->path);
	store_bind_text(stmt, 2, checkout->resolved);
	store_bind_text(stmt, 3, checkout->scanned_with ? checkout->scanned_with : "");
	sqlite3_bind_int64(stmt, 4, checkout->scanned_at);
	sqlite3_bind_int64(stmt, 5, store_next_sequence(store));
	while (store_step(store, stmt, &rc, err))
		*id = sqlite3_column_int64(stmt, 0);
	sqlite3_reset(stmt);
	return rc;
}

static int put_facts(struct store *store, int64_t id, const void *facts, size_t len,
		     struct err *err)
{
	sqlite3_stmt *stmt =
	    store_sql(store, "INSERT OR REPLACE INTO facts(checkout, packed) VALUES(?1, ?2)", err);
	struct buf packed = {0};
	int result;

	if (!stmt)
		return -1;
	store_pack(store, facts, len, &packed);
	sqlite3_bind_int64(stmt, 1, id);
	sqlite3_bind_blob64(stmt, 2, packed.data, packed.len, SQLITE_STATIC);
	result = store_run(store, stmt, err);
	buf_free(&packed);
	return result;
}

static int drop_facts(struct store *store, int64_t id, struct err *err)
{
	sqlite3_stmt *stmt = store_sql(store, "DELETE FROM facts WHERE checkout = ?1", err);

	if (!stmt)
		return -1;
	sqlite3_bind_int64(stmt, 1, id);
	return store_run(store, stmt, err);
}

int store_put_checkout(struct store *store, const struct store_checkout *checkout, struct err *err)
{
	int64_t id = 0;
	bool own;
	int result;

	if (store_enter(store, STORE_WRITER_ONLY, &own, err) < 0)
		return -1;
	result = put_row(store, checkout, &id, err);
	/* What is larger than anybody reads back is scanned at the next start. */
	if (!result && checkout->facts && checkout->facts_len <= STORE_MAX_BYTES)
		result = put_facts(store, id, checkout->facts, checkout->facts_len, err);
	else if (!result && checkout->facts)
		result = drop_facts(store, id, err);
	return store_leave(store, own, result, err);
}

static int64_t find_checkout(struct store *store, const char *path, struct err *err)
{
	sqlite3_stmt *stmt = store_sql(
	    store, "SELECT id FROM checkout WHERE path = ?1 AND scanned_with IS NOT NULL", err);
	int64_t id = 0;
	int rc;

	if (!stmt)
		return -1;
	store_bind_text(stmt, 1, path);
	if (store_step(store, stmt, &rc, err))
		id = sqlite3_column_int64(stmt, 0);
	sqlite3_reset(stmt);
	return rc < 0 ? -1 : id;
}

static int drop_row(struct store *store, int64_t id, struct err *err)
{
	sqlite3_stmt *stmt =
	    store_sql(store,
		      "UPDATE checkout SET resolved = NULL, scanned_with = NULL, sequence = ?2, "
		      "dropped_at = ?3 WHERE id = ?1",
		      err);

	if (!stmt)
		return -1;
	sqlite3_bind_int64(stmt, 1, id);
	sqlite3_bind_int64(stmt, 2, store_next_sequence(store));
	sqlite3_bind_int64(stmt, 3, store->now);
	return store_run(store, stmt, err);
}

static int drop_services(struct store *store, const char *path, struct err *err)
{
	sqlite3_stmt *stmt = store_sql(store, "DELETE FROM service WHERE checkout = ?1", err);

	if (!stmt)
		return -1;
	store_bind_text(stmt, 1, path);
	return store_run(store, stmt, err);
}

int store_drop_checkout(struct store *store, const char *path, struct err *err)
{
	int64_t id;
	bool own;
	int result;

	if (store_enter(store, STORE_WRITER_ONLY, &own, err) < 0)
		return -1;
	id = find_checkout(store, path, err);
	result = id < 0 ? -1 : 0;
	if (!result && id)
		result = drop_row(store, id, err);
	if (!result && id)
		result = drop_facts(store, id, err);
	if (!result)
		result = drop_services(store, path, err);
	return store_leave(store, own, result, err);
}

/* ---- walks ---- */

/*
 * Rows come a page at a time, and no statement stays open between two: a walk that is interrupted
 * holds up no writer and no checkpoint.
 */
struct store_walk {
	struct store *store;
	struct arena *own; /* of what lives as long as the walk */
	const char *const *roots;
	size_t root_count;
	int64_t after; /* 0: by path */
	bool facts, one;

	struct arena *page;
	struct store_checkout rows[PAGE_ROWS];
	size_t count, next;
	bool last;  /* no page follows */
	char *path; /* of the last row that was read */
	int64_t sequence;
	struct buf unpacked;
	struct err err;
	bool failed;
};

#define COLUMNS "c.path, c.resolved, c.scanned_with, c.scanned_at, c.sequence"
#define FACTS	" FROM checkout c LEFT JOIN facts f ON f.checkout = c.id "
#define BARE	" FROM checkout c "
#define BY_PATH "WHERE c.path > ?1 AND c.scanned_with IS NOT NULL ORDER BY c.path LIMIT ?2"
#define ONE	"WHERE c.path = ?1 AND c.scanned_with IS NOT NULL LIMIT ?2"
#define SINCE	"WHERE c.sequence > ?1 ORDER BY c.sequence LIMIT ?2"

static const char facts_by_path[] = "SELECT " COLUMNS ", f.packed" FACTS BY_PATH;
static const char facts_one[] = "SELECT " COLUMNS ", f.packed" FACTS ONE;
static const char facts_since[] = "SELECT " COLUMNS ", f.packed" FACTS SINCE;
static const char bare_by_path[] = "SELECT " COLUMNS BARE BY_PATH;
static const char bare_since[] = "SELECT " COLUMNS BARE SINCE;

static sqlite3_stmt *page_query(struct store_walk *walk)
{
	const char *sql = walk->one	? facts_one
			  : walk->after ? (walk->facts ? facts_since : bare_since)
			  : walk->facts ? facts_by_path
					: bare_by_path;
	sqlite3_stmt *stmt = store_sql(walk->store, sql, &walk->err);

	if (!stmt)
		return NULL;
	if (walk->after && !walk->one)
		sqlite3_bind_int64(stmt, 1, walk->sequence);
	else
		sqlite3_bind_text(stmt, 1, walk->path ? walk->path : "", -1, SQLITE_TRANSIENT);
	sqlite3_bind_int64(stmt, 2, PAGE_ROWS);
	return stmt;
}

/* Copies a row into the page; false: it is none of those that were asked for. */
static bool take_row(struct store_walk *walk, sqlite3_stmt *stmt, struct store_checkout *row)
{
	const char *path = store_column_text(stmt, 0);
	const void *facts;

	walk->sequence = sqlite3_column_int64(stmt, 4);
	free(walk->path);
	walk->path = xstrdup(path ? path : "");
	if (!path || !store_below(path, walk->roots, walk->root_count))
		return false;
	*row = (struct store_checkout){
	    .path = arena_strdup(walk->page, path),
	    .resolved = arena_strdup(walk->page, store_column_text(stmt, 1)),
	    .scanned_with = arena_strdup(walk->page, store_column_text(stmt, 2)),
	    .scanned_at = sqlite3_column_int64(stmt, 3),
	};
	if (!walk->facts)
		return true;
	facts = sqlite3_column_blob(stmt, 5);
	if (facts) {
		row->facts_len = (size_t)sqlite3_column_bytes(stmt, 5);
		row->facts = arena_memdup0(walk->page, facts, row->facts_len);
	}
	/* As if it were not there: it is scanned then. */
	return row->facts || !row->scanned_with;
}

static int read_page(struct store_walk *walk)
{
	sqlite3_stmt *stmt = page_query(walk);
	size_t rows = 0;
	int rc = 0;

	arena_free(walk->page);
	walk->page = arena_new();
	walk->count = walk->next = 0;
	if (!stmt)
		return -1;
	walk->last = true;
	while (store_step(walk->store, stmt, &rc, &walk->err)) {
		if (take_row(walk, stmt, &walk->rows[walk->count]))
			walk->count++;
		/* An order that a damaged file does not keep must not make it endless. */
		if (++rows == PAGE_ROWS || arena_used(walk->page) > PAGE_BYTES) {
			walk->last = walk->one;
			break;
		}
	}
	sqlite3_reset(stmt);
	return rc;
}

static struct store_walk *new_walk(struct store *store, bool facts)
{
	struct store_walk *walk = xcalloc(1, sizeof(*walk));

	walk->store = store;
	walk->own = arena_new();
	walk->facts = facts;
	return walk;
}

static void free_walk(struct store_walk *walk)
{
	arena_free(walk->own);
	arena_free(walk->page);
	buf_free(&walk->unpacked);
	err_clear(&walk->err);
	free(walk->path);
	free(walk);
}

struct store_walk *store_checkouts(struct store *store, const char *const *roots, size_t count,
				   int64_t after, bool facts, struct err *err)
{
	struct store_walk *walk = new_walk(store, facts);
	const char **copies = arena_alloc(walk->own, (count + 1) * sizeof(*copies));

	for (size_t i = 0; i < count; i++)
		copies[i] = arena_strdup(walk->own, roots[i]);
	walk->roots = copies;
	walk->root_count = count;
	walk->after = walk->sequence = after > 0 ? after : 0;
	if (read_page(walk) < 0) {
		err_set(err, walk->err.where, walk->err.fix, "%s",
			walk->err.what ? walk->err.what : "the store cannot be read");
		free_walk(walk);
		return NULL;
	}
	return walk;
}

/* Unpacks in place; false: nobody of this version wrote it. */
static bool unpack_row(struct store_walk *walk, struct store_checkout *row)
{
	if (!row->facts)
		return true;
	row->facts = store_unpack(walk->store, row->facts, row->facts_len, &walk->unpacked);
	row->facts_len = walk->unpacked.len;
	return row->facts;
}

bool store_next_checkout(struct store_walk *walk, struct store_checkout *out)
{
	while (!walk->failed) {
		while (walk->next < walk->count) {
			*out = walk->rows[walk->next++];
			if (unpack_row(walk, out))
				return true;
		}
		if (walk->last)
			return false;
		walk->failed = read_page(walk) < 0;
	}
	return false;
}

int store_walk_end(struct store_walk *walk, struct err *err)
{
	int result = 0;

	if (!walk)
		return 0;
	if (walk->failed)
		result = err_set(err, walk->err.where, walk->err.fix, "%s",
				 walk->err.what ? walk->err.what : "the store cannot be read");
	free_walk(walk);
	return result;
}

struct store_walk *store_checkout(struct store *store, const char *path, struct err *err)
{
	struct store_walk *walk = new_walk(store, true);
	int rc;

	walk->one = true;
	walk->path = xstrdup(path);
	rc = read_page(walk);
	if (rc < 0)
		err_set(err, walk->err.where, walk->err.fix, "%s",
			walk->err.what ? walk->err.what : "the store cannot be read");
	if (!rc && walk->count) {
		walk->last = true;
		return walk;
	}
	free_walk(walk);
	return NULL;
}

/* ---- services ---- */

/* The index is left alone where the checkout is the same, as it nearly always is. */
static int change_service(struct store *store, const char *name, const char *checkout,
			  const void *row, size_t len, struct err *err)
{
	sqlite3_stmt *stmt =
	    store_sql(store, "UPDATE service SET row = ?3 WHERE name = ?1 AND checkout = ?2", err);

	if (!stmt)
		return -1;
	store_bind_text(stmt, 1, name);
	store_bind_text(stmt, 2, checkout);
	sqlite3_bind_blob64(stmt, 3, len ? row : "", len, SQLITE_STATIC);
	if (store_run(store, stmt, err) < 0)
		return -1;
	return sqlite3_changes(store->db) > 0;
}

static int add_service(struct store *store, const char *name, const char *checkout, const void *row,
		       size_t len, struct err *err)
{
	sqlite3_stmt *stmt = store_sql(
	    store, "INSERT OR REPLACE INTO service(name, checkout, row) VALUES(?1, ?2, ?3)", err);

	if (!stmt)
		return -1;
	store_bind_text(stmt, 1, name);
	store_bind_text(stmt, 2, checkout);
	sqlite3_bind_blob64(stmt, 3, len ? row : "", len, SQLITE_STATIC);
	return store_run(store, stmt, err);
}

int store_put_service(struct store *store, const char *name, const char *checkout, const void *row,
		      size_t len, struct err *err)
{
	const char *key;
	bool own;
	int result;

	if (store_enter(store, STORE_WRITER_ONLY, &own, err) < 0)
		return -1;
	key = store_name(store, store_service_id(store, name, err));
	result = key ? change_service(store, key, checkout, row, len, err) : -1;
	if (!result)
		result = add_service(store, key, checkout, row, len, err);
	store_next_sequence(store);
	return store_leave(store, own, result < 0 ? -1 : 0, err);
}

int store_drop_service(struct store *store, const char *name, struct err *err)
{
	sqlite3_stmt *stmt;
	int64_t id;
	bool own;
	int result = -1;

	if (store_enter(store, STORE_WRITER_ONLY, &own, err) < 0)
		return -1;
	id = store_service_find(store, name, err);
	stmt = id < 0 ? NULL : store_sql(store, "DELETE FROM service WHERE name = ?1", err);
	if (stmt) {
		store_bind_text(stmt, 1, id ? store_name(store, id) : name);
		result = store_run(store, stmt, err);
	}
	store_next_sequence(store);
	return store_leave(store, own, result, err);
}

/*
 * All pages once, in order: a cache that fits into the processor's own is faster than one that
 * keeps them (bench_store).
 */
static void set_cache(struct store *store, const char *pragma)
{
	sqlite3_exec(store->db, pragma, NULL, NULL, NULL);
}

int store_services(struct store *store, const char *const *roots, size_t count,
		   store_each_row *each, void *ctx, struct err *err)
{
	sqlite3_stmt *stmt =
	    store_sql(store, "SELECT name, row, checkout FROM service ORDER BY name", err);
	struct buf name = {0};
	int rc;

	if (!stmt)
		return -1;
	set_cache(store, "PRAGMA cache_size = -128");
	while (store_step(store, stmt, &rc, err)) {
		const char *key = store_column_text(stmt, 0);
		const char *checkout = count ? store_column_text(stmt, 2) : "";
		const void *row = sqlite3_column_blob(stmt, 1);
		size_t len = key ? store_service_name_len(store, key) : SIZE_MAX;

		if (len == SIZE_MAX || !checkout || !store_below(checkout, roots, count))
			continue;
		if (key[len]) {
			buf_reset(&name);
			buf_add(&name, key, len);
			key = buf_str(&name);
		}
		each(ctx, key, row ? row : "", (size_t)sqlite3_column_bytes(stmt, 1));
	}
	buf_free(&name);
	sqlite3_reset(stmt);
	set_cache(store, STORE_CACHE);
	return rc;
}
