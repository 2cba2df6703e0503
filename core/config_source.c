#include <stdlib.h>
#include <string.h>

#include "core/config_internal.h"
#include "core/mem.h"

#define MAX_SOURCES 1000

static const char *const types[] = {
    "prometheus", "alertmanager", "github",  "gitlab",	 "pagerduty", "opsgenie", "sentry",
    "bugsnag",	  "buildkite",	  "jenkins", "buildbot", "uptime",    "json",
};

static const char *const source_keys[] = {
    "type", "name", "url", "auth", "service_label", "match", "environment", "every",
};

enum source_key {
	KEY_TYPE,
	KEY_NAME,
	KEY_URL,
	KEY_AUTH,
	KEY_LABEL,
	KEY_MATCH,
	KEY_ENVIRONMENT,
	KEY_EVERY
};

static const char say_where[] =
    "say where it is: {env: NAME}, {file: PATH} or {command: [pass, show, NAME]}";

/* A secret is named, never written out: the file may be in git, on a screen, in a backup. */
static int check_secret(struct reading *in, const struct doc *value, const char *key)
{
	static const char *const known[] = {"env", "file", "command"};
	int which;

	if (value->kind != DOC_MAP)
		return config_fail(in, value, say_where, "%s has the secret itself", key);
	if (value->len != 1)
		return config_fail(in, value, say_where, "%s needs one of env, file and command",
				   key);
	which =
	    config_index(in, &value->pairs[0].key, "place of a secret", known, ARRAY_LEN(known));
	if (which < 0)
		return -1;
	value = &value->pairs[0].value;
	if (which == 2 && value->kind == DOC_SEQ && value->len) {
		for (size_t i = 0; i < value->len; i++)
			if (!config_text(in, doc_item(value, i), "command"))
				return -1;
		return 0;
	}
	if (which == 2)
		return config_fail(in, value, "write a list: [pass, show, NAME]",
				   "command is no list of words");
	return config_text(in, value, known[which]) ? 0 : -1;
}

/* {user: me, password: {env: X}} or {name: X-Key, value: {env: X}}: a plain word and a secret. */
static int check_named_secret(struct reading *in, const struct doc *value, const char *const *keys,
			      const char *kind)
{
	bool has_secret = false;

	if (value->kind != DOC_MAP)
		return config_fail(in, value, say_where, "%s is no mapping of %s and %s", kind,
				   keys[0], keys[1]);
	for (size_t i = 0; i < value->len; i++) {
		int key = config_index(in, &value->pairs[i].key, "key of auth", keys, 2);

		if (key < 0)
			return -1;
		if (key == 0 && !config_text(in, &value->pairs[i].value, keys[0]))
			return -1;
		if (key == 1 && check_secret(in, &value->pairs[i].value, keys[1]) < 0)
			return -1;
		has_secret |= key == 1;
	}
	return has_secret ? 0 : config_fail(in, value, say_where, "%s needs %s", kind, keys[1]);
}

static int check_auth(struct reading *in, const struct doc *value)
{
	static const char *const known[] = {"bearer", "basic", "header"};
	static const char *const basic[] = {"user", "password"}, *const header[] = {"name",
										    "value"};

	if (value->kind != DOC_MAP)
		return config_fail(in, value, "write auth: {bearer: {env: NAME}}",
				   "auth has the secret itself");
	for (size_t i = 0; i < value->len; i++) {
		const struct doc_pair *pair = &value->pairs[i];
		int which = config_index(in, &pair->key, "kind of auth", known, ARRAY_LEN(known));
		int result = -1;

		if (which == 0)
			result = check_secret(in, &pair->value, "bearer");
		else if (which == 1)
			result = check_named_secret(in, &pair->value, basic, "basic");
		else if (which == 2)
			result = check_named_secret(in, &pair->value, header, "header");
		if (result < 0)
			return -1;
	}
	return 0;
}

static int check_url(struct reading *in, const struct doc *value, const char **out)
{
	const char *url = config_text(in, value, "url"), *host, *end, *at;

	if (!url)
		return -1;
	if (strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0)
		return config_fail(in, value, NULL, "url starts with neither https:// nor http://");
	host = strstr(url, "://") + 3;
	end = host + strcspn(host, "/?#");
	at = memchr(host, '@', (size_t)(end - host));
	if (at)
		return config_fail(in, value,
				   "write auth: {basic: {user: NAME, password: {env: NAME}}}",
				   "url has a user or password in it");
	*out = url;
	return 0;
}

static int read_source_key(struct reading *in, enum source_key key, const struct doc *value,
			   struct config_source *source)
{
	switch (key) {
	case KEY_TYPE:
		source->type = config_text(in, value, "type");
		if (!source->type)
			return -1;
		return config_index(in, value, "type of source", types, ARRAY_LEN(types)) < 0 ? -1
											      : 0;
	case KEY_NAME:
		source->name = config_text(in, value, "name");
		return source->name ? 0 : -1;
	case KEY_URL:
		return check_url(in, value, &source->url);
	case KEY_AUTH:
		return check_auth(in, value);
	case KEY_MATCH:
		if (value->kind != DOC_MAP)
			return config_fail(in, value, NULL, "match is not a mapping");
		return 0;
	case KEY_LABEL:
	case KEY_ENVIRONMENT:
	case KEY_EVERY:
		return config_text(in, value, source_keys[key]) ? 0 : -1;
	}
	return -1;
}

static bool names_secret(const char *key)
{
	static const char *const words[] = {"token",   "password", "secret",
					    "api_key", "apikey",   "key"};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (!strcmp(key, words[i]))
			return true;
	return false;
}

static int read_source(struct reading *in, const struct doc *node, struct config_source *source)
{
	if (node->kind != DOC_MAP)
		return config_fail(in, node, "start with `- type: prometheus`",
				   "a source is not a mapping");
	source->line = node->line;
	for (size_t i = 0; i < node->len; i++) {
		const struct doc_pair *pair = &node->pairs[i];
		int key;

		if (names_secret(pair->key.text))
			return config_fail(in, &pair->key, "write auth: {bearer: {env: NAME}}",
					   "\"%s\" has the secret itself", pair->key.text);
		key = config_index(in, &pair->key, "key of a source", source_keys,
				   ARRAY_LEN(source_keys));
		if (key < 0 || read_source_key(in, (enum source_key)key, &pair->value, source) < 0)
			return -1;
	}
	if (!source->type)
		return config_fail(in, node, "add type: prometheus", "a source has no type");
	return 0;
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
	return 0;
}
