#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "fetch/http.h"
#include "tests/support/httpd.h"

/* An answer, kept beyond its callback. */
struct got {
	unsigned calls;
	long status;
	enum failure failure;
	char cause[256];
	char fix[256];
	char *body;
	size_t len;
	char *url;
	char header[256]; /* of X-Say */
	bool not_modified;
	size_t received;
	double seconds;
};

static void keep(void *ctx, const struct http_answer *answer)
{
	struct got *got = ctx;
	const char *say = http_header(answer, "x-say");

	got->calls++;
	got->status = answer->status;
	got->failure = answer->failure;
	snprintf(got->cause, sizeof(got->cause), "%s", answer->cause);
	snprintf(got->fix, sizeof(got->fix), "%s", answer->fix ? answer->fix : "");
	snprintf(got->header, sizeof(got->header), "%s", say ? say : "");
	free(got->body);
	free(got->url);
	got->body = xmemdup0(answer->body, answer->len);
	got->len = answer->len;
	got->url = xstrdup(answer->url);
	got->not_modified = answer->not_modified;
	got->received = answer->received;
	got->seconds = answer->seconds;
}

static void got_free(struct got *got)
{
	free(got->body);
	free(got->url);
}

static struct http *new_http(const char *cache)
{
	struct http_options options = {.cache_dir = cache};
	struct err err = {0};
	struct http *http = http_new(&options, &err);

	assert_non_null(http);
	return http;
}

static struct got ask(struct http *http, const struct http_request *request)
{
	struct got got = {0};
	struct err err = {0};

	assert_int_equal(http_start(http, request, keep, &got, &err), 0);
	while (http_running(http))
		http_wait(http, -1, false, -1);
	assert_int_equal(got.calls, 1);
	return got;
}

static void test_get(void **state)
{
	struct httpd *server = httpd_start();
	struct http *http = new_http(NULL);
	const char *const headers[] = {"Accept: text/plain", NULL};
	struct got got;

	(void)state;
	httpd_reply(
	    server, "/a",
	    &(struct httpd_reply){.headers = "X-Say:  one \r\nX-Say: two\r\n", .body = "hello"});
	got = ask(http,
		  &(struct http_request){.url = httpd_url(server, "/a?q=1"), .headers = headers});
	assert_int_equal(got.failure, FAILURE_NONE);
	assert_int_equal(got.status, 200);
	assert_string_equal(got.body, "hello");
	assert_string_equal(got.header, "two");
	assert_string_equal(got.url, httpd_url(server, "/a?q=1"));
	assert_int_equal(got.received, 5);
	got_free(&got);
	assert_int_equal(httpd_count(server), 1);
	assert_string_equal(httpd_request(server, 0)->target, "/a?q=1");
	assert_string_equal(httpd_header(httpd_request(server, 0), "accept"), "text/plain");
	assert_string_equal(httpd_header(httpd_request(server, 0), "user-agent"),
			    "svctop/" VERSION);
	http_free(http);
	httpd_stop(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_get),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
