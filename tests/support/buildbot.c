#include "tests/support/buildbot.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/mem.h"
#include "tests/support/run.h"

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

void buildbot_commit(struct buildbot *buildbot, const char *author, const char *message,
		     const char *script)
{
	const char *repo = buildbot->repo;
	char *path = xasprintf("%s/test.sh", repo), *by = xasprintf("--author=%s", author);
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fprintf(file, "# %s\n%s\n", message, script);
	assert_int_equal(fclose(file), 0);
	free(run((const char *[]){"git", "-C", repo, "add", "-A", NULL}));
	free(run((const char *[]){"git", "-C", repo, "-c", "user.name=Committer", "-c",
				  "user.email=c@example.com", "commit", "-q", "-m", message, by,
				  NULL}));
	free(path);
	free(by);
	path = run((const char *[]){"git", "-C", repo, "rev-parse", "HEAD", NULL});
	snprintf(buildbot->head, sizeof(buildbot->head), "%.40s", path);
	free(path);
}

static void make_repo(struct buildbot *buildbot, struct servers *servers, const char *service_yml)
{
	buildbot->repo = xasprintf("%s/checkout", servers_folder(servers));
	free(run((const char *[]){"git", "init", "-q", "-b", "main", buildbot->repo, NULL}));
	servers_file(servers, "checkout/service.yml", "%s", service_yml);
	buildbot_commit(buildbot, "Ann <ann@example.com>", "First", "exit 0");
}

static void start(struct buildbot *buildbot, struct servers *servers)
{
	const char *folder = servers_folder(servers);
	char *master = xasprintf("%s/master", folder), *worker = xasprintf("%s/worker", folder);
	int www = servers_port(), pb = servers_port();
	char *address = xasprintf("127.0.0.1:%d", pb);

	free(run((const char *[]){"buildbot", "create-master", "-q", master, NULL}));
	free(run((const char *[]){"buildbot-worker", "create-worker", worker, address, "w", "pw",
				  NULL}));
	servers_file(servers, "master/master.cfg", master_config, folder, pb, www, www);
	buildbot->master =
	    servers_start(servers, www, "/api/v2",
			  (const char *const[]){"twistd3", "--no_save", "--nodaemon",
						"--pidfile=", "--rundir=master",
						"--python=master/buildbot.tac", NULL});
	servers_start(servers, pb, NULL,
		      (const char *const[]){"twistd3", "--no_save", "--nodaemon",
					    "--pidfile=", "--rundir=worker",
					    "--python=worker/buildbot.tac", NULL});
	free(address);
	free(master);
	free(worker);
}

bool buildbot_available(void)
{
	static const char *const programs[] = {"buildbot", "buildbot-worker", "twistd3", "git"};

	for (size_t i = 0; i < ARRAY_LEN(programs); i++)
		if (!servers_program(programs[i]))
			return false;
	return true;
}

struct buildbot *buildbot_start(struct servers *servers, const char *service_yml)
{
	struct buildbot *buildbot = xcalloc(1, sizeof(*buildbot));
	char cwd[PATH_MAX], *path;

	assert_non_null(getcwd(cwd, sizeof(cwd)));
	path = xasprintf("%s/tests/fixtures/buildbot/www", cwd);
	setenv("PYTHONPATH", path, 1);
	setenv("PYTHONDONTWRITEBYTECODE", "1", 1);
	setenv("HOME", servers_folder(servers), 1);
	setenv("XDG_CACHE_HOME", servers_folder(servers), 1);
	free(path);
	make_repo(buildbot, servers, service_yml);
	start(buildbot, servers);
	return buildbot;
}

void buildbot_free(struct buildbot *buildbot)
{
	if (!buildbot)
		return;
	free(buildbot->repo);
	free(buildbot);
}
