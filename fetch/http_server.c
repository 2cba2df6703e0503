#include "fetch/http_server.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "fetch/http_server_internal.h"

enum { LINGER_MS = 1000, REST_MS = 1000, CHUNK = 16 * 1024 };

enum client_state {
	CLIENT_READS,	/* of a request, or for one to come */
	CLIENT_WRITES,	/* an answer; what else it says waits in the kernel */
	CLIENT_LINGERS, /* was told why this is the end, and must have the time to read it */
};

struct client {
	int fd;
	enum client_state state;
	bool ends;	     /* after this answer */
	int64_t deadline_ms; /* of what it does */
	int64_t since_ms;    /* since when it has not said anything that we did not ask for */
	struct buf in, out;
	size_t sent;
};

struct http_server {
	struct http_listeners listeners;
	struct http_server_options options;
	struct client clients[HTTP_SERVER_CLIENTS];
	size_t count;
	uint64_t requests;
	int64_t rests_until_ms; /* no descriptor is left for who wants to come in */
};

struct http_server *http_server_new(struct http_listeners *listeners,
				    const struct http_server_options *options)
{
	struct http_server *server = xcalloc(1, sizeof(*server));

	server->listeners = *listeners;
	server->options = *options;
	*listeners = (struct http_listeners){0};
	return server;
}

/* The last one takes its place. */
static void drop(struct http_server *server, size_t index)
{
	struct client *client = &server->clients[index];

	close(client->fd);
	buf_free(&client->in);
	buf_free(&client->out);
	*client = server->clients[--server->count];
}

void http_server_free(struct http_server *server)
{
	if (!server)
		return;
	while (server->count)
		drop(server, server->count - 1);
	http_listen_end(&server->listeners);
	free(server);
}

uint64_t http_server_requests(const struct http_server *server)
{
	return server->requests;
}

size_t http_server_clients(const struct http_server *server)
{
	return server->count;
}

static void lower(int *timeout_ms, int64_t left)
{
	left = left > 0 ? left : 0;
	if (*timeout_ms < 0 || left < *timeout_ms)
		*timeout_ms = (int)left;
}

size_t http_server_pollfds(struct http_server *server, int64_t now_ms, struct pollfd *fds,
			   int *timeout_ms)
{
	bool rests = now_ms < server->rests_until_ms;
	size_t count = 0;

	if (rests)
		lower(timeout_ms, server->rests_until_ms - now_ms);
	for (size_t i = 0; !rests && i < server->listeners.count; i++)
		fds[count++] = (struct pollfd){.fd = server->listeners.fds[i], .events = POLLIN};
	for (size_t i = 0; i < server->count; i++) {
		const struct client *client = &server->clients[i];
		bool writes = client->state == CLIENT_WRITES;

		fds[count++] =
		    (struct pollfd){.fd = client->fd, .events = writes ? POLLOUT : POLLIN};
		lower(timeout_ms, client->deadline_ms - now_ms);
	}
	return count;
}

/* ---- one client; false: it is to be dropped ---- */

static void answer(struct http_server *server, struct client *client, struct http_taken *taken)
{
	struct http_server_reply reply = {.status = 200, .type = "text/plain; charset=utf-8"};

	server->options.answer(server->options.ctx, &taken->request, &reply);
	http_server_put(&client->out, taken, &reply);
	client->ends = !taken->keep;
	server->requests++;
	buf_free(&reply.body);
}

/* Takes the next request, if it is there, and begins to answer it. */
static void take(struct http_server *server, struct client *client, int64_t now_ms)
{
	struct http_taken taken;
	enum http_take what;

	if (!client->in.len)
		return;
	what = http_server_take(client->in.data, client->in.len, server->options.max_body, &taken);
	if (what == HTTP_TAKE_MORE)
		return;
	if (what == HTTP_TAKE_WHOLE) {
		answer(server, client, &taken);
		client->in.len -= taken.used;
		memmove(client->in.data, client->in.data + taken.used, client->in.len + 1);
	} else {
		http_server_put_bad(&client->out, taken.status);
		client->ends = true;
	}
	client->state = CLIENT_WRITES;
	client->deadline_ms = now_ms + HTTP_SERVER_ANSWER_MS;
}

static bool wrote_all(struct http_server *server, struct client *client, int64_t now_ms)
{
	buf_reset(&client->out);
	client->sent = 0;
	if (client->ends) {
		client->state = CLIENT_LINGERS;
		client->deadline_ms = now_ms + LINGER_MS;
		return shutdown(client->fd, SHUT_WR) == 0;
	}
	/* Room for a large answer is not kept for a client that may idle for ever. */
	buf_free(&client->out);
	client->state = CLIENT_READS;
	client->since_ms = now_ms;
	client->deadline_ms =
	    now_ms + (client->in.len ? HTTP_SERVER_REQUEST_MS : HTTP_SERVER_IDLE_MS);
	take(server, client, now_ms);
	return true;
}

static bool write_some(struct http_server *server, struct client *client, int64_t now_ms)
{
	ssize_t put = send(client->fd, client->out.data + client->sent,
			   client->out.len - client->sent, MSG_NOSIGNAL);

	if (put < 0)
		return errno == EAGAIN || errno == EINTR;
	client->sent += (size_t)put;
	return client->sent < client->out.len || wrote_all(server, client, now_ms);
}

static bool read_some(struct http_server *server, struct client *client, int64_t now_ms)
{
	char chunk[CHUNK];
	ssize_t got = recv(client->fd, chunk, sizeof(chunk), 0);

	if (got < 0)
		return errno == EAGAIN || errno == EINTR;
	if (got == 0)
		return false;
	if (client->state == CLIENT_LINGERS)
		return true;
	if (!client->in.len)
		client->deadline_ms = now_ms + HTTP_SERVER_REQUEST_MS;
	buf_add(&client->in, chunk, (size_t)got);
	take(server, client, now_ms);
	return true;
}

static bool serve(struct http_server *server, struct client *client, short ready, int64_t now_ms)
{
	bool alive = true, writes = client->state == CLIENT_WRITES;

	if (ready && !writes) {
		alive = read_some(server, client, now_ms);
		/* The answer at once, since it mostly fits what the kernel takes. */
		writes = client->state == CLIENT_WRITES;
	}
	if (ready && alive && writes)
		alive = write_some(server, client, now_ms);
	return alive && now_ms < client->deadline_ms;
}

/* ---- new ones ---- */

/*
 * The one that has gone without a whole request for longest makes room; whoever is being
 * answered does not. False: all are.
 */
static bool make_room(struct http_server *server)
{
	size_t oldest = server->count;

	if (server->count < HTTP_SERVER_CLIENTS)
		return true;
	for (size_t i = 0; i < server->count; i++)
		if (server->clients[i].state != CLIENT_WRITES &&
		    (oldest == server->count ||
		     server->clients[i].since_ms < server->clients[oldest].since_ms))
			oldest = i;
	if (oldest == server->count)
		return false;
	drop(server, oldest);
	return true;
}

static void welcome(struct http_server *server, int listener, int64_t now_ms)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), on = 1;

	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
			server->rests_until_ms = now_ms + REST_MS;
		return;
	}
	if (!make_room(server)) {
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* not of a unix socket */
	server->clients[server->count++] = (struct client){
	    .fd = fd, .since_ms = now_ms, .deadline_ms = now_ms + HTTP_SERVER_REQUEST_MS};
}

static short ready_of(const struct pollfd *fds, size_t count, int fd)
{
	for (size_t i = 0; i < count; i++)
		if (fds[i].fd == fd)
			return fds[i].revents;
	return 0;
}

void http_server_service(struct http_server *server, int64_t now_ms, const struct pollfd *fds,
			 size_t count)
{
	/* From behind, since the last one takes the place of one that is dropped. */
	for (size_t i = server->count; i-- > 0;) {
		struct client *client = &server->clients[i];

		if (!serve(server, client, ready_of(fds, count, client->fd), now_ms))
			drop(server, i);
	}
	for (size_t i = 0; i < server->listeners.count; i++)
		if (ready_of(fds, count, server->listeners.fds[i]))
			welcome(server, server->listeners.fds[i], now_ms);
}

/* ---- by itself ---- */

static int64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void http_server_run(struct http_listeners *listeners, const struct http_server_options *options,
		     int until_fd)
{
	struct http_server *server = http_server_new(listeners, options);
	struct pollfd fds[HTTP_SERVER_FDS + 1];

	for (;;) {
		int timeout = -1;
		size_t count = http_server_pollfds(server, clock_ms(), fds, &timeout);

		fds[count] = (struct pollfd){.fd = until_fd, .events = POLLIN};
		if (poll(fds, count + 1, timeout) < 0 && errno != EINTR)
			break;
		if (fds[count].revents)
			break;
		http_server_service(server, clock_ms(), fds, count);
	}
	http_server_free(server);
	close(until_fd);
}
