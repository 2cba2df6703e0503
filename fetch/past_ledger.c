#include "fetch/past_ledger_internal.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "fetch/history.h"
#include "fetch/history_private.h"
#include "fetch/people.h"
#include "fetch/treediff.h"
#include "fetch/walk.h"

#define LEDGER_COMMITS (2 * HISTORY_MAX_COMMITS)
#define PERSON_BYTES   256 /* kept of a name and of an address: more than is shown */

/* The graph of the walk's numbers, until it is known who brought in whom. */
struct graph {
	uint32_t *parents;
	size_t parent_count, parent_cap;
	struct node {
		size_t first, count; /* in parents */
		uint32_t entry;	     /* + 1; 0: none */
		uint32_t brought;    /* + 1; 0: not yet */
	} * nodes;
	size_t count, cap;
};

/* ---- people ---- */

static const char *key_of(struct buf *key, const struct repo_person *person)
{
	buf_reset(key);
	buf_add(key, person->email, person->email_len);
	buf_addc(key, '\n');
	buf_add(key, person->name, person->name_len);
	return buf_str(key);
}

static void cut(struct repo_person *person)
{
	if (person->name_len > PERSON_BYTES)
		person->name_len = PERSON_BYTES;
	if (person->email_len > PERSON_BYTES)
		person->email_len = PERSON_BYTES;
}

static uint32_t person_of(struct past_ledger *ledger, struct repo_person raw, struct buf *key)
{
	const char *text;
	uintptr_t known;

	cut(&raw);
	text = key_of(key, &raw);
	known = (uintptr_t)strmap_get(ledger->persons_by_name, text);
	if (known)
		return (uint32_t)(known - 1);
	text = arena_strdup(ledger->arena, text);
	raw.email = arena_memdup0(ledger->arena, raw.email, raw.email_len);
	raw.name = arena_memdup0(ledger->arena, raw.name, raw.name_len);
	GROW(ledger->persons, ledger->person_count, ledger->person_cap);
	ledger->persons[ledger->person_count++] = (struct person){.raw = raw, .known_as = NOBODY};
	known = ledger->person_count;
	strmap_put(ledger->persons_by_name, text, (void *)known);
	return (uint32_t)(known - 1);
}

void past_ledger_set_mailmap(struct past_ledger *ledger, struct mailmap *mailmap)
{
	ledger->mailmap = mailmap;
	ledger->mailmaps++;
	strmap_free(ledger->identities);
	arena_free(ledger->identity_arena);
	ledger->identities = strmap_new();
	ledger->identity_arena = arena_new();
	for (size_t i = 0; i < ledger->person_count; i++)
		ledger->persons[i].known_as = NOBODY;
}

struct person *past_ledger_person(struct past_ledger *ledger, uint32_t number)
{
	struct person *person = &ledger->persons[number];
	struct buf key = {0};
	char *text;
	uintptr_t known;

	if (person->known_as != NOBODY)
		return &ledger->persons[person->known_as];
	history_identity(ledger->identity_arena, ledger->mailmap, &person->raw, &person->identity);
	buf_addf(&key, "%s\n%s", person->identity.email, person->identity.name);
	known = (uintptr_t)strmap_get(ledger->identities, buf_str(&key));
	if (!known) {
		known = (uintptr_t)number + 1;
		text = arena_strdup(ledger->identity_arena, buf_str(&key));
		strmap_put(ledger->identities, text, (void *)known);
	}
	buf_free(&key);
	person->known_as = (uint32_t)(known - 1);
	return &ledger->persons[person->known_as];
}

/* The person's number in a count; those are given as they are met. */
static size_t number_in(struct past_ledger *ledger, struct history_count *c, uint32_t number)
{
	struct person *person = past_ledger_person(ledger, number);

	if (person->count != ledger->counts) {
		person->count = ledger->counts;
		person->number = history_add_identity(c, &person->identity);
	}
	return person->number;
}

/* ---- reading ---- */

static void note_changes(struct past_ledger *ledger, struct treediff *diff,
			 const struct walk_step *step, struct entry *entry, bool *changed)
{
	entry->changed_at = (uint32_t)ledger->changed_count;
	if (!diff || (!step->has_parent && step->cut))
		return;
	memset(changed, 0, ledger->folder_count * sizeof(*changed));
	entry->unknown = treediff_run(diff, step->has_parent ? &step->parent_tree : NULL,
				      &step->commit.tree, changed, NULL) != REPO_OK;
	for (size_t i = 0; i < ledger->folder_count; i++) {
		if (!changed[i])
			continue;
		GROW(ledger->changed, ledger->changed_count, ledger->changed_cap);
		ledger->changed[ledger->changed_count++] = (uint32_t)i;
	}
	entry->changed_count = (uint32_t)ledger->changed_count - entry->changed_at;
}

static struct node *node_of(struct graph *graph, uint32_t number)
{
	while (graph->count <= number) {
		GROW(graph->nodes, graph->count, graph->cap);
		graph->nodes[graph->count++] = (struct node){0};
	}
	return &graph->nodes[number];
}

static void note_step(struct past_ledger *ledger, struct graph *graph, const struct walk_step *step,
		      struct treediff *diff, bool *changed, struct buf *key)
{
	const struct repo_commit *commit = &step->commit;
	struct node *node = node_of(graph, step->number);
	struct entry *entry;

	node->first = graph->parent_count;
	node->count = step->parent_count;
	for (size_t i = 0; i < step->parent_count; i++) {
		GROW(graph->parents, graph->parent_count, graph->parent_cap);
		graph->parents[graph->parent_count++] = step->parents[i];
	}
	GROW(ledger->entries, ledger->count, ledger->cap);
	entry = &ledger->entries[ledger->count++];
	node->entry = (uint32_t)ledger->count;
	*entry = (struct entry){
	    .id = step->id,
	    .time = commit->committer.time,
	    .order = (uint32_t)ledger->count,
	    .brought = NEVER,
	    .author = person_of(ledger, commit->author, key),
	    .committer = person_of(ledger, commit->committer, key),
	    .merge = commit->parent_count > 1,
	    .cut = step->cut,
	    .update = people_is_dependency_update(commit->message, commit->message_len,
						  commit->parent_count > 1),
	};
	note_changes(ledger, diff, step, entry, changed);
}

/* Everything that the node reaches and that nothing before it did. */
static void bring(struct past_ledger *ledger, struct graph *graph, uint32_t number, uint32_t at,
		  struct graph *stack)
{
	stack->parent_count = 0;
	GROW(stack->parents, stack->parent_count, stack->parent_cap);
	stack->parents[stack->parent_count++] = number;
	while (stack->parent_count) {
		struct node *node = node_of(graph, stack->parents[--stack->parent_count]);

		if (node->brought)
			continue;
		node->brought = at + 1;
		if (node->entry)
			ledger->entries[node->entry - 1].brought = at;
		for (size_t i = 0; i < node->count; i++) {
			GROW(stack->parents, stack->parent_count, stack->parent_cap);
			stack->parents[stack->parent_count++] = graph->parents[node->first + i];
		}
	}
}

struct numbered {
	struct repo_id id;
	uint32_t number;
};

static int compare_ids(const void *a, const void *b)
{
	return memcmp(((const struct numbered *)a)->id.bytes,
		      ((const struct numbered *)b)->id.bytes,
		      sizeof(((const struct numbered *)a)->id.bytes));
}

/* Oldest first, each commit of the line brings in what it reaches. */
static void bring_all(struct past_ledger *ledger, struct graph *graph, struct numbered *numbers,
		      size_t count)
{
	struct graph stack = {0};

	if (count)
		qsort(numbers, count, sizeof(*numbers), compare_ids);
	for (size_t i = 0; i < ledger->line->count && count; i++) {
		const struct numbered key = {.id = ledger->line->commits[i].id};
		const struct numbered *found =
		    bsearch(&key, numbers, count, sizeof(*numbers), compare_ids);

		if (found)
			bring(ledger, graph, found->number, (uint32_t)i, &stack);
	}
	free(stack.parents);
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *left = a, *right = b;

	if (left->time != right->time)
		return left->time > right->time ? -1 : 1;
	return left->order < right->order ? -1 : left->order > right->order;
}

static bool read_all(struct past_ledger *ledger, int64_t since)
{
	const struct past_line *line = ledger->line;
	struct treediff *diff = NULL;
	bool *changed = xcalloc(ledger->folder_count + 1, sizeof(*changed));
	struct numbered *numbers = NULL;
	size_t count = 0, cap = 0;
	struct graph graph = {0};
	struct buf key = {0};
	struct walk_step step;
	struct walk *walk;

	if (ledger->folder_count > 1 || (ledger->folder_count && ledger->folders[0][0]))
		diff = treediff_new(ledger->repo, ledger->folders, ledger->folder_count);
	walk_new(ledger->repo, &line->commits[line->count - 1].id, since, LEDGER_COMMITS, &walk,
		 NULL);
	while (walk && walk_next(walk, &step)) {
		note_step(ledger, &graph, &step, diff, changed, &key);
		GROW(numbers, count, cap);
		numbers[count++] = (struct numbered){step.id, step.number};
	}
	ledger->capped = walk && walk_was_capped(walk);
	bring_all(ledger, &graph, numbers, count);
	if (ledger->count)
		qsort(ledger->entries, ledger->count, sizeof(*ledger->entries), compare_entries);
	free(changed);
	free(numbers);
	free(graph.nodes);
	free(graph.parents);
	buf_free(&key);
	treediff_free(diff);
	if (!walk)
		return false;
	walk_free(walk);
	return true;
}

struct past_ledger *past_ledger_new(struct repo *repo, const struct past_line *line, int64_t first,
				    const char *const *folders, size_t count)
{
	struct past_ledger *ledger = xcalloc(1, sizeof(*ledger));

	ledger->repo = repo;
	ledger->line = line;
	ledger->folders = folders;
	ledger->folder_count = count;
	ledger->arena = arena_new();
	ledger->persons_by_name = strmap_new();
	past_ledger_set_mailmap(ledger, NULL);
	if (read_all(ledger, first - HISTORY_WINDOW))
		return ledger;
	past_ledger_free(ledger);
	return NULL;
}

void past_ledger_free(struct past_ledger *ledger)
{
	if (!ledger)
		return;
	strmap_free(ledger->persons_by_name);
	strmap_free(ledger->identities);
	arena_free(ledger->identity_arena);
	arena_free(ledger->arena);
	free(ledger->persons);
	free(ledger->entries);
	free(ledger->changed);
	free(ledger);
}

/* ---- counting ---- */

size_t past_ledger_first(const struct past_ledger *ledger, int64_t time)
{
	size_t low = 0, high = ledger->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (ledger->entries[mid].time > time)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void count_entry(struct past_ledger *ledger, struct history_count *c,
			const struct entry *entry, const size_t *places, bool *changed)
{
	struct counted one = {.id = entry->id, .time = entry->time, .merge = entry->merge};
	size_t committer;

	one.author = number_in(ledger, c, entry->author);
	if (entry->time >= c->now - HISTORY_BOT_WINDOW) {
		one.update = entry->update;
		if (!one.update) {
			committer = number_in(ledger, c, entry->committer);
			one.update = !entry->merge && (c->identities[one.author].dependency_bot ||
						       c->identities[committer].dependency_bot);
		}
	}
	for (size_t i = 0; i < entry->changed_count; i++)
		changed[places[ledger->changed[entry->changed_at + i]]] = true;
	history_count_one(c, &one, changed);
	for (size_t i = 0; i < entry->changed_count; i++)
		changed[places[ledger->changed[entry->changed_at + i]]] = false;
}

void past_ledger_count(struct past_ledger *ledger, size_t at, int64_t now, const size_t *folders,
		       size_t count, struct arena *arena, struct history *out)
{
	struct history_count c = {.repo = ledger->repo,
				  .arena = arena,
				  .mailmap = ledger->mailmap,
				  .out = out,
				  .count = count,
				  .now = now};
	int64_t since = now - HISTORY_WINDOW;
	/* folders that are none now have a place behind the others */
	size_t *places = xcalloc(ledger->folder_count + 1, sizeof(*places));
	bool *changed = xcalloc(count + 1, sizeof(*changed)), complete = true;

	for (size_t i = 0; i < ledger->folder_count; i++)
		places[i] = count;
	for (size_t i = 0; i < count; i++) {
		places[folders[i]] = i;
		out[i] = (struct history){.subdir = out[i].subdir, .complete = true};
	}
	ledger->counts++;
	history_count_begin(&c, &ledger->line->commits[at].id);
	for (size_t i = past_ledger_first(ledger, now + HISTORY_FUTURE);
	     i < ledger->count && ledger->entries[i].time >= since; i++) {
		const struct entry *entry = &ledger->entries[i];

		if (entry->brought > at)
			continue;
		complete = complete && !entry->cut && !entry->unknown;
		count_entry(ledger, &c, entry, places, changed);
	}
	if (ledger->capped && ledger->entries[ledger->count - 1].time > since)
		complete = false;
	for (size_t i = 0; i < count; i++)
		out[i].complete = complete;
	history_count_end(&c);
	free(places);
	free(changed);
}

void past_ledger_last(struct past_ledger *ledger, const struct repo_id *id, struct arena *arena,
		      struct history *out)
{
	struct identity author;
	struct repo_commit commit;

	if (repo_commit(ledger->repo, id, &commit, NULL))
		return;
	history_identity(arena, ledger->mailmap, &commit.author, &author);
	history_note_last(out, arena, id, &commit, author.name);
	repo_commit_free(&commit);
}
