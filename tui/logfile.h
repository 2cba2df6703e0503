#ifndef SVCTOP_TUI_LOGFILE_H
#define SVCTOP_TUI_LOGFILE_H

/*
 * Where standard error goes while the screen is open: $XDG_STATE_HOME/svctop/svctop.log
 * (~/.local/state/svctop/svctop.log), for this person's eyes alone, never over a
 * megabyte. What came in meanwhile is printed when the screen is closed.
 */

#include <stdint.h>

struct logfile {
	char *path; /* NULL: nowhere */
	int64_t at; /* its size when it was opened */
};

/* Makes folder and file as needed; where that is not possible, path is NULL. */
void logfile_open(struct logfile *log);

/* Prints the end of what was written since, on stderr. */
void logfile_close(struct logfile *log);

#endif
