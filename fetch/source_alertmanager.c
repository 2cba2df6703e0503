#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/strmap.h"
#include "fetch/alert.h"
#include "fetch/json_get.h"
#include "fetch/silence.h"
#include "fetch/source.h"

/*
 * The HTTP API v2 of Alertmanager (0.16 and later; Mimir and Grafana have it below a path of
 * their own): alerts with what keeps them quiet, silences, the version.
 */

#define KIND(kind) (UINT64_C(1) << (kind))

enum step { STEP_ALERTS, STEP_SILENCES, STEP_STATUS };

static void plan(const struct source_context *context, struct source_requests *out)
{
	static const struct {
		const char *topic, *path;
		uint64_t kinds;
		int64_t every;
	} topics[] = {
	    {"alerts", "/api/v2/alerts", KIND(SIGNAL_ALERT), 0},
	    {"silences", SILENCES_PATH, KIND(SIGNAL_SILENCE), 0},
	    {"version", "/api/v2/status", 0, 3600},
	};
	const struct config_source *config = context->config;
	struct source_request *request;

	for (size_t i = 0; i < ARRAY_LEN(topics); i++) {
		request = source_ask(out, topics[i].topic,
				     source_url(out->arena, config, topics[i].path));
		request->step = (int)i;
		request->kinds = topics[i].kinds;
		if (topics[i].every > config->every)
			request->every = topics[i].every;
		request->absent_ok = i == STEP_STATUS; /* Mimir's has none */
	}
}

/* ---- alerts ---- */

/* Adds the ids in a list as refs; whether there was one. */
static bool add_refs(struct signal_list *list, struct signal *signal, const json_t *ids)
{
	json_t *id;
	size_t i;
	bool some = false;

	json_array_foreach(ids, i, id)
	{
		if (!json_is_string(id))
			continue;
		signal_add_ref(list, signal, json_string_value(id));
		some = true;
	}
	return some;
}

/* "pager, slack" */
static const char *receivers_of(struct arena *arena, const json_t *alert)
{
	const json_t *receivers = json_get_list(alert, "receivers");
	const char *names = NULL;
	json_t *receiver;
	size_t i;

	json_array_foreach(receivers, i, receiver)
	{
		const char *name = json_get_text(receiver, "name");

		if (name && i < 10)
			names = names ? arena_printf(arena, "%s, %s", names, name)
				      : arena_strdup(arena, name);
	}
	return names;
}

/* Whether the source's option "receivers" lets the alert through: one of them gets it. */
static bool wanted(const struct config_source *config, const json_t *alert)
{
	const json_t *receivers = json_get_list(alert, "receivers");
	bool any = true;
	json_t *receiver;
	size_t i;

	for (size_t j = 0; j < config->option_count; j++) {
		if (strcmp(config->options[j].name, "receivers") != 0)
			continue;
		any = false;
		json_array_foreach(receivers, i, receiver)
		{
			const char *name = json_get_text(receiver, "name");

			if (name && !strcmp(name, config->options[j].value))
				return true;
		}
	}
	return any;
}

static void read_alert(const struct config_source *config, struct signal_list *list,
		       const json_t *alert)
{
	const char *receivers;
	struct signal *signal =
	    alert_add(config, list, json_get_object(alert, "labels"),
		      json_get_object(alert, "annotations"), json_get_text(alert, "fingerprint"));

	if (!signal)
		return;
	signal->since = json_get_time(alert, "startsAt");
	signal->url = json_get_copy(alert, "generatorURL", list->arena);
	if (add_refs(list, signal, json_get_list(alert, "status.silencedBy")))
		signal->flags |= SIGNAL_SILENCED;
	if (add_refs(list, signal, json_get_list(alert, "status.inhibitedBy")))
		signal->flags |= SIGNAL_INHIBITED;
	receivers = receivers_of(list->arena, alert);
	if (receivers)
		signal_add_label(list, signal, SIGNAL_RECEIVERS, receivers);
}

static int read_alerts(const struct source_context *context, const json_t *json,
		       struct source_result *out, struct err *err)
{
	json_t *alert;
	size_t i;

	if (!json_is_array(json))
		return err_set(err, NULL, "check the source's type and url",
			       "the answer is JSON, but no list of alerts");
	if (alert_check_list(json, out->signals.arena, &out->note, err) < 0)
		return -1;
	json_array_foreach(json, i, alert)
	{
		if (wanted(context->config, alert) ||
		    alert_is_watchdog(context->config, json_get_object(alert, "labels")))
			read_alert(context->config, &out->signals, alert);
	}
	alert_expect_watchdog(context->config, &out->signals);
	return 0;
}

/* ---- silences ---- */

/* A matcher as its operator and value: "=~pay.*". */
static void add_matcher(struct signal_list *list, struct signal *signal, const json_t *matcher)
{
	const char *name = json_get_text(matcher, "name");
	const char *value = json_string_value(json_get(matcher, "value"));
	bool regex = json_get_bool(matcher, "isRegex", false);
	bool equal = json_get_bool(matcher, "isEqual", true);

	if (name)
		signal_add_label(list, signal, name,
				 arena_printf(list->arena, "%s%s", silence_operator(regex, equal),
					      value ? value : ""));
}

static void read_silence(struct signal_list *list, const json_t *silence)
{
	const char *id = json_get_text(silence, "id"),
		   *state = json_get_text(silence, "status.state");
	const json_t *matchers = json_get_list(silence, "matchers");
	struct signal *signal;
	json_t *matcher;
	size_t i;

	if (!id || !state || (strcmp(state, "active") != 0 && strcmp(state, "pending") != 0))
		return;
	signal = signal_add(list, SIGNAL_SILENCE, SIGNAL_OK, arena_strdup(list->arena, id), "");
	if (!signal)
		return;
	signal->title = "silence";
	signal->text = json_get_copy(silence, "comment", list->arena);
	signal->author = json_get_copy(silence, "createdBy", list->arena);
	signal->since = json_get_time(silence, "startsAt");
	signal->until = json_get_time(silence, "endsAt");
	if (!strcmp(state, "pending"))
		signal->flags |= SIGNAL_PENDING;
	json_array_foreach(matchers, i, matcher)
	{
		if (i < ALERT_LABELS_MAX)
			add_matcher(list, signal, matcher);
	}
}

static int read_silences(const json_t *json, struct source_result *out, struct err *err)
{
	json_t *silence;
	size_t i;

	if (!json_is_array(json))
		return err_set(err, NULL, "check the source's type and url",
			       "the answer is JSON, but no list of silences");
	json_array_foreach(json, i, silence)
	{
		read_silence(&out->signals, silence);
	}
	return 0;
}

/* ---- answers ---- */

static int read_status(const json_t *json, struct source_result *out)
{
	const char *version = json_get_text(json, "versionInfo.version");

	if (version)
		out->version = arena_printf(out->signals.arena, "Alertmanager %s", version);
	return 0;
}

static int read_answer(const struct source_context *context, const struct source_request *request,
		       const struct source_answer *answer, struct source_result *out,
		       struct err *err)
{
	json_t *json;
	int result;

	if (answer->status == 404 && request->absent_ok)
		return 0;
	json = json_get_parse(answer->body, answer->len, err);
	if (!json)
		return -1;
	if (request->step == STEP_ALERTS)
		result = read_alerts(context, json, out, err);
	else if (request->step == STEP_SILENCES)
		result = read_silences(json, out, err);
	else
		result = read_status(json, out);
	json_decref(json);
	if (out->signals.dropped)
		out->note = arena_printf(out->signals.arena, "only the first %d", SIGNALS_MAX);
	return result;
}

const struct source_type source_alertmanager = {
    .name = "alertmanager",
    .title = "Alertmanager",
    .kinds = KIND(SIGNAL_ALERT) | KIND(SIGNAL_SILENCE),
    .every = 30,
    .needs_url = true,
    .plan = plan,
    .read = read_answer,
};
