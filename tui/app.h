#ifndef SVCTOP_TUI_APP_H
#define SVCTOP_TUI_APP_H

/*
 * The dashboard: a stack of views over a fleet, the loop that feeds it, and what is
 * the same in every view. app_run() is all that main() needs; the rest is for panes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/config.h"
#include "core/err.h"
#include "core/filter.h"
#include "core/fleet.h"
#include "core/live.h"
#include "core/record.h"
#include "fetch/courier.h"
#include "fetch/scanner.h"
#include "tui/keeper.h"
#include "tui/keymap.h"
#include "tui/table.h"
#include "tui/view.h"

enum color_mode { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

struct app_options {
	struct fleet *fleet;
	struct scanner_pool *pool; /* NULL: nothing is scanned. app_run() starts the discovery */
	struct keeper *keeper;	   /* what is kept of the fleet (tui/keeper.h); NULL: nothing */
	struct live *live;	   /* what sources say, the fleet's own; NULL: none is configured */
	struct courier *courier;   /* who asks them; NULL: nobody does */
	bool notify_bell, notify_terminal; /* of what newly burns at tier 1 and 2 */
	const struct config *config; /* where sources are; NULL: live alone says which there are */
	const char *theme;	     /* name or path; NULL: "terminal" */
	enum color_mode color;	     /* AUTO: as NO_COLOR and the terminal say */
	bool ascii;		     /* also where the locale is not UTF-8 */
	bool utc;
	bool read_only;		/* nothing outside may be changed: no key for it */
	bool headless;		/* a screen in memory, as scripts have: for benchmarks */
	const char *script;	/* path of a script that plays instead of a person; NULL */
	const char *config_dir; /* has keys.yml and themes/; NULL: none */
	const char
	    *log_path; /* where standard error goes while the screen is open; NULL: nowhere */
	const char *const *roots; /* as given, for messages */
	size_t root_count;
	const char *const *mine; /* owners that `M` keeps (`me:` of the config) */
	size_t mine_count;
	const char *service;	     /* open this one first; NULL: the services */
	const struct record *record; /* the fleet's: since when and by what; NULL: not known */
	int64_t now;		     /* a frozen clock, for tests and --at; 0: the real one */
	bool as_of;		     /* --at: all is shown as it was at `now` ... */
	const char *as_of_rev; /* ... or at this revision, its newest commit being now; NULL */
	/*
	 * Files (NULL: none) on which all that was given here rests. When one of them changed,
	 * reload() says whether what it holds now is sound; if so app_run() ends with APP_RELOAD
	 * and wants to be called again. If not, err is shown and all stays as it is.
	 */
	const char *watched[2];
	int (*reload)(void *ctx, struct err *err);
	/* Runs a command line that no pane knows ("deps rails"): its output in out (freed by the
	 * caller), false when there is no such command. NULL: there are none. */
	bool (*command)(void *ctx, const char *line, struct buf *out);
	/* Completions of a command line: words, apart by newlines, in out. NULL: none. */
	void (*complete)(void *ctx, const char *line, struct buf *out);
	void *command_ctx;
};

#define APP_RELOAD (-2)

/*
 * Opens the screen and stays until the person leaves. Returns the exit code: 0, 2
 * when it could not be opened or a script failed (err says why), 128 + signal, APP_RELOAD.
 */
int app_run(const struct app_options *options, struct err *err);

/* For panes */

const struct app_options *app_options(const struct app *app);
struct fleet *app_fleet(const struct app *app);
const struct keymap *app_keymap(const struct app *app);
int64_t app_now(const struct app *app);

/* The fleet made ready for filters and orders; rebuilt after each settle (core/filter.h). */
struct filter_index *app_index(struct app *app);

/* Opens a pane on a target above the present view; false (with a message): it could not. */
bool app_open(struct app *app, enum pane pane, const struct target *target);
/* Closes the view at the top, the first one excepted. */
void app_back(struct app *app);

/* One line above the footer until the next key. */
void app_message(struct app *app, enum role role, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Something of the view changed without a key: draw the next frame. */
void app_redraw(struct app *app);

/* Asks the scanner for a file or for commits (fetch/scanner.h); 0: there is no scanner. */
uint32_t app_blob(struct app *app, const char *checkout, const char *commit, const char *path,
		  size_t cap);
uint32_t app_log(struct app *app, const char *checkout, const char *commit, const char *subdir,
		 size_t max);

/* What the configured sources say; NULL: there are none, or nobody asks them. */
const struct live *app_live(const struct app *app);

/*
 * Sends something that changes the world outside, after the person said yes
 * (courier_send()); the answer comes through view_ops.sent. 0: nobody can send it, or --read-only.
 */
uint32_t app_send(struct app *app, const char *source, const char *method, const char *path,
		  const char *content_type, const char *body);

/* Whether sources are asked right now, so that one that said nothing may yet. */
bool app_asking(const struct app *app);

/* Whether a scan goes on, so that what is missing may still come. */
bool app_scanning(const struct app *app);

/* What is kept between runs, for panes that look at the past; NULL: nothing. */
struct keeper *app_keeper(const struct app *app);

/* Lets the person choose the columns of a table (`C`). */
void app_pick_columns(struct app *app, struct table *table);

/* Scans a checkout again. */
void app_rescan(struct app *app, const char *checkout);

/*
 * Lets the person edit one line, text at first, at the bottom of the screen; view_ops.typed of the
 * view on top gets it.
 */
void app_ask(struct app *app, const char *text);

/* Copies text to the terminal's clipboard (OSC 52). */
void app_copy(struct app *app, const char *text);

/* The key of an action as screens name it ("?"), "" when it has none; valid until the next call. */
const char *app_key(struct app *app, enum action action);

#endif
