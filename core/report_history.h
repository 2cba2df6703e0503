#ifndef SVCTOP_CORE_REPORT_HISTORY_H
#define SVCTOP_CORE_REPORT_HISTORY_H

/*
 * What `svctop history` prints: gaps over time, who opened and closed them, where the
 * effort should go. Markdown is a mail of the last step's changes; CSV and JSON are for
 * spreadsheets and programs (docs/history.schema.json).
 */

#include "core/interval.h"
#include "core/replay.h"
#include "core/report.h"

struct report_history {
	const struct interval *intervals; /* of all services: the report's scope narrows them */
	size_t count;
	int64_t since, until, every;  /* seconds */
	const struct replay_due *due; /* what ends within due_until, soonest first */
	size_t due_count;
	int64_t due_until;
};

/*
 * report->fleet gives the checklist, and services their names where the scope asks for one. With
 * services or checks in scope the list of what opened and closed each gap, else counts over time.
 * TEXT, JSON, JSONL, CSV and MARKDOWN.
 */
void report_history(const struct report *report, const struct report_history *history,
		    struct report_out *out);

#endif
