#include "fetch/past_window.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "fetch/history.h"
#include "fetch/past_ledger_internal.h"
#include "fetch/people.h"

enum { COUNTED = 1, RECENT = 2, UPDATE = 4, COMMITTER = 8 };

/* What the commits of the window did to one folder. */
struct folder_sum {
	uint32_t *commits; /* by person */
	size_t cap;
	uint32_t updates, update_merges;
	uint32_t groups; /* under which the answers hold; 0: they do not */
	unsigned char *answers;
};

struct past_window {
	struct past_ledger *ledger;
	const struct checklist *checklist;
	const struct probe **asked; /* that ask of history */
	size_t asked_count;
	size_t root; /* the number of "" */
	bool there;  /* the rest holds something */
	size_t at;
	int64_t now;
	uint32_t mailmaps;
	unsigned char *states; /* of entries */
	uint32_t *by_line;     /* entries in the order in which the line brought them in */
	size_t next;	       /* of by_line */
	uint32_t *future;      /* brought in, but from after now */
	size_t future_count;
	size_t end, recent_end; /* entries from here on are too old to count, or to be updates */
	struct folder_sum *folders;
	uint32_t unknown; /* commits in the window behind which something is not here */
	uint32_t *seen;	  /* by person: how often it is in the window */
	uint32_t groups;  /* how often they were others */
	bool regroup;
	uint32_t *members; /* persons who are in the window */
	size_t *group;	   /* of members */
	uint32_t *sums;	   /* of groups, zero in between */
	size_t member_count;
};

static int compare_brought(const void *a, const void *b, void *ctx)
{
	const struct entry *entries = ctx;
	const uint32_t *left = a, *right = b;

	if (entries[*left].brought != entries[*right].brought)
		return entries[*left].brought < entries[*right].brought ? -1 : 1;
	return *left < *right ? -1 : *left > *right;
}

static void find_asked(struct past_window *w)
{
	w->asked = xcalloc(w->checklist->probe_count + 1, sizeof(*w->asked));
	for (size_t i = 0; i < w->checklist->probe_count; i++) {
		const struct probe *probe = &w->checklist->probes[i];

		if (probe->kind == PROBE_AUTHORS || probe->kind == PROBE_COMMITS)
			w->asked[w->asked_count++] = probe;
	}
}

struct past_window *past_window_new(struct past_ledger *ledger, const struct checklist *checklist)
{
	struct past_window *w = xcalloc(1, sizeof(*w));
	size_t count = ledger->count, people = ledger->person_count;

	w->ledger = ledger;
	w->checklist = checklist;
	find_asked(w);
	w->root = ledger->folder_count;
	for (size_t i = 0; i < ledger->folder_count; i++)
		if (!ledger->folders[i][0])
			w->root = i;
	w->folders = xcalloc(ledger->folder_count + 1, sizeof(*w->folders));
	w->states = xcalloc(count + 1, sizeof(*w->states));
	w->by_line = xcalloc(count + 1, sizeof(*w->by_line));
	w->future = xcalloc(count + 1, sizeof(*w->future));
	w->seen = xcalloc(people + 1, sizeof(*w->seen));
	w->members = xcalloc(people + 1, sizeof(*w->members));
	w->group = xcalloc(people + 1, sizeof(*w->group));
	w->sums = xcalloc(people + 1, sizeof(*w->sums));
	for (size_t i = 0; i < count; i++)
		w->by_line[i] = (uint32_t)i;
	if (count)
		qsort_r(w->by_line, count, sizeof(*w->by_line), compare_brought, ledger->entries);
	return w;
}

static void clear_folders(struct past_window *w)
{
	for (size_t i = 0; i <= w->ledger->folder_count; i++) {
		free(w->folders[i].commits);
		free(w->folders[i].answers);
		w->folders[i] = (struct folder_sum){0};
	}
}

void past_window_free(struct past_window *w)
{
	if (!w)
		return;
	clear_folders(w);
	free(w->folders);
	free(w->asked);
	free(w->states);
	free(w->by_line);
	free(w->future);
	free(w->seen);
	free(w->members);
	free(w->group);
	free(w->sums);
	free(w);
}

/* ---- commits that come and go ---- */

static uint32_t known(struct past_window *w, uint32_t person)
{
	return (uint32_t)(past_ledger_person(w->ledger, person) - w->ledger->persons);
}

static void see_person(struct past_window *w, uint32_t person, bool comes)
{
	uint32_t *seen = &w->seen[person];

	w->regroup |= *seen == (comes ? 0 : 1);
	*seen = comes ? *seen + 1 : *seen - 1;
}

static void add_to(struct past_window *w, size_t number, const struct entry *entry, uint32_t author,
		   int by)
{
	struct folder_sum *folder = &w->folders[number];

	folder->groups = 0;
	if (entry->merge)
		return;
	if (author >= folder->cap) {
		size_t cap = mem_grown(folder->cap, author + 1);

		folder->commits = xreallocarray(folder->commits, cap, sizeof(*folder->commits));
		memset(folder->commits + folder->cap, 0,
		       (cap - folder->cap) * sizeof(*folder->commits));
		folder->cap = cap;
	}
	folder->commits[author] += (uint32_t)by;
}

static void add_update(struct past_window *w, size_t number, const struct entry *entry, int by)
{
	struct folder_sum *folder = &w->folders[number];

	folder->groups = 0;
	*(entry->merge ? &folder->update_merges : &folder->updates) += (uint32_t)by;
}

/* Of each folder that the commit changed, and of the whole checkout in any case. */
static void add_to_all(struct past_window *w, const struct entry *entry, uint32_t author, int by)
{
	add_to(w, w->root, entry, author, by);
	for (size_t i = 0; i < entry->changed_count; i++) {
		uint32_t number = w->ledger->changed[entry->changed_at + i];

		if (number != w->root)
			add_to(w, number, entry, author, by);
	}
}

static void add_update_to_all(struct past_window *w, const struct entry *entry, int by)
{
	add_update(w, w->root, entry, by);
	for (size_t i = 0; i < entry->changed_count; i++) {
		uint32_t number = w->ledger->changed[entry->changed_at + i];

		if (number != w->root)
			add_update(w, number, entry, by);
	}
}

static void come(struct past_window *w, uint32_t index)
{
	const struct entry *entry = &w->ledger->entries[index];
	uint32_t author = known(w, entry->author), committer;
	bool update = entry->update;

	w->states[index] = COUNTED;
	see_person(w, author, true);
	w->unknown += entry->cut || entry->unknown;
	add_to_all(w, entry, author, 1);
	if (index >= w->recent_end)
		return;
	w->states[index] |= RECENT;
	if (!update) {
		committer = known(w, entry->committer);
		see_person(w, committer, true);
		w->states[index] |= COMMITTER;
		update = !entry->merge &&
			 (past_ledger_person(w->ledger, author)->identity.dependency_bot ||
			  past_ledger_person(w->ledger, committer)->identity.dependency_bot);
	}
	if (!update)
		return;
	w->states[index] |= UPDATE;
	add_update_to_all(w, entry, 1);
}

static void age(struct past_window *w, size_t index)
{
	const struct entry *entry = &w->ledger->entries[index];

	if (w->states[index] & UPDATE)
		add_update_to_all(w, entry, -1);
	if (w->states[index] & COMMITTER)
		see_person(w, known(w, entry->committer), false);
	w->states[index] &= COUNTED;
}

static void go(struct past_window *w, size_t index)
{
	const struct entry *entry = &w->ledger->entries[index];
	uint32_t author;

	age(w, index);
	if (!(w->states[index] & COUNTED))
		return;
	author = known(w, entry->author);
	see_person(w, author, false);
	w->unknown -= entry->cut || entry->unknown;
	add_to_all(w, entry, author, -1);
	w->states[index] = 0;
}

/* ---- moving ---- */

static void start(struct past_window *w)
{
	clear_folders(w);
	memset(w->states, 0, w->ledger->count * sizeof(*w->states));
	memset(w->seen, 0, w->ledger->person_count * sizeof(*w->seen));
	w->next = w->future_count = w->unknown = 0;
	w->end = w->recent_end = w->ledger->count;
	w->mailmaps = w->ledger->mailmaps;
	w->regroup = w->there = true;
}

static void take(struct past_window *w, uint32_t index)
{
	if (index >= w->end)
		return;
	if (w->ledger->entries[index].time > w->now + HISTORY_FUTURE)
		w->future[w->future_count++] = index;
	else
		come(w, index);
}

void past_window_move(struct past_window *w, size_t at, int64_t now)
{
	const struct past_ledger *ledger = w->ledger;
	size_t end = past_ledger_first(ledger, now - HISTORY_WINDOW - 1), waiting;
	size_t recent_end = past_ledger_first(ledger, now - HISTORY_BOT_WINDOW - 1);

	if (!w->there || at < w->at || now < w->now || w->mailmaps != ledger->mailmaps)
		start(w);
	w->at = at;
	w->now = now;
	while (w->recent_end > recent_end)
		age(w, --w->recent_end);
	while (w->end > end)
		go(w, --w->end);
	waiting = w->future_count;
	w->future_count = 0;
	for (size_t i = 0; i < waiting; i++)
		take(w, w->future[i]);
	while (w->next < ledger->count && ledger->entries[w->by_line[w->next]].brought <= at)
		take(w, w->by_line[w->next++]);
}

/* ---- answers ---- */

static void group(struct past_window *w)
{
	struct person_key *keys = xcalloc(w->ledger->person_count + 1, sizeof(*keys));

	w->member_count = 0;
	for (size_t i = 0; i < w->ledger->person_count; i++) {
		const struct identity *identity = &w->ledger->persons[i].identity;

		if (!w->seen[i])
			continue;
		keys[w->member_count] =
		    (struct person_key){identity->name, identity->email, identity->bot};
		w->members[w->member_count++] = (uint32_t)i;
	}
	people_group(keys, w->member_count, w->group);
	free(keys);
	w->regroup = false;
	w->groups++;
}

static uint32_t count_authors(struct past_window *w, const struct folder_sum *folder,
			      uint32_t each_min)
{
	uint32_t count = 0;

	for (size_t i = 0; i < w->member_count; i++)
		if (w->members[i] < folder->cap && !w->ledger->persons[w->members[i]].identity.bot)
			w->sums[w->group[i]] += folder->commits[w->members[i]];
	for (size_t i = 0; i < w->member_count; i++) {
		count += w->sums[i] && w->sums[i] >= each_min;
		w->sums[i] = 0;
	}
	return count < HISTORY_MAX_AUTHORS ? count : HISTORY_MAX_AUTHORS;
}

static uint32_t count_commits(const struct past_window *w, const struct folder_sum *folder)
{
	uint32_t count = 0;

	for (size_t i = 0; i < w->member_count; i++)
		if (w->members[i] < folder->cap && !w->ledger->persons[w->members[i]].identity.bot)
			count += folder->commits[w->members[i]];
	return count;
}

static unsigned char answer(struct past_window *w, const struct folder_sum *folder,
			    const struct probe *probe)
{
	uint32_t count;

	if (probe->kind == PROBE_AUTHORS)
		count = count_authors(w, folder, probe->each_min);
	else if (probe->by_bots)
		count = folder->updates > folder->update_merges ? folder->updates
								: folder->update_merges;
	else
		count = count_commits(w, folder);
	return count < probe->count_min ? 0 : count > probe->count_max ? 2 : 1;
}

void past_window_see(struct past_window *w, size_t number, struct buf *out)
{
	const struct past_ledger *ledger = w->ledger;
	struct folder_sum *folder = &w->folders[number];
	bool cut =
	    ledger->capped && ledger->entries[ledger->count - 1].time > w->now - HISTORY_WINDOW;

	if (w->regroup)
		group(w);
	if (folder->groups != w->groups) {
		if (!folder->answers)
			folder->answers = xcalloc(w->asked_count + 1, sizeof(*folder->answers));
		for (size_t i = 0; i < w->asked_count; i++)
			folder->answers[i] = answer(w, folder, w->asked[i]);
		folder->groups = w->groups;
	}
	buf_addc(out, !w->unknown && !cut);
	buf_add(out, folder->answers, w->asked_count);
}
