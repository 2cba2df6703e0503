#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/span.h"

static void expect(struct span span, const char *text)
{
	if (!span_is(span, text))
		fail_msg("\"%.*s\" is not \"%s\"", (int)span.len, span.at, text);
}

static void lines(void **state)
{
	static const char text[] = "a\r\n\nlast";
	struct lines walk = {text, text + sizeof(text) - 1, 0};
	struct span line;

	(void)state;
	assert_true(lines_next(&walk, &line));
	expect(line, "a");
	assert_true(lines_next(&walk, &line));
	expect(line, "");
	assert_int_equal(walk.number, 2);
	assert_true(lines_next(&walk, &line));
	expect(line, "last");
	assert_false(lines_next(&walk, &line));
	assert_int_equal(walk.number, 3);
}

static void cutting(void **state)
{
	struct span before, after, rest = span_of("a = \"b c\", 'd' \"open");

	(void)state;
	assert_true(span_cut(span_of("k=v=w"), '=', &before, &after));
	expect(before, "k");
	expect(after, "v=w");
	assert_false(span_cut(span_of(NULL), '=', &before, &after));
	expect(before, "k");
	assert_true(span_quoted(&rest, &before));
	expect(before, "b c");
	assert_true(span_quoted(&rest, &before));
	expect(before, "d");
	assert_false(span_quoted(&rest, &before));
	expect(span_unquote(span_of(" 'x' ")), "x");
	expect(span_unquote(span_of("'x\"")), "'x\"");
	expect(span_unquote(span_of("'")), "'");
	expect(span_trim(span_of(" \t ")), "");
	expect(span_skip(span_of("ab"), 5), "");
	expect(span_word(span_of("a-b c"), "-"), "a-b");
	expect(span_word(span_of("a-b"), ""), "a");
}

static void finding(void **state)
{
	(void)state;
	assert_int_equal(span_find(span_of("abc"), "c"), 2);
	assert_int_equal(span_find(span_of("abc"), "d"), -1);
	assert_int_equal(span_find((struct span){"abc", 2}, "c"), -1);
	assert_int_equal(span_indent(span_of("  x")), 2);
	assert_true(span_starts(span_of("abc"), "ab"));
	assert_false(span_starts((struct span){"abc", 1}, "ab"));
	assert_true(span_ends(span_of("abc"), "bc"));
	assert_false(span_ends(span_of("c"), "bc"));
	assert_true(span_is_icase(span_of("ABC"), "abc"));
	assert_false(span_is_icase(span_of("ABCD"), "abc"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines),
	    cmocka_unit_test(cutting),
	    cmocka_unit_test(finding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
