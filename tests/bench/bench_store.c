/*
 * What the store costs:
 *
 *	bench_store [SERVICES]
 *
 * CPU time (user+sys) of loading what the first frame shows, against a table with a row for each
 * finding, in the same run; bytes that one changed service writes; the size of a fleet's facts and
 * of a year of it, and the time to read both.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/fleet_recall.h"
#include "core/store_internal.h"
#include "tests/bench/libtime.h"
#include "tests/support/fakefleet.c"
#include "tests/support/faultvfs.c"

enum {
	ROUNDS = 11,
	CHECKS = 24,
	YEAR_SERVICES = 1000,
	COMMITS = 60, /* of a repository in a year that open or close a gap */
	CHANGES = 4,  /* of each finding in a year */
	OWNERS = 50,
};

static void must(int result, const char *what)
{
	if (result) {
		fprintf(stderr, "bench_store: %s\n", what);
		exit(1);
	}
}

static double mb(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : (double)st.st_size / 1e6;
}

/* ---- places ---- */

struct place {
	char folder[64], path[80];
};

static void place_new(struct place *place)
{
	const char *base = getenv("TMPDIR");

	snprintf(place->folder, sizeof(place->folder), "%.40s/svctop-bench-XXXXXX",
		 base && *base ? base : "/tmp");
	must(!mkdtemp(place->folder), "no temporary folder");
	snprintf(place->path, sizeof(place->path), "%s/svctop.db", place->folder);
}

static void place_remove(const struct place *place)
{
	static const char *const ends[] = {"", "-wal", "-shm", "-lock"};
	char name[128];

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		snprintf(name, sizeof(name), "%s%s", place->path, ends[i]);
		(void)unlink(name);
	}
	(void)rmdir(place->folder);
}

static struct store *open_store(const struct place *place)
{
	const struct store_options options = {.url = place->path,
					      .access = STORE_WRITE,
					      .command = "bench",
					      .version = "0.1.0",
					      .now = FAKE_NOW};
	const struct store_setup setup = {.vfs = faultvfs(), .network = NETWORK_NO};
	struct err err = {0};
	struct store *store = store_open_with(&options, &setup, &err);

	must(!store, err.what ? err.what : "no store");
	return store;
}

/* ---- the snapshot ---- */

static void put_services(struct store *store, const struct fleet *fleet)
{
	struct buf row = {0};

	must(store_begin(store, NULL), "begin");
	for (size_t i = 0; i < fleet_count(fleet); i++) {
		const struct service *service = fleet_at(fleet, i);

		buf_reset(&row);
		fleet_row_encode(fleet, service, &row);
		must(store_put_service(store, service->name, service->checkout->path, row.data,
				       row.len, NULL),
		     "put");
	}
	must(store_commit(store, NULL), "commit");
	buf_free(&row);
}

/* The other way: a row for each finding, by name and check. */
static void put_findings(sqlite3 *db, const struct fleet *fleet)
{
	sqlite3_stmt *stmt;

	must(sqlite3_exec(db,
			  "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;"
			  "CREATE TABLE finding(service TEXT, item INTEGER, status INTEGER, since "
			  "INTEGER, PRIMARY KEY(service, item)) STRICT, WITHOUT ROWID; BEGIN",
			  NULL, NULL, NULL),
	     "table of findings");
	must(sqlite3_prepare_v2(db, "INSERT INTO finding VALUES(?1, ?2, ?3, ?4)", -1, &stmt, NULL),
	     "insert");
	for (size_t i = 0; i < fleet_count(fleet); i++) {
		for (int check = 0; check < CHECKS; check++) {
			sqlite3_bind_text(stmt, 1, fleet_at(fleet, i)->name, -1, SQLITE_STATIC);
			sqlite3_bind_int(stmt, 2, check);
			sqlite3_bind_int(stmt, 3, (int)(i + (size_t)check) % 5);
			sqlite3_bind_int64(stmt, 4, FAKE_NOW - (int64_t)i);
			must(sqlite3_step(stmt) != SQLITE_DONE, "step");
			sqlite3_reset(stmt);
		}
	}
	sqlite3_finalize(stmt);
	must(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), "commit of findings");
}

struct sum {
	size_t rows, bytes;
};

static void sum_row(void *ctx, const char *name, const void *row, size_t len)
{
	struct sum *sum = ctx;
	const unsigned char *bytes = row;

	sum->rows++;
	sum->bytes += len + strlen(name);
	if (len)
		sum->bytes += bytes[0] & bytes[len - 1];
}

static double load_rows(const struct place *place, struct sum *sum)
{
	double start = bench_cpu_ms();
	struct store *store = open_store(place);
	const char *root = "/src";

	*sum = (struct sum){0};
	must(store_services(store, &root, 1, sum_row, sum, NULL), "services");
	start = bench_cpu_ms() - start;
	store_close(store);
	return start;
}

static double load_findings(const char *path, struct sum *sum)
{
	double start = bench_cpu_ms();
	sqlite3 *db;
	sqlite3_stmt *stmt;

	*sum = (struct sum){0};
	must(sqlite3_open(path, &db), "open of findings");
	must(sqlite3_prepare_v2(db,
				"SELECT service, item, status, since FROM finding "
				"ORDER BY service, item",
				-1, &stmt, NULL),
	     "select");
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		sum->rows++;
		sum->bytes +=
		    (size_t)sqlite3_column_bytes(stmt, 0) + (size_t)sqlite3_column_int(stmt, 1) +
		    (size_t)sqlite3_column_int(stmt, 2) + (size_t)sqlite3_column_int64(stmt, 3);
	}
	sqlite3_finalize(stmt);
	start = bench_cpu_ms() - start;
	sqlite3_close(db);
	return start;
}

static void snapshot(const struct fleet *fleet)
{
	struct place place;
	char other[128];
	double ours[ROUNDS], theirs[ROUNDS], a, b;
	struct sum rows, findings;
	struct store *store;
	sqlite3 *db;

	place_new(&place);
	store = open_store(&place);
	put_services(store, fleet);
	store_close(store);
	snprintf(other, sizeof(other), "%s/findings.db", place.folder);
	must(sqlite3_open(other, &db), "open of findings");
	put_findings(db, fleet);
	sqlite3_close(db);
	for (int i = 0; i < ROUNDS; i++) {
		ours[i] = load_rows(&place, &rows);
		theirs[i] = load_findings(other, &findings);
	}
	a = bench_median(ours, ROUNDS);
	b = bench_median(theirs, ROUNDS);
	printf(
	    "%zu rows of %.0f bytes in %.2f ms, %zu findings in %.2f ms, both with the opening\n",
	    rows.rows, (double)rows.bytes / (double)rows.rows, a, findings.rows, b);
	printf("%-56s 1/%-8.1f aim 1/10\n", "snapshot : a SELECT with a row for each finding",
	       b / a);
	(void)unlink(other);
	place_remove(&place);
}

/* ---- facts, and one service that changed ---- */

static size_t put_facts(struct store *store, const struct checklist *checklist, size_t number)
{
	struct checkout *checkout = fake_checkout(checklist, number);
	struct buf facts = {0};
	struct store_checkout row = {.path = checkout->path,
				     .resolved = "HEAD: refs/heads/main 4f2c9ab0",
				     .scanned_with = "0123456789abcdef",
				     .scanned_at = FAKE_NOW};
	size_t len;

	checkout_encode(checkout, &facts);
	row.facts = facts.data;
	row.facts_len = len = facts.len;
	must(store_put_checkout(store, &row, NULL), "put checkout");
	buf_free(&facts);
	checkout_free(checkout);
	return len;
}

static void one_change(struct store *store, const struct checklist *checklist,
		       const struct fleet *fleet)
{
	const struct service *service = fleet_at(fleet, fleet_count(fleet) / 2);
	struct interval ended = {.service = service->name,
				 .check = checklist->checks[3].id,
				 .status = STATUS_GAP,
				 .from = FAKE_NOW - 1000,
				 .until = FAKE_NOW};
	struct interval begun = {.service = service->name,
				 .check = checklist->checks[3].id,
				 .status = STATUS_PASS,
				 .from = FAKE_NOW};
	struct buf row = {0};
	uint64_t before = fault.bytes;

	fleet_row_encode(fleet, service, &row);
	must(store_begin(store, NULL), "begin");
	put_facts(store, checklist, fleet_count(fleet) / 2);
	must(store_put_service(store, service->name, service->checkout->path, row.data, row.len,
			       NULL),
	     "put service");
	must(store_put_change(store, &ended, &begun, NULL), "put change");
	must(store_commit(store, NULL), "commit");
	printf("%-56s %.0f KB\n", "one changed service (facts, row, a finding) writes",
	       (double)(fault.bytes - before) / 1e3);
	buf_free(&row);
}

static void facts(const struct checklist *checklist, const struct fleet *fleet)
{
	size_t count = fleet_count(fleet), raw = 0, got = 0;
	struct place place;
	struct store *store;
	struct store_walk *walk;
	struct store_checkout row;
	double start;

	place_new(&place);
	store = open_store(&place);
	start = bench_cpu_ms();
	must(store_begin(store, NULL), "begin");
	for (size_t i = 0; i < count; i++)
		raw += put_facts(store, checklist, i);
	must(store_commit(store, NULL), "commit");
	start = bench_cpu_ms() - start;
	put_services(store, fleet);
	store_close(store);
	printf("facts of %zu checkouts: %.1f MB, the store with them and the snapshot %.1f MB, "
	       "written in %.0f ms\n",
	       count, (double)raw / 1e6, mb(place.path), start);
	store = open_store(&place);
	start = bench_cpu_ms();
	walk = store_checkouts(store, NULL, 0, 0, true, NULL);
	must(!walk, "walk");
	while (store_next_checkout(walk, &row))
		got += row.facts_len;
	must(store_walk_end(walk, NULL), "walk");
	start = bench_cpu_ms() - start;
	must(got != raw, "facts are not what they were");
	printf("    read in %.0f ms, %.0f MB/s\n", start, (double)got / 1e3 / start);
	one_change(store, checklist, fleet);
	store_close(store);
	place_remove(&place);
}

/* ---- a year ---- */

static struct cause commit_of(struct arena *arena, size_t service, unsigned number)
{
	uint32_t random = (uint32_t)(service * COMMITS + number);
	char hash[41];

	for (int i = 0; i < 40; i++)
		hash[i] = "0123456789abcdef"[next(&random) % 16];
	hash[40] = '\0';
	return (struct cause){
	    .kind = CAUSE_COMMIT,
	    .checkout = arena_printf(arena, "/src/service-%zu", service),
	    .hash = arena_strdup(arena, hash),
	    .author = arena_printf(arena, "Author Number %u", next(&random) % 400),
	    .subject = arena_printf(arena, "Change %u of what %s does about retries", number, hash),
	    .time = FAKE_NOW - 86400 * 365 + (int64_t)number * 86400 * 6,
	};
}

/* The findings of a year of one service: each changed a few times. */
static size_t year_of(struct arena *arena, const struct checklist *checklist, size_t service,
		      struct interval *out)
{
	const char *name = arena_printf(arena, "service-%zu", service);
	uint32_t random = (uint32_t)service + 1;
	struct cause causes[COMMITS];
	size_t count = 0;

	for (unsigned i = 0; i < COMMITS; i++)
		causes[i] = commit_of(arena, service, i);
	for (size_t check = 0; check < CHECKS; check++) {
		unsigned at = next(&random) % 10;

		for (unsigned i = 0; i <= CHANGES; i++) {
			unsigned then = at + 1 + next(&random) % 10;
			struct interval *interval = &out[count++];

			*interval = (struct interval){
			    .service = name,
			    .check = checklist->checks[check].id,
			    .status = i % 2 ? STATUS_PASS : STATUS_GAP,
			    .required = true,
			    .tier = 2,
			    .from = causes[at].time,
			    .until = i < CHANGES ? causes[then].time : 0,
			    .opened = causes[at],
			    .owner = teams[service % ARRAY_LEN(teams)],
			    .evidence = arena_printf(arena, "config/file%zu.yml:%u", check, i),
			};
			if (i < CHANGES)
				interval->closed = causes[then];
			at = then;
		}
	}
	return count;
}

static void put_days(struct store *store, const struct checklist *checklist)
{
	must(store_begin(store, NULL), "begin");
	for (int day = 0; day < 365; day++) {
		for (int scope = 0; scope < 1 + OWNERS + CHECKS; scope++) {
			char name[64] = "";

			if (scope > OWNERS)
				snprintf(name, sizeof(name), "check:%.40s",
					 checklist->checks[scope - OWNERS - 1].id);
			else if (scope)
				snprintf(name, sizeof(name), "owner:acme/team-%d", scope);
			must(store_put_day(
				 store,
				 &(struct store_day){.day = FAKE_NOW - (int64_t)day * 86400,
						     .scope = name,
						     .services = 1000,
						     .open = 500,
						     .open_by_tier = {1, 100, 200, 300, 400},
						     .opened = 20,
						     .closed = 30},
				 NULL),
			     "day");
		}
	}
	must(store_commit(store, NULL), "commit");
}

static void count_interval(void *ctx, const struct interval *interval, enum interval_origin origin)
{
	(void)origin;
	*(size_t *)ctx += interval->status == STATUS_GAP;
}

static void year(const struct checklist *checklist)
{
	const struct store_history history = {
	    .since = FAKE_NOW - 86400 * 365, .until = FAKE_NOW, .roots = "/src"};
	size_t cap = (size_t)YEAR_SERVICES * CHECKS * (CHANGES + 1), count = 0, gaps = 0;
	struct interval *intervals = xcalloc(cap, sizeof(*intervals));
	struct arena *arena = arena_new();
	struct place place;
	struct store *store;
	double start, read;

	for (size_t i = 0; i < YEAR_SERVICES; i++)
		count += year_of(arena, checklist, i, intervals + count);
	place_new(&place);
	store = open_store(&place);
	must(store_begin(store, NULL), "begin");
	for (size_t i = 0; i < YEAR_SERVICES; i++)
		put_facts(store, checklist, i);
	must(store_commit(store, NULL), "commit");
	start = bench_cpu_ms();
	must(store_put_history(store, &history, intervals, count, NULL), "history");
	start = bench_cpu_ms() - start;
	put_days(store, checklist);
	store_close(store);
	printf("%d services, facts, %zu intervals of a year, %d roll-ups a day: %.1f MB   aim "
	       "under 50 MB\n",
	       YEAR_SERVICES, count, 1 + OWNERS + CHECKS, mb(place.path));
	store = open_store(&place);
	read = bench_cpu_ms();
	must(store_intervals(store, &(struct store_scope){0}, count_interval, &gaps, NULL),
	     "intervals");
	read = bench_cpu_ms() - read;
	printf("    history written in %.0f ms, read in %.0f ms\n", start, read);
	store_close(store);
	place_remove(&place);
	arena_free(arena);
	free(intervals);
}

int main(int argc, char **argv)
{
	size_t services = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;
	struct checklist *checklist = checklist_builtin();
	struct fleet *fleet = fake_fleet(checklist, services ? services : 1);

	snapshot(fleet);
	facts(checklist, fleet);
	year(checklist);
	fleet_free(fleet);
	checklist_free(checklist);
	return 0;
}
