#ifndef SVCTOP_FETCH_HTTP_SERVER_H
#define SVCTOP_FETCH_HTTP_SERVER_H

/*
 * A small HTTP/1.1 server (RFC 9112) for whoever polls: the collector's /metrics and /healthz,
 * the demo's played systems. Kept connections, ETags, gzip; neither TLS nor chunks. Whoever
 * connects is not trusted: sizes, connections and times are capped, a slow one has so long for a
 * whole request, not for each byte, and nothing of a request stands in an answer by itself.
 */

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"

enum {
	HTTP_SERVER_CLIENTS = 64, /* a 65th takes the place of the one that has idled longest */
	HTTP_SERVER_LISTENERS = 4,
	HTTP_SERVER_FDS = HTTP_SERVER_CLIENTS + HTTP_SERVER_LISTENERS,
	HTTP_SERVER_HEAD = 16 * 1024, /* bytes of request line and headers */
	HTTP_SERVER_REQUEST_MS = 10000,
	HTTP_SERVER_ANSWER_MS = 60000,
	HTTP_SERVER_IDLE_MS = 120000, /* between two requests on a connection */
};

/* Sockets that listen, until a server takes them over. */
struct http_listeners {
	int fds[HTTP_SERVER_LISTENERS];
	size_t count;
	uint16_t port; /* 0: a socket in the file system */
	char *path;    /* of that one, removed at the end; NULL */
};

/*
 * address: "host:port", "[::1]:port", ":port" or "port" (loopback alone, IPv4 and IPv6),
 * "unix:/path" (for this user alone). Port 0: a free one. -1: err says which address and why;
 * nothing listens then.
 */
int http_listen(const char *address, struct http_listeners *out, struct err *err);
void http_listen_end(struct http_listeners *listeners);

/* Texts live during the call. */
struct http_server_request {
	const char *method;
	const char *path;  /* without the query, not unescaped; begins with a slash */
	const char *query; /* "" where there is none, not unescaped */
	const char *body;  /* "" where there is none */
	size_t body_len;
	const char *headers; /* for http_server_header() */
};

/* A header's value without blanks around it; NULL: has none. Not terminated. */
const char *http_server_header(const struct http_server_request *request, const char *name,
			       size_t *len);

/* Whether a list such as Accept has the word, with a weight of more than 0. */
bool http_server_accepts(const struct http_server_request *request, const char *name,
			 const char *word);

struct http_server_reply {
	int status;	  /* 200 unless set */
	const char *type; /* "text/plain; charset=utf-8" unless set; lives on */
	bool etag;	  /* of the body: who has it already is told 304 */
	bool gzip;	  /* may be packed for who takes that */
	struct buf body;
};

typedef void http_server_answer(void *ctx, const struct http_server_request *request,
				struct http_server_reply *reply);

struct http_server_options {
	http_server_answer *answer;
	void *ctx;
	size_t max_body; /* 0: GET and HEAD alone are taken, without a body */
};

struct http_server;

/* Takes the listeners over. Times are milliseconds of a clock that never goes back. */
struct http_server *http_server_new(struct http_listeners *listeners,
				    const struct http_server_options *options);
void http_server_free(struct http_server *server); /* NULL is allowed */

/*
 * What to poll: at most HTTP_SERVER_FDS. *timeout_ms is lowered to when somebody's time is over
 * (-1: nobody waits).
 */
size_t http_server_pollfds(struct http_server *server, int64_t now_ms, struct pollfd *fds,
			   int *timeout_ms);
/* After poll, with what it filled in: reads, answers, writes, closes. Never blocks. */
void http_server_service(struct http_server *server, int64_t now_ms, const struct pollfd *fds,
			 size_t count);

/* A whole process of it: answers until until_fd is at its end, and closes that one as well. */
void http_server_run(struct http_listeners *listeners, const struct http_server_options *options,
		     int until_fd);

/* How many requests were answered, and connections that are open. */
uint64_t http_server_requests(const struct http_server *server);
size_t http_server_clients(const struct http_server *server);

#endif
