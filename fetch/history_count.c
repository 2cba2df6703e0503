#include "fetch/history_count.h"

#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/mem.h"
#include "fetch/history.h"
#include "fetch/history_private.h"
#include "fetch/people.h"

/* What one identity did in one folder. */
struct tally {
	uint32_t commits;
	int64_t last;
};

struct folder_count {
	struct tally *tallies; /* by identity; shorter than the list of them at times */
	size_t tally_cap;
	uint32_t updates, update_merges;
	bool has_last;
};

static uint64_t hash_name(uint64_t hash, const char *s, size_t len)
{
	hash = hash_bytes(hash, s, len);
	return hash ^ hash >> 29;
}

static void grow_identities(struct history_count *c)
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

/* Name and address after .mailmap, cut, with their hash; not terminated. */
static uint64_t resolve(const struct mailmap *map, struct repo_person *person)
{
	mailmap_apply(map, &person->name, &person->name_len, &person->email, &person->email_len);
	if (person->name_len > HISTORY_TEXT_MAX)
		person->name_len = HISTORY_TEXT_MAX;
	if (person->email_len > HISTORY_TEXT_MAX)
		person->email_len = HISTORY_TEXT_MAX;
	return hash_name(hash_name(HASH_START, person->email, person->email_len), person->name,
			 person->name_len);
}

static void fill(struct arena *arena, const struct repo_person *person, uint64_t hash,
		 struct identity *out)
{
	out->hash = hash;
	out->name = history_utf8(arena, person->name, person->name_len);
	out->email = history_utf8(arena, person->email, person->email_len);
	out->bot = people_is_bot(out->name, out->email);
	out->dependency_bot = out->bot && people_is_dependency_bot(out->name, out->email);
}

void history_identity(struct arena *arena, const struct mailmap *map,
		      const struct repo_person *person, struct identity *out)
{
	struct repo_person mapped = *person;
	uint64_t hash = resolve(map, &mapped);

	fill(arena, &mapped, hash, out);
}

size_t history_add_identity(struct history_count *c, const struct identity *identity)
{
	GROW(c->identities, c->identity_count, c->identity_cap);
	c->identities[c->identity_count] = *identity;
	return c->identity_count++;
}

/*
 * Behind many collisions (made on purpose) an identity is entered again rather than searched
 * for; grouping makes one of them.
 */
size_t history_identify(struct history_count *c, const struct repo_person *person)
{
	struct repo_person mapped = *person;
	uint64_t hash = resolve(c->mailmap, &mapped);
	struct identity new;
	size_t at, probes = 0;

	if (c->identity_count * 2 >= c->table_size)
		grow_identities(c);
	for (at = hash & (c->table_size - 1); c->table[at] && probes < MAX_PROBES;
	     at = (at + 1) & (c->table_size - 1), probes++)
		if (c->identities[c->table[at] - 1].hash == hash)
			return c->table[at] - 1;
	while (c->table[at])
		at = (at + 1) & (c->table_size - 1);
	fill(c->arena, &mapped, hash, &new);
	c->table[at] = (uint32_t)history_add_identity(c, &new) + 1;
	return c->identity_count - 1;
}

void history_note_last(struct history *out, struct arena *arena, const struct repo_id *id,
		       const struct repo_commit *commit, const char *author)
{
	char hex[REPO_HEX + 1];

	repo_id_hex(id, hex);
	out->last_commit = commit->committer.time;
	out->last_hash = arena_strdup(arena, hex);
	out->last_author = author;
	out->last_subject = history_subject(arena, commit);
}

void history_set_last(struct history_count *c, size_t i, const struct repo_id *id)
{
	struct repo_commit commit;
	size_t author;

	if (repo_commit(c->repo, id, &commit, NULL))
		return;
	author = history_identify(c, &commit.author);
	history_note_last(&c->out[i], c->arena, id, &commit, c->identities[author].name);
	c->folders[i].has_last = true;
	repo_commit_free(&commit);
}

bool history_has_last(const struct history_count *c, size_t i)
{
	return c->folders[i].has_last;
}

static void set_last(struct history_count *c, size_t i, const struct counted *one)
{
	const char *author = c->identities[one->author].name;
	struct repo_commit commit;

	c->folders[i].has_last = true;
	if (one->commit) {
		history_note_last(&c->out[i], c->arena, &one->id, one->commit, author);
	} else if (repo_commit(c->repo, &one->id, &commit, NULL) == REPO_OK) {
		history_note_last(&c->out[i], c->arena, &one->id, &commit, author);
		repo_commit_free(&commit);
	}
}

static void count_for(struct history_count *c, size_t i, const struct counted *one)
{
	struct folder_count *folder = &c->folders[i];
	struct tally *tally;

	if (!folder->has_last)
		set_last(c, i, one);
	if (one->update && one->merge)
		folder->update_merges++;
	else if (one->update)
		folder->updates++;
	if (one->merge)
		return;
	if (one->author >= folder->tally_cap) {
		size_t cap = mem_grown(folder->tally_cap, one->author + 1);

		folder->tallies = xreallocarray(folder->tallies, cap, sizeof(*folder->tallies));
		memset(folder->tallies + folder->tally_cap, 0,
		       (cap - folder->tally_cap) * sizeof(*folder->tallies));
		folder->tally_cap = cap;
	}
	tally = &folder->tallies[one->author];
	tally->commits++;
	if (one->time > tally->last)
		tally->last = one->time;
}

/* When a commit of this time is no longer counted. */
static void note_window(struct history_count *c, int64_t time, int64_t window)
{
	if (time > INT64_MAX - window - 1)
		return;
	if (!c->stays_until || time + window + 1 < c->stays_until)
		c->stays_until = time + window + 1;
}

void history_count_one(struct history_count *c, const struct counted *one, const bool *changed)
{
	note_window(c, one->time, one->update ? HISTORY_BOT_WINDOW : HISTORY_WINDOW);
	for (size_t i = 0; i < c->count; i++)
		if (changed[i] || !c->out[i].subdir[0])
			count_for(c, i, one);
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
static bool is_better(const struct history_count *c, const struct folder_count *folder, size_t a,
		      size_t b)
{
	bool hidden_a = people_is_noreply(c->identities[a].email);
	bool hidden_b = people_is_noreply(c->identities[b].email);

	if (hidden_a != hidden_b)
		return hidden_b;
	if (folder->tallies[a].commits != folder->tallies[b].commits)
		return folder->tallies[a].commits > folder->tallies[b].commits;
	return a < b;
}

static void finish_folder(struct history_count *c, size_t i, const size_t *group)
{
	struct folder_count *folder = &c->folders[i];
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

static void release(struct history_count *c)
{
	for (size_t i = 0; i < c->count; i++)
		free(c->folders[i].tallies);
	free(c->folders);
	free(c->identities);
	free(c->table);
}

void history_count_end(struct history_count *c)
{
	struct person_key *keys = xcalloc(c->identity_count + 1, sizeof(*keys));
	size_t *group = xcalloc(c->identity_count + 1, sizeof(*group));

	for (size_t i = 0; i < c->identity_count; i++)
		keys[i] = (struct person_key){c->identities[i].name, c->identities[i].email,
					      c->identities[i].bot};
	people_group(keys, c->identity_count, group);
	for (size_t i = 0; i < c->count; i++)
		finish_folder(c, i, group);
	for (size_t i = 0; i < c->count; i++)
		c->out[i].stays_until = c->stays_until;
	release(c);
	free(group);
	free(keys);
}

void history_count_begin(struct history_count *c, const struct repo_id *head)
{
	c->folders = xcalloc(c->count, sizeof(*c->folders));
	for (size_t i = 0; i < c->count; i++)
		if (!c->out[i].subdir[0])
			history_set_last(c, i, head);
}
