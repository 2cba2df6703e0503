/*
 * jq expressions in their child process: what they give, and what they cannot do. This test
 * is its own child when started with JQ_ARGUMENT.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/mem.h"
#include "fetch/child_process.h"
#include "fetch/jq.h"

#define CANARY "s3cr3t-canary-of-the-parent"

static void wait_for(struct jq_pool *pool, struct jq_result *result)
{
	struct pollfd fd;
	int timeout;

	jq_service(pool);
	while (!jq_pool_next(pool, result)) {
		size_t count = jq_pollfds(pool, &fd, 1, &timeout);

		assert_true(timeout >= 0);
		poll(&fd, count, timeout);
		jq_service(pool);
	}
}

static struct jq_result asked(struct jq_pool *pool, const char *expression, const char *body)
{
	struct jq_result result;
	uint32_t job = jq_submit(pool, expression, body, body ? strlen(body) : 0);

	wait_for(pool, &result);
	assert_int_equal(result.job, job);
	assert_int_equal(jq_waiting(pool), 0);
	return result;
}

static int begin(void **state)
{
	*state = jq_pool_new(NULL);
	return 0;
}

static int end(void **state)
{
	jq_pool_free(*state);
	return 0;
}

static void expect(struct jq_pool *pool, const char *expression, const char *body,
		   const char *lines)
{
	struct jq_result result = asked(pool, expression, body);

	if (result.error)
		fail_msg("%s: %s", expression, result.error);
	assert_string_equal(result.lines, lines);
	assert_int_equal(result.len, strlen(lines));
}

static void expect_error(struct jq_pool *pool, const char *expression, const char *body,
			 const char *words)
{
	struct jq_result result = asked(pool, expression, body);

	if (!result.error)
		fail_msg("%s gives %s", expression, result.lines);
	if (!strstr(result.error, words))
		fail_msg("%s: \"%s\" has not \"%s\"", expression, result.error, words);
	assert_int_equal(result.len, 0);
	assert_null(strchr(result.error, '\n'));
}

static void outputs_come_one_a_line(void **state)
{
	expect(*state, ".a[] | {x: .}", "{\"a\":[1,\"two\\nlines\",null]}",
	       "{\"x\":1}\n{\"x\":\"two\\nlines\"}\n{\"x\":null}\n");
	expect(*state, "empty", "{}", "");
	expect(*state, "def f: . + 1; f", "1", "2\n");
	expect(*state, "# says what it is\n.", "true", "true\n");
}

static void names_of_what_is_gone_may_be_fields(void **state)
{
	expect(*state, ".env, .input, {env: 1}, .[\"import\"]", "{\"env\":2,\"import\":3}",
	       "2\nnull\n{\"env\":1}\n3\n");
}

static void the_outside_is_not_there(void **state)
{
	expect_error(*state, "env", "{}", "env is not available");
	expect_error(*state, "env.HOME", "{}", "env is not available");
	expect_error(*state, "$ENV", "{}", "$ENV is not available");
	expect_error(*state, "$ENV.PATH", "{}", "$ENV is not available");
	expect_error(*state, "input", "{}", "input is not available");
	expect_error(*state, "[inputs]", "{}", "inputs is not available");
	expect_error(*state, "input_filename", "{}", "not available");
	expect_error(*state, "halt", "{}", "halt is not available");
	expect_error(*state, "\"x\" | halt_error(1)", "{}", "halt_error is not available");
	expect_error(*state, "get_search_list", "{}", "not available");
	expect_error(*state, "import \"a\" as a; .", "{}", "import is not available");
	expect_error(*state, "include \"a\"; .", "{}", "include is not available");
	expect_error(*state, "import \"/etc/passwd\" as $a; $a", "{}", "import is not available");
	expect_error(*state, "module {}; .", "{}", "module is not available");
	expect(*state, "1 | debug | stderr", "{}", "1\n");
}

/* However an expression gets at it: nothing of the parent's environment is in the child. */
static void the_environment_is_empty(void **state)
{
	struct jq_result result;

	setenv("SVCTOP_TEST_TOKEN", CANARY, 1);
	result = asked(*state, "$ ENV, $__loc__, (try env catch .), ([builtins] | length)", "{}");
	unsetenv("SVCTOP_TEST_TOKEN");
	assert_null(strstr(result.lines, CANARY));
	assert_null(strstr(result.lines, "PATH"));
}

static void errors_have_words_and_a_line(void **state)
{
	expect_error(*state, ".a |", "{}", "ends too early (line 1");
	expect_error(*state, ".a\n| map(.x)\n| foo(", "{}", "line 3");
	expect_error(*state, "foo", "{}", "foo/0 is not defined (line 1");
	expect_error(*state, ".a\n | $b", "{}", "$b is not defined (line 2");
	expect_error(*state, "", "{}", "ends too early");
	expect_error(*state, ".[0]", "{}", "Cannot index object with number");
	expect_error(*state, "1, error(\"so what\")", "{}", "so what");
	expect_error(*state, "error({a: 1})", "{}", "{\"a\":1}");
}

static void a_body_that_is_no_json_is_an_error(void **state)
{
	expect_error(*state, ".", "", "no JSON");
	expect_error(*state, ".", "<html><title>Log in</title>", "no JSON");
	expect_error(*state, ".", "{\"a\":1", "no JSON");
	expect_error(*state, ".", "{} {}", "no JSON");
	/* The child that said so goes on. */
	expect(*state, ".", "[1]", "[1]\n");
}

static void deep_json_is_an_error(void **state)
{
	struct buf deep = {0};

	for (int i = 0; i < 200000; i++)
		buf_addc(&deep, '[');
	for (int i = 0; i < 200000; i++)
		buf_addc(&deep, ']');
	expect_error(*state, ".", buf_str(&deep), "no JSON");
	buf_free(&deep);
	expect(*state, "[.[]?]", "[1]", "[1]\n");
}

static void compiled_alone_gives_nothing(void **state)
{
	struct jq_result result = asked(*state, ".a", NULL);

	assert_null(result.error);
	assert_int_equal(result.len, 0);
	expect_error(*state, ".a |", NULL, "syntax error");
}

/* ---- limits ---- */

static void an_endless_expression_is_stopped_and_those_behind_it_run(void **state)
{
	struct jq_pool *pool = *state;
	struct jq_result result;
	uint32_t jobs[3];

	jobs[0] = jq_submit(pool, ".", "1", 1);
	jobs[1] = jq_submit(pool, "def f: f; f", "2", 1);
	jobs[2] = jq_submit(pool, ".", "3", 1);
	wait_for(pool, &result);
	assert_int_equal(result.job, jobs[0]);
	assert_string_equal(result.lines, "1\n");
	wait_for(pool, &result);
	assert_int_equal(result.job, jobs[1]);
	assert_non_null(strstr(result.error, "over 5 s"));
	wait_for(pool, &result);
	assert_int_equal(result.job, jobs[2]);
	assert_string_equal(result.lines, "3\n");
}

static void a_memory_bomb_ends_the_child_alone(void **state)
{
#if defined(__SANITIZE_ADDRESS__)
	(void)state;
	skip(); /* its shadow memory is beyond any limit */
#else
	expect_error(*state, "def f: (. + .) | f; \"xxxxxxxx\" | f", "{}", "more than 256 MB");
	expect_error(*state, "reduce range(40) as $i ([0]; . + .)", "{}", "more than 256 MB");
	expect(*state, ".", "1", "1\n");
#endif
}

/* 1.6 aborts here; a later library may give an error: the next job gets its answer either way. */
static void an_abort_ends_the_child_alone(void **state)
{
	struct jq_result result = asked(*state, "1e300 | todate", "{}");

	assert_non_null(result.error);
	expect(*state, ".", "1", "1\n");
	/* Too deep for whoever frees it. */
	result = asked(*state, "reduce range(1e6) as $i (0; [.])", "{}");
	expect(*state, ".", "1", "1\n");
}

static void outputs_are_capped(void **state)
{
	struct jq_result result = asked(*state, "range(1e6)", "{}");

	assert_null(result.error);
	assert_true(result.cut);
	assert_int_equal(result.len, 10 + 90 * 2 + 900 * 3 + 9000 * 4 + JQ_OUTPUTS);
	result = asked(*state, "range(100) | \"x\" * 100000", "{}");
	assert_true(result.cut);
	assert_true(result.len <= JQ_OUTPUT_MAX);
	assert_true(result.len > JQ_OUTPUT_MAX / 2);
	expect(*state, ".", "1", "1\n");
}

static void each_expression_is_compiled_once(void **state)
{
	struct jq_pool *pool = *state;
	size_t compiled = 0;

	for (int round = 0; round < 3; round++)
		for (int i = 0; i < 100; i++) {
			char expression[64], line[16];
			struct jq_result result;

			snprintf(expression, sizeof(expression), ".a + %d", i);
			snprintf(line, sizeof(line), "%d\n", i + 1);
			result = asked(pool, expression, "{\"a\":1}");
			assert_null(result.error);
			assert_string_equal(result.lines, line);
			compiled += result.compiled;
		}
	assert_int_equal(compiled, 100);
	/* One that does not compile is not tried again either. */
	expect_error(pool, ".a |", "{}", "syntax error");
	assert_false(asked(pool, ".a |", "{}").compiled);
}

static void the_oldest_expression_makes_room(void **state)
{
	struct jq_pool *pool = *state;

	asked(pool, ".first", "{}");
	for (int i = 0; i < 199; i++) {
		char expression[64];

		snprintf(expression, sizeof(expression), "%d", i);
		asked(pool, expression, "{}");
	}
	assert_false(asked(pool, ".first", "{}").compiled);
	assert_true(asked(pool, ".another", "{}").compiled);
	assert_false(asked(pool, ".first", "{}").compiled);
	assert_true(asked(pool, "0", "{}").compiled);
}

static void large_answers_pass(void **state)
{
	struct buf body = {0};
	struct jq_result result;

	buf_addc(&body, '[');
	while (body.len < 8u << 20)
		buf_addf(&body, "{\"id\":%zu,\"name\":\"service\",\"tags\":[\"a\",\"b\"]},",
			 body.len);
	buf_adds(&body, "0]");
	result = asked(*state, "length", buf_str(&body));
	if (result.error)
		fail_msg("%s", result.error);
	assert_true(strtol(result.lines, NULL, 10) > 100000);
	buf_free(&body);
}

/* ---- processes ---- */

static void a_program_that_is_no_child_is_an_error(void **state)
{
	struct jq_pool *pool = jq_pool_new("/bin/true");
	struct jq_result result;

	(void)state;
	result = asked(pool, ".", "1");
	assert_non_null(result.error);
	result = asked(pool, ".", "1");
	assert_non_null(result.error);
	jq_pool_free(pool);
	pool = jq_pool_new("/nonexistent/svctop");
	result = asked(pool, ".", "1");
	assert_non_null(strstr(result.error, "jq"));
	jq_pool_free(pool);
}

static void a_pool_ends_with_jobs_in_it(void **state)
{
	struct jq_pool *pool = jq_pool_new(NULL);

	(void)state;
	jq_submit(pool, "def f: f; f", "1", 1);
	jq_submit(pool, ".", "1", 1);
	jq_service(pool);
	jq_pool_free(pool);
}

/* ---- a configuration ---- */

static int checked(const char *text, struct err *err)
{
	struct config *config =
	    config_parse("/etc/svctop/config.yml", NULL, text, strlen(text), err);
	int result;

	assert_non_null(config);
	result = jq_check(NULL, config, err);
	config_free(config);
	return result;
}

static void a_configuration_is_checked(void **state)
{
	struct err err = {0};

	(void)state;
	assert_int_equal(checked("sources:\n- type: json\n  url: https://a.example\n"
				 "  expression: '{state: .s}'\n  checks:\n    ci: .ok\n",
				 &err),
			 0);
	assert_int_equal(checked("sources:\n- type: json\n  url: https://a.example\n"
				 "  expression: '{state: .s'\n",
				 &err),
			 -1);
	assert_string_equal(err.where, "/etc/svctop/config.yml:4");
	assert_non_null(strstr(err.what, "syntax error"));
	assert_int_equal(checked("sources:\n- type: json\n  url: https://a.example\n"
				 "  checks:\n    ci: .ok\n    pager: import \"x\"; .\n",
				 &err),
			 -1);
	assert_string_equal(err.where, "/etc/svctop/config.yml:6");
	err_clear(&err);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(outputs_come_one_a_line, begin, end),
	    cmocka_unit_test_setup_teardown(names_of_what_is_gone_may_be_fields, begin, end),
	    cmocka_unit_test_setup_teardown(the_outside_is_not_there, begin, end),
	    cmocka_unit_test_setup_teardown(the_environment_is_empty, begin, end),
	    cmocka_unit_test_setup_teardown(errors_have_words_and_a_line, begin, end),
	    cmocka_unit_test_setup_teardown(a_body_that_is_no_json_is_an_error, begin, end),
	    cmocka_unit_test_setup_teardown(deep_json_is_an_error, begin, end),
	    cmocka_unit_test_setup_teardown(compiled_alone_gives_nothing, begin, end),
	    cmocka_unit_test_setup_teardown(
		an_endless_expression_is_stopped_and_those_behind_it_run, begin, end),
	    cmocka_unit_test_setup_teardown(a_memory_bomb_ends_the_child_alone, begin, end),
	    cmocka_unit_test_setup_teardown(an_abort_ends_the_child_alone, begin, end),
	    cmocka_unit_test_setup_teardown(outputs_are_capped, begin, end),
	    cmocka_unit_test_setup_teardown(each_expression_is_compiled_once, begin, end),
	    cmocka_unit_test_setup_teardown(the_oldest_expression_makes_room, begin, end),
	    cmocka_unit_test_setup_teardown(large_answers_pass, begin, end),
	    cmocka_unit_test(a_program_that_is_no_child_is_an_error),
	    cmocka_unit_test(a_pool_ends_with_jobs_in_it),
	    cmocka_unit_test(a_configuration_is_checked),
	};

	if (argc == 2 && !strcmp(argv[1], JQ_ARGUMENT))
		return jq_main(CHILD_FD);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
