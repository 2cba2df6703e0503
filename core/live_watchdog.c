#include <string.h>

#include "core/live_internal.h"

/* That are looked at: a server that has more is none that one relies on. */
#define WATCHDOGS_MAX 64

static bool fires(const struct signal *signal)
{
	return (signal->flags & (SIGNAL_WATCHDOG | SIGNAL_PENDING)) == SIGNAL_WATCHDOG &&
	       signal->state != SIGNAL_CRITICAL;
}

static bool same_text(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

/* The same alert, maybe of another cluster. */
static bool alike(const struct signal *a, const struct signal *b)
{
	return !strcmp(a->title, b->title) && same_text(a->environment, b->environment);
}

static bool has(const struct signal *signals, size_t count, const char *id)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(signals[i].id, id) && !(signals[i].flags & SIGNAL_PENDING))
			return true;
	return false;
}

/* Told as missing already, by the source's configuration. */
static bool told(const struct signal *signals, size_t count, const struct signal *lost)
{
	for (size_t i = 0; i < count; i++)
		if (signals[i].flags & SIGNAL_WATCHDOG && !fires(&signals[i]) &&
		    alike(&signals[i], lost))
			return true;
	return false;
}

/* One that goes while another comes has got other labels. */
static bool relabelled(const struct signal_list *now, const struct signal *before,
		       size_t before_count, const struct signal *lost)
{
	size_t fired = 0, firing = 0;

	for (size_t i = 0; i < before_count; i++)
		fired +=
		    (before[i].flags & (SIGNAL_WATCHDOG | SIGNAL_PENDING)) == SIGNAL_WATCHDOG &&
		    alike(&before[i], lost);
	for (size_t i = 0; i < now->count; i++)
		firing += fires(&now->signals[i]) && alike(&now->signals[i], lost);
	return firing >= fired;
}

/* Whether the alert that always fired is gone, as far as what was said now tells. */
static bool is_lost(const struct signal_list *now, const struct signal *before, size_t before_count,
		    const struct signal *old)
{
	/* One without a time never fired: the source's configuration wants it. */
	if (old->flags & SIGNAL_PENDING || (!fires(old) && !old->since))
		return false;
	return !has(now->signals, now->count, old->id) && !told(now->signals, now->count, old) &&
	       !relabelled(now, before, before_count, old);
}

struct arena *live_keep_watchdogs(struct signal_list *list, const struct signal *before,
				  size_t before_count, int64_t at)
{
	struct signal_list all = {0};
	size_t looked = 0;

	for (size_t i = 0; i < before_count && looked < WATCHDOGS_MAX; i++) {
		struct signal *lost;

		if (!(before[i].flags & SIGNAL_WATCHDOG))
			continue;
		looked++;
		if (!is_lost(list, before, before_count, &before[i]))
			continue;
		if (!all.arena)
			all.arena = arena_new();
		lost = signal_add(&all, before[i].kind, SIGNAL_CRITICAL, before[i].id,
				  before[i].title);
		*lost = before[i];
		if (fires(&before[i]))
			lost->since = at;
		lost->state = SIGNAL_CRITICAL;
		lost->text =
		    "this alert always fires, to show that alerting works. It fired before "
		    "and does not now: other alerts may not arrive either";
	}
	if (!all.arena)
		return NULL;
	for (size_t i = 0; i < list->count; i++) {
		struct signal *copy = signal_add(&all, SIGNAL_ALERT, SIGNAL_OK, "", "");

		if (copy)
			*copy = list->signals[i];
	}
	*list = all;
	return all.arena;
}
