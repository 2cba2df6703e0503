#include "tests/support/storedir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "tests/support/gitfix.h"

int storedir_set_up(void **state)
{
	struct storedir *dir = xcalloc(1, sizeof(*dir));

	dir->dir = gitfix_tmp();
	dir->path = xasprintf("%s/state/svctop.db", dir->dir);
	/* The machine's own temporary folder may be on anything. */
	dir->setup.network = NETWORK_NO;
	*state = dir;
	return 0;
}

int storedir_tear_down(void **state)
{
	struct storedir *dir = *state;

	store_close(dir->store);
	gitfix_rmtree(dir->dir);
	err_clear(&dir->err);
	free(dir->dir);
	free(dir->path);
	free(dir);
	return 0;
}

struct store *storedir_try(struct storedir *dir, enum store_access access)
{
	const struct store_options options = {.url = dir->path,
					      .access = access,
					      .command = "svctop of the test",
					      .covers = "roots: /r\nchecklist: d",
					      .version = dir->version ? dir->version : "0.1.0",
					      .now = STOREDIR_NOW,
					      .roots = &dir->root,
					      .root_count = dir->root ? 1 : 0};

	err_clear(&dir->err);
	return store_open_with(&options, &dir->setup, &dir->err);
}

struct store *storedir_open(struct storedir *dir, enum store_access access)
{
	assert_null(dir->store);
	dir->store = storedir_try(dir, access);
	if (!dir->store)
		fail_msg("%s (%s)", dir->err.what ? dir->err.what : "nothing there",
			 dir->err.fix ? dir->err.fix : "");
	return dir->store;
}

struct store *storedir_again(struct storedir *dir, enum store_access access)
{
	store_close(dir->store);
	dir->store = NULL;
	return storedir_open(dir, access);
}

static sqlite3 *past_it(const struct storedir *dir)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open_v2(dir->path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	return db;
}

void storedir_check(const struct storedir *dir)
{
	sqlite3 *db = past_it(dir);
	sqlite3_stmt *stmt;

	assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &stmt, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	assert_string_equal((const char *)sqlite3_column_text(stmt, 0), "ok");
	sqlite3_finalize(stmt);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

void storedir_sql(const struct storedir *dir, const char *sql)
{
	sqlite3 *db = past_it(dir);
	char *message = NULL;

	if (sqlite3_exec(db, sql, NULL, NULL, &message))
		fail_msg("%s: %s", sql, message);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

int64_t storedir_number(const struct storedir *dir, const char *sql)
{
	sqlite3 *db = past_it(dir);
	sqlite3_stmt *stmt;
	int64_t number;

	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	number = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	return number;
}
