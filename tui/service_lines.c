#include "tui/service_lines_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "core/tier.h"
#include "tui/table.h"

#define VALUE_COLUMN 12 /* below the checklist: what it is, then the value */
#define NEIGHBOURS   4	/* named in the summary */

/* ---- lines that stand for something ---- */

struct service_line *service_item_new(struct build *build, const char *kind, const char *key)
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

/* Beside a table nothing of the text can be chosen, so it has no cursor there. */
void service_item_begin(struct build *build, const struct service_line *item, int indent)
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

	if ((!service->depends_count && !service->dependent_count) ||
	    build->options->cols < SERVICE_NARROW)
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
	item = service_item_new(build, name, fact->value);
	item->target.yank = arena_strdup(build->items->arena, fact->value);
	set_origin(build, &item->target, &fact->at);
	service_item_begin(build, item, VALUE_COLUMN);
	lines_span(build->lines, ROLE_TEXT, name);
	lines_tab(build->lines, VALUE_COLUMN);
	lines_span(build->lines, ROLE_EMPH, fact->value);
	lines_spanf(build->lines, ROLE_ORIGIN, "  %s", origin_text(build, fact->format, &fact->at));
}

static struct service_line *add_place(struct build *build, const char *name, const char *value,
				      enum role role)
{
	struct service_line *item = service_item_new(build, name, value);

	item->target.yank = arena_strdup(build->items->arena, value);
	service_item_begin(build, item, VALUE_COLUMN);
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

/* ---- around the service ---- */

static void add_neighbour(struct build *build, const char *kind, const char *name, int32_t index,
			  const struct origin *at)
{
	const struct service *other =
	    index >= 0 ? fleet_at(build->options->fleet, (size_t)index) : NULL;
	struct service_line *item = service_item_new(build, kind, name);
	char holds[TIER_REACHED_MAX];

	item->other = index;
	item->target.yank = arena_strdup(build->items->arena, name);
	if (at)
		set_origin(build, &item->target, at);
	service_item_begin(build, item, VALUE_COLUMN);
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
		struct service_line *item = service_item_new(build, "link", link->url);

		item->target.url = item->target.yank = arena_strdup(build->items->arena, link->url);
		service_item_begin(build, item, VALUE_COLUMN);
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
		struct service_line *item = service_item_new(build, "commit", commit->hash);
		char age[TEXT_AGE_MAX];

		item->target.yank = arena_strdup(build->items->arena, commit->hash);
		service_item_begin(build, item, 14);
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
	item = service_item_new(build, kind, key);
	set_origin(build, &item->target, at);
	service_item_begin(build, item, 2);
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
	service_add_signals(&build);
	for (int tier = service_first_tier(service); tier <= 4; tier++)
		service_add_tier(&build, tier);
	add_neighbours(&build);
	add_links(&build);
	add_warnings(&build);
	if (options->brief)
		return;
	add_facts(&build);
	add_commits(&build);
	/* Last, and not among what is broken: what its tier does not ask for. */
	for (int tier = 1; tier < service_first_tier(service) && !options->only_broken; tier++)
		service_add_tier(&build, tier);
}
