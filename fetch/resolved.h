#ifndef SVCTOP_FETCH_RESOLVED_H
#define SVCTOP_FETCH_RESOLVED_H

/*
 * Which files said what a checkout's head is, and whether they still say so: the answer
 * to "must it be scanned again?" without opening the repository. While a repository is
 * opened and its head resolved, each file that is asked is noted: that it was there or
 * not, its stamp (size, inode, times) and what stood in it. Looking again asks the same
 * files in the same order. Where all of them answer the same, the same commit comes out.
 *
 * A stamp that is the same is enough, as it is for git's index; one that differs, or was
 * too young when it was noted to tell two writes apart, has the file read: what counts
 * is what stands in it. So a loose ref that moves into packed-refs is no change.
 *
 * The text is opaque to all others, at most RESOLVED_MAX bytes, lines of printable
 * characters but for paths and names, which are as git has them.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "core/buf.h"

#define RESOLVED_MAX 16384u

struct ref_value;

/* Collected by repo_open_noting() and repo_head(). Zero-initialised is empty. */
struct resolved_notes {
	struct buf text;
	bool packed;   /* packed-refs is noted */
	int64_t clock; /* when this is, as the file system tells time; 0: the system's clock */
};

/* Files of a repository, as their lines begin. */
enum resolved_file {
	RESOLVED_CONFIG = 'c',
	RESOLVED_SHALLOW = 'w',
	RESOLVED_TABLES = 't',	   /* reftable's list, of the common directory */
	RESOLVED_OWN_TABLES = 'T', /* of a linked worktree */
};

/* All of these do nothing where notes is NULL. */

/* .git is a directory; or there is none and the path is a bare repository. */
void resolved_note_dir(struct resolved_notes *notes, bool bare);
/* .git is a file with this text, which leads to git_dir. */
void resolved_note_gitfile(struct resolved_notes *notes, const struct buf *text,
			   const char *git_dir);
/* commondir's text (NULL: there is none) leads to common, seen from the git directory. */
void resolved_note_common(struct resolved_notes *notes, const struct buf *text, const char *common);
/* st NULL: there is no such file. */
void resolved_note_file(struct resolved_notes *notes, enum resolved_file file,
			const struct stat *st, const struct buf *text);
/* The same, read here; git_dir and common_dir as in struct repo_facts. */
void resolved_note_read(struct resolved_notes *notes, enum resolved_file file, const char *git_dir,
			const char *common_dir);
void resolved_note_packed(struct resolved_notes *notes, const struct stat *st);
/* What name was found to hold, after packed-refs was noted if that was asked. st: of the loose
 * file, NULL: none. */
void resolved_note_ref(struct resolved_notes *notes, const char *name, const struct stat *st,
		       const struct ref_value *value);
/* When packs come and go: what was missing may be there then. */
void resolved_note_packs(struct resolved_notes *notes, const char *common_dir);
/* Something that no file will tell of when it changes: looking gives "changed". */
void resolved_note_odd(struct resolved_notes *notes);
/* From this time on (seconds) a scan finds something else, though no file changes. */
void resolved_note_until(struct resolved_notes *notes, int64_t until);

/*
 * Whether the checkout at path still says what text says. Reads those files and nothing
 * else, allocates nothing. Anything odd is false: a text that is none, a device or FIFO
 * in place of a file, no access. now: seconds, for resolved_note_until().
 */
bool resolved_same(const char *path, const char *text, int64_t now);

#endif
