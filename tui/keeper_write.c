/* The queue into the store, as much as goes into a moment; what fails is tried again later. */

#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/mem.h"
#include "tui/keeper_internal.h"

#define SECOND ((int64_t)1000 * MS)

enum {
	RETRY_MOST = 60,    /* seconds between two tries, at most */
	TOPICS_EVERY = 60,  /* seconds: what sources say changes all the time */
	REST_MS = 2000,	    /* for what is left when svctop ends */
	KEEP_DAYS = 3 * 366 /* of intervals that ended */
};

/* How far the parts of the queue were when a transaction began. */
struct marks {
	size_t due, checkouts, dropped, topics, changes;
};

static struct marks marks_of(const struct keeper *keeper)
{
	return (struct marks){keeper->due.at, keeper->checkouts.at, keeper->dropped.at,
			      keeper->topics.at, keeper->change_at};
}

/* Services */

struct open_ones {
	uint64_t same; /* checks of which the store has this very interval */
	const struct keeper *keeper;
};

static void compare(void *ctx, const struct interval *interval, enum interval_origin origin)
{
	struct open_ones *ones = ctx;
	int check = checklist_find(ones->keeper->cli->checklist, interval->check);
	struct interval now;

	(void)origin;
	if (check < 0 ||
	    !record_open(ones->keeper->record, interval->service, interval->check, &now))
		return;
	if (now.status == interval->status && now.required == interval->required &&
	    now.from == interval->from)
		ones->same |= UINT64_C(1) << check;
}

static int write_first(struct keeper *keeper, const struct dirty_service *service, struct err *err)
{
	const struct checklist *checklist = keeper->cli->checklist;
	const struct store_scope scope = {.service = service->name, .open = true};
	struct open_ones ones = {.keeper = keeper};
	struct interval opened;

	if (!service->seen)
		return 0;
	keeper_learn_service(keeper, service->name); /* of what is seen for the first time now */
	if (store_intervals(keeper->store, &scope, compare, &ones, err) < 0)
		return -1;
	for (size_t i = 0; i < checklist->check_count; i++) {
		if (!(service->seen >> i & 1) || ones.same >> i & 1 ||
		    !record_open(keeper->record, service->name, checklist->checks[i].id, &opened))
			continue;
		if (store_put_change(keeper->store, NULL, &opened, err) < 0)
			return -1;
	}
	return 0;
}

struct closing {
	struct arena *arena;
	struct interval *intervals;
	size_t count, cap;
};

static void take_open(void *ctx, const struct interval *interval, enum interval_origin origin)
{
	struct closing *closing = ctx;

	(void)origin;
	GROW(closing->intervals, closing->count, closing->cap);
	closing->intervals[closing->count++] = interval_copy(interval, closing->arena);
}

/* The row goes; so does what is still said of it, as after a new name. */
static int write_gone(struct keeper *keeper, const char *name, struct err *err)
{
	const struct store_scope scope = {.service = name, .open = true};
	struct closing closing = {.arena = arena_new()};
	int result = store_drop_service(keeper->store, name, err);

	if (result >= 0)
		result = store_intervals(keeper->store, &scope, take_open, &closing, err);
	for (size_t i = 0; result >= 0 && i < closing.count; i++) {
		closing.intervals[i].until = keeper->now;
		closing.intervals[i].closed.kind = CAUSE_GONE;
		result = store_put_change(keeper->store, &closing.intervals[i], NULL, err);
	}
	free(closing.intervals);
	arena_free(closing.arena);
	return result;
}

static int write_row(struct keeper *keeper, struct dirty_service *known,
		     const struct service *service, struct err *err)
{
	struct buf row = {0};
	uint64_t hash;
	int result = 0;

	fleet_row_encode(keeper->fleet, service, &row);
	hash = hash_bytes(HASH_START, row.data, row.len);
	if (hash != known->row)
		result = store_put_service(keeper->store, known->name, service->checkout->path,
					   row.data, row.len, err);
	known->row = hash;
	buf_free(&row);
	return result;
}

static int write_service(struct keeper *keeper, const char *name, struct err *err)
{
	struct dirty_service *known = keeper_service(keeper, name);
	int32_t at = fleet_find(keeper->fleet, name);
	const struct service *service = at < 0 ? NULL : fleet_at(keeper->fleet, (size_t)at);

	if (!service || strcmp(service->name, name) != 0)
		return write_gone(keeper, name, err);
	if (write_first(keeper, known, err) < 0)
		return -1;
	return write_row(keeper, known, service, err);
}

/* Checkouts */

static int write_checkout(struct keeper *keeper, const char *path, struct err *err)
{
	const struct checkout *checkout = fleet_checkout(keeper->fleet, path);
	struct buf facts = {0};
	struct store_checkout to = {
	    .path = path, .scanned_with = keeper->scanned_with, .scanned_at = keeper->now};
	int result;

	if (!checkout)
		return 0;
	checkout_encode(checkout, &facts);
	to.resolved = checkout->resolved;
	to.facts = facts.data;
	to.facts_len = facts.len;
	result = store_put_checkout(keeper->store, &to, err);
	buf_free(&facts);
	return result;
}

static int write_dropped(struct keeper *keeper, const char *path, struct err *err)
{
	if (fleet_checkout(keeper->fleet, path))
		return 0; /* it came back */
	return store_drop_checkout(keeper->store, path, err);
}

/* Live state */

static const struct live_topic *find_topic(const struct live_source *source, const char *name)
{
	size_t low = 0, high = source ? source->topic_count : 0;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(source->topics[middle]->name, name);

		if (!order)
			return source->topics[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* The last good answer; where there is none any more that is forgotten as well. */
static int write_topic(struct keeper *keeper, const char *key, struct err *err)
{
	const struct live *live = fleet_live(keeper->fleet);
	size_t len = strcspn(key, "\n");
	char *name = xmemdup0(key, len);
	const struct live_source *source = live ? live_find(live, name) : NULL;
	const struct live_topic *topic = find_topic(source, key + len + 1);
	struct topic_report report = {.source = name, .topic = key + len + 1, .gone = true};
	int result = 0;

	if (topic) {
		report.gone = false;
		report.subject = topic->subject;
		report.at = topic->observed_at;
		report.kinds = topic->kinds;
		report.note = topic->note;
		report.signals.signals = (struct signal *)topic->signals;
		report.signals.count = topic->signal_count;
	}
	if (report.gone || report.at)
		result = store_put_topic(keeper->store, &report, err);
	free(name);
	return result;
}

/* Parts of the queue */

typedef int write_one(struct keeper *keeper, const char *name, struct err *err);

static int write_names(struct keeper *keeper, struct keeper_names *names, write_one *one,
		       int64_t end_ns, struct err *err)
{
	while (keeper_names_left(names) && keeper_clock_ns() < end_ns) {
		if (one(keeper, names->names[names->at], err) < 0)
			return -1;
		names->at++;
	}
	return 0;
}

static int write_changes(struct keeper *keeper, int64_t end_ns, struct err *err)
{
	while (keeper->change_at < keeper->change_count && keeper_clock_ns() < end_ns) {
		const struct dirty_change *change = &keeper->changes[keeper->change_at];

		if (store_put_change(keeper->store, change->has_closed ? &change->closed : NULL,
				     change->has_opened ? &change->opened : NULL, err) < 0)
			return -1;
		keeper->change_at++;
	}
	return 0;
}

/* Intervals come first: a checkout that is written without them would not be looked at again. */
static int write_parts(struct keeper *keeper, int64_t end_ns, struct err *err)
{
	if (write_changes(keeper, end_ns, err) < 0 ||
	    write_names(keeper, &keeper->dropped, write_dropped, end_ns, err) < 0 ||
	    write_names(keeper, &keeper->due, write_service, end_ns, err) < 0 ||
	    write_names(keeper, &keeper->checkouts, write_checkout, end_ns, err) < 0)
		return -1;
	if (keeper_clock_ns() >= keeper->topics_at &&
	    write_names(keeper, &keeper->topics, write_topic, end_ns, err) < 0)
		return -1;
	return 0;
}

/* After a commit */

static void forget_names(struct keeper_names *names)
{
	if (!keeper_names_left(names))
		keeper_names_clear(names);
}

static void forget_written(struct keeper *keeper, const struct marks *from)
{
	for (size_t i = from->due; i < keeper->due.at; i++) {
		struct dirty_service *service = keeper_service(keeper, keeper->due.names[i]);

		keeper->past += service->seen != 0;
		service->seen = 0;
	}
	keeper->past += keeper->change_at > from->changes;
	if (keeper->topics.at > from->topics && !keeper_names_left(&keeper->topics))
		keeper->topics_at = keeper_clock_ns() + TOPICS_EVERY * SECOND;
	forget_names(&keeper->due);
	forget_names(&keeper->checkouts);
	forget_names(&keeper->dropped);
	forget_names(&keeper->topics);
	if (keeper->change_at < keeper->change_count)
		return;
	keeper->change_at = keeper->change_count = 0;
	arena_free(keeper->change_arena);
	keeper->change_arena = arena_new();
}

static void succeeded(struct keeper *keeper, const struct marks *from)
{
	forget_written(keeper, from);
	if (keeper->told_failure)
		keeper_say(keeper, "the store is written again: nothing was lost");
	keeper->told_failure = false;
	keeper->retry_at = keeper->retry_after = 0;
	err_clear(&keeper->problem);
}

/* After a failure */

static void go_back(struct keeper *keeper, const struct marks *to)
{
	for (size_t i = to->due; i < keeper->due.at; i++)
		keeper_service(keeper, keeper->due.names[i])->row = 0;
	keeper->due.at = to->due;
	keeper->checkouts.at = to->checkouts;
	keeper->dropped.at = to->dropped;
	keeper->topics.at = to->topics;
	keeper->change_at = to->changes;
}

/* The file is damaged: opening it again puts it aside, and the fleet in memory fills a new one. */
static void begin_anew(struct keeper *keeper)
{
	keeper_close(keeper);
	keeper_open(keeper);
	if (keeper->store)
		keeper_all_due(keeper);
}

static void failed(struct keeper *keeper, const struct marks *from, struct err *err)
{
	char *line;

	go_back(keeper, from);
	if (store_broken(keeper->store)) {
		err_clear(err);
		begin_anew(keeper);
		return;
	}
	if (store_busy(keeper->store)) { /* svctop history puts its findings in */
		keeper->retry_at = keeper_clock_ns() + SECOND / 4;
		err_clear(err);
		return;
	}
	keeper->retry_after = keeper->retry_after ? 2 * keeper->retry_after : SECOND;
	if (keeper->retry_after > RETRY_MOST * SECOND)
		keeper->retry_after = RETRY_MOST * SECOND;
	keeper->retry_at = keeper_clock_ns() + keeper->retry_after;
	err_clear(&keeper->problem);
	keeper->problem = *err;
	*err = (struct err){0};
	if (keeper->told_failure)
		return;
	keeper->told_failure = true;
	line = err_line(&keeper->problem);
	keeper_say(keeper, "the store is not written: %s%s", line,
		   strstr(line, "svctop goes on") ? "" : "; svctop goes on and tries again");
	free(line);
}

/* Writing */

static bool may_write(const struct keeper *keeper)
{
	return keeper_keeps(keeper) && keeper->whole;
}

static bool topics_alone(const struct keeper *keeper)
{
	return !keeper->change_count && !keeper->due.count && !keeper->checkouts.count &&
	       !keeper->dropped.count;
}

bool keeper_write(struct keeper *keeper, unsigned ms)
{
	struct marks from = marks_of(keeper);
	struct err err = {0};
	int64_t now = keeper_clock_ns();

	if (!may_write(keeper) || !keeper_waits(keeper) || now < keeper->retry_at ||
	    (topics_alone(keeper) && now < keeper->topics_at))
		return true;
	if (store_begin(keeper->store, &err) < 0) {
		failed(keeper, &from, &err);
		return true;
	}
	if (write_parts(keeper, now + (int64_t)ms * MS, &err) < 0) {
		store_rollback(keeper->store);
		failed(keeper, &from, &err);
		return true;
	}
	if (store_commit(keeper->store, &err) < 0) {
		failed(keeper, &from, &err);
		return true;
	}
	succeeded(keeper, &from);
	return !keeper_waits(keeper);
}

static int until(int64_t at, int64_t now)
{
	return at > now ? (int)((at - now) / MS) + 1 : 0;
}

int keeper_timeout(const struct keeper *keeper)
{
	int64_t at = keeper->retry_at, now = keeper_clock_ns();
	int timeout = -1, look;

	if (!keeper->store || keeper->phase != KEEPER_LOADED)
		return -1;
	if (keeper->names.len || keeper->walk)
		return 0;
	if (may_write(keeper) && keeper_waits(keeper)) {
		if (topics_alone(keeper) && keeper->topics_at > at)
			at = keeper->topics_at;
		timeout = until(at, now);
	}
	if (!keeper->look_at)
		return timeout;
	look = until(keeper->look_at, now);
	return timeout < 0 || look < timeout ? look : timeout;
}

void keeper_write_rest(struct keeper *keeper)
{
	int64_t end = keeper_clock_ns() + (int64_t)REST_MS * MS;

	if (!may_write(keeper))
		return;
	keeper->topics_at = keeper->retry_at = 0;
	while (!keeper->retry_at && keeper_clock_ns() < end && !keeper_write(keeper, REST_MS))
		;
}

void keeper_expire(struct keeper *keeper)
{
	struct err err = {0};

	if (!may_write(keeper) || keeper->now - keeper->expired_at < DAY)
		return;
	keeper->expired_at = keeper->now;
	if (store_begin(keeper->store, &err) == 0) {
		if (store_expire(keeper->store, keeper->now - (int64_t)KEEP_DAYS * DAY, &err) < 0)
			store_rollback(keeper->store);
		else
			store_commit(keeper->store, &err);
	}
	err_clear(&err);
}
