#ifndef SVCTOP_CORE_CODEOWNERS_H
#define SVCTOP_CORE_CODEOWNERS_H

/*
 * CODEOWNERS of GitHub (.github/, root, docs/, in that order; the last match wins)
 * and GitLab (also .gitlab/; sections, whose owners add up; `!` exclusions).
 *
 * The dialects differ where it matters: on GitHub a last segment "*" means the files
 * of that folder alone, "/docs" all below it, "docs/x" stands at the root, '#' begins a comment
 * anywhere, `!` and `[` make a line invalid. On GitLab "/docs" is one file and
 * "/docs/" the folder, a path without a leading slash matches at any depth, and owners
 * in what looks like a comment behind a rule count.
 * https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
 * https://docs.gitlab.com/ee/user/project/codeowners/reference.html
 */

#include <stddef.h>

#include "core/checkout.h"

struct codeowners;

/*
 * path decides the dialect (.gitlab/ or section headers: GitLab). warnings may be NULL;
 * they, like the result, live in arena, which must stay. Never NULL: lines that cannot
 * be read are skipped with a warning.
 */
struct codeowners *codeowners_parse(const char *path, const char *bytes, size_t len,
				    struct arena *arena, struct warning **warnings,
				    size_t *warning_count);

/*
 * The owners of a folder ("" for the whole checkout: what `*` gives), each once with
 * the line that gives it and without its leading @; in arena. Returns how many.
 */
size_t codeowners_of(const struct codeowners *owners, const char *path, struct arena *arena,
		     struct fact **out);

/* Which of several CODEOWNERS files counts: the lower, the more; -1: not a place for it. */
int codeowners_rank(const char *path);

#endif
