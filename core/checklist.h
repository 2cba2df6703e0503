#ifndef SVCTOP_CORE_CHECKLIST_H
#define SVCTOP_CORE_CHECKLIST_H

/*
 * The checklist: which items a tier asks for and the rule that decides each. It is
 * data (core/checklist.yml, built in; docs/checklist.md is its reference); this
 * reads and validates it. Rules are trees over probes; a probe is the smallest
 * question, answered by a scan (core/matcher.h) or by facts of the service
 * (core/rule.h). Everything is read-only once loaded.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/err.h"

enum status { STATUS_PASS, STATUS_GAP, STATUS_UNKNOWN, STATUS_WAIVED, STATUS_NA };
enum unknown_code { UNKNOWN_NONE, UNKNOWN_NO_SOURCE, UNKNOWN_FAILED, UNKNOWN_NOT_VISIBLE };
enum strength { STRENGTH_NONE, STRENGTH_DECLARED, STRENGTH_CONFIGURED, STRENGTH_OBSERVED };

const char *status_name(enum status status); /* "pass", "gap", "unknown", "waived", "n/a" */
const char *unknown_code_name(enum unknown_code code); /* "no-source", ...; NULL for NONE */
const char *strength_name(enum strength strength);     /* "declared", ...; NULL for NONE */

struct regex;

enum probe_kind {
	PROBE_FILES,	   /* a path matches, its content (lines, query) as well where asked */
	PROBE_DEPENDENCY,  /* a manifest or lockfile names a package */
	PROBE_FIELD,	   /* the service's descriptors say something */
	PROBE_LINK,	   /* the descriptors link to something of a type */
	PROBE_OWNERS,	   /* how many owners, people or teams */
	PROBE_AUTHORS,	   /* how many people with how many commits in the window */
	PROBE_COMMITS,	   /* how many commits in the window */
	PROBE_ATTESTATION, /* a dated statement, not yet expired */
	PROBE_SERVICE,	   /* type, lifecycle, tier or language is one of a list */
	PROBE_DEPLOYED,	   /* something in the fleet deploys the service (the `deployed` rule) */
	PROBE_SIGNAL,	   /* a live source says something */
};

enum probe_scope {
	SCOPE_SERVICE,	  /* the service's own folder; globs start there */
	SCOPE_REPOSITORY, /* as well from the checkout's root, where the service lives deeper */
	SCOPE_FLEET, /* as REPOSITORY, and in every checkout where the place names the service */
};

/* One condition on a document or on an element of it: PATH OP VALUE. */
enum query_op {
	QUERY_EXISTS,
	QUERY_ABSENT,
	QUERY_EQ,
	QUERY_NE,
	QUERY_LT,
	QUERY_LE,
	QUERY_GT,
	QUERY_GE,
	QUERY_MATCH,
	QUERY_NO_MATCH
};

struct query_term {
	const char *path; /* keys with dots between; `*` any key or item, `**` any depth, "a.b"
			     quoted key */
	enum query_op op;
	const char *value; /* a number, a word, a regex */
};

struct probe {
	enum probe_kind kind;
	uint32_t index;		/* in checklist->probes */
	uint32_t line;		/* of the checklist file */
	enum probe_scope scope; /* FILES, DEPENDENCY */
	enum strength strength; /* of what it finds */
	bool ignore_case;	/* globs and regexes */

	/* PROBE_FILES */
	const char **files; /* globs, gitignore semantics, relative to the scope's root */
	size_t file_count;
	const char **except;
	size_t except_count;
	const char **lines; /* regexes, each must match on some line of the file; the first gives
			       the evidence */
	size_t line_count;
	const char **without; /* regexes, none of which may match anywhere in the file */
	size_t without_count;
	const char
	    *each; /* query path of the elements that `where` speaks of; NULL: the document */
	struct query_term *where; /* all must hold of the same element */
	size_t where_count;
	const char *value; /* query path, or group 1 of lines[0]: what to show as the value; NULL */
	int64_t min_bytes; /* smaller files do not count (a stub); 0: any */
	int64_t touched_within; /* seconds: an older file is stale; 0: not asked */
	bool stale_passes;	/* a stale one still counts, with a warning */
	int64_t dated_within; /* seconds: the file's name or first lines hold a date at most so old;
				 0: not asked */
	uint32_t at_least;    /* distinct files needed, 1 by default */

	/* PROBE_DEPENDENCY */
	const char *ecosystem; /* NULL: any */
	const char **packages; /* names, `*` allowed */
	size_t package_count;
	const char *version; /* range; NULL: any */
	bool dev_too;	     /* dev and test dependencies count as well */
	bool indirect_too;   /* also when only pulled in by another */

	/* PROBE_FIELD, PROBE_LINK, PROBE_SERVICE, PROBE_ATTESTATION */
	const char **names; /* fields, link types, the attested check (none: the check itself) */
	size_t name_count;
	const char *matches;	/* regex on the value; NULL: any non-empty one */
	struct regex *matching; /* the same compiled; NULL */
	const char **types, **lifecycles, **languages; /* PROBE_SERVICE: one of each given list */
	size_t type_count, lifecycle_count, language_count;
	uint32_t tier_min, tier_max; /* PROBE_SERVICE; 0: not asked */

	/* PROBE_OWNERS, PROBE_AUTHORS, PROBE_COMMITS */
	uint32_t count_min; /* at least */
	uint32_t count_max; /* at most; UINT32_MAX: any */
	uint32_t each_min;  /* AUTHORS: commits an author needs to count */
	bool people, teams; /* OWNERS: what counts */
	bool by_bots;	    /* COMMITS: those of dependency bots, in the last 180 days */

	int64_t max_age; /* PROBE_ATTESTATION: seconds */

	/* PROBE_SIGNAL; matches: on the value or the text */
	uint64_t signals;    /* bit 1 << enum signal_kind */
	unsigned states;     /* bit 1 << enum signal_state */
	unsigned flags;	     /* all must be set */
	unsigned no_flags;   /* none may be set */
	struct regex *title; /* NULL: any */
	struct probe_label {
		const char *name;
		struct regex *value; /* a label that is not there is "" */
	} * labels;
	size_t label_count;
	int64_t within, older;	 /* seconds that its state has lasted at most, at least; 0: any */
	const char *environment; /* NULL: production as far as is known; "any"; a name */
};

enum rule_kind { RULE_PROBE, RULE_ALL, RULE_ANY, RULE_NOT, RULE_AT_LEAST };

struct rule {
	enum rule_kind kind;
	uint32_t probe; /* RULE_PROBE: index */
	uint32_t need;	/* RULE_AT_LEAST */
	const struct rule **of;
	size_t of_count;
	uint32_t line;
};

/* A rule that gives another answer than pass, with the reason to show. */
struct verdict {
	const struct rule *rule;
	enum unknown_code code; /* for `unknown` */
	const char *reason;
};

enum absence {
	ABSENT_GAP,	    /* lives with the code: not there is a gap */
	ABSENT_NOT_VISIBLE, /* infrastructure: a gap only where the fleet deploys the service */
	ABSENT_NO_SOURCE,   /* only a live system knows */
	ABSENT_UNWATCHED,   /* likewise, but a gap where a source tells it of other services */
};

struct check {
	const char *id;
	int tier; /* 1..4 */
	const char *title;
	const char *why;
	const char *close; /* how to close the gap */
	const char
	    *source; /* which kind of source would measure it: "PagerDuty or Opsgenie"; NULL */
	enum absence absent;
	const char *absent_reason; /* shown with the gap or unknown: what was looked for, and where;
				      NULL: made up */
	enum strength least;
	struct verdict *not_applicable;
	size_t not_applicable_count;
	struct verdict *contradicted; /* a gap although the rule might pass */
	size_t contradicted_count;
	const struct rule *pass;
	struct verdict *unknown;
	size_t unknown_count;
	uint32_t line;
};

struct checklist {
	const char *name;
	const char *path;      /* of the file, "built-in" for ours */
	char digest[17];       /* of the text, hex */
	const char **excluded; /* globs of trees that are never the service's own evidence */
	size_t excluded_count;
	const struct rule *deployed; /* what shows that the fleet deploys a service; NULL */
	struct check *checks;	     /* tier 4 first, then 3, 2, 1; file order within a tier */
	size_t check_count;	     /* at most CHECKLIST_MAX_CHECKS */
	struct probe *probes;
	size_t probe_count;
	const char *text; /* the YAML it was read from, for scanners and `svctop checklist` */
	size_t text_len;
	struct arena *arena; /* owns everything here but regexes */
	struct regex **regexes;
	size_t regex_count;
};

#define CHECKLIST_MAX_CHECKS 64

/*
 * Reads and validates a checklist. path names the file in errors, whose `what` has
 * the offending line with a caret under the place and, for a misspelt key, a
 * suggestion. `extends: default` adds to the built-in one and replaces checks of
 * the same id. NULL on error.
 */
struct checklist *checklist_parse(const char *path, const char *text, size_t len, struct err *err);
struct checklist *checklist_builtin(void);
void checklist_free(struct checklist *checklist); /* NULL is allowed */

/* Whether a rule, or one inside it, is this probe. */
bool rule_uses_probe(const struct rule *rule, uint32_t probe);

/* Index of a check by id, -1 when there is none. */
int checklist_find(const struct checklist *checklist, const char *id);

/* The built-in YAML text itself. */
const char *checklist_builtin_text(size_t *len);

#endif
