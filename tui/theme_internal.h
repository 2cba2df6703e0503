#ifndef SVCTOP_TUI_THEME_INTERNAL_H
#define SVCTOP_TUI_THEME_INTERNAL_H

/* Between the reader of theme files and what makes a theme of the colours it found. */

#include "tui/theme.h"

enum { THEME_BASES = 24 };

/* Styles for all roles from base16 (or base24) colours; `none` marks those not given. */
void theme_from_bases(struct theme *theme, const int32_t *bases, int32_t none);

/* All roles in the terminal's own colour. */
void theme_plain(struct theme *theme);

/* Works out the styles of the cursor's row, and lifts text that could not be read. */
void theme_finish(struct theme *theme);

#endif
