#ifndef SVCTOP_FETCH_HISTORY_PRIVATE_H
#define SVCTOP_FETCH_HISTORY_PRIVATE_H

/* What the files of fetch/history share with each other. */

#include "core/arena.h"
#include "fetch/git.h"
#include "fetch/mailmap.h"

#define HISTORY_TEXT_MAX 200 /* bytes kept of a name, an address, a subject */

/* Text of a commit as UTF-8, cut to HISTORY_TEXT_MAX: what is not UTF-8 is taken for Latin-1. */
char *history_utf8(struct arena *arena, const char *text, size_t len);

/* First line of the message. */
char *history_subject(struct arena *arena, const struct repo_commit *commit);

/* .mailmap at the root of the commit's tree; NULL when there is none that can be read. */
struct mailmap *history_mailmap(struct repo *repo, const struct repo_id *head);

#endif
