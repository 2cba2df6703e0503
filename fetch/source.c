#include "fetch/source.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

/* In the order in which `svctop init` and the documentation name them. */
static const struct source_type *const types[] = {
    &source_prometheus, &source_alertmanager, &source_github, &source_buildbot,
    &source_uptime,	&source_json,	      NULL,
};

const struct source_type *source_type_find(const char *name)
{
	for (size_t i = 0; types[i]; i++)
		if (!strcmp(types[i]->name, name))
			return types[i];
	return NULL;
}

const struct source_type *source_type_at(size_t index)
{
	return index < ARRAY_LEN(types) ? types[index] : NULL;
}

int source_check(const struct config_source *config, const char *path, struct err *err)
{
	const struct source_type *type = source_type_find(config->type);
	char *where, *what;

	if (!type)
		return 0;
	if (type->needs_url && !type->default_url && !config->url) {
		where = xasprintf("%s:%u", path, (unsigned)config->line);
		err_set(err, where, "add url: https://...", "source %s has no url", config->name);
		free(where);
		return -1;
	}
	if (!type->validate || type->validate(config, err) == 0)
		return 0;
	if (!err->where) {
		where = xasprintf("%s:%u", path, (unsigned)config->line);
		what = xstrdup(err->what);
		char *fix = err->fix ? xstrdup(err->fix) : NULL;

		err_set(err, where, fix, "source %s: %s", config->name, what);
		free(where);
		free(what);
		free(fix);
	}
	return -1;
}

int source_check_all(const struct config *config, struct err *err)
{
	for (size_t i = 0; i < config->source_count; i++)
		if (source_check(&config->sources[i], config->path, err) < 0)
			return -1;
	return 0;
}

uint64_t source_kinds(const struct config_source *config)
{
	static const struct {
		const char *option;
		uint64_t kinds;
	} switches[] = {
	    {"alerts", UINT64_C(1) << SIGNAL_ALERT},
	    {"rules", UINT64_C(1) << SIGNAL_RULE},
	    {"targets", UINT64_C(1) << SIGNAL_TARGET},
	    {"slo", UINT64_C(1) << SIGNAL_SLO},
	    {"probes", UINT64_C(1) << SIGNAL_UPTIME | UINT64_C(1) << SIGNAL_CERT},
	};
	const struct source_type *type = source_type_find(config->type);
	const char *kind = config_option(config, "kind");
	uint64_t kinds = type ? type->kinds : 0;

	if (type == &source_json && !kind && !config_option(config, "expression"))
		kinds = 0;
	else if (kind && signal_kind_find(kind) >= 0)
		kinds = UINT64_C(1) << signal_kind_find(kind);
	else
		kinds &= ~(UINT64_C(1) << SIGNAL_CHECK);
	for (size_t i = 0; i < ARRAY_LEN(switches); i++) {
		const char *on = config_option(config, switches[i].option);

		if (on && !strcmp(on, "false"))
			kinds &= ~switches[i].kinds;
	}
	if (config->check_count)
		kinds |= UINT64_C(1) << SIGNAL_CHECK;
	return type ? kinds : 0;
}

struct source_request *source_ask(struct source_requests *list, const char *topic, const char *url)
{
	struct source_request *larger;

	if (list->count == list->cap) {
		list->cap = mem_grown(list->cap, list->count + 1);
		larger = arena_alloc(list->arena, list->cap * sizeof(*larger));
		if (list->count)
			memcpy(larger, list->requests, list->count * sizeof(*larger));
		list->requests = larger;
	}
	list->requests[list->count] = (struct source_request){.topic = topic, .url = url};
	return &list->requests[list->count++];
}

const char *source_url(struct arena *arena, const struct config_source *config, const char *path)
{
	size_t len = strlen(config->url);

	while (len && config->url[len - 1] == '/')
		len--;
	return arena_printf(arena, "%.*s%s", (int)len, config->url, path);
}

const char *source_escape(struct arena *arena, const char *text)
{
	static const char hex[] = "0123456789ABCDEF";
	char *out = arena_alloc(arena, 3 * strlen(text) + 1), *at = out;

	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if ((*c >= '0' && *c <= '9') || (*c >= 'A' && *c <= 'Z') ||
		    (*c >= 'a' && *c <= 'z') || strchr("-._~", *c)) {
			*at++ = (char)*c;
		} else {
			*at++ = '%';
			*at++ = hex[*c >> 4];
			*at++ = hex[*c & 15];
		}
	}
	*at = '\0';
	return out;
}
