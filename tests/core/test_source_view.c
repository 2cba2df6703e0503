/* The sources as a person mends them: their state, whom they speak of, what matched nothing. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "core/report_sources.h"
#include "tests/support/livefix.h"

#define NOW INT64_C(1795000000)

struct fixture {
	struct checklist *checklist;
	struct livefix *live;
	struct arena *arena;
	struct buf text;
};

static int set_up(void **state)
{
	struct fixture *fix = xcalloc(1, sizeof(*fix));

	fix->checklist = checklist_builtin();
	fix->live = livefix_new(fix->checklist);
	fix->arena = arena_new();
	livefix_service(fix->live, "checkout", 1, "acme/pay", NULL);
	livefix_service(fix->live, "ledger", 2, "acme/pay", NULL);
	livefix_service(fix->live, "docs-site", 4, "acme/web", NULL);
	*state = fix;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fix = *state;

	livefix_free(fix->live);
	checklist_free(fix->checklist);
	arena_free(fix->arena);
	buf_free(&fix->text);
	free(fix);
	return 0;
}

static struct source_view *look(struct fixture *fix, bool asking, size_t *count)
{
	struct source_view *views;

	livefix_settle(fix->live, NOW);
	views = source_views(fix->live->fleet, fix->live->live, NULL, asking, fix->arena, count);
	for (size_t i = 0; i < *count; i++)
		source_view_suggest(&views[i], fix->live->fleet, fix->live->live, fix->arena);
	return views;
}

static void add_line(void *ctx, enum source_tone tone, unsigned depth, const char *text)
{
	(void)tone;
	buf_addf(ctx, "%u %s\n", depth, text);
}

static void says(struct fixture *fix, const struct source_view *view, const char *line)
{
	buf_reset(&fix->text);
	source_view_lines(view, NOW, add_line, &fix->text);
	if (!strstr(buf_str(&fix->text), line))
		fail_msg("\"%s\" is not in:\n%s", line, buf_str(&fix->text));
}

static void services_that_it_says_nothing_of_are_named(void **state)
{
	struct fixture *fix = *state;
	struct source_view *views;
	size_t count;

	livefix_source(fix->live, "ci", "buildbot", NULL);
	livefix_say(fix->live, "ci", "builds", SIGNAL_CI, NOW - 60);
	livefix_signal(fix->live, "checkout", SIGNAL_CI, SIGNAL_OK, "main");
	views = look(fix, false, &count);
	assert_int_equal(count, 1);
	assert_int_equal(views[0].state, SOURCE_OK);
	assert_int_equal(views[0].services, 1);
	assert_int_equal(views[0].signals, 1);
	assert_int_equal(views[0].missing_count, 1);
	assert_string_equal(views[0].missing[0], "ledger");
	assert_int_equal(views[0].missing_others, 1);
	says(fix, &views[0], "0 says nothing of ledger (T2) and 1 more\n");
}

static void unmapped_signals_are_grouped_with_a_line_to_write(void **state)
{
	struct fixture *fix = *state;
	struct source_view *views;
	struct signal *signal;
	size_t count;

	livefix_source(fix->live, "prom", "prometheus", NULL);
	livefix_say(fix->live, "prom", "alerts", SIGNAL_ALERT, NOW);
	for (int i = 0; i < 3; i++)
		livefix_signal(fix->live, "shop-checkout-api", SIGNAL_ALERT, SIGNAL_CRITICAL,
			       "HighLatency");
	livefix_signal(fix->live, "legder", SIGNAL_ALERT, SIGNAL_WARNING, "Slow");
	signal = livefix_signal(fix->live, NULL, SIGNAL_ALERT, SIGNAL_WARNING, "NodeDown");
	signal_add_label(&fix->live->report.signals, signal, "instance", "zzz:9100");
	signal_add_label(&fix->live->report.signals, signal, "severity", "page");
	views = look(fix, false, &count);
	assert_int_equal(views[0].unmapped_signals, 5);
	assert_int_equal(views[0].unmapped_count, 3);
	says(fix, &views[0], "0 5 signals of no known service:\n");
	says(fix, &views[0],
	     "1 HighLatency x3  service=shop-checkout-api\n"
	     "2 match: {checkout: \"shop-checkout-api\"}\n");
	says(fix, &views[0], "1 Slow  service=legder\n2 match: {ledger: \"legder\"}\n");
	says(fix, &views[0], "1 NodeDown  instance=zzz:9100\n1 service_label");
}

static void a_failure_has_its_cause_and_age(void **state)
{
	struct fixture *fix = *state;
	struct source_view *views;
	struct buf line = {0};
	size_t count;

	livefix_source(fix->live, "prom", "prometheus", NULL);
	livefix_source(fix->live, "am", "alertmanager", NULL);
	livefix_say(fix->live, "prom", "alerts", SIGNAL_ALERT, NOW - 600);
	livefix_say(fix->live, "prom", "rules", SIGNAL_RULE, NOW - 600);
	livefix_fail(fix->live, "prom", "alerts", SIGNAL_ALERT, FAILURE_TIMEOUT,
		     "no answer within 10 s", NOW - 180);
	livefix_fail(fix->live, "am", "alerts", SIGNAL_ALERT, FAILURE_REFUSED,
		     "the token is refused", NOW);
	views = look(fix, false, &count);
	assert_int_equal(count, 2);
	assert_int_equal(source_heard_at(views[0].live), NOW - 600);
	assert_int_equal(source_heard_at(views[1].live), 0);
	assert_int_equal(views[0].state, SOURCE_PARTLY);
	assert_int_equal(views[1].state, SOURCE_FAILING);
	source_view_summary(&views[0], NOW, &line);
	assert_string_equal(buf_str(&line), "no answer within 10 s, for 3m");
	says(fix, &views[0],
	     "0 alerts: no answer within 10 s, for 3m; what is shown was heard 10m ago\n");
	says(fix, &views[0], "0 1 of 2 questions answered");
	says(fix, &views[1], "0 alerts: the token is refused, just now; never answered\n");
	source_views_sort(views, count);
	assert_string_equal(views[0].name, "am");
	buf_free(&line);
}

static void nothing_said_is_not_ok(void **state)
{
	struct fixture *fix = *state;
	struct source_view *views;
	size_t count;

	livefix_source(fix->live, "up", "uptime", NULL);
	views = look(fix, true, &count);
	assert_int_equal(views[0].state, SOURCE_WAITING);
	views = look(fix, false, &count);
	assert_int_equal(views[0].state, SOURCE_NOTHING);
	says(fix, &views[0], "no service has anything");
}

static const char config_text[] =
    "sources:\n"
    "- {type: prometheus, name: p, url: http://127.0.0.1:9090, auth: {bearer: {env: A}}}\n"
    "- {type: sentry, url: http://sentry.example, auth: {bearer: {env: A}}}\n";

static void what_is_not_asked_is_listed(void **state)
{
	struct fixture *fix = *state;
	struct config *config =
	    config_parse("/c.yml", NULL, config_text, strlen(config_text), NULL);
	struct source_view *views;
	size_t count;

	livefix_source(fix->live, "p", "prometheus", NULL);
	livefix_settle(fix->live, NOW);
	views = source_views(fix->live->fleet, fix->live->live, config, true, fix->arena, &count);
	assert_int_equal(count, 2);
	assert_int_equal(views[1].state, SOURCE_UNBUILT);
	assert_int_equal(views[1].line, 3);
	says(fix, &views[1], "does not ask sources of type sentry");
	views = source_views(fix->live->fleet, NULL, config, false, fix->arena, &count);
	assert_int_equal(views[0].state, SOURCE_UNASKED);
	assert_int_equal(views[1].state, SOURCE_UNASKED);
	assert_false(views[0].in_the_clear);
	says(fix, &views[1], "0 its secret travels unencrypted");
	config_free(config);
}

static void budgets_are_told(void **state)
{
	struct fixture *fix = *state;
	struct source_status status = {.source = "gh",
				       .version = "GitHub 3.12",
				       .requests = 9,
				       .not_modified = 7,
				       .limit = 5000,
				       .left = 12,
				       .resets_at = NOW + 90,
				       .next_at = NOW + 30,
				       .latency_ms = 80};
	struct source_view *views;
	size_t count;

	livefix_source(fix->live, "gh", "github", NULL);
	livefix_say(fix->live, "gh", "repositories", SIGNAL_CI, NOW);
	live_apply_status(fix->live->live, &status);
	views = look(fix, false, &count);
	says(fix, &views[0], "0 GitHub 3.12, last answer in 80 ms\n");
	says(fix, &views[0], "0 9 requests, 7 of them not modified, 0 failed, 0 KB\n");
	says(fix, &views[0], "0 12 of 5000 requests left, new ones in 90s\n");
	says(fix, &views[0], "0 asked next in 30s\n");
}

static void prints(struct fixture *fix, enum report_format format, const char *expected)
{
	struct report_scope scope = {0};
	struct report report = {.fleet = fix->live->fleet,
				.scope = &scope,
				.format = format,
				.now = NOW,
				.width = 80,
				.version = "1"};
	struct report_out out = {0};
	struct source_view *views;
	size_t count;

	views = look(fix, false, &count);
	report_sources(&report, views, count, &out);
	if (!strstr(buf_str(&out.text), expected))
		fail_msg("\"%s\" is not in:\n%s", expected, buf_str(&out.text));
	assert_null(strchr(buf_str(&out.text), '\033'));
	buf_free(&out.text);
}

static void every_format_has_it(void **state)
{
	struct fixture *fix = *state;

	livefix_source(fix->live, "prom", "prometheus", "staging");
	livefix_say(fix->live, "prom", "alerts", SIGNAL_ALERT, NOW);
	livefix_signal(fix->live, "check\033[31mout-x", SIGNAL_ALERT, SIGNAL_CRITICAL, "A*b*");
	prints(fix, REPORT_TEXT,
	       "\u2713 ok  prom  prometheus  https://monitoring.example.com  "
	       "(staging)\n");
	prints(fix, REPORT_JSON, "\"unmapped_signals\": 1,");
	prints(fix, REPORT_JSON, "\"title\": \"A*b*\"");
	prints(fix, REPORT_JSONL, "{\"name\":\"prom\",\"type\":\"prometheus\"");
	prints(fix, REPORT_CSV, "prom,prometheus,https://monitoring.example.com,staging,ok,");
	prints(fix, REPORT_MARKDOWN, "  - A\\*b\\*  service=check");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(services_that_it_says_nothing_of_are_named),
	    TEST(unmapped_signals_are_grouped_with_a_line_to_write),
	    TEST(a_failure_has_its_cause_and_age),
	    TEST(nothing_said_is_not_ok),
	    TEST(what_is_not_asked_is_listed),
	    TEST(budgets_are_told),
	    TEST(every_format_has_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
