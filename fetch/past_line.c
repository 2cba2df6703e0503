#include "fetch/past_line.h"

#include <stdlib.h>

#include "core/mem.h"

#define SLOP 5 /* neighbours that are asked whether a clock was wrong */

/* Whether the last commits read are all from before since: one alone may have a wrong clock. */
static bool is_before(const struct past_line *line, int64_t since)
{
	if (line->count <= SLOP)
		return false;
	for (size_t i = line->count - 1 - SLOP; i < line->count; i++)
		if (line->commits[i].time > since)
			return false;
	return true;
}

static enum repo_code read_back(struct repo *repo, struct repo_id id, int64_t since, size_t max,
				struct past_line *line, struct err *err)
{
	bool more = true;

	while (more) {
		struct repo_commit commit;
		enum repo_code code;

		if (line->count >= max) {
			line->cut = "too many commits: older ones were not looked at";
			return REPO_OK;
		}
		code = repo_commit(repo, &id, &commit, line->count ? NULL : err);
		if (code && !line->count)
			return code;
		if (code) {
			line->cut = "commits are missing: older ones cannot be looked at";
			return REPO_OK;
		}
		GROW(line->commits, line->count, line->cap);
		line->commits[line->count++] =
		    (struct line_commit){.id = id,
					 .tree = commit.tree,
					 .time = commit.committer.time,
					 .committed = commit.committer.time,
					 .parent_count = commit.parent_count};
		more = commit.parent_count > 0;
		if (more && repo_is_boundary(repo, &id)) {
			line->cut = "a shallow clone: older commits are not here";
			more = false;
		}
		if (more)
			id = repo_commit_parent(&commit, 0);
		repo_commit_free(&commit);
		if (is_before(line, since))
			more = false;
	}
	return REPO_OK;
}

/* The newest commit from before since begins the line, when only such ones lie behind it. */
static void begin_at(struct past_line *line, int64_t since)
{
	size_t first = line->count;

	while (first && line->commits[first - 1].time <= since)
		first--;
	/* commits are still newest first */
	if (first < line->count) {
		line->count = first + 1;
		line->cut = NULL;
	}
}

static void turn(struct past_line *line)
{
	for (size_t i = 0, k = line->count; i + 1 < k; i++) {
		struct line_commit swap = line->commits[i];

		line->commits[i] = line->commits[--k];
		line->commits[k] = swap;
	}
}

/*
 * The time of a commit that claims to be from after all of the next few: that of the first of them
 * by time, but for those that claim to be from before last, the one that it follows.
 */
static int64_t time_among_next(const struct past_line *line, size_t i, int64_t last)
{
	int64_t time = line->commits[i].time, newest = INT64_MIN, first = INT64_MAX;
	size_t k;

	for (k = i + 1; k < line->count && k <= i + SLOP; k++) {
		int64_t next = line->commits[k].time;

		newest = next > newest ? next : newest;
		if (next >= last && next < first)
			first = next;
	}
	if (k == i + 1 || time <= newest)
		return time;
	return first < INT64_MAX ? first : last;
}

/*
 * Clocks are wrong here and there: a commit is not from after all of the next few, nor from
 * before the one that it follows.
 */
static void straighten(struct past_line *line, int64_t until)
{
	int64_t last = INT64_MIN;

	for (size_t i = 0; i < line->count; i++) {
		struct line_commit *commit = &line->commits[i];

		commit->time = time_among_next(line, i, last);
		if (commit->time > until)
			commit->time = until;
		if (commit->time < last)
			commit->time = last;
		last = commit->time;
	}
}

enum repo_code past_line_read(struct repo *repo, const struct repo_id *head, int64_t since,
			      int64_t until, size_t max, struct past_line *line, struct err *err)
{
	enum repo_code code;

	*line = (struct past_line){0};
	code = read_back(repo, *head, since, max, line, err);
	begin_at(line, since);
	turn(line);
	straighten(line, until);
	return code;
}

void past_line_free(struct past_line *line)
{
	free(line->commits);
}
