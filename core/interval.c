#include "core/interval.h"

struct cause cause_copy(const struct cause *cause, struct arena *arena)
{
	struct cause copy = *cause;

	copy.checkout = arena_strdup(arena, cause->checkout);
	copy.hash = arena_strdup(arena, cause->hash);
	copy.author = arena_strdup(arena, cause->author);
	copy.subject = arena_strdup(arena, cause->subject);
	return copy;
}

struct interval interval_copy(const struct interval *interval, struct arena *arena)
{
	struct interval copy = *interval;

	copy.service = arena_strdup(arena, interval->service);
	copy.check = arena_strdup(arena, interval->check);
	copy.opened = cause_copy(&interval->opened, arena);
	copy.closed = cause_copy(&interval->closed, arena);
	copy.owner = arena_strdup(arena, interval->owner);
	copy.evidence = arena_strdup(arena, interval->evidence);
	return copy;
}
