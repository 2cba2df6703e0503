#ifndef SVCTOP_FETCH_SOURCE_GITHUB_H
#define SVCTOP_FETCH_SOURCE_GITHUB_H

/*
 * GitHub and GitHub Enterprise, read side. Builds of the default branch and deployments
 * come through GraphQL, some thirty repositories a query; workflows and their scheduled
 * runs through REST, rarely and with conditional requests. Shapes: GraphQL schema and
 * OpenAPI description that GitHub publishes, REST version 2022-11-28; tests/replay checks
 * both.
 *
 * What its files share; others see fetch/source.h alone.
 */

#include <jansson.h>

#include "fetch/source.h"

enum github_step {
	GITHUB_HEADS,	  /* GraphQL: default branches and deployments of a batch */
	GITHUB_CHECKS,	  /* the same without deployments, for whom the token may not read them */
	GITHUB_HISTORY,	  /* GraphQL: the last commits of a few repositories that are not green */
	GITHUB_WORKFLOWS, /* REST: a repository's workflows */
	GITHUB_RUNS,	  /* REST: its runs by schedule; arg: the workflows not seen yet */
};

/* Repositories in a query at most: three connections each, and a hundred of those are a point. */
#define GITHUB_BATCH 33
/* Connections of a query for histories: they round to a point. */
#define GITHUB_HISTORY_CONNECTIONS 147

/* A repository that services of this instance live in. */
struct github_repo {
	const char *name;    /* "owner/name", as the checkout's remote has it */
	const char *subject; /* the service; NULL: several share the repository */
};

/* Asks for a step about repositories through GraphQL; they travel in the request's arg. */
struct source_request *github_ask(const struct source_context *context,
				  struct source_requests *list, const char *topic,
				  enum github_step step, const struct github_repo *repos,
				  size_t count);

/* The headers of every request. */
extern const char *github_headers[];

/* Adds a signal with the keys of its repository; NULL: the list is full. */
struct signal *github_signal(struct signal_list *list, const struct github_repo *repo,
			     enum signal_kind kind, enum signal_state state, const char *id,
			     const char *title);

/* source_github_graph.c: reads an answer of GraphQL. */
int github_read_graph(const struct source_context *context, const struct source_request *request,
		      const struct source_answer *answer, struct source_result *out,
		      struct err *err);
/* The fragment R of a query of so many repositories: what is asked of each. */
const char *github_query(enum github_step step, size_t count, struct arena *arena);

/* source_github_actions.c: asks and reads workflows and runs of one repository. */
void github_plan_workflows(const struct source_context *context, struct source_requests *list,
			   const struct github_repo *repo, int64_t every);
int github_read_actions(const struct source_context *context, const struct source_request *request,
			const struct source_answer *answer, struct source_result *out,
			struct err *err);

/* source_github_context.c: what the checks of one commit say together. */
enum github_outcome { GITHUB_NONE, GITHUB_RUNNING, GITHUB_GOOD, GITHUB_BAD };

struct github_verdict {
	enum github_outcome outcome;
	size_t good, bad, running;
	const json_t *failed; /* a context that failed, the first by time; NULL */
	int64_t failed_at;    /* when it did; 0: not known */
	int64_t finished_at;  /* when the last one did */
	bool cut;	      /* there are more contexts than were read */
};

/* rollup: a Commit's statusCheckRollup, null or NULL where it has none. */
void github_judge(const struct config_source *config, const json_t *rollup,
		  struct github_verdict *verdict);

/* "build / test" or "ci/circleci: test"; NULL: it has no name. */
const char *github_context_name(const json_t *context, struct arena *arena);
const char *github_context_url(const json_t *context); /* NULL */

/* Whether a check run or status is a build or a test. */
bool github_context_counts(const struct config_source *config, const json_t *context);

#endif
