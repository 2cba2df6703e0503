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

/* Where a secret is; the secret itself is never in the configuration. */
enum secret_kind { SECRET_NONE, SECRET_ENV, SECRET_FILE, SECRET_COMMAND };

struct config_secret {
	enum secret_kind kind;
	const char *text;   /* ENV: the variable; FILE: the path */
	const char **words; /* COMMAND, NULL-terminated */
	size_t word_count;
	uint32_t line;
};

/* TOOL: the login that the `gh` or `glab` program has. */
enum auth_kind { AUTH_NONE, AUTH_BEARER, AUTH_BASIC, AUTH_HEADER, AUTH_TOOL };

struct config_auth {
	enum auth_kind kind;
	const char *name; /* BASIC: the user; HEADER: the header's name; TOOL: "gh", "glab" */
	struct config_secret secret;
	uint32_t line;
};

struct config_pair {
	const char *name;
	const char *value;
	uint32_t line;
};

/*
 * A configured source of live state. Which keys a type takes beside those of all stands in
 * core/config_option.c; what their values mean, the type checks (fetch/source.h).
 */
struct config_source {
	const char *type;
	const char *name; /* unique; the type where the file has none */
	const char *url;  /* NULL: none */
	struct config_auth auth;
	const char *service_label; /* NULL: none */
	struct config_pair *match; /* name: a service; value: a glob of how the source calls it */
	size_t match_count;
	const char *environment;    /* NULL */
	int64_t every;		    /* seconds; 0: as the type has it */
	unsigned timeout;	    /* seconds; 0: 10 */
	struct config_pair *checks; /* name: a check's id; value: a PromQL or jq expression */
	size_t check_count;
	/* Keys of this type alone, in file order; lists give one each. Yes and no are "true" and
	 * "false", durations are seconds. */
	struct config_pair *options;
	size_t option_count;
	const char *ca; /* a file of more certificate authorities; NULL */
	uint32_t line, url_line;
};

/* The value of an option of the type, of a list the first; NULL: not given. */
const char *config_option(const struct config_source *source, const char *name);

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
	CONFIG_NOTIFY,
	CONFIG_STORE,
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
	bool
	    notify_bell; /* `notify:`: how new burning at tier 1 and 2 is told, beside the screen */
	bool notify_terminal; /* OSC 9 and 777 */
	const char *store; /* where the fleet's memory is: a path, "none"; NULL: the usual place */
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
