#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "core/text.h"

#define FFFD "\xef\xbf\xbd"
#define ELLI "\xe2\x80\xa6"

static void assert_clean(const char *bytes, unsigned flags, const char *want)
{
	struct buf out = {0};

	text_sanitise(&out, bytes, strlen(bytes), flags);
	assert_string_equal(buf_str(&out), want);
	buf_free(&out);
}

static void test_sanitise(void **state)
{
	(void)state;
	assert_clean("plain text", 0, "plain text");
	assert_clean("", 0, "");
	assert_clean("a\nb\tc\rd", 0, "a b c d");
	assert_clean("a\r\nb", TEXT_LINES, "a\nb");
	assert_clean("\x1b[31mred", 0, FFFD "[31mred");
	assert_clean("\x1b]0;t\x07", TEXT_ASCII, "?]0;t?");
	assert_clean("a\x7f", 0, "a" FFFD);
	assert_clean("\xc2\x9b"
		     "31m",
		     0, FFFD "31m");
	assert_clean("\xff\xfe", 0, FFFD FFFD);
	assert_clean("\xe2\x82", 0, FFFD FFFD);
	assert_clean("\xc0\xaf", 0, FFFD FFFD);
	assert_clean("\xed\xa0\x80", 0, FFFD FFFD FFFD);
}

static void test_sanitise_bidi(void **state)
{
	static const uint32_t controls[] = {0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066,
					    0x2067, 0x2068, 0x2069, 0x200e, 0x200f, 0x61c};
	static const uint32_t dropped[] = {0x200b, 0x200d, 0xfe0f, 0xfe0e, 0xfeff, 0x2060, 0xad};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(controls); i++) {
		struct buf text = {0};

		buf_addc(&text, 'a');
		text_encode(&text, controls[i]);
		assert_clean(buf_str(&text), 0, "a" FFFD);
		buf_free(&text);
	}
	for (size_t i = 0; i < ARRAY_LEN(dropped); i++) {
		struct buf text = {0};

		buf_addc(&text, 'a');
		text_encode(&text, dropped[i]);
		buf_addc(&text, 'b');
		assert_clean(buf_str(&text), 0, "ab");
		buf_free(&text);
	}
}

static void test_sanitise_marks(void **state)
{
	(void)state;
	assert_clean("e\xcc\x81", 0, "e\xcc\x81");
	assert_clean("\xcc\x81"
		     "e",
		     0, "e");
	assert_clean("e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81", 0,
		     "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81");
}

static void test_sanitise_ascii(void **state)
{
	(void)state;
	assert_clean("\xe2\x80\x9cquoted\xe2\x80\x9d \xe2\x80\x94 na\xc3\xafve\xe2\x80\xa6",
		     TEXT_ASCII, "\"quoted\" - na?ve...");
	assert_clean("\xe6\xbc\xa2", TEXT_ASCII, "?");
}

/* What comes out is stable: clean text is not changed again. */
static void test_sanitise_twice(void **state)
{
	struct buf once = {0}, twice = {0};
	unsigned char bytes[256];

	(void)state;
	for (int i = 0; i < 256; i++)
		bytes[i] = (unsigned char)(i * 37 + 11);
	text_sanitise(&once, (const char *)bytes, sizeof(bytes), 0);
	text_sanitise(&twice, once.data, once.len, 0);
	assert_string_equal(once.data, twice.data);
	assert_int_equal(text_utf8_bad(once.data, once.len), once.len);
	buf_free(&once);
	buf_free(&twice);
}

static void test_width(void **state)
{
	(void)state;
	assert_int_equal(text_width("abc"), 3);
	assert_int_equal(text_width("\xe6\xbc\xa2\xe5\xad\x97"), 4);
	assert_int_equal(text_width("e\xcc\x81"), 1);
	assert_int_equal(text_width("\xed\x95\x9c"), 2);
	assert_int_equal(text_width(""), 0);
}

static void assert_clip(const char *s, size_t cells, unsigned flags, const char *want)
{
	struct buf out = {0};
	size_t used = text_clip(&out, s, cells, flags);

	assert_string_equal(buf_str(&out), want);
	assert_int_equal(used, text_width(want));
	assert_true(used <= cells);
	buf_free(&out);
}

static void test_clip(void **state)
{
	(void)state;
	assert_clip("abc", 3, 0, "abc");
	assert_clip("abcd", 3, 0, "ab" ELLI);
	assert_clip("abcd", 3, TEXT_ASCII, "ab~");
	assert_clip("abcd", 1, 0, ELLI);
	assert_clip("abcd", 0, 0, "");
	assert_clip("", 0, 0, "");
	assert_clip("\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2", 4, 0, "\xe6\xbc\xa2" ELLI);
	assert_clip("ae\xcc\x81z", 2, 0, "a" ELLI);
	assert_clip("ae\xcc\x81", 2, 0, "ae\xcc\x81");
}

static void assert_pad(const char *s, size_t cells, enum text_align align, const char *want)
{
	struct buf out = {0};

	buf_adds(&out, "|");
	text_pad(&out, s, cells, align, 0);
	buf_adds(&out, "|");
	assert_string_equal(buf_str(&out), want);
	buf_free(&out);
}

static void test_pad(void **state)
{
	(void)state;
	assert_pad("ab", 5, TEXT_LEFT, "|ab   |");
	assert_pad("ab", 5, TEXT_RIGHT, "|   ab|");
	assert_pad("ab", 5, TEXT_CENTRE, "| ab  |");
	assert_pad("abcdef", 4, TEXT_RIGHT, "|abc" ELLI "|");
	assert_pad("\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2", 4, TEXT_LEFT, "|\xe6\xbc\xa2" ELLI " |");
	assert_pad("", 0, TEXT_LEFT, "||");
}

/* The lines of a text with '|' between. */
static void assert_wrap(const char *s, size_t cells, const char *want)
{
	struct buf out = {0};
	size_t at = 0, start, n;
	int lines = 0;

	while (text_wrap(s, strlen(s), cells, &at, &start, &n)) {
		if (lines++)
			buf_addc(&out, '|');
		buf_add(&out, s + start, n);
		assert_true(lines < 100);
	}
	assert_string_equal(buf_str(&out), want);
	buf_free(&out);
}

static void test_wrap(void **state)
{
	(void)state;
	assert_wrap("one two three", 7, "one two|three");
	assert_wrap("one two three", 8, "one two|three");
	assert_wrap("one two three", 100, "one two three");
	assert_wrap("abcdefgh ij", 3, "abc|def|gh|ij");
	assert_wrap("a  b", 1, "a|b");
	assert_wrap("a\n\nb c", 10, "a||b c");
	assert_wrap("  indented text", 10, "  indented|text");
	assert_wrap("", 10, "");
	assert_wrap("ab", 0, "a|b");
	assert_wrap("\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2", 4,
		    "\xe6\xbc\xa2\xe5\xad\x97|\xe6\xbc\xa2");
	assert_wrap("\xe6\xbc\xa2", 1, "\xe6\xbc\xa2");
	assert_wrap("word   ", 4, "word");
	assert_wrap("ab cd   ef", 5, "ab cd|ef");
}

static void test_age(void **state)
{
	static const struct {
		int64_t seconds;
		const char *want;
	} cases[] = {
	    {-5, "now"},	   {0, "now"},
	    {59, "now"},	   {60, "1m"},
	    {3599, "59m"},	   {3600, "1h"},
	    {86399, "23h"},	   {86400, "1d"},
	    {59 * 86400, "59d"},   {60 * 86400, "2mo"},
	    {364 * 86400, "12mo"}, {365 * 86400, "1y"},
	    {800 * 86400, "2y"},   {INT64_MAX, "292471208677y"},
	};
	char out[TEXT_AGE_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(text_age(cases[i].seconds, out), cases[i].want);
}

static void ages_of_gaps_are_in_days(void **state)
{
	static const struct {
		int64_t since, now;
		bool at_least;
		const char *want;
	} cases[] = {
	    {0, 1000, false, "-"},
	    {1000, 1000, false, "now"},
	    {2000, 1000, false, "now"}, /* a clock that went back */
	    {1000, 1000 + 5 * 3600, false, "5h"},
	    {1000, 1000 + 23 * 3600, true, "-"},
	    {1000, 1000 + 2 * 86400 - 1, false, "1d"},
	    {1000, 1000 + INT64_C(213) * 86400, false, "213d"},
	    {1000, 1000 + INT64_C(213) * 86400, true, "213d+"},
	    {1000, 1000 + INT64_C(1100) * 86400, false, "3y"},
	    {1, INT64_MAX, true, "292471208677y+"},
	};
	char out[TEXT_GAP_AGE_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(
		    text_gap_age(cases[i].since, cases[i].at_least, cases[i].now, out),
		    cases[i].want);
}

static void test_contains(void **state)
{
	(void)state;
	assert_true(text_contains("Checkout", "KOU"));
	assert_true(text_contains("aab", "ab"));
	assert_true(text_contains("x", ""));
	assert_false(text_contains("", "x"));
	assert_false(text_contains("abc", "abcd"));
	assert_true(text_contains("Caf\xc3\x89", "caf\xc3\xa9"));
	assert_true(text_contains("\xd0\x9c\xd0\x98\xd0\xa0", "\xd0\xbc\xd0\xb8"));
}

static void test_mask(void **state)
{
	(void)state;
	assert_true(text_mask("Checkout-API") == text_mask("checkout-api"));
	assert_int_equal(text_mask(""), 0);
	assert_int_equal(text_mask("abc") & ~text_mask("cab9"), 0);
	assert_true(text_mask("z") & ~text_mask("abc"));
	assert_int_equal(text_mask("\xc3\xa9") & ~text_mask("caf\xc3\x89"), 0);
}

static void test_suggest(void **state)
{
	static const char *const words[] = {"services", "tiers", "gaps", "show", "playbook"};

	(void)state;
	assert_string_equal(text_suggest("servcies", words, ARRAY_LEN(words)), "services");
	assert_string_equal(text_suggest("gap", words, ARRAY_LEN(words)), "gaps");
	assert_string_equal(text_suggest("SHOW", words, ARRAY_LEN(words)), "show");
	assert_null(text_suggest("kubernetes", words, ARRAY_LEN(words)));
	assert_null(text_suggest("", words, ARRAY_LEN(words)));
	assert_null(text_suggest("x", words, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sanitise),
	    cmocka_unit_test(test_sanitise_bidi),
	    cmocka_unit_test(test_sanitise_marks),
	    cmocka_unit_test(test_sanitise_ascii),
	    cmocka_unit_test(test_sanitise_twice),
	    cmocka_unit_test(test_width),
	    cmocka_unit_test(test_clip),
	    cmocka_unit_test(test_pad),
	    cmocka_unit_test(test_wrap),
	    cmocka_unit_test(test_age),
	    cmocka_unit_test(ages_of_gaps_are_in_days),
	    cmocka_unit_test(test_contains),
	    cmocka_unit_test(test_mask),
	    cmocka_unit_test(test_suggest),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	/* And the same in a locale that knows ASCII alone. */
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return 1;
	return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
