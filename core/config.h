#ifndef SVCTOP_CORE_CONFIG_H
#define SVCTOP_CORE_CONFIG_H

/*
 * The user's configuration, config.yml: where checkouts are and how the screen
 * looks. Whatever it does not know is an error with its line and a suggestion, since
 * a misspelt key would otherwise be ignored in silence. docs/config.md is its
 * reference; config_example() is what `svctop init` writes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/err.h"

enum config_color { CONFIG_COLOR_AUTO, CONFIG_COLOR_ALWAYS, CONFIG_COLOR_NEVER };

/* A configured source of live state. This version reads none: only its shape is checked. */
struct config_source {
	const char *type;
	const char *name;
	const char *url;
	uint32_t line;
};

/* The keys at the top of the file; the lines they stand on are kept. */
enum config_key {
	CONFIG_ROOTS,
	CONFIG_EXCLUDE,
	CONFIG_CHECKLIST,
	CONFIG_THEME,
	CONFIG_SOURCES,
	CONFIG_ME,
	CONFIG_READ_ONLY,
	CONFIG_ASCII,
	CONFIG_COLOR,
	CONFIG_JOBS,
	CONFIG_KEYS
};

struct config {
	struct arena *arena; /* owns everything below */
	const char *path;    /* of the file; NULL: there is none and all is as by default */
	const char **roots;  /* absolute where the file's folder is */
	size_t root_count;
	const char **exclude; /* globs */
	size_t exclude_count;
	const char *checklist; /* path; NULL */
	const char *theme;     /* name or path; NULL */
	struct config_source *sources;
	size_t source_count;
	const char **owners; /* `me:`: what "mine" is */
	size_t owner_count;
	bool read_only;
	bool ascii;
	enum config_color color;
	unsigned jobs;		     /* 0: as many as there are cores */
	uint32_t lines[CONFIG_KEYS]; /* 0: the key is not in the file */
};

/* "roots", "read_only", ... */
const char *config_key_name(enum config_key key);

/* What is in force without a file. */
struct config *config_default(void);

/*
 * Reads a file's text. path names it in errors and its folder is what relative paths
 * start from; home replaces a leading ~ (NULL: paths with ~ are an error). NULL on
 * error.
 */
struct config *config_parse(const char *path, const char *home, const char *text, size_t len,
			    struct err *err);
void config_free(struct config *config); /* NULL is allowed */

/* A commented file that changes nothing. */
extern const char config_example[];

#endif
