#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "core/mem.h"
#include "core/version.h"

struct range_case {
	const char *version;
	const char *range;
	bool satisfies;
};

static void check_ranges(const struct range_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (version_satisfies(cases[i].version, cases[i].range) != cases[i].satisfies)
			fail_msg("version_satisfies(\"%s\", \"%s\") is not %s", cases[i].version,
				 cases[i].range, cases[i].satisfies ? "true" : "false");
	}
}

static void orders_versions(void **state)
{
	/* ascending; all differ */
	static const char *const order[] = {
	    "not-a-version", "0.9",	      "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta",
	    "1.0.0-beta.2",  "1.0.0-beta.11", "1.0.0-rc.1",  "1.0.0",	      "1.0.post1",
	    "1.0.1",	     "1.2",	      "1.10",	     "2.0.0.pre1",    "2.0.0",
	    "1!0.1",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		for (size_t j = 0; j < ARRAY_LEN(order); j++) {
			int got = version_compare(order[i], order[j]);
			int want = i < j ? -1 : i > j;

			if ((got > 0) - (got < 0) != want)
				fail_msg("%s against %s gives %d", order[i], order[j], got);
		}
	}
}

static void equal_versions(void **state)
{
	(void)state;
	assert_int_equal(version_compare("1.2", "v1.2.0"), 0);
	assert_int_equal(version_compare("2.0.0+incompatible", "v2"), 0);
	assert_int_equal(version_compare("5.3.1.RELEASE", "5.3.1"), 0);
	assert_int_equal(version_compare("32.1.3-jre", "32.1.3-android"), 0);
	assert_int_equal(version_compare("1.0.0-RC1", "1.0.0-rc1"), 0);
	assert_int_equal(version_compare("007", "7"), 0);
}

static void go_pseudo_versions(void **state)
{
	(void)state;
	assert_true(version_compare("v0.0.0-20190101000000-abcdefabcdef",
				    "v0.0.0-20200101000000-000000000000") < 0);
	assert_true(version_compare("v1.2.4-0.20200101000000-abcdefabcdef", "v1.2.3") > 0);
	assert_true(version_compare("v1.2.4-0.20200101000000-abcdefabcdef", "v1.2.4") < 0);
}

static void huge_numbers(void **state)
{
	(void)state;
	assert_true(version_compare("99999999999999999999999999", "1") > 0);
	assert_false(version_satisfies("1", "^99999999999999999999999999"));
	assert_true(version_compare("1.2.3.4.5.6.7.8.9", "1.2.3.4.5.6.7.8") == 0);
}

static void plain_and_comparators(void **state)
{
	static const struct range_case cases[] = {
	    {"1.2.0", "1.2", true},
	    {"1.2.1", "1.2", false},
	    {"1.2.0", "= 1.2", true},
	    {"1.2.3", "== 1.2.*", true},
	    {"1.3.0", "== 1.2.*", false},
	    {"1.2.3", "!= 1.2.*", false},
	    {"1.3", "!= 1.2.*", true},
	    {"1.5", ">= 1.2, < 2", true},
	    {"2.0", ">= 1.2, < 2", false},
	    {"2.0.0-rc1", "< 2", false},
	    {"2.0.0-rc1", "< 2.0.0-rc2", true},
	    {"1.5", ">=1.2 <2", true},
	    {"1.5", ">=1.2,<1.4", false},
	    {"1.2.1", "> 1.2", true},
	    {"1.2", "> 1.2", false},
	    {"1.2", "<= 1.2", true},
	    {"1.2.1", "<= 1.2", false},
	    {"1.9", "<= 1.x", true},
	    {"2.0", "> 1.x", true},
	    {"1.9", "> 1.x", false},
	    {"1.2", "===1.2", true},
	    {"1.5", "!=1.5,>=1", false},
	    {"1!2.0", "== 1!2.0", true},
	    {"2.0", "== 1!2.0", false},
	};

	(void)state;
	check_ranges(cases, ARRAY_LEN(cases));
}

static void npm_and_cargo(void **state)
{
	static const struct range_case cases[] = {
	    {"1.9.9", "^1.4", true},
	    {"1.3", "^1.4", false},
	    {"2.0.0", "^1.4", false},
	    {"2.0.0-beta", "^1.4", false},
	    {"0.2.9", "^0.2.3", true},
	    {"0.3.0", "^0.2.3", false},
	    {"0.0.3", "^0.0.3", true},
	    {"0.0.4", "^0.0.3", false},
	    {"1.2.9", "~1.2.3", true},
	    {"1.3.0", "~1.2.3", false},
	    {"1.9.0", "~1", true},
	    {"1.7.0", "1.x", true},
	    {"2.0.0", "1.x", false},
	    {"1.2.8", "1.2.X", true},
	    {"9.9", "*", true},
	    {"9.9", "", true},
	    {"1.2.3", "1.2 - 1.4", true},
	    {"1.4.9", "1.2 - 1.4", true},
	    {"1.5.0", "1.2 - 1.4", false},
	    {"1.4.1", "1.2 - 1.4.0", false},
	    {"3.1", "^1 || ^3", true},
	    {"2.1", "^1 || ^3", false},
	    {"2.1", "^1||^2", true},
	    {"3.0", "^1 | ^3.0", true},
	};

	(void)state;
	check_ranges(cases, ARRAY_LEN(cases));
}

static void gem_pip_hex(void **state)
{
	static const struct range_case cases[] = {
	    {"3.9", "~> 3.1", true},
	    {"4.0", "~> 3.1", false},
	    {"3.1.9", "~> 3.1.2", true},
	    {"3.2.0", "~> 3.1.2", false},
	    {"3.1.1", "~> 3.1.2", false},
	    {"3.5", "~> 3", true},
	    {"4.0", "~> 3", false},
	    {"4.0.0.rc1", "~> 3.1", false},
	    {"1.4.5", "~=1.4.2", true},
	    {"1.5", "~=1.4.2", false},
	    {"1.9", "~=1.4", true},
	    {"1.1", "~> 1.0 and != 1.1", false},
	    {"1.2", "~> 1.0 and != 1.1", true},
	    {"3.0", "~> 1.0 or ~> 3.0", true},
	    {"2.0", "~> 1.0 or ~> 3.0", false},
	    {"3.1.5", "~> 3.1, >= 3.1.4", true},
	};

	(void)state;
	check_ranges(cases, ARRAY_LEN(cases));
}

static void maven_intervals(void **state)
{
	static const struct range_case cases[] = {
	    {"1.5", "[1.0,2.0)", true},	      {"2.0", "[1.0,2.0)", false},
	    {"2.0", "[1.0, 2.0]", true},      {"1.0", "(1.0,2.0)", false},
	    {"0.1", "(,1.0]", true},	      {"9", "[1.0,)", true},
	    {"1.0", "[1.0]", true},	      {"1.1", "[1.0]", false},
	    {"3.5", "[1,2),[3,4)", true},     {"2.5", "[1,2),[3,4)", false},
	    {"2.0-SNAPSHOT", "[1,2)", false}, {"1.0", "[1.0", false},
	};

	(void)state;
	check_ranges(cases, ARRAY_LEN(cases));
}

static void nonsense_satisfies_nothing(void **state)
{
	static const struct range_case cases[] = {
	    {"main", ">= 0", false},	   {"", ">= 0", false},	 {"1.2", "latest", false},
	    {"1.2", "workspace:*", false}, {"1.2", ">=", false}, {"1.2", "1.2 || ", true},
	    {"1.3", "[", false},	   {"1.3", "(", false},	 {"^1.2", ">= 1", false},
	    {"1.x", ">= 1", false},	   {"1.2", "!", false},
	};
	char longest[4096];

	(void)state;
	check_ranges(cases, ARRAY_LEN(cases));
	for (size_t i = 0; i + 1 < sizeof(longest); i++)
		longest[i] = i % 2 ? '1' : '>';
	longest[sizeof(longest) - 1] = '\0';
	assert_false(version_satisfies("2", longest));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(orders_versions),
	    cmocka_unit_test(equal_versions),
	    cmocka_unit_test(go_pseudo_versions),
	    cmocka_unit_test(huge_numbers),
	    cmocka_unit_test(plain_and_comparators),
	    cmocka_unit_test(npm_and_cargo),
	    cmocka_unit_test(gem_pip_hex),
	    cmocka_unit_test(maven_intervals),
	    cmocka_unit_test(nonsense_satisfies_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
