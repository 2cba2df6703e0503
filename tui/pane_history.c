/*
 * The history pane: are things getting better or worse, and where should the effort go? A
 * sentence, a burn-down, and tables of what was lost, who and what is worst, and what was closed.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tui/pane_history_internal.h"
#include "tui/panes.h"

enum { DAY = 86400 };

static const struct {
	const char *name, *word;
	int days; /* 0: all there is */
} ranges[RANGE_COUNT] = {
    [RANGE_QUARTER] = {"3 months", "3mo", 91},
    [RANGE_YEAR] = {"1 year", "1y", 365},
    [RANGE_TWO_YEARS] = {"2 years", "2y", 730},
    [RANGE_ALL] = {"all", "all", 0},
};

const char *history_range_name(enum history_range range)
{
	return ranges[range].name;
}

bool history_narrowed(const struct history_view *state)
{
	return *state->text || state->tiers || state->mine;
}

/* ---- what is shown ---- */

/* From when on: not before what git was asked about, nor before the first that is known. */
static int64_t begin_of(const struct history_view *state, int64_t now)
{
	const struct app_history *known = state->known;
	int64_t since =
	    ranges[state->range].days ? now - (int64_t)ranges[state->range].days * DAY : INT64_MIN;
	int64_t first = now;

	for (size_t i = 0; i < known->count; i++)
		if (known->intervals[i].from < first)
			first = known->intervals[i].from;
	if (known->since > 0)
		first = known->since;
	return since > first ? since : first;
}

static void fill(struct view *view)
{
	struct history_view *state = view->state;
	const struct app_options *options = app_options(view->app);
	int64_t now = app_now(view->app);

	history_filter_narrow(state->filter, state->tiers, options->mine,
			      state->mine ? options->mine_count : 0);
	history_data_build(&state->data, state->known->intervals, state->known->count,
			   state->filter, begin_of(state, now), now, state->open_only);
	state->generation = state->known->generation;
	state->stale = false;
	for (int i = 0; i < HISTORY_TABLES; i++)
		table_changed(state->tabs[i].table);
}

static void history_update(struct view *view)
{
	struct history_view *state = view->state;

	state->known = app_history(view->app);
	if (state->generation != state->known->generation)
		fill(view);
}

static bool history_open(struct view *view, const struct target *target)
{
	struct history_view *state = xcalloc(1, sizeof(*state));

	state->app = view->app;
	state->range = RANGE_YEAR;
	state->text = xstrdup(target->text ? target->text : "");
	state->filter = history_filter_parse(state->text, NULL);
	if (!state->filter)
		state->filter = history_filter_parse("", NULL);
	for (int i = 0; i < HISTORY_TABLES; i++) {
		struct history_tab *tab = &state->tabs[i];

		tab->view = state;
		tab->kind = (enum history_table)i;
		tab->table = history_table_new(tab);
	}
	view->state = state;
	return true;
}

static void history_close(struct view *view)
{
	struct history_view *state = view->state;

	history_data_free(&state->data);
	history_filter_free(state->filter);
	for (int i = 0; i < HISTORY_TABLES; i++)
		table_free(state->tabs[i].table);
	free(state->text);
	free(state->mistake);
	free(state->url);
	free(state);
}

static void history_title(struct view *view, struct buf *out)
{
	const struct history_view *state = view->state;

	buf_addf(out, "history, %s", ranges[state->range].name);
}

static void history_place(struct view *view, struct buf *out)
{
	const struct history_view *state = view->state;
	const struct history_data *data = &state->data;
	uint32_t open = data->point_count ? data->points[data->point_count - 1].open : 0;

	buf_addf(out, "%u gap%s", open, open == 1 ? "" : "s");
}

/* ---- nothing to show ---- */

static void draw_reading(const struct app_history *known, const struct canvas *canvas)
{
	char line[96] = "git's history is being read";
	const char *lines[] = {line, "This pane fills when all of it is there.", NULL};

	if (known->total > 0)
		snprintf(line, sizeof(line), "git's history is being read: %zu of %zu checkouts",
			 known->done, known->total);
	draw_empty(canvas, lines);
}

static void draw_nothing(const struct history_view *state, const struct canvas *canvas)
{
	static const char *const clean[] = {"No gap in all this time.",
					    "Every item that could be measured was met.", NULL};
	static const char *const filtered[] = {"No gap passes the filter, now or before.",
					       "* clears it, / changes it.", NULL};
	static const char *const services[] = {"No services yet.",
					       "The history appears as checkouts are read.", NULL};
	static const char *const no_services[] = {"No services, so nothing has a history.",
						  "Which checkouts were found is in the services.",
						  NULL};
	static const char *const not_yet[] = {"git's history has not been read yet.",
					      "`svctop history` works it out from the commits;",
					      "this pane shows it then.", NULL};
	const struct app_history *known = state->known;
	const char *none[] = {
	    "No history is kept in this run.",
	    known->problem ? known->problem : "It lives in the store, and this run has none.",
	    "`svctop history` works it out from the commits and prints it.", NULL};
	const char *failed[] = {"The history could not be read.",
				known->problem ? known->problem : "", NULL};

	const char *mistake[] = {"This is not a filter.", state->mistake, NULL};

	if (state->mistake)
		draw_empty(canvas, mistake);
	else if (fleet_count(app_fleet(state->app)) == 0)
		draw_empty(canvas, app_scanning(state->app) ? services : no_services);
	else if (history_narrowed(state) && known->count > 0)
		draw_empty(canvas, filtered);
	else if (known->state == HISTORY_READING)
		draw_reading(known, canvas);
	else if (known->state == HISTORY_NOT_YET)
		draw_empty(canvas, not_yet);
	else if (known->state == HISTORY_FAILED)
		draw_empty(canvas, failed);
	else
		draw_empty(canvas, known->state == HISTORY_THERE ? clean : none);
}

/* A chart of the last minutes would say nothing. */
static bool is_empty(const struct history_view *state)
{
	const struct history_data *data = &state->data;

	return state->mistake || data->count == 0 || data->point_count < 2 ||
	       (state->known->state != HISTORY_THERE && data->until - data->since < DAY);
}

static void history_draw_view(struct view *view, const struct canvas *canvas)
{
	struct history_view *state = view->state;

	if (state->stale)
		fill(view);
	if (is_empty(state))
		draw_nothing(state, canvas);
	else
		history_draw(state, canvas);
}

/* ---- keys ---- */

static void set_filter(struct view *view, const char *text)
{
	struct history_view *state = view->state;
	struct err err = {0};
	struct history_filter *filter = history_filter_parse(text, &err);
	char *copy = xstrdup(text);

	free(state->text);
	state->text = copy;
	free(state->mistake);
	state->mistake = err.what ? xasprintf("%s: %s", err.what, err.fix) : NULL;
	err_clear(&err);
	if (!filter)
		return;
	history_filter_free(state->filter);
	state->filter = filter;
	/* With the next frame: keys come faster than a large fleet is counted. */
	state->stale = true;
	app_redraw(view->app);
}

/* Down into an owner's items, an item's services. */
static void narrow_to(struct view *view, const char *key, const char *name, enum history_table next)
{
	struct history_view *state = view->state;
	char *text =
	    xasprintf("%s%s%s:%s", state->text, *state->text ? " " : "", key, name ? name : "none");

	state->shown = next;
	set_filter(view, text);
	free(text);
}

static void open_service(struct view *view, const char *name, const char *check)
{
	struct target target = {.service = name, .check = check};

	if (fleet_find(app_fleet(view->app), name) < 0)
		app_message(view->app, ROLE_TEXT, "%s is no longer in the fleet", name);
	else
		app_open(view->app, PANE_SERVICE, &target);
}

static void history_enter(struct view *view)
{
	struct history_view *state = view->state;
	const struct interval *gap = history_gap_at_cursor(state);
	const struct history_group *group = history_group_at_cursor(state);

	if (gap)
		open_service(view, gap->service, gap->check);
	else if (group && state->shown == HISTORY_OWNERS)
		narrow_to(view, "owner", group->group.name, HISTORY_CHECKS);
	else if (group && state->shown == HISTORY_CHECKS)
		narrow_to(view, "check", group->group.name, HISTORY_SERVICES);
	else if (group)
		open_service(view, group->group.name, NULL);
}

static bool history_narrow(struct view *view, enum action action)
{
	struct history_view *state = view->state;
	unsigned tier;

	switch (action) {
	case ACTION_TIER_1:
	case ACTION_TIER_2:
	case ACTION_TIER_3:
	case ACTION_TIER_4:
		tier = 1u << (action - ACTION_TIER_1 + 1);
		state->tiers = state->tiers == tier ? 0 : tier;
		break;
	case ACTION_TIER_ALL:
		state->tiers = 0;
		break;
	case ACTION_BROKEN:
		state->open_only = !state->open_only;
		break;
	case ACTION_MINE:
		if (app_options(view->app)->mine_count == 0) {
			app_message(
			    view->app, ROLE_WARN,
			    "nobody is named in the config: `me: {owner: [acme/payments]}`");
			return true;
		}
		state->mine = !state->mine;
		break;
	case ACTION_CLEAR:
		state->tiers = 0;
		state->mine = state->open_only = false;
		set_filter(view, "");
		return true;
	default:
		return false;
	}
	fill(view);
	return true;
}

static bool history_action(struct view *view, enum action action)
{
	struct history_view *state = view->state;
	struct table *table = state->tabs[state->shown].table;

	if (state->stale)
		fill(view);
	switch (action) {
	case ACTION_OPEN:
		history_enter(view);
		return true;
	case ACTION_GROUP:
		state->shown = (state->shown + 1) % HISTORY_TABLES;
		return true;
	case ACTION_RANGE:
		state->range = (state->range + 1) % RANGE_COUNT;
		fill(view);
		return true;
	case ACTION_COLUMNS:
		app_pick_columns(view->app, table);
		return true;
	default:
		return history_narrow(view, action) || table_action(table, action);
	}
}

static void history_click(struct view *view, int row, int col, bool twice)
{
	struct history_view *state = view->state;

	(void)col;
	if (table_click(state->tabs[state->shown].table, row - state->table_row) && twice)
		history_enter(view);
}

static const char *history_filter(struct view *view)
{
	const struct history_view *state = view->state;

	return state->text;
}

/* The words of the filter stand before it. */
static void history_say_narrowed(struct view *view, struct buf *out)
{
	const struct history_view *state = view->state;

	for (int tier = 1; tier <= 4; tier++)
		if (state->tiers >> tier & 1)
			buf_addf(out, "tier %d ", tier);
	if (state->mine)
		buf_adds(out, "only mine ");
	if (state->open_only)
		buf_adds(out, "only what is open ");
}

/* ---- what the cursor is on ---- */

static const char *remote_of(const struct fleet *fleet, const struct interval *gap,
			     const struct cause *cause)
{
	int32_t at = fleet_find(fleet, gap->service);
	const struct checkout *checkout = at >= 0 ? fleet_at(fleet, (size_t)at)->checkout : NULL;

	if (!cause->checkout || (checkout && strcmp(checkout->path, cause->checkout) == 0))
		return checkout ? checkout->remote : NULL;
	for (size_t i = 0; i < fleet_checkout_count(fleet); i++) {
		checkout = fleet_checkout_at(fleet, i);
		if (checkout && strcmp(checkout->path, cause->checkout) == 0)
			return checkout->remote;
	}
	return NULL;
}

/* The commit's page, as GitHub, GitLab and Gitea have it; NULL: it has none that is known. */
static char *commit_url(const char *remote, const char *hash)
{
	size_t len = remote ? strlen(remote) : 0;

	if (!hash || len == 0 || strncmp(remote, "http", 4) != 0)
		return NULL;
	if (len > 4 && strcmp(remote + len - 4, ".git") == 0)
		len -= 4;
	return xasprintf("%.*s/commit/%s", (int)len, remote, hash);
}

static void select_gap(struct history_view *state, const struct interval *gap, struct target *out)
{
	const struct cause *cause = history_cause(state, gap);

	free(state->url);
	state->url = commit_url(remote_of(app_fleet(state->app), gap, cause), cause->hash);
	out->service = gap->service;
	out->check = gap->check;
	out->owner = gap->owner;
	out->url = state->url;
	out->yank = cause->hash ? cause->hash : gap->service;
}

static bool history_selection(struct view *view, struct target *out)
{
	struct history_view *state = view->state;
	const struct interval *gap = history_gap_at_cursor(state);
	const struct history_group *group = history_group_at_cursor(state);

	*out = (struct target){0};
	if (is_empty(state))
		return false;
	if (gap)
		select_gap(state, gap, out);
	if (group) {
		out->yank = group->group.name;
		if (state->shown == HISTORY_OWNERS)
			out->owner = group->group.name;
		else if (state->shown == HISTORY_CHECKS)
			out->check = group->group.name;
		else
			out->service = group->group.name;
	}
	return gap || group;
}

/* ":range 2y", ":group owners" */
static bool history_command(struct view *view, const char *word, const char *rest)
{
	struct history_view *state = view->state;

	if (strcmp(word, "range") == 0) {
		for (int i = 0; i < RANGE_COUNT; i++)
			if (strcmp(rest, ranges[i].word) == 0) {
				state->range = (enum history_range)i;
				fill(view);
				return true;
			}
		app_message(view->app, ROLE_WARN, "range 3mo, 1y, 2y or all");
		return true;
	}
	if (strcmp(word, "group") != 0)
		return false;
	for (int i = 0; i < HISTORY_TABLES; i++)
		if (strcmp(rest, history_table_title((enum history_table)i)) == 0) {
			state->shown = (enum history_table)i;
			return true;
		}
	app_message(view->app, ROLE_WARN, "group regressions, owners, items, services or closed");
	return true;
}

const struct view_ops pane_history_ops = {
    .pane = PANE_HISTORY,
    .open = history_open,
    .close = history_close,
    .title = history_title,
    .place = history_place,
    .update = history_update,
    .draw = history_draw_view,
    .action = history_action,
    .click = history_click,
    .set_filter = set_filter,
    .filter = history_filter,
    .narrowed = history_say_narrowed,
    .selection = history_selection,
    .command = history_command,
    .follows_history = true,
};
