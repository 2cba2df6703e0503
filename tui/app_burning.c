/* The line below the header: what burns at tier 1 and 2. */

#include <string.h>

#include "core/text.h"
#include "tui/app_internal.h"

enum { FRESH_SECONDS = 30, MOST = 8, CUT_SHORT = 20 };

const struct incident *app_incident(struct app *app)
{
	struct burning *burning = &app->burning;
	const struct live *live = app->options.live;
	int64_t now = app_now(app);
	if (!live || live_count(live) == 0)
		return NULL;
	if (burning->incident && burning->generation == fleet_generation(app->options.fleet) &&
	    burning->status == live_status_generation(live) &&
	    now - burning->built_at < FRESH_SECONDS)
		return burning->incident;
	app_burning_free(app);
	burning->arena = arena_new();
	burning->incident = incident_build(app->options.fleet, NULL, now, burning->arena);
	burning->generation = fleet_generation(app->options.fleet);
	burning->status = live_status_generation(live);
	burning->built_at = now;
	return burning->incident;
}

void app_burning_free(struct app *app)
{
	arena_free(app->burning.arena);
	app->burning = (struct burning){0};
}

/* What waits until somebody looks: a red branch, a budget, a certificate that still holds. */
static bool can_wait(const struct burn *burn)
{
	return burn->state != SIGNAL_CRITICAL &&
	       (burn->kind == BURN_CI || burn->kind == BURN_SLO || burn->kind == BURN_CERT);
}

/* What nobody may overlook: tier 1 and 2, and not knowing what burns there. */
static bool counts(const struct burn *burn)
{
	return !burn->quiet && burn->production && !can_wait(burn) &&
	       (burn->tier == 1 || burn->tier == 2 || burn->source);
}

/* brief: why a source is not heard is left to the incident overview. */
static void say(struct app *app, const struct burn *burn, bool brief, struct buf *out)
{
	char age[TEXT_AGE_MAX];
	const char *what = burn->kind == BURN_ALERT ? burn->signals[0].signal->title : burn->what;
	size_t len = strnlen(what, 200);
	if (brief && burn->source)
		len = strcspn(what, ":") < len ? strcspn(what, ":") : len;
	if (burn->tier)
		buf_addf(out, "T%d ", burn->tier);
	buf_addf(out, "%.80s %.*s %s", burn->name, (int)len, what,
		 draw_age(burn->since, app_now(app), age));
}

/* Returns the column after it, 0: there was no room. */
static int draw_burn(struct app *app, const struct canvas *canvas, int col, int limit,
		     const struct burn *burn, bool first, bool brief)
{
	struct buf text = {0}, clean = {0};
	int width;
	if (!first)
		buf_addf(&text, " %s ", canvas->glyphs->dot);
	say(app, burn, brief, &text);
	text_sanitise(&clean, buf_str(&text), text.len,
		      canvas->glyphs == glyphs_ascii() ? TEXT_ASCII : 0);
	width = (int)text_width(buf_str(&clean));
	/* The last one may be cut short, as long as it says whose trouble it is. */
	if (width > limit - col && (first || limit - col >= CUT_SHORT))
		width = limit - col;
	if (col + width <= limit)
		col = draw_text(canvas, 0, col, width, ROLE_TEXT, buf_str(&clean));
	else
		col = 0;
	buf_free(&text);
	buf_free(&clean);
	return col;
}

/* One trouble a service: the worst comes first. */
static bool is_told(const struct incident *incident, size_t index)
{
	const struct burn *burn = &incident->burns[index];
	for (size_t i = 0; i < index; i++)
		if (burn->service >= 0 && incident->burns[i].service == burn->service &&
		    counts(&incident->burns[i]))
			return true;
	return false;
}

/* "BURNING  T1 checkout CheckoutErrorsHigh 12m +3       i more" */
bool app_draw_burning(struct app *app, const struct canvas *canvas)
{
	const struct incident *incident = app_incident(app);
	size_t count = 0, shown = 0;
	for (size_t i = 0; incident && i < incident->loud; i++)
		count += counts(&incident->burns[i]);
	if (count == 0)
		return false;
	const char *key = app_key(app, ACTION_GO_INCIDENT);
	int more = *key ? (int)text_width(key) + 7 : 0, limit = canvas->cols - more - 5;
	int col = draw_text(canvas, 0, 1, canvas->cols, ROLE_BURN, "BURNING");
	col = draw_text(canvas, 0, col, canvas->cols, ROLE_TEXT, "  ");
	for (size_t i = 0; i < incident->loud && shown < MOST; i++) {
		const struct burn *burn = &incident->burns[i];
		int next;
		if (!counts(burn) || is_told(incident, i))
			continue;
		next = draw_burn(app, canvas, col, limit, burn, shown == 0, count > 1);
		if (next == 0)
			break;
		shown++;
		col = next;
	}
	if (count > shown)
		draw_textf(canvas, 0, col, canvas->cols - col, ROLE_BURN, " +%zu", count - shown);
	if (*key) {
		col = draw_text(canvas, 0, canvas->cols - more + 1, more, ROLE_KEY, key);
		draw_text(canvas, 0, col, canvas->cols - col, ROLE_TEXT, " more");
	}
	return true;
}
