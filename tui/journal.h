#ifndef SVCTOP_TUI_JOURNAL_H
#define SVCTOP_TUI_JOURNAL_H

/*
 * The collector's log: one sanitised line an event on stderr, for people. In systemd's journal
 * with its priority, elsewhere with the time.
 */

#include <stdbool.h>

#include "core/err.h"

enum journal_level {
	JOURNAL_PROBLEM, /* -q: these alone */
	JOURNAL_CHANGE,
	JOURNAL_MORE, /* -v */
};

struct journal {
	enum journal_level shown; /* and what weighs more */
	bool journald;		  /* stderr goes there */
	bool bare;		  /* "svctop: " alone before a line, as commands have it */
};

void journal_open(struct journal *journal, enum journal_level shown, bool bare);

void journal_say(const struct journal *journal, enum journal_level level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* "where: what (fix)" */
void journal_err(const struct journal *journal, const struct err *err);

#endif
