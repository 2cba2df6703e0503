#include "tui/demo_feed.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/mem.h"
#include "fetch/git.h"
#include "fetch/history.h"
#include "tui/demo_feed_internal.h"

static void add_first_silences(struct demo_feed *feed)
{
	for (size_t i = 0; i < story_silence_count; i++) {
		const struct story_silence *of = &story_silences[i];
		struct feed_silence silence = {.id = of->id,
					       .author = of->author,
					       .comment = of->comment,
					       .matcher_count = 1,
					       .starts = feed->start + of->starts,
					       .ends = feed->start + of->ends};

		silence.matchers = arena_alloc(feed->arena, sizeof(*silence.matchers));
		silence.matchers[0] = (struct feed_matcher){of->matcher, of->value, false, true};
		GROW(feed->silences, feed->silence_count, feed->silence_cap);
		feed->silences[feed->silence_count++] = silence;
	}
}

/* Builds and deployments name commits that are there, so that they can be followed. */
static struct feed_head read_head(struct arena *arena, const char *path)
{
	struct repo *repo = repo_open(path, NULL);
	struct history_commit *commits;
	struct repo_head head = {0};
	size_t count = 0;
	struct feed_head out = {"", "", "", 0};

	if (repo && repo_head(repo, NULL, &head, NULL) == REPO_OK && !head.unborn &&
	    history_log(repo, &head.id, "", 1, arena, &commits, &count, NULL) == REPO_OK && count)
		out = (struct feed_head){.hash = arena_strdup(arena, commits[0].hash),
					 .author = arena_strdup(arena, commits[0].author),
					 .subject = arena_strdup(arena, commits[0].subject),
					 .time = commits[0].time};
	repo_close(repo);
	return out;
}

static void read_heads(struct demo_feed *feed, const char *dir)
{
	feed->heads = arena_alloc(feed->arena, story_builder_count * sizeof(*feed->heads));
	for (size_t i = 0; i < story_builder_count; i++)
		feed->heads[i] = read_head(feed->arena, arena_printf(feed->arena, "%s/%s", dir,
								     story_builders[i].repository));
}

struct demo_feed *demo_feed_new(const char *dir, int64_t start)
{
	struct demo_feed *feed = xcalloc(1, sizeof(*feed));

	feed->arena = arena_new();
	feed->start = start;
	add_first_silences(feed);
	read_heads(feed, dir);
	return feed;
}

void demo_feed_free(struct demo_feed *feed)
{
	if (!feed)
		return;
	free(feed->silences);
	arena_free(feed->arena);
	free(feed);
}

void demo_feed_config(uint16_t port, struct buf *out)
{
	static const char *const sources[][3] = {
	    {"prometheus", "/prometheus", "service_label: service"},
	    {"alertmanager", "/alertmanager", "service_label: service"},
	    {"buildbot", "/buildbot", "builder: \"{service}\""},
	    {"json", "/deploys",
	     "name: deploys\n    kind: deploy\n    expression: |\n"
	     "      .[] | {service: .app, state: \"ok\", title: (\"deploy \" + .app), since: .at,\n"
	     "             commit: .sha, author: .by, environment: .env}"},
	};

	buf_adds(out, "# The demo's live systems, played on this machine.\nsources:\n");
	for (size_t i = 0; i < ARRAY_LEN(sources); i++)
		buf_addf(out,
			 "  - type: %s\n    url: http://127.0.0.1:%u%s\n    every: 5s\n"
			 "    environment: production\n    %s\n",
			 sources[i][0], port, sources[i][1], sources[i][2]);
}

/* ---- what the APIs share ---- */

int32_t feed_clock(const struct feed_call *call)
{
	return (int32_t)(call->now - call->feed->start);
}

enum feed_alert_state feed_alert_state(const struct feed_call *call,
				       const struct story_alert *alert)
{
	int32_t clock = feed_clock(call);

	if (clock < alert->pending || clock >= alert->ends)
		return FEED_INACTIVE;
	return clock < alert->fires ? FEED_PENDING : FEED_FIRING;
}

static void label(struct feed_call *call, const char *name, const char *value)
{
	if (value)
		json_str(&call->json, name, value);
}

void feed_alert_labels(struct feed_call *call, const char *key, const struct story_alert *alert)
{
	json_open(&call->json, key, '{');
	label(call, "alertname", alert->name);
	label(call, "environment", alert->environment);
	label(call, "instance", alert->instance);
	label(call, "service", alert->service);
	label(call, "severity", alert->severity);
	json_close(&call->json, '}');
}

void feed_alert_annotations(struct feed_call *call, const char *key,
			    const struct story_alert *alert)
{
	json_open(&call->json, key, '{');
	label(call, "summary", alert->summary);
	if (alert->service)
		json_str(&call->json, "runbook_url",
			 arena_printf(call->arena,
				      "https://github.com/kestrel-shop/%s/blob/main/docs/playbooks/"
				      "%s.md",
				      alert->service, alert->service));
	json_close(&call->json, '}');
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static char *unescape(struct arena *arena, const char *text, size_t len)
{
	char *out = arena_alloc(arena, len + 1), *at = out;

	for (size_t i = 0; i < len; i++) {
		bool escaped = text[i] == '%' && i + 2 < len && hex_digit(text[i + 1]) >= 0 &&
			       hex_digit(text[i + 2]) >= 0;

		if (escaped) {
			*at++ = (char)(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
			i += 2;
		} else {
			*at++ = text[i] == '+' ? ' ' : text[i];
		}
	}
	*at = '\0';
	return out;
}

static const char *find_parameter(struct arena *arena, const char *pairs, const char *name)
{
	size_t name_len = strlen(name);

	for (const char *at = pairs; *at;) {
		size_t len = strcspn(at, "&");

		if (len > name_len && !strncmp(at, name, name_len) && at[name_len] == '=')
			return unescape(arena, at + name_len + 1, len - name_len - 1);
		at += len + (at[len] == '&');
	}
	return NULL;
}

const char *feed_parameter(struct feed_call *call, const char *name)
{
	const char *value = find_parameter(call->arena, call->request->query, name);

	if (!value && call->request->body_len)
		value = find_parameter(
		    call->arena,
		    arena_memdup0(call->arena, call->request->body, call->request->body_len), name);
	return value;
}

static const struct {
	const char *prefix;
	bool (*answer)(struct feed_call *call, const char *path);
} apis[] = {
    {"/prometheus/api/v1", feed_prometheus},
    {"/alertmanager/api/v2", feed_alertmanager},
    {"/buildbot", feed_buildbot},
    {"/deploys", feed_deploys},
};

void demo_feed_answer(void *ctx, const struct http_server_request *request,
		      struct http_server_reply *reply)
{
	struct feed_call call = {.feed = ctx,
				 .request = request,
				 .reply = reply,
				 .json = {.out = &reply->body},
				 .now = (int64_t)time(NULL),
				 .arena = arena_new()};
	bool found = false;

	reply->type = "application/json";
	reply->etag = true;
	for (size_t i = 0; i < ARRAY_LEN(apis) && !found; i++) {
		size_t len = strlen(apis[i].prefix);

		if (!strncmp(request->path, apis[i].prefix, len))
			found = apis[i].answer(&call, request->path + len);
	}
	if (!found) {
		reply->status = 404;
		reply->type = "text/plain";
		buf_reset(&reply->body);
		buf_adds(&reply->body, "404 page not found\n");
	}
	arena_free(call.arena);
}
