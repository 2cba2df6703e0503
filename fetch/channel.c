#include "fetch/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEADER	   4
#define READ_CHUNK (64 * 1024)

void channel_init(struct channel *channel, int fd)
{
	*channel = (struct channel){.fd = fd};
}

void channel_close(struct channel *channel)
{
	if (channel->fd >= 0)
		close(channel->fd);
	buf_free(&channel->in);
	buf_free(&channel->out);
	*channel = (struct channel){.fd = -1, .broken = true};
}

void channel_send(struct channel *channel, uint8_t type, const struct buf *body)
{
	uint32_t len = (uint32_t)(body ? body->len : 0) + 1;
	unsigned char header[HEADER + 1] = {len & 0xff, len >> 8 & 0xff, len >> 16 & 0xff,
					    len >> 24, type};

	if (channel->broken)
		return;
	if (body && body->len >= CHANNEL_MAX) {
		channel->broken = true;
		return;
	}
	buf_add(&channel->out, header, sizeof(header));
	if (body)
		buf_add(&channel->out, body->data, body->len);
}

bool channel_pending(const struct channel *channel)
{
	return !channel->broken && channel->out_sent < channel->out.len;
}

void channel_flush(struct channel *channel)
{
	while (channel_pending(channel)) {
		/* The other side may be gone: that is an answer, not a signal. */
		ssize_t n = send(channel->fd, channel->out.data + channel->out_sent,
				 channel->out.len - channel->out_sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (n < 0) {
			channel->broken = true;
			return;
		}
		channel->out_sent += (size_t)n;
	}
	buf_reset(&channel->out);
	channel->out_sent = 0;
}

/* Drops the messages that were handed out; keeps a large buffer no longer than needed. */
static void discard_used(struct channel *channel)
{
	size_t left = channel->in.len - channel->in_used;

	if (!channel->in_used)
		return;
	if (!left && channel->in.cap > READ_CHUNK * 4) {
		buf_free(&channel->in);
	} else {
		memmove(channel->in.data, channel->in.data + channel->in_used, left);
		channel->in.len = left;
	}
	channel->in_used = 0;
}

void channel_fill(struct channel *channel, size_t limit)
{
	char chunk[READ_CHUNK];
	size_t total = 0;

	discard_used(channel);
	while (!channel->broken && total < limit) {
		ssize_t n = read(channel->fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (n <= 0) {
			channel->broken = true;
			return;
		}
		buf_add(&channel->in, chunk, (size_t)n);
		total += (size_t)n;
		if ((size_t)n < sizeof(chunk))
			return;
	}
}

bool channel_next(struct channel *channel, struct message *message)
{
	size_t left = channel->in.len - channel->in_used;
	const unsigned char *at = (const unsigned char *)channel->in.data + channel->in_used;
	uint32_t len;

	if (left < HEADER)
		return false;
	len = at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
	if (!len || len > CHANNEL_MAX) {
		channel->broken = true;
		return false;
	}
	if (left - HEADER < len)
		return false;
	message->type = at[HEADER];
	message->body = (const char *)at + HEADER + 1;
	message->len = len - 1;
	channel->in_used += HEADER + len;
	return true;
}

bool channel_wait(struct channel *channel, struct message *message)
{
	while (!channel_next(channel, message)) {
		if (channel->broken)
			return false;
		channel_fill(channel, 1);
	}
	return true;
}
