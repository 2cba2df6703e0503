#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/incident.h"
#include "core/mem.h"
#include "tests/support/livefix.h"

#define NOW    INT64_C(1800000000)
#define MINUTE INT64_C(60)
#define HOUR   INT64_C(3600)
#define DAY    INT64_C(86400)

static const char list_text[] = "schema: 1\n"
				"name: test\n"
				"checks:\n"
				"  - {id: playbooks, tier: 2, title: Playbooks, why: w, close: c,\n"
				"     pass: {files: [PLAYBOOK.md]}}\n";

struct fixture {
	struct checklist *checklist;
	struct livefix *live;
	struct arena *arena;
	struct incident_options options;
};

/* Four services: storefront needs checkout, which needs ledger; mailer stands alone. */
static int set_up(void **state)
{
	struct fixture *fix = xcalloc(1, sizeof(*fix));

	fix->checklist = checklist_parse("l.yml", list_text, strlen(list_text), NULL);
	assert_non_null(fix->checklist);
	fix->live = livefix_new(fix->checklist);
	fix->arena = arena_new();
	livefix_service(fix->live, "checkout", 1, "acme/payments", "ledger unknown-thing");
	livefix_service(fix->live, "ledger", 2, "acme/payments", "checkout");
	livefix_service(fix->live, "storefront", 1, "acme/web", "checkout");
	livefix_service(fix->live, "mobile-api", 3, "acme/mobile", "storefront checkout");
	livefix_service(fix->live, "mailer", 0, NULL, "");
	livefix_source(fix->live, "prom", "prometheus", "production");
	livefix_source(fix->live, "am", "alertmanager", NULL);
	livefix_source(fix->live, "stage", "prometheus", "staging");
	*state = fix;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fix = *state;

	arena_free(fix->arena);
	livefix_free(fix->live);
	checklist_free(fix->checklist);
	free(fix);
	return 0;
}

static struct incident *build(struct fixture *fix)
{
	livefix_settle(fix->live, NOW);
	return incident_build(fix->live->fleet, &fix->options, NOW, fix->arena);
}

static struct signal *alert(struct fixture *fix, const char *service, const char *title,
			    enum signal_state state, int64_t age)
{
	struct signal *signal = livefix_signal(fix->live, service, SIGNAL_ALERT, state, title);

	signal->since = NOW - age;
	signal->severity = signal_state_name(state);
	return signal;
}

static void say(struct fixture *fix, const char *source)
{
	livefix_say(fix->live, source, "alerts", SIGNAL_ALERT, NOW - 10);
}

/* "name: what" of each row, "|" before the quiet ones. */
static void assert_rows(const struct incident *incident, const char *const *expected)
{
	struct buf got = {0}, want = {0};

	for (size_t i = 0; i < incident->count; i++)
		buf_addf(&got, "%s%s: %s\n", incident->burns[i].quiet ? "| " : "",
			 incident->burns[i].name, incident->burns[i].what);
	for (size_t i = 0; expected[i]; i++)
		buf_addf(&want, "%s\n", expected[i]);
	assert_string_equal(buf_str(&got), buf_str(&want));
	buf_free(&got);
	buf_free(&want);
}

#define ROWS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void nothing_is_measured_then_nothing_burns(void **state)
{
	struct fixture *fix = *state;
	struct incident *incident = build(fix);

	assert_int_equal(incident->count, 0);
	assert_int_equal(incident->answered, 0);
	assert_true(incident->configured >> SIGNAL_ALERT & 1);
	say(fix, "prom");
	incident = build(fix);
	assert_int_equal(incident->count, 0);
	assert_true(incident->answered >> SIGNAL_ALERT & 1);
	assert_int_equal(incident->observed_at, NOW - 10);
}

static void worst_first_by_tier_severity_and_age(void **state)
{
	struct fixture *fix = *state;
	struct incident *incident;

	say(fix, "prom");
	alert(fix, "mailer", "MailQueueLong", SIGNAL_CRITICAL, DAY);
	alert(fix, "ledger", "LedgerSlow", SIGNAL_CRITICAL, DAY);
	alert(fix, "checkout", "CheckoutSlow", SIGNAL_WARNING, DAY);
	alert(fix, "storefront", "StorefrontDown", SIGNAL_CRITICAL, 5 * MINUTE);
	alert(fix, "mobile-api", "MobileDown", SIGNAL_CRITICAL, 5 * MINUTE);
	incident = build(fix);
	assert_rows(incident,
		    ROWS("storefront: StorefrontDown critical", "checkout: CheckoutSlow warning",
			 "ledger: LedgerSlow critical", "mobile-api: MobileDown critical",
			 "mailer: MailQueueLong critical"));
	assert_int_equal(incident->loud, 5);
	assert_int_equal(incident->by_tier[1], 2);
	assert_int_equal(incident->by_tier[0], 1);
	assert_string_equal(incident->burns[1].owner, "acme/payments");
	assert_null(incident->burns[4].owner);
	assert_int_equal(incident->burns[0].since, NOW - 5 * MINUTE);
}

static void alerts_of_a_service_are_one_row(void **state)
{
	struct fixture *fix = *state;
	struct incident *incident;

	say(fix, "prom");
	alert(fix, "checkout", "CheckoutSlow", SIGNAL_WARNING, DAY);
	alert(fix, "checkout", "CheckoutErrorsHigh", SIGNAL_CRITICAL, 12 * MINUTE);
	alert(fix, "checkout", "CheckoutErrorsHigh", SIGNAL_CRITICAL, 10 * MINUTE);
	incident = build(fix);
	assert_rows(incident, ROWS("checkout: CheckoutErrorsHigh critical x2 +1"));
	assert_int_equal(incident->burns[0].signal_count, 3);
	assert_int_equal(incident->burns[0].since, NOW - DAY);
	fix->options.each = true;
	incident = build(fix);
	assert_rows(incident, ROWS("checkout: CheckoutErrorsHigh critical",
				   "checkout: CheckoutErrorsHigh critical",
				   "checkout: CheckoutSlow warning"));
	assert_int_not_equal(incident->burns[0].id, incident->burns[1].id);
}

static void silenced_inhibited_and_pending_stand_apart(void **state)
{
	struct fixture *fix = *state;
	struct incident *incident;
	struct signal *signal;

	say(fix, "am");
	alert(fix, "checkout", "CheckoutSlow", SIGNAL_CRITICAL, DAY)->flags = SIGNAL_INHIBITED;
	alert(fix, "storefront", "StorefrontSoon", SIGNAL_CRITICAL, MINUTE)->flags = SIGNAL_PENDING;
	alert(fix, "mobile-api", "InfoInhibitor", SIGNAL_OK, MINUTE)->severity = "none";
	signal = alert(fix, "ledger", "LedgerSlow", SIGNAL_WARNING, DAY);
	signal->flags = SIGNAL_SILENCED;
	signal_add_ref(&fix->live->report.signals, signal, "s-1");
	signal_add_ref(&fix->live->report.signals, signal, "s-2");
	alert(fix, "mailer", "MailQueueLong", SIGNAL_WARNING, DAY);
	for (int i = 1; i <= 2; i++) {
		signal = livefix_signal(fix->live, NULL, SIGNAL_SILENCE, SIGNAL_OK, "silence");
		signal->id = i == 1 ? "s-1" : "s-2";
		signal->until = NOW + i * HOUR;
	}
	incident = build(fix);
	assert_rows(incident, ROWS("mailer: MailQueueLong warning",
				   "| checkout: CheckoutSlow critical, inhibited",
				   "| storefront: StorefrontSoon critical, pending",
				   "| ledger: LedgerSlow warning, silenced",
				   "| mobile-api: InfoInhibitor none, for information"));
	assert_int_equal(incident->loud, 1);
	assert_null(incident->burns[1].silence.signal);
	assert_non_null(incident->burns[3].silence.signal);
	assert_int_equal(incident->burns[3].silence.signal->until, NOW + 2 * HOUR);
}

/* Silencing an alert must not move the cursor away from it. */
static void a_row_that_falls_silent_stays_the_same(void **state)
{
	struct fixture *fix = *state;
	struct incident *incident;
	uint64_t id;

	say(fix, "am");
	alert(fix, "checkout", "CheckoutSlow", SIGNAL_CRITICAL, DAY)->id = "a";
	id = build(fix)->burns[0].id;
	say(fix, "am");
	alert(fix, "checkout", "CheckoutSlow", SIGNAL_CRITICAL, DAY)->flags = SIGNAL_SILENCED;
	incident = build(fix);
	assert_true(incident->burns[0].quiet);
	assert_true(incident->burns[0].id == id);
	say(fix, "am");
	alert(fix, "checkout", "CheckoutSlow", SIGNAL_CRITICAL, DAY)->flags = SIGNAL_SILENCED;
	alert(fix, "checkout", "CheckoutDown", SIGNAL_CRITICAL, DAY);
	incident = build(fix);
	assert_int_equal(incident->count, 2);
	assert_true(incident->burns[0].id == id);
	assert_true(incident->burns[1].id != id);
}

static void the_same_alert_of_two_sources_is_one(void **state)
{
	struct fixture *fix = *state;
	struct incident *incident;
	struct signal *signal;

	say(fix, "prom");
	signal = alert(fix, "checkout", "CheckoutSlow", SIGNAL_CRITICAL, DAY);
	signal->id = "abc";
	signal->value = "7.2 %";
	say(fix, "am");
	signal = alert(fix, NULL, "CheckoutSlow", SIGNAL_CRITICAL, DAY);
	signal->id = "abc";
	signal->flags = SIGNAL_SILENCED;
	signal->text = "too slow";
	incident = build(fix);
	assert_rows(incident, ROWS("| checkout: CheckoutSlow critical, silenced"));
	assert_int_equal(incident->burns[0].signal_count, 1);
	assert_string_equal(incident->burns[0].signals[0].signal->value, "7.2 %");
	assert_string_equal(incident->burns[0].signals[0].signal->text, "too slow");
	/* The same labels in another environment are another alert. */
	say(fix, "stage");
	alert(fix, "checkout", "CheckoutSlow", SIGNAL_CRITICAL, DAY)->id = "abc";
	incident = build(fix);
	assert_int_equal(incident->count, 2);
	/* Twice in one source: the source's own business, both are told. */
	say(fix, "stage");
	alert(fix, "ledger", "A", SIGNAL_CRITICAL, DAY)->id = "x";
	alert(fix, "ledger", "B", SIGNAL_CRITICAL, DAY)->id = "x";
	incident = build(fix);
	assert_int_equal(incident->count, 2);
	assert_int_equal(incident->burns[0].signal_count, 2);
}

static void label(struct fixture *fix, struct signal *signal, const char *name, const char *value)
{
	signal_add_label(&fix->live->report.signals, signal, name, value);
}

/* Prometheus puts its external labels on what it sends, so the fingerprint is another one. */
static void external_labels_make_no_other_alert(void **state)
{
	struct fixture *fix = *state;
	struct incident *incident;
	struct signal *signal;

	say(fix, "prom");
	for (int i = 0; i < 2; i++) {
		signal = alert(fix, "checkout", "CheckoutSlow", SIGNAL_CRITICAL, DAY);
		label(fix, signal, "service", "checkout");
		label(fix, signal, "instance", i ? "a" : "b");
	}
	say(fix, "am");
	for (int i = 0; i < 3; i++) {
		signal = alert(fix, "checkout", "CheckoutSlow", SIGNAL_CRITICAL, DAY);
		label(fix, signal, "instance", i == 2 ? "c" : i ? "a" : "b");
		label(fix, signal, "cluster", "eu-1");
		label(fix, signal, "service", "checkout");
		signal->flags = i ? 0 : SIGNAL_SILENCED;
	}
	incident = build(fix);
	assert_rows(incident, ROWS("checkout: CheckoutSlow critical x2",
				   "| checkout: CheckoutSlow critical, silenced"));
}

static void staging_never_tops_the_list(void **state)
{
	struct fixture *fix = *state;
	struct incident *incident;

	say(fix, "stage");
	alert(fix, "checkout", "CheckoutDown", SIGNAL_CRITICAL, DAY);
	say(fix, "prom");
	alert(fix, "checkout", "CheckoutSlow", SIGNAL_WARNING, MINUTE);
	alert(fix, "mailer", "MailQueueLong", SIGNAL_WARNING, MINUTE);
	incident = build(fix);
	assert_rows(incident,
		    ROWS("checkout: CheckoutSlow warning", "mailer: MailQueueLong warning",
			 "checkout: CheckoutDown critical"));
	assert_string_equal(incident->burns[2].environment, "staging");
	fix->options.environment = "staging";
	assert_rows(build(fix), ROWS("checkout: CheckoutDown critical"));
	fix->options.environment = "production";
	assert_int_equal(build(fix)->count, 2);
}

static void unmapped_alerts_are_rows_of_their_own(void **state)
{
	struct fixture *fix = *state;
	struct incident *incident;
	struct signal *signal;

	say(fix, "prom");
	alert(fix, "legacy-batch", "BatchFailed", SIGNAL_CRITICAL, HOUR);
	alert(fix, "legacy-batch", "BatchSlow", SIGNAL_WARNING, HOUR);
	signal = alert(fix, NULL, "NodeDiskFull", SIGNAL_CRITICAL, HOUR);
	signal_add_label(&fix->live->report.signals, signal, "instance", "node-3");
	alert(fix, NULL, "Nameless", SIGNAL_WARNING, HOUR);
	alert(fix, "mailer", "MailQueueLong", SIGNAL_WARNING, HOUR);
	incident = build(fix);
	assert_rows(incident,
		    ROWS("legacy-batch: BatchFailed critical +1", "node-3: NodeDiskFull critical",
			 "mailer: MailQueueLong warning", "prom: Nameless warning"));
	assert_int_equal(incident->unmapped, 3);
	assert_int_equal(incident->burns[0].service, -1);
}

static void builds_budgets_and_certificates(void **state)
{
	struct fixture *fix = *state;
	struct signal *signal;
	struct incident *incident;

	livefix_say(fix->live, "prom", "all", SIGNAL_CI, NOW);
	signal = livefix_signal(fix->live, "checkout", SIGNAL_CI, SIGNAL_CRITICAL, "main");
	signal->commit = "8c01d2e4444444444444444444444444444444444";
	signal->value = "build 412";
	livefix_signal(fix->live, "ledger", SIGNAL_CI, SIGNAL_WARNING, "main");
	signal = livefix_signal(fix->live, "ledger", SIGNAL_SLO, SIGNAL_OK, "ledger-availability");
	signal->number = -0.03;
	signal->value = "-3 % of the budget left";
	livefix_signal(fix->live, "mailer", SIGNAL_SLO, SIGNAL_OK, "mailer-ok")->number = 0.4;
	signal = livefix_signal(fix->live, "storefront", SIGNAL_CERT, SIGNAL_OK,
				"https://shop.example/");
	signal->until = NOW + 5 * DAY + HOUR;
	signal =
	    livefix_signal(fix->live, "mobile-api", SIGNAL_CERT, SIGNAL_OK, "https://m.example/");
	signal->until = NOW - DAY;
	signal = livefix_signal(fix->live, "mailer", SIGNAL_CERT, SIGNAL_OK, "https://x.example/");
	signal->until = NOW + 20 * DAY;
	signal = livefix_signal(fix->live, "ledger", SIGNAL_CERT, SIGNAL_CRITICAL,
				"https://ledger.example/");
	signal->until = NOW + 300 * DAY;
	signal->text = "for another host";
	signal = livefix_signal(fix->live, "mailer", SIGNAL_UPTIME, SIGNAL_CRITICAL,
				"https://mail.example/health");
	signal->text = "timeout";
	livefix_signal(fix->live, "mailer", SIGNAL_INCIDENT, SIGNAL_CRITICAL, "Mail is late")
	    ->since = NOW - HOUR;
	incident = build(fix);
	assert_rows(incident,
		    ROWS("checkout: main red since 8c01d2e (build 412)",
			 "storefront: certificate ends in 5 d: shop.example",
			 "ledger: certificate of ledger.example: for another host",
			 "ledger: ledger-availability: -3 % of the budget left",
			 "mobile-api: certificate has ended: m.example", "mailer: Mail is late",
			 "mailer: probe mail.example/health timeout"));
	fix->options.cert_days = 30;
	assert_int_equal(build(fix)->count, 8);
}

static void a_source_that_is_not_heard_burns(void **state)
{
	struct fixture *fix = *state;
	struct incident *incident;

	say(fix, "prom");
	alert(fix, "checkout", "CheckoutSlow", SIGNAL_WARNING, DAY);
	alert(fix, "ledger", "LedgerSlow", SIGNAL_CRITICAL, DAY);
	/* One poll missed is no news. */
	livefix_fail(fix->live, "prom", "alerts", SIGNAL_ALERT, FAILURE_TIMEOUT,
		     "no answer within 10 s", NOW - 30);
	incident = build(fix);
	assert_int_equal(incident->count, 2);
	assert_true(incident->burns[0].stale);
	livefix_fail(fix->live, "prom", "rules", SIGNAL_RULE, FAILURE_TIMEOUT, "no", NOW - HOUR);
	assert_int_equal(build(fix)->count, 2);
	incident = incident_build(fix->live->fleet, NULL, NOW + 31, fix->arena);
	assert_rows(incident, ROWS("checkout: CheckoutSlow warning",
				   "prom: alerts unknown: no answer within 10 s",
				   "ledger: LedgerSlow critical"));
	assert_int_equal(incident->burns[1].since, NOW - 30);
	assert_int_equal(incident->burns[1].state, SIGNAL_CRITICAL);
	assert_string_equal(incident->burns[1].source->name, "prom");
	assert_int_equal(incident->unmapped, 0);
	/* What never answered burns at once: nothing is known at all. */
	livefix_fail(fix->live, "am", "alerts", SIGNAL_ALERT, FAILURE_REFUSED,
		     "401: the token is not accepted", NOW);
	incident = build(fix);
	assert_string_equal(incident->burns[1].what,
			    "alerts unknown: 401: the token is not accepted");
}

static void a_watchdog_burns_when_it_is_silent(void **state)
{
	struct fixture *fix = *state;
	struct incident *incident;

	say(fix, "prom");
	alert(fix, NULL, "Watchdog", SIGNAL_OK, DAY)->flags = SIGNAL_WATCHDOG;
	assert_int_equal(build(fix)->count, 0);
	say(fix, "prom");
	alert(fix, NULL, "Watchdog", SIGNAL_CRITICAL, MINUTE)->flags = SIGNAL_WATCHDOG;
	incident = build(fix);
	assert_rows(incident, ROWS("prom: Watchdog no longer fires: alerting may be broken"));
	assert_int_equal(incident->unmapped, 0);
	assert_int_equal(incident->loud, 1);
}

static void narrowed_by_scope(void **state)
{
	struct fixture *fix = *state;
	struct report_scope scope = {.tiers = 1u << 1};
	const char *owner = "payments";

	say(fix, "prom");
	alert(fix, "checkout", "A", SIGNAL_WARNING, DAY);
	alert(fix, "ledger", "B", SIGNAL_WARNING, DAY);
	alert(fix, "storefront", "C", SIGNAL_WARNING, DAY);
	alert(fix, "elsewhere", "D", SIGNAL_WARNING, DAY);
	livefix_fail(fix->live, "am", "alerts", SIGNAL_ALERT, FAILURE_CONNECT, "refused", NOW);
	fix->options.scope = &scope;
	assert_rows(build(fix), ROWS("checkout: A warning", "storefront: C warning",
				     "am: alerts unknown: refused"));
	scope = (struct report_scope){.owners = &owner, .owner_count = 1};
	assert_rows(build(fix), ROWS("checkout: A warning", "am: alerts unknown: refused",
				     "ledger: B warning"));
	scope = (struct report_scope){.tiers = 1};
	assert_rows(build(fix), ROWS("am: alerts unknown: refused", "elsewhere: D warning"));
}

/* ---- around one ---- */

static const struct incident_event *event(const struct incident_detail *detail,
					  enum event_kind kind, const char *what)
{
	for (size_t i = 0; i < detail->event_count; i++)
		if (detail->events[i].kind == kind && !strcmp(detail->events[i].what, what))
			return &detail->events[i];
	fail_msg("no event %s \"%s\"", event_kind_name(kind), what);
	return NULL;
}

static const struct report_commit checkout_log[] = {
    {"4f2c9ab000000000000000000000000000000000", NOW - 26 * MINUTE, "A. Lima",
     "retry payments on timeout"},
    {"1111111000000000000000000000000000000000", NOW - 3 * HOUR, "Jo", "update the readme"},
    {"2222222000000000000000000000000000000000", NOW - 9 * HOUR, "Jo", "too long ago"},
    {"3333333000000000000000000000000000000000", NOW - 5 * MINUTE, "Jo", "after the start"},
};
static const struct report_commit ledger_log[] = {
    {"5555555000000000000000000000000000000000", NOW - 20 * MINUTE, "Mina", "ledger: new index"},
};

static struct incident_detail *detail_of(struct fixture *fix, const char *name)
{
	struct incident *incident = build(fix);
	struct incident_commits commits[] = {
	    {fleet_find(fix->live->fleet, "checkout"), checkout_log, ARRAY_LEN(checkout_log)},
	    {fleet_find(fix->live->fleet, "ledger"), ledger_log, ARRAY_LEN(ledger_log)},
	};

	for (size_t i = 0; i < incident->count; i++)
		if (!strcmp(incident->burns[i].name, name))
			return incident_detail(fix->live->fleet, &incident->burns[i], commits,
					       ARRAY_LEN(commits), NOW, fix->arena);
	fail_msg("%s does not burn", name);
	return NULL;
}

static void what_changed_is_on_one_timeline(void **state)
{
	struct fixture *fix = *state;
	const struct incident_detail *detail;
	struct signal *signal;

	say(fix, "prom");
	alert(fix, "checkout", "CheckoutErrorsHigh", SIGNAL_CRITICAL, 12 * MINUTE);
	alert(fix, "checkout", "CheckoutErrorsHigh", SIGNAL_CRITICAL, 10 * MINUTE);
	alert(fix, "ledger", "LatencyHigh", SIGNAL_WARNING, 9 * MINUTE);
	alert(fix, "ledger", "Silent", SIGNAL_WARNING, 9 * MINUTE)->flags = SIGNAL_SILENCED;
	alert(fix, "mailer", "MailQueueLong", SIGNAL_WARNING, 9 * MINUTE);
	livefix_say(fix->live, "stage", "deploys", SIGNAL_DEPLOY, NOW);
	signal = livefix_signal(fix->live, "checkout", SIGNAL_DEPLOY, SIGNAL_OK,
				"deployed to production");
	signal->since = NOW - 18 * MINUTE;
	signal->commit = "4f2c9ab";
	detail = detail_of(fix, "checkout");
	assert_int_equal(detail->from, NOW - 12 * MINUTE - INCIDENT_BEFORE);
	assert_int_equal(detail->event_count, 7);
	for (size_t i = 1; i < detail->event_count; i++)
		assert_true(detail->events[i - 1].at <= detail->events[i].at);
	assert_true(event(detail, EVENT_ALERT, "CheckoutErrorsHigh critical")->start);
	assert_int_equal(event(detail, EVENT_ALERT, "CheckoutErrorsHigh critical")->at,
			 NOW - 12 * MINUTE);
	assert_true(
	    event(detail, EVENT_DEPLOY, "deployed to production \"retry payments on timeout\"")
		->suspect);
	assert_string_equal(
	    event(detail, EVENT_DEPLOY, "deployed to production \"retry payments on timeout\"")
		->author,
	    "A. Lima");
	assert_true(event(detail, EVENT_COMMIT, "retry payments on timeout")->suspect);
	assert_false(event(detail, EVENT_COMMIT, "update the readme")->suspect);
	assert_false(event(detail, EVENT_COMMIT, "after the start")->suspect);
	assert_string_equal(event(detail, EVENT_COMMIT, "ledger: new index")->relation,
			    "checkout needs it");
	assert_null(event(detail, EVENT_COMMIT, "update the readme")->relation);
	assert_string_equal(event(detail, EVENT_ALERT, "LatencyHigh warning")->service, "ledger");
}

/* Prometheus counts from when the condition held first, Alertmanager from when it fired. */
static void the_start_is_the_rows_own(void **state)
{
	struct fixture *fix = *state;
	const struct incident_detail *detail;

	say(fix, "prom");
	alert(fix, "checkout", "CheckoutErrorsHigh", SIGNAL_CRITICAL, 17 * MINUTE)->id = "abc";
	alert(fix, "ledger", "LatencyHigh", SIGNAL_WARNING, 9 * MINUTE)->id = "def";
	say(fix, "am");
	alert(fix, "checkout", "CheckoutErrorsHigh", SIGNAL_CRITICAL, 12 * MINUTE)->id = "abc";
	alert(fix, "ledger", "LatencyHigh", SIGNAL_WARNING, 9 * MINUTE)->id = "def";
	detail = detail_of(fix, "checkout");
	assert_true(event(detail, EVENT_ALERT, "CheckoutErrorsHigh critical")->start);
	assert_int_equal(event(detail, EVENT_ALERT, "CheckoutErrorsHigh critical")->at,
			 NOW - 12 * MINUTE);
	/* Silenced where it is known: no news of what checkout needs. */
	say(fix, "am");
	alert(fix, "checkout", "CheckoutErrorsHigh", SIGNAL_CRITICAL, 12 * MINUTE)->id = "abc";
	alert(fix, "ledger", "LatencyHigh", SIGNAL_WARNING, 9 * MINUTE)->flags = SIGNAL_SILENCED;
	fix->live->report.signals.signals[1].id = "def";
	detail = detail_of(fix, "checkout");
	for (size_t i = 0; i < detail->event_count; i++)
		assert_string_not_equal(detail->events[i].what, "LatencyHigh warning");
}

/* What others do after the start did not cause it; a certificate ends whatever is done. */
static void what_cannot_have_caused_it_is_left_out(void **state)
{
	struct fixture *fix = *state;
	const struct incident_detail *detail;
	struct signal *signal;

	say(fix, "prom");
	alert(fix, "checkout", "CheckoutErrorsHigh", SIGNAL_CRITICAL, 25 * MINUTE);
	detail = detail_of(fix, "checkout");
	event(detail, EVENT_COMMIT, "after the start");
	for (size_t i = 0; i < detail->event_count; i++)
		assert_string_not_equal(detail->events[i].what, "ledger: new index");
	livefix_say(fix->live, "prom", "cert", SIGNAL_CERT, NOW);
	signal = livefix_signal(fix->live, "checkout", SIGNAL_CERT, SIGNAL_OK,
				"https://x.example/health");
	signal->until = NOW + 5 * DAY;
	signal->since = NOW - MINUTE;
	say(fix, "prom");
	detail = detail_of(fix, "checkout");
	assert_string_equal(detail->burn->what, "certificate ends in 5 d: x.example");
	assert_int_equal(detail->event_count, 1);
	assert_true(detail->events[0].start);
}

static void a_build_names_the_commit_that_broke_it(void **state)
{
	struct fixture *fix = *state;
	const struct incident_detail *detail;
	struct signal *signal;

	livefix_say(fix->live, "prom", "ci", SIGNAL_CI, NOW);
	signal = livefix_signal(fix->live, "checkout", SIGNAL_CI, SIGNAL_CRITICAL, "main");
	signal->commit = "1111111000000000000000000000000000000000";
	signal->since = NOW - 2 * HOUR;
	detail = detail_of(fix, "checkout");
	assert_true(event(detail, EVENT_CI, "main red")->start);
	assert_true(event(detail, EVENT_COMMIT, "update the readme")->suspect);
	assert_false(event(detail, EVENT_COMMIT, "retry payments on timeout")->suspect);
}

static void whom_it_hits_by_tier_and_once(void **state)
{
	struct fixture *fix = *state;
	const struct incident_detail *detail;
	const struct fleet *fleet = fix->live->fleet;
	int32_t wants[8];
	struct incident *incident;

	say(fix, "prom");
	alert(fix, "ledger", "LedgerSlow", SIGNAL_CRITICAL, HOUR);
	alert(fix, "storefront", "StorefrontSlow", SIGNAL_CRITICAL, HOUR);
	/* checkout and ledger need each other: the ring ends, and nobody hits itself. */
	detail = detail_of(fix, "ledger");
	assert_int_equal(detail->hit_count, 3);
	assert_string_equal(fleet_at(fleet, (size_t)detail->hits[0].service)->name, "checkout");
	assert_int_equal(detail->hits[0].distance, 1);
	assert_string_equal(fleet_at(fleet, (size_t)detail->hits[1].service)->name, "storefront");
	assert_int_equal(detail->hits[1].distance, 2);
	assert_true(detail->hits[1].burning);
	assert_string_equal(fleet_at(fleet, (size_t)detail->hits[2].service)->name, "mobile-api");
	assert_int_equal(detail->hits[2].distance, 2);
	assert_int_equal(detail->need_count, 1);
	detail = detail_of(fix, "storefront");
	assert_int_equal(detail->need_count, 2);
	assert_string_equal(fleet_at(fleet, (size_t)detail->needs[0].service)->name, "ledger");
	assert_true(detail->needs[0].burning);
	incident = build(fix);
	assert_int_equal(incident_wants(fleet, &incident->burns[0], wants, 8), 3);
	assert_int_equal(wants[0], fleet_find(fleet, "storefront"));
	assert_int_equal(incident_wants(fleet, &incident->burns[0], wants, 2), 2);
}

static void a_source_has_a_start_and_no_neighbours(void **state)
{
	struct fixture *fix = *state;
	const struct incident_detail *detail;

	livefix_fail(fix->live, "prom", "alerts", SIGNAL_ALERT, FAILURE_TIMEOUT, "no answer",
		     NOW - HOUR);
	detail = detail_of(fix, "prom");
	assert_int_equal(detail->event_count, 1);
	assert_true(detail->events[0].start);
	assert_int_equal(detail->hit_count, 0);
}

/* ---- a service at a glance ---- */

static struct health health_of(struct fixture *fix, const char *name)
{
	livefix_settle(fix->live, NOW);
	return service_health(
	    fleet_at(fix->live->fleet, (size_t)fleet_find(fix->live->fleet, name)));
}

static const char *word_of(struct fixture *fix, const char *name)
{
	struct health health = health_of(fix, name);

	return health_word(&health);
}

static void nothing_is_well_that_nobody_watches(void **state)
{
	struct fixture *fix = *state;

	say(fix, "prom");
	assert_string_equal(word_of(fix, "checkout"), "-");
	livefix_say(fix->live, "prom", "rules", SIGNAL_RULE, NOW);
	livefix_signal(fix->live, "checkout", SIGNAL_RULE, SIGNAL_OK, "CheckoutSlow");
	assert_string_equal(word_of(fix, "checkout"), "ok");
	livefix_fail(fix->live, "prom", "rules", SIGNAL_RULE, FAILURE_TIMEOUT, "no", NOW);
	assert_string_equal(word_of(fix, "checkout"), "ok?");
	say(fix, "stage");
	alert(fix, "checkout", "CheckoutDown", SIGNAL_CRITICAL, DAY);
	assert_string_equal(word_of(fix, "checkout"), "ok?");
	say(fix, "prom");
	alert(fix, "checkout", "CheckoutSlow", SIGNAL_CRITICAL, DAY)->flags = SIGNAL_SILENCED;
	assert_string_equal(word_of(fix, "checkout"), "silenced");
	say(fix, "prom");
	alert(fix, "checkout", "CheckoutSlow", SIGNAL_WARNING, DAY);
	assert_string_equal(word_of(fix, "checkout"), "warning");
	livefix_say(fix->live, "prom", "up", SIGNAL_UPTIME, NOW);
	livefix_signal(fix->live, "mailer", SIGNAL_UPTIME, SIGNAL_CRITICAL, "https://m.example");
	livefix_signal(fix->live, "mailer", SIGNAL_UPTIME, SIGNAL_OK, "https://n.example");
	livefix_signal(fix->live, "ledger", SIGNAL_UPTIME, SIGNAL_OK, "https://l.example");
	assert_string_equal(word_of(fix, "mailer"), "down");
	assert_string_equal(word_of(fix, "ledger"), "ok");
	assert_true(health_of(fix, "mailer").uptime_known);
	assert_int_equal(health_of(fix, "mailer").uptime, SIGNAL_CRITICAL);
	assert_false(health_of(fix, "mailer").ci_known);
}

static void nothing_is_well_while_nobody_says_what_fires(void **state)
{
	struct fixture *fix = *state;

	say(fix, "prom");
	livefix_say(fix->live, "prom", "targets", SIGNAL_TARGET, NOW);
	livefix_signal(fix->live, "checkout", SIGNAL_TARGET, SIGNAL_OK, "checkout");
	assert_string_equal(word_of(fix, "checkout"), "ok");
	livefix_fail(fix->live, "prom", "alerts", SIGNAL_ALERT, FAILURE_REFUSED, "401", NOW);
	assert_string_equal(word_of(fix, "checkout"), "ok?");
	say(fix, "prom");
	alert(fix, "checkout", "CheckoutSlow", SIGNAL_CRITICAL, DAY)->flags = SIGNAL_SILENCED;
	assert_false(health_of(fix, "checkout").stale);
	livefix_fail(fix->live, "prom", "alerts", SIGNAL_ALERT, FAILURE_REFUSED, "401", NOW);
	assert_string_equal(word_of(fix, "checkout"), "silenced");
	assert_true(health_of(fix, "checkout").stale);
}

static void a_silence_counts_wherever_the_alert_is_told(void **state)
{
	struct fixture *fix = *state;
	struct signal *signal;

	say(fix, "prom");
	signal = alert(fix, "checkout", "CheckoutSlow", SIGNAL_CRITICAL, DAY);
	label(fix, signal, "service", "checkout");
	say(fix, "am");
	signal = alert(fix, "checkout", "CheckoutSlow", SIGNAL_CRITICAL, DAY);
	label(fix, signal, "cluster", "eu-1");
	label(fix, signal, "service", "checkout");
	signal->flags = SIGNAL_SILENCED;
	assert_string_equal(word_of(fix, "checkout"), "silenced");
	assert_int_equal(health_of(fix, "checkout").quiet, 1);
	/* Another one, of which Alertmanager has not heard. */
	say(fix, "prom");
	signal = alert(fix, "checkout", "CheckoutSlow", SIGNAL_CRITICAL, DAY);
	label(fix, signal, "service", "checkout");
	label(fix, signal, "zone", "b");
	assert_string_equal(word_of(fix, "checkout"), "critical");
}

/* ---- playbooks ---- */

static const char *best(const char *alert_name, const char *const *headings)
{
	const char *found = "none";
	unsigned most = 0;

	for (size_t i = 0; headings[i]; i++) {
		unsigned fit = incident_fit(alert_name, headings[i]);

		if (fit > most) {
			most = fit;
			found = headings[i];
		}
	}
	return found;
}

static void the_heading_that_fits_an_alert(void **state)
{
	static const char *const headings[] = {"High error rate",
					       "Payment provider down",
					       "Roll back",
					       "Latency is too high",
					       "Disk is full",
					       "The certificate expires",
					       "What to do when `QueueStuck` fires",
					       NULL};

	(void)state;
	assert_string_equal(best("CheckoutErrorsHigh", headings), "High error rate");
	assert_string_equal(best("CheckoutHighErrorRate", headings), "High error rate");
	assert_string_equal(best("checkout_5xx_ratio", headings), "High error rate");
	assert_string_equal(best("PaymentProviderUnavailable", headings), "Payment provider down");
	assert_string_equal(best("HTTPSlowRequests", headings), "Latency is too high");
	assert_string_equal(best("NodeDiskFull", headings), "Disk is full");
	assert_string_equal(best("TLSCertExpiring", headings), "The certificate expires");
	assert_string_equal(best("QueueStuck", headings), "What to do when `QueueStuck` fires");
	assert_string_equal(best("TooManyHigh", headings), "none");
	assert_string_equal(best("Watchdog", headings), "none");
	assert_int_equal(incident_fit("", "x"), 0);
	assert_int_equal(incident_fit("x", ""), 0);
	assert_int_equal(incident_fit(NULL, NULL), 0);
}

/* ---- hostile and many ---- */

static void texts_without_end_are_cut_between_characters(void **state)
{
	struct fixture *fix = *state;
	char *title = xmalloc(30001);
	struct incident *incident;

	for (size_t i = 0; i < 10000; i++)
		memcpy(title + 3 * i, "\xe2\x82\xac", 3);
	title[30000] = '\0';
	say(fix, "prom");
	alert(fix, "checkout", title, SIGNAL_CRITICAL, DAY)->severity = title;
	incident = build(fix);
	assert_true(strlen(incident->burns[0].what) < 500);
	assert_int_equal(incident_fit(title, title), 1000);
	assert_int_equal(incident_fit(title, "disk"), 0);
	assert_memory_equal(incident->burns[0].what, "\xe2\x82\xac\xe2\x82\xac", 6);
	assert_null(strstr(incident->burns[0].what, "\xe2 "));
	free(title);
}

static void five_thousand_alerts_and_as_many_events(void **state)
{
	struct fixture *fix = *state;
	struct incident *incident;
	const struct incident_detail *detail;
	struct signal *signal;
	char title[32];

	livefix_say(fix->live, "prom", "alerts", SIGNAL_ALERT, NOW);
	for (int i = 0; i < 5000; i++) {
		snprintf(title, sizeof(title), "Alert%d", i % 100);
		signal = alert(fix, "checkout", arena_strdup(fix->live->arena, title),
			       SIGNAL_CRITICAL, i);
		signal->id = "the same one";
		livefix_signal(fix->live, "checkout", SIGNAL_DEPLOY, SIGNAL_OK, "deploy")->since =
		    NOW - i;
	}
	livefix_say(fix->live, "am", "alerts", SIGNAL_ALERT, NOW);
	for (int i = 0; i < 5000; i++)
		alert(fix, "checkout", "Other", SIGNAL_CRITICAL, i)->id = "the same one";
	incident = build(fix);
	assert_true(incident->burns[0].signal_count >= 5000);
	detail = incident_detail(fix->live->fleet, &incident->burns[0], NULL, 0, NOW, fix->arena);
	assert_int_equal(detail->event_count, INCIDENT_EVENTS);
	assert_true(detail->events_left > 4000);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(nothing_is_measured_then_nothing_burns),
	    TEST(worst_first_by_tier_severity_and_age),
	    TEST(alerts_of_a_service_are_one_row),
	    TEST(silenced_inhibited_and_pending_stand_apart),
	    TEST(a_row_that_falls_silent_stays_the_same),
	    TEST(the_same_alert_of_two_sources_is_one),
	    TEST(external_labels_make_no_other_alert),
	    TEST(staging_never_tops_the_list),
	    TEST(unmapped_alerts_are_rows_of_their_own),
	    TEST(builds_budgets_and_certificates),
	    TEST(a_source_that_is_not_heard_burns),
	    TEST(a_watchdog_burns_when_it_is_silent),
	    TEST(narrowed_by_scope),
	    TEST(what_changed_is_on_one_timeline),
	    TEST(the_start_is_the_rows_own),
	    TEST(what_cannot_have_caused_it_is_left_out),
	    TEST(a_build_names_the_commit_that_broke_it),
	    TEST(whom_it_hits_by_tier_and_once),
	    TEST(a_source_has_a_start_and_no_neighbours),
	    TEST(nothing_is_well_that_nobody_watches),
	    TEST(nothing_is_well_while_nobody_says_what_fires),
	    TEST(a_silence_counts_wherever_the_alert_is_told),
	    TEST(the_heading_that_fits_an_alert),
	    TEST(texts_without_end_are_cut_between_characters),
	    TEST(five_thousand_alerts_and_as_many_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
