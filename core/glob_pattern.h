#ifndef SVCTOP_CORE_GLOB_PATTERN_H
#define SVCTOP_CORE_GLOB_PATTERN_H

/* Inside of core/glob.h: one pattern taken apart at its slashes. */

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

#define GLOB_MAX_PATTERN 1024
#define GLOB_MAX_PARTS	 64
#define GLOB_MAX_BRACES	 128 /* alternatives that one pattern may expand to */

enum glob_part_kind {
	PART_LITERAL, /* text is the name, without escapes */
	PART_ANY,     /* "*" */
	PART_AFFIX,   /* "prefix*suffix", text is both in a row */
	PART_GENERAL, /* text is the pattern as written */
	PART_DEEP,    /* two stars: any directories, also none */
};

struct glob_program;

struct glob_part {
	enum glob_part_kind kind;
	bool icase;
	char *text;
	size_t len;
	size_t prefix;		      /* AFFIX: how much of text comes first */
	struct glob_program *program; /* GENERAL */
	/* The lower-case byte that every match begins and ends with; 0: any. */
	unsigned char first, last;
};

struct glob_parts {
	struct glob_part part[GLOB_MAX_PARTS];
	size_t count;
	bool dir_only;
};

/* The alternatives of the braces, each a malloc'ed pattern; -1: a bad pattern. */
int glob_braces(const char *pattern, char ***out, size_t *count, struct err *err);
void glob_braces_free(char **patterns, size_t count);

/* One pattern without braces; -1: a bad one, and parts is empty then. flags are GLOB_. */
int glob_parts_parse(const char *pattern, unsigned flags, struct glob_parts *parts,
		     struct err *err);
void glob_parts_free(struct glob_parts *parts);

/* Frees what a part holds. */
void glob_part_free(struct glob_part *part);

/* Whether a name (no slash in it) matches a part other than DEEP. */
bool glob_part_match(const struct glob_part *part, const char *name, size_t len);

/* glob_token.c: a part with wildcards, made of tokens. */

/* The character behind the one at s, taking escapes and classes as one. */
const char *glob_next_token(const char *s);

/* The end of the class that starts at s ("[...]"), behind its bracket; NULL: it has none. */
const char *glob_class_end(const char *s);

/* One allocation, freed with free(). */
struct glob_program *glob_program_new(const char *pattern, bool icase);
bool glob_program_match(const struct glob_program *program, const char *name, size_t len);

static inline unsigned char glob_lower(char c)
{
	unsigned char u = (unsigned char)c;

	return u >= 'A' && u <= 'Z' ? (unsigned char)(u | 0x20) : u;
}

#endif
