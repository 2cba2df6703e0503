#ifndef SVCTOP_TUI_INCIDENT_DRAW_H
#define SVCTOP_TUI_INCIDENT_DRAW_H

/* The incident pane's cells, its headline, and what stands where nothing burns. */

#include "core/incident.h"
#include "tui/draw.h"

void incident_draw_owner(const struct burn *burn, const struct canvas *canvas);
void incident_draw_oncall(const struct fleet *fleet, const struct burn *burn,
			  const struct canvas *canvas);
void incident_draw_what(const struct burn *burn, const struct canvas *canvas);

/* "T1 2  T2 1  burning, 3 quiet", and at the right what is not measured. */
void incident_draw_summary(const struct incident *incident, const struct canvas *canvas);

/* Why no row is there. narrowed: by a filter or a key; offline: sources are not asked. */
void incident_draw_nothing(const struct incident *incident, bool narrowed, bool offline,
			   const struct canvas *canvas);

#endif
