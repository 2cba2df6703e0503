/* What live sources say of one service, as data and for people. */

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/report_internal.h"
#include "core/text.h"

/* Those of further kinds are told as evidence of findings. */
static bool is_told(const struct observed *observed)
{
	return observed->signal->kind < SIGNAL_CONTRACT_KINDS;
}

static void put_signal(struct json_writer *json, const struct observed *observed)
{
	const struct signal *signal = observed->signal;
	const struct live_topic *topic = observed->topic;
	const char *environment = observed_environment(observed);

	json_open(json, NULL, '{');
	json_str(json, "kind", signal_kind_name(signal->kind));
	json_str(json, "state", signal_state_name(signal->state));
	json_str(json, "title", signal->title);
	json_str(json, "url", signal->url);
	json_time(json, "since", signal->since);
	json_str(json, "source", observed->source->name);
	json_str(json, "environment", *environment ? environment : NULL);
	json_time(json, "observed_at", topic->observed_at);
	json_str(json, "severity", signal->severity);
	json_str(json, "value", signal->value);
	json_str(json, "text", signal->text);
	json_str(json, "runbook", signal->runbook);
	json_str(json, "commit", signal->commit);
	json_str(json, "author", signal->author);
	json_time(json, "until", signal->until);
	json_bool(json, "pending", signal->flags & SIGNAL_PENDING);
	json_bool(json, "silenced", signal->flags & SIGNAL_SILENCED);
	json_bool(json, "inhibited", signal->flags & SIGNAL_INHIBITED);
	json_bool(json, "stale", topic->failing_since != 0);
	json_str(json, "cause", topic->failing_since ? topic->cause : NULL);
	json_close(json, '}');
}

void report_json_signals(struct json_writer *json, const struct service *service)
{
	json_open(json, "signals", '[');
	for (size_t i = 0; i < service->signal_count; i++)
		if (is_told(&service->signals[i]))
			put_signal(json, &service->signals[i]);
	json_close(json, ']');
}

static void add_flags(struct buf *line, unsigned flags)
{
	static const struct {
		unsigned flag;
		const char *word;
	} words[] = {{SIGNAL_PENDING, "pending"},
		     {SIGNAL_SILENCED, "silenced"},
		     {SIGNAL_INHIBITED, "inhibited"}};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (flags & words[i].flag)
			buf_addf(line, ", %s", words[i].word);
}

void report_signal_line(struct buf *line, const struct report *report,
			const struct observed *observed)
{
	const struct signal *signal = observed->signal;
	const struct live_topic *topic = observed->topic;
	const char *environment = observed_environment(observed);
	char age[TEXT_AGE_MAX];

	buf_addf(line, "%s: %s %s", signal_state_name(signal->state),
		 signal_kind_name(signal->kind), signal->title);
	if (signal->value)
		buf_addf(line, ", %s", signal->value);
	add_flags(line, signal->flags);
	if (signal->since) {
		text_age(report->now - signal->since, age);
		buf_addf(line, ", %s%s", strcmp(age, "now") ? "for " : "since ", age);
	}
	buf_addf(line, " (%s%s%s", observed->source->name, *environment ? ", " : "", environment);
	if (topic->failing_since)
		buf_addf(line, ", as of %s ago: %s",
			 text_age(report->now - topic->observed_at, age),
			 topic->cause ? topic->cause : failure_name(topic->failure));
	buf_addc(line, ')');
}

bool report_next_signal(const struct service *service, size_t *at, const struct observed **out)
{
	while (*at < service->signal_count) {
		size_t index = (*at)++;

		*out = &service->signals[index];
		if (is_told(*out) &&
		    !observed_told_better(service->signals, service->signal_count, index))
			return true;
	}
	return false;
}
