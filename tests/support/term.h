#ifndef SVCTOP_TESTS_SUPPORT_TERM_H
#define SVCTOP_TESTS_SUPPORT_TERM_H

/*
 * A terminal for tests: a program runs in a pty of a given size, what it writes goes
 * through libvterm, and the test asks what is on the screen. Nothing here sleeps:
 * waiting is polling the pty and the child until what is waited for is there.
 *
 *	struct term *term = term_start((char *[]){"svctop", "demo", NULL}, NULL, 24, 80);
 *	assert_true(term_expect(term, "services"));
 *	term_send(term, "jj\r");
 *	assert_true(term_expect(term, "TIER 1"));
 *	term_send(term, "q");
 *	assert_int_equal(term_wait_exit(term, TERM_PATIENCE), 0);
 *	term_free(term);
 *
 * Coordinates are rows and columns of cells, from 0.
 */

#include <stdbool.h>
#include <stddef.h>

struct term;

/* Long enough, in milliseconds, for what must happen on a busy machine in a sanitizer build. */
#define TERM_PATIENCE 20000

/*
 * Starts argv (NULL-terminated; argv[0] is searched in PATH; "svctop" alone stands for
 * the program under test, $SVCTOP, else ./svctop). The program's environment is PATH,
 * HOME, XDG_*, TZ and the sanitizers' options of the test, LC_ALL=C.UTF-8 and
 * TERM=xterm-256color, with env's entries on top: "NAME=value" sets, "NAME" removes;
 * NULL: none. The program has no other descriptors than its terminal. Ends the test
 * program when there is no pty.
 */
struct term *term_start(char *const argv[], char *const env[], int rows, int cols);

/* Ends the program when it still runs (SIGKILL), and frees all. NULL is allowed. */
void term_free(struct term *term);

/* Types keys: bytes as a terminal sends them ("\r" is Enter, "\033[A" up, "\003" ^C). */
void term_send(struct term *term, const char *keys);

/* Reads what the program wrote so far, without waiting. */
void term_drain(struct term *term);

/* Waits until the screen holds text (within one row); false when it did not in time. */
bool term_wait_text(struct term *term, const char *text, int timeout_ms);

/* As term_wait_text() with TERM_PATIENCE; shows the screen on stderr when it fails. */
bool term_expect(struct term *term, const char *text);

/* Waits until the screen does not hold text. */
bool term_wait_gone(struct term *term, const char *text, int timeout_ms);

/* Waits until check(term, arg) is true; asked again whenever the program wrote something. */
bool term_wait(struct term *term, bool (*check)(struct term *term, void *arg), void *arg,
	       int timeout_ms);

/* Waits until nothing was written for quiet_ms; false when it went on for timeout_ms. */
bool term_wait_quiet(struct term *term, int quiet_ms, int timeout_ms);

/* Waits for the end: its exit code, or 128 + the signal that ended it; -1: it still runs. */
int term_wait_exit(struct term *term, int timeout_ms);

/*
 * A row's text as UTF-8 without trailing blanks, "" below the screen; and the whole
 * screen's, rows ended by newlines. Valid until the next call of the same function.
 */
const char *term_row(struct term *term, int row);
const char *term_screen(struct term *term);

/* Where text first stands, from the top; false when it does not. row and col may be NULL. */
bool term_find(struct term *term, const char *text, int *row, int *col);

/* The screen on stderr, framed, for a test that fails. */
void term_dump(struct term *term);

enum term_color_kind { TERM_COLOR_DEFAULT, TERM_COLOR_INDEXED, TERM_COLOR_RGB };

struct term_color {
	enum term_color_kind kind;
	int index; /* of the palette, 0..255 */
	int rgb;   /* 0xrrggbb */
};

struct term_cell {
	char text[32]; /* the character with its combining marks, UTF-8; "" for an empty cell */
	int width;     /* 2 for a wide character, 0 for the cell that it covers as well */
	bool bold, italic, underline, blink, reverse, strike;
	struct term_color fg, bg;
};

struct term_cell term_cell(struct term *term, int row, int col);

void term_cursor(struct term *term, int *row, int *col);
bool term_cursor_visible(struct term *term);
bool term_alternate(struct term *term); /* the alternate screen is shown */
bool term_mouse(struct term *term);	/* the program asked for mouse reports */
int term_rows(struct term *term);
int term_cols(struct term *term);

/* Forgets the counts and the bytes kept so far. */
void term_mark(struct term *term);

/* Bytes that the program wrote since the mark. */
size_t term_bytes(struct term *term);

/*
 * How often bytes arrived since the mark: a lower bound of the program's writes, since
 * those that come at once are read as one.
 */
int term_bursts(struct term *term);

/* The bytes themselves (the first MB since the mark), NUL-terminated; len may be NULL. */
const char *term_raw(struct term *term, size_t *len);

/* Changes the size of the terminal; the program gets SIGWINCH. */
void term_resize(struct term *term, int rows, int cols);

void term_signal(struct term *term, int signal);
int term_pid(struct term *term);

/* The tty as the program has it at this moment, or left it. */
bool term_cooked(struct term *term); /* line editing, echo and signals are on */

/*
 * What a terminal must look like once a program has left it: cooked, the primary
 * screen, a visible cursor, no mouse reports. NULL, or what is wrong.
 */
const char *term_unrestored(struct term *term);

#endif
