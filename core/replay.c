#include "core/replay.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/record.h"
#include "core/replay_log.h"

/* A checkout on its way through time. */
struct line {
	struct past *past;
	size_t next;	 /* version */
	int64_t at;	 /* of that one */
	uint32_t number; /* in the order of paths: what comes first at the same time */
	bool damaged;
};

struct replay {
	const struct checklist *checklist;
	int64_t since, until, now;
	struct fleet *fleet;
	struct record *record;
	struct replay_log *log;
	struct line *lines;
	size_t line_count, line_cap;
	struct line **heap; /* lines that go on, the next first */
	size_t heap_count;
	size_t total, done;
	bool begun, ended;
	struct arena *arena;
	struct replay_due *due;
	size_t due_count, due_cap;
};

struct replay *replay_new(const struct checklist *checklist, int64_t since, int64_t until)
{
	struct replay *replay = xcalloc(1, sizeof(*replay));

	replay->checklist = checklist;
	replay->since = since;
	replay->until = until > since ? until : since;
	replay->arena = arena_new();
	replay->fleet = fleet_new(checklist);
	replay->log = replay_log_new(checklist);
	replay->record = record_new(checklist, replay_log_change, replay->log);
	record_on_rename(replay->record, replay_log_rename);
	record_without_sources(replay->record);
	fleet_set_record(replay->fleet, replay->record);
	return replay;
}

void replay_free(struct replay *replay)
{
	if (!replay)
		return;
	fleet_free(replay->fleet);
	record_free(replay->record);
	replay_log_free(replay->log);
	for (size_t i = 0; i < replay->line_count; i++)
		past_free(replay->lines[i].past);
	free(replay->lines);
	free(replay->heap);
	free(replay->due);
	arena_free(replay->arena);
	free(replay);
}

void replay_add(struct replay *replay, struct past *past)
{
	GROW(replay->lines, replay->line_count, replay->line_cap);
	replay->lines[replay->line_count++] = (struct line){.past = past};
	replay->total += past_count(past);
}

size_t replay_total(const struct replay *replay)
{
	return replay->total;
}

size_t replay_done(const struct replay *replay)
{
	return replay->done;
}

/* ---- which version comes next ---- */

static bool comes_before(const struct line *a, const struct line *b)
{
	return a->at != b->at ? a->at < b->at : a->number < b->number;
}

/* Puts line at place of the heap or below it. */
static void sift_down(struct replay *replay, size_t place, struct line *line)
{
	for (;;) {
		size_t child = 2 * place + 1;

		if (child + 1 < replay->heap_count &&
		    comes_before(replay->heap[child + 1], replay->heap[child]))
			child++;
		if (child >= replay->heap_count || !comes_before(replay->heap[child], line))
			break;
		replay->heap[place] = replay->heap[child];
		place = child;
	}
	replay->heap[place] = line;
}

/* When the line's next version is; false: it has no more. A clock that was ahead is now's. */
static bool look_ahead(const struct replay *replay, struct line *line)
{
	if (line->damaged || line->next >= past_count(line->past))
		return false;
	line->at = past_at(line->past, line->next)->at;
	if (line->at > replay->until)
		line->at = replay->until;
	return true;
}

static int compare_paths(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	return strcmp(past_path(x->past), past_path(y->past));
}

static void make_heap(struct replay *replay)
{
	if (replay->line_count)
		qsort(replay->lines, replay->line_count, sizeof(*replay->lines), compare_paths);
	replay->heap = xcalloc(replay->line_count, sizeof(*replay->heap));
	for (size_t i = 0; i < replay->line_count; i++) {
		replay->lines[i].number = (uint32_t)i;
		if (look_ahead(replay, &replay->lines[i]))
			replay->heap[replay->heap_count++] = &replay->lines[i];
	}
	for (size_t i = replay->heap_count; i-- > 0;)
		sift_down(replay, i, replay->heap[i]);
}

/* ---- what it changes ---- */

/*
 * Who is to blame: the commit, but for how it was when the line begins to be known; or a date that
 * went by.
 */
static struct cause cause_of(const struct line *line)
{
	const struct past_version *version = past_at(line->past, line->next);

	if (!line->next && past_cut_reason(line->past))
		return (struct cause){.kind = CAUSE_NONE};
	if (!version->hash)
		return (struct cause){.kind = CAUSE_TIME};
	return (struct cause){.kind = CAUSE_COMMIT,
			      .checkout = past_path(line->past),
			      .hash = version->hash,
			      .author = version->author,
			      .subject = version->subject,
			      .time = version->at,
			      .among = version->among};
}

static void apply(struct replay *replay, struct line *line)
{
	struct checkout *checkout = past_checkout(line->past, line->next);

	replay->done++;
	line->next++;
	if (!checkout) {
		line->damaged = true;
		past_cut(line->past, "what was found in it came damaged");
		return;
	}
	fleet_apply(replay->fleet, checkout);
}

/* A finding that is a gap since right now. */
static void note_due(struct replay *replay, const struct service *service)
{
	for (size_t i = 0; i < replay->checklist->check_count; i++) {
		const struct finding *finding = &service->findings[i];

		if (finding->status != STATUS_GAP || !finding->required ||
		    finding->since != replay->now)
			continue;
		GROW(replay->due, replay->due_count, replay->due_cap);
		replay->due[replay->due_count++] = (struct replay_due){
		    .service = arena_strdup(replay->arena, service->name),
		    .check = replay->checklist->checks[i].id,
		    .owner = arena_strdup(replay->arena,
					  service->owner_count ? service->owners[0].value : NULL),
		    .reason = arena_strdup(replay->arena, finding->reason),
		    .tier = service->tier,
		    .at = replay->now,
		};
	}
}

static void note_facts(void *ctx, const char *name, const struct service *service)
{
	struct replay *replay = ctx;

	if (service && replay->ended)
		note_due(replay, service);
	else if (service)
		replay_log_facts(replay->log, name, service->tier,
				 service->owner_count ? service->owners[0].value : NULL);
}

static void settle(struct replay *replay, const struct cause *cause)
{
	uint64_t before = fleet_generation(replay->fleet);

	replay_log_cause(replay->log, cause);
	fleet_advance(replay->fleet, replay->now);
	if (fleet_generation(replay->fleet) != before)
		fleet_changes(replay->fleet, note_facts, replay);
}

/* Lets time go by until then. */
static void let_pass(struct replay *replay, int64_t until)
{
	static const struct cause time = {.kind = CAUSE_TIME};
	int64_t turns;

	while ((turns = fleet_turns(replay->fleet)) && turns <= until) {
		replay->now = turns;
		settle(replay, &time);
	}
	replay->now = until > replay->now ? until : replay->now;
}

/* How all lines were at the beginning is one state of the fleet. */
static void begin(struct replay *replay)
{
	replay->begun = true;
	replay->now = replay->since;
	make_heap(replay);
	while (replay->heap_count && replay->heap[0]->at <= replay->since) {
		struct line *line = replay->heap[0];

		apply(replay, line);
		if (look_ahead(replay, line))
			sift_down(replay, 0, line);
		else if (--replay->heap_count)
			sift_down(replay, 0, replay->heap[replay->heap_count]);
	}
	settle(replay, NULL);
}

static void step(struct replay *replay)
{
	struct line *line = replay->heap[0];
	struct cause cause = cause_of(line);

	let_pass(replay, line->at);
	apply(replay, line);
	settle(replay, &cause);
	if (look_ahead(replay, line))
		sift_down(replay, 0, line);
	else if (--replay->heap_count)
		sift_down(replay, 0, replay->heap[replay->heap_count]);
}

bool replay_step(struct replay *replay, size_t versions)
{
	if (!replay->begun)
		begin(replay);
	for (; versions && replay->heap_count; versions--)
		step(replay);
	if (replay->heap_count || replay->ended)
		return replay->ended;
	let_pass(replay, replay->until);
	replay_log_end(replay->log);
	return replay->ended = true;
}

const struct replay_due *replay_ahead(struct replay *replay, int64_t until, size_t *count)
{
	*count = 0;
	if (!replay->ended)
		return NULL;
	replay->due_count = 0;
	let_pass(replay, until);
	*count = replay->due_count;
	return replay->due;
}

const struct interval *replay_intervals(const struct replay *replay, size_t *count)
{
	return replay_log_intervals(replay->log, count);
}

const struct fleet *replay_fleet(const struct replay *replay)
{
	return replay->fleet;
}

void replay_cuts(const struct replay *replay, replay_each_cut *each, void *ctx)
{
	for (size_t i = 0; i < replay->line_count; i++) {
		const struct past *past = replay->lines[i].past;

		if (past_cut_reason(past))
			each(ctx, past_path(past), past_cut_reason(past));
	}
}
