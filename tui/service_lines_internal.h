#ifndef SVCTOP_TUI_SERVICE_LINES_INTERNAL_H
#define SVCTOP_TUI_SERVICE_LINES_INTERNAL_H

/* The drill-down's parts: service_lines.c (facts, neighbours), service_checklist.c. */

#include "tui/service_lines.h"

#define SERVICE_NARROW 60 /* cells; below, what stood beside goes on a line of its own */

struct build {
	struct lines *lines;
	struct service_lines *items;
	const struct service *service;
	const struct service_lines_options *options;
	const struct checklist *checklist;
};

/* Something that the cursor can stop at, and the line that it begins. */
struct service_line *service_item_new(struct build *build, const char *kind, const char *key);
void service_item_begin(struct build *build, const struct service_line *item, int indent);

/* The most important tier whose items are asked of the service. */
int service_first_tier(const struct service *service);

/* service_signals.c: what live sources say; nothing where they say nothing. */
void service_add_signals(struct build *build);

/* A tier's heading and its items. */
void service_add_tier(struct build *build, int tier);

#endif
