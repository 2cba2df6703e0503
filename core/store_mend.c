/* A file that is damaged or no database: moved aside, and what the user wrote saved from it. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/store_internal.h"

static char *mark_path(const struct store *store)
{
	return xasprintf("%s-suspect", store->path);
}

void store_suspect(const struct store *store)
{
	char *mark = mark_path(store);
	int fd = open(mark, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd >= 0)
		close(fd);
	free(mark);
}

bool store_suspected(const struct store *store)
{
	char *mark = mark_path(store);
	bool is = !access(mark, F_OK);

	free(mark);
	return is;
}

static void forget_suspicion(const struct store *store)
{
	char *mark = mark_path(store);

	(void)unlink(mark);
	free(mark);
}

/* One for each table, with all columns that we ask for. */
static const char *const questions[] = {
    "SELECT name, value FROM meta",
    "SELECT id, path, resolved, scanned_with, scanned_at, sequence, dropped_at FROM checkout",
    "SELECT checkout, packed FROM facts",
    "SELECT id, roots FROM fleet",
    "SELECT name, checkout, row FROM service",
    "SELECT id, text FROM name",
    "SELECT id, hash, checkout, author, subject, time FROM revision",
    "SELECT service, cells FROM open",
    "SELECT service, ended, began, item, cells FROM closed",
    "SELECT service, roots, cells FROM past",
    "SELECT scope, day, services, open, tier0, tier1, tier2, tier3, tier4, opened, closed FROM day",
    "SELECT source, topic, at, packed FROM topic",
    "SELECT name, packed FROM source",
    "SELECT service, kind, item, by, reason, link, date, until, path, line FROM statement",
};

bool store_is_whole(struct store *store)
{
	sqlite3_stmt *stmt;
	bool whole;

	if (sqlite3_prepare_v2(store->db, "PRAGMA integrity_check(1)", -1, &stmt, NULL))
		return false;
	whole = sqlite3_step(stmt) == SQLITE_ROW &&
		!strcmp((const char *)sqlite3_column_text(stmt, 0), "ok");
	sqlite3_finalize(stmt);
	for (size_t i = 0; whole && i < ARRAY_LEN(questions); i++) {
		whole = !sqlite3_prepare_v2(store->db, questions[i], -1, &stmt, NULL);
		sqlite3_finalize(stmt);
	}
	if (whole)
		forget_suspicion(store);
	return whole;
}

/* ---- moving aside ---- */

/* Renames, but never over something. 0, or an errno. */
static int rename_to_new(const char *from, const char *to)
{
	struct stat st;

	if (!renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE))
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return errno;
	/* A file system that cannot: the gate keeps other svctops away between the two. */
	if (!lstat(to, &st))
		return EEXIST;
	return rename(from, to) ? errno : 0;
}

static void take_along(const char *from, const char *to, const char *end)
{
	char *old = xasprintf("%s%s", from, end), *new = xasprintf("%s%s", to, end);

	if (rename_to_new(old, new))
		(void)unlink(old); /* nobody else's may stay beside the new file */
	free(old);
	free(new);
}

/* A name with the date, and a number where that is taken. */
static char *aside_name(const struct store *store, unsigned number)
{
	char date[32] = "unknown-date";
	time_t now = (time_t)store->now;
	struct tm tm;

	if (gmtime_r(&now, &tm))
		strftime(date, sizeof(date), "%Y-%m-%d", &tm);
	return number > 1 ? xasprintf("%s.damaged-%s-%u", store->path, date, number)
			  : xasprintf("%s.damaged-%s", store->path, date);
}

char *store_move_aside(struct store *store, struct err *err)
{
	int error = EEXIST;
	char *aside = NULL;

	for (unsigned number = 1; error == EEXIST && number < 1000; number++) {
		free(aside);
		aside = aside_name(store, number);
		error = rename_to_new(store->path, aside);
	}
	if (error) {
		err_set(err, store->path, "move it away, or choose another place with --store PATH",
			"nothing is kept in this run: the store is damaged, and cannot be moved "
			"aside: %s",
			strerror(error));
		free(aside);
		return NULL;
	}
	take_along(store->path, aside, "-wal");
	take_along(store->path, aside, "-journal");
	{
		char *shm = xasprintf("%s-shm", store->path);

		(void)unlink(shm);
		free(shm);
	}
	forget_suspicion(store);
	return aside;
}

/* ---- what the user wrote ---- */

static size_t save_statements(struct store *store, sqlite3 *old)
{
	sqlite3_stmt *stmt;
	size_t saved = 0;

	if (sqlite3_prepare_v2(old, STORE_SELECT_STATEMENTS, -1, &stmt, NULL))
		return 0;
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		struct statement statement;
		enum statement_kind kind;
		const char *service;

		if (store_read_statement(stmt, &service, &kind, &statement) &&
		    !store_put_statement(store, service, kind, &statement, NULL))
			saved++;
	}
	sqlite3_finalize(stmt);
	return saved;
}

void store_salvage(struct store *store, const char *aside)
{
	sqlite3 *old = NULL;
	size_t saved = 0;

	if (!sqlite3_open_v2(aside, &old, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW,
			     store->setup.vfs)) {
		(void)sqlite3_db_config(old, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
		(void)sqlite3_db_config(old, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
		(void)sqlite3_db_config(old, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
		(void)sqlite3_db_config(old, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
		(void)sqlite3_db_config(old, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
		/* No shared memory: it may be anything. */
		sqlite3_exec(old, "PRAGMA locking_mode = EXCLUSIVE", NULL, NULL, NULL);
		if (!store_begin(store, NULL)) {
			saved = save_statements(store, old);
			if (store_commit(store, NULL))
				saved = 0;
		}
	}
	sqlite3_close(old);
	if (saved)
		store_add_notice(store,
				 "%zu waivers and attestations that were made in svctop "
				 "could be saved from it.",
				 saved);
}
