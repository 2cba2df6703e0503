#ifndef SVCTOP_TUI_NOTIFY_H
#define SVCTOP_TUI_NOTIFY_H

/*
 * Telling a person who looks elsewhere that something new burns at tier 1 or 2: which
 * of what burns is new, and the bytes by which terminals notify. No clock, no output.
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"
#include "core/incident.h"

struct notify;

struct notify *notify_new(void);
void notify_free(struct notify *notify); /* NULL is allowed */

/*
 * Takes in what burns now and returns the worst burn of a service of tier 1 or 2 that did not
 * before, NULL: none; how many of them there are in *count. What ended and comes again is new.
 * Nothing is while first: what burned before anybody looked is on the screen.
 */
const struct burn *notify_update(struct notify *notify, const struct incident *incident, bool first,
				 size_t *count);

/*
 * OSC 9 (iTerm2, kitty, WezTerm, Windows Terminal, ...), OSC 777 (rxvt-unicode, foot), or both
 * where the terminal is not known to take one; through tmux, which must allow it
 * (allow-passthrough). term: $TERM; program: $TERM_PROGRAM; either may be NULL.
 */
void notify_sequence(struct buf *out, const char *term, const char *program, bool tmux,
		     const char *text);

#endif
