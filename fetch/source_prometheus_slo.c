#include <math.h>
#include <string.h>

#include "core/mem.h"
#include "core/strmap.h"
#include "fetch/json_get.h"
#include "fetch/source_prometheus_internal.h"

/*
 * Service level objectives out of the recording rules of Sloth
 * (https://sloth.dev, the "metadata" rules, v0.1 and later) and of Pyrra
 * (https://github.com/pyrra-dev/pyrra, with --generic-rules). Both give one series an objective
 * and measure.
 */
const char prometheus_slo_query[] =
    "{__name__=~\"slo:objective:ratio|slo:time_period:days|slo:current_burn_rate:ratio|"
    "slo:period_error_budget_remaining:ratio|pyrra_objective|pyrra_window|pyrra_availability|"
    "pyrra_requests:rate5m|pyrra_errors:rate5m\"}";

enum measure { OBJECTIVE, DAYS, BURN, BUDGET, WINDOW, AVAILABILITY, REQUESTS, ERRORS, MEASURES };

/*
 * An objective burns when its budget of errors is spent, or will be within two days: 14.4 times
 * the rate that spends it in 30 days, where the Google SRE workbook pages. A tenth left, or 6
 * times that rate, is a warning.
 */
#define BURN_CRITICAL  14.4
#define BURN_WARNING   6
#define BUDGET_WARNING 0.1

struct slo {
	const json_t *labels;
	const char *name, *service;
	double values[MEASURES]; /* NaN: not told */
	struct slo *next;
};

struct slos {
	struct arena *arena;
	struct strmap *by_id;
	struct slo *first, **last;
};

static int measure_of(const char *name)
{
	static const char *const names[MEASURES] = {
	    "slo:objective:ratio",
	    "slo:time_period:days",
	    "slo:current_burn_rate:ratio",
	    "slo:period_error_budget_remaining:ratio",
	    "pyrra_window",
	    "pyrra_availability",
	    "pyrra_requests:rate5m",
	    "pyrra_errors:rate5m",
	};

	for (int i = 0; i < MEASURES; i++)
		if (!strcmp(name, names[i]))
			return i;
	return strcmp(name, "pyrra_objective") ? -1 : OBJECTIVE;
}

/* The objective that a series belongs to; NULL for one without a name. */
static struct slo *slo_of(struct slos *slos, const json_t *labels)
{
	static const char *const places[] = {"environment", "env", "cluster", "namespace"};
	const char *name = alert_label(labels, "sloth_slo"), *place, *id;
	const char *service = alert_label(labels, "sloth_service");
	struct slo *slo;

	if (!name)
		name = alert_label(labels, "slo");
	if (!name)
		return NULL;
	id = arena_printf(slos->arena, "%s/%s", service ? service : "pyrra", name);
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		place = alert_label(labels, places[i]);
		if (place)
			id = arena_printf(slos->arena, "%s %s=%s", id, places[i], place);
	}
	slo = strmap_get(slos->by_id, id);
	if (slo)
		return slo;
	slo = arena_alloc(slos->arena, sizeof(*slo));
	*slo = (struct slo){.labels = labels, .name = id, .service = service};
	for (size_t i = 0; i < MEASURES; i++)
		slo->values[i] = NAN;
	strmap_put(slos->by_id, id, slo);
	*slos->last = slo;
	slos->last = &slo->next;
	return slo;
}

/* Of several series (an objective measured by region), the worst counts. */
static void take(struct slo *slo, int measure, double value)
{
	double *slot = &slo->values[measure];
	bool low_is_worse = measure == BUDGET || measure == AVAILABILITY;

	if (isnan(*slot) || (low_is_worse ? value < *slot : value > *slot))
		*slot = value;
}

/* What Pyrra leaves to its screen: the budget left and how fast it goes. */
static void work_out(struct slo *slo)
{
	double *v = slo->values, allowed = 1 - v[OBJECTIVE];

	if (isnan(v[BUDGET]))
		v[BUDGET] = (v[AVAILABILITY] - v[OBJECTIVE]) / allowed;
	if (isnan(v[BURN]) && v[REQUESTS] > 0)
		v[BURN] = v[ERRORS] / v[REQUESTS] / allowed;
	if (isnan(v[DAYS]))
		v[DAYS] = v[WINDOW] / 86400;
}

static enum signal_state state_of(const struct slo *slo)
{
	double budget = slo->values[BUDGET], burn = slo->values[BURN];

	if (isnan(budget) && isnan(burn))
		return SIGNAL_UNKNOWN;
	if (budget <= 0 || burn >= BURN_CRITICAL)
		return SIGNAL_CRITICAL;
	return budget < BUDGET_WARNING || burn >= BURN_WARNING ? SIGNAL_WARNING : SIGNAL_OK;
}

static const char *value_of(struct arena *arena, const struct slo *slo)
{
	double budget = slo->values[BUDGET], burn = slo->values[BURN];
	const char *left = "budget unknown";

	if (budget <= 0)
		left = "budget spent";
	else if (!isnan(budget))
		left = arena_printf(arena, "%.3g %% of the budget left", 100 * budget);
	return isnan(burn) ? left : arena_printf(arena, "%s, burning %.2gx", left, burn);
}

static const char *text_of(struct arena *arena, const struct slo *slo)
{
	double objective = slo->values[OBJECTIVE], days = slo->values[DAYS];
	const char *text;

	if (isnan(objective))
		return NULL;
	text = arena_printf(arena, "objective %.5g %%", 100 * objective);
	if (days > 0 && days < 1e5)
		text = arena_printf(arena, "%s over %.3g days", text, days);
	if (objective >= 1)
		return arena_printf(arena, "%s: it leaves no budget for errors", text);
	if (isnan(slo->values[BUDGET]) && isnan(slo->values[BURN]))
		return arena_printf(arena,
				    "%s: nothing is measured (no traffic, or a metric that "
				    "is not there)",
				    text);
	return text;
}

static void add_slo(struct prometheus_reading *in, struct slo *slo)
{
	struct signal_list *list = &in->out->signals;
	const char *title = alert_label(slo->labels, slo->service ? "sloth_slo" : "slo");
	struct signal *signal;

	if (isnan(slo->values[OBJECTIVE]) && isnan(slo->values[BUDGET]))
		return; /* left over from an objective that is gone, or not generic */
	work_out(slo);
	signal = signal_add(list, SIGNAL_SLO, state_of(slo), slo->name,
			    title ? arena_strdup(list->arena, title) : slo->name);
	if (!signal)
		return;
	signal_add_key(list, signal, "service", slo->service);
	alert_keys(in->context->config, list, signal, slo->labels);
	if (!slo->service)
		signal_add_key(list, signal, "service", title);
	alert_labels(list, signal, slo->labels);
	signal->number = isnan(slo->values[BUDGET]) ? 0 : slo->values[BUDGET];
	signal->value = value_of(list->arena, slo);
	signal->text = text_of(list->arena, slo);
}

int prometheus_slo(struct prometheus_reading *in, struct err *err)
{
	const json_t *series = prometheus_vector(in, err);
	struct slos slos = {.arena = in->out->signals.arena};
	struct prometheus_sample sample;
	json_t *item;
	size_t i;

	if (!series)
		return -1;
	slos.by_id = strmap_new();
	slos.last = &slos.first;
	json_array_foreach(series, i, item)
	{
		int measure = prometheus_sample(item, &sample) ? measure_of(sample.name) : -1;
		struct slo *slo = measure < 0 ? NULL : slo_of(&slos, sample.labels);

		if (slo)
			take(slo, measure, sample.value);
	}
	for (struct slo *slo = slos.first; slo; slo = slo->next)
		add_slo(in, slo);
	strmap_free(slos.by_id);
	return 0;
}
