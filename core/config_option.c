#include <string.h>

#include "core/config_internal.h"
#include "core/mem.h"

/*
 * The keys that belong to one type of source alone. What they mean is the type's
 * business (fetch/source_*.c); here stands only which there are, and their shape.
 */

#define MAX_VALUES 10000

enum option_shape {
	SHAPE_TEXT,
	SHAPE_LIST, /* texts, or one alone */
	SHAPE_URLS, /* likewise, URLs; or a mapping of services to theirs: "service=URL" */
	SHAPE_BOOL,
	SHAPE_NUMBER,
	SHAPE_DURATION,
};

static const struct option {
	const char *type;
	const char *name;
	enum option_shape shape;
} options[] = {
    {"prometheus", "alerts", SHAPE_BOOL},
    {"prometheus", "rules", SHAPE_BOOL},
    {"prometheus", "targets", SHAPE_BOOL},
    {"prometheus", "slo", SHAPE_BOOL},
    {"prometheus", "probes", SHAPE_BOOL},
    {"prometheus", "watchdog", SHAPE_LIST},
    {"alertmanager", "watchdog", SHAPE_LIST},
    {"alertmanager", "receivers", SHAPE_LIST},
    {"uptime", "urls", SHAPE_URLS},
    {"uptime", "days", SHAPE_NUMBER},
    {"uptime", "expect", SHAPE_LIST},
    {"uptime", "slow", SHAPE_DURATION},
    {"uptime", "loopback", SHAPE_BOOL},
    {"json", "expression", SHAPE_TEXT},
    {"json", "kind", SHAPE_TEXT},
    {"json", "pages", SHAPE_NUMBER},
    {"github", "organisation", SHAPE_LIST},
    {"github", "contexts", SHAPE_LIST},
    {"github", "ignore", SHAPE_LIST},
    {"github", "host", SHAPE_TEXT},
    {"buildbot", "builder", SHAPE_LIST},
    {"buildbot", "branch", SHAPE_LIST},
};

static const struct option *find(const char *type, const char *key)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (!strcmp(options[i].name, key) && (!type || !strcmp(options[i].type, type)))
			return &options[i];
	return NULL;
}

bool config_is_option(const char *type, const char *key)
{
	return find(type, key) != NULL;
}

const char *config_option_owner(const char *key)
{
	const struct option *option = find(NULL, key);

	return option ? option->type : NULL;
}

size_t config_option_names(const char *type, const char **names, size_t count)
{
	size_t first = count;

	for (size_t i = 0; i < ARRAY_LEN(options) && count - first < CONFIG_MAX_OPTIONS; i++)
		if (!strcmp(options[i].type, type))
			names[count++] = options[i].name;
	return count;
}

/* "https://shop.example" or "shop=https://shop.example". */
static const char *read_url(struct reading *in, const struct doc *value, const char *key)
{
	const char *text = config_text(in, value, key), *url = text;

	if (text && text[strcspn(text, "=/:")] == '=')
		url = text + strcspn(text, "=") + 1;
	return text && config_check_url(in, value, key, url) == 0 ? text : NULL;
}

/* A value in the one way of writing that sources read; NULL and an error. */
static const char *read_value(struct reading *in, const struct doc *value,
			      const struct option *option)
{
	struct arena *arena = in->config->arena;
	int64_t number;
	bool on;

	switch (option->shape) {
	case SHAPE_TEXT:
	case SHAPE_LIST:
		return config_text(in, value, option->name);
	case SHAPE_URLS:
		return read_url(in, value, option->name);
	case SHAPE_BOOL:
		if (doc_bool(value, &on))
			return on ? "true" : "false";
		config_fail(in, value, "write true or false", "%s is neither true nor false",
			    option->name);
		return NULL;
	case SHAPE_NUMBER:
		if (doc_int(value, &number) && number >= 0)
			return arena_printf(arena, "%lld", (long long)number);
		config_fail(in, value, NULL, "%s is no number", option->name);
		return NULL;
	case SHAPE_DURATION:
		if (doc_duration(value, &number))
			return arena_printf(arena, "%lld", (long long)number);
		config_fail(in, value, "a number and one of s, m, h, d, w, y",
			    "%s is no duration such as 30s or 5m", option->name);
		return NULL;
	}
	return NULL;
}

int config_read_option(struct reading *in, const struct doc_pair *pair,
		       struct config_source *source)
{
	const struct option *option = find(source->type, pair->key.text);
	const struct doc *value = &pair->value;
	bool list = option->shape == SHAPE_LIST || option->shape == SHAPE_URLS;
	bool map = option->shape == SHAPE_URLS && value->kind == DOC_MAP;
	size_t len = value->kind == DOC_SEQ || map ? value->len : 1, count = source->option_count;
	struct config_pair *larger;

	if (value->kind == DOC_SEQ && !list)
		return config_fail(in, value, NULL, "%s is one value, not a list", option->name);
	if (len > MAX_VALUES)
		return config_fail(in, value, NULL, "%s has more than %d entries", option->name,
				   MAX_VALUES);
	larger = arena_alloc(in->config->arena, (count + len) * sizeof(*larger));
	if (count)
		memcpy(larger, source->options, count * sizeof(*larger));
	source->options = larger;
	for (size_t i = 0; i < len; i++) {
		const struct doc *item = map			  ? &value->pairs[i].value
					 : value->kind == DOC_SEQ ? doc_item(value, i)
								  : value;
		const char *text = read_value(in, item, option);

		if (!text)
			return -1;
		if (map)
			text = arena_printf(in->config->arena, "%s=%s", value->pairs[i].key.text,
					    text);
		larger[source->option_count++] =
		    (struct config_pair){option->name, text, item->line};
	}
	return 0;
}

const char *config_option(const struct config_source *source, const char *name)
{
	for (size_t i = 0; i < source->option_count; i++)
		if (!strcmp(source->options[i].name, name))
			return source->options[i].value;
	return NULL;
}
