/*
 * A real Buildbot with a worker and a repository: a commit that passes, one that breaks the
 * build, another on top, one that mends it; what the adapter makes of each, and what svctop
 * prints of it. Takes half a minute, most of it Buildbot starting.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/json_write.h"
#include "core/mem.h"
#include "fetch/json_get.h"
#include "tests/support/buildbot.h"
#include "tests/support/play.h"
#include "tests/support/run.h"
#include "tests/support/servers.h"

#define PATIENCE 30 /* seconds */

struct world {
	struct servers *servers;
	struct buildbot *buildbot;
	struct play *play; /* of the last look */
	/* What is waited for. */
	enum signal_state state;
	int64_t number; /* of builds: at least */
};

static int set_up(void **state)
{
	struct world *world = xcalloc(1, sizeof(*world));

	*state = world;
	if (!buildbot_available())
		return 0;
	world->servers = servers_new();
	world->buildbot =
	    buildbot_start(world->servers, "name: checkout\ntier: 2\nowners: [acme/shop]\n");
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	if (world->play)
		play_free(world->play);
	buildbot_free(world->buildbot);
	servers_free(world->servers);
	free(world);
	return 0;
}

/* ---- looking ---- */

static const struct signal *look(struct world *world)
{
	if (world->play)
		play_free(world->play);
	world->play = play_new("");
	world->play->config.url =
	    arena_strdup(world->play->arena, server_url(world->buildbot->master, ""));
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
		buildbot_commit(world->buildbot, "Ann <ann@example.com>", "Good",
				i % 2 ? "exit 0" : "true");
		if (servers_wait(is_built, world, 5))
			return;
	}
	fail_msg("no build ever");
}

/* What `svctop incident` says: how much burns, and, of the first, these words. */
static void check_told(struct world *world, int64_t burning, const char *what, const char *since)
{
	char *config = xasprintf("%s/config.yml", servers_folder(world->servers));
	const char *const argv[] = {
	    "svctop", "incident", "--config", config, "--format", "json", world->buildbot->repo,
	    NULL};
	const json_t *burn;
	struct run run;
	json_t *root;

	servers_file(world->servers, "config.yml",
		     "sources:\n  - type: buildbot\n    name: bb\n    url: %s\n"
		     "    builder: \"ci-{service}\"\n",
		     server_url(world->buildbot->master, ""));
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

	buildbot_commit(world->buildbot, "Bob Cee <bob@example.com>", "Break checkout",
			"echo no; exit 1");
	memcpy(bad, world->buildbot->head, sizeof(bad));
	signal = await(world, SIGNAL_CRITICAL, number + 1);
	assert_string_equal(signal->commit, bad);
	assert_string_equal(signal->author, "Bob Cee");
	assert_string_equal(signal_label(signal, "change"), "Break checkout");
	when = signal->since;
	assert_in_range(world->play->context.now - when, 0, 60);

	/* Another commit on top does not take the blame. */
	buildbot_commit(world->buildbot, "Ann <ann@example.com>", "Innocent", "exit 1");
	signal = await(world, SIGNAL_CRITICAL, number + 2);
	assert_string_equal(signal->commit, bad);
	assert_string_equal(signal->author, "Bob Cee");
	assert_int_equal(signal->since, when);
	time_text(when, since);
	what = xasprintf("main red since %.7s (%s)", bad, signal->value);
	check_told(world, 1, what, since);
	free(what);

	buildbot_commit(world->buildbot, "Bob Cee <bob@example.com>", "Mend checkout", "exit 0");
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
