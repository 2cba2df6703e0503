/*
 * The fleet's memory between two frames: what the last run knew is shown at once, its facts are
 * read in slices, and what is found out is written in slices; once a minute everything is looked
 * at. Whoever opens no store looks as well, and keeps nothing.
 */

#include <stdlib.h>
#include <string.h>

#include "core/fleet_recall.h"
#include "core/mem.h"
#include "core/text.h"
#include "tui/app_history.h"
#include "tui/app_internal.h"

enum { SLICE_MS = 8, LOOK_MS = 60 * 1000 };

struct keeper *app_keeper(const struct app *app)
{
	return app->options.keeper;
}

static bool follows(const struct app *app)
{
	return app->options.keeper && keeper_follows(app->options.keeper);
}

/* Telling */

static void say_problem(struct app *app)
{
	const struct err *problem = keeper_problem(app->options.keeper);
	char *line;

	if (!problem || !problem->what)
		return;
	line = err_line(problem);
	/* Most say it themselves. */
	app_message(app, ROLE_WARN, "%s%s",
		    strstr(line, "nothing is kept") || strstr(line, "nothing more is kept")
			? ""
			: "nothing is kept: ",
		    line);
	free(line);
}

static void say_notice(struct app *app)
{
	const char *notice = app->options.keeper ? keeper_notice(app->options.keeper) : NULL;

	if (!notice)
		return;
	app_message(app, ROLE_WARN, "%s", notice);
	keeper_heard(app->options.keeper);
}

/* Panes that look at the past read it again. */
static void tell_history(struct app *app)
{
	struct keeper *keeper = app->options.keeper;
	const struct err *problem = keeper_problem(keeper);
	uint64_t past = keeper_past_generation(keeper);

	if (app->store != keeper_store(keeper) || !app->told_history) {
		char *line = problem && problem->what ? err_line(problem) : NULL;

		app->store = keeper_store(keeper);
		app_history_follow(app, app->store, line);
		free(line);
	} else if (past != app->past) {
		app_history_moved(app);
	}
	app->told_history = true;
	app->past = past;
	app_history_progress(app, keeper_works_past(keeper), 0, 0);
}

/* Starting */

void app_memory_recall(struct app *app)
{
	struct keeper *keeper = app->options.keeper;

	if (!keeper)
		return;
	keeper_recall(keeper, app->options.fleet);
	if (app->options.live)
		keeper_recall_live(keeper, app->options.live, app_now(app));
	app->loading = keeper_store(keeper) != NULL;
	say_problem(app);
	say_notice(app);
	tell_history(app);
}

void app_memory_free(struct app *app)
{
	for (size_t i = 0; i < app->held_count; i++)
		checkout_free(app->held[i]);
	free(app->held);
}

static void apply(struct app *app, struct checkout *checkout)
{
	struct keeper *keeper = app->options.keeper;

	if (keeper)
		keeper_cause(keeper, checkout);
	fleet_apply(app->options.fleet, checkout);
	if (keeper)
		keeper_scanned(keeper, checkout);
	app->unsettled = app->subjects_due = true;
}

/* What is read of the last run is applied first: what changed since changed it. */
void app_memory_take(struct app *app, struct checkout *checkout)
{
	if (!app->loading) {
		apply(app, checkout);
		return;
	}
	GROW(app->held, app->held_count, app->held_cap);
	app->held[app->held_count++] = checkout;
}

void app_memory_drop(struct app *app, const char *path)
{
	if (app->loading)
		return; /* a later look tells it again */
	fleet_drop(app->options.fleet, path);
	if (app->options.keeper)
		keeper_dropped(app->options.keeper, path);
	app->unsettled = app->subjects_due = true;
}

/* Looking */

static void tick(struct app *app)
{
	struct keeper *keeper = app->options.keeper;

	app->looked_at_ms = app_clock_ms();
	if (keeper && keeper_tick(keeper, app_now(app)))
		app_scan(app);
	say_notice(app);
}

static void take_in_scan(struct app *app)
{
	struct keeper *keeper = app->options.keeper;

	app->idle_due = false;
	if (keeper && fleet_is_recalled(app->options.fleet)) {
		/* Which checkouts are gone is asked of those that are there, not of the last run's.
		 */
		keeper_whole(keeper);
		app_settle(app);
	}
	app_found_end(app);
	app->scanning = app->looking = false;
	app_as_of_read(app);
	app->read_at = app_now(app);
	app->dirty = true; /* the header says when that was */
	if (!keeper)
		return;
	keeper_whole(keeper);
	keeper_looked(keeper, app->read_at);
	app->unsettled = true;
	tick(app);
}

/* Whether a checkout is gone or its whole root cannot be read for now, a walk tells. */
static void walk_for_missed(struct app *app)
{
	if (!app->missed || app->scanning)
		return;
	app->missed = false;
	app_scan(app);
}

static void finish_scan(struct app *app)
{
	take_in_scan(app);
	walk_for_missed(app);
}

void app_memory_idle(struct app *app)
{
	app->looked_at_ms = app_clock_ms();
	if (app->loading)
		app->idle_due = true;
	else
		finish_scan(app);
}

static bool looks(const struct app *app)
{
	return app->options.pool && !app->options.now && !app->options.as_of && !app->scanning &&
	       !app->looking && !app->loading &&
	       (app->options.keeper || fleet_checkout_count(app->options.fleet));
}

static void look(struct app *app)
{
	tick(app);
	app->dirty |= follows(app); /* how old what is followed is stands in the header */
	if (app->scanning || follows(app) || !fleet_checkout_count(app->options.fleet))
		return;
	scanner_set_now(app->options.pool, app_now(app));
	scanner_look(app->options.pool);
	app->looking = true;
}

/* Between two frames */

static void load(struct app *app)
{
	struct keeper *keeper = app->options.keeper;
	bool done = keeper_load(keeper, app->options.pool, SLICE_MS);

	if (keeper_told(keeper) && app->scan_due) {
		app->scan_due = false;
		if (!keeper_follows(keeper))
			app_scan(app);
	}
	/* Behind what is shown; one settle of all at the end would take long. */
	if (!done && fleet_is_recalled(app->options.fleet))
		fleet_settle(app->options.fleet, app_now(app));
	if (!done)
		return;
	app->loading = false;
	for (size_t i = 0; i < app->held_count; i++)
		apply(app, app->held[i]);
	app->held_count = 0;
	app->unsettled = app->subjects_due = app->dirty = true;
	if (app->idle_due)
		finish_scan(app);
}

void app_memory_begin(struct app *app)
{
	if (app->loading)
		app->scan_due = app->options.pool != NULL;
	else if (app->options.pool)
		app_scan(app);
}

bool app_memory_step(struct app *app)
{
	struct keeper *keeper = app->options.keeper;

	if (looks(app) && app_clock_ms() - app->looked_at_ms >= LOOK_MS)
		look(app);
	if (!keeper)
		return false;
	if (app->loading) {
		load(app);
		return true;
	}
	if (keeper_follow(keeper))
		app->unsettled = app->subjects_due = true;
	if (!app->unsettled) {
		uint64_t known = record_generation(keeper_record(keeper));

		/* Of a service that is seen for the first time the store may know ages. */
		keeper_write(keeper, SLICE_MS);
		app->unsettled = known != record_generation(keeper_record(keeper));
	}
	say_notice(app);
	tell_history(app);
	return !app->unsettled && keeper_timeout(keeper) == 0;
}

void app_memory_settled(struct app *app)
{
	if (app->options.keeper)
		keeper_settled(app->options.keeper, app_now(app));
}

int app_memory_timeout(const struct app *app)
{
	int timeout = -1;

	if (app->options.keeper)
		timeout = keeper_timeout(app->options.keeper);
	if (looks(app)) {
		int64_t wait = app->looked_at_ms + LOOK_MS - app_clock_ms();

		wait = wait > 0 ? wait : 0;
		if (timeout < 0 || wait < timeout)
			timeout = (int)wait;
	}
	return timeout;
}

int app_memory_fd(const struct app *app)
{
	return app->options.keeper ? keeper_fd(app->options.keeper) : -1;
}

/* What is opened is read first. */
void app_memory_open(struct app *app, const struct target *target)
{
	struct fleet *fleet = app->options.fleet;
	char *path;
	int32_t at;

	if (!target || !target->service || !fleet_is_recalled(fleet))
		return;
	at = fleet_find(fleet, target->service);
	if (at < 0)
		return;
	path = xstrdup(fleet_at(fleet, (size_t)at)->checkout->path);
	keeper_load_one(app->options.keeper, path);
	fleet_settle(fleet, app_now(app));
	fleet_recall_show(fleet, path);
	free(path);
}

/* "recalled 3h ago", "collector 2m": whose word what is shown is, and how old. */
bool app_memory_freshness(const struct app *app, struct buf *out)
{
	const struct keeper *keeper = app->options.keeper;
	int64_t seen = keeper ? keeper_seen_at(keeper) : 0;
	char age[TEXT_AGE_MAX] = "";

	if (!keeper)
		return false;
	if (seen)
		text_age(app_now(app) - seen, age);
	if (fleet_is_recalled(app->options.fleet))
		buf_addf(out, "recalled%s%s%s", seen ? " " : "", age,
			 seen && strcmp(age, "now") != 0 ? " ago" : "");
	else if (keeper_follows(keeper))
		buf_addf(out, "%s %s", keeper_writer_word(keeper), age);
	else if (app->read_at == 0 && seen)
		buf_addf(out, "git %s, reading", age);
	else
		return false;
	return true;
}

/* Whether what happens now is forgotten although it should not be. */
bool app_memory_fails(const struct app *app)
{
	const struct err *problem =
	    app->options.keeper ? keeper_problem(app->options.keeper) : NULL;

	return (problem && problem->what) ||
	       (app->options.keeper && keeper_is_shut_out(app->options.keeper));
}
