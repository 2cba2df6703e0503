/* requirements.txt, pyproject.toml (PEP 621, PEP 735, poetry, uv, pdm) and Pipfile. */

#include <ctype.h>
#include <string.h>

#include "core/manifest_read.h"
#include "core/mem.h"

struct span manifest_pypi_name(struct manifest_file *file, struct span name)
{
	char folded[MANIFEST_MAX_NAME];
	size_t len = 0;

	if (name.len > sizeof(folded))
		return name;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];

		if (!strchr("-_.", c) || !c)
			folded[len++] = (char)tolower((unsigned char)c);
		else if (len && folded[len - 1] != '-')
			folded[len++] = '-';
	}
	if (len == name.len && !memcmp(folded, name.at, len))
		return name;
	return (struct span){arena_memdup0(file->out->arena, folded, len), len};
}

/* "==1.2.3" pins one version; *version is it then. */
static bool pinned(struct span *version)
{
	struct span exact = *version;

	if (!span_starts(exact, "=="))
		return false;
	while (exact.len && (*exact.at == '=' || *exact.at == ' '))
		exact = span_skip(exact, 1);
	if (!exact.len || span_find(exact, ",") >= 0 || span_find(exact, "*") >= 0)
		return false;
	*version = span_trim(exact);
	return true;
}

/* A requirement of PEP 508: name [extras] (specifier) ; marker, or name @ url. */
static void add_requirement(struct manifest_file *file, struct span text,
			    enum dependency_scope scope, uint32_t line)
{
	struct found found = {.ecosystem = "pypi", .scope = scope, .direct = true, .line = line};
	struct span rest;

	text = span_trim(text);
	found.name = span_word(text, "-.");
	if (!found.name.len || !isalnum((unsigned char)*found.name.at))
		return;
	rest = span_trim(span_skip(text, found.name.len));
	if (span_starts(rest, "[") && !span_cut(rest, ']', &text, &rest))
		return;
	span_cut(rest, ';', &rest, &text);
	rest = span_trim(rest);
	if (span_starts(rest, "(") && span_ends(rest, ")"))
		rest = span_trim((struct span){rest.at + 1, rest.len - 2});
	if (rest.len && strchr("<>=~!", *rest.at)) {
		found.version = rest;
		found.resolved = pinned(&found.version);
	} else if (rest.len && *rest.at != '@') {
		return; /* prose, or a path */
	} else {
		found.version = span_of(NULL);
	}
	found.name = manifest_pypi_name(file, found.name);
	manifest_add(file, &found);
}

/* Without a comment, hashes and the backslash at its end. */
static struct span requirement_text(struct span line)
{
	ptrdiff_t at;

	line = span_trim(line);
	if (span_starts(line, "#"))
		return span_of(NULL);
	if ((at = span_find(line, " #")) >= 0)
		line.len = (size_t)at;
	if ((at = span_find(line, " --")) >= 0)
		line.len = (size_t)at;
	line = span_trim(line);
	if (span_ends(line, "\\"))
		line.len--;
	return span_trim(line);
}

/*
 * pip-compile and uv write below each requirement what asked for it: "# via flask", or
 * "# via" and a comment a line; those that name a file or the project are direct.
 */
static void note_via(struct manifest_file *file, struct span line, bool *via)
{
	struct span text = span_trim(line);
	struct dependency *last;

	if (!span_starts(text, "#")) {
		*via = false;
		return;
	}
	text = span_trim(span_skip(text, 1));
	if (!file->out->count || (!*via && !span_starts(text, "via")))
		return;
	last = &file->out->dependencies[file->out->count - 1];
	if (!*via)
		last->direct = false;
	*via = true;
	last->direct |= span_find(text, "-r ") >= 0 || span_find(text, "pyproject.toml") >= 0 ||
			span_find(text, "setup.") >= 0;
}

void manifest_requirements(struct manifest_file *file)
{
	struct span stem = span_of(file->name), line;
	enum dependency_scope scope = manifest_dev_group(stem) ? DEP_DEV : DEP_RUNTIME;
	bool via = false;

	while (lines_next(&file->lines, &line)) {
		struct span text = requirement_text(line);
		ptrdiff_t egg = span_find(text, "#egg="), comment;
		size_t before = file->out->count;

		note_via(file, line, &via);
		if (egg >= 0) /* -e git+https://...#egg=name */
			text = span_word(span_skip(text, (size_t)egg + 5), "-.");
		if (text.len && *text.at != '-')
			add_requirement(file, text, scope, file->lines.number);
		comment = span_find(line, " # via ");
		if (comment >= 0 && file->out->count > before)
			note_via(file, span_skip(line, (size_t)comment), &via);
	}
}

/* A list of requirements; groups of PEP 735 also hold tables, which name other groups. */
static void requirement_list(struct manifest_file *file, const struct doc *list,
			     enum dependency_scope scope)
{
	const struct doc *item;

	for (size_t i = 0; (item = doc_item(list, i)); i++) {
		if (doc_str(item))
			add_requirement(file, span_of(doc_str(item)), scope, item->line);
	}
}

/* Lists by group; scope DEP_UNKNOWN: the group's name tells. */
static void requirement_groups(struct manifest_file *file, const struct doc *groups,
			       enum dependency_scope scope)
{
	if (!groups || groups->kind != DOC_MAP)
		return;
	for (size_t i = 0; i < groups->len; i++) {
		bool dev = manifest_dev_group(span_of(groups->pairs[i].key.text));

		requirement_list(file, &groups->pairs[i].value,
				 scope != DEP_UNKNOWN ? scope
				 : dev		      ? DEP_DEV
						      : DEP_RUNTIME);
	}
}

/* poetry's and pipenv's tables: name = "^1.2" or name = {version = "^1.2", ...}. */
static void requirement_table(struct manifest_file *file, const struct doc *table,
			      enum dependency_scope scope)
{
	if (!table || table->kind != DOC_MAP)
		return;
	for (size_t i = 0; i < table->len; i++) {
		const struct doc *key = &table->pairs[i].key, *value = &table->pairs[i].value;
		const char *version = doc_str(value);
		struct found found = {
		    .ecosystem = "pypi", .scope = scope, .direct = true, .line = key->line};

		if (!strcmp(key->text, "python"))
			continue;
		if (value->kind == DOC_MAP)
			version = doc_str(doc_get(value, "version"));
		found.name = manifest_pypi_name(file, span_of(key->text));
		found.version = span_of(version && strcmp(version, "*") ? version : NULL);
		found.resolved = pinned(&found.version);
		manifest_add(file, &found);
	}
}

static void poetry(struct manifest_file *file, const struct doc *tool)
{
	const struct doc *groups = doc_get(tool, "group");

	requirement_table(file, doc_get(tool, "dependencies"), DEP_RUNTIME);
	requirement_table(file, doc_get(tool, "dev-dependencies"), DEP_DEV);
	for (size_t i = 0; groups && groups->kind == DOC_MAP && i < groups->len; i++) {
		bool dev = manifest_dev_group(span_of(groups->pairs[i].key.text));

		requirement_table(file, doc_get(&groups->pairs[i].value, "dependencies"),
				  dev ? DEP_DEV : DEP_RUNTIME);
	}
}

void manifest_pyproject(struct manifest_file *file)
{
	struct doc_file *doc = manifest_doc(file, DOC_TOML);
	const struct doc *root = doc ? doc_at(doc, 0) : NULL;
	const struct doc *project = doc_get(root, "project"), *tool = doc_get(root, "tool");

	requirement_list(file, doc_get(project, "dependencies"), DEP_RUNTIME);
	requirement_groups(file, doc_get(project, "optional-dependencies"), DEP_UNKNOWN);
	requirement_groups(file, doc_get(root, "dependency-groups"), DEP_DEV);
	requirement_list(file, doc_path(tool, "uv.dev-dependencies"), DEP_DEV);
	requirement_groups(file, doc_path(tool, "pdm.dev-dependencies"), DEP_DEV);
	poetry(file, doc_get(tool, "poetry"));
	doc_free(doc);
}

void manifest_pipfile(struct manifest_file *file)
{
	struct doc_file *doc = manifest_doc(file, DOC_TOML);
	const struct doc *root = doc ? doc_at(doc, 0) : NULL;

	requirement_table(file, doc_get(root, "packages"), DEP_RUNTIME);
	requirement_table(file, doc_get(root, "dev-packages"), DEP_DEV);
	doc_free(doc);
}
