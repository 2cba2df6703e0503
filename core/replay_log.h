#ifndef SVCTOP_CORE_REPLAY_LOG_H
#define SVCTOP_CORE_REPLAY_LOG_H

/* Inside of core/replay.h: the intervals that a replay's record tells, as they are kept. */

#include "core/checklist.h"
#include "core/interval.h"

struct replay_log;

struct replay_log *replay_log_new(const struct checklist *checklist);
void replay_log_free(struct replay_log *log);

/*
 * What is being applied: the cause of all that changes until another is set; NULL: how it was at
 * the beginning. Its strings live as long as the log.
 */
void replay_log_cause(struct replay_log *log, const struct cause *cause);

/* A record's callbacks; ctx is the log. */
void replay_log_change(void *ctx, const struct interval *closed, const struct interval *opened);
void replay_log_rename(void *ctx, const char *before, const char *now);

/* What is known of a service by now. */
void replay_log_facts(struct replay_log *log, const char *service, int tier, const char *owner);

/* Nothing more comes: intervals are in order. */
void replay_log_end(struct replay_log *log);
const struct interval *replay_log_intervals(const struct replay_log *log, size_t *count);

#endif
