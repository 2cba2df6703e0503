#include "fetch/past_make.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "fetch/history.h"
#include "fetch/history_private.h"
#include "fetch/past_line.h"
#include "fetch/scan_internal.h"

struct making {
	struct scan_engine *engine;
	const struct past_options *options;
	struct repo *repo;
	struct repo_head head;
	struct mailmap *mailmap; /* of the head: how people want to be known today */
	struct past_line line;
	struct past *past;
	struct checkout *facts; /* of commit at: its tree's */
	size_t at;
	struct buf seen, now; /* what rules see of a version: of the last one, of this one */
};

/* ---- what rules see ---- */

/* Only what probes ask of history: who committed last and how often makes no version. */
static void see_history(const struct checklist *checklist, const struct history *history,
			struct buf *out)
{
	wire_put_str(out, history->subdir);
	wire_put_uint(out, history->complete);
	for (size_t i = 0; i < checklist->probe_count; i++) {
		const struct probe *probe = &checklist->probes[i];
		uint32_t count = 0;

		if (probe->kind == PROBE_AUTHORS) {
			for (size_t k = 0; k < history->author_count; k++)
				count += !history->authors[k].bot &&
					 history->authors[k].commits >= probe->each_min;
		} else if (probe->kind == PROBE_COMMITS) {
			count = probe->by_bots ? history->dependency_bot_commits : history->commits;
		} else {
			continue;
		}
		wire_put_uint(out, count < probe->count_min ? 0 : count > probe->count_max ? 2 : 1);
	}
}

static void see(const struct checklist *checklist, const struct checkout *facts, struct buf *out)
{
	struct checkout plain = *facts;
	struct hit *hits = xcalloc(facts->hit_count + 1, sizeof(*hits));

	buf_reset(out);
	for (size_t i = 0; i < facts->hit_count; i++) {
		hits[i] = facts->hits[i];
		/* its age is the date's business, but for whether it is known */
		hits[i].touched = hits[i].touched < 0 ? -1 : 0;
	}
	plain.hits = hits;
	plain.head = plain.ref = NULL;
	plain.head_time = plain.fetched_at = 0;
	plain.history_count = plain.warning_count = 0;
	checkout_encode(&plain, out);
	for (size_t i = 0; i < facts->history_count; i++)
		see_history(checklist, &facts->histories[i], out);
	free(hits);
}

/* ---- one commit at one time ---- */

static struct checkout *read_facts(struct making *m, size_t at, int64_t now)
{
	const struct scan_options options = {.now = now, .dependencies = m->options->dependencies};
	struct repo_head head = m->head;
	struct checkout *facts;

	head.id = m->line.commits[at].id;
	head.tree = m->line.commits[at].tree;
	head.time = m->line.commits[at].time;
	head.note = NULL;
	facts = scan_commit(m->engine, m->repo, &head, &options);
	facts->trees_read = facts->blobs_read = facts->scan_us = 0;
	facts->warning_count = 0;
	return facts;
}

static void date_touched(struct making *m, struct checkout *facts, int64_t now)
{
	const struct checklist *checklist = m->engine->checklist;
	const char **paths = xcalloc(facts->hit_count + 1, sizeof(*paths));
	struct hit **hits = xcalloc(facts->hit_count + 1, sizeof(*hits));
	int64_t *times = xcalloc(facts->hit_count + 1, sizeof(*times));
	int64_t max_age = 0;
	size_t count = 0;

	for (size_t i = 0; i < facts->hit_count; i++) {
		int64_t within = checklist->probes[facts->hits[i].probe].touched_within;

		if (!within)
			continue;
		if (within > max_age)
			max_age = within;
		paths[count] = facts->hits[i].at.path;
		hits[count++] = &facts->hits[i];
	}
	if (count && history_touched(m->repo, &m->line.commits[m->at].id, paths, count, now,
				     max_age, times, NULL) == REPO_OK)
		for (size_t i = 0; i < count; i++)
			hits[i]->touched = times[i];
	free(paths);
	free(hits);
	free(times);
}

/* The same commit at a later time. */
static void date(struct making *m, int64_t now)
{
	struct checkout *facts = m->facts;
	size_t count = facts->history_count;
	const char **subdirs = xcalloc(count + 1, sizeof(*subdirs));

	for (size_t i = 0; i < count; i++)
		subdirs[i] = facts->histories[i].subdir;
	if (count)
		history_collect(m->repo, &m->line.commits[m->at].id, now, subdirs, count,
				facts->arena, facts->histories, NULL);
	date_touched(m, facts, now);
	free(subdirs);
}

static void add(struct making *m, int64_t at, bool by_commit)
{
	struct past_version version = {.at = at};
	struct arena *arena = arena_new();
	struct repo_commit commit;
	char hash[REPO_HEX + 1];

	if (by_commit &&
	    repo_commit(m->repo, &m->line.commits[m->at].id, &commit, NULL) == REPO_OK) {
		const char *name = commit.author.name, *email = commit.author.email;
		size_t name_len = commit.author.name_len, email_len = commit.author.email_len;

		mailmap_apply(m->mailmap, &name, &name_len, &email, &email_len);
		repo_id_hex(&m->line.commits[m->at].id, hash);
		version.hash = hash;
		version.author = history_utf8(arena, name, name_len);
		version.subject = history_subject(arena, &commit);
		version.among = 1;
		repo_commit_free(&commit);
	}
	past_add(m->past, &version, m->facts);
	arena_free(arena);
}

static void look(struct making *m, int64_t at, bool by_commit, bool always)
{
	struct buf swap;

	see(m->engine->checklist, m->facts, &m->now);
	if (!always && m->now.len == m->seen.len &&
	    !memcmp(buf_str(&m->now), buf_str(&m->seen), m->now.len))
		return;
	swap = m->seen;
	m->seen = m->now;
	m->now = swap;
	add(m, at, by_commit);
}

/* ---- the line ---- */

static void follow(struct making *m)
{
	const struct past_options *options = m->options;
	int64_t every = options->every > 0 ? options->every : HISTORY_WINDOW;
	int64_t point = options->since;

	for (size_t i = 0; i < m->line.count; i++) {
		int64_t at = m->line.commits[i].time;

		if (at < options->since)
			at = options->since;
		for (; i && point < at; point += every) {
			date(m, point);
			look(m, point, false, false);
		}
		while (point <= at)
			point += every;
		checkout_free(m->facts);
		m->at = i;
		m->facts = read_facts(m, i, at);
		look(m, at, true, i == 0);
		if (options->alive)
			options->alive(options->data);
	}
	for (; point < options->until; point += every) {
		date(m, point);
		look(m, point, false, false);
	}
	date(m, options->until);
	look(m, options->until, false, true);
}

static bool open_line(struct making *m, const char *path, struct err *err)
{
	const struct past_options *options = m->options;
	size_t max = options->commits ? options->commits : PAST_COMMITS;

	m->repo = repo_open(path, err);
	if (!m->repo || repo_head(m->repo, options->rev, &m->head, err) != REPO_OK)
		return false;
	if (m->head.unborn) {
		err_set(err, path, NULL, "no commit yet");
		return false;
	}
	return past_line_read(m->repo, &m->head.id, options->since, options->until, max, &m->line,
			      err) == REPO_OK;
}

struct past *past_make(struct scan_engine *engine, const char *path,
		       const struct past_options *options, struct err *err)
{
	struct making m = {.engine = engine, .options = options};

	if (open_line(&m, path, err)) {
		m.mailmap = history_mailmap(m.repo, &m.head.id);
		m.past = past_new(path);
		past_cut(m.past, m.line.cut);
		follow(&m);
	}
	checkout_free(m.facts);
	mailmap_free(m.mailmap);
	past_line_free(&m.line);
	buf_free(&m.seen);
	buf_free(&m.now);
	repo_close(m.repo);
	return m.past;
}
