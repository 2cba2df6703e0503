/*
 * svctop over tests/replay/server.py: GitHub with its tokens, budgets, conditional requests,
 * pages, redirects and limits, as far as a command shows what came of them.
 */

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/mem.h"
#include "fetch/json_get.h"
#include "tests/support/gitfix.h"
#include "tests/support/run.h"
#include "tests/support/servers.h"

#define TOKEN "t0ken-of-the-test"

struct world {
	struct servers *servers;
	struct server *github;
	char *repos, *config;
};

static void make_repo(struct world *world, const char *name)
{
	struct gitfix *fix = gitfix_new(world->repos, name);
	char *text = xasprintf("name: %s\ntier: 2\nowners: [acme/x]\n", name);
	char *remote = xasprintf("git@github.com:acme/%s.git", name);

	gitfix_file(fix, "service.yml", text);
	gitfix_commit(fix, "First");
	gitfix_remote(fix, remote);
	gitfix_free(fix);
	free(text);
	free(remote);
}

static int set_up(void **state)
{
	static const char *const names[] = {"green",   "red",	   "forbidden", "deleted",
					    "renamed", "archived", "paginated", "disabled-workflow",
					    "unbuilt"};
	struct world *world = xcalloc(1, sizeof(*world));
	char cwd[PATH_MAX], *script;

	*state = world;
	if (!servers_program("python3"))
		return 0;
	assert_non_null(getcwd(cwd, sizeof(cwd)));
	script = xasprintf("%s/tests/replay/server.py", cwd);
	world->servers = servers_new();
	world->github =
	    servers_start(world->servers, servers_port(), "/test/log",
			  (const char *const[]){"python3", script, "%PORT", TOKEN, NULL});
	free(script);
	world->repos = xasprintf("%s/repos", servers_folder(world->servers));
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		make_repo(world, names[i]);
	servers_file(world->servers, "config.yml",
		     "sources:\n  - type: github\n    url: %s\n    host: github.com\n"
		     "    auth: {bearer: {env: TEST_TOKEN}}\n",
		     server_url(world->github, ""));
	world->config = xasprintf("%s/config.yml", servers_folder(world->servers));
	setenv("HOME", servers_folder(world->servers), 1);
	setenv("XDG_CACHE_HOME", servers_folder(world->servers), 1);
	setenv("TEST_TOKEN", TOKEN, 1);
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	servers_free(world->servers);
	free(world->repos);
	free(world->config);
	free(world);
	return 0;
}

/* ---- asking ---- */

/* A command's JSON, which is the caller's to end. */
static json_t *command(struct world *world, const char *name, int want_status)
{
	const char *const argv[] = {"svctop",	"--config", world->config, name,
				    "--format", "json",	    world->repos,  NULL};
	struct run run = run_program(argv);
	json_t *root = json_get_parse(run.out, run.out_len, NULL);

	if (!root || run.status != want_status)
		fail_msg("%s: %d\n%s%s", name, run.status, run.out, run.err);
	/* The token stays where it is. */
	assert_null(strstr(run.out, TOKEN));
	assert_null(strstr(run.err, TOKEN));
	run_free(&run);
	return root;
}

static void tell(struct world *world, const char *path)
{
	assert_int_equal(servers_ask(server_port(world->github), "POST", path, NULL, "", NULL),
			 200);
}

static const json_t *source_of(const json_t *root)
{
	return json_array_get(json_get_list(root, "sources"), 0);
}

static const json_t *topic_of(const json_t *root, const char *name)
{
	const json_t *topics = json_get_list(source_of(root), "topics");

	for (size_t i = 0; i < json_array_size(topics); i++)
		if (!strcmp(json_get_text(json_array_get(topics, i), "topic"), name))
			return json_array_get(topics, i);
	fail_msg("no topic %s", name);
	return NULL;
}

/* How many of the questions so far were answered so. */
static size_t answered(struct world *world, const char *path, const char *status)
{
	struct buf log = {0};
	size_t count = 0;
	json_t *list;

	servers_ask(server_port(world->github), "GET", "/test/log", NULL, NULL, &log);
	list = json_get_parse(log.data, log.len, NULL);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *line = json_string_value(json_array_get(list, i));

		count += strstr(line, path) && !strcmp(strrchr(line, ' ') + 1, status);
	}
	json_decref(list);
	buf_free(&log);
	return count;
}

/* What burns, as "service: what" in a line each. */
static char *burning(struct world *world, int want_status)
{
	json_t *root = command(world, "incident", want_status);
	const json_t *burns = json_get_list(root, "burns");
	struct buf out = {0};

	for (size_t i = 0; i < json_array_size(burns); i++) {
		const json_t *burn = json_array_get(burns, i);

		buf_addf(&out, "%s: %s\n", json_get_text(burn, "service"),
			 json_get_text(burn, "what"));
	}
	json_decref(root);
	return buf_detach(&out);
}

/* ---- tests ---- */

static void states(void **state)
{
	struct world *world = *state;
	const char *note;
	json_t *root;

	if (!world->servers)
		skip();
	/* What one repository refuses is a question without answer, of that repository alone. */
	root = command(world, "sources", 3);
	note = json_get_text(topic_of(root, "repositories 1 of 1"), "note");
	assert_non_null(strstr(note, "acme/archived is archived"));
	assert_non_null(strstr(note, "acme/deleted is not there, or not for this token"));
	assert_non_null(strstr(note, "acme/renamed is called now acme/new-name"));
	assert_string_equal(json_get_text(topic_of(root, "workflows of acme/forbidden"), "failure"),
			    "refused");
	assert_int_equal(json_get_int(topic_of(root, "workflows of acme/deleted"), "signals", -1),
			 0);
	assert_null(json_get_text(topic_of(root, "workflows of acme/deleted"), "failure"));
	assert_int_equal(json_get_int(topic_of(root, "workflows of acme/paginated"), "signals", -1),
			 2);
	assert_int_equal(
	    json_get_int(topic_of(root, "workflows of acme/disabled-workflow"), "signals", -1), 2);
	assert_int_equal(json_get_int(source_of(root), "failures", -1), 1);
	assert_int_equal(json_get_int(source_of(root), "budget.limit", -1), 5000);
	json_decref(root);
	/* Renamed: the redirect was followed, with the token, since it stays on the host. */
	assert_int_equal(answered(world, "/repos/acme/renamed/actions/workflows", "301"), 1);
	assert_int_equal(answered(world, "/repositories/4242/actions/workflows", "200"), 1);
	assert_int_equal(answered(world, "page=2", "200"), 1);
	/* Two queries for all: the heads, and the history of what is red. */
	assert_int_equal(answered(world, "/graphql", "200"), 2);
}

/* Asked again, all that REST said is still so, and costs nothing. */
static void not_modified(void **state)
{
	struct world *world = *state;
	json_t *root;

	if (!world->servers)
		skip();
	json_decref(command(world, "sources", 3));
	assert_int_equal(answered(world, "/actions/", "304"), 0);
	root = command(world, "sources", 3);
	assert_int_equal(answered(world, "/actions/", "304"), answered(world, "/actions/", "200"));
	assert_true(json_get_int(source_of(root), "not_modified", 0) > 0);
	assert_int_equal(json_get_int(topic_of(root, "workflows of acme/paginated"), "signals", -1),
			 2);
	json_decref(root);
}

static void red_and_fixed(void **state)
{
	struct world *world = *state;
	char *text;

	if (!world->servers)
		skip();
	text = burning(world, 3);
	assert_non_null(strstr(text, "red: main red since "));
	assert_non_null(strstr(text, "(CI / test)"));
	assert_null(strchr(strchr(text, '\n') + 1, '\n'));
	free(text);
	tell(world, "/test/as?red=fixed");
	text = burning(world, 3);
	assert_string_equal(text, "");
	free(text);
	/* A commit on top that is still being built hides nothing. */
	tell(world, "/test/as?red=building");
	text = burning(world, 3);
	assert_non_null(strstr(text, "red: main red since "));
	free(text);
}

static void limits(void **state)
{
	static const struct {
		const char *mode, *failure, *cause;
	} cases[] = {
	    {"used-up", "rate", "the budget of 5000 questions is used up"},
	    {"too-fast", "rate", "asked too often, asked again in 1m"},
	};
	struct world *world = *state;

	if (!world->servers)
		skip();
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *path = xasprintf("/test/mode?is=%s", cases[i].mode);
		json_t *root;
		const json_t *topic;

		tell(world, path);
		root = command(world, "sources", 3);
		topic = topic_of(root, "repositories 1 of 1");
		assert_string_equal(json_get_text(topic, "failure"), cases[i].failure);
		if (!strstr(json_get_text(topic, "cause"), cases[i].cause))
			fail_msg("%s", json_get_text(topic, "cause"));
		assert_int_equal(json_get_int(source_of(root), "signals", -1), 0);
		json_decref(root);
		free(path);
	}
}

static void wrong_token(void **state)
{
	struct world *world = *state;
	const json_t *topic;
	json_t *root;

	if (!world->servers)
		skip();
	setenv("TEST_TOKEN", "expired", 1);
	root = command(world, "sources", 3);
	topic = topic_of(root, "repositories 1 of 1");
	assert_string_equal(json_get_text(topic, "failure"), "refused");
	assert_non_null(strstr(json_get_text(topic, "cause"), "401: the token was refused"));
	json_decref(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(states, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(not_modified, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(red_and_fixed, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(limits, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(wrong_token, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
