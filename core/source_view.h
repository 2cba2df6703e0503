#ifndef SVCTOP_CORE_SOURCE_VIEW_H
#define SVCTOP_CORE_SOURCE_VIEW_H

/*
 * The configured sources as a person mends them: how each is, what it says of which
 * services, and what matched nothing on either side. For the sources pane and
 * `svctop sources`; no I/O, the time is an argument.
 */

#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/config.h"
#include "core/fleet.h"
#include "core/live.h"

enum source_state {
	SOURCE_FAILING, /* none of its questions has a good answer now */
	SOURCE_PARTLY,	/* some have */
	SOURCE_UNBUILT, /* this version has no such type */
	SOURCE_UNASKED, /* none is: --offline */
	SOURCE_WAITING, /* not all have been answered yet */
	SOURCE_NOTHING, /* there is nothing to ask it */
	SOURCE_OK,
	SOURCE_STATES
};

const char *source_state_name(enum source_state state); /* "failing", "partly", ... */

/* Several signals that a source has of the same thing, which no service is known by. */
struct source_unmapped {
	const char *title;
	const char *called; /* "service=checkout-api, namespace=shop": what it says whose it is */
	size_t count;
	const struct signal *signal; /* the first of them */
	const char *suggestion;	     /* a line for the configuration; NULL: none was looked for */
};

struct source_view {
	const char *name, *type, *url, *environment; /* the last two: NULL where there is none */
	uint32_t line;				     /* of the configuration; 0: not known */
	bool in_the_clear;			     /* it is sent a secret without TLS */
	enum source_state state;
	const struct live_source *live; /* NULL: UNBUILT, UNASKED */
	size_t answering;		/* questions whose last answer was good */
	size_t signals;
	size_t services; /* that it says something of */
	struct source_unmapped *unmapped;
	size_t unmapped_count;
	size_t unmapped_signals; /* in all, also those that are not listed */
	/* Where it should say something of every service: those of which it says nothing. */
	const char **missing; /* of tiers 1 and 2: by tier, then name */
	int *missing_tiers;
	size_t missing_count;
	size_t missing_others; /* the rest of them */
};

/*
 * One for each source of config (NULL: of live), in its order, in arena. What they point to is
 * the fleet's and live's until the next settle. live: NULL: none is asked. asking: answers
 * are still awaited, so that a source that said nothing may yet.
 */
struct source_view *source_views(const struct fleet *fleet, const struct live *live,
				 const struct config *config, bool asking, struct arena *arena,
				 size_t *count);

/*
 * Looks for what the names of unmapped signals were probably meant to be. For what is shown in
 * full, since each goes over all services.
 */
void source_view_suggest(struct source_view *view, const struct fleet *fleet,
			 const struct live *live, struct arena *arena);

/*
 * When it last gave a good answer to anything; 0: never. Some questions are asked every few
 * seconds and some once an hour, so that the oldest answer says little; what fails is told apart.
 */
int64_t source_heard_at(const struct live_source *source);

/* Worst first, then by name: for lists that are read from the top. */
void source_views_sort(struct source_view *views, size_t count);

/* One line: "Prometheus 2.42.0, 12 ms", "no answer within 10 s, since 3m"; into out. */
void source_view_summary(const struct source_view *view, int64_t now, struct buf *out);

/* A line of all that is to be said of a source. */
enum source_tone { SOURCE_PLAIN, SOURCE_GOOD, SOURCE_BAD, SOURCE_HINT };
typedef void source_each_line(void *ctx, enum source_tone tone, unsigned depth, const char *text);
void source_view_lines(const struct source_view *view, int64_t now, source_each_line *each,
		       void *ctx);

#endif
