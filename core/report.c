#include "core/report.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/owner.h"
#include "core/report_internal.h"
#include "core/report_table.h"
#include "core/text.h"

static const char *const format_names[REPORT_FORMATS] = {
    "text", "json", "jsonl", "csv", "markdown", "sarif", "junit", "openmetrics",
};

const char *report_format_name(enum report_format format)
{
	return format_names[format];
}

static bool has_owner(const struct report_scope *scope, const struct service *service)
{
	for (size_t o = 0; o < service->owner_count; o++)
		for (size_t w = 0; w < scope->owner_count; w++)
			if (owner_is(scope->owners[w], service->owners[o].value))
				return true;
	return false;
}

static bool has_name(const struct report_scope *scope, const struct fleet *fleet,
		     const struct service *service)
{
	for (size_t i = 0; i < scope->service_count; i++) {
		int32_t index = fleet_find(fleet, scope->services[i]);

		if (index >= 0 && fleet_at(fleet, (size_t)index) == service)
			return true;
	}
	return false;
}

bool report_has_service(const struct report_scope *scope, const struct fleet *fleet,
			const struct service *service)
{
	return (!scope->tiers || scope->tiers >> service->tier & 1) &&
	       (!scope->owner_count || has_owner(scope, service)) &&
	       (!scope->service_count || has_name(scope, fleet, service));
}

bool report_has_finding(const struct report_scope *scope, const struct finding *finding)
{
	return (!scope->required || finding->required) &&
	       (!scope->checks || scope->checks >> finding->check & 1) &&
	       (!scope->statuses || scope->statuses >> finding->status & 1);
}

void report_each(const struct report *report, report_each_service *callback, void *ctx)
{
	for (size_t i = 0; i < fleet_count(report->fleet); i++) {
		const struct service *service = fleet_at(report->fleet, i);

		if (report_has_service(report->scope, report->fleet, service))
			callback(report, service, ctx);
	}
}

void report_flush(struct report_out *out)
{
	if (out->flush && out->text.len >= 32 * 1024)
		out->flush(out);
}

const char *report_tier_name(int tier)
{
	static const char *const names[] = {"-", "T1", "T2", "T3", "T4"};

	return names[tier];
}

const char *report_held(const struct service *service, char out[8])
{
	bool more = service->reached_unknown &&
		    (!service->reached || service->reached_unknown < service->reached);

	if (!service->reached && !more)
		snprintf(out, 8, "none");
	else
		snprintf(out, 8, "T%d%s", more ? service->reached_unknown : service->reached,
			 more ? "?" : "");
	return out;
}

const struct check *report_check_of(const struct report *report, const struct finding *finding)
{
	return &fleet_checklist(report->fleet)->checks[finding->check];
}

const char *report_status_word(const struct finding *finding)
{
	const char *code =
	    finding->status == STATUS_UNKNOWN ? unknown_code_name(finding->code) : NULL;

	return code ? code : status_name(finding->status);
}

char *report_place(const struct evidence *evidence)
{
	if (!evidence->path)
		return xstrdup(evidence->url ? evidence->url
					     : (evidence->value ? evidence->value : ""));
	if (!evidence->line)
		return xstrdup(evidence->path);
	return xasprintf("%s:%u", evidence->path, (unsigned)evidence->line);
}

static void add_said(struct buf *out, const struct sourced *said)
{
	buf_adds(out, said->at.path ? said->at.path : said->format);
	if (said->at.line)
		buf_addf(out, ":%u", (unsigned)said->at.line);
	buf_addf(out, " says %s", said->value);
}

char *report_conflict(const struct conflict *conflict)
{
	struct buf out = {0};

	buf_addf(&out, "%s: ", conflict->field);
	add_said(&out, &conflict->other);
	buf_adds(&out, ", but ");
	add_said(&out, &conflict->kept);
	buf_adds(&out, " and counts");
	return buf_detach(&out);
}

/* The bar of a service: one cell an item that its tier asks for, tiers apart by a blank. */
static void add_bar(struct buf *out, const struct checklist *checklist,
		    const struct service *service)
{
	static const char glyphs[] = {'#', '.', ' ', '~', '-'};

	for (size_t i = 0; i < checklist->check_count; i++) {
		const struct finding *finding = &service->findings[i];

		if (!finding->required)
			break;
		if (i && checklist->checks[i].tier != checklist->checks[i - 1].tier)
			buf_addc(out, ' ');
		buf_addc(out, finding->status == STATUS_UNKNOWN && finding->code == UNKNOWN_FAILED
				  ? '?'
				  : glyphs[finding->status]);
	}
}

/* All of them; for people the first without its organisation, and how many more there are. */
static void join_owners(struct buf *out, const struct report *report, const struct service *service)
{
	const char *first = service->owner_count ? service->owners[0].value : "";
	const char *slash = strrchr(first, '/');

	if (report->format == REPORT_TEXT && !report->verbose) {
		buf_adds(out, slash && slash[1] ? slash + 1 : first);
		if (service->owner_count > 1)
			buf_addf(out, " +%zu", service->owner_count - 1);
		return;
	}
	for (size_t i = 0; i < service->owner_count; i++)
		buf_addf(out, "%s%s", i ? ", " : "", service->owners[i].value);
}

const char *report_tier_cell(const struct report *report, int tier)
{
	static const char *const numbers[] = {NULL, "1", "2", "3", "4"};
	bool people = report->format == REPORT_TEXT || report->format == REPORT_MARKDOWN;

	return people ? report_tier_name(tier) : numbers[tier];
}

static void add_service_row(const struct report *report, const struct service *service, void *ctx)
{
	struct report_table *table = ctx;
	struct buf bar = {0}, owners = {0}, languages = {0};
	char held[8], gaps[16], age[TEXT_AGE_MAX] = "", last[TIME_TEXT_MAX] = "";
	const struct history *history = service->history;

	add_bar(&bar, fleet_checklist(report->fleet), service);
	join_owners(&owners, report, service);
	for (size_t i = 0; i < service->language_count; i++)
		buf_addf(&languages, "%s%s", i ? ", " : "", service->languages[i]);
	snprintf(gaps, sizeof(gaps), "%u", (unsigned)service->gaps);
	if (history && history->last_commit) {
		text_age(report->now - history->last_commit, age);
		time_text(history->last_commit, last);
	}
	report_table_add(table,
			 (const char *[]){report_tier_cell(report, service->tier), service->name,
					  service->owner_count ? owners.data : NULL,
					  report_held(service, held), buf_str(&bar), gaps,
					  *age ? age : NULL, *last ? last : NULL,
					  service->language_count ? languages.data : NULL,
					  service->checkout->path, service->subdir});
	buf_free(&bar);
	buf_free(&owners);
	buf_free(&languages);
}

static void add_service_line(const struct report *report, const struct service *service, void *ctx)
{
	struct report_out *out = ctx;
	struct json_writer json = {.out = &out->text};

	report_json_service(&json, report, service);
	buf_addc(&out->text, '\n');
	report_flush(out);
}

void report_services(const struct report *report, struct report_out *out)
{
	static const struct report_column columns[] = {
	    {.title = "T", .key = "tier", .number = true},
	    {.title = "SERVICE", .key = "service", .flexible = true},
	    {.title = "OWNER", .key = "owners", .flexible = true},
	    {.title = "HOLDS", .key = "holds"},
	    {.title = "CHECKLIST"},
	    {.title = "GAPS", .key = "gaps", .number = true},
	    {.title = "COMMIT", .spare = 1},
	    {.key = "last_commit", .data_only = true},
	    {.title = "LANGUAGES", .key = "languages", .spare = 2},
	    {.key = "checkout", .data_only = true},
	    {.key = "subdir", .data_only = true},
	};
	struct report_table *table;

	if (report->format == REPORT_JSON) {
		report_json(report, out);
		return;
	}
	if (report->format == REPORT_JSONL) {
		report_each(report, add_service_line, out);
		return;
	}
	table = report_table_new(report, columns, ARRAY_LEN(columns));
	report_each(report, add_service_row, table);
	report_table_print(table, "services", out);
	report_table_free(table);
}

const char *report_gap_age(const struct report *report, const struct finding *finding,
			   char out[TEXT_GAP_AGE_MAX])
{
	if (finding->status != STATUS_GAP)
		return NULL;
	text_gap_age(finding->since, finding->since_at_least, report->now, out);
	return strcmp(out, "-") != 0 ? out : NULL;
}

const char *report_since(const struct finding *finding, char out[TIME_TEXT_MAX])
{
	return finding->since > 0 ? time_text(finding->since, out) : NULL;
}

const char *report_since_at_least(const struct finding *finding)
{
	if (finding->since <= 0)
		return NULL;
	return finding->since_at_least ? "true" : "false";
}

static void add_gap_rows(const struct report *report, const struct service *service, void *ctx)
{
	const struct checklist *checklist = fleet_checklist(report->fleet);
	struct buf owners = {0};
	char age[TEXT_GAP_AGE_MAX], since[TIME_TEXT_MAX];

	join_owners(&owners, report, service);
	for (size_t i = 0; i < checklist->check_count; i++) {
		const struct finding *finding = &service->findings[i];
		const struct check *check = &checklist->checks[i];

		if (!report_has_finding(report->scope, finding))
			continue;
		report_table_add(
		    ctx, (const char *[]){report_tier_cell(report, service->tier), check->id,
					  service->name, service->owner_count ? owners.data : NULL,
					  report_gap_age(report, finding, age), finding->reason,
					  check->close, report_since(finding, since),
					  report_since_at_least(finding)});
	}
	buf_free(&owners);
}

/* Gaps of the most important services first. */
void report_gaps(const struct report *report, struct report_out *out)
{
	static const struct report_column columns[] = {
	    {.title = "T", .key = "tier", .number = true},
	    {.title = "ITEM", .key = "check"},
	    {.title = "SERVICE", .key = "service", .flexible = true},
	    {.title = "OWNER", .key = "owners", .flexible = true},
	    {.title = "OPEN", .number = true, .optional = true},
	    {.title = "WHAT IS MISSING", .key = "reason", .flexible = true},
	    {.key = "fix", .data_only = true},
	    {.key = "since", .data_only = true},
	    {.key = "since_at_least", .data_only = true},
	};
	static const int order[] = {1, 2, 3, 4, 0};
	struct report_scope scope = *report->scope;
	struct report part = *report;
	struct report_table *table;

	part.scope = &scope;
	scope.required = true;
	scope.statuses = 1U << STATUS_GAP;
	if (report->format == REPORT_JSON) {
		report_json(&part, out);
		return;
	}
	if (report->format == REPORT_JSONL) {
		report_findings(&part, out);
		return;
	}
	table = report_table_new(report, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		unsigned tier = 1U << order[i];

		if (report->scope->tiers && !(report->scope->tiers & tier))
			continue;
		scope.tiers = tier;
		report_each(&part, add_gap_rows, table);
	}
	report_table_print(table, "gaps", out);
	report_table_free(table);
}

void report_check(const struct report *report, struct report_out *out)
{
	switch (report->format) {
	case REPORT_JSON:
		report_json(report, out);
		break;
	case REPORT_SARIF:
		report_sarif(report, out);
		break;
	case REPORT_JUNIT:
		report_junit(report, out);
		break;
	case REPORT_OPENMETRICS:
		report_openmetrics(report, out);
		break;
	case REPORT_TEXT:
		report_text_check(report, out);
		break;
	default:
		report_findings(report, out);
		break;
	}
}

struct gap_count {
	int fail_on;
	size_t gaps;
};

static void count_gaps(const struct report *report, const struct service *service, void *ctx)
{
	struct gap_count *count = ctx;
	const struct checklist *checklist = fleet_checklist(report->fleet);

	if ((service->tier ? service->tier : 4) > count->fail_on)
		return;
	for (size_t i = 0; i < checklist->check_count; i++)
		count->gaps += service->findings[i].required &&
			       service->findings[i].status == STATUS_GAP &&
			       report_has_finding(report->scope, &service->findings[i]);
}

size_t report_gaps_in_scope(const struct report *report, int fail_on)
{
	struct gap_count count = {fail_on, 0};

	report_each(report, count_gaps, &count);
	return count.gaps;
}
