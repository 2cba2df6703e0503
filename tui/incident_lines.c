#include "tui/incident_lines.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/mem.h"
#include "core/text.h"
#include "tui/live_cells.h"

#define SHOWN_SIGNALS 8
#define NEAR_SECONDS  3600 /* before the start: what others changed is told first */
#define SHOWN_LABELS  24
#define SHOWN_HITS    8
#define TEXT_MAX      1200 /* bytes of an alert's own text */
#define AGO_MAX	      (TEXT_AGE_MAX + 16)
#define EVENT_COLUMN  15 /* where what happened begins */

struct building {
	struct lines *lines;
	const struct incident_detail *detail;
	const struct incident_lines_options *options;
};

const char *incident_glyph(const struct burn *burn)
{
	if (burn->quiet)
		return "-";
	return burn->kind == BURN_CI ? "x" : "!";
}

enum role incident_role(const struct burn *burn)
{
	if (burn->quiet)
		return ROLE_TEXT;
	if (burn->kind == BURN_CI)
		return ROLE_GAP;
	return burn->state == SIGNAL_CRITICAL ? ROLE_BURN : ROLE_WARN;
}

static bool broken_down(int64_t at, bool utc, struct tm *tm)
{
	time_t time = (time_t)at;

	return utc ? gmtime_r(&time, tm) : localtime_r(&time, tm);
}

const char *incident_time(int64_t at, int64_t now, bool utc, char out[INCIDENT_TIME_MAX])
{
	struct tm tm, today;

	snprintf(out, INCIDENT_TIME_MAX, "-");
	if (!at || !broken_down(at, utc, &tm) || !broken_down(now, utc, &today))
		return out;
	if (tm.tm_year == today.tm_year && tm.tm_yday == today.tm_yday)
		strftime(out, INCIDENT_TIME_MAX, "%H:%M", &tm);
	else
		strftime(out, INCIDENT_TIME_MAX, "%m-%d %H:%M", &tm);
	return out;
}

/* "12m ago", "just now" */
static const char *ago(int64_t then, int64_t now, char out[AGO_MAX])
{
	char age[TEXT_AGE_MAX];

	draw_age(then, now, age);
	snprintf(out, AGO_MAX, "%s%s%s", strcmp(age, "now") ? "" : "just ", age,
		 strcmp(age, "now") ? " ago" : "");
	return out;
}

/* ---- what it says itself ---- */

/* A long text is cut: the whole of it is where the link leads. */
static void add_text(struct building *in, const struct signal *signal)
{
	size_t len = strnlen(signal->text, TEXT_MAX + 1);

	if (len > TEXT_MAX)
		for (len = TEXT_MAX; len && ((unsigned char)signal->text[len] & 0xc0) == 0x80;)
			len--;
	lines_begin(in->lines, 0, 0);
	lines_spanf(in->lines, ROLE_EMPH, "%.*s", (int)len, signal->text);
	if (signal->text[len])
		lines_span(in->lines, ROLE_TEXT, " ...");
}

/* A number without a unit: better than nothing. */
static void add_value(struct building *in, const struct signal *signal)
{
	lines_begin(in->lines, 0, 0);
	lines_spanf(in->lines, ROLE_TEXT, "its expression gives %.80s", signal->value);
}

static bool said_before(const struct burn *burn, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (burn->signals[i].signal->text &&
		    !strcmp(burn->signals[i].signal->text, burn->signals[index].signal->text))
			return true;
	return false;
}

/* With several alerts each says its name first. */
static void add_signals(struct building *in)
{
	const struct burn *burn = in->detail->burn;
	char age[TEXT_AGE_MAX];

	for (size_t i = 0; i < burn->signal_count && i < SHOWN_SIGNALS; i++) {
		const struct signal *signal = burn->signals[i].signal;

		if (burn->signal_count > 1) {
			lines_begin(in->lines, 0, 2);
			lines_spanf(in->lines, incident_role(burn), "%s ", incident_glyph(burn));
			lines_spanf(in->lines, ROLE_HEADING, "%.200s", signal->title);
			lines_spanf(in->lines, ROLE_TEXT, " %.40s %s",
				    signal->severity ? signal->severity
						     : signal_state_name(signal->state),
				    draw_age(signal->since, in->options->now, age));
		}
		if (signal->text && *signal->text && !said_before(burn, i))
			add_text(in, signal);
		else if (!signal->text && signal->value && burn->kind == BURN_ALERT)
			add_value(in, signal);
	}
	if (burn->signal_count > SHOWN_SIGNALS) {
		lines_begin(in->lines, 0, 0);
		lines_spanf(in->lines, ROLE_TEXT, "and %zu more",
			    burn->signal_count - SHOWN_SIGNALS);
	}
}

/* The oldest answer to what is not answered now; 0: some of it never was. */
static int64_t last_heard(const struct live_source *source)
{
	int64_t oldest = INT64_MAX;

	for (size_t i = 0; i < source->topic_count; i++)
		if (source->topics[i]->failing_since && source->topics[i]->observed_at < oldest)
			oldest = source->topics[i]->observed_at;
	return oldest == INT64_MAX ? source->observed_at : oldest;
}

static void add_source(struct building *in)
{
	const struct live_source *source = in->detail->burn->source;
	char time[INCIDENT_TIME_MAX], age[AGO_MAX];
	int64_t heard;

	if (!source)
		return;
	lines_begin(in->lines, 0, 0);
	lines_spanf(in->lines, ROLE_TEXT, "%s", source->type);
	if (source->url)
		lines_spanf(in->lines, ROLE_LINK, " %s", source->url);
	if (source->fix) {
		lines_begin(in->lines, 0, 0);
		lines_spanf(in->lines, ROLE_EMPH, "%s", source->fix);
	}
	lines_begin(in->lines, 0, 0);
	heard = last_heard(source);
	if (heard)
		lines_spanf(in->lines, ROLE_TEXT, "last heard %s, %s; it is asked every %d s",
			    incident_time(heard, in->options->now, in->options->utc, time),
			    ago(heard, in->options->now, age), (int)source->every);
	else
		lines_spanf(in->lines, ROLE_TEXT, "never heard; it is asked every %d s",
			    (int)source->every);
}

/* The signal of a stale row whose source fails. */
static const struct observed *stale_one(const struct burn *burn)
{
	for (size_t i = 0; i < burn->signal_count; i++)
		if (burn->signals[i].topic->failing_since)
			return &burn->signals[i];
	return &burn->signals[0];
}

/* What qualifies it: where, since when it is quiet, how old it is. */
static void add_state(struct building *in)
{
	const struct burn *burn = in->detail->burn;
	const struct signal *silence = burn->silence.signal;
	char time[INCIDENT_TIME_MAX];

	if (!burn->production) {
		lines_begin(in->lines, 0, 0);
		lines_spanf(in->lines, ROLE_WARN, "in %s, not in production", burn->environment);
	}
	if (burn->stale) {
		const struct observed *seen = stale_one(burn);
		struct buf words = {0};

		signal_stale_words(seen, in->options->now, &words);
		lines_begin(in->lines, 0, 0);
		lines_spanf(in->lines, ROLE_WARN, "%s: %s", seen->source->name, buf_str(&words));
		buf_free(&words);
	}
	if (!silence)
		return;
	lines_begin(in->lines, 0, 0);
	lines_spanf(in->lines, ROLE_WAIVED, "~ silenced until %s",
		    incident_time(silence->until, in->options->now, in->options->utc, time));
	if (silence->author)
		lines_spanf(in->lines, ROLE_OWNER, " by %.80s", silence->author);
	if (silence->text)
		lines_spanf(in->lines, ROLE_TEXT, ": %.200s", silence->text);
}

/* ---- what changed ---- */

static enum role event_role(const struct incident_event *event)
{
	switch (event->kind) {
	case EVENT_ALERT:
	case EVENT_UPTIME:
	case EVENT_INCIDENT:
	case EVENT_BURN:
		return event->state == SIGNAL_CRITICAL ? ROLE_BURN : ROLE_WARN;
	case EVENT_CI:
		return ROLE_GAP;
	default:
		return ROLE_TEXT;
	}
}

static void add_event(struct building *in, const struct incident_event *event)
{
	char time[INCIDENT_TIME_MAX], age[AGO_MAX];

	incident_time(event->at, in->options->now, in->options->utc, time);
	lines_begin(in->lines, 0, EVENT_COLUMN);
	lines_spanf(in->lines, ROLE_TEXT, "%5s ", time);
	lines_spanf(in->lines, event_role(event), "%s", event_kind_name(event->kind));
	lines_tab(in->lines, (int)strlen(time) > 5 ? EVENT_COLUMN + 6 : EVENT_COLUMN);
	if (event->relation)
		lines_spanf(in->lines, ROLE_EMPH, "%s ", event->service);
	if (event->commit)
		lines_spanf(in->lines, ROLE_ORIGIN, "%.7s ", event->commit);
	lines_spanf(in->lines, event->start || event->suspect ? ROLE_HEADING : ROLE_TEXT, "%.300s",
		    event->what);
	if (event->author && *event->author)
		lines_spanf(in->lines, ROLE_OWNER, "  %.80s", event->author);
	if (event->relation)
		lines_spanf(in->lines, ROLE_TEXT, "  (%s)", event->relation);
	if (event->start)
		lines_spanf(in->lines, ROLE_WARN, "  <- %s", ago(event->at, in->options->now, age));
	else if (event->suspect)
		lines_span(in->lines, ROLE_WARN, "  <- suspect");
}

static bool has_change(const struct incident_detail *detail)
{
	for (size_t i = 0; i < detail->event_count; i++)
		if (detail->events[i].kind == EVENT_COMMIT ||
		    detail->events[i].kind == EVENT_DEPLOY)
			return true;
	return false;
}

/* What others changed well before it began can wait below; the screen may be small. */
static bool is_distant(const struct incident_detail *detail, const struct incident_event *event)
{
	return event->relation && !event->suspect &&
	       (event->kind == EVENT_COMMIT || event->kind == EVENT_DEPLOY) &&
	       detail->burn->since && event->at < detail->burn->since - NEAR_SECONDS;
}

static void add_distant(struct building *in)
{
	const struct incident_detail *detail = in->detail;
	size_t count = 0;

	for (size_t i = 0; i < detail->event_count; i++) {
		if (!is_distant(detail, &detail->events[i]))
			continue;
		if (!count++)
			lines_add(in->lines, 0, 0, ROLE_HEADING, "earlier, in what it needs");
		add_event(in, &detail->events[i]);
	}
}

static void add_events(struct building *in)
{
	const struct incident_detail *detail = in->detail;

	for (size_t i = 0; i < detail->event_count; i++)
		if (!is_distant(detail, &detail->events[i]))
			add_event(in, &detail->events[i]);
	if (detail->events_left) {
		lines_begin(in->lines, 0, 0);
		lines_spanf(in->lines, ROLE_TEXT, "      and %zu more event%s", detail->events_left,
			    detail->events_left == 1 ? "" : "s");
	}
	if (detail->burn->service < 0 || detail->burn->kind == BURN_CERT)
		return;
	if (!in->options->reading && has_change(detail))
		return;
	lines_begin(in->lines, 0, 6);
	if (in->options->reading)
		lines_span(in->lines, ROLE_TEXT, "      commits: reading ...");
	else
		lines_spanf(in->lines, ROLE_TEXT,
			    "      nothing was committed or deployed in the %d hours before it",
			    INCIDENT_BEFORE / 3600);
}

/* ---- around it ---- */

static void add_services(struct building *in, const char *word, const struct incident_hit *hits,
			 size_t count)
{
	lines_begin(in->lines, 0, 10);
	lines_span(in->lines, ROLE_HEADING, word);
	lines_tab(in->lines, 10);
	for (size_t i = 0; i < count && i < SHOWN_HITS; i++) {
		const struct service *service =
		    fleet_at(in->options->fleet, (size_t)hits[i].service);

		lines_spanf(in->lines, hits[i].burning ? ROLE_BURN : ROLE_EMPH, "%s%s%s",
			    i ? "  " : "", hits[i].burning ? "!" : "", service->name);
		if (service->tier)
			lines_spanf(in->lines, TIER_ROLE(service->tier), "(T%d)", service->tier);
	}
	if (count > SHOWN_HITS)
		lines_spanf(in->lines, ROLE_TEXT, "  +%zu", count - SHOWN_HITS);
	if (!count)
		lines_span(in->lines, ROLE_TEXT, "nobody that is known to need it");
}

static void add_around(struct building *in)
{
	const struct incident_detail *detail = in->detail;

	if (detail->burn->service < 0)
		return;
	add_services(in, "hits", detail->hits, detail->hit_count);
	if (detail->need_count)
		add_services(in, "needs", detail->needs, detail->need_count);
}

/* ---- what to do ---- */

static void add_playbook(struct building *in)
{
	const struct incident_playbook *playbook = in->options->playbook;
	const char *runbook =
	    in->detail->burn->signal_count ? in->detail->burn->signals[0].signal->runbook : NULL;

	if (playbook && playbook->name) {
		lines_begin(in->lines, 0, 10);
		lines_span(in->lines, ROLE_HEADING, "playbook");
		lines_tab(in->lines, 10);
		if (!playbook->heading_count)
			lines_spanf(in->lines, ROLE_EMPH, "%s", playbook->name);
		for (size_t i = 0; i < playbook->heading_count && i < 6; i++) {
			if (i)
				lines_spanf(in->lines, ROLE_LINE, " %s ", in->options->glyphs->dot);
			lines_spanf(in->lines, !i && playbook->fits ? ROLE_EMPH : ROLE_TEXT, "%s",
				    playbook->headings[i]);
		}
		if (playbook->reading)
			lines_span(in->lines, ROLE_TEXT, " reading ...");
		if (playbook->problem)
			lines_spanf(in->lines, ROLE_WARN, "  %s", playbook->problem);
		if (*in->options->playbook_key) {
			lines_span(in->lines, ROLE_TEXT, "  ");
			lines_spanf(in->lines, ROLE_KEY, "%s", in->options->playbook_key);
			lines_span(in->lines, ROLE_TEXT, " to read");
		}
	} else if (in->detail->burn->service >= 0) {
		lines_begin(in->lines, 0, 10);
		lines_span(in->lines, ROLE_HEADING, "playbook");
		lines_tab(in->lines, 10);
		lines_span(in->lines, ROLE_WARN, runbook ? "none here" : "none");
	}
	if (runbook) {
		lines_begin(in->lines, 0, 10);
		lines_span(in->lines, ROLE_HEADING, "runbook");
		lines_tab(in->lines, 10);
		lines_span(in->lines, ROLE_LINK, runbook);
	}
}

/* ---- labels and links ---- */

static void add_labels(struct building *in)
{
	const struct burn *burn = in->detail->burn;
	const struct signal *signal;

	if (!burn->signal_count)
		return;
	signal = burn->signals[0].signal;
	lines_begin(in->lines, 0, 10);
	lines_span(in->lines, ROLE_HEADING, "labels");
	lines_tab(in->lines, 10);
	for (size_t i = 0; i < signal->label_count && i < SHOWN_LABELS; i++)
		lines_spanf(in->lines, ROLE_ORIGIN, "%s%.80s=%.120s", i ? " " : "",
			    signal->labels[i].name, signal->labels[i].value);
	if (signal->label_count > SHOWN_LABELS)
		lines_spanf(in->lines, ROLE_TEXT, " and %zu more",
			    signal->label_count - SHOWN_LABELS);
	if (!signal->label_count)
		lines_span(in->lines, ROLE_TEXT, "none");
}

static void add_link(struct building *in)
{
	const struct burn *burn = in->detail->burn;

	if (!burn->signal_count)
		return;
	lines_begin(in->lines, 0, 10);
	lines_span(in->lines, ROLE_HEADING, "told by");
	lines_tab(in->lines, 10);
	lines_spanf(in->lines, ROLE_EMPH, "%s", burn->signals[0].source->name);
	if (burn->signals[0].signal->url)
		lines_spanf(in->lines, ROLE_LINK, "  %s", burn->signals[0].signal->url);
}

void incident_lines_build(struct lines *lines, const struct incident_detail *detail,
			  const struct incident_lines_options *options)
{
	struct building in = {lines, detail, options};

	lines_reset(lines);
	add_state(&in);
	add_signals(&in);
	add_source(&in);
	add_events(&in);
	add_around(&in);
	add_playbook(&in);
	add_distant(&in);
	add_labels(&in);
	add_link(&in);
}
