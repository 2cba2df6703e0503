#ifndef SVCTOP_TUI_PICKER_H
#define SVCTOP_TUI_PICKER_H

/* A small list over the screen to choose from: themes, columns. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tui/draw.h"
#include "tui/keymap.h"

struct picker;

struct picker_ops {
	/* The cursor moved to an entry (a preview). NULL: nothing happens. */
	void (*moved)(void *ctx, size_t index);
	/* Enter. chosen false: Esc, things must be as before. The picker is closed after it. */
	void (*done)(void *ctx, size_t index, bool chosen);
	/* Space: toggles an entry. NULL: there is nothing to toggle. */
	void (*toggled)(void *ctx, size_t index, bool on);
	void (*freed)(void *ctx); /* NULL: ctx is not the picker's */
};

/* Copies names; on: which are toggled on, NULL where nothing is to toggle. */
struct picker *picker_new(const char *title, char *const *names, const bool *on, size_t count,
			  size_t cursor, const struct picker_ops *ops, void *ctx);
void picker_free(struct picker *picker); /* NULL is allowed */

/* Returns false when the picker is over and must be freed. */
bool picker_action(struct picker *picker, enum action action);

/* In the middle of the canvas. */
void picker_draw(struct picker *picker, const struct canvas *canvas);

#endif
