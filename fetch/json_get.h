#ifndef SVCTOP_FETCH_JSON_GET_H
#define SVCTOP_FETCH_JSON_GET_H

/*
 * What adapters need of JSON: an answer parsed with caps, and its members got without
 * looking at their types first. Built on jansson. A member that is missing, null or of
 * another type gives nothing (NULL, 0, the fallback); objects may be NULL everywhere,
 * so that getters nest. Paths go down with dots: "data.alerts".
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/err.h"

#define JSON_GET_DEPTH	64	/* of nesting; more is refused */
#define JSON_GET_VALUES 2000000 /* in one answer; more is refused */

/*
 * An answer's value; json_decref() ends it. NULL on error, in words for whoever has
 * configured the source: empty, HTML (a login page or a wrong URL), cut off, no JSON, nested
 * too deeply. Integers beyond 64 bits become reals, texts end at U+0000.
 */
json_t *json_get_parse(const char *body, size_t len, struct err *err);

/* What is at path; borrowed, NULL when there is nothing or null. */
json_t *json_get(const json_t *in, const char *path);

/* The same where it is a list or an object; NULL otherwise. */
json_t *json_get_list(const json_t *in, const char *path);
json_t *json_get_object(const json_t *in, const char *path);

/* Sets err: the answer has no such list ("a list") or object at path; -1. */
int json_get_lacks(struct err *err, const char *path, const char *what);

/* A text that is not empty: borrowed, or copied into arena; NULL. */
const char *json_get_text(const json_t *in, const char *path);
char *json_get_copy(const json_t *in, const char *path, struct arena *arena);

bool json_get_bool(const json_t *in, const char *path, bool fallback);
int64_t json_get_int(const json_t *in, const char *path, int64_t fallback); /* reals are cut */

/* A number, or a text that is one whole ("4.2e-01", "NaN", "+Inf"). */
bool json_get_number(const json_t *in, const char *path, double *number);
bool json_get_as_number(const json_t *value, double *number); /* of the value itself */

/* Seconds since 1970 of an RFC 3339 text or of a number of seconds, to the year 9999; 0: none. */
int64_t json_get_time(const json_t *in, const char *path);

/*
 * RFC 3339: "2026-11-23T01:54:52.822949855Z", "...+01:00", a space or lower case for T and Z,
 * no offset is UTC, a date alone is its midnight. Fractions are dropped. false: it is none.
 * Go's zero time (year 1), and all else before 1970, gives 0 and true.
 */
bool json_get_parse_time(const char *text, int64_t *seconds);

#endif
