#ifndef SVCTOP_FETCH_HTTP_SERVER_INTERNAL_H
#define SVCTOP_FETCH_HTTP_SERVER_INTERNAL_H

/* One request's text and one answer's. The server, its tests and the fuzz target alone use this. */

#include "fetch/http_server.h"

enum http_take {
	HTTP_TAKE_MORE, /* not all of it is there */
	HTTP_TAKE_WHOLE,
	HTTP_TAKE_BAD, /* status says how; the connection cannot be read any further */
};

struct http_taken {
	struct http_server_request request; /* points into the bytes */
	size_t used;			    /* of them */
	int status;
	bool keep; /* the connection may be kept */
	bool head; /* no body is to be sent */
};

/* bytes[len] is a NUL. Of a whole request bytes are cut into texts in place. */
enum http_take http_server_take(char *bytes, size_t len, size_t max_body, struct http_taken *out);

/* The whole answer. May pack the body of reply, or empty it. */
void http_server_put(struct buf *out, const struct http_taken *taken,
		     struct http_server_reply *reply);

/* The answer to HTTP_TAKE_BAD. */
void http_server_put_bad(struct buf *out, int status);

#endif
