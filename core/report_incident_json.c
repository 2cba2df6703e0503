#include "core/incident_internal.h"
#include "core/report_internal.h"

/* The incident overview as data; docs/incident.schema.json describes it. */

static void put_tier(struct json_writer *json, int tier)
{
	if (tier)
		json_int(json, "tier", tier);
	else
		json_none(json, "tier");
}

static void put_labels(struct json_writer *json, const struct signal *signal)
{
	json_open(json, "labels", '[');
	for (size_t i = 0; i < signal->label_count; i++) {
		json_open(json, NULL, '{');
		json_str(json, "name", signal->labels[i].name);
		json_str(json, "value", signal->labels[i].value);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static const char *quiet_of(const struct signal *signal)
{
	if (signal->flags & SIGNAL_SILENCED)
		return "silenced";
	if (signal->flags & SIGNAL_INHIBITED)
		return "inhibited";
	return signal->flags & SIGNAL_PENDING ? "pending" : NULL;
}

static void put_signal(struct json_writer *json, const struct observed *seen)
{
	const struct signal *signal = seen->signal;
	const char *environment = observed_environment(seen);

	json_open(json, NULL, '{');
	json_str(json, "kind", signal_kind_name(signal->kind));
	json_str(json, "state", signal_state_name(signal->state));
	json_str(json, "title", signal->title);
	json_str(json, "text", signal->text);
	json_str(json, "severity", signal->severity);
	json_str(json, "value", signal->value);
	json_str(json, "quiet", quiet_of(signal));
	json_str(json, "url", signal->url);
	json_str(json, "runbook", signal->runbook);
	json_str(json, "commit", signal->commit);
	json_str(json, "author", signal->author);
	json_time(json, "since", signal->since);
	json_time(json, "until", signal->until);
	json_str(json, "source", seen->source->name);
	json_str(json, "environment", *environment ? environment : NULL);
	json_time(json, "observed_at", seen->topic->observed_at);
	put_labels(json, signal);
	json_close(json, '}');
}

static void put_event(struct json_writer *json, const struct incident_event *event)
{
	json_open(json, NULL, '{');
	json_str(json, "kind", event_kind_name(event->kind));
	json_time(json, "at", event->at);
	json_str(json, "service", event->service);
	json_str(json, "relation", event->relation);
	json_str(json, "what", event->what);
	json_str(json, "author", event->author);
	json_str(json, "commit", event->commit);
	json_str(json, "url", event->url);
	json_bool(json, "start", event->start);
	json_bool(json, "suspect", event->suspect);
	json_close(json, '}');
}

static void put_hits(struct json_writer *json, const struct fleet *fleet, const char *key,
		     const struct incident_hit *hits, size_t count)
{
	json_open(json, key, '[');
	for (size_t i = 0; i < count; i++) {
		const struct service *service = fleet_at(fleet, (size_t)hits[i].service);

		json_open(json, NULL, '{');
		json_str(json, "service", service->name);
		put_tier(json, service->tier);
		json_int(json, "distance", hits[i].distance);
		json_bool(json, "burning", hits[i].burning);
		json_close(json, '}');
	}
	json_close(json, ']');
}

/* Without a detail: null, it was not asked for. */
static void put_detail(struct json_writer *json, const struct report *report,
		       const struct incident_detail *detail)
{
	if (!detail) {
		json_none(json, "events");
		json_none(json, "hits");
		json_none(json, "needs");
		return;
	}
	json_open(json, "events", '[');
	for (size_t i = 0; i < detail->event_count; i++)
		put_event(json, &detail->events[i]);
	json_close(json, ']');
	put_hits(json, report->fleet, "hits", detail->hits, detail->hit_count);
	put_hits(json, report->fleet, "needs", detail->needs, detail->need_count);
}

static void put_burn(struct json_writer *json, const struct report *report, const struct burn *burn,
		     const struct incident_detail *detail)
{
	json_open(json, NULL, '{');
	json_str(json, "kind", burn_kind_name(burn->kind));
	json_str(json, "state", signal_state_name(burn->state));
	json_str(json, "name", burn->name);
	json_str(json, "service", burn->service < 0 ? NULL : burn->name);
	put_tier(json, burn->tier);
	json_str(json, "owner", burn->owner);
	json_str(json, "what", burn->what);
	json_time(json, "since", burn->since);
	json_str(json, "environment", *burn->environment ? burn->environment : NULL);
	json_bool(json, "production", burn->production);
	json_bool(json, "quiet", burn->quiet);
	json_bool(json, "stale", burn->stale);
	json_bool(json, "playbook", burn->playbook);
	json_time(json, "silenced_until", burn->silence.signal ? burn->silence.signal->until : 0);
	json_open(json, "signals", '[');
	for (size_t i = 0; i < burn->signal_count; i++)
		put_signal(json, &burn->signals[i]);
	json_close(json, ']');
	put_detail(json, report, detail);
	json_close(json, '}');
}

static void put_kinds(struct json_writer *json, const char *key, uint64_t kinds)
{
	json_open(json, key, '[');
	for (int kind = 0; kind < SIGNAL_KINDS; kind++)
		if (kinds >> kind & 1)
			json_str(json, NULL, signal_kind_name((enum signal_kind)kind));
	json_close(json, ']');
}

static void put_summary(struct json_writer *json, const struct incident *incident)
{
	static const char *const keys[] = {"unset", "1", "2", "3", "4"};

	json_open(json, "summary", '{');
	json_int(json, "burning", (int64_t)incident->loud);
	json_int(json, "quiet", (int64_t)(incident->count - incident->loud));
	json_int(json, "unmapped", (int64_t)incident->unmapped);
	json_open(json, "by_tier", '{');
	for (int tier = 1; tier <= 5; tier++)
		json_int(json, keys[tier % 5], (int64_t)incident->by_tier[tier % 5]);
	json_close(json, '}');
	json_time(json, "observed_at", incident->observed_at);
	put_kinds(json, "measured", incident->answered);
	put_kinds(json, "not_measured", burn_kinds_known() & ~incident->answered);
	json_close(json, '}');
}

static const struct incident_detail *detail_of(const struct burn *burn,
					       const struct incident_detail *const *details,
					       size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (details[i]->burn == burn)
			return details[i];
	return NULL;
}

void report_incident_json(const struct report *report, const struct incident *incident,
			  const struct incident_detail *const *details, size_t count,
			  struct report_out *out)
{
	bool lines = report->format == REPORT_JSONL;
	struct json_writer json = {.out = &out->text, .pretty = !lines};

	if (!lines) {
		json_open(&json, NULL, '{');
		json_int(&json, "schema", 1);
		json_time(&json, "generated_at", report->now);
		json_open(&json, "burns", '[');
	}
	for (size_t i = 0; i < incident->count; i++) {
		const struct burn *burn = &incident->burns[i];

		if (lines)
			json = (struct json_writer){.out = &out->text};
		put_burn(&json, report, burn, detail_of(burn, details, count));
		if (lines)
			buf_addc(&out->text, '\n');
		report_flush(out);
	}
	if (lines)
		return;
	json_close(&json, ']');
	put_summary(&json, incident);
	report_json_errors(&json, report);
	json_close(&json, '}');
	buf_addc(&out->text, '\n');
}
