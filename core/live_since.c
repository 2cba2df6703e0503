#include "core/live_internal.h"
#include "core/strmap.h"

#define AHEAD_MAX 86400

/* Kinds that are states; a deployment or a shift without a time just has none. */
static bool is_state(enum signal_kind kind)
{
	return kind == SIGNAL_UPTIME || kind == SIGNAL_CERT || kind == SIGNAL_SLO ||
	       kind == SIGNAL_CHECK || kind == SIGNAL_TARGET;
}

/* No clock is so wrong: who says that it began then does not know. */
static bool is_nonsense(const struct signal *signal, int64_t at)
{
	return signal->since > at + AHEAD_MAX &&
	       (is_state(signal->kind) || signal->kind == SIGNAL_ALERT ||
		signal->kind == SIGNAL_CI || signal->kind == SIGNAL_INCIDENT);
}

static struct strmap *by_id(const struct signal *signals, size_t count)
{
	struct strmap *map = strmap_new();

	for (size_t i = 0; i < count; i++)
		strmap_put(map, signals[i].id, (void *)&signals[i]);
	return map;
}

void live_note_since(struct signal *signals, size_t count, const struct signal *before,
		     size_t before_count, int64_t at)
{
	struct strmap *known = NULL;

	for (size_t i = 0; i < count; i++) {
		struct signal *signal = &signals[i];
		const struct signal *old;

		if (is_nonsense(signal, at))
			signal->since = 0;
		else if (signal->since || !is_state(signal->kind))
			continue;
		if (!known)
			known = by_id(before, before_count);
		old = strmap_get(known, signal->id);
		if (old && old->state == signal->state)
			signal->since = old->since;
		else if (old || signal->state != SIGNAL_OK)
			signal->since = at;
	}
	strmap_free(known);
}
