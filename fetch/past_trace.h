#ifndef SVCTOP_FETCH_PAST_TRACE_H
#define SVCTOP_FETCH_PAST_TRACE_H

/*
 * When paths were last changed, as of each commit of a first-parent line: as
 * history_last_change() says it, which is asked only where a merge brought the change, and
 * once for what is older than the line.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fetch/git.h"
#include "fetch/past_line.h"

struct past_trace;

/*
 * paths (each once) and the line must outlive it. Changes from before since are not looked
 * for; max: commits that are looked at behind the line, or behind one of its merges.
 */
struct past_trace *past_trace_new(struct repo *repo, const struct past_line *line,
				  const char *const *paths, size_t count, int64_t since,
				  size_t max);
void past_trace_free(struct past_trace *trace); /* NULL is allowed */

/* Whether a path is another one at the line's commit than at the one before it. */
bool past_trace_changed(const struct past_trace *trace, size_t path, size_t at);

/*
 * The committer's time of the last commit that changed the path as of the line's commit at, and
 * its id (may be NULL); HISTORY_OLDER: that was before since; or HISTORY_UNKNOWN.
 */
int64_t past_trace_last(struct past_trace *trace, size_t path, size_t at, int64_t since,
			struct repo_id *id);

#endif
