/* The lockfiles of yarn and pnpm, by lines: both may be a megabyte. */

#include <string.h>

#include "core/manifest_read.h"

/* "name" of "name@range", "@scope/name@npm:range"; the target's of "alias@npm:name@range". */
static struct span yarn_name(struct span key)
{
	struct span name, range, target;

	if (!key.len || !span_cut(span_skip(key, 1), '@', &name, &range))
		return span_of(NULL);
	name = (struct span){key.at, name.len + 1};
	if (span_starts(range, "npm:")) {
		target = span_skip(range, strlen("npm:"));
		if (target.len && span_cut(span_skip(target, 1), '@', &range, &key))
			return (struct span){target.at, range.len + 1};
	}
	return name;
}

static bool yarn_local(struct span key)
{
	return span_find(key, "@workspace:") >= 0 || span_find(key, "@link:") >= 0 ||
	       span_find(key, "@portal:") >= 0 || span_starts(key, "__metadata");
}

/*
 * An entry's keys stand at the margin, joined by ", ", its version two spaces in:
 * `version "1.2.3"` in yarn 1, `version: 1.2.3` since yarn 2.
 */
void manifest_yarn_lock(struct manifest_file *file)
{
	struct found found = {.ecosystem = "npm", .scope = DEP_UNKNOWN, .resolved = true};
	struct span line, key, rest;

	while (lines_next(&file->lines, &line)) {
		if (!line.len || *line.at == '#')
			continue;
		if (*line.at != ' ') {
			span_cut(line, ',', &line, &rest);
			if (span_ends(line, ":"))
				line.len--;
			key = line;
			if (*key.at == '"')
				key = span_skip(key, 1);
			if (span_ends(key, "\""))
				key.len--;
			found.name = yarn_local(key) ? span_of(NULL) : yarn_name(key);
			found.line = file->lines.number;
		} else if (found.name.len && span_starts(line, "  version")) {
			line = span_trim(span_skip(line, strlen("  version")));
			if (span_starts(line, ":"))
				line = span_skip(line, 1);
			found.version = span_unquote(line);
			manifest_add(file, &found);
			found.name = span_of(NULL);
		}
	}
}

/* Without the peers that pnpm appends: "1.2.3(react@18.0.0)", "1.2.3_react@18.0.0". */
static struct span without_peers(struct span version)
{
	struct span rest;

	span_cut(version, '(', &version, &rest);
	span_cut(version, '_', &version, &rest);
	return version;
}

/* A version is a number; links, files and tarballs are none. */
static bool is_version(struct span text)
{
	return text.len && *text.at >= '0' && *text.at <= '9';
}

/* "/name/1.2.3" (v5), "/name@1.2.3" (v6) or "name@1.2.3" (v9), with a scope before or none. */
static bool pnpm_key(struct span key, struct span *name, struct span *version)
{
	struct span rest;
	size_t at;

	key = span_unquote(key);
	if (span_starts(key, "/"))
		key = span_skip(key, 1);
	span_cut(key, '(', &key, &rest);
	at = key.len && *key.at == '@' ? 1 : 0;
	if (at) {
		ptrdiff_t slash = span_find(key, "/");

		if (slash < 0)
			return false;
		at = (size_t)slash + 1;
	}
	while (at < key.len && key.at[at] != '@' && key.at[at] != '/')
		at++;
	if (at >= key.len)
		return false;
	*name = (struct span){key.at, at};
	*version = without_peers(span_skip(key, at + 1));
	return is_version(*version);
}

struct pnpm {
	struct manifest_file *file;
	struct found package; /* of packages:, added once its scope is known */
	struct found direct;  /* of importers:, waiting for its version */
	bool packages, importers;
	size_t base; /* indent of the importer's own keys */
	bool group;  /* inside dependencies: or one of its kin */
	enum dependency_scope scope;
};

static void pnpm_flush(struct pnpm *pnpm)
{
	if (pnpm->package.name.len)
		manifest_add(pnpm->file, &pnpm->package);
	pnpm->package.name = span_of(NULL);
}

static void pnpm_package(struct pnpm *pnpm, struct span line, size_t indent)
{
	struct span text = span_trim(line);

	if (indent == 2) {
		struct span key = text;
		ptrdiff_t colon = span_find(text, ": {");

		pnpm_flush(pnpm);
		if (colon >= 0)
			key.len = (size_t)colon;
		else if (span_ends(key, ":"))
			key.len--;
		pnpm->package = (struct found){.ecosystem = "npm",
					       .scope = DEP_UNKNOWN,
					       .resolved = true,
					       .line = pnpm->file->lines.number};
		if (!pnpm_key(key, &pnpm->package.name, &pnpm->package.version))
			pnpm->package.name = span_of(NULL);
	} else if (indent == 4 && span_starts(text, "dev: ")) {
		pnpm->package.scope = span_is(text, "dev: true") ? DEP_DEV : DEP_RUNTIME;
	}
}

static bool pnpm_group(struct pnpm *pnpm, struct span text)
{
	pnpm->group = span_is(text, "dependencies:") || span_is(text, "devDependencies:") ||
		      span_is(text, "optionalDependencies:");
	pnpm->scope = span_is(text, "devDependencies:") ? DEP_DEV : DEP_RUNTIME;
	return pnpm->group;
}

static void pnpm_add_direct(struct pnpm *pnpm, struct span version)
{
	version = span_unquote(version);
	if (span_starts(version, "/") || (version.len && !is_version(version))) {
		struct span name; /* an alias: /real-name@1.2.3 */

		if (!pnpm_key(version, &name, &version))
			return;
		pnpm->direct.name = name;
	}
	pnpm->direct.version = without_peers(version);
	if (is_version(pnpm->direct.version))
		manifest_add(pnpm->file, &pnpm->direct);
}

/* `name: 1.2.3` in v5; `name:` with `specifier:` and `version:` under it since v6. */
static void pnpm_importer(struct pnpm *pnpm, struct span line, size_t indent)
{
	struct span text = span_trim(line), key = text, value = span_of(NULL);

	if (indent == pnpm->base) {
		pnpm_group(pnpm, text);
	} else if (pnpm->group && indent == pnpm->base + 2) {
		ptrdiff_t colon = span_find(text, ": ");

		if (colon >= 0) {
			key.len = (size_t)colon;
			value = span_skip(text, (size_t)colon + 2);
		} else if (span_ends(key, ":")) {
			key.len--;
		}
		pnpm->direct = (struct found){.ecosystem = "npm",
					      .name = span_unquote(key),
					      .scope = pnpm->scope,
					      .direct = true,
					      .resolved = true,
					      .line = pnpm->file->lines.number};
		if (value.len)
			pnpm_add_direct(pnpm, value);
	} else if (pnpm->group && indent == pnpm->base + 4 && span_starts(text, "version: ")) {
		pnpm_add_direct(pnpm, span_skip(text, strlen("version: ")));
	}
}

void manifest_pnpm_lock(struct manifest_file *file)
{
	struct pnpm pnpm = {.file = file};
	struct span line;

	while (lines_next(&file->lines, &line)) {
		size_t indent = span_indent(line);

		if (indent == line.len)
			continue;
		if (!indent) {
			pnpm_flush(&pnpm);
			pnpm.packages = span_is(line, "packages:");
			pnpm.importers = span_is(line, "importers:");
			pnpm.base = 4;
			if (pnpm_group(&pnpm, line)) { /* one project alone: no importers: */
				pnpm.importers = true;
				pnpm.base = 0;
			}
		} else if (pnpm.packages) {
			pnpm_package(&pnpm, line, indent);
		} else if (pnpm.importers) {
			pnpm_importer(&pnpm, line, indent);
		}
	}
	pnpm_flush(&pnpm);
}
