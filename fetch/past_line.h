#ifndef SVCTOP_FETCH_PAST_LINE_H
#define SVCTOP_FETCH_PAST_LINE_H

/* The first-parent line of a branch, back to a time. */

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "fetch/git.h"

struct past_line {
	struct line_commit {
		struct repo_id id, tree;
		int64_t time;	   /* not before that of the one before it, not after until */
		int64_t committed; /* as the committer's clock had it */
		size_t parent_count;
	} * commits; /* oldest first */
	size_t count, cap;
	const char *cut; /* why it does not go back to since or to the first commit; NULL */
};

/* Not REPO_OK only when the head cannot be read. The line is to be freed in either case. */
enum repo_code past_line_read(struct repo *repo, const struct repo_id *head, int64_t since,
			      int64_t until, size_t max, struct past_line *line, struct err *err);
void past_line_free(struct past_line *line);

#endif
