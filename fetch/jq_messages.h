#ifndef SVCTOP_FETCH_JQ_MESSAGES_H
#define SVCTOP_FETCH_JQ_MESSAGES_H

/* What fetch/jq and its child say to each other, as bodies of fetch/channel.h messages. */

#include <stdbool.h>
#include <stddef.h>

#include "core/arena.h"
#include "core/buf.h"

enum jq_message {
	JQ_RUN = 1, /* to the child */
	JQ_DONE,
};

struct jq_order {
	const char *expression;
	bool run; /* else it is compiled alone */
	const char *body;
	size_t len;
};

struct jq_reply {
	const char *error;  /* NULL: none */
	bool cut, compiled; /* as in struct jq_result */
	const char *lines;
	size_t len;
};

/* What is decoded points into bytes and arena. */
void jq_order_encode(const struct jq_order *order, struct buf *out);
bool jq_order_decode(struct jq_order *order, const void *bytes, size_t len, struct arena *arena);
void jq_reply_encode(const struct jq_reply *reply, struct buf *out);
bool jq_reply_decode(struct jq_reply *reply, const void *bytes, size_t len, struct arena *arena);

#endif
