/* Elixir's mix.exs and mix.lock. */

#include <ctype.h>
#include <string.h>

#include "core/manifest_read.h"

/* `only: :test` or `only: [:dev, :test]` keeps a package out of production. */
static enum dependency_scope only_scope(struct span options)
{
	ptrdiff_t at = span_find(options, "only:");
	struct span rest, list;

	if (at < 0)
		return DEP_RUNTIME;
	rest = span_trim(span_skip(options, (size_t)at + strlen("only:")));
	if (span_starts(rest, "["))
		span_cut(rest, ']', &rest, &list);
	else
		span_cut(rest, ',', &rest, &list);
	return span_find(rest, ":prod") >= 0 ? DEP_RUNTIME : DEP_DEV;
}

#define MAX_TUPLE 1024

/* {:name, "~> 1.2", only: :dev}, which may go on over lines; at is behind "{:". */
static void add_tuple(struct manifest_file *file, const char *at)
{
	size_t left = (size_t)(file->bytes + file->len - at);
	struct span tuple = {at, left < MAX_TUPLE ? left : MAX_TUPLE};
	struct found found = {.ecosystem = "hex",
			      .version = span_of(NULL),
			      .direct = true,
			      .line = file->lines.number};
	struct span rest;

	span_cut(tuple, '}', &tuple, &rest);
	found.name = span_word(tuple, "");
	rest = span_trim(span_skip(tuple, found.name.len));
	if (!found.name.len || !span_starts(rest, ","))
		return;
	rest = span_trim(span_skip(rest, 1));
	if (span_starts(rest, "\""))
		span_quoted(&rest, &found.version);
	else if (span_find(rest, ":") < 0)
		return; /* a pair of something else */
	found.scope = only_scope(rest);
	manifest_add(file, &found);
}

/* Inside the function deps: from its def to the end at the same indent. */
void manifest_mix_exs(struct manifest_file *file)
{
	bool deps = false;
	struct span line, rest;

	while (lines_next(&file->lines, &line)) {
		line = span_trim(line);
		if (span_starts(line, "#"))
			continue;
		if (span_starts(line, "def ") || span_starts(line, "defp ")) {
			span_cut(line, ' ', &rest, &line);
			deps = span_starts(line, "deps");
		}
		if (!deps)
			continue;
		for (ptrdiff_t at; (at = span_find(line, "{:")) >= 0;) {
			line = span_skip(line, (size_t)at + 2);
			add_tuple(file, line.at);
		}
	}
}

/* "name": {:hex, :name, "1.2.3", ...} one a line; {:git, ...} has no version. */
void manifest_mix_lock(struct manifest_file *file)
{
	struct span line;

	while (lines_next(&file->lines, &line)) {
		struct found found = {.ecosystem = "hex",
				      .version = span_of(NULL),
				      .scope = DEP_UNKNOWN,
				      .resolved = true,
				      .line = file->lines.number};

		if (!span_quoted(&line, &found.name))
			continue;
		line = span_trim(line);
		if (span_starts(line, ": {:hex,") || span_starts(line, ":{:hex,"))
			span_quoted(&line, &found.version);
		else if (!span_starts(line, ": {:git,"))
			continue;
		manifest_add(file, &found);
	}
}
