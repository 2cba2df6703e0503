/* Many transfers at once: who waits for whom, and what waiting costs. */

#include <dlfcn.h>
#include <malloc.h>
#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/mem.h"
#include "fetch/http.h"
#include "tests/support/got.h"
#include "tests/support/httpd.h"

struct many {
	struct http *http;
	struct httpd *server;
	unsigned left, done, bad;
};

static void many_done(void *ctx, const struct http_answer *answer)
{
	struct many *many = ctx;

	many->done++;
	many->bad += answer->status != 200;
	if (many->left) {
		struct http_request request = {.url = httpd_url(many->server, "/x")};

		many->left--;
		assert_int_equal(http_start(many->http, &request, many_done, many, NULL), 0);
	}
}

/* Requests may be asked for in callbacks; a host sees few connections, and keeps them. */
static void test_many(void **state)
{
	struct httpd *server = httpd_start();
	struct http_options options = {.host_connections = 4};
	struct http *http = http_new(&options, NULL);
	struct many many = {.http = http, .server = server, .left = 200};

	(void)state;
	httpd_reply(server, "/x", &(struct httpd_reply){.body = "x", .pause_ms = 1});
	for (int i = 0; i < 100; i++)
		many_done(&many, &(struct http_answer){.status = 200});
	assert_int_equal(http_running(http), 100);
	while (http_running(http))
		http_wait(http, -1, false, -1);
	assert_int_equal(many.done, 300);
	assert_int_equal(many.bad, 0);
	assert_int_equal(httpd_count(server), 200);
	assert_in_range(httpd_connections(server), 1, 4);
	http_free(http);
	httpd_stop(server);
}

/* Time runs when somebody was asked, not while we make them wait; others go on meanwhile. */
static void test_waiting_is_not_failing(void **state)
{
	struct httpd *slow = httpd_start(), *quick = httpd_start();
	struct http_options options = {.host_connections = 2, .all_connections = 4};
	struct http *http = http_new(&options, NULL);
	struct got got[8] = {{0}}, other = {0};

	(void)state;
	httpd_reply(slow, "/x", &(struct httpd_reply){.body = "x", .pause_ms = 200});
	httpd_reply(quick, "/x", &(struct httpd_reply){.body = "q"});
	for (size_t i = 0; i < ARRAY_LEN(got); i++)
		http_start(http,
			   &(struct http_request){.url = httpd_url(slow, "/x"), .timeout_ms = 500},
			   keep, &got[i], NULL);
	http_start(http, &(struct http_request){.url = httpd_url(quick, "/x")}, keep, &other, NULL);
	while (!other.calls)
		http_wait(http, -1, false, -1);
	assert_int_equal(http_running(http), 8);
	while (http_running(http))
		http_wait(http, -1, false, -1);
	for (size_t i = 0; i < ARRAY_LEN(got); i++) {
		assert_int_equal(got[i].failure, FAILURE_NONE);
		got_free(&got[i]);
	}
	got_free(&other);
	http_free(http);
	httpd_stop(slow);
	httpd_stop(quick);
}

/* A thousand quick answers leave the caller its turn. */
static void test_fd_is_not_forgotten(void **state)
{
	struct httpd *server = httpd_start();
	struct http *http = new_http(NULL);
	struct many many = {.http = http, .server = server};
	int pair[2];

	(void)state;
	assert_int_equal(pipe(pair), 0);
	httpd_reply(server, "/x", &(struct httpd_reply){.body = "x"});
	for (int i = 0; i < 1000; i++)
		http_start(http, &(struct http_request){.url = httpd_url(server, "/x")}, many_done,
			   &many, NULL);
	assert_true(http_wait(http, pair[1], true, -1));
	assert_in_range(http_running(http), 500, 1000);
	while (http_running(http))
		assert_true(http_wait(http, pair[1], true, -1));
	assert_int_equal(many.done, 1000);
	assert_int_equal(many.bad, 0);
	http_free(http);
	httpd_stop(server);
	close(pair[0]);
	close(pair[1]);
}

/* Nobody waits for another's answer before being asked. */
static void test_all_are_asked(void **state)
{
	struct httpd *server = httpd_start();
	struct http *http = new_http(NULL);
	struct got got[3] = {{0}};

	(void)state;
	httpd_reply(server, "/x", &(struct httpd_reply){.way = HTTPD_HANG});
	for (size_t i = 0; i < ARRAY_LEN(got); i++)
		http_start(
		    http,
		    &(struct http_request){.url = httpd_url(server, "/x"), .timeout_ms = 20000},
		    keep, &got[i], NULL);
	while (httpd_count(server) < ARRAY_LEN(got) && http_running(http) == ARRAY_LEN(got))
		http_wait(http, -1, false, 10);
	assert_int_equal(httpd_count(server), ARRAY_LEN(got));
	http_free(http);
	httpd_stop(server);
}

static void test_wait_for_fd(void **state)
{
	struct httpd *server = httpd_start();
	struct http *http = new_http(NULL);
	struct got got = {0};
	int pair[2];

	(void)state;
	assert_int_equal(pipe(pair), 0);
	/* Nothing to do, with and without a transfer that hangs. */
	assert_false(http_wait(http, pair[0], false, 10));
	assert_false(http_wait(http, -1, false, -1));
	assert_true(http_wait(http, pair[1], true, -1));
	assert_int_equal(write(pair[1], "x", 1), 1);
	assert_true(http_wait(http, pair[0], false, -1));
	httpd_reply(server, "/x", &(struct httpd_reply){.way = HTTPD_HANG});
	http_start(http,
		   &(struct http_request){.url = httpd_url(server, "/x"), .timeout_ms = 60000},
		   keep, &got, NULL);
	while (!httpd_count(server))
		http_wait(http, -1, false, 10);
	assert_true(http_wait(http, pair[0], false, -1));
	assert_true(http_wait(http, pair[1], true, -1));
	assert_int_equal(read(pair[0], &(char){0}, 1), 1);
	assert_false(http_wait(http, pair[0], false, 10));
	/* Ends without a callback. */
	http_free(http);
	assert_int_equal(got.calls, 0);
	httpd_stop(server);
	close(pair[0]);
	close(pair[1]);
}

/* Time passes with connections kept, and nothing wakes us: not curl, not the server's closing. */
static void test_idle(void **state)
{
	struct httpd *server = httpd_start();
	struct http *http = new_http(NULL);
	struct rusage before, after;
	int pair[2];

	(void)state;
	assert_int_equal(pipe(pair), 0);
	httpd_reply(server, "/x", &(struct httpd_reply){.body = "x"});
	for (int i = 0; i < 2; i++) {
		struct got got = ask(http, &(struct http_request){.url = httpd_url(server, "/x")});

		got_free(&got);
		getrusage(RUSAGE_SELF, &before);
		assert_false(http_wait(http, pair[0], false, 400));
		getrusage(RUSAGE_SELF, &after);
		assert_true(after.ru_nvcsw - before.ru_nvcsw <= 2);
	}
	assert_int_equal(httpd_connections(server), 1);
	http_free(http);
	httpd_stop(server);
	close(pair[0]);
	close(pair[1]);
}

/* Ten thousand refreshes leave nothing behind: neither memory nor files nor connections. */
static void test_memory_is_flat(void **state)
{
	struct httpd *server = httpd_start();
	struct http *http = new_http(NULL);
	struct mallinfo2 before = {0}, after;
	unsigned rounds = getenv("SVCTOP_VALGRIND") ? 1000 : 10000;

	(void)state;
	httpd_reply(server, "/x", &(struct httpd_reply){.body = "x"});
	httpd_redirect(server, "/away", 302, "/x");
	httpd_reply(server, "/close", &(struct httpd_reply){.way = HTTPD_CLOSE});
	for (unsigned i = 0; i < rounds; i++) {
		static const char *const paths[] = {"/x", "/away", "/x", "/close", "/x?y=1"};
		struct http_request request = {.url = httpd_url(server, paths[i % 5])};
		struct got got;

		request.method = i % 7 ? NULL : "POST";
		request.probe = i % 11 == 0;
		got = ask(http, &request);
		got_free(&got);
		if (i == rounds / 10)
			before = mallinfo2();
	}
	after = mallinfo2();
	assert_true(after.uordblks <= before.uordblks + 65536);
	assert_in_range(httpd_open(server), 0, 6);
	http_free(http);
	httpd_stop(server);
}

/* Ten servers that hang do not make the eleventh slow, nor http_wait() busy. */
static void test_hung_servers(void **state)
{
	struct httpd *servers[10], *quick = httpd_start();
	struct http *http = new_http(NULL);
	struct got hung[10] = {{0}}, got = {0};
	struct rusage before, after;

	(void)state;
	httpd_reply(quick, "/x", &(struct httpd_reply){.body = "x"});
	for (size_t i = 0; i < ARRAY_LEN(servers); i++) {
		servers[i] = httpd_start();
		httpd_freeze(servers[i]);
		http_start(
		    http,
		    &(struct http_request){.url = httpd_url(servers[i], "/x"), .timeout_ms = 1000},
		    keep, &hung[i], NULL);
	}
	http_start(http, &(struct http_request){.url = httpd_url(quick, "/x")}, keep, &got, NULL);
	while (!got.calls)
		http_wait(http, -1, false, -1);
	assert_string_equal(got.body, "x");
	assert_int_equal(http_running(http), 10);
	getrusage(RUSAGE_SELF, &before);
	while (http_running(http))
		http_wait(http, -1, false, -1);
	getrusage(RUSAGE_SELF, &after);
	/* Each ends for itself; curl has a timer or two besides. */
	assert_true(after.ru_nvcsw - before.ru_nvcsw < 60);
	for (size_t i = 0; i < ARRAY_LEN(servers); i++) {
		fails(hung[i], FAILURE_TIMEOUT, "no answer within 1 s");
		httpd_stop(servers[i]);
	}
	got_free(&got);
	http_free(http);
	httpd_stop(quick);
}

static atomic_int hanging;

/* Names of this test's own hosts: one that hangs, others as the system has them. */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
		struct addrinfo **result)
{
	int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	if (node && strcmp(node, "hangs.example") == 0) {
		atomic_fetch_add(&hanging, 1);
		sleep(60);
	}
	return real(node, service, hints, result);
}

/* DNS that says nothing takes its own time, and nobody else's. */
static void test_hung_resolver(void **state)
{
	struct httpd *server = httpd_start();
	struct http *http = new_http(NULL);
	struct got hung = {0}, got = {0};
	struct timespec from, to;

	(void)state;
	httpd_reply(server, "/x", &(struct httpd_reply){.body = "x"});
	http_start(http, &(struct http_request){.url = "http://hangs.example/", .timeout_ms = 300},
		   keep, &hung, NULL);
	http_start(http, &(struct http_request){.url = httpd_url(server, "/x")}, keep, &got, NULL);
	clock_gettime(CLOCK_MONOTONIC, &from);
	while (http_running(http))
		http_wait(http, -1, false, -1);
	clock_gettime(CLOCK_MONOTONIC, &to);
	assert_int_equal(atomic_load(&hanging), 1);
	assert_true(to.tv_sec - from.tv_sec < 30);
	assert_string_equal(got.body, "x");
	got_free(&got);
	fails(hung, FAILURE_RESOLVE, "DNS did not say within 300 ms who hangs.example is");
	http_free(http);
	httpd_stop(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_many),
	    cmocka_unit_test(test_waiting_is_not_failing),
	    cmocka_unit_test(test_fd_is_not_forgotten),
	    cmocka_unit_test(test_all_are_asked),
	    cmocka_unit_test(test_wait_for_fd),
	    cmocka_unit_test(test_hung_resolver),
	    cmocka_unit_test(test_idle),
	    cmocka_unit_test(test_hung_servers),
	    cmocka_unit_test(test_memory_is_flat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
