#ifndef SVCTOP_CORE_REPORT_INCIDENT_H
#define SVCTOP_CORE_REPORT_INCIDENT_H

/*
 * The incident overview as text or data, and as a status update that one can paste
 * (Markdown). Times are in UTC.
 */

#include "core/incident.h"
#include "core/report.h"

/*
 * details: of those burns that are told whole (in Markdown each is a status update), in the order
 * of the rows; the others are rows of a table. TEXT, JSON, JSONL, CSV and MARKDOWN.
 */
void report_incident(const struct report *report, const struct incident *incident,
		     const struct incident_detail *const *details, size_t count,
		     struct report_out *out);

/* One burn as a status update, in Markdown: what, since when, whom it hits, what changed. */
void report_incident_update(const struct report *report, const struct incident_detail *detail,
			    struct buf *out);

/*
 * What is not known and why: "no source for incidents; builds: no answer yet"; nothing when all is
 * measured. Returns how many kinds.
 */
size_t incident_unmeasured(const struct incident *incident, struct buf *out);

#endif
