#include <string.h>

#include "core/metrics.h"
#include "core/report_internal.h"

/*
 * OpenMetrics 1.0, for a file that Prometheus' node exporter or a gateway hands on; and the
 * coverage alone, for who adds more to it (svctop collect --listen).
 */

struct coverage {
	struct report_out *out;
	struct metrics *metrics;
	size_t services[5], reached[5], reached_unknown[5];
	size_t findings[5][5];
	size_t checks[CHECKLIST_MAX_CHECKS][5][5]; /* by tier of the service, by status */
};

static void count_service(const struct report *report, const struct service *service, void *ctx)
{
	struct coverage *in = ctx;
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
		in->checks[i][service->tier][finding->status]++;
	}
}

static void put_by_tier(struct metrics *metrics, const char *name, const char *help,
			const size_t *counts)
{
	metrics_family(metrics, name, METRIC_GAUGE, help);
	for (int i = 1; i <= 5; i++) {
		metrics_sample(metrics);
		metrics_label(metrics, "tier", metrics_tier(i % 5));
		metrics_int(metrics, (int64_t)counts[i % 5]);
	}
}

static void put_findings(struct metrics *metrics, const struct coverage *in)
{
	metrics_family(metrics, "svctop_findings", METRIC_GAUGE,
		       "Items that the tiers ask for, by tier of the service and status.");
	for (int i = 1; i <= 5; i++)
		for (int s = 0; s < 5; s++) {
			metrics_sample(metrics);
			metrics_label(metrics, "tier", metrics_tier(i % 5));
			metrics_label(metrics, "status", status_name((enum status)s));
			metrics_int(metrics, (int64_t)in->findings[i % 5][s]);
		}
}

/* Of tiers that have services and ask for the item: the others would be rows of zeros. */
static void put_check(struct metrics *metrics, const struct check *check, size_t counts[5][5])
{
	for (int i = 1; i <= 5; i++) {
		const size_t *of = counts[i % 5];

		if (!(of[0] + of[1] + of[2] + of[3] + of[4]))
			continue;
		for (int s = 0; s < 5; s++) {
			metrics_sample(metrics);
			metrics_label(metrics, "check", check->id);
			metrics_label(metrics, "tier", metrics_tier(i % 5));
			metrics_label(metrics, "status", status_name((enum status)s));
			metrics_int(metrics, (int64_t)of[s]);
		}
	}
}

static void put_checks(struct metrics *metrics, struct coverage *in, const struct checklist *list)
{
	metrics_family(metrics, "svctop_check_services", METRIC_GAUGE,
		       "Services whose tier asks for the item, by item, tier and status.");
	for (size_t i = 0; i < list->check_count; i++)
		put_check(metrics, &list->checks[i], in->checks[i]);
}

void report_coverage(const struct report *report, struct metrics *metrics)
{
	const struct checklist *checklist = fleet_checklist(report->fleet);
	struct coverage in = {0};

	report_each(report, count_service, &in);
	metrics_family(metrics, "svctop_checklist", METRIC_INFO, "The checklist that was asked.");
	metrics_sample(metrics);
	metrics_label(metrics, "name", checklist->name ? checklist->name : "");
	metrics_label(metrics, "digest", checklist->digest);
	metrics_int(metrics, 1);
	put_by_tier(metrics, "svctop_services", "Services, by tier.", in.services);
	put_by_tier(metrics, "svctop_services_reached", "Services that hold their tier, by tier.",
		    in.reached);
	put_by_tier(metrics, "svctop_services_reached_as_measured",
		    "Services that hold their tier as far as it could be measured, by tier.",
		    in.reached_unknown);
	put_findings(metrics, &in);
	put_checks(metrics, &in, checklist);
}

static bool is_gap(const struct report *report, const struct finding *finding)
{
	return finding->required && finding->status == STATUS_GAP &&
	       report_has_finding(report->scope, finding);
}

static void name_gap(const struct report *report, const struct service *service,
		     const struct finding *finding, struct metrics *metrics)
{
	metrics_sample(metrics);
	metrics_label(metrics, "service", service->name);
	metrics_label(metrics, "tier", metrics_tier(service->tier));
	metrics_label(metrics, "check", report_check_of(report, finding)->id);
	metrics_label(metrics, "owner", service->owner_count ? service->owners[0].value : "");
}

static void put_gaps(const struct report *report, const struct service *service, void *ctx)
{
	struct coverage *in = ctx;
	size_t count = fleet_checklist(report->fleet)->check_count;

	for (size_t i = 0; i < count; i++) {
		const struct finding *finding = &service->findings[i];

		if (!is_gap(report, finding))
			continue;
		name_gap(report, service, finding, in->metrics);
		metrics_int(in->metrics, 1);
	}
	report_flush(in->out);
}

static void put_ages(const struct report *report, const struct service *service, void *ctx)
{
	struct coverage *in = ctx;
	size_t count = fleet_checklist(report->fleet)->check_count;

	for (size_t i = 0; i < count; i++) {
		const struct finding *finding = &service->findings[i];
		int64_t age = report->now - finding->since;

		if (!is_gap(report, finding) || finding->since <= 0)
			continue;
		name_gap(report, service, finding, in->metrics);
		metrics_int(in->metrics, age > 0 ? age : 0);
	}
	report_flush(in->out);
}

void report_openmetrics(const struct report *report, struct report_out *out)
{
	struct metrics metrics = {.out = &out->text, .open = true};
	struct coverage gaps = {.out = out, .metrics = &metrics};

	report_coverage(report, &metrics);
	metrics_family(&metrics, "svctop_gap", METRIC_GAUGE, "1 for each outstanding gap.");
	report_each(report, put_gaps, &gaps);
	metrics_family(&metrics, "svctop_gap_age_seconds", METRIC_GAUGE,
		       "How long each outstanding gap has been open, or at least so long; only "
		       "where that is known.");
	report_each(report, put_ages, &gaps);
	metrics_one(&metrics, "svctop_errors", METRIC_GAUGE, "What could not be read.",
		    (int64_t)report->error_count);
	metrics_end(&metrics);
}
