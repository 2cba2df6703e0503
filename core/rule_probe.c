/* Probes that scans answer: files, dependencies, history. */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "core/rule_internal.h"

#define DAY 86400

void rule_add_found(struct rule_run *run, const struct probe *probe, struct evidence evidence)
{
	struct rule_trail *trail = &run->trail;

	if (trail->found_count < RULE_MAX_FOUND)
		trail->found[trail->found_count++] = (struct rule_found){evidence, probe->strength};
}

void rule_add_near(struct rule_run *run, struct evidence evidence)
{
	struct rule_trail *trail = &run->trail;

	if (trail->near_count < RULE_MAX_EVIDENCE)
		trail->near[trail->near_count++] = evidence;
}

void rule_note(struct rule_run *run, const char **note, const char *fmt, ...)
{
	char text[320];
	va_list ap;

	if (*note)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	*note = rule_one_line(run->arena, text);
}

struct evidence rule_place(const struct rule_run *run, const struct origin *at)
{
	const struct checkout *checkout = run->facts->checkout;

	return (struct evidence){.checkout = checkout ? checkout->path : NULL,
				 .path = at && at->path && *at->path ? at->path : NULL,
				 .line = at ? at->line : 0,
				 .commit = checkout ? checkout->head : NULL};
}

static struct evidence of_hit(const struct rule_hit *hit)
{
	return (struct evidence){.checkout = hit->checkout->path,
				 .path = hit->hit->at.path,
				 .line = hit->hit->at.line,
				 .commit = hit->checkout->head,
				 .value = hit->hit->value,
				 .text = hit->hit->text};
}

/* Files */

enum age { AGE_FRESH, AGE_STALE, AGE_UNKNOWN, AGE_UNDATED };

static enum age age_of(const struct rule_run *run, const struct probe *probe, const struct hit *hit)
{
	enum age age = AGE_FRESH;
	int64_t date;

	if (probe->dated_within) {
		if (rule_parse_date(hit->value, &date)) {
			rule_turns(run, date, -DAY);
			rule_turns(run, date, probe->dated_within + DAY + 1);
		}
		if (!rule_parse_date(hit->value, &date) || date > run->now + DAY)
			return AGE_UNDATED;
		/* The whole day counts. */
		if (run->now - date > probe->dated_within + DAY)
			age = AGE_STALE;
	}
	if (probe->touched_within) {
		if (hit->touched <= 0)
			return probe->stale_passes ? age : AGE_UNKNOWN;
		rule_turns(run, hit->touched, probe->touched_within + 1);
		if (run->now - hit->touched > probe->touched_within)
			age = AGE_STALE;
	}
	return age;
}

static void note_age(struct rule_run *run, const struct probe *probe, const struct hit *hit,
		     enum age age, const char **note)
{
	if (age == AGE_UNDATED)
		rule_note(run, note, "no date (YYYY-MM-DD) in %s", hit->at.path);
	else if (probe->touched_within && hit->touched > 0 && hit->touched < DAY)
		/* A scan looks no further back than the rule asks. */
		rule_note(run, note, "%s was last changed more than %lld days ago", hit->at.path,
			  (long long)(probe->touched_within / DAY));
	else if (probe->touched_within && run->now - hit->touched > probe->touched_within)
		rule_note(run, note, "%s was last changed on %s, more than %lld days ago",
			  hit->at.path, rule_date(run->arena, hit->touched),
			  (long long)(probe->touched_within / DAY));
	else
		rule_note(run, note, "%s is of %s, more than %lld days ago", hit->at.path,
			  hit->value, (long long)(probe->dated_within / DAY));
}

static bool same_file(const struct rule_hit *a, const struct rule_hit *b)
{
	return a->checkout == b->checkout && strcmp(a->hit->at.path, b->hit->at.path) == 0;
}

/* How many different files the hits of a probe lie in, by age; hits of one file are in a row. */
struct tally {
	uint32_t fresh, stale, unknown, undated;
};

static struct tally count_files(const struct rule_run *run, const struct probe *probe,
				const struct rule_probe *asked)
{
	struct tally tally = {0};

	for (size_t i = 0; i < asked->hit_count; i++) {
		uint32_t *counts[] = {&tally.fresh, &tally.stale, &tally.unknown, &tally.undated};

		if (i == 0 || !same_file(&asked->hits[i - 1], &asked->hits[i]))
			++*counts[age_of(run, probe, asked->hits[i].hit)];
	}
	return tally;
}

static void take_files(struct rule_run *run, const struct probe *probe,
		       const struct rule_probe *asked)
{
	size_t taken = 0;

	for (size_t i = 0; i < asked->hit_count && taken < RULE_MAX_EVIDENCE; i++) {
		const struct hit *hit = asked->hits[i].hit;
		enum age age = age_of(run, probe, hit);

		if (age == AGE_STALE && probe->stale_passes)
			note_age(run, probe, hit, age, &run->trail.stale);
		else if (age != AGE_FRESH)
			continue;
		rule_add_found(run, probe, of_hit(&asked->hits[i]));
		taken++;
	}
}

static void note_misses(struct rule_run *run, const struct probe *probe,
			const struct rule_probe *asked)
{
	const char **note = &run->trail.failed;

	if (asked->miss_count) {
		const struct miss *miss = asked->misses[0].miss;
		const char *path = miss->at.path;

		if (!path || !*path)
			rule_note(run, note, "%s", miss->reason);
		else if (miss->at.line)
			rule_note(run, note, "%s:%u %s", path, miss->at.line, miss->reason);
		else
			rule_note(run, note, "%s %s", path, miss->reason);
	}
	for (size_t i = 0; i < asked->hit_count; i++) {
		if (age_of(run, probe, asked->hits[i].hit) == AGE_UNKNOWN)
			rule_note(run, note, "when %s was last changed is not known",
				  asked->hits[i].hit->at.path);
	}
}

static void note_near_files(struct rule_run *run, const struct probe *probe,
			    const struct rule_probe *asked, const struct tally *tally)
{
	uint32_t good = tally->fresh + (probe->stale_passes ? tally->stale : 0);

	for (size_t i = 0; i < asked->hit_count; i++) {
		const struct hit *hit = asked->hits[i].hit;
		enum age age = age_of(run, probe, hit);

		rule_add_near(run, of_hit(&asked->hits[i]));
		if (!good && (age == AGE_STALE || age == AGE_UNDATED))
			note_age(run, probe, hit, age, &run->trail.near_note);
	}
	if (good)
		rule_note(run, &run->trail.near_note, "only %u of %u files: %s", good,
			  probe->at_least, asked->hits[0].hit->at.path);
}

static enum answer ask_files(struct rule_run *run, const struct probe *probe)
{
	static const struct rule_probe nothing;
	const struct rule_probe *asked =
	    run->facts->probes ? &run->facts->probes[probe->index] : &nothing;
	struct tally tally = count_files(run, probe, asked);
	uint32_t good = tally.fresh + (probe->stale_passes ? tally.stale : 0);
	uint32_t need = probe->kind == PROBE_FILES ? probe->at_least : 1;

	if (good >= need) {
		take_files(run, probe, asked);
		return ANSWER_YES;
	}
	if (asked->miss_count || good + tally.unknown >= need) {
		note_misses(run, probe, asked);
		return ANSWER_UNKNOWN;
	}
	if (asked->hit_count)
		note_near_files(run, probe, asked, &tally);
	return ANSWER_NO;
}

/* History */

/* Compares a count that may be only a lower bound with the probe's limits. */
static enum answer within(const struct probe *probe, uint32_t count, bool complete)
{
	if (count > probe->count_max)
		return ANSWER_NO;
	if (count < probe->count_min)
		return complete ? ANSWER_NO : ANSWER_UNKNOWN;
	if (!complete && probe->count_max != UINT32_MAX)
		return ANSWER_UNKNOWN;
	return ANSWER_YES;
}

static enum answer answer_count(struct rule_run *run, const struct probe *probe, uint32_t count,
				const char *text, const char *value)
{
	enum answer answer = within(probe, count, run->facts->history->complete);
	struct evidence evidence = rule_place(run, NULL);

	evidence.text = text;
	evidence.value = value;
	if (answer == ANSWER_YES) {
		rule_add_found(run, probe, evidence);
	} else if (answer == ANSWER_UNKNOWN) {
		rule_note(run, &run->trail.failed,
			  "only a part of the history is here (a shallow clone): %s", value);
	} else if (count) {
		rule_add_near(run, evidence);
		rule_note(run, &run->trail.near_note, "%s", text);
	} else {
		rule_note(run, &run->trail.none_note, "%s", text);
	}
	return answer;
}

static enum answer ask_authors(struct rule_run *run, const struct probe *probe)
{
	const struct history *history = run->facts->history;
	const char *names = "", *value;
	uint32_t count = 0;

	for (size_t i = 0; i < history->author_count; i++) {
		const struct author *author = &history->authors[i];

		if (author->bot || author->commits < probe->each_min)
			continue;
		if (count++ < 4)
			names = arena_printf(run->arena, "%s%s%.60s (%u)", names,
					     *names ? ", " : "", author->name, author->commits);
	}
	value = arena_printf(run->arena, "%u %s with %u or more commits in a year", count,
			     count == 1 ? "person" : "people", probe->each_min);
	return answer_count(run, probe, count,
			    *names ? arena_printf(run->arena, "%s: %s", value, names) : value,
			    value);
}

static enum answer ask_commits(struct rule_run *run, const struct probe *probe)
{
	const struct history *history = run->facts->history;
	uint32_t count = probe->by_bots ? history->dependency_bot_commits : history->commits;
	const char *text =
	    arena_printf(run->arena, "%u commit%s %s", count, count == 1 ? "" : "s",
			 probe->by_bots ? "by dependency bots in 180 days" : "by people in a year");

	return answer_count(run, probe, count, text, text);
}

static enum answer ask_history(struct rule_run *run, const struct probe *probe)
{
	if (!run->facts->history) {
		rule_note(run, &run->trail.failed, "the history could not be read");
		return ANSWER_UNKNOWN;
	}
	return probe->kind == PROBE_AUTHORS ? ask_authors(run, probe) : ask_commits(run, probe);
}

enum answer rule_ask(struct rule_run *run, const struct probe *probe)
{
	switch (probe->kind) {
	case PROBE_FILES:
	case PROBE_DEPENDENCY:
		return ask_files(run, probe);
	case PROBE_AUTHORS:
	case PROBE_COMMITS:
		return ask_history(run, probe);
	case PROBE_SIGNAL:
		return rule_ask_signal(run, probe);
	default:
		return rule_ask_service(run, probe);
	}
}
