#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/fleet_internal.h"
#include "core/mem.h"

struct found {
	uint32_t probe;
	bool elsewhere; /* not in the service's own checkout */
	struct rule_hit hit;
};

struct lacking {
	uint32_t probe;
	struct rule_miss miss;
};

/* Everything about one service that rules ask for. */
struct gathered {
	struct found *found;
	size_t found_count, found_cap;
	struct lacking *lacking;
	size_t lacking_count, lacking_cap;
	struct rule_hit *hits;
	size_t hits_cap;
	struct rule_miss *misses;
	size_t misses_cap;
	struct rule_probe *probes;
	size_t probes_cap;
	struct rule_owner *owners;
	size_t owner_count, owner_cap;
	struct named_fact *fields;
	size_t field_count, field_cap;
	struct statement *statements; /* attestations, waivers, not_applicable */
	size_t statement_count, statement_cap;
};

struct gathered *fleet_gathered_new(void)
{
	return xcalloc(1, sizeof(struct gathered));
}

void fleet_gathered_free(struct gathered *g)
{
	free(g->found);
	free(g->lacking);
	free(g->hits);
	free(g->misses);
	free(g->probes);
	free(g->owners);
	free(g->fields);
	free(g->statements);
	free(g);
}

static void add_found(struct gathered *g, const struct fleet_node *node,
		      const struct checkout *where, const struct hit *hit)
{
	GROW(g->found, g->found_count, g->found_cap);
	g->found[g->found_count++] =
	    (struct found){hit->probe, where != node->home->checkout, {where, hit}};
}

/* Whether a place outside the service's own folder, at the checkout's root, speaks of it too. */
static bool root_counts(const struct fleet *fleet, const struct fleet_node *node, uint32_t probe)
{
	switch (fleet->checklist->probes[probe].scope) {
	case SCOPE_REPOSITORY:
		return true;
	case SCOPE_FLEET:
		return node->home->node_count == 1;
	default:
		return false;
	}
}

static void gather_folder(struct fleet *fleet, struct gathered *g, const struct fleet_node *node,
			  uint32_t folder)
{
	const struct fleet_checkout *home = node->home;
	const struct checkout *co = home->checkout;
	bool own = folder == node->folder;

	for (uint32_t i = home->hits.starts[folder]; i < home->hits.starts[folder + 1]; i++) {
		const struct hit *hit = &co->hits[bucket_item(&home->hits, i)];

		if (hit->probe < fleet->checklist->probe_count &&
		    (own || root_counts(fleet, node, hit->probe)))
			add_found(g, node, co, hit);
	}
	for (uint32_t i = home->misses.starts[folder]; i < home->misses.starts[folder + 1]; i++) {
		const struct miss *miss = &co->misses[bucket_item(&home->misses, i)];

		if (miss->probe >= fleet->checklist->probe_count ||
		    !(own || root_counts(fleet, node, miss->probe)))
			continue;
		GROW(g->lacking, g->lacking_count, g->lacking_cap);
		g->lacking[g->lacking_count++] = (struct lacking){miss->probe, {co, miss}};
	}
}

static bool called(const struct fleet *fleet, const struct fleet_checkout *home, const char *name)
{
	const struct name_entry *entry = fleet_name(fleet, name);

	for (size_t i = 0; entry && i < entry->services.count && i < FLEET_MAX_NAMESAKES; i++) {
		const struct fleet_node *node = fleet_ref_node(fleet, &entry->services.refs[i]);

		if (node && node->home == home && node->descriptor_count)
			return true;
	}
	return false;
}

/* A place that names a service described in the same checkout speaks of that one alone. */
static bool names_own(const struct fleet *fleet, const struct fleet_checkout *home,
		      const struct hit *hit)
{
	for (size_t i = 0; i < hit->name_count && i < FLEET_MAX_NAMESAKES; i++)
		if (called(fleet, home, hit->names[i]))
			return true;
	return false;
}

/* In the same checkout: what gather_folder() did not take yet. */
static bool counts_here(const struct fleet_node *node, const struct hit *hit)
{
	uint32_t folder = fleet_folder_of(node->home, hit->at.path);

	return node->home->node_count > 1 && folder != node->folder;
}

/*
 * Names that say what a part does and not which one it is. In another checkout
 * "frontend" may be anybody's, so a service of such a name gets no evidence from
 * there, rather than somebody else's.
 */
static bool is_role(const char *name)
{
	static const char *const roles[] = {
	    "admin",  "api",	"app",	 "auth",     "backend",	  "cache", "client",
	    "cron",   "db",	"front", "frontend", "gateway",	  "jobs",  "proxy",
	    "queue",  "redis",	"ui",	 "server",   "scheduler", "site",  "web",
	    "webapp", "worker", "www",	 "website",  "workers",
	};

	for (size_t i = 0; i < ARRAY_LEN(roles); i++)
		if (strcasecmp(roles[i], name) == 0)
			return true;
	return false;
}

static void gather_named(struct fleet *fleet, struct gathered *g, const struct fleet_node *node,
			 const char *key)
{
	const struct name_entry *entry = fleet_name(fleet, key);
	bool role = is_role(key);
	size_t taken = 0;

	for (size_t i = 0; entry && i < entry->hits.count && taken < FLEET_MAX_NAMED_HITS; i++) {
		const struct name_ref *ref = &entry->hits.refs[i];
		const struct fleet_checkout *there = fleet->checkouts[ref->slot];
		const struct hit *hit;

		if (!fleet_ref_live(fleet, ref) || there->checklist != fleet->checklist_serial ||
		    (role && there != node->home))
			continue;
		hit = &there->checkout->hits[ref->item];
		if (hit->probe >= fleet->checklist->probe_count ||
		    fleet->checklist->probes[hit->probe].scope != SCOPE_FLEET)
			continue;
		taken++;
		if (there == node->home ? counts_here(node, hit) : !names_own(fleet, there, hit))
			add_found(g, node, there->checkout, hit);
	}
}

static int compare_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

/* By probe; the service's own checkout first, then by path. */
static int compare_found(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	int order;

	if (x->probe != y->probe)
		return x->probe < y->probe ? -1 : 1;
	if (x->elsewhere != y->elsewhere)
		return x->elsewhere ? 1 : -1;
	order = x->elsewhere ? strcmp(x->hit.checkout->path, y->hit.checkout->path) : 0;
	if (!order)
		order = compare_text(x->hit.hit->at.path, y->hit.hit->at.path);
	if (!order && x->hit.hit->at.line != y->hit.hit->at.line)
		order = x->hit.hit->at.line < y->hit.hit->at.line ? -1 : 1;
	if (!order)
		order = (x->hit.hit > y->hit.hit) - (x->hit.hit < y->hit.hit);
	return order;
}

static int compare_lacking(const void *a, const void *b)
{
	const struct lacking *x = a, *y = b;

	if (x->probe != y->probe)
		return x->probe < y->probe ? -1 : 1;
	return (x->miss.miss > y->miss.miss) - (x->miss.miss < y->miss.miss);
}

static void *room_for(void *array, size_t *cap, size_t count, size_t size)
{
	if (count <= *cap)
		return array;
	*cap = mem_grown(*cap, count);
	return xreallocarray(array, *cap, size);
}

/* Lays the sorted hits and misses out by probe, each hit once. */
static void lay_out(struct gathered *g, size_t probe_count)
{
	size_t hits = 0, misses = 0, f = 0, l = 0;

	g->hits = room_for(g->hits, &g->hits_cap, g->found_count, sizeof(*g->hits));
	g->misses = room_for(g->misses, &g->misses_cap, g->lacking_count, sizeof(*g->misses));
	g->probes = room_for(g->probes, &g->probes_cap, probe_count, sizeof(*g->probes));
	for (size_t p = 0; p < probe_count; p++) {
		struct rule_probe *probe = &g->probes[p];

		*probe = (struct rule_probe){g->hits + hits, 0, g->misses + misses, 0};
		for (; f < g->found_count && g->found[f].probe == p; f++)
			if (!f || g->found[f - 1].hit.hit != g->found[f].hit.hit) {
				g->hits[hits++] = g->found[f].hit;
				probe->hit_count++;
			}
		for (; l < g->lacking_count && g->lacking[l].probe == p; l++) {
			g->misses[misses++] = g->lacking[l].miss;
			probe->miss_count++;
		}
	}
}

static void gather_probes(struct fleet *fleet, struct gathered *g, const struct fleet_node *node)
{
	g->found_count = g->lacking_count = 0;
	gather_folder(fleet, g, node, node->folder);
	if (node->folder)
		gather_folder(fleet, g, node, 0);
	for (size_t k = 0; k < node->key_count; k++)
		gather_named(fleet, g, node, node->keys[k]);
	if (g->found_count)
		qsort(g->found, g->found_count, sizeof(*g->found), compare_found);
	if (g->lacking_count)
		qsort(g->lacking, g->lacking_count, sizeof(*g->lacking), compare_lacking);
	lay_out(g, fleet->checklist->probe_count);
}

/* Catalogs name groups unless they say otherwise; our own files and CODEOWNERS name people. */
static bool is_team(const char *format, const char *name)
{
	bool people = !format || !strcmp(format, "service.yml") || !strcmp(format, "CODEOWNERS");

	if (!strncmp(name, "user:", 5))
		return false;
	return strchr(name, '/') || (!people && !strchr(name, '@'));
}

static void add_owner(struct gathered *g, const char *format, const char *name, struct origin at)
{
	GROW(g->owners, g->owner_count, g->owner_cap);
	g->owners[g->owner_count++] = (struct rule_owner){name, is_team(format, name), at};
}

static void gather_owners(struct gathered *g, const struct fleet_node *node)
{
	const struct service *service = &node->pub;
	const struct code_owners *file = node->file_owners;

	g->owner_count = 0;
	for (size_t i = 0; i < service->owner_count; i++)
		add_owner(g, service->owners[i].format, service->owners[i].value,
			  service->owners[i].at);
	for (size_t i = 0; file && i < file->owner_count; i++)
		add_owner(g, "CODEOWNERS", file->owners[i].value, file->owners[i].at);
}

static bool has_field(const struct gathered *g, const char *name)
{
	for (size_t i = 0; i < g->field_count; i++)
		if (!strcmp(g->fields[i].name, name))
			return true;
	return false;
}

#define MAX_FIELDS 256

/* Each field once, as the most trusted descriptor that has it says. */
static void gather_fields(struct gathered *g, const struct fleet_node *node)
{
	g->field_count = 0;
	for (size_t i = 0; i < node->descriptor_count; i++) {
		const struct descriptor *d = node->descriptors[i];

		for (size_t f = 0; f < d->field_count && g->field_count < MAX_FIELDS; f++) {
			if (i && has_field(g, d->fields[f].name))
				continue;
			GROW(g->fields, g->field_count, g->field_cap);
			g->fields[g->field_count++] = d->fields[f];
		}
	}
}

static void add_statements(struct gathered *g, const struct statement *statements, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		GROW(g->statements, g->statement_count, g->statement_cap);
		g->statements[g->statement_count++] = statements[i];
	}
}

static void gather_statements(struct gathered *g, const struct fleet_node *node,
			      struct rule_facts *facts)
{
	size_t waivers, excuses;

	g->statement_count = 0;
	for (size_t i = 0; i < node->descriptor_count; i++)
		add_statements(g, node->descriptors[i]->attestations,
			       node->descriptors[i]->attestation_count);
	waivers = g->statement_count;
	for (size_t i = 0; i < node->descriptor_count; i++)
		add_statements(g, node->descriptors[i]->waivers,
			       node->descriptors[i]->waiver_count);
	excuses = g->statement_count;
	for (size_t i = 0; i < node->descriptor_count; i++)
		add_statements(g, node->descriptors[i]->not_applicable,
			       node->descriptors[i]->not_applicable_count);
	if (!g->statement_count)
		return;
	facts->attestations = g->statements;
	facts->attestation_count = waivers;
	facts->waivers = g->statements + waivers;
	facts->waiver_count = excuses - waivers;
	facts->not_applicable = g->statements + excuses;
	facts->not_applicable_count = g->statement_count - excuses;
}

static struct rule_facts gather(struct fleet *fleet, const struct fleet_node *node)
{
	const struct service *service = &node->pub;
	struct gathered *g = fleet->gathered;
	struct rule_facts facts;

	gather_probes(fleet, g, node);
	gather_owners(g, node);
	gather_fields(g, node);
	facts = (struct rule_facts){
	    .checkout = service->checkout,
	    .probes = g->probes,
	    .owners = g->owners,
	    .owner_count = g->owner_count,
	    .fields = g->fields,
	    .field_count = g->field_count,
	    .links = service->links,
	    .link_count = service->link_count,
	    .type = service->type.value,
	    .lifecycle = service->lifecycle.value,
	    .languages = service->languages,
	    .language_count = service->language_count,
	    .tier = service->tier,
	    .history = service->history,
	};
	gather_statements(g, node, &facts);
	return facts;
}

static bool met(enum status status)
{
	return status == STATUS_PASS || status == STATUS_WAIVED || status == STATUS_NA;
}

/* The most important tier that the service holds, with every one below it. */
static int tier_held(const struct checklist *checklist, const struct finding *findings,
		     bool unknown_passes)
{
	bool held[5] = {true, true, true, true, true};
	int tier = 5;

	for (size_t i = 0; i < checklist->check_count; i++)
		if (!met(findings[i].status) &&
		    !(unknown_passes && findings[i].status == STATUS_UNKNOWN))
			held[checklist->checks[i].tier] = false;
	while (tier > 1 && held[tier - 1])
		tier--;
	return tier == 5 ? 0 : tier;
}

static void count_findings(const struct checklist *checklist, struct service *service)
{
	service->measured = service->gaps = 0;
	memset(service->counts, 0, sizeof(service->counts));
	for (size_t i = 0; i < checklist->check_count; i++) {
		const struct finding *finding = &service->findings[i];

		service->measured += finding->status != STATUS_UNKNOWN;
		if (finding->required)
			service->counts[finding->status]++;
	}
	service->gaps = service->counts[STATUS_GAP];
	service->reached = tier_held(checklist, service->findings, false);
	service->reached_unknown = tier_held(checklist, service->findings, true);
}

static void not_scanned_yet(struct finding *finding, size_t check)
{
	*finding = (struct finding){
	    .check = (uint16_t)check,
	    .status = STATUS_UNKNOWN,
	    .code = UNKNOWN_FAILED,
	    .reason = "not scanned with this checklist yet",
	};
}

/* Answers every check into findings; what they say lies in scratch. */
static void answer(struct fleet *fleet, struct fleet_node *node, int64_t now, struct arena *scratch,
		   struct finding *findings)
{
	const struct checklist *checklist = fleet->checklist;
	bool current = node->home->checklist == fleet->checklist_serial;
	struct rule_facts facts = gather(fleet, node);
	struct rule_live live;
	int tier = node->pub.tier ? node->pub.tier : 4;

	facts.live = fleet_live_facts(fleet, node, &live);
	node->turns = 0;
	facts.turns = &node->turns;
	if (current)
		facts.deployed = rule_deployed(checklist, &facts, now);
	for (size_t i = 0; i < checklist->check_count; i++) {
		if (current)
			rule_evaluate(checklist, i, &facts, now, scratch, &findings[i]);
		else
			not_scanned_yet(&findings[i], i);
		findings[i].check = (uint16_t)i;
		findings[i].required = checklist->checks[i].tier >= tier;
		fleet_ask_past(fleet, node, now, scratch, &findings[i]);
	}
}

void fleet_evaluate(struct fleet *fleet, struct fleet_node *node, int64_t now)
{
	size_t count = fleet->checklist->check_count;
	struct arena *scratch = arena_new_sized(fleet->scratch_size + fleet->scratch_size / 4);
	struct finding *findings = arena_alloc(scratch, count * sizeof(*findings));
	struct finding *before = node->answers;

	node->turned = node->turns && node->turns <= now;
	answer(fleet, node, now, scratch, findings);
	fleet->turns = fleet_earlier(fleet->turns, node->turns);
	node->answers = fleet_keep_findings(fleet->reasons, scratch, findings, count);
	node->pub.findings = node->answers;
	/* A mean that follows slowly: the next service will need about as much. */
	fleet->scratch_size = (fleet->scratch_size * 7 + arena_used(scratch)) / 8;
	arena_free(scratch);
	fleet_record_note(fleet, node, before, now);
	free(before);
	count_findings(fleet->checklist, &node->pub);
	node->dirty = node->heard = node->turned = false;
}
