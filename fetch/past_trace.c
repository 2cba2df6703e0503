#include "fetch/past_trace.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "fetch/history.h"
#include "fetch/treediff.h"

/* One path was changed by one commit of the line. */
struct change {
	uint32_t at;
	bool known; /* what follows */
	int64_t time;
	struct repo_id id;
};

struct traced {
	struct change *changes; /* by at; the first is how the line begins */
	size_t count, cap;
};

struct past_trace {
	struct repo *repo;
	const struct past_line *line;
	const char *const *paths;
	struct traced *traced;
	size_t count;
	uint32_t *unread; /* the last one up to here that could not be compared; 0: none */
	int64_t since;
	size_t max;
};

static void note(struct past_trace *trace, size_t path, size_t at)
{
	struct traced *traced = &trace->traced[path];

	GROW(traced->changes, traced->count, traced->cap);
	traced->changes[traced->count++] = (struct change){.at = (uint32_t)at};
}

struct past_trace *past_trace_new(struct repo *repo, const struct past_line *line,
				  const char *const *paths, size_t count, int64_t since, size_t max)
{
	struct past_trace *trace = xcalloc(1, sizeof(*trace));
	struct treediff *diff = treediff_new(repo, paths, count);
	bool *changed = xcalloc(count + 1, sizeof(*changed));

	*trace = (struct past_trace){
	    .repo = repo, .line = line, .paths = paths, .count = count, .since = since, .max = max};
	trace->traced = xcalloc(count + 1, sizeof(*trace->traced));
	trace->unread = xcalloc(line->count + 1, sizeof(*trace->unread));
	for (size_t i = 0; i < count; i++)
		note(trace, i, 0);
	for (size_t at = 1; at < line->count && count; at++) {
		trace->unread[at] = trace->unread[at - 1];
		memset(changed, 0, count * sizeof(*changed));
		if (treediff_run(diff, &line->commits[at - 1].tree, &line->commits[at].tree,
				 changed, NULL))
			trace->unread[at] = (uint32_t)at;
		for (size_t i = 0; i < count; i++)
			if (changed[i])
				note(trace, i, at);
	}
	treediff_free(diff);
	free(changed);
	return trace;
}

void past_trace_free(struct past_trace *trace)
{
	if (!trace)
		return;
	for (size_t i = 0; i < trace->count; i++)
		free(trace->traced[i].changes);
	free(trace->traced);
	free(trace->unread);
	free(trace);
}

/* The last change of a path that is not after the line's commit at. */
static struct change *change_at(const struct past_trace *trace, size_t path, size_t at)
{
	const struct traced *traced = &trace->traced[path];
	size_t low = 0, high = traced->count;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (traced->changes[mid].at <= at)
			low = mid;
		else
			high = mid;
	}
	return &traced->changes[low];
}

bool past_trace_changed(const struct past_trace *trace, size_t path, size_t at)
{
	return change_at(trace, path, at)->at == at;
}

/* All paths that the commit changed, at once: they lead into the same branch. */
static void follow(struct past_trace *trace, size_t at)
{
	const char **paths = xcalloc(trace->count, sizeof(*paths));
	struct change **changes = xcalloc(trace->count, sizeof(*changes));
	int64_t *times = xcalloc(trace->count, sizeof(*times));
	struct repo_id *ids = xcalloc(trace->count, sizeof(*ids));
	size_t count = 0;

	for (size_t i = 0; i < trace->count; i++) {
		struct change *change = change_at(trace, i, at);

		if (change->at != at)
			continue;
		paths[count] = trace->paths[i];
		changes[count++] = change;
	}
	if (history_last_change(trace->repo, &trace->line->commits[at].id, paths, count,
				trace->since, trace->max, times, ids, NULL))
		for (size_t i = 0; i < count; i++)
			times[i] = HISTORY_UNKNOWN;
	for (size_t i = 0; i < count; i++) {
		changes[i]->known = true;
		changes[i]->time = times[i];
		changes[i]->id = ids[i];
	}
	free(paths);
	free(changes);
	free(times);
	free(ids);
}

int64_t past_trace_last(struct past_trace *trace, size_t path, size_t at, int64_t since,
			struct repo_id *id)
{
	struct change *change = change_at(trace, path, at);
	const struct line_commit *commit = &trace->line->commits[change->at];
	uint32_t unread = trace->unread[at];

	if (unread > change->at || (unread && unread == change->at))
		return trace->line->commits[unread].committed < since ? HISTORY_OLDER
								      : HISTORY_UNKNOWN;
	if (commit->committed < since)
		return HISTORY_OLDER;
	if (change->at && commit->parent_count == 1) {
		if (id)
			*id = commit->id;
		return commit->committed;
	}
	if (!change->known)
		follow(trace, change->at);
	if (id)
		*id = change->id;
	return change->time > HISTORY_OLDER && change->time < since ? HISTORY_OLDER : change->time;
}
