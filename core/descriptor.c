#include "core/descriptor.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/buf.h"
#include "core/descriptor_read.h"
#include "core/mem.h"

const char *const descriptor_globs[] = {
    "service.yml",	   "catalog-info.yaml",	 "catalog-info.yml",	 "opslevel.yml",
    "cortex.yaml",	   "cortex.yml",	 "service.datadog.yaml", "service.datadog.yml",
    "entity.datadog.yaml", "entity.datadog.yml", "compass.yml",		 "compass.yaml",
    "RUNBOOK.md",	   "runbook.md",	 "Runbook.md",		 "**/runbooks/*.md",
};
const size_t descriptor_glob_count = ARRAY_LEN(descriptor_globs);

enum format { SERVICE, CATALOG_INFO, OPSLEVEL, CORTEX, DATADOG, COMPASS, RUNBOOK };

/* In the order of trust. */
static const struct {
	const char *name;
	void (*read)(struct descriptor_reader *in, const struct doc *root);
} formats[] = {
    [SERVICE] = {"service.yml", NULL},
    [CATALOG_INFO] = {"catalog-info", descriptor_backstage},
    [OPSLEVEL] = {"opslevel", descriptor_opslevel},
    [CORTEX] = {"cortex", descriptor_cortex},
    [DATADOG] = {"datadog", descriptor_datadog},
    [COMPASS] = {"compass", descriptor_compass},
    [RUNBOOK] = {"runbook", NULL},
};

static bool has_tail(const char *name, const char *tail)
{
	size_t len = strlen(name), tail_len = strlen(tail);

	return len >= tail_len && !strcasecmp(name + len - tail_len, tail);
}

/* -1: no descriptor's name. */
static int format_of(const char *path, const char *name)
{
	static const struct {
		const char *stem; /* without .yml or .yaml */
		enum format format;
	} names[] = {{"service", SERVICE},	   {"catalog-info", CATALOG_INFO},
		     {"opslevel", OPSLEVEL},	   {"cortex", CORTEX},
		     {"service.datadog", DATADOG}, {"entity.datadog", DATADOG},
		     {"compass", COMPASS}};

	if (has_tail(name, ".md")) {
		bool in_folder = has_tail(path, name) &&
				 (!strncmp(path, "runbooks/", 9) || strstr(path, "/runbooks/"));
		return in_folder || !strcasecmp(name, "runbook.md") ? RUNBOOK : -1;
	}
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		size_t len = strlen(names[i].stem);

		if (!strncmp(name, names[i].stem, len) &&
		    (!strcmp(name + len, ".yml") || !strcmp(name + len, ".yaml")))
			return names[i].format;
	}
	return -1;
}

/* Folders that hold files about the one above them. */
static bool is_meta_folder(const char *name, size_t len)
{
	static const char *const names[] = {".github",	 ".gitlab",  ".datadog", ".backstage",
					    ".opslevel", ".cortex",  ".compass", "docs",
					    "doc",	 "runbooks", "runbook"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (strlen(names[i]) == len && !strncmp(names[i], name, len))
			return true;
	}
	return false;
}

static const char *subdir_of(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0;

	while (len) {
		const char *last = memrchr(path, '/', len);
		size_t start = last ? (size_t)(last + 1 - path) : 0;

		if (!is_meta_folder(path + start, len - start))
			break;
		len = last ? (size_t)(last - path) : 0;
	}
	return arena_memdup0(arena, path, len);
}

/* Where a value begins in a line: behind "- " and behind "key: "; NULL when it has neither. */
static const char *value_of(const char *line, const char *end)
{
	const char *at = line, *colon;

	while (end - at > 1 && at[0] == '-' && at[1] == ' ') {
		at += 2;
		while (at < end && *at == ' ')
			at++;
	}
	colon = at;
	while (colon < end && !strchr(":#\"'", *colon))
		colon++;
	if (end - colon > 1 && colon[0] == ':' && colon[1] == ' ')
		at = colon + 2;
	while (at < end && *at == ' ')
		at++;
	return at > line ? at : NULL;
}

/* One line with its tabs and the value that YAML reserves made harmless; whether it changed. */
static bool mend_line(struct descriptor_reader *in, uint32_t number, const char *line,
		      const char *end, struct buf *out)
{
	const char *start = line, *value, *stop;
	bool tabs = false;

	while (start < end && (*start == ' ' || *start == '\t')) {
		tabs |= *start == '\t';
		buf_adds(out, *start == '\t' ? "  " : " ");
		start++;
	}
	if (tabs)
		descriptor_warn(in, number, "a tab in the indentation, which YAML does not allow");
	value = value_of(start, end);
	if (!value || value >= end || (*value != '@' && *value != '`')) {
		buf_add(out, start, (size_t)(end - start));
		return tabs;
	}
	descriptor_warn(in, number, "a value that begins with %c must be in quotes", *value);
	for (stop = value; stop < end && !(stop[0] == ' ' && stop + 1 < end && stop[1] == '#');)
		stop++;
	while (stop > value && strchr(" \r", stop[-1]))
		stop--;
	buf_add(out, start, (size_t)(value - start));
	buf_addc(out, '\'');
	for (const char *c = value; c < stop; c++)
		buf_adds(out, *c == '\'' ? "''" : (char[]){*c, '\0'});
	buf_addc(out, '\'');
	buf_add(out, stop, (size_t)(end - stop));
	return true;
}

/* The file with what can be mended mended, one warning a line; false: nothing can. */
static bool mend(struct descriptor_reader *in, struct buf *out)
{
	const char *line = in->bytes, *end = in->bytes + in->len;
	bool changed = false;

	for (uint32_t number = 1; line < end; number++) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));

		if (!stop)
			stop = end;
		changed |= mend_line(in, number, line, stop, out);
		buf_addc(out, '\n');
		line = stop + (stop < end);
	}
	return changed;
}

/* err->where is "path:line". */
static uint32_t error_line(const struct err *err)
{
	const char *colon = err->where ? strrchr(err->where, ':') : NULL;

	return colon ? (uint32_t)strtoul(colon + 1, NULL, 10) : 0;
}

/* The file's documents after mending it where that helps; the caller frees them. */
static struct doc_file *parse(struct descriptor_reader *in, enum doc_state *state)
{
	struct doc_file *file;
	struct err err = {0};
	struct buf mended = {0};

	*state = doc_parse(&file, DOC_YAML, in->path, in->bytes, in->len, &err);
	if (*state == DOC_BROKEN && in->len <= 1 << 20 && mend(in, &mended)) {
		doc_free(file);
		err_clear(&err);
		*state = doc_parse(&file, DOC_YAML, in->path, mended.data, mended.len, &err);
	}
	buf_free(&mended);
	if (*state == DOC_BROKEN)
		descriptor_warn(in, error_line(&err), "%s", err.what ? err.what : "broken YAML");
	err_clear(&err);
	return file;
}

static bool begins_line(const char *bytes, const char *at, bool indented)
{
	while (indented && at > bytes && at[-1] == ' ')
		at--;
	return at == bytes || at[-1] == '\n';
}

/* Whether a key of a service description begins a line; classification may be in a block. */
static bool mentions_service(const char *bytes, size_t len)
{
	static const char *const keys[] = {
	    "classification:", "owners:", "slack_channels:", "tier:"};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const char *hit = bytes, *end = bytes + len;

		while (hit < end &&
		       (hit = memmem(hit, (size_t)(end - hit), keys[i], strlen(keys[i])))) {
			if (begins_line(bytes, hit, !i))
				return true;
			hit++;
		}
	}
	return false;
}

/* "${{ values.name }}", "{{ cookiecutter.name }}": valid YAML that waits to be rendered. */
static bool is_placeholder(const char *name)
{
	return name && (strstr(name, "{{") || strstr(name, "${") || strstr(name, "<%"));
}

/* Takes back the descriptors from first on whose names show that they are templates. */
static void drop_templates(struct descriptor_reader *in, size_t first)
{
	struct descriptor_list *out = in->out;
	size_t kept = first;

	for (size_t i = first; i < out->count; i++) {
		if (is_placeholder(out->descriptors[i].name.value))
			descriptor_warn(in, out->descriptors[i].name.at.line,
					"a template, which says nothing until it is rendered");
		else
			out->descriptors[kept++] = out->descriptors[i];
	}
	out->count = kept;
}

static void read_documents(struct descriptor_reader *in, enum format format)
{
	enum doc_state state;
	struct doc_file *file = parse(in, &state);
	size_t count = doc_count(file), first = in->out->count;

	if (state == DOC_TEMPLATE && (format != SERVICE || !*in->subdir))
		descriptor_warn(in, 0, "a template, which says nothing until it is rendered");
	else if (state == DOC_OK && !count && (format != SERVICE || !strcmp(in->path, in->name)))
		descriptor_warn(in, 0, "the file is empty");
	for (size_t i = 0; i < count; i++) {
		const struct doc *root = doc_at(file, i);

		if (format == SERVICE)
			descriptor_service(in, root, count == 1);
		else if (root->kind == DOC_MAP)
			formats[format].read(in, root);
		else if (count == 1)
			descriptor_warn(in, root->line, "the file describes nothing");
	}
	drop_templates(in, first);
	doc_free(file);
}

void descriptor_read(const char *path, const char *bytes, size_t len, struct descriptor_list *out)
{
	const char *slash = strrchr(path, '/');
	struct descriptor_reader in = {.out = out, .bytes = bytes, .len = len};
	int format = format_of(path, slash ? slash + 1 : path);

	if (format < 0)
		return;
	if (!len)
		in.bytes = "";
	in.path = arena_strdup(out->arena, path);
	in.name = slash ? in.path + (slash + 1 - path) : in.path;
	in.subdir = subdir_of(out->arena, path);
	in.format = formats[format].name;
	in.trust = (unsigned)format;
	if (format == RUNBOOK)
		descriptor_runbook(&in);
	else if (format != SERVICE || in.path == in.name || mentions_service(bytes, len))
		read_documents(&in, (enum format)format);
}
