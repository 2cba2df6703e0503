/* What sources said when svctop last ran: known at once, old until it is asked, gone when it is. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "tests/support/burning.h"
#include "tests/support/gitfix.h"
#include "tests/support/term.h"

static struct term *start(const struct burning *fix)
{
	const char *argv[] = {"svctop", "--config", fix->config, fix->dir, NULL};

	return term_start((char *const *)argv, NULL, 30, 120);
}

static void leave(struct term *term)
{
	term_send(term, "Q");
	assert_int_equal(term_wait_exit(term, TERM_PATIENCE), 0);
	assert_null(term_unrestored(term));
	term_free(term);
}

/* A run that hears of the trouble, and keeps it. */
static void run_once(struct burning *fix)
{
	struct term *term;

	burning_trouble(fix);
	term = start(fix);
	assert_true(term_expect(term, "am now"));
	term_send(term, "i");
	assert_true(term_expect(term, "CheckoutErrorsHigh"));
	assert_true(term_wait_gone(term, "reading", TERM_PATIENCE));
	leave(term);
}

static void an_alert_of_before_never_looks_fresh(void **state)
{
	struct burning *fix = *state;
	struct term *term;

	run_once(fix);
	httpd_freeze(fix->am); /* takes connections, says nothing */
	burning_configure(fix, "  timeout: 60s\n");
	term = start(fix);
	term_send(term, "i");
	assert_true(term_expect(term, "CheckoutErrorsHigh"));
	assert_true(term_expect(term, ", asking"));
	term_send(term, "\r");
	assert_true(term_expect(term, "asked again yet"));
	leave(term);
	httpd_thaw(fix->am);
}

static void a_resolved_one_goes_with_the_first_answer(void **state)
{
	struct burning *fix = *state;
	struct term *term;

	run_once(fix);
	buf_reset(&fix->alerts);
	burning_fire(fix, "LedgerErrors", "warning", "ledger", 540, NULL, NULL, "errors on ledger");
	burning_play(fix);
	term = start(fix);
	term_send(term, "i");
	assert_true(term_expect(term, "am now"));
	assert_true(term_wait_gone(term, "CheckoutErrorsHigh", TERM_PATIENCE));
	assert_true(term_expect(term, "LedgerErrors"));
	assert_true(term_wait_gone(term, "from the last run", TERM_PATIENCE));
	leave(term);
}

/* A source that is no longer configured has said nothing. */
static void what_is_configured_no_more_is_not_recalled(void **state)
{
	struct burning *fix = *state;
	struct term *term;

	run_once(fix);
	httpd_freeze(fix->am);
	term = start(fix);
	term_send(term, "i");
	assert_true(term_expect(term, "CheckoutErrorsHigh"));
	leave(term);
	httpd_thaw(fix->am);
	gitfix_write(fix->home, "config.yml", "me: {owner: [acme/web]}\n");
	term = start(fix);
	assert_true(term_expect(term, "storefront"));
	assert_true(term_wait_gone(term, "reading", TERM_PATIENCE));
	term_send(term, "i");
	assert_true(term_wait_quiet(term, 300, TERM_PATIENCE));
	assert_false(term_find(term, "CheckoutErrorsHigh", NULL, NULL));
	leave(term);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(an_alert_of_before_never_looks_fresh, burning_set_up,
					    burning_tear_down),
	    cmocka_unit_test_setup_teardown(a_resolved_one_goes_with_the_first_answer,
					    burning_set_up, burning_tear_down),
	    cmocka_unit_test_setup_teardown(what_is_configured_no_more_is_not_recalled,
					    burning_set_up, burning_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
