#ifndef SVCTOP_TUI_THEME_H
#define SVCTOP_TUI_THEME_H

/*
 * Colours by what they mean. A theme file gives each role a style; the screen turns
 * styles into curses attributes. Read are base16 and base24 schemes (YAML), btop
 * .theme files, and our own `roles:` in either. Nothing here needs curses, so themes
 * can be parsed, listed and checked for contrast without a terminal.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

/* X(id, name under `roles:`) */
#define ROLES(X)                                                                                   \
	X(TEXT, "text")                                                                            \
	X(TITLE, "title")     /* the breadcrumb */                                                 \
	X(FRESH, "fresh")     /* how fresh it is, at the right of the header */                    \
	X(BURN, "burn")	      /* what burns */                                                     \
	X(COLUMN, "column")   /* headings of a table */                                            \
	X(HEADING, "heading") /* headings of a text or a block */                                  \
	X(CURSOR, "cursor")   /* the row under the cursor */                                       \
	X(MARK, "mark")	      /* a marked row's sign */                                            \
	X(TIER_1, "tier-1")   /* the tier's number */                                              \
	X(TIER_2, "tier-2")                                                                        \
	X(TIER_3, "tier-3")                                                                        \
	X(TIER_4, "tier-4")                                                                        \
	X(PASS, "pass") /* status */                                                               \
	X(GAP, "gap")                                                                              \
	X(UNKNOWN, "unknown")                                                                      \
	X(WAIVED, "waived")                                                                        \
	X(NA, "not-applicable")                                                                    \
	X(BAR, "bar") /* the filled part of a bar */                                               \
	X(BAR_REST, "bar-rest")                                                                    \
	X(OWNER, "owner")                                                                          \
	X(LINK, "link")                                                                            \
	X(ORIGIN, "origin") /* where something was read: path:line, commit */                      \
	X(CODE, "code")	    /* literal text of files */                                            \
	X(EMPH, "emphasis")                                                                        \
	X(LINE, "line")	  /* line numbers, rules */                                                \
	X(MATCH, "match") /* what a search found, the line that is the evidence */                 \
	X(WARN, "warning")                                                                         \
	X(ERROR, "error")                                                                          \
	X(KEY, "key") /* a key's name in the footer */                                             \
	X(FOOTER, "footer")                                                                        \
	X(PROMPT, "prompt")

enum role {
#define X(id, name) ROLE_##id,
	ROLES(X)
#undef X
	    ROLE_COUNT
};

#define TIER_ROLE(tier)                                                                            \
	((tier) >= 1 && (tier) <= 4 ? (enum role)(ROLE_TIER_1 + (tier)-1) : ROLE_TEXT)

/* The terminal's own colour, one of its 16, or 24 bits. */
#define COLOR_OWN	(-1)
#define COLOR_RGB	0x1000000
#define COLOR_IS_RGB(c) ((c) >= COLOR_RGB)

enum { STYLE_BOLD = 1, STYLE_UNDERLINE = 2, STYLE_REVERSE = 4 };

struct style {
	int32_t fg, bg; /* COLOR_OWN, 0..15, or COLOR_RGB | 0xrrggbb */
	unsigned flags;
};

struct theme {
	char name[64];
	char file[512]; /* where it was read from, "" when it is a shipped one */
	bool dark;	/* of a theme that sets its background */
	bool colours;	/* false: attributes alone */
	struct style roles[ROLE_COUNT];
	struct style on_cursor[ROLE_COUNT]; /* the same where the cursor's row is */
};

const char *role_name(enum role role);

/* Shipped themes by index, the default one first; NULL past the last. */
const char *theme_builtin_name(size_t index);
const char *theme_builtin_text(size_t index, size_t *len);

/*
 * Reads a theme. path names the file in errors; the theme's name is its `name:` or
 * the file's. Unknown keys are ignored, a colour that is none is an error (file:line).
 */
int theme_parse(struct theme *theme, const char *path, const char *text, size_t len,
		struct err *err);

/* No colours at all: bold, underline, reverse. */
void theme_mono(struct theme *theme);

/*
 * A theme by name: NAME in dir (with or without .yaml, .yml, .theme), then a shipped
 * one, then a path. dir NULL: none. -1 on error.
 */
int theme_find(struct theme *theme, const char *dir, const char *name, struct err *err);

/* Names of all themes: shipped ones, then those in dir, sorted. The caller frees both. */
char **theme_list(const char *dir, size_t *count);

/* WCAG contrast of two 24-bit colours, 1 to 21. */
double theme_contrast(int32_t a, int32_t b);

/* The nearest of xterm's colours 16..255, or of the 16 (or 8) of ANSI. */
int theme_nearest(int32_t colour, int colours);

/* What a terminal commonly shows for ANSI colour 0..15 or xterm's 16..255, as 0xrrggbb. */
uint32_t theme_rgb(int index);

#endif
