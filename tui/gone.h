#ifndef SVCTOP_TUI_GONE_H
#define SVCTOP_TUI_GONE_H

/*
 * What a walk of the roots finds, for who had a fleet before: what it does not find again
 * is no longer there. Below what could not be entered nothing is said to be gone.
 */

#include <stdbool.h>

#include "core/fleet.h"
#include "fetch/scanner.h"

struct gone;

struct gone *gone_new(void);	   /* when a walk begins */
void gone_free(struct gone *gone); /* NULL is allowed */

void gone_event(struct gone *gone, const struct scanner_event *event);

/* At the end: each checkout of the fleet that was not found; it may be dropped in the call. */
typedef void gone_each_path(void *ctx, const char *path);
void gone_each(const struct gone *gone, const struct fleet *fleet, gone_each_path *each, void *ctx);

#endif
