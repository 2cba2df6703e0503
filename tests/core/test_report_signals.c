/* What live sources say of a service, as data and for people. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "core/mem.h"
#include "core/report.h"

#define NOW INT64_C(1800000000)

static const char list_text[] = "schema: 1\n"
				"name: test\n"
				"checks:\n"
				"  - {id: watched, tier: 4, title: W, why: w, close: watch it,\n"
				"     pass: {signal: uptime, state: ok}}\n";

struct fixture {
	struct checklist *checklist;
	struct fleet *fleet;
	struct live *live;
	struct report_scope scope;
	struct report report;
	struct report_out out;
};

static void say(struct fixture *fix)
{
	struct arena *arena = arena_new();
	struct topic_report report = {
	    .source = "prod",
	    .topic = "alerts",
	    .at = NOW - 720,
	    .kinds = UINT64_C(1) << SIGNAL_ALERT | UINT64_C(1) << SIGNAL_UPTIME,
	    .signals = {.arena = arena},
	};
	struct signal *alert = signal_add(&report.signals, SIGNAL_ALERT, SIGNAL_CRITICAL, "1",
					  "Errors\033[31mHigh"),
		      *up, *rule;

	alert->since = NOW - 7200;
	alert->text = "5xx ratio 42%";
	alert->value = "0.42";
	alert->severity = "page";
	alert->url = "https://prom.example/alerts?search=ErrorsHigh";
	alert->runbook = "https://runbooks.example/errors";
	alert->flags = SIGNAL_SILENCED;
	signal_add_key(&report.signals, alert, "subject", "pay");
	up = signal_add(&report.signals, SIGNAL_UPTIME, SIGNAL_OK, "2", "https://pay.example/");
	up->environment = "production";
	signal_add_key(&report.signals, up, "subject", "pay");
	rule = signal_add(&report.signals, SIGNAL_RULE, SIGNAL_OK, "3", "SomeRule");
	signal_add_key(&report.signals, rule, "subject", "pay");
	live_apply(fix->live, &report);
	arena_free(arena);
}

static int set_up(void **state)
{
	static const struct live_config source = {
	    .name = "prod", .type = "prometheus", .kinds = UINT64_MAX};
	struct fixture *fix = xcalloc(1, sizeof(*fix));
	struct checkout *co = checkout_new("/src/pay");

	fix->checklist = checklist_parse("l.yml", list_text, strlen(list_text), NULL);
	assert_non_null(fix->checklist);
	fix->fleet = fleet_new(fix->checklist);
	fix->live = live_new();
	live_configure(fix->live, &source, 1);
	say(fix);
	fleet_set_live(fix->fleet, fix->live);
	fleet_apply(fix->fleet, co);
	fleet_settle(fix->fleet, NOW);
	fix->report = (struct report){.fleet = fix->fleet, .scope = &fix->scope, .now = NOW};
	*state = fix;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fix = *state;

	buf_free(&fix->out.text);
	fleet_free(fix->fleet);
	live_free(fix->live);
	checklist_free(fix->checklist);
	free(fix);
	return 0;
}

static void fail_source(struct fixture *fix)
{
	struct topic_report report = {.source = "prod",
				      .topic = "alerts",
				      .at = NOW - 60,
				      .failure = FAILURE_TIMEOUT,
				      .cause = "no answer within 10 s"};

	live_apply(fix->live, &report);
	fleet_settle(fix->fleet, NOW);
}

static const char *show(struct fixture *fix, enum report_format format)
{
	fix->report.format = format;
	buf_reset(&fix->out.text);
	report_show(&fix->report, fleet_at(fix->fleet, 0), NULL, 0, &fix->out);
	return buf_str(&fix->out.text);
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no \"%s\" in\n%s", part, text);
}

/* The service's signals as data; the caller lets root go. */
static json_t *signals(struct fixture *fix, json_t **root)
{
	json_error_t error;

	*root = json_loads(show(fix, REPORT_JSON), 0, &error);
	if (!*root)
		fail_msg("%d: %s", error.line, error.text);
	return json_object_get(json_array_get(json_object_get(*root, "services"), 0), "signals");
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void test_json(void **state)
{
	struct fixture *fix = *state;
	json_t *root, *list = signals(fix, &root), *alert = json_array_get(list, 0),
		      *up = json_array_get(list, 1);

	/* The rule is evidence of findings, no signal. */
	assert_int_equal(json_array_size(list), 2);
	assert_string_equal(text_of(alert, "kind"), "alert");
	assert_string_equal(text_of(alert, "state"), "critical");
	assert_string_equal(text_of(alert, "title"), "Errors\033[31mHigh");
	assert_string_equal(text_of(alert, "url"), "https://prom.example/alerts?search=ErrorsHigh");
	assert_string_equal(text_of(alert, "since"), "2027-01-15T06:00:00Z");
	assert_string_equal(text_of(alert, "source"), "prod");
	assert_string_equal(text_of(alert, "observed_at"), "2027-01-15T07:48:00Z");
	assert_string_equal(text_of(alert, "text"), "5xx ratio 42%");
	assert_string_equal(text_of(alert, "value"), "0.42");
	assert_string_equal(text_of(alert, "severity"), "page");
	assert_true(json_is_null(json_object_get(alert, "environment")));
	assert_true(json_is_true(json_object_get(alert, "silenced")));
	assert_true(json_is_false(json_object_get(alert, "stale")));
	assert_true(json_is_null(json_object_get(alert, "cause")));
	assert_string_equal(text_of(up, "kind"), "uptime");
	assert_string_equal(text_of(up, "environment"), "production");
	assert_true(json_is_null(json_object_get(up, "since")));
	json_decref(root);

	fail_source(fix);
	alert = json_array_get(signals(fix, &root), 0);
	assert_true(json_is_true(json_object_get(alert, "stale")));
	assert_string_equal(text_of(alert, "cause"), "no answer within 10 s");
	assert_string_equal(text_of(alert, "observed_at"), "2027-01-15T07:48:00Z");
	json_decref(root);
}

static void test_text(void **state)
{
	struct fixture *fix = *state;
	const char *text = show(fix, REPORT_TEXT);

	assert_has(text, "Signals\n");
	assert_has(text, "High, 0.42, silenced, for 2h (prod)");
	assert_has(text, "5xx ratio 42%");
	assert_has(text, "https://prom.example/alerts?search=ErrorsHigh");
	assert_has(text, "ok: uptime https://pay.example/ (prod, production)");
	assert_null(strchr(text, '\033'));
	assert_null(strstr(text, "SomeRule"));
	fail_source(fix);
	assert_has(show(fix, REPORT_TEXT), "as of 12m ago: no answer within 10 s)");
	assert_has(show(fix, REPORT_MARKDOWN), "## Signals\n");
}

static void test_evidence(void **state)
{
	struct fixture *fix = *state;
	const char *text = show(fix, REPORT_TEXT);

	assert_has(text, "watched: pass, observed: prod: uptime https://pay.example/ is ok");
	text = show(fix, REPORT_JSON);
	assert_has(text, "\"strength\": \"observed\"");
	assert_has(text, "\"text\": \"prod: uptime https://pay.example/ is ok\"");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {TEST(test_json), TEST(test_text), TEST(test_evidence)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
