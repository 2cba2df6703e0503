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

/* A series is named after what it measures; name NULL: what a function left has no name. */
struct series {
	const char *name, *service;
	const char *label, *label_value; /* beside the service */
	const char *more, *more_value;	 /* NULL: none */
};

static void put_series(struct feed_call *call, const struct series *series, double value)
{
	json_open(&call->json, NULL, '{');
	json_open(&call->json, "metric", '{');
	if (series->name)
		json_str(&call->json, "__name__", series->name);
	json_str(&call->json, "service", series->service);
	json_str(&call->json, series->label, series->label_value);
	if (series->more)
		json_str(&call->json, series->more, series->more_value);
	json_close(&call->json, '}');
	json_open(&call->json, "value", '[');
	json_int(&call->json, NULL, call->now);
	json_str(&call->json, NULL, arena_printf(call->arena, "%.10g", value));
	json_close(&call->json, ']');
	json_close(&call->json, '}');
}

static void put_probe(struct feed_call *call, const struct story_probe *probe)
{
	int32_t clock = feed_clock(call);
	bool down = clock >= probe->fails && clock < probe->works;
	const struct {
		const char *name;
		double value;
	} measured[] = {
	    {"probe_success", down ? 0 : 1},
	    {"probe_ssl_earliest_cert_expiry",
	     (double)(call->feed->start + (int64_t)probe->cert_days * 86400)},
	    {"probe_duration_seconds", down ? 10 : 0.12},
	    {"probe_http_status_code", down ? 503 : 200},
	};
	struct series series = {.service = probe->service,
				.label = "instance",
				.label_value = probe->url,
				.more = "job",
				.more_value = "blackbox"};

	for (size_t i = 0; i < ARRAY_LEN(measured); i++) {
		series.name = measured[i].name;
		put_series(call, &series, measured[i].value);
	}
}

static void put_slo(struct feed_call *call, const struct story_slo *slo)
{
	int32_t clock = feed_clock(call);
	bool fire = clock >= STORY_FIRE && clock < STORY_CLEAR;
	const struct {
		const char *name;
		double value;
	} measured[] = {
	    {"slo:objective:ratio", slo->objective},
	    {"slo:time_period:days", 30},
	    {"slo:current_burn_rate:ratio", fire ? slo->burn_in_fire : slo->burn},
	    {"slo:period_error_budget_remaining:ratio", fire ? slo->left_in_fire : slo->left},
	};
	struct series series = {.service = slo->service,
				.label = "sloth_service",
				.label_value = slo->service,
				.more = "sloth_slo",
				.more_value = slo->name};

	for (size_t i = 0; i < ARRAY_LEN(measured); i++) {
		series.name = measured[i].name;
		put_series(call, &series, measured[i].value);
	}
}

static void put_query(struct feed_call *call)
{
	const char *query = feed_parameter(call, "query");

	open_data(call);
	json_str(&call->json, "resultType", "vector");
	json_open(&call->json, "result", '[');
	for (size_t i = 0; query && strstr(query, "probe_success") && i < story_probe_count; i++)
		put_probe(call, &story_probes[i]);
	for (size_t i = 0; query && strstr(query, "slo:") && i < story_slo_count; i++)
		put_slo(call, &story_slos[i]);
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
