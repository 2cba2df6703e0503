/*
 * The Buildbot adapter: on a real server's answers (tests/fixtures/buildbot/README) and on
 * made-up masters with many builders and long histories.
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
#include "tests/support/play.h"

#define URL "https://ci.example/bb/"

/* ---- a real server's answers ---- */

struct recorded {
	struct play *play;
	const char *builds; /* file */
	long changes;	    /* status of the answer to changes */
};

static void recorded_server(void *ctx, const struct source_request *request,
			    struct play_answer *answer)
{
	const struct recorded *recorded = ctx;
	const char *file = "root.html";

	assert_memory_equal(request->url, URL, strlen(URL));
	if (!strcmp(request->url, URL "api/v2/builders")) {
		file = "builders.json";
	} else if (strstr(request->url, "/api/v2/builds?")) {
		assert_non_null(strstr(request->url, "complete=true&order=-buildid&limit=50&"));
		assert_non_null(strstr(request->url, "property=got_revision"));
		file = recorded->builds;
	} else if (!strcmp(request->url, URL "api/v2/builds/2/changes")) {
		file = "changes.json";
		answer->status = recorded->changes;
	} else {
		assert_string_equal(request->url, URL);
	}
	answer->body = play_file(recorded->play, arena_printf(recorded->play->arena,
							      "tests/fixtures/buildbot/%s", file));
}

static void red(void **state)
{
	struct play *play = play_new(URL);
	struct recorded recorded = {play, "builds_red.json", 200};
	const struct signal *signal;

	(void)state;
	play_subject(play, "checkout", "git.example", "acme/checkout", "main");
	play_run(play, &source_buildbot, recorded_server, &recorded, 4);
	assert_int_equal(play->request_count, 4);
	assert_string_equal(play->version, "Buildbot 3.7.0-2");
	assert_int_equal(play->signals.count, 1);
	signal = play_signal(play, "builder/1");
	assert_int_equal(signal->kind, SIGNAL_CI);
	assert_int_equal(signal->state, SIGNAL_CRITICAL);
	assert_string_equal(signal->title, "main");
	assert_string_equal(signal->value, "build 3");
	assert_string_equal(signal->text, "checkout: failed './test.sh' (failure)");
	assert_string_equal(signal->url, "https://ci.example/bb/#/builders/1/builds/3");
	assert_string_equal(play_key(signal, "service"), "checkout");
	assert_string_equal(play_key(signal, "buildbot"), "checkout");
	/* Build 2 broke it, the one after it is red as well. */
	assert_int_equal(signal->since, 1795416743);
	assert_string_equal(signal->commit, "a6a664f494595882e3f49e4b0d1b91a72b6b934a");
	assert_string_equal(signal->author, "Bob Cee");
	assert_string_equal(signal_label(signal, "change"), "break checkout");
	play_free(play);
}

static void changes_fail(void **state)
{
	struct play *play = play_new(URL);
	struct recorded recorded = {play, "builds_red.json", 500};
	const struct signal *signal;

	(void)state;
	play_run(play, &source_buildbot, recorded_server, &recorded, 4);
	signal = play_signal(play, "builder/1");
	assert_int_equal(signal->state, SIGNAL_CRITICAL);
	assert_non_null(signal->commit);
	play_free(play);
}

static void mended(void **state)
{
	struct play *play = play_new(URL);
	struct recorded recorded = {play, "builds_green.json", 200};
	const struct signal *signal;

	(void)state;
	play_run(play, &source_buildbot, recorded_server, &recorded, 3);
	signal = play_signal(play, "builder/1");
	assert_int_equal(signal->state, SIGNAL_OK);
	assert_string_equal(signal->value, "build 4");
	assert_true(signal->since > 1795416748);
	assert_null(signal->commit);
	play_free(play);
}

/* The service's default branch is another one: builds of main say nothing about it. */
static void other_branch(void **state)
{
	struct play *play = play_new(URL);
	struct recorded recorded = {play, "builds_red.json", 200};

	(void)state;
	play_subject(play, "checkout", "git.example", "acme/checkout", "release");
	play_run(play, &source_buildbot, recorded_server, &recorded, 3);
	assert_int_equal(play->signals.count, 0);
	play_option(play, "branch", "stable");
	play_option(play, "branch", "main");
	play_run(play, &source_buildbot, recorded_server, &recorded, 4);
	assert_int_equal(play->signals.count, 1);
	play_free(play);
}

/* ---- made-up masters ---- */

/* Builds of one builder as letters, newest first: g good, w warnings, b bad, x exception,
 * s skipped, r retried, c cancelled, p a good one of a pull request, o still running. */
struct builder {
	const char *name, *tags, *repository;
	const char *builds;
	bool unconfigured;
	int repeat; /* the last letter so many times more */
};

struct master {
	struct play *play;
	const struct builder *builders;
	size_t count;
	size_t window; /* builds that the list of all builders' has at most; 0: as asked */
	bool backwards;
};

static size_t build_count(const struct builder *builder)
{
	return strlen(builder->builds) + (size_t)builder->repeat;
}

static void put_build(struct buf *out, const struct master *master, size_t which, size_t index)
{
	static const char letters[] = "gwbsxrc";
	const struct builder *builder = &master->builders[which];
	size_t last = strlen(builder->builds) - 1;
	char letter = builder->builds[index < last ? index : last];
	size_t number = build_count(builder) - index;
	const char *at = strchr(letters, letter);

	buf_addf(out,
		 "%s{\"builderid\":%zu,\"buildid\":%zu,\"number\":%zu,\"complete\":%s,"
		 "\"complete_at\":%zu,\"state_string\":\"state %c\",\"properties\":{"
		 "\"branch\":[\"%s\",\"Build\"],\"got_revision\":[\"%040zx\",\"Git\"],"
		 "\"repository\":[\"%s\",\"Build\"]},\"results\":",
		 out->len ? "," : "", which + 1, 1000 * (which + 1) + number, number,
		 letter == 'o' ? "false" : "true", 1700000000 + number, letter,
		 letter == 'p' ? "topic" : "master", number,
		 builder->repository ? builder->repository : "");
	if (letter == 'o')
		buf_addf(out, "null}");
	else
		buf_addf(out, "%d}", at ? (int)(at - letters) : 0);
}

static void put_builds(struct buf *out, const struct master *master, size_t which, size_t offset,
		       size_t limit)
{
	size_t count = build_count(&master->builders[which]);

	for (size_t i = offset; i < count && i < offset + limit; i++)
		put_build(out, master, which, master->backwards ? count - 1 - i : i);
}

static void put_builders(struct buf *out, const struct master *master)
{
	for (size_t i = 0; i < master->count; i++)
		buf_addf(out,
			 "%s{\"builderid\":%zu,\"name\":\"%s\",\"masterids\":[%s],"
			 "\"description\":null,\"tags\":[%s]}",
			 i ? "," : "", i + 1, master->builders[i].name,
			 master->builders[i].unconfigured ? "" : "1",
			 master->builders[i].tags ? master->builders[i].tags : "");
}

static size_t number_behind(const char *url, const char *word)
{
	const char *at = strstr(url, word);

	return at ? strtoul(at + strlen(word), NULL, 10) : 0;
}

static void master_server(void *ctx, const struct source_request *request,
			  struct play_answer *answer)
{
	const struct master *master = ctx;
	const char *key = "builds", *url = request->url;
	struct buf out = {0};

	if (!strcmp(url, URL "api/v2/builders")) {
		key = "builders";
		put_builders(&out, master);
	} else if (strstr(url, "/changes")) {
		key = "changes";
		buf_addf(&out,
			 "{\"author\":\"Ann <a@b>\",\"comments\":\"one\",\"revision\":"
			 "\"%040x\"},{\"author\":\"Bob\",\"comments\":\"two\\nmore\","
			 "\"revision\":\"f\"}",
			 1);
	} else if (strstr(url, "/builders/")) {
		put_builds(&out, master, number_behind(url, "/builders/") - 1,
			   number_behind(url, "offset="), number_behind(url, "limit="));
	} else if (strstr(url, "/builds?")) {
		size_t limit = number_behind(url, "limit=");

		if (master->window)
			limit = master->window;
		for (size_t i = 0; i < master->count; i++)
			put_builds(&out, master, i, 0, limit / master->count);
		if (master->window) /* as many as asked, of builders that are not asked about */
			for (size_t i = 0; i < number_behind(url, "limit="); i++)
				buf_addf(&out, "%s{\"builderid\":999}", out.len ? "," : "");
	}
	answer->body = arena_printf(master->play->arena, "{\"%s\":[%.*s],\"meta\":{\"total\":3}}",
				    key, (int)out.len, out.len ? out.data : "");
	buf_free(&out);
}

static const struct signal *run_one(struct play *play, const char *builds, int repeat,
				    size_t window)
{
	const struct builder builder = {.name = "api", .builds = builds, .repeat = repeat};
	struct master master = {.play = play, .builders = &builder, .count = 1, .window = window};

	play_run(play, &source_buildbot, master_server, &master, 20);
	assert_null(play->error);
	return play->signals.count ? play->signals.signals : NULL;
}

static void results(void **state)
{
	static const struct {
		const char *builds;
		int want;     /* -1: nothing is told */
		int64_t edge; /* number of the build in which it began */
	} cases[] = {
	    {"g", SIGNAL_OK, 1},	  {"w", SIGNAL_OK, 1},
	    {"bg", SIGNAL_CRITICAL, 2},	  {"xg", SIGNAL_CRITICAL, 2},
	    {"xbwg", SIGNAL_CRITICAL, 3}, {"srcbg", SIGNAL_CRITICAL, 2},
	    {"sg", SIGNAL_OK, 1},	  {"og", SIGNAL_OK, 1},
	    {"pbbg", SIGNAL_CRITICAL, 2}, {"bpbsbg", SIGNAL_CRITICAL, 2},
	    {"ggb", SIGNAL_OK, 2},	  {"ppp", -1, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct play *play = play_new(URL);
		const struct signal *signal = run_one(play, cases[i].builds, 0, 0);

		assert_int_equal(signal ? (int)signal->state : -1, cases[i].want);
		if (signal)
			assert_int_equal(signal->since, 1700000000 + cases[i].edge);
		play_free(play);
	}
}

static void never_built(void **state)
{
	struct play *play = play_new(URL);
	const struct builder builder = {.name = "api", .builds = "p", .repeat = -1};
	struct master master = {.play = play, .builders = &builder, .count = 1};

	(void)state;
	play_run(play, &source_buildbot, master_server, &master, 20);
	assert_int_equal(play_signal(play, "builder/1")->state, SIGNAL_UNKNOWN);
	play_free(play);
}

/* The last good build is pages away: they are walked, each once, and no further. */
static void long_red(void **state)
{
	struct play *play = play_new(URL);
	const struct signal *signal = run_one(play, "bbbbb", 60, 3);

	(void)state;
	/* version, builders, last, pages 25 + 25 + 15, changes */
	assert_int_equal(play->request_count, 7);
	assert_int_equal(signal->state, SIGNAL_CRITICAL);
	assert_int_equal(signal->since, 1700000001);
	assert_non_null(strstr(signal->text, "no good build"));
	/* The change that is the revision, not the last one. */
	assert_string_equal(signal->author, "Ann");
	assert_string_equal(signal_label(signal, "change"), "one");
	assert_string_equal(signal_label(signal, "changes"), "2");
	play_free(play);

	play = play_new(URL);
	signal = run_one(play, "bg", 0, 1);
	assert_int_equal(play->request_count, 5);
	assert_int_equal(signal->since, 1700000002);
	assert_null(strstr(signal->text, "no good build"));
	play_free(play);

	/* For ever red: bounded. */
	play = play_new(URL);
	signal = run_one(play, "b", 2000, 3);
	assert_int_equal(play->request_count, 12);
	assert_int_equal(signal->since, 1700000000 + 2001 - 199);
	play_free(play);
}

static void mapping(void **state)
{
	static const struct builder builders[] = {
	    {.name = "linux-ci-pay", .builds = "g"},
	    {.name = "other", .tags = "\"fast\",\"service:cart\"", .builds = "g"},
	    {.name = "plain", .repository = "git@git.example:acme/api.git", .builds = "g"},
	    {.name = "gone", .unconfigured = true, .builds = "b"},
	};
	struct play *play = play_new(URL);
	struct master master = {.play = play, .builders = builders, .count = ARRAY_LEN(builders)};

	(void)state;
	play_run(play, &source_buildbot, master_server, &master, 20);
	assert_int_equal(play->signals.count, 3);
	assert_string_equal(play_key(play_signal(play, "builder/1"), "service"), "linux-ci-pay");
	assert_string_equal(play_key(play_signal(play, "builder/2"), "service"), "cart");
	assert_string_equal(play_key(play_signal(play, "builder/3"), "repo"), "acme/api");
	/* One request for all of them. */
	assert_int_equal(play->request_count, 3);

	play_option(play, "builder", "{service}-on-arm");
	play_option(play, "builder", "linux-ci-{service}");
	play_run(play, &source_buildbot, master_server, &master, 20);
	assert_string_equal(play_key(play_signal(play, "builder/1"), "service"), "pay");
	assert_null(play_key(play_signal(play, "builder/3"), "service"));
	play_free(play);
}

static void template_needs_service(void **state)
{
	struct play *play = play_new(URL);
	struct err err = {0};

	(void)state;
	assert_int_equal(source_buildbot.validate(&play->config, NULL), 0);
	play_option(play, "builder", "ci");
	assert_int_equal(source_buildbot.validate(&play->config, &err), -1);
	assert_non_null(err.fix);
	err_clear(&err);
	play_free(play);
}

/* A server that ignores `order` would otherwise show its oldest build as the last one. */
static void order_ignored(void **state)
{
	const struct builder builder = {.name = "api", .builds = "bg"};
	struct play *play = play_new(URL);
	struct master master = {.play = play, .builders = &builder, .count = 1, .backwards = true};

	(void)state;
	play_run(play, &source_buildbot, master_server, &master, 20);
	assert_int_equal(play->signals.count, 0);
	assert_non_null(strstr(play->error, "another order"));
	play_free(play);
}

static void broken_server(void *ctx, const struct source_request *request,
			  struct play_answer *answer)
{
	(void)request;
	answer->body = ctx;
}

static void broken(void **state)
{
	static const char *const bodies[] = {
	    "", "<html>Sign in</html>", "[]", "{\"builders\":1}",
	    "{\"builders\":[{\"builderid\":1,\"name\":\"a\\u0000b\","
	    "\"masterids\":[1]}]}"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		struct play *play = play_new(URL);

		play_run(play, &source_buildbot, broken_server, (void *)bodies[i], 20);
		assert_int_equal(play->signals.count, 0);
		assert_non_null(play->error);
		play_free(play);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(red),	     cmocka_unit_test(changes_fail),
	    cmocka_unit_test(mended),	     cmocka_unit_test(other_branch),
	    cmocka_unit_test(results),	     cmocka_unit_test(never_built),
	    cmocka_unit_test(long_red),	     cmocka_unit_test(mapping),
	    cmocka_unit_test(broken),	     cmocka_unit_test(template_needs_service),
	    cmocka_unit_test(order_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
