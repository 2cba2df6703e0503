#include <stdio.h>
#include <stdlib.h>

#include "core/deps.h"
#include "core/mem.h"
#include "core/report_internal.h"
#include "core/report_table.h"

/* `deps`: who uses what, at which version. */

struct uses {
	struct deps_use *uses;
	size_t count, cap;
	bool direct; /* only what a manifest itself names */
};

static void add_use(const struct service *service, const struct dependency *dependency, void *ctx)
{
	struct uses *uses = ctx;

	if (uses->direct && !dependency->direct)
		return;
	GROW(uses->uses, uses->count, uses->cap);
	uses->uses[uses->count++] = (struct deps_use){service->name, dependency};
}

static void add_service(const struct report *report, const struct service *service, void *ctx)
{
	(void)report;
	fleet_dependencies(service, add_use, ctx);
}

static const char *scope_name(enum dependency_scope scope)
{
	switch (scope) {
	case DEP_RUNTIME:
		return "runtime";
	case DEP_DEV:
		return "dev";
	default:
		return "unknown";
	}
}

static void add_row(struct report_table *table, const struct report *report,
		    const struct deps_use *use)
{
	const struct dependency *d = use->dependency;
	int32_t index = fleet_find(report->fleet, use->service);
	int tier = index >= 0 ? fleet_at(report->fleet, (size_t)index)->tier : 0;
	struct evidence at = {.path = d->at.path, .line = d->at.line};
	char *place = report_place(&at);

	report_table_add(table, (const char *[]){report_tier_cell(report, tier), use->service,
						 d->ecosystem, d->name, d->version,
						 scope_name(d->scope), d->direct ? "true" : "false",
						 d->resolved ? "true" : "false", place});
	free(place);
}

size_t report_deps(const struct report *report, const char *package, const char *range,
		   struct report_out *out)
{
	static const struct report_column columns[] = {
	    {.title = "T", .key = "tier", .number = true},
	    {.title = "SERVICE", .key = "service", .flexible = true},
	    {.title = "FROM", .key = "ecosystem"},
	    {.title = "PACKAGE", .key = "package", .flexible = true},
	    {.title = "VERSION", .key = "version", .flexible = true},
	    {.title = "SCOPE", .key = "scope", .spare = 1},
	    {.key = "direct", .data_only = true},
	    {.key = "resolved", .data_only = true},
	    {.title = "WHERE", .key = "place", .flexible = true},
	};
	struct report_table *table = report_table_new(report, columns, ARRAY_LEN(columns));
	struct arena *arena = arena_new();
	struct uses uses = {0};
	struct deps_use *found;
	size_t count;

	report_each(report, add_service, &uses);
	count = deps_find(uses.uses, uses.count, package, range, arena, &found);
	for (size_t i = 0; i < count; i++)
		add_row(table, report, &found[i]);
	report_table_print(table, "dependencies", out);
	report_table_free(table);
	arena_free(arena);
	free(uses.uses);
	return count;
}

static void add_versions(struct report_table *table, const struct deps_spread *spread)
{
	for (size_t v = 0; v < spread->version_count; v++) {
		const struct deps_version *version = &spread->versions[v];
		struct buf who = {0};
		char count[24];

		for (size_t i = 0; i < version->service_count; i++)
			buf_addf(&who, "%s%s", i ? ", " : "", version->services[i]);
		snprintf(count, sizeof(count), "%zu", version->service_count);
		report_table_add(table, (const char *[]){spread->ecosystem, spread->name,
							 version->version, count, buf_str(&who)});
		buf_free(&who);
	}
}

size_t report_drift(const struct report *report, const char *package, struct report_out *out)
{
	static const struct report_column columns[] = {
	    {.title = "FROM", .key = "ecosystem"},
	    {.title = "PACKAGE", .key = "package", .flexible = true},
	    {.title = "VERSION", .key = "version", .flexible = true},
	    {.title = "USED BY", .key = "services", .number = true},
	    {.title = "SERVICES", .key = "names", .flexible = true},
	};
	struct report_table *table = report_table_new(report, columns, ARRAY_LEN(columns));
	struct arena *arena = arena_new();
	struct uses uses = {.direct = !report->verbose && !package};
	struct deps_spread *spreads;
	size_t count;

	report_each(report, add_service, &uses);
	count = deps_drift(uses.uses, uses.count, package, package ? 1 : 2, arena, &spreads);
	for (size_t i = 0; i < count; i++)
		add_versions(table, &spreads[i]);
	report_table_print(table, "drift", out);
	report_table_free(table);
	arena_free(arena);
	free(uses.uses);
	return count;
}
