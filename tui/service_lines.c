#include "tui/service_lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "core/tier.h"
#include "tui/table.h"

#define TITLE_COLUMN  2
#define STATUS_COLUMN 23
#define REASON_COLUMN 34
#define CLOSE_COLUMN  4
#define VALUE_COLUMN  12 /* below the checklist: what it is, then the value */
#define NARROW	      60 /* below: the reason goes on a line of its own */
#define NEIGHBOURS    4	 /* named in the summary */

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

void service_lines_seek(struct lines *lines, const struct service_lines *items, const char *check)
{
	for (size_t i = 0; i < items->count; i++)
		if (items->items[i].finding >= 0 && items->items[i].target.check &&
		    !strcmp(items->items[i].target.check, check))
			lines_seek(lines, items->items[i].id);
}

void service_lines_free(struct service_lines *items)
{
	arena_free(items->arena);
	free(items->items);
	*items = (struct service_lines){0};
}

/*
 * Starts a line for an item. Beside a table nothing of the text can be chosen, so it has
 * no cursor there.
 */
static void begin_item(struct build *build, const struct service_line *item, int indent)
{
	lines_begin(build->lines, build->options->brief ? 0 : item->id, indent);
}

/* The file of the service's checkout that a value was read in. */
static void set_origin(struct build *build, struct target *target, const struct origin *at)
{
	struct arena *arena = build->items->arena;
	const struct checkout *checkout = build->service->checkout;

	if (!at->path || !*at->path || !checkout->head)
		return;
	target->checkout = arena_strdup(arena, checkout->path);
	target->commit = arena_strdup(arena, checkout->head);
	target->path = arena_strdup(arena, at->path);
	target->line = at->line;
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
	const char *dot = build->options->glyphs->dot;
	char holds[TIER_REACHED_MAX], age[TEXT_AGE_MAX];

	lines_begin(build->lines, 0, 0);
	if (service->tier)
		lines_spanf(build->lines, TIER_ROLE(service->tier), "T%d %s", service->tier,
			    tier_name(service->tier));
	else
		lines_span(build->lines, ROLE_WARN, "no tier");
	lines_spanf(build->lines, ROLE_TEXT, " %s holds %s %s ", dot,
		    tier_reached(service->reached, service->reached_unknown, holds), dot);
	add_owners(build);
	if (service->language_count)
		lines_spanf(build->lines, ROLE_TEXT, " %s ", dot);
	for (size_t i = 0; i < service->language_count; i++)
		lines_spanf(build->lines, ROLE_TEXT, "%s%s", i ? ", " : "", service->languages[i]);
	if (checkout->head) {
		const char *ref = checkout->ref ? strrchr(checkout->ref, '/') : NULL;

		lines_spanf(build->lines, ROLE_TEXT, " %s %s ", dot,
			    ref		    ? ref + 1
			    : checkout->ref ? checkout->ref
					    : "");
		lines_spanf(build->lines, ROLE_ORIGIN, "%.7s", checkout->head);
		lines_spanf(build->lines, ROLE_TEXT, " %s",
			    draw_age(checkout->head_time, build->options->now, age));
	}
	if (service->description.value)
		lines_add(build->lines, 0, 0, ROLE_TEXT, service->description.value);
}

static void add_name(struct build *build, const char *name, int32_t index)
{
	const struct service *other =
	    index >= 0 ? fleet_at(build->options->fleet, (size_t)index) : NULL;

	lines_spanf(build->lines, ROLE_EMPH, " %s", name);
	if (other && other->tier)
		lines_spanf(build->lines, TIER_ROLE(other->tier), " T%d", other->tier);
	else
		lines_span(build->lines, ROLE_WARN, other ? " no tier" : " not here");
}

/* "needs ledger T2, identity T1  needed by storefront T1 +3": the first of both ways. */
static void add_around(struct build *build)
{
	const struct service *service = build->service;

	if ((!service->depends_count && !service->dependent_count) || build->options->cols < NARROW)
		return;
	lines_begin(build->lines, 0, 0);
	for (size_t i = 0; i < service->depends_count && i < NEIGHBOURS; i++) {
		lines_span(build->lines, ROLE_TEXT, i ? "," : "needs");
		add_name(build, service->depends_on[i].name, service->depends_on[i].service);
	}
	if (service->depends_count > NEIGHBOURS)
		lines_spanf(build->lines, ROLE_TEXT, " +%zu", service->depends_count - NEIGHBOURS);
	for (size_t i = 0; i < service->dependent_count && i < NEIGHBOURS; i++) {
		int32_t index = service->dependents[i];

		lines_spanf(build->lines, ROLE_TEXT, "%s%s",
			    !i && service->depends_count ? "  " : "", i ? "," : "needed by");
		add_name(build, fleet_at(build->options->fleet, (size_t)index)->name, index);
	}
	if (service->dependent_count > NEIGHBOURS)
		lines_spanf(build->lines, ROLE_TEXT, " +%zu",
			    service->dependent_count - NEIGHBOURS);
}

static void add_fact(struct build *build, const char *name, const struct sourced *fact)
{
	struct service_line *item;

	if (!fact->value)
		return;
	item = add_item(build, name, fact->value);
	item->target.yank = arena_strdup(build->items->arena, fact->value);
	set_origin(build, &item->target, &fact->at);
	begin_item(build, item, VALUE_COLUMN);
	lines_span(build->lines, ROLE_TEXT, name);
	lines_tab(build->lines, VALUE_COLUMN);
	lines_span(build->lines, ROLE_EMPH, fact->value);
	lines_spanf(build->lines, ROLE_ORIGIN, "  %s", origin_text(build, fact->format, &fact->at));
}

static struct service_line *add_place(struct build *build, const char *name, const char *value,
				      enum role role)
{
	struct service_line *item = add_item(build, name, value);

	item->target.yank = arena_strdup(build->items->arena, value);
	begin_item(build, item, VALUE_COLUMN);
	lines_span(build->lines, ROLE_TEXT, name);
	lines_tab(build->lines, VALUE_COLUMN);
	lines_span(build->lines, role, value);
	return item;
}

static void add_facts(struct build *build)
{
	const struct service *service = build->service;
	const struct checkout *checkout = service->checkout;
	struct arena *arena = build->items->arena;

	lines_blank(build->lines);
	lines_rule(build->lines, "FACTS", NULL);
	add_fact(build, "tier", &service->tier_at);
	add_fact(build, "type", &service->type);
	add_fact(build, "lifecycle", &service->lifecycle);
	for (size_t i = 0; i < service->owner_count; i++)
		add_fact(build, "owner", &service->owners[i]);
	add_place(build, "checkout",
		  *service->subdir ? arena_printf(arena, "%s/%s", checkout->path, service->subdir)
				   : checkout->path,
		  ROLE_TEXT);
	lines_spanf(build->lines, ROLE_WARN, "%s%s%s", checkout->bare ? "  bare" : "",
		    checkout->shallow ? "  shallow" : "", checkout->partial ? "  partial" : "");
	if (checkout->ref)
		add_place(build, "read", arena_printf(arena, "%s", checkout->ref), ROLE_TEXT);
	if (checkout->remote)
		add_place(build, "remote", checkout->remote, ROLE_LINK)->target.url =
		    arena_strdup(arena, checkout->remote);
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
	/* The line as it was written says more than the part of it that was captured. */
	what = file->text && (!file->value || strstr(file->text, file->value)) ? file->text
									       : file->value;
	if (what)
		lines_spanf(build->lines, ROLE_TEXT, "  %s", what);
}

/* What is met takes one row, whatever stands in the file; what is not is told in full. */
static void add_answer(struct build *build, const struct finding *finding)
{
	const struct check *check = &build->checklist->checks[finding->check];

	if (finding->status == STATUS_PASS)
		add_evidence(build, finding);
	else
		lines_span(build->lines, ROLE_TEXT, finding->reason);
	if (finding->status != STATUS_GAP || !finding->required)
		return;
	lines_begin(build->lines, 0, CLOSE_COLUMN + 7);
	lines_tab(build->lines, CLOSE_COLUMN);
	lines_span(build->lines, ROLE_HEADING, "close: ");
	lines_span(build->lines, ROLE_TEXT, check->close);
}

static void add_finding(struct build *build, const struct finding *finding)
{
	const struct check *check = &build->checklist->checks[finding->check];
	enum role role = status_role(finding->status);
	bool narrow = build->options->cols < NARROW;
	bool one_row = finding->status == STATUS_PASS || !finding->required;
	struct service_line *item = add_item(build, "check", check->id);

	item->finding = (int16_t)finding->check;
	begin_item(build, item, one_row || narrow ? -1 : REASON_COLUMN);
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
	add_answer(build, finding);
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

/* The most important tier whose items are asked of the service. */
static int first_tier(const struct service *service)
{
	return service->tier ? service->tier : 4;
}

static void add_tier(struct build *build, int tier)
{
	const struct service *service = build->service;
	bool asked = tier >= first_tier(service);
	char title[64];
	size_t shown = 0;

	if (build->options->cols < NARROW)
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

/* ---- around the service ---- */

static void add_neighbour(struct build *build, const char *kind, const char *name, int32_t index,
			  const struct origin *at)
{
	const struct service *other =
	    index >= 0 ? fleet_at(build->options->fleet, (size_t)index) : NULL;
	struct service_line *item = add_item(build, kind, name);
	char holds[TIER_REACHED_MAX];

	item->other = index;
	item->target.yank = arena_strdup(build->items->arena, name);
	if (at)
		set_origin(build, &item->target, at);
	begin_item(build, item, VALUE_COLUMN);
	lines_spanf(build->lines, ROLE_TEXT, "%s ", kind);
	lines_tab(build->lines, VALUE_COLUMN);
	lines_span(build->lines, ROLE_EMPH, name);
	if (!other) {
		lines_spanf(build->lines, ROLE_WARN, "  not in this fleet");
		if (at && at->path)
			lines_spanf(build->lines, ROLE_ORIGIN, "  %s",
				    origin_text(build, NULL, at));
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
			      service->depends_on[i].service, &service->depends_on[i].at);
	for (size_t i = 0; i < service->dependent_count; i++)
		add_neighbour(build, "needed by",
			      fleet_at(build->options->fleet, (size_t)service->dependents[i])->name,
			      service->dependents[i], NULL);
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
		begin_item(build, item, VALUE_COLUMN);
		lines_span(build->lines, ROLE_TEXT, link->type);
		lines_tab(build->lines, VALUE_COLUMN);
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
		lines_add(build->lines, 0, 0, ROLE_TEXT,
			  options->commits_known ? "none found" : "reading ...");
		return;
	}
	for (size_t i = 0; i < options->commit_count; i++) {
		const struct scanner_commit *commit = &options->commits[i];
		struct service_line *item = add_item(build, "commit", commit->hash);
		char age[TEXT_AGE_MAX];

		item->target.yank = arena_strdup(build->items->arena, commit->hash);
		begin_item(build, item, 14);
		lines_spanf(build->lines, ROLE_ORIGIN, "%.7s", commit->hash);
		lines_spanf(build->lines, ROLE_TEXT, " %4s  ",
			    draw_age(commit->time, options->now, age));
		lines_span(build->lines, ROLE_TEXT, commit->subject);
		lines_spanf(build->lines, ROLE_OWNER, "  %s", commit->author);
	}
}

static struct service_line *begin_warning(struct build *build, const char *kind, size_t number,
					  const struct origin *at)
{
	char key[32];
	struct service_line *item;

	snprintf(key, sizeof(key), "%zu", number);
	item = add_item(build, kind, key);
	set_origin(build, &item->target, at);
	begin_item(build, item, 2);
	lines_span(build->lines, ROLE_WARN, "! ");
	return item;
}

/* What the descriptor that is trusted more says, and who says otherwise; Enter opens that one. */
static void add_conflict(struct build *build, size_t number)
{
	const struct conflict *conflict = &build->service->conflicts[number];

	begin_warning(build, "conflict", number, &conflict->other.at)->target.yank =
	    arena_strdup(build->items->arena, conflict->other.value);
	lines_spanf(build->lines, ROLE_TEXT, "%s: ", conflict->field);
	lines_span(build->lines, ROLE_EMPH, conflict->kept.value);
	lines_spanf(build->lines, ROLE_ORIGIN, " %s",
		    origin_text(build, conflict->kept.format, &conflict->kept.at));
	lines_span(build->lines, ROLE_TEXT, " is taken, not ");
	lines_span(build->lines, ROLE_EMPH, conflict->other.value);
	lines_spanf(build->lines, ROLE_ORIGIN, " %s",
		    origin_text(build, conflict->other.format, &conflict->other.at));
}

static void add_warnings(struct build *build)
{
	const struct service *service = build->service;

	if (!service->warning_count && !service->conflict_count)
		return;
	lines_blank(build->lines);
	lines_rule(build->lines, "WARNINGS", NULL);
	for (size_t i = 0; i < service->conflict_count; i++)
		add_conflict(build, i);
	for (size_t i = 0; i < service->warning_count; i++) {
		const struct warning *warning = &service->warnings[i];
		const char *where = origin_text(build, NULL, &warning->at);

		begin_warning(build, "warning", i, &warning->at)->target.yank =
		    arena_strdup(build->items->arena, warning->text);
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
	add_around(&build);
	for (int tier = first_tier(service); tier <= 4; tier++)
		add_tier(&build, tier);
	add_neighbours(&build);
	add_links(&build);
	add_warnings(&build);
	if (options->brief)
		return;
	add_facts(&build);
	add_commits(&build);
	/* Last, and not among what is broken: what its tier does not ask for. */
	for (int tier = 1; tier < first_tier(service) && !options->only_broken; tier++)
		add_tier(&build, tier);
}
