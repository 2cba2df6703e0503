/*
 * The courier as the face sees it, against a server that can be made to misbehave. This
 * test is its own courier and scanner: started with their arguments it is the child.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/mem.h"
#include "fetch/child_process.h"
#include "fetch/courier.h"
#include "fetch/jq.h"
#include "fetch/scanner.h"
#include "tests/support/courier_run.h"
#include "tests/support/gitfix.h"
#include "tests/support/httpd.h"
#include "tests/support/process.h"

#define REFRESHES_FIRST 500
#define REFRESHES	10000

/* The alerts alone: one topic, and that of the version. */
#define ONE_TOPIC "    rules: false\n    targets: false\n    probes: false\n    slo: false\n"
#define ALERTS                                                                                     \
	"{\"status\":\"success\",\"data\":{\"alerts\":[{\"labels\":{\"alertname\":\"%s\","         \
	"\"service\":\"shop\"},\"annotations\":{},\"state\":\"firing\","                           \
	"\"activeAt\":\"2026-11-23T02:00:00Z\",\"value\":\"1\"}]}}"

/* A configuration of one Prometheus; auth: lines, or "". */
static char *config_of(struct httpd *server, const char *auth)
{
	return xasprintf("sources:\n  - type: prometheus\n    name: prod\n    url: %s\n" ONE_TOPIC
			 "%s",
			 httpd_url(server, ""), auth);
}

static void serve_alert(struct httpd *server, const char *name)
{
	char *body = xasprintf(ALERTS, name);

	httpd_reply(server, "/api/v1/alerts", &(struct httpd_reply){.body = body});
	free(body);
}

/* ---- answers ---- */

static void test_an_alert_is_told(void **state)
{
	struct httpd *server = httpd_start();
	char *config = config_of(server, "");
	struct courier_run *run;

	(void)state;
	serve_alert(server, "TooSlow");
	run = courier_run_new(config, NULL, true);
	ask_about(run, "shop");
	UNTIL(run, run->idle);
	assert_int_equal(run->ready, 1);
	assert_int_equal(topic(run, "alerts")->failure, FAILURE_NONE);
	assert_int_equal(topic(run, "alerts")->signals, 1);
	assert_string_equal(topic(run, "alerts")->title, "TooSlow");
	assert_true(topic(run, "alerts")->announced);
	/* The server has no path for its version: that is a real "not found". */
	assert_int_equal(topic(run, "version")->failure, FAILURE_ABSENT);
	assert_int_equal(run->status.requests, 2);
	assert_int_equal(httpd_count(server), 2);
	courier_run_free(run);
	free(config);
	httpd_stop(server);
}

/* Else all that is told would be of nobody. */
static void test_a_password_may_be_a_name(void **state)
{
	static const char *const passwords[] = {"prod", "alerts", "no-name-of-ours"};
	const char *auth = "    auth: {basic: {user: me, password: {env: COURIER_TEST_TOKEN}}}\n";
	struct httpd *server = httpd_start();
	char *config = config_of(server, auth);

	(void)state;
	serve_alert(server, "TooSlow");
	for (size_t i = 0; i < ARRAY_LEN(passwords); i++) {
		struct courier_run *run;

		setenv("COURIER_TEST_TOKEN", passwords[i], 1);
		run = courier_run_new(config, NULL, true);
		ask_about(run, "shop");
		UNTIL(run, run->idle);
		assert_int_equal(topic_of(run, "prod", "alerts")->signals, 1);
		courier_run_free(run);
	}
	unsetenv("COURIER_TEST_TOKEN");
	free(config);
	httpd_stop(server);
}

static void check_failure(const struct httpd_reply *reply, const char *auth, enum failure failure,
			  const char *cause, const char *fix)
{
	struct httpd *server = httpd_start();
	char *config = config_of(server, auth);
	struct courier_run *run = courier_run_new(config, NULL, true);

	httpd_reply(server, "*", reply);
	ask_about(run, "shop");
	UNTIL(run, run->idle);
	assert_int_equal(topic(run, "alerts")->failure, failure);
	assert_null(strstr(topic(run, "alerts")->cause, "key="));
	if (!strstr(topic(run, "alerts")->cause, cause))
		fail_msg("\"%s\" is not in \"%s\"", cause, topic(run, "alerts")->cause);
	if (!strstr(topic(run, "alerts")->fix, fix))
		fail_msg("\"%s\" is not in \"%s\"", fix, topic(run, "alerts")->fix);
	courier_run_free(run);
	free(config);
	httpd_stop(server);
}

static void test_statuses_have_words(void **state)
{
	const char *auth = "    auth: {bearer: {env: COURIER_TEST_TOKEN}}\n";

	(void)state;
	setenv("COURIER_TEST_TOKEN", "not-a-secret", 1);
	check_failure(&(struct httpd_reply){.status = 401}, auth, FAILURE_REFUSED,
		      "401: the token was refused", "config.yml:9");
	check_failure(&(struct httpd_reply){.status = 401}, "", FAILURE_REFUSED,
		      "none is configured", "auth:");
	check_failure(&(struct httpd_reply){.status = 403}, auth, FAILURE_REFUSED,
		      "may not read this", "config.yml:9");
	check_failure(&(struct httpd_reply){.status = 403,
					    .headers = "X-RateLimit-Limit: 5000\r\n"
						       "X-RateLimit-Remaining: 0\r\n"
						       "X-RateLimit-Reset: 120\r\n"},
		      auth, FAILURE_RATE, "the budget of 5000 questions is used up", "");
	check_failure(&(struct httpd_reply){.status = 429, .headers = "Retry-After: 30\r\n"}, "",
		      FAILURE_RATE, "asked again in 30 s", "");
	check_failure(&(struct httpd_reply){.status = 404}, "", FAILURE_ANSWER,
		      "nothing at http://", "URL");
	/* Behind the host may stand anything, also a key. */
	check_failure(&(struct httpd_reply){.status = 300,
					    .headers = "Location: https://sso.example/?key=1\r\n"},
		      "", FAILURE_ANSWER, "300: it leads elsewhere, to https://sso.example", "URL");
	check_failure(&(struct httpd_reply){.body = "<html>hello"}, "", FAILURE_ANSWER, "", "");
	check_failure(&(struct httpd_reply){.way = HTTPD_CLOSE}, "", FAILURE_CONNECT, "", "");
	unsetenv("COURIER_TEST_TOKEN");
}

/* Not the token is wrong, but where it is asked for. */
static void test_a_login_that_stays_home_is_said(void **state)
{
	struct httpd *other = httpd_start();
	char *location = xasprintf("Location: http://127.0.0.1:%d/x?key=1\r\n", httpd_port(other));
	char *cause = xasprintf("401: redirected to http://127.0.0.1:%d, where the login is not "
				"sent",
				httpd_port(other));

	(void)state;
	setenv("COURIER_TEST_TOKEN", "not-a-secret", 1);
	httpd_reply(other, "/x", &(struct httpd_reply){.status = 401});
	check_failure(&(struct httpd_reply){.status = 302, .headers = location},
		      "    auth: {bearer: {env: COURIER_TEST_TOKEN}}\n", FAILURE_REFUSED, cause,
		      "config.yml:4");
	assert_null(httpd_header(httpd_request(other, 0), "Authorization"));
	unsetenv("COURIER_TEST_TOKEN");
	free(location);
	free(cause);
	httpd_stop(other);
}

static void test_a_moment_s_trouble_gets_a_second_chance(void **state)
{
	struct httpd *server = httpd_start();
	char *config = config_of(server, ""), *body = xasprintf(ALERTS, "TooSlow");
	struct courier_run *run = courier_run_new(config, NULL, true);

	(void)state;
	httpd_reply(server, "/api/v1/alerts", &(struct httpd_reply){.status = 503});
	httpd_then(server, "/api/v1/alerts", &(struct httpd_reply){.body = body});
	ask_about(run, "shop");
	UNTIL(run, run->idle);
	assert_int_equal(topic(run, "alerts")->failure, FAILURE_NONE);
	assert_int_equal(httpd_count_of(server, "/api/v1/alerts"), 2);
	courier_run_free(run);
	free(config);
	free(body);
	httpd_stop(server);
}

static void test_refresh_asks_again(void **state)
{
	struct httpd *server = httpd_start();
	char *config = config_of(server, "");
	struct courier_run *run = courier_run_new(config, NULL, false);

	(void)state;
	serve_alert(server, "TooSlow");
	ask_about(run, "shop");
	UNTIL(run, run->idle);
	serve_alert(server, "TooFast");
	courier_refresh(run->courier);
	UNTIL(run, run->idle == 2);
	assert_string_equal(topic(run, "alerts")->title, "TooFast");
	assert_int_equal(httpd_count_of(server, "/api/v1/alerts"), 2);
	courier_run_free(run);
	free(config);
	httpd_stop(server);
}

/* ---- at rest, and for long ---- */

/* A number of a line of /proc/PID/status. */
static long status_of(pid_t pid, const char *name)
{
	char path[64], line[256];
	long value = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, name, strlen(name)) && line[strlen(name)] == ':')
			value = strtol(line + strlen(name) + 1, NULL, 10);
	fclose(file);
	assert_true(value >= 0);
	return value;
}

static void test_between_polls_nobody_wakes_up(void **state)
{
	const struct timespec second = {.tv_sec = 1};
	struct httpd *server = httpd_start();
	char *config = config_of(server, "    every: 1h\n");
	struct courier_run *run = courier_run_new(config, NULL, false);
	struct pollfd fds[4];
	int timeout = -1;
	pid_t pid;
	long before;

	(void)state;
	serve_alert(server, "TooSlow");
	ask_about(run, "shop");
	UNTIL(run, run->idle);
	pid = courier_pid();
	/* What it does after it told us is over soon. */
	nanosleep(&second, NULL);
	before = status_of(pid, "voluntary_ctxt_switches");
	nanosleep(&second, NULL);
	assert_int_equal(status_of(pid, "voluntary_ctxt_switches"), before);
	assert_int_equal(courier_pollfds(run->courier, fds, ARRAY_LEN(fds), &timeout), 1);
	assert_int_equal(timeout, -1);
	assert_int_equal(fds[0].events, POLLIN);
	courier_run_free(run);
	free(config);
	httpd_stop(server);
}

static void test_memory_stays_flat(void **state)
{
	struct httpd *server = httpd_start();
	char *config = config_of(server, "");
	struct courier_run *run = courier_run_new(config, NULL, false);
	pid_t pid;
	long before;

	(void)state;
	serve_alert(server, "TooSlow");
	ask_about(run, "shop");
	for (unsigned i = 1; i <= REFRESHES_FIRST; i++, courier_refresh(run->courier))
		UNTIL(run, run->idle == i);
	pid = courier_pid();
	before = status_of(pid, "VmRSS");
	for (unsigned i = 1; i <= REFRESHES; i++, courier_refresh(run->courier))
		UNTIL(run, run->idle == REFRESHES_FIRST + i);
#ifndef __SANITIZE_ADDRESS__ /* which keeps for long what was freed */
	/* A byte lost a refresh would not show; what is lost with an answer is hundreds. */
	assert_true(status_of(pid, "VmRSS") - before < REFRESHES / 10);
#else
	(void)before;
#endif
	assert_int_equal(process_child_named("svctop-courier"), pid);
	assert_true(httpd_count_of(server, "/api/v1/alerts") >= REFRESHES);
	courier_run_free(run);
	free(config);
	httpd_stop(server);
}

static void test_a_server_that_stands_still_and_goes_on(void **state)
{
	struct httpd *server = httpd_start();
	char *config = config_of(server, "    timeout: 1s\n");
	struct courier_run *run = courier_run_new(config, NULL, false);

	(void)state;
	serve_alert(server, "TooSlow");
	ask_about(run, "shop");
	UNTIL(run, run->idle == 1);
	httpd_freeze(server);
	courier_refresh(run->courier);
	UNTIL(run, run->idle == 2);
	assert_int_equal(topic(run, "alerts")->failure, FAILURE_TIMEOUT);
	assert_non_null(strstr(topic(run, "alerts")->cause, "1 s"));
	httpd_thaw(server);
	courier_refresh(run->courier);
	UNTIL(run, run->idle == 3);
	assert_int_equal(topic(run, "alerts")->failure, FAILURE_NONE);
	/* What it said before needs not be said again. */
	assert_true(topic(run, "alerts")->unchanged);
	courier_run_free(run);
	free(config);
	httpd_stop(server);
}

/* What is known of a secret later than the rest holds up nobody else. */
static void test_a_secret_that_takes_its_time(void **state)
{
	struct httpd *server = httpd_start();
	char *dir = gitfix_tmp(), *path = xasprintf("%s/go", dir);
	char *config = xasprintf(
	    "sources:\n"
	    "  - type: prometheus\n    name: slow\n    url: %s/slow\n" ONE_TOPIC
	    "    auth: {bearer: {command: [sh, -c, 'while test ! -e %s; do sleep 0.01; done; "
	    "echo x']}}\n"
	    "  - type: prometheus\n    name: fast\n    url: %s/fast\n" ONE_TOPIC,
	    httpd_url(server, ""), path, httpd_url(server, ""));
	struct courier_run *run;

	(void)state;
	httpd_reply(server, "/slow/*", &(struct httpd_reply){.status = 404});
	httpd_reply(server, "/fast/*", &(struct httpd_reply){.status = 404});
	run = courier_run_new(config, NULL, true);
	ask_about(run, "shop");
	UNTIL(run, topic_of(run, "fast", "alerts")->reports == 1);
	assert_int_equal(run->ready, 0);
	assert_int_equal(httpd_count_of(server, "/slow/*"), 0);
	gitfix_write(dir, "go", "");
	UNTIL(run, run->idle);
	assert_int_equal(run->ready, 1);
	assert_int_equal(httpd_count_of(server, "/slow/*"), 2);
	courier_run_free(run);
	gitfix_rmtree(dir);
	free(dir);
	free(path);
	free(config);
	httpd_stop(server);
}

/* ---- many topics ---- */

static char *config_of_many(struct httpd *server, unsigned topics)
{
	struct buf text = {0};

	buf_addf(&text,
		 "sources:\n  - type: prometheus\n    name: prod\n    url: %s\n" ONE_TOPIC
		 "    checks:\n",
		 httpd_url(server, ""));
	for (unsigned i = 0; i < topics; i++)
		buf_addf(&text, "      check-%u: up\n", i);
	return buf_detach(&text);
}

static struct courier_run *run_many(struct httpd *server, unsigned topics, bool once)
{
	char *config = config_of_many(server, topics);
	struct courier_run *run = courier_run_new(config, NULL, once);

	ask_about(run, "shop");
	free(config);
	return run;
}

static void test_a_server_that_fails_is_spared(void **state)
{
	struct httpd *server = httpd_start();
	struct courier_run *run = run_many(server, 200, true);

	(void)state;
	httpd_reply(server, "*", &(struct httpd_reply){.status = 503});
	UNTIL(run, run->idle);
	/* Those that were under way when it was clear that it fails, and none after. */
	assert_true(httpd_count(server) < 30);
	assert_int_equal(run->topic_count, 202);
	for (size_t i = 0; i < run->topic_count; i++) {
		assert_int_equal(run->topics[i].failure, FAILURE_SERVER);
		assert_non_null(strstr(run->topics[i].cause, "503"));
	}
	courier_run_free(run);
	httpd_stop(server);
}

static void test_a_server_that_asks_for_rest_gets_it(void **state)
{
	struct httpd *server = httpd_start();
	struct courier_run *run = run_many(server, 100, false);
	size_t asked, failing = 0;

	(void)state;
	httpd_reply(server, "*",
		    &(struct httpd_reply){.status = 429, .headers = "Retry-After: 600\r\n"});
	UNTIL(run, run->idle);
	asked = httpd_count(server);
	assert_true(asked < 30);
	for (size_t i = 0; i < run->topic_count; i++)
		failing += run->topics[i].failure == FAILURE_RATE;
	assert_int_equal(failing, 102);
	assert_non_null(strstr(topic(run, "check check-99")->cause, "asked again in 10m"));
	/* Who insists is told the same. */
	courier_refresh(run->courier);
	UNTIL(run, run->idle == 2);
	assert_int_equal(httpd_count(server), asked);
	courier_run_free(run);
	httpd_stop(server);
}

static void test_a_budget_s_end_is_waited_for(void **state)
{
	static const char headers[] = "X-RateLimit-Limit: 5000\r\nX-RateLimit-Remaining: 20\r\n"
				      "X-RateLimit-Reset: 1200\r\n";
	struct httpd *server = httpd_start();
	struct courier_run *run = run_many(server, 100, true);
	size_t failing = 0;

	(void)state;
	httpd_reply(server, "*",
		    &(struct httpd_reply){.headers = headers,
					  .body = "{\"status\":\"success\",\"data\":"
						  "{\"resultType\":\"vector\",\"result\":[]}}"});
	UNTIL(run, run->idle);
	assert_true(httpd_count(server) < 30);
	for (size_t i = 0; i < run->topic_count; i++)
		failing += run->topics[i].failure == FAILURE_RATE;
	assert_true(failing > 70);
	assert_non_null(strstr(topic(run, "check check-99")->cause,
			       "the budget of 5000 questions is used up, asked again in 20m"));
	assert_int_equal(run->status.left, 20);
	assert_int_equal(run->status.limit, 5000);
	assert_true(run->status.resets_at > time(NULL));
	courier_run_free(run);
	httpd_stop(server);
}

/* jq programs run in a process of their own: one that never ends is the end of that one alone. */
static void test_expressions_run_apart(void **state)
{
	struct httpd *server = httpd_start();
	char *config =
	    xasprintf("sources:\n"
		      "  - type: json\n    name: good\n    url: %s/good\n"
		      "    kind: errors\n    expression: '{title: .name, state: \"ok\"}'\n"
		      "  - type: json\n    name: endless\n    url: %s/endless\n"
		      "    kind: errors\n    expression: 'last(range(1e12))'\n"
		      "  - type: json\n    name: other\n    url: %s/other\n"
		      "    kind: errors\n    expression: '{title: .name, state: \"ok\"}'\n",
		      httpd_url(server, ""), httpd_url(server, ""), httpd_url(server, ""));
	struct courier_run *run = courier_run_new(config, NULL, true);

	(void)state;
	httpd_reply(server, "*", &(struct httpd_reply){.body = "{\"name\": \"it\"}"});
	ask_about(run, "shop");
	UNTIL(run, run->idle);
	assert_int_equal(run->topic_count, 3);
	for (size_t i = 0; i < run->topic_count; i++) {
		const struct seen *seen = &run->topics[i];
		bool endless = strstr(seen->source, "endless") != NULL;

		assert_int_equal(seen->reports, 1);
		assert_int_equal(seen->failure, endless ? FAILURE_ANSWER : FAILURE_NONE);
		assert_int_equal(seen->signals, !endless);
		assert_true(!endless || strstr(seen->cause, "5 s"));
		assert_true(!endless || strstr(seen->fix, "config.yml:7"));
	}
	courier_run_free(run);
	free(config);
	httpd_stop(server);
}

/* Once there is a process for expressions, the next question is still asked in time. */
static void test_expressions_hold_no_polls_up(void **state)
{
	struct httpd *server = httpd_start();
	char *config =
	    xasprintf("sources:\n  - type: json\n    url: %s/x\n    every: 1s\n"
		      "    kind: errors\n    expression: '{title: .name, state: \"ok\"}'\n",
		      httpd_url(server, ""));
	struct courier_run *run = courier_run_new(config, NULL, false);

	(void)state;
	httpd_reply(server, "*", &(struct httpd_reply){.body = "{\"name\": \"it\"}"});
	ask_about(run, "shop");
	UNTIL(run, run->idle >= 1);
	UNTIL(run, httpd_count(server) >= 3);
	courier_run_free(run);
	free(config);
	httpd_stop(server);
}

static void test_topics_come_and_go_with_subjects(void **state)
{
	struct httpd *server = httpd_start();
	char *config = xasprintf("sources:\n  - type: uptime\n    loopback: true\n");
	const char *first = httpd_url(server, "/first"), *second = httpd_url(server, "/second");
	struct subject subject = {.name = "shop", .subdir = "", .urls = &first, .url_count = 1};
	struct subject_list list = {.subjects = &subject, .count = 1};
	struct courier_run *run = courier_run_new(config, NULL, false);

	(void)state;
	httpd_reply(server, "/first", &(struct httpd_reply){.body = "hello"});
	httpd_reply(server, "/second", &(struct httpd_reply){.body = "hello"});
	courier_subjects(run->courier, &list);
	UNTIL(run, run->idle);
	assert_int_equal(run->topic_count, 1);
	assert_int_equal(run->topics[0].reports, 1);
	subject.urls = &second;
	courier_subjects(run->courier, &list);
	UNTIL(run, run->idle == 2);
	assert_int_equal(run->topic_count, 2);
	assert_true(run->topics[0].gone);
	assert_int_equal(run->topics[1].reports, 1);
	/* The same again is no news. */
	courier_subjects(run->courier, &list);
	courier_refresh(run->courier);
	UNTIL(run, run->idle == 3);
	assert_int_equal(httpd_count_of(server, "/first"), 1);
	assert_int_equal(httpd_count_of(server, "/second"), 2);
	courier_run_free(run);
	free(config);
	httpd_stop(server);
}

/* ---- secrets ---- */

static void test_a_token_is_sent_and_a_missing_one_is_said(void **state)
{
	struct httpd *server = httpd_start();
	char *config =
	    xasprintf("sources:\n"
		      "  - type: prometheus\n    name: with\n    url: %s/with\n" ONE_TOPIC
		      "    auth: {bearer: {env: COURIER_TEST_TOKEN}}\n"
		      "  - type: prometheus\n    name: without\n    url: %s/without\n" ONE_TOPIC
		      "    auth: {bearer: {env: COURIER_TEST_NONE}}\n",
		      httpd_url(server, ""), httpd_url(server, ""));
	struct courier_run *run;
	struct courier_event event;
	bool said = false;

	(void)state;
	setenv("COURIER_TEST_TOKEN", "not-a-secret", 1);
	unsetenv("COURIER_TEST_NONE");
	httpd_reply(
	    server, "/with/api/v1/alerts",
	    &(struct httpd_reply){.body = "{\"status\":\"success\",\"data\":{\"alerts\":[]}}",
				  .user = "Bearer not-a-secret"});
	run = courier_run_new(config, NULL, true);
	ask_about(run, "shop");
	while (!run->idle) {
		struct pollfd fds[4];
		int timeout = PATIENCE_MS;
		size_t count = courier_pollfds(run->courier, fds, ARRAY_LEN(fds), &timeout);

		assert_int_not_equal(poll(fds, count, timeout), 0);
		courier_service(run->courier);
		while (courier_next(run->courier, &event)) {
			const struct topic_report *report = event.report;

			note(run, &event);
			if (!report || !report->at || strcmp(report->topic, "alerts") != 0)
				continue;
			if (!strcmp(report->source, "with")) {
				assert_int_equal(report->failure, FAILURE_NONE);
				continue;
			}
			said = true;
			assert_int_equal(report->failure, FAILURE_SECRET);
			assert_non_null(strstr(report->cause, "config.yml:17"));
			assert_non_null(strstr(report->cause, "COURIER_TEST_NONE is not set"));
			assert_non_null(strstr(report->fix, "export COURIER_TEST_NONE="));
		}
	}
	assert_true(said);
	assert_int_equal(httpd_count_of(server, "/without/api/v1/alerts"), 0);
	courier_run_free(run);
	free(config);
	httpd_stop(server);
}

/* ---- orders ---- */

static void test_an_order_is_sent_once(void **state)
{
	struct httpd *server = httpd_start();
	char *config = config_of(server, "");
	struct courier_run *run = courier_run_new(config, NULL, false);
	const struct httpd_request *request;
	uint32_t number;

	(void)state;
	httpd_reply(server, "/silences", &(struct httpd_reply){.status = 500, .body = "no"});
	number = courier_send(run->courier, "prod", "POST", "/silences", "application/json",
			      "{\"a\": 1}", 8);
	UNTIL(run, run->sent);
	assert_int_equal(run->sent_request, number);
	assert_int_equal(run->sent_status, 500);
	assert_string_equal(run->body, "no");
	assert_int_equal(httpd_count(server), 1);
	request = httpd_request(server, 0);
	assert_string_equal(request->method, "POST");
	assert_string_equal(httpd_header(request, "Content-Type"), "application/json");
	assert_int_equal(request->len, 8);
	assert_memory_equal(request->body, "{\"a\": 1}", 8);
	courier_send(run->courier, "nobody", "POST", "/silences", NULL, NULL, 0);
	UNTIL(run, run->sent == 2);
	assert_int_equal(run->sent_status, 0);
	assert_non_null(strstr(run->sent_text, "no such source"));
	courier_run_free(run);
	free(config);
	httpd_stop(server);
}

static void test_an_order_whose_courier_dies_is_not_repeated(void **state)
{
	struct httpd *server = httpd_start();
	char *config = config_of(server, "");
	struct courier_run *run = courier_run_new(config, NULL, false);

	(void)state;
	httpd_reply(server, "/silences", &(struct httpd_reply){.way = HTTPD_HANG});
	courier_send(run->courier, "prod", "POST", "/silences", NULL, "x", 1);
	turn_until_asked(run, server, NULL);
	kill(courier_pid(), SIGKILL);
	UNTIL(run, run->sent);
	assert_int_equal(run->sent_status, 0);
	assert_non_null(strstr(run->sent_text, "look whether it was done"));
	ask_about(run, "shop");
	UNTIL(run, run->idle);
	assert_int_equal(httpd_count_of(server, "/silences"), 1);
	courier_run_free(run);
	free(config);
	httpd_stop(server);
}

/* ---- ends ---- */

static void test_a_courier_that_is_killed_is_replaced(void **state)
{
	struct httpd *server = httpd_start();
	char *config = config_of(server, "");
	struct courier_run *run = courier_run_new(config, NULL, false);

	(void)state;
	serve_alert(server, "TooSlow");
	ask_about(run, "shop");
	for (unsigned i = 0; i < 3; i++) {
		UNTIL(run, run->idle == i + 1);
		kill(courier_pid(), i ? SIGABRT : SIGKILL);
		UNTIL(run, run->lost == i + 1);
		assert_non_null(
		    strstr(run->lost_text, i ? "which asks the sources, crashed: signal 6"
					     : "which asks the sources, crashed: signal 9"));
		/* Whoever asks does not wait for the next try. */
		courier_refresh(run->courier);
	}
	UNTIL(run, run->idle == 4);
	assert_int_equal(run->ready, 4);
	assert_string_equal(topic(run, "alerts")->title, "TooSlow");
	courier_run_free(run);
	free(config);
	httpd_stop(server);
}

/* Ten minutes are given for an answer: whoever waited for it would not end in time. */
static void test_quitting_waits_for_nothing(void **state)
{
	const struct timespec moment = {.tv_nsec = 10000000};
	struct httpd *server = httpd_start();
	char *config = config_of(server, "    timeout: 600s\n"), *word;
	struct courier_run *run = courier_run_new(config, NULL, false);
	pid_t pid;

	(void)state;
	httpd_reply(server, "*", &(struct httpd_reply){.way = HTTPD_HANG});
	ask_about(run, "shop");
	turn_until_asked(run, server, NULL);
	pid = courier_pid();
	courier_run_free(run);
	assert_int_equal(kill(pid, 0), -1);
	/* One that does not run at all ends as well. */
	run = courier_run_new(config, NULL, false);
	ask_about(run, "shop");
	UNTIL(run, run->ready);
	kill(courier_pid(), SIGSTOP);
	courier_run_free(run);
	assert_int_equal(process_child_named("svctop-courier"), 0);
	free(config);
	/* A command for a secret goes with it. */
	word = xasprintf("1000.%d", (int)getpid());
	config = xasprintf("sources:\n  - type: prometheus\n    url: %s\n"
			   "    auth: {bearer: {command: [sleep, '%s']}}\n",
			   httpd_url(server, ""), word);
	run = courier_run_new(config, NULL, false);
	ask_about(run, "shop");
	turn_until_asked(run, NULL, word);
	courier_run_free(run);
	while (process_runs_with(word))
		nanosleep(&moment, NULL);
	free(word);
	free(config);
	httpd_stop(server);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_an_alert_is_told),
	    cmocka_unit_test(test_a_password_may_be_a_name),
	    cmocka_unit_test(test_statuses_have_words),
	    cmocka_unit_test(test_a_login_that_stays_home_is_said),
	    cmocka_unit_test(test_a_moment_s_trouble_gets_a_second_chance),
	    cmocka_unit_test(test_refresh_asks_again),
	    cmocka_unit_test(test_a_server_that_stands_still_and_goes_on),
	    cmocka_unit_test(test_a_secret_that_takes_its_time),
	    cmocka_unit_test(test_a_server_that_fails_is_spared),
	    cmocka_unit_test(test_a_server_that_asks_for_rest_gets_it),
	    cmocka_unit_test(test_a_budget_s_end_is_waited_for),
	    cmocka_unit_test(test_expressions_run_apart),
	    cmocka_unit_test(test_expressions_hold_no_polls_up),
	    cmocka_unit_test(test_topics_come_and_go_with_subjects),
	    cmocka_unit_test(test_between_polls_nobody_wakes_up),
	    cmocka_unit_test(test_memory_stays_flat),
	    cmocka_unit_test(test_a_token_is_sent_and_a_missing_one_is_said),
	    cmocka_unit_test(test_an_order_is_sent_once),
	    cmocka_unit_test(test_an_order_whose_courier_dies_is_not_repeated),
	    cmocka_unit_test(test_a_courier_that_is_killed_is_replaced),
	    cmocka_unit_test(test_quitting_waits_for_nothing),
	};

	if (argc == 2 && !strcmp(argv[1], SCANNER_ARGUMENT))
		return scanner_main(CHILD_FD);
	if (argc == 2 && !strcmp(argv[1], COURIER_ARGUMENT))
		return courier_main(CHILD_FD);
	if (argc == 2 && !strcmp(argv[1], JQ_ARGUMENT))
		return jq_main(CHILD_FD);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
