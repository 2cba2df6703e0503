/* What findings say in words. */

#include <ctype.h>
#include <string.h>
#include <time.h>

#include "core/buf.h"
#include "core/rule_internal.h"

#define MAX_REASON 240
#define MAX_LISTED 4

const char *rule_one_line(struct arena *arena, const char *text)
{
	size_t len = strlen(text);
	char *copy;

	if (len > MAX_REASON) {
		len = MAX_REASON;
		while (len && ((unsigned char)text[len] & 0xC0) == 0x80)
			len--;
	}
	copy = arena_memdup0(arena, text, len);
	for (char *s = copy; *s; s++) {
		if ((unsigned char)*s < ' ')
			*s = ' ';
	}
	return copy;
}

const char *rule_date(struct arena *arena, int64_t time)
{
	time_t seconds = (time_t)time;
	struct tm tm;
	char text[32];

	if (!gmtime_r(&seconds, &tm) || !strftime(text, sizeof(text), "%Y-%m-%d", &tm))
		return "an unknown date";
	return arena_strdup(arena, text);
}

bool rule_parse_date(const char *text, int64_t *time)
{
	struct tm tm = {0};
	const char *end = text ? strptime(text, "%Y-%m-%d", &tm) : NULL;

	if (!end || *end)
		return false;
	*time = (int64_t)timegm(&tm);
	return true;
}

const char *rule_show(struct arena *arena, const struct evidence *evidence)
{
	const char *says = evidence->text ? evidence->text : evidence->value;

	if (!says)
		says = evidence->url;
	if (!evidence->path || !*evidence->path)
		return says ? rule_one_line(arena, says) : "";
	if (!says || !*says)
		return rule_one_line(arena, evidence->path);
	if (!evidence->line)
		return rule_one_line(arena, arena_printf(arena, "%s: %s", evidence->path, says));
	return rule_one_line(
	    arena, arena_printf(arena, "%s:%u: %s", evidence->path, evidence->line, says));
}

/* Adds what a probe looks for to a list of at most MAX_LISTED things. */
static void list_probe(struct buf *out, const struct probe *probe, size_t *listed)
{
	const char *const *things = NULL;
	const char *kind = "";
	size_t count = 0;

	if (probe->kind == PROBE_FILES) {
		things = probe->files;
		count = probe->file_count;
	} else if (probe->kind == PROBE_DEPENDENCY) {
		things = probe->packages;
		count = probe->package_count;
		kind = "package ";
	} else if (probe->kind == PROBE_FIELD || probe->kind == PROBE_LINK) {
		things = probe->names;
		count = probe->name_count;
		kind = probe->kind == PROBE_LINK ? "link " : "field ";
	}
	for (size_t i = 0; i < count && *listed < MAX_LISTED; i++, ++*listed)
		buf_addf(out, "%s%s%s", *listed ? ", " : "", kind, things[i]);
}

static void list_rule(struct buf *out, const struct checklist *list, const struct rule *rule,
		      size_t *listed)
{
	if (rule->kind == RULE_PROBE)
		list_probe(out, &list->probes[rule->probe], listed);
	for (size_t i = 0; rule->kind != RULE_NOT && i < rule->of_count && *listed < MAX_LISTED;
	     i++)
		list_rule(out, list, rule->of[i], listed);
}

const char *rule_looked_for(struct arena *arena, const struct checklist *list,
			    const struct rule *rule)
{
	struct buf text = {0};
	size_t listed = 0;
	const char *reason;

	buf_adds(&text, "nothing found; looked for ");
	list_rule(&text, list, rule, &listed);
	reason = listed ? rule_one_line(arena, buf_str(&text)) : "nothing found";
	buf_free(&text);
	return reason;
}
