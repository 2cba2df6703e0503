/* Alertmanager 0.25 as the demo plays it: alerts, and silences that can be made and ended. */

#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/mem.h"
#include "core/regex.h"
#include "fetch/json_get.h"
#include "tui/demo_feed_internal.h"

enum { MAX_SILENCES = 1000, MAX_MATCHERS = 50 };

/* ---- which alert is quiet ---- */

static const char *label_of(const struct story_alert *alert, const char *name)
{
	const char *const labels[][2] = {
	    {"alertname", alert->name},	   {"service", alert->service},
	    {"severity", alert->severity}, {"environment", alert->environment},
	    {"instance", alert->instance},
	};

	for (size_t i = 0; i < ARRAY_LEN(labels); i++)
		if (!strcmp(labels[i][0], name))
			return labels[i][1] ? labels[i][1] : "";
	return "";
}

static bool matches(const struct feed_matcher *matcher, const char *value)
{
	char *pattern;
	struct regex *regex;
	bool found;

	if (!matcher->is_regex)
		return !strcmp(value, matcher->value) == matcher->is_equal;
	pattern = xasprintf("^(?:%s)$", matcher->value);
	regex = regex_new(pattern, REGEX_ONCE, NULL);
	found = regex && regex_test(regex, value);
	regex_free(regex);
	free(pattern);
	return found == matcher->is_equal;
}

static bool silences(const struct feed_call *call, const struct feed_silence *silence,
		     const struct story_alert *alert)
{
	if (call->now < silence->starts || call->now >= silence->ends)
		return false;
	for (size_t i = 0; i < silence->matcher_count; i++)
		if (!matches(&silence->matchers[i], label_of(alert, silence->matchers[i].name)))
			return false;
	return true;
}

static const char *fingerprint(struct feed_call *call, const char *name)
{
	return arena_printf(call->arena, "%016llx",
			    (unsigned long long)hash_text(HASH_START, name));
}

static const struct story_alert *inhibitor(const struct feed_call *call,
					   const struct story_alert *alert)
{
	for (size_t i = 0; alert->inhibited_by && i < story_alert_count; i++)
		if (!strcmp(story_alerts[i].name, alert->inhibited_by) &&
		    feed_alert_state(call, &story_alerts[i]) == FEED_FIRING)
			return &story_alerts[i];
	return NULL;
}

/* ---- answers ---- */

static void put_status(struct feed_call *call, const struct story_alert *alert)
{
	const struct story_alert *by = inhibitor(call, alert);
	bool quiet = by != NULL;

	json_open(&call->json, "status", '{');
	json_open(&call->json, "silencedBy", '[');
	for (size_t i = 0; i < call->feed->silence_count; i++) {
		const struct feed_silence *silence = &call->feed->silences[i];

		if (!silences(call, silence, alert))
			continue;
		json_str(&call->json, NULL, silence->id);
		quiet = true;
	}
	json_close(&call->json, ']');
	json_open(&call->json, "inhibitedBy", '[');
	if (by)
		json_str(&call->json, NULL, fingerprint(call, by->name));
	json_close(&call->json, ']');
	json_str(&call->json, "state", quiet ? "suppressed" : "active");
	json_close(&call->json, '}');
}

static void put_alerts(struct feed_call *call)
{
	json_open(&call->json, NULL, '[');
	for (size_t i = 0; i < story_alert_count; i++) {
		const struct story_alert *alert = &story_alerts[i];

		if (feed_alert_state(call, alert) != FEED_FIRING)
			continue;
		json_open(&call->json, NULL, '{');
		feed_alert_labels(call, "labels", alert);
		feed_alert_annotations(call, "annotations", alert);
		put_status(call, alert);
		json_str(&call->json, "fingerprint", fingerprint(call, alert->name));
		json_time(&call->json, "startsAt", call->feed->start + alert->fires);
		json_time(&call->json, "updatedAt", call->now);
		json_time(&call->json, "endsAt", call->now + 240);
		json_str(&call->json, "generatorURL", "");
		json_open(&call->json, "receivers", '[');
		json_open(&call->json, NULL, '{');
		json_str(&call->json, "name", "pager");
		json_close(&call->json, '}');
		json_close(&call->json, ']');
		json_close(&call->json, '}');
	}
	json_close(&call->json, ']');
}

static void put_silence(struct feed_call *call, const struct feed_silence *silence)
{
	json_open(&call->json, NULL, '{');
	json_str(&call->json, "id", silence->id);
	json_open(&call->json, "matchers", '[');
	for (size_t i = 0; i < silence->matcher_count; i++) {
		json_open(&call->json, NULL, '{');
		json_str(&call->json, "name", silence->matchers[i].name);
		json_str(&call->json, "value", silence->matchers[i].value);
		json_bool(&call->json, "isRegex", silence->matchers[i].is_regex);
		json_bool(&call->json, "isEqual", silence->matchers[i].is_equal);
		json_close(&call->json, '}');
	}
	json_close(&call->json, ']');
	json_time(&call->json, "startsAt", silence->starts);
	json_time(&call->json, "endsAt", silence->ends);
	json_time(&call->json, "updatedAt", silence->starts);
	json_str(&call->json, "createdBy", silence->author);
	json_str(&call->json, "comment", silence->comment);
	json_open(&call->json, "status", '{');
	json_str(&call->json, "state",
		 call->now >= silence->ends    ? "expired"
		 : call->now < silence->starts ? "pending"
					       : "active");
	json_close(&call->json, '}');
	json_close(&call->json, '}');
}

static void put_silences(struct feed_call *call)
{
	json_open(&call->json, NULL, '[');
	for (size_t i = 0; i < call->feed->silence_count; i++)
		put_silence(call, &call->feed->silences[i]);
	json_close(&call->json, ']');
}

static void refuse(struct feed_call *call, const char *message)
{
	call->reply->status = 400;
	buf_reset(&call->reply->body);
	json_str(&call->json, NULL, message);
}

static bool take_matchers(struct demo_feed *feed, const json_t *list, struct feed_silence *silence)
{
	size_t count = json_array_size(list);

	if (!count || count > MAX_MATCHERS)
		return false;
	silence->matchers = arena_alloc(feed->arena, count * sizeof(*silence->matchers));
	for (size_t i = 0; i < count; i++) {
		const json_t *from = json_array_get(list, i);
		struct feed_matcher *matcher = &silence->matchers[silence->matcher_count++];

		matcher->name = json_get_copy(from, "name", feed->arena);
		matcher->value = json_get_copy(from, "value", feed->arena);
		matcher->is_regex = json_get_bool(from, "isRegex", false);
		matcher->is_equal = json_get_bool(from, "isEqual", true);
		if (!matcher->name)
			return false;
		if (!matcher->value)
			matcher->value = "";
	}
	return true;
}

static void make_silence(struct feed_call *call)
{
	struct demo_feed *feed = call->feed;
	json_t *body = json_get_parse(call->request->body, call->request->body_len, NULL);
	struct feed_silence silence = {
	    .author = json_get_copy(body, "createdBy", feed->arena),
	    .comment = json_get_copy(body, "comment", feed->arena),
	    .starts = json_get_time(body, "startsAt"),
	    .ends = json_get_time(body, "endsAt"),
	};

	if (!silence.author || !silence.comment || silence.ends <= call->now ||
	    feed->silence_count >= MAX_SILENCES ||
	    !take_matchers(feed, json_get_list(body, "matchers"), &silence)) {
		refuse(call, "bad silence: it needs matchers, an end, createdBy and comment");
	} else {
		silence.id =
		    arena_printf(feed->arena, "00000000-0000-4000-8000-%012u", ++feed->made);
		GROW(feed->silences, feed->silence_count, feed->silence_cap);
		feed->silences[feed->silence_count++] = silence;
		json_open(&call->json, NULL, '{');
		json_str(&call->json, "silenceID", silence.id);
		json_close(&call->json, '}');
	}
	json_decref(body);
}

static bool end_silence(struct feed_call *call, const char *id)
{
	for (size_t i = 0; i < call->feed->silence_count; i++) {
		struct feed_silence *silence = &call->feed->silences[i];

		if (strcmp(silence->id, id) != 0)
			continue;
		if (silence->ends > call->now)
			silence->ends = call->now;
		return true;
	}
	return false;
}

static void put_version(struct feed_call *call)
{
	json_open(&call->json, NULL, '{');
	json_open(&call->json, "versionInfo", '{');
	json_str(&call->json, "version", "0.25.0");
	json_close(&call->json, '}');
	json_close(&call->json, '}');
}

bool feed_alertmanager(struct feed_call *call, const char *path)
{
	const char *method = call->request->method;

	if (!strcmp(path, "/alerts"))
		put_alerts(call);
	else if (!strcmp(path, "/status"))
		put_version(call);
	else if (!strcmp(path, "/silences") && !strcmp(method, "POST"))
		make_silence(call);
	else if (!strcmp(path, "/silences"))
		put_silences(call);
	else if (!strncmp(path, "/silence/", 9) && !strcmp(method, "DELETE"))
		return end_silence(call, path + 9);
	else
		return false;
	return true;
}
