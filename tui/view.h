#ifndef SVCTOP_TUI_VIEW_H
#define SVCTOP_TUI_VIEW_H

/*
 * The interface of a pane. A pane is one .c file that fills one const struct
 * view_ops, listed in tui/panes.c. The app keeps views on a stack and calls these; it
 * draws the header, the line below it and the footer, and answers the keys that are
 * the same everywhere (back, other panes, prompts, help, yank, browse, edit ...).
 *
 * Of what the fleet gives, nothing may be kept over update(): the pointers are dead
 * then. A view keeps names and copies.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "fetch/courier.h"
#include "fetch/scanner.h"
#include "tui/draw.h"
#include "tui/keymap.h"

struct app;
struct burn;
struct view;

/*
 * What a row, a line or a whole view stands for. Everything may be NULL; a view is
 * opened on a target and tells what its cursor is on with one. Strings belong to
 * whoever filled it and live until the next update(); open() copies what it keeps.
 */
struct target {
	const char *service; /* name */
	const char *check;   /* id */
	const char *owner;
	const char *checkout; /* path of the checkout ... */
	const char *commit;   /* ... the commit that was read ... */
	const char *path;     /* ... a file in it ... */
	uint32_t line;	      /* ... and the line, 0: none */
	const char *url;      /* what `o` opens */
	const char *yank;     /* what `y` copies */
	const char *text;     /* PANE_TEXT: what it shows; PANE_GAPS, PANE_SERVICES: a filter */
	const char *title; /* PANE_TEXT: what it is called; PANE_PLAYBOOK: a heading to begin at */
	bool wrap;	   /* PANE_TEXT: prose, whose lines wrap */
	const struct burn *burn; /* PANE_SILENCE: what is to be silenced, or no longer */
};

struct view_ops {
	enum pane pane;

	/* Makes view->state for a target (never NULL); false: cannot be opened, with a message. */
	bool (*open)(struct view *view, const struct target *target);
	void (*close)(struct view *view);

	/* Its part of the breadcrumb; NULL: the pane's word. */
	void (*title)(struct view *view, struct buf *out);
	/* Its part of the header's right side ("12-40/213"); NULL: none. */
	void (*place)(struct view *view, struct buf *out);
	/* The line below the header; NULL: what burns, or the fleet in one line. */
	void (*headline)(struct view *view, const struct canvas *canvas);

	/* The fleet changed (fleet_generation() moved), or the view was just opened. */
	void (*update)(struct view *view);

	/* Draws everything between the headline and the footer. */
	void (*draw)(struct view *view, const struct canvas *canvas);

	/* False: not mine, the app's default happens (if there is one). */
	bool (*action)(struct view *view, enum action action);
	/* A click on a row of the canvas (twice: `twice`). NULL: ignored. The wheel arrives as
	 * ACTION_UP and ACTION_DOWN. */
	void (*click)(struct view *view, int row, int col, bool twice);

	/* The filter or search text while it is typed ("" ends it), and what it is now. NULL: none.
	 */
	void (*set_filter)(struct view *view, const char *text);
	const char *(*filter)(struct view *view);
	/* Narrowed in another way (`f`, `1`..`4`, `M`): words for the line above the footer. */
	void (*narrowed)(struct view *view, struct buf *out);

	/* What the cursor is on; false: nothing. */
	bool (*selection)(struct view *view, struct target *out);

	/* Answers to app_blob() and app_log(), of all views: compare event->request. */
	void (*answer)(struct view *view, const struct scanner_event *event);

	/* Answers to app_send(), of all views (COURIER_SENT): compare event->request. */
	void (*sent)(struct view *view, const struct courier_event *event);

	/* The line that app_ask() asked for; not called when the person gave it up. */
	void (*typed)(struct view *view, const char *text);

	/* Words of the command line that only this pane knows ("sort gaps"): true when done. */
	bool (*command)(struct view *view, const char *word, const char *rest);

	/* update() is called as well when a source's status changed. */
	bool follows_sources;

	/* update() is called as well when more became known of the past (tui/app_history.h). */
	bool follows_history;

	/* From 140 columns, the selected service's drill-down stands at the right of this view. */
	bool wants_detail;
	/* Draws that drill-down for a service without a view of it being open (PANE_SERVICE). */
	void (*draw_detail)(struct app *app, const struct target *target,
			    const struct canvas *canvas);
};

struct view {
	const struct view_ops *ops;
	struct app *app;
	void *state;
};

#endif
