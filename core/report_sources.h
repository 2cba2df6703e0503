#ifndef SVCTOP_CORE_REPORT_SOURCES_H
#define SVCTOP_CORE_REPORT_SOURCES_H

/* What `svctop sources` prints: TEXT, JSON, JSONL, CSV, MARKDOWN. */

#include "core/report.h"
#include "core/source_view.h"

void report_sources(const struct report *report, const struct source_view *views, size_t count,
		    struct report_out *out);

#endif
