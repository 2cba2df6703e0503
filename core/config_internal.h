#ifndef SVCTOP_CORE_CONFIG_INTERNAL_H
#define SVCTOP_CORE_CONFIG_INTERNAL_H

/* What the files that read the configuration share. Nobody else includes this. */

#include "core/config.h"
#include "core/doc.h"

struct reading {
	struct config *config;
	const char *path;
	const char *home;
	struct err *err;
};

/* An error at a node's line; -1. */
int config_fail(struct reading *in, const struct doc *at, const char *fix, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Says that a word is none of the known ones, with the nearest of them; -1. */
int config_unknown(struct reading *in, const struct doc *word, const char *kind,
		   const char *const *known, size_t count);

/* The index of a word among the known ones; -1 and an error when it is none. */
int config_index(struct reading *in, const struct doc *word, const char *kind,
		 const char *const *known, size_t count);

/* A text that is not empty, in the config's arena; NULL and an error when it is none. */
const char *config_text(struct reading *in, const struct doc *value, const char *key);

/* A path with ~ and what is relative made whole; NULL and an error when it cannot be. */
const char *config_expand(struct reading *in, const struct doc *at, const char *path);

/* The fix of an error that says a list of words: "known: a, b". In the config's arena. */
const char *config_known(struct reading *in, const char *const *known, size_t count);

/* config_source.c */
int config_read_sources(struct reading *in, const struct doc *value);

/* config_auth.c: what goes to a server. Errors never repeat a value that may be a secret. */
int config_read_auth(struct reading *in, const struct doc *value, struct config_source *source);
const char *config_read_url(struct reading *in, const struct doc *value, const char *key);
int config_check_url(struct reading *in, const struct doc *value, const char *key, const char *url);
bool config_names_secret(const char *word);

/* config_option.c: the keys that belong to one type of source alone. */
bool config_is_option(const char *type, const char *key);
int config_read_option(struct reading *in, const struct doc_pair *pair,
		       struct config_source *source);
/* The type that has this key, of a source that is of another type; NULL: none has. */
const char *config_option_owner(const char *key);
/* Names of a type's keys, added to a list with room for CONFIG_MAX_OPTIONS more. */
size_t config_option_names(const char *type, const char **names, size_t count);

#define CONFIG_MAX_OPTIONS 32

#endif
