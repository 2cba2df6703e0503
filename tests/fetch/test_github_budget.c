/*
 * What svctop takes of a token's budget at GitHub: an hour of a fleet, simulated by the clock,
 * counted by GitHub's rules.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/buf.h"
#include "core/mem.h"
#include "fetch/source_github.h"
#include "tests/support/play.h"

#define HOUR   3600
#define BUDGET 5000 /* points of GraphQL, and requests of REST, that a token has each hour */

/* Who answers: every repository has a workflow, and is red or not. */
struct token {
	bool red;
	size_t points, graph, rest;
	struct buf body;
};

/* A query costs a point for each hundred connections it asks of all their parents, rounded,
 * at least one: https://docs.github.com/graphql/overview/rate-limits-for-the-graphql-api */
static size_t cost_of(const char *body, size_t *repos)
{
	const char *commits = strstr(body, "history(first:");
	size_t each;

	*repos = 0;
	for (const char *at = body; (at = strstr(at, ":repository(")); at++)
		++*repos;
	assert_non_null(commits);
	/* contexts, history, deployments; or a history, and contexts and parents of each commit */
	each = strstr(body, "deployments(")
		   ? 3
		   : 1 + 2 * strtoul(commits + strlen("history(first:"), NULL, 10);
	return *repos * each < 150 ? 1 : (*repos * each + 50) / 100;
}

static void answer(void *ctx, const struct source_request *request, struct play_answer *out)
{
	struct token *token = ctx;
	size_t repos;

	if (!strstr(request->url, "/graphql")) {
		token->rest++;
		out->body = "{\"total_count\":1,\"workflows\":[{\"id\":1,\"state\":\"active\","
			    "\"name\":\"CI\"}],\"workflow_runs\":[]}";
		return;
	}
	token->graph++;
	token->points += cost_of(request->body, &repos);
	buf_reset(&token->body);
	buf_adds(&token->body, "{\"data\":{\"x\":0");
	for (size_t i = 0; i < repos; i++)
		buf_addf(&token->body,
			 ",\"r%zu\":{\"defaultBranchRef\":{\"name\":\"main\",\"target\":{"
			 "\"statusCheckRollup\":{\"contexts\":{\"nodes\":[{\"__typename\":"
			 "\"StatusContext\",\"context\":\"t\",\"state\":\"%s\"}]}}}}}",
			 i, token->red ? "FAILURE" : "SUCCESS");
	buf_adds(&token->body, "}}");
	out->body = buf_str(&token->body);
}

static struct play *fleet(size_t repos)
{
	struct play *play = play_new(NULL);
	struct subject *subjects = arena_alloc(play->arena, repos * sizeof(*subjects));

	for (size_t i = 0; i < repos; i++)
		subjects[i] =
		    (struct subject){.name = arena_printf(play->arena, "s%06zu", i),
				     .repo_host = "github.com",
				     .repo = arena_printf(play->arena, "acme/service-%zu", i),
				     .subdir = ""};
	play->subjects = (struct subject_list){subjects, repos};
	play->config.auth.kind = AUTH_TOOL;
	return play;
}

/* An hour from the first question on, nothing of it spared by a 304. */
static void hour(size_t repos, struct token *token)
{
	struct play *play = fleet(repos);
	struct source_requests planned = {.arena = play->arena};
	size_t rounds = 0, a_round = 0;
	int64_t *due;

	source_github.plan(&play->context, &planned);
	due = arena_alloc(play->arena, planned.count * sizeof(*due));
	for (int64_t now = 0; now < HOUR; now++) {
		size_t before = token->graph;

		for (size_t i = 0; i < planned.count; i++) {
			if (due[i] > now)
				continue;
			play_poll(play, &source_github, &planned.requests[i], answer, token);
			assert_null(play->error);
			due[i] = now + planned.requests[i].every;
		}
		if (token->graph == before)
			continue;
		/* Each round asks as many questions as the one before. */
		if (rounds++)
			assert_int_equal(token->graph - before, a_round);
		a_round = token->graph - before;
	}
	print_message("%zu repositories, %s: %zu points, %zu requests of REST, %zu queries a "
		      "round, %zu rounds\n",
		      repos, token->red ? "red" : "green", token->points, token->rest, a_round,
		      rounds);
	buf_free(&token->body);
	play_free(play);
}

static void thousand_green(void **state)
{
	struct token token = {.red = false};

	(void)state;
	hour(1000, &token);
	assert_true(token.points <= BUDGET);
	assert_true(token.rest <= BUDGET);
	/* As often as other sources. */
	assert_true(token.graph >= 60 * 1000 / 100);
}

/* The worst that can be: all of them are looked at closer, each time. */
static void thousand_red(void **state)
{
	struct token token = {.red = true};

	(void)state;
	hour(1000, &token);
	assert_true(token.points <= BUDGET);
	assert_true(token.rest <= BUDGET);
}

/* A larger fleet is asked less often, and a small one not more often than it has to be. */
static void other_sizes(void **state)
{
	(void)state;
	for (size_t repos = 1; repos <= 10000; repos = repos * 4 + 3) {
		struct play *play = fleet(repos);
		struct source_requests planned = {.arena = play->arena};
		double points = 0, rest = 0;
		size_t count;

		source_github.plan(&play->context, &planned);
		for (size_t i = 0; i < planned.count; i++) {
			const struct source_request *request = &planned.requests[i];
			double times = (double)HOUR / (double)request->every;

			assert_true(request->every >= 60);
			/* Of workflows there is a second question. */
			if (request->body)
				points += times * (double)cost_of(request->body, &count);
			else
				rest += 2 * times;
		}
		/* The other half is for histories. */
		assert_true(points <= BUDGET / 2.0);
		assert_true(rest <= BUDGET / 2.0);
		play_free(play);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(thousand_green),
	    cmocka_unit_test(thousand_red),
	    cmocka_unit_test(other_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
