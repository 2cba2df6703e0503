/* What live sources say, and whose it is. */

#include "core/fleet_live.h"

#include <stdlib.h>
#include <string.h>

#include "core/fleet_internal.h"
#include "core/fleet_live_internal.h"
#include "core/mem.h"

#define MAX_LINKS 4000000 /* signals times the services that each is about */

/* A signal and the service that it is about. */
struct signal_link {
	int32_t service; /* -1: none */
	struct observed observed;
};

struct links {
	struct signal_link *links;
	size_t count, cap;
};

void fleet_set_live(struct fleet *fleet, struct live *live)
{
	fleet->live = live;
}

const struct live *fleet_live(const struct fleet *fleet)
{
	return fleet->live;
}

const struct observed *fleet_unmapped(const struct fleet *fleet, size_t *count)
{
	*count = fleet->mapping ? fleet->mapping->unmapped_count : 0;
	return fleet->mapping ? fleet->mapping->unmapped : NULL;
}

static void free_mapping(struct fleet_mapping *mapping)
{
	if (!mapping)
		return;
	live_index_free(mapping->index);
	arena_free(mapping->arena);
	free(mapping);
}

void fleet_live_free(struct fleet *fleet)
{
	free_mapping(fleet->mapping);
	fleet->mapping = NULL;
}

/* Live state without a source is none. */
static bool has_live(const struct fleet *fleet)
{
	return fleet->live && live_count(fleet->live);
}

bool fleet_live_moved(const struct fleet *fleet)
{
	const struct fleet_mapping *mapping = fleet->mapping;

	if (!has_live(fleet) || !mapping)
		return has_live(fleet) || mapping;
	return fleet->dirty_count || mapping->live != fleet->live ||
	       mapping->live_generation != live_generation(fleet->live) ||
	       mapping->checklist != fleet->checklist_serial;
}

/* ---- order ---- */

static int state_rank(enum signal_state state)
{
	static const int ranks[] = {
	    [SIGNAL_CRITICAL] = 0, [SIGNAL_WARNING] = 1, [SIGNAL_UNKNOWN] = 2, [SIGNAL_OK] = 3};

	return ranks[state];
}

/* By kind, the worst first, then what has lasted longest; in the end by where it comes from. */
static int compare_observed(const void *a, const void *b)
{
	const struct observed *x = a, *y = b;
	const struct signal *s = x->signal, *t = y->signal;
	int order;

	if (s->kind != t->kind)
		return s->kind < t->kind ? -1 : 1;
	if (s->state != t->state)
		return state_rank(s->state) < state_rank(t->state) ? -1 : 1;
	if (s->since != t->since)
		return !t->since || (s->since && s->since < t->since) ? -1 : 1;
	order = strcmp(x->source->name, y->source->name);
	if (!order)
		order = strcmp(x->topic->name, y->topic->name);
	if (!order)
		order = strcmp(s->id, t->id);
	return order ? order : (s > t) - (s < t);
}

/* ---- mapping ---- */

struct mapper {
	struct fleet *fleet;
	struct fleet_mapping *mapping;
	struct links links;
	int32_t found[FLEET_SERVICES_A_SIGNAL];
	uint32_t *sources_seen; /* by service: the source that was last seen to speak of it, + 1 */
};

static bool counts_as_unmapped(const struct signal *signal)
{
	if (signal->kind == SIGNAL_SILENCE)
		return false;
	return signal->key_count || signal->kind == SIGNAL_ALERT ||
	       signal->kind == SIGNAL_INCIDENT || signal->kind == SIGNAL_CI ||
	       signal->kind == SIGNAL_UPTIME;
}

static void add_link(struct links *links, int32_t service, struct observed observed)
{
	if (links->count >= MAX_LINKS)
		return;
	GROW(links->links, links->count, links->cap);
	links->links[links->count++] = (struct signal_link){service, observed};
}

static void map_signal(struct mapper *m, struct fleet_source *source, uint32_t number,
		       const struct live_match *match, struct observed observed,
		       struct stranger_list *strangers)
{
	const struct signal *signal = observed.signal;
	size_t count =
	    live_index_find(m->mapping->index, match, signal, m->found, FLEET_SERVICES_A_SIGNAL);

	source->signals++;
	for (size_t i = 0; i < count; i++) {
		add_link(&m->links, m->found[i], observed);
		if (m->sources_seen[m->found[i]] != number + 1)
			source->services++;
		m->sources_seen[m->found[i]] = number + 1;
	}
	if (count || !counts_as_unmapped(signal))
		return;
	add_link(&m->links, -1, observed);
	if (signal->flags & SIGNAL_WATCHDOG)
		return;
	source->unmapped++;
	if (signal->key_count)
		stranger_list_add(strangers, m->mapping->arena, &signal->keys[0]);
}

static void map_source(struct mapper *m, size_t number)
{
	const struct live *live = m->fleet->live;
	const struct live_source *source = live_at(live, number);
	struct live_match *match = live_match_new(live_config_at(live, number));
	struct fleet_source *out = &m->mapping->sources[number];
	struct stranger_list strangers = {.known = strmap_new()};

	out->source = source;
	for (size_t t = 0; t < source->topic_count; t++) {
		const struct live_topic *topic = source->topics[t];

		for (size_t s = 0; s < topic->signal_count; s++)
			map_signal(m, out, (uint32_t)number, match,
				   (struct observed){&topic->signals[s], source, topic},
				   &strangers);
	}
	stranger_list_keep(&strangers, m->mapping->arena, out);
	live_match_free(match);
}

/* ---- what a service's findings rest on ---- */

static uint64_t fold(uint64_t digest, uint64_t more)
{
	return (digest ^ more) * UINT64_C(0x9e3779b97f4a7c15) + (digest >> 29);
}

static uint64_t fold_text(uint64_t digest, const char *text)
{
	for (; text && *text; text++)
		digest = fold(digest, (unsigned char)*text);
	return fold(digest, text != NULL);
}

static uint64_t observed_digest(uint64_t digest, const struct observed *observed)
{
	const struct live_topic *topic = observed->topic;

	digest = fold(digest, topic->digests[observed->signal - topic->signals]);
	digest = fold_text(digest, observed->source->name);
	digest = fold_text(digest, observed->source->environment);
	/* Its age is told while it fails; what fails has an age that stays. */
	return topic->failing_since ? fold_text(fold(digest, 1), topic->cause) : digest;
}

static uint64_t troubles_digest(uint64_t digest, const struct rule_trouble *troubles, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		digest = fold_text(fold(digest, troubles[i].kinds), troubles[i].text);
		if (troubles[i].source)
			digest = fold_text(digest, troubles[i].source->environment);
	}
	return digest;
}

static uint64_t node_digest(const struct fleet_node *node)
{
	uint64_t digest = 0;

	for (size_t i = 0; i < node->pub.signal_count; i++)
		digest = observed_digest(digest, &node->pub.signals[i]);
	return troubles_digest(digest, node->troubles, node->trouble_count);
}

/* Lays the links out by service and puts what is each one's in order. */
static void hand_out(struct mapper *m)
{
	struct fleet *fleet = m->fleet;
	const struct links *links = &m->links;
	struct observed *room = arena_alloc(m->mapping->arena, (links->count + 1) * sizeof(*room));
	size_t *ends = xcalloc(fleet->order_count + 2, sizeof(*ends));

	/* Place 0 is for those without a service. */
	for (size_t i = 0; i < links->count; i++)
		ends[links->links[i].service + 2]++;
	for (size_t i = 1; i < fleet->order_count + 2; i++)
		ends[i] += ends[i - 1];
	for (size_t i = 0; i < links->count; i++)
		room[ends[links->links[i].service + 1]++] = links->links[i].observed;
	m->mapping->unmapped = room;
	m->mapping->unmapped_count = ends[0];
	qsort(room, ends[0], sizeof(*room), compare_observed);
	for (size_t i = 0; i < fleet->order_count; i++) {
		struct service *service = &fleet->order[i]->pub;

		service->signals = room + ends[i];
		service->signal_count = ends[i + 1] - ends[i];
		if (service->signal_count > 1)
			qsort(room + ends[i], service->signal_count, sizeof(*room),
			      compare_observed);
	}
	free(ends);
}

/* ---- what concerns all ---- */

/* Which probes of signals some service has a signal for. */
static void find_seen(struct mapper *m)
{
	const struct checklist *checklist = m->fleet->checklist;
	bool *seen = arena_alloc(m->mapping->arena, checklist->probe_count + 1);

	for (size_t p = 0; p < checklist->probe_count; p++) {
		const struct probe *probe = &checklist->probes[p];

		for (size_t i = 0; probe->kind == PROBE_SIGNAL && !seen[p] && i < m->links.count;
		     i++)
			seen[p] = m->links.links[i].service >= 0 &&
				  probe->signals >> m->links.links[i].observed.signal->kind & 1 &&
				  rule_signal_fits(probe, &m->links.links[i].observed);
	}
	m->mapping->seen = seen;
}

static uint64_t common_digest(const struct fleet *fleet, const struct fleet_mapping *mapping)
{
	uint64_t digest = fold(1, mapping->configured);

	for (size_t i = 0; i < fleet->checklist->probe_count; i++)
		if (mapping->seen[i])
			digest = fold(digest, i);
	return troubles_digest(digest, mapping->troubles, mapping->trouble_count);
}

static void map_all(struct mapper *m)
{
	struct fleet *fleet = m->fleet;
	struct fleet_mapping *mapping = m->mapping;

	m->sources_seen = xcalloc(fleet->order_count + 1, sizeof(*m->sources_seen));
	mapping->source_count = live_count(fleet->live);
	mapping->sources =
	    arena_alloc(mapping->arena, (mapping->source_count + 1) * sizeof(*mapping->sources));
	for (size_t i = 0; i < mapping->source_count; i++)
		map_source(m, i);
	live_troubles(fleet, mapping);
	find_seen(m);
	hand_out(m);
	free(m->links.links);
	free(m->sources_seen);
}

static void forget_signals(struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->order_count; i++) {
		struct fleet_node *node = fleet->order[i];

		node->pub.signals = NULL;
		node->pub.signal_count = 0;
		node->troubles = NULL;
		node->trouble_count = 0;
		node->live_digest = 0;
	}
}

/* The services are found by the same names as before unless some checkout changed. */
static struct fleet_mapping *make_mapping(struct fleet *fleet, struct fleet_mapping *before)
{
	struct fleet_mapping *mapping = xcalloc(1, sizeof(*mapping));

	mapping->arena = arena_new();
	mapping->live = fleet->live;
	mapping->live_generation = live_generation(fleet->live);
	mapping->checklist = fleet->checklist_serial;
	if (before && !fleet->dirty_count) {
		mapping->index = before->index;
		before->index = NULL;
	} else {
		mapping->index = live_index_new(fleet);
	}
	return mapping;
}

bool fleet_live_map(struct fleet *fleet)
{
	struct fleet_mapping *before = fleet->mapping;
	struct mapper *m;
	bool all;

	fleet->mapping = NULL;
	if (!has_live(fleet)) {
		forget_signals(fleet);
		free_mapping(before);
		return true;
	}
	m = xcalloc(1, sizeof(*m));
	m->fleet = fleet;
	m->mapping = fleet->mapping = make_mapping(fleet, before);
	map_all(m);
	free(m);
	fleet->mapping->digest = common_digest(fleet, fleet->mapping);
	all = !before || before->digest != fleet->mapping->digest;
	for (size_t i = 0; i < fleet->order_count; i++) {
		struct fleet_node *node = fleet->order[i];
		uint64_t digest = node_digest(node);

		if (digest != node->live_digest) {
			fleet_make_due(fleet, node);
			node->heard = true;
		}
		node->live_digest = digest;
	}
	free_mapping(before);
	live_hold(fleet->live);
	return all;
}

const struct rule_live *fleet_live_facts(const struct fleet *fleet, const struct fleet_node *node,
					 struct rule_live *room)
{
	const struct fleet_mapping *mapping = fleet->mapping;

	if (!mapping)
		return NULL;
	*room = (struct rule_live){
	    .configured = mapping->configured,
	    .seen = mapping->seen,
	    .troubles = mapping->troubles,
	    .trouble_count = mapping->trouble_count,
	    .own = node->troubles,
	    .own_count = node->trouble_count,
	    .signals = node->pub.signals,
	    .signal_count = node->pub.signal_count,
	};
	return room;
}
