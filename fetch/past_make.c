#include "fetch/past_make.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/strmap.h"
#include "fetch/history.h"
#include "fetch/history_count.h"
#include "fetch/history_private.h"
#include "fetch/past_ledger.h"
#include "fetch/past_line.h"
#include "fetch/past_trace.h"
#include "fetch/past_window.h"
#include "fetch/scan_internal.h"
#include "fetch/scan_memo.h"

#define MAILMAP	  0 /* its number among the traced paths */
#define EVERY_MIN 3600
#define NOT_ASKED SIZE_MAX

/* Names, each once, by number. */
struct names {
	struct arena *arena;
	struct strmap *numbers; /* + 1 */
	const char **names;
	size_t count, cap;
};

struct making {
	struct scan_engine *engine;
	const struct past_options *options;
	struct repo *repo;
	struct repo_head head;
	struct past_line line;
	struct past *trees;   /* what trees alone say; `at` is the line's commit */
	size_t begin;	      /* the line's first commit that could be read */
	struct names folders; /* of services, at any time */
	struct names paths;   /* .mailmap, and those that are asked when they were changed */
	struct past_ledger *ledger;
	struct past_window *window;
	struct past_trace *trace; /* of paths */
	struct past_trace *quiet; /* of folders; NULL: not needed so far */
	struct mailmap *mailmap;  /* of the commit that is looked at */
	struct mailmap *today;	  /* of the head: how people want to be known */
	struct checkout *facts;	  /* of the commit that is looked at */
	size_t *folder_numbers;	  /* of its histories */
	size_t *path_numbers;	  /* of its hits; NOT_ASKED */
	int64_t max_age;	  /* that hits are asked for */
	struct arena *arena;	  /* of its histories */
	struct buf seen, answers; /* of the last version; of this look */
	struct past *past;
};

/* ---- names ---- */

static void names_init(struct names *names)
{
	names->arena = arena_new();
	names->numbers = strmap_new();
}

static void names_free(struct names *names)
{
	strmap_free(names->numbers);
	arena_free(names->arena);
	free(names->names);
}

static size_t number_of(struct names *names, const char *name)
{
	uintptr_t known = (uintptr_t)strmap_get(names->numbers, name);
	char *own;

	if (known)
		return known - 1;
	own = arena_strdup(names->arena, name);
	GROW(names->names, names->count, names->cap);
	names->names[names->count++] = own;
	known = names->count;
	strmap_put(names->numbers, own, (void *)known);
	return known - 1;
}

/* ---- trees ---- */

static int64_t touched_within(const struct making *m, const struct hit *hit)
{
	const struct checklist *checklist = m->engine->checklist;

	return hit->probe < checklist->probe_count ? checklist->probes[hit->probe].touched_within
						   : 0;
}

static void note_names(struct making *m, const struct checkout *facts)
{
	for (size_t i = 0; i < facts->history_count; i++)
		number_of(&m->folders, facts->histories[i].subdir);
	for (size_t i = 0; i < facts->hit_count; i++)
		if (touched_within(m, &facts->hits[i]))
			number_of(&m->paths, facts->hits[i].at.path);
}

static void add_tree(struct making *m, struct scan_memo *memo, size_t at, struct buf *last,
		     struct buf *now)
{
	const struct past_version version = {.at = (int64_t)at};
	struct checkout *facts = scan_memo_checkout(memo);
	struct buf swap;

	buf_reset(now);
	checkout_encode(facts, now);
	if (now->len != last->len || memcmp(now->data, last->data, now->len) != 0) {
		past_add(m->trees, &version, facts);
		note_names(m, facts);
		swap = *last;
		*last = *now;
		*now = swap;
	}
	checkout_free(facts);
}

/*
 * Looks at the tree of each commit. Where objects are missing that the head does not miss (a
 * partial clone), the past begins behind it.
 */
static void read_trees(struct making *m)
{
	const struct scan_options options = {.dependencies = m->options->dependencies};
	struct scan_memo *memo = scan_memo_new(m->engine, m->repo, &m->head, &options);
	struct buf last = {0}, now = {0};
	bool missing = false;

	for (size_t i = 0; i < m->line.count; i++) {
		struct scan_memo_look look = scan_memo_look(memo, &m->line.commits[i].tree);

		missing = look.missing;
		if (missing)
			m->begin = i + 1;
		if (!look.same)
			add_tree(m, memo, i, &last, &now);
		if (m->options->alive)
			m->options->alive(m->options->data);
	}
	if (missing)
		m->begin = 0;
	buf_free(&last);
	buf_free(&now);
	scan_memo_free(memo);
}

/* ---- what rules see of dates ---- */

/* Answers questions about dates as of a commit of the line. */
static void answer(struct making *m, size_t at, int64_t now)
{
	struct checkout *facts = m->facts;

	past_window_move(m->window, at, now);
	buf_reset(&m->answers);
	for (size_t i = 0; i < facts->history_count; i++)
		past_window_see(m->window, m->folder_numbers[i], &m->answers);
	for (size_t i = 0; i < facts->hit_count; i++) {
		if (m->path_numbers[i] == NOT_ASKED)
			continue;
		facts->hits[i].touched =
		    past_trace_last(m->trace, m->path_numbers[i], at, now - m->max_age, NULL);
		/* how old it is, is told by its date */
		buf_addc(&m->answers, facts->hits[i].touched == HISTORY_UNKNOWN);
	}
}

static bool is_news(const struct making *m)
{
	return m->answers.len != m->seen.len ||
	       (m->seen.len && memcmp(m->answers.data, m->seen.data, m->seen.len) != 0);
}

/* ---- versions ---- */

static void count(struct making *m, size_t at, int64_t now)
{
	arena_free(m->arena);
	m->arena = arena_new();
	past_ledger_count(m->ledger, at, now, m->folder_numbers, m->facts->history_count, m->arena,
			  m->facts->histories);
}

/* Folders without a commit in the window have one from before. */
static void find_quiet(struct making *m, size_t at)
{
	struct checkout *facts = m->facts;

	for (size_t i = 0; i < facts->history_count; i++) {
		struct history *history = &facts->histories[i];
		struct repo_id id;

		if (history->last_hash)
			continue;
		if (!m->quiet)
			m->quiet = past_trace_new(m->repo, &m->line, m->folders.names,
						  m->folders.count, INT64_MIN, HISTORY_QUIET);
		if (past_trace_last(m->quiet, m->folder_numbers[i], at, INT64_MIN, &id) >
		    HISTORY_OLDER)
			past_ledger_last(m->ledger, &id, m->arena, history);
	}
}

static void describe(struct making *m, size_t at, struct arena *arena, struct past_version *version)
{
	const struct repo_id *id = &m->line.commits[at].id;
	struct repo_commit commit;
	char hash[REPO_HEX + 1];

	repo_id_hex(id, hash);
	version->hash = arena_strdup(arena, hash);
	version->among = 1;
	if (repo_commit(m->repo, id, &commit, NULL) != REPO_OK)
		return;
	mailmap_apply(m->today, &commit.author.name, &commit.author.name_len, &commit.author.email,
		      &commit.author.email_len);
	version->author = history_utf8(arena, commit.author.name, commit.author.name_len);
	version->subject = history_subject(arena, &commit);
	repo_commit_free(&commit);
}

/* Adds the version that was answered last. */
static void add(struct making *m, size_t at, int64_t now, bool by_commit)
{
	const struct line_commit *commit = &m->line.commits[at];
	struct past_version version = {.at = now};
	struct buf swap = m->seen;
	char hash[REPO_HEX + 1];

	count(m, at, now);
	find_quiet(m, at);
	repo_id_hex(&commit->id, hash);
	m->facts->head = hash;
	m->facts->head_time = commit->committed;
	if (by_commit)
		describe(m, at, m->arena, &version);
	past_add(m->past, &version, m->facts);
	m->facts->head = NULL;
	m->seen = m->answers;
	m->answers = swap;
}

static void take_facts(struct making *m, size_t tree)
{
	checkout_free(m->facts);
	free(m->folder_numbers);
	free(m->path_numbers);
	m->facts = past_checkout(m->trees, tree);
	m->max_age = 0;
	m->folder_numbers = xcalloc(m->facts->history_count + 1, sizeof(*m->folder_numbers));
	m->path_numbers = xcalloc(m->facts->hit_count + 1, sizeof(*m->path_numbers));
	for (size_t i = 0; i < m->facts->history_count; i++)
		m->folder_numbers[i] = number_of(&m->folders, m->facts->histories[i].subdir);
	for (size_t i = 0; i < m->facts->hit_count; i++) {
		int64_t within = touched_within(m, &m->facts->hits[i]);

		m->path_numbers[i] =
		    within ? number_of(&m->paths, m->facts->hits[i].at.path) : NOT_ASKED;
		if (within > m->max_age)
			m->max_age = within;
	}
}

static void take_mailmap(struct making *m, size_t at)
{
	mailmap_free(m->mailmap);
	m->mailmap = history_mailmap(m->repo, &m->line.commits[at].id);
	past_ledger_set_mailmap(m->ledger, m->mailmap);
}

/* A date went by: of the commits up to `at`. */
static void look_at_date(struct making *m, size_t at, int64_t now)
{
	answer(m, at, now);
	if (is_news(m))
		add(m, at, now, false);
}

/* What the date had changed by then is not the commit's doing: it comes first. */
static void follow_commit(struct making *m, size_t at, int64_t now, size_t *tree)
{
	bool new_tree =
	    *tree + 1 < past_count(m->trees) && past_at(m->trees, *tree + 1)->at == (int64_t)at;
	bool new_mailmap = past_trace_changed(m->trace, MAILMAP, at);

	if (!new_tree && !new_mailmap) {
		answer(m, at, now);
		if (!is_news(m))
			return;
	}
	look_at_date(m, at - 1, now);
	if (new_mailmap)
		take_mailmap(m, at);
	if (new_tree)
		take_facts(m, ++*tree);
	answer(m, at, now);
	if (new_tree || is_news(m))
		add(m, at, now, true);
}

static void follow(struct making *m)
{
	const struct past_options *options = m->options;
	int64_t every = options->every > EVERY_MIN ? options->every : EVERY_MIN;
	int64_t date = options->since;
	size_t tree = 0, trees = past_count(m->trees);

	while (tree + 1 < trees && past_at(m->trees, tree + 1)->at <= (int64_t)m->begin)
		tree++;
	for (size_t i = m->begin; i < m->line.count; i++) {
		int64_t now = m->line.commits[i].time;

		if (now < options->since)
			now = options->since;
		for (; date < now; date += every)
			if (i > m->begin)
				look_at_date(m, i - 1, date);
		if (i > m->begin) {
			follow_commit(m, i, now, &tree);
		} else {
			take_mailmap(m, i);
			take_facts(m, tree);
			answer(m, i, now);
			add(m, i, now, true);
		}
		if (options->alive)
			options->alive(options->data);
	}
	for (; date < options->until; date += every)
		look_at_date(m, m->line.count - 1, date);
	answer(m, m->line.count - 1, options->until);
	add(m, m->line.count - 1, options->until, false);
}

/* ---- the whole ---- */

static bool open_line(struct making *m, const char *path, struct err *err)
{
	const struct past_options *options = m->options;
	size_t max = options->commits ? options->commits : PAST_COMMITS;

	m->repo = repo_open(path, err);
	if (!m->repo || repo_head(m->repo, options->rev, &m->head, err) != REPO_OK)
		return false;
	return m->head.unborn || past_line_read(m->repo, &m->head.id, options->since,
						options->until, max, &m->line, err) == REPO_OK;
}

/* The longest that a probe looks back for a file's last change. */
static int64_t longest_touched(const struct checklist *checklist)
{
	int64_t longest = 0;

	for (size_t i = 0; i < checklist->probe_count; i++)
		if (checklist->probes[i].touched_within > longest)
			longest = checklist->probes[i].touched_within;
	return longest;
}

static void make(struct making *m)
{
	const struct line_commit *first;
	int64_t since;

	read_trees(m);
	if (m->begin)
		past_cut(m->past, "files of older commits are missing (a partial clone)");
	past_cut(m->past, m->line.cut);
	first = &m->line.commits[m->begin];
	since = first->time > m->options->since ? first->time : m->options->since;
	m->ledger = past_ledger_new(m->repo, &m->line, since, m->folders.names, m->folders.count);
	m->window = past_window_new(m->ledger, m->engine->checklist);
	m->trace = past_trace_new(m->repo, &m->line, m->paths.names, m->paths.count,
				  since - longest_touched(m->engine->checklist), PAST_COMMITS);
	m->today = history_mailmap(m->repo, &m->head.id);
	follow(m);
}

static void release(struct making *m)
{
	checkout_free(m->facts);
	free(m->folder_numbers);
	free(m->path_numbers);
	arena_free(m->arena);
	buf_free(&m->seen);
	buf_free(&m->answers);
	past_trace_free(m->trace);
	past_trace_free(m->quiet);
	past_window_free(m->window);
	past_ledger_free(m->ledger);
	mailmap_free(m->mailmap);
	mailmap_free(m->today);
	past_free(m->trees);
	past_line_free(&m->line);
	names_free(&m->folders);
	names_free(&m->paths);
	repo_close(m->repo);
}

struct past *past_make(struct scan_engine *engine, const char *path,
		       const struct past_options *options, struct err *err)
{
	struct making m = {.engine = engine, .options = options};

	names_init(&m.folders);
	names_init(&m.paths);
	number_of(&m.paths, ".mailmap");
	if (open_line(&m, path, err)) {
		m.trees = past_new(path);
		m.past = past_new(path);
		if (m.line.count)
			make(&m);
	}
	release(&m);
	return m.past;
}
