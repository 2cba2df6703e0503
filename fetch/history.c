#include "fetch/history.h"

#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/mem.h"
#include "fetch/history_private.h"
#include "fetch/people.h"
#include "fetch/treediff.h"
#include "fetch/walk.h"

#define QUIET_COMMITS	 5000 /* looked through for the last commit of a folder before the window */
#define FUTURE		 86400 /* seconds that a commit may be ahead: clocks differ */
#define HISTORY_TEXT_MAX 200   /* bytes kept of a name, an address, a subject */

/* A name and an address as commits have them, after .mailmap. */
struct identity {
	const char *name;
	const char *email;
	uint64_t hash;
	bool bot, dependency_bot;
};

/* What one identity did in one folder. */
struct tally {
	uint32_t commits;
	int64_t last;
};

struct folder {
	struct tally *tallies; /* by identity; shorter than the list of them at times */
	size_t tally_cap;
	uint32_t updates, update_merges;
	bool has_last;
};

struct collect {
	struct repo *repo;
	struct arena *arena;
	struct mailmap *mailmap;
	struct identity *identities;
	size_t identity_count, identity_cap;
	uint32_t *table; /* of identities, open addressing: index + 1 */
	size_t table_size;
	struct folder *folders;
	struct history *out;
	size_t count;
	int64_t now;
	int64_t stays_until; /* when the first of the counted commits leaves a window; 0: none */
};

static uint64_t hash_name(uint64_t hash, const char *s, size_t len)
{
	hash = hash_bytes(hash, s, len);
	return hash ^ hash >> 29;
}

static void grow_identities(struct collect *c)
{
	c->table_size = c->table_size ? c->table_size * 2 : 128;
	free(c->table);
	c->table = xcalloc(c->table_size, sizeof(*c->table));
	for (size_t i = 0; i < c->identity_count; i++) {
		size_t at = c->identities[i].hash & (c->table_size - 1);

		while (c->table[at])
			at = (at + 1) & (c->table_size - 1);
		c->table[at] = (uint32_t)i + 1;
	}
}

#define MAX_PROBES 64

/*
 * The index of a commit's author. Behind many collisions (made on purpose) an identity is
 * entered again rather than searched for; grouping makes one of them.
 */
static size_t identify(struct collect *c, const struct repo_person *person)
{
	const char *name = person->name, *email = person->email;
	size_t name_len = person->name_len, email_len = person->email_len, at, probes = 0;
	struct identity new = {0};

	mailmap_apply(c->mailmap, &name, &name_len, &email, &email_len);
	if (name_len > HISTORY_TEXT_MAX)
		name_len = HISTORY_TEXT_MAX;
	if (email_len > HISTORY_TEXT_MAX)
		email_len = HISTORY_TEXT_MAX;
	new.hash = hash_name(HASH_START, email, email_len);
	new.hash = hash_name(new.hash, name, name_len);
	if (c->identity_count * 2 >= c->table_size)
		grow_identities(c);
	for (at = new.hash &(c->table_size - 1); c->table[at] && probes < MAX_PROBES;
	     at = (at + 1) & (c->table_size - 1), probes++)
		if (c->identities[c->table[at] - 1].hash == new.hash)
			return c->table[at] - 1;
	while (c->table[at])
		at = (at + 1) & (c->table_size - 1);
	new.name = history_utf8(c->arena, name, name_len);
	new.email = history_utf8(c->arena, email, email_len);
	new.bot = people_is_bot(new.name, new.email);
	new.dependency_bot = new.bot &&people_is_dependency_bot(new.name, new.email);
	GROW(c->identities, c->identity_count, c->identity_cap);
	c->identities[c->identity_count] = new;
	c->table[at] = (uint32_t)++c->identity_count;
	return c->identity_count - 1;
}

static void note_last(struct history *out, struct arena *arena, const struct repo_id *id,
		      const struct repo_commit *commit, const char *author)
{
	char hex[REPO_HEX + 1];

	repo_id_hex(id, hex);
	out->last_commit = commit->committer.time;
	out->last_hash = arena_strdup(arena, hex);
	out->last_author = author;
	out->last_subject = history_subject(arena, commit);
}

static void count_for(struct collect *c, size_t i, const struct walk_step *step, size_t author,
		      bool update)
{
	struct folder *folder = &c->folders[i];
	const struct repo_commit *commit = &step->commit;
	bool merge = commit->parent_count > 1;
	struct tally *tally;

	if (!folder->has_last) {
		note_last(&c->out[i], c->arena, &step->id, commit, c->identities[author].name);
		folder->has_last = true;
	}
	if (update && merge)
		folder->update_merges++;
	else if (update)
		folder->updates++;
	if (merge)
		return;
	if (author >= folder->tally_cap) {
		size_t cap = mem_grown(folder->tally_cap, author + 1);

		folder->tallies = xreallocarray(folder->tallies, cap, sizeof(*folder->tallies));
		memset(folder->tallies + folder->tally_cap, 0,
		       (cap - folder->tally_cap) * sizeof(*folder->tallies));
		folder->tally_cap = cap;
	}
	tally = &folder->tallies[author];
	tally->commits++;
	if (commit->committer.time > tally->last)
		tally->last = commit->committer.time;
}

/* Whether a robot that updates dependencies made the commit, or a merge of its branch. */
static bool is_update(struct collect *c, const struct repo_commit *commit, size_t author)
{
	bool merge = commit->parent_count > 1;
	size_t committer;

	if (commit->committer.time < c->now - HISTORY_BOT_WINDOW)
		return false;
	if (people_is_dependency_update(commit->message, commit->message_len, merge))
		return true;
	committer = identify(c, &commit->committer);
	return !merge &&
	       (c->identities[author].dependency_bot || c->identities[committer].dependency_bot);
}

/* When a commit of this time is no longer counted. */
static void note_window(struct collect *c, int64_t time, int64_t window)
{
	if (time > INT64_MAX - window - 1)
		return;
	if (!c->stays_until || time + window + 1 < c->stays_until)
		c->stays_until = time + window + 1;
}

static void count_commit(struct collect *c, const struct walk_step *step, struct treediff *diff,
			 bool *changed)
{
	size_t author = identify(c, &step->commit.author);
	bool update = is_update(c, &step->commit, author);

	note_window(c, step->commit.committer.time, update ? HISTORY_BOT_WINDOW : HISTORY_WINDOW);
	memset(changed, 0, c->count * sizeof(*changed));
	if (!diff) {
		changed[0] = true;
	} else if (step->has_parent || !step->cut) {
		if (treediff_run(diff, step->has_parent ? &step->parent_tree : NULL,
				 &step->commit.tree, changed, NULL))
			for (size_t i = 0; i < c->count; i++)
				c->out[i].complete = false;
	}
	for (size_t i = 0; i < c->count; i++)
		if (changed[i] || !c->out[i].subdir[0])
			count_for(c, i, step, author, update);
}

static int compare_authors(const void *a, const void *b)
{
	const struct author *x = a, *y = b;
	int order;

	if (x->commits != y->commits)
		return x->commits > y->commits ? -1 : 1;
	order = strcmp(x->name, y->name);
	return order ? order : strcmp(x->email, y->email);
}

/* Which of two addresses of one person is shown: not the hidden one, then the busier. */
static bool is_better(const struct collect *c, const struct folder *folder, size_t a, size_t b)
{
	bool hidden_a = people_is_noreply(c->identities[a].email);
	bool hidden_b = people_is_noreply(c->identities[b].email);

	if (hidden_a != hidden_b)
		return hidden_b;
	if (folder->tallies[a].commits != folder->tallies[b].commits)
		return folder->tallies[a].commits > folder->tallies[b].commits;
	return a < b;
}

static void finish_folder(struct collect *c, size_t i, const size_t *group)
{
	struct folder *folder = &c->folders[i];
	struct history *out = &c->out[i];
	size_t n = folder->tally_cap < c->identity_count ? folder->tally_cap : c->identity_count;
	struct author *people = xcalloc(c->identity_count + 1, sizeof(*people));
	size_t *shown = xcalloc(c->identity_count + 1, sizeof(*shown));
	size_t count = 0;

	for (size_t k = 0; k < n; k++) {
		struct author *author = &people[group[k]];
		const struct tally *tally = &folder->tallies[k];

		if (!tally->commits)
			continue;
		if (!author->commits || is_better(c, folder, k, shown[group[k]]))
			shown[group[k]] = k;
		author->commits += tally->commits;
		author->last = tally->last > author->last ? tally->last : author->last;
		author->bot = c->identities[k].bot;
		*(author->bot ? &out->bot_commits : &out->commits) += tally->commits;
	}
	for (size_t k = 0; k < n; k++) {
		if (!people[k].commits)
			continue;
		people[k].name = c->identities[shown[k]].name;
		people[k].email = c->identities[shown[k]].email;
		people[count++] = people[k];
	}
	if (count)
		qsort(people, count, sizeof(*people), compare_authors);
	out->author_count = count < HISTORY_MAX_AUTHORS ? count : HISTORY_MAX_AUTHORS;
	out->authors = arena_alloc(c->arena, (out->author_count + 1) * sizeof(*out->authors));
	memcpy(out->authors, people, out->author_count * sizeof(*people));
	/* a merged branch shows twice, as its commits and as the merge */
	out->dependency_bot_commits =
	    folder->updates > folder->update_merges ? folder->updates : folder->update_merges;
	free(shown);
	free(people);
}

static void finish(struct collect *c)
{
	struct person_key *keys = xcalloc(c->identity_count + 1, sizeof(*keys));
	size_t *group = xcalloc(c->identity_count + 1, sizeof(*group));

	for (size_t i = 0; i < c->identity_count; i++)
		keys[i] = (struct person_key){c->identities[i].name, c->identities[i].email,
					      c->identities[i].bot};
	people_group(keys, c->identity_count, group);
	for (size_t i = 0; i < c->count; i++)
		finish_folder(c, i, group);
	free(group);
	free(keys);
}

/* The whole checkout's last commit is its head, however old that is. */
static void head_is_last(struct collect *c, size_t i, const struct repo_id *head)
{
	struct repo_commit commit;
	size_t author;

	if (repo_commit(c->repo, head, &commit, NULL))
		return;
	author = identify(c, &commit.author);
	note_last(&c->out[i], c->arena, head, &commit, c->identities[author].name);
	c->folders[i].has_last = true;
	repo_commit_free(&commit);
}

/* Folders where nothing happened in the window: their last commit is further back. */
static void find_quiet(struct collect *c, const struct repo_id *head)
{
	const char **paths = xcalloc(c->count, sizeof(*paths));
	size_t *folder = xcalloc(c->count, sizeof(*folder));
	struct repo_id *ids = xcalloc(c->count, sizeof(*ids));
	int64_t *times = xcalloc(c->count, sizeof(*times));
	size_t count = 0;

	for (size_t i = 0; i < c->count; i++) {
		if (c->folders[i].has_last)
			continue;
		folder[count] = i;
		paths[count++] = c->out[i].subdir;
	}
	if (count && !history_last_change(c->repo, head, paths, count, INT64_MIN, QUIET_COMMITS,
					  times, ids, NULL))
		for (size_t k = 0; k < count; k++)
			if (times[k] > HISTORY_OLDER)
				head_is_last(c, folder[k], &ids[k]);
	free(times);
	free(ids);
	free(folder);
	free(paths);
}

static void prepare(struct collect *c, const char *const *subdirs, const struct repo_id *head)
{
	c->mailmap = history_mailmap(c->repo, head);
	c->folders = xcalloc(c->count, sizeof(*c->folders));
	for (size_t i = 0; i < c->count; i++) {
		c->out[i] = (struct history){.subdir = arena_strdup(c->arena, subdirs[i]),
					     .complete = true};
		if (!subdirs[i][0])
			head_is_last(c, i, head);
	}
}

static void release(struct collect *c)
{
	for (size_t i = 0; i < c->count; i++)
		free(c->folders[i].tallies);
	free(c->folders);
	free(c->identities);
	free(c->table);
	mailmap_free(c->mailmap);
}

enum repo_code history_collect(struct repo *repo, const struct repo_id *head, int64_t now,
			       const char *const *subdirs, size_t count, struct arena *arena,
			       struct history *out, struct err *err)
{
	struct collect c = {.repo = repo, .arena = arena, .out = out, .count = count, .now = now};
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
	prepare(&c, subdirs, head);
	if (count > 1 || subdirs[0][0])
		diff = treediff_new(repo, subdirs, count);
	changed = xcalloc(count, sizeof(*changed));
	while (walk_next(walk, &step)) {
		cut |= step.cut;
		if (step.commit.committer.time <= now + FUTURE)
			count_commit(&c, &step, diff, changed);
	}
	for (size_t i = 0; i < count && (cut || walk_was_capped(walk)); i++)
		out[i].complete = false;
	for (size_t i = 0; i < count; i++)
		out[i].stays_until = c.stays_until;
	walk_free(walk);
	free(changed);
	treediff_free(diff);
	find_quiet(&c, head);
	finish(&c);
	release(&c);
	return REPO_OK;
}
