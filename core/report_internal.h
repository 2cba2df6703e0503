#ifndef SVCTOP_CORE_REPORT_INTERNAL_H
#define SVCTOP_CORE_REPORT_INTERNAL_H

/* What the files of the report share. Nobody else includes this. */

#include "core/json_write.h"
#include "core/report.h"
#include "core/text.h"

/* report.c */
typedef void report_each_service(const struct report *report, const struct service *service,
				 void *ctx);
void report_each(const struct report *report, report_each_service *callback, void *ctx);
void report_flush(struct report_out *out);
const char *report_tier_name(int tier); /* "T1" ... "-" */
/* The same for people; in data the number, NULL for unset. */
const char *report_tier_cell(const struct report *report, int tier);
/* "T3", "T3?" as far as measured, "none". */
const char *report_held(const struct service *service, char out[8]);
const struct check *report_check_of(const struct report *report, const struct finding *finding);
const char *report_status_word(const struct finding *finding); /* the code of an unknown */
/*
 * How long a gap has been open: "213d", "213d+" where it is at least that; NULL where that is not
 * known, or the finding is no gap. What was seen for the first time just now has no age.
 */
const char *report_gap_age(const struct report *report, const struct finding *finding,
			   char out[TEXT_GAP_AGE_MAX]);
/* When it came to its status, for data; NULL where that is not known. */
const char *report_since(const struct finding *finding, char out[TIME_TEXT_MAX]);
const char *report_since_at_least(const struct finding *finding); /* "true", "false"; NULL */
char *report_place(const struct evidence *evidence); /* "path:line"; freed by the caller */
/* "tier: a.yml:3 says 2, b.yml:1 says 3"; freed by the caller. */
char *report_conflict(const struct conflict *conflict);

/* report_findings.c */
void report_findings(const struct report *report, struct report_out *out);

/* report_json.c */
void report_json(const struct report *report, struct report_out *out);
void report_json_service(struct json_writer *json, const struct report *report,
			 const struct service *service);
void report_json_finding(struct json_writer *json, const struct report *report,
			 const struct service *service, const struct finding *finding);

/* "generated_at" and "as_of" */
void report_json_times(struct json_writer *json, const struct report *report);
void report_json_errors(struct json_writer *json, const struct report *report);

/* report_signals.c: those that are told as such; at counts on from 0. */
void report_json_signals(struct json_writer *json, const struct service *service);
bool report_next_signal(const struct service *service, size_t *at, const struct observed **out);
/* "critical: alert CheckoutErrorsHigh, 7.2 %, for 2h (prod, production)" */
void report_signal_line(struct buf *line, const struct report *report,
			const struct observed *observed);

/* report_text.c: `check` for people. */
void report_text_check(const struct report *report, struct report_out *out);
/* Adds prefix and text, wrapped to the report's width; more lines start at column. */
void report_hang(struct buf *out, const struct report *report, const char *prefix, size_t column,
		 const char *text);
void report_clean(struct buf *out, const struct report *report, const char *text);
const char *report_glyph(const struct report *report, const struct finding *finding);

/* report_table.c: text with what Markdown would act on escaped, and nobody mentioned by it. */
void report_markdown_text(struct buf *out, const char *text);

/* report_sarif.c, report_junit.c, report_openmetrics.c */
void report_sarif(const struct report *report, struct report_out *out);
void report_junit(const struct report *report, struct report_out *out);
void report_openmetrics(const struct report *report, struct report_out *out);

#endif
