#include "tests/support/play.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include "core/mem.h"
#include "tests/support/servers.h"

struct play *play_new(const char *url)
{
	struct arena *arena = arena_new();
	struct play *play = arena_alloc(arena, sizeof(*play));

	play->arena = arena;
	play->config.name = "test";
	play->config.url = url;
	play->context.config = &play->config;
	play->context.subjects = &play->subjects;
	play->context.now = 1800000000;
	return play;
}

void play_free(struct play *play)
{
	arena_free(play->arena);
}

struct subject *play_subject(struct play *play, const char *name, const char *repo_host,
			     const char *repo, const char *branch)
{
	size_t count = play->subjects.count;
	struct subject *all = arena_alloc(play->arena, (count + 1) * sizeof(*all));

	if (count)
		memcpy(all, play->subjects.subjects, count * sizeof(*all));
	all[count] = (struct subject){.name = arena_strdup(play->arena, name),
				      .repo_host = repo_host,
				      .repo = arena_strdup(play->arena, repo),
				      .branch = branch,
				      .subdir = ""};
	play->subjects.subjects = all;
	play->subjects.count++;
	return &all[count];
}

void play_option(struct play *play, const char *name, const char *value)
{
	size_t count = play->config.option_count;
	struct config_pair *all = arena_alloc(play->arena, (count + 1) * sizeof(*all));

	if (count)
		memcpy(all, play->config.options, count * sizeof(*all));
	all[count] = (struct config_pair){.name = name, .value = value};
	play->config.options = all;
	play->config.option_count++;
}

static const char *header(const void *ctx, const char *name)
{
	const char *const *headers = ctx;

	for (; headers && *headers; headers += 2)
		if (!strcasecmp(headers[0], name))
			return headers[1];
	return NULL;
}

/* As the courier does: what read() gets to see. */
static bool is_read(const struct source_request *request, long status)
{
	if (status >= 200 && status < 300)
		return true;
	if (status == 404 && request->absent_ok)
		return true;
	return request->every_status && status != 401 && status != 403 && status != 429;
}

static void queue(struct play *play, const struct source_requests *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (play->request_count == play->request_cap) {
			struct source_request *larger;

			play->request_cap = mem_grown(play->request_cap, play->request_count + 1);
			larger = arena_alloc(play->arena, play->request_cap * sizeof(*larger));
			if (play->request_count)
				memcpy(larger, play->requests,
				       play->request_count * sizeof(*larger));
			play->requests = larger;
		}
		play->requests[play->request_count++] = list->requests[i];
	}
}

static void take(struct play *play, const struct source_result *result)
{
	if (result->note)
		play->note = result->note;
	if (result->version)
		play->version = result->version;
	if (result->left >= 0) {
		play->limit = result->limit;
		play->left = result->left;
		play->resets_at = result->resets_at;
	}
	play->signals = result->signals;
	queue(play, &result->more);
}

static void read_answer(struct play *play, const struct source_type *type,
			const struct source_request *request, const struct play_answer *answer)
{
	struct source_result result = {.signals = play->signals,
				       .more.arena = play->arena,
				       .limit = -1,
				       .left = -1,
				       .resets_at = -1};
	struct source_answer given = {.status = answer->status ? answer->status : 200,
				      .body = answer->body ? answer->body : "",
				      .url = request->url,
				      .header = header,
				      .header_ctx = answer->headers,
				      .at = play->context.now};
	struct err err = {0};

	given.len = answer->len ? answer->len : strlen(given.body);
	if (given.status == 404)
		given.failure = FAILURE_ABSENT;
	if (!is_read(request, given.status)) {
		play->failed++;
		return;
	}
	if (type->read(&play->context, request, &given, &result, &err) < 0) {
		assert_non_null(err.what);
		if (!play->error)
			play->error =
			    arena_printf(play->arena, "%s (%s)", err.what, err.fix ? err.fix : "");
		err_clear(&err);
		return;
	}
	assert_null(err.what);
	take(play, &result);
}

static void drain(struct play *play, const struct source_type *type,
		  const struct source_requests *first, play_server *server, void *ctx, size_t max)
{
	play->signals = (struct signal_list){.arena = play->arena};
	play->request_count = 0;
	play->failed = 0;
	play->note = play->version = play->error = NULL;
	play->limit = play->left = play->resets_at = -1;
	queue(play, first);
	for (size_t i = 0; i < play->request_count; i++) {
		/* The list may move while it grows. */
		struct source_request *request = arena_alloc(play->arena, sizeof(*request));
		struct play_answer answer = {0};

		assert_true(i < max);
		*request = play->requests[i];
		server(ctx, request, &answer);
		read_answer(play, type, request, &answer);
	}
}

void play_run(struct play *play, const struct source_type *type, play_server *server, void *ctx,
	      size_t max)
{
	struct source_requests planned = {.arena = play->arena};

	type->plan(&play->context, &planned);
	drain(play, type, &planned, server, ctx, max);
}

void play_poll(struct play *play, const struct source_type *type,
	       const struct source_request *request, play_server *server, void *ctx)
{
	struct source_request one = *request;
	const struct source_requests planned = {.requests = &one, .count = 1};

	drain(play, type, &planned, server, ctx, 1000);
}

void play_http(void *ctx, const struct source_request *request, struct play_answer *answer)
{
	const struct play *play = ctx;
	const char *path = strchr(strstr(request->url, "://") + 3, '/');
	int port = (int)strtol(strrchr(request->url, ':') + 1, NULL, 10);
	struct buf body = {0};

	answer->status = servers_ask(port, request->method ? request->method : "GET", path,
				     request->content_type, request->body, &body);
	answer->body = arena_memdup0(play->arena, body.data, body.len);
	answer->len = body.len;
	buf_free(&body);
}

const struct signal *play_signal(const struct play *play, const char *id)
{
	for (size_t i = 0; i < play->signals.count; i++)
		if (!strcmp(play->signals.signals[i].id, id))
			return &play->signals.signals[i];
	for (size_t i = 0; i < play->signals.count; i++)
		print_message("there is: %s\n", play->signals.signals[i].id);
	fail_msg("no signal %s", id);
	return NULL;
}

const char *play_key(const struct signal *signal, const char *name)
{
	for (size_t i = 0; i < signal->key_count; i++)
		if (!strcmp(signal->keys[i].name, name))
			return signal->keys[i].value;
	return NULL;
}

const char *play_file(struct play *play, const char *path)
{
	FILE *file = fopen(path, "r");
	char *text;
	long size;

	if (!file)
		fail_msg("cannot read %s", path);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	size = ftell(file);
	assert_true(size >= 0);
	rewind(file);
	text = arena_alloc(play->arena, (size_t)size + 1);
	assert_int_equal(fread(text, 1, (size_t)size, file), (size_t)size);
	assert_int_equal(fclose(file), 0);
	return text;
}
