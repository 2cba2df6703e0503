#ifndef SVCTOP_CORE_MANIFEST_H
#define SVCTOP_CORE_MANIFEST_H

/*
 * Manifests and lockfiles of package managers: which languages a folder is written
 * in and which packages it uses, at which version, for which scope. One reader a
 * format, streaming where files get large (a lockfile of 500 KB must cost about as
 * much as inflating it).
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/checkout.h"
#include "core/version.h"

/* The globs (by file name, any folder) of all manifests known; count entries. */
extern const char *const manifest_names[];
extern const size_t manifest_name_count;

struct manifest {
	struct arena *arena; /* the caller's; all strings live there */
	struct dependency *dependencies;
	size_t count, cap;
	const char *language; /* NULL: the file does not tell */
	const char *problem;  /* why it could not be read, or only in part; NULL */
	uint32_t problem_line;
};

/*
 * Reads one file by its name into out, which the caller zeroed but for arena;
 * out->dependencies is malloc'ed. False when the name is no manifest's.
 */
bool manifest_read(const char *path, const char *bytes, size_t len, struct manifest *out);

/*
 * Merges what the files of one folder say: a lockfile's resolved versions with the
 * manifest's scope and directness, so that each package stands once an ecosystem
 * and version. Sorts by ecosystem, name, version.
 */
void manifest_merge(struct dependency *dependencies, size_t *count);

#endif
