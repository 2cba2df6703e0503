#ifndef SVCTOP_TUI_DEMO_FLEET_H
#define SVCTOP_TUI_DEMO_FLEET_H

/*
 * Reads the text in which the demo fleet is written down. A line that starts with '|' is a
 * line of the file begun above it; '#' starts a comment; all else is a word and its rest:
 *
 *	person KEY NAME <EMAIL>      somebody who commits
 *	messages KEY A | B | C       subjects for commits that need none of their own
 *	template NAME                files for many repositories, up to the next repo or template
 *	repo PATH [FLAG...]          a repository; the last part of PATH is its `name`.
 *	                             Flags: bare, empty, broken, shallow, local (no remote)
 *	set KEY VALUE                a variable of the repo, before the `use` that needs it
 *	use TEMPLATE                 puts the template's files here
 *	file PATH [age=N] [by=KEY] [-- SUBJECT]
 *	                             a file; with an age it comes with a commit of its own
 *	since N                      the age of the first commit (default 700d)
 *	team KEY*COUNT ...           COUNT commits of each, spread over the last year
 *	talk KEY                     the `messages` that the team's commits take
 *	changelogs PATH ...          what the team's commits change, in turn (CHANGELOG.md)
 *	newest N                     the age of the team's newest commit (default 1d)
 *	commit N KEY SUBJECT         one commit
 *	late N KEY PATH,... SUBJECT  files from above that come with a commit of their own, and
 *	                             are not there before
 *	gone N KEY PATH,... SUBJECT  files from above that a commit removes
 *	back N KEY PATH,... SUBJECT  ... and that another one puts back
 *
 * Ages are 20m, 3h, 40d. In paths and texts @{KEY} is a variable and @{-40d} or @{+40d}
 * the date so long ago or ahead.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/err.h"

struct demo_person {
	const char *key;
	const char *name;
	const char *email;
};

/* Messages to choose from, ended by NULL. */
struct demo_messages {
	const char *key;
	const char **subjects;
	size_t count;
};

struct demo_file {
	const char *path; /* variables filled in */
	const char *text;
	size_t len;
	int64_t age;	     /* seconds; -1: there from the first commit */
	const char *by;	     /* a person's key; NULL: whoever comes first in the team */
	const char *subject; /* of its commit; NULL: made up */
	bool late;	     /* not there until a change puts it */
};

/* A commit that puts files, or removes them. */
struct demo_change {
	int64_t age;
	const char *by;
	const char *subject;
	bool removes;
	size_t *files; /* indexes */
	size_t count, cap;
};

struct demo_share {
	const char *by;
	unsigned commits;
};

struct demo_commit {
	int64_t age;
	const char *by;
	const char *subject;
};

struct demo_repo {
	const char *path;
	const char *name;
	bool bare, empty, broken, shallow, local;
	struct demo_file *files;
	size_t file_count, file_cap;
	struct demo_share *team;
	size_t team_count, team_cap;
	struct demo_commit *commits;
	size_t commit_count, commit_cap;
	struct demo_change *changes;
	size_t change_count, change_cap;
	const char **changelogs; /* none: CHANGELOG.md alone */
	size_t changelog_count, changelog_cap;
	int64_t since, newest; /* ages in seconds */
	const char *talk;
};

struct demo_fleet {
	struct arena *arena;
	struct demo_person *people;
	size_t person_count, person_cap;
	struct demo_messages *messages;
	size_t message_count, message_cap;
	struct demo_repo *repos;
	size_t repo_count, repo_cap;
};

/* Reads text (len bytes); now fills in the dates. NULL on error, which names the line. */
struct demo_fleet *demo_fleet_parse(const char *text, size_t len, int64_t now, struct err *err);
void demo_fleet_free(struct demo_fleet *fleet); /* NULL is allowed */

/* NULL when there is none of that key. */
const struct demo_person *demo_fleet_person(const struct demo_fleet *fleet, const char *key);
const struct demo_messages *demo_fleet_messages(const struct demo_fleet *fleet, const char *key);

#endif
