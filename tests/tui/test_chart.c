/* Charts: how counts become cells, at both ends of what there is. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "tui/chart.h"
#include "tui/screen.h"
#include "tui/snapshot.h"

#define DAY   86400
#define SINCE INT64_C(1767225600) /* 2026-01-01 */

static void tops_are_even_and_round(void **state)
{
	static const uint32_t cases[][2] = {{0, 2},
					    {1, 2},
					    {2, 2},
					    {3, 4},
					    {41, 60},
					    {61, 80},
					    {100, 100},
					    {101, 120},
					    {1999, 2000},
					    {2001, 4000},
					    {999, 1000},
					    {13, 16},
					    {2000000000, 2000000000}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(chart_top(cases[i][0]), cases[i][1]);
	for (uint32_t max = 0; max < 3000; max++) {
		assert_true(chart_top(max) >= max);
		assert_int_equal(chart_top(max) % 2, 0);
	}
	assert_true(chart_top(UINT32_MAX) >= UINT32_MAX - 1);
}

static void heights(void **state)
{
	int ends[5];

	(void)state;
	chart_heights((const uint32_t[]){5, 5, 0, 10}, 4, 20, 20, ends);
	assert_int_equal(ends[0], 5);
	assert_int_equal(ends[1], 10);
	assert_int_equal(ends[2], 10);
	assert_int_equal(ends[3], 20);
	/* One gap of tier 1 among very many is still to be seen. */
	chart_heights((const uint32_t[]){1, 0, 0, 9999}, 4, 10000, 8, ends);
	assert_int_equal(ends[0], 1);
	assert_int_equal(ends[3], 8);
	chart_heights((const uint32_t[]){9999, 1, 1, 1}, 4, 10000, 8, ends);
	assert_int_equal(ends[0], 8);
	assert_int_equal(ends[3], 8);
	chart_heights((const uint32_t[]){0, 0, 0, 0}, 4, 2, 8, ends);
	assert_int_equal(ends[3], 0);
	chart_heights((const uint32_t[]){UINT32_MAX, UINT32_MAX}, 2, UINT32_MAX - 1, 100, ends);
	assert_int_equal(ends[0], 100);
	assert_int_equal(ends[1], 100);
}

static struct screen *screen;

static int open_screen(void **state)
{
	struct screen_options options = {.headless = true, .rows = 10, .cols = 40};

	(void)state;
	screen = screen_open(&options, NULL);
	return screen ? 0 : -1;
}

static int close_screen(void **state)
{
	(void)state;
	screen_close(screen);
	return 0;
}

static struct canvas begin(int rows, int cols)
{
	screen_resize(screen, rows, cols);
	screen_begin(screen);
	return screen_canvas(screen);
}

static void expect(const char *rows)
{
	struct buf text = {0};

	snapshot_text(screen, &text);
	while (text.len > 1 && text.data[text.len - 1] == '\n' && text.data[text.len - 2] == '\n')
		text.data[--text.len] = '\0';
	if (strcmp(buf_str(&text), rows) != 0)
		fail_msg("on the screen:\n%s\nexpected:\n%s", buf_str(&text), rows);
	buf_free(&text);
}

/* Two tiers: one gap of tier 1 throughout, of the other none, then 2, then 4. */
static const uint32_t firsts[] = {1, 1, 1}, seconds[] = {0, 2, 4};
static const struct chart_layer layers[] = {{firsts, "T1", ROLE_TIER_1},
					    {seconds, "T2", ROLE_TIER_2}};
static const struct chart small = {layers, 2, 3, SINCE, SINCE + (int64_t)200 * DAY};

static void in_braille(void **state)
{
	struct canvas canvas = begin(4, 23);

	(void)state;
	/* Of six, 12 dots high: 2, then 6, then 10; twice as many columns as cells. */
	chart_draw(&canvas, &small);
	expect("6│               ⠠⡤⡤⡤⡤⡤\n"
	       " │     ⠠⡤⡤⡤⡤⡤⡤⡤⡤⡤⡬⡪⡪⡪⡪⡪\n"
	       " │⣤⣤⣤⣤⣤⣬⣮⣮⣮⣮⣮⣮⣮⣮⣮⣮⣮⣮⣮⣮⣮\n"
	       "0 2026-01-01 2026-07-20\n");
}

static void in_ascii(void **state)
{
	struct canvas canvas = begin(7, 23);

	(void)state;
	canvas.glyphs = glyphs_ascii();
	chart_draw(&canvas, &small);
	expect("6|\n"
	       " |               222222\n"
	       " |               222222\n"
	       "3|     2222222222222222\n"
	       " |     2222222222222222\n"
	       " |111111111111111111111\n"
	       "0 2026-01-01 2026-07-20\n");
}

static void with_little_room(void **state)
{
	struct canvas canvas = begin(2, 9);

	(void)state;
	chart_draw(&canvas, &small);
	canvas = begin(1, 40);
	chart_draw(&canvas, &small);
	canvas = begin(3, 2);
	chart_draw(&canvas, &small);
	expect("\n");
	canvas = begin(3, 3);
	chart_draw(&canvas, &small);
}

static void one_point_and_none(void **state)
{
	struct chart chart = small;
	struct canvas canvas = begin(3, 24);

	(void)state;
	canvas.glyphs = glyphs_ascii();
	chart.count = 0;
	chart_draw(&canvas, &chart);
	expect("\n");
	chart.count = 1;
	chart.until = chart.since;
	chart_draw(&canvas, &chart);
	expect("2|\n |1111111111111111111111\n0 2026-01-01  2026-01-01\n");
}

static void sparks(void **state)
{
	struct canvas canvas = begin(6, 12);
	static const uint32_t values[] = {0, 1, 50, 100};

	(void)state;
	chart_spark(&canvas, 0, 0, 4, ROLE_BAR, values, 4, 100);
	chart_spark(&canvas, 1, 0, 8, ROLE_BAR, values, 4, 100);
	chart_spark(&canvas, 2, 0, 2, ROLE_BAR, values, 4, 100);
	chart_spark(&canvas, 3, 0, 4, ROLE_BAR, values, 0, 100);
	chart_spark(&canvas, 4, 0, 4, ROLE_BAR, values, 4, 0);
	canvas.glyphs = glyphs_ascii();
	chart_spark(&canvas, 5, 0, 4, ROLE_BAR, values, 4, 100);
	expect("▁▂▅█\n▁▁▂▂▅▅██\n▂█\n\n▁▁▁▁\n_.=#\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tops_are_even_and_round),
	    cmocka_unit_test(heights),
	    cmocka_unit_test(in_braille),
	    cmocka_unit_test(in_ascii),
	    cmocka_unit_test(with_little_room),
	    cmocka_unit_test(one_point_and_none),
	    cmocka_unit_test(sparks),
	};

	return cmocka_run_group_tests_name("chart", tests, open_screen, close_screen);
}
