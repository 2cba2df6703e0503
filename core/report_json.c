#include <stdlib.h>

#include "core/report_internal.h"

static void put_evidence(struct json_writer *json, const struct finding *finding)
{
	json_open(json, "evidence", '[');
	for (size_t i = 0; i < finding->evidence_count; i++) {
		const struct evidence *e = &finding->evidence[i];

		json_open(json, NULL, '{');
		json_str(json, "checkout", e->checkout);
		json_str(json, "path", e->path);
		if (e->line)
			json_int(json, "line", e->line);
		else
			json_none(json, "line");
		json_str(json, "commit", e->commit);
		json_str(json, "url", e->url);
		json_str(json, "value", e->value);
		json_str(json, "text", e->text);
		json_close(json, '}');
	}
	json_close(json, ']');
}

/* service: NULL inside of the service itself; else the finding says whose it is. */
void report_json_finding(struct json_writer *json, const struct report *report,
			 const struct service *service, const struct finding *finding)
{
	const struct check *check = report_check_of(report, finding);
	bool open = finding->status == STATUS_GAP || finding->status == STATUS_UNKNOWN;

	json_open(json, NULL, '{');
	if (service)
		json_str(json, "service", service->name);
	json_str(json, "check", check->id);
	json_int(json, "tier", check->tier);
	json_bool(json, "required", finding->required);
	json_str(json, "status", status_name(finding->status));
	json_str(json, "code", unknown_code_name(finding->code));
	json_str(json, "strength", strength_name(finding->strength));
	if (finding->since > 0)
		json_time(json, "since", finding->since);
	else
		json_none(json, "since");
	json_bool(json, "since_at_least", finding->since > 0 && finding->since_at_least);
	json_time(json, "checked_at", report->now);
	json_str(json, "reason", finding->reason);
	json_str(json, "fix", open ? check->close : NULL);
	put_evidence(json, finding);
	json_close(json, '}');
}

static void put_tier(struct json_writer *json, const char *key, int tier)
{
	if (tier)
		json_int(json, key, tier);
	else
		json_none(json, key);
}

static void put_links(struct json_writer *json, const struct service *service)
{
	json_open(json, "links", '[');
	for (size_t i = 0; i < service->link_count; i++) {
		json_open(json, NULL, '{');
		json_str(json, "type", service->links[i].type);
		json_str(json, "name", service->links[i].name);
		json_str(json, "url", service->links[i].url);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void put_dependencies(struct json_writer *json, const struct fleet *fleet,
			     const struct service *service)
{
	json_open(json, "depends_on", '[');
	for (size_t i = 0; i < service->depends_count; i++) {
		int32_t known = service->depends_on[i].service;

		json_str(json, NULL,
			 known >= 0 ? fleet_at(fleet, (size_t)known)->name
				    : service->depends_on[i].name);
	}
	json_close(json, ']');
	json_open(json, "dependents", '[');
	for (size_t i = 0; i < service->dependent_count; i++)
		json_str(json, NULL, fleet_at(fleet, (size_t)service->dependents[i])->name);
	json_close(json, ']');
}

static void put_warning(struct json_writer *json, const struct origin *at, const char *text)
{
	json_open(json, NULL, '{');
	json_str(json, "path", at->path);
	if (at->line)
		json_int(json, "line", at->line);
	else
		json_none(json, "line");
	json_str(json, "text", text);
	json_close(json, '}');
}

static void put_warnings(struct json_writer *json, const struct service *service)
{
	json_open(json, "warnings", '[');
	for (size_t i = 0; i < service->warning_count; i++)
		put_warning(json, &service->warnings[i].at, service->warnings[i].text);
	for (size_t i = 0; i < service->conflict_count; i++) {
		char *text = report_conflict(&service->conflicts[i]);

		put_warning(json, &service->conflicts[i].other.at, text);
		free(text);
	}
	json_close(json, ']');
}

static void put_facts(struct json_writer *json, const struct service *service)
{
	const struct checkout *checkout = service->checkout;

	json_str(json, "name", service->name);
	put_tier(json, "tier", service->tier);
	put_tier(json, "reached_tier", service->reached);
	put_tier(json, "reached_tier_if_unknown_pass", service->reached_unknown);
	json_str(json, "type", service->type.value);
	json_str(json, "lifecycle", service->lifecycle.value);
	json_open(json, "owners", '[');
	for (size_t i = 0; i < service->owner_count; i++)
		json_str(json, NULL, service->owners[i].value);
	json_close(json, ']');
	json_str(json, "description", service->description.value);
	json_str(json, "checkout", checkout->path);
	json_str(json, "subdir", service->subdir);
	json_str(json, "remote", checkout->remote);
	json_str(json, "head", checkout->head);
	json_str(json, "ref", checkout->ref);
	json_time(json, "fetched_at", checkout->fetched_at);
	json_str(json, "descriptor", service->descriptor ? service->descriptor->at.path : NULL);
}

void report_json_service(struct json_writer *json, const struct report *report,
			 const struct service *service)
{
	const struct checklist *checklist = fleet_checklist(report->fleet);

	json_open(json, NULL, '{');
	put_facts(json, service);
	put_links(json, service);
	put_dependencies(json, report->fleet, service);
	json_open(json, "findings", '[');
	for (size_t i = 0; i < checklist->check_count; i++)
		if (report_has_finding(report->scope, &service->findings[i]))
			report_json_finding(json, report, NULL, &service->findings[i]);
	json_close(json, ']');
	report_json_signals(json, service);
	put_warnings(json, service);
	json_close(json, '}');
}

struct json_report {
	struct json_writer json;
	struct report_out *out;
	struct tier_summary tiers[5];
	size_t services;
};

static void add_service(const struct report *report, const struct service *service, void *ctx)
{
	struct json_report *in = ctx;
	struct tier_summary *tier = &in->tiers[service->tier];

	report_json_service(&in->json, report, service);
	report_flush(in->out);
	in->services++;
	tier->services++;
	tier->reached +=
	    service->reached && service->reached <= (service->tier ? service->tier : 4);
	for (size_t s = 0; s < 5; s++)
		tier->counts[s] += service->counts[s];
}

static void put_summary(struct json_report *in)
{
	static const char *const keys[] = {"1", "2", "3", "4", "unset"};
	static const enum status order[] = {STATUS_PASS, STATUS_GAP, STATUS_UNKNOWN, STATUS_WAIVED,
					    STATUS_NA};

	json_open(&in->json, "summary", '{');
	json_int(&in->json, "services", (int64_t)in->services);
	json_open(&in->json, "by_tier", '{');
	for (size_t i = 0; i < 5; i++) {
		const struct tier_summary *tier = &in->tiers[(i + 1) % 5];

		json_open(&in->json, keys[i], '{');
		json_int(&in->json, "services", (int64_t)tier->services);
		json_int(&in->json, "reached", (int64_t)tier->reached);
		for (size_t s = 0; s < 5; s++)
			json_int(&in->json, status_name(order[s]), (int64_t)tier->counts[order[s]]);
		json_close(&in->json, '}');
	}
	json_close(&in->json, '}');
	json_close(&in->json, '}');
}

void report_json_times(struct json_writer *json, const struct report *report)
{
	json_time(json, "generated_at", report->made_at ? report->made_at : report->now);
	if (report->made_at)
		json_time(json, "as_of", report->now);
	else
		json_none(json, "as_of");
}

void report_json_errors(struct json_writer *json, const struct report *report)
{
	json_open(json, "errors", '[');
	for (size_t i = 0; i < report->error_count; i++) {
		json_open(json, NULL, '{');
		json_str(json, "what", report->errors[i].what);
		json_str(json, "where", report->errors[i].where);
		json_str(json, "fix", report->errors[i].fix);
		json_close(json, '}');
	}
	json_close(json, ']');
}

void report_json(const struct report *report, struct report_out *out)
{
	const struct checklist *checklist = fleet_checklist(report->fleet);
	struct json_report in = {.json = {.out = &out->text, .pretty = true}, .out = out};

	json_open(&in.json, NULL, '{');
	json_int(&in.json, "schema", 1);
	report_json_times(&in.json, report);
	json_open(&in.json, "checklist", '{');
	json_str(&in.json, "name", checklist->name);
	json_str(&in.json, "digest", checklist->digest);
	json_close(&in.json, '}');
	json_open(&in.json, "services", '[');
	report_each(report, add_service, &in);
	json_close(&in.json, ']');
	put_summary(&in);
	report_json_errors(&in.json, report);
	json_close(&in.json, '}');
	buf_addc(&out->text, '\n');
}
