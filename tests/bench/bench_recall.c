/*
 * What a second start costs until its first frame, with many services as they were:
 *
 *	bench_recall [COUNT [ROWS COLS]]
 *
 * CPU time (user+sys) of a process that reads their rows from the store, recalls them and draws
 * the services pane, against that of an empty program linked to the same libraries; medians of
 * interleaved rounds. The parts of it as that process saw them, and what packing the rows takes,
 * follow; then what a record adds to working out every finding, and the memory that it takes.
 */

#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/fleet_recall.h"
#include "core/mem.h"
#include "core/record.h"
#include "core/store.h"
#include "tests/bench/libtime.h"
#include "tests/support/fakefleet.c"
#include "tui/app_internal.h"

enum { ROUNDS = 15 };

/* ---- the store ---- */

static void fail(const char *what, const struct err *err)
{
	fprintf(stderr, "bench_recall: %s: %s\n", what, err->what ? err->what : "");
	exit(1);
}

static struct store *open_store(const char *path, enum store_access access)
{
	struct err err = {0};
	struct store *store = store_open(&(struct store_options){.url = path,
								 .access = access,
								 .command = "bench_recall",
								 .version = VERSION,
								 .now = FAKE_NOW},
					 &err);

	if (!store)
		fail("store", &err);
	return store;
}

static void write_rows(const char *path, const struct fleet *fleet)
{
	struct store *store = open_store(path, STORE_WRITE);
	struct err err = {0};
	struct buf row = {0};
	double ms = 0;
	size_t bytes = 0;

	if (store_begin(store, &err) < 0)
		fail("begin", &err);
	for (size_t i = 0; i < fleet_count(fleet); i++) {
		const struct service *service = fleet_at(fleet, i);
		double start = bench_cpu_ms();

		buf_reset(&row);
		fleet_row_encode(fleet, service, &row);
		ms += bench_cpu_ms() - start;
		bytes += row.len;
		if (store_put_service(store, service->name, service->checkout->path, row.data,
				      row.len, &err) < 0)
			fail(service->name, &err);
	}
	if (store_commit(store, &err) < 0)
		fail("commit", &err);
	printf("%zu rows of %zu bytes, packed in %.2f ms\n", fleet_count(fleet),
	       bytes / fleet_count(fleet), ms);
	store_close(store);
	buf_free(&row);
}

struct rows {
	struct buf bytes;
	struct fleet_row *rows; /* bytes: offsets, until all are there */
	size_t count, cap;
};

static void add_row(void *ctx, const char *name, const void *row, size_t len)
{
	struct rows *rows = ctx;

	(void)name;
	GROW(rows->rows, rows->count, rows->cap);
	rows->rows[rows->count++] = (struct fleet_row){(void *)(uintptr_t)rows->bytes.len, len};
	buf_add(&rows->bytes, row, len);
}

static void read_rows(const char *path, struct rows *rows)
{
	struct store *store = open_store(path, STORE_FOLLOW);
	struct err err = {0};

	if (store_services(store, NULL, 0, add_row, rows, &err) < 0)
		fail("services", &err);
	for (size_t i = 0; i < rows->count; i++)
		rows->rows[i].bytes = rows->bytes.data + (uintptr_t)rows->rows[i].bytes;
}

/* ---- the process that is measured ---- */

static int first_frame(const char *path, int lines, int cols, bool tell)
{
	struct checklist *checklist = checklist_builtin();
	struct fleet *fleet = fleet_new(checklist);
	struct app_options options = {.fleet = fleet, .headless = true, .now = FAKE_NOW};
	struct rows rows = {0};
	struct err err = {0};
	struct app *app;
	double start = bench_cpu_ms(), read, recalled;

	read_rows(path, &rows);
	read = bench_cpu_ms();
	if (fleet_recall(fleet, rows.rows, rows.count) != rows.count)
		return 1;
	recalled = bench_cpu_ms();
	app = app_start(&options, &err);
	if (!app)
		return 1;
	screen_resize(app->screen, lines, cols);
	app_draw(app);
	if (tell)
		printf("  before main and the checklist %.2f, rows read %.2f, recalled %.2f, "
		       "drawn %.2f ms\n",
		       start, read - start, recalled - read, bench_cpu_ms() - recalled);
	fflush(stdout);
	_exit(0);
}

/* CPU milliseconds of a program that runs to its end. */
static double run(const char *const *argv)
{
	struct rusage used;
	int status;
	pid_t pid = fork();

	if (!pid) {
		execv(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	if (wait4(pid, &status, 0, &used) != pid || status != 0) {
		fprintf(stderr, "%s failed\n", argv[0]);
		exit(1);
	}
	return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e3 +
	       (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e3;
}

static void compare(const char *self, const char *rows, const char *lines, const char *cols)
{
	char *empty = xasprintf("%.*sempty", (int)(strrchr(self, '/') + 1 - self), self);
	const char *frame[] = {self, "--frame", rows, lines, cols, NULL},
		   *telling[] = {self, "--tell", rows, lines, cols, NULL},
		   *nothing[] = {empty, NULL};
	double frames[ROUNDS], empties[ROUNDS], base;

	for (size_t i = 0; i < ROUNDS; i++) {
		frames[i] = run(frame);
		empties[i] = run(nothing);
	}
	base = bench_median(empties, ROUNDS);
	printf("first frame %.2f ms, an empty program %.2f ms: %.2f times and 10 ms   aim 2\n",
	       bench_median(frames, ROUNDS), base, (bench_median(frames, ROUNDS) - 10) / base);
	run(telling);
	free(empty);
}

/* Every finding is worked out anew each hour. */
static double settle_all(struct fleet *fleet, int64_t *now)
{
	double ms[ROUNDS];

	for (size_t i = 0; i < ROUNDS; i++) {
		double start = bench_cpu_ms();

		fleet_settle(fleet, *now += 3600);
		ms[i] = bench_cpu_ms() - start;
	}
	return bench_median(ms, ROUNDS);
}

static void bench_record(struct fleet *fleet)
{
	struct record *record = record_new(fleet_checklist(fleet), NULL, NULL);
	int64_t now = FAKE_NOW;
	double without = settle_all(fleet, &now), with;
	size_t memory = mallinfo2().uordblks;

	fleet_set_record(fleet, record);
	fleet_settle(fleet, now);
	memory = mallinfo2().uordblks - memory;
	with = settle_all(fleet, &now);
	printf("all findings anew: %.1f ms, with a record %.2f times that; it takes %.1f MB\n",
	       without, with / without, (double)memory / 1e6);
	fleet_set_record(fleet, NULL);
	record_free(record);
}

static void remove_store(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(folder);
}

int main(int argc, char **argv)
{
	const char *lines = argc > 3 ? argv[argc - 2] : "60",
		   *cols = argc > 3 ? argv[argc - 1] : "200";
	size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;
	char folder[] = "/tmp/svctop-bench-XXXXXX", *rows;
	struct checklist *checklist;
	struct fleet *fleet;

	if (argc == 5 && argv[1][0] == '-')
		return first_frame(argv[2], (int)strtol(lines, NULL, 10),
				   (int)strtol(cols, NULL, 10), !strcmp(argv[1], "--tell"));
	if (!mkdtemp(folder))
		return 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	rows = xasprintf("%s/svctop.db", folder);
	checklist = checklist_builtin();
	fleet = fake_fleet(checklist, count);
	write_rows(rows, fleet);
	compare(strchr(argv[0], '/') ? argv[0] : "./bench_recall", rows, lines, cols);
	remove_store(folder);
	bench_record(fleet);
	free(rows);
	fleet_free(fleet);
	checklist_free(checklist);
	return 0;
}
