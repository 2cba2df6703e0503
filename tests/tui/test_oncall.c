/*
 * A night on call, with nothing played: Prometheus, Alertmanager, the blackbox exporter and
 * Buildbot are the real ones, the terminal has 24 rows and 80 columns. A bad commit breaks the
 * build and the service, an alert fires, is traced to the commit, its playbook is read, it is
 * silenced, it resolves; without leaving svctop. Takes a minute.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/buf.h"
#include "core/mem.h"
#include "tests/support/buildbot.h"
#include "tests/support/gitfix.h"
#include "tests/support/httpd.h"
#include "tests/support/monitoring.h"
#include "tests/support/term.h"

#define PATIENCE                                                                                   \
	60000 /* milliseconds: Prometheus scrapes, waits, tells; Buildbot polls, builds            \
	       */

static const char rules[] =
    "groups:\n- name: shop\n  interval: 1s\n  rules:\n"
    "  - alert: Watchdog\n    expr: vector(1)\n    labels: {severity: none}\n"
    "  - alert: CheckoutErrorsHigh\n"
    "    expr: 'probe_success{service=\"checkout\"} == 0'\n"
    "    labels: {severity: critical}\n"
    "    annotations:\n"
    "      summary: 'nobody can pay'\n"
    "      runbook_url: https://git.example/acme/checkout/blob/main/docs/playbooks/checkout.md\n";

static const char service_yml[] = "name: checkout\ntier: 1\nowners: [acme/payments]\n";

static const char playbook[] =
    "# checkout: playbook\n\nTakes orders and asks the bank for the money. Owner: payments, in the "
    "channel of that name.\n\n## Symptoms\n\nCustomers call, or CheckoutErrorsHigh fires: more "
    "than one of fifty orders is answered with an error.\n\n## High error rate\n\nRoll back the "
    "last release, and look at the bank's status page in the meantime. When the errors stay, stop "
    "taking orders rather than taking them twice.\n\n## Escalate\n\nAsk payments; by night, "
    "whoever is on call there. After an hour call the head of shop.\n";

struct night {
	struct monitoring *monitoring;
	struct buildbot *buildbot;
	struct httpd *site;
	char *config;
	struct term *term;
};

static void site_answers(struct night *night, int status)
{
	httpd_reply(night->site, "/checkout", &(struct httpd_reply){.status = status, .body = "x"});
}

static void write_config(struct night *night)
{
	struct servers *servers = night->monitoring->servers;

	night->config = xasprintf("%s/config.yml", servers_folder(servers));
	servers_file(servers, "config.yml",
		     "sources:\n"
		     "  - {type: prometheus, name: prom, url: \"http://127.0.0.1:%d\", every: 1s,\n"
		     "     service_label: service}\n"
		     "  - {type: alertmanager, name: am, url: \"http://127.0.0.1:%d\", every: 1s}\n"
		     "  - {type: buildbot, name: ci, url: \"http://127.0.0.1:%d\", every: 1s,\n"
		     "     builder: \"ci-{service}\"}\n",
		     server_port(night->monitoring->prometheus),
		     server_port(night->monitoring->alertmanager),
		     server_port(night->buildbot->master));
}

static int set_up(void **state)
{
	struct night *night = xcalloc(1, sizeof(*night));
	struct buf probes = {0};

	*state = night;
	if (!monitoring_available() || !buildbot_available())
		return 0;
	night->site = httpd_start();
	site_answers(night, 200);
	monitoring_probe(&probes, httpd_url(night->site, "/checkout"), "checkout");
	night->monitoring = monitoring_start(rules, buf_str(&probes));
	buf_free(&probes);
	night->buildbot = buildbot_start(night->monitoring->servers, service_yml);
	gitfix_write(night->buildbot->repo, "docs/playbooks/checkout.md", playbook);
	write_config(night);
	return 0;
}

static int tear_down(void **state)
{
	struct night *night = *state;

	term_free(night->term);
	buildbot_free(night->buildbot);
	monitoring_free(night->monitoring);
	httpd_stop(night->site);
	free(night->config);
	free(night);
	return 0;
}

static void shows(struct night *night, const char *text)
{
	if (term_wait_text(night->term, text, PATIENCE))
		return;
	term_dump(night->term);
	fail_msg("'%s' is not on the screen", text);
}

static void hides(struct night *night, const char *text)
{
	if (term_wait_gone(night->term, text, PATIENCE))
		return;
	term_dump(night->term);
	fail_msg("'%s' is on the screen", text);
}

static void keys(struct night *night, const char *bytes)
{
	term_send(night->term, bytes);
}

static bool holds(struct server *server, const char *path, const char *text)
{
	struct buf body = {0};
	bool found;

	servers_ask(server_port(server), "GET", path, NULL, NULL, &body);
	found = strstr(buf_str(&body), text);
	buf_free(&body);
	return found;
}

static bool is_built(void *ctx)
{
	struct night *night = ctx;

	return holds(night->buildbot->master, "/api/v2/builds?complete=true", "build successful");
}

/* The poller takes no notice of what was there when it first looked, so one commit may not do. */
static void first_build(struct night *night)
{
	for (int i = 0; i < 12; i++) {
		buildbot_commit(night->buildbot, "Ann Bee <ann@example.com>", "Write the playbook",
				i % 2 ? "exit 0" : "true");
		if (servers_wait(is_built, night, 5))
			return;
	}
	fail_msg("no build ever");
}

static bool is_silenced(void *ctx)
{
	struct night *night = ctx;

	return holds(night->monitoring->alertmanager, "/api/v2/alerts?active=false",
		     "CheckoutErrorsHigh");
}

static void from_the_first_alert_to_the_all_clear(void **state)
{
	struct night *night = *state;
	const char *argv[] = {"svctop", "--config", NULL, NULL, NULL};
	const char *env[] = {"USER=rick", NULL};

	if (!night->monitoring)
		skip();
	first_build(night);
	argv[2] = night->config;
	argv[3] = night->buildbot->repo;
	night->term = term_start((char *const *)argv, (char *const *)env, 24, 80);
	keys(night, "i");
	shows(night, "Nothing burns");

	/* The release that nobody should have made. */
	buildbot_commit(night->buildbot, "Bob Cee <bob@example.com>", "Retry payments for ever",
			"exit 1");
	site_answers(night, 503);
	shows(night, "! CheckoutErrorsHigh");
	keys(night, "g"); /* the build may have burned first, and the cursor stays with it */
	shows(night, "nobody can pay");
	shows(night, "main red since");
	keys(night, "r"); /* the commit is not read before somebody asks */
	shows(night, "Retry payments for ever");
	shows(night, "suspect");
	shows(night, "High error rate");

	keys(night, "p");
	shows(night, "Roll back the last");
	keys(night, "\033");
	shows(night, "! CheckoutErrorsHigh");

	/* Silenced while it is rolled back, and no later than that is it seen as quiet. */
	keys(night, "x");
	shows(night, "a silence needs a comment");
	keys(night, "k\rrolling back\r");
	shows(night, "this will be sent");
	keys(night, "G\r");
	shows(night, "+ silenced until");
	assert_true(servers_wait(is_silenced, night, 30));
	keys(night, "\r");
	shows(night, "- CheckoutErrorsHigh");

	buildbot_commit(night->buildbot, "Bob Cee <bob@example.com>", "Retry payments twice",
			"exit 0");
	site_answers(night, 200);
	hides(night, "CheckoutErrorsHigh");
	hides(night, "main red");
	shows(night, "Nothing burns");
	keys(night, "Q");
	assert_int_equal(term_wait_exit(night->term, PATIENCE), 0);
	assert_null(term_unrestored(night->term));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(from_the_first_alert_to_the_all_clear, set_up,
					    tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
