/* Since when findings are as they are: asked of the store, which is never written here. */

#include <stdlib.h>

#include "core/store.h"
#include "tui/collect_internal.h"

static void learn(void *ctx, const struct interval *interval, enum interval_origin origin)
{
	if (origin == INTERVAL_SEEN)
		record_learn_seen(ctx, interval);
	else
		record_learn(ctx, interval);
}

/* Ages are good to have; without them all else is printed. */
static void say(const struct collection *in, struct err *err)
{
	if (err->what && in->cli->options.verbose)
		cli_error(err);
	err_clear(err);
}

static struct store *open_store(const struct collection *in)
{
	struct store_options options = {.access = STORE_READ,
					.command = "svctop",
					.version = VERSION,
					.now = in->now,
					.roots = in->cli->roots,
					.root_count = in->cli->root_count};
	struct err err = {0};
	char *url = cli_store(in->cli, &err);
	struct store *store = NULL;

	options.url = url;
	if (url)
		store = store_open(&options, &err);
	say(in, &err);
	free(url);
	return store;
}

void collect_ages(struct collection *in)
{
	const struct store_scope open_ones = {.open = true};
	struct store *store = open_store(in);
	struct err err = {0};

	if (!store)
		return;
	in->record = record_new(in->cli->checklist, NULL, NULL);
	if (store_intervals(store, &open_ones, learn, in->record, &err) < 0)
		say(in, &err);
	store_close(store);
	/* What changed since the store was written has no age: nobody saw when. */
	fleet_hold_record(in->fleet, true);
	fleet_set_record(in->fleet, in->record);
}
