#include <math.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/strmap.h"
#include "fetch/json_get.h"
#include "fetch/source_prometheus_internal.h"

/* The blackbox exporter's results, and the user's own checks. */

/* The samples' own times come along: an instant query answers with samples of minutes ago. The
 * label is there because `or` leaves out what has the same labels but another name. */
const char prometheus_probe_query[] =
    "{__name__=~\"probe_success|probe_ssl_earliest_cert_expiry|probe_duration_seconds|"
    "probe_http_status_code\"} or label_replace(timestamp(probe_success), \"svctop\", \"at\", "
    "\"\", \"\")";

#define STALE (15 * 60) /* an older result says nothing about now */

/* ---- probes ---- */

enum measure { PROBE_SUCCESS, PROBE_EXPIRY, PROBE_DURATION, PROBE_STATUS, PROBE_AT, MEASURES };

struct probed {
	const json_t *labels;
	double values[MEASURES];
	bool known[MEASURES];
	struct probed *next;
};

struct probes {
	struct arena *arena;
	struct strmap *by_labels;
	struct probed *first, **last;
};

static int measure_of(const struct prometheus_sample *sample)
{
	static const char *const names[] = {"probe_success", "probe_ssl_earliest_cert_expiry",
					    "probe_duration_seconds", "probe_http_status_code"};

	if (alert_label(sample->labels, "svctop"))
		return PROBE_AT;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!strcmp(sample->name, names[i]))
			return (int)i;
	return -1;
}

/* The probe that a series belongs to: that of the same labels, but for what we added. */
static struct probed *probe_of(struct probes *probes, const json_t *labels)
{
	json_t *plain = json_copy((json_t *)labels);
	const char *id;
	struct probed *probe;

	json_object_del(plain, "svctop");
	json_object_del(plain, "__name__");
	id = alert_fingerprint(probes->arena, plain);
	json_decref(plain);
	probe = strmap_get(probes->by_labels, id);
	if (probe)
		return probe;
	probe = arena_alloc(probes->arena, sizeof(*probe));
	*probe = (struct probed){.labels = labels};
	strmap_put(probes->by_labels, id, probe);
	*probes->last = probe;
	probes->last = &probe->next;
	return probe;
}

static struct signal *add_probe(struct prometheus_reading *in, const struct probed *probe,
				enum signal_kind kind, enum signal_state state)
{
	struct signal_list *list = &in->out->signals;
	const char *instance = alert_label(probe->labels, "instance");
	struct signal *signal = signal_add(list, kind, state, "", "probe");

	if (!signal)
		return NULL;
	if (instance)
		signal->title = arena_strdup(list->arena, instance);
	alert_keys(in->context->config, list, signal, probe->labels);
	alert_labels(list, signal, probe->labels);
	signal->id = arena_printf(list->arena, "%s %s", signal_kind_name(kind),
				  alert_fingerprint(list->arena, probe->labels));
	if (instance && !strncmp(instance, "http", 4))
		signal->url = signal->title;
	return signal;
}

static void add_uptime(struct prometheus_reading *in, const struct probed *probe)
{
	struct arena *arena = in->out->signals.arena;
	double status = probe->values[PROBE_STATUS], seconds = probe->values[PROBE_DURATION];
	bool up = probe->values[PROBE_SUCCESS] == 1;
	enum signal_state state = up ? SIGNAL_OK : SIGNAL_CRITICAL;
	struct signal *signal;

	if (isnan(probe->values[PROBE_SUCCESS]))
		state = SIGNAL_UNKNOWN;
	if (probe->known[PROBE_AT] && (double)in->context->now - probe->values[PROBE_AT] > STALE)
		state = SIGNAL_UNKNOWN;
	signal = add_probe(in, probe, SIGNAL_UPTIME, state);
	if (!signal)
		return;
	if (up && probe->known[PROBE_DURATION] && seconds >= 0 && seconds < 1e6) {
		signal->number = seconds;
		signal->value = arena_printf(arena, "%.0f ms", seconds * 1000);
	}
	if (state == SIGNAL_UNKNOWN)
		signal->text = "the last result of the probe is old";
	else if (!up && probe->known[PROBE_STATUS] && status >= 100 && status < 1000)
		signal->text = arena_printf(arena, "the probe fails with status %.0f", status);
	else if (!up)
		signal->text = "the probe fails: no answer, or not the one that it expects";
}

static void add_cert(struct prometheus_reading *in, const struct probed *probe)
{
	double until = probe->values[PROBE_EXPIRY];
	double days = (until - (double)in->context->now) / 86400;
	enum signal_state state = SIGNAL_OK;
	struct signal *signal;

	if (!(until > 0 && until < 1e12))
		return;
	if (days < 3)
		state = SIGNAL_CRITICAL;
	else if (days < 14)
		state = SIGNAL_WARNING;
	signal = add_probe(in, probe, SIGNAL_CERT, state);
	if (!signal)
		return;
	signal->until = (int64_t)until;
	signal->number = days;
	signal->value = arena_printf(in->out->signals.arena, "%.0f days left", floor(days));
	if (days < 0)
		signal->value = "expired";
}

int prometheus_probes(struct prometheus_reading *in, struct err *err)
{
	const json_t *series = prometheus_vector(in, err);
	struct probes probes = {.arena = in->out->signals.arena};
	struct prometheus_sample sample;
	json_t *item;
	size_t i;

	if (!series)
		return -1;
	probes.by_labels = strmap_new();
	probes.last = &probes.first;
	json_array_foreach(series, i, item)
	{
		int measure = prometheus_sample(item, &sample) ? measure_of(&sample) : -1;
		struct probed *probe;

		if (measure < 0)
			continue;
		probe = probe_of(&probes, sample.labels);
		probe->known[measure] = true;
		probe->values[measure] = sample.value;
	}
	for (const struct probed *probe = probes.first; probe; probe = probe->next) {
		if (probe->known[PROBE_SUCCESS])
			add_uptime(in, probe);
		if (probe->known[PROBE_EXPIRY])
			add_cert(in, probe);
	}
	strmap_free(probes.by_labels);
	return 0;
}

/* ---- checks ---- */

int prometheus_check(struct prometheus_reading *in, struct err *err)
{
	struct signal_list *list = &in->out->signals;
	const json_t *series = prometheus_vector(in, err);
	const char *id = arena_strdup(list->arena, in->request->arg);
	struct prometheus_sample sample;
	struct signal *signal;
	json_t *item;
	size_t i;

	if (!series)
		return -1;
	json_array_foreach(series, i, item)
	{
		enum signal_state state = SIGNAL_OK;

		if (!prometheus_sample(item, &sample))
			continue;
		if (isnan(sample.value))
			state = SIGNAL_UNKNOWN;
		else if (sample.value == 0)
			state = SIGNAL_CRITICAL;
		signal = signal_add(list, SIGNAL_CHECK, state,
				    alert_fingerprint(list->arena, sample.labels), id);
		if (!signal)
			return 0;
		alert_keys(in->context->config, list, signal, sample.labels);
		alert_labels(list, signal, sample.labels);
		signal->number = isnan(sample.value) ? 0 : sample.value;
		signal->value = prometheus_number(list->arena, sample.value);
	}
	return 0;
}
