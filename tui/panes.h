#ifndef SVCTOP_TUI_PANES_H
#define SVCTOP_TUI_PANES_H

/* The panes there are. A new one: its ops here, its row in tui/panes.c, its word in tui/keymap.h.
 */

#include "tui/view.h"

extern const struct view_ops pane_services_ops;
extern const struct view_ops pane_tiers_ops;
extern const struct view_ops pane_gaps_ops;
extern const struct view_ops pane_incident_ops;
extern const struct view_ops pane_history_ops;
extern const struct view_ops pane_silence_ops;
extern const struct view_ops pane_service_ops;
extern const struct view_ops pane_evidence_ops;
extern const struct view_ops pane_playbook_ops;
extern const struct view_ops pane_help_ops;
extern const struct view_ops pane_text_ops;
extern const struct view_ops pane_sources_ops;

/* NULL: no such pane. */
const struct view_ops *pane_ops(enum pane pane);

#endif
