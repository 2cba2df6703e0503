/* What newly burns is told once, in bytes that no text can break out of. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "tui/notify.h"

static struct burn burn(uint64_t id, int tier)
{
	return (struct burn){.id = id, .tier = tier, .production = true, .name = "x", .what = "y"};
}

static const struct burn *look(struct notify *notify, struct burn *burns, size_t count, bool first,
			       size_t *fresh)
{
	struct incident incident = {.burns = burns, .count = count};

	return notify_update(notify, &incident, first, fresh);
}

static void what_burned_before_is_not_told(void **state)
{
	struct notify *notify = notify_new();
	struct burn burns[] = {burn(9, 1), burn(4, 2), burn(7, 1)};
	size_t fresh;

	(void)state;
	assert_null(look(notify, burns, 2, true, &fresh));
	assert_null(look(notify, burns, 2, false, &fresh));
	assert_ptr_equal(look(notify, burns, 3, false, &fresh), &burns[2]);
	assert_int_equal(fresh, 1);
	assert_null(look(notify, burns, 3, false, &fresh));
	notify_free(notify);
}

static void what_ends_and_comes_again_is_told_again(void **state)
{
	struct notify *notify = notify_new();
	struct burn burns[] = {burn(1, 1), burn(2, 2)};
	size_t fresh;

	(void)state;
	look(notify, burns, 0, true, &fresh);
	assert_ptr_equal(look(notify, burns, 2, false, &fresh), &burns[0]);
	assert_int_equal(fresh, 2);
	assert_null(look(notify, burns, 1, false, &fresh));
	assert_ptr_equal(look(notify, burns, 2, false, &fresh), &burns[1]);
	notify_free(notify);
}

static void only_loud_production_of_tiers_1_and_2_is_told(void **state)
{
	struct notify *notify = notify_new();
	struct burn burns[] = {burn(1, 3), burn(2, 0), burn(3, 1), burn(4, 1), burn(5, 1)};
	size_t fresh;

	(void)state;
	burns[2].quiet = true;
	burns[3].production = false;
	burns[4].service = -1;
	look(notify, burns, 0, true, &fresh);
	assert_null(look(notify, burns, ARRAY_LEN(burns), false, &fresh));
	assert_int_equal(fresh, 0);
	/* It is told when it is silenced no more. */
	burns[2].quiet = false;
	assert_ptr_equal(look(notify, burns, ARRAY_LEN(burns), false, &fresh), &burns[2]);
	notify_free(notify);
}

static void sequence(const char *term, const char *program, bool tmux, const char *text,
		     const char *expected)
{
	struct buf out = {0};

	notify_sequence(&out, term, program, tmux, text);
	assert_string_equal(buf_str(&out), expected);
	buf_free(&out);
}

static void each_terminal_gets_what_it_knows(void **state)
{
	(void)state;
	sequence("xterm-kitty", NULL, false, "T1 a", "\033]9;T1 a\a");
	sequence("xterm-256color", "WezTerm", false, "T1 a", "\033]9;T1 a\a");
	sequence("rxvt-unicode-256color", NULL, false, "T1 a", "\033]777;notify;svctop;T1 a\a");
	sequence("foot", NULL, false, "a", "\033]777;notify;svctop;a\a");
	sequence(NULL, NULL, false, "a", "\033]9;a\a\033]777;notify;svctop;a\a");
	sequence("foot", NULL, true, "a", "\033Ptmux;\033\033]777;notify;svctop;a\a\033\\");
}

/* An alert's name is written by others: it must neither end the sequence nor begin one. */
static void a_text_cannot_break_out(void **state)
{
	static const char text[] = "a\a\033]52;c;eA==\a\033\\\x9c\xc2\x9c\nb";
	struct buf out = {0};

	(void)state;
	notify_sequence(&out, "foot", NULL, false, text);
	assert_memory_equal(buf_str(&out), "\033]777;notify;svctop;a", 20);
	for (size_t i = 1; i + 1 < out.len; i++)
		if ((unsigned char)out.data[i] < ' ' || !memcmp(out.data + i, "\xc2\x9c", 2))
			fail_msg("byte %d at %zu", out.data[i], i);
	assert_int_equal(out.data[out.len - 1], '\a');
	buf_free(&out);
}

static void a_long_text_is_cut(void **state)
{
	char text[5000];
	struct buf out = {0};

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	notify_sequence(&out, "xterm-kitty", NULL, false, text);
	assert_true(out.len < 200);
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_burned_before_is_not_told),
	    cmocka_unit_test(what_ends_and_comes_again_is_told_again),
	    cmocka_unit_test(only_loud_production_of_tiers_1_and_2_is_told),
	    cmocka_unit_test(each_terminal_gets_what_it_knows),
	    cmocka_unit_test(a_text_cannot_break_out),
	    cmocka_unit_test(a_long_text_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
