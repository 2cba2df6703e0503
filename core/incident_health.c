#include "core/incident.h"

/* A service's live state at a glance. */

static bool burns(const struct signal *signal)
{
	return signal->state == SIGNAL_WARNING || signal->state == SIGNAL_CRITICAL ||
	       (signal->kind == SIGNAL_ALERT && signal->state == SIGNAL_UNKNOWN);
}

static bool quiet(const struct signal *signal)
{
	return signal->flags & (SIGNAL_SILENCED | SIGNAL_INHIBITED | SIGNAL_PENDING);
}

static bool worse(enum signal_state a, enum signal_state b)
{
	static const int ranks[] = {
	    [SIGNAL_UNKNOWN] = 0, [SIGNAL_OK] = 1, [SIGNAL_WARNING] = 2, [SIGNAL_CRITICAL] = 3};

	return ranks[a] > ranks[b];
}

bool signal_told_better(const struct service *service, size_t index)
{
	return observed_told_better(service->signals, service->signal_count, index);
}

static void take_bad(struct health *health, const struct observed *seen)
{
	const struct signal *signal = seen->signal;
	enum signal_state state = signal->state == SIGNAL_UNKNOWN ? SIGNAL_WARNING : signal->state;

	if (signal->kind == SIGNAL_ALERT && quiet(signal)) {
		health->quiet += !(signal->flags & SIGNAL_PENDING);
		health->stale |= seen->topic->failing_since != 0;
		return;
	}
	health->alerts += signal->kind == SIGNAL_ALERT;
	if (!health->worst || worse(state, health->state)) {
		health->worst = seen;
		health->state = state;
	}
}

/* A rule that is loaded says little where the server does not say what fires. */
static bool fails(const struct observed *seen)
{
	const struct live_source *source = seen->source;

	if (seen->topic->failing_since)
		return true;
	if (seen->signal->kind == SIGNAL_UPTIME || !source->failing)
		return false;
	for (size_t i = 0; i < source->topic_count; i++)
		if (source->topics[i]->failing_since &&
		    source->topics[i]->kinds >> SIGNAL_ALERT & 1)
			return true;
	return false;
}

static void take_good(struct health *health, const struct observed *seen)
{
	if (worse(SIGNAL_OK, health->state))
		health->state = SIGNAL_OK;
	if (health->state == SIGNAL_OK)
		health->stale |= fails(seen);
}

static void take_ci(struct health *health, const struct observed *seen)
{
	if (health->ci_known && !worse(seen->signal->state, health->ci))
		return;
	health->ci_known = true;
	health->ci = seen->signal->state;
	health->ci_at = seen;
}

static void take_uptime(struct health *health, const struct observed *seen)
{
	if (health->uptime_known && !worse(seen->signal->state, health->uptime))
		return;
	health->uptime_known = true;
	health->uptime = seen->signal->state;
	health->uptime_at = seen;
}

/* What does not burn: whether it shows that somebody looks. */
static bool watches(const struct signal *signal)
{
	return signal->state == SIGNAL_OK &&
	       (signal->kind == SIGNAL_UPTIME || signal->kind == SIGNAL_RULE ||
		signal->kind == SIGNAL_TARGET);
}

struct health service_health(const struct service *service)
{
	struct health health = {
	    .state = SIGNAL_UNKNOWN, .ci = SIGNAL_UNKNOWN, .uptime = SIGNAL_UNKNOWN};

	for (size_t i = 0; i < service->signal_count; i++) {
		const struct observed *seen = &service->signals[i];
		const struct signal *signal = seen->signal;

		if (signal->kind == SIGNAL_CI)
			take_ci(&health, seen);
		if (signal->flags & SIGNAL_WATCHDOG || !observed_production(seen))
			continue;
		if (signal->kind == SIGNAL_UPTIME)
			take_uptime(&health, seen);
		if (burns(signal) &&
		    (signal->kind == SIGNAL_ALERT || signal->kind == SIGNAL_INCIDENT ||
		     signal->kind == SIGNAL_UPTIME)) {
			if (!signal_told_better(service, i))
				take_bad(&health, seen);
		} else if (watches(signal)) {
			take_good(&health, seen);
		}
	}
	if (health.worst)
		health.stale = health.worst->topic->failing_since != 0;
	return health;
}

const char *health_word(const struct health *health)
{
	if (health->worst && health->worst->signal->kind == SIGNAL_UPTIME &&
	    health->state == SIGNAL_CRITICAL)
		return "down";
	if (health->worst)
		return health->state == SIGNAL_CRITICAL ? "critical" : "warning";
	if (health->quiet)
		return "silenced";
	if (health->state == SIGNAL_OK)
		return health->stale ? "ok?" : "ok";
	return "-";
}
