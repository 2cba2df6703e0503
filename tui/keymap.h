#ifndef SVCTOP_TUI_KEYMAP_H
#define SVCTOP_TUI_KEYMAP_H

/*
 * The one table of what can be done with a key. It gives the bindings, the footer,
 * the help pane, the command line's words and the manual page; keys.yml remaps it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"

enum pane {
	PANE_SERVICES,
	PANE_TIERS,
	PANE_GAPS,
	PANE_INCIDENT,
	PANE_SERVICE,
	PANE_EVIDENCE,
	PANE_PLAYBOOK,
	PANE_HELP,
	PANE_TEXT, /* the output of a command */
	PANE_SILENCE,
	PANE_SOURCES,
	PANE_HISTORY,
	PANE_COUNT
};

#define IN(pane) (1u << (pane))
#define IN_TABLES                                                                                  \
	(IN(PANE_SERVICES) | IN(PANE_TIERS) | IN(PANE_GAPS) | IN(PANE_INCIDENT) | IN(PANE_HISTORY))
#define IN_TEXTS                                                                                   \
	(IN(PANE_SERVICE) | IN(PANE_EVIDENCE) | IN(PANE_PLAYBOOK) | IN(PANE_HELP) | IN(PANE_TEXT))
#define IN_ALL (IN_TABLES | IN_TEXTS | IN(PANE_SOURCES) | IN(PANE_SILENCE))
/* Panes whose cursor stands for a service */
#define IN_NAMED                                                                                   \
	(IN(PANE_SERVICES) | IN(PANE_GAPS) | IN(PANE_INCIDENT) | IN(PANE_SERVICE) |                \
	 IN(PANE_HISTORY))

/* X(id, name in keys.yml, default keys, panes, word in the footer or NULL, help) */
#define ACTIONS(X)                                                                                 \
	X(OPEN, "open", "enter",                                                                   \
	  IN_TABLES | IN(PANE_SERVICE) | IN(PANE_SOURCES) | IN(PANE_SILENCE), "open",              \
	  "open what the cursor is on")                                                            \
	X(PLAYBOOK, "playbook", "p", IN_NAMED | IN(PANE_PLAYBOOK), "playbook",                     \
	  "read the service's playbook; in it, the next one")                                      \
	X(SILENCE, "silence", "x", IN(PANE_INCIDENT), "silence",                                   \
	  "silence the alert, or end its silence; asks first")                                     \
	X(UPDATE, "status-update", "Y", IN(PANE_INCIDENT), "update",                               \
	  "copy a status update in Markdown, and show it")                                         \
	X(BACK, "back", "esc q", IN_ALL, NULL, "go back; at the first view q quits")               \
	X(DOWN, "down", "j down", IN_ALL, NULL, "one line down")                                   \
	X(UP, "up", "k up", IN_ALL, NULL, "one line up")                                           \
	X(LEFT, "left", "h left", IN_ALL, NULL, "scroll to the left")                              \
	X(RIGHT, "right", "l right", IN_ALL, NULL, "scroll to the right")                          \
	X(TOP, "top", "g home", IN_ALL, NULL, "first line")                                        \
	X(BOTTOM, "bottom", "G end", IN_ALL, NULL, "last line")                                    \
	X(HALF_DOWN, "half-down", "^d", IN_ALL, NULL, "half a page down")                          \
	X(HALF_UP, "half-up", "^u", IN_ALL, NULL, "half a page up")                                \
	X(PAGE_DOWN, "page-down", "pgdn ^f", IN_ALL, NULL, "a page down")                          \
	X(PAGE_UP, "page-up", "pgup ^b", IN_ALL, NULL, "a page up")                                \
	X(GO_SERVICES, "services", "s", IN_ALL, NULL, "all services")                              \
	X(GO_GAPS, "gaps", "a", IN_ALL, "gaps", "all outstanding gaps")                            \
	X(GO_INCIDENT, "incident", "i", IN_ALL, "incident", "what burns")                          \
	X(GO_TIERS, "tiers", "t", IN_ALL, "tiers", "the tiers and their items")                    \
	X(GO_HISTORY, "history", "b", IN_ALL, "history", "gaps over time: the burn-down")          \
	X(GO_SOURCES, "sources", "L", IN_ALL, NULL, "the live sources and how they are")           \
	X(NEXT_PANE, "next-pane", "tab", IN_ALL, NULL, "next pane")                                \
	X(PREV_PANE, "previous-pane", "s-tab", IN_ALL, NULL, "previous pane")                      \
	X(LAST_VIEW, "last-view", "-", IN_ALL, NULL, "the view before this one")                   \
	X(FILTER, "filter", "/", IN_ALL & ~IN(PANE_SILENCE), "filter",                             \
	  "filter a table, search a text")                                                         \
	X(NEXT_MATCH, "next-match", "n", IN_ALL, NULL, "next match")                               \
	X(PREV_MATCH, "previous-match", "N", IN_ALL, NULL, "previous match")                       \
	X(CLEAR, "clear", "*", IN_ALL, NULL, "clear every filter")                                 \
	X(BROKEN, "broken", "f", IN_TABLES | IN(PANE_SERVICE) | IN(PANE_SOURCES), "broken",        \
	  "only what is broken")                                                                   \
	X(TIER_1, "tier-1", "1", IN_TABLES, NULL, "only tier 1")                                   \
	X(TIER_2, "tier-2", "2", IN_TABLES, NULL, "only tier 2")                                   \
	X(TIER_3, "tier-3", "3", IN_TABLES, NULL, "only tier 3")                                   \
	X(TIER_4, "tier-4", "4", IN_TABLES, NULL, "only tier 4")                                   \
	X(TIER_ALL, "all-tiers", "0", IN_TABLES, NULL, "every tier")                               \
	X(MINE, "mine", "M", IN_TABLES, NULL, "only mine (`me:` in the config)")                   \
	X(SORT, "sort", "S", IN(PANE_SERVICES), "sort", "sort by the next column")                 \
	X(GROUP, "group", "v", IN(PANE_GAPS) | IN(PANE_INCIDENT) | IN(PANE_HISTORY), "group",      \
	  "group by service, by item or alert, by owner; in the history the next table")           \
	X(RANGE, "range", "z", IN(PANE_HISTORY), "range",                                          \
	  "a longer time, then the shortest again")                                                \
	X(COLUMNS, "columns", "C", IN_TABLES | IN(PANE_SOURCES), NULL, "show and hide columns")    \
	X(MARK, "mark", "space", IN(PANE_SERVICES) | IN(PANE_GAPS), NULL,                          \
	  "mark, for yanking many")                                                                \
	X(EDIT, "edit", "e",                                                                       \
	  IN(PANE_SERVICE) | IN(PANE_GAPS) | IN(PANE_EVIDENCE) | IN(PANE_PLAYBOOK), "edit",        \
	  "open the evidence in $EDITOR, at its line")                                             \
	X(BROWSE, "browse", "o",                                                                   \
	  IN_NAMED | IN(PANE_EVIDENCE) | IN(PANE_PLAYBOOK) | IN(PANE_SOURCES), "browse",           \
	  "open the link in the browser")                                                          \
	X(YANK, "yank", "y", IN_ALL, "yank", "copy what the cursor is on (OSC 52)")                \
	X(COMMAND, "command", ":", IN_ALL, NULL, "command line; Tab completes")                    \
	X(REFRESH, "refresh", "r", IN_ALL, NULL, "scan and ask again")                             \
	X(THEME, "theme", "T", IN_ALL, NULL, "choose a theme")                                     \
	X(MOUSE, "mouse", "m", IN_ALL, NULL, "mouse on or off")                                    \
	X(HELP, "help", "?", IN_ALL, "help", "the keys of this pane")                              \
	X(REDRAW, "redraw", "^l", IN_ALL, NULL, "draw the screen anew")                            \
	X(SUSPEND, "suspend", "^z", IN_ALL, NULL, "suspend svctop")                                \
	X(QUIT, "quit", "Q", IN_ALL, NULL, "quit from anywhere")

enum action {
#define X(id, name, keys, panes, footer, help) ACTION_##id,
	ACTIONS(X)
#undef X
	    ACTION_COUNT,
	ACTION_NONE = ACTION_COUNT
};

/* A key: a Unicode code point, control characters included, or one of these. */
enum {
	KEYC_NONE = 0x110000,
	KEYC_UP,
	KEYC_DOWN,
	KEYC_LEFT,
	KEYC_RIGHT,
	KEYC_HOME,
	KEYC_END,
	KEYC_PGUP,
	KEYC_PGDN,
	KEYC_BACKTAB,
	KEYC_INSERT,
	KEYC_DELETE,
	KEYC_F1,
	KEYC_F12 = KEYC_F1 + 11,
	KEYC_MAX
};
enum { KEYC_TAB = 9, KEYC_ENTER = 13, KEYC_ESC = 27, KEYC_BACKSPACE = 127 };

struct action_info {
	const char *name;
	const char *keys; /* default, apart by spaces */
	unsigned panes;	  /* IN() bits */
	const char *footer;
	const char *help;
};

const struct action_info *action_info(enum action action);
enum action action_by_name(const char *name); /* ACTION_NONE: no such action */
const char *pane_word(enum pane pane);	      /* "services", "tiers", ... */

/* "j" "^d" "ctrl-d" "enter" "esc" "tab" "s-tab" "space" "pgup" "f5" ...; KEYC_NONE: none. */
uint32_t keymap_parse_key(const char *name);
/* The name as keymap_parse_key() reads it and screens show it, in out (at least 16 bytes). */
const char *keymap_key_name(uint32_t key, char *out, size_t size);

struct keymap;

/* The defaults. */
struct keymap *keymap_new(void);
void keymap_free(struct keymap *keymap); /* NULL is allowed */

/*
 * Reads keys.yml: a map of action to a key or a list of keys, which replace the
 * action's default ones; an empty list unbinds it. A key taken from another
 * action's defaults moves; one given twice in the file for the same pane is an
 * error, as are unknown actions and keys. On error the keymap is as it was, -1.
 */
int keymap_load(struct keymap *keymap, const char *path, const char *text, size_t len,
		struct err *err);

enum action keymap_action(const struct keymap *keymap, enum pane pane, uint32_t key);

/* The keys of an action, at most max; returns how many. */
size_t keymap_keys(const struct keymap *keymap, enum action action, uint32_t *keys, size_t max);

/* Takes all keys of an action away, also those of keys.yml. */
void keymap_unbind(struct keymap *keymap, enum action action);

/* "enter", "j, down" or "-" where the action has no key. */
void keymap_describe(const struct keymap *keymap, enum action action, struct buf *out);

#endif
