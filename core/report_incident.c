#include "core/report_incident.h"

#include <stdlib.h>
#include <string.h>

#include "core/incident_internal.h"
#include "core/mem.h"
#include "core/playbooks.h"
#include "core/report_internal.h"
#include "core/report_table.h"
#include "core/text.h"

/* ---- what is not known ---- */

static void add_kinds(struct buf *out, uint64_t kinds)
{
	static const struct {
		enum signal_kind kind;
		const char *word;
	} words[] = {
	    {SIGNAL_ALERT, "alerts"}, {SIGNAL_INCIDENT, "incidents"}, {SIGNAL_UPTIME, "uptime"},
	    {SIGNAL_CI, "builds"},    {SIGNAL_SLO, "error budgets"},  {SIGNAL_CERT, "certificates"},
	};
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (kinds >> words[i].kind & 1)
			buf_addf(out, "%s%s", count++ ? ", " : "", words[i].word);
}

size_t incident_unmeasured(const struct incident *incident, struct buf *out)
{
	uint64_t missing = burn_kinds_known() & ~incident->configured;
	uint64_t waiting = incident->configured & ~incident->answered;

	if (missing) {
		buf_adds(out, "no source for ");
		add_kinds(out, missing);
	}
	if (waiting) {
		buf_adds(out, missing ? "; no answer yet about " : "no answer yet about ");
		add_kinds(out, waiting);
	}
	return (size_t)__builtin_popcountll(missing | waiting);
}

/* ---- the table ---- */

static const struct report_column columns[] = {
    {.title = "T", .key = "tier", .number = true},
    {.title = "SERVICE", .key = "service", .flexible = true},
    {.title = "OWNER", .key = "owner", .flexible = true, .spare = 2},
    {.title = "SINCE", .number = true},
    {.title = "WHAT", .key = "what", .flexible = true},
    {.title = "PLAYBOOK", .key = "playbook", .spare = 1},
    {.key = "kind", .data_only = true},
    {.key = "state", .data_only = true},
    {.key = "since", .data_only = true},
    {.key = "quiet", .data_only = true},
    {.key = "environment", .data_only = true},
    {.key = "source", .data_only = true},
    {.key = "url", .data_only = true},
};

static const char *glyph(const struct burn *burn)
{
	if (burn->quiet)
		return "-";
	return burn->kind == BURN_CI ? "x" : "!";
}

static const char *short_owner(const char *owner)
{
	const char *slash = owner ? strrchr(owner, '/') : NULL;

	return slash && slash[1] ? slash + 1 : owner;
}

static const char *source_of(const struct burn *burn)
{
	return burn->source ? burn->source->name : burn->signals[0].source->name;
}

static const char *what_for(const struct report *report, const struct burn *burn,
			    struct arena *arena)
{
	if (report->format != REPORT_TEXT && report->format != REPORT_MARKDOWN)
		return burn->what;
	return arena_printf(
	    arena, "%s %s%s%s%s", glyph(burn), burn->what, burn->production ? "" : ", in ",
	    burn->production ? "" : burn->environment, burn->stale ? ", as last heard" : "");
}

static void add_row(const struct report *report, const struct burn *burn,
		    struct report_table *table, struct arena *arena)
{
	bool text = report->format == REPORT_TEXT;
	char age[TEXT_AGE_MAX], since[TIME_TEXT_MAX];
	const char *none = burn->service < 0 || !text ? NULL : "nobody";
	const char *owner = text ? short_owner(burn->owner) : burn->owner;

	if (burn->since)
		text_age(report->now - burn->since, age);
	report_table_add(
	    table, (const char *[]){report_tier_cell(report, burn->tier), burn->name,
				    owner ? owner : none, burn->since ? age : NULL,
				    what_for(report, burn, arena), burn->playbook ? "yes" : "no",
				    burn_kind_name(burn->kind), signal_state_name(burn->state),
				    burn->since ? time_text(burn->since, since) : NULL,
				    burn->quiet ? "yes" : "no",
				    *burn->environment ? burn->environment : NULL, source_of(burn),
				    burn->signal_count ? burn->signals[0].signal->url : NULL});
}

static bool told(const struct burn *burn, const struct incident_detail *const *details,
		 size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (details[i]->burn == burn)
			return true;
	return false;
}

static void put_table(const struct report *report, const struct incident *incident,
		      const struct incident_detail *const *details, size_t count,
		      struct report_out *out)
{
	struct report_table *table = report_table_new(report, columns, ARRAY_LEN(columns));
	struct arena *arena = arena_new();

	for (size_t i = 0; i < incident->count; i++)
		if (!told(&incident->burns[i], details, count))
			add_row(report, &incident->burns[i], table, arena);
	if (report_table_rows(table) || report->format == REPORT_CSV)
		report_table_print(table, "burns", out);
	report_table_free(table);
	arena_free(arena);
}

/* ---- one of them as text ---- */

__attribute__((format(printf, 5, 6))) static void linef(struct buf *out,
							const struct report *report,
							const char *prefix, size_t column,
							const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	report_hang(out, report, prefix, column, text);
	free(text);
}

static const char *first_text(const struct burn *burn)
{
	for (size_t i = 0; i < burn->signal_count; i++)
		if (burn->signals[i].signal->text && *burn->signals[i].signal->text)
			return burn->signals[i].signal->text;
	if (burn->kind == BURN_SOURCE && burn->source)
		return burn->source->fix;
	return NULL;
}

/* What an event is, without its time. */
static void event_text(const struct incident_event *event, struct buf *out)
{
	buf_adds(out, event_kind_name(event->kind));
	if (event->commit)
		buf_addf(out, " %.7s", event->commit);
	buf_addf(out, " %s", event->what);
	if (event->author && *event->author)
		buf_addf(out, "  %s", event->author);
	if (event->relation)
		buf_addf(out, " (%s; %s)", event->service, event->relation);
}

static void put_event(struct buf *out, const struct report *report,
		      const struct incident_event *event)
{
	char age[TEXT_AGE_MAX];
	struct buf text = {0}, prefix = {0};

	event_text(event, &text);
	if (event->start)
		buf_adds(&text, "  <- start");
	buf_adds(&prefix, event->suspect ? " *" : "  ");
	text_pad(&prefix, text_age(report->now - event->at, age), 5, TEXT_RIGHT, 0);
	buf_addc(&prefix, ' ');
	report_hang(out, report, buf_str(&prefix), 10, buf_str(&text));
	buf_free(&text);
	buf_free(&prefix);
}

static void add_hits(const struct fleet *fleet, const struct incident_hit *hits, size_t count,
		     size_t max, struct buf *out)
{
	for (size_t i = 0; i < count && i < max; i++) {
		const struct service *service = fleet_at(fleet, (size_t)hits[i].service);

		buf_addf(out, "%s%s (%s%s)", i ? ", " : "", service->name,
			 service->tier ? report_tier_name(service->tier) : "no tier",
			 hits[i].burning ? ", burns too" : "");
	}
	if (count > max)
		buf_addf(out, " and %zu more", count - max);
}

#define SHOWN_HITS 12

static void put_around(struct buf *out, const struct report *report,
		       const struct incident_detail *detail)
{
	struct buf hits = {0}, needs = {0};

	add_hits(report->fleet, detail->hits, detail->hit_count, SHOWN_HITS, &hits);
	add_hits(report->fleet, detail->needs, detail->need_count, SHOWN_HITS, &needs);
	if (detail->burn->service >= 0)
		linef(out, report, "  hits      ", 12, "%s", hits.len ? buf_str(&hits) : "nobody");
	if (needs.len)
		linef(out, report, "  needs     ", 12, "%s", buf_str(&needs));
	buf_free(&hits);
	buf_free(&needs);
}

static void put_playbooks(struct buf *out, const struct report *report, const struct burn *burn)
{
	const char *runbook = burn->signal_count ? burn->signals[0].signal->runbook : NULL;
	struct playbook_list list = {0};

	if (burn->service >= 0)
		playbooks_of(report->fleet, fleet_at(report->fleet, (size_t)burn->service), &list);
	for (size_t i = 0; i < list.count && i < 4; i++)
		linef(out, report, "  playbook  ", 12, "%s  %s", list.playbooks[i].name,
		      list.playbooks[i].path ? list.playbooks[i].path : list.playbooks[i].url);
	if (runbook)
		linef(out, report, "  runbook   ", 12, "%s", runbook);
	else if (!list.count && burn->service >= 0)
		linef(out, report, "  playbook  ", 12, "none");
	playbooks_free(&list);
}

static void put_detail(const struct report *report, const struct incident_detail *detail,
		       struct buf *out)
{
	const struct burn *burn = detail->burn;
	char age[TEXT_AGE_MAX] = "?", since[TIME_TEXT_MAX] = "";
	const char *text = first_text(burn);

	if (burn->since) {
		text_age(report->now - burn->since, age);
		time_text(burn->since, since);
	}
	linef(out, report, "", 0, "%s: %s", burn->name, burn->what);
	linef(out, report, "  ", 2, "%s, %s, since %s %s%s%s%s",
	      burn->source	  ? "a monitoring system"
	      : burn->service < 0 ? "no service of this fleet"
	      : burn->tier	  ? report_tier_name(burn->tier)
				  : "no tier",
	      burn->owner ? burn->owner : "no owner", since, age, burn->production ? "" : ", in ",
	      burn->production ? "" : burn->environment, burn->stale ? ", as last heard" : "");
	if (text)
		linef(out, report, "  ", 2, "%s", text);
	for (size_t i = 0; i < detail->event_count; i++)
		put_event(out, report, &detail->events[i]);
	if (detail->events_left)
		linef(out, report, "        ", 8, "and %zu more event%s", detail->events_left,
		      detail->events_left == 1 ? "" : "s");
	put_around(out, report, detail);
	put_playbooks(out, report, burn);
}

/* ---- the whole as text ---- */

static void put_totals(const struct report *report, const struct incident *incident,
		       struct buf *out)
{
	struct buf line = {0}, missing = {0};
	char time[TIME_TEXT_MAX];
	size_t quiet = incident->count - incident->loud;

	if (!incident->answered)
		buf_adds(&line, "nothing is known");
	else if (!incident->loud)
		buf_adds(&line, "nothing burns");
	else
		buf_addf(&line, "%zu burning", incident->loud);
	if (incident->unmapped)
		buf_addf(&line, ", %zu of no service", incident->unmapped);
	if (quiet)
		buf_addf(&line, ", %zu quiet", quiet);
	if (incident->observed_at)
		buf_addf(&line, ", as of %s", time_text(incident->observed_at, time));
	if (incident_unmeasured(incident, &missing))
		buf_addf(&line, "; %s", buf_str(&missing));
	report_hang(out, report, "", 0, buf_str(&line));
	buf_free(&line);
	buf_free(&missing);
}

static void put_text(const struct report *report, const struct incident *incident,
		     const struct incident_detail *const *details, size_t count,
		     struct report_out *out)
{
	for (size_t i = 0; i < count; i++) {
		put_detail(report, details[i], &out->text);
		buf_addc(&out->text, '\n');
		report_flush(out);
	}
	put_table(report, incident, details, count, out);
	if (out->text.len && incident->count > count)
		buf_addc(&out->text, '\n');
	put_totals(report, incident, &out->text);
}

static void put_markdown(const struct report *report, const struct incident *incident,
			 const struct incident_detail *const *details, size_t count,
			 struct report_out *out)
{
	for (size_t i = 0; i < count; i++) {
		report_incident_update(report, details[i], &out->text);
		buf_addc(&out->text, '\n');
		report_flush(out);
	}
	if (count && incident->count > count)
		buf_adds(&out->text, "## Also burning\n\n");
	put_table(report, incident, details, count, out);
	if (incident->count > count)
		buf_addc(&out->text, '\n');
	put_totals(report, incident, &out->text);
}

void report_incident(const struct report *report, const struct incident *incident,
		     const struct incident_detail *const *details, size_t count,
		     struct report_out *out)
{
	switch (report->format) {
	case REPORT_JSON:
	case REPORT_JSONL:
		report_incident_json(report, incident, details, count, out);
		break;
	case REPORT_CSV:
		put_table(report, incident, NULL, 0, out);
		break;
	case REPORT_MARKDOWN:
		put_markdown(report, incident, details, count, out);
		break;
	default:
		put_text(report, incident, details, count, out);
		break;
	}
}
