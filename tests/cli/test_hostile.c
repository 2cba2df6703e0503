/*
 * Servers that wish us ill, seen from outside: what svctop prints and what reaches the terminal
 * when every text of an answer is an attack, and when a server repeats the token it was sent.
 */

#include <dirent.h>
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
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/json_write.h"
#include "core/mem.h"
#include "core/text.h"
#include "tests/support/burning.h"
#include "tests/support/gitfix.h"
#include "tests/support/process.h"
#include "tests/support/run.h"
#include "tests/support/term.h"

/* A clipboard, a title, colours by way of C1, right-to-left, new lines, a link. */
#define NASTY                                                                                      \
	"\033]52;c;cHduZWQ=\a\033]0;"                                                              \
	"PWNED\a\302\2331mPWNED\342\200\256PWNED\342\201\246\r\n\b\tx\033]8;;"                     \
	"http://pwned.example\a\177"

static const char *const formats[] = {"text", "json", "jsonl", "csv", "markdown"};

/* ---- a terminal must not get it ---- */

static bool is_evil(uint32_t c)
{
	return (c < 0x20 && c != '\n') || (c >= 0x7f && c < 0xa0) || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

static void expect_clean(const char *what, const char *text)
{
	size_t len = strlen(text);

	for (size_t at = 0, used; at < len; at += used) {
		uint32_t c;

		used = text_decode(text + at, len - at, &c);
		if (!used || is_evil(c))
			fail_msg("%s has byte %02x at %zu of\n%s", what, (unsigned char)text[at],
				 at, text);
	}
}

static void put_status(struct json_writer *json)
{
	json_open(json, "status", '{');
	json_str(json, "state", "active");
	json_open(json, "silencedBy", '[');
	json_close(json, ']');
	json_open(json, "inhibitedBy", '[');
	json_close(json, ']');
	json_close(json, '}');
}

/* An Alertmanager of which no word is honest. */
static void play_nasty(struct burning *fix)
{
	struct json_writer json = {.out = &fix->alerts};
	char *alerts, *status;
	struct buf silences = {0};

	json_open(&json, NULL, '{');
	json_open(&json, "labels", '{');
	json_str(&json, "alertname", "Bad " NASTY);
	json_str(&json, "severity", "critical");
	json_str(&json, "service", "checkout");
	json_str(&json, "label" NASTY, "value " NASTY);
	json_str(&json, "cluster", "prod" NASTY);
	json_close(&json, '}');
	json_open(&json, "annotations", '{');
	json_str(&json, "summary", "text " NASTY);
	json_str(&json, "runbook_url", "file:///etc/passwd" NASTY);
	json_close(&json, '}');
	json_str(&json, "startsAt", "9999-12-31T23:59:59Z");
	json_str(&json, "endsAt", "-0001-01-01T00:00:00Z");
	json_str(&json, "updatedAt", "9999-99-99T99:99:99Z");
	json_str(&json, "fingerprint", "id " NASTY);
	json_str(&json, "generatorURL", "javascript:alert(1)" NASTY);
	json_open(&json, "receivers", '[');
	json_open(&json, NULL, '{');
	json_str(&json, "name", "team" NASTY);
	json_close(&json, '}');
	json_close(&json, ']');
	put_status(&json);
	json_close(&json, '}');
	burning_fire(fix, "Unmapped " NASTY, "warning", "nobody " NASTY, 60, NULL, NULL, NASTY);
	json.out = &silences;
	json_open(&json, NULL, '[');
	json_open(&json, NULL, '{');
	json_str(&json, "id", "s" NASTY);
	json_open(&json, "matchers", '[');
	json_open(&json, NULL, '{');
	json_str(&json, "name", "service" NASTY);
	json_str(&json, "value", "checkout" NASTY);
	json_bool(&json, "isRegex", false);
	json_bool(&json, "isEqual", true);
	json_close(&json, '}');
	json_close(&json, ']');
	json_str(&json, "startsAt", "1969-01-01T00:00:00Z");
	json_str(&json, "endsAt", "9999-12-31T23:59:59Z");
	json_str(&json, "createdBy", "Eve " NASTY);
	json_str(&json, "comment", "sure " NASTY);
	json_open(&json, "status", '{');
	json_str(&json, "state", "active");
	json_close(&json, '}');
	json_close(&json, '}');
	json_close(&json, ']');
	alerts = xasprintf("[%s]", buf_str(&fix->alerts));
	httpd_reply(fix->am, "/api/v2/alerts*", &(struct httpd_reply){.body = alerts});
	httpd_reply(fix->am, "/api/v2/silences*",
		    &(struct httpd_reply){.body = buf_str(&silences)});
	buf_reset(&silences);
	json = (struct json_writer){.out = &silences};
	json_open(&json, NULL, '{');
	json_open(&json, "versionInfo", '{');
	json_str(&json, "version", "0.25" NASTY);
	json_close(&json, '}');
	json_close(&json, '}');
	status = buf_detach(&silences);
	httpd_reply(fix->am, "/api/v2/status", &(struct httpd_reply){.body = status});
	free(alerts);
	free(status);
}

static void check_outputs(struct burning *fix, const char *command, const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		char *what = xasprintf("svctop %s --format %s", command, formats[i]);
		const char *argv[] = {"svctop",
				      command,
				      "--config",
				      fix->config,
				      "--format",
				      formats[i],
				      word ? word : fix->dir,
				      word ? fix->dir : NULL,
				      NULL};
		struct run run = run_program(argv);

		if (run.status > 1 && run.status != 3)
			fail_msg("%s: %d\n%s", what, run.status, run.err);
		expect_clean(what, run.out);
		expect_clean(what, run.err);
		run_free(&run);
		free(what);
	}
}

static void nothing_of_an_answer_is_printed_as_it_is(void **state)
{
	struct burning *fix = *state;

	play_nasty(fix);
	check_outputs(fix, "incident", NULL);
	check_outputs(fix, "show", "checkout");
	check_outputs(fix, "sources", NULL);
	check_outputs(fix, "services", NULL);
	check_outputs(fix, "gaps", NULL);
	check_outputs(fix, "check", NULL);
}

static struct term *dashboard(struct burning *fix, const char *token)
{
	char *canary = xasprintf("CANARY=%s", token),
	     *browser = xasprintf("BROWSER=%s/browse", fix->home);
	char program[] = "svctop", option[] = "--config";
	char *argv[] = {program, option, fix->config, fix->dir, NULL};
	char *env[] = {canary, browser, NULL};
	struct term *term = term_start(argv, env, 40, 120);

	free(canary);
	free(browser);
	return term;
}

static void leave(struct term *term)
{
	term_send(term, "Q");
	assert_int_equal(term_wait_exit(term, TERM_PATIENCE), 0);
	assert_null(term_unrestored(term));
	term_free(term);
}

static bool exists(const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s", dir, name);
	struct stat st;
	bool found = stat(path, &st) == 0;

	free(path);
	return found;
}

static void expect_no_attack(struct term *term)
{
	static const char *const attacks[] = {"\033]52",  "\033]0;PWNED", "\033]8;;http://pwned",
					      "\302\233", "\342\200\256", "\342\201\246"};
	size_t len;
	const char *raw = term_raw(term, &len);

	for (size_t i = 0; i < ARRAY_LEN(attacks); i++)
		if (memmem(raw, len, attacks[i], strlen(attacks[i])))
			fail_msg("attack %zu came through", i);
}

static void nothing_of_an_answer_reaches_the_terminal(void **state)
{
	struct burning *fix = *state;
	struct term *term;
	char *script = xasprintf("#!/bin/sh\ntouch %s/opened\n", fix->home),
	     *browser = xasprintf("%s/browse", fix->home);

	play_nasty(fix);
	burning_configure(fix, "notify: [bell, terminal]\n");
	gitfix_write(fix->home, "browse", script);
	chmod(browser, 0700);
	term = dashboard(fix, "");
	assert_true(term_expect(term, "am now"));
	/* Whose the alert is, is known once the services are. */
	assert_true(term_wait_gone(term, "reading", TERM_PATIENCE));
	term_send(term, "i");
	assert_true(term_expect(term, "Bad"));
	assert_true(term_expect(term, "value"));
	expect_no_attack(term);
	term_send(term, "\r");
	assert_true(term_expect(term, "SIGNALS"));
	/* Neither a script nor a file of this machine is opened. */
	term_send(term, "o");
	assert_true(term_wait_quiet(term, 300, TERM_PATIENCE));
	assert_false(exists(fix->home, "opened"));
	term_send(term, "\033");
	assert_true(term_expect(term, "BURNING"));
	term_send(term, "x");
	assert_true(term_expect(term, "No, send nothing"));
	term_send(term, "\033");
	term_send(term, "\033");
	term_send(term, "L");
	assert_true(term_expect(term, "SOURCE"));
	term_send(term, "\r");
	assert_true(term_expect(term, "0.25"));
	term_send(term, "s");
	assert_true(term_expect(term, "checkout"));
	term_send(term, "/checkout\r\r");
	assert_true(term_expect(term, "Bad"));
	expect_no_attack(term);
	leave(term);
	free(script);
	free(browser);
}

/* ---- the end of processes ---- */

static bool is_gone(pid_t pid)
{
	char path[64], state = 'Z', line[512] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (file && fgets(line, sizeof(line), file) && strrchr(line, ')'))
		state = strrchr(line, ')')[2];
	if (file)
		fclose(file);
	/* Somebody else's to wait for, then. */
	return state == 'Z';
}

static void wait_gone(pid_t pid)
{
	const struct timespec moment = {.tv_nsec = 10000000};

	while (!is_gone(pid))
		nanosleep(&moment, NULL);
}

static pid_t wait_child(pid_t parent, const char *name)
{
	const struct timespec moment = {.tv_nsec = 10000000};
	pid_t pid;

	/* One that was killed keeps its name until it is waited for. */
	while (!(pid = process_child_of(parent, name)) || is_gone(pid))
		nanosleep(&moment, NULL);
	return pid;
}

/* Whoever is killed, at work on an expression without end: nobody goes on alone. */
static void nobody_outlives_the_face(void **state)
{
	static const int signals[] = {SIGKILL, SIGSEGV, SIGTERM, SIGHUP};
	struct burning *fix = *state;
	struct httpd *server = httpd_start();
	char *text = xasprintf("sources:\n- {type: json, url: '%s', expression: "
			       "'last(range(1e15))'}\n",
			       httpd_url(server, "/x"));

	httpd_reply(server, "/x", &(struct httpd_reply){.body = "{}"});
	gitfix_write(fix->home, "config.yml", text);
	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		struct term *term = dashboard(fix, "");
		pid_t courier = wait_child(term_pid(term), "svctop-courier");
		pid_t jq = wait_child(courier, "svctop-jq");

		/* It goes on where the courier alone is killed, with another one. */
		if (!i) {
			kill(courier, SIGKILL);
			wait_gone(jq);
			wait_gone(courier);
			courier = wait_child(term_pid(term), "svctop-courier");
			jq = wait_child(courier, "svctop-jq");
		}
		/* One that does not run at all must end too. */
		if (i % 2 == 0)
			kill(jq, SIGSTOP);
		term_signal(term, signals[i]);
		term_wait_exit(term, TERM_PATIENCE);
		wait_gone(courier);
		wait_gone(jq);
		term_free(term);
	}
	free(text);
	httpd_stop(server);
}

/* ---- tokens that come back ---- */

#define SHOWN 12 /* bytes that tell that it is it */

/* What Prometheus is asked for, answered with the token in it, in one way or another. */
static void play_echo(struct httpd *server, const char *token)
{
	char *alert = xasprintf(
	    "{\"status\":\"success\",\"data\":{\"alerts\":[{\"labels\":{\"alertname\":\"Echo %s\","
	    "\"service\":\"checkout\",\"severity\":\"critical\",\"key\":\"%s\"},\"annotations\":{"
	    "\"summary\":\"%0190d %s\",\"runbook_url\":\"https://a.example/?token=%s\"},"
	    "\"state\":\"firing\",\"activeAt\":\"2026-01-05T10:00:00Z\",\"value\":\"1\"}]}}",
	    token, token, 0, token, token);
	char *error =
	    xasprintf("{\"status\":\"error\",\"error\":\"no, %s, %0200d %s\"}", token, 0, token);
	char *version =
	    xasprintf("{\"status\":\"success\",\"data\":{\"version\":\"2 %s\"}}", token);
	char *etag =
	    xasprintf("ETag: \"%s\"\r\nLink: </?token=%s>; rel=\"next\"\r\n", token, token);
	char *location = xasprintf("Location: http://127.0.0.1:1/%s?token=%s\r\n", token, token);

	httpd_reply(server, "/api/v1/alerts",
		    &(struct httpd_reply){.body = alert, .headers = etag});
	httpd_reply(server, "/api/v1/rules*", &(struct httpd_reply){.body = error});
	httpd_reply(server, "/api/v1/targets*",
		    &(struct httpd_reply){.status = 401, .body = error});
	httpd_reply(server, "/api/v1/query*",
		    &(struct httpd_reply){.status = 300, .headers = location, .body = token});
	httpd_reply(server, "/api/v1/status/buildinfo",
		    &(struct httpd_reply){.body = version, .headers = etag});
	free(alert);
	free(error);
	free(version);
	free(etag);
	free(location);
}

static void expect_absent(const char *what, const char *bytes, size_t len, const char *token)
{
	if (len && memmem(bytes, len, token, SHOWN))
		fail_msg("the token is in %s:\n%.*s", what, (int)(len < 4000 ? len : 4000), bytes);
}

static void run_without(const char *const *argv, const char *token)
{
	struct run run = run_program(argv);

	if (run.status > 1 && run.status != 3)
		fail_msg("%s: %d\n%s", argv[1], run.status, run.err);
	expect_absent(argv[1], run.out, run.out_len, token);
	expect_absent(argv[1], run.err, strlen(run.err), token);
	run_free(&run);
}

static size_t look_through(const char *dir, const char *token)
{
	DIR *opened = opendir(dir);
	struct dirent *entry;
	size_t count = 0;

	assert_non_null(opened);
	while ((entry = readdir(opened))) {
		char *path = xasprintf("%s/%s", dir, entry->d_name), *bytes;
		struct stat st;
		FILE *file;

		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
		    lstat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
			count += look_through(path, token);
		} else if (lstat(path, &st) == 0 && S_ISREG(st.st_mode) &&
			   strcmp(entry->d_name, "token") != 0) {
			file = fopen(path, "re");
			bytes = xmalloc((size_t)st.st_size + 1);
			expect_absent(path, bytes, fread(bytes, 1, (size_t)st.st_size, file),
				      token);
			expect_absent("a name", path, strlen(path), token);
			fclose(file);
			free(bytes);
			count++;
		}
		free(path);
	}
	closedir(opened);
	return count;
}

static void browse(struct burning *fix, const char *token)
{
	static const char *const keys[] = {"i",	 "\r",	 "\033", "Y",  "\033", "L",
					   "\r", "\033", "s",	 "\r", "y",    "?"};
	struct term *term = dashboard(fix, token);
	const char *raw;
	size_t len;

	assert_true(term_expect(term, "Echo"));
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		term_send(term, keys[i]);
		assert_true(term_wait_quiet(term, 200, TERM_PATIENCE));
	}
	assert_false(process_list_shows(token));
	raw = term_raw(term, &len);
	expect_absent("the terminal", raw, len, token);
	leave(term);
}

/* However it is given, and whatever a server does with it. */
static void a_token_that_comes_back_is_nowhere(void **state)
{
	struct burning *fix = *state;
	struct httpd *server = httpd_start();
	const char *const plain[] = {"config", "bug-report"};
	const char *const commands[] = {"incident", "sources", "services", "check"};
	char token[32], *script, *path = xasprintf("%s/token", fix->home);
	const char *auth[] = {
	    "{bearer: {env: CANARY}}",
	    xasprintf("{header: {name: X-Key, value: {file: %s}}}", path),
	    xasprintf("{basic: {user: me, password: {command: [cat, %s]}}}", path)};

	snprintf(token, sizeof(token), "cn%08xcanary/x", (unsigned)getpid() * 2654435761u);
	setenv("CANARY", token, 1);
	gitfix_write(fix->home, "token", token);
	play_echo(server, token);
	for (size_t a = 0; a < ARRAY_LEN(auth); a++) {
		script = xasprintf("sources:\n- type: prometheus\n  url: %s\n  auth: %s\n",
				   httpd_url(server, ""), auth[a]);
		gitfix_write(fix->home, "config.yml", script);
		free(script);
		for (size_t c = 0; c < ARRAY_LEN(commands); c++)
			for (size_t f = 0; f < (a ? 1 : ARRAY_LEN(formats)); f++)
				run_without((const char *const[]){"svctop", commands[c], "-v",
								  "--config", fix->config,
								  "--format", formats[f], fix->dir,
								  NULL},
					    token);
		for (size_t c = 0; c < ARRAY_LEN(plain); c++)
			run_without((const char *const[]){"svctop", plain[c], "--config",
							  fix->config, NULL},
				    token);
		browse(fix, token);
		/* It was sent, and the answers that had it were read. */
		assert_true(httpd_count_of(server, "/api/v1/alerts") > 0);
		assert_non_null(a < 2 ? strstr(httpd_request(server, 0)->headers, token)
				      : httpd_header(httpd_request(server, 0), "Authorization"));
		assert_true(look_through(fix->home, token) > 1);
		httpd_forget(server);
		if (a)
			free((char *)(uintptr_t)auth[a]);
	}
	unsetenv("CANARY");
	free(path);
	httpd_stop(server);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, burning_set_up, burning_tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(nothing_of_an_answer_is_printed_as_it_is),
	    TEST(nothing_of_an_answer_reaches_the_terminal),
	    TEST(nobody_outlives_the_face),
	    TEST(a_token_that_comes_back_is_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
