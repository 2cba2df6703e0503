#ifndef SVCTOP_CORE_JSON_WRITE_H
#define SVCTOP_CORE_JSON_WRITE_H

/*
 * JSON written straight into a buffer, keys in the order of the calls. Bytes that are
 * not UTF-8 become U+FFFD, so that whatever came from outside gives valid JSON.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"

#define JSON_MAX_DEPTH 32

struct json_writer {
	struct buf *out;
	bool pretty; /* one member a line, indented by two */
	unsigned depth;
	bool some[JSON_MAX_DEPTH]; /* the container at that depth has members */
};

/* key is NULL in arrays and at the top. */
void json_open(struct json_writer *json, const char *key, char bracket);     /* '{' or '[' */
void json_close(struct json_writer *json, char bracket);		     /* '}' or ']' */
void json_str(struct json_writer *json, const char *key, const char *value); /* NULL: null */
void json_int(struct json_writer *json, const char *key, int64_t value);
void json_float(struct json_writer *json, const char *key, double value);
void json_bool(struct json_writer *json, const char *key, bool value);
void json_none(struct json_writer *json, const char *key);

/* A time in UTC, null for 0 and less. */
void json_time(struct json_writer *json, const char *key, int64_t time);

/* "2026-11-23T02:00:00Z"; "" for times that have no year of four digits. */
#define TIME_TEXT_MAX 32
const char *time_text(int64_t time, char out[TIME_TEXT_MAX]);

#endif
