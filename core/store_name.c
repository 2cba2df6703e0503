/* Dictionaries: names of services, checks, owners, people; commits. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/store_internal.h"

/* By id: open addressing, cap a power of two. */
struct table {
	struct entry {
		int64_t id; /* 0: free */
		void *value;
	} * entries;
	size_t count, cap;
};

/* What was looked up since the last begin that found something changed by others. */
struct store_names {
	struct arena *arena;
	struct strmap *ids;    /* name -> int64_t */
	struct table texts;    /* char */
	struct table commits;  /* struct cause */
	struct table services; /* char, of keys of services; elsewhere: of another fleet */
};

/* Ids count up, in a file of ours; in another's they may be anything. */
static size_t slot_of(const struct table *table, int64_t id)
{
	uint64_t hash = (uint64_t)id * UINT64_C(0x9e3779b97f4a7c15);
	size_t slot = (size_t)(hash >> 32) & (table->cap - 1);

	while (table->entries[slot].id && table->entries[slot].id != id)
		slot = (slot + 1) & (table->cap - 1);
	return slot;
}

static void *table_get(const struct table *table, int64_t id)
{
	return table->cap ? table->entries[slot_of(table, id)].value : NULL;
}

static void table_put(struct table *table, int64_t id, void *value)
{
	struct entry *entry;

	if (table->count + table->count / 2 >= table->cap) {
		struct table old = *table;

		table->cap = old.cap ? old.cap * 2 : 256;
		table->entries = xcalloc(table->cap, sizeof(*table->entries));
		for (size_t i = 0; i < old.cap; i++)
			if (old.entries[i].id)
				table->entries[slot_of(table, old.entries[i].id)] = old.entries[i];
		free(old.entries);
	}
	entry = &table->entries[slot_of(table, id)];
	table->count += !entry->id;
	*entry = (struct entry){id, value};
}

static struct store_names *names(struct store *store)
{
	if (!store->names) {
		store->names = xcalloc(1, sizeof(*store->names));
		store->names->arena = arena_new();
		store->names->ids = strmap_new();
	}
	return store->names;
}

void store_names_forget(struct store *store)
{
	if (!store->names)
		return;
	strmap_free(store->names->ids);
	arena_free(store->names->arena);
	free(store->names->texts.entries);
	free(store->names->commits.entries);
	free(store->names->services.entries);
	free(store->names);
	store->names = NULL;
}

static const char *remember_name(struct store_names *all, int64_t id, const char *text)
{
	char *known = table_get(&all->texts, id);

	if (!known) {
		known = arena_strdup(all->arena, text);
		table_put(&all->texts, id, known);
	}
	return known;
}

static void remember_id(struct store_names *all, const char *text, int64_t id)
{
	int64_t *value = arena_alloc(all->arena, sizeof(*value));

	*value = id;
	strmap_put(all->ids, text, value);
}

int64_t store_name_find(struct store *store, const char *name, struct err *err)
{
	struct store_names *all = names(store);
	int64_t *known = strmap_get(all->ids, name), id = 0;
	sqlite3_stmt *stmt;
	int rc;

	if (known)
		return *known;
	stmt = store_sql(store, "SELECT id FROM name WHERE text = ?1", err);
	if (!stmt)
		return -1;
	store_bind_text(stmt, 1, name);
	if (store_step(store, stmt, &rc, err))
		id = sqlite3_column_int64(stmt, 0);
	sqlite3_reset(stmt);
	if (rc < 0)
		return -1;
	if (id > 0)
		remember_id(all, remember_name(all, id, name), id);
	return id > 0 ? id : 0;
}

int64_t store_name_id(struct store *store, const char *name, struct err *err)
{
	int64_t id = name ? store_name_find(store, name, err) : 0;
	struct store_names *all = names(store);
	sqlite3_stmt *stmt;

	if (id || !name)
		return id;
	stmt = store_sql(store, "INSERT INTO name(text) VALUES(?1)", err);
	if (!stmt)
		return -1;
	store_bind_text(stmt, 1, name);
	if (store_run(store, stmt, err) < 0)
		return -1;
	id = sqlite3_last_insert_rowid(store->db);
	if (id <= 0)
		return store_fail(store, SQLITE_CORRUPT, err);
	remember_id(all, remember_name(all, id, name), id);
	return id;
}

const char *store_name(struct store *store, int64_t id)
{
	struct store_names *all = names(store);
	const char *text = NULL;
	sqlite3_stmt *stmt;

	if (id <= 0)
		return NULL;
	text = table_get(&all->texts, id);
	if (text)
		return text;
	stmt = store_sql(store, "SELECT text FROM name WHERE id = ?1", NULL);
	if (!stmt)
		return NULL;
	sqlite3_bind_int64(stmt, 1, id);
	if (sqlite3_step(stmt) == SQLITE_ROW)
		text = store_column_text(stmt, 0);
	if (text)
		text = remember_name(all, id, text);
	sqlite3_reset(stmt);
	return text;
}

const char *store_service_name(struct store *store, int64_t id)
{
	struct store_names *all = names(store);
	void *elsewhere = all; /* a mark */
	char *name = table_get(&all->services, id);
	const char *key;
	size_t len;

	if (name)
		return name != elsewhere ? name : NULL;
	key = store_name(store, id);
	if (!key)
		return NULL;
	len = store_service_name_len(store, key);
	name = len == SIZE_MAX ? elsewhere : arena_memdup0(all->arena, key, len);
	table_put(&all->services, id, name);
	return name != elsewhere ? name : NULL;
}

/* ---- commits ---- */

static void remember_commit(struct store_names *all, int64_t id, const struct cause *cause)
{
	struct cause *copy = arena_alloc(all->arena, sizeof(*copy));

	*copy = *cause;
	table_put(&all->commits, id, copy);
}

/* Columns hash, checkout, author, subject, time from first on. */
static void read_commit(struct store *store, sqlite3_stmt *stmt, int first, struct cause *out)
{
	struct arena *arena = names(store)->arena;
	const unsigned char *hash = sqlite3_column_blob(stmt, first);
	int len = hash ? sqlite3_column_bytes(stmt, first) : 0;
	char *hex = arena_alloc(arena, 65);

	for (int i = 0; i < len && i < 32; i++)
		snprintf(hex + (ptrdiff_t)i * 2, 3, "%02x", hash[i]);
	*out = (struct cause){
	    .kind = CAUSE_COMMIT,
	    .hash = hex,
	    .checkout = store_name(store, sqlite3_column_int64(stmt, first + 1)),
	    .author = store_name(store, sqlite3_column_int64(stmt, first + 2)),
	    .subject = arena_strdup(arena, store_column_text(stmt, first + 3)),
	    .time = sqlite3_column_int64(stmt, first + 4),
	};
}

bool store_commit_get(struct store *store, int64_t id, struct cause *out)
{
	struct store_names *all = names(store);
	const struct cause *known = id > 0 ? table_get(&all->commits, id) : NULL;
	sqlite3_stmt *stmt;
	bool found;

	if (known) {
		*out = *known;
		return true;
	}
	stmt = id > 0 ? store_sql(store,
				  "SELECT hash, checkout, author, subject, time FROM revision "
				  "WHERE id = ?1",
				  NULL)
		      : NULL;
	if (!stmt)
		return false;
	sqlite3_bind_int64(stmt, 1, id);
	found = sqlite3_step(stmt) == SQLITE_ROW;
	if (found) {
		read_commit(store, stmt, 0, out);
		remember_commit(all, id, out);
	}
	sqlite3_reset(stmt);
	return found;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* 20 or 32 bytes; 0: not an id of git's. */
static int read_hash(const char *hex, unsigned char out[32])
{
	size_t len = hex ? strlen(hex) : 0;

	if (len != 40 && len != 64)
		return 0;
	for (size_t i = 0; i < len; i += 2) {
		int high = hex_digit(hex[i]), low = hex_digit(hex[i + 1]);

		if (high < 0 || low < 0)
			return 0;
		out[i / 2] = (unsigned char)(high << 4 | low);
	}
	return (int)len / 2;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static int64_t add_commit(struct store *store, const struct cause *cause, const unsigned char *hash,
			  int len, int64_t checkout, struct err *err)
{
	static const char sql[] =
	    "INSERT INTO revision(hash, checkout, author, subject, time) VALUES(?1, ?2, ?3, ?4, ?5)"
	    " ON CONFLICT(hash, checkout) DO UPDATE SET author = ?3, subject = ?4, time = ?5"
	    " RETURNING id";
	int64_t author = store_name_id(store, cause->author, err), id = -1;
	sqlite3_stmt *stmt = author < 0 ? NULL : store_sql(store, sql, err);
	int rc;

	if (!stmt)
		return -1;
	sqlite3_bind_blob(stmt, 1, hash, len, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 2, checkout);
	sqlite3_bind_int64(stmt, 3, author);
	store_bind_text(stmt, 4, cause->subject);
	sqlite3_bind_int64(stmt, 5, cause->time);
	while (store_step(store, stmt, &rc, err))
		id = sqlite3_column_int64(stmt, 0);
	sqlite3_reset(stmt);
	return rc < 0 ? -1 : id > 0 ? id : store_fail(store, SQLITE_CORRUPT, err);
}

int64_t store_commit_id(struct store *store, const struct cause *cause, struct err *err)
{
	unsigned char hash[32];
	int len = read_hash(cause->hash, hash), rc = 0;
	int64_t checkout = len ? store_name_id(store, cause->checkout, err) : 0, id = 0;
	sqlite3_stmt *stmt;
	struct cause known;

	if (!len || checkout < 0)
		return checkout;
	stmt = store_sql(store, "SELECT id FROM revision WHERE hash = ?1 AND checkout = ?2", err);
	if (!stmt)
		return -1;
	sqlite3_bind_blob(stmt, 1, hash, len, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 2, checkout);
	if (store_step(store, stmt, &rc, err))
		id = sqlite3_column_int64(stmt, 0);
	sqlite3_reset(stmt);
	if (rc < 0)
		return -1;
	if (id > 0 && store_commit_get(store, id, &known) && known.time == cause->time &&
	    same_text(known.author, cause->author) && same_text(known.subject, cause->subject))
		return id;
	id = add_commit(store, cause, hash, len, checkout, err);
	if (id > 0 && store_commit_get(store, id, &known)) {
		/* What is remembered may be what it was before: a new .mailmap. */
		struct arena *arena = names(store)->arena;

		known.author = arena_strdup(arena, cause->author);
		known.subject = arena_strdup(arena, cause->subject);
		known.time = cause->time;
		remember_commit(names(store), id, &known);
	}
	return id;
}

void store_names_load(struct store *store)
{
	struct store_names *all = names(store);
	sqlite3_stmt *stmt = store_sql(store, "SELECT id, text FROM name", NULL);

	while (stmt && sqlite3_step(stmt) == SQLITE_ROW) {
		int64_t id = sqlite3_column_int64(stmt, 0);
		const char *text = store_column_text(stmt, 1);

		if (id > 0 && text)
			remember_name(all, id, text);
	}
	sqlite3_reset(stmt);
	stmt = store_sql(store, "SELECT id, hash, checkout, author, subject, time FROM revision",
			 NULL);
	while (stmt && sqlite3_step(stmt) == SQLITE_ROW) {
		int64_t id = sqlite3_column_int64(stmt, 0);
		struct cause cause;

		if (id <= 0)
			continue;
		read_commit(store, stmt, 1, &cause);
		remember_commit(all, id, &cause);
	}
	sqlite3_reset(stmt);
}
