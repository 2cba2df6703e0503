#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/source_view.h"
#include "core/strmap.h"
#include "core/text.h"

/* What a person reads of a source: one line, and all of it. */

enum {
	MAX_GROUPS = 20, /* of questions that fail for one reason */
	MAX_NAMES = 6	 /* of them, told */
};

#define SPAN_MAX (TEXT_AGE_MAX + 8)

/* "for 3m", or "just now". */
static const char *since(int64_t at, int64_t now, char out[SPAN_MAX])
{
	char age[TEXT_AGE_MAX];

	text_age(now > at ? now - at : 0, age);
	snprintf(out, SPAN_MAX, strcmp(age, "now") ? "for %s" : "just %s", age);
	return out;
}

/* "40s", "12m": what is still to come is told to the second where that is near. */
static const char *left(int64_t seconds, char out[SPAN_MAX])
{
	if (seconds < 120)
		snprintf(out, SPAN_MAX, "%llds", (long long)seconds);
	else
		text_age(seconds, out);
	return out;
}

void source_view_summary(const struct source_view *view, int64_t now, struct buf *out)
{
	const struct live_source *live = view->live;
	char age[SPAN_MAX];

	switch (view->state) {
	case SOURCE_UNBUILT:
		buf_addf(out, "this version does not ask %s", view->type);
		break;
	case SOURCE_UNASKED:
		buf_adds(out, "not asked: offline");
		break;
	case SOURCE_FAILING:
	case SOURCE_PARTLY:
		buf_addf(out, "%s, %s", live->cause ? live->cause : "it does not answer",
			 since(live->failing_since, now, age));
		break;
	case SOURCE_WAITING:
		buf_adds(out,
			 source_heard_at(live) ? "not all answers are here yet" : "no answer yet");
		break;
	case SOURCE_NOTHING:
		buf_adds(out, "nothing to ask about");
		break;
	default:
		if (live->status.version)
			buf_addf(out, "%s, ", live->status.version);
		buf_addf(out, "%u ms", (unsigned)live->status.latency_ms);
		break;
	}
}

struct lines {
	const struct source_view *view;
	int64_t now;
	source_each_line *each;
	void *ctx;
};

__attribute__((format(printf, 4, 5))) static void say(const struct lines *in, enum source_tone tone,
						      unsigned depth, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	in->each(in->ctx, tone, depth, text);
	free(text);
}

/* Questions that fail for the same reason. */
struct group {
	const struct live_topic *first;
	struct buf names;
	size_t count;
	int64_t failing_since; /* the earliest */
	int64_t observed_at;   /* the oldest; 0: one of them never answered */
};

struct groups {
	struct group groups[MAX_GROUPS];
	size_t count, left_out;
	struct strmap *by_cause;
	struct arena *arena;
};

static const char *cause_of(const struct live_topic *topic)
{
	return topic->cause ? topic->cause : failure_name(topic->failure);
}

static void add_failing(struct groups *groups, const struct live_topic *topic)
{
	const char *key = arena_printf(groups->arena, "%d\n%s\n%s", topic->observed_at != 0,
				       cause_of(topic), topic->fix ? topic->fix : "");
	struct group *group = strmap_get(groups->by_cause, key);

	if (!group && groups->count == MAX_GROUPS) {
		groups->left_out++;
		return;
	}
	if (!group) {
		group = &groups->groups[groups->count++];
		*group = (struct group){.first = topic,
					.failing_since = topic->failing_since,
					.observed_at = topic->observed_at};
		strmap_put(groups->by_cause, key, group);
	}
	if (group->count++ < MAX_NAMES)
		buf_addf(&group->names, "%s%s", group->names.len ? ", " : "", topic->name);
	if (topic->failing_since < group->failing_since)
		group->failing_since = topic->failing_since;
	if (topic->observed_at < group->observed_at)
		group->observed_at = topic->observed_at;
}

static void say_group(const struct lines *in, struct group *group)
{
	const char *cause = cause_of(group->first);
	char failing[SPAN_MAX], age[TEXT_AGE_MAX];
	bool now;

	if (group->count > MAX_NAMES)
		buf_addf(&group->names, " and %zu more", group->count - MAX_NAMES);
	since(group->failing_since, in->now, failing);
	text_age(in->now - group->observed_at, age);
	now = !strcmp(age, "now");
	if (group->observed_at)
		say(in, SOURCE_BAD, 0, "%s: %s, %s; what is shown was heard %s%s",
		    group->names.data, cause, failing, now ? "just now" : age, now ? "" : " ago");
	else
		say(in, SOURCE_BAD, 0, "%s: %s, %s; never answered", group->names.data, cause,
		    failing);
	if (group->first->fix)
		say(in, SOURCE_HINT, 1, "%s", group->first->fix);
	buf_free(&group->names);
}

static void say_failing(const struct lines *in)
{
	const struct live_source *live = in->view->live;
	struct groups groups = {.by_cause = strmap_new(), .arena = arena_new()};

	for (size_t i = 0; i < live->topic_count; i++)
		if (live->topics[i]->failing_since)
			add_failing(&groups, live->topics[i]);
	for (size_t i = 0; i < groups.count; i++)
		say_group(in, &groups.groups[i]);
	if (groups.left_out)
		say(in, SOURCE_BAD, 0, "and %zu more fail for other reasons", groups.left_out);
	strmap_free(groups.by_cause);
	arena_free(groups.arena);
}

static void say_topics(const struct lines *in)
{
	const struct live_source *live = in->view->live;
	size_t told = 0;

	say_failing(in);
	for (size_t i = 0; i < live->topic_count && told < MAX_GROUPS; i++) {
		const struct live_topic *topic = live->topics[i];

		if (!topic->failing_since && topic->note) {
			say(in, SOURCE_PLAIN, 0, "%s: %s", topic->name, topic->note);
			told++;
		}
	}
	if (!live->topic_count && live->cause) {
		say(in, SOURCE_BAD, 0, "%s", live->cause);
		if (live->fix)
			say(in, SOURCE_HINT, 1, "%s", live->fix);
	}
	if (live->topic_count)
		say(in, SOURCE_PLAIN, 0, "%zu of %zu questions answered, %zu signals",
		    in->view->answering, live->topic_count, in->view->signals);
}

static void say_traffic(const struct lines *in)
{
	const struct source_status *status = &in->view->live->status;
	char span[SPAN_MAX];

	if (status->requests)
		say(in, SOURCE_PLAIN, 0,
		    "%llu request%s, %llu of them not modified, %llu failed, %llu KB",
		    (unsigned long long)status->requests, status->requests == 1 ? "" : "s",
		    (unsigned long long)status->not_modified, (unsigned long long)status->failures,
		    (unsigned long long)(status->bytes + 1023) / 1024);
	if (status->limit >= 0 && status->left >= 0)
		say(in, status->left * 10 < status->limit ? SOURCE_BAD : SOURCE_PLAIN, 0,
		    "%lld of %lld requests left%s%s", (long long)status->left,
		    (long long)status->limit, status->resets_at > in->now ? ", new ones in " : "",
		    status->resets_at > in->now ? left(status->resets_at - in->now, span) : "");
	if (status->open_until > in->now)
		say(in, SOURCE_BAD, 0, "asked again in %s, since it keeps failing",
		    left(status->open_until - in->now, span));
	else if (status->next_at > in->now)
		say(in, SOURCE_PLAIN, 0, "asked next in %s", left(status->next_at - in->now, span));
}

static void say_missing(const struct lines *in)
{
	const struct source_view *view = in->view;
	struct buf names = {0};

	for (size_t i = 0; i < view->missing_count; i++)
		buf_addf(&names, "%s%s (T%d)", i ? ", " : "", view->missing[i],
			 view->missing_tiers[i]);
	if (view->missing_others)
		buf_addf(&names, "%s%zu %s", names.len ? " and " : "", view->missing_others,
			 names.len ? "more" : "of lower or no tier");
	if (names.len)
		say(in, SOURCE_PLAIN, 0, "says nothing of %s", names.data);
	buf_free(&names);
}

static void say_unmapped(const struct lines *in)
{
	const struct source_view *view = in->view;
	size_t listed = 0;

	if (!view->unmapped_signals)
		return;
	say(in, SOURCE_BAD, 0, "%zu signal%s of no known service:", view->unmapped_signals,
	    view->unmapped_signals == 1 ? "" : "s");
	for (size_t i = 0; i < view->unmapped_count; i++) {
		const struct source_unmapped *item = &view->unmapped[i];

		if (item->count > 1)
			say(in, SOURCE_PLAIN, 1, "%s x%zu  %s", item->title, item->count,
			    item->called);
		else
			say(in, SOURCE_PLAIN, 1, "%s  %s", item->title, item->called);
		if (item->suggestion)
			say(in, SOURCE_HINT, 2, "%s", item->suggestion);
		listed += item->count;
	}
	if (listed < view->unmapped_signals)
		say(in, SOURCE_PLAIN, 1, "and %zu more", view->unmapped_signals - listed);
	say(in, SOURCE_HINT, 1,
	    "service_label: LABEL or match: {SERVICE: \"name-there\"} in the configuration maps "
	    "them");
}

void source_view_lines(const struct source_view *view, int64_t now, source_each_line *each,
		       void *ctx)
{
	const struct lines in = {view, now, each, ctx};
	const struct live_source *live = view->live;

	if (view->in_the_clear)
		say(&in, SOURCE_BAD, 0, "its secret travels unencrypted: write https:// in `url:`");
	if (view->state == SOURCE_UNASKED) {
		say(&in, SOURCE_PLAIN, 0, "not asked: offline");
		return;
	}
	if (!live) {
		say(&in, SOURCE_PLAIN, 0,
		    "this version does not ask sources of type %s; it is left alone", view->type);
		return;
	}
	if (live->status.version)
		say(&in, SOURCE_GOOD, 0, "%s, last answer in %u ms", live->status.version,
		    (unsigned)live->status.latency_ms);
	if (view->state == SOURCE_NOTHING)
		say(&in, SOURCE_PLAIN, 0, "no service has anything to ask it about");
	say_topics(&in);
	say_traffic(&in);
	if (view->services || view->answering)
		say(&in, SOURCE_PLAIN, 0, "says something of %zu service%s", view->services,
		    view->services == 1 ? "" : "s");
	say_missing(&in);
	say_unmapped(&in);
}
