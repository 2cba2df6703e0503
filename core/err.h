#ifndef SVCTOP_CORE_ERR_H
#define SVCTOP_CORE_ERR_H

/*
 * An error as its reader needs it: what happened, where (a file:line of the user's
 * own file, a checkout, a command-line word), and what to do about it. Functions
 * that can fail take a `struct err *` last, return a negative number (or NULL) and
 * fill it; NULL is allowed there. Nothing below tui/ prints.
 */

struct err {
	char *what;  /* one sentence without a full stop; NULL: no error */
	char *where; /* NULL when there is no place to point at */
	char *fix;   /* NULL when nothing can be done */
};

/*
 * Sets err, replacing what it held, and returns -1, so that a caller can write
 * `return err_set(err, where, fix, "cannot read %s", path);`. Copies all it is given.
 */
int err_set(struct err *err, const char *where, const char *fix, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Frees what err holds and leaves it empty. */
void err_clear(struct err *err);

/* "where: what (fix)" as one line; owned by the caller. */
char *err_line(const struct err *err);

#endif
