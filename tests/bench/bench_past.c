/*
 * A year of the past of all repositories below a folder, beside one cold scan of each, in
 * interleaved rounds; medians of user+sys microseconds of this process:
 *
 *	scan N, past N (what a scanner does), replay N (what the face does with it)
 *	versions N, bytes N (of all pasts, as they travel), intervals N
 *
 * Usage: bench_past ROOT [ROUNDS]
 */

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "core/checklist.h"
#include "core/mem.h"
#include "core/replay.h"
#include "fetch/discover.h"
#include "fetch/past_make.h"
#include "fetch/scan.h"

#define DAY  INT64_C(86400)
#define YEAR (365 * DAY)
#define WEEK (7 * DAY)

enum { ROUNDS_MAX = 15 };

struct bench {
	struct checklist *checklist;
	struct scan_engine *engine;
	char **paths;
	size_t count, cap;
	int64_t now;
	size_t versions, bytes, intervals;
};

static long cpu_us(void)
{
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	return (use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000L + use.ru_utime.tv_usec +
	       use.ru_stime.tv_usec;
}

static void found(void *data, const char *path, enum discover_kind kind)
{
	struct bench *bench = data;

	(void)kind;
	GROW(bench->paths, bench->count, bench->cap);
	bench->paths[bench->count++] = xstrdup(path);
}

static void problem(void *data, const char *path, const char *reason)
{
	(void)data;
	fprintf(stderr, "%s: %s\n", path, reason);
}

static void scan_all(struct bench *bench)
{
	const struct scan_options options = {.now = bench->now};
	struct buf body = {0};

	for (size_t i = 0; i < bench->count; i++) {
		struct checkout *checkout = scan_checkout(bench->engine, bench->paths[i], &options);

		buf_reset(&body);
		checkout_encode(checkout, &body);
		checkout_free(checkout);
	}
	buf_free(&body);
}

/* bodies[i]: as it would be sent. */
static void make_all(struct bench *bench, struct buf *bodies)
{
	const struct past_options options = {
	    .since = bench->now - YEAR, .until = bench->now, .every = WEEK};

	bench->versions = bench->bytes = 0;
	for (size_t i = 0; i < bench->count; i++) {
		struct past *past = past_make(bench->engine, bench->paths[i], &options, NULL);

		buf_reset(&bodies[i]);
		if (!past)
			continue;
		bench->versions += past_count(past);
		past_encode(past, &bodies[i]);
		bench->bytes += bodies[i].len;
		past_free(past);
	}
}

static void replay_all(struct bench *bench, const struct buf *bodies)
{
	struct replay *replay = replay_new(bench->checklist, bench->now - YEAR, bench->now);

	for (size_t i = 0; i < bench->count; i++) {
		struct wire_reader in;

		wire_reader_init(&in, bodies[i].data, bodies[i].len);
		if (bodies[i].len)
			replay_add(replay, past_decode(&in));
	}
	while (!replay_step(replay, 1000))
		continue;
	replay_intervals(replay, &bench->intervals);
	replay_free(replay);
}

static int compare(const void *a, const void *b)
{
	const long *left = a, *right = b;

	return *left < *right ? -1 : *left > *right;
}

static void tell(const char *what, long *cost, int rounds)
{
	qsort(cost, (size_t)rounds, sizeof(*cost), compare);
	printf("%s %ld\n", what, cost[rounds / 2]);
}

static void run(struct bench *bench, int rounds)
{
	struct buf *bodies = xcalloc(bench->count + 1, sizeof(*bodies));
	long scan[ROUNDS_MAX], past[ROUNDS_MAX], replay[ROUNDS_MAX];

	scan_all(bench); /* the files are read once, the regexes compiled */
	for (int i = 0; i < rounds; i++) {
		long start = cpu_us(), scanned, made;

		scan_all(bench);
		scanned = cpu_us();
		make_all(bench, bodies);
		made = cpu_us();
		replay_all(bench, bodies);
		scan[i] = scanned - start;
		past[i] = made - scanned;
		replay[i] = cpu_us() - made;
	}
	tell("scan", scan, rounds);
	tell("past", past, rounds);
	tell("replay", replay, rounds);
	printf("versions %zu\nbytes %zu\nintervals %zu\n", bench->versions, bench->bytes,
	       bench->intervals);
	for (size_t i = 0; i < bench->count; i++)
		buf_free(&bodies[i]);
	free(bodies);
}

int main(int argc, char **argv)
{
	const char *roots[] = {argc > 1 ? argv[1] : "."};
	int rounds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 3;
	struct discover_options options = {.roots = roots, .root_count = 1};
	struct bench bench = {.now = time(NULL), .checklist = checklist_builtin()};
	struct discover_sink sink = {.data = &bench, .found = found, .problem = problem};

	bench.engine = scan_engine_new(bench.checklist, NULL);
	if (!bench.engine || argc < 2 || rounds < 1 || rounds > ROUNDS_MAX ||
	    discover(&options, &sink, NULL)) {
		fprintf(stderr, "usage: bench_past ROOT [ROUNDS]\n");
		return 2;
	}
	run(&bench, rounds);
	for (size_t i = 0; i < bench.count; i++)
		free(bench.paths[i]);
	free(bench.paths);
	scan_engine_free(bench.engine);
	checklist_free(bench.checklist);
	return 0;
}
