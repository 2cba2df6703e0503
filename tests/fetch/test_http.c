#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "fetch/http.h"
#include "tests/support/got.h"
#include "tests/support/httpd.h"

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

/* A server that says one thing on "/x", and what is made of it. */
static struct got told(const struct httpd_reply *reply, const struct http_request *how)
{
	struct httpd *server = httpd_start();
	struct http *http = new_http(NULL);
	struct http_request request = *how;
	struct got got;

	httpd_reply(server, "/x", reply);
	request.url = httpd_url(server, "/x");
	got = ask(http, &request);
	http_free(http);
	httpd_stop(server);
	return got;
}

#define TOLD(reply, ...)                                                                           \
	told(&(struct httpd_reply)reply, &(struct http_request){.url = NULL, __VA_ARGS__})
#define REPLY(...)                                                                                 \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}

static void test_bodies(void **state)
{
	char *large = xmalloc(300000);
	struct got got;

	(void)state;
	memset(large, 'x', 300000);
	got = TOLD(REPLY(.way = HTTPD_CHUNKED, .body = large, .len = 300000));
	assert_int_equal(got.failure, FAILURE_NONE);
	assert_int_equal(got.len, 300000);
	assert_memory_equal(got.body, large, 300000);
	got_free(&got);
	/* Compressed on the wire, whole for the reader. */
	got = TOLD(REPLY(.gzip = true, .body = large, .len = 300000));
	assert_int_equal(got.len, 300000);
	assert_true(got.received < 10000);
	got_free(&got);
	got = TOLD(REPLY(.way = HTTPD_DRIP, .body = "drip", .pause_ms = 20));
	assert_string_equal(got.body, "drip");
	assert_true(got.seconds >= 0.08);
	got_free(&got);
	got = TOLD(REPLY(.status = 204));
	assert_int_equal(got.status, 204);
	assert_int_equal(got.len, 0);
	got_free(&got);
	free(large);
}

/* Every status is an answer; whether it is a good one is the caller's matter. */
static void test_statuses(void **state)
{
	static const int statuses[] = {400, 401, 403, 404, 410, 429, 500, 503};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
		struct got got =
		    TOLD(REPLY(.status = statuses[i], .headers = "X-Say: later\r\n", .body = "no"));

		assert_int_equal(got.failure, FAILURE_NONE);
		assert_int_equal(got.status, statuses[i]);
		assert_string_equal(got.body, "no");
		assert_string_equal(got.header, "later");
		got_free(&got);
	}
}

static void test_caps(void **state)
{
	char *large = xmalloc(70000);
	struct got got;

	(void)state;
	memset(large, 'x', 70000);
	fails(TOLD(REPLY(.way = HTTPD_ENDLESS, .body = "01234567"), .cap = 100000), FAILURE_ANSWER,
	      "larger than 97 KiB");
	got = TOLD(REPLY(.body = large, .len = 70000), .cap = 70000);
	assert_int_equal(got.len, 70000);
	got_free(&got);
	fails(TOLD(REPLY(.body = large, .len = 70000), .cap = 69999), FAILURE_ANSWER,
	      "larger than");
	/* 64 MB of zeros come as 64 KB: what counts is what they become. */
	got = TOLD(REPLY(.way = HTTPD_BOMB, .len = 64 << 20), .cap = 1 << 20);
	assert_int_equal(got.failure, FAILURE_ANSWER);
	assert_true(got.len <= 1 << 20);
	got_free(&got);
	fails(TOLD(REPLY(.way = HTTPD_HUGE_HEADERS)), FAILURE_ANSWER, "64 KiB of headers");
	/* A probe asks whether there is an answer: it has one when it has enough of it. */
	got = TOLD(REPLY(.way = HTTPD_ENDLESS, .body = "01234567"), .cap = 1000, .probe = true);
	assert_int_equal(got.failure, FAILURE_NONE);
	assert_int_equal(got.status, 200);
	assert_int_equal(got.len, 1000);
	got_free(&got);
	free(large);
}

static void test_broken_answers(void **state)
{
	(void)state;
	fails(TOLD(REPLY(.way = HTTPD_CLOSE)), FAILURE_CONNECT, "closed without an answer");
	fails(TOLD(REPLY(.way = HTTPD_CLOSE_BODY, .body = "0123456789")), FAILURE_CONNECT,
	      "broke off in the middle of the answer (5 bytes came)");
	fails(TOLD(REPLY(.way = HTTPD_GARBAGE, .body = "SSH-2.0-OpenSSH_9.2\r\n")), FAILURE_ANSWER,
	      "does not speak HTTP");
	fails(TOLD(REPLY(.headers = "Content-Encoding: gzip\r\n", .body = "not gzip")),
	      FAILURE_ANSWER, "compression is broken");
}

static void test_timeouts(void **state)
{
	struct got got;

	(void)state;
	got = TOLD(REPLY(.way = HTTPD_HANG), .timeout_ms = 300);
	assert_true(got.seconds >= 0.25);
	assert_int_equal(got.status, 0);
	fails(got, FAILURE_TIMEOUT, "no answer within 300 ms");
	fails(TOLD(REPLY(.way = HTTPD_HANG), .timeout_ms = 1000), FAILURE_TIMEOUT,
	      "no answer within 1 s");
	fails(TOLD(REPLY(.way = HTTPD_HANG_BODY, .body = "0123456789"), .timeout_ms = 300),
	      FAILURE_TIMEOUT, "began but did not end within 300 ms (5 bytes came)");
	fails(TOLD(REPLY(.way = HTTPD_DRIP, .body = "0123456789", .pause_ms = 100),
		   .timeout_ms = 450),
	      FAILURE_TIMEOUT, "began but did not end");
}

/* A connection that nobody takes, and one on which nobody speaks TLS. */
static void test_no_connection(void **state)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0), full[8];
	struct httpd *server = httpd_start();
	struct http *http = new_http(NULL);
	char *url, *cause;

	(void)state;
	assert_int_equal(bind(listener, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(listener, 0), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
	for (size_t i = 0; i < ARRAY_LEN(full); i++) {
		full[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(full[i], (struct sockaddr *)&address, len);
	}
	url = xasprintf("http://127.0.0.1:%d/", ntohs(address.sin_port));
	cause =
	    xasprintf("no connection to 127.0.0.1 port %d within 300 ms", ntohs(address.sin_port));
	fails(ask(http, &(struct http_request){.url = url, .timeout_ms = 300}), FAILURE_TIMEOUT,
	      cause);
	free(url);
	free(cause);
	httpd_freeze(server);
	url = xasprintf("https://127.0.0.1:%d/", httpd_port(server));
	fails(ask(http, &(struct http_request){.url = url, .timeout_ms = 300}), FAILURE_TIMEOUT,
	      "connected, but no TLS within 300 ms");
	free(url);
	for (size_t i = 0; i < ARRAY_LEN(full); i++)
		close(full[i]);
	close(listener);
	http_free(http);
	httpd_stop(server);
}

/* SIGSTOP: the kernel takes the connection, and nobody is there. */
static void test_frozen_server(void **state)
{
	struct httpd *server = httpd_start();
	struct http *http = new_http(NULL);

	(void)state;
	httpd_reply(server, "/x", &(struct httpd_reply){.body = "back"});
	httpd_freeze(server);
	/* behind the others, without a connection of its own: no trouble with its host's name */
	struct got all[7] = {0};
	for (size_t i = 0; i < 7; i++)
		assert_int_equal(http_start(http,
					    &(struct http_request){.url = httpd_url(server, "/x"),
								   .timeout_ms = 300},
					    keep, &all[i], NULL),
				 0);
	while (http_running(http))
		http_wait(http, -1, false, -1);
	for (size_t i = 0; i < 7; i++)
		fails(all[i], FAILURE_TIMEOUT, "no answer within 300 ms");
	fails(ask(http, &(struct http_request){.url = httpd_url(server, "/x"), .timeout_ms = 300}),
	      FAILURE_TIMEOUT, "no answer within 300 ms");
	httpd_thaw(server);
	struct got got = ask(http, &(struct http_request){.url = httpd_url(server, "/x")});
	assert_string_equal(got.body, "back");
	got_free(&got);
	http_free(http);
	httpd_stop(server);
}

static void test_refused(void **state)
{
	struct httpd *server = httpd_start();
	struct http *http = new_http(NULL);
	char *url = xstrdup(httpd_url(server, "/secret?key=hunter2"));
	char *cause =
	    xasprintf("connection refused: is it running on port %d?", httpd_port(server));

	(void)state;
	httpd_stop(server);
	fails(ask(http, &(struct http_request){.url = url}), FAILURE_CONNECT, cause);
	fails(ask(http, &(struct http_request){.url = "http://prometheus.exmaple.invalid/"}),
	      FAILURE_RESOLVE, "no such host: prometheus.exmaple.invalid");
	http_free(http);
	free(url);
	free(cause);
}

static void test_urls_not_asked(void **state)
{
	static const char *const urls[] = {"",
					   "shop.example",
					   "file:///etc/passwd",
					   "ftp://shop.example/",
					   "http://",
					   "http:///x",
					   "https:/a/",

					   "http://a b/",
					   "http://a/\r\nX: y",
					   "gopher://a/",
					   "http://u:p@shop/",
					   "https://token@shop/"};
	struct http *http = new_http(NULL);
	struct err err = {0};
	struct got got = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		struct http_request request = {.url = urls[i]};

		if (http_start(http, &request, keep, &got, &err) == 0)
			fail_msg("%s was asked", urls[i]);
		assert_non_null(err.what);
		err_clear(&err);
	}
	const char *const bad[] = {"X-One: two\r\nX-Three: four", NULL};
	assert_int_equal(
	    http_start(http, &(struct http_request){.url = "http://127.0.0.1/", .headers = bad},
		       keep, &got, &err),
	    -1);
	err_clear(&err);
	assert_null(http_credentials_new("http://a/", "Authorization: Bearer x\n"));
	assert_null(http_credentials_new("ftp://a/", "Authorization: Bearer x"));
	assert_int_equal(http_running(http), 0);
	assert_int_equal(got.calls, 0);
	http_free(http);
}

static void test_redirects(void **state)
{
	static const int statuses[] = {301, 302, 303, 307, 308};
	struct httpd *server = httpd_start();
	struct http *http = new_http(NULL);
	struct got got;

	(void)state;
	httpd_reply(server, "/end", &(struct httpd_reply){.body = "here"});
	httpd_redirect(server, "/far", 302, "../end?x=1#fragment");
	for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
		httpd_redirect(server, "/from", statuses[i], "/far");
		got = ask(http, &(struct http_request){.url = httpd_url(server, "/from")});
		assert_int_equal(got.status, 200);
		assert_string_equal(got.body, "here");
		assert_string_equal(got.url, httpd_url(server, "/end?x=1"));
		got_free(&got);
	}
	/* Five are followed, a sixth is not. */
	httpd_redirect(server, "/1", 302, "/2");
	httpd_redirect(server, "/2", 302, "/3");
	httpd_redirect(server, "/3", 302, "/4");
	httpd_redirect(server, "/4", 302, "/5");
	httpd_redirect(server, "/5", 302, "/end");
	got = ask(http, &(struct http_request){.url = httpd_url(server, "/1")});
	assert_string_equal(got.body, "here");
	got_free(&got);
	httpd_redirect(server, "/loop", 302, "/loop");
	fails(ask(http, &(struct http_request){.url = httpd_url(server, "/loop")}), FAILURE_ANSWER,
	      "more than 5 times");
	assert_int_equal(httpd_count_of(server, "/loop"), 6);
	/* No Location: it is what it is. */
	httpd_reply(server, "/none", &(struct httpd_reply){.status = 302, .body = "?"});
	got = ask(http, &(struct http_request){.url = httpd_url(server, "/none")});
	assert_int_equal(got.failure, FAILURE_NONE);
	assert_int_equal(got.status, 302);
	got_free(&got);
	http_free(http);
	httpd_stop(server);
}

static void test_redirects_refused(void **state)
{
	struct httpd *server = httpd_start();
	struct http *http = new_http(NULL);
	static const struct {
		const char *location, *cause;
	} cases[] = {
	    {"file:///etc/passwd", "neither http nor https"},
	    {"ftp://127.0.0.1/x", "neither http nor https"},
	    {"javascript:alert(1)", "an address that is none"},
	    {"http://", "an address that is none"},
	    {"http://a b/", "an address that is none"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		httpd_redirect(server, "/x", 302, cases[i].location);
		fails(ask(http, &(struct http_request){.url = httpd_url(server, "/x")}),
		      FAILURE_ANSWER, cases[i].cause);
	}
	http_free(http);
	httpd_stop(server);
}

/* What a source is given goes to its origin alone: scheme, host and port. */
static void test_credentials_stay_home(void **state)
{
	struct httpd *home = httpd_start(), *away = httpd_start();
	struct http *http = new_http(NULL);
	struct http_credentials *credentials =
	    http_credentials_new(httpd_url(home, "/api"), "X-Key: canary");
	char *there = xstrdup(httpd_url(away, "/there")), *back = xstrdup(httpd_url(home, "/back"));
	struct got got;

	(void)state;
	httpd_reply(away, "/there", &(struct httpd_reply){.body = "away"});
	httpd_reply(home, "/back", &(struct httpd_reply){.body = "home"});
	httpd_redirect(home, "/near", 302, "/back");
	httpd_redirect(home, "/away", 302, there);
	httpd_redirect(away, "/home", 302, back);
	got = ask(http, &(struct http_request){.url = httpd_url(home, "/near"),
					       .credentials = credentials});
	assert_string_equal(got.body, "home");
	assert_false(got.withheld);
	assert_string_equal(httpd_header(httpd_request(home, 0), "X-Key"), "canary");
	assert_string_equal(httpd_header(httpd_request(home, 1), "X-Key"), "canary");
	got_free(&got);
	/* Another port is another origin. */
	got = ask(http, &(struct http_request){.url = httpd_url(home, "/away"),
					       .credentials = credentials});
	assert_string_equal(got.body, "away");
	assert_true(got.withheld);
	assert_null(httpd_header(httpd_request(away, 0), "X-Key"));
	got_free(&got);
	/* So is another name of the same host, and the same URL asked by another source. */
	char *localhost = xasprintf("http://localhost:%d/back", httpd_port(home));
	httpd_forget(home);
	got = ask(http, &(struct http_request){.url = localhost, .credentials = credentials});
	assert_string_equal(got.body, "home");
	assert_null(httpd_header(httpd_request(home, 0), "X-Key"));
	got_free(&got);
	/* Who was elsewhere on the way does not choose what is asked at home with the key. */
	httpd_redirect(away, "/there", 302, back);
	httpd_forget(home);
	got = ask(http, &(struct http_request){.url = httpd_url(home, "/away"),
					       .credentials = credentials});
	assert_string_equal(got.body, "home");
	assert_int_equal(httpd_count(home), 2);
	assert_non_null(httpd_header(httpd_request(home, 0), "X-Key"));
	assert_null(httpd_header(httpd_request(home, 1), "X-Key"));
	got_free(&got);
	/* The next request with the same handle and none. */
	httpd_forget(home);
	got = ask(http, &(struct http_request){.url = back});
	assert_null(httpd_header(httpd_request(home, 0), "X-Key"));
	got_free(&got);
	/* A user in a Location is the server's idea. */
	char *user = xasprintf("http://admin:pw@127.0.0.1:%d/back", httpd_port(home));
	httpd_redirect(home, "/user", 302, user);
	got = ask(http, &(struct http_request){.url = httpd_url(home, "/user")});
	assert_string_equal(got.body, "home");
	assert_null(httpd_header(httpd_request(home, 2), "Authorization"));
	got_free(&got);
	free(user);
	free(localhost);
	free(there);
	free(back);
	http_credentials_free(credentials);
	http_free(http);
	httpd_stop(home);
	httpd_stop(away);
}

/* However a server writes what it was sent, whoever reads the answer does not get it. */
static void test_repeated_secrets_are_masked(void **state)
{
	static const char *const bodies[] = {
	    "{\"you\": \"canary/a&b=c\"}",	 "{\"you\": \"canary\\/a&b=c\"}",
	    "{\"you\": \"canary/a\\u0026b=c\"}", "<p>canary/a&amp;b=c</p>",
	    "say canary/a&b=c, canary/a&b=c!",	 "see /?key=canary%2Fa%26b%3Dc&page=2",
	};
	struct httpd *server = httpd_start();
	struct http *http = new_http(NULL);
	struct http_credentials *credentials =
	    http_credentials_new(httpd_url(server, ""), "X-Key: canary/a&b=c");
	struct got got;

	(void)state;
	http_credentials_guard(credentials, "canary/a&b=c");
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		httpd_reply(server, "/echo",
			    &(struct httpd_reply){
				.status = i % 2 ? 200 : 401,
				.body = bodies[i],
				.headers = "X-Say: canary/a&b=c, /?key=canary%2Fa%26b%3Dc&n\r\n"});
		got = ask(http, &(struct http_request){.url = httpd_url(server, "/echo"),
						       .credentials = credentials});
		assert_int_equal(got.len, strlen(bodies[i]));
		assert_null(strstr(got.body, "b=c"));
		assert_null(strstr(got.body, "b%3Dc"));
		assert_non_null(strstr(got.body, "***"));
		assert_string_equal(got.header, "************, /?key=******************&n");
		got_free(&got);
	}
	/* "data" may be anybody's word: nothing is overwritten. */
	http_credentials_free(credentials);
	credentials = http_credentials_new(httpd_url(server, ""), "X-Key: data");
	http_credentials_guard(credentials, "data");
	httpd_reply(server, "/echo", &(struct httpd_reply){.body = "{\"data\": []}"});
	got = ask(http, &(struct http_request){.url = httpd_url(server, "/echo"),
					       .credentials = credentials});
	assert_string_equal(got.body, "{\"data\": []}");
	got_free(&got);
	http_credentials_free(credentials);
	http_free(http);
	httpd_stop(server);
}

static void test_methods(void **state)
{
	struct httpd *server = httpd_start();
	struct http *http = new_http(NULL);
	const struct httpd_request *request;
	struct http_request ask_with = {.method = "POST",
					.body = "{\"a\": 1}",
					.body_len = 8,
					.content_type = "application/json"};
	struct got got;

	(void)state;
	httpd_reply(server, "/x", &(struct httpd_reply){.status = 201, .body = "made"});
	ask_with.url = httpd_url(server, "/x");
	got = ask(http, &ask_with);
	assert_int_equal(got.status, 201);
	got_free(&got);
	request = httpd_request(server, 0);
	assert_string_equal(request->method, "POST");
	assert_string_equal(request->body, "{\"a\": 1}");
	assert_string_equal(httpd_header(request, "Content-Type"), "application/json");
	assert_null(httpd_header(request, "Expect"));
	got = ask(http, &(struct http_request){.url = httpd_url(server, "/x"), .method = "DELETE"});
	assert_string_equal(httpd_request(server, 1)->method, "DELETE");
	got_free(&got);
	got = ask(http, &(struct http_request){.url = httpd_url(server, "/x"), .method = "HEAD"});
	assert_string_equal(httpd_request(server, 2)->method, "HEAD");
	assert_int_equal(got.len, 0);
	got_free(&got);
	/* The handles are as they were. */
	got = ask(http, &(struct http_request){.url = httpd_url(server, "/x")});
	request = httpd_request(server, 3);
	assert_string_equal(request->method, "GET");
	assert_int_equal(request->len, 0);
	assert_null(httpd_header(request, "Content-Type"));
	assert_string_equal(got.body, "made");
	got_free(&got);
	http_free(http);
	httpd_stop(server);
}

/* What changes something is sent once, whatever comes back. */
static void test_posts_are_not_repeated(void **state)
{
	struct httpd *server = httpd_start();
	struct http *http = new_http(NULL);
	struct http_request post = {.method = "POST", .body = "x", .body_len = 1};
	struct got got;

	(void)state;
	httpd_reply(server, "/end", &(struct httpd_reply){.body = "here"});
	httpd_redirect(server, "/moved", 307, "/end");
	post.url = httpd_url(server, "/moved");
	got = ask(http, &post);
	assert_int_equal(got.status, 307);
	fails(got, FAILURE_ANSWER, "a POST is not repeated");
	assert_int_equal(httpd_count(server), 1);
	/* Also where a kept connection breaks under it. */
	got = ask(http, &(struct http_request){.url = httpd_url(server, "/end")});
	got_free(&got);
	httpd_forget(server);
	httpd_reply(server, "/close", &(struct httpd_reply){.way = HTTPD_CLOSE});
	post.url = httpd_url(server, "/close");
	fails(ask(http, &post), FAILURE_CONNECT, "closed without an answer");
	assert_int_equal(httpd_count(server), 1);
	http_free(http);
	httpd_stop(server);
}

/* The variables that curl's users know; a proxy is told nothing that is for the server behind. */
static void test_proxies(void **state)
{
	struct httpd *proxy = httpd_start(), *server = httpd_start();
	struct http_credentials *credentials =
	    http_credentials_new("https://shop.example/", "X-Key: canary");
	struct http *http;
	struct got got;

	(void)state;
	httpd_reply(proxy, "/x", &(struct httpd_reply){.body = "by proxy"});
	httpd_reply(server, "/x", &(struct httpd_reply){.body = "direct"});
	setenv("http_proxy", httpd_url(proxy, ""), 1);
	setenv("HTTPS_PROXY", httpd_url(proxy, ""), 1);
	setenv("NO_PROXY", "127.0.0.1", 1);
	http = new_http(NULL);
	got = ask(http, &(struct http_request){.url = "http://shop.example/x"});
	assert_string_equal(got.body, "by proxy");
	assert_string_equal(httpd_request(proxy, 0)->target, "http://shop.example/x");
	got_free(&got);
	got = ask(http, &(struct http_request){.url = httpd_url(server, "/x")});
	assert_string_equal(got.body, "direct");
	got_free(&got);
	got = ask(http, &(struct http_request){.url = "https://shop.example/x",
					       .credentials = credentials});
	fails(got, FAILURE_CONNECT, "the proxy refused: it answered 404");
	assert_string_equal(httpd_request(proxy, 1)->method, "CONNECT");
	assert_string_equal(httpd_request(proxy, 1)->target, "shop.example:443");
	assert_null(httpd_header(httpd_request(proxy, 1), "X-Key"));
	http_free(http);
	unsetenv("http_proxy");
	unsetenv("HTTPS_PROXY");
	unsetenv("NO_PROXY");
	http_credentials_free(credentials);
	httpd_stop(proxy);
	httpd_stop(server);
}

/* By whatever name, a URL that anybody may have written does not lead to this machine. */
static void test_foreign_urls_do_not_lead_here(void **state)
{
	struct httpd *server = httpd_start();
	struct http *http = new_http(NULL);
	char *urls[] = {xstrdup(httpd_url(server, "/x")),
			xasprintf("http://localhost:%d/x", httpd_port(server)),
			xasprintf("http://[::ffff:127.0.0.1]:%d/x", httpd_port(server)),
			xasprintf("http://0:%d/x", httpd_port(server)),
			xstrdup("http://169.254.169.254/latest/meta-data/")};
	struct got got;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		got = ask(http, &(struct http_request){
				    .url = urls[i], .foreign = true, .probe = i % 2 != 0});
		fails(got, FAILURE_CONNECT, "is an address of this machine or its link: not asked");
	}
	assert_int_equal(httpd_count(server), 0);
	/* The next one with the same handle may. */
	httpd_reply(server, "/x", &(struct httpd_reply){.body = "x"});
	got = ask(http, &(struct http_request){.url = urls[0]});
	assert_string_equal(got.body, "x");
	got_free(&got);
	/* Nor over a connection that was made for another. */
	got = ask(http, &(struct http_request){.url = urls[0], .foreign = true});
	fails(got, FAILURE_CONNECT, "not asked");
	http_free(http);
	/* Behind a proxy at least no redirect does. */
	setenv("http_proxy", httpd_url(server, ""), 1);
	http = new_http(NULL);
	httpd_redirect(server, "/away", 302, "http://127.0.0.1:9/stop");
	httpd_forget(server);
	got = ask(http, &(struct http_request){.url = "http://shop.example/away", .foreign = true});
	fails(got, FAILURE_ANSWER, "redirected to an address of this machine: not followed");
	assert_int_equal(httpd_count(server), 1);
	unsetenv("http_proxy");
	http_free(http);
	for (size_t i = 0; i < ARRAY_LEN(urls); i++)
		free(urls[i]);
	httpd_stop(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_get),
	    cmocka_unit_test(test_bodies),
	    cmocka_unit_test(test_statuses),
	    cmocka_unit_test(test_caps),
	    cmocka_unit_test(test_broken_answers),
	    cmocka_unit_test(test_timeouts),
	    cmocka_unit_test(test_no_connection),
	    cmocka_unit_test(test_frozen_server),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_urls_not_asked),
	    cmocka_unit_test(test_redirects),
	    cmocka_unit_test(test_redirects_refused),
	    cmocka_unit_test(test_credentials_stay_home),
	    cmocka_unit_test(test_repeated_secrets_are_masked),
	    cmocka_unit_test(test_methods),
	    cmocka_unit_test(test_posts_are_not_repeated),
	    cmocka_unit_test(test_proxies),
	    cmocka_unit_test(test_foreign_urls_do_not_lead_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
