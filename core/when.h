#ifndef SVCTOP_CORE_WHEN_H
#define SVCTOP_CORE_WHEN_H

/* Points in time and spans as people type them on a command line. */

#include <stdbool.h>
#include <stdint.h>

/* A span: a whole number and s, m (minutes), h, d, w, mo (30 days) or y (365 days): "90d". */
bool when_span(const char *text, int64_t *seconds);

/*
 * A point in time, UTC: a date "2026-11-01", with a time "2026-11-01T10:30" (or with a space;
 * seconds and a zone, Z or +02:00, may follow), "now", "today", "yesterday", or a span before now:
 * "90d". Of a date alone its first second, and *day is set: what a whole day is for the caller to
 * say. day may be NULL. False for everything else: it may be a revision.
 */
bool when_parse(const char *text, int64_t now, int64_t *time, bool *day);

#endif
