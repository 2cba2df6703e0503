#ifndef SVCTOP_TUI_APP_HISTORY_H
#define SVCTOP_TUI_APP_HISTORY_H

/*
 * What the dashboard knows of findings over time. The app holds it, panes read it; it is worked
 * out when a pane looks and something moved since: the store, or the fleet.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/interval.h"
#include "core/interval_merge.h"
#include "core/store.h"

struct app;

/* Why there is nothing to see yet. */
enum history_state {
	HISTORY_THERE,
	HISTORY_NONE_KEPT, /* there is no store; why is in problem, NULL: that was asked for */
	HISTORY_NOT_YET,   /* git's history was never worked out */
	HISTORY_READING,   /* it is being worked out now, for the first time */
	HISTORY_FAILED,	   /* the store could not be read; why is in problem */
};

struct app_history {
	enum history_state state;
	const struct interval *intervals; /* as interval_merge_now() has them */
	size_t count;
	int64_t since, until; /* git was looked back to, and was read at; 0: it was not */
	uint64_t generation;  /* counts up with every change of what stands here */
	const char *problem;  /* with what to do about it; NULL */
	size_t done, total;   /* checkouts, while git's history is being read; 0: not known */
};

/* For panes: valid until the fleet settles again. */
const struct app_history *app_history(struct app *app);

/*
 * For whoever has the store. Followed is read when a pane looks, and again after
 * app_history_moved(); problem says why there is none (NULL store), NULL: that was asked for.
 */
void app_history_follow(struct app *app, struct store *store, const char *problem);
void app_history_moved(struct app *app);

/* git's history is being worked out: so many checkouts of so many; running false: no longer. */
void app_history_progress(struct app *app, bool running, size_t done, size_t total);

void app_history_free(struct app *app);

#endif
