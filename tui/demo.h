#ifndef SVCTOP_TUI_DEMO_H
#define SVCTOP_TUI_DEMO_H

/*
 * The demo fleet: the made-up shop "Kestrel", some forty small git repositories in good
 * and bad shape. What is in them is data, tui/demo_fleet.txt; here it becomes
 * repositories whose history leads up to the present.
 */

#include <stdint.h>

#include "core/err.h"

/* Makes the fleet in dir, which exists and is empty. now: Unix time. -1 on error. */
int demo_make(const char *dir, int64_t now, struct err *err);

#endif
