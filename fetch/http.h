#ifndef SVCTOP_FETCH_HTTP_H
#define SVCTOP_FETCH_HTTP_H

/*
 * The transfer of many small answers, and the only place that talks to the network:
 * libcurl's multi interface, HTTP/2 where the server has it, kept connections, few at
 * a time a host. Runs inside the courier. Polite (conditional requests out of a cache
 * on disk, compression) and suspicious (only http and https, caps on size, time and
 * redirects, credentials for the configured origin alone). When to ask, and when to
 * leave a server alone, is the caller's (fetch/schedule.h).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/live.h"

struct http;
struct http_credentials;

struct http_options {
	const char *cache_dir; /* exists or can be made; NULL: nothing is kept on disk */
	const char *user_agent;
	unsigned host_connections; /* 0: 6 */
	unsigned all_connections;  /* 0: 64 */
};

/*
 * Proxies and certificate authorities as curl's users know them: http_proxy, https_proxy,
 * all_proxy, NO_PROXY, CURL_CA_BUNDLE, SSL_CERT_FILE and SSL_CERT_DIR as they are in the
 * environment now. SIGPIPE is ignored from here on, since TLS libraries cause it. NULL on error.
 */
struct http *http_new(const struct http_options *options, struct err *err);
/* Ends what goes on, without a callback; may wait for a resolver. Not from a callback. */
void http_free(struct http *http);

/*
 * What a source may send to its own origin (scheme, host, port). header: the whole line
 * "Authorization: Bearer ..."; both strings are copied, and wiped when freed.
 */
struct http_credentials *http_credentials_new(const char *origin_url, const char *header);
void http_credentials_free(struct http_credentials *credentials); /* NULL is allowed */

/*
 * The secret as it was before it became a header. Answers that repeat it, as some servers and
 * proxies do, come with '*' in its place, in the body and in headers, and are not kept on disk
 * (a secret of less than 8 bytes, which may be any word, is left as it is). Copied, and wiped
 * when freed. Once for each credentials.
 */
void http_credentials_guard(struct http_credentials *credentials, const char *secret);

struct http_request {
	const char *method; /* NULL: GET */
	const char *url;
	const char *const *headers; /* NULL-terminated; NULL */
	const char *body;	    /* copied */
	size_t body_len;
	const char *content_type;
	const struct http_credentials *credentials; /* must outlive the transfer */
	const char *ca;				    /* file of more authorities; NULL */
	size_t cap;				    /* bytes of the decoded body; 0: 16 MiB */
	unsigned timeout_ms;			    /* of all; 0: 10,000 */
	bool cached; /* ask conditionally, keep on disk; GET only, and no probe */
	/* Look at the certificate over a new connection; a body over cap is cut, not a failure. */
	bool probe;
	/*
	 * Anybody may have written the URL: it does not lead to this machine nor to its own link,
	 * by whatever name or redirect. A proxy resolves names itself, and so decides itself.
	 */
	bool foreign;
};

struct http_header {
	const char *name, *value;
};

/*
 * Of the first https address that a probe came to; of other requests only where it was refused.
 * problem: "expired", "not yet valid", "for another host", "self-signed", "unknown authority" or
 * "not accepted"; NULL: verified.
 */
struct http_certificate {
	bool tls; /* else the rest is empty */
	const char *issuer, *subject;
	const char *const *names;
	size_t name_count;
	int64_t from, until;
	const char *problem;
};

/* Everything lives until the callback returns. */
struct http_answer {
	long status; /* 0: none came, or not all of the answer; 3xx where that was not followed */
	enum failure failure; /* of the transfer alone: no status is one */
	char cause[256];      /* host and port may be in it; no path, query or credentials */
	const char *fix;
	bool local; /* failed in this machine or at its proxy: nothing is said about the server */
	const char *body; /* NUL-terminated */
	size_t len;
	const struct http_header *headers;
	size_t header_count;
	const char *url;   /* the last one */
	bool withheld;	   /* url was led to from the credentials' origin and was not given them */
	bool not_modified; /* status is 200, the body comes from the cache */
	size_t received;   /* bytes of bodies on the wire */
	double seconds;
	struct http_certificate certificate;
};

const char *http_header(const struct http_answer *answer, const char *name);

typedef void http_done(void *ctx, const struct http_answer *answer);

/*
 * Starts a transfer, when its host has room for one more; the request's time begins then. done is
 * called once, from http_wait(), and may start others. -1: the URL cannot be asked at all.
 */
int http_start(struct http *http, const struct http_request *request, http_done *done, void *ctx,
	       struct err *err);
size_t http_running(const struct http *http);

/*
 * Waits for the network or for fd (-1: none) to be readable (or writable, where
 * want_write), at most so long (-1: no limit), and calls what is done. Returns whether fd is
 * ready. With nothing to transfer, no time limit and no fd it returns at once. One call may end
 * without anything having ended: wait in a loop.
 */
bool http_wait(struct http *http, int fd, bool want_write, int timeout_ms);

#endif
