#ifndef SVCTOP_TUI_FEED_H
#define SVCTOP_TUI_FEED_H

/*
 * What the configured sources say, for the dashboard and for commands: the courier
 * that asks them and the live state that its reports make.
 */

#include <stdbool.h>

#include "core/fleet.h"
#include "core/live.h"
#include "fetch/courier.h"
#include "tui/cli.h"

struct feed {
	struct live *live;	 /* NULL: no source is configured, or --offline */
	struct courier *courier; /* NULL where live is */
};

/*
 * Opens what the configuration asks for; no process is started yet. live may have been
 * set before a reload: what its sources said stays. once: each topic is asked once. -1: said why.
 */
int feed_open(struct feed *feed, struct cli *cli, bool once);
void feed_close_courier(struct feed *feed); /* live stays */
void feed_close(struct feed *feed);

/*
 * The environment of this process has the secrets that the configuration names there, and so
 * would a core dump: there is none then, and no other process of the user may look.
 */
void feed_guard_secrets(const struct config *config);

/* Whether a secret comes from a command, which may want to ask the person on its own window. */
bool feed_runs_commands(const struct config *config);

/*
 * Takes in what the courier said: true when findings or signals may be others now. now is
 * when the courier was lost, if it was.
 */
bool feed_apply(struct live *live, const struct courier_event *event, int64_t now);

/* Tells the courier what there is to ask about; of the fleet as it was last settled. */
void feed_subjects(struct courier *courier, const struct fleet *fleet);

/*
 * Waits until auth commands have run (COURIER_READY), at most some seconds, with a line on
 * stderr that says so. False: a signal asked to end, which *signal then says.
 */
bool feed_wait_ready(struct feed *feed, struct cli *cli, int *signal);

#endif
