/* What live sources say, in a service's drill-down. */

#include <string.h>

#include "core/text.h"
#include "tui/live_cells.h"
#include "tui/service_lines_internal.h"

#define KIND_COLUMN  2
#define TITLE_COLUMN 12
#define MAX_SIGNALS  40
#define MAX_DEPLOYS  3
#define TEXT_BYTES   300

static bool is_bad(const struct signal *signal)
{
	if (signal->flags & SIGNAL_WATCHDOG)
		return false;
	return signal->state == SIGNAL_CRITICAL || signal->state == SIGNAL_WARNING ||
	       (signal->kind == SIGNAL_ALERT && signal->state == SIGNAL_UNKNOWN);
}

static const char *quiet_word(const struct signal *signal)
{
	if (signal->flags & SIGNAL_SILENCED)
		return " silenced";
	if (signal->flags & SIGNAL_INHIBITED)
		return " inhibited";
	return signal->flags & SIGNAL_PENDING ? " pending" : "";
}

static void add_when(struct build *build, const struct observed *seen)
{
	const struct signal *signal = seen->signal;
	int64_t now = build->options->now;
	char age[TEXT_AGE_MAX];

	if (signal->kind == SIGNAL_CERT && signal->until)
		lines_spanf(build->lines, ROLE_TEXT, " %s",
			    signal->until > now ? "ends in " : "ended ");
	if (signal->kind == SIGNAL_CERT && signal->until)
		lines_spanf(
		    build->lines, ROLE_TEXT, "%s",
		    text_age(signal->until > now ? signal->until - now : now - signal->until, age));
	else if (signal->since)
		lines_spanf(build->lines, ROLE_TEXT, " %s", draw_age(signal->since, now, age));
}

static void add_where(struct build *build, const struct observed *seen)
{
	struct buf stale = {0};

	if (!observed_production(seen))
		lines_spanf(build->lines, ROLE_WARN, "  in %s", observed_environment(seen));
	lines_spanf(build->lines, ROLE_ORIGIN, "  %s", seen->source->name);
	if (!seen->topic->failing_since)
		return;
	signal_stale_words(seen, build->options->now, &stale);
	lines_spanf(build->lines, ROLE_WARN, ", %s", buf_str(&stale));
	buf_free(&stale);
}

static void add_signal(struct build *build, const struct observed *seen)
{
	const struct signal *signal = seen->signal;
	struct arena *arena = build->items->arena;
	char key[128];
	struct service_line *item;

	snprintf(key, sizeof(key), "%.40s %.80s", seen->source->name, signal->id);
	item = service_item_new(build, "signal", key);
	item->target.url = arena_strdup(arena, signal->url);
	item->target.yank = arena_strdup(arena, signal->title);
	service_item_begin(build, item, TITLE_COLUMN);
	lines_spanf(build->lines, signal_role(signal), "%s ",
		    signal_glyph(signal, build->options->glyphs));
	lines_spanf(build->lines, ROLE_TEXT, "%s", signal_kind_name(signal->kind));
	lines_tab(build->lines, TITLE_COLUMN);
	lines_spanf(build->lines, is_bad(signal) ? ROLE_HEADING : ROLE_EMPH, "%.*s", TEXT_BYTES,
		    signal->title);
	if (signal->severity && is_bad(signal))
		lines_spanf(build->lines, ROLE_TEXT, " %.40s", signal->severity);
	lines_spanf(build->lines, ROLE_WAIVED, "%s", quiet_word(signal));
	add_when(build, seen);
	/* The days that are left are told already. */
	if (signal->value && signal->kind != SIGNAL_ALERT &&
	    !(signal->kind == SIGNAL_CERT && signal->until))
		lines_spanf(build->lines, ROLE_TEXT, "  %.80s", signal->value);
	if (signal->text)
		lines_spanf(build->lines, ROLE_TEXT, "  %.*s", TEXT_BYTES, signal->text);
	if (signal->author && *signal->author)
		lines_spanf(build->lines, ROLE_OWNER, "  %.80s", signal->author);
	add_where(build, seen);
}

static bool shown(const struct build *build, const struct signal *signal)
{
	if (signal->kind >= SIGNAL_CONTRACT_KINDS || signal->flags & SIGNAL_WATCHDOG)
		return false;
	return is_bad(signal) || (!build->options->only_broken && !build->options->brief);
}

void service_add_signals(struct build *build)
{
	const struct service *service = build->service;
	size_t count = 0, left = 0, deploys = 0;

	for (size_t i = 0; i < service->signal_count; i++) {
		const struct observed *seen = &service->signals[i];

		if (!shown(build, seen->signal) || signal_told_better(service, i))
			continue;
		deploys += seen->signal->kind == SIGNAL_DEPLOY;
		if (count == MAX_SIGNALS ||
		    (seen->signal->kind == SIGNAL_DEPLOY && deploys > MAX_DEPLOYS)) {
			left++;
			continue;
		}
		if (!count++) {
			lines_blank(build->lines);
			lines_rule(build->lines, "SIGNALS", NULL);
		}
		add_signal(build, seen);
	}
	if (left) {
		lines_begin(build->lines, 0, KIND_COLUMN);
		lines_spanf(build->lines, ROLE_TEXT, "  and %zu more", left);
	}
}
