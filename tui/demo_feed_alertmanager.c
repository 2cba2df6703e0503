/* Alertmanager 0.25 as the demo plays it: alerts, and silences that can be made and ended. */

#include <string.h>

#include "core/doc.h"
#include "core/mem.h"
#include "core/regex.h"
#include "tui/demo_feed_internal.h"

static bool silence_active(const struct feed_call *call, const struct feed_silence *silence)
{
	return call->now >= silence->starts && call->now < silence->ends;
}

static const char *label_of(const struct story_alert *alert, const char *name)
{
	const char *const labels[][2] = {
	    {"alertname", alert->name},	      {"service", alert->service},
	    {"severity", alert->severity},    {"environment", alert->environment},
	    {"instance", alert->instance},
	};

	for (size_t i = 0; i < ARRAY_LEN(labels); i++)
		if (!strcmp(labels[i][0], name))
			return labels[i][1] ? labels[i][1] : "";
	return "";
}

static bool value_matches(const struct feed_silence *silence, const char *value)
{
	char *pattern;
	struct regex *regex;
	bool matches;

	if (!silence->is_regex)
		return !strcmp(value, silence->of.value);
	pattern = xasprintf("^(?:%s)$", silence->of.value);
	regex = regex_new(pattern, REGEX_ONCE, NULL);
	matches = regex && regex_test(regex, value);
	regex_free(regex);
	free(pattern);
	return matches;
}

static bool silences(const struct feed_call *call, const struct feed_silence *silence,
		     const struct story_alert *alert)
{
	return silence_active(call, silence) &&
	       value_matches(silence, label_of(alert, silence->of.matcher)) == silence->is_equal;
}
