/*
 * Backstage's catalog-info.yaml. Of its entities a Component is a service.
 * https://backstage.io/docs/features/software-catalog/descriptor-format
 */

#include <string.h>
#include <strings.h>

#include "core/descriptor_read.h"
#include "core/mem.h"

/* Catalogs have no field for a tier; these are the places where teams put it. */
static void read_tier(struct descriptor_reader *in, const struct doc *metadata,
		      const struct doc *spec)
{
	const struct doc *tags = doc_get(metadata, "tags"), *item;
	const struct doc *tier = doc_get(spec, "tier");

	if (!doc_str(tier))
		tier = doc_path(metadata, "labels.tier");
	for (size_t i = 0; !doc_str(tier) && (item = doc_item(tags, i)); i++) {
		const char *tag = doc_str(item);

		if (tag && !strncasecmp(tag, "tier", 4) && tier_normalise(tag))
			tier = item;
	}
	descriptor_tier(in, tier);
}

/* Annotations that say how another system calls the service. */
static void read_aliases(struct descriptor_reader *in, const struct doc *annotations)
{
	static const char *const names[] = {"backstage.io/kubernetes-id", "argocd/app-name"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		descriptor_facts(in, doc_get(annotations, names[i]), &in->now->aliases,
				 &in->now->alias_count);
}

/* Each under its own name, which has dots itself. */
static void read_annotations(struct descriptor_reader *in, const struct doc *annotations)
{
	if (!annotations || annotations->kind != DOC_MAP)
		return;
	for (size_t i = 0; i < annotations->len && i < DESCRIPTOR_MAX_LIST; i++)
		descriptor_fields(in, annotations->pairs[i].key.text, &annotations->pairs[i].value);
	read_aliases(in, annotations);
}

static void read_namespace(struct descriptor_reader *in, const struct doc *metadata)
{
	const char *namespace = doc_str(doc_get(metadata, "namespace"));
	struct descriptor *now = in->now;

	if (!namespace || !strcmp(namespace, "default") || !now->name.value)
		return;
	descriptor_add_fact(
	    in, arena_printf(in->out->arena, "%.100s/%.200s", namespace, now->name.value),
	    now->name.at.line, &now->aliases, &now->alias_count);
}

static void read_spec(struct descriptor_reader *in, const struct doc *spec)
{
	static const char *const fields[] = {"system", "subcomponentOf", "providesApis",
					     "consumesApis", "dependsOn"};
	struct descriptor *now = in->now;

	descriptor_fact(in, doc_get(spec, "type"), &now->type);
	descriptor_fact(in, doc_get(spec, "lifecycle"), &now->lifecycle);
	descriptor_owners(in, doc_get(spec, "owner"));
	descriptor_references(in, doc_get(spec, "dependsOn"), "component", &now->depends_on,
			      &now->depends_count);
	descriptor_references(in, doc_get(spec, "dependencyOf"), "component", &now->dependency_of,
			      &now->dependency_of_count);
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		descriptor_fields(in, fields[i], doc_get(spec, fields[i]));
}

void descriptor_backstage(struct descriptor_reader *in, const struct doc *root)
{
	const struct doc *metadata = doc_get(root, "metadata"), *spec = doc_get(root, "spec");
	const char *kind = doc_str(doc_get(root, "kind"));
	struct descriptor *now;

	if (!kind || !doc_get(root, "apiVersion")) {
		descriptor_warn(in, root->line, "has no apiVersion and kind, so it is no entity");
		return;
	}
	if (strcasecmp(kind, "Component") != 0 || !(now = descriptor_begin(in, root->line)))
		return;
	descriptor_fact(in, doc_get(metadata, "name"), &now->name);
	if (!now->name.value)
		descriptor_warn(in, root->line, "the component has no metadata.name");
	descriptor_fact(in, doc_get(metadata, "title"), &now->title);
	descriptor_fact(in, doc_get(metadata, "description"), &now->description);
	read_tier(in, metadata, spec);
	read_namespace(in, metadata);
	read_annotations(in, doc_get(metadata, "annotations"));
	descriptor_links(in, doc_get(metadata, "links"), "type", "title");
	descriptor_fields(in, "labels", doc_get(metadata, "labels"));
	descriptor_fields(in, "tags", doc_get(metadata, "tags"));
	read_spec(in, spec);
}
