#ifndef SVCTOP_TUI_COLLECT_INTERNAL_H
#define SVCTOP_TUI_COLLECT_INTERNAL_H

/* What collect.c and collect_sources.c share. Nobody else includes this. */

#include "tui/collect.h"

/* collect.c */
/* Signals are ours from then on until it stops; false: said why. */
bool collect_start_waiting(struct collection *in);
void collect_stop_waiting(struct collection *in);
/* SCANNER_PROBLEM. */
void collect_problem(struct collection *in, const struct scanner_event *event);
/* Says so, and gives the exit code. */
int collect_nothing_found(struct collection *in);
/* The answer is incomplete without it; takes over what err holds. */
void collect_error(struct collection *in, struct err *err);
/* Waits for children once; false when a signal asks to end. */
bool collect_wait(struct collection *in);
/* A line on stderr in place of the last one, where somebody looks. */
void collect_tell(struct collection *in, const char *line);
/* The line on stderr that says what is waited for. */
void collect_progress(struct collection *in);
void collect_clear_progress(struct collection *in);

/* collect_then.c */
void collect_then_free(struct then *then); /* NULL is allowed */

/* collect_sources.c */
/* Secrets are got and what is no service's own is asked while the scan goes on. */
void collect_start_asking(struct collection *in);
/* Takes in what sources said; true when all have answered, or the courier is lost for good. */
bool collect_answers(struct collection *in);
/* Asks the rest, of the fleet that was scanned, and notes what did not answer. */
void collect_sources(struct collection *in);
/* "svctop: waiting for prod, am" */
void collect_waiting(const struct collection *in, struct buf *line);

/* Before the fleet is settled: what the store knows of ages. */
void collect_ages(struct collection *in);

#endif
