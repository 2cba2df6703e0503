/*
 * The Prometheus adapter: on a real server's answers (tests/fixtures/prometheus/README), on
 * what others that speak its API answer, and on what it should never answer.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/buf.h"
#include "core/mem.h"
#include "tests/support/play.h"

#define URL   "https://prom.example/prometheus/"
#define BASE  "https://prom.example/prometheus"
#define EMPTY "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[]}}"

/* ---- a server that answers by topic ---- */

struct reply {
	const char *topic;
	const char *body; /* or */
	const char *file; /* below tests/fixtures/prometheus */
	long status;
	const char *const *headers;
};

struct server {
	struct play *play;
	const struct reply *replies; /* NULL topic: the end; topics without one are empty */
};

static const char *nothing(const char *topic)
{
	static const char *const empty[][2] = {
	    {"alerts", "{\"status\":\"success\",\"data\":{\"alerts\":[]}}"},
	    {"rules", "{\"status\":\"success\",\"data\":{\"groups\":[]}}"},
	    {"targets", "{\"status\":\"success\",\"data\":{\"activeTargets\":[]}}"},
	    {"version", "{\"status\":\"success\",\"data\":{}}"},
	};

	for (size_t i = 0; i < ARRAY_LEN(empty); i++)
		if (!strcmp(topic, empty[i][0]))
			return empty[i][1];
	return EMPTY;
}

static void serve(void *ctx, const struct source_request *request, struct play_answer *answer)
{
	const struct server *server = ctx;
	const struct reply *reply = server->replies;

	answer->body = nothing(request->topic);
	for (; reply && reply->topic; reply++) {
		if (strcmp(reply->topic, request->topic) != 0)
			continue;
		answer->status = reply->status;
		answer->headers = reply->headers;
		answer->body = reply->body;
		if (reply->file)
			answer->body =
			    play_file(server->play,
				      arena_printf(server->play->arena,
						   "tests/fixtures/prometheus/%s", reply->file));
	}
}

static void run(struct play *play, const struct reply *replies)
{
	struct server server = {play, replies};

	play_run(play, &source_prometheus, serve, &server, 100);
}

/* A run with one topic's answer. */
static struct play *run_one(const char *topic, const char *body)
{
	struct play *play = play_new(URL);
	struct reply replies[] = {{.topic = topic, .body = body}, {0}};

	run(play, replies);
	return play;
}

static struct play *run_file(const char *topic, const char *file)
{
	struct play *play = play_new(URL);
	struct reply replies[] = {{.topic = topic, .file = file}, {0}};

	run(play, replies);
	return play;
}

static const struct signal *titled(const struct play *play, const char *title)
{
	for (size_t i = 0; i < play->signals.count; i++)
		if (!strcmp(play->signals.signals[i].title, title))
			return &play->signals.signals[i];
	fail_msg("no signal %s", title);
	return NULL;
}

static const struct source_request *asked(const struct play *play, const char *topic)
{
	for (size_t i = 0; i < play->request_count; i++)
		if (!strcmp(play->requests[i].topic, topic))
			return &play->requests[i];
	return NULL;
}

/* ---- what is asked ---- */

static void requests(void **state)
{
	struct play *play = play_new(URL);
	struct config_pair checks[] = {{"backups", "sum by (service) (x) > bool 0", 0}, {0}};
	struct buf query = {0};

	(void)state;
	run(play, NULL);
	assert_int_equal(play->request_count, 6);
	assert_string_equal(asked(play, "alerts")->url, BASE "/api/v1/alerts");
	assert_string_equal(asked(play, "rules")->url,
			    BASE "/api/v1/rules?type=alert&exclude_alerts=true");
	assert_string_equal(asked(play, "targets")->url, BASE "/api/v1/targets?state=active");
	assert_string_equal(asked(play, "version")->url, BASE "/api/v1/status/buildinfo");
	assert_null(asked(play, "probes")->method);
	assert_int_equal(asked(play, "alerts")->every, 0);
	assert_int_equal(asked(play, "rules")->every, 300);

	/* one request a check, by GET while it is short */
	play->config.checks = checks;
	play->config.check_count = 1;
	play->config.every = 600;
	play_option(play, "rules", "false");
	play_option(play, "slo", "true");
	run(play, NULL);
	assert_int_equal(play->request_count, 6);
	assert_null(asked(play, "rules"));
	assert_non_null(asked(play, "slo"));
	assert_string_equal(asked(play, "check backups")->url,
			    BASE "/api/v1/query?query=sum%20by%20%28service%29%20%28x%29%20%3E"
				 "%20bool%200");
	assert_int_equal(asked(play, "check backups")->every, 600);

	for (size_t i = 0; i < 200; i++)
		buf_adds(&query, i ? " + (a)" : "a");
	checks[0].value = buf_str(&query);
	run(play, NULL);
	assert_string_equal(asked(play, "check backups")->url, BASE "/api/v1/query");
	assert_string_equal(asked(play, "check backups")->method, "POST");
	assert_string_equal(asked(play, "check backups")->content_type,
			    "application/x-www-form-urlencoded");
	assert_memory_equal(asked(play, "check backups")->body, "query=a%20%2B%20%28a%29", 23);
	buf_free(&query);
	play_free(play);
}

static void many_services(void **state)
{
	struct play *play = play_new(URL);
	struct buf body = {0};
	struct reply replies[] = {{.topic = "alerts"}, {0}};
	char name[32];

	(void)state;
	buf_adds(&body, "{\"status\":\"success\",\"data\":{\"alerts\":[");
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "service-%04d", i);
		play_subject(play, name, NULL, NULL, NULL);
		buf_addf(&body,
			 "%s{\"labels\":{\"alertname\":\"Errors\",\"service\":\"%s\"},"
			 "\"annotations\":{},\"state\":\"firing\",\"value\":\"1\"}",
			 i ? "," : "", name);
	}
	buf_adds(&body, "]}}");
	replies[0].body = buf_str(&body);
	run(play, replies);
	assert_int_equal(play->request_count, 6);
	assert_int_equal(play->signals.count, 1000);
	for (size_t i = 1; i < 1000; i++)
		assert_string_not_equal(play->signals.signals[i].id,
					play->signals.signals[i - 1].id);
	assert_string_equal(play_key(&play->signals.signals[999], "service"), "service-0999");
	buf_free(&body);
	play_free(play);
}

/* ---- alerts ---- */

static void alerts(void **state)
{
	struct play *play = run_file("alerts", "alerts.json");
	const struct signal *signal = titled(play, "CheckoutHighErrorRate");

	(void)state;
	assert_int_equal(play->signals.count, 5);
	assert_int_equal(signal->kind, SIGNAL_ALERT);
	assert_int_equal(signal->state, SIGNAL_CRITICAL);
	assert_int_equal(signal->flags, 0);
	/* what Alertmanager gave the same labels: tests/fixtures/alertmanager/alerts.json */
	assert_string_equal(signal->id, "172ff3852e1f7482");
	assert_string_equal(play_key(signal, "service"), "checkout");
	assert_string_equal(signal->severity, "critical");
	assert_string_equal(signal->text, "5xx ratio 42%");
	assert_string_equal(signal->runbook, "https://runbooks.example/checkout/5xx");
	assert_string_equal(signal->value, "0.42");
	assert_string_equal(signal->url, BASE "/alerts?search=CheckoutHighErrorRate");
	assert_int_equal(signal->since, 1795398892);
	assert_int_equal(signal->label_count, 4);
	assert_string_equal(signal_label(signal, "tier"), "1");

	signal = titled(play, "SearchDown");
	assert_int_equal(signal->state, SIGNAL_CRITICAL);
	assert_string_equal(signal->severity, "page");
	assert_string_equal(play_key(signal, "service"), "search");
	assert_string_equal(play_key(signal, "url"), "http://127.0.0.1:18080/broken");
	assert_string_equal(signal->keys[1].value, "blackbox");

	signal = titled(play, "PendingForever");
	assert_int_equal(signal->flags, SIGNAL_PENDING);
	assert_int_equal(signal->state, SIGNAL_WARNING);
	assert_null(signal->text);

	signal = titled(play, "Watchdog");
	assert_int_equal(signal->flags, SIGNAL_WATCHDOG);
	assert_int_equal(signal->state, SIGNAL_OK);
	play_free(play);
}

static void keys(void **state)
{
	static const char body[] =
	    "{\"status\":\"success\",\"data\":{\"alerts\":["
	    "{\"labels\":{\"alertname\":\"A\",\"namespace\":\"shop\",\"job\":\"shop/web\","
	    "\"app\":\"web\",\"team.name\":\"pay\",\"env\":\"staging\"},\"state\":\"firing\"}]}}";
	static const char *const want[] = {"pay", "web", "shop/web", "web", "shop"};
	struct play *play = play_new(URL);
	struct reply replies[] = {{.topic = "alerts", .body = body}, {0}};
	const struct signal *signal;

	(void)state;
	play->config.service_label = "team.name";
	run(play, replies);
	signal = titled(play, "A");
	assert_string_equal(signal->environment, "staging");
	assert_int_equal(signal->key_count, ARRAY_LEN(want));
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		assert_string_equal(signal->keys[i].name, "service");
		assert_string_equal(signal->keys[i].value, want[i]);
	}
	play_free(play);
}

static void severities(void **state)
{
	static const struct {
		const char *severity;
		enum signal_state state;
	} cases[] = {
	    {"critical", SIGNAL_CRITICAL}, {"Page", SIGNAL_CRITICAL},	{"P1", SIGNAL_CRITICAL},
	    {"error", SIGNAL_CRITICAL},	   {"warning", SIGNAL_WARNING}, {"info", SIGNAL_WARNING},
	    {"slack", SIGNAL_WARNING},	   {"", SIGNAL_WARNING},	{"none", SIGNAL_OK},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *body = xasprintf(
		    "{\"status\":\"success\",\"data\":{\"alerts\":[{\"labels\":{\"alertname\":"
		    "\"A\","
		    "\"severity\":\"%s\"},\"annotations\":{\"summary\":\"short\",\"description\":"
		    "\"long\"},\"state\":\"firing\"}]}}",
		    cases[i].severity);
		struct play *play = run_one("alerts", body);

		assert_int_equal(play->signals.count, 1);
		if (play->signals.signals[0].state != cases[i].state)
			fail_msg("%s gives %s", cases[i].severity,
				 signal_state_name(play->signals.signals[0].state));
		assert_string_equal(play->signals.signals[0].text, "short\nlong");
		play_free(play);
		free(body);
	}
}

static void watchdog(void **state)
{
	struct play *play = play_new(URL);
	struct reply replies[] = {{.topic = "alerts", .file = "alerts.json"}, {0}};
	const struct signal *signal;

	(void)state;
	play_option(play, "watchdog", "SearchDown");
	play_option(play, "watchdog", "AlwaysOn");
	/* pending is not firing */
	play_option(play, "watchdog", "PendingForever");
	run(play, replies);
	assert_int_equal(play->signals.count, 7);
	assert_int_equal(titled(play, "Watchdog")->flags, 0);
	assert_int_equal(titled(play, "SearchDown")->flags, SIGNAL_WATCHDOG);
	assert_int_equal(titled(play, "SearchDown")->state, SIGNAL_OK);
	signal = play_signal(play, "missing AlwaysOn");
	assert_int_equal(signal->flags, SIGNAL_WATCHDOG);
	assert_int_equal(signal->state, SIGNAL_CRITICAL);
	assert_int_equal(signal->kind, SIGNAL_ALERT);
	assert_non_null(signal->text);
	assert_int_equal(play_signal(play, "missing PendingForever")->state, SIGNAL_CRITICAL);
	play_free(play);
}

/* ---- rules and targets ---- */

static void rules(void **state)
{
	struct play *play = run_file("rules", "rules_alert.json");
	const struct signal *signal = titled(play, "CheckoutHighErrorRate");

	(void)state;
	assert_int_equal(play->signals.count, 5);
	assert_int_equal(signal->kind, SIGNAL_RULE);
	assert_int_equal(signal->state, SIGNAL_OK);
	assert_string_equal(play_key(signal, "service"), "checkout");
	assert_string_equal(signal->runbook, "https://runbooks.example/checkout/5xx");
	assert_string_equal(signal->severity, "critical");
	assert_null(signal->text);
	/* named in the query alone */
	signal = titled(play, "SearchDown");
	assert_string_equal(play_key(signal, "service"), "search");
	assert_int_equal(titled(play, "Watchdog")->key_count, 0);
	play_free(play);
}

#define RULE(name, query, labels)                                                                  \
	"{\"type\":\"alerting\",\"name\":\"" name "\",\"query\":\"" query "\",\"labels\":" labels  \
	",\"health\":\"ok\"}"

static void rule_queries(void **state)
{
	static const char body[] =
	    "{\"status\":\"success\",\"data\":{\"groups\":[{\"name\":\"g\",\"rules\":"
	    "[" RULE("several", "x{service=~\\\"(a|b-2)\\\"} > 1", "{}") "," RULE("pattern", "x{service=~\\\"pay.*\\\",job='cart'} > 1", "{}") "," RULE(
		"not", "x{service!=\\\"a\\\", service!~\\\"b\\\"}",
		"{}") "," RULE("quoted",
			       "label_replace(x, "
			       "\\\"{service=\\\\\\\"no\\\\\\\"}\\\", \\\"\\\")",
			       "{}") "," RULE("label", "x{service=\\\"a\\\"}",
					      "{\"service\":\"own\"}") "," RULE("tem"
										"pla"
										"te",
										"x{"
										"ser"
										"vic"
										"e="
										"\\"
										"\"a"
										"\\"
										"\""
										"}",
										"{\""
										"ser"
										"vic"
										"e\""
										":\""
										"{{ "
										"$la"
										"bel"
										"s."
										"app"
										" }}"
										"\""
										"}") "," RULE("ope"
											      "n",
											      "x{"
											      "serv"
											      "ice="
											      "\\\""
											      "a",
											      "{}") "," RULE("odd",
													     "x{=,{{\\\"\\\",service = \\\"a\\\"",
													     "{}") ","
														   "{\"type\":\"recording\",\"name\":\"no\",\"query\":\"x{service=\\\"a\\\"}\"},"
														   "{\"type\":\"alerting\",\"name\":\"broken\",\"query\":\"x\",\"health\":\"err\","
														   "\"lastError\":\"many-to-many\"},"
														   "{\"type\":\"alerting\",\"name\":\"new\",\"query\":\"x\",\"health\":\"unknown\"}"
														   "]}]}}";
	struct play *play = run_one("rules", body);
	const struct signal *signal = titled(play, "several");

	(void)state;
	assert_null(play->error);
	assert_int_equal(play->signals.count, 11);
	assert_string_equal(play_key(&signal[0], "service"), "a");
	assert_string_equal(play_key(&signal[1], "service"), "b-2");
	assert_string_not_equal(signal[0].id, signal[1].id);
	assert_string_equal(play_key(titled(play, "pattern"), "service"), "cart");
	assert_int_equal(titled(play, "not")->key_count, 0);
	assert_int_equal(titled(play, "quoted")->key_count, 0);
	assert_string_equal(play_key(titled(play, "label"), "service"), "own");
	assert_string_equal(play_key(titled(play, "template"), "service"), "a");
	assert_string_equal(play_key(titled(play, "open"), "service"), "a");
	assert_string_equal(play_key(titled(play, "odd"), "service"), "a");
	assert_int_equal(titled(play, "broken")->state, SIGNAL_CRITICAL);
	assert_string_equal(titled(play, "broken")->text, "many-to-many");
	assert_int_equal(titled(play, "new")->state, SIGNAL_UNKNOWN);
	play_free(play);
}

/* A rule that names many services, in many words, is not copied without end. */
static void large_rule(void **state)
{
	struct buf body = {0};
	struct play *play;
	const struct signal *signal;

	(void)state;
	buf_adds(&body, "{\"status\":\"success\",\"data\":{\"groups\":[{\"name\":\"");
	for (int i = 0; i < 10000; i++)
		buf_addc(&body, 'g');
	buf_adds(&body, "\",\"rules\":[{\"type\":\"alerting\",\"name\":\"");
	for (int i = 0; i < 10000; i++)
		buf_addc(&body, 'n');
	buf_adds(&body, "\",\"labels\":{\"long\":\"");
	for (int i = 0; i < 10000; i++)
		buf_addc(&body, 'l');
	buf_adds(&body, "\"},\"query\":\"");
	for (int i = 0; i < 1000; i++)
		buf_addf(&body, "x{service='s%d',job='j%d'}+", i, i);
	buf_adds(&body, "1\",\"health\":\"ok\"}]}]}}");
	play = run_one("rules", buf_str(&body));
	assert_int_equal(play->signals.count, 8);
	signal = &play->signals.signals[7];
	assert_true(strlen(signal->id) < 1000);
	assert_int_equal(strlen(signal->title), 300);
	assert_int_equal(signal->key_count, 8);
	assert_string_equal(play_key(signal, "service"), "s7");
	assert_int_equal(strlen(signal_label(signal, "long")), 1000);
	play_free(play);
	buf_free(&body);
}

static void targets(void **state)
{
	struct play *play = run_file("targets", "targets_active.json");
	const struct signal *signal = titled(play, "dead");

	(void)state;
	/* three jobs that are no probes */
	assert_int_equal(play->signals.count, 3);
	assert_int_equal(signal->kind, SIGNAL_TARGET);
	assert_int_equal(signal->state, SIGNAL_CRITICAL);
	assert_string_equal(play_key(signal, "service"), "ghost");
	assert_string_equal(signal->value, "0 of 1 up");
	assert_non_null(strstr(signal->text, "connection refused"));
	assert_int_equal(titled(play, "node")->state, SIGNAL_OK);
	play_free(play);
}

#define TARGET(instance, health, error)                                                            \
	"{\"discoveredLabels\":{},\"labels\":{\"instance\":\"" instance                            \
	"\",\"job\":\"web\",\"service\":\"shop\"},\"health\":\"" health                            \
	"\",\"lastError\":\"" error "\"}"

static void some_targets_down(void **state)
{
	struct play *play =
	    run_one("targets",
		    "{\"status\":\"success\",\"data\":{\"activeTargets\":[" TARGET(
			"a", "up",
			"") "," TARGET("b", "down",
				       "timeout") "," TARGET("c", "down",
							     "refused") "," TARGET("d", "unknown",
										   "") "]}}");

	(void)state;
	assert_int_equal(play->signals.count, 1);
	assert_int_equal(play->signals.signals[0].state, SIGNAL_WARNING);
	assert_string_equal(play->signals.signals[0].value, "1 of 4 up");
	assert_string_equal(play->signals.signals[0].text, "timeout");
	play_free(play);
}

/* ---- queries ---- */

#define SERIES(labels, value) "{\"metric\":{" labels "},\"value\":[1795398904.5,\"" value "\"]}"
#define VECTOR(series)                                                                             \
	"{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[" series "]}}"
#define PROBE(name, site, value)                                                                   \
	SERIES("\"__name__\":\"" name "\",\"instance\":\"https://" site                            \
	       ".example/\",\"job\":\"blackbox\"",                                                 \
	       value)
#define PROBED_AT(site, value)                                                                     \
	SERIES("\"svctop\":\"at\",\"instance\":\"https://" site                                    \
	       ".example/\",\"job\":\"blackbox\"",                                                 \
	       value)

static void probes(void **state)
{
	/* it is 1800000000 */
	static const char body[] =
	    VECTOR(
		PROBE("probe_success", "up", "1") "," PROBE("probe_duration_seconds", "up", "0.0421") "," PROBE("probe_ssl_earliest_cert_expiry", "up", "1.8008e+09") "," PROBED_AT("up", "1799999990") "," PROBE(
		    "probe_success", "down",
		    "0") "," PROBE("probe_http_status_code", "down",
				   "503") "," PROBE("probe_ssl_earliest_cert_expiry", "down",
						    "1799000000") "," PROBE("probe_success", "old",
									    "1") "," PROBED_AT("ol"
											       "d",
											       "179"
											       "999"
											       "000"
											       "0") "," PROBE("probe_success",
													      "nan",
													      "NaN") "," PROBE("probe_ssl_earliest_cert_expiry",
															       "nan",
															       "-6.2135596e+10") "," PROBE("unasked",
																			   "up",
																			   "1"));
	struct play *play = run_one("probes", body);
	const struct signal *signal = titled(play, "https://up.example/");

	(void)state;
	assert_int_equal(play->signals.count, 6);
	assert_int_equal(signal->kind, SIGNAL_UPTIME);
	assert_int_equal(signal->state, SIGNAL_OK);
	assert_string_equal(signal->value, "42 ms");
	assert_string_equal(play_key(signal, "url"), "https://up.example/");
	signal++;
	assert_int_equal(signal->kind, SIGNAL_CERT);
	assert_int_equal(signal->state, SIGNAL_WARNING);
	assert_int_equal(signal->until, 1800800000);
	assert_string_equal(signal->value, "9 days left");
	signal = titled(play, "https://down.example/");
	assert_int_equal(signal->state, SIGNAL_CRITICAL);
	assert_string_equal(signal->text, "the probe fails with status 503");
	assert_int_equal(signal[1].state, SIGNAL_CRITICAL);
	assert_string_equal(signal[1].value, "expired");
	assert_int_equal(titled(play, "https://old.example/")->state, SIGNAL_UNKNOWN);
	assert_int_equal(titled(play, "https://nan.example/")->state, SIGNAL_UNKNOWN);
	play_free(play);

	play = run_file("probes", "query_probe_success.json");
	assert_int_equal(play->signals.count, 2);
	assert_int_equal(titled(play, "http://127.0.0.1:18080/broken")->state, SIGNAL_CRITICAL);
	assert_string_equal(play_key(titled(play, "http://127.0.0.1:18080/health"), "service"),
			    "checkout");
	play_free(play);
}

#define SLOTH(name, service, value)                                                                \
	SERIES("\"__name__\":\"slo:" name "\",\"sloth_id\":\"" service                             \
	       "-availability\",\"sloth_service\":\"" service                                      \
	       "\",\"sloth_slo\":\"availability\",\"tier\":\"2\"",                                 \
	       value)
#define PYRRA(name, value)                                                                         \
	SERIES("\"__name__\":\"pyrra_" name "\",\"slo\":\"cart-latency\",\"team\":\"shop\"", value)

static void slos(void **state)
{
	static const char
	    body[] =
		VECTOR(
		    SLOTH("objective:ratio", "shop", "0.9990000000000001") "," SLOTH(
			"time_period:days",
			"shop", "30") "," SLOTH("current_burn_rate:ratio", "shop", "0.5") "," SLOTH("period_error_budget_remaining:ratio", "shop", "0.41") "," SLOTH("objective:ratio", "pay", "0.99") "," SLOTH("current_burn_rate:ratio", "pay", "20") "," SLOTH("period_error_budget_remaining:ratio", "pay", "0.05") "," SLOTH("objective:ratio", "quiet", "0.99") "," SLOTH("current_burn_rate:ratio", "quiet", "NaN") "," SLOTH("objective:ratio",
																																																				      "spent", "0.99") "," SLOTH("period_error_budget_remaining:ratio",
																																																								 "spent", "-0.2") "," SLOTH("current_burn_rate:ratio", "gone",
																																																											    "1") "," PYRRA("objective",
																																																													   "0.99") "," PYRRA("window", "2419200") "," PYRRA("availability", "0.9905") "," PYRRA("requests:rate5m",
																																																																								"10") "," PYRRA("errors:rate5m",
																																																																										"0.2"));
	struct play *play = run_one("slo", body);
	const struct signal *signal = play_signal(play, "shop/availability");

	(void)state;
	assert_int_equal(play->signals.count, 5);
	assert_int_equal(signal->kind, SIGNAL_SLO);
	assert_int_equal(signal->state, SIGNAL_OK);
	assert_string_equal(play_key(signal, "service"), "shop");
	assert_string_equal(signal->title, "availability");
	assert_string_equal(signal->value, "41 % of the budget left, burning 0.5x");
	assert_string_equal(signal->text, "objective 99.9 % over 30 days");
	signal = play_signal(play, "pay/availability");
	assert_int_equal(signal->state, SIGNAL_CRITICAL);
	assert_string_equal(signal->value, "5 % of the budget left, burning 20x");
	signal = play_signal(play, "quiet/availability");
	assert_int_equal(signal->state, SIGNAL_UNKNOWN);
	assert_non_null(strstr(signal->text, "nothing is measured"));
	signal = play_signal(play, "spent/availability");
	assert_int_equal(signal->state, SIGNAL_CRITICAL);
	assert_string_equal(signal->value, "budget spent");
	signal = play_signal(play, "pyrra/cart-latency");
	assert_int_equal(signal->state, SIGNAL_WARNING);
	assert_string_equal(play_key(signal, "service"), "cart-latency");
	assert_string_equal(signal->value, "5 % of the budget left, burning 2x");
	assert_string_equal(signal->text, "objective 99 % over 28 days");
	play_free(play);
}

static struct play *run_check(const char *body, const char *file, long status)
{
	static struct config_pair checks[] = {{"backups", "q", 0}};
	struct play *play = play_new(URL);
	struct reply replies[] = {
	    {.topic = "check backups", .body = body, .file = file, .status = status}, {0}};

	play->config.checks = checks;
	play->config.check_count = 1;
	run(play, replies);
	return play;
}

static void checks(void **state)
{
	struct play *play = run_check(
	    VECTOR(SERIES("\"service\":\"a\"", "1") "," SERIES("\"service\":\"b\"", "0") "," SERIES(
		"\"service\":\"c\"", "NaN") "," SERIES("\"service\":\"d\"", "86399.5")),
	    NULL, 0);
	static const enum signal_state want[] = {SIGNAL_OK, SIGNAL_CRITICAL, SIGNAL_UNKNOWN,
						 SIGNAL_OK};

	(void)state;
	assert_int_equal(play->signals.count, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(play->signals.signals[i].kind, SIGNAL_CHECK);
		assert_string_equal(play->signals.signals[i].title, "backups");
		assert_int_equal(play->signals.signals[i].state, want[i]);
	}
	assert_string_equal(play->signals.signals[3].value, "8.64e+04");
	assert_string_equal(play_key(&play->signals.signals[1], "service"), "b");
	play_free(play);

	play = run_check(NULL, "query_nan_inf.json", 0);
	assert_int_equal(play->signals.count, 2);
	assert_int_equal(play->signals.signals[0].state, SIGNAL_UNKNOWN);
	assert_int_equal(play->signals.signals[1].state, SIGNAL_OK);
	assert_string_equal(play->signals.signals[1].value, "inf");
	play_free(play);
}

/* ---- what goes wrong ---- */

static void check_fails(const char *body, const char *file, long status, const char *words)
{
	struct play *play = run_check(body, file, status);

	assert_int_equal(play->signals.count, 0);
	assert_non_null(play->error);
	if (!strstr(play->error, words))
		fail_msg("%s", play->error);
	play_free(play);
}

static void errors(void **state)
{
	(void)state;
	check_fails(NULL, "query_error_parse.json", 400,
		    "the query is not understood: invalid parameter \"query\": 1:4: parse error");
	check_fails(NULL, "query_error_exec.json", 422, "the query fails: found duplicate series");
	check_fails(NULL, "query_timeout.json", 422, "the server gave up on the query");
	check_fails(NULL, "query_scalar.json", 0, "the query gives a single value");
	check_fails(NULL, "query_range.json", 0, "the query gives a range");
	check_fails("<html>Sign in</html>", NULL, 0, "HTML instead of JSON");
	check_fails("{\"status\":\"success\",\"data\":{\"resultType\":\"vector\"}}", NULL, 0,
		    "no list \"data.result\"");
	check_fails("{\"hello\":1}", NULL, 0, "is it another program's?");
	check_fails("[]", NULL, 0, "is it another program's?");
	check_fails("{\"status\":\"success\",\"data\":[1]}", NULL, 0, "no object \"data\"");
	check_fails("Service Unavailable", NULL, 503, "status 503");
	check_fails("{\"status\":\"success\",\"data\":{\"resultType\":\"vec", NULL, 0,
		    "ends in the middle");
}

/* Every value where another type belongs: nothing to be read, nothing to crash on. */
static void wrong_types(void **state)
{
	static const char *const wrong[] = {"null", "true", "17",    "1.5",	  "\"x\"",
					    "[]",   "{}",   "[[1]]", "{\"a\":{}}"};
	static const struct {
		const char *topic, *before, *after;
	} places[] = {
	    {"alerts", "{\"status\":\"success\",\"data\":{\"alerts\":", "}}"},
	    {"alerts", "{\"status\":\"success\",\"data\":{\"alerts\":[", "]}}"},
	    {"alerts",
	     "{\"status\":\"success\",\"data\":{\"alerts\":[{\"state\":\"firing\",\"labels\":",
	     "}]}}"},
	    {"alerts",
	     "{\"status\":\"success\",\"data\":{\"alerts\":[{\"state\":\"firing\",\"labels\":{"
	     "\"alertname\":",
	     ",\"x\":\"y\"},\"activeAt\":7,\"annotations\":[3]}]}}"},
	    {"rules", "{\"status\":\"success\",\"data\":{\"groups\":[", "]}}"},
	    {"rules", "{\"status\":\"success\",\"data\":{\"groups\":[{\"rules\":", "}]}}"},
	    {"rules",
	     "{\"status\":\"success\",\"data\":{\"groups\":[{\"rules\":[{\"name\":\"n\","
	     "\"labels\":",
	     "}]}]}}"},
	    {"targets",
	     "{\"status\":\"success\",\"data\":{\"activeTargets\":[{\"labels\":", "}]}}"},
	    {"probes", "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[",
	     "]}}"},
	    {"slo",
	     "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":{"
	     "\"__name__\":\"slo:objective:ratio\",\"sloth_slo\":\"a\"},\"value\":",
	     "}]}}"},
	    {"version", "{\"status\":\"success\",\"data\":{\"version\":", "}}"},
	    {"version", "{\"status\":", ",\"error\":3}"},
	    {"version", "{\"status\":\"success\",\"warnings\":", ",\"data\":{}}"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		for (size_t j = 0; j < ARRAY_LEN(wrong); j++) {
			char *body =
			    xasprintf("%s%s%s", places[i].before, wrong[j], places[i].after);
			struct play *play = run_one(places[i].topic, body);

			for (size_t k = 0; k < play->signals.count; k++) {
				assert_non_null(play->signals.signals[k].id);
				assert_non_null(play->signals.signals[k].title);
			}
			play_free(play);
			free(body);
		}
	}
}

static void others(void **state)
{
	static const char *const vm_headers[] = {"X-Server-Hostname", "vm-1", NULL};
	struct play *play = play_new(URL);
	/* VictoriaMetrics alone has no rules; Mimir has no targets; both are no failure. */
	struct reply vm[] = {
	    {.topic = "alerts", .body = "{\"status\":\"success\",\"data\":{\"alerts\":[]}}"},
	    {.topic = "targets", .file = "404.txt", .status = 404},
	    {.topic = "version",
	     .body = "{\"status\":\"success\",\"data\":{\"version\":\"2.24.0\"}}",
	     .headers = vm_headers},
	    {.topic = "slo",
	     .body = "{\"status\":\"success\",\"isPartial\":true,\"data\":{\"resultType\":"
		     "\"vector\",\"result\":[]},\"warnings\":[\"store a is away\",\"b\"]}"},
	    {0}};
	struct reply real[] = {{.topic = "version", .file = "buildinfo.json"}, {0}};
	struct reply mimir[] = {{.topic = "version",
				 .body = "{\"status\":\"success\",\"data\":{\"application\":"
					 "\"Grafana Mimir\",\"version\":\"2.10.0\"}}"},
				{0}};

	(void)state;
	run(play, vm);
	assert_null(play->error);
	assert_int_equal(play->failed, 0);
	assert_string_equal(play->version, "VictoriaMetrics");
	assert_string_equal(play->note, "store a is away (and 1 more)");
	vm[2].body = "{\"status\":\"success\",\"data\":{}}"; /* 1.79 */
	run(play, vm);
	assert_string_equal(play->version, "VictoriaMetrics");
	run(play, real);
	assert_string_equal(play->version, "Prometheus 2.42.0");
	run(play, mimir);
	assert_string_equal(play->version, "Grafana Mimir 2.10.0");
	play_free(play);
}

static void same_alert(void **state)
{
	struct signal_label a[] = {{"alertname", "X"}, {"service", "s"}};
	struct signal_label b[] = {
	    {"alertname", "X"}, {"service", "s"}, {"cluster", "eu"}, {SIGNAL_RECEIVERS, "pager"}};
	struct signal_label c[] = {{"alertname", "X"}, {"service", "t"}, {"cluster", "eu"}};
	struct signal one = {
	    .kind = SIGNAL_ALERT, .id = "1", .title = "X", .labels = a, .label_count = 2};
	struct signal two = {
	    .kind = SIGNAL_ALERT, .id = "2", .title = "X", .labels = b, .label_count = 4};
	struct signal three = {
	    .kind = SIGNAL_ALERT, .id = "3", .title = "X", .labels = c, .label_count = 3};

	(void)state;
	assert_true(signal_same_alert(&one, &two));
	assert_true(signal_same_alert(&two, &one));
	assert_false(signal_same_alert(&one, &three));
	assert_false(signal_same_alert(&two, &three));
	three.id = "1";
	assert_true(signal_same_alert(&one, &three));
	three.kind = SIGNAL_RULE;
	assert_false(signal_same_alert(&one, &three));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(requests),
	    cmocka_unit_test(many_services),
	    cmocka_unit_test(alerts),
	    cmocka_unit_test(keys),
	    cmocka_unit_test(severities),
	    cmocka_unit_test(watchdog),
	    cmocka_unit_test(rules),
	    cmocka_unit_test(rule_queries),
	    cmocka_unit_test(large_rule),
	    cmocka_unit_test(targets),
	    cmocka_unit_test(some_targets_down),
	    cmocka_unit_test(probes),
	    cmocka_unit_test(slos),
	    cmocka_unit_test(checks),
	    cmocka_unit_test(errors),
	    cmocka_unit_test(wrong_types),
	    cmocka_unit_test(others),
	    cmocka_unit_test(same_alert),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
