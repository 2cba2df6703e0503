/* Prometheus 2.42 as the demo plays it: alerts, rules, targets and instant queries. */

#include <string.h>

#include "core/mem.h"
#include "tui/demo_feed_internal.h"

static void open_data(struct feed_call *call)
{
	json_open(&call->json, NULL, '{');
	json_str(&call->json, "status", "success");
	json_open(&call->json, "data", '{');
}

static void close_data(struct feed_call *call)
{
	json_close(&call->json, '}');
	json_close(&call->json, '}');
}

static void put_alert(struct feed_call *call, const struct story_alert *alert)
{
	bool firing = feed_alert_state(call, alert) == FEED_FIRING;

	json_open(&call->json, NULL, '{');
	feed_alert_labels(call, "labels", alert);
	feed_alert_annotations(call, "annotations", alert);
	json_str(&call->json, "state", firing ? "firing" : "pending");
	json_time(&call->json, "activeAt", call->feed->start + alert->pending);
	json_str(&call->json, "value", "1e+00");
	json_close(&call->json, '}');
}

static void put_alerts(struct feed_call *call)
{
	open_data(call);
	json_open(&call->json, "alerts", '[');
	for (size_t i = 0; i < story_alert_count; i++)
		if (feed_alert_state(call, &story_alerts[i]) != FEED_INACTIVE)
			put_alert(call, &story_alerts[i]);
	json_close(&call->json, ']');
	close_data(call);
}

static void put_rule(struct feed_call *call, const struct story_alert *alert)
{
	static const char *const states[] = {"inactive", "pending", "firing"};

	json_open(&call->json, NULL, '{');
	json_str(&call->json, "name", alert->name);
	json_str(&call->json, "state", states[feed_alert_state(call, alert)]);
	json_str(&call->json, "query", alert->expression);
	json_open(&call->json, "labels", '{');
	json_str(&call->json, "severity", alert->severity);
	if (alert->service)
		json_str(&call->json, "service", alert->service);
	json_close(&call->json, '}');
	feed_alert_annotations(call, "annotations", alert);
	json_open(&call->json, "alerts", '[');
	json_close(&call->json, ']');
	json_str(&call->json, "health", "ok");
	json_str(&call->json, "type", "alerting");
	json_close(&call->json, '}');
}

/* Every scraped service has the two rules of the fleet's monitoring-rules. */
static void put_usual_rules(struct feed_call *call)
{
	for (size_t i = 0; i < story_target_count; i++) {
		const char *service = story_targets[i];
		struct story_alert rule = {
		    .name = "ErrorsHigh",
		    .service = service,
		    .severity = "critical",
		    .summary =
			arena_printf(call->arena, "More than 2 %% of requests to %s fail", service),
		    .expression = arena_printf(call->arena,
					       "errors:ratio_5m{service=\"%s\"} > 0.02", service),
		    .pending = STORY_NEVER,
		};

		put_rule(call, &rule);
	}
}

static void put_rules(struct feed_call *call)
{
	open_data(call);
	json_open(&call->json, "groups", '[');
	json_open(&call->json, NULL, '{');
	json_str(&call->json, "name", "kestrel");
	json_str(&call->json, "file", "/etc/prometheus/rules/kestrel.yml");
	json_open(&call->json, "rules", '[');
	for (size_t i = 0; i < story_alert_count; i++)
		put_rule(call, &story_alerts[i]);
	put_usual_rules(call);
	json_close(&call->json, ']');
	json_close(&call->json, '}');
	json_close(&call->json, ']');
	close_data(call);
}

static void put_targets(struct feed_call *call)
{
	open_data(call);
	json_open(&call->json, "activeTargets", '[');
	for (size_t i = 0; i < story_target_count; i++) {
		const char *service = story_targets[i];

		json_open(&call->json, NULL, '{');
		json_open(&call->json, "labels", '{');
		json_str(&call->json, "instance", arena_printf(call->arena, "%s:9090", service));
		json_str(&call->json, "job", service);
		json_str(&call->json, "service", service);
		json_close(&call->json, '}');
		json_str(&call->json, "scrapePool", service);
		json_str(&call->json, "lastError", "");
		json_time(&call->json, "lastScrape", call->now - 7);
		json_str(&call->json, "health", "up");
		json_close(&call->json, '}');
	}
	json_close(&call->json, ']');
	json_open(&call->json, "droppedTargets", '[');
	json_close(&call->json, ']');
	close_data(call);
}

/* One series with one value; label is the name of a label beside service, NULL: none. */
static void put_series(struct feed_call *call, const char *service_label, const char *service,
		       const char *label, const char *name, double value)
{
	json_open(&call->json, NULL, '{');
	json_open(&call->json, "metric", '{');
	json_str(&call->json, "service", service);
	if (strcmp(service_label, "service") != 0)
		json_str(&call->json, service_label, service);
	if (label)
		json_str(&call->json, label, name);
	json_close(&call->json, '}');
	json_open(&call->json, "value", '[');
	json_int(&call->json, NULL, call->now);
	json_str(&call->json, NULL, arena_printf(call->arena, "%.10g", value));
	json_close(&call->json, ']');
	json_close(&call->json, '}');
}

static void put_probes(struct feed_call *call, const char *query)
{
	int32_t clock = feed_clock(call);

	for (size_t i = 0; i < story_probe_count; i++) {
		const struct story_probe *probe = &story_probes[i];
		bool down = clock >= probe->fails && clock < probe->works;
		double value = down ? 0 : 1;

		if (strstr(query, "cert_expiry"))
			value = (double)(call->feed->start + (int64_t)probe->cert_days * 86400);
		else if (strstr(query, "duration"))
			value = down ? 10 : 0.12;
		put_series(call, "service", probe->service, "instance", probe->url, value);
	}
}

static void put_slos(struct feed_call *call, const char *query)
{
	int32_t clock = feed_clock(call);
	bool fire = clock >= STORY_FIRE && clock < STORY_CLEAR;

	for (size_t i = 0; i < story_slo_count; i++) {
		const struct story_slo *slo = &story_slos[i];
		double value = slo->objective;

		if (strstr(query, "budget_remaining"))
			value = fire ? slo->left_in_fire : slo->left;
		else if (strstr(query, "burn_rate"))
			value = fire ? slo->burn_in_fire : slo->burn;
		put_series(call, "sloth_service", slo->service, "sloth_slo", slo->name, value);
	}
}

static void put_query(struct feed_call *call)
{
	const char *query = feed_parameter(call, "query");

	open_data(call);
	json_str(&call->json, "resultType", "vector");
	json_open(&call->json, "result", '[');
	if (query && strstr(query, "probe_"))
		put_probes(call, query);
	else if (query && strstr(query, "slo:"))
		put_slos(call, query);
	json_close(&call->json, ']');
	close_data(call);
}

static void put_version(struct feed_call *call)
{
	open_data(call);
	json_str(&call->json, "version", "2.42.0");
	close_data(call);
}

bool feed_prometheus(struct feed_call *call, const char *path)
{
	static const struct {
		const char *path;
		void (*put)(struct feed_call *call);
	} answers[] = {
	    {"/alerts", put_alerts},
	    {"/rules", put_rules},
	    {"/targets", put_targets},
	    {"/query", put_query},
	    {"/status/buildinfo", put_version},
	};

	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		if (strcmp(path, answers[i].path) != 0)
			continue;
		answers[i].put(call);
		return true;
	}
	return false;
}
