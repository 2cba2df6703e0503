/*
 * Several fleets in one file. A service is known by its name and by the roots of whoever found it,
 * so that one of the same name below other roots is another one: the dictionary has "name\nID",
 * with the fleet's number. Roots of which some lie below the other's are of one fleet.
 */

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/store_internal.h"

enum { MAX_FLEETS = 100000 };

void store_fleets_init(struct store *store, const char *const *roots, size_t count)
{
	struct store_fleets *fleets = &store->fleets;
	struct buf text = {0};

	fleets->roots = xcalloc(count + 1, sizeof(*fleets->roots));
	for (size_t i = 0; i < count; i++) {
		fleets->roots[i] = xstrdup(roots[i]);
		buf_addf(&text, "%s%s", i ? "\n" : "", roots[i]);
	}
	fleets->root_count = count;
	fleets->text = buf_detach(&text);
}

void store_fleets_free(struct store *store)
{
	struct store_fleets *fleets = &store->fleets;

	for (size_t i = 0; i < fleets->root_count; i++)
		free(fleets->roots[i]);
	free(fleets->roots);
	free(fleets->text);
	free(fleets->ids);
	*fleets = (struct store_fleets){0};
}

void store_fleets_forget(struct store *store)
{
	store->fleets.count = 0;
	store->fleets.home = 0;
	store->fleets.read = false;
}

static bool all_below(const char *const *paths, size_t path_count, const char *const *roots,
		      size_t count)
{
	for (size_t i = 0; i < path_count; i++)
		if (!store_below(paths[i], roots, count))
			return false;
	return true;
}

static bool any_below(const char *const *paths, size_t path_count, const char *const *roots,
		      size_t count)
{
	for (size_t i = 0; i < path_count; i++)
		if (store_below(paths[i], roots, count))
			return true;
	return false;
}

/* A fleet of the file: is it ours, has it all of ours, has it to do with us at all? */
static void judge(struct store_fleets *fleets, int64_t id, const char *text, bool *is_home)
{
	const char *const *ours = (const char *const *)fleets->roots;
	char *copy = xstrdup(text), *save = NULL;
	const char **theirs = NULL;
	size_t count = 0, cap = 0;
	bool same = !strcmp(text, fleets->text), has_ours, related;

	for (char *root = strtok_r(copy, "\n", &save); root; root = strtok_r(NULL, "\n", &save)) {
		GROW(theirs, count, cap);
		theirs[count++] = root;
	}
	has_ours =
	    count && fleets->root_count && all_below(ours, fleets->root_count, theirs, count);
	same |= has_ours && all_below(theirs, count, ours, fleets->root_count);
	related = same || !fleets->root_count ||
		  (count && (any_below(ours, fleets->root_count, theirs, count) ||
			     any_below(theirs, count, ours, fleets->root_count)));
	if (related) {
		GROW(fleets->ids, fleets->count, fleets->cap);
		fleets->ids[fleets->count++] = id;
	}
	if ((same && !*is_home) || (has_ours && !fleets->home))
		fleets->home = id;
	*is_home |= same;
	free(theirs);
	free(copy);
}

static struct store_fleets *fleets_of(struct store *store)
{
	struct store_fleets *fleets = &store->fleets;
	sqlite3_stmt *stmt;
	bool is_home = false;
	int code;

	if (fleets->read)
		return fleets;
	fleets->read = true;
	stmt = store_sql(store, "SELECT id, roots FROM fleet ORDER BY id LIMIT ?1", NULL);
	if (!stmt)
		return fleets;
	sqlite3_bind_int64(stmt, 1, MAX_FLEETS);
	while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
		const char *text = store_column_text(stmt, 1);
		int64_t id = sqlite3_column_int64(stmt, 0);

		if (text && id > 0)
			judge(fleets, id, text, &is_home);
	}
	sqlite3_reset(stmt);
	if (code != SQLITE_DONE)
		store_fleets_forget(store);
	return fleets;
}

/* The fleet of services that are new. 0: of whoever asks; -1: err. */
static int64_t home_of(struct store *store, struct err *err)
{
	static const char sql[] = "INSERT INTO fleet(roots) VALUES(?1) ON CONFLICT(roots) "
				  "DO UPDATE SET roots = ?1 RETURNING id";
	struct store_fleets *fleets = fleets_of(store);
	sqlite3_stmt *stmt;
	int64_t id = 0;
	int rc;

	if (fleets->home || !fleets->root_count)
		return fleets->home;
	stmt = store_sql(store, sql, err);
	if (!stmt)
		return -1;
	store_bind_text(stmt, 1, fleets->text);
	while (store_step(store, stmt, &rc, err))
		id = sqlite3_column_int64(stmt, 0);
	sqlite3_reset(stmt);
	if (rc < 0)
		return -1;
	GROW(fleets->ids, fleets->count, fleets->cap);
	fleets->ids[fleets->count++] = id;
	fleets->home = id;
	return id;
}

static int64_t find_in(struct store *store, const char *name, int64_t fleet, struct err *err)
{
	char *key = fleet ? xasprintf("%s\n%lld", name, (long long)fleet) : NULL;
	int64_t id = store_name_find(store, key ? key : name, err);

	free(key);
	return id;
}

int64_t store_service_find(struct store *store, const char *name, struct err *err)
{
	struct store_fleets *fleets = fleets_of(store);
	int64_t id = fleets->home ? find_in(store, name, fleets->home, err) : 0;

	for (size_t i = 0; !id && i < fleets->count; i++)
		if (fleets->ids[i] != fleets->home)
			id = find_in(store, name, fleets->ids[i], err);
	return id ? id : find_in(store, name, 0, err);
}

int64_t store_service_id(struct store *store, const char *name, struct err *err)
{
	int64_t id = name ? store_service_find(store, name, err) : 0, fleet;
	char *key;

	if (id || !name)
		return id;
	fleet = home_of(store, err);
	if (fleet <= 0)
		return fleet < 0 ? -1 : store_name_id(store, name, err);
	key = xasprintf("%s\n%lld", name, (long long)fleet);
	id = store_name_id(store, key, err);
	free(key);
	return id;
}

size_t store_service_name_len(struct store *store, const char *key)
{
	const struct store_fleets *fleets = fleets_of(store);
	size_t len = strlen(key);
	const char *end = memrchr(key, '\n', len);
	long long fleet;
	char *stop;

	if (!end)
		return len;
	fleet = strtoll(end + 1, &stop, 10);
	for (size_t i = 0; !*stop && i < fleets->count; i++)
		if (fleets->ids[i] == fleet)
			return (size_t)(end - key);
	return SIZE_MAX;
}
