/* Findings over time, as they were seen: one row a service of what is open, closed ones appended.
 */

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/store_internal.h"

/* ---- one interval as a cell ---- */

static int make_cause(struct store *store, const struct cause *cause, struct store_cause *out,
		      struct err *err)
{
	*out = (struct store_cause){.kind = cause->kind, .among = cause->among};
	if (cause->kind != CAUSE_COMMIT)
		return 0;
	out->commit = store_commit_id(store, cause, err);
	if (!out->commit)
		out->kind = CAUSE_NONE; /* a commit without its id says nothing */
	return out->commit < 0 ? -1 : 0;
}

/* Cut between two characters. */
static size_t evidence_len(const char *evidence)
{
	size_t len = strlen(evidence);

	if (len > STORE_MAX_EVIDENCE) {
		len = STORE_MAX_EVIDENCE;
		while (len && ((unsigned char)evidence[len] & 0xc0) == 0x80)
			len--;
	}
	return len;
}

int store_make_cell(struct store *store, const struct interval *interval, struct store_cell *out,
		    struct err *err)
{
	*out = (struct store_cell){
	    .status = interval->status,
	    .code = interval->code,
	    .required = interval->required,
	    .at_least = interval->at_least,
	    .tier = interval->tier <= 4 ? interval->tier : 0,
	    .from = interval->from,
	    .until = interval->until,
	    .evidence = interval->evidence,
	    .evidence_len = interval->evidence ? evidence_len(interval->evidence) : 0,
	};
	store_cell_tame(out);
	out->check = store_name_id(store, interval->check, err);
	out->owner = out->check < 0 ? -1 : store_name_id(store, interval->owner, err);
	if (out->owner < 0 || make_cause(store, &interval->opened, &out->opened, err) < 0)
		return -1;
	return make_cause(store, &interval->closed, &out->closed, err);
}

/* ---- the open ones of a service ---- */

/* Of the service that was changed last they stay in memory: changes come service by service. */
void store_forget_open(struct store *store)
{
	store->open_service = 0;
	store->open_cells.count = 0;
	store->open_dirty = false;
}

static void keep_evidence(struct store *store, struct store_cell *cell)
{
	if (cell->evidence)
		cell->evidence =
		    arena_memdup0(store->open_arena, cell->evidence, cell->evidence_len);
}

static int read_open(struct store *store, int64_t service, struct err *err)
{
	sqlite3_stmt *stmt = store_sql(store, "SELECT cells FROM open WHERE service = ?1", err);
	int rc;

	if (!stmt)
		return -1;
	store_forget_open(store);
	arena_free(store->open_arena);
	store->open_arena = arena_new();
	sqlite3_bind_int64(stmt, 1, service);
	if (store_step(store, stmt, &rc, err)) {
		const void *bytes = sqlite3_column_blob(stmt, 0);

		/* What cannot be read is known no more. */
		store_cells_decode(&store->open_cells, bytes,
				   (size_t)sqlite3_column_bytes(stmt, 0));
		for (size_t i = 0; i < store->open_cells.count; i++)
			keep_evidence(store, &store->open_cells.cells[i]);
	}
	sqlite3_reset(stmt);
	if (!rc)
		store->open_service = service;
	return rc;
}

int store_write_open(struct store *store, struct err *err)
{
	bool none = !store->open_cells.count;
	sqlite3_stmt *stmt;
	struct buf bytes = {0};
	int result;

	if (!store->open_service || !store->open_dirty)
		return 0;
	stmt = store_sql(store,
			 none ? "DELETE FROM open WHERE service = ?1"
			      : "INSERT OR REPLACE INTO open(service, cells) VALUES(?1, ?2)",
			 err);
	if (!stmt)
		return -1;
	sqlite3_bind_int64(stmt, 1, store->open_service);
	if (!none) {
		store_cells_encode(&store->open_cells, &bytes);
		sqlite3_bind_blob64(stmt, 2, bytes.data, bytes.len, SQLITE_STATIC);
	}
	result = store_run(store, stmt, err);
	buf_free(&bytes);
	store->open_dirty = false;
	return result;
}

static int turn_to(struct store *store, int64_t service, struct err *err)
{
	if (store->open_service == service)
		return 0;
	return store_write_open(store, err) < 0 ? -1 : read_open(store, service, err);
}

static struct store_cell *find_open(struct store *store, int64_t check)
{
	for (size_t i = 0; i < store->open_cells.count; i++)
		if (store->open_cells.cells[i].check == check)
			return &store->open_cells.cells[i];
	return NULL;
}

static int append_closed(struct store *store, int64_t service, const struct store_cell *cell,
			 struct err *err)
{
	static const char sql[] =
	    "INSERT OR REPLACE INTO closed(service, ended, began, item, cells)"
	    " VALUES(?1, ?2, ?3, ?4, ?5)";
	struct store_cells one = {(struct store_cell *)cell, 1, 1};
	sqlite3_stmt *stmt = store_sql(store, sql, err);
	struct buf bytes = {0};
	int result;

	if (!stmt)
		return -1;
	store_cells_encode(&one, &bytes);
	sqlite3_bind_int64(stmt, 1, service);
	sqlite3_bind_int64(stmt, 2, cell->until);
	sqlite3_bind_int64(stmt, 3, cell->from);
	sqlite3_bind_int64(stmt, 4, cell->check);
	sqlite3_bind_blob64(stmt, 5, bytes.data, bytes.len, SQLITE_STATIC);
	result = store_run(store, stmt, err);
	buf_free(&bytes);
	return result;
}

static int close_one(struct store *store, int64_t service, const struct store_cell *closed,
		     struct err *err)
{
	struct store_cell *open = find_open(store, closed->check);

	if (open) {
		size_t index = (size_t)(open - store->open_cells.cells);

		memmove(open, open + 1, (store->open_cells.count - index - 1) * sizeof(*open));
		store->open_cells.count--;
		store->open_dirty = true;
	}
	return append_closed(store, service, closed, err);
}

/* One that nobody ended, since whoever wrote it ended first: the new one's beginning is its end. */
static int close_forgotten(struct store *store, int64_t service, struct store_cell *opened,
			   struct err *err)
{
	struct store_cell *open = find_open(store, opened->check), closed;

	if (!open || (open->status == opened->status && open->required == opened->required))
		return 0;
	closed = *open;
	closed.until = opened->from ? opened->from : 1;
	closed.closed = opened->opened;
	store_cell_tame(&closed);
	opened->from = closed.until;
	return close_one(store, service, &closed, err);
}

static void open_one(struct store *store, const struct store_cell *opened)
{
	struct store_cells *cells = &store->open_cells;
	struct store_cell *cell = find_open(store, opened->check);

	if (!cell) {
		GROW(cells->cells, cells->count, cells->cap);
		cell = &cells->cells[cells->count++];
	}
	*cell = *opened;
	cell->until = 0;
	keep_evidence(store, cell);
	store->open_dirty = true;
}

static int change(struct store *store, const char *name, const struct interval *closed,
		  const struct interval *opened, struct err *err)
{
	int64_t service = store_service_id(store, name, err);
	struct store_cell ended, begun;

	if (service <= 0 || turn_to(store, service, err) < 0)
		return -1;
	if (closed) {
		if (store_make_cell(store, closed, &ended, err) < 0)
			return -1;
		if (!ended.until)
			ended.until = ended.from ? ended.from : 1;
		if (close_one(store, service, &ended, err) < 0)
			return -1;
	}
	if (!opened)
		return 0;
	if (store_make_cell(store, opened, &begun, err) < 0)
		return -1;
	/* A clock that was set back: the two do not overlap. */
	if (closed && begun.from < ended.until)
		begun.from = ended.until;
	if (!closed && close_forgotten(store, service, &begun, err) < 0)
		return -1;
	open_one(store, &begun);
	return 0;
}

int store_put_change(struct store *store, const struct interval *closed,
		     const struct interval *opened, struct err *err)
{
	const struct interval *either = closed ? closed : opened;
	bool own;

	if (!either)
		return 0;
	if (store_enter(store, STORE_WRITER_ONLY, &own, err) < 0)
		return -1;
	return store_leave(store, own, change(store, either->service, closed, opened, err), err);
}

/* ---- asking ---- */

struct question {
	struct store *store;
	const struct store_scope *scope;
	int64_t service, check; /* 0: any */
	store_each_interval *each;
	void *ctx;
	struct store_cells cells;
	struct arena *arena; /* of one row's evidence */
};

static bool touches(const struct store_scope *scope, const struct store_cell *cell)
{
	if (!scope->from && !scope->until)
		return true;
	return (!scope->until || cell->from <= scope->until) &&
	       (!cell->until || cell->until >= scope->from);
}

static bool wanted(const struct question *ask, const struct store_cell *cell)
{
	const struct store_scope *scope = ask->scope;

	return (!ask->check || cell->check == ask->check) && (!scope->open || !cell->until) &&
	       (!scope->gaps || (cell->required && cell->status == STATUS_GAP)) &&
	       touches(scope, cell);
}

static struct cause give_cause(struct store *store, const struct store_cause *cause)
{
	struct cause out = {0};

	if (cause->kind == CAUSE_COMMIT && !store_commit_get(store, cause->commit, &out))
		return (struct cause){0};
	out.kind = cause->kind;
	out.among = cause->among;
	return out;
}

static void give(struct question *ask, const char *service, const struct store_cell *cell,
		 enum interval_origin origin)
{
	struct interval interval = {
	    .service = service,
	    .check = store_name(ask->store, cell->check),
	    .status = cell->status,
	    .code = cell->code,
	    .required = cell->required,
	    .at_least = cell->at_least,
	    .tier = cell->tier,
	    .from = cell->from,
	    .until = cell->until,
	    .opened = give_cause(ask->store, &cell->opened),
	    .closed = give_cause(ask->store, &cell->closed),
	    .owner = store_name(ask->store, cell->owner),
	    .evidence = cell->evidence
			    ? arena_memdup0(ask->arena, cell->evidence, cell->evidence_len)
			    : NULL,
	};

	if (interval.check)
		ask->each(ask->ctx, &interval, origin);
}

/* Columns service, cells. */
static int give_rows(struct question *ask, sqlite3_stmt *stmt, enum interval_origin origin,
		     struct err *err)
{
	int rc;

	if (!stmt)
		return -1;
	if (ask->service)
		sqlite3_bind_int64(stmt, 1, ask->service);
	while (store_step(ask->store, stmt, &rc, err)) {
		const char *service = store_service_name(ask->store, sqlite3_column_int64(stmt, 0));
		const void *bytes = sqlite3_column_blob(stmt, 1);

		ask->cells.count = 0;
		if (!service)
			continue;
		store_cells_decode(&ask->cells, bytes, (size_t)sqlite3_column_bytes(stmt, 1));
		ask->arena = arena_new();
		for (size_t i = 0; i < ask->cells.count; i++)
			if (wanted(ask, &ask->cells.cells[i]))
				give(ask, service, &ask->cells.cells[i], origin);
		arena_free(ask->arena);
	}
	sqlite3_reset(stmt);
	return rc;
}

static int give_all(struct question *ask, struct err *err)
{
	struct store *store = ask->store;
	bool one = ask->service;
	int result = give_rows(ask,
			       store_sql(store,
					 one ? "SELECT service, cells FROM past WHERE service = ?1"
					     : "SELECT service, cells FROM past",
					 err),
			       INTERVAL_GIT, err);

	if (!result && !ask->scope->open)
		result =
		    give_rows(ask,
			      store_sql(store,
					one ? "SELECT service, cells FROM closed WHERE service = ?1"
					    : "SELECT service, cells FROM closed",
					err),
			      INTERVAL_SEEN, err);
	if (!result)
		result =
		    give_rows(ask,
			      store_sql(store,
					one ? "SELECT service, cells FROM open WHERE service = ?1"
					    : "SELECT service, cells FROM open",
					err),
			      INTERVAL_SEEN, err);
	return result;
}

/* The ids of names that are asked for. 1: there are none, so nothing is to be given. */
static int find_names(struct store *store, const struct store_scope *scope, struct question *ask,
		      struct err *err)
{
	if (scope->service) {
		ask->service = store_service_find(store, scope->service, err);
		if (ask->service <= 0)
			return ask->service < 0 ? -1 : 1;
	}
	if (!scope->check)
		return 0;
	ask->check = store_name_find(store, scope->check, err);
	return ask->check < 0 ? -1 : !ask->check;
}

int store_intervals(struct store *store, const struct store_scope *scope, store_each_interval *each,
		    void *ctx, struct err *err)
{
	struct question ask = {.store = store, .scope = scope, .each = each, .ctx = ctx};
	int result;

	/* Others may have written names since. */
	if (!store->open)
		store_names_forget(store);
	if (store->open && store_write_open(store, err) < 0)
		return -1;
	result = find_names(store, scope, &ask, err);
	if (result)
		return result < 0 ? -1 : 0;
	if (!ask.service)
		store_names_load(store);
	result = give_all(&ask, err);
	free(ask.cells.cells);
	/* All of them are much, and seldom needed. */
	if (!ask.service)
		store_names_forget(store);
	return result;
}
