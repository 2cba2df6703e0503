#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/report_internal.h"
#include "core/text.h"

/* `svctop check` for people: what is outstanding, service by service. */

struct check_report {
	struct report_out *out;
	size_t services, reached, reached_unknown, with_gaps;
	size_t counts[5];
	size_t shown;
};

const char *report_glyph(const struct report *report, const struct finding *finding)
{
	static const char *const ascii[] = {"+", "x", "?", "~", "-"};
	static const char *const drawn[] = {"\u2713", "\u2717", "?", "~", "-"};

	return report->ascii || report->plain ? ascii[finding->status] : drawn[finding->status];
}

void report_clean(struct buf *out, const struct report *report, const char *text)
{
	if (text)
		text_sanitise(out, text, strlen(text), report->ascii ? TEXT_ASCII : 0);
}

void report_hang(struct buf *out, const struct report *report, const char *prefix, size_t column,
		 const char *text)
{
	struct buf clean = {0};
	size_t at = 0, start, len, lines = 0;
	size_t cells = report->width > column + 20 ? report->width - column : 20;

	text_sanitise(&clean, text, strlen(text), report->ascii ? TEXT_ASCII : 0);
	if (!report->width)
		cells = clean.len + 1;
	while (text_wrap(buf_str(&clean), clean.len, cells, &at, &start, &len)) {
		if (lines++)
			text_pad(out, "", column, TEXT_LEFT, 0);
		else
			buf_adds(out, prefix);
		buf_add(out, clean.data + start, len);
		buf_addc(out, '\n');
	}
	if (!lines) {
		buf_adds(out, prefix);
		buf_addc(out, '\n');
	}
	buf_free(&clean);
}

static bool shown(const struct report *report, const struct finding *finding)
{
	if (!report_has_finding(report->scope, finding))
		return false;
	if (report->verbose || report->scope->statuses)
		return true;
	return finding->required &&
	       (finding->status == STATUS_GAP ||
		(finding->status == STATUS_UNKNOWN && finding->code == UNKNOWN_FAILED));
}

static void add_head(struct buf *out, const struct report *report, const struct service *service)
{
	char held[8];

	report_clean(out, report, service->name);
	buf_addf(out, "  %s", service->tier ? report_tier_name(service->tier) : "no tier");
	buf_addf(out, ", holds %s", report_held(service, held));
	for (size_t i = 0; i < service->owner_count; i++) {
		buf_adds(out, i ? ", " : "  ");
		report_clean(out, report, service->owners[i].value);
	}
	if (!service->owner_count)
		buf_adds(out, "  no owner");
	buf_addc(out, '\n');
}

#define ITEM_WIDTH 24 /* "T1 load-tests-scheduled" and a blank */

static void add_finding(struct buf *out, const struct report *report, const struct finding *finding)
{
	struct buf line = {0}, prefix = {0};
	const struct check *check = report_check_of(report, finding);
	char *item = xasprintf("%s %s", report_tier_name(check->tier), check->id);
	char age[TEXT_GAP_AGE_MAX];

	buf_addf(&prefix, "  %s ", report_glyph(report, finding));
	text_pad(&prefix, item, ITEM_WIDTH, TEXT_LEFT, 0);
	buf_addc(&prefix, ' ');
	buf_addf(&line, "%s", report_status_word(finding));
	if (report_gap_age(report, finding, age))
		buf_addf(&line, ", open %s", age);
	if (finding->reason && *finding->reason)
		buf_addf(&line, ": %s", finding->reason);
	if (finding->evidence_count) {
		char *place = report_place(&finding->evidence[0]);

		if (*place && !strstr(buf_str(&line), place))
			buf_addf(&line, " (%s)", place);
		free(place);
	}
	report_hang(out, report, buf_str(&prefix), ITEM_WIDTH + 5, buf_str(&line));
	buf_free(&line);
	buf_free(&prefix);
	free(item);
}

static void add_service(const struct report *report, const struct service *service, void *ctx)
{
	const struct checklist *checklist = fleet_checklist(report->fleet);
	struct check_report *in = ctx;
	int own = service->tier ? service->tier : 4;
	bool head = false;

	in->services++;
	in->reached += service->reached && service->reached <= own;
	in->reached_unknown += service->reached_unknown && service->reached_unknown <= own;
	in->with_gaps += service->gaps > 0;
	for (size_t s = 0; s < 5; s++)
		in->counts[s] += service->counts[s];
	for (size_t i = 0; i < checklist->check_count; i++) {
		if (!shown(report, &service->findings[i]))
			continue;
		if (!head) {
			if (in->shown)
				buf_addc(&in->out->text, '\n');
			add_head(&in->out->text, report, service);
		}
		head = true;
		in->shown++;
		add_finding(&in->out->text, report, &service->findings[i]);
	}
	report_flush(in->out);
}

static void add_totals(const struct report *report, const struct check_report *in)
{
	struct buf text = {0};

	buf_addf(&text, "%zu service%s: %zu hold%s the tier asked for", in->services,
		 in->services == 1 ? "" : "s", in->reached, in->reached == 1 ? "s" : "");
	if (in->reached_unknown > in->reached)
		buf_addf(&text, " (%zu as far as measured)", in->reached_unknown);
	buf_addf(&text, ", %zu gap%s in %zu", in->counts[STATUS_GAP],
		 in->counts[STATUS_GAP] == 1 ? "" : "s", in->with_gaps);
	buf_addf(&text, "; %zu passed, %zu not measured, %zu waived, %zu not applicable",
		 in->counts[STATUS_PASS], in->counts[STATUS_UNKNOWN], in->counts[STATUS_WAIVED],
		 in->counts[STATUS_NA]);
	if (in->shown)
		buf_addc(&in->out->text, '\n');
	report_hang(&in->out->text, report, "", 0, buf_str(&text));
	buf_free(&text);
}

void report_text_check(const struct report *report, struct report_out *out)
{
	struct check_report in = {.out = out};

	report_each(report, add_service, &in);
	add_totals(report, &in);
}
