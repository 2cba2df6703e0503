/* The silence form without a screen: what it begins with, and the request that comes of it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "core/mem.h"
#include "tests/support/livefix.h"
#include "tui/silence_form.h"

#define NOW INT64_C(1800000000)

struct fixture {
	struct checklist *checklist;
	struct livefix *live;
	struct arena *arena;
	struct silence_form form;
};

static int set_up(void **state)
{
	struct fixture *fix = xcalloc(1, sizeof(*fix));

	fix->checklist = checklist_builtin();
	fix->live = livefix_new(fix->checklist);
	fix->arena = arena_new();
	livefix_service(fix->live, "checkout", 1, "acme/payments", "");
	livefix_source(fix->live, "prom", "prometheus", "staging");
	livefix_source(fix->live, "am-prod", "alertmanager", "production");
	livefix_source(fix->live, "am-stage", "alertmanager", "staging");
	*state = fix;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fix = *state;

	silence_form_free(&fix->form);
	arena_free(fix->arena);
	livefix_free(fix->live);
	checklist_free(fix->checklist);
	free(fix);
	return 0;
}

static struct signal *alert(struct fixture *fix, const char *source)
{
	struct signal *signal;

	livefix_say(fix->live, source, "alerts", SIGNAL_ALERT, NOW);
	signal = livefix_signal(fix->live, "checkout", SIGNAL_ALERT, SIGNAL_CRITICAL, "Slow");
	signal->since = NOW - 60;
	return signal;
}

static void label(struct fixture *fix, struct signal *signal, const char *name, const char *value)
{
	signal_add_label(&fix->live->report.signals, signal, name, value);
}

static int open_form(struct fixture *fix, struct err *err)
{
	struct incident *incident;

	livefix_settle(fix->live, NOW);
	incident = incident_build(fix->live->fleet, NULL, NOW, fix->arena);
	assert_true(incident->count > 0);
	silence_form_free(&fix->form);
	return silence_form_new(&fix->form, fix->live->fleet, &incident->burns[0], "rick", err);
}

/* The request, or NULL and what is wrong. */
static const char *body(struct fixture *fix, struct err *err)
{
	struct silence_request request;

	return silence_form_request(&fix->form, NOW, fix->arena, &request, err) < 0 ? NULL
										    : request.body;
}

static void the_alertmanager_of_the_alerts_environment(void **state)
{
	struct fixture *fix = *state;
	struct signal *signal = alert(fix, "prom");

	label(fix, signal, "alertname", "Slow");
	assert_int_equal(open_form(fix, NULL), 0);
	assert_string_equal(fix->form.source, "am-stage");
	silence_form_next_source(&fix->form, fix->live->live);
	assert_string_equal(fix->form.source, "am-prod");
	silence_form_next_source(&fix->form, fix->live->live);
	assert_string_equal(fix->form.source, "am-stage");
	/* Told by an Alertmanager itself. */
	livefix_say(fix->live, "prom", "alerts", SIGNAL_ALERT, NOW);
	label(fix, alert(fix, "am-prod"), "alertname", "Slow");
	assert_int_equal(open_form(fix, NULL), 0);
	assert_string_equal(fix->form.source, "am-prod");
}

static void without_an_alertmanager_it_says_so(void **state)
{
	struct fixture *fix = *state;
	struct err err = {0};

	live_configure(fix->live->live, fix->live->sources, 1);
	alert(fix, "prom");
	assert_int_equal(open_form(fix, &err), -1);
	assert_string_equal(err.what, "no Alertmanager is configured that could silence it");
	err_clear(&err);
}

/* Labels are anybody's text: none may turn into another matcher, or end the JSON. */
static void labels_of_any_text_arrive_as_they_are(void **state)
{
	static const char evil[] = "a\"}, {b=\"c\\\nd\", severity=~\".*\xe2\x82\xac";
	struct fixture *fix = *state;
	struct signal *signal = alert(fix, "am-prod");
	json_t *json, *matchers;
	struct err err = {0};
	size_t fits, all;

	label(fix, signal, "alertname", "Slow");
	label(fix, signal, "team", evil);
	label(fix, signal, "instance", "10.0.0.1:9090");
	assert_int_equal(open_form(fix, NULL), 0);
	silence_form_set(&fix->form, &fix->form.comment, "quote \" and \x1b[2J");
	json = json_loads(body(fix, &err), 0, NULL);
	assert_non_null(json);
	matchers = json_object_get(json, "matchers");
	assert_int_equal(json_array_size(matchers), 2);
	assert_string_equal(json_string_value(json_object_get(json_array_get(matchers, 1), "name")),
			    "team");
	assert_string_equal(
	    json_string_value(json_object_get(json_array_get(matchers, 1), "value")), evil);
	assert_string_equal(json_string_value(json_object_get(json, "comment")),
			    "quote \" and \x1b[2J");
	assert_string_equal(json_string_value(json_object_get(json, "createdBy")), "rick");
	json_decref(json);
	assert_true(silence_form_fits(&fix->form, fix->live->live, &fits, &all));
	assert_int_equal(fits, 1);
	assert_int_equal(all, 1);
}

static void what_is_missing_is_said(void **state)
{
	static const struct {
		const char *lasts, *author, *comment, *matcher, *what;
	} wrong[] = {
	    {"2h", "rick", "", NULL, "a silence needs a comment"},
	    {"2h", "", "why", NULL, "a silence needs an author"},
	    {"tomorrow", "rick", "why", NULL, "\"tomorrow\" is no length of time"},
	    {"9y", "rick", "why", NULL, "\"9y\" is no length of time"},
	    {"0s", "rick", "why", NULL, "\"0s\" is no length of time"},
	    {"2h", "rick", "why", "service", "no = behind service"},
	    {"2h", "rick", "why", "service=\"x", "the quotes of service stay open"},
	};
	struct fixture *fix = *state;

	label(fix, alert(fix, "am-prod"), "alertname", "Slow");
	assert_int_equal(open_form(fix, NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct err err = {0};

		silence_form_set(&fix->form, &fix->form.lasts, wrong[i].lasts);
		silence_form_set(&fix->form, &fix->form.author, wrong[i].author);
		silence_form_set(&fix->form, &fix->form.comment, wrong[i].comment);
		if (wrong[i].matcher)
			silence_form_set_matcher(&fix->form, 1, wrong[i].matcher);
		assert_null(body(fix, &err));
		assert_string_equal(err.what, wrong[i].what);
		err_clear(&err);
		silence_form_set_matcher(&fix->form, 1, "");
		assert_int_equal(fix->form.matcher_count, 1);
	}
	/* Without any matcher it would silence everything. */
	silence_form_set_matcher(&fix->form, 0, "");
	silence_form_set(&fix->form, &fix->form.lasts, "2h");
	assert_null(body(fix, NULL));
}

static void matchers_are_added_changed_and_removed(void **state)
{
	struct fixture *fix = *state;
	size_t fits, all;

	label(fix, alert(fix, "am-prod"), "alertname", "Slow");
	assert_int_equal(open_form(fix, NULL), 0);
	assert_int_equal(fix->form.matcher_count, 1);
	silence_form_set_matcher(&fix->form, 1, "service=~\"check.*\"");
	assert_int_equal(fix->form.matcher_count, 2);
	assert_true(silence_form_fits(&fix->form, fix->live->live, &fits, &all));
	assert_int_equal(fits, 0);
	silence_form_set_matcher(&fix->form, 1, "alertname=~\"Sl.*\"");
	assert_true(silence_form_fits(&fix->form, fix->live->live, &fits, &all));
	assert_int_equal(fits, 1);
	silence_form_set_matcher(&fix->form, 0, "  ");
	assert_int_equal(fix->form.matcher_count, 1);
	assert_string_equal(fix->form.matchers[0], "alertname=~\"Sl.*\"");
	silence_form_set_matcher(&fix->form, 0, "a=");
	silence_form_set_matcher(&fix->form, FORM_MATCHERS, "b=c");
	assert_int_equal(fix->form.matcher_count, 1);
}

static void a_silenced_alert_offers_its_end(void **state)
{
	struct fixture *fix = *state;
	struct signal *signal = alert(fix, "am-prod");
	struct silence_request request;

	signal->flags = SIGNAL_SILENCED;
	signal_add_ref(&fix->live->report.signals, signal, "../s 1?");
	signal = livefix_signal(fix->live, NULL, SIGNAL_SILENCE, SIGNAL_OK, "silence");
	signal->id = "../s 1?";
	signal->until = NOW + 60;
	assert_int_equal(open_form(fix, NULL), 0);
	assert_int_equal(silence_form_request(&fix->form, NOW, fix->arena, &request, NULL), 0);
	assert_string_equal(request.method, "DELETE");
	assert_string_equal(request.path, "/api/v2/silence/..%2Fs%201%3F");
	assert_null(request.body);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(the_alertmanager_of_the_alerts_environment),
	    TEST(without_an_alertmanager_it_says_so),
	    TEST(labels_of_any_text_arrive_as_they_are),
	    TEST(what_is_missing_is_said),
	    TEST(matchers_are_added_changed_and_removed),
	    TEST(a_silenced_alert_offers_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
