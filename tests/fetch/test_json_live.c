/* The json source through courier, engine and jq, against a server that can misbehave. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "tests/support/asking.h"
#include "tests/support/httpd.h"

#define CANARY "c4nary-t0ken"

static struct subject subjects[] = {{.name = "pay", .subdir = ""}, {.name = "web", .subdir = ""}};
static const struct subject_list both = {subjects, ARRAY_LEN(subjects)};

static int set_up(void **state)
{
	*state = httpd_start();
	return 0;
}

static int tear_down(void **state)
{
	httpd_stop(*state);
	return 0;
}

/* Sources named a, b, ...: each is its path and its other keys. */
struct asked {
	const char *path, *keys;
};

static struct live *ask(struct httpd *server, const struct asked *sources, size_t count)
{
	struct buf text = {0};
	struct live *live;

	buf_adds(&text, "sources:\n");
	for (size_t i = 0; i < count; i++)
		buf_addf(&text, "- type: json\n  name: %c\n  url: \"%s\"\n%s", (char)('a' + i),
			 httpd_url(server, sources[i].path), sources[i].keys);
	live = asking_once(buf_str(&text), &both);
	buf_free(&text);
	return live;
}

static void reply(struct httpd *server, const char *path, const char *body)
{
	httpd_reply(server, path, &(struct httpd_reply){.body = body});
}

static void expect_failure(const struct live *live, const char *source, const char *words)
{
	const struct live_topic *topic = asking_topic(live, source, "all");

	if (!topic->failing_since)
		fail_msg("%s does not fail", source);
	if (!strstr(topic->cause, words))
		fail_msg("%s: %s", source, topic->cause);
	assert_int_equal(topic->failure, FAILURE_ANSWER);
	assert_int_equal(topic->observed_at, 0);
}

static void pages_are_one_topic(void **state)
{
	static const struct asked source = {
	    "/all", "  kind: deploy\n  expression: '.[] | {service: .s, title: .v}'\n"};
	struct httpd *server = *state;
	const struct live_topic *topic;
	struct live *live;

	httpd_reply(server, "/all",
		    &(struct httpd_reply){.body = "[{\"s\":\"pay\",\"v\":\"1\"}]",
					  .headers = "Link: </all?page=2>; rel=\"next\"\r\n"});
	reply(server, "/all?page=2", "[{\"s\":\"web\",\"v\":\"2\"}]");
	live = ask(server, &source, 1);
	topic = asking_topic(live, "a", "all");
	assert_int_equal(topic->failing_since, 0);
	assert_int_equal(topic->signal_count, 2);
	assert_int_equal(httpd_count(server), 2);
	live_free(live);
}

/* 404 of one service's URL says that it is not known there, and nothing of the others. */
static void each_service_is_a_topic(void **state)
{
	static const struct asked source = {
	    "/svc/{service}",
	    "  checks: {backups: .ok}\n  auth: {bearer: {env: TEST_JSON_TOKEN}}\n"};
	struct httpd *server = *state;
	struct live *live;

	setenv("TEST_JSON_TOKEN", CANARY, 1);
	httpd_reply(server, "/svc/pay",
		    &(struct httpd_reply){.body = "{\"ok\":true}", .user = "Bearer " CANARY});
	live = ask(server, &source, 1);
	unsetenv("TEST_JSON_TOKEN");
	assert_int_equal(asking_topic(live, "a", "pay")->signal_count, 1);
	assert_int_equal(asking_topic(live, "a", "pay")->signals[0].state, SIGNAL_OK);
	assert_int_equal(asking_topic(live, "a", "web")->signal_count, 0);
	assert_int_equal(asking_topic(live, "a", "web")->failing_since, 0);
	live_free(live);
}

/* Whatever an expression or an answer does: its own topic fails, with words, and no other. */
static void what_goes_wrong_fails_alone(void **state)
{
	static const struct asked sources[] = {
	    {"/good", "  kind: ci\n  expression: .ok\n"},
	    {"/good", "  kind: ci\n  expression: .ok |\n"},
	    {"/good", "  kind: ci\n  expression: import \"a\" as a; .\n"},
	    {"/good", "  kind: ci\n  expression: 1e300 | todate\n"},
	    {"/good", "  kind: ci\n  expression: '[range(1e9)]'\n"},
	    {"/good", "  kind: ci\n  expression: '{state: \"green\"}'\n"},
	    {"/deep", "  kind: ci\n  expression: .\n"},
	    {"/garbage", "  kind: ci\n  expression: .\n"},
	    {"/html", "  kind: ci\n  expression: .\n"},
	    {"/empty", "  kind: ci\n  expression: .\n"},
	};
	struct httpd *server = *state;
	struct buf deep = {0};
	struct live *live;

	for (int i = 0; i < 100000; i++)
		buf_addc(&deep, '[');
	reply(server, "/good", "{\"ok\":true}");
	reply(server, "/deep", buf_str(&deep));
	reply(server, "/garbage", "\x01\x02{]");
	reply(server, "/empty", "");
	httpd_reply(server, "/html",
		    &(struct httpd_reply){.body = "<html>Log in</html>",
					  .headers = "Content-Type: text/html\r\n"});
	live = ask(server, sources, ARRAY_LEN(sources));
	assert_int_equal(asking_topic(live, "a", "all")->signal_count, 1);
	expect_failure(live, "b", "ends too early");
	expect_failure(live, "c", "import is not available");
	expect_failure(live, "d", "jq");
#if !defined(__SANITIZE_ADDRESS__)
	expect_failure(live, "e", "more than 256 MB");
#endif
	expect_failure(live, "f", "green");
	expect_failure(live, "g", "no JSON");
	expect_failure(live, "h", "no JSON");
	expect_failure(live, "i", "login page");
	expect_failure(live, "j", "no JSON");
	live_free(live);
	buf_free(&deep);
}

/* The token goes to the server; an expression sees the answer, and nothing besides. */
static void an_expression_never_sees_the_token(void **state)
{
	static const char auth[] = "  kind: ci\n  auth: {bearer: {env: TEST_JSON_TOKEN}}\n";
	struct httpd *server = *state;
	char *keys[2] = {xasprintf("%s  expression: '{title: (env | tostring)}'\n", auth),
			 xasprintf("%s  expression: '{title: ($ ENV | tostring)}'\n", auth)};
	const struct asked sources[] = {{"/x", keys[0]}, {"/x", keys[1]}};
	struct live *live;

	setenv("TEST_JSON_TOKEN", CANARY, 1);
	httpd_reply(server, "/x", &(struct httpd_reply){.body = "{}", .user = "Bearer " CANARY});
	live = ask(server, sources, ARRAY_LEN(sources));
	unsetenv("TEST_JSON_TOKEN");
	expect_failure(live, "a", "env is not available");
	assert_string_equal(asking_topic(live, "b", "all")->signals[0].title, "null");
	live_free(live);
	free(keys[0]);
	free(keys[1]);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(pages_are_one_topic),
	    TEST(each_service_is_a_topic),
	    TEST(what_goes_wrong_fails_alone),
	    TEST(an_expression_never_sees_the_token),
	};
	int code;

	if (asking_child(argc, argv, &code))
		return code;
	setenv("no_proxy", "*", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
