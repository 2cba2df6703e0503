/* What sources said last, and statements made in svctop. */

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/store_internal.h"

static int run_with(struct store *store, const char *sql, const char *first, const char *second,
		    struct err *err)
{
	sqlite3_stmt *stmt = store_sql(store, sql, err);

	if (!stmt)
		return -1;
	store_bind_text(stmt, 1, first);
	store_bind_text(stmt, 2, second);
	return store_run(store, stmt, err);
}

/* ---- topics ---- */

static int touch_topic(struct store *store, const struct topic_report *report, struct err *err)
{
	sqlite3_stmt *stmt =
	    store_sql(store, "UPDATE topic SET at = ?3 WHERE source = ?1 AND topic = ?2", err);

	if (!stmt)
		return -1;
	store_bind_text(stmt, 1, report->source);
	store_bind_text(stmt, 2, report->topic);
	sqlite3_bind_int64(stmt, 3, report->at);
	return store_run(store, stmt, err);
}

static int replace_topic(struct store *store, const struct topic_report *report, struct err *err)
{
	sqlite3_stmt *stmt = store_sql(store,
				       "INSERT INTO topic(source, topic, at, packed) "
				       "VALUES(?1, ?2, ?3, ?4) ON CONFLICT(source, topic) DO "
				       "UPDATE SET at = ?3, packed = ?4",
				       err);
	struct buf bytes = {0}, packed = {0};
	int result;

	if (!stmt)
		return -1;
	topic_report_encode(report, &bytes);
	if (bytes.len > STORE_MAX_BYTES) {
		buf_free(&bytes);
		return 0;
	}
	store_pack(store, bytes.data, bytes.len, &packed);
	store_bind_text(stmt, 1, report->source);
	store_bind_text(stmt, 2, report->topic);
	sqlite3_bind_int64(stmt, 3, report->at);
	sqlite3_bind_blob64(stmt, 4, packed.data, packed.len, SQLITE_STATIC);
	result = store_run(store, stmt, err);
	buf_free(&bytes);
	buf_free(&packed);
	return result;
}

int store_put_topic(struct store *store, const struct topic_report *report, struct err *err)
{
	bool own, good = report->failure == FAILURE_NONE || report->failure == FAILURE_ABSENT;
	int result;

	/* A failure leaves the last good answer as it is; it is found out anew. */
	if (!report->gone && (!good || !report->at))
		return 0;
	if (store_enter(store, STORE_WRITER_ONLY, &own, err) < 0)
		return -1;
	result = report->gone
		     ? run_with(store, "DELETE FROM topic WHERE source = ?1 AND topic = ?2",
				report->source, report->topic, err)
		 : report->unchanged ? touch_topic(store, report, err)
				     : replace_topic(store, report, err);
	store_next_sequence(store);
	return store_leave(store, own, result, err);
}

int store_drop_source(struct store *store, const char *source, struct err *err)
{
	bool own;
	int result;

	if (store_enter(store, STORE_WRITER_ONLY, &own, err) < 0)
		return -1;
	result = run_with(store, "DELETE FROM topic WHERE source = ?1", source, NULL, err);
	if (!result)
		result = run_with(store, "DELETE FROM source WHERE name = ?1", source, NULL, err);
	store_next_sequence(store);
	return store_leave(store, own, result, err);
}

static bool read_topic(struct store *store, sqlite3_stmt *stmt, struct buf *bytes,
		       struct arena *arena, struct topic_report *out)
{
	const char *source = store_column_text(stmt, 0), *topic = store_column_text(stmt, 1);
	const void *packed = sqlite3_column_blob(stmt, 3);

	if (!source || !topic ||
	    !store_unpack(store, packed, (size_t)sqlite3_column_bytes(stmt, 3), bytes) ||
	    !topic_report_decode(out, bytes->data, bytes->len, arena))
		return false;
	out->at = sqlite3_column_int64(stmt, 2);
	return out->at > 0 && !out->gone && !out->unchanged && !strcmp(out->source, source) &&
	       !strcmp(out->topic, topic) &&
	       (out->failure == FAILURE_NONE || out->failure == FAILURE_ABSENT);
}

int store_topics(struct store *store, store_each_topic *each, void *ctx, struct err *err)
{
	sqlite3_stmt *stmt = store_sql(
	    store, "SELECT source, topic, at, packed FROM topic ORDER BY source, topic", err);
	struct buf bytes = {0};
	int rc;

	if (!stmt)
		return -1;
	while (store_step(store, stmt, &rc, err)) {
		struct arena *arena = arena_new();
		struct topic_report report;

		if (read_topic(store, stmt, &bytes, arena, &report))
			each(ctx, &report);
		arena_free(arena);
	}
	sqlite3_reset(stmt);
	buf_free(&bytes);
	return rc;
}

/* ---- sources ---- */

int store_put_status(struct store *store, const struct source_status *status, struct err *err)
{
	sqlite3_stmt *stmt;
	struct buf bytes = {0}, packed = {0};
	bool own;
	int result = -1;

	if (store_enter(store, STORE_WRITER_ONLY, &own, err) < 0)
		return -1;
	stmt = store_sql(store, "INSERT OR REPLACE INTO source(name, packed) VALUES(?1, ?2)", err);
	if (stmt) {
		source_status_encode(status, &bytes);
		store_pack(store, bytes.data, bytes.len, &packed);
		store_bind_text(stmt, 1, status->source);
		sqlite3_bind_blob64(stmt, 2, packed.data, packed.len, SQLITE_STATIC);
		result = store_run(store, stmt, err);
	}
	buf_free(&bytes);
	buf_free(&packed);
	store_next_sequence(store);
	return store_leave(store, own, result, err);
}

int store_statuses(struct store *store, store_each_status *each, void *ctx, struct err *err)
{
	sqlite3_stmt *stmt = store_sql(store, "SELECT name, packed FROM source ORDER BY name", err);
	struct buf bytes = {0};
	int rc;

	if (!stmt)
		return -1;
	while (store_step(store, stmt, &rc, err)) {
		struct arena *arena = arena_new();
		const char *name = store_column_text(stmt, 0);
		const void *packed = sqlite3_column_blob(stmt, 1);
		struct source_status status;

		if (name &&
		    store_unpack(store, packed, (size_t)sqlite3_column_bytes(stmt, 1), &bytes) &&
		    source_status_decode(&status, bytes.data, bytes.len, arena) &&
		    !strcmp(status.source, name))
			each(ctx, &status);
		arena_free(arena);
	}
	sqlite3_reset(stmt);
	buf_free(&bytes);
	return rc;
}

/* ---- statements ---- */

int store_put_statement(struct store *store, const char *service, enum statement_kind kind,
			const struct statement *statement, struct err *err)
{
	static const char sql[] =
	    "INSERT OR REPLACE INTO statement(service, kind, item, by, reason,"
	    " link, date, until, path, line)"
	    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
	sqlite3_stmt *stmt;
	bool own;
	int result = -1;

	if (store_enter(store, STORE_ANY_WRITER, &own, err) < 0)
		return -1;
	stmt = store_sql(store, sql, err);
	if (stmt) {
		store_bind_text(stmt, 1, service);
		sqlite3_bind_int64(stmt, 2, kind);
		store_bind_text(stmt, 3, statement->check);
		store_bind_text(stmt, 4, statement->by);
		store_bind_text(stmt, 5, statement->reason);
		store_bind_text(stmt, 6, statement->link);
		sqlite3_bind_int64(stmt, 7, statement->date);
		sqlite3_bind_int64(stmt, 8, statement->until);
		store_bind_text(stmt, 9, statement->at.path);
		sqlite3_bind_int64(stmt, 10, statement->at.line);
		result = store_run(store, stmt, err);
	}
	return store_leave(store, own, result, err);
}

int store_drop_statement(struct store *store, const char *service, enum statement_kind kind,
			 const char *check, struct err *err)
{
	sqlite3_stmt *stmt;
	bool own;
	int result = -1;

	if (store_enter(store, STORE_ANY_WRITER, &own, err) < 0)
		return -1;
	stmt = store_sql(
	    store, "DELETE FROM statement WHERE service = ?1 AND kind = ?2 AND item = ?3", err);
	if (stmt) {
		store_bind_text(stmt, 1, service);
		sqlite3_bind_int64(stmt, 2, kind);
		store_bind_text(stmt, 3, check);
		result = store_run(store, stmt, err);
	}
	return store_leave(store, own, result, err);
}

bool store_read_statement(sqlite3_stmt *stmt, const char **service, enum statement_kind *kind,
			  struct statement *out)
{
	int64_t number = sqlite3_column_int64(stmt, 1), line = sqlite3_column_int64(stmt, 9);

	*service = store_column_text(stmt, 0);
	*out = (struct statement){
	    .check = store_column_text(stmt, 2),
	    .by = store_column_text(stmt, 3),
	    .reason = store_column_text(stmt, 4),
	    .link = store_column_text(stmt, 5),
	    .date = sqlite3_column_int64(stmt, 6),
	    .until = sqlite3_column_int64(stmt, 7),
	    .at = {store_column_text(stmt, 8), line > 0 && line < UINT32_MAX ? (uint32_t)line : 0},
	};
	*kind = (enum statement_kind)number;
	return *service && out->check && number >= 0 && number <= STATEMENT_NOT_APPLICABLE;
}

int store_statements(struct store *store, store_each_statement *each, void *ctx, struct err *err)
{
	sqlite3_stmt *stmt =
	    store_sql(store, STORE_SELECT_STATEMENTS " ORDER BY service, kind, item", err);
	int rc;

	if (!stmt)
		return -1;
	while (store_step(store, stmt, &rc, err)) {
		struct statement statement;
		enum statement_kind kind;
		const char *service;

		if (store_read_statement(stmt, &service, &kind, &statement))
			each(ctx, service, kind, &statement);
	}
	sqlite3_reset(stmt);
	return rc;
}
