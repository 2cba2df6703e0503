/*
 * A real Buildbot with a worker and a repository: a commit that passes, one that breaks the
 * build, another on top, one that mends it; what the adapter makes of each, and what svctop
 * prints of it. Takes half a minute, most of it Buildbot starting.
 */

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/json_write.h"
#include "core/mem.h"
#include "fetch/json_get.h"
#include "tests/support/play.h"
#include "tests/support/run.h"
#include "tests/support/servers.h"

#define PATIENCE 30 /* seconds */

static const char master_config[] =
    "from buildbot.plugins import *\n"
    "repo = 'file://%s/checkout'\n"
    "c = BuildmasterConfig = {}\n"
    "c['buildbotNetUsageData'] = None\n"
    "c['workers'] = [worker.Worker('w', 'pw')]\n"
    "c['protocols'] = {'pb': {'port': 'tcp:%d:interface=127.0.0.1'}}\n"
    "c['change_source'] = [changes.GitPoller(repourl=repo, branches=['main'], pollInterval=1,"
    " pollAtLaunch=True)]\n"
    "f = util.BuildFactory([steps.Git(repourl=repo, mode='full', method='fresh',"
    " logEnviron=False), steps.ShellCommand(command=['sh', './test.sh'], logEnviron=False)])\n"
    "c['builders'] = [util.BuilderConfig(name='ci-checkout', workernames=['w'], factory=f)]\n"
    "c['schedulers'] = [schedulers.SingleBranchScheduler(name='s',"
    " change_filter=util.ChangeFilter(branch='main'), treeStableTimer=None,"
    " builderNames=['ci-checkout'])]\n"
    "c['title'] = 'test'\n"
    "c['buildbotURL'] = 'http://127.0.0.1:%d/'\n"
    "c['www'] = dict(port='tcp:%d:interface=127.0.0.1', plugins={})\n"
    "c['db'] = {'db_url': 'sqlite:///state.sqlite'}\n";

struct world {
	struct servers *servers;
	struct server *master;
	char *repo;
	char head[64];
	struct play *play; /* of the last look */
	/* What is waited for. */
	enum signal_state state;
	int64_t number; /* of builds: at least */
};

/* ---- the repository ---- */

/* Runs a program to a good end; what it printed is the caller's. */
static char *run(const char *const argv[])
{
	struct run run = run_program(argv);
	char *out = xstrdup(run.out);

	if (run.status)
		fail_msg("%s %s: %d: %s%s", argv[0], argv[1], run.status, run.out, run.err);
	run_free(&run);
	return out;
}

static void commit(struct world *world, const char *author, const char *message, const char *script)
{
	char *path = xasprintf("%s/test.sh", world->repo), *by = xasprintf("--author=%s", author);
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fprintf(file, "# %s\n%s\n", message, script);
	assert_int_equal(fclose(file), 0);
	free(run((const char *[]){"git", "-C", world->repo, "add", "-A", NULL}));
	free(run((const char *[]){"git", "-C", world->repo, "-c", "user.name=Committer", "-c",
				  "user.email=c@example.com", "commit", "-q", "-m", message, by,
				  NULL}));
	free(path);
	free(by);
	path = run((const char *[]){"git", "-C", world->repo, "rev-parse", "HEAD", NULL});
	snprintf(world->head, sizeof(world->head), "%.40s", path);
	free(path);
}

static void make_repo(struct world *world)
{
	char *path;

	world->repo = xasprintf("%s/checkout", servers_folder(world->servers));
	free(run((const char *[]){"git", "init", "-q", "-b", "main", world->repo, NULL}));
	path = xasprintf("%s/service.yml", world->repo);
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fputs("name: checkout\ntier: 2\nowners: [acme/shop]\n", file);
	assert_int_equal(fclose(file), 0);
	free(path);
	commit(world, "Ann <ann@example.com>", "First", "exit 0");
}

/* ---- the servers ---- */

static void start(struct world *world)
{
	const char *folder = servers_folder(world->servers);
	char *master = xasprintf("%s/master", folder), *worker = xasprintf("%s/worker", folder);
	int www = servers_port(), pb = servers_port();
	char *address = xasprintf("127.0.0.1:%d", pb);

	free(run((const char *[]){"buildbot", "create-master", "-q", master, NULL}));
	free(run((const char *[]){"buildbot-worker", "create-worker", worker, address, "w", "pw",
				  NULL}));
	servers_file(world->servers, "master/master.cfg", master_config, folder, pb, www, www);
	world->master = servers_start(world->servers, www, "/api/v2",
				      (const char *const[]){"twistd3", "--no_save", "--nodaemon",
							    "--pidfile=", "--rundir=master",
							    "--python=master/buildbot.tac", NULL});
	servers_start(world->servers, pb, NULL,
		      (const char *const[]){"twistd3", "--no_save", "--nodaemon",
					    "--pidfile=", "--rundir=worker",
					    "--python=worker/buildbot.tac", NULL});
	free(address);
	free(master);
	free(worker);
}

static bool available(void)
{
	static const char *const programs[] = {"buildbot", "buildbot-worker", "twistd3", "git"};

	for (size_t i = 0; i < ARRAY_LEN(programs); i++)
		if (!servers_program(programs[i]))
			return false;
	return true;
}

static int set_up(void **state)
{
	struct world *world = xcalloc(1, sizeof(*world));
	char cwd[PATH_MAX], *path;

	*state = world;
	if (!available())
		return 0;
	assert_non_null(getcwd(cwd, sizeof(cwd)));
	path = xasprintf("%s/tests/fixtures/buildbot/www", cwd);
	setenv("PYTHONPATH", path, 1);
	setenv("PYTHONDONTWRITEBYTECODE", "1", 1);
	free(path);
	world->servers = servers_new();
	setenv("HOME", servers_folder(world->servers), 1);
	setenv("XDG_CACHE_HOME", servers_folder(world->servers), 1);
	make_repo(world);
	start(world);
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	if (world->play)
		play_free(world->play);
	servers_free(world->servers);
	free(world->repo);
	free(world);
	return 0;
}

/* ---- looking ---- */

static const struct signal *look(struct world *world)
{
	if (world->play)
		play_free(world->play);
	world->play = play_new("");
	world->play->config.url = arena_strdup(world->play->arena, server_url(world->master, ""));
	world->play->context.now = time(NULL);
	play_option(world->play, "builder", "ci-{service}");
	play_subject(world->play, "checkout", NULL, NULL, "main");
	play_run(world->play, &source_buildbot, play_http, world->play, 20);
	return world->play->signals.count ? world->play->signals.signals : NULL;
}

static int64_t build_of(const struct signal *signal)
{
	return signal->value ? strtol(signal->value + strlen("build "), NULL, 10) : 0;
}

static bool seen(void *ctx)
{
	struct world *world = ctx;
	const struct signal *signal = look(world);

	return signal && signal->state == world->state && build_of(signal) >= world->number;
}

/* Until a build with at least this number has ended so, or fails the test. */
static const struct signal *await(struct world *world, enum signal_state state, int64_t number)
{
	world->state = state;
	world->number = number;
	if (!servers_wait(seen, world, PATIENCE))
		fail_msg("not seen: build %d, %s", (int)number, signal_state_name(state));
	return world->play->signals.signals;
}

static bool is_built(void *ctx)
{
	const struct signal *signal = look(ctx);

	return signal && signal->value;
}

/* The poller takes no notice of what was there when it first looked, so one commit may not do. */
static void first_build(struct world *world)
{
	for (int i = 0; i < 10; i++) {
		commit(world, "Ann <ann@example.com>", "Good", i % 2 ? "exit 0" : "true");
		if (servers_wait(is_built, world, 5))
			return;
	}
	fail_msg("no build ever");
}

/* What `svctop incident` says: how much burns, and, of the first, these words. */
static void check_told(struct world *world, int64_t burning, const char *what, const char *since)
{
	char *config = xasprintf("%s/config.yml", servers_folder(world->servers));
	const char *const argv[] = {"svctop",	"incident", "--config",	 config,
				    "--format", "json",	    world->repo, NULL};
	const json_t *burn;
	struct run run;
	json_t *root;

	servers_file(world->servers, "config.yml",
		     "sources:\n  - type: buildbot\n    name: bb\n    url: %s\n"
		     "    builder: \"ci-{service}\"\n",
		     server_url(world->master, ""));
	run = run_program(argv);
	root = json_get_parse(run.out, run.out_len, NULL);
	if (!root)
		fail_msg("%d: %s%s", run.status, run.out, run.err);
	assert_int_equal(json_array_size(json_get_list(root, "errors")), 0);
	assert_int_equal(json_get_int(root, "summary.burning", -1), burning);
	burn = json_array_get(json_get_list(root, "burns"), 0);
	if (burning) {
		assert_string_equal(json_get_text(burn, "service"), "checkout");
		assert_string_equal(json_get_text(burn, "what"), what);
		assert_string_equal(json_get_text(burn, "since"), since);
	}
	json_decref(root);
	run_free(&run);
	free(config);
}

static void breaks_and_mends(void **state)
{
	struct world *world = *state;
	const struct signal *signal;
	char bad[64], since[TIME_TEXT_MAX];
	int64_t number, when;
	char *what;

	if (!world->servers)
		skip();
	first_build(world);
	signal = await(world, SIGNAL_OK, 1);
	assert_string_equal(play_key(signal, "service"), "checkout");
	assert_string_equal(signal->title, "main");
	assert_non_null(world->play->version);
	assert_memory_equal(world->play->version, "Buildbot 3.", strlen("Buildbot 3."));
	number = build_of(signal);

	commit(world, "Bob Cee <bob@example.com>", "Break checkout", "echo no; exit 1");
	memcpy(bad, world->head, sizeof(bad));
	signal = await(world, SIGNAL_CRITICAL, number + 1);
	assert_string_equal(signal->commit, bad);
	assert_string_equal(signal->author, "Bob Cee");
	assert_string_equal(signal_label(signal, "change"), "Break checkout");
	when = signal->since;
	assert_in_range(world->play->context.now - when, 0, 60);

	/* Another commit on top does not take the blame. */
	commit(world, "Ann <ann@example.com>", "Innocent", "exit 1");
	signal = await(world, SIGNAL_CRITICAL, number + 2);
	assert_string_equal(signal->commit, bad);
	assert_string_equal(signal->author, "Bob Cee");
	assert_int_equal(signal->since, when);
	time_text(when, since);
	what = xasprintf("main red since %.7s (%s)", bad, signal->value);
	check_told(world, 1, what, since);
	free(what);

	commit(world, "Bob Cee <bob@example.com>", "Mend checkout", "exit 0");
	signal = await(world, SIGNAL_OK, number + 3);
	assert_null(signal->commit);
	check_told(world, 0, NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(breaks_and_mends, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
