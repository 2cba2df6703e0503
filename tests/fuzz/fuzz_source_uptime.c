/* URLs of descriptors, and answers and certificates of whoever is behind them. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "fetch/source.h"
#include "fetch/source_url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input's lines: the URL, where it led, and texts of the answer. */
enum { URL, LAST, LOCATION, CAUSE, PROBLEM, ISSUER, LINES };

static char *lines[LINES];

static const char *header(const void *ctx, const char *name)
{
	(void)ctx;
	return strcmp(name, "location") ? NULL : lines[LOCATION];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct config_source config = {.type = "uptime", .name = "uptime"};
	struct subject subject = {.name = "shop", .url_count = 1};
	struct subject_list subjects = {&subject, 1};
	struct source_context context = {.config = &config, .subjects = &subjects, .now = 1};
	struct source_requests asked = {.arena = arena};
	struct source_result out = {.signals.arena = arena, .more.arena = arena};
	char *text = xmemdup0(data, size), *next = text;

	for (int i = 0; i < LINES; i++) {
		lines[i] = next ? next : text;
		next = next ? strchr(next, '\n') : NULL;
		if (next)
			*next++ = '\0';
	}
	subject.urls = (const char **)&lines[URL];
	source_uptime.plan(&context, &asked);
	if (asked.count) {
		const struct source_answer answer = {
		    .status = size % 3 ? (long)size % 600 : 0,
		    .failure = size % 3 ? FAILURE_NONE : (enum failure)(size % FAILURES),
		    .cause = lines[CAUSE],
		    .url = lines[LAST],
		    .header = header,
		    .at = (int64_t)size << (size % 40),
		    .tls = true,
		    .cert_issuer = lines[ISSUER],
		    .cert_names = (const char **)lines,
		    .cert_name_count = LINES,
		    .cert_until = 1 + (int64_t)size,
		    .cert_problem = size & 1 ? lines[PROBLEM] : NULL,
		};

		source_uptime.read(&context, &asked.requests[0], &answer, &out, NULL);
	}
	source_same_origin(lines[URL], lines[LAST]);
	free(text);
	arena_free(arena);
	return 0;
}
