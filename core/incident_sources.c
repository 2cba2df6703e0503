#include <string.h>
#include <strings.h>

#include "core/incident_internal.h"
#include "core/mem.h"

/* Sources that are not heard, and what is measured at all. */

/* What nobody may overlook that it is not known. */
static const enum signal_kind missed[] = {SIGNAL_ALERT, SIGNAL_INCIDENT, SIGNAL_UPTIME};

#define BURNING                                                                                    \
	(UINT64_C(1) << SIGNAL_ALERT | UINT64_C(1) << SIGNAL_INCIDENT |                            \
	 UINT64_C(1) << SIGNAL_UPTIME | UINT64_C(1) << SIGNAL_CI | UINT64_C(1) << SIGNAL_SLO |     \
	 UINT64_C(1) << SIGNAL_CERT)

/* A poll that fails once is no news, as long as there is an answer of before. */
static bool not_heard(const struct live_source *source, const struct live_topic *topic, int64_t now)
{
	int64_t every = source->every > 0 ? source->every : 60;

	return topic->failing_since &&
	       (!topic->observed_at || now - topic->failing_since >= 2 * every);
}

struct silent {
	uint64_t kinds;
	size_t topics;
	int64_t since;
	const char *cause;
};

static void look(const struct live_source *source, int64_t now, struct silent *out)
{
	for (size_t i = 0; i < source->topic_count; i++) {
		const struct live_topic *topic = source->topics[i];
		uint64_t kinds = 0;

		for (size_t k = 0; k < ARRAY_LEN(missed); k++)
			kinds |= topic->kinds & UINT64_C(1) << missed[k];
		if (!kinds || !not_heard(source, topic, now))
			continue;
		if (!out->since || topic->failing_since < out->since) {
			out->since = topic->failing_since;
			out->cause = topic->cause;
		}
		out->kinds |= kinds;
		out->topics++;
	}
}

/* "alerts unknown: no answer within 10 s" */
static const char *say(const struct silent *silent, struct arena *arena)
{
	static const char *const words[] = {"alerts", "incidents", "uptime"};
	struct buf out = {0};
	const char *what;

	for (size_t k = 0; k < ARRAY_LEN(missed); k++)
		if (silent->kinds >> missed[k] & 1)
			buf_addf(&out, "%s%s", out.len ? ", " : "", words[k]);
	buf_adds(&out, " unknown");
	if (silent->cause && *silent->cause)
		buf_addf(&out, ": %s", burn_clip(arena, silent->cause, 200));
	what = arena_strdup(arena, buf_str(&out));
	buf_free(&out);
	return what;
}

static bool wanted(const struct live_source *source, const char *environment)
{
	struct signal none = {.title = ""};
	struct observed seen = {.signal = &none, .source = source};

	return burn_in_environment(&seen, environment);
}

static bool production(const struct live_source *source)
{
	struct signal none = {.title = ""};
	struct observed seen = {.signal = &none, .source = source};

	return observed_production(&seen);
}

size_t burn_sources(const struct live *live, const char *environment, int64_t now,
		    struct arena *arena, struct burn *burns, size_t count)
{
	for (size_t i = 0; live && i < live_count(live); i++) {
		const struct live_source *source = live_at(live, i);
		struct silent silent = {0};

		look(source, now, &silent);
		if (!silent.topics || !wanted(source, environment))
			continue;
		burns[count++] = (struct burn){
		    .kind = BURN_SOURCE,
		    .state = silent.kinds >> SIGNAL_ALERT & 1 ? SIGNAL_CRITICAL : SIGNAL_WARNING,
		    .service = -1,
		    .name = source->name,
		    .what = say(&silent, arena),
		    .environment = source->environment ? source->environment : "",
		    .since = silent.since,
		    .production = production(source),
		    .source = source,
		};
	}
	return count;
}

uint64_t burn_kinds_known(void)
{
	return BURNING;
}

void burn_measured(const struct live *live, struct incident *incident)
{
	for (size_t i = 0; live && i < live_count(live); i++) {
		const struct live_source *source = live_at(live, i);

		incident->configured |= source->kinds & BURNING;
		for (size_t t = 0; t < source->topic_count; t++) {
			const struct live_topic *topic = source->topics[t];

			if (!(topic->kinds & BURNING) || !topic->observed_at)
				continue;
			incident->answered |= topic->kinds & BURNING;
			if (!incident->observed_at || topic->observed_at < incident->observed_at)
				incident->observed_at = topic->observed_at;
		}
	}
}
