/*
 * Drawing, tables, texts and prompts on a screen in memory: no terminal, no waiting.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "tui/draw.h"
#include "tui/lines.h"
#include "tui/prompt.h"
#include "tui/screen.h"
#include "tui/snapshot.h"
#include "tui/table.h"

static struct screen *screen;

static int open_screen(void **state)
{
	(void)state;
	struct screen_options options = {.headless = true, .rows = 10, .cols = 40};
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

/* The screen must be these rows, with empty ones after them. */
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

/* Drawing */

static void texts_are_clipped(void **state)
{
	(void)state;
	struct canvas canvas = begin(6, 20);
	assert_int_equal(draw_text(&canvas, 0, 0, 10, ROLE_TEXT, "0123456789"), 10);
	assert_int_equal(draw_text(&canvas, 1, 0, 10, ROLE_TEXT, "0123456789x"), 10);
	assert_int_equal(draw_text(&canvas, 2, 15, 99, ROLE_TEXT, "to the edge"), 20);
	draw_text(&canvas, 3, 0, 5, ROLE_TEXT, "日本語です");
	draw_text(&canvas, 9, 0, 5, ROLE_TEXT, "below");
	draw_text(&canvas, 4, -3, 5, ROLE_TEXT, "left");
	draw_text(&canvas, 4, 20, 5, ROLE_TEXT, "right");
	draw_text(&canvas, 4, 3, 0, ROLE_TEXT, "none");
	draw_text(&canvas, 5, 0, 5, ROLE_TEXT, NULL);
	expect("0123456789\n012345678…\n               to t…\n日本…\n");
}

static void nothing_from_outside_reaches_the_terminal(void **state)
{
	(void)state;
	struct canvas canvas = begin(3, 30);
	draw_text(&canvas, 0, 0, 30, ROLE_TEXT, "a\033[31mb\ac\nd\te");
	draw_text(&canvas, 1, 0, 30, ROLE_TEXT, "x\u202ey\xff\xfez");
	struct buf text = {0};
	snapshot_text(screen, &text);
	assert_null(strchr(buf_str(&text), '\033'));
	assert_null(strstr(buf_str(&text), "\u202e"));
	assert_non_null(strstr(buf_str(&text), "[31mb"));
	buf_free(&text);
}

static void fields_and_bars(void **state)
{
	(void)state;
	struct canvas canvas = begin(7, 20);
	draw_field(&canvas, 0, 0, 6, ALIGN_RIGHT, ROLE_TEXT, "12");
	draw_text(&canvas, 0, 6, 1, ROLE_TEXT, "|");
	draw_bar(&canvas, 1, 0, 10, 0, 10, ROLE_BAR);
	draw_bar(&canvas, 2, 0, 10, 5, 10, ROLE_BAR);
	draw_bar(&canvas, 3, 0, 10, 999, 1000, ROLE_BAR); /* full means all */
	draw_bar(&canvas, 4, 0, 10, 1, 1000, ROLE_BAR);	  /* and something is not nothing */
	draw_bar(&canvas, 5, 0, 10, 0, 0, ROLE_BAR);
	expect("    12|\n░░░░░░░░░░\n█████░░░░░\n█████████▉\n▏░░░░░░░░░\n░░░░░░░░░░\n");
}

static void parts_stay_inside(void **state)
{
	(void)state;
	struct canvas canvas = begin(4, 20);
	struct canvas part = canvas_part(&canvas, 1, 5, 2, 6);
	draw_text(&part, 0, 0, 99, ROLE_TEXT, "longer than six");
	draw_text(&part, 2, 0, 99, ROLE_TEXT, "below it");
	struct canvas none = canvas_part(&part, 5, 5, 5, 5);
	draw_text(&none, 0, 0, 9, ROLE_TEXT, "nowhere");
	expect("\n     longe…\n");
}

/* Tables */

enum { ROWS = 30 };

static struct {
	const char *names[ROWS];
	size_t count;
} rows;

static size_t count(void *ctx)
{
	(void)ctx;
	return rows.count;
}

static uint64_t id(void *ctx, size_t row)
{
	(void)ctx;
	return table_id(rows.names[row], NULL);
}

static void cell(void *ctx, size_t row, size_t column, const struct canvas *canvas)
{
	(void)ctx;
	draw_text(canvas, 0, 0, canvas->cols, ROLE_TEXT,
		  column == 0	? rows.names[row]
		  : column == 1 ? "one"
				: "two");
}

static const struct table_column columns[] = {
    {.name = "NAME", .width = 6, .max = 12},
    {.name = "ONE", .width = 5, .max = 5, .priority = 2},
    {.name = "TWO", .width = 5, .max = 5, .priority = 1},
};

static const struct table_source source = {
    .columns = columns, .column_count = 3, .count = count, .id = id, .cell = cell};

static void set_rows(const char *names)
{
	static char text[256];
	char *save = NULL;
	snprintf(text, sizeof(text), "%s", names);
	rows.count = 0;
	for (char *name = strtok_r(text, " ", &save); name; name = strtok_r(NULL, " ", &save))
		rows.names[rows.count++] = name;
}

static void columns_fold_away(void **state)
{
	(void)state;
	set_rows("a");
	struct table *table = table_new(&source, NULL);
	struct canvas canvas = begin(3, 19);
	table_draw(table, &canvas);
	expect(" NAME   ONE   TWO\n▌a      one   two\n");
	canvas = begin(3, 18);
	table_draw(table, &canvas);
	expect(" NAME        TWO\n▌a           two\n");
	canvas = begin(3, 12);
	table_draw(table, &canvas);
	expect(" NAME\n▌a\n");
	canvas = begin(3, 40); /* what is left goes to what can use it */
	table_draw(table, &canvas);
	expect(" NAME         ONE   TWO\n▌a            one   two\n");
	table_set_hidden(table, 1u << 1);
	canvas = begin(3, 40);
	table_draw(table, &canvas);
	expect(" NAME         TWO\n▌a            two\n");
	table_free(table);
}

static void cursor_follows_its_object(void **state)
{
	(void)state;
	set_rows("a b c d e");
	struct table *table = table_new(&source, NULL);
	struct canvas canvas = begin(4, 12);
	table_draw(table, &canvas);
	set_rows("x a b c d e"); /* nobody moved it yet: it stays on the first row */
	table_changed(table);
	assert_int_equal(table_cursor(table), 0);
	assert_true(table_seek(table, table_id("c", NULL)));
	set_rows("e d c b a");
	table_changed(table);
	assert_int_equal(table_cursor(table), 2);
	canvas = begin(4, 12);
	table_draw(table, &canvas);
	expect(" NAME\n e\n d\n▌c\n");
	set_rows("e d b a"); /* gone: near where it was */
	table_changed(table);
	assert_int_equal(table_cursor(table), 2);
	set_rows("");
	table_changed(table);
	assert_int_equal(table_cursor(table), -1);
	assert_true(table_action(table, ACTION_DOWN));
	assert_false(table_seek(table, table_id("c", NULL)));
	table_free(table);
}

static void moving_and_marking(void **state)
{
	(void)state;
	set_rows("a b c d e f g h i j");
	struct table *table = table_new(&source, NULL);
	struct canvas canvas = begin(5, 12); /* four rows of the ten */
	table_draw(table, &canvas);
	table_action(table, ACTION_PAGE_DOWN);
	assert_int_equal(table_cursor(table), 4);
	table_action(table, ACTION_HALF_UP);
	assert_int_equal(table_cursor(table), 2);
	table_action(table, ACTION_BOTTOM);
	table_action(table, ACTION_DOWN);
	assert_int_equal(table_cursor(table), 9);
	table_mark(table);
	table_action(table, ACTION_UP);
	table_mark(table);
	assert_int_equal(table_mark_count(table), 2);
	assert_true(table_marked(table, table_id("j", NULL)));
	table_mark(table);
	assert_int_equal(table_mark_count(table), 1);
	canvas = begin(5, 12);
	table_draw(table, &canvas);
	expect(" NAME\n f\n g\n h\n▌i\n");
	assert_int_equal(table_row_at(table, 1), 5);
	assert_int_equal(table_row_at(table, 0), -1);
	assert_int_equal(table_column_at(table, 2), 0);
	assert_false(table_action(table, ACTION_HELP));
	table_free(table);
}

/* Texts */

static void texts_wrap(void **state)
{
	(void)state;
	struct lines *lines = lines_new();
	lines_begin(lines, 0, 4);
	lines_span(lines, ROLE_EMPH, "one two ");
	lines_span(lines, ROLE_TEXT, "three four");
	lines_blank(lines);
	lines_blank(lines);
	lines_add(lines, 0, -1, ROLE_CODE, "clipped\tat the edge");
	lines_begin(lines, 0, 0);
	lines_span(lines, ROLE_TEXT, "left");
	lines_right(lines);
	lines_span(lines, ROLE_TEXT, "right");
	struct canvas canvas = begin(8, 16);
	lines_draw(lines, &canvas);
	expect("one two three\n    four\n\nclipped at the …\nleft       right\n");
	lines_free(lines);
}

static void stops_and_scrolling(void **state)
{
	(void)state;
	char text[16], place[32];
	struct lines *lines = lines_new();
	for (int i = 0; i < 20; i++) {
		snprintf(text, sizeof(text), "line %d", i);
		lines_add(lines, i % 5 == 0 ? (uint64_t)i + 100 : 0, 0, ROLE_TEXT, text);
	}
	struct canvas canvas = begin(4, 16);
	lines_draw(lines, &canvas);
	assert_int_equal(lines_cursor(lines), 100);
	lines_action(lines, ACTION_DOWN);
	canvas = begin(4, 16);
	lines_draw(lines, &canvas);
	assert_int_equal(lines_cursor(lines), 105);
	expect(" line 2\n line 3\n line 4\n▌line 5\n");
	assert_string_equal(lines_place(lines, place, sizeof(place)), "3-6/20");
	lines_action(lines, ACTION_BOTTOM);
	canvas = begin(4, 16);
	lines_draw(lines, &canvas);
	assert_int_equal(lines_cursor(lines), 115);
	expect(" line 16\n line 17\n line 18\n line 19\n");
	/* built anew, the cursor is found again */
	lines_reset(lines);
	lines_add(lines, 7, 0, ROLE_TEXT, "new");
	lines_add(lines, 115, 0, ROLE_TEXT, "line 15");
	canvas = begin(4, 16);
	lines_draw(lines, &canvas);
	assert_int_equal(lines_cursor(lines), 115);
	lines_free(lines);
}

/* When lines above the cursor come, its line does not move on the screen. */
static void the_cursor_stays_where_it_is_drawn(void **state)
{
	(void)state;
	char text[16];
	struct lines *lines = lines_new();
	for (int i = 0; i < 20; i++) {
		snprintf(text, sizeof(text), "line %d", i);
		lines_add(lines, (uint64_t)i + 100, 0, ROLE_TEXT, text);
	}
	struct canvas canvas = begin(4, 16);
	lines_draw(lines, &canvas);
	for (int i = 0; i < 9; i++)
		lines_action(lines, ACTION_DOWN);
	lines_action(lines, ACTION_UP);
	canvas = begin(4, 16);
	lines_draw(lines, &canvas);
	expect(" line 6\n line 7\n▌line 8\n line 9\n");
	lines_reset(lines);
	for (int i = 0; i < 5; i++)
		lines_add(lines, (uint64_t)i + 900, 0, ROLE_TEXT, "new");
	for (int i = 0; i < 20; i++) {
		snprintf(text, sizeof(text), "line %d", i);
		lines_add(lines, (uint64_t)i + 100, 0, ROLE_TEXT, text);
	}
	canvas = begin(4, 16);
	lines_draw(lines, &canvas);
	expect(" line 6\n line 7\n▌line 8\n line 9\n");
	lines_free(lines);
}

static void searching(void **state)
{
	(void)state;
	struct lines *lines = lines_new();
	for (int i = 0; i < 40; i++)
		lines_add(lines, 0, 0, ROLE_TEXT, i % 10 == 7 ? "a Needle here" : "hay");
	struct canvas canvas = begin(4, 16);
	lines_draw(lines, &canvas);
	lines_search(lines, "needle");
	assert_int_equal(lines_matches(lines), 4);
	canvas = begin(4, 16);
	lines_draw(lines, &canvas);
	expect("hay\na Needle here\nhay\nhay\n");
	struct screen_cell found;
	screen_cell(screen, 1, 2, &found);
	assert_true(found.flags & STYLE_REVERSE);
	lines_action(lines, ACTION_NEXT_MATCH);
	canvas = begin(4, 16);
	lines_draw(lines, &canvas);
	assert_int_equal(lines_at(lines, 1), 17);
	lines_action(lines, ACTION_PREV_MATCH);
	lines_action(lines, ACTION_PREV_MATCH);
	canvas = begin(4, 16);
	lines_draw(lines, &canvas);
	assert_int_equal(lines_at(lines, 0) <= 37 && lines_at(lines, 3) >= 37, 1);
	lines_free(lines);
}

/* Prompts */

static void keys_into(struct prompt *prompt, const char *ascii)
{
	for (; *ascii; ascii++)
		prompt_key(prompt, (unsigned char)*ascii, false);
}

static void editing(void **state)
{
	(void)state;
	struct prompt *prompt = prompt_new(":", NULL, NULL);
	keys_into(prompt, "hello world");
	prompt_key(prompt, 'w' & 0x1f, false);
	assert_string_equal(prompt_text(prompt), "hello ");
	prompt_key(prompt, 'a' & 0x1f, false);
	prompt_key(prompt, 0x65e5, false); /* a wide character */
	prompt_key(prompt, KEYC_DELETE, false);
	assert_string_equal(prompt_text(prompt), "日ello ");
	prompt_key(prompt, KEYC_BACKSPACE, false);
	assert_string_equal(prompt_text(prompt), "ello ");
	prompt_key(prompt, KEYC_RIGHT, false);
	prompt_key(prompt, 'k' & 0x1f, false);
	assert_string_equal(prompt_text(prompt), "e");
	assert_int_equal(prompt_key(prompt, KEYC_ENTER, false), PROMPT_DONE);
	prompt_set(prompt, "");
	prompt_key(prompt, KEYC_UP, false);
	assert_string_equal(prompt_text(prompt), "e");
	prompt_key(prompt, KEYC_DOWN, false);
	assert_string_equal(prompt_text(prompt), "");
	assert_int_equal(prompt_key(prompt, KEYC_BACKSPACE, false), PROMPT_CANCELLED);
	assert_int_equal(prompt_key(prompt, KEYC_ENTER, true), PROMPT_CHANGED); /* pasted */
	assert_string_equal(prompt_text(prompt), " ");
	for (int i = 0; i < 5000; i++)
		prompt_key(prompt, 'x', true);
	assert_true(strlen(prompt_text(prompt)) <= 1000);
	prompt_free(prompt);
}

static void three_choices(void *ctx, const char *text, struct buf *out)
{
	(void)ctx;
	static const char *const words[] = {"tier", "tiers", "theme"};
	for (size_t i = 0; i < 3; i++)
		if (strncmp(words[i], text, strlen(text)) == 0)
			buf_addf(out, "%s\n", words[i]);
}

static void completion(void **state)
{
	(void)state;
	int col;
	struct prompt *prompt = prompt_new(":", three_choices, NULL);
	keys_into(prompt, "ti");
	prompt_key(prompt, KEYC_TAB, false);
	assert_string_equal(prompt_text(prompt), "tier");
	struct canvas canvas = begin(2, 30);
	prompt_draw(prompt, &canvas, &col);
	assert_int_equal(col, 5);
	expect(" tier  tiers\n:tier\n");
	prompt_key(prompt, KEYC_TAB, false);
	prompt_key(prompt, KEYC_TAB, false);
	assert_string_equal(prompt_text(prompt), "tiers");
	prompt_set(prompt, "th");
	prompt_key(prompt, KEYC_TAB, false);
	assert_string_equal(prompt_text(prompt), "theme");
	prompt_set(prompt, "zz");
	assert_int_equal(prompt_key(prompt, KEYC_TAB, false), PROMPT_SAME);
	prompt_free(prompt);
}

static void long_prompts_scroll(void **state)
{
	(void)state;
	int col;
	struct prompt *prompt = prompt_new("/", NULL, NULL);
	prompt_set(prompt, "0123456789日本語");
	struct canvas canvas = begin(1, 10);
	prompt_draw(prompt, &canvas, &col);
	assert_in_range(col, 1, 9);
	expect("/89日本語\n");
	prompt_free(prompt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(texts_are_clipped),
	    cmocka_unit_test(nothing_from_outside_reaches_the_terminal),
	    cmocka_unit_test(fields_and_bars),
	    cmocka_unit_test(parts_stay_inside),
	    cmocka_unit_test(columns_fold_away),
	    cmocka_unit_test(cursor_follows_its_object),
	    cmocka_unit_test(moving_and_marking),
	    cmocka_unit_test(texts_wrap),
	    cmocka_unit_test(stops_and_scrolling),
	    cmocka_unit_test(the_cursor_stays_where_it_is_drawn),
	    cmocka_unit_test(searching),
	    cmocka_unit_test(editing),
	    cmocka_unit_test(completion),
	    cmocka_unit_test(long_prompts_scroll),
	};
	return cmocka_run_group_tests(tests, open_screen, close_screen);
}
