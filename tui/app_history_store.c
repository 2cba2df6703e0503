/* The store's intervals for the panes. */

#include "core/store.h"
#include "tui/app_history_internal.h"

static void take(void *ctx, const struct interval *interval, enum interval_origin origin)
{
	const struct history_memory *memory = ctx;

	interval_merge_add(memory->merge, interval, origin == INTERVAL_SEEN);
}

static int read_store(void *ctx, struct history_memory *memory, struct err *err)
{
	static const struct store_scope all = {0};
	struct store *store = ctx;
	struct store_history history;

	if (store_get_history(store, &history)) {
		memory->since = history.since;
		memory->until = history.until;
	}
	return store_intervals(store, &all, take, memory, err);
}

void app_history_follow(struct app *app, struct store *store, const char *problem)
{
	app_history_source(app, store ? read_store : NULL, store, problem);
}
