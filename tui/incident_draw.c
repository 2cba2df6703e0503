#include "tui/incident_draw.h"

#include <string.h>

#include "core/report_incident.h"
#include "core/text.h"
#include "tui/incident_lines.h"
#include "tui/incident_rows.h"

void incident_draw_owner(const struct burn *burn, const struct canvas *canvas)
{
	const char *slash = burn->owner ? strrchr(burn->owner, '/') : NULL;

	if (burn->owner)
		draw_text(canvas, 0, 0, canvas->cols, ROLE_OWNER,
			  slash && slash[1] ? slash + 1 : burn->owner);
	else if (burn->service >= 0)
		draw_text(canvas, 0, 0, canvas->cols, ROLE_WARN, "nobody");
	else
		draw_text(canvas, 0, 0, canvas->cols, ROLE_TEXT, burn->source ? "" : "unmapped");
}

void incident_draw_oncall(const struct fleet *fleet, const struct burn *burn,
			  const struct canvas *canvas)
{
	const struct observed *seen = incident_oncall(fleet, burn);
	const char *who = seen ? seen->signal->author : NULL;

	if (seen)
		draw_text(canvas, 0, 0, canvas->cols, who && *who ? ROLE_TEXT : ROLE_WARN,
			  who && *who ? who : "nobody!");
	else
		draw_text(canvas, 0, 0, canvas->cols, ROLE_TEXT, "-");
}

void incident_draw_what(const struct burn *burn, const struct canvas *canvas)
{
	int col = draw_textf(canvas, 0, 0, canvas->cols, incident_role(burn), "%s ",
			     incident_glyph(burn));

	col = draw_text(canvas, 0, col, canvas->cols - col, ROLE_TEXT, burn->what);
	if (!burn->production)
		col = draw_textf(canvas, 0, col, canvas->cols - col, ROLE_WARN, ", in %s",
				 burn->environment);
	if (burn->stale)
		draw_text(canvas, 0, col, canvas->cols - col, ROLE_WARN, ", as last heard");
}

void incident_draw_summary(const struct incident *incident, const struct canvas *canvas)
{
	struct buf missing = {0};
	int col = 1, width;

	for (int tier = 1; tier <= 5; tier++) {
		size_t count = incident->by_tier[tier % 5];

		if (!count)
			continue;
		col = tier < 5
			  ? draw_textf(canvas, 0, col, canvas->cols, TIER_ROLE(tier), "T%d", tier)
			  : draw_text(canvas, 0, col, canvas->cols, ROLE_TEXT, "other");
		col = draw_textf(canvas, 0, col, canvas->cols, ROLE_TEXT, " %zu  ", count);
	}
	col = draw_text(canvas, 0, col, canvas->cols, incident->loud ? ROLE_BURN : ROLE_TEXT,
			incident->loud	     ? "burning"
			: incident->answered ? "nothing burns"
					     : "nothing is known");
	if (incident->count > incident->loud)
		col = draw_textf(canvas, 0, col, canvas->cols, ROLE_TEXT, ", %zu quiet",
				 incident->count - incident->loud);
	incident_unmeasured(incident, &missing);
	width = (int)text_width(buf_str(&missing)) + 1;
	if (col + width + 2 <= canvas->cols)
		draw_text(canvas, 0, canvas->cols - width, width, ROLE_FRESH, buf_str(&missing));
	buf_free(&missing);
}

void incident_draw_nothing(const struct incident *incident, bool narrowed, bool offline,
			   const struct canvas *canvas)
{
	struct buf missing = {0};
	const char *lines[5] = {NULL};

	incident_unmeasured(incident, &missing);
	if (incident->count || narrowed) {
		lines[0] = "Nothing of that kind burns.";
		lines[1] = "* clears the filter, / changes it.";
	} else if (offline) {
		lines[0] = "Nothing is known: with --offline no source is asked.";
		lines[1] = "Start svctop without it to see what burns.";
	} else if (!incident->configured) {
		lines[0] = "Nothing is known: no source of alerts is configured.";
		lines[1] = "Name Prometheus, Alertmanager or your own URLs below `sources:`";
		lines[2] = "in the configuration; `svctop init` writes one that says how.";
	} else if (!incident->answered) {
		lines[0] = "Nothing is known yet.";
		lines[1] = buf_str(&missing);
		lines[2] = "`svctop sources` tells how each source is.";
	} else {
		lines[0] = "Nothing burns.";
		lines[1] = missing.len ? "Not measured:" : NULL;
		lines[2] = missing.len ? buf_str(&missing) : NULL;
	}
	draw_empty(canvas, lines);
	buf_free(&missing);
}
