#ifndef SVCTOP_CORE_FILTER_INTERNAL_H
#define SVCTOP_CORE_FILTER_INTERNAL_H

/* The index as core/filter.c reads it; core/filter_index.c makes it. */

#include "core/arena.h"
#include "core/buf.h"
#include "core/filter.h"

enum { STATE_SERVICE, STATE_EMPTY, STATE_BROKEN };

/* What live sources say: one of the first five, with the others as they are. */
enum {
	LIVE_UNKNOWN = 1,
	LIVE_OK = 2,
	LIVE_SILENCED = 4,
	LIVE_WARNING = 8,
	LIVE_CRITICAL = 16,
	LIVE_DOWN = 32, /* a probe fails */
	LIVE_RED = 64,	/* the default branch does not build */
};

/* Distinct texts in lower case, numbered as they came. */
struct intern {
	const char **texts;
	size_t count, cap;
	uint32_t *slots; /* id + 1, 0: free */
	size_t slot_count;
};

#define INTERN_NONE UINT32_MAX

struct filter_index {
	const struct fleet *fleet;
	const struct checklist *checklist;
	struct arena *arena; /* all below but rows' arrays */
	uint64_t build;	     /* counts builds, over all of an index's life */
	size_t services, count;

	/* one a row */
	uint64_t *mask;	   /* text_mask() of the name */
	const char **name; /* in lower case */
	uint8_t *tier;	   /* 0 unset */
	uint8_t *reached;  /* 0 none */
	uint8_t *state;	   /* STATE_... */
	uint16_t *gaps;
	uint8_t *live;	   /* LIVE_... bits */
	int64_t *commit;   /* time of the last one, 0 not known */
	uint64_t *bits[5]; /* required checks by status; NULL until filter_index_statuses() */
	uint32_t *type, *lifecycle; /* ids, or INTERN_NONE */
	uint64_t *languages;	    /* bits of the first 64 ids */
	uint32_t *first_language;
	uint32_t *owner_at; /* count + 1 places in owner_ids */
	uint32_t *owner_ids;

	bool *passes; /* filter_rows() works in it */

	const struct checkout **broken; /* of the rows after the services */
	struct intern owners, langs, types, lifecycles;

	uint32_t *orders[ORDER_COUNT]; /* NULL: not yet asked for */
};

/* s in lower case, in arena; NULL gives "". */
char *filter_fold(struct arena *arena, const char *s);

/* Fills bits when they are not yet. */
void filter_index_statuses(struct filter_index *index);

/* Works an order out when it was not yet. */
const uint32_t *filter_index_order(struct filter_index *index, enum filter_order order);

#endif
