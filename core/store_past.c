/* The past as git has it: a row a service, replaced as a whole. And the days. */

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/store_internal.h"

/* ---- which history was read ---- */

static int put_meta(struct store *store, const char *name, const char *text, int64_t number,
		    struct err *err)
{
	sqlite3_stmt *stmt = store_sql(store,
				       "INSERT INTO meta(name, value) VALUES(?1, ?2) "
				       "ON CONFLICT(name) DO UPDATE SET value = ?2",
				       err);

	if (!stmt)
		return -1;
	store_bind_text(stmt, 1, name);
	if (text)
		store_bind_text(stmt, 2, text);
	else
		sqlite3_bind_int64(stmt, 2, number);
	return store_run(store, stmt, err);
}

/* The statement at the value, to be reset; NULL: there is none. */
static sqlite3_stmt *get_meta(struct store *store, const char *name)
{
	sqlite3_stmt *stmt = store_sql(store, "SELECT value FROM meta WHERE name = ?1", NULL);

	if (!stmt)
		return NULL;
	store_bind_text(stmt, 1, name);
	if (sqlite3_step(stmt) == SQLITE_ROW)
		return stmt;
	sqlite3_reset(stmt);
	return NULL;
}

static int64_t meta_number(struct store *store, const char *name)
{
	sqlite3_stmt *stmt = get_meta(store, name);
	int64_t number = stmt ? sqlite3_column_int64(stmt, 0) : 0;

	sqlite3_reset(stmt);
	return number;
}

static const char *meta_text(struct store *store, const char *name)
{
	sqlite3_stmt *stmt = get_meta(store, name);
	const char *text = stmt ? arena_strdup(store->history, store_column_text(stmt, 0)) : NULL;

	sqlite3_reset(stmt);
	return text ? text : "";
}

static int put_history_row(struct store *store, const struct store_history *history,
			   struct err *err)
{
	if (put_meta(store, "history since", NULL, history->since, err) < 0 ||
	    put_meta(store, "history until", NULL, history->until, err) < 0 ||
	    put_meta(store, "history with", history->scanned_with ? history->scanned_with : "", 0,
		     err) < 0)
		return -1;
	return put_meta(store, "history roots", history->roots ? history->roots : "", 0, err);
}

bool store_get_history(struct store *store, struct store_history *out)
{
	arena_free(store->history);
	store->history = arena_new();
	*out = (struct store_history){
	    .since = meta_number(store, "history since"),
	    .until = meta_number(store, "history until"),
	    .scanned_with = meta_text(store, "history with"),
	    .roots = meta_text(store, "history roots"),
	};
	return out->until > 0;
}

/* ---- what it replaces ---- */

struct roots {
	char *text;
	const char **list;
	size_t count, cap;
};

static void split_roots(const char *text, struct roots *out)
{
	char *save = NULL;

	*out = (struct roots){.text = xstrdup(text ? text : "")};
	for (char *root = strtok_r(out->text, "\n", &save); root;
	     root = strtok_r(NULL, "\n", &save)) {
		GROW(out->list, out->count, out->cap);
		out->list[out->count++] = root;
	}
}

static void free_roots(struct roots *roots)
{
	free(roots->text);
	free(roots->list);
}

/* Whether all that a row was read from was read anew. */
static bool all_below(const char *old, const struct roots *roots)
{
	struct roots before;
	bool below;

	split_roots(old, &before);
	below = before.count > 0;
	for (size_t i = 0; below && i < before.count; i++)
		below = store_below(before.list[i], roots->list, roots->count);
	free_roots(&before);
	return below;
}

struct drops {
	int64_t *ids;
	size_t count, cap;
};

static void add_drop(struct drops *drops, int64_t id)
{
	GROW(drops->ids, drops->count, drops->cap);
	drops->ids[drops->count++] = id;
}

/* Services that were there in an earlier reading of the same roots. */
static int find_read_before(struct store *store, const struct roots *roots, struct drops *drops,
			    struct err *err)
{
	sqlite3_stmt *stmt =
	    store_sql(store, "SELECT service, roots FROM past ORDER BY roots", err);
	int64_t last = -1;
	bool drop = false;
	int rc;

	if (!stmt)
		return -1;
	while (store_step(store, stmt, &rc, err)) {
		int64_t id = sqlite3_column_int64(stmt, 1);

		if (id != last) {
			const char *old = store_name(store, id);

			last = id;
			drop = old && all_below(old, roots);
		}
		if (drop)
			add_drop(drops, sqlite3_column_int64(stmt, 0));
	}
	sqlite3_reset(stmt);
	return rc;
}

/* Services whose checkout is below the roots. */
static int find_below(struct store *store, const struct roots *roots, struct drops *drops,
		      struct err *err)
{
	sqlite3_stmt *stmt = store_sql(store,
				       "SELECT n.id, s.checkout FROM service s JOIN name n ON "
				       "n.text = s.name",
				       err);
	int rc;

	if (!stmt)
		return -1;
	while (store_step(store, stmt, &rc, err)) {
		const char *checkout = store_column_text(stmt, 1);

		if (checkout && store_below(checkout, roots->list, roots->count))
			add_drop(drops, sqlite3_column_int64(stmt, 0));
	}
	sqlite3_reset(stmt);
	return rc;
}

static int drop_old(struct store *store, const char *text, struct err *err)
{
	struct roots roots;
	struct drops drops = {0};
	int result = 0;

	split_roots(text, &roots);
	if (roots.count) {
		result = find_read_before(store, &roots, &drops, err);
		if (!result)
			result = find_below(store, &roots, &drops, err);
	}
	for (size_t i = 0; !result && i < drops.count; i++) {
		sqlite3_stmt *stmt = store_sql(store, "DELETE FROM past WHERE service = ?1", err);

		result = -1;
		if (stmt) {
			sqlite3_bind_int64(stmt, 1, drops.ids[i]);
			result = store_run(store, stmt, err);
		}
	}
	free(drops.ids);
	free_roots(&roots);
	return result;
}

/* ---- what is put ---- */

/* The intervals of one service: a list through `next`, in the order they came. */
struct group {
	const char *service;
	size_t first, last;
};

struct groups {
	struct group *groups;
	size_t count, cap;
	size_t *next; /* index of the next interval of the same service, and one; 0: none */
};

static void group(const struct interval *intervals, size_t count, struct groups *out)
{
	struct strmap *known = strmap_new();

	*out = (struct groups){.next = xcalloc(count + 1, sizeof(*out->next))};
	for (size_t i = 0; i < count; i++) {
		/* A number in place of a pointer: groups move as they grow. */
		uintptr_t at = (uintptr_t)strmap_get(known, intervals[i].service);

		if (at) {
			out->next[out->groups[at - 1].last] = i + 1;
			out->groups[at - 1].last = i;
			continue;
		}
		GROW(out->groups, out->count, out->cap);
		out->groups[out->count++] = (struct group){intervals[i].service, i, i};
		/* NOLINTNEXTLINE(performance-no-int-to-ptr) */
		strmap_put(known, intervals[i].service, (void *)(uintptr_t)out->count);
	}
	strmap_free(known);
}

static int put_past(struct store *store, int64_t service, int64_t roots,
		    const struct store_cells *cells, struct err *err)
{
	sqlite3_stmt *stmt = store_sql(
	    store, "INSERT OR REPLACE INTO past(service, roots, cells) VALUES(?1, ?2, ?3)", err);
	struct buf bytes = {0};
	int result;

	if (!stmt)
		return -1;
	store_cells_encode(cells, &bytes);
	sqlite3_bind_int64(stmt, 1, service);
	sqlite3_bind_int64(stmt, 2, roots);
	sqlite3_bind_blob64(stmt, 3, bytes.data, bytes.len, SQLITE_STATIC);
	result = bytes.len <= STORE_MAX_BYTES ? store_run(store, stmt, err) : 0;
	buf_free(&bytes);
	return result;
}

static int put_group(struct store *store, const struct interval *intervals,
		     const struct groups *groups, const struct group *one, int64_t roots,
		     struct err *err)
{
	int64_t service = store_service_id(store, one->service, err);
	struct store_cells cells = {0};
	int result = service > 0 ? 0 : -1;

	for (size_t i = one->first + 1; !result && i; i = groups->next[i - 1]) {
		GROW(cells.cells, cells.count, cells.cap);
		result =
		    store_make_cell(store, &intervals[i - 1], &cells.cells[cells.count++], err);
	}
	if (!result)
		result = put_past(store, service, roots, &cells, err);
	free(cells.cells);
	return result;
}

int store_put_history(struct store *store, const struct store_history *history,
		      const struct interval *intervals, size_t count, struct err *err)
{
	struct groups groups;
	int64_t roots;
	bool own;
	int result;

	if (store_enter(store, STORE_ANY_WRITER, &own, err) < 0)
		return -1;
	group(intervals, count, &groups);
	roots = store_name_id(store, history->roots ? history->roots : "", err);
	result = roots > 0 ? drop_old(store, history->roots, err) : -1;
	for (size_t i = 0; !result && i < groups.count; i++)
		result = put_group(store, intervals, &groups, &groups.groups[i], roots, err);
	if (!result)
		result = put_history_row(store, history, err);
	free(groups.groups);
	free(groups.next);
	return store_leave(store, own, result, err);
}

/* ---- days ---- */

enum { DAY = 86400 };

int store_put_day(struct store *store, const struct store_day *day, struct err *err)
{
	static const char sql[] =
	    "INSERT OR REPLACE INTO day(scope, day, services, open, tier0, tier1, tier2, tier3,"
	    " tier4, opened, closed) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
	sqlite3_stmt *stmt;
	bool own;
	int result = -1;

	if (store_enter(store, STORE_ANY_WRITER, &own, err) < 0)
		return -1;
	stmt = store_sql(store, sql, err);
	if (stmt) {
		store_bind_text(stmt, 1, day->scope);
		sqlite3_bind_int64(stmt, 2, day->day - day->day % DAY);
		sqlite3_bind_int64(stmt, 3, day->services);
		sqlite3_bind_int64(stmt, 4, day->open);
		for (int i = 0; i < 5; i++)
			sqlite3_bind_int64(stmt, 5 + i, day->open_by_tier[i]);
		sqlite3_bind_int64(stmt, 10, day->opened);
		sqlite3_bind_int64(stmt, 11, day->closed);
		result = store_run(store, stmt, err);
	}
	return store_leave(store, own, result, err);
}

static uint32_t column_count(sqlite3_stmt *stmt, int index)
{
	int64_t value = sqlite3_column_int64(stmt, index);

	return value < 0 ? 0 : value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

int store_days(struct store *store, const char *scope, int64_t from, int64_t until,
	       store_each_day *each, void *ctx, struct err *err)
{
	static const char sql[] =
	    "SELECT day, services, open, tier0, tier1, tier2, tier3, tier4, opened, closed FROM day"
	    " WHERE scope = ?1 AND day >= ?2 AND day <= ?3 ORDER BY day";
	sqlite3_stmt *stmt = store_sql(store, sql, err);
	int rc;

	if (!stmt)
		return -1;
	store_bind_text(stmt, 1, scope);
	sqlite3_bind_int64(stmt, 2, from);
	sqlite3_bind_int64(stmt, 3, until ? until : INT64_MAX);
	while (store_step(store, stmt, &rc, err)) {
		struct store_day day = {
		    .day = sqlite3_column_int64(stmt, 0),
		    .scope = scope,
		    .services = column_count(stmt, 1),
		    .open = column_count(stmt, 2),
		    .opened = column_count(stmt, 8),
		    .closed = column_count(stmt, 9),
		};

		for (int i = 0; i < 5; i++)
			day.open_by_tier[i] = column_count(stmt, 3 + i);
		each(ctx, &day);
	}
	sqlite3_reset(stmt);
	return rc;
}
