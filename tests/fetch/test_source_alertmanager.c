/*
 * The Alertmanager adapter and silences: on a real server's answers
 * (tests/fixtures/alertmanager/README) and on what it should never answer.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/buf.h"
#include "core/mem.h"
#include "fetch/json_get.h"
#include "fetch/silence.h"
#include "tests/support/play.h"

#define URL  "https://am.example/alertmanager"
#define DATA "tests/fixtures/alertmanager/"

/* ---- the adapter ---- */

struct server {
	struct play *play;
	const char *alerts, *silences, *status; /* bodies, or files; NULL: an empty list */
};

static const char *body_of(const struct server *server, const char *what)
{
	if (!what)
		return "[]";
	return strstr(what, ".json") ? play_file(server->play, what) : what;
}

static void serve(void *ctx, const struct source_request *request, struct play_answer *answer)
{
	const struct server *server = ctx;

	if (!strcmp(request->url, URL "/api/v2/alerts")) {
		answer->body = body_of(server, server->alerts);
	} else if (!strcmp(request->url, URL "/api/v2/silences")) {
		answer->body = body_of(server, server->silences);
	} else {
		assert_string_equal(request->url, URL "/api/v2/status");
		answer->body = body_of(server, server->status);
		answer->status = server->status ? 200 : 404;
	}
}

static struct play *run(const char *alerts, const char *silences, const char *status)
{
	struct play *play = play_new(URL);
	struct server server = {play, alerts, silences, status};

	play_run(play, &source_alertmanager, serve, &server, 3);
	return play;
}

static void alerts(void **state)
{
	struct play *play = run(DATA "alerts.json", NULL, DATA "status.json");
	const struct signal *signal = play_signal(play, "172ff3852e1f7482");

	(void)state;
	assert_null(play->error);
	assert_string_equal(play->version, "Alertmanager 0.25.0");
	assert_int_equal(play->signals.count, 4);
	assert_string_equal(signal->title, "CheckoutHighErrorRate");
	assert_int_equal(signal->state, SIGNAL_CRITICAL);
	assert_int_equal(signal->flags, 0);
	assert_int_equal(signal->since, 1795398892);
	assert_string_equal(signal->text, "5xx ratio 42%");
	assert_string_equal(signal->url, "http://prometheus.example:19090/graph?g0.expr=vector%28"
					 "0.42%29+%3E+0.05&g0.tab=1");
	assert_string_equal(signal_label(signal, SIGNAL_RECEIVERS), "none");
	assert_string_equal(play_key(signal, "service"), "checkout");

	signal = play_signal(play, "67711c824f8540db");
	assert_string_equal(signal->title, "SearchDown");
	assert_int_equal(signal->flags, SIGNAL_SILENCED);
	assert_int_equal(signal->ref_count, 1);
	assert_string_equal(signal->refs[0], "1363d88b-571a-4da7-a892-12a343896f5d");

	/* kept quiet by the critical one, whose id is the reference */
	signal = play_signal(play, "ffd2061b87fe561b");
	assert_int_equal(signal->flags, SIGNAL_INHIBITED);
	assert_string_equal(signal->refs[0], "172ff3852e1f7482");
	assert_int_equal(play_signal(play, "448881ef475b9b26")->flags, SIGNAL_WATCHDOG);
	play_free(play);
}

static void receivers(void **state)
{
	static const char body[] =
	    "[{\"labels\":{\"alertname\":\"A\"},\"receivers\":[{\"name\":\"mail\"},{\"name\":"
	    "\"pager\"}]},{\"labels\":{\"alertname\":\"B\"},\"receivers\":[{\"name\":\"mail\"}]},"
	    "{\"labels\":{\"alertname\":\"C\"}},{\"labels\":{}},7]";
	struct play *play = run(body, NULL, NULL);
	struct server server = {play, body, NULL, NULL};

	(void)state;
	assert_int_equal(play->signals.count, 3);
	assert_string_equal(signal_label(&play->signals.signals[0], SIGNAL_RECEIVERS),
			    "mail, pager");
	play_option(play, "receivers", "chat");
	play_option(play, "receivers", "pager");
	play_run(play, &source_alertmanager, serve, &server, 3);
	assert_int_equal(play->signals.count, 1);
	assert_string_equal(play->signals.signals[0].title, "A");
	play_option(play, "watchdog", "Watchdog");
	play_run(play, &source_alertmanager, serve, &server, 3);
	assert_int_equal(play_signal(play, "missing Watchdog")->state, SIGNAL_CRITICAL);
	/* whoever gets it: it is there */
	server.alerts =
	    "[{\"labels\":{\"alertname\":\"Watchdog\"},\"receivers\":[{\"name\":\"dead\"}]}]";
	play_run(play, &source_alertmanager, serve, &server, 3);
	assert_int_equal(play->signals.count, 1);
	assert_int_equal(play->signals.signals[0].state, SIGNAL_OK);
	play_free(play);
}

static void silences(void **state)
{
	struct play *play = run(NULL, DATA "silences.json", NULL);
	const struct signal *signal = play_signal(play, "1363d88b-571a-4da7-a892-12a343896f5d");

	(void)state;
	assert_int_equal(signal->kind, SIGNAL_SILENCE);
	assert_int_equal(signal->flags, 0);
	assert_string_equal(signal->author, "sre");
	assert_string_equal(signal->text, "deploying fix");
	assert_string_equal(signal_label(signal, "service"), "=search");
	assert_int_equal(signal->since, 1795398902);
	assert_int_equal(signal->until, 1795406102);
	play_free(play);

	/* the server goes on telling what has expired */
	play = run(NULL, DATA "silences_after_delete.json", NULL);
	assert_int_equal(play->signals.count, 0);
	play_free(play);

	play = run(NULL,
		   "[{\"id\":\"1\",\"status\":{\"state\":\"pending\"},\"matchers\":["
		   "{\"name\":\"a\",\"value\":\"x.*\",\"isRegex\":true,\"isEqual\":true},"
		   "{\"name\":\"b\",\"value\":\"y\",\"isRegex\":false,\"isEqual\":false},"
		   "{\"name\":\"c\",\"value\":\"\",\"isRegex\":true,\"isEqual\":false},"
		   "{\"name\":\"d\",\"value\":\"before 0.22\",\"isRegex\":false},null]}]",
		   NULL);
	signal = play_signal(play, "1");
	assert_int_equal(signal->flags, SIGNAL_PENDING);
	assert_string_equal(signal_label(signal, "a"), "=~x.*");
	assert_string_equal(signal_label(signal, "b"), "!=y");
	assert_string_equal(signal_label(signal, "c"), "!~");
	assert_string_equal(signal_label(signal, "d"), "=before 0.22");
	assert_int_equal(signal->label_count, 4);
	play_free(play);
}

static void wrong_answers(void **state)
{
	static const char *const bodies[] = {
	    "", "{}", "null", "7", "<html>", "[", "{\"status\":\"success\",\"data\":[]}"};
	static const char *const odd[] = {
	    "[null,7,[],\"x\",{}]",
	    "[{\"labels\":7,\"annotations\":[],\"status\":3,\"receivers\":{}}]",
	    "[{\"labels\":{\"alertname\":1,\"x\":\"y\"},\"status\":{\"silencedBy\":[1,{},\"a\"],"
	    "\"inhibitedBy\":\"b\"},\"fingerprint\":9,\"startsAt\":\"soon\",\"receivers\":[7]}]",
	    "[{\"id\":1},{\"id\":\"x\",\"status\":\"active\"},{\"id\":\"x\",\"status\":{\"state\":"
	    "\"active\"},\"matchers\":[[]],\"comment\":[]}]"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		struct play *play = run(bodies[i], bodies[i], NULL);

		assert_non_null(play->error);
		assert_int_equal(play->signals.count, 0);
		play_free(play);
	}
	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		struct play *play = run(odd[i], odd[i], odd[i]);

		for (size_t j = 0; j < play->signals.count; j++) {
			assert_non_null(play->signals.signals[j].id);
			assert_non_null(play->signals.signals[j].title);
		}
		play_free(play);
	}
}

/* Another program's list is not read as a sky without clouds. */
static void lists_of_something_else(void **state)
{
	static const char *const others[] = {"[{\"id\": 1, \"state\": \"open\"}]", "[null, 7]",
					     "[{\"labels\": {}}]",
					     "[{\"labels\": [\"a\"]}, {\"labels\": \"b\"}]"};
	struct play *play;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		play = run(others[i], "[]", NULL);
		assert_non_null(play->error);
		assert_non_null(strstr(play->error, "a list, but not of alerts"));
		play_free(play);
	}
	play = run("[{\"labels\": {\"alertname\": \"A\"}}, {}, 7]", "[]", NULL);
	assert_null(play->error);
	assert_int_equal(play->signals.count, 1);
	assert_string_equal(play->note, "2 without labels left out");
	play_free(play);
	play = run("[]", "[]", NULL);
	assert_null(play->error);
	assert_null(play->note);
	play_free(play);
}

/* ---- silences that are sent ---- */

static void matchers_of_labels(void **state)
{
	static const struct signal_label labels[] = {{"alertname", "High"},
						     {"instance", "10.0.0.1:80"},
						     {"pod", "web-1"},
						     {"service", "checkout"},
						     {"empty", ""},
						     {"prometheus", "mon/k8s"},
						     {SIGNAL_RECEIVERS, "pager"}};
	struct arena *arena = arena_new();
	struct silence_matcher *matchers;
	struct silence silence = {0};
	size_t count;

	(void)state;
	matchers = silence_matchers(labels, ARRAY_LEN(labels), arena, &count);
	assert_int_equal(count, 2);
	assert_string_equal(matchers[0].name, "alertname");
	assert_string_equal(matchers[1].name, "service");
	assert_string_equal(matchers[1].value, "checkout");
	assert_true(matchers[1].equal && !matchers[1].regex);
	silence.matchers = matchers;
	silence.matcher_count = count;
	assert_true(silence_matches(&silence, labels, ARRAY_LEN(labels)));
	assert_false(silence_matches(&silence, labels, 2));
	/* nothing else to go by */
	matchers = silence_matchers(labels + 1, 2, arena, &count);
	assert_int_equal(count, 2);
	matchers = silence_matchers(labels + 6, 1, arena, &count);
	assert_int_equal(count, 0);
	silence.matcher_count = 0;
	assert_false(silence_matches(&silence, labels, ARRAY_LEN(labels)));
	arena_free(arena);
}

static void good_matchers(const char *text, const char *want)
{
	struct arena *arena = arena_new();
	struct silence_matcher *matchers;
	struct buf out = {0};
	struct err err = {0};
	size_t count;

	if (silence_read_matchers(text, arena, &matchers, &count, &err) < 0)
		fail_msg("%s: %s", text, err.what);
	silence_write_matchers(matchers, count, &out);
	assert_string_equal(buf_str(&out), want);
	buf_free(&out);
	arena_free(arena);
}

static void bad_matchers(const char *text, const char *words)
{
	struct arena *arena = arena_new();
	struct silence_matcher *matchers;
	struct err err = {0};
	size_t count;

	assert_int_equal(silence_read_matchers(text, arena, &matchers, &count, &err), -1);
	assert_string_equal(err.what, words);
	err_clear(&err);
	arena_free(arena);
}

static void matchers_as_text(void **state)
{
	struct buf many = {0};

	(void)state;
	good_matchers("", "");
	good_matchers("service=\"checkout\"", "service=\"checkout\"");
	good_matchers("service=checkout", "service=\"checkout\"");
	good_matchers(" { a = x y , b!=\"\" ,c=~\"5..|4,}\",d!~z } ",
		      "a=\"x y\", b!=\"\", c=~\"5..|4,}\", d!~\"z\"");
	good_matchers("a=\"q\\\"\\\\\\n\",", "a=\"q\\\"\\\\\\n\"");
	bad_matchers("=x", "a label's name is missing at \"=x\"");
	bad_matchers("service", "no = behind service");
	bad_matchers("service!x", "no = behind service");
	bad_matchers("a=\"x", "the quotes of a stay open");
	bad_matchers("a=\"x\" b=\"y\"", "no comma before \"b=\"y\"\"");
	bad_matchers("{a=x", "the brace stays open");
	bad_matchers("a=x}", "a brace too many");
	bad_matchers("{a=x} y", "a brace too many");
	for (int i = 0; i < 101; i++)
		buf_adds(&many, "a=b,");
	bad_matchers(buf_str(&many), "more than 100 matchers");
	buf_free(&many);
}

static void check_words(const struct silence *silence, const char *words)
{
	struct err err = {0};

	assert_int_equal(silence_check(silence, 1000, &err), -1);
	if (!strstr(err.what, words))
		fail_msg("%s", err.what);
	err_clear(&err);
}

static void checked(void **state)
{
	struct silence_matcher matchers[] = {{"a", "x", false, true}, {"b", ".*", true, true}};
	struct silence good = {.matchers = matchers,
			       .matcher_count = 2,
			       .starts = 1000,
			       .ends = 2000,
			       .author = "ann",
			       .comment = "deploying"};
	struct silence bad = good;

	(void)state;
	assert_int_equal(silence_check(&good, 1000, NULL), 0);
	bad.matcher_count = 0;
	check_words(&bad, "needs a matcher");
	bad = good;
	bad.matchers = &matchers[1];
	bad.matcher_count = 1;
	check_words(&bad, "silence too much");
	bad = good;
	bad.ends = 1000;
	check_words(&bad, "ends before it starts");
	bad.starts = 10;
	bad.ends = 20;
	check_words(&bad, "in the past");
	bad = good;
	bad.author = "";
	check_words(&bad, "author");
	bad = good;
	bad.comment = NULL;
	check_words(&bad, "comment");
	matchers[1].value = "(";
	check_words(&good, "the value of b is no regex");
}

static void body(void **state)
{
	struct silence_matcher matchers[] = {{"service", "check\"out", false, true},
					     {"code", "5..", true, false}};
	struct silence silence = {.matchers = matchers,
				  .matcher_count = 2,
				  .starts = 1795398902,
				  .ends = 1795406102,
				  .author = "ann",
				  .comment = "a\nb"};
	struct arena *arena = arena_new();
	struct buf out = {0};

	(void)state;
	silence_body(&silence, &out);
	assert_string_equal(
	    buf_str(&out),
	    "{\"matchers\":[{\"name\":\"service\",\"value\":\"check\\\"out\",\"isRegex\":false,"
	    "\"isEqual\":true},{\"name\":\"code\",\"value\":\"5..\",\"isRegex\":true,\"isEqual\":"
	    "false}],\"startsAt\":\"2026-11-23T01:55:02Z\",\"endsAt\":\"2026-11-23T03:55:02Z\","
	    "\"createdBy\":\"ann\",\"comment\":\"a\\nb\"}");
	buf_reset(&out);
	silence.id = "old";
	silence_body(&silence, &out);
	assert_memory_equal(buf_str(&out), "{\"id\":\"old\",", 12);
	assert_string_equal(silence_path("../x y", arena), "/api/v2/silence/..%2Fx%20y");
	buf_free(&out);
	arena_free(arena);
}

static void matching(void **state)
{
	static const struct signal_label labels[] = {{"service", "checkout"}, {"code", "503"}};
	static const struct {
		const char *text;
		bool want;
	} cases[] = {
	    {"service=checkout", true},
	    {"service=check", false},
	    {"service=~check", false},
	    {"service=~check.*", true},
	    {"service!=search", true},
	    {"service!~check.*", false},
	    {"code=~\"4..|5..\"", true},
	    {"zone=\"\"", true},
	    {"zone!=eu", true},
	    {"zone=~.+", false},
	    {"service=checkout, code=500", false},
	    {"service=~\"(\"", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena *arena = arena_new();
		struct silence silence = {0};

		assert_int_equal(silence_read_matchers(cases[i].text, arena, &silence.matchers,
						       &silence.matcher_count, NULL),
				 0);
		if (silence_matches(&silence, labels, 2) != cases[i].want)
			fail_msg("%s", cases[i].text);
		arena_free(arena);
	}
}

static void refused(long status, const char *text, const char *words)
{
	struct arena *arena = arena_new();
	struct err err = {0};

	assert_null(silence_answer(status, text, strlen(text), arena, &err));
	assert_string_equal(err.what, words);
	err_clear(&err);
	arena_free(arena);
}

static void answers(void **state)
{
	struct play *play = play_new(URL);
	const char *text = play_file(play, DATA "silence_create.json");

	(void)state;
	assert_string_equal(silence_answer(200, text, strlen(text), play->arena, NULL),
			    "1363d88b-571a-4da7-a892-12a343896f5d");
	assert_string_equal(silence_answer(200, "", 0, play->arena, NULL), "");
	refused(422, play_file(play, DATA "silence_bad.json"),
		"Alertmanager refuses: createdBy in body is required");
	refused(400, play_file(play, DATA "alerts_badfilter.json"),
		"Alertmanager refuses: bad matcher format: {service");
	refused(403, "<html>no</html>", "Alertmanager refuses (status 403)");
	refused(404, "", "Alertmanager knows no such silence (status 404)");
	refused(500, "oops", "Alertmanager answers with status 500");
	refused(200, "{}",
		"the answer is JSON, but has no text \"silenceID\": is it another "
		"program's?");
	play_free(play);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(alerts),
	    cmocka_unit_test(receivers),
	    cmocka_unit_test(silences),
	    cmocka_unit_test(wrong_answers),
	    cmocka_unit_test(lists_of_something_else),
	    cmocka_unit_test(matchers_of_labels),
	    cmocka_unit_test(matchers_as_text),
	    cmocka_unit_test(checked),
	    cmocka_unit_test(body),
	    cmocka_unit_test(matching),
	    cmocka_unit_test(answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
