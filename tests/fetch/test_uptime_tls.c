/*
 * The uptime source through courier and engine, against a real nginx with a certificate in
 * each state.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "tests/support/asking.h"
#include "tests/support/gitfix.h"
#include "tests/support/nginx.h"

static const char *const certs[] = {"good", "soon", "expired", "notyet", "wronghost", "selfsigned"};

struct site {
	char *dir;
	struct nginx *nginx; /* NULL: not on this machine */
	int ports[ARRAY_LEN(certs)];
};

static int set_up(void **state)
{
	struct site *site = xcalloc(1, sizeof(*site));
	struct buf conf = {0};

	*state = site;
	site->dir = gitfix_tmp();
	if (!certs_make(site->dir))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(certs); i++) {
		site->ports[i] = nginx_free_port();
		buf_addf(&conf,
			 "server { listen 127.0.0.1:%d ssl; ssl_certificate %s/%s.crt;\n"
			 "ssl_certificate_key %s/%s.key; location /500 { return 500; }\n"
			 "location /503 { return 503; } location /401 { return 401; }\n"
			 "location /404 { return 404; } location /circle { return 302 /circle; }\n"
			 "location /moved { return 301 https://localhost:%d/; }\n"
			 "location /plain { return 302 http://localhost:%d/; }\n"
			 "location / { return 200 ok; } }\n",
			 site->ports[i], site->dir, certs[i], site->dir, certs[i], site->ports[0],
			 site->ports[0]);
	}
	site->nginx = nginx_start(site->dir, buf_str(&conf));
	buf_free(&conf);
	return 0;
}

static int tear_down(void **state)
{
	struct site *site = *state;

	nginx_stop(site->nginx);
	gitfix_rmtree(site->dir);
	free(site->dir);
	free(site);
	return 0;
}

/* ---- asking ---- */

static const char *topic_of(struct arena *arena, const struct site *site, const char *cert,
			    const char *path)
{
	for (size_t i = 0; i < ARRAY_LEN(certs); i++)
		if (!strcmp(cert, certs[i]))
			return arena_printf(arena, "https://localhost:%d%s", site->ports[i], path);
	return path; /* a whole URL */
}

/* Everything that the courier tells of these URLs, asked once. */
static struct live *asked(const char *ca, const char *const *urls, size_t count)
{
	struct buf text = {0};
	struct live *live;

	buf_addf(&text, "sources:\n- type: uptime\n  timeout: 1s\n  urls:\n");
	for (size_t i = 0; i < count; i++)
		buf_addf(&text, "    s%zu: %s\n", i, urls[i]);
	if (ca)
		buf_addf(&text, "  ca: %s/ca.crt\n", ca);
	live = asking_once(buf_str(&text), NULL);
	buf_free(&text);
	return live;
}

static const struct signal *signal_of(const struct live *live, const char *url,
				      enum signal_kind kind)
{
	const struct live_topic *topic = asking_topic(live, "uptime", url);

	if (topic->failing_since)
		fail_msg("%s: %s", url, topic->cause);
	for (size_t i = 0; i < topic->signal_count; i++)
		if (topic->signals[i].kind == kind)
			return &topic->signals[i];
	return NULL;
}

static void expect(const struct live *live, const char *url, enum signal_kind kind,
		   enum signal_state state, const char *words)
{
	const struct signal *signal = signal_of(live, url, kind);

	if (!signal) {
		fail_msg("%s: no %s", url, signal_kind_name(kind));
		return;
	}
	if (signal->state != state || !strstr(signal->text, words))
		fail_msg("%s: %s %s: %s", url, signal_kind_name(kind),
			 signal_state_name(signal->state), signal->text);
}

/* ---- tests ---- */

static void each_certificate_is_told_in_words(void **state)
{
	static const struct {
		const char *cert;
		enum signal_state uptime, state;
		const char *up, *text, *value;
		int days; /* or one more, in the second in which it was made */
	} cases[] = {
	    {"good", SIGNAL_OK, SIGNAL_OK, "answers 200", "good until", NULL, 60},
	    {"soon", SIGNAL_OK, SIGNAL_WARNING, "answers 200", "ends on", NULL, 5},
	    {"expired", SIGNAL_CRITICAL, SIGNAL_CRITICAL, "turned back: its certificate expired",
	     "expired on", "expired", -4},
	    {"notyet", SIGNAL_CRITICAL, SIGNAL_CRITICAL,
	     "turned back: its certificate is valid only in 5 days", "not valid before",
	     "not yet valid", 60},
	    {"wronghost", SIGNAL_CRITICAL, SIGNAL_CRITICAL,
	     "turned back: its certificate is for other.example.com, not localhost",
	     "its certificate is for other.example.com, not localhost", "for another host", 60},
	    {"selfsigned", SIGNAL_CRITICAL, SIGNAL_CRITICAL,
	     "turned back: its certificate is self-signed", "its certificate is self-signed",
	     "self-signed", 60},
	};
	struct site *site = *state;
	struct arena *arena = arena_new();
	const char *urls[ARRAY_LEN(cases)];
	struct live *live;

	if (!site->nginx)
		skip();
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		urls[i] = topic_of(arena, site, cases[i].cert, "/");
	live = asked(site->dir, urls, ARRAY_LEN(urls));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct signal *signal = signal_of(live, urls[i], SIGNAL_CERT);

		expect(live, urls[i], SIGNAL_UPTIME, cases[i].uptime, cases[i].up);
		expect(live, urls[i], SIGNAL_CERT, cases[i].state, cases[i].text);
		assert_string_equal(signal->title, "localhost");
		assert_non_null(signal_label(signal, "issuer"));
		assert_true(signal->until > 0);
		if (cases[i].value)
			assert_string_equal(signal->value, cases[i].value);
		if (cases[i].days == 60)
			assert_true(signal->number >= 20);
		else
			assert_in_range((int)signal->number + 10, cases[i].days + 10,
					cases[i].days + 11);
	}
	assert_string_equal(signal_label(signal_of(live, urls[0], SIGNAL_CERT), "issuer"),
			    "Example Test CA");
	live_free(live);
	arena_free(arena);
}

/* A private authority is fine for those who know it: a warning, and nothing green. */
static void an_unknown_authority_is_a_warning(void **state)
{
	struct site *site = *state;
	struct arena *arena = arena_new();
	struct live *live;
	const char *url;

	if (!site->nginx)
		skip();
	url = topic_of(arena, site, "good", "/");
	live = asked(NULL, &url, 1);
	expect(live, url, SIGNAL_UPTIME, SIGNAL_WARNING, "which this machine does not know");
	expect(live, url, SIGNAL_CERT, SIGNAL_WARNING, "which this machine does not know");
	live_free(live);
	arena_free(arena);
}

static void answers_are_judged_as_visitors_would(void **state)
{
	static const struct {
		const char *path;
		enum signal_state state;
		const char *text;
	} cases[] = {
	    {"/", SIGNAL_OK, "answers 200"},
	    {"/401", SIGNAL_OK, "wants a login"},
	    {"/404", SIGNAL_CRITICAL, "no such page"},
	    {"/500", SIGNAL_CRITICAL, "answers 500"},
	    {"/503", SIGNAL_CRITICAL, "answers 503"},
	    {"/moved", SIGNAL_OK, "answers 200"},
	    {"/plain", SIGNAL_WARNING, "without encryption"},
	    {"/circle", SIGNAL_CRITICAL, "redirected more than"},
	};
	struct site *site = *state;
	struct arena *arena = arena_new();
	const char *urls[ARRAY_LEN(cases)];
	struct live *live;

	if (!site->nginx)
		skip();
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		urls[i] = topic_of(arena, site, "good", cases[i].path);
	live = asked(site->dir, urls, ARRAY_LEN(urls));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		expect(live, urls[i], SIGNAL_UPTIME, cases[i].state, cases[i].text);
		assert_non_null(signal_of(live, urls[i], SIGNAL_CERT));
	}
	live_free(live);
	arena_free(arena);
}

static void who_does_not_answer_is_down(void **state)
{
	struct site *site = *state;
	struct arena *arena = arena_new();
	struct live *live;
	const char *urls[2];

	if (!site->nginx)
		skip();
	urls[0] = topic_of(arena, site, "good", "/");
	urls[1] = arena_printf(arena, "http://127.0.0.1:%d/", nginx_free_port());
	kill(nginx_pid(site->nginx), SIGSTOP);
	live = asked(site->dir, urls, ARRAY_LEN(urls));
	kill(nginx_pid(site->nginx), SIGCONT);
	expect(live, urls[0], SIGNAL_UPTIME, SIGNAL_CRITICAL, "1 s");
	expect(live, urls[1], SIGNAL_UPTIME, SIGNAL_CRITICAL, "connection refused");
	live_free(live);
	arena_free(arena);
}

/* Nothing else was reached: it may be this machine that has no network. */
static void a_name_that_is_not_found_is_unknown_alone(void **state)
{
	const char *url = "https://no-such-host.invalid/";
	struct live *live = asked(NULL, &url, 1);
	const struct live_topic *topic = asking_topic(live, "uptime", url);

	(void)state;
	assert_true(topic->failing_since > 0);
	assert_int_equal(topic->failure, FAILURE_RESOLVE);
	assert_int_equal(topic->signal_count, 0);
	live_free(live);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_certificate_is_told_in_words),
	    cmocka_unit_test(an_unknown_authority_is_a_warning),
	    cmocka_unit_test(answers_are_judged_as_visitors_would),
	    cmocka_unit_test(who_does_not_answer_is_down),
	    cmocka_unit_test(a_name_that_is_not_found_is_unknown_alone),
	};

	int code;

	if (asking_child(argc, argv, &code))
		return code;
	setenv("no_proxy", "*", 1);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
