#ifndef SVCTOP_TESTS_SUPPORT_BURNING_H
#define SVCTOP_TESTS_SUPPORT_BURNING_H

/*
 * Something that burns: three repositories (storefront needs checkout, which needs ledger, and was
 * changed half an hour ago), a configuration, and a server that plays Alertmanager.
 */

#include <stdint.h>

#include "core/buf.h"
#include "tests/support/httpd.h"

struct burning {
	char *dir, *home, *config;
	struct httpd *am;
	struct buf alerts; /* that Alertmanager tells, the list's brackets apart */
	int64_t now;
};

/* cmocka's set up and tear down; $HOME and $XDG_* point into it. */
int burning_set_up(void **state);
int burning_tear_down(void **state);

/* Writes the configuration: Alertmanager as "am", and more lines at its end. */
void burning_configure(struct burning *fix, const char *more);

/*
 * An alert more. silence: the id of what keeps it quiet; NULL: nothing does. labels: names and
 * values, ended by NULL; NULL: no others than those of the arguments.
 */
void burning_fire(struct burning *fix, const char *name, const char *severity, const char *service,
		  int64_t age, const char *silence, const char *const *labels, const char *text);
/* Alertmanager tells from now on what was fired, and the silence "s-1". */
void burning_play(struct burning *fix);
/* Four alerts: of checkout, two of ledger (one silenced by s-1), one of no service. */
void burning_trouble(struct burning *fix);

#endif
