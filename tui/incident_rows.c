#include "tui/incident_rows.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "core/strmap.h"
#include "core/text.h"
#include "tui/table.h"

#define MAX_WORDS 16
#define SEARCHED  20 /* signals of a row */

const char *incident_grouping_name(enum incident_grouping grouping)
{
	static const char *const names[] = {"service", "alert", "owner"};

	return names[grouping];
}

void incident_rows_free(struct incident_rows *rows)
{
	arena_free(rows->arena);
	*rows = (struct incident_rows){0};
}

/* ---- the filter ---- */

static bool has_word(const struct burn *burn, const char *word)
{
	if (text_contains(burn->name, word) || text_contains(burn->what, word) ||
	    (burn->owner && text_contains(burn->owner, word)))
		return true;
	for (size_t i = 0; i < burn->signal_count && i < SEARCHED; i++)
		if (text_contains(burn->signals[i].signal->title, word))
			return true;
	return false;
}

static const char *value_of(const char *word, const char *key)
{
	size_t len = strlen(key);

	return !strncasecmp(word, key, len) && word[len] == ':' ? word + len + 1 : NULL;
}

static bool word_holds(const struct burn *burn, const char *word)
{
	const char *value;

	if ((value = value_of(word, "owner")))
		return burn->owner ? text_contains(burn->owner, value) : !strcmp(value, "none");
	if ((value = value_of(word, "kind")))
		return text_contains(burn_kind_name(burn->kind), value);
	if ((value = value_of(word, "env")))
		return text_contains(burn->environment, value);
	if ((value = value_of(word, "state")))
		return text_contains(signal_state_name(burn->state), value);
	if ((value = value_of(word, "tier")))
		return strcmp(value, "none") ? burn->tier && *value == '0' + burn->tier
					     : !burn->tier;
	return has_word(burn, word);
}

struct words {
	char *text;
	const char *words[MAX_WORDS];
	size_t count;
};

static void split(const char *filter, struct words *out)
{
	char *at;

	out->text = xstrdup(filter ? filter : "");
	out->count = 0;
	for (at = out->text; *at && out->count < MAX_WORDS;) {
		size_t len = strcspn(at, " ");
		bool last = !at[len];

		at[len] = '\0';
		if (len)
			out->words[out->count++] = at;
		at += len + !last;
	}
}

static bool passes(const struct burn *burn, const struct words *words,
		   const struct incident_rows_options *options)
{
	if (options->loud_only && burn->quiet)
		return false;
	for (size_t i = 0; i < words->count; i++) {
		const char *word = words->words[i];
		bool not = word[0] == '-' && word[1];

		if (word_holds(burn, word + not ) == not )
			return false;
	}
	return true;
}

/* ---- rows ---- */

static void add_heading(struct incident_rows *rows, const char *text, uint64_t id, size_t count)
{
	rows->rows[rows->count++] =
	    (struct incident_row){.heading = text, .id = id, .count = count};
}

static void add_burn(struct incident_rows *rows, const struct burn *burn)
{
	rows->rows[rows->count++] = (struct incident_row){.burn = burn, .id = burn->id};
	rows->burns++;
}

/* Loud ones, then a heading and the quiet ones. */
static void add_in_order(struct incident_rows *rows, const struct burn **burns, size_t count)
{
	size_t loud = 0;

	while (loud < count && !burns[loud]->quiet)
		add_burn(rows, burns[loud++]);
	if (loud == count)
		return;
	add_heading(rows, "nobody is called for", table_id("quiet", NULL), count - loud);
	for (size_t i = loud; i < count; i++)
		add_burn(rows, burns[i]);
}

struct owner_group {
	const char *name;
	size_t count, at; /* where the next one goes */
};

static const char *group_name(const struct burn *burn)
{
	if (burn->owner)
		return burn->owner;
	return burn->service >= 0 ? "nobody owns" : "no service of this fleet";
}

/* The owner of the worst first. */
static void add_by_owner(struct incident_rows *rows, const struct burn **burns, size_t count)
{
	struct strmap *map = strmap_new();
	struct owner_group *groups = xcalloc(count + 1, sizeof(*groups));
	const struct burn **sorted = xcalloc(count + 1, sizeof(struct burn *));
	size_t group_count = 0, at = 0;

	for (size_t i = 0; i < count; i++) {
		const char *name = group_name(burns[i]);
		struct owner_group *group = strmap_get(map, name);

		if (!group) {
			group = &groups[group_count++];
			group->name = name;
			strmap_put(map, name, group);
		}
		group->count++;
	}
	for (size_t g = 0; g < group_count; g++) {
		groups[g].at = at;
		at += groups[g].count;
	}
	for (size_t i = 0; i < count; i++) {
		struct owner_group *group = strmap_get(map, group_name(burns[i]));

		sorted[group->at++] = burns[i];
	}
	for (size_t g = 0, i = 0; g < group_count; g++) {
		add_heading(rows, groups[g].name, table_id("owner", groups[g].name),
			    groups[g].count);
		for (size_t end = i + groups[g].count; i < end; i++)
			add_burn(rows, sorted[i]);
	}
	strmap_free(map);
	free(groups);
	free(sorted);
}

static bool any_oncall(const struct fleet *fleet)
{
	const struct live *live = fleet_live(fleet);

	return live && live_measures(live, SIGNAL_ONCALL);
}

const struct observed *incident_oncall(const struct fleet *fleet, const struct burn *burn)
{
	const struct service *service;

	if (burn->service < 0)
		return NULL;
	service = fleet_at(fleet, (size_t)burn->service);
	for (size_t i = 0; i < service->signal_count; i++)
		if (service->signals[i].signal->kind == SIGNAL_ONCALL)
			return &service->signals[i];
	return NULL;
}

void incident_rows_build(struct incident_rows *rows, const struct fleet *fleet,
			 const struct incident_rows_options *options, int64_t now)
{
	struct report_scope scope = {.owners = options->owners,
				     .owner_count = options->owner_count,
				     .tiers = options->tier ? 1u << options->tier : 0};
	struct incident_options building = {.scope = &scope,
					    .each = options->grouping == BURNS_BY_ALERT};
	const struct burn **burns;
	struct words words;
	size_t count = 0;

	incident_rows_free(rows);
	rows->arena = arena_new();
	rows->incident = incident_build(fleet, &building, now, rows->arena);
	rows->oncall = any_oncall(fleet);
	burns = xcalloc(rows->incident->count + 1, sizeof(struct burn *));
	split(options->filter, &words);
	for (size_t i = 0; i < rows->incident->count; i++)
		if (passes(&rows->incident->burns[i], &words, options))
			burns[count++] = &rows->incident->burns[i];
	rows->rows = arena_alloc(rows->arena, (2 * count + 2) * sizeof(*rows->rows));
	if (options->grouping == BURNS_BY_OWNER)
		add_by_owner(rows, burns, count);
	else
		add_in_order(rows, burns, count);
	free(words.text);
	free(burns);
}
