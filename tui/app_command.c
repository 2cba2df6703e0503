/* The command line: what its words do, and how they complete. */

#include <stdlib.h>
#include <string.h>

#include "core/filter.h"
#include "core/mem.h"
#include "tui/app_internal.h"
#include "tui/panes.h"

enum { MAX_CHOICES = 40 };

enum argument { ARG_NONE, ARG_SERVICE, ARG_THEME, ARG_ORDER, ARG_TEXT };

static void run_theme(struct app *app, const char *rest)
{
	if (*rest)
		app_set_theme(app, rest);
	else
		app_pick_theme(app);
}

static void open_service(struct app *app, enum pane pane, const char *name)
{
	struct target target = {.service = name};
	if (*name && fleet_find(app->options.fleet, name) < 0)
		app_message(app, ROLE_ERROR, "no service is called '%s'", name);
	else if (*name)
		app_open(app, pane, &target);
	else
		app_message(app, ROLE_ERROR, "which service? :%s NAME", pane_word(pane));
}

static void run_show(struct app *app, const char *rest)
{
	open_service(app, PANE_SERVICE, rest);
}

static void run_playbook(struct app *app, const char *rest)
{
	open_service(app, PANE_PLAYBOOK, rest);
}

static void run_filter(struct app *app, const char *rest)
{
	struct view *view = app_view(app);
	if (view->ops->set_filter)
		view->ops->set_filter(view, rest);
}

static void run_quit(struct app *app, const char *rest)
{
	(void)rest;
	app->quit = true;
}

static const struct {
	const char *word;
	enum argument argument;
	enum action action; /* what it does where run is NULL */
	void (*run)(struct app *app, const char *rest);
} commands[] = {
    {"services", ARG_NONE, ACTION_GO_SERVICES, NULL},
    {"tiers", ARG_NONE, ACTION_GO_TIERS, NULL},
    {"gaps", ARG_NONE, ACTION_GO_GAPS, NULL},
    {"sources", ARG_NONE, ACTION_GO_SOURCES, NULL},
    {"incident", ARG_NONE, ACTION_GO_INCIDENT, NULL},
    {"history", ARG_NONE, ACTION_GO_HISTORY, NULL},
    {"show", ARG_SERVICE, ACTION_NONE, run_show},
    {"playbook", ARG_SERVICE, ACTION_NONE, run_playbook},
    {"filter", ARG_TEXT, ACTION_NONE, run_filter},
    {"sort", ARG_ORDER, ACTION_SORT, NULL},
    {"columns", ARG_NONE, ACTION_COLUMNS, NULL},
    {"theme", ARG_THEME, ACTION_NONE, run_theme},
    {"refresh", ARG_NONE, ACTION_REFRESH, NULL},
    {"mouse", ARG_NONE, ACTION_MOUSE, NULL},
    {"help", ARG_NONE, ACTION_HELP, NULL},
    {"quit", ARG_NONE, ACTION_NONE, run_quit},
    {"q", ARG_NONE, ACTION_NONE, run_quit},
};

/* Commands of the program itself ("deps rails") show their text. */
static bool run_outside(struct app *app, const char *line)
{
	struct buf out = {0};
	if (!app->options.command || !app->options.command(app->options.command_ctx, line, &out)) {
		buf_free(&out);
		return false;
	}
	struct target target = {.text = buf_str(&out), .title = line};
	app_open(app, PANE_TEXT, &target);
	buf_free(&out);
	return true;
}

void app_run_command(struct app *app, const char *line)
{
	line += strspn(line, " ");
	size_t len = strcspn(line, " ");
	const char *rest = line + len + strspn(line + len, " ");
	struct view *view = app_view(app);
	if (len == 0)
		return;
	char *word = xmemdup0(line, len);
	bool done = view->ops->command && view->ops->command(view, word, rest);
	for (size_t i = 0; i < ARRAY_LEN(commands) && !done; i++) {
		if (strcmp(commands[i].word, word) != 0)
			continue;
		done = true;
		if (commands[i].run)
			commands[i].run(app, rest);
		else
			app_action(app, commands[i].action, KEYC_NONE);
	}
	if (!done && !run_outside(app, line))
		app_message(app, ROLE_ERROR, "there is no command '%s'; tab lists them", word);
	free(word);
}

/* Completion */

static void offer(struct buf *out, const char *before, size_t len, const char *choice,
		  const char *typed, const char *after)
{
	if (strncmp(choice, typed, strlen(typed)) != 0)
		return;
	buf_add(out, before, len);
	buf_addf(out, "%s%s\n", choice, after);
}

static void offer_services(struct app *app, struct buf *out, const char *before, size_t len,
			   const char *typed)
{
	size_t found = 0;
	for (size_t i = 0; i < fleet_count(app->options.fleet) && found < MAX_CHOICES; i++) {
		size_t was = out->len;
		offer(out, before, len, fleet_at(app->options.fleet, i)->name, typed, "");
		found += out->len > was;
	}
}

static void offer_themes(struct app *app, struct buf *out, const char *before, size_t len,
			 const char *typed)
{
	size_t count;
	char **names = theme_list(app->options.config_dir, &count);
	for (size_t i = 0; i < count; i++) {
		offer(out, before, len, names[i], typed, "");
		free(names[i]);
	}
	free(names);
}

static void offer_argument(struct app *app, enum argument argument, struct buf *out,
			   const char *text, const char *typed)
{
	size_t len = (size_t)(typed - text);
	if (argument == ARG_SERVICE)
		offer_services(app, out, text, len, typed);
	else if (argument == ARG_THEME)
		offer_themes(app, out, text, len, typed);
	else if (argument == ARG_ORDER)
		for (int i = 0; i < ORDER_COUNT; i++)
			offer(out, text, len, filter_order_name((enum filter_order)i), typed, "");
}

void app_complete_command(void *ctx, const char *text, struct buf *out)
{
	struct app *app = ctx;
	const char *space = strchr(text, ' ');
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		const char *after = commands[i].argument == ARG_NONE ? "" : " ";
		size_t len = strlen(commands[i].word);
		if (!space && len > 1)
			offer(out, text, 0, commands[i].word, text, after);
		else if (space && strncmp(commands[i].word, text, len) == 0 && text[len] == ' ')
			offer_argument(app, commands[i].argument, out, text, space + 1);
	}
	if (app->options.complete)
		app->options.complete(app->options.command_ctx, text, out);
}

static void offer_filter_values(struct app *app, struct buf *out, const char *text,
				const char *word, const char *value)
{
	const struct checklist *checklist = fleet_checklist(app->options.fleet);
	size_t len = (size_t)(value - text);
	if (strncmp(word, "status:", 7) == 0)
		for (int i = 0; i < 5; i++)
			offer(out, text, len, status_name((enum status)i), value, " ");
	else if (strncmp(word, "check:", 6) == 0)
		for (size_t i = 0; i < checklist->check_count; i++)
			offer(out, text, len, checklist->checks[i].id, value, " ");
	else if (strncmp(word, "live:", 5) == 0)
		for (size_t i = 0; filter_live_word(i); i++)
			offer(out, text, len, filter_live_word(i), value, " ");
	else if (strncmp(word, "state:", 6) == 0)
		offer(out, text, len, "broken", value, " ");
}

void app_complete_filter(void *ctx, const char *text, struct buf *out)
{
	struct app *app = ctx;
	const char *word = strrchr(text, ' ');
	word = word ? word + 1 : text;
	word += *word == '-';
	const char *value = strchr(word, ':'), *key;
	if (value) {
		offer_filter_values(app, out, text, word, value + 1);
		return;
	}
	for (size_t i = 0; (key = filter_key(i)); i++)
		offer(out, text, (size_t)(word - text), key, word, ":");
}
