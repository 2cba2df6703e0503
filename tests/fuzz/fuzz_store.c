/*
 * Everything that comes out of a store's file. The first byte says what the rest is: packed cells;
 * packed bytes; changes to a real store's file, each a place (3 bytes), a length and so many bytes;
 * or a whole file.
 */

#include <fcntl.h>
#include <libdeflate.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/store_internal.h"

enum { NOW = 1763890000, MAX_FILE = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* ---- cells ---- */

static void cells(const uint8_t *bytes, size_t len)
{
	struct store_cells once = {0}, twice = {0};
	struct buf out = {0};
	bool whole = store_cells_decode(&once, bytes, len);

	for (size_t i = 0; i < once.count; i++) {
		const struct store_cell *cell = &once.cells[i];

		if (cell->status > STATUS_NA || cell->from < 0 ||
		    (cell->until && cell->until < cell->from) ||
		    (cell->evidence &&
		     (const uint8_t *)cell->evidence + cell->evidence_len > bytes + len))
			abort();
	}
	store_cells_encode(&once, &out);
	if (!store_cells_decode(&twice, out.data, out.len) || twice.count != once.count)
		abort();
	if (whole && twice.count && twice.cells[0].from != once.cells[0].from)
		abort();
	free(once.cells);
	free(twice.cells);
	buf_free(&out);
}

static void packed(const uint8_t *bytes, size_t len)
{
	struct store store = {.version = (char *)"0.1.0"};
	struct buf out = {0}, again = {0};

	if (store_unpack(&store, bytes, len, &out) && out.len > STORE_MAX_BYTES)
		abort();
	store_pack(&store, bytes, len, &again);
	if (!store_unpack(&store, again.data, again.len, &out) || out.len != len ||
	    (len && memcmp(out.data, bytes, len) != 0))
		abort();
	libdeflate_free_compressor(store.compressor);
	libdeflate_free_decompressor(store.decompressor);
	buf_free(&out);
	buf_free(&again);
}

/* ---- files ---- */

/* The folder, and a small store in it as it should be. */
static struct {
	char folder[64], path[80];
	char *bytes;
	size_t len;
} base;

static struct store *open_file(enum store_access access)
{
	const struct store_options options = {
	    .url = base.path, .access = access, .command = "fuzz", .version = "0.1.0", .now = NOW};
	/* No log, and small pages: the whole file is few bytes. */
	const struct store_setup setup = {.network = NETWORK_YES, .page_size = 512};

	return store_open_with(&options, &setup, NULL);
}

static struct interval interval_of(const char *check, int64_t until)
{
	return (struct interval){.service = "web",
				 .check = check,
				 .status = STATUS_GAP,
				 .required = true,
				 .from = NOW - 5000,
				 .until = until,
				 .owner = "acme",
				 .evidence = "README.md:7",
				 .opened = {.kind = CAUSE_COMMIT,
					    .checkout = "/src/web",
					    .hash = "0123456789abcdef0123456789abcdef01234567",
					    .author = "Ada",
					    .subject = "Remove it"}};
}

static void fill(struct store *store)
{
	const struct store_checkout checkout = {.path = "/src/web",
						.resolved = "HEAD",
						.scanned_with = "d",
						.facts = "facts",
						.facts_len = 5};
	struct interval some[] = {interval_of("ci", NOW), interval_of("runbook", 0)};
	struct topic_report report = {
	    .source = "prod", .topic = "alerts", .at = NOW, .kinds = 1, .note = "n"};

	store_begin(store, NULL);
	store_put_checkout(store, &checkout, NULL);
	store_put_service(store, "web", "/src/web", "row", 3, NULL);
	store_put_change(store, NULL, &some[1], NULL);
	some[1].until = NOW;
	store_put_change(store, &some[1], &some[0], NULL);
	store_put_history(store, &(struct store_history){.until = NOW, .roots = "/src"}, some, 2,
			  NULL);
	store_put_day(store, &(struct store_day){.scope = "", .day = NOW}, NULL);
	store_put_topic(store, &report, NULL);
	store_put_status(store, &(struct source_status){.source = "prod"}, NULL);
	store_put_statement(store, "web", STATEMENT_WAIVER,
			    &(struct statement){.check = "ci", .by = "ada"}, NULL);
	if (store_commit(store, NULL))
		abort();
}

static void write_file(const void *bytes, size_t len)
{
	int fd = open(base.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, bytes, len) != (ssize_t)len)
		abort();
	close(fd);
}

static void read_file(void)
{
	FILE *file = fopen(base.path, "re");

	base.bytes = xmalloc(MAX_FILE);
	if (!file)
		abort();
	base.len = fread(base.bytes, 1, MAX_FILE, file);
	fclose(file);
}

static void remove_beside(void)
{
	static const char *const ends[] = {"-journal", "-wal",	"-shm",
					   "-suspect", "-lock", ".damaged-2025-11-23"};
	char name[128];

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		snprintf(name, sizeof(name), "%s%s", base.path, ends[i]);
		(void)unlink(name);
	}
}

static void remove_base(void)
{
	remove_beside();
	(void)unlink(base.path);
	(void)rmdir(base.folder);
	free(base.bytes);
}

static void make_base(void)
{
	struct store *store;

	if (base.bytes)
		return;
	atexit(remove_base);
	snprintf(base.folder, sizeof(base.folder), "%s/svctop-fuzz-XXXXXX",
		 access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	if (!mkdtemp(base.folder))
		abort();
	snprintf(base.path, sizeof(base.path), "%s/store", base.folder);
	store = open_file(STORE_WRITE);
	if (!store)
		abort();
	fill(store);
	store_close(store);
	read_file();
}

/* ---- what is read ---- */

static void see(const char *text)
{
	if (text && strlen(text) == SIZE_MAX)
		abort();
}

static void see_row(void *ctx, const char *name, const void *row, size_t len)
{
	(void)ctx;
	see(name);
	if (len && ((const char *)row)[len - 1] == ((const char *)row)[0])
		see(name);
}

static void see_interval(void *ctx, const struct interval *interval, enum interval_origin origin)
{
	(void)ctx;
	(void)origin;
	see(interval->service);
	see(interval->check);
	see(interval->owner);
	see(interval->evidence);
	see(interval->opened.author);
	see(interval->opened.subject);
	see(interval->opened.checkout);
	if (interval->until && interval->until < interval->from)
		abort();
	if (interval->opened.kind == CAUSE_COMMIT && strlen(interval->opened.hash) > 64)
		abort();
}

static void see_day(void *ctx, const struct store_day *day)
{
	(void)ctx;
	see(day->scope);
}

static void see_topic(void *ctx, const struct topic_report *report)
{
	(void)ctx;
	see(report->source);
	see(report->note);
}

static void see_status(void *ctx, const struct source_status *status)
{
	(void)ctx;
	see(status->version);
}

static void see_statement(void *ctx, const char *service, enum statement_kind kind,
			  const struct statement *statement)
{
	(void)ctx;
	see(service);
	see(statement->check);
	see(statement->reason);
	if (kind > STATEMENT_NOT_APPLICABLE)
		abort();
}

static void read_all(struct store *store)
{
	struct store_walk *walk = store_checkouts(store, NULL, 0, 0, true, NULL);
	struct store_checkout row;
	struct store_history history;
	struct store_writer who;
	size_t count = 0;

	while (walk && store_next_checkout(walk, &row) && count++ < 100000)
		see(row.path);
	store_walk_end(walk, NULL);
	walk = store_checkouts(store, NULL, 0, 1, false, NULL);
	while (walk && store_next_checkout(walk, &row) && count++ < 100000)
		see(row.resolved);
	store_walk_end(walk, NULL);
	if (count >= 100000)
		abort(); /* a file of a few KB has no end */
	store_services(store, NULL, 0, see_row, NULL, NULL);
	store_intervals(store, &(struct store_scope){0}, see_interval, NULL, NULL);
	store_intervals(store, &(struct store_scope){.service = "web", .open = true}, see_interval,
			NULL, NULL);
	if (store_get_history(store, &history))
		see(history.roots);
	store_days(store, "", 0, 0, see_day, NULL, NULL);
	store_topics(store, see_topic, NULL, NULL);
	store_statuses(store, see_status, NULL, NULL);
	store_statements(store, see_statement, NULL, NULL);
	store_writer(store, &who);
	store_sequence(store);
	store_moved(store);
}

static void use_file(void)
{
	struct store *store = open_file(STORE_READ);

	if (store)
		read_all(store);
	store_close(store);
	/* Whoever writes makes a store of it, whatever it is, but where it is another's. */
	store = open_file(STORE_WRITE);
	if (store) {
		struct interval some[] = {interval_of("ci", NOW), interval_of("slo", 0)};

		store_put_change(store, &some[0], &some[1], NULL);
		store_put_history(store, &(struct store_history){.until = NOW, .roots = "/src"},
				  some, 2, NULL);
		store_drop_checkout(store, "/src/web", NULL);
		store_expire(store, NOW + 1, NULL);
		read_all(store);
	}
	store_close(store);
	remove_beside();
}

static void changed_file(const uint8_t *bytes, size_t len)
{
	char *file;

	make_base();
	file = xmalloc(base.len);
	memcpy(file, base.bytes, base.len);
	while (len > 4) {
		size_t at = (bytes[0] | (size_t)bytes[1] << 8 | (size_t)bytes[2] << 16) % base.len;
		size_t n = 1 + bytes[3] % 32;

		bytes += 4;
		len -= 4;
		if (n > len)
			n = len;
		if (n > base.len - at)
			n = base.len - at;
		memcpy(file + at, bytes, n);
		bytes += n;
		len -= n;
	}
	write_file(file, base.len);
	free(file);
	use_file();
}

static void any_file(const uint8_t *bytes, size_t len)
{
	make_base();
	write_file(bytes, len);
	use_file();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static void (*const readers[])(const uint8_t *, size_t) = {cells, packed, changed_file,
								   any_file};

	if (len)
		readers[bytes[0] % ARRAY_LEN(readers)](bytes + 1, len - 1);
	return 0;
}
