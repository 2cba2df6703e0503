#ifndef SVCTOP_TUI_DEMO_HTTP_H
#define SVCTOP_TUI_DEMO_HTTP_H

/*
 * A small HTTP/1.1 server on loopback, so that the demo's live state comes the way that a
 * real one does. It speaks to our own courier and to whoever looks with curl: kept
 * connections, ETags, bodies with a length; neither TLS nor chunks.
 */

#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"

struct demo_request {
	const char *method;
	const char *path;  /* without the query, not unescaped */
	const char *query; /* "" where there is none, not unescaped */
	const char *body;
	size_t body_len;
};

struct demo_reply {
	int status;	  /* 200 unless set */
	const char *type; /* "application/json" unless set */
	struct buf body;
};

typedef void demo_answer(void *ctx, const struct demo_request *request, struct demo_reply *reply);

/* A socket that listens on a free port of 127.0.0.1; -1 on error. */
int demo_http_listen(uint16_t *port, struct err *err);

/* Answers until until_fd is at its end. Takes both descriptors over. */
void demo_http_serve(int listener, int until_fd, demo_answer *answer, void *ctx);

#endif
