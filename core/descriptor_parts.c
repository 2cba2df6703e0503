/* The parts that all descriptors are made of: facts, owners, links, fields, tiers. */

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/descriptor_read.h"
#include "core/mem.h"

#define MAX_FIELD_DEPTH 6

/* Room for one more in an arena's array that doubles at each power of two. */
static void *grow(struct arena *arena, void *list, size_t count, size_t size)
{
	void *larger;

	if (count & (count - 1))
		return list;
	larger = arena_alloc(arena, (count ? count * 2 : 1) * size);
	if (count)
		memcpy(larger, list, count * size);
	return larger;
}

#define ADD(in, list, count) ((list) = grow((in)->out->arena, (list), (count), sizeof(*(list))))

struct descriptor *descriptor_begin(struct descriptor_reader *in, uint32_t line)
{
	struct descriptor_list *out = in->out;

	in->steps = 0;
	if (out->count >= DESCRIPTOR_MAX_COUNT)
		return NULL;
	GROW(out->descriptors, out->count, out->cap);
	in->now = &out->descriptors[out->count++];
	*in->now = (struct descriptor){
	    .format = in->format, .trust = in->trust, .at = {in->path, line}, .subdir = in->subdir};
	return in->now;
}

void descriptor_warn(struct descriptor_reader *in, uint32_t line, const char *fmt, ...)
{
	struct descriptor_list *out = in->out;
	va_list ap;
	char *text;

	if (out->warning_count >= DESCRIPTOR_MAX_WARNINGS)
		return;
	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	GROW(out->warnings, out->warning_count, out->warning_cap);
	out->warnings[out->warning_count++] =
	    (struct warning){{in->path, line}, arena_strdup(out->arena, text)};
	free(text);
}

/* A copy without space around it, cut at DESCRIPTOR_MAX_TEXT between characters. */
static const char *copy_text(struct descriptor_reader *in, const char *text)
{
	size_t len;

	while (isspace((unsigned char)*text))
		text++;
	len = strlen(text);
	while (len && isspace((unsigned char)text[len - 1]))
		len--;
	if (len > DESCRIPTOR_MAX_TEXT) {
		len = DESCRIPTOR_MAX_TEXT;
		while (len && ((unsigned char)text[len] & 0xc0) == 0x80)
			len--;
	}
	return arena_memdup0(in->out->arena, text, len);
}

bool descriptor_fact(struct descriptor_reader *in, const struct doc *value, struct fact *fact)
{
	const char *text = doc_str(value);

	if (!text || !text[strspn(text, " \t\r\n")])
		return false;
	*fact = (struct fact){copy_text(in, text), {in->path, value->line}};
	return true;
}

void descriptor_add_fact(struct descriptor_reader *in, const char *text, uint32_t line,
			 struct fact **list, size_t *count)
{
	if (!text || !*text || *count >= DESCRIPTOR_MAX_LIST)
		return;
	text = copy_text(in, text);
	for (size_t i = 0; i < *count; i++) {
		if (!strcmp((*list)[i].value, text))
			return;
	}
	ADD(in, *list, *count);
	(*list)[(*count)++] = (struct fact){text, {in->path, line}};
}

void descriptor_facts(struct descriptor_reader *in, const struct doc *value, struct fact **list,
		      size_t *count)
{
	const struct doc *item;

	descriptor_add_fact(in, doc_str(value), value ? value->line : 0, list, count);
	for (size_t i = 0; (item = doc_item(value, i)) && i < DESCRIPTOR_MAX_LIST; i++)
		descriptor_add_fact(in, doc_str(item), item->line, list, count);
}

/* "name" of "kind:name", "kind:default/name" and "default/name"; "ns/name" of other namespaces. */
static const char *reference_name(const char *text)
{
	const char *colon = strchr(text, ':');

	if (colon && colon[1] && !strstr(text, "://"))
		text = colon + 1;
	return strncmp(text, "default/", strlen("default/")) ? text : text + strlen("default/");
}

static void add_owner(struct descriptor_reader *in, const struct doc *value)
{
	const char *text = doc_str(value);

	if (!text)
		return;
	if (!strncmp(text, "group:", 6) || !strncmp(text, "user:", 5) ||
	    !strncmp(text, "default/", 8))
		text = reference_name(text);
	while (*text == '@')
		text++;
	descriptor_add_fact(in, text, value->line, &in->now->owners, &in->now->owner_count);
}

void descriptor_owners(struct descriptor_reader *in, const struct doc *value)
{
	const struct doc *item;

	add_owner(in, value);
	for (size_t i = 0; (item = doc_item(value, i)) && i < DESCRIPTOR_MAX_LIST; i++) {
		if (item->kind == DOC_NULL)
			descriptor_warn(in, item->line,
					"an owner is empty: text behind # is a comment, "
					"write the owner without it or in quotes");
		add_owner(in, item->kind == DOC_MAP ? doc_get(item, "name") : item);
	}
}

void descriptor_references(struct descriptor_reader *in, const struct doc *value,
			   const char *wanted_kind, struct fact **list, size_t *count)
{
	const struct doc *item;
	size_t len = strlen(wanted_kind);

	for (size_t i = 0; (item = doc_item(value, i)) && i < DESCRIPTOR_MAX_LIST; i++) {
		const char *text = doc_str(item), *colon = text ? strchr(text, ':') : NULL;

		if (!text || (colon && ((size_t)(colon - text) != len ||
					strncasecmp(text, wanted_kind, len) != 0)))
			continue;
		descriptor_add_fact(in, reference_name(text), item->line, list, count);
	}
}

/* A URL without the password that somebody put into it. */
static const char *clean_url(struct descriptor_reader *in, const struct doc *value)
{
	const char *url = copy_text(in, doc_str(value)), *start = strstr(url, "://");
	size_t host = start ? strcspn(start + 3, "/?#") : 0;
	const char *at = host ? memrchr(start + 3, '@', host) : NULL;

	if (!at)
		return url;
	descriptor_warn(in, value->line, "the URL has credentials in it, which are left out");
	return arena_printf(in->out->arena, "%.*s%s", (int)(start + 3 - url), url, at + 1);
}

/* Whether text has word in it that no letter stands next to. */
static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *hit = text; (hit = strcasestr(hit, word)); hit++) {
		if ((hit == text || !isalnum((unsigned char)hit[-1])) &&
		    !isalnum((unsigned char)hit[len]))
			return true;
	}
	return false;
}

/* What a link's title tells where its type does not. */
static const char *type_by_name(const char *name)
{
	static const struct {
		const char *word, *type;
	} words[] = {
	    {"runbook", "playbook"},   {"runbooks", "playbook"},   {"playbook", "playbook"},
	    {"playbooks", "playbook"}, {"dashboard", "dashboard"}, {"dashboards", "dashboard"},
	    {"grafana", "dashboard"},  {"on-call", "oncall"},	   {"oncall", "oncall"},
	    {"pagerduty", "oncall"},   {"status page", "status"},  {"slo", "slo"},
	    {"slack", "chat"},	       {"repo", "repo"},	   {"repository", "repo"},
	    {"sentry", "errors"},      {"logs", "logs"},	   {"docs", "docs"},
	    {"documentation", "docs"}, {"wiki", "docs"},
	};

	for (size_t i = 0; name && i < ARRAY_LEN(words); i++) {
		if (has_word(name, words[i].word))
			return words[i].type;
	}
	return link_type_normalise(name);
}

static bool names_secret(const char *name)
{
	static const char *const words[] = {"integration-key", "integration_key", "password",
					    "secret",	       "api-key",	  "api_key",
					    "apikey",	       "token",		  "private-key"};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (strcasestr(name, words[i]))
			return true;
	}
	return false;
}

/* Whoever has the URL of a webhook may post. */
static bool is_secret(const char *name, const char *text)
{
	return names_secret(name) || strstr(text, "hooks.slack.com/") ||
	       strstr(text, "webhook.office.com/");
}

void descriptor_link(struct descriptor_reader *in, const char *type, const char *name,
		     const struct doc *url)
{
	struct descriptor *now = in->now;
	const char *normal = link_type_normalise(type);

	if (!doc_str(url) || !*doc_str(url) || is_secret("", doc_str(url)) ||
	    now->link_count >= DESCRIPTOR_MAX_LIST)
		return;
	if (!strcmp(normal, "other"))
		normal = type_by_name(name);
	ADD(in, now->links, now->link_count);
	now->links[now->link_count++] = (struct link){.type = normal,
						      .name = name ? copy_text(in, name) : NULL,
						      .url = clean_url(in, url),
						      .at = {in->path, url->line}};
}

void descriptor_links(struct descriptor_reader *in, const struct doc *list, const char *type_key,
		      const char *name_key)
{
	const struct doc *item;

	for (size_t i = 0; (item = doc_item(list, i)) && i < DESCRIPTOR_MAX_LIST; i++) {
		const char *type = doc_str(doc_get(item, type_key));

		descriptor_link(in, type ? type : type_key, doc_str(doc_get(item, name_key)),
				doc_get(item, "url"));
	}
}

void descriptor_add_field(struct descriptor_reader *in, const char *name, const char *text,
			  uint32_t line)
{
	struct descriptor *now = in->now;
	struct named_fact *field;

	if (!text || !*text || now->field_count >= DESCRIPTOR_MAX_LIST)
		return;
	ADD(in, now->fields, now->field_count);
	field = &now->fields[now->field_count++];
	field->name = copy_text(in, name);
	field->fact = (struct fact){is_secret(name, text) ? "(secret)" : copy_text(in, text),
				    {in->path, line}};
}

static void add_fields(struct descriptor_reader *in, const char *name, const struct doc *value,
		       unsigned depth)
{
	if (!value || depth > MAX_FIELD_DEPTH || in->steps++ > DESCRIPTOR_MAX_STEPS)
		return;
	if (value->kind == DOC_SCALAR)
		descriptor_add_field(in, name, doc_str(value), value->line);
	for (size_t i = 0; value->kind == DOC_SEQ && i < value->len; i++)
		add_fields(in, name, &value->items[i], depth + 1);
	for (size_t i = 0; value->kind == DOC_MAP && i < value->len; i++) {
		const char *key = value->pairs[i].key.text;

		if (in->steps > DESCRIPTOR_MAX_STEPS)
			return;
		if (*name)
			key = arena_printf(in->out->arena, "%.200s.%.200s", name, key);
		add_fields(in, key, &value->pairs[i].value, depth + 1);
	}
}

void descriptor_fields(struct descriptor_reader *in, const char *name, const struct doc *value)
{
	add_fields(in, name, value, 0);
}

void descriptor_tier(struct descriptor_reader *in, const struct doc *value)
{
	struct descriptor *now = in->now;

	if (!descriptor_fact(in, value, &now->tier_text))
		return;
	now->tier = tier_normalise(now->tier_text.value);
	if (!now->tier)
		descriptor_warn(in, value->line,
				"the tier \"%.60s\" is not understood: write 1 to 4",
				now->tier_text.value);
}
