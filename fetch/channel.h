#ifndef SVCTOP_FETCH_CHANNEL_H
#define SVCTOP_FETCH_CHANNEL_H

/*
 * Messages over a stream socket between our processes: four bytes of length (little
 * endian, the type included), one byte of type, the body. A message of over
 * CHANNEL_MAX bytes breaks the channel: whoever sends that is not to be trusted.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"

#define CHANNEL_MAX (64u * 1024 * 1024)

struct channel {
	int fd;	     /* -1: closed */
	bool broken; /* the other side is gone, or sent nonsense */
	struct buf in;
	size_t in_used; /* bytes of `in` that were handed out */
	struct buf out;
	size_t out_sent;
};

struct message {
	uint8_t type;
	const char *body; /* valid until the next channel call */
	size_t len;
};

void channel_init(struct channel *channel, int fd);
void channel_close(struct channel *channel);

/* Queues a message; nothing is written yet. */
void channel_send(struct channel *channel, uint8_t type, const struct buf *body);

/* Whether bytes wait to be written. */
bool channel_pending(const struct channel *channel);

/* Writes what the socket takes. On a blocking socket: all of it. */
void channel_flush(struct channel *channel);

/* Reads what is there, at most about limit bytes; on a blocking socket waits for some. */
void channel_fill(struct channel *channel, size_t limit);

/* The next whole message; false: none yet. */
bool channel_next(struct channel *channel, struct message *message);

/* The same on a blocking socket, which it waits at; false: the other side is gone. */
bool channel_wait(struct channel *channel, struct message *message);

#endif
