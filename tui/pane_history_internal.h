#ifndef SVCTOP_TUI_PANE_HISTORY_INTERNAL_H
#define SVCTOP_TUI_PANE_HISTORY_INTERNAL_H

/* The history pane's parts: pane_history.c (the view), _draw.c (around the tables), _tables.c. */

#include "tui/app.h"
#include "tui/app_history.h"
#include "tui/history_data.h"
#include "tui/table.h"

enum history_range { RANGE_QUARTER, RANGE_YEAR, RANGE_TWO_YEARS, RANGE_ALL, RANGE_COUNT };

struct history_view;

struct history_tab {
	struct history_view *view;
	enum history_table kind;
	struct table *table;
};

struct history_view {
	struct app *app;
	const struct app_history *known;
	uint64_t generation; /* of what is known that data is made of; 0: nothing yet */
	struct history_data data;
	bool stale; /* the filter is another one than data was made with */
	struct history_tab tabs[HISTORY_TABLES];
	enum history_table shown;
	enum history_range range;
	char *text;    /* the filter as typed */
	char *mistake; /* why it is not one; NULL: it is */
	struct history_filter *filter;
	unsigned tiers;
	bool mine, open_only;
	int table_row; /* of the body, where the table's headings were drawn */
	char *url;
};

/* "3 months", "1 year", ... */
const char *history_range_name(enum history_range range);

/* Whether some gaps are left out. */
bool history_narrowed(const struct history_view *state);

/* _tables.c */
const char *history_table_title(enum history_table table);
struct table *history_table_new(struct history_tab *tab);
/* The gap in the cursor's row of a table of gaps, the group in one of groups; NULL: none. */
const struct interval *history_gap_at_cursor(const struct history_view *state);
const struct history_group *history_group_at_cursor(const struct history_view *state);
/* Who or what began a regression or ended a gap, in the table that is shown. */
const struct cause *history_cause(const struct history_view *state, const struct interval *gap);
/* A commit's subject, or what else it was; never NULL. */
const char *history_cause_text(const struct cause *cause);

/* _draw.c */
void history_draw(struct history_view *state, const struct canvas *canvas);

#endif
