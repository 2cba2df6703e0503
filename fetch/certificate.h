#ifndef SVCTOP_FETCH_CERTIFICATE_H
#define SVCTOP_FETCH_CERTIFICATE_H

/*
 * What a server's certificate says of itself (X.509, RFC 5280, in PEM): for people who wonder why
 * it was refused or how long it holds. Trust is libcurl's business alone: nothing here
 * decides about it. We read it ourselves because the TLS libraries that curl comes with
 * word the same fields differently, and GnuTLS's leaves the names out.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"

#define CERTIFICATE_NAMES 100

struct certificate {
	const char *subject, *issuer; /* common name and organisation, filtered; "" for none */
	const char **names;	      /* hosts and addresses that it is for, filtered */
	size_t name_count;	      /* the first CERTIFICATE_NAMES of them */
	int64_t from, until;
	bool self_issued;
};

/* Strings in arena. False: it is no certificate. */
bool certificate_read(struct arena *arena, const char *pem, size_t len, struct certificate *out);

/* The same for the bytes (DER) that PEM stands for. */
bool certificate_read_der(struct arena *arena, const void *bytes, size_t len,
			  struct certificate *out);

/* Whether it is for this host, a name or an address. */
bool certificate_covers(const struct certificate *certificate, const char *host);

#endif
