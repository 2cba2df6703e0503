#include <math.h>
#include <string.h>

#include "core/mem.h"
#include "fetch/json_get.h"
#include "fetch/source_prometheus_internal.h"

/*
 * The HTTP API v1 of Prometheus (2.x and 3.x), as VictoriaMetrics, Thanos and Mimir have it as
 * well. Every topic is one request, however many services there are.
 */

#define KIND(kind) (UINT64_C(1) << (kind))

enum step {
	STEP_ALERTS,
	STEP_RULES,
	STEP_TARGETS,
	STEP_PROBES,
	STEP_SLO,
	STEP_CHECK,
	STEP_VERSION
};

static const struct topic {
	const char *name;
	const char *option; /* that switches it off */
	const char *path;   /* NULL: a query */
	const char *query;
	int64_t every; /* not more often; 0: as the source */
	uint64_t kinds;
	size_t cap;
	enum step step;
	bool absent_ok; /* servers that only keep series do not have it */
} topics[] = {
    {"alerts", "alerts", "/api/v1/alerts", NULL, 0, KIND(SIGNAL_ALERT), 0, STEP_ALERTS, false},
    {"rules", "rules", "/api/v1/rules?type=alert&exclude_alerts=true", NULL, 300, KIND(SIGNAL_RULE),
     0, STEP_RULES, true},
    {"targets", "targets", "/api/v1/targets?state=active", NULL, 120, KIND(SIGNAL_TARGET), 32 << 20,
     STEP_TARGETS, true},
    {"probes", "probes", NULL, prometheus_probe_query, 60, KIND(SIGNAL_UPTIME) | KIND(SIGNAL_CERT),
     0, STEP_PROBES, false},
    {"slo", "slo", NULL, prometheus_slo_query, 60, KIND(SIGNAL_SLO), 0, STEP_SLO, false},
    {"version", NULL, "/api/v1/status/buildinfo", NULL, 3600, 0, 1 << 20, STEP_VERSION, true},
};

/* ---- asking ---- */

/* Longer ones go as a form: servers and proxies limit a request's first line. */
#define GET_MAX 1500

static struct source_request *ask_query(struct source_requests *out,
					const struct source_context *context, const char *topic,
					const char *query)
{
	const char *form = arena_printf(out->arena, "query=%s", source_escape(out->arena, query));
	bool get = strlen(form) <= GET_MAX;
	const char *path =
	    get ? arena_printf(out->arena, "/api/v1/query?%s", form) : "/api/v1/query";
	struct source_request *request =
	    source_ask(out, topic, source_url(out->arena, context->config, path));

	if (!get) {
		request->method = "POST";
		request->body = form;
		request->content_type = "application/x-www-form-urlencoded";
	}
	request->uncached = true; /* every answer has its time in it */
	request->every_status = true;
	return request;
}

static int64_t at_most_every(const struct source_context *context, int64_t seconds)
{
	int64_t own = context->config->every;

	return seconds > own ? seconds : own;
}

static void plan(const struct source_context *context, struct source_requests *out)
{
	const struct config_source *config = context->config;
	struct source_request *request;

	for (size_t i = 0; i < ARRAY_LEN(topics); i++) {
		const struct topic *topic = &topics[i];
		const char *on = topic->option ? config_option(config, topic->option) : NULL;

		if (on && !strcmp(on, "false"))
			continue;
		request = topic->query ? ask_query(out, context, topic->name, topic->query)
				       : source_ask(out, topic->name,
						    source_url(out->arena, config, topic->path));
		request->step = topic->step;
		request->kinds = topic->kinds;
		request->cap = topic->cap;
		request->absent_ok = topic->absent_ok;
		if (topic->every)
			request->every = at_most_every(context, topic->every);
	}
	for (size_t i = 0; i < config->check_count; i++) {
		request = ask_query(out, context,
				    arena_printf(out->arena, "check %s", config->checks[i].name),
				    config->checks[i].value);
		request->step = STEP_CHECK;
		request->arg = config->checks[i].name;
		request->kinds = KIND(SIGNAL_CHECK);
		request->every = at_most_every(context, 60);
	}
}

/* ---- shared by the readers ---- */

const char *prometheus_number(struct arena *arena, double number)
{
	if (isnan(number))
		return "NaN";
	return arena_printf(arena, "%.4g", number);
}

const char *prometheus_link(const struct prometheus_reading *in, const char *path,
			    const char *argument)
{
	struct arena *arena = in->out->signals.arena;

	return arena_printf(arena, "%s%s", source_url(arena, in->context->config, path),
			    source_escape(arena, argument));
}

const json_t *prometheus_vector(const struct prometheus_reading *in, struct err *err)
{
	const char *type = json_get_text(in->data, "resultType");
	const json_t *result = json_get_list(in->data, "result");

	if (!result || !type) {
		json_get_lacks(err, "data.result", "list");
		return NULL;
	}
	if (strcmp(type, "vector") != 0) {
		err_set(err, NULL, "write a query that gives one value for each service",
			"the query gives a %s, not a value for each service",
			!strcmp(type, "matrix") ? "range" : "single value");
		return NULL;
	}
	return result;
}

bool prometheus_sample(const json_t *item, struct prometheus_sample *sample)
{
	const json_t *value = json_get_list(item, "value");
	double at;

	*sample = (struct prometheus_sample){.labels = json_get_object(item, "metric"), .name = ""};
	if (!sample->labels || !json_get_as_number(json_array_get(value, 0), &at) ||
	    !json_get_as_number(json_array_get(value, 1), &sample->value))
		return false;
	if (alert_label(sample->labels, "__name__"))
		sample->name = alert_label(sample->labels, "__name__");
	sample->at = at > 0 && at < 1e12 ? (int64_t)at : 0;
	return true;
}

/* ---- alerts ---- */

int prometheus_alerts(struct prometheus_reading *in, struct err *err)
{
	struct signal_list *list = &in->out->signals;
	const json_t *alerts = json_get_list(in->data, "alerts");
	json_t *alert;
	size_t i;

	if (!alerts)
		return json_get_lacks(err, "data.alerts", "list");
	if (alert_check_list(alerts, list->arena, &in->out->note, err) < 0)
		return -1;
	json_array_foreach(alerts, i, alert)
	{
		const char *state = json_get_text(alert, "state");
		struct signal *signal;
		double value;

		if (!state || (strcmp(state, "firing") != 0 && strcmp(state, "pending") != 0))
			continue;
		signal = alert_add(in->context->config, list, json_get_object(alert, "labels"),
				   json_get_object(alert, "annotations"), NULL);
		if (!signal)
			continue;
		if (!strcmp(state, "pending"))
			signal->flags |= SIGNAL_PENDING;
		signal->since = json_get_time(alert, "activeAt");
		if (json_get_number(alert, "value", &value)) {
			signal->value = prometheus_number(list->arena, value);
			signal->number = value;
		}
		signal->url = prometheus_link(in, "/alerts?search=", signal->title);
	}
	alert_expect_watchdog(in->context->config, list);
	return 0;
}

/* ---- the version ---- */

static int read_version(struct prometheus_reading *in, struct err *err)
{
	const char *version = json_get_text(in->data, "version");
	const char *program = json_get_text(in->data, "application");
	const struct source_answer *answer = in->answer;

	(void)err;
	/* VictoriaMetrics says nothing here, or 2.24.0 for Grafana's sake; its header tells. */
	if (!program && answer->header && answer->header(answer->header_ctx, "X-Server-Hostname"))
		in->out->version = "VictoriaMetrics";
	else if (version)
		in->out->version = arena_printf(in->out->signals.arena, "%s %.*s",
						program ? program : "Prometheus",
						(int)strcspn(version, "+"), version);
	return 0;
}

/* ---- answers ---- */

/* An error in the server's own words. */
static int refused(const json_t *answer, long status, struct err *err)
{
	const char *type = json_get_text(answer, "errorType");
	const char *words = json_get_text(answer, "error");

	if (!words)
		return err_set(err, NULL, NULL, "the server answers with status %ld", status);
	if (type && !strcmp(type, "bad_data"))
		return err_set(err, NULL, "correct the query", "the query is not understood: %s",
			       words);
	if (type && (!strcmp(type, "timeout") || !strcmp(type, "canceled") ||
		     strstr(words, "context deadline exceeded")))
		return err_set(err, NULL, "ask for less, or give the source a longer timeout",
			       "the server gave up on the query: %s", words);
	return err_set(err, NULL, NULL, "the query fails: %s", words);
}

/* What the server warns of, in one note: results may be partial. */
static void note_warnings(const json_t *answer, struct source_result *out)
{
	static const char *const lists[] = {"warnings", "infos"};
	struct arena *arena = out->signals.arena;

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		const json_t *list = json_get_list(answer, lists[i]);
		const char *first = json_string_value(json_array_get(list, 0));
		size_t more = json_array_size(list);

		if (!first)
			continue;
		if (out->note)
			out->note = arena_printf(arena, "%s; %s", out->note, first);
		else
			out->note = arena_strdup(arena, first);
		if (more > 1)
			out->note = arena_printf(arena, "%s (and %zu more)", out->note, more - 1);
	}
}

static prometheus_reader *const readers[] = {
    [STEP_ALERTS] = prometheus_alerts,	 [STEP_RULES] = prometheus_rules,
    [STEP_TARGETS] = prometheus_targets, [STEP_PROBES] = prometheus_probes,
    [STEP_SLO] = prometheus_slo,	 [STEP_CHECK] = prometheus_check,
    [STEP_VERSION] = read_version,
};

static int read_data(struct prometheus_reading *in, const json_t *answer, struct err *err)
{
	const char *status = json_get_text(answer, "status");
	int result;

	if (!status)
		return json_get_lacks(err, "status", "text");
	if (strcmp(status, "success") != 0)
		return refused(answer, in->answer->status, err);
	in->data = json_get_object(answer, "data");
	if (!in->data)
		return json_get_lacks(err, "data", "object");
	note_warnings(answer, in->out);
	result = readers[in->request->step](in, err);
	if (in->out->signals.dropped)
		in->out->note =
		    arena_printf(in->out->signals.arena, "only the first %d", SIGNALS_MAX);
	return result;
}

static int read_answer(const struct source_context *context, const struct source_request *request,
		       const struct source_answer *answer, struct source_result *out,
		       struct err *err)
{
	struct prometheus_reading in = {
	    .context = context, .request = request, .answer = answer, .out = out};
	json_t *json;
	int result;

	if (request->step < 0 || (size_t)request->step >= ARRAY_LEN(readers))
		return err_set(err, NULL, NULL, "an answer to no question");
	if (answer->status == 404 && request->absent_ok) {
		out->note = "this server has none";
		return 0;
	}
	json = json_get_parse(answer->body, answer->len, err);
	if (!json && answer->status >= 300)
		return refused(NULL, answer->status, err);
	if (!json)
		return -1;
	result = read_data(&in, json, err);
	json_decref(json);
	return result;
}

const struct source_type source_prometheus = {
    .name = "prometheus",
    .title = "Prometheus",
    .kinds = KIND(SIGNAL_ALERT) | KIND(SIGNAL_RULE) | KIND(SIGNAL_TARGET) | KIND(SIGNAL_UPTIME) |
	     KIND(SIGNAL_CERT) | KIND(SIGNAL_SLO) | KIND(SIGNAL_CHECK),
    .every = 30,
    .needs_url = true,
    .plan = plan,
    .read = read_answer,
};
