/* The terminal that the other tests look through must itself see right. */

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/term.h"

static struct term *shell(const char *script, int rows, int cols)
{
	char *argv[] = {(char *)"sh", (char *)"-c", (char *)(uintptr_t)script, NULL};

	return term_start(argv, NULL, rows, cols);
}

static void test_text_and_attributes(void **state)
{
	struct term *term = shell("printf 'plain \\033[1;31mbold\\033[0m \\033[7;4mrev\\033[0m "
				  "\\033[38;2;1;2;3;48;5;200mrgb\\033[0m\\n  two  '",
				  5, 40);
	struct term_cell cell;
	int row, col;

	(void)state;
	assert_true(term_expect(term, "two"));
	assert_string_equal(term_row(term, 0), "plain bold rev rgb");
	assert_string_equal(term_row(term, 1), "  two");
	assert_string_equal(term_row(term, 99), "");
	assert_string_equal(term_screen(term), "plain bold rev rgb\n  two\n\n\n\n");
	assert_true(term_find(term, "bold", &row, &col));
	assert_int_equal(row, 0);
	assert_int_equal(col, 6);
	cell = term_cell(term, 0, 6);
	assert_string_equal(cell.text, "b");
	assert_true(cell.bold);
	assert_int_equal(cell.fg.kind, TERM_COLOR_INDEXED);
	assert_int_equal(cell.fg.index, 1);
	assert_int_equal(cell.bg.kind, TERM_COLOR_DEFAULT);
	cell = term_cell(term, 0, 11);
	assert_true(cell.reverse && cell.underline && !cell.bold);
	cell = term_cell(term, 0, 15);
	assert_int_equal(cell.fg.rgb, 0x010203);
	assert_int_equal(cell.bg.index, 200);
	cell = term_cell(term, 0, 0);
	assert_false(cell.bold || cell.reverse || cell.underline);
	term_cursor(term, &row, &col);
	assert_int_equal(row, 1);
	assert_int_equal(col, 7);
	term_free(term);
}

static void test_wide_text(void **state)
{
	struct term *term = shell("printf 'ab\xe6\xbc\xa2\xe5\xad\x97 e\xcc\x81 end'", 3, 20);
	int col;

	(void)state;
	assert_true(term_expect(term, "end"));
	assert_string_equal(term_row(term, 0), "ab\xe6\xbc\xa2\xe5\xad\x97 e\xcc\x81 end");
	assert_int_equal(term_cell(term, 0, 2).width, 2);
	assert_int_equal(term_cell(term, 0, 3).width, 0);
	assert_true(term_find(term, "\xe5\xad\x97", NULL, &col));
	assert_int_equal(col, 4);
	assert_true(term_find(term, "end", NULL, &col));
	assert_int_equal(col, 9);
	term_free(term);
}

static void test_keys_and_environment(void **state)
{
	char *argv[] = {(char *)"sh", (char *)"-c",
			(char *)"read line; echo \"got $line $COLOR $TERM ${HOME-none}\"", NULL};
	char *env[] = {(char *)"COLOR=red", (char *)"HOME", (char *)"TERM=vt100", NULL};
	struct term *term = term_start(argv, env, 4, 60);

	(void)state;
	term_send(term, "hello\r");
	assert_true(term_expect(term, "got hello red vt100 none"));
	assert_int_equal(term_wait_exit(term, TERM_PATIENCE), 0);
	term_free(term);
}

static void test_what_is_not_there_is_not_found(void **state)
{
	struct term *term = shell("printf here; read x", 3, 20);

	(void)state;
	assert_true(term_expect(term, "here"));
	assert_false(term_wait_text(term, "absent", 50));
	assert_true(term_wait_gone(term, "absent", 0));
	assert_false(term_wait_gone(term, "here", 50));
	assert_int_equal(term_wait_exit(term, 50), -1);
	term_free(term);
}

static void test_size(void **state)
{
	struct term *term =
	    shell("stty size; trap 'stty size; exit 3' WINCH; echo set; while :; do read x; done",
		  10, 30);

	(void)state;
	assert_true(term_expect(term, "10 30"));
	assert_true(term_expect(term, "set"));
	term_resize(term, 20, 50);
	assert_true(term_expect(term, "20 50"));
	assert_int_equal(term_wait_exit(term, TERM_PATIENCE), 3);
	assert_int_equal(term_rows(term), 20);
	assert_int_equal(term_cols(term), 50);
	term_free(term);
}

static void test_exit_and_signal(void **state)
{
	struct term *term = shell("echo up; read x", 3, 20);

	(void)state;
	assert_true(term_expect(term, "up"));
	term_signal(term, SIGTERM);
	assert_int_equal(term_wait_exit(term, TERM_PATIENCE), 128 + SIGTERM);
	term_free(term);

	term = shell("exec /nonexistent/program", 3, 60);
	assert_int_equal(term_wait_exit(term, TERM_PATIENCE), 127);
	assert_true(term_expect(term, "not found"));
	term_free(term);
}

static void test_counts_since_a_mark(void **state)
{
	struct term *term = shell("printf 12345; read x; printf 678; read y", 3, 20);
	size_t len;

	(void)state;
	assert_true(term_expect(term, "12345"));
	assert_true(term_bytes(term) >= 5);
	term_mark(term);
	assert_int_equal(term_bytes(term), 0);
	assert_int_equal(term_bursts(term), 0);
	assert_true(term_wait_quiet(term, 20, TERM_PATIENCE));
	assert_int_equal(term_bytes(term), 0);
	term_send(term, "\r");
	assert_true(term_expect(term, "678"));
	assert_true(term_bursts(term) >= 1);
	assert_non_null(strstr(term_raw(term, &len), "678"));
	assert_int_equal(len, term_bytes(term));
	term_free(term);
}

static void test_a_noisy_program_is_not_quiet(void **state)
{
	struct term *term = shell("while :; do printf x; done", 3, 20);

	(void)state;
	assert_false(term_wait_quiet(term, 1000, 100));
	term_free(term);
}

/* A terminal left in a mess is seen as such, each part of it. */
static void test_restoration(void **state)
{
	struct term *term = shell("printf '\\033[?1049h\\033[?25l\\033[?1000h'; stty raw -echo; "
				  "printf messy; cat",
				  3, 20);

	(void)state;
	assert_true(term_expect(term, "messy"));
	assert_false(term_cooked(term));
	assert_true(term_alternate(term));
	assert_true(term_mouse(term));
	assert_false(term_cursor_visible(term));
	assert_string_equal(term_unrestored(term), "the tty is not in cooked mode");
	term_free(term);

	term = shell("printf '\\033[?1049hfull'", 3, 20);
	assert_int_equal(term_wait_exit(term, TERM_PATIENCE), 0);
	assert_string_equal(term_unrestored(term), "the alternate screen is still shown");
	term_free(term);

	term = shell("printf '\\033[?25l'", 3, 20);
	assert_int_equal(term_wait_exit(term, TERM_PATIENCE), 0);
	assert_string_equal(term_unrestored(term), "the cursor is hidden");
	term_free(term);

	term = shell("printf '\\033[?1049h\\033[?25lfull\\033[?1049l\\033[?25hback'", 3, 20);
	assert_int_equal(term_wait_exit(term, TERM_PATIENCE), 0);
	assert_null(term_unrestored(term));
	term_free(term);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text_and_attributes),
	    cmocka_unit_test(test_wide_text),
	    cmocka_unit_test(test_keys_and_environment),
	    cmocka_unit_test(test_what_is_not_there_is_not_found),
	    cmocka_unit_test(test_size),
	    cmocka_unit_test(test_exit_and_signal),
	    cmocka_unit_test(test_counts_since_a_mark),
	    cmocka_unit_test(test_a_noisy_program_is_not_quiet),
	    cmocka_unit_test(test_restoration),
	};

	return cmocka_run_group_tests_name("term", tests, NULL, NULL);
}
