#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/mem.h"
#include "tui/collector_internal.h"

/* The configured sources: asked by the courier, on their schedule or once. */

enum { SILENCE_MS = 60000, MAX_LOST = 1 /* of --once */ };

int collector_open_sources(struct collector *in)
{
	if (feed_open(&in->feed, in->cli, in->options->once) < 0)
		return -1;
	fleet_set_live(in->fleet, in->feed.live);
	if (in->feed.live)
		keeper_recall_live(in->keeper, in->feed.live, (int64_t)time(NULL));
	in->subjects_due = in->feed.courier != NULL;
	return 0;
}

static struct collector_source *told_of(struct collector *in, const char *name)
{
	for (size_t i = 0; i < in->source_count; i++)
		if (!strcmp(in->sources[i].name, name))
			return &in->sources[i];
	in->sources = xreallocarray(in->sources, in->source_count + 1, sizeof(*in->sources));
	in->sources[in->source_count] = (struct collector_source){.name = xstrdup(name)};
	return &in->sources[in->source_count++];
}

void collector_free_sources(struct collector *in)
{
	for (size_t i = 0; i < in->source_count; i++)
		free(in->sources[i].name);
	free(in->sources);
	in->sources = NULL;
	in->source_count = 0;
	feed_close(&in->feed);
}

static void tell_source(struct collector *in, const struct live_source *source)
{
	struct collector_source *before = told_of(in, source->name);
	bool fails = source->failing_since != 0;

	/* What was recalled of the last run is neither. */
	if (fails == before->fails || (!fails && !source->answered))
		return;
	before->fails = fails;
	if (!fails) {
		journal_say(&in->journal, JOURNAL_CHANGE, "source %s: answers again", source->name);
		return;
	}
	journal_say(&in->journal, JOURNAL_PROBLEM, "source %s: fails: %s%s%s%s", source->name,
		    source->cause ? source->cause : "no answer", source->fix ? " (" : "",
		    source->fix ? source->fix : "", source->fix ? ")" : "");
	in->problem_count++;
}

static void tell_sources(struct collector *in)
{
	const struct live *live = in->feed.live;

	if (live_status_generation(live) == in->statuses)
		return;
	in->statuses = live_status_generation(live);
	for (size_t i = 0; i < live_count(live); i++)
		tell_source(in, live_at(live, i));
}

static void take_answer(struct collector *in, const struct courier_event *event)
{
	in->unsettled |= feed_apply(in->feed.live, event, (int64_t)time(NULL));
	if (event->kind == COURIER_REPORT)
		keeper_topic(in->keeper, event->report);
	else if (event->kind == COURIER_READY && event->text)
		collector_problem(in, NULL, event->text, NULL);
	else if (event->kind == COURIER_LOST)
		in->couriers_lost++;
	else if (event->kind == COURIER_IDLE)
		in->answered = in->asked;
}

void collector_take_answers(struct collector *in)
{
	struct courier_event event;

	if (!in->feed.courier)
		return;
	while (courier_next(in->feed.courier, &event)) {
		in->heard_of_ms = collector_clock_ms();
		take_answer(in, &event);
	}
	tell_sources(in);
}

void collector_send_subjects(struct collector *in)
{
	if (!in->feed.courier || !in->subjects_due)
		return;
	feed_subjects(in->feed.courier, in->fleet);
	in->subjects_due = false;
	in->heard_of_ms = collector_clock_ms();
	in->asked |= !in->refreshing;
}

bool collector_sources_done(struct collector *in)
{
	return !in->feed.courier || in->answered || in->couriers_lost > MAX_LOST ||
	       collector_clock_ms() - in->heard_of_ms > SILENCE_MS;
}
