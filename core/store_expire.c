/* What nobody asks for any more. */

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/store_internal.h"

enum { GIVE_BACK_PAGES = 1024 }; /* to the file system, at a time */

static int delete_before(struct store *store, const char *sql, int64_t before, struct err *err)
{
	sqlite3_stmt *stmt = store_sql(store, sql, err);

	if (!stmt)
		return -1;
	sqlite3_bind_int64(stmt, 1, before);
	return store_run(store, stmt, err);
}

int store_expire(struct store *store, int64_t before, struct err *err)
{
	static const char *const old[] = {
	    "DELETE FROM closed WHERE ended < ?1",
	    "DELETE FROM day WHERE day < ?1",
	    "DELETE FROM checkout WHERE scanned_with IS NULL AND dropped_at < ?1",
	};
	bool own;
	int result = 0;

	if (store_enter(store, STORE_WRITER_ONLY, &own, err) < 0)
		return -1;
	for (size_t i = 0; !result && i < ARRAY_LEN(old); i++)
		result = delete_before(store, old[i], before, err);
	result = store_leave(store, own, result, err);
	if (!result && own) {
		char *sql = xasprintf("PRAGMA incremental_vacuum(%d)", GIVE_BACK_PAGES);

		/* It is a courtesy. */
		sqlite3_exec(store->db, sql, NULL, NULL, NULL);
		free(sql);
	}
	return result;
}
