#ifndef SVCTOP_CORE_CHECKOUT_H
#define SVCTOP_CORE_CHECKOUT_H

/*
 * What a scan found in one checkout, in core's own words: the result a scanner
 * sends and the face keeps. Plain data in one arena; it knows neither git nor the
 * checklist's rules. Everything in it comes from outside and is filtered where it
 * is shown (core/text.h), not here.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/wire.h"

/* Where a statement stands: a path inside the checkout and a line, 0 when the file itself is meant.
 */
struct origin {
	const char *path;
	uint32_t line;
};

/* A text and where it was written. value is NULL when nothing said it. */
struct fact {
	const char *value;
	struct origin at;
};

struct link {
	const char *type; /* as normalised: playbook, dashboard, docs, repo, slo, chat, oncall, ...;
			     "other" */
	const char *name; /* may be NULL */
	const char *url;
	struct origin at;
};

/* attestations, waivers and not_applicable of service.yml; dates are Unix times, 0 when absent */
struct statement {
	const char *check;
	const char *by;
	const char *reason; /* a note, for an attestation */
	const char *link;
	int64_t date;
	int64_t until; /* a waiver's until, an attestation's expires */
	struct origin at;
};

/* A named value: how the service is called elsewhere (pagerduty, sentry ...), and fields probes ask
 * for. */
struct named_fact {
	const char *name; /* "oncall_url", "pagerduty.com/service-id", "slo", "stateless", ... */
	struct fact fact;
};

/* One descriptor: what one file (one document of it) says of one service. */
struct descriptor {
	const char *format; /* "service.yml", "catalog-info", "opslevel", "cortex", "datadog",
			       "compass", "runbook" */
	unsigned trust;	    /* order of trust, 0 the most */
	struct origin at;
	const char *subdir; /* the folder that the service owns, "" for the whole checkout */
	struct fact name;
	struct fact title;
	struct fact description;
	struct fact tier_text; /* as written */
	int tier;	       /* 1..4; 0 unset or not understood */
	struct fact type;      /* service, library, website, ... */
	struct fact lifecycle; /* experimental, production, deprecated */
	struct fact *owners;   /* Org/team, login, e-mail; leading @ dropped */
	size_t owner_count;
	struct fact *depends_on;
	size_t depends_count;
	struct fact *dependency_of;
	size_t dependency_of_count;
	struct fact *aliases; /* other names by which files elsewhere call it */
	size_t alias_count;
	struct fact *urls; /* what an uptime probe asks */
	size_t url_count;
	struct link *links;
	size_t link_count;
	struct named_fact *fields;
	size_t field_count;
	struct statement *attestations;
	size_t attestation_count;
	struct statement *waivers;
	size_t waiver_count;
	struct statement *not_applicable;
	size_t not_applicable_count;
};

/* The owners that CODEOWNERS gives a service's folder (of `*` for the whole checkout). */
struct code_owners {
	const char *subdir;
	struct fact *owners;
	size_t owner_count;
};

/* One place that answers a probe. */
struct hit {
	uint32_t probe; /* index in the checklist's probes */
	uint32_t name_count;
	struct origin at;  /* path from the checkout's root; line 0: the file is the evidence */
	const char *text;  /* the line or value that matched, at most 200 bytes; NULL */
	const char *value; /* what the probe captured; NULL */
	int64_t touched; /* committer time of the last commit that changed the file; 0 not asked, -1
			    not known, 1 longer ago than the probe asks */
	const char *
	    *names; /* services that the place names, lower case; only for probes of fleet scope */
};

/* A probe that could not be answered at some place: the file is broken, too large, missing. */
struct miss {
	uint32_t probe;
	struct origin at;
	const char *reason;
};

enum dependency_scope { DEP_RUNTIME, DEP_DEV, DEP_UNKNOWN };

/* How much of what the manifests list a scan keeps. */
enum dependency_detail {
	DEPENDENCIES_NONE,
	DEPENDENCIES_DIRECT, /* what a manifest itself names */
	DEPENDENCIES_ALL,
};

struct dependency {
	const char *ecosystem; /* gem, npm, go, cargo, pypi, maven, composer, hex */
	const char *name;
	const char *version; /* resolved, or the range where the file has only that; NULL */
	enum dependency_scope scope;
	bool direct;   /* named by the manifest itself, not only pulled in */
	bool resolved; /* version is exact */
	struct origin at;
};

struct author {
	const char *name; /* after .mailmap */
	const char *email;
	uint32_t commits; /* in the window */
	int64_t last;
	bool bot;
};

/* The history of one service's folder within the window (365 days before the reference time). */
struct history {
	const char *subdir;
	bool complete;	  /* false: shallow or cut short, so counts are lower bounds */
	uint32_t commits; /* by people */
	uint32_t bot_commits;
	uint32_t dependency_bot_commits; /* dependabot, renovate ...: of the last 180 days */
	struct author *authors;		 /* most commits first */
	size_t author_count;
	int64_t last_commit; /* committer time; 0 none */
	const char *last_hash;
	const char *last_author;
	const char *last_subject;
	/* from when on the counts are others without a new commit, as one leaves the window; 0:
	 * they stay */
	int64_t stays_until;
};

struct language {
	const char *subdir;
	const char *name; /* go, ruby, javascript, typescript, python, rust, java, kotlin, php,
			     elixir, ... */
	struct origin at;
};

struct warning {
	struct origin at;
	const char *text;
};

enum checkout_state {
	CHECKOUT_OK,
	CHECKOUT_EMPTY,	     /* no commit yet (unborn HEAD) */
	CHECKOUT_UNREADABLE, /* problem says why: corrupt, foreign owner, reftable, sha256, no
				access ... */
	CHECKOUT_CRASHED,    /* crashed the scanner, or was ended at its deadline */
	CHECKOUT_ABSENT,     /* not there at the time or revision asked for (--at): nothing to show;
				pools tell it as SCANNER_ABSENT */
};

struct checkout {
	struct arena *arena; /* owns everything below */
	enum checkout_state state;
	const char *problem; /* for every state but OK: one sentence */
	const char *fix;     /* what to do about it; may be NULL */
	const char *path;    /* the work tree, or the bare repository */
	bool bare;
	bool shallow;
	bool partial;
	bool detached;
	bool linked;	    /* a worktree or submodule: .git is a file */
	const char *remote; /* URL of origin without credentials; NULL */
	const char *head;   /* hex id of the commit that was read; NULL */
	const char *ref;    /* the ref that gave it, "HEAD" when detached */
	/* which files said so, and what stood in them (fetch/resolved.h); NULL: looking at them
	 * tells nothing (--ref, --at) */
	const char *resolved;
	int64_t head_time;		 /* committer time of head */
	int64_t fetched_at;		 /* when the remote's ref last changed here; 0 not known */
	uint32_t trees_read, blobs_read; /* cost, for progress and bench */
	uint32_t scan_us;

	struct descriptor *descriptors; /* by subdir, then trust */
	size_t descriptor_count;
	struct code_owners *code_owners;
	size_t code_owners_count;
	struct hit *hits; /* by probe, then path and line */
	size_t hit_count;
	struct miss *misses;
	size_t miss_count;
	struct dependency
	    *dependencies; /* as many as the scan was asked for: enum dependency_detail */
	size_t dependency_count;
	struct history *histories;
	size_t history_count;
	struct language *languages;
	size_t language_count;
	struct warning *warnings;
	size_t warning_count;
};

/* An empty checkout with an arena of its own. */
struct checkout *checkout_new(const char *path);
void checkout_free(struct checkout *checkout); /* NULL is allowed */

/* The one encoding (core/wire.h). decode gives NULL for bytes that are no checkout. */
void checkout_encode(const struct checkout *checkout, struct buf *out);
struct checkout *checkout_decode(struct wire_reader *in);

#endif
