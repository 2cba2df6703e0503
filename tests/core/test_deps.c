#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "core/buf.h"
#include "core/deps.h"
#include "core/mem.h"

static const struct dependency rails6 = {
    "gem", "rails", "6.1.7", DEP_RUNTIME, true, true, {"Gemfile.lock", 10}};
static const struct dependency rails7 = {
    "gem", "rails", "7.0.8", DEP_RUNTIME, true, true, {"Gemfile.lock", 12}};
static const struct dependency rails_js = {"npm", "Rails", "0.1.0",	    DEP_DEV,
					   true,  true,	   {"yarn.lock", 3}};
static const struct dependency rails_range = {"gem", "rails", "~> 7.0",	     DEP_RUNTIME,
					      true,  false,   {"Gemfile", 2}};
static const struct dependency unknown = {"gem", "rails", NULL,		 DEP_RUNTIME,
					  true,	 false,	  {"Gemfile", 9}};
static const struct dependency gin = {
    "go", "github.com/gin-gonic/gin", "v1.9.1", DEP_RUNTIME, true, true, {"go.mod", 5}};
static const struct dependency guava = {
    "maven", "com.google.guava:guava", "32.1-jre", DEP_RUNTIME, true, true, {"pom.xml", 7}};
static const struct dependency sdk = {"pypi", "sentry-sdk", "1.39.0",	       DEP_RUNTIME,
				      true,   true,	    {"poetry.lock", 7}};

static const struct deps_use uses[] = {
    {"shop", &rails7},	    {"pay", &rails6},  {"web", &rails_js}, {"old", &unknown},
    {"blog", &rails_range}, {"api", &gin},     {"jvm", &guava},	   {"ml", &sdk},
    {"admin", &rails7},	    {"shop", &rails6},
};

static void expect(const char *package, const char *range, const char *wanted)
{
	struct arena *arena = arena_new();
	struct deps_use *found;
	size_t count = deps_find(uses, ARRAY_LEN(uses), package, range, arena, &found);
	struct buf text = {0};

	for (size_t i = 0; i < count; i++)
		buf_addf(&text, "%s%s@%s", i ? " " : "", found[i].service,
			 found[i].dependency->version ? found[i].dependency->version : "?");
	assert_string_equal(buf_str(&text), wanted);
	buf_free(&text);
	arena_free(arena);
}

static void finds(void **state)
{
	(void)state;
	expect("rails", NULL,
	       "admin@7.0.8 blog@~> 7.0 old@? pay@6.1.7 shop@6.1.7 shop@7.0.8 web@0.1.0");
	expect("RAILS", ">= 7", "admin@7.0.8 shop@7.0.8");
	expect("gem:rails", "< 7", "pay@6.1.7 shop@6.1.7");
	expect("npm:rails", NULL, "web@0.1.0");
	expect("rail", NULL, "");
	expect("gem", NULL, "");
}

static void names(void **state)
{
	(void)state;
	expect("gin", NULL, "api@v1.9.1");
	expect("github.com/gin-gonic/gin", "^1.9", "api@v1.9.1");
	expect("gonic/gin", NULL, "");
	expect("guava", NULL, "jvm@32.1-jre");
	expect("maven:com.google.guava:guava", NULL, "jvm@32.1-jre");
	expect("Sentry_SDK", NULL, "ml@1.39.0");
	expect("sentry--sdk", NULL, "ml@1.39.0");
	expect("sentrysdk", NULL, "");
}

static void drift(void **state)
{
	struct arena *arena = arena_new();
	struct deps_spread *spreads;
	size_t count = deps_drift(uses, ARRAY_LEN(uses), NULL, 1, arena, &spreads);

	(void)state;
	assert_int_equal(count, 5);
	assert_string_equal(spreads[0].name, "rails");
	assert_string_equal(spreads[0].ecosystem, "gem");
	assert_int_equal(spreads[0].version_count, 2);
	assert_int_equal(spreads[0].service_count, 3);
	assert_string_equal(spreads[0].newest, "7.0.8");
	assert_string_equal(spreads[0].versions[0].version, "6.1.7");
	assert_int_equal(spreads[0].versions[0].service_count, 2);
	assert_string_equal(spreads[0].versions[0].services[0], "pay");
	assert_string_equal(spreads[0].versions[0].services[1], "shop");
	assert_string_equal(spreads[0].versions[1].services[0], "admin");
	assert_string_equal(spreads[1].name, "github.com/gin-gonic/gin");
	assert_string_equal(spreads[4].name, "sentry-sdk");
	assert_int_equal(deps_drift(uses, ARRAY_LEN(uses), NULL, 2, arena, &spreads), 1);
	assert_int_equal(deps_drift(uses, ARRAY_LEN(uses), "gin", 1, arena, &spreads), 1);
	assert_int_equal(deps_drift(uses, 0, NULL, 1, arena, &spreads), 0);
	arena_free(arena);
}

/* A service that has a version in two files counts once. */
static void drift_counts_services_once(void **state)
{
	static const struct deps_use twice[] = {{"a", &rails7}, {"a", &rails7}, {"b", &rails7}};
	struct arena *arena = arena_new();
	struct deps_spread *spreads;

	(void)state;
	assert_int_equal(deps_drift(twice, ARRAY_LEN(twice), NULL, 1, arena, &spreads), 1);
	assert_int_equal(spreads[0].service_count, 2);
	assert_int_equal(spreads[0].versions[0].service_count, 2);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds),
	    cmocka_unit_test(names),
	    cmocka_unit_test(drift),
	    cmocka_unit_test(drift_counts_services_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
