/* npm's, composer's and pipenv's files in JSON, streamed: lockfiles are large. */

#include <ctype.h>
#include <string.h>

#include "core/json_scan.h"
#include "core/manifest_read.h"

/* The last token's text; unescaped text is a copy in the arena. */
static struct span text_of(struct manifest_file *file, struct json_scan *scan)
{
	if (scan->escaped)
		return span_of(json_strdup(scan, file->out->arena));
	return (struct span){scan->text, scan->len};
}

/* The value of the key at hand when it is a string; else it is passed over and gives nothing. */
static struct span string_value(struct manifest_file *file, struct json_scan *scan)
{
	if (json_next(scan) == JSON_STRING)
		return text_of(file, scan);
	json_skip(scan);
	return span_of(NULL);
}

/* Begins the value of the key at hand; false (and passed over) when it is of another kind. */
static bool enter(struct json_scan *scan, enum json_token kind)
{
	if (json_next(scan) == kind)
		return true;
	json_skip(scan);
	return false;
}

static void start(struct manifest_file *file, struct json_scan *scan)
{
	json_scan_init(scan, file->bytes, file->len, 0);
	if (json_next(scan) != JSON_OBJECT && scan->token != JSON_ERROR)
		manifest_problem(file, 1, "not a JSON object");
}

static void finish(struct manifest_file *file, struct json_scan *scan)
{
	if (scan->token == JSON_ERROR)
		manifest_problem(file, json_line(scan), scan->error);
}

/* Of the form 1.2.3 and what may follow: one version, not a range. */
static bool is_exact(struct span version)
{
	unsigned dots = 0;

	if (!version.len || !isdigit((unsigned char)*version.at))
		return false;
	for (size_t i = 0; i < version.len; i++) {
		char c = version.at[i];

		if (!isalnum((unsigned char)c) && !strchr(".-+", c))
			return false;
		if ((c == 'x' || c == 'X') && version.at[i - 1] == '.')
			return false;
		dots += c == '.';
	}
	return dots >= 2;
}

/* Composer's platform: the language itself and its extensions. */
static bool is_platform(struct span name)
{
	return span_find(name, "/") < 0;
}

/* {"name": "range", ...} of a manifest. */
static void declared(struct manifest_file *file, struct json_scan *scan, const char *ecosystem,
		     enum dependency_scope scope)
{
	if (!enter(scan, JSON_OBJECT))
		return;
	while (json_next(scan) == JSON_KEY) {
		struct found found = {.ecosystem = ecosystem,
				      .name = text_of(file, scan),
				      .scope = scope,
				      .direct = true,
				      .line = json_line(scan)};

		found.version = string_value(file, scan);
		found.resolved = is_exact(found.version);
		if (strcmp(ecosystem, "composer") || !is_platform(found.name))
			manifest_add(file, &found);
		if (span_is(found.name, "typescript"))
			file->out->language = "typescript";
	}
}

void manifest_package_json(struct manifest_file *file)
{
	struct json_scan scan;

	file->out->language = "javascript";
	start(file, &scan);
	while (scan.token != JSON_ERROR && json_next(&scan) == JSON_KEY) {
		if (json_text_is(&scan, "devDependencies"))
			declared(file, &scan, "npm", DEP_DEV);
		else if (json_text_is(&scan, "dependencies") ||
			 json_text_is(&scan, "optionalDependencies") ||
			 json_text_is(&scan, "peerDependencies"))
			declared(file, &scan, "npm", DEP_RUNTIME);
		else
			json_skip(&scan);
	}
	finish(file, &scan);
}

void manifest_composer_json(struct manifest_file *file)
{
	struct json_scan scan;

	start(file, &scan);
	while (scan.token != JSON_ERROR && json_next(&scan) == JSON_KEY) {
		if (json_text_is(&scan, "require"))
			declared(file, &scan, "composer", DEP_RUNTIME);
		else if (json_text_is(&scan, "require-dev"))
			declared(file, &scan, "composer", DEP_DEV);
		else
			json_skip(&scan);
	}
	finish(file, &scan);
}

/* "b" of "node_modules/a/node_modules/b"; nothing for the project's own folders. */
static struct span module_name(struct span path)
{
	static const char folder[] = "node_modules/";
	size_t len = sizeof(folder) - 1;

	for (size_t i = path.len; i >= len; i--) {
		if (!memcmp(path.at + i - len, folder, len) &&
		    (i == len || path.at[i - len - 1] == '/'))
			return span_skip(path, i);
	}
	return span_of(NULL);
}

/* Of "dev": true. */
static enum dependency_scope scope_value(struct json_scan *scan)
{
	if (json_next(scan) == JSON_TRUE)
		return DEP_DEV;
	json_skip(scan);
	return DEP_RUNTIME;
}

/* One value of "packages" (npm 7 and later), its key at hand. */
static void locked_package(struct manifest_file *file, struct json_scan *scan)
{
	struct found found = {.ecosystem = "npm",
			      .name = module_name(text_of(file, scan)),
			      .scope = DEP_RUNTIME,
			      .resolved = true};

	if (!found.name.len) {
		json_skip(scan);
		return;
	}
	found.line = json_line(scan);
	if (!enter(scan, JSON_OBJECT))
		return;
	while (json_next(scan) == JSON_KEY) {
		if (json_text_is(scan, "version"))
			found.version = string_value(file, scan);
		else if (json_text_is(scan, "name")) /* of an alias */
			found.name = string_value(file, scan);
		else if (json_text_is(scan, "dev"))
			found.scope = scope_value(scan);
		else
			json_skip(scan);
	}
	if (found.version.len)
		manifest_add(file, &found);
}

/*
 * The "dependencies" of npm 6: an object of packages, each of which may hold such an
 * object itself. Recursion is bounded by the scanner's depth.
 */
static void locked_tree(struct manifest_file *file, struct json_scan *scan)
{
	if (!enter(scan, JSON_OBJECT))
		return;
	while (json_next(scan) == JSON_KEY) {
		struct found found = {.ecosystem = "npm",
				      .name = text_of(file, scan),
				      .scope = DEP_RUNTIME,
				      .resolved = true,
				      .line = json_line(scan)};

		if (!enter(scan, JSON_OBJECT))
			continue;
		while (json_next(scan) == JSON_KEY) {
			if (json_text_is(scan, "version"))
				found.version = string_value(file, scan);
			else if (json_text_is(scan, "dependencies"))
				locked_tree(file, scan);
			else if (json_text_is(scan, "dev"))
				found.scope = scope_value(scan);
			else
				json_skip(scan);
		}
		if (is_exact(found.version))
			manifest_add(file, &found);
	}
}

/* Version 2 of the file has both forms; "packages" comes first and is the whole of it. */
void manifest_package_lock(struct manifest_file *file)
{
	struct json_scan scan;
	bool packages = false;

	start(file, &scan);
	while (scan.token != JSON_ERROR && json_next(&scan) == JSON_KEY) {
		if (json_text_is(&scan, "packages")) {
			packages = true;
			if (!enter(&scan, JSON_OBJECT))
				continue;
			while (json_next(&scan) == JSON_KEY)
				locked_package(file, &scan);
		} else if (json_text_is(&scan, "dependencies") && !packages) {
			locked_tree(file, &scan);
		} else {
			json_skip(&scan);
		}
	}
	finish(file, &scan);
}

/* An array of objects with "name" and "version". */
static void composer_packages(struct manifest_file *file, struct json_scan *scan,
			      enum dependency_scope scope)
{
	if (!enter(scan, JSON_ARRAY))
		return;
	while (json_next(scan) == JSON_OBJECT) {
		struct found found = {.ecosystem = "composer",
				      .scope = scope,
				      .resolved = true,
				      .name = span_of(NULL),
				      .version = span_of(NULL)};

		while (json_next(scan) == JSON_KEY) {
			if (json_text_is(scan, "name")) {
				found.name = string_value(file, scan);
				found.line = json_line(scan);
			} else if (json_text_is(scan, "version")) {
				found.version = string_value(file, scan);
			} else {
				json_skip(scan);
			}
		}
		manifest_add(file, &found);
	}
	while (scan->token != JSON_ARRAY_END && scan->token != JSON_ERROR) {
		json_skip(scan);
		json_next(scan);
	}
}

void manifest_composer_lock(struct manifest_file *file)
{
	struct json_scan scan;

	start(file, &scan);
	while (scan.token != JSON_ERROR && json_next(&scan) == JSON_KEY) {
		if (json_text_is(&scan, "packages"))
			composer_packages(file, &scan, DEP_RUNTIME);
		else if (json_text_is(&scan, "packages-dev"))
			composer_packages(file, &scan, DEP_DEV);
		else
			json_skip(&scan);
	}
	finish(file, &scan);
}

/* {"name": {"version": "==1.2"}, ...} */
static void pipfile_packages(struct manifest_file *file, struct json_scan *scan,
			     enum dependency_scope scope)
{
	if (!enter(scan, JSON_OBJECT))
		return;
	while (json_next(scan) == JSON_KEY) {
		struct found found = {.ecosystem = "pypi",
				      .name = manifest_pypi_name(file, text_of(file, scan)),
				      .version = span_of(NULL),
				      .scope = scope,
				      .resolved = true,
				      .line = json_line(scan)};

		if (!enter(scan, JSON_OBJECT))
			continue;
		while (json_next(scan) == JSON_KEY) {
			if (json_text_is(scan, "version"))
				found.version = string_value(file, scan);
			else
				json_skip(scan);
		}
		if (span_starts(found.version, "=="))
			found.version = span_skip(found.version, 2);
		manifest_add(file, &found);
	}
}

void manifest_pipfile_lock(struct manifest_file *file)
{
	struct json_scan scan;

	start(file, &scan);
	while (scan.token != JSON_ERROR && json_next(&scan) == JSON_KEY) {
		if (json_text_is(&scan, "default"))
			pipfile_packages(file, &scan, DEP_RUNTIME);
		else if (json_text_is(&scan, "develop"))
			pipfile_packages(file, &scan, DEP_DEV);
		else
			json_skip(&scan);
	}
	finish(file, &scan);
}
