/*
 * Maven's pom.xml. A version may be ${a property} of the same file or come from
 * dependencyManagement; what a parent in another file says is not known here.
 */

#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/manifest_read.h"
#include "core/mem.h"

#define MAX_DEPTH      64
#define MAX_ELEMENT    40
#define MAX_TEXT       1024
#define MAX_PROPERTIES 5000
#define MAX_NESTED     8 /* properties made of properties */

struct property {
	const char *name;
	const char *value;
};

/* A <dependency>; the texts are in the arena, NULL when not given. */
struct pom_dependency {
	const char *group, *artifact, *version, *scope, *type;
	uint32_t line;
	bool managed; /* of dependencyManagement: gives a version, is not used by that alone */
};

struct pom {
	struct manifest_file *file;
	XML_Parser parser;
	char path[MAX_DEPTH][MAX_ELEMENT]; /* names of the open elements, cut short */
	unsigned depth;
	struct buf text;
	struct property *properties;
	size_t property_count, property_cap;
	struct pom_dependency *list;
	size_t count, cap;
	struct pom_dependency now;
	bool in_dependency;
};

static bool inside(const struct pom *pom, const char *name)
{
	for (unsigned i = 0; i < pom->depth; i++) {
		if (!strcmp(pom->path[i], name))
			return true;
	}
	return false;
}

static bool parent_is(const struct pom *pom, const char *name)
{
	return pom->depth && !strcmp(pom->path[pom->depth - 1], name);
}

static void give_up(struct pom *pom, const char *why)
{
	manifest_problem(pom->file, (uint32_t)XML_GetCurrentLineNumber(pom->parser), why);
	XML_StopParser(pom->parser, XML_FALSE);
}

static void XMLCALL on_start(void *data, const XML_Char *name, const XML_Char **attributes)
{
	struct pom *pom = data;

	(void)attributes;
	if (pom->depth >= MAX_DEPTH) {
		give_up(pom, "nested too deeply");
		return;
	}
	if (!strcmp(name, "dependency") && parent_is(pom, "dependencies") &&
	    !inside(pom, "plugin") && !inside(pom, "plugins")) {
		pom->in_dependency = true;
		pom->now =
		    (struct pom_dependency){.line = (uint32_t)XML_GetCurrentLineNumber(pom->parser),
					    .managed = inside(pom, "dependencyManagement")};
	}
	snprintf(pom->path[pom->depth++], MAX_ELEMENT, "%s", name);
	buf_reset(&pom->text);
}

static void XMLCALL on_text(void *data, const XML_Char *text, int len)
{
	struct pom *pom = data;

	if (pom->text.len + (size_t)len <= MAX_TEXT)
		buf_add(&pom->text, text, (size_t)len);
}

static const char *text_copy(struct pom *pom)
{
	struct span text = span_trim((struct span){buf_str(&pom->text), pom->text.len});

	return text.len ? arena_memdup0(pom->file->out->arena, text.at, text.len) : NULL;
}

static void add_property(struct pom *pom, const char *name)
{
	const char *value = text_copy(pom);

	if (!value || pom->property_count >= MAX_PROPERTIES)
		return;
	GROW(pom->properties, pom->property_count, pom->property_cap);
	pom->properties[pom->property_count++] =
	    (struct property){arena_strdup(pom->file->out->arena, name), value};
}

/* A field of the dependency at hand; exclusions have a groupId and artifactId of their own. */
static void dependency_field(struct pom *pom, const char *name)
{
	if (!parent_is(pom, "dependency"))
		return;
	if (!strcmp(name, "groupId"))
		pom->now.group = text_copy(pom);
	else if (!strcmp(name, "artifactId"))
		pom->now.artifact = text_copy(pom);
	else if (!strcmp(name, "version"))
		pom->now.version = text_copy(pom);
	else if (!strcmp(name, "scope"))
		pom->now.scope = text_copy(pom);
}

static void XMLCALL on_end(void *data, const XML_Char *name)
{
	struct pom *pom = data;

	if (!pom->depth)
		return;
	pom->depth--;
	if (pom->in_dependency && !strcmp(name, "dependency")) {
		pom->in_dependency = false;
		if (pom->count < MANIFEST_MAX_DEPENDENCIES) {
			GROW(pom->list, pom->count, pom->cap);
			pom->list[pom->count++] = pom->now;
		}
	} else if (pom->in_dependency) {
		dependency_field(pom, name);
	} else if (parent_is(pom, "properties")) {
		add_property(pom, name);
	} else if (pom->depth == 1 && !strcmp(name, "version")) {
		add_property(pom, "project.version");
	} else if (pom->depth == 1 && !strcmp(name, "groupId")) {
		add_property(pom, "project.groupId");
	} else if (pom->depth == 2 && parent_is(pom, "parent") && !strcmp(name, "version")) {
		add_property(pom, "project.parent.version");
	}
	buf_reset(&pom->text);
}

/* No pom needs a DTD; entities are how XML files grow. */
static void XMLCALL on_doctype(void *data, const XML_Char *name, const XML_Char *system_id,
			       const XML_Char *public_id, int internal)
{
	(void)name;
	(void)system_id;
	(void)public_id;
	(void)internal;
	give_up(data, "has a document type declaration, which is not read");
}

static int compare_properties(const void *a, const void *b)
{
	return strcmp(((const struct property *)a)->name, ((const struct property *)b)->name);
}

static const char *property_value(const struct pom *pom, struct span name)
{
	char key[MANIFEST_MAX_NAME];
	const struct property *hit, wanted = {key, NULL};

	if (name.len >= sizeof(key))
		return NULL;
	memcpy(key, name.at, name.len);
	key[name.len] = '\0';
	if (!pom->property_count)
		return NULL;
	hit = bsearch(&wanted, pom->properties, pom->property_count, sizeof(wanted),
		      compare_properties);
	return hit ? hit->value : NULL;
}

/* text with its ${properties} filled in; NULL when one is not known here. */
static const char *filled(const struct pom *pom, const char *text)
{
	for (int round = 0; text && round < MAX_NESTED; round++) {
		const char *open = strstr(text, "${"), *close = open ? strchr(open, '}') : NULL;
		const char *value;

		if (!open)
			return text;
		if (!close)
			return NULL;
		value = property_value(pom, (struct span){open + 2, (size_t)(close - open - 2)});
		if (!value || strlen(text) + strlen(value) > MAX_TEXT)
			return NULL;
		text = arena_printf(pom->file->out->arena, "%.*s%s%s", (int)(open - text), text,
				    value, close + 1);
	}
	return NULL;
}

static int compare_managed(const void *left, const void *right)
{
	const struct pom_dependency *a = left, *b = right;
	int order = strcmp(a->group, b->group);

	return order ? order : strcmp(a->artifact, b->artifact);
}

static void add_dependency(struct pom *pom, const struct pom_dependency *dependency,
			   const struct pom_dependency *managed, size_t managed_count)
{
	const struct pom_dependency *from =
	    managed_count
		? bsearch(dependency, managed, managed_count, sizeof(*managed), compare_managed)
		: NULL;
	const char *scope = dependency->scope ? dependency->scope : from ? from->scope : NULL;
	const char *version = dependency->version ? dependency->version
			      : from		  ? from->version
						  : NULL;
	const char *name =
	    arena_printf(pom->file->out->arena, "%s:%s", dependency->group, dependency->artifact);
	struct found found = {.ecosystem = "maven",
			      .name = span_of(name),
			      .version = span_of(filled(pom, version)),
			      .scope = scope && !strcmp(scope, "test") ? DEP_DEV : DEP_RUNTIME,
			      .direct = true,
			      .line = dependency->line};

	found.resolved = found.version.len && !strchr("[(", *found.version.at);
	if (!strncmp(dependency->artifact, "kotlin-stdlib", strlen("kotlin-stdlib")))
		pom->file->out->language = "kotlin";
	manifest_add(pom->file, &found);
}

/* Moves the complete dependencyManagement entries of pom->list to its front; returns how many. */
static size_t partition(struct pom *pom)
{
	size_t managed = 0, kept = 0;

	for (size_t i = 0; i < pom->count; i++) {
		struct pom_dependency entry = pom->list[i];

		entry.group = filled(pom, entry.group);
		if (!entry.group || !entry.artifact)
			continue;
		pom->list[kept++] = entry;
		if (entry.managed) {
			pom->list[kept - 1] = pom->list[managed];
			pom->list[managed++] = entry;
		}
	}
	pom->count = kept;
	return managed;
}

static void finish(struct pom *pom)
{
	size_t managed;

	if (pom->property_count)
		qsort(pom->properties, pom->property_count, sizeof(*pom->properties),
		      compare_properties);
	managed = partition(pom);
	if (managed)
		qsort(pom->list, managed, sizeof(*pom->list), compare_managed);
	for (size_t i = managed; i < pom->count; i++)
		add_dependency(pom, &pom->list[i], pom->list, managed);
}

void manifest_pom(struct manifest_file *file)
{
	struct pom pom = {.file = file, .parser = XML_ParserCreate(NULL)};

	if (!pom.parser || file->len > INT32_MAX) {
		manifest_problem(file, 0, "too large");
		XML_ParserFree(pom.parser);
		return;
	}
	XML_SetUserData(pom.parser, &pom);
	XML_SetElementHandler(pom.parser, on_start, on_end);
	XML_SetCharacterDataHandler(pom.parser, on_text);
	XML_SetStartDoctypeDeclHandler(pom.parser, on_doctype);
	if (XML_Parse(pom.parser, file->bytes, (int)file->len, 1) != XML_STATUS_OK)
		manifest_problem(file, (uint32_t)XML_GetCurrentLineNumber(pom.parser),
				 XML_ErrorString(XML_GetErrorCode(pom.parser)));
	finish(&pom);
	XML_ParserFree(pom.parser);
	buf_free(&pom.text);
	free(pom.properties);
	free(pom.list);
}
