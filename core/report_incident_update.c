#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/playbooks.h"
#include "core/report_incident.h"
#include "core/report_internal.h"
#include "core/text.h"
#include "core/tier.h"

/*
 * A status update: what a person at three in the morning would have to write, but for the next
 * steps, in Markdown that chats, wikis and forges show alike.
 */

#define SHOWN_EVENTS 12
#define SHOWN_HITS   10

/* Text from outside: on one line, without control characters, nothing of it Markdown. */
static void add(struct buf *out, const char *text)
{
	struct buf clean = {0};
	size_t digits;

	if (text)
		text_sanitise(&clean, text, strlen(text), 0);
	text = buf_str(&clean);
	/* At the start of a line these would begin a list. */
	digits = strspn(text, "0123456789");
	buf_add(out, text, digits);
	text += digits;
	if (digits ? (*text == '.' || *text == ')') && (!text[1] || text[1] == ' ')
		   : *text == '-' || *text == '+')
		buf_addf(out, "\\%c", *text++);
	report_markdown_text(out, text);
	buf_free(&clean);
}

/* "14:02", or "2026-11-22 14:02" where it is another day than the start's. */
static void add_time(struct buf *out, int64_t at, int64_t start)
{
	char text[TIME_TEXT_MAX], other[TIME_TEXT_MAX];

	time_text(at, text);
	time_text(start, other);
	if (strlen(text) < 16)
		return;
	if (strncmp(text, other, 10) != 0)
		buf_addf(out, "%.10s ", text);
	buf_addf(out, "%.5s", text + 11);
}

static void put_since(const struct report *report, const struct burn *burn, struct buf *out)
{
	char time[TIME_TEXT_MAX], age[TEXT_AGE_MAX];

	buf_adds(out, "- **Since:** ");
	if (burn->since) {
		time_text(burn->since, time);
		buf_addf(out, "%.10s %.5s UTC (%s)", time, strlen(time) > 11 ? time + 11 : "",
			 text_age(report->now - burn->since, age));
	} else {
		buf_adds(out, "not known");
	}
	if (burn->quiet && burn->silence.signal && burn->silence.signal->until) {
		time_text(burn->silence.signal->until, time);
		buf_addf(out, ", silenced until %.10s %.5s UTC", time,
			 strlen(time) > 11 ? time + 11 : "");
	}
	buf_addc(out, '\n');
}

static void put_whose(const struct burn *burn, struct buf *out)
{
	buf_adds(out, "- **Service:** ");
	add(out, burn->name);
	if (burn->service < 0)
		buf_adds(out, burn->source ? ", a monitoring system" : ", of no known service");
	else if (burn->tier)
		buf_addf(out, ", tier %d (%s)", burn->tier, tier_name(burn->tier));
	else
		buf_adds(out, ", no tier");
	if (!burn->production) {
		buf_adds(out, ", in ");
		add(out, burn->environment);
	}
	buf_adds(out, "\n- **Owner:** ");
	add(out, burn->owner ? burn->owner : "nobody is named");
	buf_addc(out, '\n');
}

/* The alerts' own words, each once. */
static void put_texts(const struct burn *burn, struct buf *out)
{
	size_t shown = 0;

	for (size_t i = 0; i < burn->signal_count && shown < 3; i++) {
		const struct signal *signal = burn->signals[i].signal;

		if (!signal->text || !*signal->text ||
		    (i && burn->signals[i - 1].signal->text &&
		     !strcmp(burn->signals[i - 1].signal->text, signal->text)))
			continue;
		buf_adds(out, shown++ ? "  - " : "- **What it says:** ");
		add(out, signal->text);
		buf_addc(out, '\n');
	}
	if (burn->kind == BURN_SOURCE && burn->source && burn->source->fix) {
		buf_adds(out, "- **What to do:** ");
		add(out, burn->source->fix);
		buf_addc(out, '\n');
	}
}

static void put_hits(const struct report *report, const struct incident_detail *detail,
		     struct buf *out)
{
	if (detail->burn->service < 0)
		return;
	buf_adds(out, "- **Who is affected:** ");
	for (size_t i = 0; i < detail->hit_count && i < SHOWN_HITS; i++) {
		const struct service *service =
		    fleet_at(report->fleet, (size_t)detail->hits[i].service);

		buf_adds(out, i ? ", " : "");
		add(out, service->name);
		buf_addf(out, " (%s%s)",
			 service->tier ? report_tier_name(service->tier) : "no tier",
			 detail->hits[i].burning ? ", burns too" : "");
	}
	if (!detail->hit_count)
		buf_adds(out, "no service that is known to need it");
	else if (detail->hit_count > SHOWN_HITS)
		buf_addf(out, " and %zu more", detail->hit_count - SHOWN_HITS);
	buf_addc(out, '\n');
}

static void put_event(const struct incident_event *event, int64_t start, struct buf *out)
{
	buf_adds(out, "  - ");
	add_time(out, event->at, start);
	buf_addf(out, " %s ", event_kind_name(event->kind));
	if (event->commit)
		buf_addf(out, "%.7s ", event->commit);
	add(out, event->what);
	if (event->author && *event->author) {
		buf_adds(out, ", ");
		add(out, event->author);
	}
	if (event->relation) {
		buf_adds(out, " (");
		add(out, event->service);
		buf_adds(out, ": ");
		add(out, event->relation);
		buf_addc(out, ')');
	}
	if (event->start)
		buf_adds(out, " **start**");
	else if (event->suspect)
		buf_adds(out, " **suspect**");
	buf_addc(out, '\n');
}

/* Those around the start. */
static void put_events(const struct incident_detail *detail, struct buf *out)
{
	int64_t start = detail->burn->since;
	size_t first = 0, last = detail->event_count, at = 0;

	if (!last)
		return;
	while (at < last && detail->events[at].at < start)
		at++;
	if (at > SHOWN_EVENTS * 2 / 3)
		first = at - SHOWN_EVENTS * 2 / 3;
	if (last - first > SHOWN_EVENTS)
		last = first + SHOWN_EVENTS;
	buf_adds(out, "- **What changed** (UTC):\n");
	for (size_t i = first; i < last; i++)
		put_event(&detail->events[i], start, out);
}

/* A link of Markdown; the address as it is but for what would end it. */
static void add_link(struct buf *out, const char *text, const char *url)
{
	buf_addc(out, '[');
	add(out, text);
	buf_adds(out, "](<");
	for (const char *p = url; *p; p++)
		if ((unsigned char)*p > 0x20 && (unsigned char)*p < 0x7f && !strchr("<>\\", *p))
			buf_addc(out, *p);
		else
			buf_addf(out, "%%%02X", (unsigned)(unsigned char)*p);
	buf_adds(out, ">)");
}

static bool is_web(const char *url)
{
	return url && (!strncmp(url, "https://", 8) || !strncmp(url, "http://", 7));
}

static void put_playbook(const struct report *report, const struct burn *burn, struct buf *out)
{
	const char *runbook = burn->signal_count ? burn->signals[0].signal->runbook : NULL;
	const char *url = burn->signal_count ? burn->signals[0].signal->url : NULL;
	struct playbook_list list = {0};

	if (burn->service >= 0)
		playbooks_of(report->fleet, fleet_at(report->fleet, (size_t)burn->service), &list);
	buf_adds(out, "- **Playbook:** ");
	if (is_web(runbook))
		add_link(out, "runbook", runbook);
	else if (list.count && is_web(list.playbooks[0].url))
		add_link(out, list.playbooks[0].name, list.playbooks[0].url);
	else if (list.count)
		add(out, list.playbooks[0].path ? list.playbooks[0].path : list.playbooks[0].url);
	else
		buf_adds(out, "none");
	buf_addc(out, '\n');
	if (is_web(url)) {
		buf_adds(out, "- **Seen at:** ");
		add_link(out, burn->signals[0].source->name, url);
		buf_addc(out, '\n');
	}
	playbooks_free(&list);
}

void report_incident_update(const struct report *report, const struct incident_detail *detail,
			    struct buf *out)
{
	const struct burn *burn = detail->burn;

	buf_adds(out, "## ");
	add(out, burn->name);
	buf_adds(out, ": ");
	add(out, burn->what);
	buf_adds(out, "\n\n");
	put_since(report, burn, out);
	put_whose(burn, out);
	put_texts(burn, out);
	put_hits(report, detail, out);
	put_events(detail, out);
	put_playbook(report, burn, out);
	if (burn->stale)
		buf_adds(out, "- The monitoring does not answer now; this is what it said last.\n");
	buf_adds(out, "- **Next steps:**\n  - \n");
}
