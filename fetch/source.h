#ifndef SVCTOP_FETCH_SOURCE_H
#define SVCTOP_FETCH_SOURCE_H

/*
 * A type of source: two pure functions. plan() says what to ask, read() makes signals
 * of an answer. No I/O, no clock, no state: everything comes in as an argument, so
 * each is tested and fuzzed on recorded bytes. The courier does the asking
 * (fetch/courier.h), fetch/http the transfer.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/config.h"
#include "core/err.h"
#include "core/live.h"
#include "core/subject.h"

struct source_context {
	const struct config_source *config;
	const struct subject_list *subjects;
	int64_t now;
};

enum source_transfer {
	TRANSFER_HTTP,
	TRANSFER_PROBE, /* no token is sent, the certificate is looked at, every status is an answer
			 */
};

/* One question. Strings live in the plan's arena. */
struct source_request {
	const char *topic; /* answers of one topic are told together */
	enum source_transfer transfer;
	const char *method; /* NULL: GET */
	const char *url;
	const char **headers; /* "Name: value", NULL-terminated; no secrets; NULL: none */
	const char *body;     /* NULL: none */
	const char *content_type;
	const char *subject;	  /* name of the service it is about; NULL: all */
	const char *arg;	  /* for read(), as plan() or read() left it */
	int step;		  /* likewise: which of several questions this is */
	size_t cap;		  /* bytes of the body; 0: 16 MiB */
	unsigned timeout_seconds; /* 0: the source's, else 10 */
	int64_t every;		  /* seconds; 0: the source's */
	bool absent_ok;		  /* 404 is an answer (FAILURE_ABSENT, read() is called) */
	bool every_status;	  /* read() is called for every status that is no refusal */
	bool uncached;		  /* no conditional request, no copy on disk */
	bool foreign;		  /* anybody may have written the URL: never to this machine */
	uint64_t kinds;		  /* what the topic is about */
};

/* What came back; header() gives the last header of a name, NULL: none. */
struct source_answer {
	long status; /* 0: a probe that got no answer; then failure says why */
	enum failure failure;
	const char *cause;
	const char *body;
	size_t len;
	const char *url; /* after redirects */
	const char *(*header)(const void *ctx, const char *name);
	const void *header_ctx;
	double seconds; /* of the whole transfer */
	int64_t at;
	/* TRANSFER_PROBE: the certificate, also when verification failed. */
	bool tls;
	const char *cert_issuer, *cert_subject;
	const char **cert_names;
	size_t cert_name_count;
	int64_t cert_from, cert_until; /* 0: not known */
	const char
	    *cert_problem; /* "expired", "self-signed", "for another host", ...; NULL: verified */
	bool local; /* failed in this machine or at its proxy: nothing is said about the server */
	/*
	 * TRANSFER_PROBE: some server answered during the last minutes, so this machine has a
	 * network: a name that is not found says something about the service.
	 */
	bool online;
};

struct source_requests {
	struct arena *arena;
	struct source_request *requests; /* in arena */
	size_t count, cap;
};

/* A zeroed request at the end. */
struct source_request *source_ask(struct source_requests *list, const char *topic, const char *url);

struct source_result {
	struct signal_list signals;
	struct source_requests more;	/* the next page, the next step: of the same topic */
	const char *note;		/* "only the first 5,000"; NULL */
	const char *version;		/* the server's, where the answer says it */
	int64_t limit, left, resets_at; /* a budget told in the body (GraphQL); -1: none */
	/* A body that another process must make something of (the json source's jq). */
	const char *program;   /* jq expression; NULL */
	uint32_t program_line; /* where it stands in the configuration; 0: not known */
};

struct source_type {
	const char *name;  /* as `type:` has it */
	const char *title; /* "Prometheus", for people */
	uint64_t kinds;	   /* bit 1 << enum signal_kind */
	int64_t every;	   /* seconds, by default */
	bool needs_url;
	bool reads_subjects;	 /* read() looks at them: what it read of others is asked again */
	const char *default_url; /* NULL: none */
	/* NULL is allowed: the configuration needs no more than its shape. -1 and err otherwise. */
	int (*validate)(const struct config_source *config, struct err *err);
	void (*plan)(const struct source_context *context, struct source_requests *out);
	/*
	 * -1 and err: the body is not what it should be. Of an answer that failed (a probe's): it
	 * says nothing about the service, the topic fails as the answer's failure says.
	 */
	int (*read)(const struct source_context *context, const struct source_request *request,
		    const struct source_answer *answer, struct source_result *out, struct err *err);
	/* What read() would have done with an answer of program: jq's outputs, one JSON text a
	 * line. */
	int (*read_outputs)(const struct source_context *context,
			    const struct source_request *request, const char *lines, size_t len,
			    struct source_result *out, struct err *err);
};

extern const struct source_type source_prometheus, source_alertmanager, source_uptime,
    source_github, source_buildbot, source_json;

/* NULL: a type that is known but not built yet, or unknown. */
const struct source_type *source_type_find(const char *name);
const struct source_type *source_type_at(size_t index); /* NULL behind the last */

/*
 * That a source can be asked as it is configured; path is the file, for err->where. A type that
 * is not built yet is no error: what it would say is unknown.
 */
int source_check(const struct config_source *config, const char *path, struct err *err);
int source_check_all(const struct config *config, struct err *err);

/* The kinds of signals that it can give, with what the configuration switches off left out. */
uint64_t source_kinds(const struct config_source *config);

/* The source's URL with path (begins with '/') behind it, one '/' between; in arena. */
const char *source_url(struct arena *arena, const struct config_source *config, const char *path);
/* text with everything but unreserved characters escaped. */
const char *source_escape(struct arena *arena, const char *text);

#endif
