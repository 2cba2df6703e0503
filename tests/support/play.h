#ifndef SVCTOP_TESTS_PLAY_H
#define SVCTOP_TESTS_PLAY_H

/*
 * A type of source played against answers of the test's own, without a network: plan(),
 * then read() of every answer and whatever that asks for, until nothing is left to ask.
 */

#include "fetch/source.h"

struct play_answer {
	long status; /* 0: 200 */
	const char *body;
	size_t len;		    /* 0: all of body */
	const char *const *headers; /* name, value, name, value, ..., NULL; NULL: none */
};

/* Fills the answer to a request; what it points to lives until the play is freed. */
typedef void play_server(void *ctx, const struct source_request *request,
			 struct play_answer *answer);

struct play {
	struct arena *arena;
	struct source_context context;
	struct config_source config; /* the caller sets what it needs, url at least */
	struct subject_list subjects;
	struct signal_list signals;
	struct source_request *requests; /* all that was asked, in order */
	size_t request_count, request_cap;
	const char *note, *version;
	int64_t limit, left, resets_at; /* the last ones told */
	size_t failed;			/* answers that no read() was called for */
	const char *error;		/* of the first read() that said -1: what and fix */
};

struct play *play_new(const char *url);
void play_free(struct play *play);

/* Adds a subject; repo_host, repo, branch and head may be NULL. In order of their names. */
struct subject *play_subject(struct play *play, const char *name, const char *repo_host,
			     const char *repo, const char *branch);
void play_option(struct play *play, const char *name, const char *value);

/* Forgets what an earlier run gave. max: requests; more fail the test. */
void play_run(struct play *play, const struct source_type *type, play_server *server, void *ctx,
	      size_t max);

/* The same for one planned request and what its answers ask for. */
void play_poll(struct play *play, const struct source_type *type,
	       const struct source_request *request, play_server *server, void *ctx);

/* A play_server that asks a server on 127.0.0.1 (tests/support/servers.h); ctx is the play. */
void play_http(void *ctx, const struct source_request *request, struct play_answer *answer);

/* The signal with that id; fails the test when there is none. */
const struct signal *play_signal(const struct play *play, const char *id);
const char *play_key(const struct signal *signal, const char *name); /* NULL */

/* A file's text, NUL-terminated, in the play's arena; fails the test when it can't be read. */
const char *play_file(struct play *play, const char *path);

#endif
