/* The person's themes and keys: read, and taken up again when they change. */

#include <stdlib.h>
#include <unistd.h>

#include "core/mem.h"
#include "tui/app_internal.h"

enum { MAX_KEYS_YML = 64 * 1024, LOOK_MS = 1000 };

void app_report(struct app *app, struct err *err)
{
	char *line = err_line(err);
	app_message(app, ROLE_ERROR, "%s", line);
	free(line);
	err_clear(err);
}

void app_set_theme(struct app *app, const char *name)
{
	struct theme theme;
	struct err err = {0};
	if (theme_find(&theme, app->options.config_dir, name, &err) == 0) {
		screen_set_theme(app->screen, &theme);
		file_watch(&app->theme_file, theme.file[0] ? theme.file : NULL);
	} else {
		app_report(app, &err);
	}
	app->dirty = true;
}

/* A mistake in keys.yml must not lock anybody out: it is shown, the keys stay as they are. */
static void load_keys(struct app *app)
{
	const char *path = app->keys_file.path;
	struct keymap *keymap = keymap_new();
	struct buf text = {0};
	struct err err = {0};
	bool there = path && access(path, F_OK) == 0;
	if (there && (file_read(path, MAX_KEYS_YML, &text, &err) < 0 ||
		      keymap_load(keymap, path, buf_str(&text), text.len, &err) < 0)) {
		app_report(app, &err);
		if (app->keymap) {
			keymap_free(keymap);
			keymap = app->keymap;
			app->keymap = NULL;
		}
	}
	keymap_free(app->keymap);
	app->keymap = keymap;
	if (app->options.read_only)
		keymap_unbind(keymap, ACTION_SILENCE);
	buf_free(&text);
}

void app_load_keys(struct app *app)
{
	if (app->options.config_dir) {
		char *path = xasprintf("%s/keys.yml", app->options.config_dir);
		file_watch(&app->keys_file, path);
		free(path);
	}
	load_keys(app);
}

/* What everything rests on has changed: leave, so that the caller builds it anew. */
static void reload_all(struct app *app)
{
	struct err err = {0};

	if (app->options.reload(app->options.command_ctx, &err) < 0) {
		app_report(app, &err);
		return;
	}
	app->quit = true;
	app->code = APP_RELOAD;
}

/* Changed files are taken up with the next key, so that idling stays free of wake-ups. */
void app_reload_changed(struct app *app)
{
	int64_t now = app_clock_ms();
	if (now - app->looked_ms < LOOK_MS)
		return;
	app->looked_ms = now;
	if (file_changed(&app->keys_file))
		load_keys(app);
	if (file_changed(&app->theme_file)) {
		char *path = xstrdup(app->theme_file.path);
		app_set_theme(app, path);
		free(path);
	}
	bool changed = false;
	for (size_t i = 0; i < ARRAY_LEN(app->watched); i++)
		changed |= file_changed(&app->watched[i]);
	if (changed && app->options.reload)
		reload_all(app);
}
