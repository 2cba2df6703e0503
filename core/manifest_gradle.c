/*
 * build.gradle and build.gradle.kts: programs, of which the plain lines are read, with
 * the variables that hold a string; and Gradle's version catalog.
 */

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "core/manifest_read.h"

static bool ends_with(struct span word, const char *tail)
{
	size_t len = strlen(tail);

	return word.len >= len && !strncasecmp(word.at + word.len - len, tail, len);
}

/* Whether word is a configuration's name: implementation, testRuntimeOnly, kapt ... */
static bool is_configuration(struct span word)
{
	static const char *const tails[] = {"implementation", "api",	     "compile",
					    "runtime",	      "compileOnly", "runtimeOnly",
					    "providedCompile"};

	for (size_t i = 0; i < sizeof(tails) / sizeof(*tails); i++) {
		if (ends_with(word, tails[i]))
			return true;
	}
	return span_is(word, "kapt") || span_is(word, "ksp") ||
	       ends_with(word, "annotationProcessor");
}

/* name = "text" of the file, kept to fill in "$name". */
struct variable {
	struct span name, value;
};

#define MAX_VARIABLES 200

struct gradle {
	struct manifest_file *file;
	struct variable variables[MAX_VARIABLES];
	size_t count;
	struct span configuration; /* whose arguments go on in the next line; empty: none */
};

static enum dependency_scope configuration_scope(struct span word)
{
	if (span_starts(word, "test") || span_starts(word, "androidTest") ||
	    span_find(word, "Test") >= 0 || span_starts(word, "debug") ||
	    span_starts(word, "kapt") || span_starts(word, "ksp") ||
	    ends_with(word, "annotationProcessor"))
		return DEP_DEV;
	return DEP_RUNTIME;
}

/* A version that is written out; one made by the program is not known. */
static struct span plain_version(struct span version)
{
	struct span rest;

	span_cut(version, '@', &version, &rest); /* @aar, @jar */
	if (span_find(version, "$") >= 0)
		return span_of(NULL);
	return version;
}

/* 'group:artifact:version' with or without the version. */
static bool coordinates(struct span text, struct span *name, struct span *version)
{
	struct span group, artifact, rest;

	if (!span_cut(text, ':', &group, &artifact) || !group.len || span_find(text, " ") >= 0)
		return false;
	*version = span_of(NULL);
	if (span_cut(artifact, ':', &artifact, version))
		span_cut(*version, ':', version, &rest);
	*version = plain_version(*version);
	*name = (struct span){group.at, group.len + 1 + artifact.len};
	return artifact.len && span_find(*name, "$") < 0;
}

/* The quoted value of `key: 'x'` or `key = "x"` among a call's arguments. */
static struct span named_argument(struct span rest, const char *key)
{
	ptrdiff_t at = span_find(rest, key);
	struct span value;

	if (at < 0)
		return span_of(NULL);
	rest = span_skip(rest, (size_t)at + strlen(key));
	rest = span_trim(rest);
	if (!rest.len || !strchr(":=", *rest.at) || !span_quoted(&rest, &value))
		return span_of(NULL);
	return value;
}

bool manifest_jvm_exact(struct span version)
{
	return version.len && isdigit((unsigned char)*version.at) && !span_ends(version, "+");
}

/* group: 'g', name: 'a', version: 'v' */
static void add_named(struct manifest_file *file, struct span rest, struct found *found)
{
	struct span group = named_argument(rest, "group"), name = named_argument(rest, "name");

	if (!group.len || !name.len || group.len + name.len > MANIFEST_MAX_NAME)
		return;
	found->name = span_of(arena_printf(file->out->arena, "%.*s:%.*s", (int)group.len, group.at,
					   (int)name.len, name.at));
	found->version = plain_version(named_argument(rest, "version"));
	found->resolved = manifest_jvm_exact(found->version);
	manifest_add(file, found);
}

/* `def name = "text"`, `val name = 'text'`, `ext.name = "text"`, `name = "text"`. */
static void note_variable(struct gradle *gradle, struct span line)
{
	struct span left, right, value;
	size_t start;

	if (gradle->count >= MAX_VARIABLES || !span_cut(line, '=', &left, &right))
		return;
	left = span_trim(left);
	right = span_trim(right);
	if (!right.len || !strchr("\"'", *right.at) || !span_quoted(&right, &value))
		return;
	for (start = left.len;
	     start && (isalnum((unsigned char)left.at[start - 1]) || left.at[start - 1] == '_');)
		start--;
	if (start < left.len)
		gradle->variables[gradle->count++] =
		    (struct variable){span_skip(left, start), value};
}

static const struct span *variable(const struct gradle *gradle, struct span name)
{
	for (size_t i = 0; i < gradle->count; i++) {
		if (gradle->variables[i].name.len == name.len &&
		    !memcmp(gradle->variables[i].name.at, name.at, name.len))
			return &gradle->variables[i].value;
	}
	return NULL;
}

/* Takes "$name" or "${name}" off *rest, which begins with it; NULL when it is not known. */
static const struct span *take_variable(const struct gradle *gradle, struct span *rest)
{
	struct span name, after;

	*rest = span_skip(*rest, 1);
	if (span_starts(*rest, "{")) {
		if (!span_cut(span_skip(*rest, 1), '}', &name, &after))
			return NULL;
		*rest = after;
		return variable(gradle, name);
	}
	name = span_word(*rest, "");
	*rest = span_skip(*rest, name.len);
	return variable(gradle, name);
}

/* The text up to the first variable that is not known, the others filled in. */
static struct span filled(struct gradle *gradle, struct span text)
{
	char out[2 * MANIFEST_MAX_NAME];
	struct span rest = text;
	size_t len = 0;

	if (span_find(text, "$") < 0)
		return text;
	while (rest.len) {
		const struct span *value = NULL;

		if (*rest.at == '$' && !(value = take_variable(gradle, &rest)))
			break;
		if (len + (value ? value->len : 1) > sizeof(out))
			return text;
		memcpy(out + len, value ? value->at : rest.at, value ? value->len : 1);
		len += value ? value->len : 1;
		if (!value)
			rest = span_skip(rest, 1);
	}
	return (struct span){arena_memdup0(gradle->file->out->arena, out, len), len};
}

/* The dependencies among a configuration's arguments, or the part of them that is in one line. */
static void add_arguments(struct gradle *gradle, struct span configuration, struct span rest)
{
	struct found found = {.ecosystem = "maven",
			      .scope = configuration_scope(configuration),
			      .direct = true,
			      .line = gradle->file->lines.number};
	struct span text;

	if (named_argument(rest, "group").len && named_argument(rest, "name").len) {
		add_named(gradle->file, rest, &found);
		return;
	}
	if (span_find(rest, "project(") >= 0 || span_find(rest, "files(") >= 0)
		return;
	while (span_quoted(&rest, &text)) {
		if (!coordinates(filled(gradle, text), &found.name, &found.version))
			continue;
		found.resolved = manifest_jvm_exact(found.version);
		manifest_add(gradle->file, &found);
	}
}

static void gradle_line(struct gradle *gradle, struct span line)
{
	struct span word = span_word(line, ""), rest = span_skip(line, word.len);
	bool more = span_ends(line, ",") || span_ends(line, "(");

	if (gradle->configuration.len) {
		add_arguments(gradle, gradle->configuration, line);
	} else if (is_configuration(word) && rest.len && strchr(" (\t", *rest.at)) {
		add_arguments(gradle, word, rest);
		gradle->configuration = word;
	} else {
		note_variable(gradle, line);
		return;
	}
	if (!more)
		gradle->configuration = span_of(NULL);
}

static bool applies_kotlin(struct span line)
{
	return span_find(line, "org.jetbrains.kotlin") >= 0 || span_starts(line, "kotlin(\"") ||
	       span_find(line, "kotlin-android") >= 0;
}

/* Passes over comments; a block comment may span lines. */
struct span manifest_jvm_line(struct span line, bool *in_comment)
{
	ptrdiff_t at;

	if (*in_comment) {
		at = span_find(line, "*/");
		if (at < 0)
			return span_of(NULL);
		*in_comment = false;
		line = span_skip(line, (size_t)at + 2);
	}
	line = span_trim(line);
	if (span_starts(line, "/*")) {
		*in_comment = span_find(line, "*/") < 0;
		return span_of(NULL);
	}
	return span_starts(line, "//") ? span_of(NULL) : line;
}

void manifest_gradle(struct manifest_file *file)
{
	struct gradle gradle = {.file = file, .configuration = {"", 0}};
	bool in_comment = false;
	struct span line;

	while (lines_next(&file->lines, &line)) {
		line = manifest_jvm_line(line, &in_comment);
		if (applies_kotlin(line))
			file->out->language = "kotlin";
		gradle_line(&gradle, line);
	}
}

/* The version of a library of the catalog: "1.2", {ref = "name"}, or none. */
static const char *catalog_version(const struct doc *versions, const struct doc *version)
{
	const char *ref = doc_str(doc_get(version, "ref"));

	return ref ? doc_str(doc_get(versions, ref)) : doc_str(version);
}

/* libs.versions.toml: "g:a:v", {module = "g:a", ...} or {group = "g", name = "a", ...}. */
void manifest_gradle_catalog(struct manifest_file *file)
{
	struct doc_file *doc = manifest_doc(file, DOC_TOML);
	const struct doc *root = doc ? doc_at(doc, 0) : NULL;
	const struct doc *libraries = doc_get(root, "libraries");
	const struct doc *versions = doc_get(root, "versions");

	for (size_t i = 0; libraries && libraries->kind == DOC_MAP && i < libraries->len; i++) {
		const struct doc *value = &libraries->pairs[i].value;
		const char *module = doc_str(doc_get(value, "module"));
		const char *group = doc_str(doc_get(value, "group"));
		const char *name = doc_str(doc_get(value, "name"));
		struct found found = {.ecosystem = "maven",
				      .scope = DEP_UNKNOWN,
				      .direct = true,
				      .line = libraries->pairs[i].key.line};

		if (!module && group && name)
			module = arena_printf(file->out->arena, "%.200s:%.200s", group, name);
		if (doc_str(value) &&
		    !coordinates(span_of(doc_str(value)), &found.name, &found.version))
			continue;
		if (!doc_str(value)) {
			found.name = span_of(module);
			found.version =
			    span_of(catalog_version(versions, doc_get(value, "version")));
		}
		found.resolved = manifest_jvm_exact(found.version);
		manifest_add(file, &found);
	}
	doc_free(doc);
}
