/* build.gradle, build.gradle.kts and build.sbt: programs, of which the plain lines are read. */

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

static bool is_resolved(struct span version)
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
	found->resolved = is_resolved(found->version);
	manifest_add(file, found);
}

static void gradle_line(struct manifest_file *file, struct span line)
{
	struct span word = span_word(line, ""), rest = span_skip(line, word.len), text;
	struct found found = {.ecosystem = "maven",
			      .scope = configuration_scope(word),
			      .direct = true,
			      .line = file->lines.number};

	if (!is_configuration(word) || !rest.len || !strchr(" (\t", *rest.at))
		return;
	if (span_find(rest, "group") >= 0 && span_find(rest, "name") >= 0) {
		add_named(file, rest, &found);
		return;
	}
	if (span_find(rest, "project(") >= 0 || span_find(rest, "files(") >= 0)
		return;
	while (span_quoted(&rest, &text)) {
		if (!coordinates(text, &found.name, &found.version))
			continue;
		found.resolved = is_resolved(found.version);
		manifest_add(file, &found);
	}
}

static bool applies_kotlin(struct span line)
{
	return span_find(line, "org.jetbrains.kotlin") >= 0 || span_starts(line, "kotlin(\"") ||
	       span_find(line, "kotlin-android") >= 0;
}

/* Passes over comments; a block comment may span lines. */
static struct span strip_comment(struct span line, bool *in_comment)
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
	bool in_comment = false;
	struct span line;

	while (lines_next(&file->lines, &line)) {
		line = strip_comment(line, &in_comment);
		if (applies_kotlin(line))
			file->out->language = "kotlin";
		gradle_line(file, line);
	}
}

/* "group" %% "artifact" % "version" % Test; %% adds the Scala version to the artifact's name. */
static void sbt_module(struct manifest_file *file, struct span line)
{
	struct found found = {
	    .ecosystem = "maven", .scope = DEP_RUNTIME, .direct = true, .line = file->lines.number};
	struct span group, artifact, between;

	if (!span_quoted(&line, &group))
		return;
	between = span_trim(line);
	if (!span_starts(between, "%") || !span_quoted(&line, &artifact) ||
	    group.len + artifact.len > MANIFEST_MAX_NAME)
		return;
	between = span_trim(line);
	found.version = span_of(NULL);
	if (span_starts(between, "% \"") && span_quoted(&line, &found.version))
		found.resolved = is_resolved(found.version);
	if (span_find(line, "Test") >= 0 || span_find(line, "\"test\"") >= 0)
		found.scope = DEP_DEV;
	found.name = span_of(arena_printf(file->out->arena, "%.*s:%.*s", (int)group.len, group.at,
					  (int)artifact.len, artifact.at));
	manifest_add(file, &found);
}

void manifest_sbt(struct manifest_file *file)
{
	bool in_comment = false;
	struct span line;

	while (lines_next(&file->lines, &line)) {
		line = strip_comment(line, &in_comment);
		if (span_find(line, "\" %") >= 0)
			sbt_module(file, line);
	}
}
