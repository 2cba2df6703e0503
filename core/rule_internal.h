#ifndef SVCTOP_CORE_RULE_INTERNAL_H
#define SVCTOP_CORE_RULE_INTERNAL_H

/* Inside of core/rule.h: one rule while it is evaluated. */

#include "core/rule.h"

#define RULE_MAX_FOUND 24

struct rule_found {
	struct evidence evidence;
	enum strength strength;
};

/*
 * What came up on the way. Found things count for the rule; near ones were there but
 * did not suffice, and are shown when the answer is no.
 */
struct rule_trail {
	struct rule_found found[RULE_MAX_FOUND];
	size_t found_count;
	struct evidence near[RULE_MAX_EVIDENCE];
	size_t near_count;
	const char *near_note; /* why the first of them does not suffice; NULL */
	const char *none_note; /* a count of nothing at all, which says less; NULL */
	const char *stale;     /* what passes although it is old; NULL */
	const char *expired;   /* an attestation that would have passed; NULL */
	const char *failed;    /* what could not be read; NULL */
};

struct rule_run {
	const struct checklist *list;
	const struct check *check; /* NULL: the checklist's `deployed` */
	const struct rule_facts *facts;
	int64_t now;
	struct arena *arena;
	struct rule_trail trail;
};

struct rule_result {
	enum answer answer;
	enum strength strength; /* of what holds in it */
};

/* rule_probe.c, rule_service.c, rule_signal.c */
enum answer rule_ask(struct rule_run *run, const struct probe *probe);
enum answer rule_ask_service(struct rule_run *run, const struct probe *probe);
enum answer rule_ask_signal(struct rule_run *run, const struct probe *probe);

/* What a live source says, copied: its signals may be gone before the finding is. */
struct evidence rule_observed(struct rule_run *run, const struct observed *observed);

/* The user's own question about the check at hand, the worst answer of several; NULL: none. */
const struct observed *rule_own_check(const struct rule_run *run);

/* What the rule's probes of signals could be told by the sources that are configured. */
enum rule_view {
	VIEW_NONE,	 /* nothing: none of the kinds is configured, or it asks for no signal */
	VIEW_CONFIGURED, /* a source gives such a kind, but has no such signal of any service */
	VIEW_SEEN,	 /* other services have such a signal */
};
enum rule_view rule_view(const struct rule_run *run, const struct rule *rule);

/* Adds something found, of the probe's strength; too many are dropped. */
void rule_add_found(struct rule_run *run, const struct probe *probe, struct evidence evidence);
void rule_add_near(struct rule_run *run, struct evidence evidence);

/* The date decides, and from base + later seconds on it decides otherwise. */
void rule_turns(const struct rule_run *run, int64_t base, int64_t later);

/* Sets a note of the trail unless there is one. */
void rule_note(struct rule_run *run, const char **note, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Where a statement of the service's own descriptors stands. */
struct evidence rule_place(const struct rule_run *run, const struct origin *at);

/* rule_text.c: reasons. All texts are one line. */
const char *rule_one_line(struct arena *arena, const char *text);
const char *rule_date(struct arena *arena, int64_t time); /* YYYY-MM-DD, UTC */
const char *rule_show(struct arena *arena, const struct evidence *evidence);
const char *rule_looked_for(struct arena *arena, const struct checklist *list,
			    const struct rule *rule);

/* Seconds of a date YYYY-MM-DD; false when text is none. */
bool rule_parse_date(const char *text, int64_t *time);

#endif
