/* What a report of a bug needs to know of the store; nothing of what is in it. */

#include <sys/stat.h>
#include <sys/vfs.h>

#include "core/store_internal.h"

static void add_pragma(const struct store *store, const char *name, const char *sql,
		       struct buf *out)
{
	sqlite3_stmt *stmt;

	if (sqlite3_prepare_v2(store->db, sql, -1, &stmt, NULL))
		return;
	if (sqlite3_step(stmt) == SQLITE_ROW)
		buf_addf(out, "%s: %s\n", name, (const char *)sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
}

static long long size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? -1 : (long long)st.st_size;
}

void store_describe(const struct store *store, struct buf *out)
{
	struct store_writer writer = {0};
	char *log = sqlite3_mprintf("%s-wal", store->path);
	struct statfs fs;

	buf_addf(out, "path: %s\n", store->path);
	add_pragma(store, "layout", "PRAGMA user_version", out);
	add_pragma(store, "journal", "PRAGMA journal_mode", out);
	buf_addf(out, "size: %lld bytes, log %lld\n", size_of(store->path), size_of(log));
	if (!statfs(store->folder, &fs))
		buf_addf(out, "file system: %#llx%s\n", (unsigned long long)fs.f_type,
			 store->network ? ", of a network" : "");
	store_writer(store, &writer);
	if (writer.pid)
		buf_addf(out, "writer: %s, process %lld\n",
			 writer.command ? writer.command : "not known", (long long)writer.pid);
	else
		buf_adds(out, "writer: nobody\n");
	buf_addf(out, "SQLite %s\n", sqlite3_libversion());
	sqlite3_free(log);
}
