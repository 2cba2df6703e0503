/* The demo's played live systems, read by the sources that read real ones. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/mem.h"
#include "fetch/source.h"
#include "tui/demo_feed.h"
#include "tui/demo_story.h"

#define NOWHERE "/nonexistent"

/* Everything that one source gets out of the feed. */
struct asked {
	struct arena *arena;
	struct signal_list signals;
};

static const char *no_header(const void *ctx, const char *name)
{
	(void)ctx;
	(void)name;
	return NULL;
}

static void answer(struct demo_feed *feed, const struct source_request *request,
		   struct http_server_reply *reply)
{
	const char *path = strchr(strstr(request->url, "://") + 3, '/');
	char *copy = xstrdup(path), *query = strchr(copy, '?');
	struct http_server_request in = {.method = request->method ? request->method : "GET",
					 .path = copy,
					 .query = query ? query + 1 : "",
					 .body = request->body ? request->body : "",
					 .body_len = request->body ? strlen(request->body) : 0};

	if (query)
		*query = '\0';
	*reply = (struct http_server_reply){.status = 200, .type = "application/json"};
	demo_feed_answer(feed, &in, reply);
	free(copy);
}

static void ask_one(struct demo_feed *feed, const struct source_type *type,
		    const struct source_context *context, const struct source_request *request,
		    struct asked *asked, int depth)
{
	struct source_result result = {.signals.arena = asked->arena, .more.arena = asked->arena};
	struct source_answer got = {.header = no_header, .url = request->url, .at = context->now};
	struct http_server_reply reply;
	struct err err = {0};

	assert_true(depth < 20);
	answer(feed, request, &reply);
	got.status = reply.status;
	got.body = buf_str(&reply.body);
	got.len = reply.body.len;
	assert_int_equal(got.status, 200);
	if (type->read(context, request, &got, &result, &err) < 0)
		fail_msg("%s: %s", request->url, err.what);
	for (size_t i = 0; i < result.signals.count; i++) {
		const struct signal *from = &result.signals.signals[i];

		*signal_add(&asked->signals, from->kind, from->state, from->id, from->title) =
		    *from;
	}
	for (size_t i = 0; i < result.more.count; i++)
		ask_one(feed, type, context, &result.more.requests[i], asked, depth + 1);
	buf_free(&reply.body);
}

static struct asked ask(struct demo_feed *feed, const char *name)
{
	struct asked asked = {.arena = arena_new()};
	struct source_requests plan = {.arena = asked.arena};
	struct subject_list subjects = {0};
	struct buf text = {0};
	struct err err = {0};
	struct config *config;
	struct source_context context = {.subjects = &subjects, .now = (int64_t)time(NULL)};
	const struct source_type *type = source_type_find(name);

	asked.signals.arena = asked.arena;
	demo_feed_config(9, &text);
	config = config_parse("demo", NULL, buf_str(&text), text.len, &err);
	if (!config)
		fail_msg("%s: %s", err.where, err.what);
	for (size_t i = 0; i < config->source_count; i++)
		if (!strcmp(config->sources[i].type, name))
			context.config = &config->sources[i];
	assert_non_null(type);
	assert_non_null(context.config);
	type->plan(&context, &plan);
	assert_true(plan.count > 0);
	for (size_t i = 0; i < plan.count; i++)
		ask_one(feed, type, &context, &plan.requests[i], &asked, 0);
	config_free(config);
	buf_free(&text);
	return asked;
}

static const struct signal *find(const struct asked *asked, enum signal_kind kind,
				 const char *title)
{
	for (size_t i = 0; i < asked->signals.count; i++)
		if (asked->signals.signals[i].kind == kind &&
		    !strcmp(asked->signals.signals[i].title, title))
			return &asked->signals.signals[i];
	return NULL;
}

static size_t count(const struct asked *asked, enum signal_kind kind, enum signal_state state)
{
	size_t found = 0;

	for (size_t i = 0; i < asked->signals.count; i++)
		found += asked->signals.signals[i].kind == kind &&
			 asked->signals.signals[i].state == state;
	return found;
}

static struct demo_feed *feed_of_age(int seconds)
{
	return demo_feed_new(NOWHERE, (int64_t)time(NULL) - seconds);
}

static void test_before_and_after(void **state)
{
	struct demo_feed *calm = feed_of_age(0), *fire = feed_of_age(STORY_FIRE + 60),
			 *clear = feed_of_age(STORY_CLEAR + 60);
	struct asked before = ask(calm, "prometheus"), during = ask(fire, "prometheus"),
		     after = ask(clear, "prometheus");

	(void)state;
	assert_null(find(&before, SIGNAL_ALERT, "CheckoutErrorsHigh"));
	assert_non_null(find(&during, SIGNAL_ALERT, "CheckoutErrorsHigh"));
	assert_int_equal(find(&during, SIGNAL_ALERT, "CheckoutErrorsHigh")->state, SIGNAL_CRITICAL);
	assert_null(find(&after, SIGNAL_ALERT, "CheckoutErrorsHigh"));
	assert_int_equal(count(&before, SIGNAL_UPTIME, SIGNAL_CRITICAL), 0);
	assert_int_equal(count(&during, SIGNAL_UPTIME, SIGNAL_CRITICAL), 1);
	assert_int_equal(count(&after, SIGNAL_UPTIME, SIGNAL_CRITICAL), 0);
	assert_int_equal(count(&before, SIGNAL_SLO, SIGNAL_CRITICAL), 0);
	assert_true(count(&during, SIGNAL_SLO, SIGNAL_CRITICAL) > 0);
	assert_true(count(&during, SIGNAL_RULE, SIGNAL_OK) > 0);
	assert_true(count(&during, SIGNAL_TARGET, SIGNAL_OK) > 0);
	assert_int_equal(count(&during, SIGNAL_CERT, SIGNAL_WARNING) +
			     count(&during, SIGNAL_CERT, SIGNAL_CRITICAL),
			 1);
	arena_free(before.arena);
	arena_free(during.arena);
	arena_free(after.arena);
	demo_feed_free(calm);
	demo_feed_free(fire);
	demo_feed_free(clear);
}

static void test_builds(void **state)
{
	struct demo_feed *red = feed_of_age(10), *mended = feed_of_age(400);
	struct asked before = ask(red, "buildbot"), after = ask(mended, "buildbot");

	(void)state;
	assert_int_equal(count(&before, SIGNAL_CI, SIGNAL_CRITICAL), 1);
	assert_int_equal(count(&before, SIGNAL_CI, SIGNAL_OK), story_builder_count - 1);
	assert_int_equal(count(&after, SIGNAL_CI, SIGNAL_CRITICAL), 0);
	arena_free(before.arena);
	arena_free(after.arena);
	demo_feed_free(red);
	demo_feed_free(mended);
}

/* What the silence form sends quiets an alert, and ends. */
static void test_silence(void **state)
{
	struct demo_feed *feed = feed_of_age(STORY_FIRE + 60);
	struct asked loud = ask(feed, "alertmanager"), quiet, again;
	const struct signal *alert = find(&loud, SIGNAL_ALERT, "CheckoutErrorsHigh");
	const char body[] =
	    "{\"matchers\":[{\"name\":\"alertname\",\"value\":\"Checkout.*\","
	    "\"isRegex\":true,\"isEqual\":true}],"
	    "\"startsAt\":\"2020-01-01T00:00:00Z\",\"endsAt\":\"2100-01-01T00:00:00Z\","
	    "\"createdBy\":\"lima\",\"comment\":\"rolling back\"}";
	struct source_request post = {.method = "POST",
				      .url = "http://127.0.0.1:9/alertmanager/api/v2/silences",
				      .body = body};
	struct http_server_reply reply;
	char *url;

	(void)state;
	assert_non_null(alert);
	assert_false(alert->flags & SIGNAL_SILENCED);
	answer(feed, &post, &reply);
	assert_int_equal(reply.status, 200);
	assert_non_null(strstr(buf_str(&reply.body), "silenceID"));
	buf_free(&reply.body);

	quiet = ask(feed, "alertmanager");
	alert = find(&quiet, SIGNAL_ALERT, "CheckoutErrorsHigh");
	assert_true(alert->flags & SIGNAL_SILENCED);
	assert_false(find(&quiet, SIGNAL_ALERT, "LedgerLatencyHigh")->flags & SIGNAL_SILENCED);
	assert_int_equal(alert->ref_count, 1);

	url = xasprintf("http://127.0.0.1:9/alertmanager/api/v2/silence/%s", alert->refs[0]);
	post = (struct source_request){.method = "DELETE", .url = url};
	answer(feed, &post, &reply);
	assert_int_equal(reply.status, 200);
	buf_free(&reply.body);
	again = ask(feed, "alertmanager");
	assert_false(find(&again, SIGNAL_ALERT, "CheckoutErrorsHigh")->flags & SIGNAL_SILENCED);

	post = (struct source_request){.method = "POST",
				       .url = "http://127.0.0.1:9/alertmanager/api/v2/silences",
				       .body = "{\"matchers\":[]}"};
	answer(feed, &post, &reply);
	assert_int_equal(reply.status, 400);
	buf_free(&reply.body);
	free(url);
	arena_free(loud.arena);
	arena_free(quiet.arena);
	arena_free(again.arena);
	demo_feed_free(feed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_before_and_after),
	    cmocka_unit_test(test_builds),
	    cmocka_unit_test(test_silence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
