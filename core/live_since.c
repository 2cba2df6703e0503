#include "core/live_internal.h"
#include "core/strmap.h"

/* Kinds that are states; a deployment or a shift without a time just has none. */
static bool is_state(enum signal_kind kind)
{
	return kind == SIGNAL_UPTIME || kind == SIGNAL_CERT || kind == SIGNAL_SLO ||
	       kind == SIGNAL_CHECK || kind == SIGNAL_TARGET;
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

		if (signal->since || !is_state(signal->kind))
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
