#include <string.h>

#include "core/report_internal.h"
#include "core/text.h"

/* OpenMetrics 1.0, for a file that Prometheus' node exporter or a gateway hands on. */

static void label(struct buf *out, const char *name, const char *value)
{
	bool first = out->data[out->len - 1] == '{';

	buf_addf(out, "%s%s=\"", first ? "" : ",", name);
	for (size_t len = strlen(value), used; len; value += used, len -= used) {
		uint32_t c;

		used = text_decode(value, len, &c);
		if (!used)
			buf_adds(out, "\xef\xbf\xbd");
		else if (c == '\\' || c == '"')
			buf_addf(out, "\\%c", (char)c);
		else if (c == '\n')
			buf_adds(out, "\\n");
		else if (c < 0x20 || (c >= 0x7f && c < 0xa0) || text_is_bidi(c))
			buf_adds(out, "\xef\xbf\xbd");
		else
			buf_add(out, value, used);
		used += !used;
	}
	buf_addc(out, '"');
}

static void family(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_addf(out, "# TYPE %s %s\n# HELP %s %s\n", name, type, name, help);
}

static const char *tier_label(int tier)
{
	static const char *const names[] = {"unset", "1", "2", "3", "4"};

	return names[tier];
}

struct metrics {
	struct report_out *out;
	size_t services[5], reached[5], reached_unknown[5];
	size_t findings[5][5];
	size_t checks[CHECKLIST_MAX_CHECKS][5];
};

static void count_service(const struct report *report, const struct service *service, void *ctx)
{
	struct metrics *in = ctx;
	size_t count = fleet_checklist(report->fleet)->check_count;
	int own = service->tier ? service->tier : 4;

	in->services[service->tier]++;
	in->reached[service->tier] += service->reached && service->reached <= own;
	in->reached_unknown[service->tier] +=
	    service->reached_unknown && service->reached_unknown <= own;
	for (size_t i = 0; i < count; i++) {
		const struct finding *finding = &service->findings[i];

		if (!finding->required || !report_has_finding(report->scope, finding))
			continue;
		in->findings[service->tier][finding->status]++;
		in->checks[i][finding->status]++;
	}
}

static void put_by_tier(struct buf *out, const char *name, const char *help, const size_t *counts)
{
	family(out, name, "gauge", help);
	for (int i = 1; i <= 5; i++) {
		buf_addf(out, "%s{", name);
		label(out, "tier", tier_label(i % 5));
		buf_addf(out, "} %zu\n", counts[i % 5]);
	}
}

static void put_findings(struct buf *out, const struct metrics *in)
{
	family(out, "svctop_findings", "gauge",
	       "Items that the tiers ask for, by tier of the service and status.");
	for (int i = 1; i <= 5; i++)
		for (int s = 0; s < 5; s++) {
			buf_adds(out, "svctop_findings{");
			label(out, "tier", tier_label(i % 5));
			label(out, "status", status_name((enum status)s));
			buf_addf(out, "} %zu\n", in->findings[i % 5][s]);
		}
}

static void put_checks(struct buf *out, const struct metrics *in, const struct checklist *list)
{
	family(out, "svctop_check_services", "gauge",
	       "Services whose tier asks for the item, by status.");
	for (size_t i = 0; i < list->check_count; i++)
		for (int s = 0; s < 5; s++) {
			buf_adds(out, "svctop_check_services{");
			label(out, "check", list->checks[i].id);
			label(out, "status", status_name((enum status)s));
			buf_addf(out, "} %zu\n", in->checks[i][s]);
		}
}

static void put_gaps(const struct report *report, const struct service *service, void *ctx)
{
	struct metrics *in = ctx;
	struct buf *out = &in->out->text;
	size_t count = fleet_checklist(report->fleet)->check_count;

	for (size_t i = 0; i < count; i++) {
		const struct finding *finding = &service->findings[i];

		if (!finding->required || finding->status != STATUS_GAP ||
		    !report_has_finding(report->scope, finding))
			continue;
		buf_adds(out, "svctop_gap{");
		label(out, "service", service->name);
		label(out, "tier", tier_label(service->tier));
		label(out, "check", report_check_of(report, finding)->id);
		label(out, "owner", service->owner_count ? service->owners[0].value : "");
		buf_adds(out, "} 1\n");
	}
	report_flush(in->out);
}

void report_openmetrics(const struct report *report, struct report_out *out)
{
	const struct checklist *checklist = fleet_checklist(report->fleet);
	struct metrics in = {.out = out};
	struct buf *text = &out->text;

	report_each(report, count_service, &in);
	family(text, "svctop_checklist", "info", "The checklist that was asked.");
	buf_adds(text, "svctop_checklist_info{");
	label(text, "name", checklist->name ? checklist->name : "");
	label(text, "digest", checklist->digest);
	buf_adds(text, "} 1\n");
	put_by_tier(text, "svctop_services", "Services, by tier.", in.services);
	put_by_tier(text, "svctop_services_reached", "Services that hold their tier, by tier.",
		    in.reached);
	put_by_tier(text, "svctop_services_reached_as_measured",
		    "Services that hold their tier as far as it could be measured, by tier.",
		    in.reached_unknown);
	put_findings(text, &in);
	put_checks(text, &in, checklist);
	family(text, "svctop_gap", "gauge", "1 for each outstanding gap.");
	report_each(report, put_gaps, &in);
	family(text, "svctop_errors", "gauge", "What could not be read.");
	buf_addf(text, "svctop_errors %zu\n", report->error_count);
	buf_adds(text, "# EOF\n");
}
