#ifndef SVCTOP_CORE_REPORT_H
#define SVCTOP_CORE_REPORT_H

/*
 * What the screens show, as text or data: for `svctop check` and the other commands
 * that print and end. Text for people is sanitised and fits a width; data is complete
 * and the same bytes for the same fleet and time.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/fleet.h"

enum report_format {
	REPORT_TEXT,
	REPORT_JSON,
	REPORT_JSONL,
	REPORT_CSV,
	REPORT_MARKDOWN,
	REPORT_SARIF, /* this and the next two: of findings alone */
	REPORT_JUNIT,
	REPORT_OPENMETRICS,
	REPORT_FORMATS
};

const char *report_format_name(enum report_format format);

/*
 * Where a report goes. A report appends to text and calls flush, which may empty it,
 * whenever a part is done; flush may be NULL.
 */
struct report_out {
	struct buf text;
	void (*flush)(struct report_out *out);
	void *ctx;
};

/* Which services and findings a report speaks of. Zero-initialised: all. */
struct report_scope {
	const char *const *services; /* names, as fleet_find() takes them */
	size_t service_count;
	const char *const *owners; /* "org/team" or "team", whatever the case */
	size_t owner_count;
	unsigned tiers;	   /* bit 1 << tier, bit 0: unset; 0: all */
	uint64_t checks;   /* bit 1 << check; 0: all */
	unsigned statuses; /* bit 1 << status; 0: all */
	bool required;	   /* only findings that the service's tier asks for */
};

bool report_has_service(const struct report_scope *scope, const struct fleet *fleet,
			const struct service *service);
bool report_has_finding(const struct report_scope *scope, const struct finding *finding);

struct report {
	const struct fleet *fleet;
	const struct report_scope *scope;
	enum report_format format;
	int64_t now;	 /* "generated_at" and ages */
	int64_t made_at; /* "generated_at" where now is a time of the past (--at); 0: now */
	const struct err *errors;
	size_t error_count;
	unsigned width; /* of text, in cells; 0: lines are as long as they need to be */
	bool plain;	/* text without borders and drawings */
	bool ascii;
	bool verbose;	     /* text: also the findings that are met or not asked for */
	const char *version; /* of svctop */
};

/* All findings. */
void report_check(const struct report *report, struct report_out *out);

/* How much of the checklist is met, by tier, item and status, as metrics (core/metrics.h). */
struct metrics;
void report_coverage(const struct report *report, struct metrics *metrics);

/* The panes; TEXT, JSON, JSONL, CSV and MARKDOWN. */
void report_services(const struct report *report, struct report_out *out);
void report_tiers(const struct report *report, struct report_out *out);
void report_gaps(const struct report *report, struct report_out *out);

/* A commit for report_show(). */
struct report_commit {
	const char *hash;
	int64_t time;
	const char *author;
	const char *subject;
};

/* One service whole: TEXT, MARKDOWN, JSON, JSONL (of CSV its findings). */
void report_show(const struct report *report, const struct service *service,
		 const struct report_commit *commits, size_t commit_count, struct report_out *out);

/*
 * Who uses a package, at a version in range (NULL: any). Returns how many uses there are.
 */
size_t report_deps(const struct report *report, const char *package, const char *range,
		   struct report_out *out);

/* The versions of each package that is in use at more than one; package: of that one alone. */
size_t report_drift(const struct report *report, const char *package, struct report_out *out);

/* Required gaps in scope among services of tier fail_on and more important ones. */
size_t report_gaps_in_scope(const struct report *report, int fail_on);

#endif
