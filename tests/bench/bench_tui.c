/*
 * What the dashboard costs with many services, on a screen in memory:
 *
 *	bench_tui [COUNT [ROWS COLS]]
 *
 * CPU time (user+sys) of the first frame once the fleet is known, and from a key to
 * its frame: median and worst of some rounds, each drawn by curses to /dev/null.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/bench/libtime.h"
#include "tests/support/fakefleet.c"
#include "tui/app_internal.h"

enum { ROUNDS = 41 };

static void print(const char *what, double *ms)
{
	double middle = bench_median(ms, ROUNDS);
	printf("%-46s %8.3f ms  (worst %.3f)\n", what, middle, ms[ROUNDS - 1]);
}

static void press(struct app *app, uint32_t key)
{
	struct input input = {.kind = INPUT_KEY, .code = key};
	app_input(app, &input);
}

/* One key after another, over and over; the time of each with its frame. */
static void bench_keys(struct app *app, const char *what, const uint32_t *keys, size_t count)
{
	double ms[ROUNDS], handled[ROUNDS];
	for (size_t i = 0; i < ROUNDS; i++) {
		double start = bench_cpu_ms();
		press(app, keys[i % count]);
		handled[i] = bench_cpu_ms() - start;
		app_draw(app);
		ms[i] = bench_cpu_ms() - start;
	}
	char text[64];
	print(what, ms);
	snprintf(text, sizeof(text), "  of that without drawing");
	print(text, handled);
}

static void bench_filter(struct app *app)
{
	static const uint32_t keys[] = {'/', 'c', 'h', 'e', KEYC_BACKSPACE, 'k', KEYC_ESC};
	bench_keys(app, "filter, a keystroke", keys, sizeof(keys) / sizeof(*keys));
	static const uint32_t words[] = {'/', 'o', 'w', 'n', 'e', 'r',	   ':',
					 's', 'r', 'e', ' ', 'b', KEYC_ESC};
	bench_keys(app, "filter by owner, a keystroke", words, sizeof(words) / sizeof(*words));
}

int main(int argc, char **argv)
{
	size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;
	int rows = argc > 3 ? (int)strtol(argv[2], NULL, 10) : 60;
	int cols = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 200;
	struct checklist *checklist = checklist_builtin();
	struct fleet *fleet = fake_fleet(checklist, count);
	struct app_options options = {.fleet = fleet, .headless = true, .now = FAKE_NOW};
	struct err err = {0};
	double start = bench_cpu_ms();
	struct app *app = app_start(&options, &err);
	if (!app)
		return 1;
	printf("%zu checkouts, %dx%d\n%-46s %8.3f ms\n", count, rows, cols,
	       "first frame, the fleet being known", bench_cpu_ms() - start);
	screen_resize(app->screen, rows, cols);
	app_draw(app);
	static const uint32_t down[] = {'j'}, ends[] = {'G', 'g'}, sort[] = {'S'},
			      page[] = {KEYC_PGDN};
	bench_keys(app, "cursor down", down, 1);
	bench_keys(app, "page down", page, 1);
	bench_keys(app, "last row, first row", ends, 2);
	bench_keys(app, "sort by the next column (kept orders)", sort, 1);
	bench_filter(app);
	app_end(app);
	fleet_free(fleet);
	checklist_free(checklist);
	return 0;
}
