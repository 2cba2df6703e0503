/* The services: who owns each, which tier it is and holds, its checklist as a bar. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/filter.h"
#include "core/mem.h"
#include "core/text.h"
#include "tui/app.h"
#include "tui/live_cells.h"
#include "tui/panes.h"
#include "tui/service_cells.h"
#include "tui/table.h"

enum column {
	COLUMN_TIER,
	COLUMN_NAME,
	COLUMN_OWNER,
	COLUMN_HOLDS,
	COLUMN_BAR,
	COLUMN_GAPS,
	COLUMN_LIVE,
	COLUMN_UPTIME,
	COLUMN_CI,
	COLUMN_COMMIT,
	COLUMN_OLDEST,
	COLUMN_LANGUAGES,
	COLUMN_DESCRIPTION,
	COLUMN_COUNT
};

static const struct table_column columns[COLUMN_COUNT] = {
    [COLUMN_TIER] = {"T", "tier", 1, 1, 0, ALIGN_LEFT, false},
    [COLUMN_NAME] = {"SERVICE", "service", 14, 40, 0, ALIGN_LEFT, false},
    [COLUMN_OWNER] = {"OWNER", "owner", 10, 24, 3, ALIGN_LEFT, false},
    [COLUMN_HOLDS] = {"HOLDS", "holds", 5, 5, 1, ALIGN_LEFT, false},
    [COLUMN_BAR] = {"", "checklist", 0, 0, 4, ALIGN_LEFT, false},
    [COLUMN_GAPS] = {"GAPS", "gaps", 4, 4, 0, ALIGN_RIGHT, false},
    [COLUMN_LIVE] = {"LIVE", "live", 7, 7, 2, ALIGN_LEFT, true},
    [COLUMN_UPTIME] = {"UPTIME", "uptime", 9, 9, 7, ALIGN_LEFT, true},
    [COLUMN_CI] = {"CI", "builds", 8, 8, 6, ALIGN_LEFT, true},
    [COLUMN_COMMIT] = {"LAST", "last commit", 5, 5, 5, ALIGN_RIGHT, false},
    [COLUMN_OLDEST] = {"OLDEST", "oldest gap", 6, 6, 5, ALIGN_RIGHT, true},
    [COLUMN_LANGUAGES] = {"LANGUAGES", "languages", 12, 24, 8, ALIGN_LEFT, false},
    [COLUMN_DESCRIPTION] = {"DESCRIPTION", "description", 36, 0, 9, ALIGN_LEFT, false},
};

/* The column whose heading shows an order. */
static const int order_columns[ORDER_COUNT] = {
    [ORDER_TIER] = COLUMN_TIER,		 [ORDER_NAME] = COLUMN_NAME, [ORDER_OWNER] = COLUMN_OWNER,
    [ORDER_HOLDS] = COLUMN_HOLDS,	 [ORDER_GAPS] = COLUMN_GAPS, [ORDER_COMMIT] = COLUMN_COMMIT,
    [ORDER_LANGUAGE] = COLUMN_LANGUAGES, [ORDER_LIVE] = COLUMN_LIVE,
};

struct services {
	struct app *app;
	struct table_column columns[COLUMN_COUNT]; /* the bar's width is the checklist's */
	struct table_source source;
	struct table *table;
	struct filter_index *index;
	uint32_t *rows; /* of the index, filtered and in order */
	size_t row_count;
	uint64_t *ids; /* of all rows of the index */
	uint64_t generation;
	bool filled;

	char *filter_text;
	struct filter *filter;
	unsigned tiers;
	bool broken, mine;
	enum filter_order order;
	bool descending;
	uint32_t measured; /* which of the live columns some source fills */
	bool alerts_fail;  /* not all that fires is known */

	char bar_heading[2 * CHECKLIST_MAX_CHECKS + 8];
	struct buf yank;
	char *url;
};

/* Rows */

static size_t row_count(void *ctx)
{
	struct services *services = ctx;
	return services->row_count;
}

static uint64_t row_id(void *ctx, size_t row)
{
	struct services *services = ctx;
	return services->ids[services->rows[row]];
}

static ptrdiff_t find_row(void *ctx, uint64_t id)
{
	struct services *services = ctx;
	for (size_t i = 0; i < services->row_count; i++)
		if (services->ids[services->rows[i]] == id)
			return (ptrdiff_t)i;
	return -1;
}

static const struct checkout *broken_at(const struct services *services, size_t row)
{
	return filter_index_checkout(services->index, services->rows[row]);
}

static const struct service *service_at(const struct services *services, size_t row)
{
	return fleet_at(app_fleet(services->app), services->rows[row]);
}

/* Cells */

static void draw_live(struct services *services, const struct service *service, enum column column,
		      const struct canvas *canvas)
{
	struct health health = service_health(service);
	if (column == COLUMN_LIVE)
		cell_health(&health, services->alerts_fail, canvas);
	else if (column == COLUMN_UPTIME)
		cell_uptime(&health, app_now(services->app), canvas);
	else
		cell_ci(&health, app_now(services->app), canvas);
}

/* The age of the gap that has been open the longest. */
static void draw_oldest(const struct services *services, const struct service *service,
			const struct canvas *canvas)
{
	const struct checklist *checklist = fleet_checklist(app_fleet(services->app));
	const struct finding *oldest = NULL;
	char age[TEXT_GAP_AGE_MAX] = "-";

	for (size_t i = 0; i < checklist->check_count; i++) {
		const struct finding *finding = &service->findings[i];

		if (finding->required && finding->status == STATUS_GAP && finding->since > 0 &&
		    (!oldest || finding->since < oldest->since))
			oldest = finding;
	}
	if (oldest)
		text_gap_age(oldest->since, oldest->since_at_least, app_now(services->app), age);
	draw_field(canvas, 0, 0, canvas->cols, ALIGN_RIGHT, ROLE_TEXT, age);
}

static void draw_cell(void *ctx, size_t row, size_t column, const struct canvas *canvas)
{
	struct services *services = ctx;
	const struct service *service = service_at(services, row);
	char text[TEXT_AGE_MAX];
	switch ((enum column)column) {
	case COLUMN_TIER:
		if (service->tier > 0)
			draw_textf(canvas, 0, 0, 1, TIER_ROLE(service->tier), "%d", service->tier);
		else
			draw_text(canvas, 0, 0, 1, ROLE_WARN, "?");
		break;
	case COLUMN_NAME:
		draw_text(canvas, 0, 0, canvas->cols, service->tier == 1 ? ROLE_TIER_1 : ROLE_TEXT,
			  service->name);
		break;
	case COLUMN_OWNER:
		cell_owner(service, canvas);
		break;
	case COLUMN_HOLDS:
		cell_holds(service, canvas);
		break;
	case COLUMN_BAR:
		cell_items(service, fleet_checklist(app_fleet(services->app)), canvas);
		break;
	case COLUMN_GAPS:
		snprintf(text, sizeof(text), "%u", (unsigned)service->gaps);
		draw_field(canvas, 0, 0, canvas->cols, ALIGN_RIGHT,
			   service->gaps > 0 ? ROLE_GAP : ROLE_TEXT, text);
		break;
	case COLUMN_LIVE:
	case COLUMN_UPTIME:
	case COLUMN_CI:
		draw_live(services, service, (enum column)column, canvas);
		break;
	case COLUMN_COMMIT:
		draw_age(service->history ? service->history->last_commit : 0,
			 app_now(services->app), text);
		draw_field(canvas, 0, 0, canvas->cols, ALIGN_RIGHT, ROLE_TEXT, text);
		break;
	case COLUMN_OLDEST:
		draw_oldest(services, service, canvas);
		break;
	case COLUMN_LANGUAGES:
		cell_languages(service, canvas);
		break;
	case COLUMN_DESCRIPTION:
		draw_text(canvas, 0, 0, canvas->cols, ROLE_TEXT, service->description.value);
		break;
	case COLUMN_COUNT:
		break;
	}
}

static bool draw_broken(void *ctx, size_t row, const struct canvas *canvas)
{
	struct services *services = ctx;
	const struct checkout *checkout = broken_at(services, row);
	if (checkout)
		cell_broken(checkout, canvas);
	return checkout != NULL;
}

/* Filling */

static void fill_ids(struct services *services)
{
	struct fleet *fleet = app_fleet(services->app);
	size_t count = filter_index_count(services->index);
	services->ids = xreallocarray(services->ids, count + 1, sizeof(*services->ids));
	services->rows = xreallocarray(services->rows, count + 1, sizeof(*services->rows));
	for (size_t i = 0; i < count; i++) {
		const struct checkout *broken = filter_index_checkout(services->index, (uint32_t)i);
		services->ids[i] = broken ? table_id(broken->path, "checkout")
					  : table_id(fleet_outline(fleet, i)->name, NULL);
	}
}

static void fill_rows(struct services *services)
{
	const struct app_options *options = app_options(services->app);
	filter_set_tiers(services->filter, services->tiers);
	filter_set_broken(services->filter, services->broken);
	filter_set_mine(services->filter, options->mine, services->mine ? options->mine_count : 0);
	services->row_count = filter_rows(services->index, services->filter, services->order,
					  services->descending, services->rows);
	table_set_sort(services->table, order_columns[services->order], services->descending);
	table_changed(services->table);
}

/* The heading of the bar: each tier's number where its items begin. */
static void set_bar(struct services *services)
{
	const struct checklist *checklist = fleet_checklist(app_fleet(services->app));
	char *out = services->bar_heading;
	int width = 0, tier = 0;
	for (size_t i = 0; i < checklist->check_count; i++) {
		if (i > 0 && checklist->checks[i].tier != tier)
			out[width++] = ' ';
		out[width++] = checklist->checks[i].tier != tier
				   ? (char)('0' + checklist->checks[i].tier)
				   : ' ';
		tier = checklist->checks[i].tier;
	}
	out[width] = '\0';
	services->columns[COLUMN_BAR].name = out;
	services->columns[COLUMN_BAR].width = width;
	services->columns[COLUMN_BAR].max = width;
}

/* Live columns appear with what fills them; what the person hid or showed after that stays. */
static void show_live(struct services *services)
{
	const struct live *live = fleet_live(app_fleet(services->app));
	uint32_t measured = 0;
	if (live && (live_configured(live, SIGNAL_ALERT) || live_configured(live, SIGNAL_UPTIME)))
		measured |= 1u << COLUMN_LIVE;
	if (live && live_configured(live, SIGNAL_UPTIME))
		measured |= 1u << COLUMN_UPTIME;
	if (live && live_configured(live, SIGNAL_CI))
		measured |= 1u << COLUMN_CI;
	services->alerts_fail = live && live_fails(live, SIGNAL_ALERT);
	uint32_t changed = measured ^ services->measured;
	if (changed)
		table_set_hidden(services->table, (table_hidden(services->table) & ~changed) |
						      (changed & ~measured));
	services->measured = measured;
}

static void services_update(struct view *view)
{
	struct services *services = view->state;
	uint64_t generation = fleet_generation(app_fleet(view->app));
	services->index = app_index(view->app);
	show_live(services);
	if (!services->filled || services->generation != generation) {
		set_bar(services);
		fill_ids(services);
	}
	services->filled = true;
	services->generation = generation;
	fill_rows(services);
}

static bool services_open(struct view *view, const struct target *target)
{
	struct services *services = xcalloc(1, sizeof(*services));
	services->app = view->app;
	memcpy(services->columns, columns, sizeof(columns));
	services->source = (struct table_source){
	    .columns = services->columns,
	    .column_count = COLUMN_COUNT,
	    .count = row_count,
	    .id = row_id,
	    .find = find_row,
	    .cell = draw_cell,
	    .heading = draw_broken,
	};
	services->table = table_new(&services->source, services);
	services->filter = filter_parse("", NULL);
	services->filter_text = xstrdup("");
	view->state = services;
	if (target->text) {
		free(services->filter_text);
		services->filter_text = xstrdup(target->text);
		struct filter *filter = filter_parse(target->text, NULL);
		if (filter) {
			filter_free(services->filter);
			services->filter = filter;
		}
	}
	return true;
}

static void services_close(struct view *view)
{
	struct services *services = view->state;
	table_free(services->table);
	filter_free(services->filter);
	free(services->filter_text);
	free(services->rows);
	free(services->ids);
	free(services->url);
	buf_free(&services->yank);
	free(services);
}

/* Around the table */

static void services_place(struct view *view, struct buf *out)
{
	struct services *services = view->state;
	size_t all = filter_index_count(services->index);
	if (services->row_count != all)
		buf_addf(out, "%zu of ", services->row_count);
	size_t count = filter_index_services(services->index);
	buf_addf(out, "%zu service%s", count, count == 1 ? "" : "s");
	if (all > filter_index_services(services->index))
		buf_addf(out, ", %zu not readable", all - filter_index_services(services->index));
}

static void services_narrowed(struct view *view, struct buf *out)
{
	struct services *services = view->state;
	for (int tier = 1; tier <= 4; tier++)
		if (services->tiers & 1u << tier)
			buf_addf(out, "tier %d ", tier);
	if (services->broken)
		buf_adds(out, "only broken ");
	if (services->mine)
		buf_adds(out, "only mine ");
	if (table_mark_count(services->table) > 0)
		buf_addf(out, "%zu marked ", table_mark_count(services->table));
	if (services->order != ORDER_TIER || services->descending)
		buf_addf(out, "by %s%s", filter_order_name(services->order),
			 services->descending ? ", reversed" : "");
}

static void draw_nothing(struct services *services, const struct canvas *canvas)
{
	const struct app_options *options = app_options(services->app);
	char where[256];
	const char *root = options->root_count > 0 ? options->roots[0] : ".";
	snprintf(where, sizeof(where), "%s%s", root, options->root_count > 1 ? " and others" : "");
	char first[320], clear[64];
	const char *lines[5] = {first};
	if (filter_index_count(services->index) > 0) {
		snprintf(first, sizeof(first), "No service is like that");
		snprintf(clear, sizeof(clear), "press %s to see all of them",
			 app_key(services->app, ACTION_CLEAR));
		lines[1] = clear;
	} else if (app_scanning(services->app)) {
		snprintf(first, sizeof(first), "Looking for checkouts under %s", where);
	} else {
		snprintf(first, sizeof(first), "No checkouts under %s", where);
		lines[1] = "svctop reads local git repositories: give it the path where they are,";
		lines[2] = "`svctop ~/src`, or name it in the config under `roots:`.";
		lines[3] = "`svctop demo` shows a made-up fleet.";
	}
	draw_empty(canvas, lines);
}

static void services_draw(struct view *view, const struct canvas *canvas)
{
	struct services *services = view->state;
	if (services->row_count == 0)
		draw_nothing(services, canvas);
	else
		table_draw(services->table, canvas);
}

/* Keys */

static void show_broken(struct view *view, const struct checkout *checkout)
{
	struct buf text = {0};
	buf_addf(&text, "%s\n\n%s: %s\n", checkout->path, checkout_state_word(checkout),
		 checkout->problem ? checkout->problem : "no reason is known");
	if (checkout->fix)
		buf_addf(&text, "\nWhat to do: %s\n", checkout->fix);
	buf_addf(&text, "\n`%s` reads it again.\n", app_key(view->app, ACTION_REFRESH));
	struct target target = {.text = buf_str(&text),
				.title = checkout_base_name(checkout->path)};
	app_open(view->app, PANE_TEXT, &target);
	buf_free(&text);
}

static void open_row(struct view *view)
{
	struct services *services = view->state;
	ptrdiff_t row = table_cursor(services->table);
	if (row < 0)
		return;
	const struct checkout *broken = broken_at(services, (size_t)row);
	if (broken) {
		show_broken(view, broken);
		return;
	}
	struct target target = {.service = service_at(services, (size_t)row)->name};
	app_open(view->app, PANE_SERVICE, &target);
}

static void set_order(struct view *view, enum filter_order order, bool descending)
{
	struct services *services = view->state;
	services->order = order;
	services->descending = descending;
	fill_rows(services);
}

static void toggle_tier(struct services *services, unsigned tier)
{
	services->tiers = services->tiers == 1u << tier ? 0 : 1u << tier;
	fill_rows(services);
}

static void toggle_mine(struct services *services)
{
	if (app_options(services->app)->mine_count == 0) {
		app_message(services->app, ROLE_WARN,
			    "nobody is named in the config: `me: {owner: [acme/payments]}`");
		return;
	}
	services->mine = !services->mine;
	fill_rows(services);
}

static void services_set_filter(struct view *view, const char *text)
{
	struct services *services = view->state;
	struct err err = {0};
	struct filter *filter = filter_parse(text, &err);
	free(services->filter_text);
	services->filter_text = xstrdup(text);
	if (!filter) {
		app_message(view->app, ROLE_WARN, "%s (%s)", err.what, err.fix ? err.fix : "");
		err_clear(&err);
		return;
	}
	filter_free(services->filter);
	services->filter = filter;
	fill_rows(services);
}

static void clear_all(struct view *view)
{
	struct services *services = view->state;
	services->tiers = 0;
	services->broken = services->mine = false;
	table_unmark(services->table);
	services_set_filter(view, "");
}

static bool services_action(struct view *view, enum action action)
{
	struct services *services = view->state;
	switch (action) {
	case ACTION_OPEN:
		open_row(view);
		return true;
	case ACTION_SORT:
		set_order(view, (services->order + 1) % ORDER_COUNT, false);
		return true;
	case ACTION_TIER_1:
	case ACTION_TIER_2:
	case ACTION_TIER_3:
	case ACTION_TIER_4:
		toggle_tier(services, (unsigned)(action - ACTION_TIER_1) + 1);
		return true;
	case ACTION_TIER_ALL:
		services->tiers = 0;
		fill_rows(services);
		return true;
	case ACTION_BROKEN:
		services->broken = !services->broken;
		fill_rows(services);
		return true;
	case ACTION_MINE:
		toggle_mine(services);
		return true;
	case ACTION_CLEAR:
		clear_all(view);
		return true;
	case ACTION_COLUMNS:
		app_pick_columns(view->app, services->table);
		return true;
	case ACTION_MARK:
		table_mark(services->table);
		return table_action(services->table, ACTION_DOWN);
	default:
		return table_action(services->table, action);
	}
}

static void services_click(struct view *view, int row, int col, bool twice)
{
	struct services *services = view->state;
	if (row == 0) {
		int column = table_column_at(services->table, col);
		for (int order = 0; order < ORDER_COUNT; order++)
			if (order_columns[order] == column)
				set_order(view, (enum filter_order)order,
					  services->order == (enum filter_order)order &&
					      !services->descending);
	} else if (table_click(services->table, row) && twice) {
		open_row(view);
	}
}

static const char *services_filter(struct view *view)
{
	struct services *services = view->state;
	return services->filter_text;
}

/* "gaps", "-gaps" reversed. */
static bool services_command(struct view *view, const char *word, const char *rest)
{
	if (strcmp(word, "sort") != 0 || !*rest)
		return false;
	bool descending = *rest == '-';
	int order = filter_order_find(rest + descending);
	if (order < 0)
		app_message(view->app, ROLE_ERROR,
			    "sort by tier, name, owner, holds, gaps, commit, language or live");
	else
		set_order(view, (enum filter_order)order, descending);
	return true;
}

/* What the cursor is on */

static const char *link_of_type(const struct service *service, const char *type)
{
	for (size_t i = 0; i < service->link_count; i++)
		if (strcmp(service->links[i].type, type) == 0)
			return service->links[i].url;
	return NULL;
}

/* A dashboard before the repository before anything else. */
static const char *best_link(const struct service *service)
{
	const char *url = link_of_type(service, "dashboard");
	if (!url)
		url = link_of_type(service, "repo");
	if (!url && service->checkout && service->checkout->remote &&
	    strncmp(service->checkout->remote, "http", 4) == 0)
		url = service->checkout->remote;
	if (!url && service->link_count > 0)
		url = service->links[0].url;
	return url;
}

static const char *yank_text(struct services *services, const char *name)
{
	if (table_mark_count(services->table) == 0)
		return name;
	buf_reset(&services->yank);
	for (size_t i = 0; i < services->row_count; i++)
		if (table_marked(services->table, row_id(services, i)) && !broken_at(services, i))
			buf_addf(&services->yank, "%s\n", service_at(services, i)->name);
	return buf_str(&services->yank);
}

static bool services_selection(struct view *view, struct target *out)
{
	struct services *services = view->state;
	ptrdiff_t row = table_cursor(services->table);
	if (row < 0)
		return false;
	const struct checkout *broken = broken_at(services, (size_t)row);
	if (broken) {
		out->checkout = out->yank = broken->path;
		return true;
	}
	const struct service *service = service_at(services, (size_t)row);
	out->service = service->name;
	out->owner = service->owner_count > 0 ? service->owners[0].value : NULL;
	out->checkout = service->checkout->path;
	out->commit = service->checkout->head;
	out->url = best_link(service);
	out->yank = yank_text(services, service->name);
	return true;
}

const struct view_ops pane_services_ops = {
    .pane = PANE_SERVICES,
    .open = services_open,
    .close = services_close,
    .place = services_place,
    .update = services_update,
    .draw = services_draw,
    .action = services_action,
    .click = services_click,
    .set_filter = services_set_filter,
    .filter = services_filter,
    .narrowed = services_narrowed,
    .selection = services_selection,
    .command = services_command,
    .wants_detail = true,
};
