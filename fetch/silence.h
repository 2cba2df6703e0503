#ifndef SVCTOP_FETCH_SILENCE_H
#define SVCTOP_FETCH_SILENCE_H

/*
 * Silences of Alertmanager (API v2, 0.22 and later know isEqual): what is sent to make or
 * expire one, and what comes back. Bytes only: sending is the courier's, after a person
 * has seen the form and said yes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/signal.h"

#define SILENCES_PATH	     "/api/v2/silences"
#define SILENCE_CONTENT_TYPE "application/json"

struct silence_matcher {
	const char *name;
	const char *value;
	bool regex; /* the value is one, anchored at both ends */
	bool equal; /* false: everything but this */
};

struct silence {
	const char *id; /* of the one that is changed; NULL: a new one */
	struct silence_matcher *matchers;
	size_t matcher_count;
	int64_t starts, ends;
	const char *author;
	const char *comment;
};

/* "=", "!=", "=~", "!~" */
const char *silence_operator(bool regex, bool equal);

/*
 * The matchers that silence one alert and its like on other instances: its labels but those that
 * say which copy of a thing it is (instance, pod, container_id, ..., prometheus, replica). All of
 * its labels where none would be left. labels are a SIGNAL_ALERT's; those that svctop adds
 * (SIGNAL_RECEIVERS) are left out. Into arena; they point to labels.
 */
struct silence_matcher *silence_matchers(const struct signal_label *labels, size_t count,
					 struct arena *arena, size_t *matcher_count);

/* Whether an alert with these labels would be silenced; regexes by core/regex. A label that is
 * not there counts as empty, as in Alertmanager. */
bool silence_matches(const struct silence *silence, const struct signal_label *labels,
		     size_t count);

/* service="checkout", code=~"5.." as people write it, into out. */
void silence_write_matchers(const struct silence_matcher *matchers, size_t count, struct buf *out);
/* The same read back; -1 and err: what is wrong, in words for the form. Copies into arena. */
int silence_read_matchers(const char *text, struct arena *arena, struct silence_matcher **matchers,
			  size_t *count, struct err *err);

/*
 * Checks what Alertmanager would refuse (no matcher, all of them match what is not there, no
 * author, no comment, an end before now or before the start): -1 and err.
 */
int silence_check(const struct silence *silence, int64_t now, struct err *err);

/* The body of POST SILENCES_PATH. */
void silence_body(const struct silence *silence, struct buf *out);
/* The path to DELETE; the id's characters that a path cannot have are escaped. */
const char *silence_path(const char *id, struct arena *arena);

/*
 * The answer to POST or DELETE: the silence's id ("" for DELETE) in arena, or NULL and err in
 * Alertmanager's own words.
 */
const char *silence_answer(long status, const char *body, size_t len, struct arena *arena,
			   struct err *err);

#endif
