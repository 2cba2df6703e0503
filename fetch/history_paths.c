/* History of single paths: who changed a file last, and the log of a folder. */

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "fetch/history.h"
#include "fetch/history_private.h"
#include "fetch/treediff.h"
#include "fetch/walk.h"

#define TOUCHED_COMMITS 20000 /* looked at for history_touched() */
#define LOG_COMMITS	20000 /* looked at for history_log() */
#define MAX_PARENTS	32    /* of a merge that are compared */

/*
 * A commit from which some paths are still to be followed. As in git log, a path goes on
 * to the first parent that has it unchanged, so each is followed along one line.
 */
struct front {
	struct repo_commit commit;
	struct repo_id id;
	uint32_t *paths;
	size_t count;
};

struct chase {
	struct repo *repo;
	struct treediff *diff;
	struct front *fronts; /* few: one a line of history on which some path is */
	size_t front_count, front_cap;
	bool *changed; /* of one parent */
	uint32_t *left;
	int64_t *times;
	struct repo_id *ids;
	size_t path_count;
	int64_t since;
	size_t budget;
};

/* Lets paths go on at a commit, joining those that are there already. */
static enum repo_code advance(struct chase *chase, const struct repo_id *id, const uint32_t *paths,
			      size_t count, struct err *err)
{
	struct front new = {.id = *id};
	struct front *front = NULL;
	enum repo_code code;

	for (size_t i = 0; i < chase->front_count && !front; i++)
		if (repo_id_equal(&chase->fronts[i].id, id))
			front = &chase->fronts[i];
	if (!front) {
		code = repo_commit(chase->repo, id, &new.commit, err);
		if (code)
			return code;
		GROW(chase->fronts, chase->front_count, chase->front_cap);
		front = &chase->fronts[chase->front_count++];
		*front = new;
	}
	front->paths = xreallocarray(front->paths, front->count + count, sizeof(*paths));
	memcpy(front->paths + front->count, paths, count * sizeof(*paths));
	front->count += count;
	return REPO_OK;
}

static void settle(struct chase *chase, const uint32_t *paths, size_t count, int64_t time,
		   const struct repo_id *id)
{
	for (size_t i = 0; i < count; i++) {
		chase->times[paths[i]] = time;
		if (chase->ids && id)
			chase->ids[paths[i]] = *id;
	}
}

/* Compares with one parent: paths that are the same there go on, *count others stay in left. */
static enum repo_code follow_parent(struct chase *chase, const struct front *front, size_t parent,
				    size_t *count)
{
	struct repo_id id = repo_commit_parent(&front->commit, parent);
	struct repo_commit commit;
	uint32_t *same;
	size_t same_count = 0, kept = 0;
	enum repo_code code = repo_commit(chase->repo, &id, &commit, NULL);

	if (code)
		return code;
	memset(chase->changed, 0, chase->path_count * sizeof(*chase->changed));
	code = treediff_run(chase->diff, &commit.tree, &front->commit.tree, chase->changed, NULL);
	repo_commit_free(&commit);
	if (code)
		return code;
	same = xreallocarray(NULL, *count, sizeof(*same));
	for (size_t i = 0; i < *count; i++) {
		uint32_t path = chase->left[i];

		if (chase->changed[path])
			chase->left[kept++] = path;
		else
			same[same_count++] = path;
	}
	*count = kept;
	if (same_count)
		code = advance(chase, &id, same, same_count, NULL);
	free(same);
	return code;
}

/* Where there is no parent, the commit made what it has. */
static void settle_root(struct chase *chase, const struct front *front)
{
	size_t made = 0;

	memset(chase->changed, 0, chase->path_count * sizeof(*chase->changed));
	treediff_run(chase->diff, NULL, &front->commit.tree, chase->changed, NULL);
	for (size_t i = 0; i < front->count; i++)
		if (chase->changed[front->paths[i]])
			chase->left[made++] = front->paths[i];
	settle(chase, chase->left, made, front->commit.committer.time, &front->id);
}

static void step(struct chase *chase, const struct front *front)
{
	size_t parents = front->commit.parent_count, count = front->count;

	if (front->commit.committer.time < chase->since || !chase->budget) {
		settle(chase, front->paths, count, HISTORY_OLDER, NULL);
		return;
	}
	chase->budget--;
	if (!parents) {
		settle_root(chase, front);
		return;
	}
	if (repo_is_boundary(chase->repo, &front->id))
		return; /* times are HISTORY_UNKNOWN from the start */
	memcpy(chase->left, front->paths, count * sizeof(*chase->left));
	for (size_t i = 0; i < parents && i < MAX_PARENTS && count; i++)
		if (follow_parent(chase, front, i, &count))
			return;
	settle(chase, chase->left, count, front->commit.committer.time, &front->id);
}

/* The newest goes first, so that lines that meet again are joined. */
static struct front take_newest(struct chase *chase)
{
	size_t best = 0;
	struct front front;

	for (size_t i = 1; i < chase->front_count; i++)
		if (chase->fronts[i].commit.committer.time >
		    chase->fronts[best].commit.committer.time)
			best = i;
	front = chase->fronts[best];
	chase->fronts[best] = chase->fronts[--chase->front_count];
	return front;
}

enum repo_code history_last_change(struct repo *repo, const struct repo_id *head,
				   const char *const *paths, size_t count, int64_t since,
				   size_t max, int64_t *times, struct repo_id *ids, struct err *err)
{
	struct chase chase = {.repo = repo,
			      .times = times,
			      .ids = ids,
			      .path_count = count,
			      .since = since,
			      .budget = max};
	uint32_t *all = xreallocarray(NULL, count + 1, sizeof(*all));
	enum repo_code code;

	chase.diff = treediff_new(repo, paths, count);
	chase.changed = xcalloc(count + 1, sizeof(*chase.changed));
	chase.left = xreallocarray(NULL, count + 1, sizeof(*chase.left));
	for (size_t i = 0; i < count; i++) {
		all[i] = (uint32_t)i;
		times[i] = HISTORY_UNKNOWN;
	}
	code = advance(&chase, head, all, count, err);
	while (chase.front_count) {
		struct front front = take_newest(&chase);

		step(&chase, &front);
		repo_commit_free(&front.commit);
		free(front.paths);
	}
	treediff_free(chase.diff);
	free(chase.changed);
	free(chase.left);
	free(chase.fronts);
	free(all);
	return code;
}

enum repo_code history_touched(struct repo *repo, const struct repo_id *head,
			       const char *const *paths, size_t count, int64_t now, int64_t max_age,
			       int64_t *times, struct err *err)
{
	return history_last_change(repo, head, paths, count, now - max_age, TOUCHED_COMMITS, times,
				   NULL, err);
}

static void add_log(struct arena *arena, const struct walk_step *at, const struct mailmap *map,
		    struct history_commit *out)
{
	struct repo_person who = at->commit.author;

	mailmap_apply(map, &who.name, &who.name_len, &who.email, &who.email_len);
	repo_id_hex(&at->id, out->hash);
	out->time = at->commit.committer.time;
	out->author = history_utf8(arena, who.name, who.name_len);
	out->subject = history_subject(arena, &at->commit);
}

enum repo_code history_log(struct repo *repo, const struct repo_id *head, const char *subdir,
			   size_t max, struct arena *arena, struct history_commit **commits,
			   size_t *count, struct err *err)
{
	struct treediff *diff = subdir[0] ? treediff_new(repo, &subdir, 1) : NULL;
	struct mailmap *map = history_mailmap(repo, head);
	struct walk_step at;
	struct walk *walk;
	enum repo_code code = walk_new(repo, head, INT64_MIN, LOG_COMMITS, &walk, err);

	*count = 0;
	max = max < LOG_COMMITS ? max : LOG_COMMITS;
	*commits = arena_alloc(arena, (max + 1) * sizeof(**commits));
	while (code == REPO_OK && *count < max && walk_next(walk, &at)) {
		bool changed = !diff;

		if (at.commit.parent_count > 1)
			continue;
		/* where history is cut, nobody knows what the commit changed */
		if (diff && (at.has_parent || !at.cut))
			treediff_run(diff, at.has_parent ? &at.parent_tree : NULL, &at.commit.tree,
				     &changed, NULL);
		if (changed)
			add_log(arena, &at, map, &(*commits)[(*count)++]);
	}
	walk_free(walk);
	treediff_free(diff);
	mailmap_free(map);
	return code;
}
