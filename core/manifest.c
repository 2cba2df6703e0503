#include "core/manifest.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/manifest_read.h"
#include "core/mem.h"

static void language_alone(struct manifest_file *file)
{
	(void)file;
}

/* By file name. A name that begins or ends in '*' stands for many. */
static const struct kind {
	const char *name;
	void (*read)(struct manifest_file *file);
	const char *language; /* NULL: the reader tells, or nobody */
} kinds[] = {
    {"Gemfile", manifest_gemfile, "ruby"},
    {"gems.rb", manifest_gemfile, "ruby"},
    {"Gemfile.lock", manifest_gemfile_lock, "ruby"},
    {"gems.locked", manifest_gemfile_lock, "ruby"},
    {"*.gemspec", manifest_gemspec, "ruby"},
    {"package.json", manifest_package_json, NULL},
    {"package-lock.json", manifest_package_lock, NULL},
    {"npm-shrinkwrap.json", manifest_package_lock, NULL},
    {"yarn.lock", manifest_yarn_lock, NULL},
    {"pnpm-lock.yaml", manifest_pnpm_lock, NULL},
    {"tsconfig.json", language_alone, "typescript"},
    {"go.mod", manifest_go_mod, "go"},
    {"Cargo.toml", manifest_cargo_toml, "rust"},
    {"Cargo.lock", manifest_cargo_lock, "rust"},
    {"requirements*.txt", manifest_requirements, "python"},
    {"requirements/*.txt", manifest_requirements, "python"},
    {"pyproject.toml", manifest_pyproject, "python"},
    {"setup.py", language_alone, "python"},
    {"poetry.lock", manifest_python_lock, "python"},
    {"uv.lock", manifest_python_lock, "python"},
    {"Pipfile", manifest_pipfile, "python"},
    {"Pipfile.lock", manifest_pipfile_lock, "python"},
    {"pom.xml", manifest_pom, "java"},
    {"build.gradle", manifest_gradle, "java"},
    {"build.gradle.kts", manifest_gradle, "java"},
    {"libs.versions.toml", manifest_gradle_catalog, NULL},
    {"build.sbt", manifest_sbt, "scala"},
    {"Dependencies.scala", manifest_sbt, "scala"},
    {"composer.json", manifest_composer_json, "php"},
    {"composer.lock", manifest_composer_lock, "php"},
    {"mix.exs", manifest_mix_exs, "elixir"},
    {"mix.lock", manifest_mix_lock, "elixir"},
};

const char *const manifest_names[] = {
    "Gemfile",
    "gems.rb",
    "Gemfile.lock",
    "gems.locked",
    "*.gemspec",
    "package.json",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "tsconfig.json",
    "go.mod",
    "Cargo.toml",
    "Cargo.lock",
    "requirements*.txt",
    "**/requirements/*.txt",
    "pyproject.toml",
    "setup.py",
    "poetry.lock",
    "uv.lock",
    "Pipfile",
    "Pipfile.lock",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "build.sbt",
    "libs.versions.toml",
    "Dependencies.scala",
    "composer.json",
    "composer.lock",
    "mix.exs",
    "mix.lock",
};
const size_t manifest_name_count = ARRAY_LEN(manifest_names);

static bool text_ok(struct span text)
{
	if (!text.len || text.len > MANIFEST_MAX_NAME)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (iscntrl((unsigned char)text.at[i]))
			return false;
	}
	return true;
}

void manifest_problem(struct manifest_file *file, uint32_t line, const char *text)
{
	if (file->out->problem)
		return;
	file->out->problem = arena_strdup(file->out->arena, text);
	file->out->problem_line = line;
}

void manifest_add(struct manifest_file *file, const struct found *found)
{
	struct manifest *out = file->out;
	struct dependency *dependency;

	if (!text_ok(found->name))
		return;
	if (out->count >= MANIFEST_MAX_DEPENDENCIES) {
		manifest_problem(file, found->line, "too many dependencies, the rest is left out");
		return;
	}
	GROW(out->dependencies, out->count, out->cap);
	dependency = &out->dependencies[out->count++];
	*dependency = (struct dependency){
	    .ecosystem = found->ecosystem,
	    .name = arena_memdup0(out->arena, found->name.at, found->name.len),
	    .scope = found->scope,
	    .direct = found->direct,
	    .at = {file->path, found->line},
	};
	if (text_ok(found->version)) {
		dependency->version =
		    arena_memdup0(out->arena, found->version.at, found->version.len);
		dependency->resolved = found->resolved;
	}
}

bool manifest_dev_group(struct span group)
{
	static const char *const words[] = {
	    "dev",     "devel",	    "development", "test",    "tests",	  "testing",
	    "lint",    "linting",   "lints",	   "doc",     "docs",	  "ci",
	    "debug",   "benchmark", "profiling",   "typing",  "rubocop",  "tools",
	    "tooling", "mypy",	    "style",	   "format",  "coverage", "types",
	    "quality", "qa",	    "build",	   "release", "cucumber", "documentation",
	    "guard",   "local",
	};

	while (group.len) {
		struct span word = {group.at, 0};

		while (word.len < group.len && isalnum((unsigned char)group.at[word.len]))
			word.len++;
		for (size_t i = 0; i < ARRAY_LEN(words); i++) {
			if (word.len == strlen(words[i]) &&
			    !strncasecmp(word.at, words[i], word.len))
				return true;
		}
		group = span_skip(group, word.len + 1);
	}
	return false;
}

struct doc_file *manifest_doc(struct manifest_file *file, enum doc_format format)
{
	struct doc_file *doc;
	struct err err = {0};
	enum doc_state state = doc_parse(&doc, format, file->path, file->bytes, file->len, &err);

	if (state == DOC_OK)
		return doc;
	manifest_problem(file, 0,
			 state == DOC_TEMPLATE ? "a template"
			 : err.what	       ? err.what
					       : "broken");
	err_clear(&err);
	doc_free(doc);
	return NULL;
}

static bool name_matches(const char *pattern, const char *path, const char *name)
{
	const char *star = strchr(pattern, '*'), *slash = strchr(pattern, '/');
	size_t len = strlen(name), before, after;

	if (!star)
		return !strcmp(pattern, name);
	if (slash) {
		size_t folder = (size_t)(slash + 1 - pattern);

		if ((size_t)(name - path) < folder || strncmp(name - folder, pattern, folder) ||
		    ((size_t)(name - path) > folder && name[-1 - (ptrdiff_t)folder] != '/'))
			return false;
		pattern = slash + 1;
	}
	before = (size_t)(star - pattern);
	after = strlen(star + 1);
	return len >= before + after && !strncmp(name, pattern, before) &&
	       !strcmp(name + len - after, star + 1);
}

bool manifest_read(const char *path, const char *bytes, size_t len, struct manifest *out)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	if (!len)
		bytes = "";

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct manifest_file file = {.name = name, .bytes = bytes, .len = len, .out = out};

		if (!name_matches(kinds[i].name, path, name))
			continue;
		file.path = arena_strdup(out->arena, path);
		file.lines = (struct lines){bytes, bytes + len, 0};
		out->language = kinds[i].language;
		kinds[i].read(&file);
		return true;
	}
	return false;
}

static int compare_text(const char *a, const char *b)
{
	return !a || !b ? (a ? 1 : 0) - (b ? 1 : 0) : strcmp(a, b);
}

/* By ecosystem and name, then what is resolved, then version and place. */
static int compare_dependencies(const void *left, const void *right)
{
	const struct dependency *a = left, *b = right;
	int order = strcmp(a->ecosystem, b->ecosystem);

	if (!order)
		order = strcmp(a->name, b->name);
	if (!order)
		order = (int)b->resolved - (int)a->resolved;
	if (!order && a->resolved)
		order = version_compare(a->version, b->version);
	if (!order)
		order = compare_text(a->version, b->version);
	if (!order)
		order = strcmp(a->at.path, b->at.path);
	return order ? order : (a->at.line > b->at.line) - (a->at.line < b->at.line);
}

/* What is needed at run time by one statement is needed at run time. */
static enum dependency_scope join_scopes(enum dependency_scope a, enum dependency_scope b)
{
	if (a == DEP_UNKNOWN || b == DEP_UNKNOWN)
		return a == DEP_UNKNOWN ? b : a;
	return a == DEP_RUNTIME || b == DEP_RUNTIME ? DEP_RUNTIME : DEP_DEV;
}

static bool same_package(const struct dependency *a, const struct dependency *b)
{
	return !strcmp(a->ecosystem, b->ecosystem) && !strcmp(a->name, b->name);
}

/* Joins equal versions among list[0..count), which is sorted; returns how many stay. */
static size_t join_equal(struct dependency *list, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		struct dependency *last = kept ? &list[kept - 1] : NULL;

		if (last && last->resolved == list[i].resolved &&
		    !compare_text(last->version, list[i].version)) {
			last->scope = join_scopes(last->scope, list[i].scope);
			last->direct |= list[i].direct;
			continue;
		}
		list[kept++] = list[i];
	}
	return kept;
}

/* What the manifest says of a package goes to the resolved versions that it means. */
static void apply_declared(struct dependency *resolved, size_t count,
			   const struct dependency *declared)
{
	bool any = false;

	for (size_t i = 0; i < count && declared->version && !any; i++)
		any = version_satisfies(resolved[i].version, declared->version);
	for (size_t i = 0; i < count; i++) {
		if (any && !version_satisfies(resolved[i].version, declared->version))
			continue;
		resolved[i].direct |= declared->direct;
		resolved[i].scope = join_scopes(resolved[i].scope, declared->scope);
	}
}

/* At most so many pairs of a version and a declaration are compared for one package. */
#define MAX_PAIRS 10000

/* Merges the statements about one package; returns how many stay. */
static size_t merge_package(struct dependency *list, size_t count)
{
	size_t resolved = 0;

	count = join_equal(list, count);
	while (resolved < count && list[resolved].resolved)
		resolved++;
	if (!resolved)
		return count;
	for (size_t i = resolved; i < count && (i - resolved) * resolved < MAX_PAIRS; i++)
		apply_declared(list, resolved, &list[i]);
	return resolved;
}

void manifest_merge(struct dependency *dependencies, size_t *count)
{
	size_t kept = 0;

	if (*count)
		qsort(dependencies, *count, sizeof(*dependencies), compare_dependencies);
	for (size_t start = 0, end; start < *count; start = end) {
		size_t merged;

		for (end = start + 1; end < *count; end++) {
			if (!same_package(&dependencies[start], &dependencies[end]))
				break;
		}
		merged = merge_package(dependencies + start, end - start);
		memmove(dependencies + kept, dependencies + start, merged * sizeof(*dependencies));
		kept += merged;
	}
	*count = kept;
}
