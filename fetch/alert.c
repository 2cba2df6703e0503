#include "fetch/alert.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/hash.h"
#include "core/mem.h"
#include "fetch/json_get.h"

#define VALUE_LEN 1000 /* of a label; the rest is cut */

/* Best first. What only says where something runs comes last. */
static const char *const service_labels[] = {
    "service",
    "service_name",
    "app",
    "app_kubernetes_io_name",
    "application",
    "sloth_service",
    "app_kubernetes_io_instance",
    "kubernetes_name",
    "deployment",
    "statefulset",
    "daemonset",
    "cronjob",
    "job_name",
    "container",
    "job",
    "namespace",
};

const char *alert_label(const json_t *labels, const char *name)
{
	const char *text = json_string_value(json_object_get(labels, name));

	return text && *text ? text : NULL;
}

const char *alert_service_label(const struct config_source *config, size_t index)
{
	if (config->service_label && !index--)
		return config->service_label;
	return index < ARRAY_LEN(service_labels) ? service_labels[index] : NULL;
}

/* ---- labels ---- */

void alert_keys(const struct config_source *config, struct signal_list *list, struct signal *signal,
		const json_t *labels)
{
	const char *name, *value, *slash;

	for (size_t i = 0; (name = alert_service_label(config, i)); i++) {
		value = alert_label(labels, name);
		if (!value)
			continue;
		signal_add_key(list, signal, "service", value);
		/* the Prometheus operator's jobs are called "namespace/monitor" or ".../0" */
		slash = strchr(value, '/');
		if (slash && !strcmp(name, "job"))
			signal_add_key(
			    list, signal, "service",
			    arena_memdup0(list->arena, slash + 1, strcspn(slash + 1, "/")));
	}
	value = alert_label(labels, "instance");
	if (value && (!strncmp(value, "http://", 7) || !strncmp(value, "https://", 8)))
		signal_add_key(list, signal, "url", value);
}

void alert_labels(struct signal_list *list, struct signal *signal, const json_t *labels)
{
	static const char *const environments[] = {"environment", "env", "deployment_environment",
						   "stage"};
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)labels, name, value)
	{
		const char *text = json_string_value(value);

		if (signal->label_count >= ALERT_LABELS_MAX)
			break;
		if (!text || !strcmp(name, "__name__"))
			continue;
		if (strnlen(text, VALUE_LEN) == VALUE_LEN)
			text = arena_memdup0(list->arena, text, VALUE_LEN);
		signal_add_label(list, signal, name, text);
	}
	for (size_t i = 0; i < ARRAY_LEN(environments) && !signal->environment; i++)
		signal->environment =
		    arena_strdup(list->arena, alert_label(labels, environments[i]));
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/*
 * FNV-1a over names and values in the order of names, each with 0xff behind it: as
 * model.LabelSet.Fingerprint() of prometheus/common.
 */
const char *alert_fingerprint(struct arena *arena, const json_t *labels)
{
	const char *names[ALERT_LABELS_MAX], *name;
	uint64_t hash = HASH_START;
	size_t count = 0;
	json_t *value;

	json_object_foreach((json_t *)labels, name, value)
	{
		if (json_is_string(value) && count < ALERT_LABELS_MAX)
			names[count++] = name;
	}
	qsort(names, count, sizeof(*names), by_name);
	for (size_t i = 0; i < count; i++) {
		hash = hash_text(hash, names[i]);
		hash = hash_text(hash, json_string_value(json_object_get(labels, names[i])));
	}
	return arena_printf(arena, "%016llx", (unsigned long long)hash);
}

/* ---- alerts ---- */

static bool one_of(const char *word, const char *const *words, size_t count)
{
	for (size_t i = 0; word && i < count; i++)
		if (!strcasecmp(word, words[i]))
			return true;
	return false;
}

static enum signal_state state_of(const char *severity)
{
	static const char *const critical[] = {
	    "critical", "crit",	 "page",      "pager", "paging", "error", "high", "urgent", "major",
	    "fatal",	"alert", "emergency", "sev0",  "sev1",	 "sev-1", "p0",	  "p1",
	};

	if (severity && !strcasecmp(severity, "none"))
		return SIGNAL_OK;
	return one_of(severity, critical, ARRAY_LEN(critical)) ? SIGNAL_CRITICAL : SIGNAL_WARNING;
}

/* Whether the source's option has the name; *configured: whether it has any. */
static bool configured_watchdog(const struct config_source *config, const char *name,
				bool *configured)
{
	*configured = false;
	for (size_t i = 0; i < config->option_count; i++) {
		if (strcmp(config->options[i].name, "watchdog") != 0)
			continue;
		*configured = true;
		if (!strcmp(config->options[i].value, name))
			return true;
	}
	return false;
}

bool alert_is_watchdog(const struct config_source *config, const json_t *labels)
{
	static const char *const usual[] = {"Watchdog", "DeadMansSwitch", "DeadMansSnitch",
					    "DeadManSwitch"};
	const char *name = alert_label(labels, "alertname");
	bool configured;

	if (!name)
		return false;
	if (configured_watchdog(config, name, &configured))
		return true;
	return !configured && one_of(name, usual, ARRAY_LEN(usual));
}

/* What the annotations say in words: the short one, and the long one below it. */
static const char *text_of(struct arena *arena, const json_t *annotations)
{
	static const char *const shorts[] = {"summary", "title"}, *const longs[] = {"description",
										    "message"};
	const char *first = NULL, *second = NULL;

	for (size_t i = 0; i < ARRAY_LEN(shorts) && !first; i++)
		first = alert_label(annotations, shorts[i]);
	for (size_t i = 0; i < ARRAY_LEN(longs) && !second; i++)
		second = alert_label(annotations, longs[i]);
	if (first && second && strcmp(first, second) != 0)
		return arena_printf(arena, "%s\n%s", first, second);
	return arena_strdup(arena, first ? first : second);
}

static const char *runbook_of(struct arena *arena, const json_t *annotations)
{
	static const char *const names[] = {"runbook_url", "runbook", "playbook_url", "playbook",
					    "runbookUrl"};
	const char *runbook = NULL;

	for (size_t i = 0; i < ARRAY_LEN(names) && !runbook; i++)
		runbook = alert_label(annotations, names[i]);
	return arena_strdup(arena, runbook);
}

int alert_check_list(const json_t *alerts, struct arena *arena, const char **note, struct err *err)
{
	size_t strange = 0, i;
	const json_t *alert;

	json_array_foreach(alerts, i, alert)
	{
		strange += !json_object_size(json_get_object(alert, "labels"));
	}
	if (strange && strange == json_array_size(alerts))
		return err_set(err, NULL, "check the source's type and url",
			       "the answer is a list, but not of alerts: they have no labels");
	if (strange)
		*note = arena_printf(arena, "%zu without labels left out", strange);
	return 0;
}

struct signal *alert_add(const struct config_source *config, struct signal_list *list,
			 const json_t *labels, const json_t *annotations, const char *fingerprint)
{
	const char *name = alert_label(labels, "alertname");
	const char *severity = alert_label(labels, "severity");
	struct signal *signal;

	if (!json_object_size(labels))
		return NULL;
	signal = signal_add(list, SIGNAL_ALERT, state_of(severity),
			    fingerprint ? arena_strdup(list->arena, fingerprint)
					: alert_fingerprint(list->arena, labels),
			    name ? arena_strdup(list->arena, name) : "alert without a name");
	if (!signal)
		return NULL;
	signal->severity = arena_strdup(list->arena, severity);
	signal->text = text_of(list->arena, annotations);
	signal->runbook = runbook_of(list->arena, annotations);
	alert_keys(config, list, signal, labels);
	alert_labels(list, signal, labels);
	if (alert_is_watchdog(config, labels)) {
		signal->flags |= SIGNAL_WATCHDOG;
		signal->state = SIGNAL_OK;
	}
	return signal;
}

static bool fires(const struct signal_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if ((list->signals[i].flags & (SIGNAL_WATCHDOG | SIGNAL_PENDING)) ==
			SIGNAL_WATCHDOG &&
		    !strcmp(list->signals[i].title, name))
			return true;
	return false;
}

void alert_expect_watchdog(const struct config_source *config, struct signal_list *list)
{
	struct signal *signal;
	const char *name;

	for (size_t i = 0; i < config->option_count; i++) {
		name = config->options[i].value;
		if (strcmp(config->options[i].name, "watchdog") != 0 || fires(list, name))
			continue;
		signal = signal_add(list, SIGNAL_ALERT, SIGNAL_CRITICAL,
				    arena_printf(list->arena, "missing %s", name),
				    arena_strdup(list->arena, name));
		if (!signal)
			return;
		signal->flags = SIGNAL_WATCHDOG;
		signal->text = "this alert always fires, to show that alerting works, and does not "
			       "now: other alerts may not arrive either";
	}
}
