/* Lists to choose from: themes, columns. */

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tui/app_internal.h"

/* Themes */

struct theme_choice {
	struct app *app;
	char **names;
	size_t count;
	struct theme before;
};

static void theme_moved(void *ctx, size_t index)
{
	struct theme_choice *choice = ctx;
	app_set_theme(choice->app, choice->names[index]);
}

static void theme_done(void *ctx, size_t index, bool chosen)
{
	struct theme_choice *choice = ctx;
	if (!chosen)
		screen_set_theme(choice->app->screen, &choice->before);
	else
		app_message(choice->app, ROLE_TEXT, "keep it with `theme: %s` in the config",
			    choice->names[index]);
}

static void theme_freed(void *ctx)
{
	struct theme_choice *choice = ctx;
	for (size_t i = 0; i < choice->count; i++)
		free(choice->names[i]);
	free(choice->names);
	free(choice);
}

void app_pick_theme(struct app *app)
{
	static const struct picker_ops ops = {
	    .moved = theme_moved, .done = theme_done, .freed = theme_freed};
	if (!screen_has_colours(app->screen)) {
		app_message(app, ROLE_WARN, "no colours here: NO_COLOR, --color never or TERM");
		return;
	}
	struct theme_choice *choice = xcalloc(1, sizeof(*choice));
	choice->app = app;
	choice->before = *screen_theme(app->screen);
	choice->names = theme_list(app->options.config_dir, &choice->count);
	size_t cursor = 0;
	for (size_t i = 0; i < choice->count; i++)
		if (strcmp(choice->names[i], choice->before.name) == 0)
			cursor = i;
	app->picker = picker_new("theme", choice->names, NULL, choice->count, cursor, &ops, choice);
}

/* Columns */

static void column_toggled(void *ctx, size_t index, bool on)
{
	struct table *table = ctx;
	uint32_t hidden = table_hidden(table);
	table_set_hidden(table, on ? hidden & ~(1u << index) : hidden | 1u << index);
}

static void columns_done(void *ctx, size_t index, bool chosen)
{
	(void)ctx;
	(void)index;
	(void)chosen;
}

void app_pick_columns(struct app *app, struct table *table)
{
	static const struct picker_ops ops = {.toggled = column_toggled, .done = columns_done};
	size_t count;
	const struct table_column *columns = table_columns(table, &count);
	char *names[32];
	bool on[32];
	for (size_t i = 0; i < count; i++) {
		names[i] = (char *)columns[i].word;
		on[i] = !(table_hidden(table) & 1u << i);
	}
	picker_free(app->picker);
	app->picker = picker_new("columns", names, on, count, 0, &ops, table);
}
