/* What the built-in items make of live state, with nothing in git unless a test says so. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "core/rule.h"

#define NOW	   INT64_C(1800000000)
#define DAY	   86400
#define KIND(kind) (UINT64_C(1) << (kind))
#define MAX	   8

struct fixture {
	struct checklist *checklist;
	struct arena *arena;
	struct checkout *checkout;
	struct live_source source;
	struct live_topic topic;
	struct signal signals[MAX];
	struct signal_label labels[MAX];
	struct observed observed[MAX];
	struct rule_probe *probes;
	bool *seen;
	struct rule_live live;
	struct rule_facts facts;
};

static int set_up(void **state)
{
	struct fixture *fix = xcalloc(1, sizeof(*fix));

	fix->checklist = checklist_builtin();
	fix->arena = arena_new();
	fix->checkout = checkout_new("/src/pay");
	fix->source = (struct live_source){.name = "prod", .type = "prometheus"};
	fix->topic = (struct live_topic){.name = "t", .observed_at = NOW};
	fix->probes = xcalloc(fix->checklist->probe_count, sizeof(*fix->probes));
	fix->seen = xcalloc(fix->checklist->probe_count, sizeof(*fix->seen));
	fix->live.seen = fix->seen;
	fix->live.signals = fix->observed;
	fix->facts = (struct rule_facts){
	    .checkout = fix->checkout, .probes = fix->probes, .live = &fix->live};
	*state = fix;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fix = *state;

	checkout_free(fix->checkout);
	arena_free(fix->arena);
	checklist_free(fix->checklist);
	free(fix->probes);
	free(fix->seen);
	free(fix);
	return 0;
}

static struct signal *say(struct fixture *fix, enum signal_kind kind, enum signal_state state,
			  const char *title)
{
	size_t i = fix->live.signal_count++;

	fix->signals[i] = (struct signal){.kind = kind, .state = state, .id = "x", .title = title};
	fix->observed[i] = (struct observed){&fix->signals[i], &fix->source, &fix->topic};
	fix->live.configured |= KIND(kind);
	return &fix->signals[i];
}

static void label(struct fixture *fix, struct signal *signal, const char *name, const char *value)
{
	size_t i = fix->live.signal_count - 1;

	fix->labels[i] = (struct signal_label){name, value};
	signal->labels = &fix->labels[i];
	signal->label_count = 1;
}

static void silence(struct fixture *fix)
{
	fix->live.signal_count = 0;
}

/* As if git had something for the probe at that place of the checklist's file. */
static void in_git(struct fixture *fix, const char *check, const char *path)
{
	const struct check *c = &fix->checklist->checks[checklist_find(fix->checklist, check)];
	struct hit *hit = arena_alloc(fix->arena, sizeof(*hit));
	struct rule_hit *found = arena_alloc(fix->arena, sizeof(*found));

	hit->at.path = path;
	*found = (struct rule_hit){fix->checkout, hit};
	for (size_t i = 0; i < fix->checklist->probe_count; i++) {
		const struct probe *probe = &fix->checklist->probes[i];

		if (probe->kind != PROBE_FILES || !rule_uses_probe(c->pass, probe->index) ||
		    probe->strength != STRENGTH_CONFIGURED)
			continue;
		hit->probe = probe->index;
		fix->probes[i] = (struct rule_probe){.hits = found, .hit_count = 1};
		return;
	}
	fail_msg("%s asks for no file", check);
}

static struct finding ask(struct fixture *fix, const char *check)
{
	struct finding finding;

	rule_evaluate(fix->checklist, (size_t)checklist_find(fix->checklist, check), &fix->facts,
		      NOW, fix->arena, &finding);
	return finding;
}

static void expect(struct fixture *fix, const char *check, enum status status,
		   enum strength strength, const char *reason)
{
	struct finding finding = ask(fix, check);

	if (finding.status != status || finding.strength != strength ||
	    !strstr(finding.reason, reason))
		fail_msg("%s: %s (%d): %s", check, status_name(finding.status), finding.strength,
			 finding.reason);
}

static void test_uptime(void **state)
{
	struct fixture *fix = *state;
	struct signal *probe;

	fix->facts.live = NULL;
	expect(fix, "uptime", STATUS_UNKNOWN, STRENGTH_NONE, "no Prometheus blackbox, Pingdom");
	fix->facts.live = &fix->live;
	probe = say(fix, SIGNAL_UPTIME, SIGNAL_OK, "https://pay.example/");
	expect(fix, "uptime", STATUS_PASS, STRENGTH_OBSERVED, "prod: uptime https://pay.example/");
	/* Somebody watches it, whatever is seen. */
	probe->state = SIGNAL_CRITICAL;
	expect(fix, "uptime", STATUS_PASS, STRENGTH_OBSERVED, "is critical");
	probe->state = SIGNAL_UNKNOWN;
	expect(fix, "uptime", STATUS_UNKNOWN, STRENGTH_NONE, "nothing of it in the configured");
	probe->state = SIGNAL_OK;
	probe->environment = "staging";
	expect(fix, "uptime", STATUS_UNKNOWN, STRENGTH_NONE, "nothing of it in the configured");
	probe->environment = NULL;
	probe->title = "http://pay.prod.svc:8080/healthz";
	expect(fix, "uptime", STATUS_UNKNOWN, STRENGTH_NONE, "nothing of it in the configured");
	probe->title = "https://pay.example/";
	label(fix, probe, "svctop_probe", "own");
	expect(fix, "uptime", STATUS_UNKNOWN, STRENGTH_OBSERVED, "svctop's own probe");
	silence(fix);
	for (size_t i = 0; i < fix->checklist->probe_count; i++)
		fix->seen[i] = fix->checklist->probes[i].kind == PROBE_SIGNAL;
	expect(fix, "uptime", STATUS_GAP, STRENGTH_NONE, "no Probe, blackbox target");
}

static void test_tls(void **state)
{
	struct fixture *fix = *state;
	struct signal *cert = say(fix, SIGNAL_CERT, SIGNAL_OK, "pay.example");

	label(fix, cert, "svctop_probe", "own");
	expect(fix, "tls", STATUS_PASS, STRENGTH_OBSERVED, "prod: cert pay.example is ok");
	cert->state = SIGNAL_CRITICAL;
	expect(fix, "tls", STATUS_GAP, STRENGTH_OBSERVED,
	       "its certificate has expired, is about to, or is not what a browser accepts: prod: "
	       "cert "
	       "pay.example is critical");
	/* One host of several; and what git says is shown behind it. */
	say(fix, SIGNAL_CERT, SIGNAL_OK, "www.pay.example");
	in_git(fix, "tls", "k8s/ingress.yml");
	expect(fix, "tls", STATUS_GAP, STRENGTH_OBSERVED, "its certificate has expired");
	assert_string_equal(ask(fix, "tls").evidence[1].path, "k8s/ingress.yml");
}

static void test_outages(void **state)
{
	struct fixture *fix = *state;
	struct signal *alert;

	fix->facts.live = NULL;
	expect(fix, "outages", STATUS_UNKNOWN, STRENGTH_NONE, "no PagerDuty, Opsgenie or");
	fix->facts.live = &fix->live;
	fix->live.configured = KIND(SIGNAL_ALERT) | KIND(SIGNAL_RULE);
	/* Nothing is wired, so nothing fires: no pass, and no gap, whatever others have. */
	for (size_t i = 0; i < fix->checklist->probe_count; i++)
		fix->seen[i] = fix->checklist->probes[i].kind == PROBE_SIGNAL;
	expect(fix, "outages", STATUS_UNKNOWN, STRENGTH_NONE, "that nothing fires says nothing");
	alert = say(fix, SIGNAL_ALERT, SIGNAL_CRITICAL, "PayDown");
	expect(fix, "outages", STATUS_GAP, STRENGTH_OBSERVED, "an alert fires");
	alert->flags = SIGNAL_SILENCED;
	expect(fix, "outages", STATUS_GAP, STRENGTH_OBSERVED, "an alert fires");
	say(fix, SIGNAL_RULE, SIGNAL_OK, "PayDown");
	alert->flags = SIGNAL_PENDING;
	expect(fix, "outages", STATUS_PASS, STRENGTH_OBSERVED, "prod: rule PayDown is ok");
	alert->flags = SIGNAL_INHIBITED;
	expect(fix, "outages", STATUS_PASS, STRENGTH_OBSERVED, "prod: rule PayDown is ok");
	alert->flags = 0;
	alert->kind = SIGNAL_INCIDENT;
	expect(fix, "outages", STATUS_GAP, STRENGTH_OBSERVED, "an incident is open");
}

/* What Prometheus tells of an alert that Alertmanager inhibits does not make it an outage. */
static void test_outages_by_two_sources(void **state)
{
	struct live_source pager = {
	    .name = "pager", .type = "alertmanager", .kinds = KIND(SIGNAL_SILENCE)};
	struct fixture *fix = *state;

	say(fix, SIGNAL_ALERT, SIGNAL_CRITICAL, "PayDown");
	say(fix, SIGNAL_ALERT, SIGNAL_CRITICAL, "PayDown")->flags = SIGNAL_INHIBITED;
	fix->observed[1].source = &pager;
	say(fix, SIGNAL_RULE, SIGNAL_OK, "PayDown");
	expect(fix, "outages", STATUS_PASS, STRENGTH_OBSERVED, "prod: rule PayDown is ok");
	fix->signals[1].flags = 0;
	expect(fix, "outages", STATUS_GAP, STRENGTH_OBSERVED, "an alert fires");
	assert_int_equal(ask(fix, "outages").evidence_count, 1);
	/* What it said before is no better than what is said now. */
	fix->signals[1].flags = SIGNAL_INHIBITED;
	fix->topic.failing_since = NOW;
	expect(fix, "outages", STATUS_GAP, STRENGTH_OBSERVED, "an alert fires");
}

/* While alerts cannot be asked, silence is not known to be one. */
static void test_outages_when_alerts_fail(void **state)
{
	struct live_source pager = {.name = "pager", .type = "alertmanager"};
	const struct rule_trouble trouble = {KIND(SIGNAL_ALERT), &pager,
					     "pager: no answer within 10 s"};
	struct fixture *fix = *state;

	say(fix, SIGNAL_RULE, SIGNAL_OK, "PayDown");
	fix->live.troubles = &trouble;
	fix->live.trouble_count = 1;
	expect(fix, "outages", STATUS_UNKNOWN, STRENGTH_NONE, "pager: no answer within 10 s");
	assert_int_equal(ask(fix, "outages").code, UNKNOWN_FAILED);
	/* Nor does one that another source knows make up for it; one of its own does. */
	say(fix, SIGNAL_ALERT, SIGNAL_WARNING, "PaySlow");
	expect(fix, "outages", STATUS_UNKNOWN, STRENGTH_NONE, "pager: no answer within 10 s");
	fix->observed[1].source = &pager;
	expect(fix, "outages", STATUS_PASS, STRENGTH_OBSERVED, "prod: rule PayDown is ok");
	fix->live.signal_count = 1;
	/* What another environment's would say was not asked. */
	pager.environment = "staging";
	expect(fix, "outages", STATUS_PASS, STRENGTH_OBSERVED, "prod: rule PayDown is ok");
}

static void test_alerts(void **state)
{
	struct fixture *fix = *state;
	struct signal *rule = say(fix, SIGNAL_RULE, SIGNAL_OK, "PayDown");

	expect(fix, "alerts", STATUS_PASS, STRENGTH_OBSERVED, "prod: rule PayDown is ok");
	rule->state = SIGNAL_CRITICAL;
	expect(fix, "alerts", STATUS_GAP, STRENGTH_OBSERVED, "none of them can be evaluated");
	say(fix, SIGNAL_RULE, SIGNAL_OK, "PaySlow");
	expect(fix, "alerts", STATUS_PASS, STRENGTH_OBSERVED, "prod: rule PaySlow is ok");

	/* A file that is not loaded, where the same Prometheus knows the service. */
	silence(fix);
	in_git(fix, "alerts", "rules/pay.yml");
	expect(fix, "alerts", STATUS_PASS, STRENGTH_CONFIGURED, "rules/pay.yml");
	say(fix, SIGNAL_TARGET, SIGNAL_OK, "pay");
	expect(fix, "alerts", STATUS_GAP, STRENGTH_OBSERVED, "has loaded none of them");
	assert_int_equal(ask(fix, "alerts").evidence_count, 2);
	rule = say(fix, SIGNAL_RULE, SIGNAL_UNKNOWN, "PayDown");
	expect(fix, "alerts", STATUS_PASS, STRENGTH_CONFIGURED, "rules/pay.yml");
}

static void test_metrics(void **state)
{
	struct fixture *fix = *state;
	struct signal *target = say(fix, SIGNAL_TARGET, SIGNAL_WARNING, "pay");

	expect(fix, "metrics", STATUS_PASS, STRENGTH_CONFIGURED, "prod: target pay is warning");
	target->state = SIGNAL_CRITICAL;
	expect(fix, "metrics", STATUS_GAP, STRENGTH_OBSERVED, "cannot scrape any");
}

static void test_delivery(void **state)
{
	struct fixture *fix = *state;
	struct signal *signal = say(fix, SIGNAL_CI, SIGNAL_CRITICAL, "main");

	expect(fix, "ci", STATUS_PASS, STRENGTH_OBSERVED, "prod: ci main is critical");
	signal->state = SIGNAL_UNKNOWN;
	expect(fix, "ci", STATUS_GAP, STRENGTH_NONE, "no step that runs tests");

	signal = say(fix, SIGNAL_DEPLOY, SIGNAL_OK, "production");
	signal->environment = "production";
	signal->since = NOW - 30 * DAY;
	expect(fix, "deploy-automation", STATUS_PASS, STRENGTH_OBSERVED, "prod: deploy production");
	signal->since = NOW - 400 * DAY;
	expect(fix, "deploy-automation", STATUS_GAP, STRENGTH_NONE, "no shipit.yml");
	signal->since = NOW - 30 * DAY;
	signal->environment = "staging";
	expect(fix, "deploy-automation", STATUS_GAP, STRENGTH_NONE, "no shipit.yml");
}

static void test_slo_and_on_call(void **state)
{
	struct fixture *fix = *state;
	struct signal *slo = say(fix, SIGNAL_SLO, SIGNAL_CRITICAL, "requests");

	slo->value = "budget spent";
	expect(fix, "slo", STATUS_PASS, STRENGTH_OBSERVED,
	       "slo requests is critical (budget spent)");
	slo->state = SIGNAL_UNKNOWN;
	expect(fix, "slo", STATUS_GAP, STRENGTH_NONE, "no Sloth");
	expect(fix, "on-call", STATUS_UNKNOWN, STRENGTH_NONE, "no PagerDuty, Opsgenie or");
	say(fix, SIGNAL_ONCALL, SIGNAL_OK, "lena");
	expect(fix, "on-call", STATUS_PASS, STRENGTH_OBSERVED, "oncall lena is ok");
}

static void test_scheduled_load_tests(void **state)
{
	struct fixture *fix = *state;
	struct signal *run = say(fix, SIGNAL_SCHEDULE, SIGNAL_OK, "Weekly load test");

	run->since = NOW - 3 * DAY;
	/* Without thresholds it cannot fail. */
	expect(fix, "load-tests-scheduled", STATUS_GAP, STRENGTH_NONE, "no scheduled workflow");
	in_git(fix, "load-tests-scheduled", "load/pay.js");
	expect(fix, "load-tests-scheduled", STATUS_PASS, STRENGTH_OBSERVED, "Weekly load test");
	run->title = "Nightly tests: upload";
	expect(fix, "load-tests-scheduled", STATUS_GAP, STRENGTH_NONE, "no scheduled workflow");
	run->title = "perf";
	run->state = SIGNAL_WARNING;
	run->flags = SIGNAL_DISABLED;
	expect(fix, "load-tests-scheduled", STATUS_GAP, STRENGTH_OBSERVED, "was switched off");
}

static void test_not_applicable_comes_first(void **state)
{
	struct fixture *fix = *state;

	fix->facts.type = "library";
	say(fix, SIGNAL_CERT, SIGNAL_CRITICAL, "pay.example");
	say(fix, SIGNAL_CHECK, SIGNAL_CRITICAL, "uptime");
	assert_int_equal(ask(fix, "tls").status, STATUS_NA);
	assert_int_equal(ask(fix, "uptime").status, STATUS_NA);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_uptime),
	    TEST(test_tls),
	    TEST(test_outages),
	    TEST(test_outages_by_two_sources),
	    TEST(test_outages_when_alerts_fail),
	    TEST(test_alerts),
	    TEST(test_metrics),
	    TEST(test_delivery),
	    TEST(test_slo_and_on_call),
	    TEST(test_scheduled_load_tests),
	    TEST(test_not_applicable_comes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
