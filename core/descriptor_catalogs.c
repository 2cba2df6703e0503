/* OpsLevel's opslevel.yml, Cortex' cortex.yaml and Compass' compass.yml. */

#include <string.h>
#include <strings.h>

#include "core/descriptor_read.h"
#include "core/mem.h"

/* OpsLevel's file is filled in by programs that write "None" for nothing. */
static const struct doc *said(const struct doc *map, const char *key)
{
	const struct doc *value = doc_get(map, key);
	const char *text = doc_str(value);

	return text && !strcasecmp(text, "none") ? NULL : value;
}

static void opslevel_lists(struct descriptor_reader *in, const struct doc *service)
{
	const struct doc *list = doc_get(service, "alert_sources"), *item;
	struct descriptor *now = in->now;

	for (size_t i = 0; (item = doc_item(list, i)) && i < DESCRIPTOR_MAX_LIST; i++) {
		const char *type = doc_str(doc_get(item, "type"));

		if (type)
			descriptor_fields(in, type, doc_get(item, "external_id"));
	}
	list = doc_get(service, "dependencies");
	for (size_t i = 0; (item = doc_item(list, i)) && i < DESCRIPTOR_MAX_LIST; i++)
		descriptor_facts(in, item->kind == DOC_MAP ? doc_get(item, "alias") : item,
				 &now->depends_on, &now->depends_count);
	list = doc_get(service, "tags");
	for (size_t i = 0; (item = doc_item(list, i)) && i < DESCRIPTOR_MAX_LIST; i++) {
		const char *key = doc_str(doc_get(item, "key"));

		if (key)
			descriptor_fields(in, arena_printf(in->out->arena, "tags.%.100s", key),
					  doc_get(item, "value"));
	}
	list = doc_get(service, "repositories");
	for (size_t i = 0; (item = doc_item(list, i)) && i < DESCRIPTOR_MAX_LIST; i++)
		descriptor_fields(in, "repository", doc_get(item, "name"));
}

/* https://docs.opslevel.com/docs/opslevel-yml */
void descriptor_opslevel(struct descriptor_reader *in, const struct doc *root)
{
	static const char *const fields[] = {"product", "system", "language", "framework"};
	const struct doc *service = doc_get(root, "service");
	struct descriptor *now;

	if (!service)
		service = doc_get(root, "component");
	if (!service) /* owner and tier of all that the repository holds */
		service = doc_get(root, "repository");
	if (!service || service->kind != DOC_MAP) {
		descriptor_warn(in, root->line, "has no service, component or repository");
		return;
	}
	if (!(now = descriptor_begin(in, service->line)))
		return;
	descriptor_fact(in, said(service, "name"), &now->name);
	descriptor_fact(in, said(service, "description"), &now->description);
	descriptor_fact(in, said(service, "type"), &now->type);
	descriptor_fact(in, said(service, "lifecycle"), &now->lifecycle);
	descriptor_tier(in, said(service, "tier"));
	descriptor_owners(in, said(service, "owner"));
	descriptor_facts(in, doc_get(service, "aliases"), &now->aliases, &now->alias_count);
	descriptor_links(in, doc_get(service, "tools"), "category", "name");
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		descriptor_fields(in, fields[i], said(service, fields[i]));
	descriptor_fields(in, "properties", doc_get(service, "properties"));
	opslevel_lists(in, service);
}

static void cortex_owners(struct descriptor_reader *in, const struct doc *owners)
{
	const struct doc *item;

	for (size_t i = 0; (item = doc_item(owners, i)) && i < DESCRIPTOR_MAX_LIST; i++) {
		const char *type = doc_str(doc_get(item, "type"));
		const struct doc *email = doc_get(item, "email");

		if (type && !strcasecmp(type, "slack"))
			descriptor_fields(in, "slack_channels", doc_get(item, "channel"));
		else
			descriptor_owners(in, email ? email : doc_get(item, "name"));
	}
}

/* A group that is called after a tier is one: tier-4. */
static void cortex_groups(struct descriptor_reader *in, const struct doc *groups)
{
	const struct doc *item;

	for (size_t i = 0; (item = doc_item(groups, i)) && i < DESCRIPTOR_MAX_LIST; i++) {
		const char *text = doc_str(item);

		if (text && !in->now->tier && !strncasecmp(text, "tier", 4) && tier_normalise(text))
			descriptor_tier(in, item);
	}
	descriptor_fields(in, "groups", groups);
}

static void cortex_tier(struct descriptor_reader *in, const struct doc *metadata)
{
	static const char *const names[] = {"tier", "service-tier", "service_tier", "serviceTier"};

	for (size_t i = 0; !in->now->tier && i < ARRAY_LEN(names); i++) {
		const struct doc *value = doc_get(metadata, names[i]);

		descriptor_tier(in,
				value && value->kind == DOC_MAP ? doc_get(value, "value") : value);
	}
}

/* A list of {tag: x}, or lists of them by how they were found. */
static void cortex_dependencies(struct descriptor_reader *in, const struct doc *value)
{
	struct descriptor *now = in->now;
	const struct doc *item;

	for (size_t i = 0; (item = doc_item(value, i)) && i < DESCRIPTOR_MAX_LIST; i++)
		descriptor_facts(in, doc_get(item, "tag"), &now->depends_on, &now->depends_count);
	for (size_t i = 0; value && value->kind == DOC_MAP && i < value->len; i++) {
		for (size_t j = 0;
		     (item = doc_item(&value->pairs[i].value, j)) && j < DESCRIPTOR_MAX_LIST; j++)
			descriptor_facts(in, doc_get(item, "tag"), &now->depends_on,
					 &now->depends_count);
	}
}

static bool has_cortex_keys(const struct doc *info)
{
	for (size_t i = 0; info && info->kind == DOC_MAP && i < info->len; i++) {
		if (!strncmp(info->pairs[i].key.text, "x-cortex-", strlen("x-cortex-")))
			return true;
	}
	return false;
}

/* Other products have a cortex.yaml too: this one is OpenAPI with x-cortex-* keys. */
void descriptor_cortex(struct descriptor_reader *in, const struct doc *root)
{
	static const char *const links[] = {"x-cortex-link", "x-cortex-links"};
	const struct doc *info = doc_get(root, "info");
	const char *type = doc_str(doc_get(info, "x-cortex-type"));
	struct descriptor *now;

	if (!has_cortex_keys(info) ||
	    (type && (!strcasecmp(type, "team") || !strcasecmp(type, "domain"))) ||
	    !(now = descriptor_begin(in, info->line)))
		return;
	descriptor_fact(in, doc_get(info, "x-cortex-tag"), &now->name);
	descriptor_fact(in, doc_get(info, "title"), &now->title);
	descriptor_fact(in, doc_get(info, "description"), &now->description);
	descriptor_fact(in, doc_get(info, "x-cortex-type"), &now->type);
	cortex_owners(in, doc_get(info, "x-cortex-owners"));
	cortex_tier(in, doc_get(info, "x-cortex-custom-metadata"));
	cortex_groups(in, doc_get(info, "x-cortex-groups"));
	cortex_groups(in, doc_get(info, "x-cortex-service-groups"));
	for (size_t i = 0; i < ARRAY_LEN(links); i++)
		descriptor_links(in, doc_get(info, links[i]), "type", "name");
	cortex_dependencies(in, doc_get(info, "x-cortex-dependency"));
	descriptor_fields(in, "repository", doc_path(info, "x-cortex-git.github.repository"));
	descriptor_fields(in, "pagerduty", doc_path(info, "x-cortex-oncall.pagerduty.id"));
	descriptor_fields(in, "opsgenie", doc_path(info, "x-cortex-oncall.opsgenie.id"));
	descriptor_fields(in, "metadata", doc_get(info, "x-cortex-custom-metadata"));
}

/* An owner is a team's ARI: what follows "::" names it as well as it can be here. */
static void compass_owner(struct descriptor_reader *in, const struct doc *owner)
{
	const char *text = doc_str(owner), *tail = text ? strstr(text, "::") : NULL;

	descriptor_add_fact(in, tail ? tail + 2 : text, owner ? owner->line : 0, &in->now->owners,
			    &in->now->owner_count);
}

/* https://developer.atlassian.com/cloud/compass/config-as-code/structure-and-contents */
void descriptor_compass(struct descriptor_reader *in, const struct doc *root)
{
	const struct doc *custom = doc_get(root, "customFields"), *item;
	struct descriptor *now;

	if (!doc_get(root, "configVersion") && !doc_get(root, "typeId"))
		return; /* another product's file */
	if (!(now = descriptor_begin(in, root->line)))
		return;
	descriptor_fact(in, doc_get(root, "name"), &now->name);
	descriptor_fact(in, doc_get(root, "description"), &now->description);
	if (descriptor_fact(in, doc_get(root, "typeId"), &now->type)) {
		char *folded = arena_strdup(in->out->arena, now->type.value);

		for (char *c = folded; *c; c++)
			*c = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
		now->type.value = folded;
	}
	descriptor_fact(in, doc_path(root, "fields.lifecycle"), &now->lifecycle);
	descriptor_tier(in, doc_path(root, "fields.tier"));
	compass_owner(in, doc_get(root, "ownerId"));
	/* relations name components by this id */
	descriptor_facts(in, doc_get(root, "id"), &now->aliases, &now->alias_count);
	descriptor_facts(in, doc_path(root, "relationships.DEPENDS_ON"), &now->depends_on,
			 &now->depends_count);
	descriptor_links(in, doc_get(root, "links"), "type", "name");
	descriptor_fields(in, "labels", doc_get(root, "labels"));
	for (size_t i = 0; (item = doc_item(custom, i)) && i < DESCRIPTOR_MAX_LIST; i++) {
		if (doc_str(doc_get(item, "name")))
			descriptor_fields(in, doc_str(doc_get(item, "name")),
					  doc_get(item, "value"));
	}
}
