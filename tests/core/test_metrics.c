#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/metrics.h"

static void write_all(struct metrics *metrics)
{
	metrics_family(metrics, "svctop_build", METRIC_INFO, "This program.");
	metrics_sample(metrics);
	metrics_label(metrics, "version", "1\"2\\3\n4\xff\x1b");
	metrics_int(metrics, 1);
	metrics_one(metrics, "svctop_refreshes", METRIC_COUNTER, "So many.", 12);
	metrics_family(metrics, "svctop_wait_seconds", METRIC_GAUGE, "Waited.");
	metrics_sample(metrics);
	metrics_label(metrics, "a", "");
	metrics_label(metrics, "b", "x");
	metrics_float(metrics, 1.25);
	metrics_sample(metrics);
	metrics_float(metrics, -0.0000004);
	metrics_end(metrics);
}

static void test_prometheus(void **state)
{
	struct buf out = {0};
	struct metrics metrics = {.out = &out};

	(void)state;
	write_all(&metrics);
	assert_string_equal(buf_str(&out),
			    "# HELP svctop_build_info This program.\n"
			    "# TYPE svctop_build_info gauge\n"
			    "svctop_build_info{version=\"1\\\"2\\\\3\\n4\ufffd\ufffd\"} 1\n"
			    "# HELP svctop_refreshes_total So many.\n"
			    "# TYPE svctop_refreshes_total counter\n"
			    "svctop_refreshes_total 12\n"
			    "# HELP svctop_wait_seconds Waited.\n"
			    "# TYPE svctop_wait_seconds gauge\n"
			    "svctop_wait_seconds{a=\"\",b=\"x\"} 1.250000\n"
			    "svctop_wait_seconds 0.000000\n");
	buf_free(&out);
}

static void test_openmetrics(void **state)
{
	struct buf out = {0};
	struct metrics metrics = {.out = &out, .open = true};

	(void)state;
	write_all(&metrics);
	assert_string_equal(buf_str(&out),
			    "# HELP svctop_build This program.\n"
			    "# TYPE svctop_build info\n"
			    "svctop_build_info{version=\"1\\\"2\\\\3\\n4\ufffd\ufffd\"} 1\n"
			    "# HELP svctop_refreshes So many.\n"
			    "# TYPE svctop_refreshes counter\n"
			    "svctop_refreshes_total 12\n"
			    "# HELP svctop_wait_seconds Waited.\n"
			    "# TYPE svctop_wait_seconds gauge\n"
			    "svctop_wait_seconds{a=\"\",b=\"x\"} 1.250000\n"
			    "svctop_wait_seconds 0.000000\n"
			    "# EOF\n");
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_prometheus),
	    cmocka_unit_test(test_openmetrics),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
