#include "fetch/history.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "fetch/history_count.h"
#include "fetch/history_private.h"
#include "fetch/people.h"
#include "fetch/treediff.h"
#include "fetch/walk.h"

/* Whether a robot that updates dependencies made the commit, or a merge of its branch. */
static bool is_update(struct history_count *c, const struct repo_commit *commit, size_t author)
{
	bool merge = commit->parent_count > 1;
	size_t committer;

	if (commit->committer.time < c->now - HISTORY_BOT_WINDOW)
		return false;
	if (people_is_dependency_update(commit->message, commit->message_len, merge))
		return true;
	committer = history_identify(c, &commit->committer);
	return !merge &&
	       (c->identities[author].dependency_bot || c->identities[committer].dependency_bot);
}

static void count_commit(struct history_count *c, const struct walk_step *step,
			 struct treediff *diff, bool *changed)
{
	struct counted one = {.id = step->id,
			      .commit = &step->commit,
			      .time = step->commit.committer.time,
			      .merge = step->commit.parent_count > 1};

	one.author = history_identify(c, &step->commit.author);
	one.update = is_update(c, &step->commit, one.author);
	memset(changed, 0, c->count * sizeof(*changed));
	if (diff && (step->has_parent || !step->cut) &&
	    treediff_run(diff, step->has_parent ? &step->parent_tree : NULL, &step->commit.tree,
			 changed, NULL))
		for (size_t i = 0; i < c->count; i++)
			c->out[i].complete = false;
	history_count_one(c, &one, changed);
}

/* Folders where nothing happened in the window: their last commit is further back. */
static void find_quiet(struct history_count *c, const struct repo_id *head)
{
	const char **paths = xcalloc(c->count, sizeof(*paths));
	size_t *folder = xcalloc(c->count, sizeof(*folder));
	struct repo_id *ids = xcalloc(c->count, sizeof(*ids));
	int64_t *times = xcalloc(c->count, sizeof(*times));
	size_t count = 0;

	for (size_t i = 0; i < c->count; i++) {
		if (history_has_last(c, i))
			continue;
		folder[count] = i;
		paths[count++] = c->out[i].subdir;
	}
	if (count && !history_last_change(c->repo, head, paths, count, INT64_MIN, HISTORY_QUIET,
					  times, ids, NULL))
		for (size_t k = 0; k < count; k++)
			if (times[k] > HISTORY_OLDER)
				history_set_last(c, folder[k], &ids[k]);
	free(times);
	free(ids);
	free(folder);
	free(paths);
}

enum repo_code history_collect(struct repo *repo, const struct repo_id *head, int64_t now,
			       const char *const *subdirs, size_t count, struct arena *arena,
			       struct history *out, struct err *err)
{
	struct history_count c = {
	    .repo = repo, .arena = arena, .out = out, .count = count, .now = now};
	struct treediff *diff = NULL;
	struct walk *walk;
	struct walk_step step;
	bool *changed;
	bool cut = false;
	enum repo_code code;

	code = walk_new(repo, head, now - HISTORY_WINDOW, HISTORY_MAX_COMMITS, &walk, err);
	if (code || !count) {
		walk_free(walk);
		return code;
	}
	for (size_t i = 0; i < count; i++)
		out[i] =
		    (struct history){.subdir = arena_strdup(arena, subdirs[i]), .complete = true};
	c.mailmap = history_mailmap(repo, head);
	history_count_begin(&c, head);
	if (count > 1 || subdirs[0][0])
		diff = treediff_new(repo, subdirs, count);
	changed = xcalloc(count, sizeof(*changed));
	while (walk_next(walk, &step)) {
		cut |= step.cut;
		if (step.commit.committer.time <= now + HISTORY_FUTURE)
			count_commit(&c, &step, diff, changed);
	}
	for (size_t i = 0; i < count && (cut || walk_was_capped(walk)); i++)
		out[i].complete = false;
	walk_free(walk);
	free(changed);
	treediff_free(diff);
	find_quiet(&c, head);
	history_count_end(&c);
	mailmap_free(c.mailmap);
	return REPO_OK;
}
