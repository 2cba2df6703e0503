#include "tests/support/burning.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/json_write.h"
#include "core/mem.h"
#include "tests/support/gitfix.h"

#define MINUTE 60
#define HOUR   3600

static const char playbook[] =
    "# Checkout\n\nWhat to do when people cannot pay.\n\n## Roll back\n\nDeploy the build before.\n"
    "\n## High error rate\n\nLook at the provider's status page first.\n\n## Slow answers\n\n"
    "Add workers; the queue says how many are needed to empty it again.\n\n"
    "1. Look at the dashboard of the service and of the provider.\n2. Restart the workers:\n\n"
    "```sh\nkubectl rollout restart deployment/checkout\n```\n\n3. Check the error rate; it "
    "goes below one percent within five minutes, else call the payments team.\n";

static struct gitfix *repository(struct burning *fix, const char *name, const char *descriptor)
{
	struct gitfix *git = gitfix_new(fix->dir, name);

	gitfix_time(git, fix->now - 90 * 24 * HOUR);
	gitfix_file(git, "service.yml", descriptor);
	return git;
}

static void make_fleet(struct burning *fix)
{
	struct gitfix *git = repository(fix, "checkout",
					"name: checkout\ntier: 1\nowners: [acme/payments]\n"
					"depends_on: [ledger]\n");

	gitfix_file(git, "docs/playbooks/checkout.md", playbook);
	gitfix_commit(git, "Start");
	gitfix_time(git, fix->now - 30 * MINUTE);
	gitfix_author(git, "A. Lima", "lima@example.com");
	gitfix_file(git, "retry.rb", "5.times\n");
	gitfix_commit(git, "retry payments on timeout");
	gitfix_free(git);
	git = repository(fix, "ledger", "name: ledger\ntier: 2\nowners: [acme/payments]\n");
	gitfix_commit(git, "Start");
	gitfix_free(git);
	git = repository(fix, "storefront",
			 "name: storefront\ntier: 1\nowners: [acme/web]\ndepends_on: [checkout]\n");
	gitfix_commit(git, "Start");
	gitfix_free(git);
}

static void add_pairs(struct json_writer *json, const char *const *pairs)
{
	for (; pairs && *pairs; pairs += 2)
		json_str(json, pairs[0], pairs[1]);
}

void burning_fire(struct burning *fix, const char *name, const char *severity, const char *service,
		  int64_t age, const char *silence, const char *const *labels, const char *text)
{
	struct json_writer json = {.out = &fix->alerts};
	char id[32], time[TIME_TEXT_MAX];

	if (fix->alerts.len)
		buf_addc(&fix->alerts, ',');
	snprintf(id, sizeof(id), "%08zx", fix->alerts.len);
	json_open(&json, NULL, '{');
	json_open(&json, "labels", '{');
	json_str(&json, "alertname", name);
	json_str(&json, "severity", severity);
	if (service)
		json_str(&json, "service", service);
	add_pairs(&json, labels);
	json_close(&json, '}');
	json_open(&json, "annotations", '{');
	json_str(&json, "summary", text);
	json_close(&json, '}');
	json_str(&json, "startsAt", time_text(fix->now - age, time));
	json_str(&json, "endsAt", time_text(fix->now + HOUR, time));
	json_str(&json, "updatedAt", time_text(fix->now, time));
	json_str(&json, "fingerprint", id);
	json_str(&json, "generatorURL", "https://prom.example.com/graph");
	json_open(&json, "receivers", '[');
	json_close(&json, ']');
	json_open(&json, "status", '{');
	json_str(&json, "state", silence ? "suppressed" : "active");
	json_open(&json, "silencedBy", '[');
	if (silence)
		json_str(&json, NULL, silence);
	json_close(&json, ']');
	json_open(&json, "inhibitedBy", '[');
	json_close(&json, ']');
	json_close(&json, '}');
	json_close(&json, '}');
}

void burning_play(struct burning *fix)
{
	char ends[TIME_TEXT_MAX], *alerts = xasprintf("[%s]", buf_str(&fix->alerts)), *silences;

	time_text(fix->now + 2 * HOUR, ends);
	silences = xasprintf("[{\"id\":\"s-1\",\"matchers\":[{\"name\":\"alertname\",\"value\":"
			     "\"LedgerSlow\",\"isRegex\":false,\"isEqual\":true}],\"startsAt\":"
			     "\"2026-01-01T00:00:00Z\",\"endsAt\":\"%s\",\"createdBy\":\"Mina\","
			     "\"comment\":\"index is built\",\"status\":{\"state\":\"active\"}}]",
			     ends);
	httpd_reply(fix->am, "/api/v2/alerts*", &(struct httpd_reply){.body = alerts});
	httpd_reply(fix->am, "/api/v2/silences*", &(struct httpd_reply){.body = silences});
	httpd_reply(fix->am, "/api/v2/status",
		    &(struct httpd_reply){.body = "{\"versionInfo\":{\"version\":\"0.25.0\"}}"});
	free(alerts);
	free(silences);
}

void burning_trouble(struct burning *fix)
{
	burning_fire(fix, "CheckoutErrorsHigh", "critical", "checkout", 12 * MINUTE, NULL, NULL,
		     "5xx above 5 % for 5m on checkout");
	burning_fire(fix, "LedgerSlow", "warning", "ledger", HOUR, "s-1", NULL, "p99 above 800 ms");
	burning_fire(fix, "LedgerErrors", "warning", "ledger", 9 * MINUTE, NULL, NULL,
		     "errors on ledger");
	burning_fire(fix, "BatchFailed", "warning", "old-batch", 5 * HOUR, NULL, NULL, "it failed");
	burning_play(fix);
}

void burning_configure(struct burning *fix, const char *more)
{
	char *text =
	    xasprintf("me: {owner: [acme/web]}\nsources:\n- type: alertmanager\n  url: %s\n"
		      "  name: am\n  environment: production\n%s",
		      httpd_url(fix->am, ""), more);

	gitfix_write(fix->home, "config.yml", text);
	free(text);
}

int burning_set_up(void **state)
{
	struct burning *fix = xcalloc(1, sizeof(*fix));

	fix->now = (int64_t)time(NULL);
	fix->dir = gitfix_tmp();
	fix->home = gitfix_tmp();
	fix->config = xasprintf("%s/config.yml", fix->home);
	fix->am = httpd_start();
	make_fleet(fix);
	burning_configure(fix, "");
	setenv("HOME", fix->home, 1);
	setenv("XDG_CONFIG_HOME", fix->home, 1);
	setenv("XDG_STATE_HOME", fix->home, 1);
	setenv("XDG_CACHE_HOME", fix->home, 1);
	unsetenv("SVCTOP_CONFIG");
	*state = fix;
	return 0;
}

int burning_tear_down(void **state)
{
	struct burning *fix = *state;

	httpd_stop(fix->am);
	gitfix_rmtree(fix->dir);
	gitfix_rmtree(fix->home);
	buf_free(&fix->alerts);
	free(fix->dir);
	free(fix->home);
	free(fix->config);
	free(fix);
	return 0;
}
