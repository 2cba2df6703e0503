#include <stdlib.h>
#include <string.h>

#include "core/fleet_recall.h"
#include "core/mem.h"
#include "core/source_view.h"
#include "core/text.h"
#include "tui/app_internal.h"
#include "tui/feed.h"
#include "tui/notify.h"

/* What live sources say, between two frames; and how fresh it is, for the header. */

enum {
	MAX_EVENTS = 500,
	SUBJECTS_MS = 2000, /* while a scan goes on, the courier hears of new services so often */
	AGE_MS = 60000,	    /* ages are coarse and redrawn so often */
	NAME_CELLS = 12
};

const struct live *app_live(const struct app *app)
{
	return app->options.live;
}

bool app_asking(const struct app *app)
{
	return app->asking;
}

uint32_t app_send(struct app *app, const char *source, const char *method, const char *path,
		  const char *content_type, const char *body)
{
	if (!app->options.courier || app->options.read_only)
		return 0;
	return courier_send(app->options.courier, source, method, path, content_type, body,
			    body ? strlen(body) : 0);
}

/* Subjects */

/* Of the last run's services only their names are known: what all are asked about can begin. */
static void send_subjects(struct app *app)
{
	const struct subject_list none = {0};

	app->subjects_due = fleet_is_recalled(app->options.fleet);
	if (app->subjects_due)
		courier_subjects(app->options.courier, &none);
	else
		feed_subjects(app->options.courier, app->options.fleet);
	app->asking = true;
	app->subjects_ms = app_clock_ms();
}

void app_live_start(struct app *app)
{
	if (app->options.live && (app->options.notify_bell || app->options.notify_terminal))
		app->notify = notify_new();
	if (app->options.courier)
		send_subjects(app);
}

void app_live_settled(struct app *app)
{
	struct view *view = app_view(app);

	if (app->status_due && view->ops->follows_sources)
		view->ops->update(view);
	app->status_due = false;
	app->seeded |= app->answered_once && !app->unsettled;
	if (!app->options.courier || !app->subjects_due || app->unsettled ||
	    fleet_is_recalled(app->options.fleet))
		return;
	if (!app->scanning || app_clock_ms() - app->subjects_ms >= SUBJECTS_MS)
		send_subjects(app);
}

/* Events */

static void pass_sent(struct app *app, const struct courier_event *event)
{
	for (int i = 0; i < ROOT_COUNT; i++)
		for (int v = 0; v < app->stacks[i].depth; v++) {
			struct view *view = app->stacks[i].views[v];
			if (view->ops->sent)
				view->ops->sent(view, event);
		}
	if (app->popped && app->popped->ops->sent)
		app->popped->ops->sent(app->popped, event);
}

static void forget(void *ctx, const char *source, const char *topic)
{
	const struct topic_report gone = {.source = source, .topic = topic, .gone = true};
	struct app *app = ctx;

	keeper_topic(app->options.keeper, &gone);
	app->unsettled = true;
}

/* All that is asked has been: what is known from the last run alone is asked no more. */
static void forget_recalled(struct app *app)
{
	if (app->options.keeper && !app->loading && !app->scanning && !app->subjects_due)
		live_forget_recalled(app->options.live, forget, app);
}

static void take_event(struct app *app, const struct courier_event *event)
{
	if (feed_apply(app->options.live, event, app_now(app)))
		app->unsettled = true;
	if (event->kind == COURIER_REPORT && app->options.keeper)
		keeper_topic(app->options.keeper, event->report);
	if (event->kind == COURIER_IDLE)
		forget_recalled(app);
	if (event->kind == COURIER_SENT)
		pass_sent(app, event);
	else if (event->kind == COURIER_LOST)
		app_message(app, ROLE_ERROR, "%s; what sources said stays",
			    event->text
				? event->text
				: "the courier, which asks the sources, ended; another one starts");
	else if (event->kind == COURIER_READY && event->text)
		app_message(app, ROLE_WARN, "%s", event->text);
	app->status_due |= app->asking || event->kind != COURIER_IDLE;
	app->dirty |= app->status_due;
	app->asking &= event->kind != COURIER_IDLE;
	app->answered_once |= event->kind == COURIER_IDLE;
}

bool app_live_take(struct app *app)
{
	struct courier_event event;
	if (!app->options.courier)
		return false;
	for (int i = 0; i < MAX_EVENTS; i++) {
		if (!courier_next(app->options.courier, &event))
			return false;
		take_event(app, &event);
	}
	return true;
}

/* Telling */

static void tell(struct app *app, const struct burn *burn, size_t count)
{
	struct buf text = {0}, bytes = {0};

	buf_addf(&text, "T%d %s: %s", burn->tier, burn->name, burn->what);
	if (count > 1)
		buf_addf(&text, ", and %zu more", count - 1);
	if (app->options.notify_terminal)
		notify_sequence(&bytes, getenv("TERM"), getenv("TERM_PROGRAM"),
				getenv("TMUX") != NULL, buf_str(&text));
	if (app->options.notify_bell)
		buf_addc(&bytes, '\a');
	screen_raw(app->screen, buf_str(&bytes), bytes.len);
	buf_free(&text);
	buf_free(&bytes);
}

void app_live_notify(struct app *app)
{
	static const struct incident_options all = {0};
	const struct burn *burn;
	struct arena *arena;
	size_t count;

	if (!app->notify || app->notified == live_generation(app->options.live))
		return;
	app->notified = live_generation(app->options.live);
	arena = arena_new();
	burn = notify_update(app->notify,
			     incident_build(app->options.fleet, &all, app_now(app), arena),
			     !app->seeded, &count);
	if (burn)
		tell(app, burn, count);
	arena_free(arena);
}

/* Freshness */

int app_live_timeout(const struct app *app)
{
	int64_t wait;
	if (!app->options.live || !live_count(app->options.live) || app->options.now)
		return -1;
	wait = app->frame_ms + AGE_MS - app_clock_ms();
	return wait > 0 ? (int)wait : 0;
}

/* "prom" for a source that has its type for a name; else the name that the user gave. */
static void add_name(const struct live_source *source, struct buf *out)
{
	static const char *const brief[][2] = {
	    {"prometheus", "prom"}, {"alertmanager", "am"}, {"github", "gh"}, {"buildbot", "bb"}};
	struct buf clean = {0};
	const char *name = source->name;

	for (size_t i = 0; i < ARRAY_LEN(brief); i++)
		if (strcmp(name, brief[i][0]) == 0)
			name = brief[i][1];
	text_sanitise(&clean, name, strlen(name), 0);
	text_clip(out, buf_str(&clean), NAME_CELLS, 0);
	buf_free(&clean);
}

static void add_age(const struct app *app, int64_t at, struct buf *out)
{
	char age[TEXT_AGE_MAX];

	buf_adds(out, text_age(app_now(app) - at, age));
}

/* "2m", "3h, asking" of what was recalled. */
static void add_heard(const struct app *app, const struct live_source *source, int64_t heard,
		      struct buf *out)
{
	add_age(app, heard, out);
	if (source->recalled)
		buf_adds(out, ", asking");
}

/* Each source by name: "prom 2m", "am failing". */
static void add_each(const struct app *app, const char *dot, bool failing_only, struct buf *out)
{
	const struct live *live = app->options.live;
	size_t left = 0, named = 0;
	int64_t oldest = 0;

	for (size_t i = 0; i < live_count(live); i++) {
		const struct live_source *source = live_at(live, i);
		int64_t heard = source_heard_at(source);
		bool fails = source->failing_since != 0;

		if (!source->topic_count && !app->asking && !fails)
			continue; /* nothing to ask it */
		if (failing_only && !fails) {
			left++;
			if (heard && (!oldest || heard < oldest))
				oldest = heard;
			continue;
		}
		buf_addf(out, " %s ", dot);
		add_name(source, out);
		buf_addc(out, ' ');
		if (fails)
			buf_adds(out, "failing");
		else if (heard)
			add_heard(app, source, heard, out);
		else
			buf_adds(out, "asking");
		named++;
	}
	if (!left)
		return;
	buf_addf(out, " %s %zu %s%s ", dot, left, named ? "other" : "source", left == 1 ? "" : "s");
	if (oldest)
		add_age(app, oldest, out);
	else
		buf_adds(out, "asking");
}

size_t app_live_failing(const struct app *app)
{
	size_t failing = 0;

	for (size_t i = 0; app->options.live && i < live_count(app->options.live); i++)
		failing += live_at(app->options.live, i)->failing_since != 0;
	return failing;
}

void app_live_freshness(const struct app *app, const char *dot, unsigned brief, struct buf *out)
{
	const struct live *live = app->options.live;
	size_t count = live ? live_count(live) : 0, failing = app_live_failing(app);

	if (!live && app->options.config && app->options.config->source_count)
		buf_addf(out, " %s offline", dot);
	if (!count)
		return;
	if (brief < 2)
		add_each(app, dot, brief == 1, out);
	else if (failing)
		buf_addf(out, " %s %zu/%zu failing", dot, failing, count);
}
