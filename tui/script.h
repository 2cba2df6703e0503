#ifndef SVCTOP_TUI_SCRIPT_H
#define SVCTOP_TUI_SCRIPT_H

/*
 * Scripts: --script FILE plays one on a screen in memory (24x80 until it says
 * otherwise), for tests, pictures and bug reports. One command a line, # begins a
 * comment:
 *
 *   keys j j enter       keys by their names in keys.yml, apart by blanks
 *   type owner:sre       characters, as typed; the rest of the line
 *   wait TEXT            until the screen has TEXT, at most 30 seconds
 *   gone TEXT            until it has not
 *   idle                 until scanning is over
 *   expect TEXT          fails where the screen has it not now
 *   resize 40x120        rows x columns
 *   theme NAME
 *   save FILE            the screen as text
 *   save-svg FILE        the screen as a picture
 *   quit                 ends (so does the end of the script)
 */

#include <stddef.h>

#include "core/err.h"

struct app;
struct script;

/* NULL on error: a file that cannot be read, or a line that means nothing (file:line). */
struct script *script_open(const char *path, struct err *err);
struct script *script_parse(const char *path, const char *text, size_t len, struct err *err);
void script_free(struct script *script); /* NULL is allowed */

/* Plays it to its end; -1 when a wait or an expectation was in vain. */
int script_play(struct script *script, struct app *app, struct err *err);

#endif
