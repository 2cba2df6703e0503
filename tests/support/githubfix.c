#include "tests/support/githubfix.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/buf.h"
#include "fetch/json_get.h"

#define FOLDER "tests/replay/github/"

static json_t *load(struct githubfix *fix, const char *name, const char *end)
{
	const char *path = arena_printf(fix->play->arena, FOLDER "%s%s", name, end);
	json_t *value = json_loads(play_file(fix->play, path), 0, NULL);

	assert_non_null(value);
	return value;
}

static const char *text_of(struct githubfix *fix, json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT);
	const char *copy = arena_strdup(fix->play->arena, text);

	free(text);
	json_decref(value);
	return copy;
}

/* ---- GraphQL ---- */

/* Which part of a repository's file a query asks for. */
static const char *part_of(const char *query)
{
	if (strstr(query, "deployments("))
		return "heads";
	return strstr(query, "history(first:5)") ? "checks" : "history";
}

/* The errors of a repository's file, their paths led by its alias. */
static void add_errors(json_t *errors, const json_t *file, const char *alias, const char *part)
{
	const json_t *list = json_get_list(file, "errors");

	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *error = json_deep_copy(json_array_get(list, i));
		const char *of = json_get_text(error, "of");

		if (of && strcmp(of, part) != 0) {
			json_decref(error);
			continue;
		}
		json_object_del(error, "of");
		json_array_insert_new(json_object_get(error, "path"), 0, json_string(alias));
		json_array_append_new(errors, error);
	}
}

static const char *graph_answer(struct githubfix *fix, const char *query)
{
	const char *part = part_of(query), *at = query;
	json_t *data = json_pack("{s:{s:i,s:i,s:i,s:s}}", "rateLimit", "cost", 1, "limit", 5000,
				 "remaining", 4990, "resetAt", "2026-11-20T13:00:00Z");
	json_t *errors = json_array(), *root, *file;
	char alias[32], name[200];

	for (; (at = strstr(at, " r")); at++) {
		if (sscanf(at, " %31[r0-9]:repository(owner:\"acme\",name:\"%199[^\"]\")", alias,
			   name) != 2)
			continue;
		file = load(fix, name, ".json");
		json_object_set(data, alias,
				json_get(file, part) ? json_get(file, part) : json_null());
		add_errors(errors, file, alias, part);
		json_decref(file);
	}
	root = json_pack("{s:o}", "data", data);
	if (json_array_size(errors))
		json_object_set(root, "errors", errors);
	json_decref(errors);
	return text_of(fix, root);
}

/* ---- REST ---- */

/* What the description asks of a workflow beside what its file says. */
static void fill_workflow(json_t *workflow)
{
	static const char *const urls[] = {"url", "html_url", "badge_url"};

	json_object_set_new(workflow, "node_id", json_string("W_x"));
	json_object_set_new(workflow, "created_at", json_string("2026-01-05T09:00:00Z"));
	for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++)
		json_object_set_new(workflow, urls[i],
				    json_sprintf("https://github.com/acme/%s/%s", urls[i],
						 json_get_text(workflow, "path")));
}

static const char *workflows_answer(struct githubfix *fix, const json_t *file)
{
	json_t *list = json_deep_copy(json_get_list(file, "workflows"));

	for (size_t i = 0; i < json_array_size(list); i++)
		fill_workflow(json_array_get(list, i));
	return text_of(fix, json_pack("{s:i,s:o}", "total_count", (int)json_array_size(list),
				      "workflows", list));
}

static const char *runs_answer(struct githubfix *fix, const json_t *file, size_t page)
{
	const json_t *runs = json_array_get(json_get_list(file, "runs"), page - 1);
	json_t *template = load(fix, "run", ".template"), *list = json_array();

	for (size_t i = 0; i < json_array_size(runs); i++) {
		json_t *run = json_copy(template);

		json_object_update(run, json_array_get(runs, i));
		json_array_append_new(list, run);
	}
	json_decref(template);
	return text_of(fix, json_pack("{s:i,s:o}", "total_count", (int)json_array_size(list),
				      "workflow_runs", list));
}

static void rest_answer(struct githubfix *fix, const char *url, struct play_answer *answer)
{
	const char *at = strstr(url, "/repos/acme/"), *more = strstr(url, "&page=");
	size_t page = more ? strtoul(more + 6, NULL, 10) : 1;
	const char **headers;
	char name[200];
	json_t *file;

	assert_non_null(at);
	assert_int_equal(sscanf(at, "/repos/acme/%199[^/]/", name), 1);
	file = load(fix, name, ".json");
	if (json_get(file, "rest")) {
		answer->status = json_get_int(file, "rest.status", 0);
		answer->body = text_of(fix, json_incref(json_get(file, "rest.body")));
	} else if (strstr(url, "/actions/workflows?")) {
		answer->body = workflows_answer(fix, file);
	} else {
		assert_non_null(strstr(url, "/actions/runs?event=schedule&"));
		answer->body = runs_answer(fix, file, page);
		if (page < json_array_size(json_get_list(file, "runs"))) {
			headers = arena_alloc(fix->play->arena, 3 * sizeof(*headers));
			headers[0] = "Link";
			headers[1] = arena_printf(fix->play->arena, "<%s>; rel=\"next\"", url);
			answer->headers = headers;
		}
	}
	json_decref(file);
}

/* ---- both ---- */

static void note_exchange(const struct source_request *request, const struct play_answer *answer)
{
	const char *path = getenv("SVCTOP_EXCHANGES");
	json_t *line, *headers;
	FILE *file;

	if (!path)
		return;
	headers = json_array();
	for (size_t i = 0; request->headers[i]; i++)
		json_array_append_new(headers, json_string(request->headers[i]));
	line =
	    json_pack("{s:s,s:s,s:o,s:s*,s:s*,s:i,s:s}", "method",
		      request->method ? request->method : "GET", "url", request->url, "headers",
		      headers, "content_type", request->content_type, "body", request->body,
		      "status", answer->status ? (int)answer->status : 200, "answer", answer->body);
	file = fopen(path, "a");
	assert_non_null(file);
	assert_int_equal(json_dumpf(line, file, JSON_COMPACT), 0);
	assert_true(fputc('\n', file) != EOF);
	assert_int_equal(fclose(file), 0);
	json_decref(line);
}

void githubfix_server(void *ctx, const struct source_request *request, struct play_answer *answer)
{
	struct githubfix *fix = ctx;
	json_t *body;

	assert_string_equal(request->headers[0], "Accept: application/vnd.github+json");
	assert_string_equal(request->headers[1], "X-GitHub-Api-Version: 2022-11-28");
	if (!strstr(request->url, "/graphql")) {
		fix->rest++;
		rest_answer(fix, request->url, answer);
		note_exchange(request, answer);
		return;
	}
	fix->graph++;
	assert_string_equal(request->method, "POST");
	assert_string_equal(request->content_type, "application/json");
	if (fix->fail) {
		answer->body = fix->fail;
		if (fix->fail_once)
			fix->fail = NULL;
		return;
	}
	body = json_loads(request->body, 0, NULL);
	answer->body = graph_answer(fix, json_get_text(body, "query"));
	json_decref(body);
	note_exchange(request, answer);
}
