#include "tui/service_lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "core/tier.h"
#include "tui/table.h"

#define TITLE_COLUMN  2
#define STATUS_COLUMN 24
#define REASON_COLUMN 35
#define NARROW	      60 /* below: the reason goes on a line of its own */

struct build {
	struct lines *lines;
	struct service_lines *items;
	const struct service *service;
	const struct service_lines_options *options;
	const struct checklist *checklist;
};

/* ---- lines that stand for something ---- */

static struct service_line *add_item(struct build *build, const char *kind, const char *key)
{
	struct service_lines *items = build->items;

	GROW(items->items, items->count, items->cap);
	items->items[items->count] =
	    (struct service_line){.id = table_id(kind, key), .other = -1, .finding = -1};
	items->items[items->count].target.service =
	    arena_strdup(items->arena, build->service->name);
	return &items->items[items->count++];
}

const struct service_line *service_lines_find(const struct service_lines *items, uint64_t id)
{
	for (size_t i = 0; id && i < items->count; i++)
		if (items->items[i].id == id)
			return &items->items[i];
	return NULL;
}

void service_lines_free(struct service_lines *items)
{
	arena_free(items->arena);
	free(items->items);
	*items = (struct service_lines){0};
}

/* ---- facts ---- */

static const char *origin_text(struct build *build, const char *format, const struct origin *at)
{
	struct arena *arena = build->items->arena;

	if (!at->path)
		return format ? format : "";
	return at->line ? arena_printf(arena, "%s:%u", at->path, at->line)
			: arena_strdup(arena, at->path);
}

static void add_owners(struct build *build)
{
	const struct service *service = build->service;

	if (!service->owner_count) {
		lines_span(build->lines, ROLE_GAP, "no owner");
		return;
	}
	for (size_t i = 0; i < service->owner_count; i++) {
		if (i)
			lines_span(build->lines, ROLE_TEXT, ", ");
		lines_span(build->lines, ROLE_OWNER, service->owners[i].value);
	}
}

static void add_summary(struct build *build)
{
	const struct service *service = build->service;
	const struct checkout *checkout = service->checkout;
	char holds[TIER_REACHED_MAX], age[TEXT_AGE_MAX];

	lines_begin(build->lines, 0, 1);
	if (service->tier)
		lines_spanf(build->lines, TIER_ROLE(service->tier), "T%d %s", service->tier,
			    tier_name(service->tier));
	else
		lines_span(build->lines, ROLE_WARN, "no tier");
	lines_spanf(build->lines, ROLE_TEXT, ", holds %s. ",
		    tier_reached(service->reached, service->reached_unknown, holds));
	add_owners(build);
	for (size_t i = 0; i < service->language_count; i++)
		lines_spanf(build->lines, ROLE_TEXT, "%s%s", i ? ", " : " \xc2\xb7 ",
			    service->languages[i]);
	if (checkout->head) {
		const char *ref = checkout->ref ? strrchr(checkout->ref, '/') : NULL;

		lines_spanf(build->lines, ROLE_TEXT, " \xc2\xb7 %s ",
			    ref		    ? ref + 1
			    : checkout->ref ? checkout->ref
					    : "");
		lines_spanf(build->lines, ROLE_ORIGIN, "%.7s", checkout->head);
		lines_spanf(build->lines, ROLE_TEXT, " %s",
			    draw_age(checkout->head_time, build->options->now, age));
	}
	if (service->description.value)
		lines_add(build->lines, 0, 1, ROLE_TEXT, service->description.value);
}

static void add_fact(struct build *build, const char *name, const struct sourced *fact)
{
	if (!fact->value)
		return;
	lines_begin(build->lines, 0, 14);
	lines_span(build->lines, ROLE_TEXT, name);
	lines_tab(build->lines, 14);
	lines_span(build->lines, ROLE_EMPH, fact->value);
	lines_spanf(build->lines, ROLE_ORIGIN, "  %s", origin_text(build, fact->format, &fact->at));
}

static void add_facts(struct build *build)
{
	const struct service *service = build->service;
	const struct checkout *checkout = service->checkout;

	lines_blank(build->lines);
	lines_rule(build->lines, "FACTS", NULL);
	add_fact(build, "tier", &service->tier_at);
	add_fact(build, "type", &service->type);
	add_fact(build, "lifecycle", &service->lifecycle);
	for (size_t i = 0; i < service->owner_count; i++)
		add_fact(build, i ? "" : "owner", &service->owners[i]);
	lines_begin(build->lines, 0, 14);
	lines_span(build->lines, ROLE_TEXT, "checkout");
	lines_tab(build->lines, 14);
	lines_spanf(build->lines, ROLE_TEXT, "%s%s%s%s%s%s", checkout->path,
		    *service->subdir ? "/" : "", service->subdir, checkout->bare ? " (bare)" : "",
		    checkout->shallow ? " (shallow)" : "", checkout->partial ? " (partial)" : "");
	if (checkout->remote) {
		lines_begin(build->lines, 0, 14);
		lines_span(build->lines, ROLE_TEXT, "remote");
		lines_tab(build->lines, 14);
		lines_span(build->lines, ROLE_LINK, checkout->remote);
	}
	for (size_t i = 0; i < service->conflict_count; i++) {
		const struct conflict *conflict = &service->conflicts[i];

		lines_begin(build->lines, 0, 2);
		lines_spanf(build->lines, ROLE_WARN, "! %s: %s says %s, %s says %s",
			    conflict->field,
			    origin_text(build, conflict->kept.format, &conflict->kept.at),
			    conflict->kept.value,
			    origin_text(build, conflict->other.format, &conflict->other.at),
			    conflict->other.value);
	}
}

/* ---- the checklist ---- */

static const char *answer_word(const struct finding *finding)
{
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

/* Where the first evidence lies and what stands there; the checkout's name when it is another. */
static void add_evidence(struct build *build, const struct finding *finding)
{
	const struct evidence *file = first_file(finding);
	const char *what;

	if (!file) {
		lines_span(build->lines, ROLE_TEXT, finding->reason);
		return;
	}
	if (file->checkout && strcmp(file->checkout, build->service->checkout->path) != 0) {
		const char *slash = strrchr(file->checkout, '/');

		lines_spanf(build->lines, ROLE_ORIGIN, "%s: ", slash ? slash + 1 : file->checkout);
	}
	lines_span(build->lines, ROLE_ORIGIN, file->path);
	if (file->line)
		lines_spanf(build->lines, ROLE_ORIGIN, ":%u", file->line);
	what = file->value ? file->value : file->text;
	if (what)
		lines_spanf(build->lines, ROLE_TEXT, "  %s", what);
}

/* What is met takes one row, whatever stands in the file; what is not is told in full. */
static void add_answer(struct build *build, const struct finding *finding, bool narrow)
{
	const struct check *check = &build->checklist->checks[finding->check];
	int column = narrow ? TITLE_COLUMN : REASON_COLUMN;

	if (finding->status == STATUS_PASS)
		add_evidence(build, finding);
	else
		lines_span(build->lines, ROLE_TEXT, finding->reason);
	if (finding->status != STATUS_GAP || !finding->required)
		return;
	lines_begin(build->lines, 0, column + 7);
	lines_tab(build->lines, column);
	lines_span(build->lines, ROLE_HEADING, "close: ");
	lines_span(build->lines, ROLE_TEXT, check->close);
}

static void add_finding(struct build *build, const struct finding *finding)
{
	const struct check *check = &build->checklist->checks[finding->check];
	enum role role = status_role(finding->status);
	bool narrow = build->options->cols < NARROW;
	bool one_row = finding->status == STATUS_PASS;
	struct service_line *item = add_item(build, "check", check->id);

	item->finding = (int16_t)finding->check;
	lines_begin(build->lines, item->id, one_row || narrow ? -1 : REASON_COLUMN);
	lines_span(build->lines, role, build->options->glyphs->word_mark[finding->status]);
	lines_tab(build->lines, TITLE_COLUMN);
	lines_span(build->lines, ROLE_TEXT, check->id);
	lines_tab(build->lines, STATUS_COLUMN);
	lines_span(build->lines, role, answer_word(finding));
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
	size_t met = 0, gaps = 0, unmeasured = 0, items = 0;
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
		unmeasured += finding->status == STATUS_UNKNOWN;
	}
	if (met == items)
		buf_addf(&text, "all %zu met", items);
	else
		buf_addf(&text, "%zu met", met);
	if (gaps)
		buf_addf(&text, ", %zu gap%s", gaps, gaps == 1 ? "" : "s");
	if (unmeasured)
		buf_addf(&text, ", %zu not measured", unmeasured);
	kept = arena_strdup(build->items->arena, buf_str(&text));
	buf_free(&text);
	return kept;
}

static void add_tier(struct build *build, int tier)
{
	const struct service *service = build->service;
	bool asked = tier >= (service->tier ? service->tier : 4);
	char title[64];
	size_t shown = 0;

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
		lines_add(build->lines, 0, 2, ROLE_TEXT, "  nothing is broken here");
}

/* ---- around the service ---- */

static void add_neighbour(struct build *build, const char *kind, const char *name, int32_t index)
{
	const struct service *other =
	    index >= 0 ? fleet_at(build->options->fleet, (size_t)index) : NULL;
	struct service_line *item = add_item(build, kind, name);
	char holds[TIER_REACHED_MAX];

	item->other = index;
	item->target.yank = arena_strdup(build->items->arena, name);
	lines_begin(build->lines, item->id, 4);
	lines_spanf(build->lines, ROLE_TEXT, "  %s ", kind);
	lines_tab(build->lines, 14);
	lines_span(build->lines, ROLE_EMPH, name);
	if (!other) {
		lines_span(build->lines, ROLE_WARN, "  not in this fleet");
		return;
	}
	if (other->tier)
		lines_spanf(build->lines, TIER_ROLE(other->tier), "  T%d", other->tier);
	else
		lines_span(build->lines, ROLE_TEXT, "  no tier");
	lines_spanf(build->lines, ROLE_TEXT, ", holds %s",
		    tier_reached(other->reached, other->reached_unknown, holds));
	if (build->service->tier && other->tier > build->service->tier && !strcmp(kind, "needs"))
		lines_span(build->lines, ROLE_WARN, "  less important than what needs it");
}

static void add_neighbours(struct build *build)
{
	const struct service *service = build->service;

	if (!service->depends_count && !service->dependent_count)
		return;
	lines_blank(build->lines);
	lines_rule(build->lines, "DEPENDENCIES", NULL);
	for (size_t i = 0; i < service->depends_count; i++)
		add_neighbour(build, "needs", service->depends_on[i].name,
			      service->depends_on[i].service);
	for (size_t i = 0; i < service->dependent_count; i++)
		add_neighbour(build, "needed by",
			      fleet_at(build->options->fleet, (size_t)service->dependents[i])->name,
			      service->dependents[i]);
}

static void add_links(struct build *build)
{
	const struct service *service = build->service;

	if (!service->link_count)
		return;
	lines_blank(build->lines);
	lines_rule(build->lines, "LINKS", NULL);
	for (size_t i = 0; i < service->link_count; i++) {
		const struct link *link = &service->links[i];
		struct service_line *item = add_item(build, "link", link->url);

		item->target.url = item->target.yank = arena_strdup(build->items->arena, link->url);
		lines_begin(build->lines, item->id, 14);
		lines_spanf(build->lines, ROLE_TEXT, "  %s", link->type);
		lines_tab(build->lines, 14);
		if (link->name)
			lines_spanf(build->lines, ROLE_TEXT, "%s  ", link->name);
		lines_span(build->lines, ROLE_LINK, link->url);
	}
}

static void add_commits(struct build *build)
{
	const struct service_lines_options *options = build->options;

	lines_blank(build->lines);
	lines_rule(build->lines, "RECENT COMMITS", NULL);
	if (!options->commit_count) {
		lines_add(build->lines, 0, 2, ROLE_TEXT,
			  options->commits_known ? "  none found" : "  reading ...");
		return;
	}
	for (size_t i = 0; i < options->commit_count; i++) {
		const struct scanner_commit *commit = &options->commits[i];
		struct service_line *item = add_item(build, "commit", commit->hash);
		char age[TEXT_AGE_MAX];

		item->target.yank = arena_strdup(build->items->arena, commit->hash);
		lines_begin(build->lines, item->id, 16);
		lines_spanf(build->lines, ROLE_ORIGIN, "  %.7s", commit->hash);
		lines_spanf(build->lines, ROLE_TEXT, " %4s  ",
			    draw_age(commit->time, options->now, age));
		lines_span(build->lines, ROLE_TEXT, commit->subject);
		lines_spanf(build->lines, ROLE_OWNER, "  %s", commit->author);
	}
}

static void add_warnings(struct build *build)
{
	const struct service *service = build->service;

	if (!service->warning_count)
		return;
	lines_blank(build->lines);
	lines_rule(build->lines, "WARNINGS", NULL);
	for (size_t i = 0; i < service->warning_count; i++) {
		const struct warning *warning = &service->warnings[i];
		const char *where = origin_text(build, NULL, &warning->at);
		char key[32];
		struct service_line *item;

		snprintf(key, sizeof(key), "%zu", i);
		item = add_item(build, "warning", key);
		item->target.yank = arena_strdup(build->items->arena, warning->text);
		if (warning->at.path && *warning->at.path) {
			item->target.checkout =
			    arena_strdup(build->items->arena, service->checkout->path);
			item->target.commit =
			    arena_strdup(build->items->arena, service->checkout->head);
			item->target.path = arena_strdup(build->items->arena, warning->at.path);
			item->target.line = warning->at.line;
		}
		lines_begin(build->lines, item->id, 4);
		lines_span(build->lines, ROLE_WARN, "  ! ");
		if (*where)
			lines_spanf(build->lines, ROLE_ORIGIN, "%s  ", where);
		lines_span(build->lines, ROLE_TEXT, warning->text);
	}
}

void service_lines_build(struct lines *lines, struct service_lines *items,
			 const struct service *service, const struct service_lines_options *options)
{
	struct build build = {.lines = lines,
			      .items = items,
			      .service = service,
			      .options = options,
			      .checklist = fleet_checklist(options->fleet)};

	arena_free(items->arena);
	items->arena = arena_new();
	items->count = 0;
	lines_reset(lines);
	add_summary(&build);
	for (int tier = 1; tier <= 4; tier++)
		add_tier(&build, tier);
	add_neighbours(&build);
	add_links(&build);
	add_warnings(&build);
	if (options->brief)
		return;
	add_commits(&build);
	add_facts(&build);
}
