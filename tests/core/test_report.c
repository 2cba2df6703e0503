#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <locale.h>

#include "core/json_write.h"
#include "core/mem.h"
#include "core/record.h"
#include "core/report.h"
#include "core/report_table.h"
#include "core/text.h"

#define NOW 1800000000

static const char list_text[] =
    "schema: 1\n"
    "name: test\n"
    "checks:\n"
    "  - {id: readme, tier: 4, title: Read me, why: w, close: write it,\n"
    "     pass: {files: [README.md]}}\n"
    "  - {id: pager, tier: 2, title: Pager, why: w, close: page,\n"
    "     absent: no-source, pass: {files: [pager.yml]}}\n";

struct fixture {
	struct checklist *checklist;
	struct fleet *fleet;
	struct report_scope scope;
	struct report report;
	struct report_out out;
};

static struct checkout *service(struct fixture *fix, const char *path, const char *name, int tier,
				const char *owner)
{
	struct checkout *co = checkout_new(path);
	struct descriptor *d = arena_alloc(co->arena, sizeof(*d));

	d->format = "service.yml";
	d->subdir = "";
	d->at = (struct origin){"service.yml", 1};
	d->name = (struct fact){arena_strdup(co->arena, name), {"service.yml", 1}};
	d->tier = tier;
	d->tier_text = (struct fact){"x", {"service.yml", 2}};
	d->owners = arena_alloc(co->arena, sizeof(*d->owners));
	d->owners[0] = (struct fact){owner, {"service.yml", 3}};
	d->owner_count = owner != NULL;
	co->descriptors = d;
	co->descriptor_count = 1;
	co->head = "0123456789012345678901234567890123456789";
	co->ref = "refs/heads/main";
	co->remote = "https://example.com/acme/x";
	fleet_apply(fix->fleet, co);
	return co;
}

static void readme(struct fixture *fix, struct checkout *co)
{
	co->hits = arena_alloc(co->arena, sizeof(*co->hits));
	co->hits[0] = (struct hit){
	    .probe = fix->checklist->checks[0].pass->probe, .at = {"README.md", 7}, .text = "# Hi"};
	co->hit_count = 1;
}

static int set_up(void **state)
{
	struct fixture *fix = xcalloc(1, sizeof(*fix));

	fix->checklist = checklist_parse("l.yml", list_text, strlen(list_text), NULL);
	assert_non_null(fix->checklist);
	fix->fleet = fleet_new(fix->checklist);
	fix->report = (struct report){
	    .fleet = fix->fleet, .scope = &fix->scope, .now = NOW, .width = 80, .version = "1.2.3"};
	*state = fix;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fix = *state;

	buf_free(&fix->out.text);
	fleet_free(fix->fleet);
	checklist_free(fix->checklist);
	free(fix);
	return 0;
}

typedef void print_report(const struct report *report, struct report_out *out);

/* The report's text, until the next call. */
static const char *print(struct fixture *fix, print_report *what, enum report_format format)
{
	fleet_settle(fix->fleet, NOW);
	fix->report.format = format;
	buf_reset(&fix->out.text);
	what(&fix->report, &fix->out);
	return buf_str(&fix->out.text);
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no \"%s\" in\n%s", part, text);
}

static void assert_lacks(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("\"%s\" is in\n%s", part, text);
}

static const char whole_json[] =
    "{\n"
    "  \"schema\": 1,\n"
    "  \"generated_at\": \"2027-01-15T08:00:00Z\",\n"
    "  \"as_of\": null,\n"
    "  \"checklist\": {\n"
    "    \"name\": \"test\",\n"
    "    \"digest\": \"%s\"\n"
    "  },\n"
    "  \"services\": [\n"
    "    {\n"
    "      \"name\": \"pay\",\n"
    "      \"tier\": 4,\n"
    "      \"reached_tier\": 3,\n"
    "      \"reached_tier_if_unknown_pass\": 1,\n"
    "      \"type\": null,\n"
    "      \"lifecycle\": null,\n"
    "      \"owners\": [\n"
    "        \"acme/pay\"\n"
    "      ],\n"
    "      \"description\": null,\n"
    "      \"checkout\": \"/src/pay\",\n"
    "      \"subdir\": \"\",\n"
    "      \"remote\": \"https://example.com/acme/x\",\n"
    "      \"head\": \"0123456789012345678901234567890123456789\",\n"
    "      \"ref\": \"refs/heads/main\",\n"
    "      \"fetched_at\": null,\n"
    "      \"descriptor\": \"service.yml\",\n"
    "      \"links\": [],\n"
    "      \"depends_on\": [],\n"
    "      \"dependents\": [],\n"
    "      \"findings\": [\n"
    "        {\n"
    "          \"check\": \"readme\",\n"
    "          \"tier\": 4,\n"
    "          \"required\": true,\n"
    "          \"status\": \"pass\",\n"
    "          \"code\": null,\n"
    "          \"strength\": \"configured\",\n"
    "          \"since\": null,\n"
    "          \"since_at_least\": false,\n"
    "          \"checked_at\": \"2027-01-15T08:00:00Z\",\n"
    "          \"reason\": \"README.md:7: # Hi\",\n"
    "          \"fix\": null,\n"
    "          \"evidence\": [\n"
    "            {\n"
    "              \"checkout\": \"/src/pay\",\n"
    "              \"path\": \"README.md\",\n"
    "              \"line\": 7,\n"
    "              \"commit\": \"0123456789012345678901234567890123456789\",\n"
    "              \"url\": null,\n"
    "              \"value\": null,\n"
    "              \"text\": \"# Hi\"\n"
    "            }\n"
    "          ]\n"
    "        },\n"
    "        {\n"
    "          \"check\": \"pager\",\n"
    "          \"tier\": 2,\n"
    "          \"required\": false,\n"
    "          \"status\": \"unknown\",\n"
    "          \"code\": \"no-source\",\n"
    "          \"strength\": null,\n";

static void the_json_object_is_the_agreed_one(void **state)
{
	struct fixture *fix = *state;
	char *expected = xasprintf(whole_json, fix->checklist->digest);
	const char *text;

	readme(fix, service(fix, "/src/pay", "pay", 4, "acme/pay"));
	text = print(fix, report_check, REPORT_JSON);
	for (size_t i = 0; expected[i]; i++)
		if (expected[i] != text[i])
			fail_msg("differs at \"%.60s\", expected \"%.60s\"", text + i,
				 expected + i);
	assert_has(text, "\"signals\": [],\n      \"warnings\": []");
	assert_has(text, "\"4\": {\n        \"services\": 1,\n        \"reached\": 1,\n"
			 "        \"pass\": 1,\n        \"gap\": 0,\n        \"unknown\": 0,\n"
			 "        \"waived\": 0,\n        \"n/a\": 0\n");
	assert_has(text, "\"errors\": []\n}\n");
	free(expected);
}

static void errors_are_in_the_json(void **state)
{
	struct fixture *fix = *state;
	struct err err = {0};

	err_set(&err, "/src/x", NULL, "corrupt");

	fix->report.errors = &err;
	fix->report.error_count = 1;
	assert_has(print(fix, report_check, REPORT_JSON),
		   "\"what\": \"corrupt\",\n      \"where\": \"/src/x\",\n      \"fix\": null");
	err_clear(&err);
}

static void json_strings_are_always_valid(void **state)
{
	struct buf out = {0};
	struct json_writer json = {.out = &out};

	(void)state;
	json_open(&json, NULL, '[');
	json_str(&json, NULL,
		 "a\"b\\c\nd\x1b\x7f\xff\xe2\x80\xae"
		 "\xed\xa0\x80z");
	json_close(&json, ']');
	assert_string_equal(buf_str(&out), "[\"a\\\"b\\\\c\\nd\\u001b\\u007f\xef\xbf\xbd\\u202e"
					   "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\"]");
	buf_free(&out);
}

static void times_without_a_year_are_null(void **state)
{
	struct buf out = {0};
	struct json_writer json = {.out = &out};

	(void)state;
	json_open(&json, NULL, '[');
	json_time(&json, NULL, 0);
	json_time(&json, NULL, INT64_MAX);
	json_time(&json, NULL, INT64_MIN);
	json_time(&json, NULL, 951782400);
	json_close(&json, ']');
	assert_string_equal(buf_str(&out), "[null,null,null,\"2000-02-29T00:00:00Z\"]");
	buf_free(&out);
}

static void three_services(struct fixture *fix)
{
	readme(fix, service(fix, "/src/pay", "pay", 1, "acme/pay"));
	service(fix, "/src/web", "web", 3, "acme/web");
	service(fix, "/src/lab", "lab", 0, NULL);
}

static void scopes_narrow(void **state)
{
	struct fixture *fix = *state;
	static const char *const names[] = {"WEB"}, *const owners[] = {"Pay"};
	const char *text;

	three_services(fix);
	fix->scope.tiers = 1U << 0 | 1U << 3;
	text = print(fix, report_services, REPORT_CSV);
	assert_lacks(text, "pay");
	assert_has(text, ",lab,");
	fix->scope = (struct report_scope){.services = names, .service_count = 1};
	text = print(fix, report_services, REPORT_CSV);
	assert_has(text, "3,web,acme/web,none,1,");
	assert_lacks(text, "lab");
	fix->scope = (struct report_scope){.owners = owners, .owner_count = 1};
	text = print(fix, report_services, REPORT_CSV);
	assert_has(text, ",pay,");
	assert_lacks(text, "web");
	fix->scope = (struct report_scope){.checks = 1, .statuses = 1U << STATUS_GAP};
	text = print(fix, report_check, REPORT_CSV);
	assert_has(text, "web,3,readme,4,true,gap,");
	assert_lacks(text, "pager");
	assert_lacks(text, "pay");
}

static void gaps_that_fail(void **state)
{
	struct fixture *fix = *state;

	three_services(fix);
	fleet_settle(fix->fleet, NOW);
	assert_int_equal(report_gaps_in_scope(&fix->report, 4), 2);
	assert_int_equal(report_gaps_in_scope(&fix->report, 3), 1);
	assert_int_equal(report_gaps_in_scope(&fix->report, 2), 0);
	fix->scope.statuses = 1U << STATUS_PASS;
	assert_int_equal(report_gaps_in_scope(&fix->report, 4), 0);
}

static void gaps_stand_by_importance(void **state)
{
	struct fixture *fix = *state;
	const char *text;

	service(fix, "/src/a", "a", 3, NULL);
	service(fix, "/src/b", "b", 1, NULL);
	service(fix, "/src/c", "c", 0, NULL);
	text = print(fix, report_gaps, REPORT_CSV);
	assert_has(text, "1,readme,b,");
	assert_true(strstr(text, "readme,b,") < strstr(text, "readme,a,"));
	assert_true(strstr(text, "readme,a,") < strstr(text, ",readme,c,"));
	assert_lacks(text, "pager"); /* unknown is no gap */
	text = print(fix, report_gaps, REPORT_JSONL);
	assert_has(text, "\"status\":\"gap\"");
	assert_lacks(text, "\"status\":\"unknown\"");
}

static void tiers_put_the_weakest_items_first(void **state)
{
	struct fixture *fix = *state;
	const char *text;

	readme(fix, service(fix, "/src/a", "a", 2, NULL));
	readme(fix, service(fix, "/src/b", "b", 2, NULL));
	text = print(fix, report_tiers, REPORT_TEXT);
	assert_has(text, "tier 2, important: 0 of 2 reach it, 2 as far as measured");
	assert_true(strstr(text, "pager") < strstr(text, "readme"));
	assert_lacks(text, "tier 1");
}

static void text_names_what_is_outstanding(void **state)
{
	struct fixture *fix = *state;
	const char *text;

	three_services(fix);
	text = print(fix, report_check, REPORT_TEXT);
	assert_has(text, "web  T3, holds none  acme/web");
	assert_has(text, "lab  no tier, holds none  no owner");
	assert_has(text, "T4 readme");
	assert_lacks(text, "pay  ");
	assert_has(text, "3 services: 0 hold the tier asked for");
	fix->report.verbose = true;
	assert_has(print(fix, report_check, REPORT_TEXT), "pay  T1, holds T1?");
}

static void plain_and_ascii_texts(void **state)
{
	struct fixture *fix = *state;

	three_services(fix);
	assert_has(print(fix, report_services, REPORT_TEXT), "\u2500");
	fix->report.ascii = true;
	assert_has(print(fix, report_services, REPORT_TEXT), "----");
	fix->report.plain = true;
	assert_lacks(print(fix, report_services, REPORT_TEXT), "----");
	for (const char *c = print(fix, report_check, REPORT_TEXT); *c; c++)
		assert_true((unsigned char)*c < 0x80);
}

static void wide_names_line_up(void **state)
{
	static const struct report_column columns[] = {
	    {.title = "A", .key = "a", .flexible = true},
	    {.title = "B", .key = "b", .flexible = true},
	    {.title = "C", .key = "c", .spare = 1},
	};
	struct fixture *fix = *state;
	struct report_table *table;

	fix->report.width = 20;
	fix->report.plain = true;
	fix->report.format = REPORT_TEXT;
	table = report_table_new(&fix->report, columns, 3);
	report_table_add(table, (const char *[]){"\u6f22\u5b57", "short", "left out"});
	report_table_add(table, (const char *[]){"a name that is long", NULL, NULL});
	report_table_print(table, "rows", &fix->out);
	assert_string_equal(buf_str(&fix->out.text), "A              B\n"
						     "\u6f22\u5b57           short\n"
						     "a name that \u2026  -\n");
	report_table_free(table);
}

static void csv_is_quoted_and_runs_nothing(void **state)
{
	static const struct report_column columns[] = {
	    {.title = "A", .key = "a"}, {.title = "B"}, {.title = "C", .key = "c"}};
	struct fixture *fix = *state;
	struct report_table *table;

	fix->report.format = REPORT_CSV;
	table = report_table_new(&fix->report, columns, 3);
	report_table_add(table, (const char *[]){"say \"a, b\"", "unseen", NULL});
	report_table_add(table, (const char *[]){"=1+1", "", "-2"});
	report_table_add(table, (const char *[]){"esc\x1b[1m", "", "a\nb"});
	report_table_print(table, "rows", &fix->out);
	assert_string_equal(buf_str(&fix->out.text), "a,c\n"
						     "\"say \"\"a, b\"\"\",\n"
						     "\"'=1+1\",\"'-2\"\n"
						     "esc\ufffd[1m,a b\n");
	report_table_free(table);
}

static void markdown_is_escaped(void **state)
{
	struct fixture *fix = *state;
	const char *text;

	service(fix, "/src/x", "a|b<i>*c*", 4, NULL);
	text = print(fix, report_services, REPORT_MARKDOWN);
	assert_has(text, "| a\\|b\\<i\\>\\*c\\* |");
}

static void sarif_has_places_and_levels(void **state)
{
	struct fixture *fix = *state;
	const char *text;

	service(fix, "/src/a b%", "x", 2, NULL);
	service(fix, "/src/low", "y", 4, NULL);
	text = print(fix, report_check, REPORT_SARIF);
	assert_has(text, "\"version\": \"2.1.0\"");
	assert_has(text, "\"level\": \"error\"");
	assert_has(text, "\"level\": \"note\"");
	assert_has(text, "\"uri\": \"service.yml\"");
	assert_has(text, "\"uri\": \"file:///src/a%20b%25/\"");
	assert_has(text, "\"x/readme\"");
}

static void junit_is_xml_whatever_the_names(void **state)
{
	struct fixture *fix = *state;
	const char *text;

	service(fix, "/src/x", "a<b>&\"c\x01\xff\u202e", 4, NULL);
	readme(fix, service(fix, "/src/y", "fine", 2, NULL));
	text = print(fix, report_check, REPORT_JUNIT);
	assert_has(text, "<testsuite name=\"a&lt;b&gt;&amp;&quot;c\ufffd\ufffd\ufffd\" tests=\"1\" "
			 "failures=\"1\" errors=\"0\" skipped=\"0\"");
	assert_has(text, "<testsuite name=\"fine\" tests=\"2\" failures=\"0\" errors=\"0\" "
			 "skipped=\"1\"");
	assert_has(text, "<failure message=");
	assert_has(text, "write it</failure>");
}

static void openmetrics_labels_are_escaped(void **state)
{
	struct fixture *fix = *state;
	const char *text;

	service(fix, "/src/x", "a\"b\\c\nd\u202e", 1, "o");
	text = print(fix, report_check, REPORT_OPENMETRICS);
	assert_has(text, "svctop_gap{service=\"a\\\"b\\\\c\\nd\ufffd\",tier=\"1\",check=\"readme\","
			 "owner=\"o\"} 1\n");
	assert_has(text, "svctop_services{tier=\"1\"} 1\n");
	assert_has(text,
		   "svctop_check_services{check=\"pager\",tier=\"1\",status=\"unknown\"} 1\n");
	assert_string_equal(text + strlen(text) - 6, "# EOF\n");
}

static void showing_one_service(void **state)
{
	struct fixture *fix = *state;
	const struct report_commit commit = {"0123456789", NOW - 7200, "Ann", "Fix \x1b[1m it"};
	const char *text;

	three_services(fix);
	fleet_settle(fix->fleet, NOW);
	report_show(&fix->report, fleet_at(fix->fleet, 2), &commit, 1, &fix->out);
	text = buf_str(&fix->out.text);
	assert_has(text, "web\n");
	assert_has(text, "owner: acme/web (service.yml:3)");
	assert_has(text, "Tier 2 (not asked for)");
	assert_has(text, "to close it: write it");
	assert_has(text, "01234567 2h Ann: Fix \ufffd[1m it");
	assert_lacks(text, "pay");
}

static void who_uses_what(void **state)
{
	struct fixture *fix = *state;
	struct checkout *a = service(fix, "/src/a", "a", 1, NULL),
			*b = service(fix, "/src/b", "b", 2, NULL);
	struct dependency old = {"gem", "rails", "6.1.0", DEP_RUNTIME, true, true, {"G.lock", 3}},
			  new = {"gem", "rails", "7.0.1", DEP_DEV, true, true, {"G.lock", 4}};

	a->dependencies = &old;
	b->dependencies = &new;
	a->dependency_count = b->dependency_count = 1;
	fleet_settle(fix->fleet, NOW);
	fix->report.format = REPORT_CSV;
	assert_int_equal(report_deps(&fix->report, "rails", NULL, &fix->out), 2);
	assert_has(buf_str(&fix->out.text), "1,a,gem,rails,6.1.0,runtime,true,true,G.lock:3\n");
	buf_reset(&fix->out.text);
	assert_int_equal(report_deps(&fix->report, "rails", ">= 7", &fix->out), 1);
	assert_has(buf_str(&fix->out.text), "2,b,gem,rails,7.0.1,dev,");
	buf_reset(&fix->out.text);
	assert_int_equal(report_drift(&fix->report, NULL, &fix->out), 1);
	assert_has(buf_str(&fix->out.text), "gem,rails,6.1.0,1,a\ngem,rails,7.0.1,1,b\n");
	assert_int_equal(report_drift(&fix->report, "nothing", &fix->out), 0);
}

static void count_flush(struct report_out *out)
{
	++*(size_t *)out->ctx;
	buf_reset(&out->text);
}

/* A large fleet's report is handed on part by part. */
#define DAY 86400

static void learn(struct record *record, const char *service, int64_t from, bool at_least)
{
	record_learn(record, &(struct interval){.service = service,
						.check = "readme",
						.status = STATUS_GAP,
						.required = true,
						.from = from,
						.at_least = at_least});
}

static void gaps_have_their_age(void **state)
{
	struct fixture *fix = *state;
	struct record *record = record_new(fix->checklist, NULL, NULL);
	const char *text;

	service(fix, "/src/pay", "pay", 1, "acme/pay");
	service(fix, "/src/mail", "mail", 1, NULL);
	service(fix, "/src/new", "new", 1, NULL);
	text = print(fix, report_gaps, REPORT_TEXT);
	assert_lacks(text, "OPEN");
	assert_has(print(fix, report_check, REPORT_JSON), "\"since\": null");
	assert_lacks(print(fix, report_check, REPORT_TEXT), "open");
	assert_lacks(print(fix, report_check, REPORT_OPENMETRICS), "svctop_gap_age_seconds{");
	learn(record, "pay", NOW - 213 * DAY, false);
	learn(record, "mail", NOW - 30 * DAY, true);
	fleet_set_record(fix->fleet, record);
	text = print(fix, report_gaps, REPORT_TEXT);
	assert_has(text, "OPEN  WHAT IS MISSING");
	assert_has(text, "  213d  nothing found");
	assert_has(text, "  30d+  nothing found");
	/* What is seen for the first time is as old as nobody knows. */
	assert_has(text, "     -  nothing found");
	text = print(fix, report_gaps, REPORT_MARKDOWN);
	assert_has(text, "| OPEN |");
	assert_has(text, "| 213d |");
	assert_has(text, "| 30d+ |");
	text = print(fix, report_gaps, REPORT_CSV);
	assert_has(text, "tier,check,service,owners,reason,fix,since,since_at_least\n");
	assert_has(text, ",write it,2026-06-16T08:00:00Z,false\n");
	assert_has(text, ",write it,2026-12-16T08:00:00Z,true\n");
	text = print(fix, report_check, REPORT_CSV);
	assert_has(text, "evidence_checkout,since,since_at_least\n");
	assert_has(text, "2026-06-16T08:00:00Z,false\n");
	assert_has(print(fix, report_check, REPORT_MARKDOWN), "| gap | 213d |");
	text = print(fix, report_check, REPORT_TEXT);
	assert_has(text, "gap, open 213d: nothing found");
	assert_has(text, "gap, open 30d+: nothing found");
	text = print(fix, report_check, REPORT_JSON);
	assert_has(text,
		   "\"since\": \"2026-06-16T08:00:00Z\",\n          \"since_at_least\": false");
	assert_has(text,
		   "\"since\": \"2026-12-16T08:00:00Z\",\n          \"since_at_least\": true");
	text = print(fix, report_check, REPORT_OPENMETRICS);
	assert_has(text, "svctop_gap_age_seconds{service=\"pay\",tier=\"1\",check=\"readme\","
			 "owner=\"acme/pay\"} 18403200\n");
	fleet_set_record(fix->fleet, NULL);
	record_free(record);
}

static void large_reports_are_flushed(void **state)
{
	struct fixture *fix = *state;
	size_t flushes = 0;

	for (int i = 0; i < 100; i++) {
		char *path = xasprintf("/src/s%d", i), *name = xasprintf("s%d", i);

		service(fix, path, name, 1, NULL);
		free(path);
		free(name);
	}
	fix->out.flush = count_flush;
	fix->out.ctx = &flushes;
	print(fix, report_check, REPORT_JSON);
	assert_true(flushes > 2);
	assert_true(fix->out.text.len < 64 * 1024);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(the_json_object_is_the_agreed_one),
	    TEST(errors_are_in_the_json),
	    TEST(json_strings_are_always_valid),
	    TEST(times_without_a_year_are_null),
	    TEST(scopes_narrow),
	    TEST(gaps_that_fail),
	    TEST(gaps_stand_by_importance),
	    TEST(tiers_put_the_weakest_items_first),
	    TEST(text_names_what_is_outstanding),
	    TEST(plain_and_ascii_texts),
	    TEST(wide_names_line_up),
	    TEST(csv_is_quoted_and_runs_nothing),
	    TEST(markdown_is_escaped),
	    TEST(sarif_has_places_and_levels),
	    TEST(junit_is_xml_whatever_the_names),
	    TEST(openmetrics_labels_are_escaped),
	    TEST(showing_one_service),
	    TEST(who_uses_what),
	    TEST(gaps_have_their_age),
	    TEST(large_reports_are_flushed),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
