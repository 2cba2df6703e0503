#ifndef SVCTOP_CORE_CONFIG_INTERNAL_H
#define SVCTOP_CORE_CONFIG_INTERNAL_H

/* What config.c and config_source.c share. Nobody else includes this. */

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

int config_read_sources(struct reading *in, const struct doc *value);

#endif
