#ifndef SVCTOP_TUI_OUTSIDE_H
#define SVCTOP_TUI_OUTSIDE_H

/*
 * Commands that have no pane, asked for on the dashboard's command line: this program runs once
 * more, over the same paths with the same options, and its output is shown.
 */

#include "tui/cli.h"

/* The command's text in out; false when the line's first word is no such command. ctx: struct cli.
 */
bool outside_run(void *ctx, const char *line, struct buf *out);

/* Completions of a command line, one a line, as struct app_options wants them. */
void outside_complete(void *ctx, const char *line, struct buf *out);

#endif
