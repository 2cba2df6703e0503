/*
 * The incident pane and what else the dashboard shows of live sources: a server of the test plays
 * Alertmanager, the repositories and the terminal are real.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "tests/support/burning.h"
#include "tests/support/gitfix.h"
#include "tests/support/term.h"

#define MINUTE 60
#define HOUR   3600

/* ---- the dashboard ---- */

static struct term *start(struct burning *fix, int rows, int cols, const char *option)
{
	const char *argv[] = {"svctop", "--config", fix->config, fix->dir, option, NULL};
	const char *env[] = {"USER=rick", "BROWSER=/nonexistent/browser", NULL};

	return term_start((char *const *)argv, (char *const *)env, rows, cols);
}

/* Opened, everything is read and asked. */
static struct term *dashboard(struct burning *fix, const char *option)
{
	struct term *term = start(fix, 24, 80, option);

	assert_true(term_expect(term, "am now"));
	assert_true(term_wait_gone(term, "git: reading", TERM_PATIENCE));
	return term;
}

static void shows(struct term *term, const char *text)
{
	if (term_wait_text(term, text, TERM_PATIENCE))
		return;
	term_dump(term);
	fail_msg("'%s' is not on the screen", text);
}

static void hides(struct term *term, const char *text)
{
	if (term_wait_gone(term, text, TERM_PATIENCE))
		return;
	term_dump(term);
	fail_msg("'%s' is on the screen", text);
}

static void leave(struct term *term)
{
	term_send(term, "Q");
	assert_int_equal(term_wait_exit(term, TERM_PATIENCE), 0);
	assert_null(term_unrestored(term));
	term_free(term);
}

static const char *cursor(struct term *term)
{
	int row;

	return term_find(term, "\u258c", &row, NULL) ? term_row(term, row) : "";
}

static bool is_on(struct term *term, void *text)
{
	return strstr(cursor(term), text);
}

static void cursor_on(struct term *term, const char *text)
{
	if (term_wait(term, is_on, (void *)text, TERM_PATIENCE))
		return;
	term_dump(term);
	fail_msg("the cursor is not on '%s'", text);
}

static int row_of(struct term *term, const char *text)
{
	int row = -1;

	term_find(term, text, &row, NULL);
	return row;
}

/* ---- what the pane says ---- */

static void how_bad_whose_since_when_what_changed_and_what_to_do(void **state)
{
	struct burning *fix = *state;
	struct term *term;

	burning_trouble(fix);
	term = dashboard(fix, NULL);
	shows(term, "BURNING");
	term_send(term, "i");
	shows(term, "3 burning, 1 unmapped");
	cursor_on(term, "! CheckoutErrorsHigh");
	assert_non_null(strstr(cursor(term), "1 checkout"));
	assert_non_null(strstr(cursor(term), "payments"));
	assert_non_null(strstr(cursor(term), "12m p "));
	assert_true(row_of(term, "2 ledger") < row_of(term, "nobody is called for"));
	assert_true(row_of(term, "- old-batch") < row_of(term, "nobody is called for"));
	assert_true(row_of(term, "- LedgerSlow") > row_of(term, "nobody is called for"));
	/* Around the one at hand. */
	shows(term, "5xx above 5 % for 5m on checkout");
	shows(term, "retry payments on timeout  A. Lima  <- suspect");
	shows(term, "CheckoutErrorsHigh critical  <- 12m ago");
	shows(term, "LedgerErrors warning  (checkout needs it)");
	shows(term, "storefront(T1)");
	shows(term, "High error rate");
	assert_true(row_of(term, "suspect") < row_of(term, "<- 12m ago"));
	assert_true(row_of(term, "<- 12m ago") < row_of(term, "(checkout needs it)"));
	leave(term);
}

static void the_playbook_opens_where_it_fits(void **state)
{
	struct burning *fix = *state;
	struct term *term;

	burning_trouble(fix);
	term = start(fix, 12, 60, NULL);
	shows(term, "BURNING");
	term_send(term, "i");
	shows(term, "CheckoutErrorsHigh");
	for (int i = 0; i < 50 && !term_wait_text(term, "High error rate", 200); i++)
		term_send(term, "\004");
	shows(term, "High error rate");
	term_send(term, "p");
	shows(term, "playbook checkout");
	shows(term, "High error rate");
	shows(term, "status page");
	term_send(term, "\033");
	shows(term, "3 burning");
	leave(term);
}

static void new_alerts_do_not_move_the_cursor(void **state)
{
	struct burning *fix = *state;
	struct term *term;

	burning_trouble(fix);
	term = dashboard(fix, NULL);
	term_send(term, "ij");
	cursor_on(term, "LedgerErrors");
	burning_fire(fix, "StorefrontDown", "critical", "storefront", 20 * MINUTE, NULL, NULL,
		     "down");
	burning_fire(fix, "CheckoutDown", "critical", "checkout", 20 * MINUTE, NULL, NULL, "down");
	burning_play(fix);
	term_send(term, "r");
	shows(term, "StorefrontDown");
	cursor_on(term, "LedgerErrors");
	shows(term, "errors on ledger");
	/* And not when the one above it ends. */
	buf_reset(&fix->alerts);
	burning_fire(fix, "LedgerErrors", "warning", "ledger", 9 * MINUTE, NULL, NULL,
		     "errors on ledger");
	burning_play(fix);
	term_send(term, "r");
	hides(term, "StorefrontDown");
	cursor_on(term, "LedgerErrors");
	leave(term);
}

static void groups_filters_and_tiers(void **state)
{
	struct burning *fix = *state;
	struct term *term;

	burning_trouble(fix);
	burning_fire(fix, "LedgerDisk", "warning", "ledger", 9 * MINUTE, NULL, NULL, "disk");
	burning_play(fix);
	term = dashboard(fix, NULL);
	term_send(term, "i");
	shows(term, "+1");
	term_send(term, "v");
	shows(term, "incident by alert");
	shows(term, "! LedgerDisk");
	term_send(term, "v");
	shows(term, "incident by owner");
	shows(term, "acme/payments  3");
	shows(term, "no service of this fleet  1");
	cursor_on(term, "! CheckoutErrorsHigh");
	term_send(term, "v");
	hides(term, "acme/payments");
	term_send(term, "f");
	hides(term, "nobody is called for");
	shows(term, "only what burns");
	term_send(term, "*");
	shows(term, "nobody is called for");
	term_send(term, "2");
	hides(term, "! CheckoutErrorsHigh");
	shows(term, "LedgerDisk");
	term_send(term, "0");
	shows(term, "! CheckoutErrorsHigh");
	term_send(term, "M");
	shows(term, "Nothing of that kind burns.");
	term_send(term, "*/kind:alert -owner:payments\r");
	shows(term, "old-batch");
	hides(term, "! CheckoutErrorsHigh");
	leave(term);
}

static void a_status_update_is_copied_and_shown(void **state)
{
	struct burning *fix = *state;
	struct term *term;
	const char *raw;
	size_t len;

	burning_trouble(fix);
	term = dashboard(fix, NULL);
	term_send(term, "i");
	shows(term, "suspect");
	term_mark(term);
	term_send(term, "Y");
	shows(term, "## checkout: CheckoutErrorsHigh critical");
	shows(term, "**Who is affected:** storefront (T1)");
	shows(term, "copied");
	raw = term_raw(term, &len);
	assert_non_null(memmem(raw, len, "\033]52;c;", 7));
	term_send(term, "\033");
	shows(term, "3 burning");
	leave(term);
}

static void what_is_no_service_opens_as_text(void **state)
{
	struct burning *fix = *state;
	struct term *term;

	burning_trouble(fix);
	term = dashboard(fix, NULL);
	term_send(term, "ijj");
	cursor_on(term, "old-batch");
	term_send(term, "\r");
	shows(term, "incident \u203a old-batch");
	shows(term, "it failed");
	shows(term, "service=old-batch");
	term_send(term, "\033kk\r");
	shows(term, "incident \u203a checkout");
	shows(term, "SIGNALS");
	/* An item in full: nothing of it is cut. */
	term_send(term, "jjjj\r");
	shows(term, "an item of tier");
	for (int row = 2; row < 23; row++)
		assert_null(strstr(term_row(term, row), "\u2026"));
	leave(term);
}

/* ---- nothing, or nothing known ---- */

static void offline_nothing_is_known(void **state)
{
	struct burning *fix = *state;
	struct term *term;

	burning_trouble(fix);
	term = start(fix, 24, 80, "--offline");
	shows(term, "1 checkout");
	term_send(term, "i");
	shows(term, "Nothing is known: with --offline no source is asked.");
	leave(term);
}

static void nothing_is_said_to_be_well_that_was_not_asked(void **state)
{
	struct burning *fix = *state;
	struct term *term;

	gitfix_write(fix->home, "config.yml", "ascii: true\n");
	term = start(fix, 24, 80, NULL);
	shows(term, "reach their tier");
	term_send(term, "i");
	shows(term, "Nothing is known: no source of alerts is configured.");
	shows(term, "svctop init");
	leave(term);
	burning_configure(fix, "");
	burning_play(fix);
	term = dashboard(fix, NULL);
	term_send(term, "i");
	shows(term, "Nothing burns.");
	shows(term, "no source for incidents, uptime, builds, error budgets, certificates");
	leave(term);
}

static void monitoring_that_does_not_answer_burns(void **state)
{
	static const struct httpd_reply broken = {.status = 503, .body = "down"};
	struct burning *fix = *state;
	struct term *term;

	httpd_reply(fix->am, "/api/v2/alerts*", &broken);
	httpd_reply(fix->am, "/api/v2/silences*", &broken);
	term = start(fix, 24, 80, NULL);
	shows(term, "BURNING  am alerts unknown");
	shows(term, "? unkn");
	term_send(term, "i");
	cursor_on(term, "! alerts unknown");
	shows(term, "never heard");
	burning_trouble(fix);
	term_send(term, "r");
	shows(term, "CheckoutErrorsHigh");
	hides(term, "alerts unknown");
	leave(term);
}

/* The value of before stays, and its row says that it is one, and why. */
static void what_was_heard_stays_and_says_why(void **state)
{
	static const struct httpd_reply refused = {.status = 401, .body = "no"};
	struct burning *fix = *state;
	struct term *term;
	int row;

	burning_trouble(fix);
	term = dashboard(fix, NULL);
	shows(term, "! crit");
	httpd_reply(fix->am, "/api/v2/alerts*", &refused);
	httpd_reply(fix->am, "/api/v2/silences*", &refused);
	term_send(term, "r");
	shows(term, "! crit?");
	assert_true(term_find(term, "1 checkout   ", &row, NULL));
	assert_non_null(strstr(term_row(term, row), "! crit?"));
	term_send(term, "i");
	shows(term, "am: as just heard; now: 401: it wants a login");
	shows(term, "5xx above 5 % for 5m on checkout");
	term_send(term, "\r");
	shows(term, "am, as just heard; now: 401: it wants");
	burning_trouble(fix);
	term_send(term, "r");
	hides(term, "as just heard");
	leave(term);
}

/* ---- silences ---- */

static const struct httpd_request *sent(struct burning *fix, const char *method)
{
	for (size_t i = 0; i < httpd_count(fix->am); i++) {
		const struct httpd_request *request = httpd_request(fix->am, i);

		if (!strcmp(request->method, method))
			return request;
	}
	return NULL;
}

static void no_is_the_default_and_what_is_shown_is_sent(void **state)
{
	struct burning *fix = *state;
	const struct httpd_request *request;
	struct term *term;

	burning_trouble(fix);
	term = dashboard(fix, NULL);
	term_send(term, "i");
	shows(term, "suspect");
	term_send(term, "x");
	shows(term, "a silence needs a comment");
	cursor_on(term, "No, send nothing");
	shows(term, "fits      1 of the 4 alerts");
	term_send(term, "\r");
	shows(term, "3 burning");
	assert_null(sent(fix, "POST"));
	term_send(term, "xk");
	cursor_on(term, "comment");
	term_send(term, "\rdeploy is rolled back\r");
	shows(term, "this will be sent");
	shows(term, "\"createdBy");
	/* Another duration, one matcher less. */
	term_send(term, "kk");
	cursor_on(term, "for ");
	term_send(term, "\r\025never\r");
	shows(term, "\"never\" is no length of time");
	hides(term, "Yes, send it");
	term_send(term, "\r\02530m\r");
	shows(term, "Yes, send it");
	term_send(term, "kkk");
	cursor_on(term, "severity=");
	term_send(term, "\r\025\r");
	hides(term, "severity=");
	assert_null(sent(fix, "POST"));
	term_send(term, "G");
	cursor_on(term, "Yes, send it");
	buf_reset(&fix->alerts);
	burning_fire(fix, "CheckoutErrorsHigh", "critical", "checkout", 12 * MINUTE, "new-1", NULL,
		     "5xx above 5 % for 5m on checkout");
	burning_fire(fix, "StorefrontDown", "critical", "storefront", MINUTE, NULL, NULL, "down");
	burning_play(fix);
	httpd_reply(fix->am, "/api/v2/silences",
		    &(struct httpd_reply){.body = "{\"silenceID\":\"new-1\"}"});
	term_send(term, "\r");
	shows(term, "+ silenced until");
	shows(term, "as new-1");
	request = sent(fix, "POST");
	assert_non_null(request);
	assert_string_equal(request->target, "/api/v2/silences");
	assert_non_null(strstr(request->body, "\"matchers\":[{\"name\":\"alertname\",\"value\":"
					      "\"CheckoutErrorsHigh\",\"isRegex\":false,\"isEqual\""
					      ":true},{\"name\":\"service\","));
	assert_non_null(strstr(request->body, "\"createdBy\":\"rick\",\"comment\":\"deploy is "
					      "rolled back\"}"));
	assert_string_equal(httpd_header(request, "Content-Type"), "application/json");
	/* Asked again at once: the row is quiet now, and the cursor is where it was. */
	term_send(term, "\r");
	shows(term, "StorefrontDown");
	cursor_on(term, "- CheckoutErrorsHigh critical, silenced");
	leave(term);
}

static void a_refusal_is_told_in_its_own_words(void **state)
{
	struct burning *fix = *state;
	struct term *term;

	burning_trouble(fix);
	term = dashboard(fix, NULL);
	term_send(term, "i");
	shows(term, "suspect");
	term_send(term, "xk\rwhy\r");
	shows(term, "Yes, send it");
	httpd_reply(fix->am, "/api/v2/silences",
		    &(struct httpd_reply){.status = 400, .body = "\"bad matcher\""});
	term_send(term, "G\r");
	shows(term, "x Alertmanager refuses: bad matcher");
	leave(term);
}

static void a_silence_is_ended(void **state)
{
	struct burning *fix = *state;
	const struct httpd_request *request;
	struct term *term;

	burning_trouble(fix);
	httpd_reply(fix->am, "/api/v2/silence/s-1", &(struct httpd_reply){.status = 200});
	term = dashboard(fix, NULL);
	term_send(term, "iG");
	cursor_on(term, "LedgerSlow");
	shows(term, "~ silenced until");
	shows(term, "by Mina: index is built");
	term_send(term, "x");
	shows(term, "end the silence of LedgerSlow");
	shows(term, "DELETE");
	cursor_on(term, "No, send nothing");
	term_send(term, "j\r");
	shows(term, "the silence has ended");
	request = sent(fix, "DELETE");
	assert_non_null(request);
	assert_string_equal(request->target, "/api/v2/silence/s-1");
	leave(term);
}

static void read_only_takes_the_key_away(void **state)
{
	struct burning *fix = *state;
	struct term *term;

	burning_trouble(fix);
	term = dashboard(fix, "--read-only");
	term_send(term, "i");
	shows(term, "suspect");
	hides(term, "x silence");
	term_send(term, "x");
	assert_true(term_wait_quiet(term, 100, TERM_PATIENCE));
	shows(term, "3 burning");
	hides(term, "send nothing");
	leave(term);
	term = dashboard(fix, NULL);
	term_send(term, "i");
	shows(term, "x silence");
	leave(term);
}

static void only_alerts_can_be_silenced(void **state)
{
	static const struct httpd_reply broken = {.status = 503, .body = "down"};
	struct burning *fix = *state;
	struct term *term;

	httpd_reply(fix->am, "/api/v2/alerts*", &broken);
	httpd_reply(fix->am, "/api/v2/silences*", &broken);
	term = start(fix, 24, 80, NULL);
	shows(term, "BURNING");
	term_send(term, "ix");
	shows(term, "only alerts can be silenced, this is a source that does not answer");
	term_send(term, "o");
	shows(term, "no browser here ($BROWSER); copied: http://");
	leave(term);
}

/* ---- texts that mean harm, screens of every size ---- */

static void fire_hostile(struct burning *fix)
{
	static char names[500][16];
	static const char *labels[1001];
	char *text = xmalloc(10001);

	for (int i = 0; i < 500; i++) {
		snprintf(names[i], sizeof(names[i]), "label%d", i);
		labels[2 * i] = names[i];
		labels[2 * i + 1] = "\033]0;owned\a\033[2J\u202e";
	}
	memset(text, 'x', 10000);
	memcpy(text, "\033]0;owned\a\033[2J\u202egnikcah", 24);
	text[10000] = '\0';
	burning_fire(fix, "\033[31mRed\u202e", "\033]52;c;aGk=\a", "checkout", 12 * MINUTE, NULL,
		     labels, text);
	burning_fire(fix, "\u05d0\u05d1\u05d2\u0627\u0644\u0639\u4e16\u754c", "critical",
		     "\033[2Jx", MINUTE, NULL, NULL, "\u05d0\u05d1");
	free(text);
}

static void hostile_texts_stay_texts(void **state)
{
	static const char *const never[] = {"\033]0;", "owned\a", "\033]52;c;aGk=", "\u202e"};
	struct burning *fix = *state;
	struct term *term;
	const char *raw;
	size_t len;

	fire_hostile(fix);
	burning_play(fix);
	term = dashboard(fix, NULL);
	term_send(term, "i");
	shows(term, "2 burning, 1 unmapped");
	shows(term, "[31mRed");
	for (int i = 0; i < 20; i++)
		term_send(term, "\004");
	shows(term, "label");
	term_send(term, "j");
	term_send(term, "v");
	term_send(term, "vv");
	term_send(term, "k");
	term_send(term, "\r");
	shows(term, "SIGNALS");
	term_send(term, "\033");
	shows(term, "2 burning");
	term_send(term, "x");
	shows(term, "send nothing");
	term_send(term, "\033");
	shows(term, "2 burning");
	raw = term_raw(term, &len);
	for (size_t i = 0; i < ARRAY_LEN(never); i++)
		if (memmem(raw, len, never[i], strlen(never[i])))
			fail_msg("sequence %zu reached the terminal", i);
	leave(term);
}

static void every_size_and_alphabet(void **state)
{
	static const struct {
		int rows, cols;
		const char *option;
	} sizes[] = {{12, 40, NULL},  {12, 40, "--ascii"}, {24, 80, "--ascii"},
		     {60, 200, NULL}, {30, 139, NULL},	   {30, 140, "--theme=mono"}};
	struct burning *fix = *state;

	burning_trouble(fix);
	fire_hostile(fix);
	burning_play(fix);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct term *term = start(fix, sizes[i].rows, sizes[i].cols, sizes[i].option);

		shows(term, "BURNING");
		term_send(term, "i");
		shows(term, "SINCE");
		shows(term, "checkout");
		shows(term, sizes[i].cols >= 80 ? "playbook" : "checkout: ");
		if (sizes[i].option && !strcmp(sizes[i].option, "--ascii"))
			for (const char *c = term_screen(term); *c; c++)
				assert_true((unsigned char)*c < 0x80);
		for (const char *key = "jjjjkvvv\004\025"; *key; key++)
			term_send(term, (char[]){*key, '\0'});
		term_resize(term, 12, 40);
		assert_true(term_wait_quiet(term, 100, TERM_PATIENCE));
		term_resize(term, 50, 160);
		shows(term, "SINCE");
		leave(term);
	}
}

/* ---- elsewhere ---- */

static void services_show_how_they_are(void **state)
{
	struct burning *fix = *state;
	struct term *term;
	int row;

	burning_trouble(fix);
	term = dashboard(fix, NULL);
	shows(term, "BURNING  T1 checkout CheckoutErrorsHigh 12m");
	shows(term, "i more");
	shows(term, "LIVE");
	assert_true(term_find(term, "1 checkout   ", &row, NULL));
	assert_non_null(strstr(term_row(term, row), "! crit"));
	/* No alert is none that was looked for: nothing says that it is well. */
	assert_true(term_find(term, "1 storefront   ", &row, NULL));
	assert_null(strstr(term_row(term, row), "ok"));
	term_send(term, "/live:burning\r");
	hides(term, "1 storefront");
	shows(term, "2 ledger");
	term_send(term, "*/live:nonsense");
	shows(term, "write live:burning");
	term_send(term, "\033*:show ledger\r");
	shows(term, "SIGNALS");
	shows(term, "LedgerSlow warning silenced");
	shows(term, "! alert");
	leave(term);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, burning_set_up, burning_tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(how_bad_whose_since_when_what_changed_and_what_to_do),
	    TEST(the_playbook_opens_where_it_fits),
	    TEST(new_alerts_do_not_move_the_cursor),
	    TEST(groups_filters_and_tiers),
	    TEST(a_status_update_is_copied_and_shown),
	    TEST(what_is_no_service_opens_as_text),
	    TEST(offline_nothing_is_known),
	    TEST(nothing_is_said_to_be_well_that_was_not_asked),
	    TEST(monitoring_that_does_not_answer_burns),
	    TEST(what_was_heard_stays_and_says_why),
	    TEST(no_is_the_default_and_what_is_shown_is_sent),
	    TEST(a_refusal_is_told_in_its_own_words),
	    TEST(a_silence_is_ended),
	    TEST(read_only_takes_the_key_away),
	    TEST(only_alerts_can_be_silenced),
	    TEST(hostile_texts_stay_texts),
	    TEST(every_size_and_alphabet),
	    TEST(services_show_how_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
