#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/buf.h"
#include "core/mem.h"
#include "fetch/http.h"
#include "tests/support/gitfix.h"
#include "tests/support/httpd.h"
#include "tests/support/nginx.h"

/* A real nginx with a certificate in each state; none is known to this machine. */

enum which { GOOD, SOON, EXPIRED, NOTYET, WRONGHOST, SELFSIGNED, COUNT };

static const char *const certs[COUNT] = {"good",   "soon",	"expired",
					 "notyet", "wronghost", "selfsigned"};

struct site {
	char *dir, *ca;
	struct nginx *nginx; /* NULL: not on this machine */
	int ports[COUNT];
};

static int setup(void **state)
{
	struct site *site = xcalloc(1, sizeof(*site));
	struct buf conf = {0};

	*state = site;
	site->dir = gitfix_tmp();
	site->ca = xasprintf("%s/ca.crt", site->dir);
	if (!certs_make(site->dir))
		return 0;
	for (int i = 0; i < COUNT; i++) {
		site->ports[i] = nginx_free_port();
		buf_addf(&conf,
			 "server { listen 127.0.0.1:%d ssl http2; ssl_certificate %s/%s.crt;\n"
			 "ssl_certificate_key %s/%s.key;\n"
			 "location /secret { if ($http_x_key != canary) { return 403; }\n"
			 "return 200 \"open\"; }\n"
			 "location /down { return 302 http://127.0.0.1:1/; }\n"
			 "location /seen { return 200 \"$connection $server_protocol\"; }\n"
			 "location / { return 200 \"$server_protocol\"; } }\n",
			 site->ports[i], site->dir, certs[i], site->dir, certs[i]);
	}
	site->nginx = nginx_start(site->dir, buf_str(&conf));
	buf_free(&conf);
	return 0;
}

static int teardown(void **state)
{
	struct site *site = *state;

	nginx_stop(site->nginx);
	gitfix_rmtree(site->dir);
	free(site->dir);
	free(site->ca);
	free(site);
	return 0;
}

struct got {
	unsigned calls;
	long status;
	enum failure failure;
	char cause[256], fix[256], body[64], url[256];
	bool tls;
	char issuer[128], names[256], problem[64];
	int64_t from, until;
};

static void keep(void *ctx, const struct http_answer *answer)
{
	const struct http_certificate *certificate = &answer->certificate;
	struct got *got = ctx;
	struct buf names = {0};

	got->calls++;
	got->status = answer->status;
	got->failure = answer->failure;
	snprintf(got->cause, sizeof(got->cause), "%s", answer->cause);
	snprintf(got->fix, sizeof(got->fix), "%s", answer->fix ? answer->fix : "");
	snprintf(got->body, sizeof(got->body), "%s", answer->body);
	snprintf(got->url, sizeof(got->url), "%s", answer->url);
	got->tls = certificate->tls;
	for (size_t i = 0; i < certificate->name_count; i++)
		buf_addf(&names, "%s%s", i ? " " : "", certificate->names[i]);
	snprintf(got->names, sizeof(got->names), "%s", buf_str(&names));
	snprintf(got->issuer, sizeof(got->issuer), "%s",
		 certificate->issuer ? certificate->issuer : "");
	snprintf(got->problem, sizeof(got->problem), "%s",
		 certificate->problem ? certificate->problem : "");
	got->from = certificate->from;
	got->until = certificate->until;
	buf_free(&names);
}

static struct got ask(struct http *http, struct site *site, enum which which, const char *path,
		      struct http_request request)
{
	struct got got = {0};
	char *url = xasprintf("https://localhost:%d%s", site->ports[which], path);

	request.url = url;
	assert_int_equal(http_start(http, &request, keep, &got, NULL), 0);
	while (http_running(http))
		http_wait(http, -1, false, -1);
	assert_int_equal(got.calls, 1);
	free(url);
	return got;
}

static struct got ask_once(struct site *site, enum which which, struct http_request request)
{
	struct http *http = http_new(&(struct http_options){0}, NULL);
	struct got got;

	assert_non_null(http);
	got = ask(http, site, which, "/", request);
	http_free(http);
	return got;
}

static struct site *site_or_skip(void **state)
{
	struct site *site = *state;

	if (!site->nginx) {
		print_message("# SKIP no nginx, or no openssl, on this machine\n");
		skip();
	}
	return site;
}

static void near_day(int64_t when, int days)
{
	int64_t off = when - (int64_t)time(NULL) - days * INT64_C(86400);

	if (off < -300 || off > 300)
		fail_msg("%lld seconds off", (long long)off);
}

/* HTTP/2 where the server has it; the own authority counts for who names it alone. */
static void test_http2(void **state)
{
	struct site *site = site_or_skip(state);
	struct got got = ask_once(site, GOOD, (struct http_request){.ca = site->ca});

	assert_string_equal(got.cause, "");
	assert_int_equal(got.status, 200);
	assert_string_equal(got.body, "HTTP/2.0");
	assert_false(got.tls);
}

static void test_good_certificate(void **state)
{
	struct site *site = site_or_skip(state);
	struct got got = ask_once(site, GOOD, (struct http_request){.ca = site->ca, .probe = true});

	assert_int_equal(got.failure, FAILURE_NONE);
	assert_int_equal(got.status, 200);
	assert_true(got.tls);
	assert_string_equal(got.issuer, "Example Test CA");
	assert_string_equal(got.names, "localhost 127.0.0.1");
	assert_string_equal(got.problem, "");
	near_day(got.from, -10);
	near_day(got.until, 80);
	got = ask_once(site, SOON, (struct http_request){.ca = site->ca, .probe = true});
	assert_int_equal(got.status, 200);
	near_day(got.until, 6);
}

/* A second probe by the same engine sees it as well, though there is a connection. */
static void test_probe_looks_each_time(void **state)
{
	struct site *site = site_or_skip(state);
	struct http *http = http_new(&(struct http_options){0}, NULL);
	struct http_request request = {.ca = site->ca};

	for (int i = 0; i < 4; i++) {
		struct got got;

		request.probe = i > 0;
		got = ask(http, site, GOOD, "/", request);
		assert_int_equal(got.status, 200);
		assert_int_equal(got.tls, request.probe);
	}
	http_free(http);
}

static void test_refused_certificates(void **state)
{
	struct site *site = site_or_skip(state);
	static const struct {
		enum which which;
		bool known; /* the authority is */
		const char *problem, *cause, *fix;
	} cases[] = {
	    {EXPIRED, true, "expired", "its certificate expired 3 days ago", "renew it"},
	    {NOTYET, true, "not yet valid", "its certificate is valid only in 5 days", "clocks"},
	    {WRONGHOST, true, "for another host",
	     "its certificate is for other.example.com, not localhost", "use that name"},
	    {SELFSIGNED, true, "self-signed", "its certificate is self-signed", "set `ca: FILE`"},
	    {GOOD, false, "unknown authority",
	     "its certificate is signed by Example Test CA, which this machine does not know",
	     "set `ca: FILE`"},
	    {EXPIRED, false, "expired", "its certificate expired 3 days ago", "renew it"},
	};

	for (size_t i = 0; i < 2 * ARRAY_LEN(cases); i++) {
		size_t c = i / 2;
		struct got got = ask_once(
		    site, cases[c].which,
		    (struct http_request){.ca = cases[c].known ? site->ca : NULL, .probe = i % 2});

		assert_int_equal(got.failure, FAILURE_TLS);
		assert_int_equal(got.status, 0);
		assert_string_equal(got.cause, cases[c].cause);
		assert_non_null(strstr(got.fix, cases[c].fix));
		assert_true(got.tls);
		assert_string_equal(got.problem, cases[c].problem);
		assert_string_equal(got.body, "");
		if (cases[c].which == EXPIRED)
			near_day(got.until, -3);
	}
	/* The certificate that is its own authority. */
	char *own = xasprintf("%s/selfsigned.crt", site->dir);
	struct got got = ask_once(site, SELFSIGNED, (struct http_request){.ca = own});
	assert_int_equal(got.status, 200);
	free(own);
}

/* The look at a refused certificate says nothing to the server, least of all the key. */
static void test_no_request_to_who_is_refused(void **state)
{
	struct site *site = site_or_skip(state);
	char *log = xasprintf("%s/asked.log", site->dir), *dir = gitfix_tmp();
	char *origin, *conf;
	struct http *http = http_new(&(struct http_options){0}, NULL);
	struct http_credentials *credentials;
	struct nginx *nginx;
	int port = nginx_free_port();
	struct got got = {0};
	FILE *in;

	conf = xasprintf("log_format l '$request $http_x_key'; server { listen 127.0.0.1:%d ssl "
			 "http2; access_log %s l; ssl_certificate %s/expired.crt; "
			 "ssl_certificate_key %s/expired.key; }",
			 port, log, site->dir, site->dir);
	nginx = nginx_start(dir, conf);
	origin = xasprintf("https://localhost:%d/", port);
	credentials = http_credentials_new(origin, "X-Key: canary");
	http_start(http,
		   &(struct http_request){
		       .url = origin, .credentials = credentials, .ca = site->ca, .probe = true},
		   keep, &got, NULL);
	while (http_running(http))
		http_wait(http, -1, false, -1);
	assert_string_equal(got.problem, "expired");
	http_free(http);
	nginx_stop(nginx);
	in = fopen(log, "re");
	assert_non_null(in);
	assert_int_equal(fgetc(in), EOF);
	fclose(in);
	http_credentials_free(credentials);
	gitfix_rmtree(dir);
	free(dir);
	free(log);
	free(conf);
	free(origin);
}

static void test_credentials_over_tls(void **state)
{
	struct site *site = site_or_skip(state);
	struct http *http = http_new(&(struct http_options){0}, NULL);
	char *origin = xasprintf("https://localhost:%d", site->ports[GOOD]);
	char *plain = xasprintf("http://localhost:%d", site->ports[GOOD]);
	struct http_credentials *credentials = http_credentials_new(origin, "X-Key: canary");
	struct http_credentials *other = http_credentials_new(plain, "X-Key: canary");
	struct got got;

	got = ask(http, site, GOOD, "/secret",
		  (struct http_request){.ca = site->ca, .credentials = credentials});
	assert_string_equal(got.body, "open");
	/* The same host and port, but another scheme: another origin. */
	got = ask(http, site, GOOD, "/secret",
		  (struct http_request){.ca = site->ca, .credentials = other});
	assert_int_equal(got.status, 403);
	got = ask(http, site, GOOD, "/down", (struct http_request){.ca = site->ca});
	assert_int_equal(got.failure, FAILURE_ANSWER);
	assert_string_equal(got.cause, "redirected from https to unencrypted http: not followed");
	http_credentials_free(credentials);
	http_credentials_free(other);
	http_free(http);
	free(origin);
	free(plain);
}

struct many {
	unsigned done, connections;
	long last;
};

static void many_done(void *ctx, const struct http_answer *answer)
{
	struct many *many = ctx;
	long connection = strtol(answer->body, NULL, 10);

	assert_int_equal(answer->status, 200);
	many->done++;
	many->connections += connection != many->last;
	many->last = connection;
}

/* Many requests at once share one connection. */
static void test_multiplexing(void **state)
{
	struct site *site = site_or_skip(state);
	struct http *http = http_new(&(struct http_options){0}, NULL);
	char *url = xasprintf("https://localhost:%d/seen", site->ports[GOOD]);
	struct many many = {0};

	for (int i = 0; i < 100; i++)
		http_start(http, &(struct http_request){.url = url, .ca = site->ca}, many_done,
			   &many, NULL);
	while (http_running(http))
		http_wait(http, -1, false, -1);
	assert_int_equal(many.done, 100);
	assert_int_equal(many.connections, 1);
	http_free(http);
	free(url);
}

/* The wrong one of http and https in a URL is said to be that. */
static void test_wrong_scheme(void **state)
{
	struct site *site = site_or_skip(state);
	struct httpd *plain = httpd_start();
	struct http *http = http_new(&(struct http_options){0}, NULL);
	char *url = xasprintf("https://localhost:%d/", httpd_port(plain));
	struct got got = {0};

	(void)site;
	http_start(http, &(struct http_request){.url = url}, keep, &got, NULL);
	while (http_running(http))
		http_wait(http, -1, false, -1);
	assert_int_equal(got.failure, FAILURE_TLS);
	assert_non_null(strstr(got.cause, "does not speak TLS"));
	assert_non_null(strstr(got.fix, "http://"));
	http_free(http);
	httpd_stop(plain);
	free(url);
}

/* A server that stops between two requests: the connection and its TLS are there. */
static void test_stopped_server(void **state)
{
	struct site *site = site_or_skip(state);
	struct http *http = http_new(&(struct http_options){0}, NULL);
	struct http_request request = {.ca = site->ca, .timeout_ms = 5000};
	struct got got = ask(http, site, GOOD, "/", request);

	assert_int_equal(got.status, 200);
	kill(nginx_pid(site->nginx), SIGSTOP);
	request.timeout_ms = 300;
	got = ask(http, site, GOOD, "/", request);
	assert_string_equal(got.cause, "no answer within 300 ms");
	got = ask_once(site, GOOD, request);
	assert_string_equal(got.cause, "connected, but no TLS within 300 ms");
	assert_int_equal(got.failure, FAILURE_TIMEOUT);
	kill(nginx_pid(site->nginx), SIGCONT);
	request.timeout_ms = 5000;
	got = ask(http, site, GOOD, "/", request);
	assert_int_equal(got.status, 200);
	http_free(http);
}

/* A file of authorities that is none. */
static void test_bad_ca_file(void **state)
{
	struct site *site = site_or_skip(state);
	struct got got = ask_once(site, GOOD, (struct http_request){.ca = "/nowhere/ca.pem"});

	assert_int_equal(got.failure, FAILURE_TLS);
	assert_non_null(strstr(got.cause, "/nowhere/ca.pem cannot be used"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_http2),
	    cmocka_unit_test(test_good_certificate),
	    cmocka_unit_test(test_probe_looks_each_time),
	    cmocka_unit_test(test_refused_certificates),
	    cmocka_unit_test(test_no_request_to_who_is_refused),
	    cmocka_unit_test(test_credentials_over_tls),
	    cmocka_unit_test(test_multiplexing),
	    cmocka_unit_test(test_wrong_scheme),
	    cmocka_unit_test(test_stopped_server),
	    cmocka_unit_test(test_bad_ca_file),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
