/* When /healthz says that the collecting itself is ill, without waiting until it is. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/mem.h"
#include "tui/collector_internal.h"

struct fixture {
	struct cli cli;
	struct collector_options options;
	struct collector in;
};

static int set_up(void **state)
{
	struct fixture *fix = xcalloc(1, sizeof(*fix));
	struct keeper_options options = {.cli = &fix->cli, .access = STORE_WRITE, .now = 1000};

	fix->cli.options.store = "none";
	fix->cli.config = config_default();
	fix->cli.checklist = checklist_builtin();
	fix->options.every = 60;
	fix->in.cli = &fix->cli;
	fix->in.options = &fix->options;
	fix->in.progress_ms = collector_clock_ms();
	fix->in.keeper = keeper_new(&options);
	*state = fix;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fix = *state;

	keeper_free(fix->in.keeper);
	config_free(fix->cli.config);
	checklist_free(fix->cli.checklist);
	free(fix->in.cause);
	free(fix);
	return 0;
}

static void is_sick(const struct collector *in, const char *of)
{
	char *sick = collector_sick(in);

	if (of)
		assert_string_equal(sick, of);
	else
		assert_null(sick);
	free(sick);
}

static void test_overdue(void **state)
{
	struct fixture *fix = *state;

	is_sick(&fix->in, NULL);
	fix->in.progress_ms -= 179 * 1000;
	is_sick(&fix->in, NULL);
	fix->in.progress_ms -= 3000;
	is_sick(&fix->in, "nothing was refreshed for 182 seconds");
	/* Another process does, as often as it likes. */
	fix->in.following = true;
	is_sick(&fix->in, NULL);
}

static void test_failed(void **state)
{
	struct fixture *fix = *state;

	fix->in.failed = true;
	fix->in.cause = xstrdup("/src: No such file or directory");
	is_sick(&fix->in, "the last refresh failed: /src: No such file or directory");
	fix->in.failed = false;
	fix->in.waiting = true;
	is_sick(&fix->in, "another svctop keeps the store, for other folders");
}

static void test_nothing_kept(void **state)
{
	struct fixture *fix = *state;
	struct keeper_options options = {.cli = &fix->cli, .access = STORE_WRITE, .now = 1000};
	char *sick;

	keeper_free(fix->in.keeper);
	fix->cli.options.store = "/proc/nowhere/svctop.db";
	fix->in.keeper = keeper_new(&options);
	sick = collector_sick(&fix->in);
	assert_non_null(sick);
	assert_ptr_equal(strstr(sick, "nothing can be kept: "), sick);
	free(sick);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_overdue, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_failed, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_nothing_kept, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
