/* Cargo.toml, and the lockfiles that are lists of [[package]]: Cargo, poetry, uv. */

#include <string.h>

#include "core/manifest_read.h"

/* What a [[package]] of a lockfile says. */
struct package {
	struct found found;
	bool open;	 /* inside of one, before its sub-tables */
	bool has_source; /* comes from a registry or a repository */
	bool local;	 /* the project itself */
};

/* `key = value`, value as written. */
static bool assignment(struct span line, struct span *key, struct span *value)
{
	if (!span_cut(line, '=', key, value))
		return false;
	*key = span_trim(*key);
	*value = span_trim(*value);
	return true;
}

static void flush(struct manifest_file *file, struct package *package)
{
	bool foreign =
	    !strcmp(package->found.ecosystem, "cargo") ? package->has_source : !package->local;

	if (package->found.name.len && foreign)
		manifest_add(file, &package->found);
	package->found.name = span_of(NULL);
}

/* `category = "dev"` until poetry 1.4, `groups = ["main", "dev"]` since 2.0. */
static enum dependency_scope python_scope(struct span key, struct span value,
					  enum dependency_scope scope)
{
	struct span group;

	if (span_is(key, "category"))
		return span_is(span_unquote(value), "dev") ? DEP_DEV : DEP_RUNTIME;
	if (!span_is(key, "groups"))
		return scope;
	scope = DEP_UNKNOWN;
	while (span_quoted(&value, &group)) {
		if (!manifest_dev_group(group))
			return DEP_RUNTIME;
		scope = DEP_DEV;
	}
	return scope;
}

static void package_line(struct manifest_file *file, struct package *package, struct span line)
{
	struct span key, value;

	if (!assignment(line, &key, &value))
		return;
	if (span_is(key, "name")) {
		package->found.name = span_unquote(value);
		package->found.line = file->lines.number;
		if (!strcmp(package->found.ecosystem, "pypi"))
			package->found.name = manifest_pypi_name(file, package->found.name);
	} else if (span_is(key, "version")) {
		package->found.version = span_unquote(value);
	} else if (span_is(key, "source")) {
		package->has_source = true;
		package->local = span_find(value, "editable") >= 0 ||
				 span_find(value, "virtual") >= 0 ||
				 span_find(value, "directory") >= 0;
	} else {
		package->found.scope = python_scope(key, value, package->found.scope);
	}
}

static void read_packages(struct manifest_file *file, const char *ecosystem)
{
	struct package package = {.found = {.ecosystem = ecosystem, .name = {"", 0}}};
	struct span line;

	while (lines_next(&file->lines, &line)) {
		if (span_starts(line, "[[package]]")) {
			flush(file, &package);
			package = (struct package){.open = true,
						   .found = {.ecosystem = ecosystem,
							     .name = {"", 0},
							     .scope = DEP_UNKNOWN,
							     .resolved = true}};
		} else if (line.len && *line.at == '[') {
			package.open = false; /* a table of the package, or of the file */
		} else if (package.open && line.len && *line.at != ' ') {
			package_line(file, &package, line);
		}
	}
	flush(file, &package);
}

void manifest_cargo_lock(struct manifest_file *file)
{
	read_packages(file, "cargo");
}

void manifest_python_lock(struct manifest_file *file)
{
	read_packages(file, "pypi");
}

/* name = "1.2", or name = {version = "1.2", package = "real-name", path = ..., workspace = true} */
static void cargo_table(struct manifest_file *file, const struct doc *table,
			enum dependency_scope scope)
{
	if (!table || table->kind != DOC_MAP)
		return;
	for (size_t i = 0; i < table->len; i++) {
		const struct doc *key = &table->pairs[i].key, *value = &table->pairs[i].value;
		const char *name = doc_str(doc_get(value, "package"));
		const char *version = doc_str(value);
		struct found found = {.ecosystem = "cargo",
				      .name = span_of(name ? name : key->text),
				      .scope = scope,
				      .direct = true,
				      .line = key->line};

		if (value->kind == DOC_MAP)
			version = doc_str(doc_get(value, "version"));
		/* what lies in the same repository is no dependency on somebody else */
		if (doc_get(value, "path") && !version)
			continue;
		found.version = span_of(version);
		if (version && *version >= '0' && *version <= '9' && !strchr(version, '*')) {
			/* a bare version is a caret range in Cargo alone */
			const char *range = arena_printf(file->out->arena, "^%s", version);

			found.version = span_of(range);
		}
		manifest_add(file, &found);
	}
}

static void cargo_tables(struct manifest_file *file, const struct doc *node)
{
	cargo_table(file, doc_get(node, "dependencies"), DEP_RUNTIME);
	cargo_table(file, doc_get(node, "dev-dependencies"), DEP_DEV);
	cargo_table(file, doc_get(node, "build-dependencies"), DEP_DEV);
}

void manifest_cargo_toml(struct manifest_file *file)
{
	struct doc_file *doc = manifest_doc(file, DOC_TOML);
	const struct doc *root = doc ? doc_at(doc, 0) : NULL;
	const struct doc *targets = doc_get(root, "target");

	cargo_tables(file, root);
	cargo_table(file, doc_path(root, "workspace.dependencies"), DEP_UNKNOWN);
	for (size_t i = 0; targets && targets->kind == DOC_MAP && i < targets->len; i++)
		cargo_tables(file, &targets->pairs[i].value);
	doc_free(doc);
}
