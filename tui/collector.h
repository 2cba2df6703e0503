#ifndef SVCTOP_TUI_COLLECTOR_H
#define SVCTOP_TUI_COLLECTOR_H

/*
 * `svctop collect`: keeps the store fresh without a screen. A daemon that looks at what it knows
 * every so often, walks the roots at every tenth look, asks the sources on their schedule, says
 * what changed, and serves metrics; or one such round, for cron.
 */

#include <stdbool.h>
#include <stdint.h>

#include "tui/cli.h"

struct collector_options {
	int64_t every;	    /* seconds between two looks */
	const char *listen; /* as http_listen() takes it; NULL: nobody is served */
	bool once;
};

/* Until a signal ends it, or once: the exit code. */
int collector_run(struct cli *cli, const struct collector_options *options);

#endif
