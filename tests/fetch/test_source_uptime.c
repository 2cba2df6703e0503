/* What the uptime source asks, and what it says of answers and certificates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "fetch/source.h"
#include "fetch/source_url.h"

#define NOW INT64_C(1795399200) /* 2026-11-23 02:00 */
#define DAY INT64_C(86400)

static struct arena *arena;

static int begin(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct subject subject_of(const char *name, const char *url)
{
	const char **urls = arena_alloc(arena, sizeof(*urls));

	urls[0] = url;
	return (struct subject){.name = name, .urls = urls, .url_count = url ? 1 : 0};
}

static struct source_requests planned(const struct config_source *config, struct subject *subjects,
				      size_t count)
{
	struct subject_list list = {subjects, count};
	struct source_context context = {.config = config, .subjects = &list, .now = NOW};
	struct source_requests out = {.arena = arena};

	source_uptime.plan(&context, &out);
	return out;
}

/* What read() makes of an answer for the one service "shop" with that URL. */
struct outcome {
	int result;
	struct signal_list signals;
	char error[256];
};

static struct outcome outcome_of(const struct config_source *config, const char *url,
				 struct source_answer answer)
{
	struct subject shop = subject_of("shop", url);
	struct subject_list list = {&shop, 1};
	struct source_context context = {.config = config, .subjects = &list, .now = NOW};
	struct source_requests asked = {.arena = arena};
	struct source_result out = {.signals.arena = arena, .more.arena = arena};
	struct outcome outcome = {0};
	struct err err = {0};

	if (!answer.at)
		answer.at = NOW;
	source_uptime.plan(&context, &asked);
	assert_int_equal(asked.count, 1);
	outcome.result = source_uptime.read(&context, &asked.requests[0], &answer, &out, &err);
	outcome.signals = out.signals;
	snprintf(outcome.error, sizeof(outcome.error), "%s", err.what ? err.what : "");
	err_clear(&err);
	return outcome;
}

static const struct signal *first(const struct outcome *outcome, enum signal_kind kind)
{
	for (size_t i = 0; i < outcome->signals.count; i++)
		if (outcome->signals.signals[i].kind == kind)
			return &outcome->signals.signals[i];
	return NULL;
}

static const struct config_source plain = {.type = "uptime", .name = "uptime"};

static void expect_uptime(struct source_answer answer, enum signal_state state, const char *word)
{
	struct outcome outcome = outcome_of(&plain, "https://shop.example/", answer);
	const struct signal *signal = first(&outcome, SIGNAL_UPTIME);

	assert_int_equal(outcome.result, 0);
	assert_non_null(signal);
	assert_non_null(strstr(signal->text, word));
	assert_int_equal(signal->state, state);
}

/* ---- plan ---- */

static void each_url_is_asked_once(void **state)
{
	struct subject subjects[] = {
	    subject_of("api", "https://api.example/health"),
	    subject_of("shop", "https://shop.example/"),
	    subject_of("shop-eu", "https://shop.example/"),
	    subject_of("worker", NULL),
	};
	struct source_requests out = planned(&plain, subjects, ARRAY_LEN(subjects));

	(void)state;
	assert_int_equal(out.count, 2);
	assert_string_equal(out.requests[0].url, "https://api.example/health");
	assert_string_equal(out.requests[0].topic, "https://api.example/health");
	assert_int_equal(out.requests[0].transfer, TRANSFER_PROBE);
	assert_true(out.requests[0].every_status);
	assert_true(out.requests[0].uncached);
	assert_true(out.requests[0].kinds & 1u << SIGNAL_CERT);
	/* What fails is the trouble of one service, or of all that share the URL. */
	assert_string_equal(out.requests[0].subject, "api");
	assert_null(out.requests[1].subject);
}

static void plain_http_has_no_certificate(void **state)
{
	struct subject subject = subject_of("a", "http://a.example/");
	struct source_requests out = planned(&plain, &subject, 1);

	(void)state;
	assert_int_equal(out.count, 1);
	assert_int_equal(out.requests[0].kinds, 1u << SIGNAL_UPTIME);
}

/* Descriptors say all sorts of things, and must not choose what is asked of this machine. */
static void what_a_descriptor_must_not_choose_is_not_asked(void **state)
{
	static const char *const urls[] = {
	    "ftp://a.example/",
	    "shop.example",
	    "https://",
	    "https://me:pw@a.example/",
	    "https://{env}.example/",
	    "https://a.example/ b",
	    "https://a.example/\x1b[1m",
	    "http://localhost:8080/shutdown",
	    "http://LOCALHOST./x",
	    "http://app.localhost/",
	    "http://127.0.0.1/",
	    "http://127.1/",
	    "http://2130706433/",
	    "http://0x7f000001/",
	    "http://[::1]:9000/",
	    "http://[::ffff:127.0.0.1]/",
	    "http://169.254.169.254/latest/meta-data/",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		struct subject subject = subject_of("a", urls[i]);
		struct source_requests out = planned(&plain, &subject, 1);

		if (out.count)
			fail_msg("%s is asked", urls[i]);
	}
}

static void the_user_may_choose_loopback(void **state)
{
	struct config_pair urls = {"urls", "http://127.0.0.1:8080/", 3};
	struct config_pair loopback = {"loopback", "true", 3};
	struct config_source with_url = plain, with_loopback = plain;
	struct subject subject = subject_of("a", "http://127.0.0.1:8080/");
	struct source_requests out;

	(void)state;
	with_url.options = &urls;
	with_url.option_count = 1;
	out = planned(&with_url, NULL, 0);
	assert_int_equal(out.count, 1);
	with_loopback.options = &loopback;
	with_loopback.option_count = 1;
	out = planned(&with_loopback, &subject, 1);
	assert_int_equal(out.count, 1);
	assert_false(out.requests[0].foreign);
}

/* A name may lead to this machine all the same, which only who looks it up can tell. */
static void what_a_descriptor_names_is_foreign(void **state)
{
	struct config_pair urls = {"urls", "https://both.example/", 3};
	struct config_source with_url = plain;
	struct subject subjects[] = {subject_of("a", "https://a.example/"),
				     subject_of("b", "https://both.example/")};
	struct source_requests out;

	(void)state;
	with_url.options = &urls;
	with_url.option_count = 1;
	out = planned(&with_url, subjects, 2);
	assert_int_equal(out.count, 2);
	assert_true(out.requests[0].foreign);
	assert_false(out.requests[1].foreign);
}

static void one_service_has_no_thousand_urls(void **state)
{
	static const char *urls[1000];
	struct subject subject = {.name = "a", .urls = urls, .url_count = 1000};
	struct source_requests out;

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		urls[i] = arena_printf(arena, "https://a.example/%zu", i);
	out = planned(&plain, &subject, 1);
	assert_int_equal(out.count, 20);
}

/* ---- answers ---- */

static void good_answers_are_ok(void **state)
{
	(void)state;
	expect_uptime((struct source_answer){.status = 200, .seconds = .142}, SIGNAL_OK, "200");
	expect_uptime((struct source_answer){.status = 204}, SIGNAL_OK, "204");
	expect_uptime((struct source_answer){.status = 401}, SIGNAL_OK, "login");
	expect_uptime((struct source_answer){.status = 403}, SIGNAL_OK, "login");
	expect_uptime(
	    (struct source_answer){.status = 200, .url = "https://www.shop.example/welcome"},
	    SIGNAL_OK, "200");
	/* A page beyond the cap was sent all the same. */
	expect_uptime((struct source_answer){.status = 200,
					     .failure = FAILURE_ANSWER,
					     .cause = "the answer is larger than 256 KiB"},
		      SIGNAL_OK, "200");
}

static const char *location;

static const char *header_of(const void *ctx, const char *name)
{
	(void)ctx;
	return !strcmp(name, "location") ? location : NULL;
}

static void redirects_that_were_not_followed(void **state)
{
	struct source_answer answer = {.status = 302,
				       .failure = FAILURE_ANSWER,
				       .cause = "redirected more than 5 times",
				       .header = header_of};

	(void)state;
	location = "/login";
	expect_uptime(answer, SIGNAL_CRITICAL, "more than 5 times");
	location = "http://shop.example/";
	expect_uptime(answer, SIGNAL_WARNING, "encryption");
	location = NULL;
	expect_uptime((struct source_answer){.status = 302}, SIGNAL_OK, "302");
}

static void a_proxy_that_wants_a_login_says_nothing(void **state)
{
	struct outcome outcome =
	    outcome_of(&plain, "https://shop.example/", (struct source_answer){.status = 407});

	(void)state;
	assert_int_equal(outcome.result, -1);
	assert_non_null(strstr(outcome.error, "proxy"));
}

static void doubtful_answers_are_warnings(void **state)
{
	(void)state;
	expect_uptime((struct source_answer){.status = 200, .seconds = 3.2}, SIGNAL_WARNING,
		      "slow");
	expect_uptime((struct source_answer){.status = 200, .url = "https://login.sso.test/x"},
		      SIGNAL_WARNING, "login.sso.test");
	expect_uptime((struct source_answer){.status = 200, .url = "http://shop.example/"},
		      SIGNAL_WARNING, "encryption");
	expect_uptime((struct source_answer){.status = 429}, SIGNAL_WARNING, "too many");
	expect_uptime((struct source_answer){.status = 405}, SIGNAL_WARNING, "405");
}

static void bad_answers_are_critical(void **state)
{
	(void)state;
	expect_uptime((struct source_answer){.status = 404}, SIGNAL_CRITICAL, "404");
	expect_uptime((struct source_answer){.status = 500}, SIGNAL_CRITICAL, "500");
	expect_uptime((struct source_answer){.status = 503}, SIGNAL_CRITICAL, "503");
	expect_uptime(
	    (struct source_answer){.failure = FAILURE_TIMEOUT, .cause = "no answer within 10 s"},
	    SIGNAL_CRITICAL, "no answer within 10 s");
	expect_uptime((struct source_answer){.failure = FAILURE_CONNECT,
					     .cause = "connection refused: is it running?"},
		      SIGNAL_CRITICAL, "refused");
	expect_uptime((struct source_answer){.status = 200,
					     .failure = FAILURE_TIMEOUT,
					     .cause = "the answer did not end within 10 s"},
		      SIGNAL_CRITICAL, "began to answer (200)");
	expect_uptime(
	    (struct source_answer){.failure = FAILURE_TLS, .tls = true, .cert_problem = "expired"},
	    SIGNAL_CRITICAL, "expired");
}

static void what_an_answer_says_is_told_in_numbers(void **state)
{
	struct outcome outcome =
	    outcome_of(&plain, "https://shop.example/",
		       (struct source_answer){.status = 200, .seconds = .1424});
	const struct signal *signal = first(&outcome, SIGNAL_UPTIME);

	(void)state;
	assert_string_equal(signal->value, "142 ms");
	assert_true(signal->number > .142 && signal->number < .143);
	assert_string_equal(signal->title, "https://shop.example/");
	assert_string_equal(signal->url, "https://shop.example/");
	assert_string_equal(signal_label(signal, "svctop_probe"), "own");
	assert_string_equal(signal->keys[0].name, "subject");
	assert_string_equal(signal->keys[0].value, "shop");
	assert_null(first(&outcome, SIGNAL_CERT));
}

static void statuses_that_are_expected_are_fine(void **state)
{
	struct config_pair options[] = {{"expect", "404", 3}, {"slow", "60", 4}};
	struct config_source config = plain;
	struct outcome outcome;

	(void)state;
	config.options = options;
	config.option_count = 2;
	outcome = outcome_of(&config, "https://shop.example/",
			     (struct source_answer){.status = 404, .seconds = 30});
	assert_int_equal(first(&outcome, SIGNAL_UPTIME)->state, SIGNAL_OK);
}

/* A machine without network must not read as every service down. */
static void without_a_network_nothing_is_said(void **state)
{
	struct source_answer answer = {.failure = FAILURE_RESOLVE, .cause = "no such host: x"};
	struct outcome outcome = outcome_of(&plain, "https://shop.example/", answer);

	(void)state;
	assert_int_equal(outcome.result, -1);
	assert_string_equal(outcome.error, "no such host: x");
	assert_int_equal(outcome.signals.count, 0);
	answer.online = true;
	expect_uptime(answer, SIGNAL_CRITICAL, "no such host");
	answer = (struct source_answer){.failure = FAILURE_CONNECT,
					.cause = "the network cannot be reached",
					.local = true,
					.online = true};
	assert_int_equal(outcome_of(&plain, "https://shop.example/", answer).result, -1);
}

static void services_with_one_url_get_signals_each(void **state)
{
	struct subject subjects[] = {subject_of("a", "https://x.example/"),
				     subject_of("b", "https://x.example/"), subject_of("c", NULL)};
	struct subject_list list = {subjects, ARRAY_LEN(subjects)};
	struct config_pair urls = {"urls", "c=https://x.example/", 3};
	struct config_source config = plain;
	struct source_context context = {.config = &config, .subjects = &list, .now = NOW};
	struct source_requests asked = {.arena = arena};
	struct source_answer answer = {.status = 200, .at = NOW};
	struct source_result out = {.signals.arena = arena};

	(void)state;
	config.options = &urls;
	config.option_count = 1;
	source_uptime.plan(&context, &asked);
	assert_int_equal(asked.count, 1);
	assert_int_equal(source_uptime.read(&context, &asked.requests[0], &answer, &out, NULL), 0);
	assert_int_equal(out.signals.count, 3);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(out.signals.signals[i].keys[0].value, subjects[i].name);
	assert_string_not_equal(out.signals.signals[0].id, out.signals.signals[1].id);
}

static void a_url_of_no_service_is_told_by_its_url(void **state)
{
	struct subject_list none = {0};
	struct config_pair urls = {"urls", "https://x.example/", 3};
	struct config_source config = plain;
	struct source_context context = {.config = &config, .subjects = &none, .now = NOW};
	struct source_requests asked = {.arena = arena};
	struct source_answer answer = {.status = 200, .at = NOW};
	struct source_result out = {.signals.arena = arena};

	(void)state;
	config.options = &urls;
	config.option_count = 1;
	source_uptime.plan(&context, &asked);
	assert_int_equal(asked.count, 1);
	assert_string_equal(asked.requests[0].subject, "https://x.example/");
	assert_int_equal(source_uptime.read(&context, &asked.requests[0], &answer, &out, NULL), 0);
	assert_int_equal(out.signals.count, 1);
	assert_string_equal(out.signals.signals[0].keys[0].name, "url");
}

/* ---- certificates ---- */

static struct outcome certificate(int64_t from_days, int64_t until_days, const char *problem)
{
	static const char *names[] = {"shop.example", "www.shop.example"};
	struct source_answer answer = {
	    .status = problem ? 0 : 200,
	    .failure = problem ? FAILURE_TLS : FAILURE_NONE,
	    .tls = true,
	    .cert_issuer = "Example CA",
	    .cert_subject = "shop.example",
	    .cert_names = names,
	    .cert_name_count = 2,
	    .cert_from = NOW + from_days * DAY,
	    .cert_until = NOW + until_days * DAY,
	    .cert_problem = problem,
	};

	return outcome_of(&plain, "https://Shop.example:8443/", answer);
}

static void expect_certificate(int64_t from_days, int64_t until_days, const char *problem,
			       enum signal_state state, const char *value)
{
	struct outcome outcome = certificate(from_days, until_days, problem);
	const struct signal *signal = first(&outcome, SIGNAL_CERT);

	assert_non_null(signal);
	assert_string_equal(signal->value, value);
	assert_int_equal(signal->state, state);
}

static void certificates_are_judged_by_the_days_left(void **state)
{
	(void)state;
	expect_certificate(-300, 65, NULL, SIGNAL_OK, "65 days");
	expect_certificate(-300, 20, NULL, SIGNAL_OK, "20 days");
	expect_certificate(-300, 19, NULL, SIGNAL_WARNING, "19 days");
	expect_certificate(-300, 6, NULL, SIGNAL_WARNING, "6 days");
	expect_certificate(-300, 2, NULL, SIGNAL_CRITICAL, "2 days");
	expect_certificate(-300, 1, NULL, SIGNAL_CRITICAL, "1 day");
	expect_certificate(-300, 0, NULL, SIGNAL_CRITICAL, "expired");
}

/* One of six days that renews itself every three has never twenty to go. */
static void short_lived_certificates_are_judged_by_their_life(void **state)
{
	(void)state;
	expect_certificate(-2, 4, NULL, SIGNAL_OK, "4 days");
	expect_certificate(-5, 1, NULL, SIGNAL_WARNING, "1 day");
	expect_certificate(-33, 12, NULL, SIGNAL_OK, "12 days");
	expect_certificate(-35, 10, NULL, SIGNAL_WARNING, "10 days");
}

static void certificates_that_fail_are_critical(void **state)
{
	(void)state;
	expect_certificate(-90, -2, "expired", SIGNAL_CRITICAL, "expired");
	expect_certificate(2, 90, "not yet valid", SIGNAL_CRITICAL, "not yet valid");
	expect_certificate(-9, 90, "self-signed", SIGNAL_CRITICAL, "self-signed");
	expect_certificate(-9, 90, "for another host", SIGNAL_CRITICAL, "for another host");
	expect_certificate(-9, 90, "unknown authority", SIGNAL_WARNING, "unknown authority");
}

static void a_certificate_is_told_whole(void **state)
{
	struct outcome outcome = certificate(-300, 6, NULL);
	const struct signal *signal = first(&outcome, SIGNAL_CERT);

	(void)state;
	assert_string_equal(signal->title, "shop.example");
	assert_int_equal(signal->until, NOW + 6 * DAY);
	assert_true(signal->number == 6);
	assert_string_equal(signal->text, "ends on 2026-11-29");
	assert_string_equal(signal_label(signal, "issuer"), "Example CA");
	assert_string_equal(signal_label(signal, "names"), "shop.example, www.shop.example");
	outcome = certificate(-90, -2, "expired");
	assert_string_equal(first(&outcome, SIGNAL_CERT)->text, "expired on 2026-11-21");
	assert_true(first(&outcome, SIGNAL_CERT)->number == -2);
}

/* What a login provider's certificate says is not about this service. */
static void another_site_has_another_certificate(void **state)
{
	struct outcome outcome =
	    outcome_of(&plain, "https://shop.example/",
		       (struct source_answer){.status = 200,
					      .url = "https://login.sso.test/x",
					      .tls = true,
					      .cert_until = NOW + DAY});

	(void)state;
	assert_null(first(&outcome, SIGNAL_CERT));
	outcome = outcome_of(&plain, "https://shop.example/",
			     (struct source_answer){.status = 200,
						    .url = "https://www.shop.example/x",
						    .tls = true,
						    .cert_until = NOW + DAY});
	assert_string_equal(first(&outcome, SIGNAL_CERT)->title, "www.shop.example");
}

static void days_may_be_chosen(void **state)
{
	struct config_pair days = {"days", "40", 3};
	struct config_source config = plain;
	struct outcome outcome;

	(void)state;
	config.options = &days;
	config.option_count = 1;
	outcome = outcome_of(&config, "https://shop.example/",
			     (struct source_answer){.status = 200,
						    .tls = true,
						    .cert_from = NOW - 60 * DAY,
						    .cert_until = NOW + 30 * DAY});
	assert_int_equal(first(&outcome, SIGNAL_CERT)->state, SIGNAL_WARNING);
}

/* ---- options and URLs ---- */

static int checked(const char *name, const char *value)
{
	struct config_pair option = {name, value, 3};
	struct config_source config = plain;
	struct err err = {0};
	int result;

	config.options = &option;
	config.option_count = 1;
	result = source_uptime.validate(&config, &err);
	if (result)
		assert_non_null(strstr(err.what, value));
	err_clear(&err);
	return result;
}

static void options_are_checked(void **state)
{
	(void)state;
	assert_int_equal(checked("urls", "https://shop.example/?a=b"), 0);
	assert_int_equal(checked("urls", "shop=https://shop.example/?a=b"), 0);
	assert_int_equal(checked("urls", "shop=shop.example"), -1);
	assert_int_equal(checked("urls", "shop.example"), -1);
	assert_int_equal(checked("expect", "404"), 0);
	assert_int_equal(checked("expect", "ok"), -1);
	assert_int_equal(checked("expect", "99"), -1);
}

static void sites_are_told_apart(void **state)
{
	(void)state;
	assert_true(source_same_site("shop.example", "shop.example"));
	assert_true(source_same_site("shop.example", "www.shop.example"));
	assert_true(source_same_site("a.shop.example", "b.shop.example"));
	assert_true(source_same_site("www.shop.co.uk", "shop.co.uk"));
	assert_false(source_same_site("shop.co.uk", "other.co.uk"));
	assert_false(source_same_site("shop.example", "other.example"));
	assert_false(source_same_site("10.0.0.1", "10.1.0.1"));
	assert_false(source_same_site("notshop.example", "shop.example"));
}

static void origins_are_told_apart(void **state)
{
	(void)state;
	assert_true(source_same_origin("https://a.example/x", "https://A.example:443/y?z"));
	assert_true(source_same_origin("http://[::1]:80/", "http://[::1]"));
	assert_false(source_same_origin("https://a.example/", "http://a.example/"));
	assert_false(source_same_origin("https://a.example/", "https://a.example:8443/"));
	assert_false(source_same_origin("https://a.example/", "https://a.example.evil/"));
	assert_false(source_same_origin("https://a.example/", "https://a.example@evil/"));
	assert_false(source_same_origin("https://a.example/", "nonsense"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_url_is_asked_once),
	    cmocka_unit_test(plain_http_has_no_certificate),
	    cmocka_unit_test(what_a_descriptor_must_not_choose_is_not_asked),
	    cmocka_unit_test(the_user_may_choose_loopback),
	    cmocka_unit_test(what_a_descriptor_names_is_foreign),
	    cmocka_unit_test(one_service_has_no_thousand_urls),
	    cmocka_unit_test(good_answers_are_ok),
	    cmocka_unit_test(doubtful_answers_are_warnings),
	    cmocka_unit_test(bad_answers_are_critical),
	    cmocka_unit_test(redirects_that_were_not_followed),
	    cmocka_unit_test(a_proxy_that_wants_a_login_says_nothing),
	    cmocka_unit_test(another_site_has_another_certificate),
	    cmocka_unit_test(what_an_answer_says_is_told_in_numbers),
	    cmocka_unit_test(statuses_that_are_expected_are_fine),
	    cmocka_unit_test(without_a_network_nothing_is_said),
	    cmocka_unit_test(services_with_one_url_get_signals_each),
	    cmocka_unit_test(a_url_of_no_service_is_told_by_its_url),
	    cmocka_unit_test(certificates_are_judged_by_the_days_left),
	    cmocka_unit_test(short_lived_certificates_are_judged_by_their_life),
	    cmocka_unit_test(certificates_that_fail_are_critical),
	    cmocka_unit_test(a_certificate_is_told_whole),
	    cmocka_unit_test(days_may_be_chosen),
	    cmocka_unit_test(options_are_checked),
	    cmocka_unit_test(sites_are_told_apart),
	    cmocka_unit_test(origins_are_told_apart),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
