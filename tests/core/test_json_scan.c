#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/json_scan.h"
#include "core/mem.h"

/* One letter a token, so that a test reads as what it expects. */
static const char letters[] = "^.!{}[]ksntf0";

static char *tokens(const char *text, unsigned flags)
{
	struct json_scan scan;
	struct buf out = {0};

	json_scan_init(&scan, text, strlen(text), flags);
	do
		buf_addc(&out, letters[json_next(&scan)]);
	while (scan.token != JSON_END && scan.token != JSON_ERROR);
	return buf_detach(&out);
}

static void assert_tokens(const char *text, unsigned flags, const char *want)
{
	char *got = tokens(text, flags);

	assert_string_equal(got, want);
	free(got);
}

static void test_tokens(void **state)
{
	(void)state;
	assert_tokens("{\"a\": [1, \"b\", true, false, null], \"c\": {}}", 0, "{k[nstf0]k{}}.");
	assert_tokens(" 12 ", 0, "n.");
	assert_tokens("\xef\xbb\xbf[]", 0, "[].");
	assert_tokens("// x\n{ /* y */ \"a\": 1, // z\n}", 0, "{kn}.");
	assert_tokens("[1, 2, ]", 0, "[nn].");
	assert_tokens("[-0, 1.5e+3, 0.1E2]", 0, "[nnn].");
}

static void test_strict(void **state)
{
	static const char *const wrong[] = {
	    "",	     "{",	  "[1",	  "[1 2]",   "{\"a\" 1}", "{\"a\":}", "{a: 1}",	  "['a']",
	    "[,]",   "[1,,2]",	  "{,}",  "[1}",     "{\"a\":1]", "1 2",      "[01]",	  "[1.]",
	    "[.5]",  "[+1]",	  "[1e]", "[nul]",   "[NaN]",	  "\"a",      "\"a\nb\"", "/* x",
	    "[1]/x", "\"a\x01\"", "}",	  "[tru e]", "{\"a\"",	  "[-]",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		char *got = tokens(wrong[i], 0);

		if (got[strlen(got) - 1] != '!')
			fail_msg("%s was taken: %s", wrong[i], got);
		free(got);
	}
}

static void test_json5(void **state)
{
	(void)state;
	assert_tokens("{a: 'it\\'s', $b_: +1, c: .5, d: 0x1f, e: -Infinity}", JSON_FIVE,
		      "{kskn"
		      "knknkn}.");
	assert_tokens("{a: b}", JSON_FIVE, "{k!");
}

static void test_skip(void **state)
{
	const char *text = "{\"x\": {\"a\": [1, {\"b\": 2}]}, \"y\": 7, \"z\": [[]], \"n\": 1}";
	struct json_scan scan;
	int seen = 0;

	(void)state;
	json_scan_init(&scan, text, strlen(text), 0);
	assert_int_equal(json_next(&scan), JSON_OBJECT);
	while (json_next(&scan) == JSON_KEY) {
		seen++;
		if (json_text_is(&scan, "n"))
			assert_int_equal(json_next(&scan), JSON_NUMBER);
		else
			assert_true(json_skip(&scan));
		assert_int_equal(scan.depth, 1);
	}
	assert_int_equal(seen, 4);
	assert_int_equal(scan.token, JSON_OBJECT_END);
	assert_int_equal(json_next(&scan), JSON_END);

	json_scan_init(&scan, "[[1, 2", 6, 0);
	json_next(&scan);
	assert_false(json_skip(&scan));
	assert_string_equal(scan.error, "it ends too early");
}

static void test_text(void **state)
{
	const char *text = "{\"a\\u0062\": \"\\ud83d\\ude00 \\n \\ud800x\"}";
	struct arena *arena = arena_new();
	struct json_scan scan;

	(void)state;
	json_scan_init(&scan, text, strlen(text), 0);
	json_next(&scan);
	json_next(&scan);
	assert_true(json_text_is(&scan, "ab"));
	assert_false(json_text_is(&scan, "abc"));
	json_next(&scan);
	assert_true(scan.escaped);
	assert_string_equal(json_strdup(&scan, arena), "\xf0\x9f\x98\x80 \n \xef\xbf\xbdx");
	arena_free(arena);
}

static void test_unescape_bad(void **state)
{
	struct buf out = {0};

	(void)state;
	assert_false(json_unescape("a\\qb\\u12", 8, &out));
	assert_string_equal(buf_str(&out), "a\\qb\\u12");
	buf_reset(&out);
	assert_true(json_unescape("\\u0000", 6, &out));
	assert_string_equal(buf_str(&out), "\xef\xbf\xbd");
	buf_free(&out);
}

static void test_lines(void **state)
{
	const char *text = "{\n  \"a\": 1,\n\n  \"b\":\n    2\n}";
	static const uint32_t lines[] = {1, 2, 2, 4, 5, 6};
	static const uint32_t columns[] = {1, 3, 8, 3, 5, 1};
	struct json_scan scan;

	(void)state;
	json_scan_init(&scan, text, strlen(text), 0);
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		json_next(&scan);
		assert_int_equal(json_line(&scan), lines[i]);
		assert_int_equal(json_column(&scan), columns[i]);
	}
}

/* A lockfile may be one line of megabytes: its lines are not counted anew for each token. */
static void test_lines_of_one_long_line(void **state)
{
	size_t count = 300000;
	struct buf text = {0};
	struct json_scan scan;

	(void)state;
	buf_addc(&text, '[');
	for (size_t i = 0; i < count; i++)
		buf_adds(&text, "\"0123456789012345\",");
	buf_adds(&text, "\n2]");
	json_scan_init(&scan, buf_str(&text), text.len, 0);
	assert_int_equal(json_next(&scan), JSON_ARRAY);
	alarm(20);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(json_next(&scan), JSON_STRING);
		assert_int_equal(json_line(&scan), 1);
	}
	alarm(0);
	assert_int_equal(json_next(&scan), JSON_NUMBER);
	assert_int_equal(json_line(&scan), 2);
	assert_int_equal(json_column(&scan), 1);
	buf_free(&text);
}

static void test_depth(void **state)
{
	char text[JSON_MAX_DEPTH + 2];
	struct json_scan scan;

	(void)state;
	memset(text, '[', sizeof(text));
	json_scan_init(&scan, text, sizeof(text), 0);
	for (int i = 0; i < JSON_MAX_DEPTH; i++)
		assert_int_equal(json_next(&scan), JSON_ARRAY);
	assert_int_equal(json_next(&scan), JSON_ERROR);
	assert_string_equal(scan.error, "nested too deep");
	assert_int_equal(json_next(&scan), JSON_ERROR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_tokens), cmocka_unit_test(test_strict),
	    cmocka_unit_test(test_json5),  cmocka_unit_test(test_skip),
	    cmocka_unit_test(test_text),   cmocka_unit_test(test_unescape_bad),
	    cmocka_unit_test(test_lines),  cmocka_unit_test(test_lines_of_one_long_line),
	    cmocka_unit_test(test_depth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
