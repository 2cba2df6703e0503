#include "fetch/scanner_messages.h"

#include <string.h>

#include "core/wire.h"

static void put_list(struct buf *out, const char **list, size_t count)
{
	wire_put_uint(out, count);
	for (size_t i = 0; i < count; i++)
		wire_put_str(out, list[i]);
}

static const char **get_list(struct wire_reader *in, struct arena *arena, size_t *count)
{
	const char **list;

	*count = wire_get_count(in);
	list = arena_alloc(arena, (*count + 1) * sizeof(*list));
	for (size_t i = 0; i < *count; i++) {
		list[i] = wire_get_str(in, arena);
		if (!list[i])
			in->failed = true;
	}
	return list;
}

void settings_encode(const struct scanner_settings *settings, struct buf *out)
{
	put_list(out, settings->roots, settings->root_count);
	put_list(out, settings->exclude, settings->exclude_count);
	wire_put_str(out, settings->checklist_path);
	wire_put_uint(out, settings->checklist != NULL);
	wire_put_bytes(out, settings->checklist, settings->checklist_len);
	wire_put_str(out, settings->rev);
	wire_put_int(out, settings->at);
	wire_put_uint(out, settings->at_rev);
	wire_put_int(out, settings->now);
	wire_put_uint(out, settings->dependencies);
}

bool settings_decode(struct scanner_settings *settings, const char *body, size_t len,
		     struct arena *arena)
{
	struct wire_reader in;
	const void *checklist;
	bool has_checklist;

	wire_reader_init(&in, body, len);
	settings->roots = get_list(&in, arena, &settings->root_count);
	settings->exclude = get_list(&in, arena, &settings->exclude_count);
	settings->checklist_path = wire_get_str(&in, arena);
	has_checklist = wire_get_uint(&in);
	checklist = wire_get_bytes(&in, &settings->checklist_len);
	settings->checklist =
	    has_checklist ? arena_memdup0(arena, checklist, settings->checklist_len) : NULL;
	settings->rev = wire_get_str(&in, arena);
	settings->at = wire_get_int(&in);
	settings->at_rev = wire_get_capped(&in, 1) != 0;
	settings->now = wire_get_int(&in);
	settings->dependencies = (enum dependency_detail)wire_get_capped(&in, DEPENDENCIES_ALL);
	return !in.failed;
}

void job_encode(const struct scanner_job *job, struct buf *out)
{
	wire_put_str(out, job->checkout);
	wire_put_str(out, job->crashed_head);
	wire_put_str(out, job->commit);
	wire_put_str(out, job->path);
	wire_put_uint(out, job->most);
	wire_put_int(out, job->since);
	wire_put_int(out, job->every);
	wire_put_int(out, job->now);
}

bool job_decode(struct scanner_job *job, const char *body, size_t len, struct arena *arena)
{
	struct wire_reader in;

	wire_reader_init(&in, body, len);
	job->checkout = wire_get_str(&in, arena);
	job->crashed_head = wire_get_str(&in, arena);
	job->commit = wire_get_str(&in, arena);
	job->path = wire_get_str(&in, arena);
	job->most = wire_get_uint(&in);
	job->since = wire_get_int(&in);
	job->every = wire_get_int(&in);
	job->now = wire_get_int(&in);
	return !in.failed && job->checkout;
}

void look_encode(const struct scanner_looking *list, size_t count, int64_t now, struct buf *out)
{
	wire_put_int(out, now);
	wire_put_uint(out, count);
	for (size_t i = 0; i < count; i++) {
		wire_put_str(out, list[i].path);
		wire_put_str(out, list[i].resolved);
	}
}

bool look_decode(struct scanner_looking **list, size_t *count, int64_t *now, const char *body,
		 size_t len, struct arena *arena)
{
	struct wire_reader in;

	wire_reader_init(&in, body, len);
	*now = wire_get_int(&in);
	*count = wire_get_count(&in);
	*list = arena_alloc(arena, (*count + 1) * sizeof(**list));
	for (size_t i = 0; i < *count && !in.failed; i++) {
		(*list)[i].path = wire_get_str(&in, arena);
		(*list)[i].resolved = wire_get_str(&in, arena);
		if (!(*list)[i].path || !(*list)[i].resolved)
			in.failed = true;
	}
	return !in.failed;
}

void looked_encode(const uint8_t *verdicts, size_t count, struct buf *out)
{
	wire_put_uint(out, count);
	for (size_t i = 0; i < count; i++) {
		if (verdicts[i] == LOOK_SAME)
			continue;
		wire_put_uint(out, i);
		wire_put_uint(out, verdicts[i]);
	}
}

bool looked_decode(uint8_t *verdicts, size_t count, const char *body, size_t len)
{
	struct wire_reader in;

	wire_reader_init(&in, body, len);
	memset(verdicts, LOOK_SAME, count);
	if (wire_get_uint(&in) != count)
		return false;
	while (!in.failed && in.next < in.end) {
		uint64_t index = wire_get_uint(&in);
		uint64_t verdict = wire_get_capped(&in, LOOK_GONE);

		if (in.failed || index >= count)
			return false;
		verdicts[index] = (uint8_t)verdict;
	}
	return !in.failed;
}

void texts_encode(const char *first, const char *second, struct buf *out)
{
	wire_put_str(out, first);
	wire_put_str(out, second);
}

bool texts_decode(const char **first, const char **second, const char *body, size_t len,
		  struct arena *arena)
{
	struct wire_reader in;
	const char *other;

	wire_reader_init(&in, body, len);
	*first = wire_get_str(&in, arena);
	other = wire_get_str(&in, arena);
	if (second)
		*second = other;
	return !in.failed && *first;
}

void content_encode(const char *bytes, size_t size, const char *problem, struct buf *out)
{
	wire_put_str(out, bytes ? NULL : problem);
	wire_put_uint(out, bytes != NULL);
	wire_put_bytes(out, bytes, bytes ? size : 0);
}

bool content_decode(const char **bytes, size_t *size, const char **problem, const char *body,
		    size_t len, struct arena *arena)
{
	struct wire_reader in;
	bool there;

	wire_reader_init(&in, body, len);
	*problem = wire_get_str(&in, arena);
	there = wire_get_uint(&in);
	*bytes = wire_get_bytes(&in, size);
	if (!there)
		*bytes = NULL;
	return !in.failed && (there || *problem);
}

void commits_encode(const struct scanner_commit *commits, size_t count, struct buf *out)
{
	wire_put_uint(out, count);
	for (size_t i = 0; i < count; i++) {
		wire_put_str(out, commits[i].hash);
		wire_put_int(out, commits[i].time);
		wire_put_str(out, commits[i].author);
		wire_put_str(out, commits[i].subject);
	}
}

bool commits_decode(const struct scanner_commit **commits, size_t *count, const char *body,
		    size_t len, struct arena *arena)
{
	struct wire_reader in;
	struct scanner_commit *list;

	wire_reader_init(&in, body, len);
	*count = wire_get_count(&in);
	list = arena_alloc(arena, (*count + 1) * sizeof(*list));
	for (size_t i = 0; i < *count && !in.failed; i++) {
		list[i].hash = wire_get_str(&in, arena);
		list[i].time = wire_get_int(&in);
		list[i].author = wire_get_str(&in, arena);
		list[i].subject = wire_get_str(&in, arena);
		if (!list[i].hash || !list[i].author || !list[i].subject)
			in.failed = true;
	}
	*commits = list;
	return !in.failed;
}
