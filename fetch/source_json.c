#include "fetch/source_json.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/json_write.h"
#include "core/mem.h"
#include "core/strmap.h"

#define BODY_CAP   ((size_t)8 << 20)
#define PAGES	   10
#define PAGES_MAX  100
#define MAX_OWNERS (64 * 1024) /* bytes of names of the services with one URL */

/* ---- the program ---- */

static void add_check(struct arena *arena, struct buf *out, const struct config_pair *check)
{
	struct buf id = {0};
	struct json_writer json = {.out = &id};

	json_str(&json, NULL, check->name);
	buf_addf(out, "%s(try ((%s\n) | {c: %s, o: .}) catch {c: %s, e: tostring})",
		 out->len ? ", " : "", check->value, arena_strdup(arena, buf_str(&id)),
		 buf_str(&id));
	buf_free(&id);
}

/*
 * An expression alone stays as it is. With checks each part says whose answer it is, and a
 * check that fails does so alone. The newline ends a comment.
 */
const char *json_program(struct arena *arena, const struct config_source *config)
{
	const char *expression = config_option(config, "expression"), *text;
	struct buf program = {0};

	if (!config->check_count)
		return expression;
	if (expression)
		buf_addf(&program, "((%s\n) | {o: .})", expression);
	for (size_t i = 0; i < config->check_count; i++)
		add_check(arena, &program, &config->checks[i]);
	text = arena_strdup(arena, buf_str(&program));
	buf_free(&program);
	return text;
}

static uint32_t program_line(const struct config_source *config)
{
	for (size_t i = 0; i < config->option_count; i++)
		if (!strcmp(config->options[i].name, "expression"))
			return config->options[i].line;
	return config->check_count ? config->checks[0].line : 0;
}

/* ---- the configuration ---- */

static long option_pages(const struct config_source *config)
{
	const char *text = config_option(config, "pages");
	long pages = text ? strtol(text, NULL, 10) : PAGES;

	return pages < PAGES_MAX ? pages : PAGES_MAX;
}

static int check_json(const struct config_source *config, struct err *err)
{
	const char *kind = config_option(config, "kind");
	struct arena *arena = arena_new();
	int result = json_url_check(config, err);

	if (!result && !config_option(config, "expression") && !config->check_count)
		result =
		    err_set(err, NULL, "add expression: '{state: .state, title: .name}' or checks:",
			    "a source of type json needs a jq expression");
	if (!result && kind && json_kind(kind) < 0)
		result = err_set(err, NULL, arena_printf(arena, "one of %s", json_kinds(arena)),
				 "kind \"%s\" is none that an expression can give", kind);
	if (!result && option_pages(config) < 1)
		result = err_set(err, NULL, NULL, "pages is 0: nothing would be read");
	arena_free(arena);
	return result;
}

/* ---- plan ---- */

static struct source_request *ask(const struct source_context *context, struct source_requests *out,
				  const char *topic, const char *url)
{
	static const char *const headers[] = {"Accept: application/json", NULL};
	struct source_request *request = source_ask(out, topic, url);

	request->headers = (const char **)headers;
	request->cap = BODY_CAP;
	request->kinds = source_kinds(context->config);
	return request;
}

/* Services of one repository may have one URL: it is asked once, for all of them. */
static void plan_services(const struct source_context *context, struct source_requests *out)
{
	struct strmap *asked = strmap_new(); /* URL: index + 1 */
	size_t first = out->count, count = context->subjects->count;
	struct buf *owners = xcalloc(count ? count : 1, sizeof(*owners));

	for (size_t i = 0; i < count; i++) {
		const struct subject *subject = &context->subjects->subjects[i];
		const char *url = json_url_of(out->arena, context->config, subject);
		size_t index = url ? (uintptr_t)strmap_get(asked, url) : 0;
		const char *name;

		if (!url || strchr(subject->name, '\n'))
			continue;
		if (!index) {
			name = arena_strdup(out->arena, subject->name);
			ask(context, out, name, url)->absent_ok = true;
			out->requests[out->count - 1].subject = name;
			index = out->count - first;
			strmap_put(asked, url, (void *)(uintptr_t)index);
		} else {
			out->requests[first + index - 1].subject = NULL;
		}
		if (owners[index - 1].len < MAX_OWNERS)
			buf_addf(&owners[index - 1], "%s\n", subject->name);
	}
	for (size_t i = 0; i < count; i++) {
		if (owners[i].len)
			out->requests[first + i].arg =
			    arena_memdup0(out->arena, owners[i].data, owners[i].len);
		buf_free(&owners[i]);
	}
	free(owners);
	strmap_free(asked);
}

static void plan_json(const struct source_context *context, struct source_requests *out)
{
	const char *url = context->config->url;

	if (json_url_is_template(url))
		plan_services(context, out);
	else
		ask(context, out, "all", url);
}

const char *json_owner(struct arena *arena, const char **arg)
{
	const char *at = *arg;
	size_t len;

	if (!at || !*at)
		return NULL;
	len = strcspn(at, "\n");
	*arg = at + len + (at[len] == '\n');
	return arena_memdup0(arena, at, len);
}

/* ---- read ---- */

static const char *header(const struct source_answer *answer, const char *name)
{
	return answer->header ? answer->header(answer->header_ctx, name) : NULL;
}

static void ask_next(const struct source_context *context, const struct source_request *request,
		     const struct source_answer *answer, struct source_result *out)
{
	const char *url = answer->url ? answer->url : request->url;
	const char *next = json_url_next(out->signals.arena, url, header(answer, "link"));
	struct source_request *page;

	if (!next)
		return;
	if (request->step + 1 >= option_pages(context->config)) {
		out->note =
		    arena_printf(out->signals.arena, "the first %d pages only", request->step + 1);
		return;
	}
	page = ask(context, &out->more, request->topic, next);
	page->subject = request->subject;
	page->arg = request->arg;
	page->absent_ok = request->absent_ok;
	page->step = request->step + 1;
}

/* The child parses it; a page for people is told here, where its type is known. */
static int read_json(const struct source_context *context, const struct source_request *request,
		     const struct source_answer *answer, struct source_result *out, struct err *err)
{
	const char *type = header(answer, "content-type");

	if (answer->failure == FAILURE_ABSENT)
		return 0;
	if (type && !strncasecmp(type, "text/html", 9))
		return err_set(err, NULL, "check the source's url and auth",
			       "HTML instead of JSON: a login page or a wrong URL?");
	out->program = json_program(out->signals.arena, context->config);
	out->program_line = program_line(context->config);
	ask_next(context, request, answer, out);
	return 0;
}

#define CONTRACT_KINDS ((UINT64_C(1) << SIGNAL_CONTRACT_KINDS) - 1)

const struct source_type source_json = {
    .name = "json",
    .title = "JSON",
    .kinds = CONTRACT_KINDS | UINT64_C(1) << SIGNAL_SCHEDULE | UINT64_C(1) << SIGNAL_CHECK,
    .every = 300,
    .needs_url = true,
    .validate = check_json,
    .plan = plan_json,
    .read = read_json,
    .read_outputs = json_read_outputs,
};
