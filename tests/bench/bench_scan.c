/*
 * What scanning one checkout costs once a scanner runs: the median of 21 scans in this
 * process, user+sys microseconds. Usage: bench_scan CHECKOUT
 */

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "core/checklist.h"
#include "core/mem.h"
#include "fetch/git.h"
#include "fetch/scan.h"

enum { RUNS = 21 };

static long cpu_us(void)
{
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	return (use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000L + use.ru_utime.tv_usec +
	       use.ru_stime.tv_usec;
}

static int compare(const void *a, const void *b)
{
	const long *left = a, *right = b;

	return *left < *right ? -1 : *left > *right;
}

int main(int argc, char **argv)
{
	struct scan_options options = {.now = time(NULL)};
	struct checklist *checklist = checklist_builtin();
	struct scan_engine *engine;
	struct err err = {0};
	long cost[RUNS];

	engine = scan_engine_new(checklist, &err);
	if (argc != 2 || !engine) {
		fprintf(stderr, "usage: bench_scan CHECKOUT\n");
		return 2;
	}
	for (int i = 0; i < RUNS; i++) {
		long before = cpu_us();

		checkout_free(scan_checkout(engine, argv[1], &options));
		cost[i] = cpu_us() - before;
	}
	qsort(cost, RUNS, sizeof(*cost), compare);
	printf("%ld\n", cost[RUNS / 2]);
	scan_engine_free(engine);
	checklist_free(checklist);
	return 0;
}
