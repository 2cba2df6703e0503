#include <stdio.h>
#include <stdlib.h>

#include "core/mem.h"
#include "core/report_internal.h"
#include "core/report_table.h"

/* Findings as rows: `check` as CSV and Markdown; as JSON lines each is whole. */

static void add_rows(const struct report *report, const struct service *service, void *ctx)
{
	const struct checklist *checklist = fleet_checklist(report->fleet);

	for (size_t i = 0; i < checklist->check_count; i++) {
		const struct finding *finding = &service->findings[i];
		const struct check *check = &checklist->checks[i];
		char *place, age[TEXT_GAP_AGE_MAX], since[TIME_TEXT_MAX];

		if (!report_has_finding(report->scope, finding))
			continue;
		if (report->format == REPORT_MARKDOWN && !finding->required)
			continue;
		place = finding->evidence_count ? report_place(&finding->evidence[0]) : xstrdup("");
		report_table_add(
		    ctx, (const char *[]){
			     service->name, report_tier_cell(report, service->tier), check->id,
			     report_tier_cell(report, check->tier),
			     finding->required ? "true" : "false", status_name(finding->status),
			     report_gap_age(report, finding, age), unknown_code_name(finding->code),
			     strength_name(finding->strength), finding->reason, place,
			     finding->evidence_count ? finding->evidence[0].checkout : NULL,
			     report_since(finding, since), report_since_at_least(finding)});
		free(place);
	}
}

struct lines {
	struct report_out *out;
};

static void add_lines(const struct report *report, const struct service *service, void *ctx)
{
	const struct checklist *checklist = fleet_checklist(report->fleet);
	struct lines *lines = ctx;

	for (size_t i = 0; i < checklist->check_count; i++) {
		struct json_writer json = {.out = &lines->out->text};

		if (!report_has_finding(report->scope, &service->findings[i]))
			continue;
		report_json_finding(&json, report, service, &service->findings[i]);
		buf_addc(&lines->out->text, '\n');
		report_flush(lines->out);
	}
}

void report_findings(const struct report *report, struct report_out *out)
{
	static const struct report_column columns[] = {
	    {.title = "Service", .key = "service"},
	    {.title = "T", .key = "service_tier", .number = true},
	    {.title = "Item", .key = "check"},
	    {.key = "tier", .number = true, .data_only = true},
	    {.key = "required", .data_only = true},
	    {.title = "Status", .key = "status"},
	    {.title = "Open", .number = true, .optional = true},
	    {.key = "code", .data_only = true},
	    {.key = "strength", .data_only = true},
	    {.title = "Reason", .key = "reason"},
	    {.title = "Evidence", .key = "evidence"},
	    {.key = "evidence_checkout", .data_only = true},
	    {.key = "since", .data_only = true},
	    {.key = "since_at_least", .data_only = true},
	};
	struct report_table *table;

	if (report->format == REPORT_JSONL) {
		report_each(report, add_lines, &(struct lines){out});
		return;
	}
	table = report_table_new(report, columns, ARRAY_LEN(columns));
	report_each(report, add_rows, table);
	report_table_print(table, "findings", out);
	report_table_free(table);
}
