#ifndef SVCTOP_CORE_GLOB_H
#define SVCTOP_CORE_GLOB_H

/*
 * Path globs with gitignore semantics, many compiled into one matcher that walks
 * along with a tree walk and tells which directories no pattern can match in.
 *
 *   *  any run of characters but '/'     ?  one character but '/'
 *   [a-z] [!a-z]  a class                {a,b}  alternatives (ours, not git's; may nest)
 *   a double star and a slash: any directories, also none; a slash and a double
 *   star: everything below
 * A pattern without a slash (but at its end) matches at any depth, as in gitignore;
 * a leading slash anchors it. A trailing slash matches directories alone.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

enum {
	GLOB_ICASE = 1,	   /* ASCII case does not matter */
	GLOB_ANCHORED = 2, /* a pattern without a slash matches in the top directory alone */
	GLOB_FILES = 4,	   /* a pattern without a trailing slash matches no directory */
};

/*
 * One pattern against one whole path ('/'-separated, no leading slash; a trailing
 * slash says that it is a directory). What lies below a directory that matches does
 * not match itself. A bad pattern matches nothing. For rare use.
 */
bool glob_match(const char *pattern, const char *path, unsigned flags);

struct glob_set;

struct glob_set *glob_set_new(void);
void glob_set_free(struct glob_set *set); /* NULL is allowed */

/* Adds a pattern under an id of the caller's; several patterns may share one. -1: a bad pattern. */
int glob_set_add(struct glob_set *set, const char *pattern, unsigned flags, unsigned id,
		 struct err *err);

/* After the last add, before the first walk. */
void glob_set_compile(struct glob_set *set);

/*
 * Where a walk is: the positions of all patterns still possible in one directory.
 * A state is a plain value of the caller's: init, enter, free; states of parent
 * directories stay valid while children are walked.
 */
struct glob_state {
	uint32_t *nodes;
	uint32_t len;
	uint32_t cap;
};

/* The state at the top directory. */
void glob_start(const struct glob_set *set, struct glob_state *state);

/* Adds the top's positions to a state: a walk's directory that is a root of its own too. */
void glob_restart(const struct glob_set *set, struct glob_state *state);

/*
 * The state inside the directory name of the directory at state from. False (and an
 * empty state) when nothing below can match.
 */
bool glob_enter(const struct glob_set *set, const struct glob_state *from, const char *name,
		size_t len, struct glob_state *to);

/*
 * The ids of the patterns that match entry name of the directory at state, ascending
 * and without duplicates; returns how many there are, of which at most max are stored
 * (beyond max some may be counted twice).
 */
size_t glob_entry(const struct glob_set *set, const struct glob_state *state, const char *name,
		  size_t len, bool is_dir, unsigned *ids, size_t max);

/* Both at once for a folder: what glob_entry() returns, and the state inside it. */
size_t glob_folder(const struct glob_set *set, const struct glob_state *from, const char *name,
		   size_t len, unsigned *ids, size_t max, struct glob_state *to);

void glob_state_free(struct glob_state *state);

#endif
