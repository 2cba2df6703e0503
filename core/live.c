#include "core/live_internal.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

/* Memory of which somebody may keep pointers: when it was made decides. */
struct kept {
	struct arena *arena; /* NULL: none */
	uint64_t born;	     /* live->holds then */
};

struct topic {
	struct live_topic pub; /* first: a topic's address is that of what others see */
	struct kept home;      /* the topic itself and its name */
	struct kept said;      /* the signals, their digests, the note */
	struct kept told;      /* cause and fix */
};

struct source {
	struct live_source pub;
	struct live_config config;
	struct kept home; /* of the configuration */
	struct kept version;
	struct topic **topics; /* by name */
	size_t topic_count, topic_cap;
	int64_t lost_since; /* the courier ended and nothing came since */
	const char *lost_cause;
	bool stale; /* pub must be summed up anew */
};

struct live {
	struct source **sources;
	size_t count;
	struct kept lost; /* the cause that live_lost() was told */
	struct arena **held;
	size_t held_count, held_cap;
	uint64_t holds;
	uint64_t generation, status_generation;
};

struct live *live_new(void)
{
	return xcalloc(1, sizeof(struct live));
}

static struct kept keep(const struct live *live, size_t size)
{
	return (struct kept){arena_new_sized(size), live->holds};
}

/* Nobody uses it from now on, but who pointed to it when live_hold() was called. */
static void retire(struct live *live, struct kept *kept)
{
	if (kept->arena && kept->born < live->holds) {
		GROW(live->held, live->held_count, live->held_cap);
		live->held[live->held_count++] = kept->arena;
	} else {
		arena_free(kept->arena);
	}
	*kept = (struct kept){0};
}

void live_hold(struct live *live)
{
	for (size_t i = 0; i < live->held_count; i++)
		arena_free(live->held[i]);
	live->held_count = 0;
	live->holds++;
}

/* Its own memory goes last. */
static void retire_topic(struct live *live, struct topic *topic)
{
	struct kept home = topic->home;

	retire(live, &topic->said);
	retire(live, &topic->told);
	retire(live, &home);
}

static void retire_source(struct live *live, struct source *source)
{
	struct kept home = source->home;

	for (size_t i = 0; i < source->topic_count; i++)
		retire_topic(live, source->topics[i]);
	free(source->topics);
	retire(live, &source->version);
	retire(live, &home);
}

void live_free(struct live *live)
{
	if (!live)
		return;
	for (size_t i = 0; i < live->count; i++)
		retire_source(live, live->sources[i]);
	retire(live, &live->lost);
	live_hold(live);
	free(live->sources);
	free(live->held);
	free(live);
}

/* ---- what is configured ---- */

static struct source *find_source(const struct live *live, const char *name)
{
	for (size_t i = 0; i < live->count; i++)
		if (!strcmp(live->sources[i]->pub.name, name))
			return live->sources[i];
	return NULL;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool same_config(const struct live_config *a, const struct live_config *b)
{
	if (!same_text(a->environment, b->environment) ||
	    !same_text(a->service_label, b->service_label) || a->kinds != b->kinds ||
	    a->every != b->every || a->match_count != b->match_count)
		return false;
	for (size_t i = 0; i < a->match_count; i++)
		if (strcmp(a->match[i].name, b->match[i].name) != 0 ||
		    strcmp(a->match[i].value, b->match[i].value) != 0)
			return false;
	return true;
}

static void copy_config(struct source *source, const struct live_config *config)
{
	struct arena *arena = source->home.arena;
	struct signal_label *match =
	    config->match_count ? arena_alloc(arena, config->match_count * sizeof(*match)) : NULL;

	source->config = (struct live_config){
	    .name = arena_strdup(arena, config->name),
	    .type = arena_strdup(arena, config->type),
	    .url = arena_strdup(arena, config->url),
	    .environment = arena_strdup(arena, config->environment),
	    .service_label = arena_strdup(arena, config->service_label),
	    .kinds = config->kinds,
	    .every = config->every,
	    .match = match,
	    .match_count = config->match_count,
	};
	for (size_t i = 0; i < config->match_count; i++)
		match[i] = (struct signal_label){arena_strdup(arena, config->match[i].name),
						 arena_strdup(arena, config->match[i].value)};
	source->pub.name = source->config.name;
	source->pub.type = source->config.type;
	source->pub.url = source->config.url;
	source->pub.environment = source->config.environment;
	source->pub.kinds = config->kinds;
	source->pub.every = config->every;
	source->pub.status.source = source->config.name;
}

static struct source *make_source(struct live *live, const struct live_config *config)
{
	struct kept home = keep(live, sizeof(struct source) + 256);
	struct source *source = arena_alloc(home.arena, sizeof(*source));

	source->home = home;
	copy_config(source, config);
	source->pub.status.limit = source->pub.status.left = -1;
	source->stale = true;
	return source;
}

/* The source with what it said, in memory of its own, configured anew. */
static struct source *remake_source(struct live *live, struct source *old,
				    const struct live_config *config)
{
	struct source *source = make_source(live, config);
	struct kept home = source->home, old_home = old->home;
	struct live_source pub = source->pub;
	struct live_config copied = source->config;

	*source = *old;
	source->home = home;
	source->config = copied;
	pub.status = old->pub.status;
	pub.status.source = pub.name;
	source->pub = pub;
	source->stale = true;
	retire(live, &old_home);
	return source;
}

/* What a source of before goes on as; takes it out of the old ones. */
static struct source *take_over(struct live *live, struct source **old, size_t old_count,
				const struct live_config *config, bool *changed)
{
	for (size_t i = 0; i < old_count; i++) {
		struct source *source = old[i];

		if (!source || strcmp(source->config.name, config->name) != 0 ||
		    strcmp(source->config.type, config->type) != 0 ||
		    !same_text(source->config.url, config->url))
			continue;
		old[i] = NULL;
		*changed |= live->count != i;
		if (same_config(&source->config, config))
			return source;
		*changed = true;
		return remake_source(live, source, config);
	}
	*changed = true;
	return make_source(live, config);
}

void live_configure(struct live *live, const struct live_config *sources, size_t count)
{
	struct source **old = live->sources;
	size_t old_count = live->count;
	bool changed = count != old_count;

	live->sources = xcalloc(count, sizeof(struct source *));
	live->count = 0;
	for (size_t i = 0; i < count; i++) {
		live->sources[i] = take_over(live, old, old_count, &sources[i], &changed);
		live->count++;
	}
	for (size_t i = 0; i < old_count; i++)
		if (old[i])
			retire_source(live, old[i]);
	free(old);
	live->generation += changed;
	live->status_generation += changed;
}

/* ---- what is said ---- */

/* The first topic whose name does not stand before name. */
static size_t lower_bound(const struct source *source, const char *name)
{
	size_t low = 0, high = source->topic_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (strcmp(source->topics[middle]->pub.name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_topic_at(const struct source *source, size_t at, const char *name)
{
	return at < source->topic_count && !strcmp(source->topics[at]->pub.name, name);
}

static struct topic *make_topic(struct live *live, const struct topic_report *report)
{
	size_t size = strlen(report->topic) + 1;
	struct kept home = keep(live, sizeof(struct topic) + size +
					  (report->subject ? strlen(report->subject) + 1 : 0));
	struct topic *topic = arena_alloc(home.arena, sizeof(*topic));

	topic->home = home;
	topic->pub.name = arena_strdup(home.arena, report->topic);
	topic->pub.subject = arena_strdup(home.arena, report->subject);
	topic->pub.kinds = report->kinds;
	return topic;
}

static struct topic *insert_topic(struct live *live, struct source *source, size_t at,
				  const struct topic_report *report)
{
	if (source->topic_count >= LIVE_MAX_TOPICS)
		return NULL;
	GROW(source->topics, source->topic_count, source->topic_cap);
	memmove(source->topics + at + 1, source->topics + at,
		(source->topic_count - at) * sizeof(struct topic *));
	source->topics[at] = make_topic(live, report);
	source->topic_count++;
	live->generation++;
	return source->topics[at];
}

static void forget_topic(struct live *live, struct source *source, size_t at)
{
	retire_topic(live, source->topics[at]);
	source->topic_count--;
	memmove(source->topics + at, source->topics + at + 1,
		(source->topic_count - at) * sizeof(struct topic *));
	live->generation++;
}

static bool says_the_same(const struct live_topic *topic, const struct topic_report *report)
{
	const struct signal_list *list = &report->signals;

	if (topic->kinds != report->kinds || topic->signal_count != list->count ||
	    !same_text(topic->note, report->note))
		return false;
	for (size_t i = 0; i < list->count; i++)
		if (topic->digests[i] != signal_digest(&list->signals[i]))
			return false;
	return true;
}

static void take_signals(struct live *live, struct topic *topic, const struct topic_report *report)
{
	const struct signal_list *list = &report->signals;
	struct live_topic *pub = &topic->pub;
	struct kept before = topic->said;
	struct signal *signals = NULL;
	uint64_t *digests = NULL;

	topic->said = (struct kept){0};
	if (list->count || report->note)
		topic->said = keep(live, signals_size(list->signals, list->count) +
					     (list->count + 1) * sizeof(*digests) +
					     (report->note ? strlen(report->note) + 1 : 0));
	if (list->count)
		digests = arena_alloc(topic->said.arena, list->count * sizeof(*digests));
	for (size_t i = 0; i < list->count; i++)
		digests[i] = signal_digest(&list->signals[i]);
	/* Digests are of what was reported, which does not know since when. */
	if (list->count) {
		signals = signals_copy(list->signals, list->count, topic->said.arena);
		live_note_since(signals, list->count, pub->signals, pub->signal_count, report->at);
	}
	pub->signals = signals;
	pub->signal_count = list->count;
	pub->digests = digests;
	pub->note = report->note ? arena_strdup(topic->said.arena, report->note) : NULL;
	pub->kinds = report->kinds;
	retire(live, &before);
}

static void take_answer(struct live *live, struct topic *topic, const struct topic_report *report)
{
	struct live_topic *pub = &topic->pub;
	struct topic_report whole = *report;
	struct arena *kept = NULL;

	/* Of what? Nothing was said yet. */
	if (report->unchanged && !pub->observed_at)
		return;
	if (!pub->observed_at || pub->failing_since)
		live->generation++;
	if (!report->unchanged)
		kept = live_keep_watchdogs(&whole.signals, pub->signals, pub->signal_count,
					   report->at);
	if (!report->unchanged && !says_the_same(pub, &whole)) {
		take_signals(live, topic, &whole);
		live->generation++;
	}
	arena_free(kept);
	pub->observed_at = report->at;
	pub->failing_since = 0;
	pub->failure = FAILURE_NONE;
	pub->cause = pub->fix = NULL;
	retire(live, &topic->told);
}

static void take_failure(struct live *live, struct topic *topic, const struct topic_report *report)
{
	struct live_topic *pub = &topic->pub;

	if (!pub->failing_since)
		pub->failing_since = report->at;
	else if (pub->failure == report->failure && same_text(pub->cause, report->cause) &&
		 same_text(pub->fix, report->fix))
		return;
	retire(live, &topic->told);
	pub->failure = report->failure;
	pub->cause = pub->fix = NULL;
	if (report->cause || report->fix) {
		topic->told = keep(live, (report->cause ? strlen(report->cause) + 1 : 0) +
					     (report->fix ? strlen(report->fix) + 1 : 0));
		pub->cause = arena_strdup(topic->told.arena, report->cause);
		pub->fix = arena_strdup(topic->told.arena, report->fix);
	}
	live->generation++;
}

void live_apply(struct live *live, const struct topic_report *report)
{
	struct source *source = find_source(live, report->source);
	struct topic *topic;
	size_t at;

	if (!source)
		return;
	at = lower_bound(source, report->topic);
	topic = is_topic_at(source, at, report->topic) ? source->topics[at] : NULL;
	if (topic && report->gone) {
		forget_topic(live, source, at);
		topic = NULL;
	} else if (topic && !same_text(topic->pub.subject, report->subject)) {
		/* Rare: services of a repository come and go. The old text may be held. */
		topic->pub.subject = arena_strdup(topic->home.arena, report->subject);
		live->generation++;
	}
	if (!topic && !report->gone)
		topic = insert_topic(live, source, at, report);
	if (topic && report->at) {
		if (report->failure == FAILURE_NONE || report->failure == FAILURE_ABSENT)
			take_answer(live, topic, report);
		else
			take_failure(live, topic, report);
		source->lost_since = 0;
	}
	source->stale = true;
	live->status_generation++;
}

void live_recall(struct live *live, const struct topic_report *report, int64_t now)
{
	struct source *source = find_source(live, report->source);
	struct topic_report old = *report;
	struct topic_report marked = {.source = report->source,
				      .topic = report->topic,
				      .subject = report->subject,
				      .kinds = report->kinds,
				      .failure = FAILURE_RECALLED,
				      .cause = "from the last run, not asked again yet",
				      .at = now};
	size_t at;

	if (!source || report->at <= 0)
		return;
	at = lower_bound(source, report->topic);
	if (is_topic_at(source, at, report->topic))
		return;
	old.failure = FAILURE_NONE;
	old.gone = old.unchanged = false;
	if (old.at > now) /* by a clock that was ahead */
		old.at = now;
	live_apply(live, &old);
	live_apply(live, &marked);
}

void live_forget_recalled(struct live *live, live_each_forgotten *each, void *ctx)
{
	for (size_t i = 0; i < live->count; i++) {
		struct source *source = live->sources[i];

		for (size_t t = source->topic_count; t-- > 0;) {
			const struct live_topic *topic = &source->topics[t]->pub;

			if (topic->failure != FAILURE_RECALLED)
				continue;
			if (each)
				each(ctx, source->pub.name, topic->name);
			forget_topic(live, source, t);
			source->stale = true;
			live->status_generation++;
		}
	}
}

void live_apply_status(struct live *live, const struct source_status *status)
{
	struct source *source = find_source(live, status->source);
	const char *version;

	if (!source)
		return;
	version = source->pub.status.version;
	if (!same_text(version, status->version)) {
		retire(live, &source->version);
		if (status->version)
			source->version = keep(live, strlen(status->version) + 1);
		version =
		    status->version ? arena_strdup(source->version.arena, status->version) : NULL;
	}
	source->pub.status = *status;
	source->pub.status.source = source->pub.name;
	source->pub.status.version = version;
	live->status_generation++;
}

static void lose_topic(struct live *live, struct topic *topic, const char *cause, int64_t now)
{
	struct live_topic *pub = &topic->pub;

	if (!pub->failing_since)
		pub->failing_since = now;
	retire(live, &topic->told);
	pub->failure = FAILURE_COURIER;
	pub->cause = cause;
	pub->fix = NULL;
}

void live_lost(struct live *live, const char *cause, int64_t now)
{
	struct kept before = live->lost;
	const char *copy;

	live->lost = keep(live, cause ? strlen(cause) + 1 : 0);
	copy = arena_strdup(live->lost.arena, cause);
	for (size_t i = 0; i < live->count; i++) {
		struct source *source = live->sources[i];

		for (size_t t = 0; t < source->topic_count; t++)
			lose_topic(live, source->topics[t], copy, now);
		if (!source->lost_since)
			source->lost_since = now;
		source->lost_cause = copy;
		source->stale = true;
	}
	retire(live, &before);
	live->generation++;
	live->status_generation++;
}

/* ---- what others see ---- */

static void add_topic(struct live_source *pub, const struct live_topic *topic)
{
	if (topic->observed_at && (!pub->observed_at || topic->observed_at < pub->observed_at))
		pub->observed_at = topic->observed_at;
	pub->answered &= topic_answered(topic);
	if (topic->failure == FAILURE_RECALLED)
		pub->recalled++;
	if (!topic->failing_since || topic->failure == FAILURE_RECALLED)
		return;
	pub->failing++;
	if (pub->failing_since && pub->failing_since <= topic->failing_since)
		return;
	pub->failing_since = topic->failing_since;
	pub->failure = topic->failure;
	pub->cause = topic->cause;
	pub->fix = topic->fix;
}

static void sum_up(struct source *source)
{
	struct live_source *pub = &source->pub;

	if (!source->stale)
		return;
	source->stale = false;
	pub->topics = (const struct live_topic *const *)(void *)source->topics;
	pub->topic_count = source->topic_count;
	pub->observed_at = pub->failing_since = 0;
	pub->failing = pub->recalled = 0;
	pub->failure = FAILURE_NONE;
	pub->cause = pub->fix = NULL;
	pub->answered = source->topic_count > 0;
	for (size_t i = 0; i < source->topic_count; i++)
		add_topic(pub, &source->topics[i]->pub);
	if (!source->topic_count && source->lost_since) {
		pub->failing_since = source->lost_since;
		pub->failure = FAILURE_COURIER;
		pub->cause = source->lost_cause;
	}
}

uint64_t live_generation(const struct live *live)
{
	return live->generation;
}

uint64_t live_status_generation(const struct live *live)
{
	return live->status_generation;
}

size_t live_count(const struct live *live)
{
	return live->count;
}

const struct live_source *live_at(const struct live *live, size_t index)
{
	sum_up(live->sources[index]);
	return &live->sources[index]->pub;
}

const struct live_config *live_config_at(const struct live *live, size_t index)
{
	return &live->sources[index]->config;
}

const struct live_source *live_find(const struct live *live, const char *name)
{
	struct source *source = find_source(live, name);

	if (!source)
		return NULL;
	sum_up(source);
	return &source->pub;
}

bool live_configured(const struct live *live, enum signal_kind kind)
{
	for (size_t i = 0; i < live->count; i++)
		if (live->sources[i]->pub.kinds >> kind & 1)
			return true;
	return false;
}

bool live_measures(const struct live *live, enum signal_kind kind)
{
	for (size_t i = 0; i < live->count; i++) {
		const struct source *source = live->sources[i];

		if (!(source->pub.kinds >> kind & 1))
			continue;
		for (size_t t = 0; t < source->topic_count; t++)
			if (source->topics[t]->pub.kinds >> kind & 1 &&
			    source->topics[t]->pub.observed_at)
				return true;
	}
	return false;
}

bool live_fails(const struct live *live, enum signal_kind kind)
{
	for (size_t i = 0; i < live->count; i++) {
		const struct source *source = live->sources[i];

		for (size_t t = 0; t < source->topic_count; t++)
			if (source->topics[t]->pub.kinds >> kind & 1 &&
			    source->topics[t]->pub.failing_since)
				return true;
	}
	return false;
}

static size_t kept_size(const struct kept *kept)
{
	return kept->arena ? arena_size(kept->arena) : 0;
}

size_t live_size(const struct live *live)
{
	size_t size = kept_size(&live->lost);

	for (size_t i = 0; i < live->held_count; i++)
		size += arena_size(live->held[i]);
	for (size_t i = 0; i < live->count; i++) {
		const struct source *source = live->sources[i];

		size += kept_size(&source->home) + kept_size(&source->version) +
			source->topic_cap * sizeof(struct topic *);
		for (size_t t = 0; t < source->topic_count; t++)
			size += kept_size(&source->topics[t]->home) +
				kept_size(&source->topics[t]->said) +
				kept_size(&source->topics[t]->told);
	}
	return size;
}
