#include "tests/support/got.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"

void keep(void *ctx, const struct http_answer *answer)
{
	struct got *got = ctx;
	const char *say = http_header(answer, "x-say");

	got->calls++;
	got->status = answer->status;
	got->failure = answer->failure;
	snprintf(got->cause, sizeof(got->cause), "%s", answer->cause);
	snprintf(got->fix, sizeof(got->fix), "%s", answer->fix ? answer->fix : "");
	snprintf(got->header, sizeof(got->header), "%s", say ? say : "");
	free(got->body);
	free(got->url);
	got->body = xmemdup0(answer->body, answer->len);
	got->len = answer->len;
	got->url = xstrdup(answer->url);
	got->not_modified = answer->not_modified;
	got->withheld = answer->withheld;
	got->received = answer->received;
	got->seconds = answer->seconds;
}

void got_free(struct got *got)
{
	free(got->body);
	free(got->url);
}

struct http *new_http(const char *cache)
{
	struct http_options options = {.cache_dir = cache};
	struct err err = {0};
	struct http *http = http_new(&options, &err);

	assert_non_null(http);
	return http;
}

struct got ask(struct http *http, const struct http_request *request)
{
	struct got got = {0};
	struct err err = {0};

	assert_int_equal(http_start(http, request, keep, &got, &err), 0);
	while (http_running(http))
		http_wait(http, -1, false, -1);
	assert_int_equal(got.calls, 1);
	return got;
}

void fails(struct got got, enum failure failure, const char *cause)
{
	if (got.failure != failure || !strstr(got.cause, cause))
		fail_msg("failure %d, \"%s\"; not %d, \"%s\"", got.failure, got.cause, failure,
			 cause);
	got_free(&got);
}
