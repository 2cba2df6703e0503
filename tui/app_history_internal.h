#ifndef SVCTOP_TUI_APP_HISTORY_INTERNAL_H
#define SVCTOP_TUI_APP_HISTORY_INTERNAL_H

/* The memory behind app_history(): app_history.c, and where it is read from: app_history_store.c.
 */

#include "core/err.h"
#include "tui/app_history.h"

struct history_memory;

/* Adds all there is to memory->merge, sets since and until. -1: err. */
typedef int history_read(void *ctx, struct history_memory *memory, struct err *err);

struct history_memory {
	history_read *read; /* NULL: there is nothing to read from */
	void *ctx;
	struct interval_merge *merge; /* NULL: nobody has looked so far */
	int64_t since, until;
	bool stale, failed, running;
	char *problem;
	uint64_t fleet; /* generation of the fleet that shown is of */
	struct app_history shown;
};

/* Where it is read from; read NULL: nowhere, problem says why. */
void app_history_source(struct app *app, history_read *read, void *ctx, const char *problem);

#endif
