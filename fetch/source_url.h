#ifndef SVCTOP_FETCH_SOURCE_URL_H
#define SVCTOP_FETCH_SOURCE_URL_H

/* URLs as adapters look at them: whom they ask, and whether they should be asked at all. */

#include <stdbool.h>
#include <stddef.h>

#include "core/arena.h"

/* The part between scheme and path; NULL: neither http nor https, or no host. */
const char *source_authority(const char *url, size_t *len);
bool source_is_https(const char *url);
bool source_is_http(const char *url);

/* "shop.example" of "https://Shop.example:8443/x", in arena; NULL: no URL. */
const char *source_host(struct arena *arena, const char *url);

/* Whether a descriptor's text can be asked: http or https, no template, no password, no space. */
bool source_askable(const char *url);

/*
 * Whether a host is this machine itself or on its own link, where clouds have the service that
 * hands out credentials. Whoever writes a descriptor must not choose what is asked there. By
 * what is written, no name is looked up.
 */
bool source_is_local(const char *host);

/* Whether two hosts are of one registered domain, as far as can be told without a list of all. */
bool source_same_site(const char *a, const char *b);

/* Whether two URLs have one scheme, host and port. */
bool source_same_origin(const char *a, const char *b);

#endif
