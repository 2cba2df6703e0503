/*
 * Datadog's service definitions (v2, v2.1, v2.2) and entity definitions (v3).
 * https://github.com/DataDog/schema/tree/main/service-catalog
 */

#include <string.h>
#include <strings.h>

#include "core/descriptor_read.h"
#include "core/mem.h"

/* Contacts by their type: contacts.slack, contacts.email. */
static void read_contacts(struct descriptor_reader *in, const struct doc *list)
{
	const struct doc *item;

	for (size_t i = 0; (item = doc_item(list, i)) && i < DESCRIPTOR_MAX_LIST; i++) {
		const char *type = doc_str(doc_get(item, "type"));

		descriptor_fields(
		    in, arena_printf(in->out->arena, "contacts.%.60s", type ? type : "other"),
		    doc_get(item, "contact"));
		if (type && !strcasecmp(type, "slack") && doc_str(doc_get(item, "contact")) &&
		    strstr(doc_str(doc_get(item, "contact")), "://"))
			descriptor_link(in, "slack", NULL, doc_get(item, "contact"));
	}
}

/* A service's page at the paging system: a string in v2, a map since v2.1; both are links. */
static void read_oncall(struct descriptor_reader *in, const char *name, const struct doc *value)
{
	static const char *const keys[] = {"service-url", "serviceURL", "teamURL"};

	for (size_t i = 0; value && value->kind == DOC_MAP && i < ARRAY_LEN(keys); i++) {
		if (doc_get(value, keys[i]))
			value = doc_get(value, keys[i]);
	}
	descriptor_link(in, "oncall", name, value);
	if (doc_str(value))
		descriptor_fields(in, name, value);
}

static void read_definition(struct descriptor_reader *in, const struct doc *root)
{
	struct descriptor *now = descriptor_begin(in, root->line);
	const struct doc *team = doc_get(root, "team");

	if (!now)
		return;
	descriptor_fact(in, doc_get(root, "dd-service"), &now->name);
	descriptor_fact(in, doc_get(root, "description"), &now->description);
	descriptor_fact(in, doc_get(root, "type"), &now->type);
	descriptor_fact(in, doc_get(root, "lifecycle"), &now->lifecycle);
	descriptor_tier(in, doc_get(root, "tier"));
	descriptor_owners(in, team ? team : doc_get(root, "dd-team"));
	read_contacts(in, doc_get(root, "contacts"));
	descriptor_links(in, doc_get(root, "links"), "type", "name");
	descriptor_links(in, doc_get(root, "docs"), "docs", "name");
	descriptor_links(in, doc_get(root, "repos"), "repo", "name");
	read_oncall(in, "pagerduty", doc_path(root, "integrations.pagerduty"));
	read_oncall(in, "opsgenie", doc_path(root, "integrations.opsgenie"));
	descriptor_fields(in, "tags", doc_get(root, "tags"));
	descriptor_fields(in, "application", doc_get(root, "application"));
	descriptor_fields(in, "languages", doc_get(root, "languages"));
	descriptor_fields(in, "ci-pipeline-fingerprints",
			  doc_get(root, "ci-pipeline-fingerprints"));
}

static void read_entity(struct descriptor_reader *in, const struct doc *root)
{
	const struct doc *metadata = doc_get(root, "metadata"), *spec = doc_get(root, "spec");
	const struct doc *integrations = doc_get(root, "integrations");
	struct descriptor *now = descriptor_begin(in, root->line);

	if (!now)
		return;
	descriptor_fact(in, doc_get(metadata, "name"), &now->name);
	descriptor_fact(in, doc_get(metadata, "displayName"), &now->title);
	descriptor_fact(in, doc_get(metadata, "description"), &now->description);
	descriptor_fact(in, doc_get(spec, "type"), &now->type);
	descriptor_fact(in, doc_get(spec, "lifecycle"), &now->lifecycle);
	descriptor_tier(in, doc_get(spec, "tier"));
	descriptor_owners(in, doc_get(metadata, "owner"));
	descriptor_owners(in, doc_get(metadata, "additionalOwners"));
	read_contacts(in, doc_get(metadata, "contacts"));
	descriptor_links(in, doc_get(metadata, "links"), "type", "name");
	descriptor_references(in, doc_get(spec, "dependsOn"), "service", &now->depends_on,
			      &now->depends_count);
	descriptor_references(in, doc_get(spec, "dependencyOf"), "service", &now->dependency_of,
			      &now->dependency_of_count);
	read_oncall(in, "pagerduty", doc_get(integrations, "pagerduty"));
	read_oncall(in, "opsgenie", doc_get(integrations, "opsgenie"));
	read_oncall(in, "jira", doc_get(integrations, "jiraServiceManagementOps"));
	descriptor_fields(in, "sentry", doc_path(integrations, "sentry.projectSlugs"));
	descriptor_fields(in, "tags", doc_get(metadata, "tags"));
	descriptor_fields(in, "componentOf", doc_get(spec, "componentOf"));
	descriptor_fields(in, "languages", doc_get(spec, "languages"));
	descriptor_fields(in, "ci-pipeline-fingerprints",
			  doc_path(root, "datadog.pipelines.fingerprints"));
}

void descriptor_datadog(struct descriptor_reader *in, const struct doc *root)
{
	const char *version = doc_str(doc_get(root, "apiVersion"));
	const char *kind = doc_str(doc_get(root, "kind"));

	if (doc_get(root, "dd-service"))
		read_definition(in, root);
	else if (version && *version == 'v' && kind && !strcasecmp(kind, "service"))
		read_entity(in, root);
	else if (!version || !kind)
		descriptor_warn(in, root->line, "has neither dd-service nor apiVersion and kind");
}
