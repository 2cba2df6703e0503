/* Live state: what reports make of it, what stays when they fail, and how much memory it takes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/live.h"
#include "core/mem.h"

#define KIND(kind) (UINT64_C(1) << (kind))

static const struct live_config prom = {
    .name = "prod",
    .type = "prometheus",
    .url = "https://prometheus.example.com",
    .environment = "production",
    .kinds = KIND(SIGNAL_ALERT) | KIND(SIGNAL_RULE) | KIND(SIGNAL_TARGET),
    .every = 30,
};

static const struct live_config uptime = {
    .name = "uptime",
    .type = "uptime",
    .kinds = KIND(SIGNAL_UPTIME) | KIND(SIGNAL_CERT),
    .every = 60,
};

static struct live *set_up(void)
{
	const struct live_config both[] = {prom, uptime};
	struct live *live = live_new();

	live_configure(live, both, 2);
	return live;
}

/* A report of one alert, in arena. */
static struct topic_report alert(struct arena *arena, const char *title, int64_t at)
{
	struct topic_report report = {
	    .source = "prod",
	    .topic = "alerts",
	    .at = at,
	    .kinds = KIND(SIGNAL_ALERT),
	    .signals = {.arena = arena},
	};
	struct signal *signal =
	    signal_add(&report.signals, SIGNAL_ALERT, SIGNAL_CRITICAL, "a1", title);

	signal->text = "more than 5 % of requests fail";
	signal->since = 100;
	signal->number = 7.2;
	signal_add_key(&report.signals, signal, "service", "checkout");
	signal_add_label(&report.signals, signal, "severity", "page");
	signal_add_ref(&report.signals, signal, "s1");
	return report;
}

static struct topic_report failed(const char *cause, int64_t at)
{
	return (struct topic_report){.source = "prod",
				     .topic = "alerts",
				     .failure = FAILURE_TIMEOUT,
				     .cause = cause,
				     .fix = "look whether it runs",
				     .kinds = KIND(SIGNAL_ALERT),
				     .at = at};
}

static void apply_alert(struct live *live, const char *title, int64_t at)
{
	struct arena *arena = arena_new();
	struct topic_report report = alert(arena, title, at);

	live_apply(live, &report);
	arena_free(arena);
}

static void test_answer_is_copied(void **state)
{
	struct live *live = set_up();
	const struct live_source *source;
	const struct signal *signal;

	(void)state;
	apply_alert(live, "CheckoutErrorsHigh", 1000);
	source = live_find(live, "prod");
	assert_non_null(source);
	assert_int_equal(source->topic_count, 1);
	assert_int_equal(source->topics[0]->signal_count, 1);
	signal = source->topics[0]->signals;
	assert_string_equal(signal->title, "CheckoutErrorsHigh");
	assert_string_equal(signal->text, "more than 5 % of requests fail");
	assert_string_equal(signal->keys[0].value, "checkout");
	assert_string_equal(signal_label(signal, "severity"), "page");
	assert_string_equal(signal->refs[0], "s1");
	assert_int_equal(source->observed_at, 1000);
	assert_int_equal(source->failing_since, 0);
	assert_true(source->answered);
	assert_null(live_find(live, "nobody"));
	live_free(live);
}

/* An answer with a Watchdog of each cluster; NULL: one without a word. */
static void apply_watchdogs(struct live *live, const char *a, const char *b, int64_t at)
{
	const char *ids[] = {a, b};
	struct arena *arena = arena_new();
	struct topic_report report = alert(arena, "CheckoutErrorsHigh", at);

	for (size_t i = 0; i < ARRAY_LEN(ids); i++)
		if (ids[i]) {
			struct signal *signal = signal_add(&report.signals, SIGNAL_ALERT, SIGNAL_OK,
							   ids[i], "Watchdog");

			signal->flags = SIGNAL_WATCHDOG;
			signal->since = 10;
		}
	live_apply(live, &report);
	arena_free(arena);
}

static const struct signal *lost(struct live *live, const char *id)
{
	const struct live_topic *topic = live_find(live, "prod")->topics[0];

	for (size_t i = 0; i < topic->signal_count; i++)
		if (!strcmp(topic->signals[i].id, id) &&
		    topic->signals[i].flags & SIGNAL_WATCHDOG &&
		    topic->signals[i].state == SIGNAL_CRITICAL)
			return &topic->signals[i];
	return NULL;
}

static void test_a_watchdog_that_is_gone_is_told(void **state)
{
	struct live *live = set_up();
	uint64_t generation;

	(void)state;
	apply_watchdogs(live, NULL, NULL, 1000);
	assert_int_equal(live_find(live, "prod")->topics[0]->signal_count, 1);
	apply_watchdogs(live, "w1", NULL, 1030);
	assert_null(lost(live, "w1"));

	apply_watchdogs(live, NULL, NULL, 1060);
	assert_non_null(lost(live, "w1"));
	assert_int_equal(lost(live, "w1")->since, 1060);
	assert_int_equal(live_find(live, "prod")->topics[0]->signal_count, 2);
	generation = live_generation(live);
	apply_watchdogs(live, NULL, NULL, 1090);
	assert_int_equal(lost(live, "w1")->since, 1060);
	assert_int_equal(live_generation(live), generation);

	apply_watchdogs(live, "w1", NULL, 1120);
	assert_null(lost(live, "w1"));
	assert_int_equal(live_find(live, "prod")->topics[0]->signal_count, 2);
	live_free(live);
}

static void test_each_cluster_has_its_watchdog(void **state)
{
	struct live *live = set_up();

	(void)state;
	apply_watchdogs(live, "w1", "w2", 1000);
	apply_watchdogs(live, NULL, "w2", 1030);
	assert_non_null(lost(live, "w1"));
	assert_null(lost(live, "w2"));
	/* The other one comes with other labels. */
	apply_watchdogs(live, "w3", "w2", 1060);
	assert_null(lost(live, "w1"));
	apply_watchdogs(live, "w4", "w2", 1090);
	assert_null(lost(live, "w3"));
	live_free(live);
}

static void test_a_watchdog_that_was_only_configured_is_forgotten(void **state)
{
	struct live *live = set_up();
	struct arena *arena = arena_new();
	struct topic_report report = alert(arena, "CheckoutErrorsHigh", 1000);

	(void)state;
	signal_add(&report.signals, SIGNAL_ALERT, SIGNAL_CRITICAL, "missing Gone", "Gone")->flags =
	    SIGNAL_WATCHDOG;
	live_apply(live, &report);
	apply_watchdogs(live, NULL, NULL, 1030);
	assert_null(lost(live, "missing Gone"));
	arena_free(arena);
	live_free(live);
}

static void test_failure_keeps_what_was_said(void **state)
{
	struct live *live = set_up();
	const struct live_source *source;
	struct topic_report report;

	(void)state;
	apply_alert(live, "CheckoutErrorsHigh", 1000);
	report = failed("no answer within 10 s", 1030);
	live_apply(live, &report);
	report = failed("no answer within 10 s", 1060);
	live_apply(live, &report);
	source = live_find(live, "prod");
	assert_int_equal(source->topics[0]->signal_count, 1);
	assert_int_equal(source->topics[0]->observed_at, 1000);
	assert_int_equal(source->topics[0]->failing_since, 1030);
	assert_string_equal(source->topics[0]->cause, "no answer within 10 s");
	assert_int_equal(source->failing, 1);
	assert_int_equal(source->failing_since, 1030);
	assert_string_equal(source->cause, "no answer within 10 s");
	assert_string_equal(source->fix, "look whether it runs");
	assert_int_equal(source->failure, FAILURE_TIMEOUT);

	apply_alert(live, "CheckoutErrorsHigh", 1090);
	source = live_find(live, "prod");
	assert_int_equal(source->failing, 0);
	assert_null(source->cause);
	assert_int_equal(source->topics[0]->observed_at, 1090);
	live_free(live);
}

static void test_never_answered_is_no_answer(void **state)
{
	struct live *live = set_up();
	struct topic_report report = failed("connection refused", 50);

	(void)state;
	assert_false(live_find(live, "prod")->answered);
	assert_false(live_measures(live, SIGNAL_ALERT));
	assert_true(live_configured(live, SIGNAL_ALERT));
	assert_false(live_configured(live, SIGNAL_CI));
	live_apply(live, &report);
	assert_false(live_measures(live, SIGNAL_ALERT));
	assert_true(live_fails(live, SIGNAL_ALERT));
	assert_false(live_fails(live, SIGNAL_UPTIME));
	assert_true(live_find(live, "prod")->answered);
	assert_int_equal(live_find(live, "prod")->observed_at, 0);
	apply_alert(live, "A", 60);
	assert_true(live_measures(live, SIGNAL_ALERT));
	assert_false(live_fails(live, SIGNAL_ALERT));
	assert_false(live_measures(live, SIGNAL_RULE));

	/* A topic that is announced waits for its answer. */
	report = (struct topic_report){.source = "prod", .topic = "rules", .kinds = 1};
	live_apply(live, &report);
	assert_false(live_find(live, "prod")->answered);
	assert_false(topic_answered(live_find(live, "prod")->topics[1]));
	live_free(live);
}

static void test_absent_is_an_answer(void **state)
{
	struct live *live = set_up();
	struct topic_report report = failed(NULL, 70);

	(void)state;
	apply_alert(live, "A", 60);
	report.failure = FAILURE_ABSENT;
	live_apply(live, &report);
	assert_int_equal(live_find(live, "prod")->topics[0]->signal_count, 0);
	assert_int_equal(live_find(live, "prod")->topics[0]->observed_at, 70);
	assert_int_equal(live_find(live, "prod")->failing, 0);
	live_free(live);
}

static void test_generations(void **state)
{
	struct live *live = set_up();
	uint64_t generation, status;

	(void)state;
	apply_alert(live, "A", 60);
	generation = live_generation(live);
	status = live_status_generation(live);
	apply_alert(live, "A", 90);
	assert_int_equal(live_generation(live), generation);
	assert_int_not_equal(live_status_generation(live), status);
	apply_alert(live, "B", 120);
	assert_int_not_equal(live_generation(live), generation);

	generation = live_generation(live);
	struct topic_report report = failed("no answer within 10 s", 150);
	live_apply(live, &report);
	assert_int_not_equal(live_generation(live), generation);
	generation = live_generation(live);
	report.at = 180;
	live_apply(live, &report);
	assert_int_equal(live_generation(live), generation);
	report.cause = "401: the token is refused";
	report.failure = FAILURE_REFUSED;
	live_apply(live, &report);
	assert_int_not_equal(live_generation(live), generation);
	live_free(live);
}

static void test_an_unchanged_answer_moves_the_time_alone(void **state)
{
	struct live *live = set_up();
	struct topic_report again = {
	    .source = "prod", .topic = "alerts", .at = 90, .unchanged = true};
	const struct live_topic *topic;
	uint64_t generation;

	(void)state;
	/* Nothing was said that could be the same. */
	live_apply(live, &again);
	assert_int_equal(live_find(live, "prod")->topics[0]->observed_at, 0);
	apply_alert(live, "A", 60);
	generation = live_generation(live);
	live_apply(live, &again);
	topic = live_find(live, "prod")->topics[0];
	assert_int_equal(topic->observed_at, 90);
	assert_int_equal(topic->signal_count, 1);
	assert_string_equal(topic->signals[0].title, "A");
	assert_int_equal(live_generation(live), generation);
	live_free(live);
}

static void test_a_topic_may_be_about_another_service(void **state)
{
	struct live *live = set_up();
	struct topic_report again = {
	    .source = "prod", .topic = "alerts", .subject = "cart", .at = 90, .unchanged = true};
	const struct live_topic *topic;
	uint64_t generation;

	(void)state;
	apply_alert(live, "A", 60);
	generation = live_generation(live);
	live_apply(live, &again);
	topic = live_find(live, "prod")->topics[0];
	assert_string_equal(topic->subject, "cart");
	assert_int_equal(topic->signal_count, 1);
	assert_int_not_equal(live_generation(live), generation);
	again.subject = NULL;
	live_apply(live, &again);
	assert_null(topic->subject);
	live_free(live);
}

static void test_gone_topics_and_strangers(void **state)
{
	struct live *live = set_up();
	struct topic_report report = {.source = "prod", .topic = "alerts", .gone = true, .at = 70};
	uint64_t generation;

	(void)state;
	apply_alert(live, "A", 60);
	live_apply(live, &report);
	assert_int_equal(live_find(live, "prod")->topic_count, 0);
	assert_int_equal(live_find(live, "prod")->observed_at, 0);
	live_apply(live, &report);
	generation = live_status_generation(live);
	report = (struct topic_report){.source = "staging", .topic = "alerts", .at = 70};
	live_apply(live, &report);
	assert_int_equal(live_status_generation(live), generation);
	live_free(live);
}

static void test_sums_over_topics(void **state)
{
	struct live *live = set_up();
	const struct live_source *sums;

	(void)state;
	for (int i = 0; i < 50; i++) {
		char name[32];
		struct topic_report report = {
		    .source = "uptime", .topic = name, .at = 1000 - i, .kinds = prom.kinds};

		snprintf(name, sizeof(name), "https://%02d.example/", (i * 37) % 50);
		if (i % 10 == 3) {
			report.failure = FAILURE_RESOLVE;
			report.cause = i == 43 ? "the oldest" : "a later one";
		}
		live_apply(live, &report);
	}
	sums = live_find(live, "uptime");
	assert_int_equal(sums->topic_count, 50);
	for (size_t i = 1; i < sums->topic_count; i++)
		assert_true(strcmp(sums->topics[i - 1]->name, sums->topics[i]->name) < 0);
	assert_int_equal(sums->failing, 5);
	assert_int_equal(sums->failing_since, 1000 - 43);
	assert_string_equal(sums->cause, "the oldest");
	assert_int_equal(sums->observed_at, 1000 - 49);
	live_free(live);
}

static void test_courier_ends(void **state)
{
	struct live *live = set_up();
	struct topic_report report = failed("no answer within 10 s", 90);

	(void)state;
	apply_alert(live, "A", 60);
	live_lost(live, "the courier ended: killed by signal 9", 100);
	assert_int_equal(live_find(live, "prod")->topics[0]->failing_since, 100);
	assert_int_equal(live_find(live, "prod")->topics[0]->signal_count, 1);
	assert_int_equal(live_find(live, "prod")->failure, FAILURE_COURIER);
	/* One that had nothing to say yet fails as well. */
	assert_int_equal(live_find(live, "uptime")->failing_since, 100);
	assert_string_equal(live_find(live, "uptime")->cause,
			    "the courier ended: killed by signal 9");
	live_lost(live, "again", 110);
	assert_int_equal(live_find(live, "prod")->topics[0]->failing_since, 100);
	assert_string_equal(live_find(live, "prod")->cause, "again");
	live_apply(live, &report);
	assert_string_equal(live_find(live, "prod")->cause, "no answer within 10 s");
	apply_alert(live, "A", 120);
	assert_int_equal(live_find(live, "prod")->failing_since, 0);
	live_free(live);
}

static void recall_alert(struct live *live, const char *title, int64_t at, int64_t now)
{
	struct arena *arena = arena_new();
	struct topic_report report = alert(arena, title, at);

	live_recall(live, &report, now);
	arena_free(arena);
}

/* What burned yesterday is known, and never looks as if it had been heard today. */
static void test_recalled_until_it_is_asked(void **state)
{
	struct topic_report empty = {.source = "prod", .topic = "alerts", .at = 9100};
	struct live *live = set_up();
	const struct live_source *source;

	(void)state;
	recall_alert(live, "CheckoutErrorsHigh", 1000, 9000);
	source = live_find(live, "prod");
	assert_int_equal(source->topics[0]->signal_count, 1);
	assert_int_equal(source->topics[0]->observed_at, 1000);
	assert_int_equal(source->topics[0]->failing_since, 9000);
	assert_int_equal(source->topics[0]->failure, FAILURE_RECALLED);
	assert_string_equal(failure_name(FAILURE_RECALLED), "recalled");
	assert_true(live_fails(live, SIGNAL_ALERT));
	assert_int_equal(source->recalled, 1);
	assert_int_equal(source->failing, 0); /* nobody failed: it was not asked */
	assert_int_equal(source->failing_since, 0);
	assert_false(source->answered);
	/* resolved since: gone with the first answer */
	empty.kinds = KIND(SIGNAL_ALERT);
	live_apply(live, &empty);
	source = live_find(live, "prod");
	assert_int_equal(source->topics[0]->signal_count, 0);
	assert_int_equal(source->topics[0]->failing_since, 0);
	assert_int_equal(source->recalled, 0);
	assert_true(source->answered);
	live_free(live);
}

static void test_recalled_and_then_failing(void **state)
{
	struct topic_report report = failed("no answer within 10 s", 9010);
	struct live *live = set_up();
	const struct live_source *source;

	(void)state;
	recall_alert(live, "CheckoutErrorsHigh", 1000, 9000);
	live_apply(live, &report);
	source = live_find(live, "prod");
	assert_int_equal(source->topics[0]->signal_count, 1);
	assert_int_equal(source->failing, 1);
	assert_int_equal(source->recalled, 0);
	assert_string_equal(source->cause, "no answer within 10 s");
	/* what was asked already is not set back */
	recall_alert(live, "Older", 500, 9020);
	source = live_find(live, "prod");
	assert_string_equal(source->topics[0]->signals[0].title, "CheckoutErrorsHigh");
	assert_int_equal(source->recalled, 0);
	live_free(live);
}

static void hear(void *ctx, const char *source, const char *topic)
{
	int *heard = ctx;

	assert_string_equal(source, "prod");
	assert_string_equal(topic, "alerts");
	++*heard;
}

static void test_recalled_and_asked_no_more(void **state)
{
	struct topic_report report = {
	    .source = "uptime", .topic = "https://x/", .kinds = KIND(SIGNAL_UPTIME), .at = 9000};
	struct live *live = set_up();
	int heard = 0;

	(void)state;
	recall_alert(live, "CheckoutErrorsHigh", 99000, 9000); /* by a clock that was ahead */
	assert_int_equal(live_find(live, "prod")->topics[0]->observed_at, 9000);
	live_apply(live, &report);
	live_forget_recalled(live, hear, &heard);
	assert_int_equal(heard, 1);
	assert_int_equal(live_find(live, "prod")->topic_count, 0);
	assert_int_equal(live_find(live, "uptime")->topic_count, 1);
	live_forget_recalled(live, hear, &heard);
	assert_int_equal(heard, 1);
	live_free(live);
}

static void test_configured_anew(void **state)
{
	struct live *live = set_up();
	struct live_config changed[] = {uptime, prom};
	struct signal_label match[] = {{"checkout", "shop-*"}};

	(void)state;
	apply_alert(live, "A", 60);
	changed[1].environment = "staging";
	changed[1].match = match;
	changed[1].match_count = 1;
	live_configure(live, changed, 2);
	assert_string_equal(live_at(live, 0)->name, "uptime");
	assert_string_equal(live_at(live, 1)->environment, "staging");
	assert_string_equal(live_config_at(live, 1)->match[0].value, "shop-*");
	assert_int_equal(live_at(live, 1)->topic_count, 1);

	/* Another URL is another system. */
	changed[1].url = "https://other.example.com";
	live_configure(live, changed, 2);
	assert_int_equal(live_at(live, 1)->topic_count, 0);
	live_configure(live, NULL, 0);
	assert_int_equal(live_count(live), 0);
	live_free(live);
}

static void test_what_is_held_stays(void **state)
{
	struct live *live = set_up();
	const struct live_source *source;
	const struct live_topic *topic;
	const struct signal *signal;
	const char *version;
	struct source_status status = {.source = "prod", .version = "Prometheus 2.42.0"};
	struct topic_report gone = {.source = "prod", .topic = "alerts", .gone = true};

	(void)state;
	apply_alert(live, "A", 60);
	live_apply_status(live, &status);
	live_hold(live);
	source = live_find(live, "prod");
	topic = source->topics[0];
	signal = topic->signals;
	version = source->status.version;
	apply_alert(live, "B", 70);
	apply_alert(live, "C", 80);
	status.version = "Prometheus 3.0.0";
	live_apply_status(live, &status);
	live_apply(live, &gone);
	live_configure(live, NULL, 0);
	/* Sanitizers tell when one of these is gone. */
	assert_string_equal(signal->title, "A");
	assert_string_equal(signal_label(signal, "severity"), "page");
	assert_string_equal(topic->name, "alerts");
	assert_string_equal(source->name, "prod");
	assert_string_equal(version, "Prometheus 2.42.0");
	live_hold(live);
	live_free(live);
}

/* Ten thousand refreshes, of which some change what is said and some fail. */
static void refresh_often(struct live *live, bool held)
{
	size_t most = 0, early = 0;

	for (int i = 0; i < 10000; i++) {
		char title[32];

		snprintf(title, sizeof(title), "Alert%05d", i / 3);
		if (i % 7 == 5) {
			char cause[40];
			struct topic_report report = failed(cause, 1000 + i);

			snprintf(cause, sizeof(cause), "no answer, number %05d", i);
			live_apply(live, &report);
		} else {
			apply_alert(live, title, 1000 + i);
		}
		if (i % 100 == 50)
			live_lost(live, "the courier ended", 1000 + i);
		if (held && i % 5 == 0)
			live_hold(live);
		if (live_size(live) > most)
			most = live_size(live);
		if (i == 200)
			early = most;
	}
	assert_true(early > 0);
	assert_int_equal(most, early);
}

static void test_memory_stays_flat(void **state)
{
	struct live *live = set_up();

	(void)state;
	refresh_often(live, false);
	refresh_often(live, true);
	live_free(live);
}

static void test_reports_travel(void **state)
{
	struct arena *arena = arena_new(), *there = arena_new();
	struct topic_report report = alert(arena, "CheckoutErrorsHigh", 1000), back;
	struct buf bytes = {0};

	(void)state;
	report.subject = "checkout";
	report.note = "results 1-500 of 2,310 only";
	report.failure = FAILURE_ABSENT;
	report.cause = "not found";
	topic_report_encode(&report, &bytes);
	assert_true(topic_report_decode(&back, bytes.data, bytes.len, there));
	assert_string_equal(back.source, "prod");
	assert_string_equal(back.topic, "alerts");
	assert_string_equal(back.subject, "checkout");
	assert_string_equal(back.note, report.note);
	assert_int_equal(back.failure, FAILURE_ABSENT);
	assert_string_equal(back.cause, "not found");
	assert_null(back.fix);
	assert_int_equal(back.at, 1000);
	assert_int_equal(back.kinds, KIND(SIGNAL_ALERT));
	assert_int_equal(back.signals.count, 1);
	assert_int_equal(signal_digest(&back.signals.signals[0]),
			 signal_digest(&report.signals.signals[0]));
	for (size_t len = 0; len < bytes.len; len++)
		assert_false(topic_report_decode(&back, bytes.data, len, there));
	buf_addc(&bytes, 'x');
	assert_false(topic_report_decode(&back, bytes.data, bytes.len, there));
	buf_free(&bytes);
	arena_free(arena);
	arena_free(there);
}

static void test_statuses_travel(void **state)
{
	struct source_status status = {.source = "hub",
				       .version = "GitHub",
				       .requests = 12,
				       .not_modified = 7,
				       .failures = 1,
				       .bytes = 123456789012,
				       .limit = 5000,
				       .left = 4321,
				       .resets_at = 1800000000,
				       .next_at = 17,
				       .open_until = 0,
				       .latency_ms = 142},
			     back;
	struct live_config hub = {.name = "hub", .type = "github", .kinds = KIND(SIGNAL_CI)};
	struct live *live = live_new();
	struct arena *arena = arena_new();
	struct buf bytes = {0};

	(void)state;
	source_status_encode(&status, &bytes);
	assert_true(source_status_decode(&back, bytes.data, bytes.len, arena));
	live_configure(live, &hub, 1);
	assert_int_equal(live_at(live, 0)->status.limit, -1);
	live_apply_status(live, &back);
	arena_free(arena);
	assert_int_equal(live_at(live, 0)->status.left, 4321);
	assert_int_equal(live_at(live, 0)->status.bytes, 123456789012);
	assert_int_equal(live_at(live, 0)->status.latency_ms, 142);
	assert_string_equal(live_at(live, 0)->status.version, "GitHub");
	buf_free(&bytes);
	live_free(live);
}

static void test_digests_tell_apart(void **state)
{
	struct arena *arena = arena_new();
	struct topic_report a = alert(arena, "A", 1), b = alert(arena, "A", 1);
	struct signal *x = a.signals.signals, *y = b.signals.signals;
	uint64_t same = signal_digest(x);

	(void)state;
	assert_int_equal(signal_digest(y), same);
	y->text = NULL;
	assert_int_not_equal(signal_digest(y), same);
	y->text = x->text;
	y->number = 7.3;
	assert_int_not_equal(signal_digest(y), same);
	y->number = x->number;
	y->flags = SIGNAL_SILENCED;
	assert_int_not_equal(signal_digest(y), same);
	y->flags = 0;
	y->labels[0].value = "ticket";
	assert_int_not_equal(signal_digest(y), same);
	y->labels[0].value = "page";
	assert_int_equal(signal_digest(y), same);
	y->title = "";
	y->text = "A";
	x->title = "A";
	x->text = "";
	assert_int_not_equal(signal_digest(y), signal_digest(x));
	arena_free(arena);
}

static void test_environments(void **state)
{
	static const struct {
		const char *environment;
		bool production;
	} cases[] = {
	    {NULL, true},	 {"", true},
	    {"prod", true},	 {"Production", true},
	    {"prod-eu", true},	 {"prod1", true},
	    {"live", true},	 {"staging", false},
	    {"preprod", false},	 {"product-test", false},
	    {"pre-prod", false}, {"dev", false},
	};
	struct live_source source = {.environment = NULL};
	struct signal signal = {0};
	struct observed observed = {&signal, &source, NULL};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		source.environment = cases[i].environment;
		assert_int_equal(observed_production(&observed), cases[i].production);
	}
	source.environment = "production";
	signal.environment = "staging";
	assert_string_equal(observed_environment(&observed), "staging");
	assert_false(observed_production(&observed));
}

/* ---- since when ---- */

static void apply_probe(struct live *live, enum signal_state state, const char *value, int64_t at)
{
	struct arena *arena = arena_new();
	struct topic_report report = {.source = "uptime",
				      .topic = "https://a.example/",
				      .at = at,
				      .kinds = KIND(SIGNAL_UPTIME),
				      .signals = {.arena = arena}};

	signal_add(&report.signals, SIGNAL_UPTIME, state, "uptime a", "https://a.example/")->value =
	    value;
	signal_add(&report.signals, SIGNAL_DEPLOY, state, "deploy a", "1.2");
	live_apply(live, &report);
	arena_free(arena);
}

static int64_t since_of(const struct live *live, size_t index)
{
	return live_find(live, "uptime")->topics[0]->signals[index].since;
}

/* A probe knows the state of a moment: how long it has been so is noted here. */
static void test_since_is_noted(void **state)
{
	struct live *live = set_up();

	(void)state;
	apply_probe(live, SIGNAL_OK, "140 ms", 1000);
	assert_int_equal(since_of(live, 0), 0);
	apply_probe(live, SIGNAL_OK, "150 ms", 1060);
	assert_int_equal(since_of(live, 0), 0);
	apply_probe(live, SIGNAL_CRITICAL, "500", 1120);
	assert_int_equal(since_of(live, 0), 1120);
	apply_probe(live, SIGNAL_CRITICAL, "502", 1180);
	assert_int_equal(since_of(live, 0), 1120);
	apply_probe(live, SIGNAL_OK, "140 ms", 1240);
	assert_int_equal(since_of(live, 0), 1240);
	/* A deployment without a time has none. */
	assert_int_equal(since_of(live, 1), 0);
	live_free(live);
}

static void test_since_of_what_burns_at_first_sight(void **state)
{
	struct live *live = set_up();

	(void)state;
	apply_probe(live, SIGNAL_CRITICAL, "500", 1000);
	apply_probe(live, SIGNAL_CRITICAL, "501", 1060);
	assert_int_equal(since_of(live, 0), 1000);
	live_free(live);
}

/* Else nothing would have changed before it began. */
static void test_since_is_not_in_the_future(void **state)
{
	struct live *live = set_up();
	int64_t since[] = {253402300799, 253402300799, 1180 + 3600};
	int64_t expected[] = {1000, 1000, 1180 + 3600};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(since); i++) {
		struct arena *arena = arena_new();
		struct topic_report report = {.source = "uptime",
					      .topic = "alerts",
					      .at = 1000 + 90 * (int64_t)i,
					      .kinds = KIND(SIGNAL_ALERT),
					      .signals = {.arena = arena}};

		signal_add(&report.signals, SIGNAL_ALERT, SIGNAL_CRITICAL, "1", "Down")->since =
		    since[i];
		live_apply(live, &report);
		assert_int_equal(since_of(live, 0), expected[i]);
		arena_free(arena);
	}
	live_free(live);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_since_is_noted),
	    cmocka_unit_test(test_since_of_what_burns_at_first_sight),
	    cmocka_unit_test(test_since_is_not_in_the_future),
	    cmocka_unit_test(test_answer_is_copied),
	    cmocka_unit_test(test_failure_keeps_what_was_said),
	    cmocka_unit_test(test_a_watchdog_that_is_gone_is_told),
	    cmocka_unit_test(test_each_cluster_has_its_watchdog),
	    cmocka_unit_test(test_a_watchdog_that_was_only_configured_is_forgotten),
	    cmocka_unit_test(test_never_answered_is_no_answer),
	    cmocka_unit_test(test_absent_is_an_answer),
	    cmocka_unit_test(test_generations),
	    cmocka_unit_test(test_an_unchanged_answer_moves_the_time_alone),
	    cmocka_unit_test(test_a_topic_may_be_about_another_service),
	    cmocka_unit_test(test_gone_topics_and_strangers),
	    cmocka_unit_test(test_sums_over_topics),
	    cmocka_unit_test(test_courier_ends),
	    cmocka_unit_test(test_recalled_until_it_is_asked),
	    cmocka_unit_test(test_recalled_and_then_failing),
	    cmocka_unit_test(test_recalled_and_asked_no_more),
	    cmocka_unit_test(test_configured_anew),
	    cmocka_unit_test(test_what_is_held_stays),
	    cmocka_unit_test(test_memory_stays_flat),
	    cmocka_unit_test(test_reports_travel),
	    cmocka_unit_test(test_statuses_travel),
	    cmocka_unit_test(test_digests_tell_apart),
	    cmocka_unit_test(test_environments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
