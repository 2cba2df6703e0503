#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/prctl.h>

#include <stdlib.h>

#include "core/mem.h"
#include "tui/feed.h"

static void guard(const char *auth)
{
	char *text = xasprintf("sources:\n- {type: github, auth: %s}\n", auth);
	struct config *config = config_parse("c.yml", "/home/jo", text, strlen(text), NULL);

	assert_non_null(config);
	feed_guard_secrets(config);
	config_free(config);
	free(text);
}

/* A core dump has the environment in it. */
static void secrets_of_the_environment_are_in_no_dump(void **state)
{
	(void)state;
	prctl(PR_SET_DUMPABLE, 1);
	guard("{bearer: {file: ~/token}}");
	assert_int_equal(prctl(PR_GET_DUMPABLE), 1);
	guard("{bearer: {env: TOKEN}}");
	assert_int_equal(prctl(PR_GET_DUMPABLE), 0);
	prctl(PR_SET_DUMPABLE, 1);
	guard("gh");
	assert_int_equal(prctl(PR_GET_DUMPABLE), 0);
	prctl(PR_SET_DUMPABLE, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(secrets_of_the_environment_are_in_no_dump),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
