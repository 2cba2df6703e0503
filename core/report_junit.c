#include <stdlib.h>
#include <string.h>

#include "core/report_internal.h"
#include "core/text.h"

/*
 * JUnit's XML as CI servers read it: a suite a service, a case an item that its tier
 * asks for. A gap is a failure; what is not known, waived or not applicable is skipped.
 */

/* XML 1.0 has no way to write most control characters: they become U+FFFD. */
static void escape(struct buf *out, const char *s)
{
	size_t len = s ? strlen(s) : 0;

	while (len) {
		uint32_t c;
		size_t used = text_decode(s, len, &c);

		if (used && c == '&')
			buf_adds(out, "&amp;");
		else if (used && c == '<')
			buf_adds(out, "&lt;");
		else if (used && c == '>')
			buf_adds(out, "&gt;");
		else if (used && c == '"')
			buf_adds(out, "&quot;");
		else if (used && (c == '\n' || c == '\t'))
			buf_addf(out, "&#%u;", (unsigned)c);
		else if (!used || c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xfffe ||
			 c == 0xffff || text_is_bidi(c))
			buf_adds(out, "\xef\xbf\xbd");
		else
			buf_add(out, s, used);
		used += !used;
		s += used;
		len -= used;
	}
}

static void attribute(struct buf *out, const char *name, const char *value)
{
	buf_addf(out, " %s=\"", name);
	escape(out, value);
	buf_addc(out, '"');
}

static void put_case(const struct report *report, const struct service *service,
		     const struct finding *finding, struct buf *out)
{
	const struct check *check = report_check_of(report, finding);
	bool gap = finding->status == STATUS_GAP;

	buf_adds(out, "    <testcase");
	attribute(out, "classname", service->name);
	attribute(out, "name", check->id);
	buf_adds(out, " time=\"0\"");
	if (finding->status == STATUS_PASS) {
		buf_adds(out, "/>\n");
		return;
	}
	buf_addf(out, ">\n      <%s", gap ? "failure" : "skipped");
	attribute(out, "message", finding->reason ? finding->reason : status_name(finding->status));
	if (gap) {
		attribute(out, "type", "gap");
		buf_addc(out, '>');
		escape(out, check->close);
		buf_adds(out, "</failure>\n");
	} else {
		buf_adds(out, "/>\n");
	}
	buf_adds(out, "    </testcase>\n");
}

static bool counts(const struct report *report, const struct finding *finding)
{
	return finding->required && report_has_finding(report->scope, finding);
}

static void add_service(const struct report *report, const struct service *service, void *ctx)
{
	struct report_out *out = ctx;
	size_t count = fleet_checklist(report->fleet)->check_count;
	size_t tests = 0, failures = 0, skipped = 0;

	for (size_t i = 0; i < count; i++) {
		if (!counts(report, &service->findings[i]))
			continue;
		tests++;
		failures += service->findings[i].status == STATUS_GAP;
		skipped += service->findings[i].status != STATUS_GAP &&
			   service->findings[i].status != STATUS_PASS;
	}
	buf_adds(&out->text, "  <testsuite");
	attribute(&out->text, "name", service->name);
	buf_addf(&out->text,
		 " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\" time=\"0\">\n",
		 tests, failures, skipped);
	for (size_t i = 0; i < count; i++)
		if (counts(report, &service->findings[i]))
			put_case(report, service, &service->findings[i], &out->text);
	buf_adds(&out->text, "  </testsuite>\n");
	report_flush(out);
}

static void put_errors(const struct report *report, struct buf *out)
{
	if (!report->error_count)
		return;
	buf_addf(out,
		 "  <testsuite name=\"svctop\" tests=\"%zu\" failures=\"0\" errors=\"%zu\" "
		 "skipped=\"0\" time=\"0\">\n",
		 report->error_count, report->error_count);
	for (size_t i = 0; i < report->error_count; i++) {
		const struct err *err = &report->errors[i];

		buf_adds(out, "    <testcase classname=\"svctop\"");
		attribute(out, "name", err->where ? err->where : err->what);
		buf_adds(out, " time=\"0\">\n      <error");
		attribute(out, "message", err->what);
		attribute(out, "type", "incomplete");
		buf_adds(out, "/>\n    </testcase>\n");
	}
	buf_adds(out, "  </testsuite>\n");
}

void report_junit(const struct report *report, struct report_out *out)
{
	buf_adds(&out->text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			     "<testsuites name=\"svctop\">\n");
	report_each(report, add_service, out);
	put_errors(report, &out->text);
	buf_adds(&out->text, "</testsuites>\n");
}
