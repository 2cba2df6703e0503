#include "fetch/source.h"

#include <string.h>

#include "core/mem.h"

/* In the order in which `svctop init` and the documentation name them. */
static const struct source_type *const types[] = {
    &source_prometheus,
    &source_alertmanager,
    &source_buildbot,
    &source_uptime,
    NULL,
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
