#ifndef SVCTOP_TUI_SNAPSHOT_H
#define SVCTOP_TUI_SNAPSHOT_H

/* The screen as text and as a picture. */

#include "core/buf.h"
#include "tui/screen.h"

/* Rows ended by newlines, without trailing blanks. */
void snapshot_text(struct screen *screen, struct buf *out);

/* An SVG image; the terminal's own colours become light on dark. */
void snapshot_svg(struct screen *screen, struct buf *out);

#endif
