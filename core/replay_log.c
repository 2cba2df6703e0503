#include "core/replay_log.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/strmap.h"

#define NO_INTERVAL UINT32_MAX

struct logged_service {
	const char *name;
	const char *owner;
	uint8_t tier;
	bool there;
	uint32_t *open; /* an interval a check, or NO_INTERVAL */
};

/* An interval, and whose it is: the name may be another by the end. */
struct logged {
	struct interval interval;
	struct logged_service *service;
};

struct replay_log {
	const struct checklist *checklist;
	struct arena *arena;
	struct strmap *services; /* by the name of today */
	struct strmap *texts;	 /* owners, evidence: each once */
	struct logged *logged;
	size_t count, cap;
	struct interval *intervals; /* once it has ended */
	struct cause cause;
	bool begun; /* what is seen from now on is not merely seen for the first time */
	bool ended;
};

struct replay_log *replay_log_new(const struct checklist *checklist)
{
	struct replay_log *log = xcalloc(1, sizeof(*log));

	log->checklist = checklist;
	log->arena = arena_new();
	log->services = strmap_new();
	log->texts = strmap_new();
	return log;
}

void replay_log_free(struct replay_log *log)
{
	strmap_free(log->services);
	strmap_free(log->texts);
	arena_free(log->arena);
	free(log->logged);
	free(log->intervals);
	free(log);
}

void replay_log_cause(struct replay_log *log, const struct cause *cause)
{
	log->begun = cause;
	log->cause = cause ? *cause : (struct cause){.kind = CAUSE_NONE};
}

static const char *shared(struct replay_log *log, const char *text)
{
	char *known = text ? strmap_get(log->texts, text) : NULL;

	if (text && !known) {
		known = arena_strdup(log->arena, text);
		strmap_put(log->texts, known, known);
	}
	return known;
}

static struct logged_service *new_service(struct replay_log *log, const char *name)
{
	size_t checks = log->checklist->check_count;
	struct logged_service *service = arena_alloc(log->arena, sizeof(*service));

	service->name = shared(log, name);
	service->open = arena_alloc(log->arena, checks * sizeof(*service->open));
	for (size_t i = 0; i < checks; i++)
		service->open[i] = NO_INTERVAL;
	strmap_put(log->services, service->name, service);
	return service;
}

static struct logged_service *service_of(struct replay_log *log, const char *name)
{
	struct logged_service *service = strmap_get(log->services, name);

	return service ? service : new_service(log, name);
}

/* The commit that is applied, whatever kind of end or beginning it was. */
static struct cause caused(const struct replay_log *log, enum cause_kind kind)
{
	struct cause cause = log->cause;

	if (cause.kind == CAUSE_COMMIT && (kind == CAUSE_APPEARED || kind == CAUSE_GONE))
		cause.kind = kind;
	else if (kind == CAUSE_GONE)
		cause = (struct cause){.kind = CAUSE_GONE};
	return cause;
}

static void end_interval(struct replay_log *log, struct logged_service *service, size_t check,
			 const struct interval *closed)
{
	uint32_t open = service->open[check];
	struct interval *interval;

	if (open == NO_INTERVAL)
		return;
	interval = &log->logged[open].interval;
	interval->until = closed->until;
	interval->closed = caused(log, closed->closed.kind);
	service->open[check] = NO_INTERVAL;
}

static void begin_interval(struct replay_log *log, struct logged_service *service, size_t check,
			   const struct interval *opened, bool goes_on)
{
	struct interval *interval;

	GROW(log->logged, log->count, log->cap);
	log->logged[log->count] = (struct logged){*opened, service};
	interval = &log->logged[log->count].interval;
	interval->service = service->name;
	interval->check = log->checklist->checks[check].id;
	interval->owner = shared(log, opened->owner);
	interval->evidence = shared(log, opened->evidence);
	interval->at_least = !log->begun || log->cause.kind == CAUSE_NONE;
	interval->opened = caused(log, goes_on || service->there ? CAUSE_COMMIT : CAUSE_APPEARED);
	service->open[check] = (uint32_t)log->count++;
}

void replay_log_change(void *ctx, const struct interval *closed, const struct interval *opened)
{
	struct replay_log *log = ctx;
	const struct interval *either = opened ? opened : closed;
	struct logged_service *service;
	bool was_known;
	int check;

	if (!either)
		return;
	service = service_of(log, either->service);
	check = checklist_find(log->checklist, either->check);
	if (check < 0 || log->ended || log->count >= NO_INTERVAL)
		return;
	was_known = service->open[check] != NO_INTERVAL;
	if (closed)
		end_interval(log, service, (size_t)check, closed);
	if (!opened)
		service->there = false;
	else if (was_known || opened->status != STATUS_UNKNOWN || opened->code != UNKNOWN_NO_SOURCE)
		begin_interval(log, service, (size_t)check, opened, closed);
}

void replay_log_rename(void *ctx, const char *before, const char *now)
{
	struct replay_log *log = ctx;
	struct logged_service *service = service_of(log, before);

	/* Who had the new name before is gone and keeps it; who gets the old one is another. */
	service->name = shared(log, now);
	strmap_put(log->services, service->name, service);
	new_service(log, before);
}

void replay_log_facts(struct replay_log *log, const char *name, int tier, const char *owner)
{
	struct logged_service *service = service_of(log, name);
	bool same =
	    service->tier == tier && service->owner && owner && !strcmp(service->owner, owner);

	service->there = true;
	if (same)
		return;
	service->tier = (uint8_t)tier;
	service->owner = shared(log, owner);
	for (size_t i = 0; i < log->checklist->check_count; i++) {
		if (service->open[i] == NO_INTERVAL)
			continue;
		log->logged[service->open[i]].interval.tier = service->tier;
		log->logged[service->open[i]].interval.owner = service->owner;
	}
}

void replay_log_end(struct replay_log *log)
{
	log->ended = true;
	log->intervals = xcalloc(log->count, sizeof(*log->intervals));
	for (size_t i = 0; i < log->count; i++) {
		log->intervals[i] = log->logged[i].interval;
		log->intervals[i].service = log->logged[i].service->name;
	}
	free(log->logged);
	log->logged = NULL;
}

const struct interval *replay_log_intervals(const struct replay_log *log, size_t *count)
{
	*count = log->ended ? log->count : 0;
	return log->intervals;
}
