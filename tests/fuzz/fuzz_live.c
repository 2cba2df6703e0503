#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/live.h"
#include "core/mem.h"
#include "core/subject.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void same(const struct buf *a, const struct buf *b)
{
	if (a->len != b->len || (a->len && memcmp(a->data, b->data, a->len) != 0))
		abort();
}

static void take_in(const struct topic_report *report)
{
	struct live_config config = {
	    .name = report->source, .type = "json", .kinds = UINT64_MAX, .every = 30};
	struct live *live = live_new();
	const struct live_source *source;

	live_configure(live, &config, 1);
	live_apply(live, report);
	live_hold(live);
	live_apply(live, report);
	source = live_at(live, 0);
	if (source->topic_count > 1 || (report->gone && source->topic_count))
		abort();
	live_lost(live, "the courier ended", 17);
	live_free(live);
}

static void read_report(const uint8_t *bytes, size_t len)
{
	struct arena *arena = arena_new();
	struct topic_report report, back;
	struct buf once = {0}, twice = {0};

	if (topic_report_decode(&report, bytes, len, arena)) {
		topic_report_encode(&report, &once);
		if (!topic_report_decode(&back, once.data, once.len, arena))
			abort();
		topic_report_encode(&back, &twice);
		same(&once, &twice);
		take_in(&report);
	}
	buf_free(&once);
	buf_free(&twice);
	arena_free(arena);
}

static void read_status(const uint8_t *bytes, size_t len)
{
	struct arena *arena = arena_new();
	struct source_status status;
	struct buf once = {0};

	if (source_status_decode(&status, bytes, len, arena)) {
		source_status_encode(&status, &once);
		if (!source_status_decode(&status, once.data, once.len, arena))
			abort();
	}
	buf_free(&once);
	arena_free(arena);
}

static void read_subjects(const uint8_t *bytes, size_t len)
{
	struct arena *arena = arena_new();
	struct subject_list list;
	struct buf once = {0}, twice = {0};

	if (subjects_decode(&list, bytes, len, arena)) {
		subjects_encode(&list, &once);
		if (!subjects_decode(&list, once.data, once.len, arena))
			abort();
		subjects_encode(&list, &twice);
		same(&once, &twice);
	}
	buf_free(&once);
	buf_free(&twice);
	arena_free(arena);
}

static void read_remote(const uint8_t *bytes, size_t len)
{
	struct arena *arena = arena_new();
	char *remote = arena_memdup0(arena, bytes, len);
	const char *host, *repo;

	if (subject_parse_remote(remote, arena, &host, &repo) &&
	    (!*host || !strchr(repo, '/') || *repo == '/'))
		abort();
	arena_free(arena);
}

/* What the courier tells the face and what it is told; the first byte says which. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static void (*const readers[])(const uint8_t *, size_t) = {read_report, read_status,
								   read_subjects, read_remote};

	if (len)
		readers[bytes[0] % ARRAY_LEN(readers)](bytes + 1, len - 1);
	return 0;
}
