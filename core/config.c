#include "core/config.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/config_internal.h"
#include "core/doc.h"
#include "core/glob.h"
#include "core/mem.h"
#include "core/text.h"

#define MAX_LIST 10000
#define MAX_JOBS 1024

static const char *const key_names[CONFIG_KEYS] = {
    "roots",	 "exclude", "checklist", "theme", "sources", "me",
    "read_only", "ascii",   "color",	 "jobs",  "notify",  "store",
};

const char *config_key_name(enum config_key key)
{
	return key_names[key];
}

int config_fail(struct reading *in, const struct doc *at, const char *fix, const char *fmt, ...)
{
	va_list ap;
	char *what, *where;

	va_start(ap, fmt);
	what = xvasprintf(fmt, ap);
	va_end(ap);
	where = xasprintf("%s:%u", in->path, (unsigned)at->line);
	err_set(in->err, where, fix, "%s", what);
	free(what);
	free(where);
	return -1;
}

const char *config_known(struct reading *in, const char *const *known, size_t count)
{
	struct buf list = {0};
	const char *fix;

	for (size_t i = 0; i < count; i++)
		buf_addf(&list, "%s%s", i ? ", " : "", known[i]);
	fix = arena_printf(in->config->arena, "known: %s", buf_str(&list));
	buf_free(&list);
	return fix;
}

int config_unknown(struct reading *in, const struct doc *word, const char *kind,
		   const char *const *known, size_t count)
{
	const char *near = text_suggest(word->text, known, count);
	const char *fix = near ? arena_printf(in->config->arena, "did you mean \"%s\"?", near)
			       : config_known(in, known, count);

	return config_fail(in, word, fix, "unknown %s \"%s\"", kind, word->text);
}

int config_index(struct reading *in, const struct doc *word, const char *kind,
		 const char *const *known, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(word->text, known[i]))
			return (int)i;
	return config_unknown(in, word, kind, known, count);
}

const char *config_text(struct reading *in, const struct doc *value, const char *key)
{
	const char *text = doc_str(value);

	if (text && *text)
		return arena_strdup(in->config->arena, text);
	config_fail(in, value, NULL, "%s needs a text", key);
	return NULL;
}

/* A list of texts; one text alone is a list of one. */
static int read_list(struct reading *in, const struct doc *value, const char *key,
		     const char ***list, size_t *count)
{
	size_t len = value->kind == DOC_SEQ ? value->len : 1;

	if (len > MAX_LIST)
		return config_fail(in, value, NULL, "%s has more than %d entries", key, MAX_LIST);
	*list = arena_alloc(in->config->arena, len * sizeof(**list));
	for (size_t i = 0; i < len; i++) {
		const struct doc *item = value->kind == DOC_SEQ ? doc_item(value, i) : value;

		(*list)[i] = config_text(in, item, key);
		if (!(*list)[i])
			return -1;
	}
	*count = len;
	return 0;
}

static int read_bool(struct reading *in, const struct doc *value, const char *key, bool *out)
{
	if (doc_bool(value, out))
		return 0;
	return config_fail(in, value, "write true or false", "%s is neither true nor false", key);
}

/* ~ is the home folder; what is relative starts at the folder of the file. */
const char *config_expand(struct reading *in, const struct doc *at, const char *path)
{
	struct arena *arena = in->config->arena;
	const char *slash = strrchr(in->path, '/');

	if (path[0] == '~' && (path[1] == '/' || !path[1])) {
		if (in->home)
			return arena_printf(arena, "%s%s", in->home, path + 1);
		config_fail(in, at, "write the whole path", "no home folder is known for %s", path);
		return NULL;
	}
	if (path[0] == '~') {
		config_fail(in, at, "write the whole path", "%s: other people's ~ is not expanded",
			    path);
		return NULL;
	}
	if (path[0] == '/' || !slash)
		return path;
	return arena_printf(arena, "%.*s/%s", (int)(slash - in->path), in->path, path);
}

static int read_roots(struct reading *in, const struct doc *value)
{
	struct config *config = in->config;

	if (read_list(in, value, "roots", &config->roots, &config->root_count) < 0)
		return -1;
	for (size_t i = 0; i < config->root_count; i++) {
		const struct doc *item = value->kind == DOC_SEQ ? doc_item(value, i) : value;

		config->roots[i] = config_expand(in, item, config->roots[i]);
		if (!config->roots[i])
			return -1;
	}
	return 0;
}

static int read_exclude(struct reading *in, const struct doc *value)
{
	struct config *config = in->config;
	struct glob_set *set = glob_set_new();
	int result = read_list(in, value, "exclude", &config->exclude, &config->exclude_count);

	for (size_t i = 0; !result && i < config->exclude_count; i++) {
		const struct doc *item = value->kind == DOC_SEQ ? doc_item(value, i) : value;
		struct err bad = {0};

		if (glob_set_add(set, config->exclude[i], 0, 0, &bad) < 0)
			result = config_fail(in, item, NULL, "exclude: %s", bad.what);
		err_clear(&bad);
	}
	glob_set_free(set);
	return result;
}

static int read_path(struct reading *in, const struct doc *value, const char *key, const char **out)
{
	*out = config_text(in, value, key);
	if (*out)
		*out = config_expand(in, value, *out);
	return *out ? 0 : -1;
}

static int read_theme(struct reading *in, const struct doc *value)
{
	in->config->theme = config_text(in, value, "theme");
	if (in->config->theme && strpbrk(in->config->theme, "/~"))
		in->config->theme = config_expand(in, value, in->config->theme);
	return in->config->theme ? 0 : -1;
}

static int read_me(struct reading *in, const struct doc *value)
{
	static const char *const known[] = {"owner"};

	if (value->kind != DOC_MAP)
		return config_fail(in, value, "write me: {owner: [org/team]}",
				   "me is not a mapping");
	for (size_t i = 0; i < value->len; i++) {
		const struct doc_pair *pair = &value->pairs[i];

		if (config_index(in, &pair->key, "key of me", known, ARRAY_LEN(known)) < 0 ||
		    read_list(in, &pair->value, "owner", &in->config->owners,
			      &in->config->owner_count) < 0)
			return -1;
	}
	return 0;
}

static int read_notify(struct reading *in, const struct doc *value)
{
	static const char *const known[] = {"bell", "terminal"};
	size_t len = value->kind == DOC_SEQ ? value->len : 1;

	for (size_t i = 0; i < len; i++) {
		const struct doc *item = value->kind == DOC_SEQ ? doc_item(value, i) : value;
		int which = config_index(in, item, "way to notify", known, ARRAY_LEN(known));

		if (which < 0)
			return -1;
		in->config->notify_bell |= which == 0;
		in->config->notify_terminal |= which == 1;
	}
	return 0;
}

static int read_color(struct reading *in, const struct doc *value)
{
	static const char *const known[] = {"auto", "always", "never"};
	int index = value->kind == DOC_SCALAR
			? config_index(in, value, "color", known, ARRAY_LEN(known))
			: config_fail(in, value, "write auto, always or never", "color is no word");

	if (index < 0)
		return -1;
	in->config->color = (enum config_color)index;
	return 0;
}

static int read_jobs(struct reading *in, const struct doc *value)
{
	int64_t jobs;

	if (!doc_int(value, &jobs) || jobs < 1 || jobs > MAX_JOBS)
		return config_fail(in, value, NULL, "jobs is no number from 1 to %d", MAX_JOBS);
	in->config->jobs = (unsigned)jobs;
	return 0;
}

/* "none", a path, or that behind "sqlite:"; nothing else speaks of a store yet. */
static int read_store(struct reading *in, const struct doc *value)
{
	const char *text = doc_str(value);

	if (text && (!strcmp(text, "none") || !strncmp(text, "sqlite:", 7))) {
		in->config->store = arena_strdup(in->config->arena, text);
		return 0;
	}
	if (text && strstr(text, "://"))
		return config_fail(in, value, "a path, sqlite:PATH or none",
				   "there is no store of this kind");
	return read_path(in, value, "store", &in->config->store);
}

static int read_key(struct reading *in, enum config_key key, const struct doc *value)
{
	switch (key) {
	case CONFIG_ROOTS:
		return read_roots(in, value);
	case CONFIG_EXCLUDE:
		return read_exclude(in, value);
	case CONFIG_CHECKLIST:
		return read_path(in, value, "checklist", &in->config->checklist);
	case CONFIG_THEME:
		return read_theme(in, value);
	case CONFIG_SOURCES:
		return config_read_sources(in, value);
	case CONFIG_ME:
		return read_me(in, value);
	case CONFIG_READ_ONLY:
		return read_bool(in, value, "read_only", &in->config->read_only);
	case CONFIG_ASCII:
		return read_bool(in, value, "ascii", &in->config->ascii);
	case CONFIG_COLOR:
		return read_color(in, value);
	case CONFIG_JOBS:
		return read_jobs(in, value);
	case CONFIG_NOTIFY:
		return read_notify(in, value);
	case CONFIG_STORE:
		return read_store(in, value);
	case CONFIG_KEYS:
		break;
	}
	return -1;
}

static int read_document(struct reading *in, const struct doc *doc)
{
	if (!doc || doc->kind == DOC_NULL)
		return 0;
	if (doc->kind != DOC_MAP)
		return config_fail(in, doc, "start with a key, as in `roots: [~/src]`",
				   "the file is not a mapping");
	for (size_t i = 0; i < doc->len; i++) {
		const struct doc_pair *pair = &doc->pairs[i];
		int key = config_index(in, &pair->key, "key", key_names, CONFIG_KEYS);

		if (key < 0)
			return -1;
		if (in->config->lines[key])
			return config_fail(in, &pair->key, "keep one of them",
					   "\"%s\" is here twice, first on line %u", key_names[key],
					   (unsigned)in->config->lines[key]);
		in->config->lines[key] = pair->key.line;
		if (pair->value.kind != DOC_NULL &&
		    read_key(in, (enum config_key)key, &pair->value) < 0)
			return -1;
	}
	return 0;
}

struct config *config_default(void)
{
	struct arena *arena = arena_new();
	struct config *config = arena_alloc(arena, sizeof(*config));

	config->arena = arena;
	return config;
}

struct config *config_parse(const char *path, const char *home, const char *text, size_t len,
			    struct err *err)
{
	struct config *config = config_default();
	struct reading in = {config, path, home, err};
	struct doc_file *file;
	enum doc_state state = doc_parse(&file, DOC_YAML, path, text, len, err);
	int result = -1;

	config->path = arena_strdup(config->arena, path);
	if (state == DOC_TEMPLATE)
		err_set(err, path, NULL, "the file is a template, not YAML");
	else if (state == DOC_OK && doc_count(file) > 1)
		err_set(err, path, "keep one", "the file has more than one document");
	else if (state == DOC_OK)
		result = read_document(&in, doc_count(file) ? doc_at(file, 0) : NULL);
	doc_free(file);
	if (!result)
		return config;
	config_free(config);
	return NULL;
}

void config_free(struct config *config)
{
	if (config)
		arena_free(config->arena);
}
