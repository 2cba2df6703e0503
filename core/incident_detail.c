#include <stdlib.h>
#include <string.h>

#include "core/incident_internal.h"
#include "core/mem.h"

/* Around one burn: what changed before it, whom it hits, what it needs. */

static const char *const event_names[] = {
    [EVENT_COMMIT] = "commit",	   [EVENT_DEPLOY] = "deploy", [EVENT_ALERT] = "alert",
    [EVENT_CI] = "build",	   [EVENT_UPTIME] = "probe",  [EVENT_SILENCE] = "silence",
    [EVENT_INCIDENT] = "incident", [EVENT_BURN] = "start",
};

const char *event_kind_name(enum event_kind kind)
{
	return event_names[kind];
}

/* ---- the services around ---- */

struct neighbour {
	int32_t service;
	int32_t via; /* whose dependency or dependent it is */
	unsigned distance;
};

/* The next service that needs one, or that one needs; -1 where it is not here. */
static int32_t next_to(const struct service *service, bool needs, size_t index)
{
	return needs ? service->depends_on[index].service : service->dependents[index];
}

/* Breadth first, each service once, the start not among them; at most max. */
static size_t walk(const struct fleet *fleet, int32_t start, bool needs, struct neighbour *out,
		   size_t max)
{
	unsigned char *seen = xcalloc(fleet_count(fleet) + 1, 1);
	struct neighbour from = {start, -1, 0};
	size_t count = 0, done = 0;

	seen[start] = 1;
	do {
		const struct service *service = fleet_at(fleet, (size_t)from.service);
		size_t around = needs ? service->depends_count : service->dependent_count;

		for (size_t i = 0; i < around && count < max; i++) {
			int32_t other = next_to(service, needs, i);

			if (other < 0 || seen[other])
				continue;
			seen[other] = 1;
			out[count++] = (struct neighbour){other, from.service, from.distance + 1};
		}
		if (done < count)
			from = out[done];
	} while (done++ < count);
	free(seen);
	return count;
}

size_t incident_wants(const struct fleet *fleet, const struct burn *burn, int32_t *services,
		      size_t max)
{
	struct neighbour around[64];
	size_t count;

	if (burn->service < 0 || !max)
		return 0;
	if (max > ARRAY_LEN(around))
		max = ARRAY_LEN(around);
	services[0] = burn->service;
	count = walk(fleet, burn->service, true, around, max - 1);
	for (size_t i = 0; i < count; i++)
		services[i + 1] = around[i].service;
	return count + 1;
}

static int tier_of(const struct fleet *fleet, const struct incident_hit *hit)
{
	int tier = fleet_at(fleet, (size_t)hit->service)->tier;

	return tier ? tier : 5;
}

/* A hit with what it is sorted by. */
struct ranked {
	struct incident_hit hit;
	int tier;
	bool burning_first;
};

static int compare_hits(const void *left, const void *right)
{
	const struct ranked *a = left, *b = right;

	if (a->burning_first && a->hit.burning != b->hit.burning)
		return b->hit.burning - a->hit.burning;
	if (a->tier != b->tier)
		return a->tier - b->tier;
	if (a->hit.distance != b->hit.distance)
		return a->hit.distance < b->hit.distance ? -1 : 1;
	return a->hit.service - b->hit.service; /* services are by name */
}

static struct incident_hit *ranked_hits(const struct fleet *fleet, const struct neighbour *around,
					size_t count, bool burning_first, struct arena *arena)
{
	struct ranked *ranked = xcalloc(count + 1, sizeof(*ranked));
	struct incident_hit *hits = arena_alloc(arena, (count + 1) * sizeof(*hits));

	for (size_t i = 0; i < count; i++) {
		struct health health = service_health(fleet_at(fleet, (size_t)around[i].service));

		ranked[i].hit = (struct incident_hit){around[i].service, around[i].distance,
						      health.worst != NULL};
		ranked[i].tier = tier_of(fleet, &ranked[i].hit);
		ranked[i].burning_first = burning_first;
	}
	qsort(ranked, count, sizeof(*ranked), compare_hits);
	for (size_t i = 0; i < count; i++)
		hits[i] = ranked[i].hit;
	free(ranked);
	return hits;
}

/* ---- events ---- */

struct timeline {
	const struct fleet *fleet;
	const struct burn *burn;
	struct arena *arena;
	int64_t from, start, now;
	int64_t until; /* of changes of the service at hand */
	struct incident_event *events;
	size_t count, cap;
	size_t first; /* of the service at hand */
	size_t own;   /* the first events are those of the row itself */
	const char *service, *relation;
	size_t left;
};

#define PER_SERVICE 64 /* events of one service, commits apart */

static struct incident_event *add_event(struct timeline *in, enum event_kind kind, int64_t at,
					const char *what)
{
	GROW(in->events, in->count, in->cap);
	in->events[in->count] = (struct incident_event){
	    .kind = kind, .at = at, .service = in->service, .relation = in->relation, .what = what};
	return &in->events[in->count++];
}

static const char *titled(struct timeline *in, const struct signal *signal)
{
	const char *title = burn_clip(in->arena, signal->title, 200);
	const char *more = signal->severity;

	if (signal->kind == SIGNAL_UPTIME)
		more = signal->text ? signal->text : signal->value;
	if (!more || !*more)
		return title;
	return arena_printf(in->arena, "%s %s", title, burn_clip(in->arena, more, 200));
}

/* The same thing of the same service begins once: when the first of its instances did. */
static void add_signal(struct timeline *in, enum event_kind kind, const struct signal *signal)
{
	const char *what = titled(in, signal);
	struct incident_event *event;

	for (size_t i = in->first; i < in->count; i++) {
		event = &in->events[i];
		if (event->kind != kind || strcmp(event->what, what) != 0)
			continue;
		/* The row's own time is not moved by another source's. */
		if (i >= in->own && signal->since < event->at)
			event->at = signal->since;
		return;
	}
	if (in->count - in->first >= PER_SERVICE) {
		in->left++;
		return;
	}
	event = add_event(in, kind, signal->since, what);
	event->state = signal->state;
	event->author = signal->author;
	event->commit = signal->commit;
	event->url = signal->url;
}

static bool within(const struct timeline *in, int64_t at)
{
	return at >= in->from && at <= in->until;
}

static void add_ci(struct timeline *in, const struct signal *signal)
{
	struct incident_event *event = add_event(
	    in, EVENT_CI, signal->since,
	    arena_printf(in->arena, "%s red%s%s", burn_clip(in->arena, signal->title, 200),
			 signal->value ? ": " : "",
			 signal->value ? burn_clip(in->arena, signal->value, 200) : ""));

	event->state = signal->state;
	event->author = signal->author;
	event->commit = signal->commit;
	event->url = signal->url;
}

static void add_deploy(struct timeline *in, const struct signal *signal)
{
	const char *what = signal->text && *signal->text ? signal->text : signal->title;
	struct incident_event *event =
	    add_event(in, EVENT_DEPLOY, signal->since, burn_clip(in->arena, what, 200));

	event->state = signal->state;
	event->author = signal->author;
	event->commit = signal->commit;
	event->url = signal->url;
}

static void add_silence(struct timeline *in, const struct signal *signal)
{
	const char *why = signal->text && *signal->text ? signal->text : signal->title;
	struct incident_event *event =
	    add_event(in, EVENT_SILENCE, signal->since, burn_clip(in->arena, why, 200));

	event->author = signal->author;
	event->url = signal->url;
}

/* own: of the burning service itself; of others only what calls for somebody. */
static void add_observed(struct timeline *in, const struct signal *signal, bool own)
{
	bool bad = signal->state == SIGNAL_CRITICAL || signal->state == SIGNAL_WARNING;

	if (signal->flags & (SIGNAL_WATCHDOG | SIGNAL_PENDING) || !signal->since)
		return;
	if (!own && signal->flags & (SIGNAL_SILENCED | SIGNAL_INHIBITED))
		return;
	switch (signal->kind) {
	case SIGNAL_ALERT:
		if (bad || signal->state == SIGNAL_UNKNOWN)
			add_signal(in, EVENT_ALERT, signal);
		break;
	case SIGNAL_UPTIME:
		if (bad)
			add_signal(in, EVENT_UPTIME, signal);
		break;
	case SIGNAL_INCIDENT:
		if (bad)
			add_signal(in, EVENT_INCIDENT, signal);
		break;
	case SIGNAL_CI:
		if (signal->state == SIGNAL_CRITICAL && (own || within(in, signal->since)))
			add_ci(in, signal);
		break;
	case SIGNAL_DEPLOY:
		if (within(in, signal->since))
			add_deploy(in, signal);
		break;
	case SIGNAL_SILENCE:
		if (within(in, signal->since))
			add_silence(in, signal);
		break;
	default:
		break;
	}
}

static void add_commits(struct timeline *in, int32_t service,
			const struct incident_commits *commits, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (commits[i].service != service)
			continue;
		for (size_t c = 0; c < commits[i].count; c++) {
			const struct report_commit *commit = &commits[i].commits[c];
			struct incident_event *event;

			if (!within(in, commit->time))
				continue;
			event = add_event(in, EVENT_COMMIT, commit->time, commit->subject);
			event->author = commit->author;
			event->commit = commit->hash;
		}
	}
}

static void add_service(struct timeline *in, int32_t index, const char *relation,
			const struct incident_commits *commits, size_t commit_count)
{
	const struct service *service = fleet_at(in->fleet, (size_t)index);

	in->service = service->name;
	in->relation = relation;
	/* What others do after it began did not cause it. */
	in->until = relation ? in->start : in->now;
	if (relation)
		in->first = in->count;
	for (size_t i = 0; i < service->signal_count; i++)
		if (!signal_told_better(service, i))
			add_observed(in, service->signals[i].signal, !relation);
	add_commits(in, index, commits, commit_count);
}

/* What the row itself is made of; first, so that the service's signals fall together with it. */
static void add_own(struct timeline *in)
{
	const struct burn *burn = in->burn;
	bool told = burn->kind == BURN_ALERT || burn->kind == BURN_UPTIME ||
		    burn->kind == BURN_INCIDENT || burn->kind == BURN_CI;

	in->service = burn->name;
	for (size_t i = 0; told && burn->kind != BURN_CI && i < burn->signal_count; i++)
		add_observed(in, burn->signals[i].signal, true);
	if (burn->kind == BURN_CI && burn->service < 0)
		add_ci(in, burn->signals[0].signal);
	if (!told && burn->since)
		add_event(in, EVENT_BURN, burn->since, burn->what)->state = burn->state;
	in->own = in->count;
	if (burn->silence.signal && burn->silence.signal->since)
		add_silence(in, burn->silence.signal);
}

/* ---- marks ---- */

static bool same_commit(const char *a, const char *b)
{
	size_t len;

	if (!a || !b)
		return false;
	len = strlen(a) < strlen(b) ? strlen(a) : strlen(b);
	return len >= 7 && !strncmp(a, b, len);
}

static bool is_change(const struct incident_event *event)
{
	return event->kind == EVENT_COMMIT || event->kind == EVENT_DEPLOY;
}

static void suspect_commit(struct timeline *in, const char *commit)
{
	for (size_t i = 0; i < in->count; i++)
		if (is_change(&in->events[i]) && same_commit(in->events[i].commit, commit))
			in->events[i].suspect = true;
}

/* The last change before the start: of the service, else of what it needs. */
static struct incident_event *last_change(struct timeline *in)
{
	struct incident_event *found = NULL;

	for (size_t i = 0; i < in->count; i++) {
		struct incident_event *event = &in->events[i];

		if (!is_change(event) || event->at > in->start)
			continue;
		if (!found || (!event->relation && found->relation) ||
		    (!event->relation == !found->relation && event->at >= found->at))
			found = event;
	}
	return found;
}

static void mark_suspects(struct timeline *in)
{
	struct incident_event *last;

	for (size_t i = 0; i < in->count; i++) {
		struct incident_event *event = &in->events[i];

		if (event->kind == EVENT_CI && event->commit)
			suspect_commit(in, event->commit);
	}
	last = in->burn->since ? last_change(in) : NULL;
	if (!last)
		return;
	last->suspect = true;
	if (last->kind == EVENT_DEPLOY)
		suspect_commit(in, last->commit);
}

/* A deployment says what it brought where the commit is known. */
static void name_deploys(struct timeline *in)
{
	for (size_t i = 0; i < in->count; i++) {
		struct incident_event *deploy = &in->events[i];

		for (size_t c = 0; deploy->kind == EVENT_DEPLOY && c < in->count; c++) {
			const struct incident_event *commit = &in->events[c];

			if (commit->kind != EVENT_COMMIT ||
			    !same_commit(commit->commit, deploy->commit))
				continue;
			deploy->what =
			    arena_printf(in->arena, "%s \"%s\"", deploy->what, commit->what);
			if (!deploy->author)
				deploy->author = commit->author;
			break;
		}
	}
}

static bool starts(const struct burn *burn, const struct incident_event *event)
{
	static const enum event_kind kinds[BURN_KINDS] = {
	    [BURN_INCIDENT] = EVENT_INCIDENT, [BURN_ALERT] = EVENT_ALERT,
	    [BURN_UPTIME] = EVENT_UPTIME,     [BURN_CI] = EVENT_CI,
	    [BURN_SLO] = EVENT_BURN,	      [BURN_CERT] = EVENT_BURN,
	    [BURN_WATCHDOG] = EVENT_BURN,     [BURN_SOURCE] = EVENT_BURN,
	};

	return burn->since && !event->relation && event->kind == kinds[burn->kind] &&
	       event->at == burn->since;
}

static void mark_start(struct timeline *in)
{
	for (size_t i = 0; i < in->count; i++)
		if (starts(in->burn, &in->events[i])) {
			in->events[i].start = true;
			return;
		}
}

/* ---- order ---- */

static int compare_events(const void *left, const void *right)
{
	const struct incident_event *a = left, *b = right;
	int order;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	order = strcmp(a->service, b->service);
	if (!order)
		order = strcmp(a->what, b->what);
	return order ? order : strcmp(a->commit ? a->commit : "", b->commit ? b->commit : "");
}

static int64_t apart(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

/* The events nearest to the start, when there are too many. */
static void keep_nearest(struct timeline *in)
{
	size_t low = 0, high = in->count;

	while (high - low > INCIDENT_EVENTS) {
		if (apart(in->events[low].at, in->start) >=
		    apart(in->events[high - 1].at, in->start))
			low++;
		else
			high--;
	}
	in->left += in->count - (high - low);
	if (low)
		memmove(in->events, in->events + low, (high - low) * sizeof(*in->events));
	in->count = high - low;
}

static void finish(struct timeline *in, struct incident_detail *out)
{
	if (in->count > 1)
		qsort(in->events, in->count, sizeof(*in->events), compare_events);
	keep_nearest(in);
	mark_start(in);
	mark_suspects(in);
	name_deploys(in);
	out->events = arena_alloc(in->arena, (in->count + 1) * sizeof(*out->events));
	if (in->count)
		memcpy(out->events, in->events, in->count * sizeof(*out->events));
	out->event_count = in->count;
	out->events_left = in->left;
	free(in->events);
}

static void add_around(struct timeline *in, struct incident_detail *out,
		       const struct incident_commits *commits, size_t commit_count)
{
	struct neighbour *around = xcalloc(INCIDENT_AROUND, sizeof(*around));
	int32_t service = in->burn->service;
	size_t count = walk(in->fleet, service, false, around, INCIDENT_AROUND);

	out->hits = ranked_hits(in->fleet, around, count, false, in->arena);
	out->hit_count = count;
	count = walk(in->fleet, service, true, around, INCIDENT_AROUND);
	out->needs = ranked_hits(in->fleet, around, count, true, in->arena);
	out->need_count = count;
	/* A certificate ends whatever is done; a build breaks by what is built. */
	if (in->burn->kind != BURN_CERT)
		add_service(in, service, NULL, commits, commit_count);
	for (size_t i = 0; i < count && in->burn->kind != BURN_CERT && in->burn->kind != BURN_CI;
	     i++) {
		const struct service *via = fleet_at(in->fleet, (size_t)around[i].via);

		add_service(in, around[i].service,
			    arena_printf(in->arena, "%s needs it", via->name), commits,
			    commit_count);
	}
	free(around);
}

struct incident_detail *incident_detail(const struct fleet *fleet, const struct burn *burn,
					const struct incident_commits *commits, size_t commit_count,
					int64_t now, struct arena *arena)
{
	struct incident_detail *out = arena_alloc(arena, sizeof(*out));
	int64_t start = burn->since ? burn->since : now;
	struct timeline in = {.fleet = fleet,
			      .burn = burn,
			      .arena = arena,
			      .from = start - INCIDENT_BEFORE,
			      .start = start,
			      .now = now,
			      .until = now};

	out->burn = burn;
	out->from = in.from;
	add_own(&in);
	if (burn->service >= 0)
		add_around(&in, out, commits, commit_count);
	finish(&in, out);
	return out;
}
