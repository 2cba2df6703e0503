#ifndef SVCTOP_TESTS_FUZZ_SOURCE_H
#define SVCTOP_TESTS_FUZZ_SOURCE_H

/* What the targets of source types share: one answer read, and what it asks for answered by
 * the same bytes, so that what a step hands to the next one is hostile too. */

#include <string.h>

#include "core/mem.h"
#include "fetch/source.h"

static const char *fuzz_no_header(const void *ctx, const char *name)
{
	(void)ctx;
	(void)name;
	return NULL;
}

/* Traps when read() fails without an error or has one without failing, or gives a signal
 * without the texts that each has. */
static void fuzz_read(const struct source_type *type, const struct source_context *context,
		      const struct source_request *request, const char *body, size_t len,
		      struct arena *arena, unsigned depth)
{
	struct source_result result = {
	    .signals.arena = arena, .more.arena = arena, .limit = -1, .left = -1};
	struct source_answer answer = {.status = 200,
				       .body = body,
				       .len = len,
				       .url = request->url,
				       .header = fuzz_no_header,
				       .at = context->now};
	struct err err = {0};
	int rc = type->read(context, request, &answer, &result, &err);

	if ((rc < 0) != (err.what != NULL))
		__builtin_trap();
	err_clear(&err);
	for (size_t i = 0; i < result.signals.count; i++)
		if (!result.signals.signals[i].id || !result.signals.signals[i].title)
			__builtin_trap();
	for (size_t i = 0; i < result.more.count && i < 4 && depth; i++)
		fuzz_read(type, context, &result.more.requests[i], body, len, arena, depth - 1);
}

static void fuzz_source(const struct source_type *type, int step, const char *arg,
			const uint8_t *data, size_t size)
{
	static struct subject subjects[] = {{.name = "api",
					     .repo_host = "github.com",
					     .repo = "acme/api",
					     .branch = "main",
					     .subdir = ""}};
	struct config_source config = {.name = "test", .url = "https://host.example"};
	struct subject_list list = {subjects, ARRAY_LEN(subjects)};
	struct source_context context = {&config, &list, 1800000000};
	struct source_request request = {
	    .topic = "t", .url = "https://host.example/x", .arg = arg, .step = step};
	struct arena *arena = arena_new();
	char *body = xmemdup0(data, size);

	fuzz_read(type, &context, &request, body, size, arena, 2);
	free(body);
	arena_free(arena);
}

#endif
