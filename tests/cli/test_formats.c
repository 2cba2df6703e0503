/*
 * Every format, over the demo fleet, held against what its readers expect: our JSON
 * Schema, a schema of what we write of SARIF and JUnit, and a real Prometheus.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/mem.h"
#include "tests/support/gitfix.h"
#include "tests/support/run.h"
#include "tui/demo.h"

enum { VALIDATOR_SKIPS = 77 };

static char *fleet; /* the demo fleet's folder */

static int make_fleet(void **state)
{
	struct err err = {0};

	(void)state;
	fleet = gitfix_tmp();
	if (demo_make(fleet, time(NULL), &err)) {
		fprintf(stderr, "%s: %s\n", err.where, err.what);
		return -1;
	}
	return 0;
}

static int remove_fleet(void **state)
{
	(void)state;
	gitfix_rmtree(fleet);
	free(fleet);
	return 0;
}

/* Runs validate.py on text; its exit code, after printing what it says. */
static int validate(const char *format, const char *text, size_t len)
{
	char *dir = gitfix_tmp(), *path = xasprintf("%s/output", dir);
	struct run run;
	int status;

	gitfix_write_bytes(dir, "output", text, len);
	run = run_program(
	    (const char *const[]){"/usr/bin/python3", "tests/cli/validate.py", format, path, NULL});
	status = run.status;
	if (status != 0)
		print_message("%s%s", run.out, run.err);
	run_free(&run);
	gitfix_rmtree(dir);
	free(path);
	free(dir);
	return status;
}

static struct run report(const char *command, const char *format)
{
	struct run run = run_program((const char *const[]){"svctop", command, "--store", "none",
							   "--format", format, fleet, NULL});

	/* The fleet has a broken repository: incomplete, whatever the gaps. */
	if (run.status != 3)
		fail_msg("%s --format %s: exit code %d: %s", command, format, run.status, run.err);
	return run;
}

static void check_format(const char *command, const char *format)
{
	struct run run = report(command, format);
	int status = validate(format, run.out, run.out_len);

	run_free(&run);
	if (status == VALIDATOR_SKIPS)
		skip();
	assert_int_equal(status, 0);
}

static void test_json(void **state)
{
	(void)state;
	check_format("check", "json");
}

static void test_jsonl(void **state)
{
	(void)state;
	check_format("check", "jsonl");
	check_format("services", "jsonl");
}

static void test_csv(void **state)
{
	(void)state;
	check_format("check", "csv");
	check_format("services", "csv");
	check_format("gaps", "csv");
	check_format("tiers", "csv");
}

static void test_sarif(void **state)
{
	(void)state;
	check_format("check", "sarif");
}

static void test_junit(void **state)
{
	(void)state;
	check_format("check", "junit");
}

static void test_openmetrics(void **state)
{
	(void)state;
	check_format("check", "openmetrics");
}

/* The first line in which two outputs differ, if any. */
static void assert_same(const char *format, const char *a, const char *b)
{
	size_t line = 1, start = 0, i = 0;

	for (; a[i] && a[i] == b[i]; i++) {
		if (a[i] == '\n') {
			line++;
			start = i + 1;
		}
	}
	if (a[i] != b[i])
		fail_msg("%s differs in line %zu: \"%.150s\" and \"%.150s\"", format, line,
			 a + start, b + start);
}

/* The time of the run, which is all that may differ: 2026-11-23T02:00:00 becomes zeroes. */
static void mask_times(char *text)
{
	static const char shape[] = "0000-00-00T00:00:00";

	for (; *text; text++) {
		size_t i = 0;

		while (shape[i] &&
		       (shape[i] == '0' ? text[i] >= '0' && text[i] <= '9' : text[i] == shape[i]))
			i++;
		if (!shape[i])
			memcpy(text, shape, i);
	}
}

/* What is printed must not depend on which scanner was faster. */
static void test_same_bytes(void **state)
{
	static const char *const formats[] = {"text", "csv", "markdown", "junit", "sarif"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		struct run one = run_program((const char *const[]){
		    "svctop", "check", "--jobs", "1", "--format", formats[i], fleet, NULL});
		struct run two = run_program((const char *const[]){
		    "svctop", "check", "--jobs", "4", "--format", formats[i], fleet, NULL});

		assert_int_equal(one.status, two.status);
		assert_true(one.out_len > 0);
		mask_times(one.out);
		mask_times(two.out);
		assert_same(formats[i], one.out, two.out);
		run_free(&one);
		run_free(&two);
	}
}

/* The judges themselves: each refuses what its format forbids. */
static void test_validators_refuse(void **state)
{
	static const struct {
		const char *format, *text;
	} wrong[] = {
	    {"json", "{\"schema\": 1}"},
	    {"jsonl", "{\"findings\": []}\n"},
	    {"csv", "a,b\n1\n"},
	    {"csv", "a,b\n=1+1,2\n"},
	    {"sarif", "{\"$schema\": \"sarif-2.1.0\", \"version\": \"2.1.0\", \"runs\": []}"},
	    {"junit", "<testsuites tests=\"1\" failures=\"0\"><testcase/></testsuites>"},
	    {"openmetrics", "svctop_up 1\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_int_equal(validate(wrong[i].format, wrong[i].text, strlen(wrong[i].text)),
				 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_json),       cmocka_unit_test(test_jsonl),
	    cmocka_unit_test(test_csv),	       cmocka_unit_test(test_sarif),
	    cmocka_unit_test(test_junit),      cmocka_unit_test(test_openmetrics),
	    cmocka_unit_test(test_same_bytes), cmocka_unit_test(test_validators_refuse),
	};

	return cmocka_run_group_tests_name("formats", tests, make_fleet, remove_fleet);
}
