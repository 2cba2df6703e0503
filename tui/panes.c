#include "tui/panes.h"

static const struct view_ops *const panes[PANE_COUNT] = {
    [PANE_SERVICES] = &pane_services_ops, [PANE_TIERS] = &pane_tiers_ops,
    [PANE_GAPS] = &pane_gaps_ops,	  [PANE_INCIDENT] = &pane_incident_ops,
    [PANE_SILENCE] = &pane_silence_ops,	  [PANE_SERVICE] = &pane_service_ops,
    [PANE_EVIDENCE] = &pane_evidence_ops, [PANE_PLAYBOOK] = &pane_playbook_ops,
    [PANE_HELP] = &pane_help_ops,	  [PANE_TEXT] = &pane_text_ops,
    [PANE_SOURCES] = &pane_sources_ops,	  [PANE_HISTORY] = &pane_history_ops,
};

const struct view_ops *pane_ops(enum pane pane)
{
	return pane < PANE_COUNT ? panes[pane] : NULL;
}
