/* Answers parsed: caps, words for what is no JSON, members of any type, times. */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/buf.h"
#include "fetch/json_get.h"

static void fails(const char *body, size_t len, const char *words)
{
	struct err err = {0};

	assert_null(json_get_parse(body, len, &err));
	if (strcmp(err.what, words) != 0)
		fail_msg("\"%s\" gives: %s", body, err.what);
	err_clear(&err);
}

static void what_is_no_json(void **state)
{
	(void)state;
	fails("", 0, "the answer is empty");
	fails(" \r\n\t ", 5, "the answer is empty");
	fails("\n<!DOCTYPE html><html>", 22, "HTML instead of JSON: a login page or a wrong URL?");
	fails("404 page not found\n", 19, "no JSON, but a text: \"404 page not found\"");
	fails("not\x1b]0;x", 8, "no JSON, but a text: \"not\"");
	fails("{\"a\":[1,", 8, "the answer ends in the middle, after 8 bytes");
	fails("{\"a\":\"b", 7, "the answer ends in the middle, after 7 bytes");
	fails("{\n\"a\":}", 7, "the answer is broken JSON (line 2)");
	fails("{} {}", 5, "the answer is broken JSON (line 1)");
	fails("\"\xff\"", 3, "the answer is not in UTF-8 (line 1)");
	fails("\x01\x02", 2, "the answer is broken JSON (line 1)");
	assert_null(json_get_parse("", 0, NULL));
}

static void caps(void **state)
{
	struct buf text = {0};
	struct err err = {0};
	json_t *json;

	(void)state;
	for (size_t i = 0; i < 100000; i++)
		buf_addc(&text, '[');
	fails(text.data, text.len, "the answer is nested more than 64 deep");
	buf_reset(&text);
	for (size_t i = 0; i < JSON_GET_DEPTH; i++)
		buf_addc(&text, '[');
	for (size_t i = 0; i < JSON_GET_DEPTH; i++)
		buf_addc(&text, ']');
	json = json_get_parse(text.data, text.len, &err);
	assert_non_null(json);
	json_decref(json);
	buf_reset(&text);
	buf_addc(&text, '[');
	for (size_t i = 0; i < JSON_GET_VALUES; i++)
		buf_adds(&text, "0,");
	buf_adds(&text, "0]");
	fails(text.data, text.len, "the answer has more than 2000000 values");
	/* what stands in a text does not count */
	buf_reset(&text);
	buf_adds(&text, "[\"\\\"");
	for (size_t i = 0; i < 1000; i++)
		buf_addc(&text, '[');
	buf_adds(&text, "\"]");
	json = json_get_parse(text.data, text.len, &err);
	assert_non_null(json);
	json_decref(json);
	buf_free(&text);
}

static void members(void **state)
{
	static const char body[] =
	    "\xef\xbb\xbf {\"text\":\"x\",\"none\":\"\",\"null\":null,\"yes\":true,\"no\":false,"
	    "\"int\":9007199254740993,\"real\":2.75,\"large\":18446744073709551616,"
	    "\"value\":\"4.2e-01\",\"inf\":\"+Inf\",\"nan\":\"NaN\",\"word\":\"12 apples\","
	    "\"nul\":\"a\\u0000b\",\"a\":{\"b\":{\"list\":[1],\"time\":\"2026-11-23T01:54:52Z\","
	    "\"seconds\":1795398904.165}}}";
	struct arena *arena = arena_new();
	json_t *json = json_get_parse(body, sizeof(body) - 1, NULL);
	double number = 0;

	(void)state;
	assert_non_null(json);
	assert_string_equal(json_get_text(json, "text"), "x");
	assert_null(json_get_text(json, "none"));
	assert_null(json_get_text(json, "null"));
	assert_null(json_get_text(json, "yes"));
	assert_null(json_get_text(json, "text.deeper"));
	assert_null(json_get_text(json, "missing.deeper"));
	assert_null(json_get_text(NULL, "text"));
	assert_null(json_get_copy(json, "none", arena));
	assert_string_equal(json_get_copy(json, "text", arena), "x");
	assert_string_equal(json_get_text(json, "nul"), "a");
	assert_true(json_get_bool(json, "yes", false));
	assert_false(json_get_bool(json, "no", true));
	assert_true(json_get_bool(json, "text", true));
	/* an integer that a real would round, next to one that does not fit: that makes all real */
	assert_int_equal(json_get_int(json, "real", -1), 2);
	assert_int_equal(json_get_int(json, "large", -1), -1);
	assert_int_equal(json_get_int(json, "text", -1), -1);
	assert_true(json_get_number(json, "value", &number));
	assert_true(number == 0.42);
	assert_true(json_get_number(json, "real", &number));
	assert_true(number == 2.75);
	assert_true(json_get_number(json, "inf", &number) && isinf(number));
	assert_true(json_get_number(json, "nan", &number) && isnan(number));
	assert_false(json_get_number(json, "word", &number));
	assert_false(json_get_number(json, "none", &number));
	assert_false(json_get_number(json, "a", &number));
	assert_non_null(json_get_list(json, "a.b.list"));
	assert_null(json_get_object(json, "a.b.list"));
	assert_non_null(json_get_object(json, "a.b"));
	assert_null(json_get_list(json, "a.b"));
	assert_int_equal(json_get_time(json, "a.b.time"), 1795398892);
	assert_int_equal(json_get_time(json, "a.b.seconds"), 1795398904);
	assert_int_equal(json_get_time(json, "a.b"), 0);
	json_decref(json);
	json = json_get_parse("{\"int\":9007199254740993}", 24, NULL);
	assert_int_equal(json_get_int(json, "int", -1), INT64_C(9007199254740993));
	json_decref(json);
	/* Times that others add days to. */
	json = json_get_parse("{\"t\":9223372036854775807}", 25, NULL);
	assert_non_null(json);
	assert_int_equal(json_get_time(json, "t"), 0);
	json_decref(json);
	arena_free(arena);
}

static void good_time(const char *text, int64_t want)
{
	int64_t got = -1;

	assert_true(json_get_parse_time(text, &got));
	if (got != want)
		fail_msg("%s gives %lld", text, (long long)got);
}

static void bad_time(const char *text)
{
	int64_t got = -1;

	if (json_get_parse_time(text, &got))
		fail_msg("%s gives %lld", text, (long long)got);
	assert_int_equal(got, 0);
}

static void times(void **state)
{
	(void)state;
	good_time("2026-11-23T01:54:52.822949855Z", 1795398892);
	good_time("2026-11-23T01:54:52Z", 1795398892);
	good_time("2026-11-23t01:54:52z", 1795398892);
	good_time("2026-11-23 02:54:52+01:00", 1795398892);
	good_time("2026-11-22T20:24:52.5-0530", 1795398892);
	good_time("2026-11-23T01:54:52", 1795398892);
	good_time("2026-11-23", 1795392000);
	good_time("2024-02-29T00:00:00Z", 1709164800);
	good_time("1970-01-01T00:00:01Z", 1);
	good_time("0001-01-01T00:00:00Z", 0);
	good_time("9999-12-31T23:59:59Z", INT64_C(253402300799));
	bad_time("");
	bad_time("yesterday");
	bad_time("2026-13-01");
	bad_time("2026-11-32");
	bad_time("2026-11-23T24:00:00Z");
	bad_time("2026-11-23T01:54Z");
	bad_time("2026-11-23T01:54:52.Z");
	bad_time("2026-11-23T01:54:52+1");
	bad_time("2026-11-23T01:54:52Z and more");
	bad_time("20261-11-23");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_no_json),
	    cmocka_unit_test(caps),
	    cmocka_unit_test(members),
	    cmocka_unit_test(times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
