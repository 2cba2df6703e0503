/* service.yml: the manifest of Services DB, with keys of our own. */

#include <string.h>
#include <strings.h>

#include "core/descriptor_read.h"
#include "core/mem.h"

#define MAX_KEYS 200 /* of a map that are looked at; aliases let a small file have many */

/* Keys with a place of their own or a known meaning; the rest are plain fields. */
static const struct key {
	const char *name;
	bool strong; /* hardly anything but a service's description has it at its top */
	bool placed; /* not shown as a field */
} keys[] = {
    {"classification", true, true},
    {"tier", true, true},
    {"owners", true, true},
    {"owner", true, true},
    {"slack_channels", true, false},
    {"audience", true, false},
    {"org_line", true, false},
    {"director", true, false},
    {"ci_url", true, false},
    {"bugs_url", true, false},
    {"oncall_url", true, false},
    {"uptime_url", true, false},
    {"security", true, false},
    {"attestations", true, true},
    {"waivers", true, true},
    {"not_applicable", true, true},
    {"depends_on", true, true},
    {"stateless", true, false},
    {"sources", true, true},
    {"lifecycle", true, true},
    {"slo", true, false},
    {"name", false, true},
    {"title", false, true},
    {"description", false, true},
    {"type", false, true},
    {"links", false, true},
    {"urls", false, true},
    {"url", false, true},
    {"aliases", false, true},
};

/* An environment block over the top of its file; block may be NULL. */
struct layers {
	const struct doc *block, *top;
};

static const struct key *key_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		if (!strcmp(keys[i].name, name))
			return &keys[i];
	}
	return NULL;
}

static const struct doc *get(const struct layers *layers, const char *key)
{
	const struct doc *value = doc_get(layers->block, key);

	return value ? value : doc_get(layers->top, key);
}

static bool has_keys(const struct doc *map, bool strong)
{
	for (size_t i = 0; map->kind == DOC_MAP && i < map->len && i < MAX_KEYS; i++) {
		const struct key *key = key_of(map->pairs[i].key.text);

		if (key && (key->strong || !strong))
			return true;
	}
	return false;
}

/* production:, gem:, staging: ... with a service's keys in it; any name with a classification. */
static bool is_block(const struct doc_pair *pair)
{
	static const char *const names[] = {"production",  "staging", "gem",	 "rubygems",
					    "development", "sandbox", "preview", "test"};

	if (key_of(pair->key.text) || pair->value.kind != DOC_MAP)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (!strcmp(pair->key.text, names[i]))
			return has_keys(&pair->value, true);
	}
	return doc_get(&pair->value, "classification") != NULL;
}

static void warn_duplicates(struct descriptor_reader *in, const struct doc *map)
{
	for (size_t i = 1; map && map->kind == DOC_MAP && i < map->len && i < MAX_KEYS; i++) {
		for (size_t j = 0; j < i; j++) {
			if (strcmp(map->pairs[i].key.text, map->pairs[j].key.text) != 0)
				continue;
			descriptor_warn(in, map->pairs[i].key.line,
					"%.60s is given twice, the last one counts",
					map->pairs[i].key.text);
			break;
		}
	}
}

/* `classification` is tierN or library, `tier` a number; the former is Services DB's. */
static void read_tier(struct descriptor_reader *in, const struct layers *layers)
{
	const struct doc *classification = get(layers, "classification");
	const struct doc *tier = get(layers, "tier");
	const char *text = doc_str(classification);

	if (text && !strcasecmp(text, "library"))
		descriptor_fact(in, classification, &in->now->type);
	else if (classification && (!text || !*text))
		descriptor_warn(in, classification->line,
				"classification is empty: write tier1 to tier4, or library");
	else if (!tier || !doc_str(tier))
		descriptor_tier(in, classification);
	if (tier && doc_str(tier))
		descriptor_tier(in, tier);
}

static void read_channels(struct descriptor_reader *in, const struct doc *channels)
{
	const struct doc *item;

	for (size_t i = 0; (item = doc_item(channels, i)) && i < DESCRIPTOR_MAX_LIST; i++) {
		if (item->kind == DOC_NULL)
			descriptor_warn(in, item->line,
					"a channel is empty: text behind # is a comment, write "
					"the channel without it");
	}
	descriptor_fields(in, "slack_channels", channels);
}

static void read_links(struct descriptor_reader *in, const struct layers *layers)
{
	static const struct {
		const char *key, *type;
	} urls[] = {{"ci_url", "ci"},
		    {"bugs_url", "issues"},
		    {"oncall_url", "oncall"},
		    {"uptime_url", "uptime"},
		    {"url", "service"}};

	descriptor_links(in, get(layers, "links"), "type", "name");
	for (size_t i = 0; i < ARRAY_LEN(urls); i++)
		descriptor_link(in, urls[i].type, NULL, get(layers, urls[i].key));
	if (doc_str(get(layers, "slo")) && strstr(doc_str(get(layers, "slo")), "://"))
		descriptor_link(in, "slo", NULL, get(layers, "slo"));
	descriptor_facts(in, get(layers, "urls"), &in->now->urls, &in->now->url_count);
	descriptor_facts(in, get(layers, "url"), &in->now->urls, &in->now->url_count);
}

/* Under which names other systems know the service: {prometheus: {job: x}, pagerduty: PABC}. */
static void read_sources(struct descriptor_reader *in, const struct doc *sources)
{
	const struct doc *labels = doc_get(sources, "prometheus");

	descriptor_fields(in, "", sources);
	for (size_t i = 0; labels && labels->kind == DOC_MAP && i < labels->len; i++)
		descriptor_facts(in, &labels->pairs[i].value, &in->now->aliases,
				 &in->now->alias_count);
}

/* What of a map has no place of its own. */
static void read_fields(struct descriptor_reader *in, const struct doc *map, const struct doc *over)
{
	for (size_t i = 0; map && map->kind == DOC_MAP && i < map->len && i < MAX_KEYS; i++) {
		const struct doc_pair *pair = &map->pairs[i];
		const struct key *key = key_of(pair->key.text);

		if ((key && key->placed) || is_block(pair) || doc_get(over, pair->key.text) ||
		    doc_get(map, pair->key.text) != &pair->value)
			continue;
		if (!strcmp(pair->key.text, "slack_channels"))
			read_channels(in, &pair->value);
		else
			descriptor_fields(in, pair->key.text, &pair->value);
	}
}

static void read_layers(struct descriptor_reader *in, const struct layers *layers)
{
	struct descriptor *now =
	    descriptor_begin(in, layers->block ? layers->block->line : layers->top->line);
	const struct doc *owners = get(layers, "owners");

	if (!now)
		return;
	descriptor_fact(in, get(layers, "name"), &now->name);
	descriptor_fact(in, get(layers, "title"), &now->title);
	descriptor_fact(in, get(layers, "description"), &now->description);
	descriptor_fact(in, get(layers, "type"), &now->type);
	descriptor_fact(in, get(layers, "lifecycle"), &now->lifecycle);
	read_tier(in, layers);
	descriptor_owners(in, owners ? owners : get(layers, "owner"));
	descriptor_facts(in, get(layers, "aliases"), &now->aliases, &now->alias_count);
	descriptor_references(in, get(layers, "depends_on"), "component", &now->depends_on,
			      &now->depends_count);
	read_links(in, layers);
	read_sources(in, get(layers, "sources"));
	read_fields(in, layers->block, NULL);
	read_fields(in, layers->top, layers->block);
	descriptor_statements(in, get(layers, "attestations"), get(layers, "waivers"),
			      get(layers, "not_applicable"));
}

/* One of several blocks: production is the service itself, the others go by their name. */
static void read_environment(struct descriptor_reader *in, const struct layers *layers,
			     const struct doc *key, bool alone)
{
	size_t before = in->out->count;
	struct descriptor *now;

	warn_duplicates(in, layers->block);
	read_layers(in, layers);
	if (in->out->count == before)
		return;
	now = in->now;
	descriptor_add_field(in, "environment", key->text, key->line);
	if (alone || !strcmp(key->text, "production") || doc_get(layers->block, "name"))
		return;
	now->name.at = (struct origin){in->path, key->line};
	now->name.value = arena_printf(in->out->arena, "%s/%.100s",
				       now->name.value ? now->name.value : "", key->text);
}

static void read_environments(struct descriptor_reader *in, const struct doc *root, size_t count)
{
	for (int production = 1; production >= 0; production--) {
		for (size_t i = 0; i < root->len && i < MAX_KEYS; i++) {
			const struct doc_pair *pair = &root->pairs[i];
			struct layers layers = {&pair->value, root};

			if (is_block(pair) && production == !strcmp(pair->key.text, "production"))
				read_environment(in, &layers, &pair->key, count == 1);
		}
	}
}

void descriptor_service(struct descriptor_reader *in, const struct doc *root, bool only)
{
	bool at_top = in->path == in->name;
	struct layers layers = {NULL, root};
	size_t blocks = 0;

	if (doc_get(root, "apiVersion") && doc_get(root, "kind"))
		return;
	for (size_t i = 0; root->kind == DOC_MAP && i < root->len && i < MAX_KEYS; i++)
		blocks += is_block(&root->pairs[i]);
	if (!blocks && !has_keys(root, !at_top)) {
		if (at_top && only)
			descriptor_warn(in, root->line, "the file says nothing about a service");
		return;
	}
	warn_duplicates(in, root);
	if (blocks)
		read_environments(in, root, blocks);
	else
		read_layers(in, &layers);
}
