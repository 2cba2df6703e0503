/* `svctop incident`: its formats, filters and exit codes, over a server that plays Alertmanager. */

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
#include "tests/support/run.h"

/* Up to four more words; NULL ends them. */
static struct run incident(struct burning *fix, const char *const *words)
{
	const char *argv[12] = {"svctop", "incident", "--config", fix->config, NULL};
	size_t count = 4;

	for (; *words; words++)
		argv[count++] = *words;
	argv[count++] = fix->dir;
	argv[count] = NULL;
	return run_program(argv);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NO_WORDS   ((const char *const[]){NULL})

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no \"%s\" in\n%s", part, text);
}

static void has_not(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("\"%s\" is in\n%s", part, text);
}

static void before(const char *text, const char *first, const char *second)
{
	has(text, first);
	has(text, second);
	assert_true(strstr(text, first) < strstr(text, second));
}

static void valid(struct burning *fix, const char *how, const struct run *run)
{
	char *path = xasprintf("%s/out", fix->home);
	struct run judge;

	gitfix_write_bytes(fix->home, "out", run->out, run->out_len);
	judge = run_program(
	    (const char *const[]){"/usr/bin/python3", "tests/cli/validate.py", how, path, NULL});
	if (judge.status)
		fail_msg("%s%s\n%s", judge.out, judge.err, run->out);
	run_free(&judge);
	free(path);
}

static void the_worst_stands_first(void **state)
{
	struct burning *fix = *state;
	struct run run;

	burning_trouble(fix);
	run = incident(fix, NO_WORDS);
	assert_int_equal(run.status, 0);
	before(run.out, "T1  checkout", "T2  ledger");
	before(run.out, "! LedgerErrors warning", "old-batch");
	before(run.out, "old-batch", "- LedgerSlow warning, silenced");
	has(run.out, "3 burning, 1 of no service, 1 quiet, as of ");
	has(run.out, "incidents, uptime, builds");
	run_free(&run);
	run = incident(fix, WORDS("--tier", "1"));
	has(run.out, "checkout");
	has_not(run.out, "ledger");
	has_not(run.out, "old-batch");
	run_free(&run);
	run = incident(fix, WORDS("--owner", "web"));
	has(run.out, "nothing burns");
	run_free(&run);
}

static void one_service_is_told_whole(void **state)
{
	struct burning *fix = *state;
	struct run run;

	burning_trouble(fix);
	run = incident(fix, WORDS("--service", "checkout"));
	assert_int_equal(run.status, 0);
	has(run.out, "checkout: CheckoutErrorsHigh critical");
	has(run.out, "5xx above 5 % for 5m on checkout");
	has(run.out, "retry payments on timeout  A. Lima");
	has(run.out, "alert CheckoutErrorsHigh critical  <- start");
	has(run.out, "hits      storefront (T1)");
	has(run.out, "needs     ledger (T2, burns too)");
	has(run.out, "playbook  checkout  docs/playbooks/checkout.md");
	run_free(&run);
	run = incident(fix, WORDS("--service", "nobody-knows"));
	assert_int_equal(run.status, 2);
	has(run.err, "there is no service \"nobody-knows\"");
	run_free(&run);
}

static void data_is_what_its_schema_says(void **state)
{
	struct burning *fix = *state;
	struct run run;

	burning_trouble(fix);
	run = incident(fix, WORDS("--format", "json"));
	assert_int_equal(run.status, 0);
	valid(fix, "incident", &run);
	has(run.out, "\"events\": null");
	has(run.out, "\"service\": null");
	run_free(&run);
	run = incident(fix, WORDS("--format", "json", "--service", "checkout"));
	valid(fix, "incident", &run);
	has(run.out, "\"suspect\": true");
	has(run.out, "\"author\": \"A. Lima\"");
	run_free(&run);
	run = incident(fix, WORDS("--format", "jsonl"));
	valid(fix, "incident-jsonl", &run);
	run_free(&run);
	run = incident(fix, WORDS("--format", "csv"));
	valid(fix, "csv", &run);
	has(run.out, "tier,service,owner,what,playbook,kind,state,since,quiet,environment");
	has(run.out, "1,checkout,acme/payments,CheckoutErrorsHigh critical,yes,alert,critical,20");
	run_free(&run);
}

/* Who pastes it must not have to tidy it up, and no alert may write into the page. */
static void a_status_update_can_be_pasted(void **state)
{
	struct burning *fix = *state;
	struct run run;

	burning_trouble(fix);
	burning_fire(fix, "*Bold* <img src=x> [x](javascript:y)", "critical", "storefront", 60,
		     NULL, NULL, "first line\n## second line | x");
	burning_play(fix);
	burning_fire(fix, "Pings", "critical", "ledger", 60, NULL, NULL,
		     "1. ask @acme/all, &#64;here or a@b.example ~~~");
	burning_play(fix);
	run = incident(fix, WORDS("--format", "markdown", "--service", "ledger"));
	has(run.out, "1\\. ask @\u200bacme/all, \\&\\#64;here or a@b.example \\~\\~\\~\n");
	run_free(&run);
	run = incident(fix, WORDS("--format", "markdown"));
	assert_int_equal(run.status, 0);
	before(run.out, "## checkout: CheckoutErrorsHigh critical", "## ledger: Pings critical");
	has(run.out, "- **Owner:** acme/payments\n");
	has(run.out, "- **What it says:** 5xx above 5 % for 5m on checkout\n");
	has(run.out, "- **Who is affected:** storefront (T1, burns too)\n");
	has(run.out, " commit ");
	has(run.out, "retry payments on timeout, A. Lima **suspect**\n");
	has(run.out, "alert CheckoutErrorsHigh critical **start**\n");
	has(run.out, "- **Playbook:** docs/playbooks/checkout.md\n");
	has(run.out, "- **Next steps:**\n  - \n");
	has(run.out, "## Also burning\n");
	has(run.out, "\\*Bold\\* \\<img src=x\\> \\[x\\](javascript:y)");
	has_not(run.out, "\n## second line");
	run_free(&run);
}

static void what_does_not_answer_makes_it_incomplete(void **state)
{
	static const struct httpd_reply broken = {.status = 503, .body = "down"};
	struct burning *fix = *state;
	struct run run;

	httpd_reply(fix->am, "/api/v2/alerts*", &broken);
	httpd_reply(fix->am, "/api/v2/silences*", &broken);
	run = incident(fix, NO_WORDS);
	assert_int_equal(run.status, 3);
	has(run.out, "alerts unknown: 503");
	has_not(run.out, "nothing burns");
	run_free(&run);
	run = incident(fix, WORDS("--service", "checkout"));
	has(run.out, "a monitoring system, no owner");
	run_free(&run);
	run = incident(fix, WORDS("--offline"));
	assert_int_equal(run.status, 0);
	has(run.out, "nothing is known");
	has(run.err, "--offline: no source was asked");
	run_free(&run);
	run = incident(fix, WORDS("--format", "json"));
	assert_int_equal(run.status, 3);
	valid(fix, "incident", &run);
	has(run.out, "\"kind\": \"source\"");
	run_free(&run);
}

static void without_sources_nothing_is_said_to_be_well(void **state)
{
	struct burning *fix = *state;
	struct run run;

	gitfix_write(fix->home, "config.yml", "ascii: true\n");
	run = incident(fix, NO_WORDS);
	assert_int_equal(run.status, 0);
	has(run.out, "nothing is known; no source for alerts");
	run_free(&run);
	burning_configure(fix, "");
	burning_trouble(fix);
	run = incident(fix, WORDS("--offline"));
	has(run.out, "nothing is known");
	has_not(run.out, "nothing burns");
	assert_null(httpd_request(fix->am, 0));
	run_free(&run);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, burning_set_up, burning_tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(the_worst_stands_first),
	    TEST(one_service_is_told_whole),
	    TEST(data_is_what_its_schema_says),
	    TEST(a_status_update_can_be_pasted),
	    TEST(what_does_not_answer_makes_it_incomplete),
	    TEST(without_sources_nothing_is_said_to_be_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
