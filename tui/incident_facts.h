#ifndef SVCTOP_TUI_INCIDENT_FACTS_H
#define SVCTOP_TUI_INCIDENT_FACTS_H

/*
 * What the incident pane asks of scanners about a burn and keeps: the last commits of its service
 * and of what that needs, and the headings of its playbooks. Asked once a commit that was read.
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/incident.h"
#include "fetch/scanner.h"

struct app;
struct incident_facts;

struct incident_facts *incident_facts_new(struct app *app);
void incident_facts_free(struct incident_facts *facts); /* NULL is allowed */

/* Asks for what is not known yet; false: some of it waits until others are answered. */
bool incident_facts_ask(struct incident_facts *facts, const struct burn *burn);

/* Whether the answer was one to it. */
bool incident_facts_answer(struct incident_facts *facts, const struct scanner_event *event);

/* What is known so far, in arena; it points into facts until the next answer. reading: more may
 * come. */
size_t incident_facts_commits(struct incident_facts *facts, const struct burn *burn,
			      struct arena *arena, struct incident_commits **commits,
			      bool *reading);

/* A playbook that fits a burn best: by the alert's runbook, its headings, its name; else the first.
 */
struct incident_playbook {
	const char *name; /* NULL: there is none */
	const char *path; /* NULL: it is a page elsewhere */
	const char *url;
	const char **headings; /* the one that fits best first */
	size_t heading_count;
	bool fits; /* the first one does */
	bool reading;
	const char *problem; /* why it cannot be read; NULL */
};

/* In arena. */
void incident_facts_playbook(struct incident_facts *facts, const struct burn *burn,
			     struct arena *arena, struct incident_playbook *out);

#endif
