/* What svctop itself saw then: for --at, of the store, which is never written here. */

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/store.h"
#include "core/strmap.h"
#include "tui/collect_internal.h"

struct then {
	int64_t time;
	struct record *record;
	struct arena *arena;
	struct strmap *seen; /* by "service\ncheck" */
};

static const char *key_of(struct arena *arena, const char *service, const char *check)
{
	return arena_printf(arena, "%s\n%s", service, check);
}

/* Of both origins for ages; of what was seen for what git does not know. */
static void take(void *ctx, const struct interval *interval, enum interval_origin origin)
{
	struct then *then = ctx;
	struct interval *kept, open = *interval;

	if (interval->from > then->time || (interval->until && interval->until <= then->time))
		return;
	open.until = 0;
	open.closed = (struct cause){0};
	record_learn(then->record, &open);
	if (origin != INTERVAL_SEEN)
		return;
	kept = arena_alloc(then->arena, sizeof(*kept));
	*kept = interval_copy(&open, then->arena);
	strmap_put(then->seen, key_of(then->arena, interval->service, interval->check), kept);
}

static bool find(void *ctx, const char *service, const char *check, int64_t time,
		 struct interval *out)
{
	const struct then *then = ctx;
	char *key = xasprintf("%s\n%s", service, check);
	const struct interval *seen = strmap_get(then->seen, key);

	free(key);
	if (!seen || time < seen->from)
		return false;
	*out = *seen;
	return true;
}

static int read_then(const struct collection *in, struct then *then, struct err *err)
{
	const struct store_scope scope = {.from = then->time, .until = then->time + 1};
	struct store_options options = {.access = STORE_READ,
					.command = "svctop",
					.version = VERSION,
					.now = then->time,
					.roots = in->cli->roots,
					.root_count = in->cli->root_count};
	char *url = cli_store_of_past(in->cli, err);
	struct store *store;
	int result = -1;

	options.url = url;
	store = url ? store_open(&options, err) : NULL;
	free(url);
	if (!store)
		return -1;
	result = store_intervals(store, &scope, take, then, err);
	store_close(store);
	return result;
}

void collect_then(struct collection *in, struct record *record, int64_t time)
{
	struct then *then = xcalloc(1, sizeof(*then));
	struct err err = {0};

	*then = (struct then){
	    .time = time, .record = record, .arena = arena_new(), .seen = strmap_new()};
	if (read_then(in, then, &err) < 0 && err.what && in->cli->options.verbose)
		cli_error(&err);
	err_clear(&err);
	collect_then_free(in->then);
	in->then = then;
	fleet_set_past(in->fleet, find, then);
}

void collect_then_free(struct then *then)
{
	if (!then)
		return;
	strmap_free(then->seen);
	arena_free(then->arena);
	free(then);
}
