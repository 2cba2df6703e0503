#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/config_internal.h"
#include "core/mem.h"
#include "core/strmap.h"

#define MAX_SOURCES 1000
#define MAX_PAIRS   10000
#define MAX_NAME    100
#define MAX_TIMEOUT 600

static const char *const types[] = {
    "prometheus", "alertmanager", "github",  "gitlab",	 "pagerduty", "opsgenie", "sentry",
    "bugsnag",	  "buildkite",	  "jenkins", "buildbot", "uptime",    "json",
};

static const char *const source_keys[] = {
    "type",  "name",	"url",	  "auth", "service_label", "match", "environment",
    "every", "timeout", "checks", "ca",
};

enum source_key {
	KEY_TYPE,
	KEY_NAME,
	KEY_URL,
	KEY_AUTH,
	KEY_LABEL,
	KEY_MATCH,
	KEY_ENVIRONMENT,
	KEY_EVERY,
	KEY_TIMEOUT,
	KEY_CHECKS,
	KEY_CA,
	KEYS
};

static int read_name(struct reading *in, const struct doc *value, const char **out)
{
	*out = config_text(in, value, "name");
	if (!*out)
		return -1;
	if (strlen(*out) > MAX_NAME)
		return config_fail(in, value, NULL, "name is longer than %d characters", MAX_NAME);
	for (const char *c = *out; *c; c++)
		if (iscntrl((unsigned char)*c))
			return config_fail(in, value, NULL, "name has a control character in it");
	return 0;
}

static int read_duration(struct reading *in, const struct doc *value, const char *key, int64_t max,
			 int64_t *out)
{
	if (!doc_duration(value, out))
		return config_fail(in, value, "a number and one of s, m, h, d, w, y",
				   "%s is no duration such as 30s or 5m", key);
	if (*out > max)
		return config_fail(in, value, NULL, "%s is more than %d seconds", key, (int)max);
	return 0;
}

/* Our service's name: how the source calls it, a glob or a list of them. */
static int read_match(struct reading *in, const struct doc *value, struct config_source *source)
{
	size_t count = 0;

	if (value->kind != DOC_MAP)
		return config_fail(in, value, "write match: {SERVICE: NAME THERE}",
				   "match is not a mapping");
	for (size_t i = 0; i < value->len; i++) {
		const struct doc *globs = &value->pairs[i].value;

		count += globs->kind == DOC_SEQ ? globs->len : 1;
	}
	if (count > MAX_PAIRS)
		return config_fail(in, value, NULL, "match has more than %d entries", MAX_PAIRS);
	source->match = arena_alloc(in->config->arena, count * sizeof(*source->match));
	for (size_t i = 0; i < value->len; i++) {
		const struct doc *key = &value->pairs[i].key, *globs = &value->pairs[i].value;
		const char *name = config_text(in, key, "match");
		size_t len = globs->kind == DOC_SEQ ? globs->len : 1;

		for (size_t j = 0; name && j < len; j++) {
			const struct doc *item =
			    globs->kind == DOC_SEQ ? doc_item(globs, j) : globs;
			const char *glob = config_text(in, item, "match");

			if (!glob)
				return -1;
			source->match[source->match_count++] =
			    (struct config_pair){name, glob, item->line};
		}
		if (!name)
			return -1;
	}
	return 0;
}

static int read_checks(struct reading *in, const struct doc *value, struct config_source *source)
{
	if (strcmp(source->type, "prometheus") != 0 && strcmp(source->type, "json") != 0)
		return config_fail(in, value, "put them into a source of type prometheus or json",
				   "a source of type %s takes no checks", source->type);
	if (value->kind != DOC_MAP)
		return config_fail(in, value, "write checks: {ITEM: EXPRESSION}",
				   "checks is not a mapping");
	if (value->len > MAX_PAIRS)
		return config_fail(in, value, NULL, "checks has more than %d entries", MAX_PAIRS);
	source->checks = arena_alloc(in->config->arena, value->len * sizeof(*source->checks));
	for (size_t i = 0; i < value->len; i++) {
		const struct doc_pair *pair = &value->pairs[i];
		const char *id = config_text(in, &pair->key, "checks");
		const char *text = id ? config_text(in, &pair->value, id) : NULL;

		if (!text)
			return -1;
		source->checks[source->check_count++] =
		    (struct config_pair){id, text, pair->value.line};
	}
	return 0;
}

static int read_key(struct reading *in, enum source_key key, const struct doc *value,
		    struct config_source *source)
{
	const char *text = NULL;
	int64_t seconds = 0;

	switch (key) {
	case KEY_TYPE:
		return 0; /* read before the others */
	case KEY_NAME:
		return read_name(in, value, &source->name);
	case KEY_URL:
		source->url = config_read_url(in, value, "url");
		source->url_line = value->line;
		return source->url ? 0 : -1;
	case KEY_AUTH:
		return config_read_auth(in, value, source);
	case KEY_MATCH:
		return read_match(in, value, source);
	case KEY_LABEL:
		source->service_label = config_text(in, value, "service_label");
		return source->service_label ? 0 : -1;
	case KEY_ENVIRONMENT:
		source->environment = config_text(in, value, "environment");
		return source->environment ? 0 : -1;
	case KEY_EVERY:
		return read_duration(in, value, "every", INT64_MAX, &source->every);
	case KEY_TIMEOUT:
		if (read_duration(in, value, "timeout", MAX_TIMEOUT, &seconds) < 0)
			return -1;
		source->timeout = (unsigned)seconds;
		return 0;
	case KEY_CHECKS:
		return read_checks(in, value, source);
	case KEY_CA:
		text = config_text(in, value, "ca");
		source->ca = text ? config_expand(in, value, text) : NULL;
		return source->ca ? 0 : -1;
	case KEYS:
		break;
	}
	return -1;
}

static int unknown_key(struct reading *in, const struct doc *key,
		       const struct config_source *source)
{
	const char *names[KEYS + CONFIG_MAX_OPTIONS], *owner;
	size_t count = KEYS;

	if (config_names_secret(key->text))
		return config_fail(in, key, "write auth: {bearer: {env: NAME}}",
				   "\"%s\" has the secret itself", key->text);
	memcpy(names, source_keys, sizeof(source_keys));
	count = config_option_names(source->type, names, count);
	owner = config_option_owner(key->text);
	if (owner)
		return config_fail(in, key, config_known(in, names, count),
				   "\"%s\" is a key of sources of type %s, this one is %s",
				   key->text, owner, source->type);
	return config_unknown(in, key, "key of a source", names, count);
}

static int find_key(const char *text)
{
	for (int i = 0; i < KEYS; i++)
		if (!strcmp(text, source_keys[i]))
			return i;
	return -1;
}

/* Keys stand once: which of two would count is a guess. */
static int check_twice(struct reading *in, const struct doc *node, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (!strcmp(node->pairs[i].key.text, node->pairs[at].key.text))
			return config_fail(in, &node->pairs[at].key, "keep one of them",
					   "\"%s\" is here twice, first on line %u",
					   node->pairs[at].key.text,
					   (unsigned)node->pairs[i].key.line);
	return 0;
}

static int read_type(struct reading *in, const struct doc *node, struct config_source *source)
{
	const struct doc *value = doc_get(node, "type");

	if (!value)
		return config_fail(in, node, "add type: prometheus", "a source has no type");
	source->type = config_text(in, value, "type");
	if (!source->type)
		return -1;
	return config_index(in, value, "type of source", types, ARRAY_LEN(types)) < 0 ? -1 : 0;
}

static int read_source(struct reading *in, const struct doc *node, struct config_source *source)
{
	if (node->kind != DOC_MAP)
		return config_fail(in, node, "start with `- type: prometheus`",
				   "a source is not a mapping");
	source->line = node->line;
	if (read_type(in, node, source) < 0)
		return -1;
	for (size_t i = 0; i < node->len; i++) {
		const struct doc_pair *pair = &node->pairs[i];
		int key = find_key(pair->key.text), result;

		/* First what is known: the list of pairs is as short as that of keys then. */
		if (key >= 0)
			result = read_key(in, (enum source_key)key, &pair->value, source);
		else if (config_is_option(source->type, pair->key.text))
			result = config_read_option(in, pair, source);
		else
			result = unknown_key(in, &pair->key, source);
		if (result < 0 || check_twice(in, node, i) < 0)
			return -1;
	}
	return 0;
}

/* Every source has a name of its own: "prometheus", "prometheus-2". */
static int name_sources(struct reading *in, const struct doc *value)
{
	struct config *config = in->config;
	struct strmap *taken = strmap_new();
	int result = 0;

	for (size_t i = 0; !result && i < config->source_count; i++) {
		struct config_source *source = &config->sources[i], *other;

		if (!source->name)
			continue;
		other = strmap_get(taken, source->name);
		if (other)
			result = config_fail(in, doc_get(doc_item(value, i), "name"),
					     "give each source a name of its own",
					     "the source on line %u has this name already",
					     (unsigned)other->line);
		strmap_put(taken, source->name, source);
	}
	for (size_t i = 0; !result && i < config->source_count; i++) {
		struct config_source *source = &config->sources[i];
		char name[MAX_NAME];

		if (source->name)
			continue;
		snprintf(name, sizeof(name), "%s", source->type);
		for (unsigned n = 2; strmap_get(taken, name); n++)
			snprintf(name, sizeof(name), "%s-%u", source->type, n);
		source->name = arena_strdup(config->arena, name);
		strmap_put(taken, source->name, source);
	}
	strmap_free(taken);
	return result;
}

int config_read_sources(struct reading *in, const struct doc *value)
{
	struct config *config = in->config;

	if (value->kind != DOC_SEQ)
		return config_fail(in, value, "start each source with `- type:`",
				   "sources is not a list");
	if (value->len > MAX_SOURCES)
		return config_fail(in, value, NULL, "more than %d sources", MAX_SOURCES);
	config->sources = arena_alloc(config->arena, value->len * sizeof(*config->sources));
	for (size_t i = 0; i < value->len; i++)
		if (read_source(in, doc_item(value, i), &config->sources[config->source_count++]) <
		    0)
			return -1;
	return name_sources(in, value);
}
