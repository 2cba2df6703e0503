#ifndef SVCTOP_TUI_SERVICE_CELLS_H
#define SVCTOP_TUI_SERVICE_CELLS_H

/* How a service's fields look in one cell of a table; each canvas is one row high. */

#include "core/fleet.h"
#include "tui/draw.h"

/* The first owner, without its organisation, and how many more there are; "nobody". */
void cell_owner(const struct service *service, const struct canvas *canvas);

/* "T2", "none"; "T2?" as far as it is measured. */
void cell_holds(const struct service *service, const struct canvas *canvas);

/* The checklist as a bar, one cell an item and a blank between tiers. */
void cell_items(const struct service *service, const struct checklist *checklist,
		const struct canvas *canvas);

void cell_languages(const struct service *service, const struct canvas *canvas);

/* A whole row for a checkout that has no service: its name, state and cause. */
void cell_broken(const struct checkout *checkout, const struct canvas *canvas);

/* "empty", "crashed", "unreadable" */
const char *checkout_state_word(const struct checkout *checkout);

/* The last part of a path. */
const char *checkout_base_name(const char *path);

#endif
