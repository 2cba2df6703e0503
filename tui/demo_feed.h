#ifndef SVCTOP_TUI_DEMO_FEED_H
#define SVCTOP_TUI_DEMO_FEED_H

/*
 * What burns in the demo: one incident from the first alert to the all-clear, told by a
 * Prometheus, an Alertmanager and a Buildbot that are played on loopback. The story is
 * data (the tables of demo_story.c); here it is answered in the words of the real APIs:
 * Prometheus 2.42 /api/v1, Alertmanager 0.25 /api/v2, Buildbot 3.7 /api/v2.
 */

#include <stdint.h>

#include "core/buf.h"
#include "fetch/http_server.h"

struct demo_feed;

/* dir: where the demo's repositories are; start: when the story begins. */
struct demo_feed *demo_feed_new(const char *dir, int64_t start);
void demo_feed_free(struct demo_feed *feed); /* NULL is allowed */

/* A http_server_answer: ctx is the feed. */
void demo_feed_answer(void *ctx, const struct http_server_request *request,
		      struct http_server_reply *reply);

/* The configuration that reads the feed at a port: `sources:` and nothing else. */
void demo_feed_config(uint16_t port, struct buf *out);

#endif
