#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/mem.h"
#include "tui/collector_internal.h"

/* What scanners find, and what becomes of it. */

enum { MAX_EVENTS = 500 };

void collector_begin(struct collector *in, bool walk)
{
	int64_t now_ms = collector_clock_ms();

	in->refreshing = true;
	in->begun_ms = in->progress_ms = now_ms;
	in->next_ms = now_ms + in->options->every * 1000;
	in->looks = walk ? 0 : in->looks + 1;
	in->missed = false;
	scanner_set_now(in->pool, (int64_t)time(NULL));
	if (walk) {
		in->failed = false;
		free(in->cause);
		in->cause = NULL;
		gone_free(in->gone);
		in->gone = gone_new();
		strmap_free(in->problems_before);
		arena_free(in->problem_arena_before);
		in->problems_before = in->problems;
		in->problem_arena_before = in->problem_arena;
		in->problems = strmap_new();
		in->problem_arena = arena_new();
		scanner_discover(in->pool);
	} else {
		scanner_look(in->pool);
	}
	scanner_service(in->pool);
}

void collector_note_checkout(struct collector *in, const struct checkout *checkout)
{
	if (checkout->state == CHECKOUT_OK)
		return;
	if (checkout->state == CHECKOUT_EMPTY) {
		journal_say(&in->journal, JOURNAL_MORE, "%s: %s", checkout->path,
			    checkout->problem ? checkout->problem : "no commit yet");
		return;
	}
	collector_problem(in, checkout->path,
			  checkout->problem ? checkout->problem : "could not be read",
			  checkout->fix);
}

static void take_checkout(struct collector *in, struct checkout *checkout)
{
	collector_note_checkout(in, checkout);
	in->counts.scans++;
	in->counts.scan_us += checkout->scan_us;
	journal_say(&in->journal, JOURNAL_MORE, "%s: read at %.12s", checkout->path,
		    checkout->head ? checkout->head : "no commit");
	keeper_cause(in->keeper, checkout);
	fleet_apply(in->fleet, checkout);
	keeper_scanned(in->keeper, checkout);
	in->unsettled = in->subjects_due = true;
}

static void drop(void *ctx, const char *path)
{
	struct collector *in = ctx;

	fleet_drop(in->fleet, path);
	keeper_dropped(in->keeper, path);
	journal_say(&in->journal, JOURNAL_MORE, "%s: is gone", path);
	in->unsettled = in->subjects_due = true;
}

/* One that could not be entered is a problem; a root that could not, or no scanner, a failure. */
static void take_problem(struct collector *in, const struct scanner_event *event)
{
	const char *text = event->text ? event->text : "could not be read";
	bool fails = !event->path;

	collector_problem(in, event->path, text, NULL);
	for (size_t i = 0; event->path && i < in->cli->root_count; i++)
		fails |= !strcmp(event->path, in->cli->roots[i]);
	if (!fails)
		return;
	in->failed = true;
	free(in->cause);
	in->cause = event->path ? xasprintf("%s: %s", event->path, text) : xstrdup(text);
}

static void end_refresh(struct collector *in)
{
	int64_t now = (int64_t)time(NULL);

	if (in->gone)
		gone_each(in->gone, in->fleet, drop, in);
	gone_free(in->gone);
	in->gone = NULL;
	keeper_whole(in->keeper);
	keeper_looked(in->keeper, now);
	in->refreshing = false;
	in->unsettled = true;
	in->refresh_seconds = (double)(collector_clock_ms() - in->begun_ms) / 1000;
	in->refreshed_at = now;
	in->counts.refreshes++;
	in->counts.failures += in->failed;
	journal_say(&in->journal, JOURNAL_MORE, "refreshed in %.1f s", in->refresh_seconds);
	/* Whether a checkout is gone or its whole root cannot be read for now, a walk tells. */
	if (in->missed)
		collector_begin(in, true);
}

void collector_take_scans(struct collector *in)
{
	struct scanner_event event;

	for (int i = 0; i < MAX_EVENTS && scanner_next(in->pool, &event); i++) {
		in->progress_ms = collector_clock_ms();
		if (in->gone)
			gone_event(in->gone, &event);
		if (event.kind == SCANNER_CHECKOUT)
			take_checkout(in, event.checkout);
		else if (event.kind == SCANNER_PROBLEM)
			take_problem(in, &event);
		else if (event.kind == SCANNER_GONE)
			in->missed = true;
		else if (event.kind == SCANNER_IDLE && in->refreshing)
			end_refresh(in);
	}
}
