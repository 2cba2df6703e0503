/* The checklist in a service's drill-down: tier by tier, each item with its answer. */

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "core/tier.h"
#include "tui/service_lines_internal.h"

#define TITLE_COLUMN  2
#define STATUS_COLUMN 23
#define REASON_COLUMN 34
#define CLOSE_COLUMN  4

/* "open 213d" of a gap that is asked for, where its age is known. */
static const char *answer_word(struct build *build, const struct finding *finding)
{
	char age[TEXT_GAP_AGE_MAX];

	text_gap_age(finding->since, finding->since_at_least, build->options->now, age);
	if (finding->status == STATUS_GAP && finding->required && strcmp(age, "-") != 0)
		return arena_printf(build->items->arena, "open %s", age);
	if (finding->status == STATUS_PASS && finding->strength != STRENGTH_NONE)
		return strength_name(finding->strength);
	if (finding->status == STATUS_UNKNOWN && finding->code == UNKNOWN_FAILED)
		return "failed";
	return status_name(finding->status);
}

static const struct evidence *first_file(const struct finding *finding)
{
	for (size_t i = 0; i < finding->evidence_count; i++)
		if (finding->evidence[i].path)
			return &finding->evidence[i];
	return NULL;
}

static const char *first_url(const struct finding *finding)
{
	for (size_t i = 0; i < finding->evidence_count; i++)
		if (finding->evidence[i].url)
			return finding->evidence[i].url;
	return NULL;
}

static void set_target(struct build *build, struct service_line *item,
		       const struct finding *finding)
{
	struct arena *arena = build->items->arena;
	const struct evidence *file = first_file(finding);
	struct target *target = &item->target;

	target->check = arena_strdup(arena, build->checklist->checks[finding->check].id);
	target->url = arena_strdup(arena, first_url(finding));
	target->yank = arena_strdup(arena, finding->reason);
	if (!file)
		return;
	target->checkout = arena_strdup(arena, file->checkout);
	target->commit = arena_strdup(arena, file->commit);
	target->path = arena_strdup(arena, file->path);
	target->line = file->line;
	target->yank =
	    file->line ? arena_printf(arena, "%s:%u", file->path, file->line) : target->path;
}

/* "…/playbooks/down.md:3": leading folders go where the place is wider than room. */
static const char *short_place(struct build *build, const struct evidence *file, int room)
{
	struct arena *arena = build->items->arena;
	const char *ellipsis = build->options->glyphs->ellipsis;
	const char *place =
	    file->line ? arena_printf(arena, "%s:%u", file->path, file->line) : file->path;
	const char *rest = place, *slash;

	if ((int)text_width(place) <= room)
		return place;
	while ((slash = strchr(rest, '/')) && slash[1]) {
		rest = slash + 1;
		if ((int)text_width(rest) + 2 <= room)
			break;
	}
	return rest == place ? place : arena_printf(arena, "%s/%s", ellipsis, rest);
}

/* Where the first evidence lies and what stands there; the checkout's name when it is another. */
static void add_evidence(struct build *build, const struct finding *finding, bool narrow)
{
	const struct evidence *file = first_file(finding);
	int room = build->options->cols - 1 - (narrow ? TITLE_COLUMN : REASON_COLUMN);
	const char *what;

	if (!file) {
		lines_span(build->lines, ROLE_TEXT, finding->reason);
		return;
	}
	if (file->checkout && strcmp(file->checkout, build->service->checkout->path) != 0) {
		const char *slash = strrchr(file->checkout, '/');
		const char *name = slash ? slash + 1 : file->checkout;

		lines_spanf(build->lines, ROLE_ORIGIN, "%s: ", name);
		room -= (int)text_width(name) + 2;
	}
	lines_span(build->lines, ROLE_ORIGIN, short_place(build, file, room));
	/* The line as it was written says more than the part of it that was captured. */
	what = file->text && (!file->value || strstr(file->text, file->value)) ? file->text
									       : file->value;
	if (what)
		lines_spanf(build->lines, ROLE_TEXT, "  %s", what);
}

/* "since: 4f2c9ab Ana Lima: Drop the second region", where a commit opened the gap. */
static void add_since(struct build *build, const struct finding *finding)
{
	const struct check *check = &build->checklist->checks[finding->check];
	const struct record *record = build->options->record;
	struct interval open;

	if (!record || !record_open(record, build->service->name, check->id, &open) ||
	    open.opened.kind != CAUSE_COMMIT || !open.opened.hash)
		return;
	lines_begin(build->lines, 0, CLOSE_COLUMN + 7);
	lines_tab(build->lines, CLOSE_COLUMN);
	lines_span(build->lines, ROLE_HEADING, "since: ");
	lines_spanf(build->lines, ROLE_ORIGIN, "%.7s ", open.opened.hash);
	if (open.opened.among > 1)
		lines_spanf(build->lines, ROLE_TEXT, "or one of %u before it ",
			    open.opened.among - 1);
	lines_spanf(build->lines, ROLE_OWNER, "%s", open.opened.author ? open.opened.author : "");
	lines_spanf(build->lines, ROLE_TEXT, ": %s",
		    open.opened.subject ? open.opened.subject : "");
}

/* What is met takes one row, whatever stands in the file; what is not is told in full. */
static void add_answer(struct build *build, const struct finding *finding, bool narrow)
{
	const struct check *check = &build->checklist->checks[finding->check];

	if (finding->status == STATUS_PASS)
		add_evidence(build, finding, narrow);
	else
		lines_span(build->lines, ROLE_TEXT, finding->reason);
	if (finding->status != STATUS_GAP || !finding->required)
		return;
	lines_begin(build->lines, 0, CLOSE_COLUMN + 7);
	lines_tab(build->lines, CLOSE_COLUMN);
	lines_span(build->lines, ROLE_HEADING, "close: ");
	lines_span(build->lines, ROLE_TEXT, check->close);
	add_since(build, finding);
}

static void add_finding(struct build *build, const struct finding *finding)
{
	const struct check *check = &build->checklist->checks[finding->check];
	enum role role = status_role(finding->status);
	bool narrow = build->options->cols < SERVICE_NARROW;
	bool one_row = finding->status == STATUS_PASS || !finding->required;
	struct service_line *item = service_item_new(build, "check", check->id);

	item->finding = (int16_t)finding->check;
	service_item_begin(build, item, one_row || narrow ? -1 : REASON_COLUMN);
	lines_span(build->lines, role, build->options->glyphs->word_mark[finding->status]);
	lines_tab(build->lines, TITLE_COLUMN);
	lines_span(build->lines, ROLE_TEXT, check->id);
	lines_tab(build->lines, STATUS_COLUMN);
	lines_span(build->lines, role, answer_word(build, finding));
	if (narrow) {
		lines_begin(build->lines, 0, one_row ? -1 : TITLE_COLUMN);
		lines_tab(build->lines, TITLE_COLUMN);
	} else {
		lines_tab(build->lines, REASON_COLUMN);
	}
	add_answer(build, finding, narrow);
	set_target(build, item, finding);
}

static const char *tier_score(struct build *build, int tier)
{
	size_t met = 0, gaps = 0, unknown = 0, items = 0;
	struct buf text = {0};
	const char *kept;

	for (size_t i = 0; i < build->checklist->check_count; i++) {
		const struct finding *finding = &build->service->findings[i];

		if (build->checklist->checks[finding->check].tier != tier)
			continue;
		items++;
		met += finding->status == STATUS_PASS || finding->status == STATUS_NA ||
		       finding->status == STATUS_WAIVED;
		gaps += finding->status == STATUS_GAP;
		unknown += finding->status == STATUS_UNKNOWN;
	}
	if (met == items)
		buf_addf(&text, "all %zu met", items);
	else
		buf_addf(&text, "%zu met", met);
	if (gaps)
		buf_addf(&text, ", %zu gap%s", gaps, gaps == 1 ? "" : "s");
	if (unknown)
		buf_addf(&text, ", %zu unknown", unknown);
	kept = arena_strdup(build->items->arena, buf_str(&text));
	buf_free(&text);
	return kept;
}

int service_first_tier(const struct service *service)
{
	return service->tier ? service->tier : 4;
}

void service_add_tier(struct build *build, int tier)
{
	const struct service *service = build->service;
	bool asked = tier >= service_first_tier(service);
	char title[64];
	size_t shown = 0;

	if (build->options->cols < SERVICE_NARROW)
		snprintf(title, sizeof(title), "TIER %d%s", tier, asked ? "" : " (not asked)");
	else
		snprintf(title, sizeof(title), "TIER %d %s%s", tier, tier_name(tier),
			 asked ? "" : " (not asked for)");
	lines_blank(build->lines);
	lines_rule(build->lines, title, tier_score(build, tier));
	for (size_t i = 0; i < build->checklist->check_count; i++) {
		const struct finding *finding = &service->findings[i];

		if (build->checklist->checks[finding->check].tier != tier)
			continue;
		if (build->options->only_broken && finding->status != STATUS_GAP &&
		    finding->code != UNKNOWN_FAILED)
			continue;
		add_finding(build, finding);
		shown++;
	}
	if (!shown)
		lines_add(build->lines, 0, 0, ROLE_TEXT, "nothing is broken here");
}
