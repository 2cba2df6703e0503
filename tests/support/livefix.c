#include "tests/support/livefix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

struct livefix *livefix_new(const struct checklist *checklist)
{
	struct livefix *fix = xcalloc(1, sizeof(*fix));

	fix->checklist = checklist;
	fix->fleet = fleet_new(checklist);
	fix->live = live_new();
	fix->arena = arena_new();
	fleet_set_live(fix->fleet, fix->live);
	return fix;
}

void livefix_free(struct livefix *fix)
{
	fleet_free(fix->fleet);
	live_free(fix->live);
	arena_free(fix->arena);
	free(fix->sources);
	free(fix);
}

static struct fact fact(struct arena *arena, const char *value, size_t len, uint32_t line)
{
	return (struct fact){arena_memdup0(arena, value, len), {"service.yml", line}};
}

struct checkout *livefix_service(struct livefix *fix, const char *name, int tier, const char *owner,
				 const char *needs)
{
	char path[256];
	struct checkout *co;
	struct descriptor *d;

	snprintf(path, sizeof(path), "/src/%.200s", name);
	co = checkout_new(path);
	d = arena_alloc(co->arena, sizeof(*d));
	d->format = "service.yml";
	d->subdir = "";
	d->at = (struct origin){"service.yml", 1};
	d->name = fact(co->arena, name, strlen(name), 1);
	d->tier = tier;
	d->tier_text = (struct fact){"x", {"service.yml", 2}};
	d->owners = arena_alloc(co->arena, sizeof(*d->owners));
	if (owner)
		d->owners[d->owner_count++] = fact(co->arena, owner, strlen(owner), 3);
	d->depends_on = arena_alloc(co->arena, 64 * sizeof(*d->depends_on));
	while (needs && *needs && d->depends_count < 64) {
		size_t len = strcspn(needs, " ");

		d->depends_on[d->depends_count++] = fact(co->arena, needs, len, 4);
		needs += len + strspn(needs + len, " ");
	}
	co->descriptors = d;
	co->descriptor_count = 1;
	co->head = "0123456789012345678901234567890123456789";
	co->ref = "refs/heads/main";
	fleet_apply(fix->fleet, co);
	return co;
}

void livefix_source(struct livefix *fix, const char *name, const char *type,
		    const char *environment)
{
	uint64_t kinds = (UINT64_C(1) << SIGNAL_KINDS) - 1;

	if (strcmp(type, "alertmanager") != 0)
		kinds &= ~(UINT64_C(1) << SIGNAL_SILENCE);
	GROW(fix->sources, fix->source_count, fix->source_cap);
	fix->sources[fix->source_count++] =
	    (struct live_config){.name = name,
				 .type = type,
				 .url = "https://monitoring.example.com",
				 .environment = environment,
				 .kinds = kinds,
				 .every = 30};
	live_configure(fix->live, fix->sources, fix->source_count);
}

static void tell(struct livefix *fix)
{
	if (fix->report.source)
		live_apply(fix->live, &fix->report);
	fix->report = (struct topic_report){0};
}

void livefix_say(struct livefix *fix, const char *source, const char *topic, enum signal_kind kind,
		 int64_t at)
{
	tell(fix);
	fix->report = (struct topic_report){.source = source,
					    .topic = topic,
					    .at = at,
					    .kinds = UINT64_C(1) << kind,
					    .signals = {.arena = fix->arena}};
}

struct signal *livefix_signal(struct livefix *fix, const char *service, enum signal_kind kind,
			      enum signal_state state, const char *title)
{
	struct signal_list *list = &fix->report.signals;
	struct signal *signal =
	    signal_add(list, kind, state, arena_printf(fix->arena, "id%zu", ++fix->ids), title);

	signal_add_key(list, signal, "service", service);
	fix->report.kinds |= UINT64_C(1) << kind;
	return signal;
}

void livefix_fail(struct livefix *fix, const char *source, const char *topic, enum signal_kind kind,
		  enum failure failure, const char *cause, int64_t at)
{
	struct topic_report report = {.source = source,
				      .topic = topic,
				      .failure = failure,
				      .cause = cause,
				      .at = at,
				      .kinds = UINT64_C(1) << kind};

	tell(fix);
	live_apply(fix->live, &report);
}

void livefix_settle(struct livefix *fix, int64_t now)
{
	tell(fix);
	fleet_settle(fix->fleet, now);
}
