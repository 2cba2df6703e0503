#include "core/record.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/record_causes.h"
#include "core/strmap.h"

#define LAST_TIME   253402300799 /* the end of the year 9999 */
#define MANY_CAUSES 1024	 /* before those that nobody names any more are dropped */
#define MANY_GONE   64

/* The open interval of one finding: there is one for each service and check. */
struct slot {
	int64_t from : 44;
	uint64_t status : 3;
	uint64_t code : 2;
	uint64_t tier : 3;
	uint64_t required : 1;
	uint64_t at_least : 1;
	uint64_t known : 1;
	uint32_t cause;
};

struct known {
	char *name;
	char *owner;
	bool there; /* else it is gone, and nothing is known of it */
	struct slot *slots;
};

struct record {
	record_change *changed;
	record_renamed *renamed;
	void *ctx;
	struct arena *id_arena;
	const char **ids; /* of checks, in the checklist's order */
	size_t id_count;
	struct strmap *places; /* id to its index + 1 */
	struct strmap *services;
	size_t gone;
	bool without_sources;
	struct causes *causes;
	size_t causes_left; /* at the last sweep */
	struct arena *cause_arena;
	struct cause cause;
	uint32_t cause_number; /* of cause, once it was needed; 0: not yet */
	uint64_t generation;
	struct buf evidence;
};

/* ---- a record ---- */

static void set_ids(struct record *record, const struct checklist *checklist)
{
	struct arena *arena = arena_new();

	record->id_arena = arena;
	record->id_count = checklist->check_count;
	record->ids = arena_alloc(arena, (record->id_count + 1) * sizeof(*record->ids));
	record->places = strmap_new();
	for (size_t i = 0; i < record->id_count; i++) {
		record->ids[i] = arena_strdup(arena, checklist->checks[i].id);
		strmap_put(record->places, record->ids[i], (void *)(uintptr_t)(i + 1));
	}
}

struct record *record_new(const struct checklist *checklist, record_change *changed, void *ctx)
{
	struct record *record = xcalloc(1, sizeof(*record));

	record->changed = changed;
	record->ctx = ctx;
	record->services = strmap_new();
	record->causes = causes_new();
	record->cause_arena = arena_new();
	set_ids(record, checklist);
	return record;
}

static void free_known(struct known *known)
{
	free(known->name);
	free(known->owner);
	free(known->slots);
	free(known);
}

static void free_service(const char *name, void *value, void *ctx)
{
	(void)name;
	(void)ctx;
	free_known(value);
}

void record_free(struct record *record)
{
	if (!record)
		return;
	strmap_each(record->services, free_service, NULL);
	strmap_free(record->services);
	strmap_free(record->places);
	arena_free(record->id_arena);
	arena_free(record->cause_arena);
	causes_free(record->causes);
	buf_free(&record->evidence);
	free(record);
}

void record_without_sources(struct record *record)
{
	record->without_sources = true;
}

void record_on_rename(struct record *record, record_renamed *renamed)
{
	record->renamed = renamed;
}

uint64_t record_generation(const struct record *record)
{
	return record->generation;
}

static struct known *find_known(const struct record *record, const char *service)
{
	struct known *known = strmap_get(record->services, service);

	return known && known->there ? known : NULL;
}

static struct known *make_known(struct record *record, const char *service)
{
	struct known *known = strmap_get(record->services, service);

	if (!known) {
		known = xcalloc(1, sizeof(*known));
		known->name = xstrdup(service);
		known->slots = xcalloc(record->id_count + 1, sizeof(*known->slots));
		strmap_put(record->services, known->name, known);
	} else if (!known->there) {
		record->gone--;
	}
	known->there = true;
	return known;
}

/* ---- another checklist ---- */

static bool same_ids(const struct record *record, const struct checklist *checklist)
{
	if (record->id_count != checklist->check_count)
		return false;
	for (size_t i = 0; i < record->id_count; i++)
		if (strcmp(record->ids[i], checklist->checks[i].id) != 0)
			return false;
	return true;
}

struct move {
	size_t *from; /* by index of the new ids: that of the old, + 1 */
	size_t count;
};

static void move_slots(const char *name, void *value, void *ctx)
{
	const struct move *move = ctx;
	struct known *known = value;
	struct slot *slots = xcalloc(move->count + 1, sizeof(*slots));

	(void)name;
	for (size_t i = 0; i < move->count; i++)
		if (move->from[i])
			slots[i] = known->slots[move->from[i] - 1];
	free(known->slots);
	known->slots = slots;
}

void record_set_checklist(struct record *record, const struct checklist *checklist)
{
	struct arena *old = record->id_arena;
	struct strmap *places = record->places;
	struct move move;

	if (same_ids(record, checklist))
		return;
	set_ids(record, checklist);
	move.count = record->id_count;
	move.from = xcalloc(move.count + 1, sizeof(*move.from));
	for (size_t i = 0; i < move.count; i++)
		move.from[i] = (size_t)(uintptr_t)strmap_get(places, record->ids[i]);
	strmap_each(record->services, move_slots, &move);
	free(move.from);
	strmap_free(places);
	arena_free(old);
}

/* ---- causes ---- */

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool same_cause(const struct cause *a, const struct cause *b)
{
	return a->kind == b->kind && a->time == b->time && a->among == b->among &&
	       same_text(a->hash, b->hash) && same_text(a->checkout, b->checkout);
}

void record_cause(struct record *record, const struct cause *cause)
{
	struct cause none = {.kind = CAUSE_NONE};
	struct arena *old = record->cause_arena;

	if (same_cause(cause ? cause : &none, &record->cause))
		return;
	/* It may be what record_cause_now() gave. */
	record->cause_arena = arena_new();
	record->cause = cause_copy(cause ? cause : &none, record->cause_arena);
	record->cause_number = 0;
	arena_free(old);
}

const struct cause *record_cause_now(const struct record *record)
{
	return &record->cause;
}

struct sweep {
	const struct causes *old;
	struct causes *kept;
	uint32_t *numbers; /* new ones by the old; 0: not yet */
};

static void keep_causes(struct sweep *sweep, struct slot *slots, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t number = slots[i].cause;

		if (!number)
			continue;
		if (!sweep->numbers[number])
			sweep->numbers[number] =
			    causes_add(sweep->kept, causes_at(sweep->old, number));
		slots[i].cause = sweep->numbers[number];
	}
}

struct sweeping {
	struct sweep *sweep;
	size_t id_count;
};

static void keep_causes_of(const char *name, void *value, void *ctx)
{
	const struct sweeping *in = ctx;
	struct known *known = value;

	(void)name;
	keep_causes(in->sweep, known->slots, in->id_count);
}

/* Commits come every day; only those that some open interval names are of use. */
static void sweep_causes(struct record *record)
{
	struct sweep sweep;

	if (causes_count(record->causes) < MANY_CAUSES + 2 * record->causes_left)
		return;
	sweep = (struct sweep){record->causes, causes_new(),
			       xcalloc(causes_count(record->causes), sizeof(uint32_t))};
	strmap_each(record->services, keep_causes_of, &(struct sweeping){&sweep, record->id_count});
	causes_free(record->causes);
	free(sweep.numbers);
	record->causes = sweep.kept;
	record->causes_left = causes_count(record->causes);
	record->cause_number = 0;
}

static uint32_t current_cause(struct record *record)
{
	if (!record->cause_number)
		record->cause_number = causes_add(record->causes, &record->cause);
	return record->cause_number;
}

/* ---- intervals ---- */

static struct interval interval_of(const struct record *record, const struct known *known,
				   size_t check)
{
	const struct slot *slot = &known->slots[check];

	return (struct interval){
	    .service = known->name,
	    .check = record->ids[check],
	    .status = (enum status)slot->status,
	    .code = (enum unknown_code)slot->code,
	    .required = slot->required,
	    .at_least = slot->at_least,
	    .tier = (uint8_t)slot->tier,
	    .from = slot->from,
	    .opened = *causes_at(record->causes, slot->cause),
	    .owner = known->owner,
	};
}

static struct interval ended(const struct record *record, const struct known *known, size_t check,
			     const struct cause *cause, int64_t now)
{
	struct interval interval = interval_of(record, known, check);

	interval.until = now > interval.from ? now : interval.from;
	interval.closed = *cause;
	return interval;
}

/* The first place, as people write it. */
static const char *evidence_text(struct record *record, const struct finding *finding)
{
	const struct evidence *evidence = finding->evidence;
	struct buf *text = &record->evidence;

	if (!finding->evidence_count)
		return NULL;
	if (!evidence->path)
		return evidence->url ? evidence->url : evidence->value;
	buf_reset(text);
	buf_adds(text, evidence->path);
	if (evidence->line)
		buf_addf(text, ":%u", (unsigned)evidence->line);
	return buf_str(text);
}

static int64_t sane_time(int64_t time)
{
	return time < 0 ? 0 : time > LAST_TIME ? LAST_TIME : time;
}

/* Says nothing about how it is, only that it could not be found out. */
static bool is_blind(enum status status, enum unknown_code code)
{
	return status == STATUS_UNKNOWN && (code == UNKNOWN_NO_SOURCE || code == UNKNOWN_FAILED);
}

static bool same_answer(const struct slot *slot, const struct finding *finding)
{
	return slot->known && slot->status == (uint64_t)finding->status &&
	       slot->required == finding->required;
}

/* What is noted of one service at one time. */
struct noting {
	struct record *record;
	struct known *known;
	int tier;
	bool made; /* the service was not known, and a commit made it */
	int64_t now;
};

static void begin(const struct noting *in, size_t check, const struct finding *finding)
{
	struct record *record = in->record;
	struct slot *slot = &in->known->slots[check];
	bool before = slot->known, seen_first = !before && !in->made;
	struct interval closed, opened;

	if (before)
		closed = ended(record, in->known, check, &record->cause, in->now);
	*slot = (struct slot){
	    .from = sane_time(in->now),
	    .status = (uint64_t)finding->status,
	    .code = (uint64_t)finding->code,
	    .tier = (uint64_t)in->tier & 7,
	    .required = finding->required,
	    .at_least = seen_first,
	    .known = 1,
	    .cause = seen_first ? 0 : current_cause(record),
	};
	if (!record->changed)
		return;
	opened = interval_of(record, in->known, check);
	opened.evidence = evidence_text(record, finding);
	record->changed(record->ctx, before ? &closed : NULL, &opened);
}

static void note_finding(const struct noting *in, size_t check, struct finding *finding)
{
	struct slot *slot = &in->known->slots[check];

	finding->since = 0;
	finding->since_at_least = false;
	if (slot->known && slot->from > in->now) {
		slot->from = sane_time(in->now);
		slot->at_least = true;
	}
	if (is_blind(finding->status, finding->code) &&
	    !(in->record->without_sources && finding->code == UNKNOWN_NO_SOURCE))
		return;
	if (same_answer(slot, finding))
		slot->code = (uint64_t)finding->code;
	else
		begin(in, check, finding);
	finding->since = slot->from;
	finding->since_at_least = slot->at_least;
}

void record_note(struct record *record, const char *service, int tier, const char *owner,
		 struct finding *findings, size_t count, int64_t now)
{
	bool known = find_known(record, service);
	struct noting in = {
	    .record = record,
	    .known = make_known(record, service),
	    .tier = tier,
	    .made = !known && record->cause.kind == CAUSE_COMMIT,
	    .now = now,
	};

	if (!same_text(in.known->owner, owner)) {
		free(in.known->owner);
		in.known->owner = xstrdup(owner);
	}
	for (size_t i = 0; i < count && i < record->id_count; i++)
		note_finding(&in, i, &findings[i]);
	sweep_causes(record);
}

void record_ask(const struct record *record, const char *service, struct finding *findings,
		size_t count, int64_t now)
{
	const struct known *known = find_known(record, service);

	for (size_t i = 0; i < count; i++) {
		const struct slot *slot = known && i < record->id_count ? &known->slots[i] : NULL;
		bool same = slot && same_answer(slot, &findings[i]);
		bool ahead = same && slot->from > now;

		findings[i].since = !same ? 0 : ahead ? now : slot->from;
		findings[i].since_at_least = same && (slot->at_least || ahead);
	}
}

/* ---- services that come, go and are renamed ---- */

static void free_gone(const char *name, void *value, void *ctx)
{
	struct known *known = value;

	(void)name;
	if (known->there)
		strmap_put(ctx, known->name, known);
	else
		free_known(known);
}

/* A map forgets nothing, so it is made anew now and then. */
static void sweep_gone(struct record *record)
{
	struct strmap *kept;

	if (record->gone < MANY_GONE || record->gone * 2 < strmap_count(record->services))
		return;
	kept = strmap_new();
	strmap_each(record->services, free_gone, kept);
	strmap_free(record->services);
	record->services = kept;
	record->gone = 0;
}

static void forget(struct record *record, struct known *known)
{
	memset(known->slots, 0, record->id_count * sizeof(*known->slots));
	free(known->owner);
	known->owner = NULL;
	known->there = false;
	record->gone++;
}

void record_gone(struct record *record, const char *service, int64_t now)
{
	const struct cause gone = {.kind = CAUSE_GONE};
	struct known *known = find_known(record, service);

	if (!known)
		return;
	for (size_t i = 0; record->changed && i < record->id_count; i++) {
		struct interval closed;

		if (!known->slots[i].known)
			continue;
		closed = ended(record, known, i, &gone, now);
		record->changed(record->ctx, &closed, NULL);
	}
	forget(record, known);
	sweep_gone(record);
}

bool record_rename(struct record *record, const char *before, const char *now)
{
	struct known *old = find_known(record, before), *new;
	struct slot *slots;

	if (!old || find_known(record, now))
		return false;
	new = make_known(record, now);
	slots = new->slots;
	new->slots = old->slots;
	new->owner = old->owner;
	old->slots = slots;
	old->owner = NULL;
	forget(record, old);
	if (record->renamed)
		record->renamed(record->ctx, before, now);
	sweep_gone(record);
	return true;
}

bool record_knows(const struct record *record, const char *service)
{
	return find_known(record, service);
}

/* ---- what others know ---- */

static bool says_more(const struct slot *slot, const struct interval *open, int64_t from)
{
	if (!slot->known)
		return true;
	if (slot->status != (uint64_t)open->status || slot->required != open->required)
		return false;
	if (open->at_least)
		return slot->at_least && from < slot->from;
	return slot->at_least || from < slot->from;
}

void record_learn(struct record *record, const struct interval *open)
{
	size_t place = (size_t)(uintptr_t)strmap_get(record->places, open->check);
	int64_t from = sane_time(open->from);
	struct known *known;
	struct slot *slot;

	if (!place || open->until || is_blind(open->status, open->code))
		return;
	known = make_known(record, open->service);
	slot = &known->slots[place - 1];
	if (!says_more(slot, open, from))
		return;
	if (!known->owner)
		known->owner = xstrdup(open->owner);
	*slot = (struct slot){
	    .from = from,
	    .status = (uint64_t)open->status,
	    .code = (uint64_t)open->code,
	    .tier = open->tier & 7,
	    .required = open->required,
	    .at_least = open->at_least,
	    .known = 1,
	    .cause = causes_add(record->causes, &open->opened),
	};
	record->generation++;
	sweep_causes(record);
}

void record_learn_seen(struct record *record, const struct interval *open)
{
	size_t place = (size_t)(uintptr_t)strmap_get(record->places, open->check);
	struct known *known = find_known(record, open->service);
	struct slot *slot = known && place ? &known->slots[place - 1] : NULL;

	if (slot && !open->until && !open->at_least && !is_blind(open->status, open->code) &&
	    (slot->status != (uint64_t)open->status || slot->required != open->required) &&
	    sane_time(open->from) > slot->from)
		slot->known = 0;
	record_learn(record, open);
}

bool record_open(const struct record *record, const char *service, const char *check,
		 struct interval *out)
{
	const struct known *known = find_known(record, service);
	size_t place = (size_t)(uintptr_t)strmap_get(record->places, check);

	if (!known || !place || !known->slots[place - 1].known)
		return false;
	*out = interval_of(record, known, place - 1);
	return true;
}

struct listing {
	const struct known **known;
	size_t count;
};

static void list_known(const char *name, void *value, void *ctx)
{
	struct listing *list = ctx;
	const struct known *known = value;

	(void)name;
	if (known->there)
		list->known[list->count++] = known;
}

static int compare_known(const void *a, const void *b)
{
	return strcmp((*(const struct known *const *)a)->name,
		      (*(const struct known *const *)b)->name);
}

void record_each(const struct record *record, record_each_interval *each, void *ctx)
{
	struct listing list = {xcalloc(strmap_count(record->services) + 1, sizeof(*list.known)), 0};

	strmap_each(record->services, list_known, &list);
	if (list.count)
		qsort(list.known, list.count, sizeof(*list.known), compare_known);
	for (size_t k = 0; k < list.count; k++)
		for (size_t i = 0; i < record->id_count; i++) {
			struct interval open;

			if (!list.known[k]->slots[i].known)
				continue;
			open = interval_of(record, list.known[k], i);
			each(ctx, &open);
		}
	free(list.known);
}
