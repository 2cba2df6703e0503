#ifndef SVCTOP_TUI_SERVICE_LINES_H
#define SVCTOP_TUI_SERVICE_LINES_H

/*
 * The text of one service's drill-down: facts with their origin, the checklist by
 * tier, dependencies, links, commits, warnings. Used by the service pane and, beside
 * a table on wide screens, by the others.
 */

#include "core/arena.h"
#include "core/fleet.h"
#include "core/record.h"
#include "fetch/scanner.h"
#include "tui/lines.h"
#include "tui/view.h"

/* A line that the cursor can stop at, and what it stands for. */
struct service_line {
	uint64_t id;
	struct target target;
	int32_t other;	 /* a service of the fleet that Enter leads to; -1: none */
	int16_t finding; /* index of the check, -1: none */
};

struct service_lines {
	struct arena *arena; /* owns what the targets point to */
	struct service_line *items;
	size_t count, cap;
};

struct service_lines_options {
	const struct fleet *fleet;
	const struct glyphs *glyphs;
	int64_t now;
	int cols; /* width that it will be drawn at */
	bool only_broken;
	bool brief;			      /* beside a table: without commits and facts */
	const struct record *record;	      /* who opened a gap; NULL: not known */
	const struct scanner_commit *commits; /* NULL: not asked yet */
	size_t commit_count;
	bool commits_known;
};

/* Fills lines (reset first) and items (replaced) for a service. */
void service_lines_build(struct lines *lines, struct service_lines *items,
			 const struct service *service,
			 const struct service_lines_options *options);

/* The item with an id, NULL: none. */
const struct service_line *service_lines_find(const struct service_lines *items, uint64_t id);

/* Puts the cursor on a check's line. */
void service_lines_seek(struct lines *lines, const struct service_lines *items, const char *check);

void service_lines_free(struct service_lines *items);

#endif
