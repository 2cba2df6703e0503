/*
 * Commands and the dashboard over live sources: servers of the test play Prometheus and
 * Alertmanager.
 */

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "core/mem.h"
#include "tests/support/gitfix.h"
#include "tests/support/httpd.h"
#include "tests/support/run.h"
#include "tests/support/term.h"

#define CANARY "c4nary-t0ken"

struct fixture {
	char *dir;  /* of the repositories */
	char *home; /* of configuration, cache and log */
	char *config;
	struct httpd *prom, *am;
};

static const char alerts[] =
    "{\"status\":\"success\",\"data\":{\"alerts\":["
    "{\"labels\":{\"alertname\":\"PayDown\",\"service\":\"pay\",\"severity\":\"critical\"},"
    "\"annotations\":{\"summary\":\"pay is down\"},\"state\":\"firing\","
    "\"activeAt\":\"2026-01-05T10:00:00Z\",\"value\":\"1e+00\"},"
    "{\"labels\":{\"alertname\":\"Slow\",\"service\":\"shop-pay-api\"},\"annotations\":{},"
    "\"state\":\"firing\",\"activeAt\":\"2026-01-05T10:00:00Z\",\"value\":\"1e+00\"}]}}";
static const char no_rules[] = "{\"status\":\"success\",\"data\":{\"groups\":[]}}";
static const char no_targets[] = "{\"status\":\"success\",\"data\":{\"activeTargets\":[]}}";
static const char no_result[] =
    "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[]}}";
static const char version[] = "{\"status\":\"success\",\"data\":{\"version\":\"2.42.0\"}}";

static void reply(struct httpd *server, const char *path, const char *body)
{
	struct httpd_reply reply = {.body = body, .user = "Bearer " CANARY};

	httpd_reply(server, path, &reply);
}

static void play_prometheus(struct httpd *server)
{
	reply(server, "/api/v1/alerts", alerts);
	reply(server, "/api/v1/rules*", no_rules);
	reply(server, "/api/v1/targets*", no_targets);
	reply(server, "/api/v1/query*", no_result);
	reply(server, "/api/v1/status/buildinfo", version);
}

static void play_alertmanager(struct httpd *server)
{
	static const struct httpd_reply none = {.body = "[]"};
	static const struct httpd_reply status = {.body =
						      "{\"versionInfo\":{\"version\":\"0.25\"}}"};

	httpd_reply(server, "/api/v2/alerts*", &none);
	httpd_reply(server, "/api/v2/silences*", &none);
	httpd_reply(server, "/api/v2/status", &status);
}

static void repository(const char *dir, const char *name, const char *descriptor)
{
	struct gitfix *fix = gitfix_new(dir, name);

	gitfix_file(fix, "service.yml", descriptor);
	gitfix_commit(fix, "First");
	gitfix_free(fix);
}

static int set_up(void **state)
{
	struct fixture *fix = xcalloc(1, sizeof(*fix));

	fix->dir = gitfix_tmp();
	fix->home = gitfix_tmp();
	fix->config = xasprintf("%s/config.yml", fix->home);
	repository(fix->dir, "pay", "name: pay\ntier: 1\nowners: [acme/pay]\n");
	repository(fix->dir, "web", "name: web\ntier: 3\nowners: [acme/web]\n");
	fix->prom = httpd_start();
	fix->am = httpd_start();
	play_prometheus(fix->prom);
	play_alertmanager(fix->am);
	setenv("HOME", fix->home, 1);
	setenv("XDG_CONFIG_HOME", fix->home, 1);
	setenv("XDG_STATE_HOME", fix->home, 1);
	setenv("XDG_CACHE_HOME", fix->home, 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("TEST_TOKEN", CANARY, 1);
	unsetenv("SVCTOP_CONFIG");
	*state = fix;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fix = *state;

	httpd_stop(fix->prom);
	httpd_stop(fix->am);
	gitfix_rmtree(fix->dir);
	gitfix_rmtree(fix->home);
	free(fix->dir);
	free(fix->home);
	free(fix->config);
	free(fix);
	return 0;
}

/* A Prometheus on line 2 with this auth, and an Alertmanager behind it. */
static void configure(struct fixture *fix, const char *auth, const char *more)
{
	char *text = xasprintf("sources:\n- type: prometheus\n  url: %s\n  auth: %s\n"
			       "- type: alertmanager\n  url: %s\n%s",
			       httpd_url(fix->prom, ""), auth, httpd_url(fix->am, ""), more);

	gitfix_write(fix->home, "config.yml", text);
	free(text);
}

static struct run svctop(struct fixture *fix, const char *command, const char *option,
			 const char *value)
{
	const char *argv[] = {"svctop", command, "--config", fix->config,
			      fix->dir, option,	 value,	     NULL};

	return run_program(argv);
}

static void has(const char *text, const char *word)
{
	if (!strstr(text, word))
		fail_msg("\"%s\" is not in:\n%s", word, text);
}

static void has_not(const char *text, const char *word)
{
	if (strstr(text, word))
		fail_msg("\"%s\" is in:\n%s", word, text);
}

#define BEARER "{bearer: {env: TEST_TOKEN}}"

static void sources_tells_what_each_answered(void **state)
{
	struct fixture *fix = *state;
	struct run run;

	configure(fix, BEARER, "- {type: sentry}\n");
	run = svctop(fix, "sources", NULL, NULL);
	assert_int_equal(run.status, 0);
	has(run.out, "\u2713 ok  prometheus  prometheus  http://127.0.0.1:");
	has(run.out, "Prometheus 2.42.0");
	has(run.out, "1 signal of no known service:");
	has(run.out, "match: {pay: \"shop-pay-api\"}");
	has(run.out, "\u2713 ok  alertmanager");
	has(run.out, "? not built  sentry");
	has_not(run.out, CANARY);
	has_not(run.err, CANARY);
	assert_string_equal(httpd_header(httpd_request(fix->prom, 0), "Authorization"),
			    "Bearer " CANARY);
	assert_null(httpd_header(httpd_request(fix->am, 0), "Authorization"));
	run_free(&run);
}

static void a_refused_token_is_explained_and_gives_3(void **state)
{
	struct fixture *fix = *state;
	struct run run;

	configure(fix, BEARER, "");
	setenv("TEST_TOKEN", "wrong", 1);
	run = svctop(fix, "sources", NULL, NULL);
	assert_int_equal(run.status, 3);
	has(run.out, "\u2717 failing  prometheus");
	has(run.out, "\u2713 ok  alertmanager");
	has(run.err, "config.yml:3: source prometheus: ");
	run_free(&run);
	run = svctop(fix, "check", "--format", "json");
	assert_int_equal(run.status, 3);
	has(run.out, "\"what\": \"source prometheus: ");
	has(run.out, "config.yml:3\"");
	has(run.out, "\"name\": \"web\"");
	run_free(&run);
}

static void a_variable_that_is_not_set_is_named(void **state)
{
	struct fixture *fix = *state;
	struct run run;

	configure(fix, "{bearer: {env: SVCTOP_TEST_UNSET}}", "");
	run = svctop(fix, "sources", NULL, NULL);
	assert_int_equal(run.status, 3);
	has(run.out, "SVCTOP_TEST_UNSET");
	assert_int_equal(httpd_count(fix->prom), 0);
	run_free(&run);
}

static void offline_asks_nobody(void **state)
{
	struct fixture *fix = *state;
	struct run run;

	configure(fix, BEARER, "");
	run = svctop(fix, "check", "--offline", "-q");
	assert_int_equal(run.status, 1); /* gaps */
	run_free(&run);
	run = svctop(fix, "sources", "--offline", "-q");
	assert_int_equal(run.status, 0);
	has(run.out, "? not asked  prometheus");
	run_free(&run);
	assert_int_equal(httpd_count(fix->prom) + httpd_count(fix->am), 0);
}

static void without_sources_nothing_is_missing(void **state)
{
	struct fixture *fix = *state;
	struct run run;

	gitfix_write(fix->home, "config.yml", "ascii: true\n");
	run = svctop(fix, "sources", NULL, NULL);
	assert_int_equal(run.status, 0);
	has(run.err, "no source is configured");
	run_free(&run);
	run = svctop(fix, "services", NULL, NULL);
	assert_int_equal(run.status, 0);
	run_free(&run);
}

static void sources_are_tested_without_a_checkout(void **state)
{
	struct fixture *fix = *state;
	const char *argv[] = {"svctop", "sources", "--config", fix->config, fix->home, NULL};
	struct run run;

	configure(fix, BEARER, "");
	run = run_program(argv);
	assert_int_equal(run.status, 0);
	has(run.out, "\u2713 ok  prometheus");
	run_free(&run);
}

static void a_source_that_cannot_be_asked_is_a_mistake(void **state)
{
	struct fixture *fix = *state;
	struct run run;

	gitfix_write(fix->home, "config.yml", "sources:\n- type: prometheus\n");
	run = svctop(fix, "services", NULL, NULL);
	assert_int_equal(run.status, 2);
	has(run.err, "config.yml:2: source prometheus has no url");
	run_free(&run);
	configure(fix, BEARER,
		  "- type: prometheus\n  url: https://a.example\n"
		  "  checks:\n    backup: vector(1)\n");
	run = svctop(fix, "services", NULL, NULL);
	assert_int_equal(run.status, 2);
	has(run.err, "config.yml:10: source prometheus-2: the checklist has no item \"backup\" "
		     "(did you mean backups?)");
	run_free(&run);
}

static void config_lists_sources_without_secrets(void **state)
{
	struct fixture *fix = *state;
	const char *argv[] = {"svctop", "config", "--config", fix->config, "--format", "csv", NULL};
	struct run run;

	configure(fix, BEARER, "");
	run = run_program(argv);
	assert_int_equal(run.status, 0);
	has(run.out, "source prometheus,prometheus http://127.0.0.1:");
	has_not(run.out, CANARY);
	run_free(&run);
}

/* ---- the dashboard ---- */

static struct term *dashboard(struct fixture *fix)
{
	const char *argv[] = {"svctop", "--config", fix->config, fix->dir, NULL};
	const char *env[] = {"TEST_TOKEN=" CANARY, NULL};

	return term_start((char *const *)argv, (char *const *)env, 24, 80);
}

static void leave(struct term *term)
{
	term_send(term, "Q");
	assert_int_equal(term_wait_exit(term, TERM_PATIENCE), 0);
	assert_null(term_unrestored(term));
	term_free(term);
}

static void freshness_is_in_the_header_and_failures_in_the_pane(void **state)
{
	static const struct httpd_reply broken = {.status = 503, .body = "down"};
	struct fixture *fix = *state;
	struct term *term;

	httpd_reply(fix->am, "/api/v2/alerts*", &broken);
	httpd_reply(fix->am, "/api/v2/silences*", &broken);
	configure(fix, BEARER, "");
	term = dashboard(fix);
	assert_true(term_expect(term, "prom now"));
	assert_true(term_expect(term, "am failing"));
	term_send(term, "L");
	assert_true(term_expect(term, "SOURCE"));
	assert_true(term_expect(term, "! partly"));
	assert_true(term_expect(term, "503"));
	/* What fails stands first. */
	assert_non_null(strstr(term_row(term, 3), "alertmanager"));
	term_send(term, "\r");
	assert_true(term_expect(term, "alerts, silences: 503"));
	term_send(term, "\033");
	assert_true(term_expect(term, "Prometheus 2.42.0"));
	term_send(term, "f");
	assert_true(term_wait_gone(term, "Prometheus 2.42.0", TERM_PATIENCE));
	assert_true(term_expect(term, "only what fails"));
	term_send(term, "*");
	assert_true(term_expect(term, "Prometheus 2.42.0"));
	term_send(term, "/prom\r");
	assert_true(term_wait_gone(term, "! partly", TERM_PATIENCE));
	term_send(term, "*");
	assert_true(term_expect(term, "alertmanager"));
	/* It comes back, and is asked at once. */
	play_alertmanager(fix->am);
	term_send(term, "r");
	assert_true(term_wait_gone(term, "failing", TERM_PATIENCE));
	assert_true(term_wait_gone(term, "partly", TERM_PATIENCE));
	leave(term);
}

static void a_command_is_waited_for_before_the_screen_opens(void **state)
{
	struct fixture *fix = *state;
	struct term *term;
	const char *raw;
	size_t len;

	configure(fix, "{bearer: {command: [sh, -c, \"sleep 0.2; echo $TEST_TOKEN\"]}}", "");
	term = dashboard(fix);
	assert_true(term_expect(term, "prom now"));
	raw = term_raw(term, &len);
	has(raw, "waiting for the secrets of prometheus (sh)");
	has_not(raw, CANARY);
	leave(term);
}

static void a_changed_file_is_asked_at_once(void **state)
{
	struct fixture *fix = *state;
	struct term *term;

	gitfix_write(fix->home, "config.yml", "ascii: true\n");
	term = dashboard(fix);
	assert_true(term_expect(term, "reach their tier"));
	configure(fix, BEARER, "");
	term_send(term, "j");
	for (int i = 0; i < 50 && !term_wait_text(term, "prom now", 200); i++)
		term_send(term, "j");
	assert_true(term_expect(term, "prom now"));
	leave(term);
}

static bool was_sent(struct term *term, void *text)
{
	size_t len;
	const char *raw = term_raw(term, &len);

	return memmem(raw, len, text, strlen(text)) != NULL;
}

/* What burned before is on the screen; what comes then is told, once. */
static void new_trouble_of_tier_1_rings(void **state)
{
	static const char none[] = "{\"status\":\"success\",\"data\":{\"alerts\":[]}}";
	static char told[] = "\033]777;notify;svctop;T1 pay: PayDown";
	struct fixture *fix = *state;
	struct term *term;
	const char *raw;
	size_t len;

	reply(fix->prom, "/api/v1/alerts", none);
	configure(fix, BEARER, "notify: [bell, terminal]\n");
	term = dashboard(fix);
	assert_true(term_expect(term, "prom now"));
	/* What comes before all has answered once is not new: so it comes and goes. */
	for (int i = 0; i < 40 && !was_sent(term, told); i++) {
		reply(fix->prom, "/api/v1/alerts", i % 2 ? none : alerts);
		term_send(term, "r");
		term_wait(term, was_sent, told, 500);
	}
	assert_true(was_sent(term, told));
	raw = term_raw(term, &len);
	has(raw, "\033]9;T1 pay: PayDown");
	has(raw, "\a\a");
	term_mark(term);
	term_send(term, "r");
	assert_true(term_wait_quiet(term, 300, TERM_PATIENCE));
	raw = term_raw(term, &len);
	assert_null(memchr(raw, '\a', len));
	leave(term);
}

static void a_courier_that_is_killed_is_started_again(void **state)
{
	struct fixture *fix = *state;
	char *path, *text;
	struct term *term;
	size_t before;
	FILE *file;
	int pid;

	configure(fix, BEARER, "");
	term = dashboard(fix);
	assert_true(term_expect(term, "prom now"));
	before = httpd_count(fix->prom);
	/* Its only children by then: scanners have ended, or end with what follows. */
	path = xasprintf("/proc/%d/task/%d/children", term_pid(term), term_pid(term));
	file = fopen(path, "re");
	assert_non_null(file);
	while (fscanf(file, "%d", &pid) == 1) {
		char line[256] = "";
		FILE *args;

		free(path);
		path = xasprintf("/proc/%d/cmdline", pid);
		args = fopen(path, "re");
		if (args && fread(line, 1, sizeof(line) - 1, args) > 0) {
			text = memchr(line, '\0', sizeof(line));
			if (text && !strcmp(text + 1, "--courier-child"))
				kill(pid, SIGKILL);
		}
		if (args)
			fclose(args);
	}
	fclose(file);
	free(path);
	assert_true(term_expect(term, "which asks the sources, crashed"));
	assert_true(term_expect(term, "prom failing"));
	assert_true(term_wait_gone(term, "failing", TERM_PATIENCE));
	assert_true(httpd_count(fix->prom) > before);
	leave(term);
}

static void standard_error_goes_to_a_log_of_ones_own(void **state)
{
	struct fixture *fix = *state;
	char *path = xasprintf("%s/svctop/svctop.log", fix->home);
	struct term *term;
	struct stat st;

	configure(fix, BEARER, "");
	term = dashboard(fix);
	assert_true(term_expect(term, "prom now"));
	leave(term);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	free(path);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(sources_tells_what_each_answered),
	    TEST(a_refused_token_is_explained_and_gives_3),
	    TEST(a_variable_that_is_not_set_is_named),
	    TEST(offline_asks_nobody),
	    TEST(without_sources_nothing_is_missing),
	    TEST(sources_are_tested_without_a_checkout),
	    TEST(a_source_that_cannot_be_asked_is_a_mistake),
	    TEST(config_lists_sources_without_secrets),
	    TEST(freshness_is_in_the_header_and_failures_in_the_pane),
	    TEST(a_command_is_waited_for_before_the_screen_opens),
	    TEST(a_changed_file_is_asked_at_once),
	    TEST(new_trouble_of_tier_1_rings),
	    TEST(a_courier_that_is_killed_is_started_again),
	    TEST(standard_error_goes_to_a_log_of_ones_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
