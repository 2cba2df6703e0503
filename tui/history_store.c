#include "tui/history_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/store.h"
#include "core/strmap.h"
#include "core/trend.h"
#include "tui/keeper.h"

#define DAY	INT64_C(86400)
#define YEAR	(365 * DAY)
#define MAX_DAY (TREND_MAX_POINTS - 2)

static void say(const struct cli *cli, struct err *err)
{
	if (err->what && !cli->options.quiet)
		cli_error(err);
	err_clear(err);
}

/* NULL: there is none; said why where that is worth a word. */
static struct store *open_store(const struct cli *cli, enum store_access access, int64_t now)
{
	struct err err = {0};
	char *url = cli_store(cli, &err);
	struct store_options options = {.url = url,
					.access = access,
					.command = "svctop history",
					.version = VERSION,
					.now = now,
					.roots = cli->roots,
					.root_count = cli->root_count};
	struct store *store = url ? store_open(&options, &err) : NULL;

	say(cli, &err);
	free(url);
	return store;
}

/* ---- what was seen ---- */

struct seeing {
	struct arena *arena;
	struct strmap *services; /* that git knows */
	struct strmap *findings; /* "service\ncheck" that git knows */
	struct interval *intervals;
	size_t count, cap;
};

static void *const known = (void *)"";

static void note_known(struct seeing *in, const struct interval *interval)
{
	char *key = arena_printf(in->arena, "%s\n%s", interval->service, interval->check);

	if (!strmap_get(in->findings, key))
		strmap_put(in->findings, key, known);
	if (!strmap_get(in->services, interval->service))
		strmap_put(in->services, interval->service, known);
}

static void take_seen(void *ctx, const struct interval *interval, enum interval_origin origin)
{
	struct seeing *in = ctx;
	char *key;

	if (origin != INTERVAL_SEEN || !strmap_get(in->services, interval->service))
		return;
	key = xasprintf("%s\n%s", interval->service, interval->check);
	if (!strmap_get(in->findings, key)) {
		GROW(in->intervals, in->count, in->cap);
		in->intervals[in->count++] = interval_copy(interval, in->arena);
	}
	free(key);
}

static void read_seen(const struct cli *cli, const struct git_history *git, struct seeing *in)
{
	const struct store_scope scope = {.from = git->since, .until = git->until};
	struct store *store = open_store(cli, STORE_READ, git->until);
	struct err err = {0};

	if (!store)
		return;
	for (size_t i = 0; i < git->count; i++)
		note_known(in, &git->intervals[i]);
	store_intervals(store, &scope, take_seen, in, &err);
	say(cli, &err);
	store_close(store);
}

const struct interval *history_with_seen(const struct cli *cli, const struct git_history *git,
					 struct arena *arena, size_t *count)
{
	struct arena *keys = arena_new();
	struct seeing in = {.arena = keys, .services = strmap_new(), .findings = strmap_new()};
	struct interval *all;

	read_seen(cli, git, &in);
	*count = git->count + in.count;
	all = arena_alloc(arena, (*count + 1) * sizeof(*all));
	if (git->count)
		memcpy(all, git->intervals, git->count * sizeof(*all));
	for (size_t i = 0; i < in.count; i++)
		all[git->count + i] = interval_copy(&in.intervals[i], arena);
	strmap_free(in.services);
	strmap_free(in.findings);
	free(in.intervals);
	arena_free(keys);
	return all;
}

/* ---- days ---- */

struct days {
	struct store *store;
	int64_t since, until; /* midnights */
	struct trend_point *points;
	struct err *err;
};

static bool same_counts(const struct trend_point *a, const struct trend_point *b)
{
	return a->services == b->services && a->open == b->open &&
	       !memcmp(a->open_by_tier, b->open_by_tier, sizeof(a->open_by_tier));
}

/* A day on which nothing happened is as the one before it: it has no row. */
static int put_days(const struct days *in, const char *name, const struct interval *intervals,
		    size_t interval_count)
{
	static const struct trend_scope everything;
	struct trend *trend = trend_new(intervals, interval_count, in->since, in->until, DAY);
	size_t count = trend_points(trend, &everything, in->points, TREND_MAX_POINTS, NULL);
	int result = 0;

	for (size_t i = 1; i < count && !result; i++) {
		const struct trend_point *point = &in->points[i];
		struct store_day day = {.day = point->at - DAY,
					.scope = name,
					.services = point->services,
					.open = point->open,
					.opened = point->opened,
					.closed = point->closed};

		if (i > 1 && !point->opened && !point->closed && same_counts(point, point - 1))
			continue;
		memcpy(day.open_by_tier, point->open_by_tier, sizeof(day.open_by_tier));
		result = store_put_day(in->store, &day, in->err);
	}
	trend_free(trend);
	return result;
}

static int compare_owners(const void *a, const void *b)
{
	const struct interval *x = a, *y = b;

	return strcmp(x->owner ? x->owner : "", y->owner ? y->owner : "");
}

static int compare_checks(const void *a, const void *b)
{
	const struct interval *x = a, *y = b;

	return strcmp(x->check, y->check);
}

/* Days of each owner or each item: intervals are put in its order. */
static int put_each(const struct days *in, struct interval *intervals, size_t count, bool by_owner)
{
	int (*compare)(const void *, const void *) = by_owner ? compare_owners : compare_checks;
	int result = 0;

	if (count)
		qsort(intervals, count, sizeof(*intervals), compare);
	for (size_t i = 0, run; i < count && !result; i += run) {
		const char *key = by_owner ? intervals[i].owner : intervals[i].check;
		char *name = xasprintf("%s:%s", by_owner ? "owner" : "check", key ? key : "");

		for (run = 1; i + run < count && !compare(&intervals[i], &intervals[i + run]);
		     run++)
			;
		if (key)
			result = put_days(in, name, &intervals[i], run);
		free(name);
	}
	return result;
}

static int put_all_days(struct store *store, const struct git_history *git, struct err *err)
{
	struct interval *sorted = xcalloc(git->count, sizeof(*sorted));
	struct days in = {.store = store,
			  .since = git->since + DAY - 1 - (git->since + DAY - 1) % DAY,
			  .until = git->until - git->until % DAY,
			  .points = xcalloc(TREND_MAX_POINTS, sizeof(*in.points)),
			  .err = err};
	int result;

	if (in.since < in.until - MAX_DAY * DAY)
		in.since = in.until - MAX_DAY * DAY;
	if (git->count)
		memcpy(sorted, git->intervals, git->count * sizeof(*sorted));
	result = put_days(&in, "", sorted, git->count);
	if (!result)
		result = put_each(&in, sorted, git->count, true);
	if (!result)
		result = put_each(&in, sorted, git->count, false);
	free(in.points);
	free(sorted);
	return result;
}

/* ---- what is kept ---- */

/* A year is what a dashboard asks for; a look at last week must not cost it that. */
static bool is_worth_it(struct store *store, const struct store_history *ours)
{
	struct store_history theirs;
	int64_t span = ours->until - ours->since;

	if (span >= YEAR || !store_get_history(store, &theirs))
		return true;
	return strcmp(theirs.scanned_with, ours->scanned_with) != 0 ||
	       strcmp(theirs.roots, ours->roots) != 0 || span >= theirs.until - theirs.since;
}

static char *roots_of(const struct cli *cli)
{
	struct buf roots = {0};

	for (size_t i = 0; i < cli->root_count; i++)
		buf_addf(&roots, "%s%s", i ? "\n" : "", cli->roots[i]);
	return buf_detach(&roots);
}

static int put(struct store *store, const struct git_history *git,
	       const struct store_history *history, struct err *err)
{
	if (store_begin(store, err) < 0)
		return -1;
	if (store_put_history(store, history, git->intervals, git->count, err) < 0 ||
	    put_all_days(store, git, err) < 0) {
		store_rollback(store);
		return -1;
	}
	return store_commit(store, err);
}

/* Whether there is one at all: none is made for this. */
static bool has_store(const struct cli *cli, int64_t now)
{
	struct store *store = open_store(cli, STORE_READ, now);

	store_close(store);
	return store;
}

void history_keep(const struct cli *cli, const struct git_history *git)
{
	char *with = keeper_scanned_with(cli->checklist), *roots = roots_of(cli);
	const struct store_history history = {
	    .since = git->since, .until = git->until, .scanned_with = with, .roots = roots};
	struct store *store =
	    has_store(cli, git->until) ? open_store(cli, STORE_SHARED, git->until) : NULL;
	struct err err = {0};

	if (store && !is_worth_it(store, &history)) {
		if (cli->options.verbose)
			fprintf(stderr, "svctop: %s knows of a longer time: left as it is\n",
				store_path(store));
	} else if (store && !put(store, git, &history, &err) && cli->options.verbose) {
		fprintf(stderr, "svctop: written to %s\n", store_path(store));
	}
	say(cli, &err);
	store_close(store);
	free(with);
	free(roots);
}
