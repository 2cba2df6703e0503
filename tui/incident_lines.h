#ifndef SVCTOP_TUI_INCIDENT_LINES_H
#define SVCTOP_TUI_INCIDENT_LINES_H

/*
 * What the incident pane says about one burn, as lines: the alert's own text, what changed, whom it
 * hits, the playbook, labels and links. Top to bottom as a tired person asks.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/incident.h"
#include "tui/incident_facts.h"
#include "tui/lines.h"

struct incident_lines_options {
	const struct fleet *fleet;
	const struct glyphs *glyphs;
	int64_t now;
	bool utc;
	bool reading; /* commits are still being read */
	const struct incident_playbook *playbook;
	const char *playbook_key; /* "p"; "" where there is none */
};

/* Replaces what lines held. */
void incident_lines_build(struct lines *lines, const struct incident_detail *detail,
			  const struct incident_lines_options *options);

/* "14:02", with the day where it is another one than now's. */
#define INCIDENT_TIME_MAX 32
const char *incident_time(int64_t at, int64_t now, bool utc, char out[INCIDENT_TIME_MAX]);

/* The glyph before what burns: "!", "x" for builds, "-" for what is quiet. */
const char *incident_glyph(const struct burn *burn);
enum role incident_role(const struct burn *burn);

#endif
