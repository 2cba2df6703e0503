/*
 * The json source: what it asks, and what it makes of answers, with jq itself in between. This
 * test is its own jq child when started with JQ_ARGUMENT.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "fetch/child_process.h"
#include "fetch/jq.h"
#include "fetch/source_json.h"

#define NOW INT64_C(1795399200) /* 2026-11-23 02:00 */

static struct arena *arena;
static struct jq_pool *pool;

static int begin(void **state)
{
	(void)state;
	arena = arena_new();
	pool = jq_pool_new(NULL);
	return 0;
}

static int end(void **state)
{
	(void)state;
	jq_pool_free(pool);
	arena_free(arena);
	return 0;
}

/* A source as config.yml has it; lives as long as the test. */
static struct config *config;

static const struct config_source *source_of(const char *keys)
{
	char *text = xasprintf("sources:\n- type: json\n  name: deploys\n%s", keys);
	struct err err = {0};

	config_free(config);
	config = config_parse("/etc/svctop/config.yml", NULL, text, strlen(text), &err);
	if (!config)
		fail_msg("%s: %s", err.where, err.what);
	free(text);
	return &config->sources[0];
}

static struct named_fact fields[] = {{.name = "pagerduty.com/service-id", .fact.value = "P1 2/3"},
				     {.name = "climbing", .fact.value = "../../admin"}};

static struct subject subjects[] = {
    {.name = "api",
     .tier = 1,
     .repo_host = "github.com",
     .repo = "acme/api",
     .branch = "feature/x",
     .subdir = "",
     .fields = fields,
     .field_count = 2},
    {.name = "shop front", .repo = "acme/shop", .branch = "main", .subdir = "services/front"},
};

static const struct subject_list both = {subjects, ARRAY_LEN(subjects)};

static struct source_requests planned(const struct config_source *source)
{
	struct source_context context = {.config = source, .subjects = &both, .now = NOW};
	struct source_requests out = {.arena = arena};

	source_json.plan(&context, &out);
	return out;
}

/* ---- URLs ---- */

static const char *first_url(const char *url)
{
	char *keys = xasprintf("  url: \"%s\"\n  expression: .\n", url);
	const struct config_source *source = source_of(keys);
	struct source_requests out = planned(source);

	free(keys);
	assert_int_equal(source_json.validate(source, NULL), 0);
	return out.count ? out.requests[0].url : NULL;
}

static void without_a_field_all_are_asked_at_once(void **state)
{
	struct source_requests out =
	    planned(source_of("  url: https://a.example/all\n  expression: .\n"));

	(void)state;
	assert_int_equal(out.count, 1);
	assert_string_equal(out.requests[0].url, "https://a.example/all");
	assert_null(out.requests[0].subject);
	assert_null(out.requests[0].arg);
	assert_false(out.requests[0].absent_ok);
}

static void each_service_has_its_url(void **state)
{
	struct source_requests out =
	    planned(source_of("  url: \"https://a.example/{service}\"\n  expression: .\n"));

	(void)state;
	assert_int_equal(out.count, 2);
	assert_string_equal(out.requests[0].url, "https://a.example/api");
	assert_string_equal(out.requests[0].topic, "api");
	assert_string_equal(out.requests[0].subject, "api");
	assert_true(out.requests[0].absent_ok);
	assert_string_equal(out.requests[1].url, "https://a.example/shop%20front");
}

static void fields_are_put_in_and_escaped(void **state)
{
	(void)state;
	assert_string_equal(first_url("https://a.example/{repo}/x?b={branch}"),
			    "https://a.example/acme%2Fapi/x?b=feature%2Fx");
	assert_string_equal(first_url("https://a.example/{owner}/{name}"),
			    "https://a.example/acme/api");
	assert_string_equal(first_url("https://a.example/{field:pagerduty.com/service-id}"),
			    "https://a.example/P1%202%2F3");
	assert_string_equal(first_url("https://a.example/{host}/{tier}/{subdir}"),
			    "https://a.example/github.com/1/");
	/* Only the second one has a subdir with something in it. */
	assert_string_equal(first_url("https://{service}.internal.example/health"),
			    "https://api.internal.example/health");
}

/* Values come from repositories: they must not lead to another path or host. */
static void values_do_not_climb(void **state)
{
	(void)state;
	assert_null(first_url("https://a.example/x/{field:climbing}"));
	assert_null(first_url("https://a.example/{field:nobody-has-it}"));
	subjects[0].name = "..";
	assert_string_equal(first_url("https://a.example/{service}"),
			    "https://a.example/shop%20front");
	subjects[0].name = "evil.example/";
	assert_null(first_url("https://{service}.a.example/"));
	subjects[0].name = "a?x=1#";
	assert_string_equal(first_url("https://a.example/{service}/y"),
			    "https://a.example/a%3Fx%3D1%23/y");
	subjects[0].name = "api";
}

static void match_says_how_the_source_calls_it(void **state)
{
	struct source_requests out =
	    planned(source_of("  url: \"https://a.example/{service}\"\n  expression: .\n"
			      "  match: {api: backend-api, \"shop front\": \"shop-*\"}\n"));

	(void)state;
	assert_string_equal(out.requests[0].url, "https://a.example/backend-api");
	assert_string_equal(out.requests[0].subject, "api");
	assert_string_equal(out.requests[1].url, "https://a.example/shop%20front");
}

static void services_with_one_url_are_asked_once(void **state)
{
	struct source_requests out =
	    planned(source_of("  url: \"https://a.example/{owner}\"\n  expression: .\n"));
	const char *owners;

	(void)state;
	assert_int_equal(out.count, 1);
	assert_null(out.requests[0].subject);
	owners = out.requests[0].arg;
	assert_string_equal(json_owner(arena, &owners), "api");
	assert_string_equal(json_owner(arena, &owners), "shop front");
	assert_null(json_owner(arena, &owners));
}

static void expect_refused(const char *keys, const char *word)
{
	struct err err = {0};

	assert_int_equal(source_json.validate(source_of(keys), &err), -1);
	if (!strstr(err.what, word))
		fail_msg("\"%s\" has not \"%s\"", err.what, word);
	assert_non_null(err.fix);
	err_clear(&err);
}

static void configurations_that_cannot_work_are_refused(void **state)
{
	(void)state;
	expect_refused("  url: \"https://a.example/{servce}\"\n  expression: .\n", "{servce}");
	expect_refused("  url: \"https://a.example/{field:}\"\n  expression: .\n", "{field:}");
	expect_refused("  url: \"https://{field:host}/\"\n  expression: .\n", "host");
	expect_refused("  url: \"https://{service}.example/\"\n  expression: .\n"
		       "  auth: {bearer: {env: TOKEN}}\n",
		       "secret");
	expect_refused("  url: https://a.example/\n", "expression");
	expect_refused("  url: https://a.example/\n  expression: .\n  kind: weather\n", "weather");
	expect_refused("  url: https://a.example/\n  expression: .\n  kind: silence\n", "silence");
}

/* ---- pages ---- */

static void expect_next(const char *link, const char *next)
{
	const char *got = json_url_next(arena, "https://a.example/x?page=1", link);

	if (!next)
		assert_null(got);
	else
		assert_string_equal(got, next);
}

static void links_lead_to_the_next_page(void **state)
{
	(void)state;
	expect_next("<https://a.example/x?page=2>; rel=\"next\", <https://a.example/x?page=9>; "
		    "rel=\"last\"",
		    "https://a.example/x?page=2");
	expect_next("<https://a.example/x?page=9>; rel=\"last\",</x?page=2>; rel=next",
		    "https://a.example/x?page=2");
	expect_next("<?page=2>; title=\"x\"; REL=\"next\"", "https://a.example/x?page=2");
	expect_next("<https://a.example/x?page=0>; rel=\"prev\"", NULL);
	expect_next("<https://a.example/x?page=2>; rel=\"nextone\"", NULL);
	expect_next("<https://evil.example/x?page=2>; rel=\"next\"", NULL);
	expect_next("<http://a.example/x?page=2>; rel=\"next\"", NULL);
	expect_next("<//evil.example/>; rel=\"next\"", NULL);
	expect_next("<https://a.example/", NULL);
	expect_next("rel=\"next\"", NULL);
	expect_next(NULL, NULL);
}

static const char *link_header, *type_header;

static const char *header_of(const void *ctx, const char *name)
{
	(void)ctx;
	return !strcasecmp(name, "link")	   ? link_header
	       : !strcasecmp(name, "content-type") ? type_header
						   : NULL;
}

static void pages_are_followed_up_to_a_limit(void **state)
{
	const struct config_source *source =
	    source_of("  url: https://a.example/x\n  expression: .\n  pages: 3\n");
	struct source_context context = {.config = source, .subjects = &both, .now = NOW};
	struct source_requests out = planned(source);
	struct source_request request = out.requests[0];
	struct source_answer answer = {.status = 200, .body = "[]", .len = 2, .header = header_of};
	struct source_result result;

	(void)state;
	link_header = "<https://a.example/x?page=2>; rel=\"next\"";
	for (int page = 1; page <= 3; page++) {
		result = (struct source_result){.signals.arena = arena, .more.arena = arena};
		answer.url = request.url;
		assert_int_equal(source_json.read(&context, &request, &answer, &result, NULL), 0);
		assert_string_equal(result.program, ".");
		assert_int_equal(result.program_line, 5);
		assert_int_equal(result.more.count, page < 3);
		if (page < 3)
			request = result.more.requests[0];
	}
	assert_string_equal(result.note, "the first 3 pages only");
	link_header = NULL;
}

static void a_login_page_is_no_json(void **state)
{
	const struct config_source *source =
	    source_of("  url: https://a.example/x\n  expression: .\n");
	struct source_context context = {.config = source, .subjects = &both, .now = NOW};
	struct source_requests out = planned(source);
	struct source_answer answer = {.status = 200, .body = "<html>", .header = header_of};
	struct source_result result = {.signals.arena = arena, .more.arena = arena};
	struct err err = {0};

	(void)state;
	type_header = "text/html; charset=utf-8";
	assert_int_equal(source_json.read(&context, &out.requests[0], &answer, &result, &err), -1);
	assert_non_null(strstr(err.what, "login page"));
	err_clear(&err);
	type_header = NULL;
}

static void what_is_not_there_is_not_asked_further(void **state)
{
	const struct config_source *source =
	    source_of("  url: \"https://a.example/{service}\"\n  expression: .\n");
	struct source_context context = {.config = source, .subjects = &both, .now = NOW};
	struct source_requests out = planned(source);
	struct source_answer answer = {.status = 404, .failure = FAILURE_ABSENT};
	struct source_result result = {.signals.arena = arena, .more.arena = arena};

	(void)state;
	assert_int_equal(source_json.read(&context, &out.requests[0], &answer, &result, NULL), 0);
	assert_null(result.program);
	assert_int_equal(result.signals.count, 0);
}

/* ---- outputs ---- */

/* What jq makes of a body with a source's program. */
static struct jq_result outputs_of(const struct config_source *source, const char *body)
{
	struct jq_result result;
	struct pollfd fd;
	int timeout;

	jq_submit(pool, json_program(arena, source), body, strlen(body));
	jq_service(pool);
	while (!jq_pool_next(pool, &result)) {
		size_t count = jq_pollfds(pool, &fd, 1, &timeout);

		poll(&fd, count, timeout);
		jq_service(pool);
	}
	return result;
}

static struct err error;

/* The signals of a body, of the request for the first service or for all. */
static struct signal_list signals_of(const char *keys, const char *body, int expected)
{
	const struct config_source *source = source_of(keys);
	struct source_context context = {.config = source, .subjects = &both, .now = NOW};
	struct source_requests out = planned(source);
	struct jq_result outputs = outputs_of(source, body);
	struct source_result result = {.signals.arena = arena, .more.arena = arena};
	int got;

	if (outputs.error)
		fail_msg("%s", outputs.error);
	got = source_json.read_outputs(&context, &out.requests[0], outputs.lines, outputs.len,
				       &result, &error);
	if (got != expected)
		fail_msg("%s", got ? error.what : "no error");
	return result.signals;
}

#define EACH "  url: \"https://a.example/{service}\"\n"
#define ALL  "  url: https://a.example/\n"

static void an_object_is_a_signal(void **state)
{
	struct signal_list list = signals_of(
	    EACH
	    "  kind: deploy\n"
	    "  expression: '{state: \"warning\", title: .v, text: .why, url: .link, since: .at, "
	    "until: 1795399300, value: 7.25, severity: \"page\", environment: \"staging\", "
	    "commit: .sha, author: .who, runbook: \"docs/a.md\", labels: {a: \"x\", n: 3, b: "
	    "true, l: []}}'\n",
	    "{\"v\":\"1.2\",\"why\":\"so\",\"link\":\"https://d.example/1\",\"at\":"
	    "\"2026-11-23T01:00:00Z\",\"sha\":\"abc\",\"who\":\"ann\"}",
	    0);
	const struct signal *signal = &list.signals[0];

	(void)state;
	assert_int_equal(list.count, 1);
	assert_int_equal(signal->kind, SIGNAL_DEPLOY);
	assert_int_equal(signal->state, SIGNAL_WARNING);
	assert_string_equal(signal->title, "1.2");
	assert_string_equal(signal->text, "so");
	assert_string_equal(signal->url, "https://d.example/1");
	assert_int_equal(signal->since, NOW - 3600);
	assert_int_equal(signal->until, NOW + 100);
	assert_string_equal(signal->value, "7.25");
	assert_true(signal->number == 7.25);
	assert_string_equal(signal->severity, "page");
	assert_string_equal(signal->environment, "staging");
	assert_string_equal(signal->commit, "abc");
	assert_string_equal(signal->author, "ann");
	assert_string_equal(signal->runbook, "docs/a.md");
	assert_string_equal(signal_label(signal, "a"), "x");
	assert_string_equal(signal_label(signal, "n"), "3");
	assert_string_equal(signal_label(signal, "b"), "true");
	assert_null(signal_label(signal, "l"));
	assert_string_equal(signal->keys[0].name, "subject");
	assert_string_equal(signal->keys[0].value, "api");
}

static void outputs_name_their_services(void **state)
{
	struct signal_list list = signals_of(
	    ALL "  expression: '.[] | {kind: \"alert\", service: .s, repo: .r, title: .t}'\n",
	    "[{\"s\":\"api\",\"t\":\"Down\"},{\"s\":\"api\",\"t\":\"Down\"},"
	    "{\"r\":\"acme/x\",\"t\":\"Slow\"},{\"t\":\"Lost\"}]",
	    0);

	(void)state;
	assert_int_equal(list.count, 4);
	assert_string_equal(list.signals[0].keys[0].name, "service");
	assert_string_equal(list.signals[0].keys[0].value, "api");
	assert_int_equal(list.signals[0].state, SIGNAL_CRITICAL);
	assert_string_not_equal(list.signals[0].id, list.signals[1].id);
	assert_string_equal(list.signals[2].keys[0].name, "repo");
	assert_int_equal(list.signals[3].key_count, 0);
}

static void one_url_of_several_services_gives_each_a_signal(void **state)
{
	struct signal_list list = signals_of("  url: \"https://a.example/{owner}\"\n  kind: ci\n"
					     "  expression: .ok\n",
					     "{\"ok\":true}", 0);

	(void)state;
	assert_int_equal(list.count, 2);
	assert_string_equal(list.signals[1].keys[0].value, "shop front");
	assert_int_equal(list.signals[1].state, SIGNAL_OK);
}

static enum signal_state state_of(const char *kind, const char *body)
{
	char *keys = xasprintf(EACH "  kind: %s\n  expression: .\n", kind);
	struct signal_list list = signals_of(keys, body, 0);

	free(keys);
	assert_int_equal(list.count, 1);
	return list.signals[0].state;
}

static void plain_values_are_states_or_values(void **state)
{
	struct signal_list list;

	(void)state;
	assert_int_equal(state_of("ci", "true"), SIGNAL_OK);
	assert_int_equal(state_of("ci", "false"), SIGNAL_CRITICAL);
	assert_int_equal(state_of("ci", "null"), SIGNAL_UNKNOWN);
	assert_int_equal(state_of("alert", "0"), SIGNAL_OK);
	assert_int_equal(state_of("alert", "2"), SIGNAL_CRITICAL);
	assert_int_equal(state_of("errors", "2"), SIGNAL_WARNING);
	assert_int_equal(state_of("slo", "99.5"), SIGNAL_OK);
	assert_int_equal(state_of("oncall", "\"ann\""), SIGNAL_OK);
	assert_int_equal(state_of("ci", "{\"state\":\"OK\"}"), SIGNAL_OK);
	assert_int_equal(state_of("ci", "{\"state\":null}"), SIGNAL_UNKNOWN);
	assert_int_equal(state_of("ci", "{\"state\":false}"), SIGNAL_CRITICAL);
	assert_int_equal(state_of("ci", "{\"title\":\"main\"}"), SIGNAL_UNKNOWN);
	assert_int_equal(state_of("ci", "[true]"), SIGNAL_OK);
	list = signals_of(EACH "  kind: errors\n  expression: .\n", "41.5", 0);
	assert_string_equal(list.signals[0].value, "41.5");
	assert_true(list.signals[0].number == 41.5);
	assert_string_equal(list.signals[0].title, "deploys");
}

static void times_are_seconds_milliseconds_or_text(void **state)
{
	static const char keys[] = EACH "  kind: ci\n  expression: '{title: \"x\", since: .}'\n";

	(void)state;
	assert_int_equal(signals_of(keys, "1795399200", 0).signals[0].since, NOW);
	assert_int_equal(signals_of(keys, "1795399200000", 0).signals[0].since, NOW);
	assert_int_equal(signals_of(keys, "\"2026-11-23T03:00:00+01:00\"", 0).signals[0].since,
			 NOW);
	assert_int_equal(signals_of(keys, "null", 0).signals[0].since, 0);
	assert_int_equal(signals_of(keys, "1e300", 0).signals[0].since, 0);
	assert_int_equal(signals_of(keys, "-1", 0).signals[0].since, 0);
	signals_of(keys, "\"yesterday\"", -1);
	assert_non_null(strstr(error.what, "yesterday"));
}

/* A link that is shown can be opened: only what a browser is for. */
static void links_are_web_links(void **state)
{
	static const char keys[] = EACH "  kind: ci\n  expression: '{title: \"x\", url: .}'\n";

	(void)state;
	assert_null(signals_of(keys, "\"file:///etc/passwd\"", 0).signals[0].url);
	assert_null(signals_of(keys, "\"javascript:alert(1)\"", 0).signals[0].url);
	assert_null(signals_of(keys, "7", 0).signals[0].url);
}

static void outputs_that_say_nothing_are_errors(void **state)
{
	(void)state;
	signals_of(EACH "  expression: .\n", "true", -1);
	assert_non_null(strstr(error.what, "no kind"));
	signals_of(EACH "  expression: '{state: true}'\n", "true", -1);
	assert_non_null(strstr(error.what, "no kind"));
	signals_of(EACH "  expression: '{kind: \"weather\", state: true}'\n", "true", -1);
	assert_non_null(strstr(error.what, "weather"));
	signals_of(EACH "  kind: ci\n  expression: '{a: 1}'\n", "true", -1);
	assert_non_null(strstr(error.what, "neither state nor title"));
	signals_of(EACH "  kind: ci\n  expression: '{state: \"green\"}'\n", "true", -1);
	assert_non_null(strstr(error.what, "green"));
	assert_non_null(strstr(error.fix, "if"));
	signals_of(EACH "  kind: ci\n  expression: '[[1]]'\n", "true", -1);
	assert_int_equal(signals_of(EACH "  kind: ci\n  expression: empty\n", "true", 0).count, 0);
}

/* ---- checks ---- */

static const struct signal *check_of(const struct signal_list *list, const char *id)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->signals[i].kind == SIGNAL_CHECK && !strcmp(list->signals[i].title, id))
			return &list->signals[i];
	fail_msg("no answer to %s", id);
	return NULL;
}

static void checks_are_answered(void **state)
{
	struct signal_list list =
	    signals_of(EACH "  checks:\n    backups: \".backup # daily\"\n    pager: .pager > 2\n"
			    "    logging: '{state: .log, title: \"to nowhere\"}'\n"
			    "    tracing: \"null\"\n    profiling: 7\n    broken: .a.b.c[0].d\n",
		       "{\"backup\":true,\"pager\":1,\"log\":false,\"a\":[]}", 0);
	const struct signal *signal;

	(void)state;
	assert_int_equal(list.count, 6);
	signal = check_of(&list, "backups");
	assert_int_equal(signal->state, SIGNAL_OK);
	assert_string_equal(signal->keys[0].value, "api");
	assert_int_equal(check_of(&list, "pager")->state, SIGNAL_CRITICAL);
	assert_int_equal(check_of(&list, "logging")->state, SIGNAL_CRITICAL);
	assert_string_equal(check_of(&list, "logging")->text, "to nowhere");
	assert_int_equal(check_of(&list, "tracing")->state, SIGNAL_UNKNOWN);
	signal = check_of(&list, "profiling");
	assert_int_equal(signal->state, SIGNAL_OK);
	assert_string_equal(signal->value, "7");
	/* One that fails leaves the others alone. */
	signal = check_of(&list, "broken");
	assert_int_equal(signal->state, SIGNAL_UNKNOWN);
	assert_non_null(strstr(signal->text, "Cannot index"));
}

static void checks_and_an_expression_share_an_answer(void **state)
{
	struct signal_list list = signals_of(
	    EACH "  kind: deploy\n  expression: '{title: .v}'\n  checks: {backups: .b}\n",
	    "{\"v\":\"1.2\",\"b\":false}", 0);

	(void)state;
	assert_int_equal(list.count, 2);
	assert_int_equal(list.signals[0].kind, SIGNAL_DEPLOY);
	assert_int_equal(list.signals[1].kind, SIGNAL_CHECK);
}

static void checks_of_all_services_name_them(void **state)
{
	static const char keys[] = ALL "  checks: {backups: \".[] | {service: .s, state: .b}\"}\n";
	struct signal_list list =
	    signals_of(keys, "[{\"s\":\"api\",\"b\":true},{\"s\":\"x\",\"b\":false}]", 0);

	(void)state;
	assert_int_equal(list.count, 2);
	assert_string_equal(list.signals[1].keys[0].value, "x");
	assert_int_equal(list.signals[1].state, SIGNAL_CRITICAL);
	signals_of(ALL "  checks: {backups: \"true\"}\n", "[]", -1);
	assert_non_null(strstr(error.what, "which service"));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(without_a_field_all_are_asked_at_once),
	    cmocka_unit_test(each_service_has_its_url),
	    cmocka_unit_test(fields_are_put_in_and_escaped),
	    cmocka_unit_test(values_do_not_climb),
	    cmocka_unit_test(match_says_how_the_source_calls_it),
	    cmocka_unit_test(services_with_one_url_are_asked_once),
	    cmocka_unit_test(configurations_that_cannot_work_are_refused),
	    cmocka_unit_test(links_lead_to_the_next_page),
	    cmocka_unit_test(pages_are_followed_up_to_a_limit),
	    cmocka_unit_test(a_login_page_is_no_json),
	    cmocka_unit_test(what_is_not_there_is_not_asked_further),
	    cmocka_unit_test(an_object_is_a_signal),
	    cmocka_unit_test(outputs_name_their_services),
	    cmocka_unit_test(one_url_of_several_services_gives_each_a_signal),
	    cmocka_unit_test(plain_values_are_states_or_values),
	    cmocka_unit_test(times_are_seconds_milliseconds_or_text),
	    cmocka_unit_test(links_are_web_links),
	    cmocka_unit_test(outputs_that_say_nothing_are_errors),
	    cmocka_unit_test(checks_are_answered),
	    cmocka_unit_test(checks_and_an_expression_share_an_answer),
	    cmocka_unit_test(checks_of_all_services_name_them),
	};
	int result;

	if (argc == 2 && !strcmp(argv[1], JQ_ARGUMENT))
		return jq_main(CHILD_FD);
	result = cmocka_run_group_tests(tests, begin, end);
	config_free(config);
	err_clear(&error);
	return result;
}
