/*
 * A runbook in Markdown with a "Service Tier", the form that the Financial Times
 * prescribe (https://github.com/Financial-Times/runbook.md): a heading for each
 * field, its value below. "Service Tier: Gold", bold, in a table or in the front
 * matter is understood as well. A runbook without a tier describes nothing.
 */

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "core/descriptor_read.h"
#include "core/mem.h"
#include "core/span.h"

#define MAX_FIELDS 80
#define MAX_NAME   60
#define MAX_VALUE  200

struct field {
	char name[MAX_NAME]; /* of the heading: "service_tier" */
	struct doc value;    /* the text's copy in the arena, and its line */
};

struct runbook {
	struct field fields[MAX_FIELDS];
	size_t count;
	struct doc title;
	bool open; /* the last field waits for its value */
	bool in_comment, in_fence, in_matter;
};

/* Without white space and the characters of drop at both ends. */
static struct span strip(struct span text, const char *drop)
{
	while (text.len && (isspace((unsigned char)*text.at) || strchr(drop, *text.at))) {
		text.at++;
		text.len--;
	}
	while (text.len && (isspace((unsigned char)text.at[text.len - 1]) ||
			    strchr(drop, text.at[text.len - 1])))
		text.len--;
	return text;
}

static struct doc scalar(struct descriptor_reader *in, struct span text, uint32_t line)
{
	if (text.len > MAX_VALUE)
		text.len = MAX_VALUE;
	return (struct doc){.kind = DOC_SCALAR,
			    .quoted = true,
			    .line = line,
			    .text = arena_memdup0(in->out->arena, text.at, text.len)};
}

/* "service_tier" of "Service Tier", "serviceTier" and "service-tier". */
static void fold_name(struct span text, char out[MAX_NAME])
{
	size_t len = 0;

	for (size_t i = 0; i < text.len && len < MAX_NAME - 2; i++) {
		char c = text.at[i];

		if (isupper((unsigned char)c) && i && islower((unsigned char)text.at[i - 1]))
			out[len++] = '_';
		if (isalnum((unsigned char)c))
			out[len++] = (char)tolower((unsigned char)c);
		else if (len && out[len - 1] != '_')
			out[len++] = '_';
	}
	out[len] = '\0';
}

static struct field *add_field(struct runbook *book, struct span name)
{
	struct field *field;

	if (book->count >= MAX_FIELDS)
		return NULL;
	field = &book->fields[book->count];
	fold_name(name, field->name);
	if (!*field->name)
		return NULL;
	field->value = (struct doc){0};
	book->count++;
	return field;
}

static void heading(struct descriptor_reader *in, struct runbook *book, struct span line,
		    uint32_t number)
{
	bool top = span_starts(line, "# ");
	struct span text = strip(line, "#*:");

	book->open = false;
	if (top && !book->title.text)
		book->title = scalar(in, text, number);
	else if (!top)
		book->open = add_field(book, text) != NULL;
}

/* "Service Tier: Gold", "**Service Tier:** Gold", "| Service Tier | Gold |". */
static bool pair(struct descriptor_reader *in, struct runbook *book, struct span line,
		 uint32_t number)
{
	static const char *const names[] = {"service tier", "servicetier", "service_tier",
					    "service-tier"};
	struct span text = strip(line, "|*-_");

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		size_t len = strlen(names[i]);
		struct span value;
		struct field *field;

		if (text.len <= len || strncasecmp(text.at, names[i], len) != 0)
			continue;
		value = (struct span){text.at + len, text.len - len};
		if (!strchr("*:|_ ", *value.at))
			continue;
		if (!memchr(value.at, ':', value.len) && !memchr(value.at, '|', value.len))
			continue;
		field = add_field(book, (struct span){"service tier", strlen("service tier")});
		if (field)
			field->value = scalar(in, strip(value, "*:|_\"'"), number);
		return true;
	}
	return false;
}

/* Takes comments out of the line's front; whether anything is left of it. */
static bool outside_comment(struct runbook *book, struct span *line)
{
	for (;;) {
		if (book->in_comment) {
			ptrdiff_t close = span_find(*line, "-->");

			if (close < 0)
				return false;
			*line = span_skip(*line, (size_t)close + strlen("-->"));
		}
		*line = span_trim(*line);
		book->in_comment = span_starts(*line, "<!--");
		if (!book->in_comment)
			return line->len > 0;
		*line = span_skip(*line, strlen("<!--"));
	}
}

static void read_line(struct descriptor_reader *in, struct runbook *book, struct span line,
		      uint32_t number)
{
	if (!outside_comment(book, &line))
		return;
	if (span_starts(line, "```") || span_starts(line, "~~~")) {
		book->in_fence = !book->in_fence;
		book->open = false;
		return;
	}
	if (book->in_fence)
		return;
	if (*line.at == '#') {
		heading(in, book, line, number);
	} else if (!pair(in, book, line, number) && book->open) {
		book->fields[book->count - 1].value = scalar(in, strip(line, "*_`<>"), number);
		book->open = false;
	}
}

static const struct doc *value_of(const struct runbook *book, const char *name)
{
	for (size_t i = 0; i < book->count; i++) {
		if (!strcmp(book->fields[i].name, name) && book->fields[i].value.text)
			return &book->fields[i].value;
	}
	return NULL;
}

static void describe(struct descriptor_reader *in, const struct runbook *book,
		     const struct doc *tier)
{
	struct descriptor *now = descriptor_begin(in, tier->line);
	const struct doc *team = value_of(book, "supported_by");

	if (!now)
		return;
	descriptor_tier(in, tier);
	if (book->title.text)
		descriptor_fact(in, &book->title, &now->title);
	if (descriptor_fact(in, value_of(book, "lifecycle_stage"), &now->lifecycle)) {
		char *folded = arena_strdup(in->out->arena, now->lifecycle.value);

		for (char *c = folded; *c; c++)
			*c = (char)tolower((unsigned char)*c);
		now->lifecycle.value = folded;
	}
	descriptor_facts(in, value_of(book, "code"), &now->aliases, &now->alias_count);
	descriptor_owners(in, team ? team : value_of(book, "delivered_by"));
	if (value_of(book, "primary_url") && strstr(value_of(book, "primary_url")->text, "://")) {
		descriptor_link(in, "service", NULL, value_of(book, "primary_url"));
		descriptor_facts(in, value_of(book, "primary_url"), &now->urls, &now->url_count);
	}
	for (size_t i = 0; i < book->count; i++) {
		if (book->fields[i].value.text)
			descriptor_fields(in, book->fields[i].name, &book->fields[i].value);
	}
}

void descriptor_runbook(struct descriptor_reader *in)
{
	struct runbook book = {.count = 0};
	struct lines lines = {in->bytes, in->bytes + in->len, 0};
	struct span line;
	const struct doc *tier;

	if (in->len && memchr(in->bytes, '\0', in->len))
		return; /* not a text */
	while (lines_next(&lines, &line))
		read_line(in, &book, line, lines.number);
	tier = value_of(&book, "service_tier");
	if (tier && tier_normalise(tier->text))
		describe(in, &book, tier);
	else if (tier)
		descriptor_warn(in, tier->line, "the service tier \"%.60s\" is not understood",
				tier->text);
}
