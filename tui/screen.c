#include "tui/screen.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <unistd.h>

#include "core/mem.h"
#include "tui/crash.h"

/* Pairs 1..: one for each two colours that styles use; linux has but 64. */
enum { MAX_PAIRS = 64 };

struct attrs {
	attr_t attr;
	short pair;
};

struct pair {
	int32_t fg, bg; /* as the theme gives them */
};

struct screen {
	SCREEN *curses;
	FILE *in, *out; /* headless only */
	WINDOW *keys;	/* nobody draws in it, so reading keys refreshes nothing */
	struct crash *crash;
	bool headless, ascii, colours, default_colours;
	const struct glyphs *glyphs;
	int saved_stderr, log; /* -1: not redirected */
	int cursor_row, cursor_col;
	bool cursor_shown;
	struct theme theme;
	struct attrs attrs[2][ROLE_COUNT];
	struct pair pairs[MAX_PAIRS];
	size_t pair_count;
};

static bool utf8_locale(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* newterm() would answer that as well, but it leaks where the answer is no. */
static bool known_kind(const char *name)
{
	int result;
	if (!name || setupterm(name, STDOUT_FILENO, &result) != OK)
		return false;
	del_curterm(cur_term);
	return true;
}

/* The kind of terminal may be newer than this machine's database. */
static SCREEN *open_terminal(FILE *out, FILE *in, bool headless)
{
	const char *kinds[] = {headless ? NULL : getenv("TERM"), "xterm-256color", "xterm"};
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (known_kind(kinds[i]))
			return newterm(kinds[i], out, in);
	return NULL;
}

/* The font of Linux' console has 256 signs, and no braille among them. */
static const struct glyphs *choose_glyphs(bool ascii, bool headless)
{
	const char *kind = headless ? NULL : getenv("TERM");

	if (ascii)
		return glyphs_ascii();
	return kind && strncmp(kind, "linux", 5) == 0 ? glyphs_console() : glyphs_utf8();
}

/* ncurses flushes after every cursor motion until it went once through endwin(). */
static void prime(void)
{
	endwin();
	doupdate();
}

static void start_colours(struct screen *screen, bool no_colour)
{
	screen->colours = !no_colour && has_colors() && start_color() == OK && COLORS >= 8;
	if (screen->colours)
		screen->default_colours = use_default_colors() == OK;
}

static void set_modes(struct screen *screen)
{
	set_escdelay(25);
	cbreak();
	noecho();
	nonl();
	curs_set(0);
	leaveok(stdscr, FALSE);
	screen->keys = newwin(1, 1, 0, 0);
	keypad(screen->keys, TRUE);
	nodelay(screen->keys, TRUE);
	meta(screen->keys, TRUE);
	untouchwin(screen->keys); /* else the first key would refresh it */
	crash_own_keys();
	def_prog_mode();
}

/* Libraries that complain must not write over the screen. */
static void redirect_stderr(struct screen *screen, const char *log_path)
{
	screen->log = open(log_path ? log_path : "/dev/null",
			   O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
	if (screen->log < 0)
		screen->log = open("/dev/null", O_WRONLY | O_CLOEXEC);
	screen->saved_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	if (screen->log >= 0)
		dup2(screen->log, STDERR_FILENO);
}

static void restore_stderr(struct screen *screen)
{
	if (screen->saved_stderr >= 0) {
		dup2(screen->saved_stderr, STDERR_FILENO);
		close(screen->saved_stderr);
	}
	if (screen->log >= 0)
		close(screen->log);
}

static void set_locale(bool headless)
{
	setlocale(LC_CTYPE, "");
	if (headless && !utf8_locale())
		setlocale(LC_CTYPE, "C.UTF-8");
}

struct screen *screen_open(const struct screen_options *options, struct err *err)
{
	bool headless = options->headless;
	if (!headless && (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))) {
		err_set(err, NULL, "`svctop check` prints the findings without one",
			"the dashboard needs a terminal");
		return NULL;
	}
	set_locale(headless);
	struct screen *screen = xcalloc(1, sizeof(*screen));
	screen->headless = headless;
	screen->saved_stderr = screen->log = -1;
	screen->ascii = options->ascii || !utf8_locale();
	screen->glyphs = choose_glyphs(screen->ascii, headless);
	screen->in = headless ? fopen("/dev/null", "re") : stdin;
	screen->out = headless ? fopen("/dev/null", "we") : stdout;
	if (!headless)
		screen->crash = crash_guard(STDIN_FILENO, STDOUT_FILENO);
	if (screen->in && screen->out)
		screen->curses = open_terminal(screen->out, screen->in, headless);
	if (!screen->curses) {
		const char *term = getenv("TERM");
		err_set(err, NULL, "set TERM to a kind that `infocmp` knows",
			"nothing is known about a terminal of the kind '%s'", term ? term : "");
		screen_close(screen);
		return NULL;
	}
	if (headless)
		resizeterm(options->rows, options->cols);
	prime(); /* before colours, or curses would reset the person's palette (OSC 104) */
	start_colours(screen, options->no_colour);
	set_modes(screen);
	if (!headless)
		redirect_stderr(screen, options->log_path);
	theme_mono(&screen->theme);
	screen_set_theme(screen, &screen->theme);
	return screen;
}

/*
 * Some terminals restore with their first screen whether the cursor was shown when ncurses last
 * saved it, which it does in the midst of scrolling: once more, then.
 */
static void end_curses(const struct screen *screen)
{
	const char *shown = tigetstr("cnorm");
	bool known = shown && shown != (const char *)-1 && !strchr(shown, '$');

	endwin();
	if (known && !screen->headless && write(STDOUT_FILENO, shown, strlen(shown)) < 0) {
		/* nobody is there to see it */
	}
}

void screen_close(struct screen *screen)
{
	if (!screen)
		return;
	if (screen->curses) {
		screen_mouse(screen, false);
		if (screen->keys)
			delwin(screen->keys);
		end_curses(screen);
		delscreen(screen->curses);
	}
	crash_release(screen->crash);
	if (screen->headless && screen->in)
		fclose(screen->in);
	if (screen->headless && screen->out)
		fclose(screen->out);
	restore_stderr(screen);
	free(screen);
}

int screen_tty(const struct screen *screen)
{
	return screen->headless ? -1 : STDIN_FILENO;
}

bool screen_ascii(const struct screen *screen)
{
	return screen->ascii;
}

bool screen_has_colours(const struct screen *screen)
{
	return screen->colours;
}

int screen_colours(const struct screen *screen)
{
	return screen->colours ? COLORS : 0;
}

/* The number curses knows a colour by; *bold where 8 colours show a bright one so. */
static int colour_number(const struct screen *screen, int32_t colour, int own, bool *bold)
{
	if (colour == COLOR_OWN)
		return screen->default_colours ? -1 : own;
	if (COLOR_IS_RGB(colour))
		return COLORS > 256 ? colour & 0xffffff : theme_nearest(colour, COLORS);
	if (colour >= 8 && COLORS < 16) {
		*bold = true;
		return colour - 8;
	}
	return colour;
}

static short pair_of(struct screen *screen, const struct style *style, bool *bold)
{
	for (size_t i = 0; i < screen->pair_count; i++)
		if (screen->pairs[i].fg == style->fg && screen->pairs[i].bg == style->bg)
			return (short)(i + 1);
	bool ignored = false;
	int fg = colour_number(screen, style->fg, COLOR_WHITE, bold);
	int bg = colour_number(screen, style->bg, COLOR_BLACK, &ignored);
	if (fg == bg && fg >= 0) /* too few colours to tell them apart */
		fg = bg == COLOR_BLACK || bg == 16 ? COLOR_WHITE : COLOR_BLACK;
	size_t next = screen->pair_count + 1;
	if (next >= MAX_PAIRS || next >= (size_t)COLOR_PAIRS ||
	    init_extended_pair((int)next, fg, bg) == ERR)
		return 0;
	screen->pairs[screen->pair_count++] = (struct pair){style->fg, style->bg};
	return (short)next;
}

static struct attrs attrs_of(struct screen *screen, const struct style *style)
{
	struct attrs attrs = {0};
	bool bold = style->flags & STYLE_BOLD;
	if (screen->colours && screen->theme.colours)
		attrs.pair = pair_of(screen, style, &bold);
	if (bold)
		attrs.attr |= A_BOLD;
	if (style->flags & STYLE_UNDERLINE)
		attrs.attr |= A_UNDERLINE;
	if (style->flags & STYLE_REVERSE)
		attrs.attr |= A_REVERSE;
	return attrs;
}

/* Whether the cursor's row looks different from others once colours are cut down. */
static bool cursor_differs(const struct screen *screen)
{
	const struct style *text = &screen->theme.roles[ROLE_TEXT];
	const struct style *cursor = &screen->theme.roles[ROLE_CURSOR];
	bool ignored;
	return (cursor->flags & STYLE_REVERSE) ||
	       (screen->colours && colour_number(screen, text->bg, COLOR_BLACK, &ignored) !=
				       colour_number(screen, cursor->bg, COLOR_BLACK, &ignored));
}

void screen_set_theme(struct screen *screen, const struct theme *theme)
{
	if (!screen->colours && theme->colours)
		theme_mono(&screen->theme);
	else if (theme != &screen->theme)
		screen->theme = *theme;
	screen->pair_count = 0;
	bool same = !cursor_differs(screen);
	for (int i = 0; i < ROLE_COUNT; i++) {
		screen->attrs[0][i] = attrs_of(screen, &screen->theme.roles[i]);
		screen->attrs[1][i] = attrs_of(screen, &screen->theme.on_cursor[i]);
		if (same) { /* too few colours for the cursor's: reverse shows it */
			screen->attrs[1][i] = screen->attrs[0][ROLE_TEXT];
			screen->attrs[1][i].attr |= A_REVERSE;
		}
	}
	cchar_t blank;
	const struct attrs *text = &screen->attrs[0][ROLE_TEXT];
	setcchar(&blank, L" ", text->attr, text->pair, NULL);
	wbkgrndset(stdscr, &blank);
}

const struct theme *screen_theme(const struct screen *screen)
{
	return &screen->theme;
}

struct canvas screen_canvas(struct screen *screen)
{
	return (struct canvas){
	    .screen = screen,
	    .glyphs = screen->glyphs,
	    .rows = LINES,
	    .cols = COLS,
	};
}

void screen_begin(struct screen *screen)
{
	screen->cursor_shown = false;
	screen->cursor_row = screen->cursor_col = 0;
	werase(stdscr);
}

void screen_cursor(struct screen *screen, int row, int col, bool shown)
{
	screen->cursor_row = row;
	screen->cursor_col = col;
	screen->cursor_shown = shown;
}

void screen_end(struct screen *screen)
{
	curs_set(screen->cursor_shown ? 1 : 0);
	wmove(stdscr, screen->cursor_row, screen->cursor_col);
	wnoutrefresh(stdscr);
	doupdate();
}

void screen_resize(struct screen *screen, int rows, int cols)
{
	struct winsize size;
	if (!screen->headless) {
		if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_row == 0 ||
		    size.ws_col == 0)
			return;
		rows = size.ws_row;
		cols = size.ws_col;
	}
	resizeterm(rows, cols);
}

void screen_redraw(struct screen *screen)
{
	(void)screen;
	clearok(curscr, TRUE);
}

void screen_leave(struct screen *screen)
{
	end_curses(screen);
	if (screen->saved_stderr >= 0)
		dup2(screen->saved_stderr, STDERR_FILENO);
	if (screen->crash)
		crash_quiet(screen->crash, true);
}

void screen_return(struct screen *screen)
{
	if (screen->crash)
		crash_quiet(screen->crash, false);
	if (screen->log >= 0)
		dup2(screen->log, STDERR_FILENO);
	screen_resize(screen, LINES, COLS);
	reset_prog_mode();
	screen_redraw(screen);
}

void screen_mouse(struct screen *screen, bool on)
{
	if (screen->headless)
		return;
	mouseinterval(0);
	mousemask(on ? BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED : 0, NULL);
}

void screen_raw(struct screen *screen, const char *bytes, size_t len)
{
	while (!screen->headless && len > 0) {
		ssize_t done = write(STDOUT_FILENO, bytes, len);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return;
		bytes += done;
		len -= (size_t)done;
	}
}

int screen_key(struct screen *screen, wint_t *out)
{
	return screen->headless ? ERR : wget_wch(screen->keys, out);
}

static void set_attrs(const struct screen *screen, enum role role, bool on_cursor)
{
	const struct attrs *attrs = &screen->attrs[on_cursor][role];
	wattr_set(stdscr, attrs->attr, attrs->pair, NULL);
}

void screen_put(struct screen *screen, int row, int col, enum role role, bool on_cursor,
		const wchar_t *text, size_t len)
{
	set_attrs(screen, role, on_cursor);
	mvwaddnwstr(stdscr, row, col, text, (int)len);
}

void screen_put_ascii(struct screen *screen, int row, int col, enum role role, bool on_cursor,
		      const char *text, size_t len)
{
	set_attrs(screen, role, on_cursor);
	mvwaddnstr(stdscr, row, col, text, (int)len);
}

void screen_cell(const struct screen *screen, int row, int col, struct screen_cell *out)
{
	cchar_t cell;
	attr_t attr = 0;
	short pair = 0;
	*out = (struct screen_cell){.fg = COLOR_OWN, .bg = COLOR_OWN};
	if (mvwin_wch(stdscr, row, col, &cell) == ERR ||
	    getcchar(&cell, out->chars, &attr, &pair, NULL) == ERR)
		return;
	if (pair > 0 && (size_t)pair <= screen->pair_count) {
		out->fg = screen->pairs[pair - 1].fg;
		out->bg = screen->pairs[pair - 1].bg;
	}
	out->flags = (attr & A_BOLD ? STYLE_BOLD : 0u) |
		     (attr & A_UNDERLINE ? STYLE_UNDERLINE : 0u) |
		     (attr & A_REVERSE ? STYLE_REVERSE : 0u);
}
