#ifndef SVCTOP_FETCH_JQ_H
#define SVCTOP_FETCH_JQ_H

/*
 * jq expressions of the user's configuration, run over answers of servers, in a child
 * process that can do no harm: this same binary re-executed with an empty environment
 * and one socket, in a sandbox without files (fetch/sandbox.h), with a limit on memory
 * and time. An expression that runs for ever, takes all memory or makes libjq abort
 * ends the child and nothing else: its job has an error, the next job another child.
 *
 * The language is jq's as the library has it (1.6 and later), without what reads the
 * outside: import, include, env, $ENV, input, inputs and halt are errors in words. Numbers
 * are doubles: of an integer beyond 2^53 (an id of 17 digits) the last digits are lost
 * when it is read, tostring comes too late.
 *
 * One job at a time; the others wait in the order they came. Each expression is
 * compiled once and kept, the last 200 of them.
 */

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/config.h"
#include "core/err.h"

#define JQ_JOB_MS     5000		   /* then the child is killed */
#define JQ_MEMORY     (256u * 1024 * 1024) /* over what it starts with */
#define JQ_OUTPUT_MAX (4u * 1024 * 1024)   /* bytes of outputs of a job */
#define JQ_OUTPUTS    10000		   /* of a job */

struct jq_pool;

struct jq_result {
	uint32_t job; /* what jq_submit() returned */
	/* One JSON text a line, as the expression gave them; valid until the next call. */
	const char *lines;
	size_t len;
	bool cut;	   /* there were more than JQ_OUTPUT_MAX or JQ_OUTPUTS allow */
	const char *error; /* "jq: foo/0 is not defined (line 1 of the expression)"; NULL: none */
	bool compiled;	   /* the expression was compiled for this job, it was not at hand */
};

/* Starts no process yet. program: what to execute; NULL: this program itself. */
struct jq_pool *jq_pool_new(const char *program);
void jq_pool_free(struct jq_pool *pool); /* ends the child at once; NULL is allowed */

/* Runs an expression over one JSON text; copies both. NULL body: is compiled and not run. */
uint32_t jq_submit(struct jq_pool *pool, const char *expression, const char *body, size_t len);

/* Jobs that have no result yet; their bodies take memory. */
size_t jq_waiting(const struct jq_pool *pool);

/* What to poll: at most one descriptor. *timeout_ms: at most so long, -1: no deadline. */
size_t jq_pollfds(const struct jq_pool *pool, struct pollfd *fds, size_t max, int *timeout_ms);

/* After poll, and after jq_submit(): starts and ends the child, sends and reads. Never blocks. */
void jq_service(struct jq_pool *pool);

/* The next result; false when there is none for now. */
bool jq_pool_next(struct jq_pool *pool, struct jq_result *result);

/*
 * Compiles all expressions of the configuration's json sources, waiting for it (15 ms
 * each). -1 and err (with file:line) for the first that does not compile.
 */
int jq_check(const char *program, const struct config *config, struct err *err);

/* The child's side: main() calls it; returns the exit code. */
#define JQ_ARGUMENT "--jq-child"
int jq_main(int socket);

#endif
