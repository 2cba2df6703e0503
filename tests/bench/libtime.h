#ifndef SVCTOP_TESTS_BENCH_LIBTIME_H
#define SVCTOP_TESTS_BENCH_LIBTIME_H

/* What benches measure with. */

#include <stddef.h>

/* User and system time that this process took so far, milliseconds. */
double bench_cpu_ms(void);

/* Sorts values, the smallest first, and gives the one in the middle; 0 without any. */
double bench_median(double *values, size_t count);

#endif
