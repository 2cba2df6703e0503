#ifndef SVCTOP_CORE_CODEOWNERS_H
#define SVCTOP_CORE_CODEOWNERS_H

/*
 * CODEOWNERS of GitHub (.github/, root, docs/, in that order; the last match wins)
 * and GitLab (also .gitlab/; sections, whose owners add up; `!` exclusions).
 */

#include <stddef.h>

#include "core/checkout.h"

struct codeowners;

/* path decides the dialect (.gitlab/ or section headers: GitLab). warnings may be NULL. */
struct codeowners *codeowners_parse(const char *path, const char *bytes, size_t len,
				    struct arena *arena, struct warning **warnings,
				    size_t *warning_count);

/*
 * The owners of a path ("" for the whole checkout: what `*` gives), each once with
 * the line that gives it; in arena. Returns how many.
 */
size_t codeowners_of(const struct codeowners *owners, const char *path, struct arena *arena,
		     struct fact **out);

/* Which of several CODEOWNERS files counts: the lower, the more; -1: not a place for it. */
int codeowners_rank(const char *path);

#endif
