#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/regex.h"

static void assert_matches(const char *pattern, unsigned flags, const char *text, bool expected)
{
	/* Compiled further or not, the answer is the same. */
	for (unsigned once = 0; once <= REGEX_ONCE; once += REGEX_ONCE) {
		struct regex *regex = regex_new(pattern, flags | once, NULL);

		assert_non_null(regex);
		if (regex_test(regex, text) != expected)
			fail_msg("%s against %s is not %d", pattern, text, expected);
		regex_free(regex);
	}
}

static void test_flags(void **state)
{
	(void)state;
	assert_matches("^b$", 0, "a\nb", false);
	assert_matches("^b$", REGEX_MULTILINE, "a\nb\nc", true);
	assert_matches("^b$", REGEX_MULTILINE, "a\r\nb\r\n", true);
	assert_matches("B", 0, "b", false);
	assert_matches("B", REGEX_ICASE, "b", true);
	assert_matches("a.b", 0,
		       "a\xff"
		       "b",
		       true);
	assert_matches("", 0, "", true);
}

static void test_spans(void **state)
{
	struct regex *regex = regex_new("(x)?(b+)", 0, NULL);
	struct regex_span spans[4];

	(void)state;
	assert_int_equal(regex_match(regex, "abbab", 5, 0, spans, 4), REGEX_YES);
	assert_int_equal(spans[0].start, 1);
	assert_int_equal(spans[0].end, 3);
	assert_int_equal(spans[1].end, 0);
	assert_int_equal(spans[2].start, 1);
	assert_int_equal(spans[3].end, 0);
	assert_int_equal(regex_match(regex, "abbab", 5, 3, spans, 1), REGEX_YES);
	assert_int_equal(spans[0].start, 4);
	assert_int_equal(regex_match(regex, "abbab", 4, 3, spans, 1), REGEX_NO);
	assert_int_equal(regex_match(regex, "abbab", 5, 6, spans, 1), REGEX_NO);
	regex_free(regex);
}

static void test_gives_up(void **state)
{
	const char *text = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab";

	(void)state;
	for (unsigned once = 0; once <= REGEX_ONCE; once += REGEX_ONCE) {
		struct regex *regex = regex_new("^(a+)+$", once, NULL);

		assert_int_equal(regex_match(regex, text, strlen(text), 0, NULL, 0), REGEX_GAVE_UP);
		assert_false(regex_test(regex, text));
		regex_free(regex);
	}
}

static void test_refused(void **state)
{
	static const char *const bad[] = {"(", "[a", "*", "(?<a", "(*UTF)a", "\\C", "a{2,1}"};
	char *longer = xcalloc(1, 6000);
	struct err err = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_null(regex_new(bad[i], 0, &err));
		assert_non_null(strstr(err.what, "bad regex"));
		assert_null(regex_new(bad[i], 0, NULL));
	}
	memset(longer, 'a', 5999);
	assert_null(regex_new(longer, 0, &err));
	err_clear(&err);
	free(longer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_flags),
	    cmocka_unit_test(test_spans),
	    cmocka_unit_test(test_gives_up),
	    cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
