#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "core/report_internal.h"
#include "core/report_table.h"

/* What the services in scope have reached, tier by tier, the weakest items first. */

struct coverage {
	size_t services;
	size_t counts[5];
};

struct tier_block {
	size_t services, reached, reached_unknown;
	struct coverage checks[CHECKLIST_MAX_CHECKS];
};

static void add_service(const struct report *report, const struct service *service, void *ctx)
{
	const struct checklist *checklist = fleet_checklist(report->fleet);
	struct tier_block *block = (struct tier_block *)ctx + service->tier;
	int own = service->tier ? service->tier : 4;

	block->services++;
	block->reached += service->reached && service->reached <= own;
	block->reached_unknown += service->reached_unknown && service->reached_unknown <= own;
	for (size_t i = 0; i < checklist->check_count; i++) {
		if (!service->findings[i].required)
			continue;
		block->checks[i].services++;
		block->checks[i].counts[service->findings[i].status]++;
	}
}

static size_t met(const struct coverage *coverage)
{
	return coverage->counts[STATUS_PASS] + coverage->counts[STATUS_WAIVED] +
	       coverage->counts[STATUS_NA];
}

/* The order of a block's items: the lower share of services that meet it, the earlier. */
static size_t sort_items(const struct tier_block *block, size_t count, size_t *order)
{
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		const struct coverage *item = &block->checks[i];
		size_t at = used;

		if (!item->services)
			continue;
		while (at && met(&block->checks[order[at - 1]]) * item->services >
				 met(item) * block->checks[order[at - 1]].services) {
			order[at] = order[at - 1];
			at--;
		}
		order[at] = i;
		used++;
	}
	return used;
}

static const char *number(struct arena *arena, size_t value)
{
	return arena_printf(arena, "%zu", value);
}

static const char *bar(struct arena *arena, const struct coverage *item)
{
	char cells[11] = "..........";
	size_t full = met(item) * 10 / item->services;

	memset(cells, '#', full);
	return arena_strdup(arena, cells);
}

/* first: from which column on the table is made. */
static void add_rows(const struct report *report, const struct tier_block *block, int tier,
		     size_t first, struct report_table *table)
{
	const struct checklist *checklist = fleet_checklist(report->fleet);
	size_t order[CHECKLIST_MAX_CHECKS], count;
	struct arena *arena = arena_new();

	count = sort_items(block, checklist->check_count, order);
	for (size_t i = 0; i < count; i++) {
		const struct coverage *item = &block->checks[order[i]];

		if (report->scope->checks && !(report->scope->checks >> order[i] & 1))
			continue;
		report_table_add(
		    table,
		    first + (const char *[]){
				report_tier_cell(report, tier), checklist->checks[order[i]].id,
				report_tier_cell(report, checklist->checks[order[i]].tier),
				bar(arena, item), number(arena, item->services),
				number(arena, item->counts[STATUS_PASS]),
				number(arena, item->counts[STATUS_GAP]),
				number(arena, item->counts[STATUS_UNKNOWN]),
				number(arena, item->counts[STATUS_WAIVED]),
				number(arena, item->counts[STATUS_NA])});
	}
	arena_free(arena);
}

static const struct report_column columns[] = {
    {.title = "T",
     .key = "tier",
     .number = true}, /* the first: left out where it is the same all over */
    {.title = "ITEM", .key = "check"},
    {.title = "OF", .key = "check_tier", .number = true, .spare = 2},
    {.title = "MET"},
    {.title = "SERVICES", .key = "services", .number = true, .spare = 1},
    {.title = "PASS", .key = "pass", .number = true},
    {.title = "GAP", .key = "gap", .number = true},
    {.title = "UNKNOWN", .key = "unknown", .number = true},
    {.title = "WAIVED", .key = "waived", .number = true, .spare = 3},
    {.title = "N/A", .key = "n/a", .number = true, .spare = 4},
};

static void print_block(const struct report *report, const struct tier_block *block, int tier,
			struct report_out *out)
{
	static const char *const words[] = {"no tier", "tier 1, critical", "tier 2, important",
					    "tier 3, useful", "tier 4, experiments"};
	struct report_table *table = report_table_new(report, columns + 1, ARRAY_LEN(columns) - 1);

	buf_addf(&out->text, "%s%s: %zu of %zu reach it", out->text.len ? "\n" : "", words[tier],
		 block->reached, block->services);
	if (block->reached_unknown > block->reached)
		buf_addf(&out->text, ", %zu as far as measured", block->reached_unknown);
	buf_addc(&out->text, '\n');
	add_rows(report, block, tier, 1, table);
	report_table_print(table, "tiers", out);
	report_table_free(table);
}

void report_tiers(const struct report *report, struct report_out *out)
{
	static const int order[] = {1, 2, 3, 4, 0};
	struct tier_block *blocks;
	struct report_table *table;

	if (report->format == REPORT_JSON) {
		report_json(report, out);
		return;
	}
	blocks = xcalloc(5, sizeof(*blocks));
	table = report_table_new(report, columns, ARRAY_LEN(columns));
	report_each(report, add_service, blocks);
	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		if (report->format == REPORT_TEXT && blocks[order[i]].services)
			print_block(report, &blocks[order[i]], order[i], out);
		else
			add_rows(report, &blocks[order[i]], order[i], 0, table);
	}
	if (report->format != REPORT_TEXT)
		report_table_print(table, "tiers", out);
	report_table_free(table);
	free(blocks);
}
