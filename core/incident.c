#include "core/incident.h"

#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/incident_internal.h"
#include "core/mem.h"

#define CERT_DAYS 14

struct builder {
	const struct fleet *fleet;
	const struct incident_options *options;
	int64_t now;
	int64_t cert_days;
	int playbooks; /* index of that check; -1: the checklist has none */
	struct arena *arena;
	struct burn_items items;
	struct incident *out;
};

/* ---- collecting ---- */

static void take(struct builder *in, const struct observed *seen, int32_t service)
{
	struct burn_item item = {.service = service};

	if (!burn_in_environment(seen, in->options->environment) ||
	    !burn_classify(seen, in->cert_days, in->now, &item))
		return;
	if (item.kind == BURN_WATCHDOG) {
		item.service = -1;
		item.name = seen->source->name;
	} else if (service < 0) {
		item.name = burn_name(seen);
	}
	GROW(in->items.items, in->items.count, in->items.cap);
	in->items.items[in->items.count++] = item;
}

static void collect(struct builder *in)
{
	const struct observed *unmapped;
	size_t count;

	for (size_t s = 0; s < fleet_count(in->fleet); s++) {
		const struct service *service = fleet_outline(in->fleet, s);

		for (size_t i = 0; i < service->signal_count; i++)
			take(in, &service->signals[i], (int32_t)s);
	}
	unmapped = fleet_unmapped(in->fleet, &count);
	for (size_t i = 0; i < count; i++)
		take(in, &unmapped[i], -1);
}

static bool in_scope(const struct builder *in, const struct burn_item *item)
{
	const struct report_scope *scope = in->options->scope;

	if (!scope || item->kind == BURN_WATCHDOG)
		return true;
	if (item->service < 0)
		return !scope->service_count && !scope->owner_count &&
		       (!scope->tiers || scope->tiers & 1);
	return report_has_service(scope, in->fleet, fleet_at(in->fleet, (size_t)item->service));
}

/* Items of one service lie together, so each service is asked about once. */
static void keep_scope(struct builder *in)
{
	size_t kept = 0;
	int32_t last = -1;
	bool wanted = false;

	if (!in->options->scope)
		return;
	for (size_t i = 0; i < in->items.count; i++) {
		const struct burn_item *item = &in->items.items[i];

		if (item->service < 0 || item->service != last)
			wanted = in_scope(in, item);
		last = item->service;
		if (wanted)
			in->items.items[kept++] = *item;
	}
	in->items.count = kept;
}

/* ---- order ---- */

/* Critical, warning, not known, ok. */
static int state_rank(enum signal_state state)
{
	static const int ranks[] = {
	    [SIGNAL_CRITICAL] = 0, [SIGNAL_WARNING] = 1, [SIGNAL_UNKNOWN] = 2, [SIGNAL_OK] = 3};

	return ranks[state];
}

static int compare_int(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* The older the earlier, what is not known last. */
static int compare_since(int64_t a, int64_t b)
{
	return compare_int(a ? a : INT64_MAX, b ? b : INT64_MAX);
}

/* Where two items are of the same row. */
static int compare_rows(const struct burn_item *a, const struct burn_item *b)
{
	int order = compare_int(a->service, b->service);

	if (!order && a->service < 0)
		order = strcmp(a->name, b->name);
	if (!order)
		order = compare_int(a->kind, b->kind);
	if (!order)
		order = compare_int(b->production, a->production);
	if (!order)
		order = compare_int(a->quiet, b->quiet);
	return order;
}

/* Within a row: the worst first; ties are broken so that the same signals give the same row. */
static int compare_items(const void *left, const void *right)
{
	const struct burn_item *a = left, *b = right;
	const struct signal *x = a->seen.signal, *y = b->seen.signal;
	int order = compare_rows(a, b);

	if (!order)
		order = compare_int(state_rank(a->state), state_rank(b->state));
	if (!order)
		order = compare_since(x->since, y->since);
	if (!order)
		order = strcmp(x->title, y->title);
	if (!order)
		order = strcmp(x->id, y->id);
	return order ? order : strcmp(a->seen.source->name, b->seen.source->name);
}

/* A source that is not heard stands below tier 1: it is not known what burns there. */
static int tier_rank(const struct burn *burn)
{
	if (burn->kind == BURN_SOURCE || burn->kind == BURN_WATCHDOG)
		return 3;
	return burn->tier ? 2 * burn->tier : 10;
}

static int compare_burns(const void *left, const void *right)
{
	const struct burn *a = left, *b = right;
	int order = compare_int(a->quiet, b->quiet);

	if (!order)
		order = compare_int(b->production, a->production);
	if (!order)
		order = compare_int(tier_rank(a), tier_rank(b));
	if (!order)
		order = compare_int(state_rank(a->state), state_rank(b->state));
	if (!order)
		order = compare_since(a->since, b->since);
	if (!order)
		order = strcmp(a->name, b->name);
	if (!order)
		order = compare_int(a->kind, b->kind);
	return order ? order : compare_int((int64_t)(a->id >> 1), (int64_t)(b->id >> 1));
}

/* ---- rows ---- */

/*
 * A row that falls silent stays the same one, so that the cursor stays with it; only where loud and
 * quiet ones stand side by side they differ (told apart later).
 */
static uint64_t burn_id(const struct burn_item *item, const char *name, bool each)
{
	uint64_t id = hash_text(HASH_START + item->kind, name);

	id = hash_text(id, item->production ? "" : "other");
	if (each) {
		id = hash_text(hash_text(id, item->seen.signal->id), item->seen.source->name);
		id = hash_text(id, item->seen.topic->name);
	}
	id &= ~UINT64_C(1);
	return id ? id : 2;
}

static bool has_playbook(const struct builder *in, const struct service *service)
{
	if (in->playbooks >= 0 && service->findings &&
	    service->findings[in->playbooks].evidence_count)
		return true;
	for (size_t i = 0; i < service->link_count; i++)
		if (service->links[i].type && !strcmp(service->links[i].type, "playbook"))
			return true;
	return false;
}

static void say_service(const struct builder *in, struct burn *burn)
{
	const struct service *service = fleet_at(in->fleet, (size_t)burn->service);

	burn->name = service->name;
	burn->tier = service->tier;
	burn->owner = service->owner_count ? service->owners[0].value : NULL;
	burn->playbook = has_playbook(in, service);
}

static void add_burn(struct builder *in, const struct burn_item *items, size_t count)
{
	struct burn *burn = &in->out->burns[in->out->count++];
	struct observed *signals = arena_alloc(in->arena, count * sizeof(*signals));

	*burn = (struct burn){
	    .kind = items->kind,
	    .state = items->state,
	    .service = items->service,
	    .name = items->name,
	    .environment = observed_environment(&items->seen),
	    .quiet = items->quiet,
	    .production = items->production,
	    .signals = signals,
	    .signal_count = count,
	};
	for (size_t i = 0; i < count; i++) {
		const struct signal *signal = items[i].seen.signal;

		signals[i] = items[i].seen;
		if (signal->since && (!burn->since || signal->since < burn->since))
			burn->since = signal->since;
		burn->stale |= items[i].seen.topic->failing_since != 0;
	}
	if (burn->service >= 0)
		say_service(in, burn);
	if (burn->kind == BURN_WATCHDOG)
		burn->source = items->seen.source;
	burn->id = burn_id(items, burn->name, in->options->each);
	burn->what = burn_what(burn, in->now, in->arena);
}

/* The quiet row beside a loud one of the same service and kind. */
static void tell_apart(struct incident *out)
{
	for (size_t i = 1; i < out->count; i++)
		if (out->burns[i].id == out->burns[i - 1].id)
			out->burns[i].id |= 1;
}

static void group(struct builder *in)
{
	size_t start = 0;

	for (size_t i = 1; i <= in->items.count; i++) {
		const struct burn_item *items = in->items.items;

		if (i < in->items.count && !in->options->each &&
		    !compare_rows(&items[start], &items[i]))
			continue;
		add_burn(in, &items[start], i - start);
		start = i;
	}
	tell_apart(in->out);
}

/* ---- silences ---- */

static void put_silence(struct strmap *map, struct arena *arena, const struct live_source *source,
			const struct live_topic *topic, const struct signal *signal)
{
	struct observed *seen = strmap_get(map, signal->id);

	if (seen)
		return;
	seen = arena_alloc(arena, sizeof(*seen));
	*seen = (struct observed){signal, source, topic};
	strmap_put(map, signal->id, seen);
}

static void put_silences(struct strmap *map, const struct live *live, struct arena *arena)
{
	for (size_t i = 0; live && i < live_count(live); i++) {
		const struct live_source *source = live_at(live, i);

		for (size_t t = 0; t < source->topic_count; t++) {
			const struct live_topic *topic = source->topics[t];

			if (!(topic->kinds >> SIGNAL_SILENCE & 1))
				continue;
			for (size_t s = 0; s < topic->signal_count; s++)
				if (topic->signals[s].kind == SIGNAL_SILENCE)
					put_silence(map, arena, source, topic, &topic->signals[s]);
		}
	}
}

static void find_silence(struct burn *burn, const struct strmap *silences)
{
	for (size_t i = 0; i < burn->signal_count; i++) {
		const struct signal *signal = burn->signals[i].signal;

		for (size_t r = 0; signal->flags & SIGNAL_SILENCED && r < signal->ref_count; r++) {
			const struct observed *seen = strmap_get(silences, signal->refs[r]);

			if (seen && (!burn->silence.signal ||
				     seen->signal->until > burn->silence.signal->until))
				burn->silence = *seen;
		}
	}
}

static void find_silences(struct builder *in)
{
	struct strmap *silences = NULL;

	for (size_t i = 0; i < in->out->count; i++) {
		if (!in->out->burns[i].quiet)
			continue;
		if (!silences) {
			silences = strmap_new();
			put_silences(silences, fleet_live(in->fleet), in->arena);
		}
		find_silence(&in->out->burns[i], silences);
	}
	strmap_free(silences);
}

/* ---- the whole ---- */

static void count_up(struct incident *out)
{
	for (size_t i = 0; i < out->count; i++) {
		const struct burn *burn = &out->burns[i];
		bool source = burn->kind == BURN_SOURCE || burn->kind == BURN_WATCHDOG;

		if (burn->quiet)
			continue;
		out->loud++;
		out->unmapped += burn->service < 0 && !source;
		out->by_tier[burn->tier]++;
	}
}

static void sort(void *list, size_t count, size_t size, int (*compare)(const void *, const void *))
{
	if (count > 1)
		qsort(list, count, size, compare);
}

struct incident *incident_build(const struct fleet *fleet, const struct incident_options *options,
				int64_t now, struct arena *arena)
{
	static const struct incident_options all;
	const struct live *live = fleet_live(fleet);
	struct builder in = {.fleet = fleet,
			     .options = options ? options : &all,
			     .now = now,
			     .playbooks = checklist_find(fleet_checklist(fleet), "playbooks"),
			     .arena = arena,
			     .items = {.arena = arena},
			     .out = arena_alloc(arena, sizeof(*in.out))};
	size_t before;

	in.cert_days = in.options->cert_days ? in.options->cert_days : CERT_DAYS;
	collect(&in);
	burn_merge(&in.items);
	sort(in.items.items, in.items.count, sizeof(*in.items.items), compare_items);
	keep_scope(&in);
	in.out->burns = arena_alloc(arena, (in.items.count + (live ? live_count(live) : 0) + 1) *
					       sizeof(*in.out->burns));
	group(&in);
	before = in.out->count;
	in.out->count =
	    burn_sources(live, in.options->environment, now, arena, in.out->burns, in.out->count);
	for (size_t i = before; i < in.out->count; i++)
		in.out->burns[i].id =
		    hash_text(HASH_START + BURN_SOURCE, in.out->burns[i].name) | 1;
	find_silences(&in);
	sort(in.out->burns, in.out->count, sizeof(*in.out->burns), compare_burns);
	count_up(in.out);
	burn_measured(live, in.out);
	free(in.items.items);
	return in.out;
}
