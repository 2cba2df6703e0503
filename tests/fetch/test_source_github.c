/*
 * The GitHub adapter on the states that repositories really go through
 * (tests/replay/github), and what it costs of a token's budget.
 */

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "fetch/json_get.h"
#include "fetch/source_github.h"
#include "tests/support/githubfix.h"

#define NOW 1795176000 /* 2026-11-20T12:00:00Z */

static struct play *play_github(void)
{
	struct play *play = play_new("https://api.github.com");

	play->config.auth.kind = AUTH_TOOL;
	play->context.now = NOW;
	return play;
}

static struct play *run_repo(const char *name)
{
	struct play *play = play_github();
	struct githubfix fix = {.play = play};

	play_subject(play, name, "github.com", arena_printf(play->arena, "acme/%s", name), "main");
	play_run(play, &source_github, githubfix_server, &fix, 20);
	assert_null(play->error);
	return play;
}

static const struct signal *ci_of(const struct play *play, const char *repo)
{
	return play_signal(play, arena_printf(play->arena, "ci/acme/%s", repo));
}

static size_t count_of(const struct play *play, enum signal_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < play->signals.count; i++)
		count += play->signals.signals[i].kind == kind;
	return count;
}

/* ---- builds ---- */

/* A robot's red mark, a nightly run and a check that was run again don't make it red. */
static void green(void **state)
{
	struct play *play = run_repo("green");
	const struct signal *signal = ci_of(play, "green");

	(void)state;
	assert_int_equal(signal->kind, SIGNAL_CI);
	assert_int_equal(signal->state, SIGNAL_OK);
	assert_string_equal(signal->title, "main");
	assert_string_equal(signal->value, "2 checks");
	assert_string_equal(play_key(signal, "subject"), "green");
	assert_string_equal(play_key(signal, "repo"), "acme/green");
	assert_int_equal(play->left, 4990);
	assert_int_equal(play->limit, 5000);
	assert_true(play->resets_at > NOW);
	/* One question for what is green, two for its workflows. */
	assert_int_equal(play->request_count, 3);
	play_free(play);
}

static void red(void **state)
{
	struct play *play = run_repo("red");
	const struct signal *signal = ci_of(play, "red");

	(void)state;
	assert_int_equal(signal->state, SIGNAL_CRITICAL);
	assert_string_equal(signal->text, "CI / test failed");
	assert_string_equal(signal->value, "CI / test");
	/* Two bad commits ago, behind one that was not built. */
	assert_string_equal(signal->author, "Bob Cee");
	assert_string_equal(signal_label(signal, "login"), "bobcee");
	assert_string_equal(signal_label(signal, "change"), "Faster cart");
	assert_int_equal(strlen(signal->commit), 40);
	assert_int_equal(signal->since, NOW - 2 * 3600 + 9 * 60);
	assert_non_null(strstr(signal->url, "https://github.com/acme/red/actions/runs/"));
	play_free(play);
}

static void fixed(void **state)
{
	struct play *play = run_repo("fixed");

	(void)state;
	assert_int_equal(ci_of(play, "fixed")->state, SIGNAL_OK);
	play_free(play);
}

/* Nothing finished is no answer; something that is being built does not hide what was red. */
static void pending(void **state)
{
	struct play *play = run_repo("pending");
	const struct signal *signal = ci_of(play, "pending");

	(void)state;
	assert_int_equal(signal->state, SIGNAL_UNKNOWN);
	assert_non_null(strstr(signal->text, "being built"));
	play_free(play);

	play = run_repo("building");
	signal = ci_of(play, "building");
	assert_int_equal(signal->state, SIGNAL_CRITICAL);
	assert_non_null(strstr(signal->text, "a newer commit is being built"));
	assert_non_null(strstr(signal->text, "no good commit among the last 2"));
	assert_string_equal(signal->author, "Cy Dee");
	assert_null(signal_label(signal, "login"));
	play_free(play);
}

static void always_red(void **state)
{
	struct play *play = run_repo("always-red");
	const struct signal *signal = ci_of(play, "always-red");

	(void)state;
	assert_int_equal(signal->state, SIGNAL_CRITICAL);
	assert_non_null(strstr(signal->text, "no good commit among the last 20"));
	assert_non_null(signal->commit);
	play_free(play);
}

/* Commits that a merge brought in were red or green elsewhere. */
static void merges(void **state)
{
	struct play *play = run_repo("merged");
	const struct signal *signal = ci_of(play, "merged");

	(void)state;
	assert_int_equal(signal->state, SIGNAL_CRITICAL);
	assert_string_equal(signal_label(signal, "change"), "Merge pull request #7");
	assert_string_equal(signal->author, "Bob Cee");
	assert_string_equal(signal->text, "CI / test failed");
	play_free(play);

	play = run_repo("merged-red");
	signal = ci_of(play, "merged-red");
	assert_string_equal(signal_label(signal, "change"), "Break main");
	assert_string_equal(signal->author, "Ann Bee");
	play_free(play);
}

/* Statuses of a CI outside GitHub. */
static void statuses(void **state)
{
	struct play *play = run_repo("no-actions");
	const struct signal *signal = ci_of(play, "no-actions");

	(void)state;
	assert_int_equal(signal->state, SIGNAL_CRITICAL);
	assert_string_equal(signal->text, "ci/jenkins failed");
	assert_string_equal(signal->url, "https://ci.example/ci-jenkins");
	assert_string_equal(signal_label(signal, "change"), "Use jenkins");
	play_free(play);
}

/* What is not there says nothing: neither green nor red. */
static void nothing_to_say(void **state)
{
	static const struct {
		const char *repo, *note;
	} cases[] = {
	    {"unbuilt", NULL},
	    {"empty", NULL},
	    {"deleted", "acme/deleted is not there, or not for this token"},
	    {"archived", "acme/archived is archived"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct play *play = run_repo(cases[i].repo);

		assert_int_equal(play->signals.count, 0);
		assert_int_equal(play->failed, 0);
		if (cases[i].note)
			assert_string_equal(play->note, cases[i].note);
		else
			assert_null(play->note);
		play_free(play);
	}
}

static void renamed(void **state)
{
	struct play *play = run_repo("renamed");
	const struct signal *signal = ci_of(play, "renamed");

	(void)state;
	assert_int_equal(signal->state, SIGNAL_OK);
	assert_string_equal(play_key(signal, "repo"), "acme/renamed");
	assert_string_equal(play->note, "acme/renamed is called now acme/new-name");
	play_free(play);
}

/* What GitHub refuses of one repository is unknown there, and the others are told. */
static void forbidden(void **state)
{
	struct play *play = play_github();
	struct githubfix fix = {.play = play};
	const struct signal *signal;

	(void)state;
	play_subject(play, "a", "github.com", "acme/checks-forbidden", "main");
	play_subject(play, "b", "github.com", "acme/forbidden", "main");
	play_subject(play, "c", "github.com", "acme/red", "main");
	play_run(play, &source_github, githubfix_server, &fix, 20);
	assert_null(play->error);
	signal = ci_of(play, "forbidden");
	assert_int_equal(signal->state, SIGNAL_UNKNOWN);
	assert_non_null(strstr(signal->text, "SAML"));
	signal = ci_of(play, "checks-forbidden");
	assert_int_equal(signal->state, SIGNAL_UNKNOWN);
	assert_non_null(strstr(signal->text, "not accessible"));
	assert_int_equal(ci_of(play, "red")->state, SIGNAL_CRITICAL);
	/* The workflows of one were refused: that topic fails, the others don't. */
	assert_int_equal(play->failed, 1);
	play_free(play);
}

/* When all of them are refused, what was known stays: the question has no answer. */
static void all_forbidden(void **state)
{
	struct play *play = play_github();
	struct githubfix fix = {.play = play};

	(void)state;
	play_subject(play, "b", "github.com", "acme/forbidden", "main");
	play_run(play, &source_github, githubfix_server, &fix, 20);
	assert_non_null(strstr(play->error, "SAML"));
	assert_non_null(strstr(play->error, "access to the organisation"));
	assert_int_equal(play->signals.count, 0);
	play_free(play);
}

/* A token without the right to read deployments: GitHub leaves out the whole repository. */
static void deployments_forbidden(void **state)
{
	struct play *play = run_repo("deployments-forbidden");

	(void)state;
	assert_int_equal(ci_of(play, "deployments-forbidden")->state, SIGNAL_OK);
	assert_string_equal(play->note, "acme/deployments-forbidden deployments: Resource not "
					"accessible by personal access token");
	play_free(play);
}

static const struct subject monorepo[] = {
    {.name = "cart", .repo_host = "github.com", .repo = "acme/red", .subdir = "cart"},
    {.name = "pay", .repo_host = "GitHub.com", .repo = "Acme/Red", .subdir = "pay"},
    {.name = "elsewhere", .repo_host = "gitlab.com", .repo = "acme/green", .subdir = ""},
    {.name = "evil", .repo_host = "github.com", .repo = "acme/x\"){id}", .subdir = ""},
    {.name = "evil2", .repo_host = "github.com", .repo = "acme/..", .subdir = ""},
    {.name = "evil3", .repo_host = "github.com", .repo = "acme/a/b", .subdir = ""},
    {.name = "local", .subdir = ""},
};

static void which_repositories(void **state)
{
	struct play *play = play_github();
	struct githubfix fix = {.play = play};
	const struct signal *signal;

	(void)state;
	play->subjects = (struct subject_list){(struct subject *)monorepo, ARRAY_LEN(monorepo)};
	play_run(play, &source_github, githubfix_server, &fix, 20);
	assert_int_equal(count_of(play, SIGNAL_CI), 1);
	signal = ci_of(play, "red");
	assert_null(play_key(signal, "subject"));
	assert_string_equal(play_key(signal, "repo"), "acme/red");
	play_option(play, "organisation", "other");
	play_run(play, &source_github, githubfix_server, &fix, 20);
	assert_int_equal(play->request_count, 0);
	play_option(play, "organisation", "ACME");
	play_run(play, &source_github, githubfix_server, &fix, 20);
	assert_int_equal(count_of(play, SIGNAL_CI), 1);
	play_free(play);
}

/* A name that JSON can't hold takes no repository's place among the others of its batch. */
static void name_without_utf8(void **state)
{
	struct play *play = play_github();
	struct githubfix fix = {.play = play};

	(void)state;
	play_subject(play, "a\xff", "github.com", "acme/fixed", "main");
	play_subject(play, "b", "github.com", "acme/red", "main");
	play_run(play, &source_github, githubfix_server, &fix, 20);
	assert_null(play->error);
	assert_int_equal(ci_of(play, "fixed")->state, SIGNAL_OK);
	assert_null(play_key(ci_of(play, "fixed"), "subject"));
	assert_int_equal(ci_of(play, "red")->state, SIGNAL_CRITICAL);
	assert_string_equal(play_key(ci_of(play, "red"), "subject"), "b");
	play_free(play);
}

static void urls(void **state)
{
	static const struct {
		const char *url, *host, *graph, *rest;
	} cases[] = {
	    {NULL, "github.com", "https://api.github.com/graphql",
	     "https://api.github.com/repos/acme/green/"},
	    {"https://api.github.com/", "github.com", "https://api.github.com/graphql",
	     "https://api.github.com/repos/acme/green/"},
	    {"https://ghe.example/api/v3", "ghe.example", "https://ghe.example/api/graphql",
	     "https://ghe.example/api/v3/repos/acme/green/"},
	    {"https://ghe.example:8443/api/v3/", "ghe.example:8443",
	     "https://ghe.example:8443/api/graphql",
	     "https://ghe.example:8443/api/v3/repos/acme/green/"},
	    {"https://api.acme.ghe.com", "acme.ghe.com", "https://api.acme.ghe.com/graphql",
	     "https://api.acme.ghe.com/repos/acme/green/"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct play *play = play_new(cases[i].url);
		struct githubfix fix = {.play = play};

		play->config.auth.kind = AUTH_TOOL;
		play_subject(play, "green", cases[i].host, "acme/green", "main");
		play_subject(play, "other", "other.example", "acme/red", "main");
		play_run(play, &source_github, githubfix_server, &fix, 20);
		assert_int_equal(play->request_count, 3);
		assert_string_equal(play->requests[0].url, cases[i].graph);
		assert_memory_equal(play->requests[1].url, cases[i].rest, strlen(cases[i].rest));
		play_free(play);
	}
}

/* Sixty anonymous questions an hour would be gone at once, and GraphQL takes none. */
static void without_token(void **state)
{
	struct play *play = play_github();
	struct githubfix fix = {.play = play};

	(void)state;
	play->config.auth.kind = AUTH_NONE;
	play_subject(play, "green", "github.com", "acme/green", "main");
	play_run(play, &source_github, githubfix_server, &fix, 20);
	assert_int_equal(fix.rest, 0);
	assert_int_equal(fix.graph, 1);
	play_free(play);
}

static void chosen_contexts(void **state)
{
	struct play *play = play_github();
	struct githubfix fix = {.play = play};

	(void)state;
	play_subject(play, "green", "github.com", "acme/green", "main");
	play_option(play, "ignore", "TEST");
	play_run(play, &source_github, githubfix_server, &fix, 20);
	assert_string_equal(ci_of(play, "green")->value, "1 check");
	/* Named ones count, whatever they are. */
	play_option(play, "contexts", "Night*");
	play_run(play, &source_github, githubfix_server, &fix, 20);
	assert_int_equal(play->request_count, 4);
	assert_int_equal(ci_of(play, "green")->state, SIGNAL_UNKNOWN);
	play_free(play);
}

static void which_contexts(void **state)
{
	static const struct {
		const char *name, *app, *workflow, *event;
		bool counts;
	} cases[] = {
	    {"build", "github-actions", "CI", "push", true},
	    {"test (ubuntu-latest, 3.12)", "github-actions", "tests", "push", true},
	    {"labeler-tests", "github-actions", "CI", "push", false},
	    {"classic-tests", "github-actions", "CI", "push", true},
	    {"Stale issues", "github-actions", "CI", "push", false},
	    {"stalemate", "github-actions", "CI", "push", true},
	    {"build", "github-actions", "CodeQL", "dynamic", false},
	    {"build", "github-actions", "Nightly", "schedule", false},
	    {"build", "github-actions", "CI", "merge_group", true},
	    {"DCO", "dco", NULL, NULL, false},
	    {"buildkite/api", "buildkite", NULL, NULL, true},
	    {"SonarCloud Code Analysis", "sonarcloud", NULL, NULL, false},
	    {"Dependency Review", "github-actions", "x", "push", true},
	    {"dependency-review", "github-actions", "x", "push", false},
	    {"check", "github-actions", "Semantic Pull Request", "push", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct config_source config = {0};
		json_t *context = json_pack("{s:s,s:s,s:{s:{s:s},s:{s:s*,s:{s:s*}}}}", "__typename",
					    "CheckRun", "name", cases[i].name, "checkSuite", "app",
					    "slug", cases[i].app, "workflowRun", "event",
					    cases[i].event, "workflow", "name", cases[i].workflow);

		assert_non_null(context);
		if (github_context_counts(&config, context) != cases[i].counts)
			fail_msg("%s", cases[i].name);
		json_decref(context);
	}
}

/* Beyond the contexts that are read there is only GitHub's own sum. */
static void many_contexts(void **state)
{
	static const struct {
		const char *sum, *conclusion;
		enum github_outcome want;
	} cases[] = {
	    {"SUCCESS", "SUCCESS", GITHUB_GOOD},   {"FAILURE", "SUCCESS", GITHUB_BAD},
	    {"FAILURE", "FAILURE", GITHUB_BAD},	   {"PENDING", "SUCCESS", GITHUB_RUNNING},
	    {"SUCCESS", "CANCELLED", GITHUB_GOOD},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct config_source config = {0};
		struct github_verdict verdict;
		json_t *rollup = json_pack("{s:s,s:{s:i,s:[{s:s,s:s,s:s,s:s}]}}", "state",
					   cases[i].sum, "contexts", "totalCount", 240, "nodes",
					   "__typename", "CheckRun", "name", "build", "status",
					   "COMPLETED", "conclusion", cases[i].conclusion);

		github_judge(&config, rollup, &verdict);
		assert_int_equal(verdict.outcome, cases[i].want);
		assert_true(verdict.cut);
		json_decref(rollup);
	}
}

/* ---- deployments ---- */

static void deployments(void **state)
{
	struct play *play = run_repo("green");
	const struct signal *last = NULL;

	(void)state;
	assert_int_equal(count_of(play, SIGNAL_DEPLOY), 3);
	for (size_t i = 0; i < play->signals.count && !last; i++)
		if (play->signals.signals[i].kind == SIGNAL_DEPLOY)
			last = &play->signals.signals[i];
	assert_string_equal(last->title, "production");
	assert_string_equal(last->environment, "production");
	assert_int_equal(last->state, SIGNAL_OK);
	assert_string_equal(last->author, "annbee");
	assert_string_equal(last->text, "deployment success");
	assert_int_equal(last->since, NOW - 2 * 3600 + 25 * 60);
	assert_int_equal(strlen(last->commit), 40);
	play_free(play);

	/* Of those long ago only the last of each environment is told. */
	play = play_github();
	play->context.now = NOW + 30 * 86400;
	play_subject(play, "green", "github.com", "acme/green", "main");
	play_run(play, &source_github, githubfix_server, &(struct githubfix){.play = play}, 20);
	assert_int_equal(count_of(play, SIGNAL_DEPLOY), 2);
	play_free(play);
}

static void deployment_failed(void **state)
{
	struct play *play = run_repo("red");

	(void)state;
	for (size_t i = 0; i < play->signals.count; i++)
		if (play->signals.signals[i].kind == SIGNAL_DEPLOY)
			assert_int_equal(play->signals.signals[i].state, SIGNAL_CRITICAL);
	assert_int_equal(count_of(play, SIGNAL_DEPLOY), 1);
	play_free(play);
}

/* ---- schedules ---- */

static void schedules(void **state)
{
	struct play *play = run_repo("green");
	const struct signal *signal = play_signal(play, "schedule/acme/green/12");

	(void)state;
	assert_int_equal(count_of(play, SIGNAL_SCHEDULE), 1);
	assert_string_equal(signal->title, "Nightly");
	assert_int_equal(signal->state, SIGNAL_OK);
	assert_string_equal(signal_label(signal, "last_success"), "2026-11-20T03:00:00Z");
	assert_string_equal(signal_label(signal, "path"), ".github/workflows/nightly.yml");
	play_free(play);

	play = run_repo("red");
	signal = play_signal(play, "schedule/acme/red/22");
	assert_int_equal(signal->state, SIGNAL_CRITICAL);
	assert_string_equal(signal->value, "failure");
	/* Since the run after the last good one. */
	assert_int_equal(signal->since, NOW - 30 * 3600);
	assert_string_equal(signal_label(signal, "last_success"), "2026-11-18T06:00:00Z");
	play_free(play);
}

static void disabled(void **state)
{
	struct play *play = run_repo("disabled-workflow");
	const struct signal *signal = play_signal(play, "schedule/acme/disabled-workflow/32");

	(void)state;
	assert_int_equal(signal->state, SIGNAL_WARNING);
	assert_true(signal->flags & SIGNAL_DISABLED);
	assert_non_null(strstr(signal->text, "60 days"));
	signal = play_signal(play, "schedule/acme/disabled-workflow/33");
	assert_true(signal->flags & SIGNAL_DISABLED);
	assert_non_null(strstr(signal->text, "by hand"));
	/* Of the one that never ran by a schedule nothing is known. */
	assert_int_equal(count_of(play, SIGNAL_SCHEDULE), 2);
	play_free(play);
}

/* An hourly workflow fills the first page; the weekly one is on the second. */
static void paginated(void **state)
{
	struct play *play = run_repo("paginated");

	(void)state;
	assert_int_equal(play_signal(play, "schedule/acme/paginated/62")->state, SIGNAL_OK);
	assert_int_equal(play_signal(play, "schedule/acme/paginated/63")->state, SIGNAL_OK);
	assert_int_equal(count_of(play, SIGNAL_SCHEDULE), 2);
	assert_non_null(strstr(play->requests[3].url, "&page=2"));
	assert_int_equal(play->request_count, 4);
	play_free(play);
}

/* ---- errors ---- */

static void whole_answer_fails(void **state)
{
	static const struct {
		const char *body, *error;
	} cases[] = {
	    {"{\"errors\":[{\"type\":\"RATE_LIMITED\",\"message\":\"API rate limit exceeded\"}]}",
	     "budget"},
	    {"{\"data\":null,\"errors\":[{\"message\":\"Something went wrong\"}]}",
	     "GitHub: Something went wrong"},
	    {"{\"message\":\"Bad credentials\"}", "no object \"data\""},
	    {"<!DOCTYPE html><html>", "HTML"},
	    {"", "empty"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct play *play = play_github();
		struct githubfix fix = {.play = play, .fail = cases[i].body};

		play_subject(play, "green", "github.com", "acme/green", "main");
		play_run(play, &source_github, githubfix_server, &fix, 20);
		if (!play->error || !strstr(play->error, cases[i].error))
			fail_msg("%s", play->error ? play->error : "no error");
		play_free(play);
	}
}

/* GitHub gives up on a query after ten seconds: smaller ones are asked, once. */
static void too_slow(void **state)
{
	static const char slow[] =
	    "{\"data\":null,\"errors\":[{\"message\":\"Something went wrong while executing your "
	    "query. This may be the result of a timeout, or it could be a GitHub bug.\"}]}";
	static const char *const repos[] = {"green", "red",	"fixed",   "pending", "building",
					    "empty", "unbuilt", "renamed", "archived"};
	struct play *play = play_github();
	struct githubfix fix = {.play = play, .fail = slow, .fail_once = true};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(repos); i++)
		play_subject(play, repos[i], "github.com",
			     arena_printf(play->arena, "acme/%s", repos[i]), "main");
	play_run(play, &source_github, githubfix_server, &fix, 100);
	assert_null(play->error);
	assert_int_equal(ci_of(play, "red")->state, SIGNAL_CRITICAL);
	assert_int_equal(count_of(play, SIGNAL_CI), 6);
	fix = (struct githubfix){.play = play, .fail = slow};
	play_run(play, &source_github, githubfix_server, &fix, 100);
	assert_non_null(play->error);
	assert_int_equal(fix.graph, 4);
	play_free(play);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(green),
	    cmocka_unit_test(red),
	    cmocka_unit_test(fixed),
	    cmocka_unit_test(pending),
	    cmocka_unit_test(always_red),
	    cmocka_unit_test(merges),
	    cmocka_unit_test(statuses),
	    cmocka_unit_test(nothing_to_say),
	    cmocka_unit_test(renamed),
	    cmocka_unit_test(all_forbidden),
	    cmocka_unit_test(deployments_forbidden),
	    cmocka_unit_test(forbidden),
	    cmocka_unit_test(which_repositories),
	    cmocka_unit_test(name_without_utf8),
	    cmocka_unit_test(urls),
	    cmocka_unit_test(without_token),
	    cmocka_unit_test(chosen_contexts),
	    cmocka_unit_test(which_contexts),
	    cmocka_unit_test(many_contexts),
	    cmocka_unit_test(deployments),
	    cmocka_unit_test(deployment_failed),
	    cmocka_unit_test(schedules),
	    cmocka_unit_test(disabled),
	    cmocka_unit_test(paginated),
	    cmocka_unit_test(whole_answer_fails),
	    cmocka_unit_test(too_slow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
