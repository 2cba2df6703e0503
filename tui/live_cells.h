#ifndef SVCTOP_TUI_LIVE_CELLS_H
#define SVCTOP_TUI_LIVE_CELLS_H

/* What live sources say of a service, as cells of a table and in a line. */

#include <stdint.h>

#include "core/incident.h"
#include "tui/draw.h"

/*
 * "! crit", "~ quiet", "+ ok", "-": a sign and a word; "! crit?" when its source fails now. Where
 * nothing is known "? unkn" if that is because sources of alerts fail.
 */
void cell_health(const struct health *health, bool fails, const struct canvas *canvas);
/* "+ 142 ms", "! down 3m" */
void cell_uptime(const struct health *health, int64_t now, const struct canvas *canvas);
/* "+ ok", "x red 1d" */
void cell_ci(const struct health *health, int64_t now, const struct canvas *canvas);

/* Of a signal whose source fails now: "as last heard 5m ago; now: no answer within 10 s". */
void signal_stale_words(const struct observed *seen, int64_t now, struct buf *out);

/* The sign of a signal and its role. */
const char *signal_glyph(const struct signal *signal, const struct glyphs *glyphs);
enum role signal_role(const struct signal *signal);

#endif
