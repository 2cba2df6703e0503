#ifndef SVCTOP_FETCH_SECRET_H
#define SVCTOP_FETCH_SECRET_H

/*
 * The secret of one source: from where the configuration says (a variable, a file, a
 * command, the login of gh or glab) to the header line that is sent. Lives in the
 * courier alone, and is wiped when freed. A command runs without a shell and without a
 * terminal, for 10 seconds at most, beside everything else.
 */

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/config.h"
#include "core/err.h"

#define SECRET_FDS 3

struct secret;

/*
 * Begins to look for it. url: what the source asks, for the host whose login is meant;
 * config_path and home as config_parse() has them. now_ms: of a clock that does not jump. The
 * configuration must outlive it.
 */
struct secret *secret_new(const struct config_source *source, const char *url,
			  const char *config_path, const char *home, int64_t now_ms);
void secret_free(struct secret *secret); /* ends a command that runs; NULL is allowed */

/* Whether it is known: found, not found, or none is needed. */
bool secret_done(const struct secret *secret);

/* While it is not: what to poll, at most SECRET_FDS, and until when. */
size_t secret_pollfds(const struct secret *secret, struct pollfd *fds, size_t max, int64_t now_ms,
		      int *timeout_ms);
void secret_service(struct secret *secret, int64_t now_ms);

/* "Authorization: Bearer ..."; NULL: none is needed, or there is an error. */
const char *secret_header(const struct secret *secret);

/* The secret itself, with which secret_header() was made; NULL where that is NULL. */
const char *secret_value(const struct secret *secret);

/* What is wrong, where in the configuration, what to write; NULL: nothing is. */
const struct err *secret_error(const struct secret *secret);

/* "everybody on this machine can read PATH"; NULL. */
const char *secret_warning(const struct secret *secret);

/* Whether looking again can find another one: files, commands and logins change. */
bool secret_changes(const struct secret *secret);

/* Overwrites the secret where it stands in bytes: servers may repeat what they were sent. */
void secret_scrub(const struct secret *secret, char *bytes, size_t len);

#endif
