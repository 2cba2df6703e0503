#ifndef SVCTOP_TUI_SCREEN_H
#define SVCTOP_TUI_SCREEN_H

/*
 * The terminal: opened, given back in every case, resized, suspended, and written to
 * once a frame. One screen a process, for curses and the crash handler know no more.
 * Drawing goes through tui/draw.h; this has what needs curses.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

#include "core/err.h"
#include "tui/draw.h"
#include "tui/theme.h"

struct screen;

struct screen_options {
	bool headless; /* no terminal: rows x cols in memory, for scripts */
	int rows, cols;
	bool ascii;
	bool no_colour;	      /* the mono theme, whatever is set */
	const char *log_path; /* where standard error goes meanwhile; NULL: nowhere */
};

/*
 * NULL: standard input or output is no terminal, or it is of no known kind (then
 * xterm-256color and xterm were tried as well).
 */
struct screen *screen_open(const struct screen_options *options, struct err *err);

/* The terminal is as it was; standard error as well. NULL is allowed. */
void screen_close(struct screen *screen);

/* The descriptor to poll for keys, -1 when headless. */
int screen_tty(const struct screen *screen);
bool screen_ascii(const struct screen *screen);
bool screen_has_colours(const struct screen *screen);
/* For bug reports and tests: how many colours there are. */
int screen_colours(const struct screen *screen);

/* Takes a theme into use (a copy); it shows with the next frame. */
void screen_set_theme(struct screen *screen, const struct theme *theme);
const struct theme *screen_theme(const struct screen *screen);

/* The whole screen. */
struct canvas screen_canvas(struct screen *screen);

/* A frame: empties the virtual screen; what was drawn since then reaches the terminal. */
void screen_begin(struct screen *screen);
void screen_end(struct screen *screen);
/* Where the hardware cursor is put, for magnifiers and screen readers; shown in prompts only. */
void screen_cursor(struct screen *screen, int row, int col, bool shown);

/* After SIGWINCH: takes the terminal's size; headless: the one given. */
void screen_resize(struct screen *screen, int rows, int cols);
/* The next frame writes everything anew. */
void screen_redraw(struct screen *screen);

/* Gives the terminal to somebody else (a shell, an editor), and takes it back. */
void screen_leave(struct screen *screen);
void screen_return(struct screen *screen);

void screen_mouse(struct screen *screen, bool on);

/* Writes bytes past curses, before the next frame: OSC 52. */
void screen_raw(struct screen *screen, const char *bytes, size_t len);

/* The next key as curses gives it, tui/input.h decodes it. OK, KEY_CODE_YES or ERR: none. */
int screen_key(struct screen *screen, wint_t *out);

/* Puts wide characters at a place; for tui/draw.c, which has measured and clipped them. */
void screen_put(struct screen *screen, int row, int col, enum role role, bool on_cursor,
		const wchar_t *text, size_t len);
void screen_put_ascii(struct screen *screen, int row, int col, enum role role, bool on_cursor,
		      const char *text, size_t len);

/* What is drawn at a cell: its character and combining ones (at most 5 and a 0), for snapshots. */
struct screen_cell {
	wchar_t chars[6];
	int32_t fg, bg; /* as in struct style */
	unsigned flags; /* STYLE_... */
};
void screen_cell(const struct screen *screen, int row, int col, struct screen_cell *out);

#endif
