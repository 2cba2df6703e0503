/* A signal with where it comes from: its environment, and whether another source tells it too. */

#include <string.h>
#include <strings.h>

#include "core/live.h"
#include "core/mem.h"

#define TRIED_MAX 100 /* alerts that one is compared with */
#define SEEN_MAX  500 /* signals that are looked through for them */

const char *observed_environment(const struct observed *observed)
{
	const char *environment = observed->signal->environment;

	if (!environment || !*environment)
		environment = observed->source ? observed->source->environment : NULL;
	return environment ? environment : "";
}

bool observed_production(const struct observed *observed)
{
	static const char *const names[] = {"prod", "production", "prd", "live", "main"};
	const char *environment = observed_environment(observed);
	size_t len = strlen(environment);

	if (!len)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		size_t n = strlen(names[i]);

		/* "prod-eu" and "production.west" are parts of it. */
		if (len >= n && strncasecmp(environment, names[i], n) == 0 &&
		    (len == n || strchr("-_./ 0123456789", environment[n])))
			return true;
	}
	return false;
}

/* ---- one alert that two sources tell ---- */

static bool knows_silences(const struct observed *seen)
{
	return seen->source->kinds >> SIGNAL_SILENCE & 1;
}

static bool same_environment(const struct observed *a, const struct observed *b)
{
	const char *left = observed_environment(a), *right = observed_environment(b);

	return !*left || !*right || !strcasecmp(left, right);
}

bool observed_told_better(const struct observed *signals, size_t count, size_t index)
{
	const struct observed *made = &signals[index];
	size_t tried = 0;

	if (made->signal->kind != SIGNAL_ALERT || knows_silences(made))
		return false;
	for (size_t i = 0; i < count && i < SEEN_MAX && tried < TRIED_MAX; i++) {
		const struct observed *told = &signals[i];

		if (told->signal->kind != SIGNAL_ALERT || !knows_silences(told) ||
		    told->topic->failing_since)
			continue;
		tried++;
		if (same_environment(made, told) && signal_same_alert(made->signal, told->signal))
			return true;
	}
	return false;
}
