#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/replay.h"
#include "core/report_history.h"
#include "core/text.h"
#include "core/when.h"
#include "tui/collect_internal.h"
#include "tui/command.h"
#include "tui/history_store.h"

/* `svctop history`: gaps over time, from the checkouts' commits. */

#define DAY	   INT64_C(86400)
#define MAX_POINTS 1200
#define DUE_WITHIN (28 * DAY)
#define STEP	   500 /* versions between two lines of progress */

struct run {
	struct collection in;
	struct report_scope scope;
	struct replay *replay;
	int64_t since, until, every;
	size_t asked, answered;
};

static int wrong_option(const char *name, const char *value, const char *fix)
{
	cli_errorf(NULL, fix, "--%s does not know \"%s\"", name, value);
	return -1;
}

/* What --since and --every say; -1 after printing what is wrong. */
static int read_times(struct run *run)
{
	const struct options *options = &run->in.cli->options;
	const char *since = options->since ? options->since : "1y";
	const char *every = options->every ? options->every : "1w";
	int64_t span;

	run->until = run->in.now;
	if (!when_span(every, &run->every) || run->every < 3600)
		return wrong_option("every", every, "a span from 1h on, such as 1d or 1w");
	if (!when_parse(since, run->until, &run->since, NULL))
		return wrong_option("since", since,
				    "a span such as 1y, 6mo or 30d, or a date such as 2026-01-31");
	if (run->since >= run->until)
		return wrong_option("since", since, "a time in the past");
	/* A year is 52 weeks and a day: the first week is to be whole. */
	if (when_span(since, &span))
		run->since = run->until - (span + run->every - 1) / run->every * run->every;
	if ((run->until - run->since) / run->every >= MAX_POINTS)
		return wrong_option("every", every, "a longer one for so long a time");
	return 0;
}

/* ---- reading ---- */

static void take_past(struct run *run, const struct scanner_event *event)
{
	struct err err = {0};

	run->answered++;
	if (event->past) {
		replay_add(run->replay, event->past);
		return;
	}
	err_set(&err, event->path, NULL, "its history is not known: %s",
		event->text ? event->text : "it could not be read");
	collect_error(&run->in, &err);
}

/* Takes in what has arrived; true when all is read. */
static bool take_events(struct run *run)
{
	struct scanner_event event;
	bool idle = false;

	while (scanner_next(run->in.pool, &event)) {
		switch (event.kind) {
		case SCANNER_FOUND:
			scanner_past(run->in.pool, event.path, run->since, run->every);
			run->asked++;
			break;
		case SCANNER_PAST:
			take_past(run, &event);
			break;
		case SCANNER_PROBLEM:
			collect_problem(&run->in, &event);
			break;
		case SCANNER_CHECKOUT:
			checkout_free(event.checkout);
			break;
		case SCANNER_IDLE:
			idle = true;
			break;
		default:
			break;
		}
	}
	return idle;
}

static void tell_reading(struct run *run)
{
	struct scanner_progress progress = scanner_progress(run->in.pool);
	struct buf line = {0};

	buf_addf(&line, "svctop: history of %zu of %zu%s checkouts read", run->answered, run->asked,
		 progress.discovering ? "+" : "");
	if (progress.slow)
		buf_addf(&line, ", %s takes %us", progress.slow, progress.slow_seconds);
	collect_tell(&run->in, buf_str(&line));
	buf_free(&line);
}

/* 0, or the exit code when the command must end here. */
static int read_pasts(struct run *run)
{
	struct collection *in = &run->in;
	bool going = true;

	if (!collect_start_waiting(in))
		return EXIT_INCOMPLETE;
	scanner_discover(in->pool);
	scanner_service(in->pool);
	while (going && !take_events(run)) {
		going = collect_wait(in);
		tell_reading(run);
	}
	collect_stop_waiting(in);
	if (in->signal)
		return EXIT_SIGNAL + in->signal;
	if (!run->asked && !in->problems)
		return collect_nothing_found(in);
	return 0;
}

/* ---- working out ---- */

static void note_cut(void *ctx, const char *path, const char *why)
{
	struct run *run = ctx;
	struct err err = {0};

	err_set(&err, path,
		strstr(why, "shallow") ? "`git fetch --unshallow` in it gets the rest" : NULL,
		"its history is not whole: %s", why);
	collect_error(&run->in, &err);
}

static void work_out(struct run *run)
{
	while (!replay_step(run->replay, STEP)) {
		char *line = xasprintf("svctop: %zu of %zu changes looked at",
				       replay_done(run->replay), replay_total(run->replay));

		collect_tell(&run->in, line);
		free(line);
	}
	collect_clear_progress(&run->in);
	replay_cuts(run->replay, note_cut, run);
}

/* Whether each --service is there, or was; says which was not. */
static bool services_known(struct run *run)
{
	const struct words *names = &run->in.cli->options.services;
	const struct fleet *fleet = replay_fleet(run->replay);
	size_t count;
	const struct interval *intervals = replay_intervals(run->replay, &count);

	for (size_t i = 0; i < names->count; i++) {
		bool known = fleet_find(fleet, names->words[i]) >= 0;

		for (size_t k = 0; k < count && !known; k++)
			known = !strcmp(intervals[k].service, names->words[i]);
		if (!known && !collection_service_of(fleet, names->words[i]))
			return false;
	}
	return true;
}

static void print(struct run *run, const struct git_history *git)
{
	struct cli *cli = run->in.cli;
	struct report report = cli_report(cli, replay_fleet(run->replay), &run->scope, run->until);
	struct report_history history = {.since = run->since,
					 .until = run->until,
					 .every = run->every,
					 .due_until = run->until + DUE_WITHIN};
	struct arena *arena = arena_new();

	history.intervals = history_with_seen(cli, git, arena, &history.count);
	history.due = replay_ahead(run->replay, history.due_until, &history.due_count);
	report_history(&report, &history, &cli->out);
	arena_free(arena);
}

static int run_history(struct run *run)
{
	struct git_history git = {0};
	int code;

	if (read_times(run) < 0 || command_scope(run->in.cli, &run->scope) < 0)
		return EXIT_USAGE;
	run->replay = replay_new(run->in.cli->checklist, run->since, run->until);
	code = read_pasts(run);
	if (code)
		return code;
	work_out(run);
	if (!services_known(run))
		return EXIT_USAGE;
	git.since = run->since;
	git.until = run->until;
	git.intervals = replay_intervals(run->replay, &git.count);
	history_keep(run->in.cli, &git);
	print(run, &git);
	return collection_finish(&run->in);
}

int command_history(struct cli *cli)
{
	struct run run = {0};
	int code = EXIT_USAGE;

	if (collection_open_to_find(&run.in, cli, 0) < 0)
		return EXIT_USAGE;
	code = run_history(&run);
	replay_free(run.replay);
	collection_close(&run.in);
	return code;
}
